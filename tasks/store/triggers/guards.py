"""List the triggers: when each fires, what it refuses, and what it says."""

from typing import NamedTuple

from tasks.store.triggers import conditions as sql

# History is never edited: its rows can only be added.
_APPEND_ONLY = (
    "answer",
    "decision",
    "delivery_attempt",
    "instalment_condition",
    "journal_event",
    "payment",
    "programme_version",
)
# Rows that change and are never deleted: a deleted notice would be sent again.
_KEPT = ("instalment", "letter", "notice", "made_document")
_ALWAYS = "1 = 1"

_REFUSED = "the instalment is withheld until its condition steps are approved"
_TWO_PEOPLE = "a withheld instalment is released by two people, neither of whom had left"
_OVER = "the instalments add up to more than the award"
_BACK = "a released instalment does not go back, and keeps its sum"
_PAID = "a payment that is recorded does not change"
_ASKED = "the sum of an instalment does not change while its release is asked for"
_SAME = "an instalment keeps its grant, its number and its conditions"
_DECIDED = "the decision is recorded already"
_STEP = "a step stays the step that it is"
_DOCUMENT = "a made document never changes"

_WITHHELD = f"(NEW.conditional OR {sql.ANY_CONDITION})"
_SHUT = f"{sql.GOES_OUT} AND ({sql.NOT_MET} OR {_WITHHELD} AND {sql.NO_CONDITION_MET})"
_ALONE = f"{sql.GOES_OUT} AND {_WITHHELD} AND {sql.NOT_TWO_PEOPLE}"
_ASKED_FOR_ANOTHER = f"OLD.status = 'releasable' AND {sql.ASKED_FOR_ANOTHER}"


class Guard(NamedTuple):
    """A trigger: its name, its table, when it fires, its SQL condition, and the message of its refusal."""

    name: str
    table: str
    when: str
    condition: str
    message: str


_ON_BOTH = (
    *(
        Guard(
            f"{table}_no_{verb}", table, f"BEFORE {verb.upper()}", _ALWAYS, f"{table} rows are never changed"
        )
        for table in _APPEND_ONLY
        for verb in ("update", "delete")
    ),
    *(
        Guard(f"{table}_no_delete", table, "BEFORE DELETE", _ALWAYS, f"{table}s are never deleted")
        for table in _KEPT
    ),
    Guard("instalment_gate", "instalment", "BEFORE UPDATE", _SHUT, _REFUSED),
    Guard("instalment_gate_insert", "instalment", "BEFORE INSERT", f"NEW.status IN {sql.OUT}", _REFUSED),
    Guard("instalment_two_people", "instalment", "BEFORE UPDATE", _ALONE, _TWO_PEOPLE),
    Guard(
        "instalment_no_side_door", "instalment", "BEFORE INSERT", f"{sql.SIDE_DOOR} OR {sql.BESIDE}", _REFUSED
    ),
    Guard("instalment_no_way_back", "instalment", "BEFORE UPDATE", sql.GOES_BACK, _BACK),
    Guard("instalment_asked_sum", "instalment", "BEFORE UPDATE", _ASKED_FOR_ANOTHER, _ASKED),
    Guard("instalment_payment", "instalment", "BEFORE UPDATE", sql.PAYMENT_CHANGES, _PAID),
    Guard("instalment_identity", "instalment", "BEFORE UPDATE", sql.BECOMES_ANOTHER, _SAME),
    Guard("instalment_condition_own", "instalment_condition", "BEFORE INSERT", sql.NO_CONDITION, _SAME),
    Guard("instalment_sum_insert", "instalment", "AFTER INSERT", sql.SUM_OVER, _OVER),
    Guard("instalment_sum_update", "instalment", "AFTER UPDATE", sql.SUM_OVER, _OVER),
    Guard("grant_award_update", "grant", "BEFORE UPDATE", sql.AWARD_UNDER, _OVER),
    Guard("decision_once", "decision", "BEFORE INSERT", sql.DECIDED_ALREADY, _DECIDED),
    Guard("step_identity", "step", "BEFORE UPDATE", sql.ANOTHER_STEP, _STEP),
    Guard("made_document_same", "made_document", "BEFORE UPDATE", sql.OTHER_VERSION, _DOCUMENT),
)
# SQLite's INSERT OR REPLACE deletes the old row without firing the triggers on deletion.
_UNIQUE = {
    "answer": ("id",),
    "decision": ("id", "corrects_id"),
    "delivery_attempt": ("id", "letter_id, number"),
    "instalment": ("id", "grant_id, number"),
    "instalment_condition": ("instalment_id, step_id",),
    "journal_event": ("id",),
    "made_document": ("id", "grant_id, name", "stored_as"),
    "payment": ("id",),
    "programme_version": ("id", "key, sha256"),
}


def _in_the_way(table: str) -> str:
    keys = (key.split(", ") for key in _UNIQUE[table])
    same = (" AND ".join(f"{column} = NEW.{column}" for column in key) for key in keys)
    return " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {condition})" for condition in same)


_NO_REPLACE = (
    Guard(
        f"{table}_no_replace", table, "BEFORE INSERT", _in_the_way(table), f"{table} rows are never replaced"
    )
    for table in _UNIQUE
)
# PostgreSQL's TRUNCATE empties a table without firing the triggers on its rows.
_NO_TRUNCATE = (
    Guard(f"{table}_no_truncate", table, "BEFORE TRUNCATE", _ALWAYS, f"{table} rows are never emptied out")
    for table in (*_APPEND_ONLY, *_KEPT)
)
GUARDS = {"sqlite": (*_ON_BOTH, *_NO_REPLACE), "postgresql": (*_ON_BOTH, *_NO_TRUNCATE)}
