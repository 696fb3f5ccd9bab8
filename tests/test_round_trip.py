"""What is exported and imported into an empty database is the same; the portfolio, the plan, the calendar."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from openpyxl import load_workbook
from sqlalchemy import Engine, select, update

from deployments.cli import run
from models.budget import BudgetLine
from models.columns import table_of
from models.errors import BadInput, Refused
from models.grant import Decision, Grant, GrantRole
from models.instalment import Instalment, Payment
from models.letter import Letter
from models.people import Absence, Organisation, OrganisationName, Person
from models.rules.auditor import FindingKind
from models.sheet_headings import field_of
from models.sheet_shapes import SHAPES
from models.step import Answer, Meeting, Step
from models.vocabulary import UNSETTLED, AnswerKind, DecisionKind
from tasks.audit.whole_audit import AuditMoment, audit
from tasks.files.table_files import SheetOut, as_written, csv_of, escaped, harmless, unescaped, xlsx_of
from tasks.grants.acts.corrections import Correction, correct_decision
from tasks.grants.acts.payments import Rest
from tasks.grants.acts.readings import confirm_reading
from tasks.grants.planning.extensions import extend_step
from tasks.office.import_preview import import_read
from tasks.office.import_tables import known_of, read_import
from tasks.office.import_workbook import import_workbook, letters_waiting
from tasks.office.imports import ImportDay
from tasks.store.database import reading, transaction
from tasks.store.held_decisions import HOLDS
from tests.builders import a_database
from tests.grant_scenes import (
    CONTROLLER,
    DEPUTY,
    FIGURES,
    OPENED_ON,
    ORGANISATIONS,
    OWNER,
    SECRETARY,
    STAGES,
    STRANGER,
    ZONE,
    a_grant_that_was,
    a_staff,
    acts_of,
    an_entry,
    answer,
    at,
    bring_in,
    decide,
    do_round,
    open_grants,
    pay,
    play,
    rows,
    shelf,
    steps,
)
from tests.import_desk import Desk

ON = date(2011, 3, 30)
# Beginnings that a spreadsheet takes for more than a text, and what its XML has no sign for.
NASTY = st.sampled_from(
    (
        "=1+1",
        "'=1",
        "''",
        "@SUM(A1)",
        "+46 8",
        "-1",
        "\t=x",
        "_x0041_",
        "_x005F_x0041_",
        "=cmd|'/C calc'!A0",
        "%0A",
        "|",
    )
)
UNPAIRED: tuple[Literal["Cs"]] = ("Cs",)
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20)
LINE = (
    st.tuples(st.one_of(NASTY, st.just("")), TEXT)
    .map("".join)
    .map(str.strip)
    .filter(lambda text: text.isprintable() and text != "")
)
PARAGRAPHS = st.lists(st.one_of(NASTY, TEXT), max_size=3).map("\n".join).map(str.strip)


def carried_over(one: Engine, other: Engine, path: Path, language: str = "sv") -> None:
    """Export the one database and import the file into the other."""
    with reading(one) as connection:
        path.write_bytes(import_workbook(connection, language))
    with reading(other) as connection:
        known = known_of(connection, [path], shelf())
    import_read(other, {path.name: read_import(path, known)}, shelf(), ImportDay(ON, at(ON)))


def content(engine: Engine) -> dict[str, list[str]]:
    """Return the rows that an import file can say, by names instead of the database's own numbers.

    Of decisions, those that hold: what they were before they were corrected is in the journal.
    """
    own = {
        "id",
        "opened_on",
        "programme_id",
        "told_on",
        "corrects_id",
    }
    models = (
        Person,
        Absence,
        Organisation,
        OrganisationName,
        Meeting,
        Grant,
        GrantRole,
        Decision,
        BudgetLine,
        Instalment,
        Payment,
    )
    people = {row.id: row.email for row in rows(engine, Person)}
    bodies = {row.id: row.key for row in rows(engine, Organisation)}
    grants = {row.id: row.reference for row in rows(engine, Grant)}
    named = dict.fromkeys(("person_id", "manager_id", "deputy_id"), people)
    named |= dict.fromkeys(("requested_by_id", "confirmed_by_id", "recorded_by_id", "by_id"), people)
    with reading(engine) as connection:
        holding = set(connection.execute(select(table_of(Decision).c.id).where(HOLDS)).scalars())
    named |= dict.fromkeys(("organisation_id", "funder_id", "recipient_id"), bodies) | {"grant_id": grants}
    return {
        model.__name__: sorted(
            repr(
                {
                    key: named[key].get(value) if key in named else value
                    for key, value in row._mapping.items()
                    if key not in own
                }
            )
            for row in rows(engine, model)
            if model is not Decision or row.id in holding
        )
        for model in models
    }


@pytest.mark.parametrize("language", ["sv", "en"])
def test_life_of_a_grant_comes_back_as_it_went(tmp_path: Path, language: str) -> None:
    one, other = (a_database(tmp_path) for _ in range(2))
    a_grant_that_was(one, "closed")
    meeting = {
        "body": "committee",
        "held_on": date(2010, 12, 14),
        "moved_from": date(2010, 12, 7),
        "kind": "extra",
    }
    refused = [{"kind": "refusal", "decided_on": date(2010, 2, 1), "source": "brev"}]
    absent = a_staff(
        coordinator={"absences": [{"first": date(2011, 7, 1), "last": date(2011, 7, 31)}], "title": "-"}
    )
    budget = [
        {
            "reference": "REF-1",
            "account": "5010",
            "title": "=Löner",
            "period": "2010-Q1",
            "amount": "100 000,50",
        },
        {"reference": "REF-1", "account": "5010", "amount": 10**12},
    ]
    bring_in(
        one,
        ON,
        people=absent,
        meetings=[meeting],
        grants=[an_entry("REF-2", decisions=refused)],
        budgets=budget,
    )
    half_paid_and_extended(one, "REF-3")
    read_in_one_way(one, "REF-4")
    put_off_returned_and_given_away(one, "REF-5")
    cut_by_the_funder(one, "REF-6")
    none_waits(one)
    carried_over(one, other, tmp_path / "import.xlsx", language)
    assert content(other) == content(one)
    for reference in ("REF-1", "REF-2", "REF-3", "REF-4", "REF-5", "REF-6"):
        assert life_of(other, reference) == life_of(one, reference)
        assert said_in(other, reference) == said_in(one, reference)
    assert {said[1] for said in said_in(other, "REF-5")} == {
        "done",
        "nothing",
        "not_yet",
        "not_me",
        "returned",
    }
    assert steps(other, "REF-4")["end-of-grant-report"].due_on == date(2011, 12, 30)
    # Once more changes nothing: what is there is there.
    carried_over(other, other, tmp_path / "again.xlsx", language)
    assert content(other) == content(one)
    with reading(one) as before, reading(other) as after:
        assert sheets(import_workbook(before, "sv")) == sheets(import_workbook(after, "sv"))
    one.dispose()
    other.dispose()


def none_waits(engine: Engine) -> None:
    """Let no letter wait to leave any more."""
    with transaction(engine) as connection:
        connection.execute(update(table_of(Letter)).values(status="cancelled"))


def half_paid_and_extended(engine: Engine, reference: str) -> None:
    """Play a grant that was paid in part, with an extended follow-up that is answered and one that is not."""
    open_grants(engine, an_entry(reference))
    play(engine, "first claimed", reference)
    pay(engine, date(2009, 12, 11), 1, reference=reference, amount_minor=12_345_600)
    more: dict[str, Any] = {"amount_minor": 1_000_050, "rest": Rest(date(2010, 3, 1), note="=Enligt telefon")}
    pay(engine, date(2010, 1, 15), 1, CONTROLLER, reference=reference, **more)
    for quarter, day in ((1, date(2010, 5, 20)), (3, date(2010, 11, 19))):
        moved: dict[str, Any] = {
            "to_on": day,
            "reason": "=Sjukdom; 'Länsstyrelsen' sa ja",
            "by_email": OWNER,
            "apply": True,
        }
        key = f"follow-up-2010-q{quarter}"
        extend_step(engine, reference, key, today=date(2010, 4, 20), now=at(date(2010, 4, 20)), **moved)
    given = {**FIGURES, "spent": "1 250,50", "activities": "=1+1\nEn rad till."}
    answer(engine, "follow-up-2010-q1", date(2010, 5, 19), reference=reference, data=given)


def cut_by_the_funder(engine: Engine, reference: str) -> None:
    """Play a grant of whose last part some came, and later somebody heard that no more comes."""
    open_grants(engine, an_entry(reference))
    play(engine, "last claimed", reference)
    pay(engine, date(2011, 3, 22), 2, reference=reference, amount_minor=8_000_000)
    why = Rest(no_more_why="=En kostnad godtogs inte")
    pay(engine, date(2011, 3, 24), 2, CONTROLLER, reference=reference, rest=why)


def put_off_returned_and_given_away(engine: Engine, reference: str) -> None:
    """Play a grant whose reports are late, have nothing to say, changed hands and came back."""
    open_grants(engine, an_entry(reference))
    play(engine, "first paid", reference)
    kind, first = AnswerKind, "follow-up-2010-q1"

    def said(step: str, on: date, by: str = OWNER, **values: Any) -> None:
        answer(engine, step, on, by, reference=reference, **values)

    late: dict[str, Any] = {"note": "=Ekonomen är sjuk\nnästa vecka", "expected_on": date(2010, 5, 12)}
    said(first, date(2010, 4, 26), kind=kind.NOT_YET, **late)
    said(first, date(2010, 5, 11), by=DEPUTY, data=FIGURES, note="Enligt telefon")
    said("follow-up-2010-q2", date(2010, 7, 28), kind=kind.NOTHING, note="Semester")
    said("follow-up-2010-q3", date(2010, 10, 20), kind=kind.NOT_ME, colleague=DEPUTY)
    said("follow-up-2010-q3", date(2010, 10, 21), by=DEPUTY, kind=kind.NOT_YET, note="Saknar siffror")
    said("follow-up-2010-q3", date(2010, 10, 29), by=DEPUTY, data=FIGURES)
    said("final-report-draft", date(2011, 1, 5), data=FIGURES)
    said("committee-approval", date(2011, 1, 10), SECRETARY, kind=kind.RETURNED, note="Bilaga 2 saknas")
    said("final-report-draft", date(2011, 1, 11), kind=kind.NOT_YET, expected_on=date(2011, 1, 12))


def read_in_one_way(engine: Engine, reference: str) -> None:
    """Open a grant whose report is due after 90 days or three months, which somebody asked about."""
    ends = {"period_start_on": date(2010, 10, 1), "period_end_on": date(2011, 9, 30)}
    open_grants(engine, an_entry(reference, programme="wellcome", **ends))
    asked = date(2010, 4, 20)
    known: dict[str, Any] = {"note": "Frågade; de menar tre månader", "by_email": OWNER, "today": asked}
    with pytest.raises(BadInput, match="due on one of 2011-12-29, 2011-12-30, not on 2011-12-31"):
        confirm_reading(
            engine, reference, "end-of-grant-report", due_on=date(2011, 12, 31), now=at(asked), **known
        )
    moved = confirm_reading(
        engine, reference, "end-of-grant-report", due_on=date(2011, 12, 30), now=at(asked), **known
    )
    assert ("end-of-grant-report", "2011-12-29", "2011-12-30") in [
        (one.name, one.before, one.after) for one in moved.changes
    ]


def life_of(engine: Engine, reference: str) -> list[tuple[object, ...]]:
    """Return each step as it stands, by names; a recovery, and what is open, with day and receipt."""
    people = {row.id: row.email for row in rows(engine, Person)}
    own = ("id", "grant_id", "version", "next_action_on", "position", "owner_since_on")
    moves = ("due_on", "opens_on", "receipt")
    return [
        tuple(
            (name, people.get(value) if name in ("owner_id", "done_by_id") else value)
            for name, value in row._mapping.items()
            if name not in own and (row.status in UNSETTLED or row.kind == "recovery" or name not in moves)
        )
        for row in steps(engine, reference).values()
    ]


def said_in(engine: Engine, reference: str) -> list[tuple[object, ...]]:
    """Return what people said about the grant's steps, in its order: who, when, what, its answers, what they noted."""
    keys = {row.id: row.key for row in steps(engine, reference).values()}
    people = {row.id: row.email for row in rows(engine, Person)}
    return [
        (
            *(keys[row.step_id], str(row.kind), row.answered_on, people[row.by_id], row.note),
            *(row.expected_on, people.get(row.colleague_id), row.answered_at, row.data or None),
        )
        for row in rows(engine, Answer)
        if row.step_id in keys
    ]


def sheets(workbook: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = load_workbook(io.BytesIO(workbook))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


# Each example makes two databases: one that fails is not worth the minutes of making it smaller.
@settings(max_examples=6, phases=[Phase.generate])
@given(lines=st.lists(LINE, min_size=12, max_size=12), texts=st.lists(PARAGRAPHS, min_size=4, max_size=4))
def test_any_text_comes_back_as_it_went(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("trip")
    one, other = (a_database(folder) for _ in range(2))
    names = iter(lines)
    staff = [person | {"name": next(names), "title": texts[0].split("\n")[0]} for person in a_staff()]
    decided = {
        "decided_on": date(2009, 11, 5),
        "amount": 1,
        "purpose": texts[1],
        "conditions": texts[2],
        "source": texts[3],
    }
    entry = an_entry(title=next(names), funder_reference=next(names), decisions=[decided])
    line = {"reference": "REF-1", "account": next(names), "title": lines[0], "amount": "0.01"}
    bring_in(one, ON, organisations=ORGANISATIONS, people=staff, grants=[entry], budgets=[line])
    carried_over(one, other, folder / "import.xlsx")
    assert content(other) == content(one)
    one.dispose()
    other.dispose()


SAID = st.fixed_dictionaries(
    {
        "step": st.sampled_from(["follow-up-2010-q1", "follow-up-2010-q2", "final-report-draft"]),
        "said_on": st.dates(date(2010, 1, 1), ON),
        "by": st.sampled_from([OWNER, DEPUTY, SECRETARY]),
        "note": PARAGRAPHS,
    }
)
NOT_YET = st.builds(
    lambda said, day: said | {"said": "not_yet", "expected_on": day},
    SAID,
    st.none() | st.dates(date(2010, 1, 1), date(2012, 1, 1)),
)
NOT_ME = st.builds(
    lambda said, to: said | {"said": "not_me", "colleague": to},
    SAID,
    st.none() | st.sampled_from([DEPUTY, STRANGER]),
)


@settings(max_examples=6, phases=[Phase.generate])
@given(
    said=st.lists(NOT_YET | NOT_ME, min_size=1, max_size=8), done=SAID, language=st.sampled_from(["sv", "en"])
)
def test_whatever_was_said_comes_back_as_it_went(
    tmp_path_factory: pytest.TempPathFactory, said: list[dict[str, Any]], done: dict[str, Any], language: str
) -> None:
    folder = tmp_path_factory.mktemp("said")
    one, other = (a_database(folder) for _ in range(2))
    award = {"decided_on": date(2009, 11, 5), "amount": 500_000, "recorded_by": DEPUTY}
    award["dates"] = {"final_report_on": date(2011, 1, 20)}
    entry = an_entry(decisions=[award], said=[*said, done | {"said": "done"}])
    entry |= {"done": {done["step"]: done["said_on"]}, "answers": {done["step"]: FIGURES}}
    bring_in(one, ON, organisations=ORGANISATIONS, people=a_staff(), grants=[entry])
    carried_over(one, other, folder / "import.xlsx", language)
    assert content(other) == content(one)
    assert life_of(other, "REF-1") == life_of(one, "REF-1")
    assert said_in(other, "REF-1") == said_in(one, "REF-1")
    assert [row[:5] for row in said_in(one, "REF-1")] == [
        (one["step"], one["said"], one["said_on"], one["by"], one["note"]) for one in entry["said"]
    ]
    one.dispose()
    other.dispose()


# What goes otherwise than the reference case went, after any of its stages.
def mishaps(engine: Engine, on: date) -> dict[str, Callable[[], object]]:
    """Return what can happen on the day, by name."""

    def said(step: str, kind: AnswerKind, by: str = OWNER, **values: Any) -> None:
        answer(engine, step, on, by, kind, **values)

    def moved(step: str, days: int) -> object:
        given: dict[str, Any] = {"to_on": on + timedelta(days), "reason": "=Anstånd", "by_email": OWNER}
        return extend_step(engine, "REF-1", step, today=on, now=at(on), apply=True, **given)

    def corrected(said: dict[str, Any], **values: Any) -> object:
        one = Correction(said=said, reason="skrivfel", **values)
        return correct_decision(engine, "REF-1", one, by_email=CONTROLLER, today=on, now=at(on))

    kind, more = AnswerKind, DecisionKind.SUPPLEMENT
    award: dict[str, Any] = {"recorded_on": date(2009, 11, 5)}
    roles = {**an_entry()["roles"], "coordinator": DEPUTY}
    return {
        "draft returned": lambda: said("committee-approval", kind.RETURNED, SECRETARY, note="Bilaga saknas"),
        "report returned": lambda: said("funder-approval", kind.RETURNED, note="Mer om kostnader"),
        "committee withdraws": lambda: said(
            "committee-approval", kind.WITHDRAWN, SECRETARY, note="Fel bilaga"
        ),
        "funder withdraws": lambda: said("funder-approval", kind.WITHDRAWN, note="'Nytt beslut"),
        "funder approves again": lambda: said("funder-approval", kind.APPROVED),
        "money is given back": lambda: said("recovery-2", kind.DONE, note="Betalt"),
        "draft again": lambda: said("final-report-draft", kind.DONE, data=FIGURES | {"spent": "119 000"}),
        "report again": lambda: said("final-report", kind.DONE),
        "late": lambda: said("follow-up-2010-q2", kind.NOT_YET, note="Sjuk", expected_on=on + timedelta(9)),
        "delegated": lambda: said("final-report-draft", kind.NOT_ME, colleague=DEPUTY),
        "to the manager": lambda: said("close", kind.NOT_ME),
        "extended": lambda: moved("follow-up-2010-q3", 40),
        "recovery extended": lambda: moved("recovery-2", 20),
        "corrected": lambda: corrected({"dates": {"final_report_on": date(2011, 1, 21)}}, **award),
        "another day": lambda: corrected({"decided_on": date(2009, 11, 4)}, **award),
        "more money": lambda: decide(engine, more, on, amount_minor=1_234_500),
        "no more money": lambda: corrected({}, recorded_on=on, kind=more, annulled=True),
        "withdrawn": lambda: decide(engine, DecisionKind.WITHDRAWAL, on),
        "half paid": lambda: pay(engine, on, 1, amount_minor=12_345_600),
        "rest to come": lambda: pay(engine, on, 2, amount_minor=1, rest=Rest(on + timedelta(20))),
        "no more comes": lambda: pay(engine, on, 2, rest=Rest(no_more_why="=En kostnad godtogs inte")),
        "other coordinator": lambda: bring_in(engine, on, grants=[an_entry(roles=roles)]),
        "left": lambda: bring_in(engine, on, people=a_staff(coordinator={"departed_on": on})),
        "letters come back": lambda: came_back(engine, OWNER, on),
        "another account": lambda: bring_in(
            engine, on, organisations=[ORGANISATIONS[1] | {"account": f"other: bank {on}"}]
        ),
        "round": lambda: do_round(engine, on),
        "closed": lambda: said("close", kind.DONE),
    }


def came_back(engine: Engine, email: str, on: date) -> None:
    """Let letters to the address have come back since the day."""
    with transaction(engine) as connection:
        mine = update(table_of(Person)).where(table_of(Person).c.email == email)
        connection.execute(mine.values(bounced_at=at(on)))


def unsound(engine: Engine) -> list[str]:
    """Return what is wrong with money or journal, as an audit sees it; letters and lateness are the office's."""
    kind = FindingKind
    kinds = (
        kind.SUM_WRONG,
        kind.PAID_TOO_MUCH,
        kind.REST_UNWATCHED,
        kind.RELEASED_UNAPPROVED,
        kind.FOUR_EYES_MISSING,
        kind.JOURNAL_BROKEN,
    )
    return [
        f"{one.where}: {one.why}" for one in audit(engine, AuditMoment(ON, at(ON), ZONE)) if one.kind in kinds
    ]


STAGE_DAYS = dict(
    zip(
        STAGES,
        (
            *(
                date(2009, 9, 15),
                date(2009, 11, 5),
                date(2009, 11, 18),
                date(2009, 12, 11),
                date(2010, 10, 29),
            ),
            *(date(2011, 1, 10), date(2011, 1, 18), date(2011, 1, 19), date(2011, 2, 24), date(2011, 2, 24)),
            *(date(2011, 2, 25), date(2011, 3, 1), date(2011, 3, 22), date(2011, 3, 29)),
        ),
        strict=True,
    )
)
NAMES = st.sampled_from(
    (
        *("draft returned", "report returned", "committee withdraws", "funder withdraws"),
        *("funder approves again", "money is given back", "draft again", "report again", "late", "delegated"),
        *("to the manager", "extended", "recovery extended", "corrected", "another day", "more money"),
        *("no more money", "half paid", "rest to come", "no more comes", "other coordinator", "left"),
        *("letters come back", "round", "closed", "withdrawn", "another account"),
    )
)
COMMITTEE_DAYS = [{"body": "committee", "held_on": date(2011, 1, day)} for day in (11, 18)]
TWICE = [("last paid", "recovery extended"), ("closed", "recovery extended")]
IN_ALL = [
    ("applied", "round"),
    ("first claimed", "half paid"),
    ("first paid", "late"),
    ("first paid", "extended"),
    ("first paid", "delegated"),
    ("drafted", "draft returned"),
    ("drafted", "draft again"),
    ("funder approved", "corrected"),
    ("released", "more money"),
    ("last paid", "funder withdraws"),
    ("last paid", "recovery extended"),
    ("last paid", "letters come back"),
    ("last paid", "money is given back"),
    ("closed", "to the manager"),
]


@settings(max_examples=12, phases=[Phase.explicit, Phase.generate])
@given(
    happen=st.lists(st.tuples(st.sampled_from(STAGES), NAMES), max_size=12),
    until=st.sampled_from(STAGES),
    language=st.sampled_from(["sv", "en"]),
)
@example(IN_ALL, "closed", "sv")
@example([("closed", "committee withdraws"), ("closed", "money is given back")], "closed", "en")
@example([("last paid", "funder withdraws"), *TWICE, ("closed", "money is given back")], "closed", "sv")
@example([("last paid", "funder withdraws"), *TWICE], "closed", "en")
@example([("first claimed", "withdrawn")], "first claimed", "sv")
@example([("decided", "to the manager"), ("drafted", "other coordinator")], "drafted", "en")
@example([("decided", "another account"), ("released", "another account")], "last claimed", "sv")
@example(
    [("released", "funder withdraws"), ("released", "round"), ("released", "another account")],
    "released",
    "en",
)
@example([("asked", "corrected"), ("released", "funder withdraws"), ("released", "round")], "released", "sv")
def test_whatever_went_otherwise_comes_back_as_it_went(
    tmp_path_factory: pytest.TempPathFactory, happen: list[tuple[str, str]], until: str, language: str
) -> None:
    folder = tmp_path_factory.mktemp("otherwise")
    one, other = (a_database(folder) for _ in range(2))
    open_grants(one, an_entry())
    bring_in(one, OPENED_ON, meetings=COMMITTEE_DAYS)
    acts = acts_of(one)
    for stage in STAGES[: STAGES.index(until) + 1]:
        on = STAGE_DAYS[stage]
        for act in (acts[stage], *(mishaps(one, on)[name] for at_stage, name in happen if at_stage == stage)):
            with suppress(BadInput, Refused):  # what cannot happen then does not
                act()
    carried_over(one, other, folder / "import.xlsx", language)
    assert content(other) == content(one)
    assert life_of(other, "REF-1") == life_of(one, "REF-1")
    assert said_in(other, "REF-1") == said_in(one, "REF-1")
    assert unsound(other) == unsound(one) == []
    carried_over(other, other, folder / "again.xlsx", language)
    assert content(other) == content(one)
    one.dispose()
    other.dispose()


@given(st.lists(st.one_of(PARAGRAPHS, st.text(st.characters(exclude_categories=UNPAIRED))), min_size=1))
def test_cell_is_harmless_and_comes_back(texts: list[str]) -> None:
    for text in texts:
        assert as_written(harmless(text)) == text
        assert "\0" in text or unescaped(escaped(text)) == text
        assert not harmless(text).startswith(("=", "+", "-", "@"))


def test_swedish_workbook_says_what_set_a_day_and_no_day_where_there_is_none(tmp_path: Path) -> None:
    one, other = (a_database(tmp_path) for _ in range(2))
    bring_in(one, date(2009, 9, 15), organisations=ORGANISATIONS, people=a_staff())
    put_off_returned_and_given_away(one, "REF-1")
    none_waits(one)
    carried_over(one, other, tmp_path / "sv.xlsx")
    assert sheets((tmp_path / "sv.xlsx").read_bytes())["Organisationer"][1][2] is None  # since ever
    moved = sheets((tmp_path / "sv.xlsx").read_bytes())["Anstånd"][1]
    assert moved[3] == "att rapporten skickades tillbaka 2011-01-10"
    (report,) = (row for row in rows(other, Step) if row.key == "final-report-draft")
    assert report.fixed_due_source == "the return on 2011-01-10"
    one.dispose()
    other.dispose()


def test_every_heading_that_is_written_is_read() -> None:
    for shape in SHAPES:
        for column in shape.columns:
            for heading in (column.swedish.capitalize(), column.field.rpartition(".")[2].replace("_", " ")):
                assert field_of(shape, heading) == column, (shape.kind, heading)


def test_portfolio_plan_and_calendar_hold_every_grant(
    sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(sqlite, tmp_path, monkeypatch, capsys)
    a_grant_that_was(sqlite, "decided")
    bring_in(
        sqlite,
        ON,
        grants=[an_entry("REF-2", title="=1+1")],
        meetings=[{"body": "committee", "held_on": date(2010, 12, 14)}],
    )
    assert desk.grants("export", "xlsx", "--out", "all.xlsx")[0] == 0
    found = sheets((tmp_path / "all.xlsx").read_bytes())
    assert list(found) == ["Översikt", "Plan"]
    assert (
        {row[0] for row in found["Plan"][1:]}
        == {row[0] for row in found["Översikt"][1:]}
        == {"REF-1", "REF-2"}
    )
    assert {row[1] for row in found["Plan"][1:]} == {"Regional samordning", "'=1+1"}
    final = next(row for row in found["Plan"] if row[:3] == ("REF-1", "Regional samordning", "Slutrapport"))
    assert final[5].date() == date(2011, 1, 20)
    assert desk.grants("export", "ics", "REF-1")[0] == 0
    calendar = Calendar.from_ical((tmp_path / "grants.ics").read_bytes())
    dated = {str(event["summary"]): event.decoded("dtstart") for event in calendar.walk("VEVENT")}
    assert dated["Slutrapport (REF-1)"] == date(2011, 1, 20)
    assert dated["Sammanträde: Socialnämnden"] == date(2010, 12, 14)
    assert not any("REF-2" in summary for summary in dated)
    assert desk.grants("export", "xlsx", "REF-9")[0] == 2


def test_empty_workbook_has_the_headings_and_imports_nothing(
    sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(sqlite, tmp_path, monkeypatch, capsys)
    assert desk.grants("export", "import", "--empty")[0] == 0
    found = sheets((tmp_path / "import.xlsx").read_bytes())
    assert list(found) == [shape.titles[0] for shape in SHAPES]
    assert all(len(table) == 1 for table in found.values())
    says = "import.xlsx: 0 new, 0 changed, 0 unchanged\nnote: import.xlsx: there is no row below the headings"
    assert desk.bring("import.xlsx") == (0, says, "")


def test_empty_workbook_needs_no_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "home"))
    assert run(["export", "import", "--empty"]) == 0
    assert capsys.readouterr().err == ""
    assert list(sheets((tmp_path / "import.xlsx").read_bytes())) == [shape.titles[0] for shape in SHAPES]
    assert [*(tmp_path / "home").glob("*.db")] == []


def test_workbook_is_refused_while_letters_wait_and_says_so_where_it_is_written_anyway(
    sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(sqlite, tmp_path, monkeypatch, capsys)
    a_grant_that_was(sqlite, "decided")
    with reading(sqlite) as connection:
        waiting = letters_waiting(connection)
    assert waiting == 1
    code, out, err = desk.grants("export", "import")
    assert (code, out) == (1, "")
    assert err == (
        "grants: Refused: 1 letter waits to leave, and the workbook does not hold whom they tell: 'grants deliver'"
        " first, or write it with --anyway"
    )
    assert not (tmp_path / "import.xlsx").exists()
    assert desk.grants("export", "import", "--anyway")[0] == 0
    about = sheets((tmp_path / "import.xlsx").read_bytes())["Om arbetsboken"]
    assert ("När den skrevs väntade brev på att gå iväg (1). Vilka de underrättar finns inte här.",) in about
    assert ("When it was written letters waited to leave (1). Whom they tell is not in it.",) in about
    none_waits(sqlite)
    assert desk.grants("export", "import")[0] == 0
    assert len(sheets((tmp_path / "import.xlsx").read_bytes())["Om arbetsboken"]) == 2


def test_csv_and_xlsx_hold_the_same_texts(tmp_path: Path) -> None:
    table = [["E-post", "Namn"], ["a@example.org", "=1"], ["b@example.org", 'Å; "B"']]
    (tmp_path / "a.csv").write_bytes(csv_of(table))
    (tmp_path / "a.xlsx").write_bytes(xlsx_of(SheetOut("A", table)))
    one, other = (read_import(tmp_path / name).content.people for name in ("a.csv", "a.xlsx"))
    assert one == other
    assert [person.name for person in one] == ["=1", 'Å; "B"']


def test_workbook_can_be_read_filtered_and_printed() -> None:
    table: list[list[Any]] = [
        ["Namn", "Dag", "Belopp"],
        ["En lång text", date(2010, 1, 31), Decimal("1234.5")],
        ["", None, Decimal(7)],
    ]
    book = load_workbook(io.BytesIO(xlsx_of(SheetOut("A", table, [40, 12, 14]), SheetOut("B", table[:1]))))
    sheet = book["A"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.print_title_rows) == ("A2", "A1:C3", "$1:$1")
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (
        "landscape",
        1,
        0,
    )
    assert sheet.sheet_properties.pageSetUpPr is not None
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert [cell.number_format for cell in sheet[2]] == ["General", "yyyy-mm-dd", "#,##0.00"]
    assert sheet["C3"].number_format == "#,##0"
    assert [cell.font.bold for cell in sheet[1]] == [True] * 3
    assert sheet["A2"].alignment.wrap_text
    assert book["B"].auto_filter.ref is None


@pytest.mark.parametrize(
    ("language", "said"),
    [("sv", ("svenska", "ja", "kontrollant")), ("en", ("sv", "yes", "controller"))],
)
def test_workbook_says_closed_words_in_its_language(
    sqlite: Engine, language: str, said: tuple[str, ...]
) -> None:
    person = {"email": "a@example.org", "name": "A", "admin": True, "access": "controller"}
    bring_in(sqlite, ON, people=[person])
    with reading(sqlite) as connection:
        table = sheets(import_workbook(connection, language))["People" if language == "en" else "Personer"]
    names = ("Language", "Admin", "Access") if language == "en" else ("Språk", "Administratör", "Behörighet")
    assert tuple(table[1][table[0].index(name)] for name in names) == said
