"""Load what the cards of a person's tasks show besides the tasks, and say it, each fact with its label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Connection, Integer, bindparam, or_
from sqlmodel import Session, col, select

from deployments.portal.answer.fields import Known
from deployments.portal.login.reader import Reader
from deployments.portal.tasks.list import PersonTasks
from models.facts.letter import ItemView
from models.rules.steps.needs import find_approved
from models.tables.columns import table_of
from models.tables.grant import GrantRole
from models.tables.money import Instalment
from models.tables.person import Person
from models.tables.step import Figure, Step
from models.vocabulary import StepKind
from tasks.store.queries import load_models, shape_rows
from tasks.words.answers import word_origin, word_source
from tasks.words.money import word_payee, word_unspent
from tasks.words.receipts import ReceiptWords
from tasks.words.templates import one_paragraph, words_module
from tasks.words.translator import Translator, capitalised

# The macros of the facts that are to be known before an item is answered, and of the others.
_DECIDING = ("differs", "not_yet", "waits_for")
_BACKGROUND = ("progress", "owner", "letters", "spending", "next_step")


def word_due(say: Translator, item: ItemView, today: date) -> str:
    """Return by when, as people write it: weekday, day, and how far it is; empty when it does not matter."""
    if item.due_on is None or not item.dated:
        return ""
    return str(words_module(say.language, "card", today).due(item))


def word_reasons(say: Translator, item: ItemView, today: date) -> Iterator[tuple[str, str]]:
    """Yield of the facts those that are to be known before the item is answered."""
    yield from _facts(say, item, today, ("conditions",))
    yield from word_payee(say, item.payee, today)
    yield from word_unspent(say, item.unspent, item.adds_minor)
    yield from _date(say, item, today)
    yield from _facts(say, item, today, _DECIDING)


def word_background(
    say: Translator, item: ItemView, today: date, *, drafted: bool
) -> Iterator[tuple[str, str]]:
    """Yield the other facts: how far it has come, who was told, what has been spent, what comes next.

    Of one that is `drafted` its draft says how far it has come.
    """
    yield from _facts(say, item, today, _BACKGROUND[1:] if drafted else _BACKGROUND)


def _facts(say: Translator, item: ItemView, today: date, keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    words = words_module(say.language, "card", today)
    for key in keys:
        if said := one_paragraph(getattr(words, key)(item)):
            yield str(words.label(key, item)), said


def _date(say: Translator, item: ItemView, today: date) -> Iterator[tuple[str, str]]:
    """Yield why it is due on its day, and what is known of the meeting that takes it up."""
    if not item.dated or item.why is None or item.due_on is None:
        return
    words, label = (
        ReceiptWords(say.language, item.why.programme, today),
        words_module(say.language, "card", today).label,
    )
    why, last_open = words.why(item.why), item.why.working_on
    if last_open is not None and last_open >= today and not item.with_funder:
        why = f"{why} {words.closed(item.why)}".strip()
    if why:
        yield str(label("why", item)), why
    if item.why.receipt.meeting:
        notes = (f"{capitalised(note)}." for note in words.notes(item.why.receipt))
        yield str(label("meeting", item)), " ".join(notes)


_ROLE, _PERSON, _STEP = table_of(GrantRole), table_of(Person), table_of(Step)

# Made once: making a query takes longer than asking it.
_GRANTS: BindParameter[int] = bindparam("grants", expanding=True)
_FIGURES = (
    select(Figure).where(col(Figure.step_id).in_(bindparam("steps", expanding=True))).order_by(col(Figure.id))
)
_PLACES = (
    select(*(_STEP.c[name] for name in ("grant_id", "key", "template_key", "period")))
    .where(_STEP.c.grant_id.in_(_GRANTS))
    .order_by(_STEP.c.position)
)
_REPORTED = select(*(_STEP.c[name] for name in ("grant_id", "key", "done_by_id", "done_on"))).where(
    _STEP.c.grant_id.in_(_GRANTS), _STEP.c.done_by_id.is_not(None)
)
_ABOVE = select(_PERSON.c.manager_id, _PERSON.c.deputy_id).where(_PERSON.c.id == bindparam("reader"))
_HERE = (
    _PERSON.c.departed_on.is_(None),
    _PERSON.c.bounced_at.is_(None),
    _PERSON.c.id != bindparam("reader", type_=Integer),
)
_NAMED = (_PERSON.c.id, _PERSON.c.name, _PERSON.c.title)
_AROUND = select(*_NAMED).where(
    or_(
        _PERSON.c.id.in_(bindparam("own", expanding=True)),
        _PERSON.c.manager_id == bindparam("manager", type_=Integer),
        _PERSON.c.manager_id == bindparam("reader", type_=Integer),
    ),
    *_HERE,
)
_TAKING_PART = (
    select(_ROLE.c.grant_id, *_NAMED)
    .join(_PERSON, _PERSON.c.id == _ROLE.c.person_id)
    .where(_ROLE.c.grant_id.in_(_GRANTS), *_HERE)
)


@dataclass(frozen=True, slots=True)
class ReportedStep:
    """Who did a step, and when."""

    grant_id: int
    key: str
    done_by_id: int
    done_on: date | None


def reports_to_approve(connection: Connection, tasks: PersonTasks) -> dict[int, tuple[int, str]]:
    """Return the report that each approval among the tasks is about, by its grant and key."""
    approvals = {step_id: row for step_id, row in tasks.rows.items() if row.step_kind == StepKind.APPROVAL}
    if not approvals:
        return {}
    places: dict[int, dict[str, tuple[str, str | None]]] = {}
    grants = list({one.grant_id for one in approvals.values()})
    for grant_id, key, template_key, period in connection.execute(_PLACES, {"grants": grants}):
        places.setdefault(grant_id, {})[key] = template_key, period
    found = {}
    for step_id, row in approvals.items():
        facts = tasks.data.programmes[row.programme_id]
        rule = facts.rules.get(row.template_key)
        steps = places[row.grant_id]
        keys = find_approved(rule, row.period, steps, facts.programme) if rule else ()
        if keys:
            found[step_id] = row.grant_id, keys[-1]
    return found


def known_answers(
    connection: Connection, say: Translator, tasks: PersonTasks, zone: ZoneInfo
) -> dict[int, dict[str, Known]]:
    """Return what is known of each step's questions: what was answered before, else what a source gave."""
    found: dict[int, dict[str, Known]] = {}
    for row in load_models(connection, _FIGURES, {"steps": list(tasks.rows)}):
        programme = tasks.data.programmes[tasks.rows[row.step_id].programme_id].programme
        whence = word_source(say, row.source, programme)
        origin = word_origin(say, whence, row, zone)
        found.setdefault(row.step_id, {})[row.question] = Known(row.value, whence, row.value, origin)
    for step_id in tasks.rows:
        for answer in tasks.data.answers[step_id]:
            for key, value in answer.data.items():
                known = found.setdefault(step_id, {})
                known[key] = replace(known.get(key, Known()), value=value)
    return found


def parts_of_money(connection: Connection, tasks: PersonTasks) -> dict[tuple[int, int], Instalment]:
    """Return the instalments of each grant with a claim or a payment among the tasks, by grant and number."""
    money = (StepKind.CLAIM, StepKind.PAYMENT)
    grants = {row.grant_id for row in tasks.rows.values() if row.step_kind in money}
    if not grants:
        return {}
    with Session(connection) as session:
        found = session.exec(select(Instalment).where(col(Instalment.grant_id).in_(grants))).all()
        return {(part.grant_id, part.number): part for part in found}


def load_steps(connection: Connection, ids: Sequence[int]) -> dict[int, Step]:
    """Return the steps with the ids."""
    with Session(connection) as session:
        found = session.exec(select(Step).where(col(Step.id).in_(ids))).all()
        return {step.id or 0: step for step in found}


def reported_steps(connection: Connection, tasks: PersonTasks) -> dict[tuple[int, str], ReportedStep]:
    """Return who did the steps of each grant with an approval among the tasks, and when, by grant and key."""
    grants = {row.grant_id for row in tasks.rows.values() if row.step_kind == StepKind.APPROVAL}
    if not grants:
        return {}
    rows = shape_rows(ReportedStep, connection.execute(_REPORTED, {"grants": list(grants)}))
    return {(row.grant_id, row.key): row for row in rows}


def colleagues_of(
    connection: Connection, reader: Reader, grants: set[int]
) -> dict[int, tuple[tuple[int, str], ...]]:
    """Return who may take a step over, by grant: people with a part in it, and those around the reader."""
    own = connection.execute(_ABOVE, {"reader": reader.id}).all()[0]
    around = {"own": [one for one in own if one is not None], "manager": own.manager_id, "reader": reader.id}
    near = connection.execute(_AROUND, around).all()
    roles = connection.execute(_TAKING_PART, {"grants": list(grants), "reader": reader.id}).all()
    found = {}
    for grant_id in grants:
        people = [*near, *(row for row in roles if row.grant_id == grant_id)]
        named = {row.id: f"{row.name}, {row.title}" if row.title else row.name for row in people}
        found[grant_id] = tuple(sorted(named.items(), key=lambda one: one[1].casefold()))
    return found
