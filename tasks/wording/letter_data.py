"""Load all that a batch of letters says, in a handful of queries whatever the batch's size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, and_, bindparam, or_, select

from models.columns import table_of
from models.grant import Grant
from models.instalment import Instalment, InstalmentCondition
from models.letter import Letter, Notice
from models.money_view import AccountSpending, Payee, Unspent
from models.notice_view import INFORMING
from models.people import Absence, OrganisationName, Person
from models.programme import Programme
from models.rules.letter_facts import (
    ConditionFacts,
    InstalmentFacts,
    direct_needs,
    needs_closure,
)
from models.step import Answer, Draft, Figure, Step
from models.step_rule import StepRule
from models.vocabulary import UNSETTLED, InstalmentStatus, StepKind, StepStatus
from tasks.grants.sums.payees import payees_of
from tasks.grants.sums.spending import spending_of
from tasks.grants.sums.unspent import unspent_of
from tasks.store.kept_queries import ask
from tasks.store.programme_versions import load_programmes

_LETTER, _NOTICE = table_of(Letter), table_of(Notice)
_PERSON, _ABSENCE, _NAME = table_of(Person), table_of(Absence), table_of(OrganisationName)
_GRANT, _STEP, _ANSWER, _FIGURE = table_of(Grant), table_of(Step), table_of(Answer), table_of(Figure)
_DRAFT = table_of(Draft)
_INSTALMENT, _CONDITION = table_of(Instalment), table_of(InstalmentCondition)

# What is said of a notice's step and its grant.
STEP_AND_GRANT = (
    *(_STEP.c[name] for name in ("grant_id", "key", "template_key", "position", "with_funder")),
    *(_STEP.c[name] for name in ("period", "due_on", "owner_id", "owner_since_on", "version")),
    *(_STEP.c[name] for name in ("status", "receipt", "phase", "instalment", "repays_minor")),
    _STEP.c.kind.label("step_kind"),
    *(_GRANT.c[name] for name in ("reference", "funder_reference", "title", "programme_id")),
    *(_GRANT.c[name] for name in ("funder_id", "recipient_id", "currency", "applied_for_minor", "dates")),
    *(_GRANT.c[name] for name in ("figures_file", "award_minor", "period_start_on")),
    _GRANT.c.status.label("grant_status"),
)

DbRow = Row[*tuple[Any, ...]]

# Made once: what a page with one step pays for is the making of its queries.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_LETTERS = (
    select(
        *(_LETTER.c[name] for name in ("id", "kind", "person_id", "letter_on", "queued_at")),
        *(_LETTER.c[name] for name in ("link_key", "message_id")),
        *(_PERSON.c[name] for name in ("name", "email", "language")),
    )
    .join(_PERSON, _PERSON.c.id == _LETTER.c.person_id)
    .where(_LETTER.c.id.in_(_IDS))
)
_NOTICES = (
    select(
        *(_NOTICE.c[name] for name in ("id", "letter_id", "step_id", "kind", "told_on", "detail")),
        *(_NOTICE.c[name] for name in ("person_id", "instead_of_id")),
        _NOTICE.c.step_version.label("told_version"),
        _NOTICE.c.due_on.label("told_due_on"),
        *STEP_AND_GRANT,
    )
    .join(_STEP, _STEP.c.id == _NOTICE.c.step_id)
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .where(_NOTICE.c.letter_id.in_(_IDS), _NOTICE.c.dropped_at.is_(None))
    .order_by(_NOTICE.c.id)
)
_NAMES = (
    select(_NAME.c.organisation_id, _NAME.c.valid_from_on, _NAME.c.name)
    .where(_NAME.c.organisation_id.in_(_IDS))
    .order_by(_NAME.c.organisation_id, _NAME.c.valid_from_on)
)
_PARTS = (
    select(
        *(_INSTALMENT.c[name] for name in ("id", "grant_id", "number", "amount_minor", "status")),
        *(_INSTALMENT.c[name] for name in ("requested_by_id", "rule", "kept_minor", "period", "paid_minor")),
        _STEP.c.id.label("step_id"),
        _STEP.c.template_key,
        _STEP.c.position,
        _STEP.c.status.label("step_status"),
        _STEP.c.done_on,
    )
    .outerjoin(_CONDITION, _CONDITION.c.instalment_id == _INSTALMENT.c.id)
    .outerjoin(_STEP, _STEP.c.id == _CONDITION.c.step_id)
    .where(_INSTALMENT.c.grant_id.in_(_IDS))
    .order_by(_INSTALMENT.c.grant_id, _INSTALMENT.c.number, _STEP.c.position)
)
_ANSWERS = (
    select(
        *(_ANSWER.c[name] for name in ("step_id", "kind", "data", "note", "expected_on", "answered_on")),
        _ANSWER.c.by_id,
    )
    .where(_ANSWER.c.step_id.in_(_IDS))
    .order_by(_ANSWER.c.id)
)
_FIGURES = select(
    *(_FIGURE.c[name] for name in ("step_id", "question", "value", "source", "accounts"))
).where(_FIGURE.c.step_id.in_(_IDS))
# Only a report's form is typed into at length: what else is kept as a draft answers no question.
_DRAFTS = select(_DRAFT.c.step_id, _DRAFT.c.person_id, _DRAFT.c.fields).where(
    _DRAFT.c.step_id.in_(_IDS), _DRAFT.c.act == "done"
)
_HISTORY = (
    select(
        *(_NOTICE.c[name] for name in ("step_id", "due_on", "kind", "person_id", "told_on", "letter_id")),
        _LETTER.c.status,
        _LETTER.c.message_id,
    )
    .join(_LETTER, _LETTER.c.id == _NOTICE.c.letter_id)
    .where(_NOTICE.c.step_id.in_(_IDS), _NOTICE.c.dropped_at.is_(None))
    .order_by(_NOTICE.c.letter_id, _NOTICE.c.id)
)
_PEOPLE = select(
    *(_PERSON.c[name] for name in ("id", "name", "email", "deputy_id", "departed_on", "bounced_at"))
).where(_PERSON.c.id.in_(_IDS))
_UNSETTLED = (
    select(
        *(_STEP.c[name] for name in ("id", "grant_id", "template_key", "kind", "period", "due_on")),
        _STEP.c.owner_id,
    )
    .where(
        _STEP.c.status.in_(UNSETTLED),
        or_(
            _STEP.c.grant_id.in_(bindparam("informed", expanding=True)),
            and_(
                _STEP.c.grant_id.in_(bindparam("others", expanding=True)),
                _STEP.c.template_key.in_(bindparam("wanted", expanding=True)),
            ),
        ),
    )
    .order_by(_STEP.c.grant_id, _STEP.c.position, _STEP.c.id)
)

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
    """Return what is known of a recorded programme, worked out once a process: `load_programmes` gives the same one."""
    kept = _facts.get(id(programme))
    if kept is None or kept.programme is not programme:
        rules = {rule.key: rule for rule in programme.steps}
        needed = frozenset(need for rule in programme.steps for need in direct_needs(rule))
        kept = _facts[id(programme)] = ProgrammeFacts(programme, rules, needs_closure(programme), needed)
    return kept


_facts: dict[int, ProgrammeFacts] = {}


@dataclass(slots=True)
class LetterData:
    """The rows that a batch of letters is made from, each by the id that it is looked up with.

    `figures` are what sources gave, as (value, source) by question; `drafts` what was typed, by step and person.
    """

    letters: dict[int, DbRow] = field(default_factory=dict)
    notices: dict[int, list[DbRow]] = field(default_factory=lambda: defaultdict(list))
    programmes: dict[int, ProgrammeFacts] = field(default_factory=dict)
    names: dict[int, list[tuple[date, str]]] = field(default_factory=lambda: defaultdict(list))
    instalments: dict[int, list[InstalmentFacts]] = field(default_factory=lambda: defaultdict(list))
    payees: dict[int, Payee] = field(default_factory=dict)
    unspent: dict[int, Unspent] = field(default_factory=dict)
    unsettled: dict[int, list[DbRow]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[int, list[DbRow]] = field(default_factory=lambda: defaultdict(list))
    spending: dict[int, tuple[AccountSpending, ...]] = field(default_factory=dict)
    figures: dict[int, dict[str, tuple[str, str]]] = field(default_factory=lambda: defaultdict(dict))
    drafts: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    history: dict[int, list[DbRow]] = field(default_factory=lambda: defaultdict(list))
    people: dict[int, DbRow] = field(default_factory=dict)
    absences: dict[int, list[tuple[date, date]]] = field(default_factory=lambda: defaultdict(list))

    def organisation(self, organisation_id: int, on: date) -> str:
        """Return the organisation's name on a day (its first name before that); empty if it has none."""
        name = ""
        for valid_from_on, later in self.names.get(organisation_id, ()):
            if not name or valid_from_on <= on:
                name = later
        return name

    def person(self, person_id: object) -> str:
        """Return the person's name; empty for anything that is not a known person's id."""
        row = self.people.get(person_id) if isinstance(person_id, int) else None
        return str(row.name) if row is not None else ""


def load_letters(connection: Connection, letter_ids: Collection[int]) -> LetterData:
    """Return what the letters say.

    Raises ValueError (bad JSON, a programme that does not validate) when a row cannot be read; a
    letter that does not exist is left out.
    """
    data = LetterData()
    _load_letters(connection, data, letter_ids)
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
    _load_names(connection, data, {row.funder_id for row in rows} | {row.recipient_id for row in rows})
    _load_instalments(connection, data, grants)
    claimed = {row.grant_id for row in rows if row.step_kind == StepKind.CLAIM}
    data.payees, data.unspent = payees_of(connection, claimed), unspent_of(connection, claimed)
    _load_unsettled(connection, data, rows)
    _load_known(connection, data, steps)
    _load_history(connection, data, steps)
    _load_people(connection, data, rows)


def _load_letters(connection: Connection, data: LetterData, letter_ids: Collection[int]) -> None:
    given = {"ids": list(letter_ids)}
    data.letters = {row.id: row for row in ask(connection, _LETTERS, given)}
    for row in ask(connection, _NOTICES, given):
        data.notices[row.letter_id].append(row)


def _load_names(connection: Connection, data: LetterData, ids: Collection[int]) -> None:
    for organisation_id, valid_from_on, name in ask(connection, _NAMES, {"ids": list(ids)}):
        data.names[organisation_id].append((valid_from_on, name))


def _load_instalments(connection: Connection, data: LetterData, grants: Collection[int]) -> None:
    parts: dict[int, tuple[DbRow, list[ConditionFacts]]] = {}
    for row in ask(connection, _PARTS, {"ids": list(grants)}):
        _, conditions = parts.setdefault(row.id, (row, []))
        if row.step_id is not None:
            status = StepStatus(row.step_status)
            conditions.append(
                ConditionFacts(row.step_id, row.template_key, row.position, status, row.done_on)
            )
    for row, conditions in parts.values():
        facts = InstalmentFacts(
            row.number,
            row.amount_minor,
            InstalmentStatus(row.status),
            row.requested_by_id,
            tuple(conditions),
            row.rule,
            row.kept_minor or 0,
            row.period,
            row.paid_minor,
        )
        data.instalments[row.grant_id].append(facts)


def _load_unsettled(connection: Connection, data: LetterData, rows: Sequence[DbRow]) -> None:
    """Load the unsettled steps that others wait for; all of a grant's where a letter says what comes next."""
    wanted = {need for facts in data.programmes.values() for need in facts.needed}
    informed = {row.grant_id for row in rows if row.kind in INFORMING}
    others = {row.grant_id for row in rows} - informed
    asked = {"informed": list(informed), "others": list(others), "wanted": sorted(wanted)}
    for row in ask(connection, _UNSETTLED, asked):
        data.unsettled[row.grant_id].append(row)


def _load_known(connection: Connection, data: LetterData, steps: Collection[int]) -> None:
    for row in ask(connection, _ANSWERS, {"ids": list(steps)}):
        data.answers[row.step_id].append(row)
    by_account = set()
    for row in ask(connection, _FIGURES, {"ids": list(steps)}):
        data.figures[row.step_id][row.question] = (row.value, row.source)
        if row.accounts:
            by_account.add(row.step_id)
    if data.figures:
        for step_id, person_id, fields in ask(connection, _DRAFTS, {"ids": list(data.figures)}):
            data.drafts[step_id, person_id] = fields
    data.spending.update(spending_of(connection, by_account))


def _load_history(connection: Connection, data: LetterData, steps: Collection[int]) -> None:
    for row in ask(connection, _HISTORY, {"ids": list(steps)}):
        data.history[row.step_id].append(row)


def _load_people(connection: Connection, data: LetterData, rows: Sequence[DbRow]) -> None:
    away = {row.instead_of_id for row in rows if row.instead_of_id is not None}
    wanted = {row.owner_id for row in rows} | away
    wanted.update(value for row in rows for value in _people_in(row.detail))
    wanted.update(row.owner_id for steps in data.unsettled.values() for row in steps)
    wanted.update(row.by_id for answers in data.answers.values() for row in answers)
    wanted.update(row.person_id for told in data.history.values() for row in told)
    people = ask(connection, _PEOPLE, {"ids": list(wanted - {None})})
    data.people = {row.id: row for row in people}
    if away:
        leaves = select(_ABSENCE.c.person_id, _ABSENCE.c.from_on, _ABSENCE.c.to_on)
        for person_id, from_on, to_on in connection.execute(leaves.where(_ABSENCE.c.person_id.in_(away))):
            data.absences[person_id].append((from_on, to_on))


def _people_in(detail: object) -> Iterable[int]:
    if not isinstance(detail, dict):
        return ()
    # An id that no database holds would make the whole batch's query fail.
    return (value for key in PERSON_KEYS if type(value := detail.get(key)) is int and 0 < value < 2**31)
