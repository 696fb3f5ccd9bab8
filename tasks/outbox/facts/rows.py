"""Load all that a batch of letters says, in a handful of queries whatever the batch's size."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from models.facts.letter import LetterRow
from models.facts.money import AccountSpending, Payee, Unspent
from models.facts.notice import INFORMING
from models.programme.plan import Programme
from models.programme.step import StepRule
from models.rules.money.payment import asked_of
from models.rules.names import name_on
from models.rules.notices.contents import ConditionFacts, InstalmentFacts, direct_needs, needs_closure
from models.vocabulary import InstalmentStatus, StepKind, StepStatus
from tasks.commands.sums.reports import unspent_of
from tasks.commands.sums.spending import spending_of
from tasks.grant.payees import payees_of, repaid_to
from tasks.outbox.facts.queries import (
    ABSENCES,
    ANSWERS,
    DRAFTS,
    FIGURES,
    HANDED_IN,
    HISTORY,
    LETTERS,
    NAMES,
    NOTICES,
    PARTS,
    PEOPLE,
    UNSETTLED_STEPS,
    AnswerRow,
    PersonRow,
    ToldRow,
    UnsettledRow,
)
from tasks.store.programmes import load_programmes
from tasks.store.queries import shape_rows

DbRow = Row[*tuple[Any, ...]]

# Keys of a notice's detail that hold a person's id.
PERSON_KEYS = ("by", "from", "requested_by", "person")


@dataclass(frozen=True, slots=True)
class ProgrammeFacts:
    """A programme with its steps by key, what must come before each of them, and all that one waits for."""

    programme: Programme
    rules: dict[str, StepRule]
    before: dict[str, frozenset[str]]
    needed: frozenset[str]


def programme_facts(programme: Programme) -> ProgrammeFacts:
    """Return what letters and pages look up in a recorded programme."""
    rules = {rule.key: rule for rule in programme.steps}
    needed = frozenset(need for rule in programme.steps for need in direct_needs(rule))
    return ProgrammeFacts(programme, rules, needs_closure(programme), needed)


@dataclass(slots=True)
class LetterData:
    """The rows that a batch of letters is made from, each by the id that it is looked up with.

    `figures` are what sources gave, as (value, source) by question; `drafts` what was typed, by step and person;
    `handed_in` the last answers of a final report that somebody approves, by its grant and its rule's key.
    """

    letters: dict[int, LetterRow] = field(default_factory=dict)
    notices: dict[int, list[DbRow]] = field(default_factory=lambda: defaultdict(list))
    programmes: dict[int, ProgrammeFacts] = field(default_factory=dict)
    names: dict[int | str, list[DbRow]] = field(default_factory=lambda: defaultdict(list))
    instalments: dict[int, list[InstalmentFacts]] = field(default_factory=lambda: defaultdict(list))
    payees: dict[int, Payee] = field(default_factory=dict)
    repaid_to: dict[int, Payee] = field(default_factory=dict)
    unspent: dict[int, Unspent] = field(default_factory=dict)
    unsettled: dict[int, list[UnsettledRow]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[int, list[AnswerRow]] = field(default_factory=lambda: defaultdict(list))
    spending: dict[int, tuple[AccountSpending, ...]] = field(default_factory=dict)
    figures: dict[int, dict[str, tuple[str, str]]] = field(default_factory=lambda: defaultdict(dict))
    drafts: dict[tuple[int, int], dict[str, object]] = field(default_factory=dict)
    handed_in: dict[tuple[int, str], Mapping[str, object]] = field(default_factory=dict)
    history: dict[int, list[ToldRow]] = field(default_factory=lambda: defaultdict(list))
    people: dict[int, PersonRow] = field(default_factory=dict)
    absences: dict[int, list[tuple[date, date]]] = field(default_factory=lambda: defaultdict(list))

    def organisation(self, known_as: int | str, on: date) -> str:
        """Return what the organisation of the id or key is called on a day (at first before that); empty if nothing."""
        names = self.names.get(known_as, ())
        return name_on(names, on, short=names[0].short_name if names else "")

    def person(self, person_id: object) -> str:
        """Return the person's name; empty for anything that is not a known person's id."""
        row = self.people.get(person_id) if isinstance(person_id, int) else None
        return row.name if row is not None else ""


def load_letters(connection: Connection, letter_ids: Collection[int]) -> LetterData:
    """Return what the letters say.

    Raises ValueError (bad JSON, a programme that does not validate) when a row cannot be read; a
    letter that does not exist is left out.
    """
    data, given = LetterData(), {"ids": list(letter_ids)}
    data.letters = {one.id: one for one in shape_rows(LetterRow, connection.execute(LETTERS, given))}
    for row in connection.execute(NOTICES, given).all():
        data.notices[row.letter_id].append(row)
    load_around(connection, data)
    return data


def load_around(connection: Connection, data: LetterData) -> None:
    """Load what the notices in `data` are about, and everything near it that their letters may mention."""
    rows = [row for notices in data.notices.values() for row in notices]
    if not rows:
        return
    steps = {row.step_id for row in rows}
    grants = {row.grant_id for row in rows}
    programmes = load_programmes(connection, {row.programme_id for row in rows})
    data.programmes = {one: programme_facts(programme) for one, programme in programmes.items()}
    named = {row.funder_id for row in rows} | {row.recipient_id for row in rows}
    bodies = {body.organisation for one in programmes.values() for body in one.bodies.values()} - {None}
    for row in connection.execute(NAMES, {"ids": list(named), "keys": list(bodies)}).all():
        for known_as in (row.organisation_id, row.key):
            data.names[known_as].append(row)
    _load_instalments(connection, data, grants)
    claimed = {row.grant_id for row in rows if row.step_kind == StepKind.CLAIM}
    data.payees, data.unspent = payees_of(connection, claimed), unspent_of(connection, claimed)
    repaying = {row.grant_id for row in rows if row.step_kind == StepKind.REPAYMENT}
    data.repaid_to = repaid_to(connection, repaying)
    _load_unsettled(connection, data, rows)
    approvals = {one.id for near in data.unsettled.values() for one in near if one.kind == StepKind.APPROVAL}
    _load_known(connection, data, steps | approvals)
    approved = {row.grant_id for row in rows if row.step_kind == StepKind.APPROVAL}
    for grant_id, key, answers in connection.execute(HANDED_IN, {"ids": list(approved)}).all():
        data.handed_in[grant_id, key] = answers
    for told in shape_rows(ToldRow, connection.execute(HISTORY, {"ids": list(steps)})):
        data.history[told.step_id].append(told)
    _load_people(connection, data, rows)


def _load_instalments(connection: Connection, data: LetterData, grants: Collection[int]) -> None:
    parts: dict[int, tuple[DbRow, list[ConditionFacts]]] = {}
    for row in connection.execute(PARTS, {"ids": list(grants)}).all():
        _, conditions = parts.setdefault(row.id, (row, []))
        if row.step_id is not None:
            status = StepStatus(row.step_status)
            conditions.append(
                ConditionFacts(row.step_id, row.template_key, row.position, status, row.done_on)
            )
    for row, conditions in parts.values():
        asked = asked_of(row.amount_minor, row.claimed_minor)
        facts = InstalmentFacts(
            row.number,
            asked,
            InstalmentStatus(row.status),
            row.requested_by_id,
            tuple(conditions),
            row.rule,
            row.kept_minor or 0,
            row.period,
            row.paid_minor,
            asked if row.no_more_why is None else row.paid_minor,
        )
        data.instalments[row.grant_id].append(facts)


def _load_unsettled(connection: Connection, data: LetterData, rows: Sequence[DbRow]) -> None:
    """Load the unsettled steps that others wait for; all of a grant's where a letter says what comes next."""
    wanted = {need for facts in data.programmes.values() for need in facts.needed}
    informed = {row.grant_id for row in rows if row.kind in INFORMING}
    others = {row.grant_id for row in rows} - informed
    asked = {"informed": list(informed), "others": list(others), "wanted": sorted(wanted)}
    for row in shape_rows(UnsettledRow, connection.execute(UNSETTLED_STEPS, asked)):
        data.unsettled[row.grant_id].append(row)


def _load_known(connection: Connection, data: LetterData, steps: Collection[int]) -> None:
    for answer in shape_rows(AnswerRow, connection.execute(ANSWERS, {"ids": list(steps)})):
        data.answers[answer.step_id].append(answer)
    by_account = set()
    for row in connection.execute(FIGURES, {"ids": list(steps)}).all():
        data.figures[row.step_id][row.question] = (row.value, row.source)
        if row.accounts:
            by_account.add(row.step_id)
    if data.figures:
        for step_id, person_id, fields in connection.execute(DRAFTS, {"ids": list(data.figures)}).all():
            data.drafts[step_id, person_id] = fields
    data.spending.update(spending_of(connection, by_account))


def _load_people(connection: Connection, data: LetterData, rows: Sequence[DbRow]) -> None:
    away = {row.instead_of_id for row in rows if row.instead_of_id is not None}
    wanted = {row.owner_id for row in rows} | away
    wanted.update(value for row in rows for value in _people_in(row.detail))
    wanted.update(row.owner_id for steps in data.unsettled.values() for row in steps)
    wanted.update(row.by_id for answers in data.answers.values() for row in answers)
    wanted.update(row.person_id for told in data.history.values() for row in told)
    people = shape_rows(PersonRow, connection.execute(PEOPLE, {"ids": list(wanted - {None})}))
    data.people = {row.id: row for row in people}
    if away:
        for person_id, from_on, to_on in connection.execute(ABSENCES, {"ids": list(away)}).all():
            data.absences[person_id].append((from_on, to_on))


def _people_in(detail: object) -> Iterable[int]:
    if not isinstance(detail, dict):
        return ()
    return (value for key in PERSON_KEYS if isinstance(value := detail.get(key), int))
