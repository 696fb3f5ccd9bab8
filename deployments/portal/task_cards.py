"""Put a person's tasks into words, each with the forms that it takes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from deployments.portal.card_rows import (
    colleagues_of,
    known_answers,
    parts_of_money,
    reported_steps,
    reports_to_approve,
)
from deployments.portal.form_fields import Field
from deployments.portal.link_reader import Reader
from deployments.portal.paper_view import TaskPapers
from deployments.portal.person_tasks import PersonTasks
from deployments.portal.release_cards import TaskCard, release_card
from deployments.portal.report_view import load_reports, report_view
from deployments.portal.step_facts import StepFacts, why_not_done
from deployments.portal.task_forms import forms_of
from deployments.portal.typed_form import brought_files, draft_files, with_draft
from models.letter_view import ItemView
from tasks.grants.vault.drafts import load_drafts
from tasks.wording.fact_rows import word_background, word_due, word_reasons, word_stakes, word_step
from tasks.wording.notice_words import word_leads
from tasks.wording.words import Speaker, capitalised


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
    approved = reports_to_approve(connection, tasks)
    reports = load_reports(connection, approved.values())
    known = known_answers(connection, say, tasks, zone)
    parts = parts_of_money(connection, tasks)
    colleagues = colleagues_of(connection, reader, {row.grant_id for row in tasks.rows.values()})
    reported = reported_steps(connection, tasks)
    papers = TaskPapers.load(connection, tasks, zone)
    cards = [release_card(connection, say, reader, tasks, part, today) for part in tasks.releases]
    for item in sorted(tasks.items, key=lambda item: not item.mine):
        row = tasks.rows[item.step_id]
        if item.step_id not in ids:
            continue
        programme = tasks.data.programmes[row.programme_id]
        rule = programme.rules.get(row.template_key)
        others = tuple(one for one in colleagues.get(row.grant_id, ()) if one[0] != row.owner_id)
        about = reported.get(approved[item.step_id]) if item.step_id in approved else None
        facts = StepFacts(
            row=row,
            rule=rule,
            programme=programme.programme,
            known=known.get(item.step_id, {}),
            colleagues=others,
            part=parts.get((row.grant_id, row.instalment)) if rule else None,
            own_report=about is not None and about.done_by_id == reader.id and not row.with_funder,
            reported_on=about.done_on if about is not None else None,
            brought=brought.get(item.step_id, {}),
            dates=tasks.dates.get(item.step_id, ()),
            report_version=papers.report_version(row),
        )
        card = _card(say, item, facts, today)
        forms = tuple(
            with_draft(say, form, drafts.get((item.step_id, form.act)), files.get(item.step_id, ()), zone)
            for form in card.forms
        )
        report = rows = None
        if item.step_id in approved and (rows := reports.get(approved[item.step_id])):
            report = report_view(say, programme.programme, rows, row.currency, today)
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
        facts=tuple(word_reasons(say, item, today)),
        background=tuple(word_background(say, item, today)),
        forms=tuple(forms_of(say, facts, today, mine=item.mine)),
        row=facts.row,
        mine=item.mine,
        part=facts.part,
        closed=closed,
    )


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
