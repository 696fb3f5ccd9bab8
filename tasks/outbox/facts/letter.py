"""Put together what each letter says from the rows of its batch; names are those of the letter's day."""

from collections.abc import Sequence
from datetime import date

from models.facts.letter import GrantView, ItemView, LetterRow, LetterView, Part
from models.facts.money import Payee, Unspent
from models.facts.notice import INFORMING
from models.reading.plain_text import one_line
from models.rules.money.at_risk import missing_of
from models.rules.money.claim import claims_too_much
from models.rules.money.gate import is_withheld
from models.rules.notices.contents import PRESSING, NoticeNow, is_told
from models.rules.notices.tasks import decide_task
from models.rules.steps.needs import goes_to_funder
from models.vocabulary import UNSETTLED, NoticeKind, StepKind, StepStatus
from tasks.outbox.facts.history import (
    also_told,
    conflicts_in,
    first_message_id,
    last_not_yet,
    make_notice_view,
    progress_of,
    sent_before,
    told_before,
    unwritten_in,
)
from tasks.outbox.facts.money import money_at_stake
from tasks.outbox.facts.route import (
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
from tasks.outbox.facts.rows import DbRow, LetterData
from tasks.outbox.facts.step import Receipted, StepAtHand, find_why, instalment_of, step_at_hand, words_in
from tasks.store.queries import shape_rows
from tasks.words.names import word_todo
from tasks.words.translator import translator

_RANK = {kind: rank for rank, kind in enumerate(PRESSING)}


class LetterMaker:
    """Makes the views of a batch's letters, printed on one day."""

    def __init__(self, data: LetterData, today: date) -> None:
        self.data = data
        self.today = today

    def make(self, letter_id: int) -> tuple[LetterView | None, tuple[int, ...]]:
        """Return the letter (None when no notice is left) and the ids of the notices dropped from it.

        Raises KeyError for a letter that does not exist.
        """
        letter = self.data.letters[letter_id]
        rows = self.data.notices.get(letter_id, [])
        now = zip(rows, shape_rows(NoticeNow, rows), strict=True)
        told = [row for row, notice in now if is_told(notice, instalment_of(self.data, row))]
        kept = {row.id for row in told}
        dropped = tuple(row.id for row in rows if row.id not in kept)
        if not told:
            return None, dropped
        steps: dict[int, list[DbRow]] = {}
        for row in sorted(told, key=lambda row: (_RANK[row.kind], -row.id)):  # of a kind the newest
            steps.setdefault(row.step_id, []).append(row)
        items = [self._item(letter, rows) for rows in steps.values()]
        items.sort(key=self._order)
        earlier = first_message_id(self.data, letter, items)
        return LetterView(letter, self.today, tuple(items), earlier), dropped

    def _order(self, item: ItemView) -> tuple[bool, date, int, int]:
        return not item.asks, item.asked_on(self.today) or date.max, _RANK[item.kind], item.step_id

    def _item(self, letter: LetterRow, rows: Sequence[DbRow]) -> ItemView:
        row, data = rows[0], self.data
        at = step_at_hand(data, letter, row)
        grant, part, route, sent = _grant(at), find_part(at), find_route(at), sent_before(at)
        owner, to_claim = at.person(row.owner_id), row.step_kind == StepKind.CLAIM and row.status in UNSETTLED
        unspent = data.unspent.get(row.grant_id) if to_claim else None
        own_days = next((days for name, days in sent if name == owner), ())
        task = decide_task(
            StepKind(row.step_kind), at.rule, at.facts.programme, with_funder=bool(row.with_funder)
        )
        return ItemView(
            step_id=row.step_id,
            step_version=row.version,
            name=at.name(row.step_kind, row.period, at.rule),
            todo=_todo(at),
            due_on=row.due_on,
            open=StepStatus(row.status) in UNSETTLED,
            with_funder=bool(row.with_funder),
            mine=row.owner_id is not None
            and row.owner_id in (letter.person_id, *(one.instead_of_id for one in rows)),
            owner=owner,
            owner_since_on=row.owner_since_on,
            grant=grant,
            notices=tuple(
                make_notice_view(data, one, at.own if one is row else instalment_of(data, one), letter)
                for one in rows
            ),
            why=find_why(
                Receipted(row.receipt, row.due_on, row.template_key, row.dates),
                at.facts,
                at.language,
                grant.funder,
            ),
            approves=at.name(at.rule.kind, None, at.rule).about if at.rule else None,
            stakes=tuple(money_at_stake(at)),
            progress=progress_of(at),
            unwritten=unwritten_in(at),
            conflicts=tuple(conflicts_in(at)),
            spending=data.spending.get(row.step_id, ()),
            waits_for=tuple(steps_waited_for(at)),
            not_yet=last_not_yet(at),
            returned=last_return(at, route.committee if route else "", grant.funder),
            sent=sent,
            also_told=also_told(at, rows),
            next_step=next_step(at) if row.kind in INFORMING else None,
            met=tuple(conditions_met(at)),
            payee=_payee(data, row),
            unspent=unspent,
            task=task,
            to_funder=at.rule is not None and goes_to_funder(at.rule, at.facts.programme),
            part=part,
            route=route,
            gap=find_gap(at) if row.kind == NoticeKind.NO_MEETING else {},
            ahead=find_ahead(at) if row.kind == NoticeKind.DECIDED else (),
            done_on=row.done_on,
            claim_by=claim_by(at, part),
            sends_by=sends_by(at) if row.kind == NoticeKind.APPROVED else None,
            confirmations_left=_confirmations_left(at),
            over_minor=_over_minor(at, part, unspent),
            repays_minor=row.repays_minor,
            came_minor=at.own.paid_minor if at.own and row.step_kind == StepKind.PAYMENT else None,
            reminders=len(own_days),
            reminded_on=own_days[-1] if own_days else None,
            told_before=told_before(at),
        )


def _payee(data: LetterData, row: DbRow) -> Payee | None:
    """Return the account to which a claim asks for money, or to which a repayment goes."""
    if row.step_kind == StepKind.REPAYMENT:
        return data.repaid_to.get(row.grant_id)
    return data.payees.get(row.grant_id) if row.step_kind == StepKind.CLAIM else None


def _grant(at: StepAtHand) -> GrantView:
    row, on = at.row, at.letter.letter_on
    return GrantView(
        reference=one_line(row.reference, 80),
        title=one_line(row.title, 200),
        funder=one_line(at.data.organisation(row.funder_id, on), 160),
        recipient=one_line(at.data.organisation(row.recipient_id, on), 160),
        currency=row.currency,
    )


def _confirmations_left(at: StepAtHand) -> int:
    """Return how many of the two have still to confirm before a claim may leave."""
    own = at.own if at.row.step_kind == StepKind.CLAIM else None
    if own is None or not is_withheld(own.status, conditional=bool(own.conditions)):
        return 0
    return 2 if own.requested_by_id is None else 1


def _over_minor(at: StepAtHand, part: Part | None, unspent: Unspent | None) -> int:
    """Return by how much the last claim brings more than is reported as spent, as the claim itself is held to."""
    if part is None or unspent is None or not part.last or part.amount_minor is None or at.own is None:
        return 0
    if at.own.rule and at.facts.programme.instalments[at.own.rule - 1].by_costs:
        return 0
    others = [
        (one.status, one.comes_minor) for one in at.data.instalments[at.row.grant_id] if one is not at.own
    ]
    return claims_too_much(part.amount_minor, others, unspent)


def _todo(at: StepAtHand) -> str:
    kind, own = at.row.step_kind, at.own
    paid_minor = own.paid_minor if own is not None else None
    is_missing = kind == StepKind.PAYMENT and own is not None and missing_of(own.amount_minor, paid_minor) > 0
    if at.rule is not None and not is_missing:
        return words_in(at.rule.todo, at.language)
    return word_todo(translator(at.language), kind, is_missing=is_missing, is_paid=paid_minor is not None)
