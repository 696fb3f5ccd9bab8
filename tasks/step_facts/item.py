"""Put together a step's facts for a letter or a page."""

from collections.abc import Iterable, Sequence
from datetime import date

from models.facts.letter import GrantView, ItemView
from models.facts.money import Payee
from models.notice_kinds import only_informs
from models.reading.plain_text import one_line
from models.rules.money.gate import is_withheld
from models.rules.money.risk import find_shortfall
from models.rules.notices.order import item_sort_key
from models.rules.notices.task_kind import decide_task
from models.rules.steps.lateness import late_after
from models.rules.steps.needs import goes_to_funder
from models.vocabulary import UNSETTLED, NoticeKind, StepKind
from tasks.grant.money import over_claim_minor, spending_on, unspent_on
from tasks.grant.records import Records
from tasks.step_facts.due_day import find_why
from tasks.step_facts.history import (
    also_told,
    conflicts_in,
    last_not_yet,
    make_notice_view,
    progress_of,
    sent_before,
    told_before,
    unwritten_in,
)
from tasks.step_facts.risk import money_at_risk
from tasks.step_facts.route import (
    claim_by,
    conditions_met,
    find_ahead,
    find_gap,
    find_part,
    find_route,
    last_return,
    next_step,
    sends_by,
    steps_waited_for,
)
from tasks.step_facts.step import ItemReader, NoticeAtHand, StepAtHand, words_in
from tasks.words.translator import translator
from tasks.words.vocabulary import word_todo

# The keys of a notice's detail that hold a person's id.
_PERSON_KEYS = ("by", "from", "requested_by", "person", "phones")
_TABLES = (
    "steps",
    "instalments",
    "conditions",
    "answers",
    "drafts",
    "figures",
    "sent",
    "organisations",
    "roles",
)


def read_around(records: Records, notices: Iterable[NoticeAtHand]) -> None:
    """Read everything that items may say about these notices' steps, so that an unreadable row fails early.

    Raises ValueError for a row that cannot be read (bad JSON).
    """
    records.read(*_TABLES)
    notices = list(notices)
    kinds = {records.steps_by_id[notice.step_id].kind for notice in notices}
    if StepKind.CLAIM in kinds:
        records.read("payees", "decisions")
    if StepKind.REPAYMENT in kinds:
        records.read("repaid_to")
    if any(figure.accounts for figures in records.figures.values() for figure in figures):
        records.read("budget")
    details = (notice.detail for notice in notices if isinstance(notice.detail, dict))
    noted = {value for detail in details for key in _PERSON_KEYS if isinstance(value := detail.get(key), int)}
    records.learn_people(
        {
            *noted,
            *(notice.instead_of_id for notice in notices),
            *(step.owner_id for step in records.steps_by_id.values()),
            *(answer.by_id for answers in records.answers.values() for answer in answers),
            *(notice.person_id for sent in records.sent.values() for notice in sent),
        }
    )
    if any(notice.instead_of_id is not None for notice in notices):
        records.read("absences")


def make_item(records: Records, notices: Sequence[NoticeAtHand], reader: ItemReader) -> ItemView:
    """Return a step's facts for a reader, given its notices, the most pressing first."""
    notice = notices[0]
    record = records[notice.grant_id]
    step = records.steps_by_id[notice.step_id]
    at = StepAtHand(record, step, notice, reader)
    grant = _grant(at)
    part = find_part(at)
    route = find_route(at)
    sent = sent_before(at)
    owner = at.person(step.owner_id)
    rule = at.rule
    to_claim = step.kind == StepKind.CLAIM and step.status in UNSETTLED
    unspent = unspent_on(record) if to_claim else None
    own_days = next((days for name, days in sent if name == owner), ())
    stands_in_for = {own_notice.instead_of_id for own_notice in notices}
    return ItemView(
        step_id=notice.step_id,
        step_version=step.version,
        name=at.name(step.kind, step.period, rule),
        todo=_todo(at),
        due_on=step.due_on,
        open=step.status in UNSETTLED,
        late_after=late_after(step, record.grant),
        with_funder=step.with_funder,
        mine=step.owner_id is not None and step.owner_id in (reader.person_id, *stands_in_for),
        owner=owner,
        owner_phone=at.record.contact_of(step.owner_id).phone,
        owner_since_on=step.owner_since_on,
        grant=grant,
        notices=tuple(make_notice_view(at, own_notice) for own_notice in notices),
        why=find_why(step, record, at.language, grant.funder),
        approves=at.name(rule.kind, None, rule).about if rule else None,
        stakes=tuple(money_at_risk(at)),
        progress=progress_of(at),
        unwritten=unwritten_in(at),
        conflicts=tuple(conflicts_in(at)),
        spending=spending_on(record, step),
        waits_for=tuple(steps_waited_for(at)),
        not_yet=last_not_yet(at),
        returned=last_return(at, route.committee if route else "", grant.funder),
        sent=sent,
        also_told=also_told(at, notices),
        next_step=next_step(at) if only_informs(notice.kind) else None,
        met=tuple(conditions_met(at)),
        payee=_payee(at),
        unspent=unspent,
        task=decide_task(step.kind, rule, at.programme, with_funder=step.with_funder),
        to_funder=rule is not None and goes_to_funder(rule, at.programme),
        part=part,
        route=route,
        gap=find_gap(at) if notice.kind == NoticeKind.NO_MEETING else {},
        ahead=find_ahead(at) if notice.kind == NoticeKind.DECIDED else (),
        done_on=step.done_on,
        claim_by=claim_by(at, part),
        sends_by=sends_by(at) if notice.kind == NoticeKind.APPROVED else None,
        confirmations_left=_confirmations_left(at),
        over_minor=_over_minor(at) if to_claim else 0,
        repays_minor=step.repays_minor,
        came_minor=at.own.paid_minor if at.own and step.kind == StepKind.PAYMENT else None,
        reminders=len(own_days),
        reminded_on=own_days[-1] if own_days else None,
        told_before=told_before(at),
    )


def sort_items(items: Iterable[ItemView], today: date) -> tuple[ItemView, ...]:
    """Return items in the order of letters and pages."""
    return tuple(sorted(items, key=lambda item: item_sort_key(item, today)))


def _payee(at: StepAtHand) -> Payee | None:
    """Return the account to which a claim asks for money, or to which a repayment goes."""
    if at.step.kind == StepKind.REPAYMENT:
        return at.record.repaid_to
    return at.record.payee if at.step.kind == StepKind.CLAIM else None


def _grant(at: StepAtHand) -> GrantView:
    grant = at.record.grant
    return GrantView(
        reference=one_line(grant.reference, 80),
        title=one_line(grant.title, 200),
        funder=at.called(grant.funder_id),
        recipient=at.called(grant.recipient_id),
        currency=grant.currency,
        contact=at.record.contact,
    )


def _confirmations_left(at: StepAtHand) -> int:
    """Return how many of the two people must still confirm before a claim may leave."""
    own = at.own if at.step.kind == StepKind.CLAIM else None
    if own is None or not is_withheld(own.status, conditional=bool(own.conditions)):
        return 0
    return 2 if own.requested_by_id is None else 1


def _over_minor(at: StepAtHand) -> int:
    """Return by how much a claim exceeds the reported spending, in minor units; 0 while it has no sum."""
    if at.own is None or at.own.amount_minor is None:
        return 0
    row = next(instalment for instalment in at.record.instalments if instalment.number == at.own.number)
    return over_claim_minor(at.record, row)


def _todo(at: StepAtHand) -> str:
    kind = at.step.kind
    own = at.own
    paid_minor = own.paid_minor if own is not None else None
    is_missing = (
        kind == StepKind.PAYMENT and own is not None and find_shortfall(own.amount_minor, paid_minor) > 0
    )
    if at.rule is not None and not is_missing:
        return words_in(at.rule.todo, at.language)
    return word_todo(translator(at.language), kind, is_missing=is_missing, is_paid=paid_minor is not None)
