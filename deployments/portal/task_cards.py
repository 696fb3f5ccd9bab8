"""Put a person's tasks into words, each with the forms that it takes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Connection, Integer, bindparam, or_, select

from deployments.portal.form_fields import Field, Known
from deployments.portal.paper_view import TaskPapers
from deployments.portal.person_tasks import PersonTasks, Reader
from deployments.portal.release_cards import TaskCard, release_card
from deployments.portal.report_view import load_reports, report_view
from deployments.portal.task_forms import StepFacts, forms_of, why_not_done
from deployments.portal.typed_form import brought_files, draft_files, with_draft
from models.columns import table_of
from models.grant import GrantRole
from models.instalment import Instalment
from models.letter_view import ItemView
from models.people import Person
from models.rules.step_needs import find_approved
from models.step import Figure, Step
from models.vocabulary import StepKind
from tasks.database import AnyRow
from tasks.drafts import load_drafts
from tasks.fact_rows import word_due, word_facts, word_stakes, word_step
from tasks.given_words import word_source
from tasks.sentences import word_leads
from tasks.words import Speaker, capitalised

_ROLE, _PERSON, _FIGURE = table_of(GrantRole), table_of(Person), table_of(Figure)
_STEP, _INSTALMENT = table_of(Step), table_of(Instalment)

# Made once: making a query takes longer than asking it.
_GRANTS: BindParameter[Any] = bindparam("grants", expanding=True)
_FIGURES = (
    select(*(_FIGURE.c[name] for name in ("step_id", "question", "value", "source")))
    .where(_FIGURE.c.step_id.in_(bindparam("steps", expanding=True)))
    .order_by(_FIGURE.c.id)
)
_PARTS = select(_INSTALMENT).where(_INSTALMENT.c.grant_id.in_(_GRANTS))
_PLACES = (
    select(*(_STEP.c[name] for name in ("grant_id", "key", "template_key", "period")))
    .where(_STEP.c.grant_id.in_(_GRANTS))
    .order_by(_STEP.c.position)
)
_REPORTERS = select(_STEP.c.grant_id, _STEP.c.key, _STEP.c.done_by_id).where(
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
class Later:
    """A step of the reader's that waits for something."""

    title: str
    grant: str
    due: str
    waits_for: tuple[str, ...]


def task_cards(
    connection: Connection,
    say: Speaker,
    reader: Reader,
    shown: tuple[PersonTasks, Collection[int]],
    today: date,
    zone: ZoneInfo,
) -> list[TaskCard]:
    """Return the cards of the steps with the ids: releases first, then steps by due date, the reader's own first."""
    tasks, ids = shown
    drafts = load_drafts(connection, reader.id, list(tasks.rows))
    files = draft_files(connection, reader.id, list(tasks.rows))
    brought = brought_files(connection, list(tasks.rows))
    approved = _reports_to_approve(connection, tasks)
    reports = load_reports(connection, approved.values())
    known = _known(connection, say, tasks)
    parts = _parts(connection, tasks)
    colleagues = _colleagues(connection, reader, {row.grant_id for row in tasks.rows.values()})
    reporters = _reporters(connection, tasks)
    papers = TaskPapers.load(connection, tasks, zone)
    cards = [release_card(connection, say, reader, tasks, part, today) for part in tasks.releases]
    for item in sorted(tasks.items, key=lambda item: not item.mine):
        row = tasks.rows[item.step_id]
        if item.step_id not in ids:
            continue
        programme = tasks.data.programmes[row.programme_id]
        rule = programme.rules.get(row.template_key)
        others = tuple(one for one in colleagues.get(row.grant_id, ()) if one[0] != row.owner_id)
        reporter = reporters.get(approved[item.step_id]) if item.step_id in approved else None
        facts = StepFacts(
            row=row,
            rule=rule,
            programme=programme.programme,
            known=known.get(item.step_id, {}),
            colleagues=others,
            part=parts.get((row.grant_id, row.instalment)) if rule else None,
            own_report=reporter == reader.id and not row.with_funder,
            brought=brought.get(item.step_id, {}),
            dates=tasks.dates.get(item.step_id, ()),
        )
        card = _card(say, item, facts, today)
        forms = tuple(
            with_draft(say, form, drafts.get((item.step_id, form.act)), files.get(item.step_id, ()), zone)
            for form in card.forms
        )
        report = rows = None
        if item.step_id in approved and (rows := reports.get(approved[item.step_id])):
            report = report_view(say, programme.rules, rows, row.currency, today)
        answered_at = rows.answer.answered_at if rows is not None else None
        made = papers.of(say, row, {one.key: one for one in programme.programme.steps}, today, answered_at)
        cards.append(replace(card, forms=forms, report=report, papers=made))
    return cards


def waiting_steps(say: Speaker, tasks: PersonTasks, asked: Collection[int], today: date) -> list[Later]:
    """Return the steps that nothing is asked about yet: those that have not one of the ids."""
    return [
        Later(
            title=capitalised(word_step(say, item.name)),
            grant=item.grant.title,
            due=say.weekday_date(item.due_on, today) if item.due_on else "",
            waits_for=tuple(word_step(say, one.step) for one in item.waits_for),
        )
        for item in tasks.items
        if item.step_id not in asked
    ]


def _card(say: Speaker, item: ItemView, facts: StepFacts, today: date) -> TaskCard:
    closed = why_not_done(say, facts, today)
    return TaskCard(
        anchor=f"s{item.step_id}",
        title=capitalised(word_step(say, item.name)),
        grant=f"{item.grant.title} ({item.grant.reference})",
        due=word_due(say, item, today),
        late=item.due_on is not None and item.due_on < today,
        leads=tuple(lead for lead in word_leads(say, item, today) if lead != closed),
        stakes=word_stakes(say, item, today),
        facts=tuple(word_facts(say, item, today)),
        forms=tuple(forms_of(say, facts, today, mine=item.mine)),
        row=facts.row,
        mine=item.mine,
        part=facts.part,
        closed=closed,
    )


def _reports_to_approve(connection: Connection, tasks: PersonTasks) -> dict[int, tuple[int, str]]:
    """Return the report that each approval among the tasks is about, by its grant and key."""
    approvals = {step_id: row for step_id, row in tasks.rows.items() if row.step_kind == StepKind.APPROVAL}
    if not approvals:
        return {}
    places: dict[int, dict[str, tuple[str, str | None]]] = {}
    for row in connection.execute(_PLACES, {"grants": list({one.grant_id for one in approvals.values()})}):
        places.setdefault(row.grant_id, {})[row.key] = row.template_key, row.period
    found = {}
    for step_id, row in approvals.items():
        facts = tasks.data.programmes[row.programme_id]
        rule = facts.rules.get(row.template_key)
        steps = places[row.grant_id]
        keys = find_approved(rule, row.period, steps, facts.programme) if rule else ()
        if keys:
            found[step_id] = row.grant_id, keys[-1]
    return found


def _known(connection: Connection, say: Speaker, tasks: PersonTasks) -> dict[int, dict[str, Known]]:
    """Return what is known of each step's questions: what was answered before, else what a source gave."""
    found: dict[int, dict[str, Known]] = {}
    for row in connection.execute(_FIGURES, {"steps": list(tasks.rows)}):
        rules = tasks.data.programmes[tasks.rows[row.step_id].programme_id].rules
        whence = word_source(say, row.source, rules)
        found.setdefault(row.step_id, {})[row.question] = Known(row.value, whence, row.value)
    for step_id in tasks.rows:
        for answer in tasks.data.answers[step_id]:
            for key, value in answer.data.items():
                known = found.setdefault(step_id, {})
                known[key] = replace(known.get(key, Known()), value=value)
    return found


def _parts(connection: Connection, tasks: PersonTasks) -> dict[tuple[int, int], AnyRow]:
    money = (StepKind.CLAIM, StepKind.PAYMENT)
    grants = {row.grant_id for row in tasks.rows.values() if row.step_kind in money}
    if not grants:
        return {}
    rows = connection.execute(_PARTS, {"grants": list(grants)})
    return {(row.grant_id, row.number): row for row in rows}


def _reporters(connection: Connection, tasks: PersonTasks) -> dict[tuple[int, str], int]:
    """Return who did the steps of each grant with an approval among the tasks, by grant and key."""
    grants = {row.grant_id for row in tasks.rows.values() if row.step_kind == StepKind.APPROVAL}
    if not grants:
        return {}
    rows = connection.execute(_REPORTERS, {"grants": list(grants)})
    return {(grant_id, key): done_by_id for grant_id, key, done_by_id in rows}


def _colleagues(
    connection: Connection, reader: Reader, grants: set[int]
) -> dict[int, tuple[tuple[int, str], ...]]:
    """Return who may take a step over, by grant: people with a part in it, and those around the reader."""
    own = connection.execute(_ABOVE, {"reader": reader.id}).one()
    around = {"own": [one for one in own if one is not None], "manager": own.manager_id, "reader": reader.id}
    near = connection.execute(_AROUND, around).all()
    roles = connection.execute(_TAKING_PART, {"grants": list(grants), "reader": reader.id}).all()
    found = {}
    for grant_id in grants:
        people = [*near, *(row for row in roles if row.grant_id == grant_id)]
        named = {row.id: f"{row.name}, {row.title}" if row.title else row.name for row in people}
        found[grant_id] = tuple(sorted(named.items(), key=lambda one: one[1].casefold()))
    return found


def with_answer(
    cards: Sequence[TaskCard], anchor: str, act: str, fields: tuple[Field, ...], problem: str = ""
) -> list[TaskCard]:
    """Return the cards with one form opened again, what was posted in it, and above it what is wrong with no field."""

    def opened(card: TaskCard) -> TaskCard:
        if card.anchor != anchor:
            return card
        forms = tuple(
            replace(form, fields=fields or form.fields, opened=True)
            if form.act == act
            else replace(form, opened=False)
            for form in card.forms
        )
        return replace(card, forms=forms, problem=problem)

    return [opened(card) for card in cards]


def wrong_fields(cards: Sequence[TaskCard]) -> list[tuple[str, str, str]]:
    """Return the fields with an error: their id on the page, label and error, in the page's order."""
    return [
        (f"{card.anchor}-{form.act}-{field.name}", field.label, field.error)
        for card in cards
        for form in card.forms
        for field in form.fields
        if field.error
    ]
