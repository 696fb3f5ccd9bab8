"""A grant's page: its life as a picture and a table, its money, its decisions and its journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.grant.conflicts import differing_answers, load_given
from deployments.portal.grant.journal import fold, word_events
from deployments.portal.grant.money import decision_line, part_line, rest_line, step_title, sums_of
from deployments.portal.grant.papers import handed_in, made_papers, word_unkept
from deployments.portal.grant.rows import GrantRows, load_grant_rows
from deployments.portal.grant.time_axis import Moment, draw
from deployments.portal.papers.view import KeptVersions
from deployments.portal.web.guard import Visit, visit_of
from deployments.portal.web.numbers import id_asked
from deployments.portal.web.render import grant_path
from deployments.portal.web.state import Portal, portal_of
from models.errors import UnknownReference
from models.rules.steps.order import has_come
from models.tables.step import Step
from models.vocabulary import SETTLED, UNSETTLED, GrantStatus, Phase, StepKind, StepStatus
from tasks.documents.bundle.unkept import unkept_documents
from tasks.outbox.facts.why import Receipted, find_why
from tasks.people.visibility import may_see_grant
from tasks.store.database import reading
from tasks.store.references import find_grant
from tasks.words.money import word_payee
from tasks.words.names import word_grant_status, word_phase, word_role
from tasks.words.receipts import ReceiptWords
from tasks.words.steps import opens_later, word_slack, word_step_status
from tasks.words.translator import Speaker, capitalised

EVENTS_IN_SIGHT = 10


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step's line in the table, in words.

    In the picture its point stands at `shown_on` (done steps that were never given a date have none but that)
    and looks like `look`.
    """

    number: int
    title: str
    phase: str
    due_on: date | None
    shown_on: date | None
    due: str
    slack: str
    why: str
    holder: str
    status: str
    settled: str
    look: str


def show_grant(request: Request) -> Response:
    """Return the grant's page; `?before=ID` has the journal's earlier events.

    Its reference may be written in any capitals: the address then leads to the one that the grant has.
    """
    portal, visit = portal_of(request), visit_of(request)
    say, today = portal.speaker(request), portal.today
    before = _event_id(request.query_params.get("before"))
    if "\x00" in request.path_params["reference"]:
        raise HTTPException(404)  # an error in PostgreSQL's driver
    with reading(portal.engine) as connection:
        reference = request.path_params["reference"]
        seen = may_see_grant(connection, visit.visitor, reference)
        rows = load_grant_rows(connection, reference, today, portal.settings.zone, before) if seen else None
        given = load_given(connection, rows.grant.id or 0) if rows is not None else None
        kept = KeptVersions.load(connection, rows.grant, portal.settings.zone) if rows is not None else None
        unkept = unkept_documents(connection, reference) if rows is not None else []
    if rows is None or given is None or kept is None:
        return _as_it_is_written(portal, visit, reference)
    lines = list(_step_lines(say, rows, today))
    parts = [part_line(say, rows, part, today) for part in rows.instalments]
    days, earlier = fold(word_events(say, rows, today), EVENTS_IN_SIGHT)
    return portal.pages.show(
        "grant.html",
        say,
        visit=visit,
        grant=rows.grant,
        state=word_grant_status(say, rows.grant.status),
        facts=list(_facts(say, rows, today)),
        picture=_picture(say, rows, lines, today),
        lines=lines,
        differing=list(differing_answers(say, rows, given)),
        parts=parts,
        decisions=[decision_line(say, rows, row, today) for row in rows.decisions],
        sums=sums_of(say, rows),
        rest=rest_line(say, rows, today),
        papers=list(handed_in(say, rows, today)),
        made=made_papers(say, rows, kept, today),
        unkept=word_unkept(say, rows, unkept),
        days=days,
        earlier=earlier,
        earlier_before=rows.earlier_before,
        first_page=before is None,
    )


def _as_it_is_written(portal: Portal, visit: Visit, typed: str) -> Response:
    """Lead to the grant that somebody's reference means; 404 when it is none that they may see."""
    try:
        reference = find_grant(portal.engine, typed).reference
    except UnknownReference as error:
        raise HTTPException(404) from error
    with reading(portal.engine) as connection:
        if reference == typed or not may_see_grant(connection, visit.visitor, reference):
            raise HTTPException(404)
    return RedirectResponse(grant_path(reference), 303)


def _event_id(asked: str | None) -> int | None:
    if asked is None:
        return None
    found = id_asked(asked)
    if found is None:
        raise HTTPException(404)
    return found


def _facts(say: Speaker, rows: GrantRows, today: date) -> Iterator[tuple[str, str]]:
    grant, programme = rows.grant, rows.programme.programme
    funder = rows.funder
    if grant.funder_reference:
        funder = say.gettext(
            "%(funder)s, their reference %(reference)s", funder=funder, reference=grant.funder_reference
        )
    yield say.gettext("Funder"), funder
    yield say.gettext("Recipient"), rows.recipient
    yield say.gettext("Programme"), programme.title.en if say.language == "en" else programme.title.sv
    if grant.award_minor is not None:
        yield say.gettext("Sum"), say.money(grant.award_minor, grant.currency)
    elif grant.applied_for_minor is not None:
        yield say.gettext("Sum applied for"), say.money(grant.applied_for_minor, grant.currency)
    if grant.period_start_on and grant.period_end_on:
        first, last = say.dated(grant.period_start_on), say.dated(grant.period_end_on)
        yield say.gettext("Period"), say.gettext("%(first)s to %(last)s", first=first, last=last)
    yield from word_payee(say, rows.payee, today)
    if any(row.kind == StepKind.REPAYMENT and row.status in UNSETTLED for row in rows.steps):
        yield from word_payee(say, rows.repaid_to, today)


def _step_lines(say: Speaker, rows: GrantRows, today: date) -> Iterator[StepLine]:
    for number, row in enumerate(rows.steps, start=1):
        pending = row.status in UNSETTLED and rows.grant.status == GrantStatus.OPEN
        may_be_late = pending and has_come(row.phase, row.kind, rows.grant.awarded_on)
        holder = rows.people.get(row.owner_id, "") if row.owner_id else ""
        if row.with_funder and pending:
            holder = word_role(say, "funder")
        yield StepLine(
            number=number,
            title=capitalised(step_title(say, rows, row)),
            phase=word_phase(say, row.phase),
            due_on=row.due_on,
            shown_on=row.due_on or row.done_on,
            due=say.short_date(row.due_on, today) if row.due_on else "",
            slack=word_slack(say, row.due_on, today) if may_be_late else "",
            why=_why(say, rows, row, today),
            holder="" if row.status in SETTLED else capitalised(holder or word_role(say, row.owner_role)),
            status=word_step_status(say, row, today),
            settled=_settled(say, row, today),
            look=_look(row, today) if may_be_late or row.status in SETTLED else "waiting",
        )


def _why(say: Speaker, rows: GrantRows, row: Step, today: date) -> str:
    receipted = Receipted(row.receipt, row.due_on, row.template_key, rows.grant.dates)
    why = find_why(receipted, rows.programme, say.language, rows.funder)
    if why is None:
        return _waits(say, rows, row)
    words = ReceiptWords(say.language, rows.programme.programme, today)
    return words.why(why, settled=row.status in SETTLED)


def _waits(say: Speaker, rows: GrantRows, row: Step) -> str:
    """Return what a step without a date waits for."""
    anchor = row.receipt.get("anchor")
    if row.due_on is not None or row.status in SETTLED or not isinstance(anchor, str):
        return ""
    if anchor == "award":
        return say.gettext("No date before the sum is known.")
    if anchor == "decided_on":
        return say.gettext("No date before the funder has decided.")
    named = rows.programme.programme.dates.get(anchor)
    rule = rows.programme.rules.get(anchor.partition(".")[0])  # it, its being done, or its draft
    words = named.title if named else rule.title if rule else None
    if words is None:
        return ""
    title = words.en if say.language == "en" else words.sv
    return say.gettext("No date before this is known: %(what)s.", what=title)


def _settled(say: Speaker, row: Step, today: date) -> str:
    return say.short_date(row.done_on, today) if row.done_on and row.status in SETTLED else ""


def _look(row: Step, today: date) -> str:
    if row.status in (StepStatus.DONE, StepStatus.APPROVED):
        return "done"
    if row.status in (StepStatus.SKIPPED, StepStatus.CANCELLED):
        return "waiting"
    if row.due_on is not None and row.due_on < today:
        return "late"
    return "open" if row.status == StepStatus.OPEN and not opens_later(row, today) else "waiting"


def _picture(say: Speaker, rows: GrantRows, lines: list[StepLine], today: date) -> object:
    order = {word_phase(say, phase): place for place, phase in enumerate(Phase)}
    moments = [
        Moment(
            line.number,
            line.shown_on,
            line.phase,
            line.look,
            f"{line.number}. {line.title}, {line.due or line.settled}",
        )
        for line in sorted(lines, key=lambda line: (order[line.phase], line.number))
        if line.shown_on is not None
    ]
    meetings = [
        (row.held_on, say.gettext("Meeting on %(day)s", day=say.short_date(row.held_on, today)))
        for row in rows.meetings
    ]
    return draw(moments, meetings, today)
