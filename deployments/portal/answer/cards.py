"""Show a person's tasks as cards, each with the forms that it takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import itemgetter
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlmodel import Session

from deployments.portal.answer.answer_faults import Closed
from deployments.portal.answer.card_facts import (
    Colleague,
    colleagues_of,
    known_answers,
    word_background,
    word_reasons,
)
from deployments.portal.answer.drafts import brought_files, draft_files, with_draft
from deployments.portal.answer.form import CardFacts, CardForm, why_not_done, word_closed
from deployments.portal.answer.forms import forms_of
from deployments.portal.answer.release import ReleaseCard, release_card
from deployments.portal.forms.context import word_colleague
from deployments.portal.login.reader import Reader
from deployments.portal.papers.view import CardPapers, TaskPapers
from deployments.portal.tasks.list import PersonTasks
from deployments.portal.tasks.report import ReportView, find_to_copy, report_rows, report_view
from models.facts.letter import GrantView, ItemView, Task, Waiting
from models.forms.field import Field
from models.message import Remark
from models.rules.answers.answerers import find_answerers
from models.rules.dates.agenda import awaits_meeting, lacks_meeting
from models.rules.money.claim import ClaimFacts
from models.rules.money.payment import find_step_of
from models.rules.notices.order import Urgency, can_be_lost, item_sort_key, sort_key
from models.rules.steps.prerequisites import waits_for
from models.tables.columns import id_of
from models.tables.person import Person
from models.tables.step import Draft, Step
from models.vocabulary import SETTLED, NoticeKind, StepKind
from tasks.commands.at_work.lookup import same_people
from tasks.grant.money import claim_facts
from tasks.grant.records import GrantRecord
from tasks.people.confirmers import who_may_record
from tasks.step_facts.alarms import AlarmAhead, load_alarms
from tasks.step_facts.due_day import find_ahead, is_our_day
from tasks.store.shared_facts import SharedFacts
from tasks.words.letters import ItemWords
from tasks.words.receipts import ReceiptWords
from tasks.words.templates import LetterTemplates
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_step


@dataclass(frozen=True, slots=True)
class TaskCard:
    """A task as its reader sees it; `step` is what the forms act on.

    `title` says what is to be done. `facts` are what is to be known before it is answered, `background` what else is
    known, as labels and texts; `our_day` is why a day of ours is what it is; `alarms` are who is told if it is not
    done. `closed` says why it cannot be done now, and `problem` why it was refused. A `holder` has it where it is
    another's, who may be `away_until` a day. It may wait for what is late itself: `behind`.
    `copied_from` is the step whose answers are copied into the funder's form.
    """

    anchor: str
    title: str
    item: ItemView
    late: bool
    leads: tuple[str, ...]
    stakes: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    forms: tuple[CardForm, ...]
    step: Step
    alarms: tuple[AlarmAhead, ...] = ()
    due_on: date | None = None
    mine: bool = True
    holder: str = ""
    away_until: date | None = None
    behind: Waiting | None = None
    closed: Remark | None = None
    problem: Remark | None = None
    report: ReportView | None = None
    papers: CardPapers | None = None
    our_day: str = ""
    background: tuple[tuple[str, str], ...] = ()
    copied_from: int | None = None

    @property
    def grant(self) -> GrantView:
        """The grant that it is about."""
        return self.item.grant

    @property
    def is_release(self) -> bool:
        """Whether a release is confirmed by it, and no step is answered."""
        return False

    @property
    def is_ours_late(self) -> bool:
        """Whether it is late with who has it: not where the funder is, or a colleague for whom the reader waits."""
        waits = self.mine and self.behind is not None
        return self.late and not self.item.with_funder and not waits

    @property
    def by_body(self) -> bool:
        """Whether a body decides it, and its reader only records that."""
        return self.item.task is Task.AGENDA_ITEM


Card = TaskCard | ReleaseCard


@dataclass(frozen=True, slots=True)
class Later:
    """A step that asks for nothing now: one of the reader's that waits for something, or that a `holder` is at.

    An item that `awaits_meeting` is on its agenda; of one that `lacks_meeting` no known meeting is its own.
    """

    title: str
    grant: str
    due_on: date | None
    waits_for: tuple[str, ...] = ()
    holder: str = ""
    away_until: date | None = None
    late: bool = False
    awaits_meeting: bool = False
    lacks_meeting: bool = False


@dataclass(frozen=True, slots=True)
class _CardRows:
    """What the cards of a page are made from besides their items.

    `colleagues` may take a step over, by grant; `confirmers` may record an approval on which money goes, by step.
    """

    tasks: PersonTasks
    reader: Reader
    today: date
    zone: ZoneInfo
    colleagues: Mapping[int, Sequence[Colleague]]
    papers: TaskPapers
    confirmers: Mapping[int, frozenset[int]]
    session: Session
    shared: SharedFacts
    is_admin: bool

    @classmethod
    def load(
        cls, connection: Connection, reader: Reader, tasks: PersonTasks, today: date, zone: ZoneInfo
    ) -> _CardRows:
        """Return them for all that the page shows, in a few queries whatever there is."""
        grants = {step.grant_id for step in tasks.steps.values()}
        session = Session(connection)
        shared = SharedFacts(session)
        owners = {step.owner_id for step in tasks.steps.values() if step.owner_id is not None}
        holders = (tasks.records.roles[grant_id].values() for grant_id in grants)
        # Read for all cards at once; each then asks for its own.
        shared.people(owners.union(*holders), today)
        return cls(
            tasks=tasks,
            reader=reader,
            today=today,
            zone=zone,
            colleagues=colleagues_of(connection, reader, grants, today),
            papers=TaskPapers.load(connection, tasks.records, grants, zone),
            confirmers=who_may_record(connection, list(tasks.steps), today),
            session=session,
            shared=shared,
            is_admin=session.get_one(Person, reader.id).is_admin,
        )

    def record_of(self, step: Step) -> GrantRecord:
        """Return the record of the step's grant."""
        return self.tasks.records[step.grant_id]

    def drafts_of(self, step: Step) -> dict[str, Draft]:
        """Return what the reader has typed into the step's forms, by what they do."""
        own = self.record_of(step).drafts_of(step)
        return {draft.act: draft for draft in own if draft.person_id == self.reader.id}

    def facts(self, say: Translator, step: Step) -> CardFacts:
        """Return what a step's forms depend on."""
        record = self.record_of(step)
        reader = self.reader
        report = record.report_of(step)
        own = (part for part in record.instalments if part.number == step.instalment)
        others = self.colleagues.get(step.grant_id, ())
        part = next(own, None) if record.rule_of(step) is not None else None
        needs = waits_for(step, record.steps, record.programme)
        return CardFacts(
            step=step,
            grant=record.grant,
            rule=record.rule_of(step),
            programme=record.programme,
            reader_id=reader.id,
            allowed_ids=self._answerers(record, step),
            signed_in=reader.signed_in,
            known=known_answers(say, record, step, self.zone),
            colleagues=tuple(
                (one.id, word_colleague(say, self.today, one.name, one.title, one.away_until))
                for one in others
                if one.id != step.owner_id
            ),
            part=part,
            reporter_id=self._reporter_of(report),
            reported_on=report.done_on if report is not None else None,
            brought=brought_files(record.documents_of(step)),
            dates=self.tasks.dates.get(id_of(step), ()),
            report_version=self.papers.report_version(step),
            confirmers=self.confirmers.get(id_of(step)),
            account=record.payee.account if record.payee is not None else "",
            claim=claim_facts(record, part, self.today, is_said=False) if part is not None else ClaimFacts(),
            meetings=self.shared.days_met(record.programme, record.grant.recipient_id, record.body_of(step)),
            body_id=self._body_id(record, step),
            has_claim=find_step_of(record.steps, step.instalment, StepKind.CLAIM) is not None,
            open_needs=tuple(need.key for need in needs if need.status not in SETTLED),
        )

    def _reporter_of(self, report: Step | None) -> int | None:
        """Return who made a report: the reader, too, if the one who did has their mailbox; None for no report."""
        if report is None or report.done_by_id is None:
            return None
        own = same_people(self.session, self.reader.id, self.reader.email, [report.done_by_id])
        return self.reader.id if report.done_by_id in own else report.done_by_id

    def _answerers(self, record: GrantRecord, step: Step) -> frozenset[int]:
        """Return who may answer a step; of the administrators the reader alone, if they are one."""
        roles = record.batch.roles[record.id]
        holders = {*roles.values(), *([step.owner_id] if step.owner_id is not None else [])}
        admins = (self.reader.id,) if self.is_admin else ()
        people = self.shared.people(holders, self.today)
        return find_answerers(step.owner_id, roles, people, self.today, admins)

    def _body_id(self, record: GrantRecord, step: Step) -> int | None:
        """Return the id of the body that approves by the step; None for a step that no body decides."""
        body = record.body_of(step)
        if body is None:
            return None
        key = record.programme.bodies[body].organisation
        return self.shared.organisation_id(key) if key else record.grant.recipient_id


def task_cards(
    connection: Connection,
    say: Translator,
    reader: Reader,
    shown: tuple[PersonTasks, Collection[int]],
    today: date,
    zone: ZoneInfo,
) -> list[Card]:
    """Return the cards of releases and of the steps with the ids, in the order that a letter has."""
    tasks, ids = shown
    tasks = replace(tasks, steps={one: tasks.steps[one] for one in ids})
    rows = _CardRows.load(connection, reader, tasks, today, zone)
    alarms = load_alarms(tasks.records, tasks.steps.values(), today)
    cards: list[tuple[Urgency, Card]] = []
    for part in tasks.releases:
        release = release_card(say, reader, tasks.records[part.grant_id], part, today)
        urgency = sort_key(
            asks=True,
            mine=release.mine,
            with_funder=False,
            losable=can_be_lost(holds_money=True, on=release.due_on, today=today),
            on=release.due_on,
            kind=NoticeKind.CONFIRM_RELEASE,
            step_id=0,
        )
        cards.append((urgency, release))
    templates = LetterTemplates(today)
    for item in tasks.items:
        if item.step_id in ids:
            step = tasks.steps[item.step_id]
            words = ItemWords(templates, say, item)
            card = _card(say, words, rows.facts(say, step), today, alarms.get(item.step_id, ()))
            card = replace(card, our_day=_our_day(say, item, step, rows.record_of(step), today))
            if not card.mine:
                card = replace(card, away_until=tasks.records.away_until(step.owner_id, today))
            cards.append((item_sort_key(item, today), _with_papers(say, rows, card, today)))
    return [card for _, card in sorted(cards, key=itemgetter(0))]


def _with_papers(say: Translator, rows: _CardRows, card: TaskCard, today: date) -> TaskCard:
    """Return the card with its forms as they were left, the report that it approves, and its documents."""
    step = card.step
    record = rows.record_of(card.step)
    drafts = rows.drafts_of(card.step)
    files = draft_files(record.documents_of(step), rows.reader.id)
    forms = tuple(with_draft(form, drafts.get(form.act), files, rows.zone) for form in card.forms)
    approved = record.report_of(step)
    read = report_rows(record, approved, today) if approved is not None else None
    report = report_view(say, record, read) if read else None
    answered_at = read.answer.answered_at if read else None
    papers = rows.papers.of(say, step, today, answered_at)
    to_copy = find_to_copy(record, step) if card.item.to_funder else None
    copied_from = to_copy.id if to_copy is not None else None
    return replace(card, forms=forms, report=report, papers=papers, copied_from=copied_from)


def waiting_steps(say: Translator, tasks: PersonTasks, asked: Collection[int], today: date) -> list[Later]:
    """Return the steps that nothing is asked about yet: those that have not one of the ids."""
    return [
        Later(
            title=capitalised(word_step(say, item.name)),
            grant=item.grant.title,
            due_on=item.due_on,
            waits_for=tuple(word_step(say, one.step) for one in item.waits_for),
            awaits_meeting=awaits_meeting(tasks.steps[item.step_id], today),
            lacks_meeting=lacks_meeting(tasks.steps[item.step_id]),
        )
        for item in tasks.items
        if item.step_id not in asked
    ]


def steps_of_others(say: Translator, tasks: PersonTasks, today: date) -> list[Later]:
    """Return what others have of which the reader's own steps wait, each once, the next due date first."""
    found = dict[tuple[str, str], Later]()
    for item in tasks.items:
        for one in item.waits_for if item.mine else ():
            if not one.yours:
                title = capitalised(word_step(say, one.step))
                found[item.grant.reference, title] = Later(
                    title=title,
                    grant=item.grant.title,
                    due_on=one.due_on,
                    holder=one.holder,
                    away_until=tasks.records.away_until(one.holder_id, today),
                    late=one.is_late(today),
                    lacks_meeting=one.lacks_meeting,
                )
    return sorted(found.values(), key=lambda one: (one.due_on or date.max, one.title))


def _card(
    say: Translator, words: ItemWords, facts: CardFacts, today: date, alarms: tuple[AlarmAhead, ...]
) -> TaskCard:
    item = words.item
    closed = why_not_done(facts, today)
    waits = [(word_step(say, one.step), one.holder) for one in item.waits_for]
    awaited = [Closed.WITH(step=step, name=name) if name else step for step, name in waits]
    forms = tuple(forms_of(say, facts, today))
    if not item.mine:  # a manager hands it to somebody, and leaves it to no other manager
        forms = tuple(replace(form, variant="staff") if form.act == "not-me" else form for form in forms)
    if closed is Closed.WAITS and awaited and any(form.act == "on-agenda" for form in forms):
        closed = Closed.PAPERS_WAIT
    return TaskCard(
        anchor=f"s{item.step_id}",
        title=words.task(),
        item=item,
        late=item.is_late(today),
        leads=words.on_page(),
        stakes=tuple(words.stakes()),
        facts=tuple(word_reasons(say, item, today)),
        background=tuple(word_background(say, item, today)),
        forms=forms,
        step=facts.step,
        alarms=alarms,
        due_on=item.asked_on(today) if item.dated else None,
        mine=item.mine,
        holder="" if item.mine else item.owner,
        behind=item.behind(today),
        closed=word_closed(closed, facts, awaited) if closed is not None else None,
    )


def _our_day(say: Translator, item: ItemView, step: Step, record: GrantRecord, today: date) -> str:
    """Return why a day of ours is what it is; empty for another's, and for what only the funder can do."""
    if not item.dated or item.with_funder or not is_our_day(step):
        return ""
    ahead = find_ahead(step, record, say.language, today)
    return ReceiptWords(say.language, record.programme, today).our_day(ahead)


def with_form_opened(cards: Sequence[Card], anchor: str, act: str) -> list[Card]:
    """Return the cards with a form of one of them opened, where it has that form."""
    return [
        replace(card, forms=tuple(replace(form, opened=form.act == act) for form in card.forms))
        if card.anchor == anchor
        else card
        for card in cards
    ]


RELEASE = "release"


def with_main_form_opened(cards: Sequence[Card], asked: str) -> list[Card]:
    """Return the cards with the form opened that most readers come for, of the card at an anchor or of the one RELEASE.

    None is opened where another is, where a card is another's, or where it has more than one such form.
    """
    found = [
        card for card in cards if asked and (card.anchor == asked or (asked == RELEASE and card.is_release))
    ]
    if len(found) != 1 or not found[0].mine or find_opened(cards):
        return list(cards)
    forms = [form for form in found[0].forms if form.spec.is_main]
    return with_form_opened(cards, found[0].anchor, forms[0].act) if len(forms) == 1 else list(cards)


def find_opened(cards: Sequence[Card]) -> tuple[Card, CardForm] | None:
    """Return the form that stands on a page of its own, with its card; None where all are only led to."""
    return next(((card, form) for card in cards for form in card.forms if form.opened), None)


def with_answer(
    cards: Sequence[Card], anchor: str, answer: CardForm, problem: Remark | None = None
) -> list[Card]:
    """Return the cards with a form opened again as it was posted, and above it what is wrong with no field."""

    def opened(card: Card) -> Card:
        if card.anchor != anchor:
            return card
        forms = tuple(
            replace(form, fields=answer.fields, files=answer.files, opened=True)
            if form.act == answer.act
            else replace(form, opened=False)
            for form in card.forms
        )
        return replace(card, forms=forms, problem=problem)

    return [opened(card) for card in cards]


def wrong_fields(cards: Sequence[Card]) -> list[tuple[Card, CardForm, Field]]:
    """Return the fields with an error, in the page's order."""
    return [
        (card, form, field) for card in cards for form in card.forms for field in form.fields if field.error
    ]
