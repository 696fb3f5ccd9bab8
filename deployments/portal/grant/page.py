"""A grant's page: its life as a picture and a table, its money, its decisions and its journal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.grant.journal import word_events
from deployments.portal.grant.money import part_line, repayments_of, step_title, sums_of
from deployments.portal.grant.page_facts import GrantRows, load_grant_rows
from deployments.portal.grant.time_band import Look, PhaseSpan, TimeBand, draw_band
from deployments.portal.papers.view import KeptVersions, OfferLine, offer_line
from deployments.portal.tasks.list import parts_to_confirm
from deployments.portal.tasks.report import find_given
from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import id_asked, portal_of
from models.rules.steps.lateness import is_held_up, is_late, is_pending
from models.rules.steps.next_move import find_holder
from models.rules.steps.order import can_be_done
from models.rules.steps.stand import FUNDER, SHOWN_AHEAD, is_near
from models.tables.grant import Grant
from models.tables.step import Document, Step
from models.vocabulary import FULFILLED, SETTLED, UNSETTLED, Duty, GrantStatus, Phase, Role, StepKind
from tasks.documents.offers import offers_of, takes_part
from tasks.grant.booked import find_booked
from tasks.grant.money import forecast_on, spent_on
from tasks.grant.records import GrantRecord
from tasks.grant.since_report import list_booked_reports, list_changed_reports
from tasks.overview.standing import load_standings
from tasks.people.sign_in import Visitor
from tasks.people.visibility import may_see_grant, may_visitor
from tasks.people.withdrawers import to_take_back
from tasks.step_facts.due_day import find_ahead, find_why, is_our_day
from tasks.store.database import reading
from tasks.store.queries import steps_stood_in
from tasks.words.money import word_money, word_payee
from tasks.words.receipts import ReceiptWords
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_held_up, word_name, word_slack, word_step_status


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step's line in the table: its row, its title, who has it, and why it is due on its day, in words.

    `why` has the whole arithmetic; `our_day` is why a day of ours is what it is, as a colleague says it. Who has it may
    be `away_until` a day.

    Without a date it may wait for something: `waits` is that ("award", "decided_on"), or what the programme
    calls it, and `last` the day on which it is due where that is done in time.
    """

    number: int
    row: Step
    title: str
    slack: str
    why: str
    waits: str
    holder: str
    status: str
    look: str
    last: date | None = None
    days_left: int = 0  # to its day, negative where that is over
    our_day: str = ""
    away_until: date | None = None
    has_answer: bool = False

    @property
    def shown_on(self) -> date | None:
        """Where it stands in the band: its own day, or when it was done where it never had one."""
        return self.settled_on or self.row.due_on or self.row.done_on

    @property
    def settled_on(self) -> date | None:
        """When it was settled."""
        return self.row.done_on if self.row.status in SETTLED else None

    @property
    def can_move(self) -> bool:
        """Whether its day can be another: it has one, and is still to be done."""
        return self.row.due_on is not None and self.is_unsettled

    @property
    def is_unsettled(self) -> bool:
        """Whether it is still to be done."""
        return self.row.status in UNSETTLED

    @property
    def has_readings(self) -> bool:
        """Whether its day can be read in several ways, and nobody has chosen one."""
        return bool(self.row.receipt.get("readings"))


def _may_hand_over(
    connection: Connection, record: GrantRecord, visitor: Visitor, coordinator_id: int | None
) -> bool:
    """Return whether the visitor may hand over a grant that runs, in place of its coordinator."""
    runs = record.grant.status == GrantStatus.OPEN and coordinator_id is not None
    return runs and may_visitor(connection, visitor, Duty.HOLDINGS, coordinator_id or 0)


def show_grant(request: Request) -> Response:
    """Return the grant's page; `?before=ID` has the journal's earlier events."""
    portal = portal_of(request)
    visit = visit_of(request)
    say = portal.translator(request)
    today = portal.today
    asked = request.query_params.get("before")
    before = id_asked(asked)
    if asked is not None and before is None:
        raise HTTPException(404)
    reference = request.path_params["reference"]
    person_id = visit.visitor.person_id
    if "\x00" in reference:
        raise HTTPException(404)  # an error in PostgreSQL's driver
    with reading(portal.engine) as connection:
        seen = may_see_grant(connection, visit.visitor, reference)
        rows = load_grant_rows(connection, reference, today, portal.settings.zone, before) if seen else None
        if rows is None:
            raise HTTPException(404)
        record = rows.record
        grant_id = record.id
        coordinator_id = record.batch.roles[grant_id].get(Role.COORDINATOR)
        kept = KeptVersions.load(connection, record, portal.settings.zone)
        can: dict[str, Any] = {
            "hands_over": _may_hand_over(connection, record, visit.visitor, coordinator_id),
            "may_change": may_visitor(connection, visit.visitor, Duty.GRANT, grant_id),
            "explains": may_visitor(connection, visit.visitor, Duty.REPORTED, grant_id),
            "keeps_books": may_visitor(connection, visit.visitor, Duty.BOOKS),
            "withdraws": to_take_back(connection, grant_id, record.steps, person_id, today),
            "makes": takes_part(connection, grant_id, person_id),
            "to_confirm": {one.id for one in parts_to_confirm(connection, person_id)} if person_id else set(),
            "mine": _own_steps(connection, record, person_id, today),
        }
        coordinator = record.contact_of(coordinator_id)
        (standing,) = load_standings(connection, today, [grant_id])
        booked = find_booked(connection, grant_id, record.grant.project)
        changed = list_changed_reports(connection, [record])
        vouchers = list_booked_reports(connection, record)
    lines = list(step_lines(say, rows, today))
    now = next((line for line in lines if line.row.key == standing.next_step), None)
    to_come = [line for line in lines if line is not now and line.row.status not in SETTLED]
    parts = [part_line(say, rows, part) for part in record.instalments]
    spent = spent_on(record)
    return portal.pages.show(
        "grant.html",
        say,
        visit=visit,
        today=today,
        rows=rows,
        grant=record.grant,
        stage=_stage(record),
        programme=record.programme.title.in_language(say.language),
        accounts=list(_accounts(say, record, today)),
        coordinator=coordinator,
        coordinator_id=coordinator_id,
        registry=portal.settings.in_registry(record.grant.reference),
        coordinator_away=rows.record.batch.away_until(coordinator_id, today),
        band=band_of(say, lines, today),
        now=now,
        shown_ahead=SHOWN_AHEAD.days,
        ahead=sorted(
            (line for line in to_come if is_near(line.row.due_on, today)), key=attrgetter("row.due_on")
        ),
        later=[line for line in to_come if not is_near(line.row.due_on, today)],
        done=[line for line in reversed(lines) if line.row.status in SETTLED],
        standing=standing,
        parts=parts,
        sums=sums_of(record),
        booked=booked,
        changed_reports=[
            (line.title, one, record.person(one.explained.by_id) if one.explained else "")
            for one in changed
            for line in lines
            if line.row.id == one.step.id
        ],
        voucher_lists=[line for one in vouchers for line in lines if line.row.id == one.step.id],
        repayments=[step for step in repayments_of(record) if step.done_on is not None],
        forecast=word_money(say, "forecast", forecast_on(record, today)),
        threshold=word_money(say, "threshold", spent) if spent else "",
        papers=list(_handed_in(say, rows)),
        received=[(row, row.received_at.astimezone(rows.zone).date()) for row in rows.replies],
        made=_made_papers(say, record, kept, today),
        days=word_events(say, rows, today),
        earlier_before=rows.earlier_before,
        first_page=before is None,
        **can,
        runs=record.grant.status == GrantStatus.OPEN,
    )


def _stage(record: GrantRecord) -> str:
    """Return how far the grant has come: its status, or of one without an award whether it is applied for."""
    grant = record.grant
    if grant.status != GrantStatus.OPEN or grant.award_minor is not None:
        return str(grant.status)
    applying = (step for step in record.steps if step.phase == Phase.APPLICATION)
    return "applied" if all(step.done_on for step in applying) else "to_apply"


def _handed_in(say: Translator, rows: GrantRows) -> Iterator[tuple[Document, str, str, date]]:
    """Yield the files that came with answers, the newest first: with which step, from whom and when."""
    titles = {row.id: capitalised(step_title(say, rows.record, row)) for row in rows.record.steps}
    for row in rows.documents:
        on = row.added_at.astimezone(rows.zone).date()
        yield row, titles.get(row.step_id, ""), rows.people.get(row.added_by_id, ""), on


def _made_papers(say: Translator, record: GrantRecord, kept: KeptVersions, today: date) -> list[OfferLine]:
    """Return the documents of which a version was made, in the order of the grant's life."""
    lines = (offer_line(say, offer, record, kept) for offer in offers_of(record.steps, today))
    return [line for line in lines if line.versions]


def _own_steps(
    connection: Connection, record: GrantRecord, person_id: int | None, today: date
) -> set[int | None]:
    """Return the steps that the visitor can do now, their own or in place of another, by their ids."""
    if person_id is None or record.grant.status != GrantStatus.OPEN:
        return set()
    stood_in = set(connection.scalars(steps_stood_in(person_id, today)))
    doable = (row for row in record.steps if can_be_done(row, today))
    return {row.id for row in doable if row.owner_id == person_id or row.id in stood_in}


def _accounts(say: Translator, record: GrantRecord, today: date) -> Iterator[tuple[str, str]]:
    """Yield to which account money comes, and goes back."""
    yield from word_payee(say, record.payee, today)
    if any(row.kind == StepKind.REPAYMENT and row.status in UNSETTLED for row in record.steps):
        yield from word_payee(say, record.repaid_to, today)


def step_lines(say: Translator, rows: GrantRows, today: date) -> Iterator[StepLine]:
    """Yield the lines of the grant's steps, in order."""
    for number, row in enumerate(rows.record.steps, start=1):
        pending = is_pending(row, rows.record.grant)
        late = is_late(row, rows.record.grant, today) and not is_held_up(row)
        yield StepLine(
            number=number,
            row=row,
            title=capitalised(step_title(say, rows.record, row)),
            slack=_slack(say, row, rows.record.grant, today),
            why=_why(say, rows, row, today),
            days_left=(row.due_on - today).days if row.due_on else 0,
            our_day=_our_day(say, rows.record, row, today),
            waits=_waits(say, rows.record, row),
            last=_last(row, today),
            holder="" if row.status in SETTLED else _holder(say, rows, row),
            has_answer=row.status in SETTLED and find_given(rows.record, row) is not None,
            away_until=None if row.with_funder else rows.record.batch.away_until(row.owner_id, today),
            status=word_step_status(say, row, today, late=late),
            look="late" if late else _look(row, today, pending=pending),
        )


def _slack(say: Translator, row: Step, grant: Grant, today: date) -> str:
    """Return how far a pending step's day is; of one that an earlier step holds up only that."""
    if not is_pending(row, grant):
        return ""
    if is_late(row, grant, today) and is_held_up(row):
        return word_held_up(say)
    return word_slack(say, row.due_on, today)


def _holder(say: Translator, rows: GrantRows, row: Step) -> str:
    """Return who is to do a step: the funder, or its owner by name, or the role while nobody has it."""
    holder = find_holder(row)
    name = rows.funder if holder == FUNDER else rows.record.person(row.owner_id)
    return capitalised(name or word_name(say, "role", holder))


def _why(say: Translator, rows: GrantRows, row: Step, today: date) -> str:
    why = find_why(row, rows.record, say.language, rows.funder)
    if why is None:
        return ""
    words = ReceiptWords(say.language, rows.record.programme, today)
    return words.why(why, settled=row.status in SETTLED)


def _our_day(say: Translator, record: GrantRecord, row: Step, today: date) -> str:
    """Return why a day of ours is what it is, as a colleague says it; empty for another's."""
    if not is_our_day(row):
        return ""
    ahead = find_ahead(row, record, say.language, today)
    return ReceiptWords(say.language, record.programme, today).our_day(ahead)


def _waits(say: Translator, record: GrantRecord, row: Step) -> str:
    """Return what a step without a date waits for."""
    anchor = row.receipt.get("anchor")
    if row.due_on is not None or row.status in SETTLED or not isinstance(anchor, str):
        return ""
    if anchor in ("award", "decided_on"):
        return anchor
    named = record.programme.dates.get(anchor)
    rule = record.rules.get(anchor.partition(".")[0])  # it, its being done, or its draft
    if named is not None:
        return named.title.in_language(say.language)
    return rule.title.in_language(say.language) if rule is not None else ""


def _last(row: Step, today: date) -> date | None:
    """Return when a step that waits for another is due at the latest; None where that would be over."""
    last = next((one.get("last") for one in row.receipt.get("counted", ())), None)
    on = date.fromisoformat(last) if last else None
    return on if on is not None and on > today else None


def _look(row: Step, today: date, *, pending: bool) -> str:
    """Return how a step that is not late looks."""
    if row.status in FULFILLED:
        return "done"
    return "open" if pending and can_be_done(row, today) else "waiting"


def band_of(say: Translator, lines: list[StepLine], today: date) -> TimeBand | None:
    """Return the grant's phases as a band; None where no step has a day."""
    phases = []
    for phase in Phase:
        steps = [line for line in lines if line.row.phase == phase]
        if steps:
            days = [line.shown_on for line in steps if line.shown_on is not None]
            first, last = (min(days), max(days)) if days else (None, None)
            phases.append(PhaseSpan(word_name(say, "phase", phase), first, last, _phase_look(steps)))
    return draw_band(phases, today)


def _phase_look(steps: list[StepLine]) -> Look:
    """Return how far a phase has come: it is now where something in it can be done, or is late."""
    if all(line.row.status in SETTLED for line in steps):
        return Look.DONE
    is_now = any(line.look in ("late", "open") for line in steps)
    return Look.NOW if is_now else Look.NEXT
