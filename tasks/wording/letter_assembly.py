"""Put together what each letter says from the rows of its batch; names are those of the letter's day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from models.field_types import ENDS, PREVIOUS
from models.letter_view import (
    Conflict,
    GrantView,
    ItemView,
    LetterView,
    MetCondition,
    NotYet,
    Progress,
    Stake,
    StakeTerm,
    StepName,
    Waiting,
)
from models.notice_view import INFORMING
from models.question_rule import Words
from models.rules.committee import Fit
from models.rules.delays import losses
from models.rules.gate import waited_for
from models.rules.letter_facts import (
    PRESSING,
    InstalmentFacts,
    NoticeMade,
    StepAt,
    Telling,
    claims_at_stake,
    count_progress,
    decide_telling,
    deciding_report,
    direct_needs,
    instalments_at_stake,
)
from models.rules.money_at_risk import missing_of
from models.rules.plain_text import one_line
from models.rules.step_needs import expand_needs
from models.step_rule import StepRule
from models.vocabulary import (
    UNSETTLED,
    AnswerKind,
    GrantStatus,
    LetterKind,
    LetterStatus,
    NoticeKind,
    Phase,
    StepKind,
    StepStatus,
)
from tasks.wording.conflicts import find_conflicts
from tasks.wording.due_words import known_by_its_day
from tasks.wording.letter_data import DbRow, LetterData
from tasks.wording.notice_views import as_one_move, make_notice_view
from tasks.wording.receipt_facts import read_receipt
from tasks.wording.words import speaker

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
        told = [row for row in rows if self._telling(row) is Telling.TOLD]
        kept = {row.id for row in told}
        dropped = tuple(row.id for row in rows if row.id not in kept)
        if not told:
            return None, dropped
        steps: dict[int, list[DbRow]] = {}
        for row in sorted(told, key=lambda row: (_RANK[row.kind], row.id)):
            steps.setdefault(row.step_id, []).append(row)
        items = [self._item(letter, rows) for rows in steps.values()]
        items.sort(key=lambda item: (not item.asks, item.due_on or date.max, _RANK[item.kind], item.step_id))
        view = LetterView(
            letter_id=letter_id,
            kind=LetterKind(letter.kind),
            language=letter.language,
            to_name=one_line(letter.name, 120),
            to_email=letter.email,
            today=self.today,
            queued_at=letter.queued_at,
            message_id=letter.message_id,
            link_key=letter.link_key,
            items=tuple(items),
            earlier_message_id=self._earlier(letter, items),
        )
        return view, dropped

    def _telling(self, row: DbRow) -> Telling:
        notice = NoticeMade(NoticeKind(row.kind), row.person_id, row.told_due_on, row.told_version)
        fit = ((row.receipt or {}).get("meeting") or {}).get("fit")
        step = StepAt(StepStatus(row.status), row.due_on, row.version, has_meeting=fit == Fit.FITS)
        return decide_telling(notice, step, self._instalment(row))

    def _instalment(self, row: DbRow) -> InstalmentFacts | None:
        """Return the instalment that a money notice is about: as its maker noted, else its step's."""
        rule = self.data.programmes[row.programme_id].rules.get(row.template_key)
        noted = row.detail.get("instalment") if isinstance(row.detail, dict) else None
        own = row.instalment or (rule.instalment if rule and not rule.each else None)
        number = noted if type(noted) is int else own
        return next((one for one in self.data.instalments[row.grant_id] if one.number == number), None)

    def _item(self, letter: DbRow, rows: Sequence[DbRow]) -> ItemView:
        row, data = rows[0], self.data
        own = self._instalment(row)
        facts = data.programmes[row.programme_id]
        rule = facts.rules.get(row.template_key)
        approves = facts.rules.get(rule.approves) if rule and rule.approves else None
        language = letter.language
        instead = {one.instead_of_id for one in rows}
        mine = row.owner_id == letter.person_id or (row.owner_id is not None and row.owner_id in instead)
        return ItemView(
            step_id=row.step_id,
            step_version=row.version,
            name=self._name(row.step_kind, row.period, rule, language),
            todo=_todo(rule, row.step_kind, language, own),
            due_on=row.due_on,
            open=StepStatus(row.status) in UNSETTLED,
            with_funder=bool(row.with_funder),
            mine=mine,
            owner=self._person(row.owner_id),
            owner_since_on=row.owner_since_on,
            grant=self._grant(letter, row),
            notices=as_one_move(
                tuple(make_notice_view(data, one, self._instalment(one), letter) for one in rows)
            ),
            why=read_receipt(row, facts, language, self.today),
            approves=StepName(_in(approves.title, language), approves.kind) if approves else None,
            # A decision that is told with another step than the funder's is not about what that step costs.
            stakes=() if _is_elsewhere(row) else tuple(self._stakes(row, rule, language)),
            progress=self._progress(row, rule),
            conflicts=tuple(self._conflicts(letter, row, rule)),
            spending=self.data.spending.get(row.step_id, ()),
            waits_for=tuple(self._waits_for(letter, row, rule)),
            not_yet=self._not_yet(row),
            sent=self._sent(letter, row),
            also_told=self._also_told(letter, rows),
            next_step=self._next_step(letter, row) if row.kind in INFORMING else None,
            met=tuple(self._met(row, language)),
            unreleased=self._unreleased(row),
            payee=self.data.payees.get(row.grant_id) if row.step_kind == StepKind.CLAIM else None,
            unspent=self.data.unspent.get(row.grant_id) if _is_to_claim(row) else None,
            adds_minor=own.amount_minor if own and _is_to_claim(row) else None,
        )

    def _grant(self, letter: DbRow, row: DbRow) -> GrantView:
        return GrantView(
            reference=one_line(row.reference, 80),
            title=one_line(row.title, 200),
            status=GrantStatus(row.grant_status),
            funder=one_line(self.data.organisation(row.funder_id, letter.letter_on), 160),
            funder_reference=one_line(row.funder_reference, 80),
            recipient=one_line(self.data.organisation(row.recipient_id, letter.letter_on), 160),
        )

    def _name(self, kind: str, period: str | None, rule: StepRule | None, language: str) -> StepName:
        if rule is None:
            return StepName(_title_without_rule(kind, language), StepKind(kind))
        # The final report carries the period that was folded into it: only what comes once a period is named so.
        return StepName(_in(rule.title, language), StepKind(kind), one_line(period) if rule.each else "")

    def _person(self, person_id: object) -> str:
        return one_line(self.data.person(person_id), 120)

    def _stakes(self, row: DbRow, rule: StepRule | None, language: str) -> Iterable[Stake]:
        """Yield what money waits for the step, as the programme words it where it does."""
        if rule is not None and rule.stake is not None:
            yield Stake(None, row.currency, term=StakeTerm.SAID, said=_in(rule.stake, language))
            return
        if row.step_kind == StepKind.REPAYMENT:
            yield Stake(row.repays_minor, row.currency, term=StakeTerm.UNSPENT)
            return
        own = self._instalment(row) if row.step_kind == StepKind.RECOVERY else None
        if own is not None:
            out = own.amount_minor if own.paid_minor is None else own.paid_minor
            term = StakeTerm.RELEASED if own.paid_minor is None else StakeTerm.RECOVERED
            yield Stake(out, row.currency, own.number, term=term)
            return
        waiting = list(self._waiting_money(row, rule, language))
        # A day that a return or a withdrawal gave is ours: the funder's own, on which the right lapses, is another.
        ours = known_by_its_day(str(row.receipt.get("source") or "")) is not None
        if rule is not None and rule.lapses and row.due_on is not None and not ours:
            lapsing = waiting or [Stake(None, row.currency)]
            waiting = [replace(one, term=StakeTerm.LAPSES, last_on=row.due_on) for one in lapsing]
        yield from waiting
        for one in losses(rule.late, row.due_on, row.award_minor) if rule and row.due_on else ():
            term = StakeTerm.LOST_LATE
            yield Stake(one.amount_minor, row.currency, last_on=one.from_on, term=term, share=one.share)

    def _waiting_money(self, row: DbRow, rule: StepRule | None, language: str) -> Iterable[Stake]:
        facts = self.data.programmes[row.programme_id]
        if row.phase == Phase.APPLICATION and row.step_kind != StepKind.RECOVERY:
            yield Stake(row.applied_for_minor or None, row.currency, last_on=self._application_on(row))
            return
        if rule is not None and rule.instalment is not None:
            own = self._instalment(row)
            if (
                own is not None and own.amount_minor != 0
            ):  # a part whose sum nobody knows yet is at stake as well
                kept = facts.programme.instalments[own.rule - 1].less if own.rule else None
                keeper = _in(kept.title, language) if kept and own.kept_minor else ""
                kept_minor = own.kept_minor if keeper else 0
                came = own.paid_minor or 0
                stake = Stake(
                    own.amount_minor, row.currency, own.number, kept_minor=kept_minor, keeper=keeper
                )
                if came and own.amount_minor is not None:
                    stake = replace(stake, amount_minor=own.amount_minor - came, whole_minor=own.amount_minor)
                yield stake
        elif row.step_kind != StepKind.RECOVERY and row.applied_for_minor and row.phase == Phase.DECISION:
            yield Stake(row.applied_for_minor, row.currency)
        key = None if row.kind == NoticeKind.DECIDED else row.template_key
        held = instalments_at_stake(key, self.data.instalments[row.grant_id], facts.before)
        for instalment, condition in held:
            name = self._name(StepKind.APPROVAL, None, facts.rules.get(condition.template_key), language)
            key = deciding_report(facts.programme, rule, condition.template_key) if rule else None
            report = next((one for one in self.data.unsettled[row.grant_id] if one.template_key == key), None)
            yield Stake(
                instalment.amount_minor,
                row.currency,
                instalment.number,
                name,
                final_report=report is not None,
                last_on=report.due_on if report else None,
            )
        if rule is None or rule.kind in (StepKind.CLAIM, StepKind.PAYMENT):
            return
        step, numbers = (row.template_key, row.period), {instalment.number for instalment, _ in held}
        waiting = claims_at_stake(facts.programme, step, self.data.instalments[row.grant_id], facts.before)
        for instalment, claim in waiting:
            if instalment.number not in numbers:
                name = self._name(claim.kind, instalment.period, claim, language)
                yield Stake(instalment.amount_minor, row.currency, instalment.number, name)

    def _application_on(self, row: DbRow) -> date | None:
        """Return the last day to apply: that of the phase's last report, which may come after the row's step."""
        steps = self.data.programmes[row.programme_id].programme.steps
        key = [one.key for one in steps if one.phase is Phase.APPLICATION and one.kind is StepKind.REPORT][
            -1:
        ]
        near = (row, *self.data.unsettled[row.grant_id])
        return next((one.due_on for one in near if [one.template_key] == key), None)

    def _unreleased(self, row: DbRow) -> bool:
        """Return whether the row's step claims an instalment that two people have still to release."""
        own = self._instalment(row) if row.step_kind == StepKind.CLAIM else None
        return own is not None and bool(own.conditions) and not own.is_out

    def _progress(self, row: DbRow, rule: StepRule | None) -> Progress | None:
        if rule is None or not rule.questions:
            return None
        known = set(self.data.figures[row.step_id])
        for answer in self.data.answers[row.step_id]:
            known |= {key for key, value in answer.data.items() if value not in (None, "")}
        programme = self.data.programmes[row.programme_id].programme
        has_source = programme.figures is not None and row.figures_file is not None
        return count_progress(rule.questions, known, has_source)

    def _conflicts(self, letter: DbRow, row: DbRow, rule: StepRule | None) -> Iterator[Conflict]:
        """Yield where the reader's draft, or else the last answer, is another than a source's figure."""
        figures = self.data.figures.get(row.step_id)
        if rule is None or figures is None:
            return
        draft = self.data.drafts.get((row.step_id, letter.person_id))
        done = [one for one in self.data.answers[row.step_id] if one.kind == AnswerKind.DONE]
        given = dict(done[-1].data) if done else {}
        yours = draft is not None or bool(done and done[-1].by_id == letter.person_id)
        given |= {key.removeprefix("q-"): text for key, text in (draft or {}).items()}
        facts, say = self.data.programmes[row.programme_id], speaker(letter.language)
        money = (row.currency, facts.programme.small_numbers)
        for one in find_conflicts(say, rule, (figures, given), facts.programme, money):
            yield replace(one, yours=yours)

    def _waits_for(self, letter: DbRow, row: DbRow, rule: StepRule | None) -> Iterable[Waiting]:
        if rule is None or not direct_needs(rule):
            return
        # Which period came before, or is the first or the last, is not known here: settled steps are not loaded.
        unknown = (PREVIOUS, *ENDS) if row.status == StepStatus.OPEN else PREVIOUS
        near = tuple(name for name in rule.needs if not name.endswith(unknown))
        rule = rule if near == rule.needs else rule.model_copy(update={"needs": near})
        others = {str(one.id): one for one in self.data.unsettled[row.grant_id] if one.id != row.step_id}
        places = {key: (one.template_key, one.period) for key, one in others.items()}
        programme = self.data.programmes[row.programme_id].programme
        for key in expand_needs(rule, row.period, places, programme):
            yield self._waiting(letter, row, others[key])

    def _waiting(self, letter: DbRow, row: DbRow, other: DbRow) -> Waiting:
        rule = self.data.programmes[row.programme_id].rules.get(other.template_key)
        return Waiting(
            step=self._name(other.kind, other.period, rule, letter.language),
            holder=self._person(other.owner_id),
            due_on=other.due_on,
            yours=other.owner_id == letter.person_id,
        )

    def _next_step(self, letter: DbRow, row: DbRow) -> Waiting | None:
        """Return what comes next in the grant: the reader's own next step, else the nearest."""
        dated = [one for one in self.data.unsettled[row.grant_id] if one.due_on and one.id != row.step_id]
        if not dated:
            return None
        dated.sort(key=lambda one: (one.owner_id != letter.person_id, one.due_on, one.id))
        return self._waiting(letter, row, dated[0])

    def _met(self, row: DbRow, language: str) -> Iterable[MetCondition]:
        """Yield the approvals on which a release stands, for those who confirm it and those who claim."""
        instalment = self._instalment(row) if row.kind in _RELEASING else None
        rules = self.data.programmes[row.programme_id].rules
        for one in waited_for(instalment.conditions) if instalment else ():
            name = self._name(StepKind.APPROVAL, None, rules.get(one.template_key), language)
            yield MetCondition(name, one.done_on)

    def _not_yet(self, row: DbRow) -> NotYet | None:
        answers = self.data.answers[row.step_id]
        if not answers or answers[-1].kind != AnswerKind.NOT_YET:
            return None
        last = answers[-1]
        return NotYet(self._person(last.by_id), last.answered_on, last.expected_on, one_line(last.note, 300))

    def _sent(self, letter: DbRow, row: DbRow) -> tuple[tuple[str, tuple[date, ...]], ...]:
        """Return who got accepted letters about the step at this due date, and on which days."""
        days: dict[int, list[date]] = {}
        for told in self.data.history[row.step_id]:
            gone = told.status == LetterStatus.ACCEPTED and told.letter_id != letter.id
            if gone and told.due_on == row.told_due_on and told.kind in _ASKED:
                found = days.setdefault(told.person_id, [])
                if told.told_on not in found:
                    found.append(told.told_on)
        return tuple((self._person(person_id), tuple(sorted(found))) for person_id, found in days.items())

    def _also_told(self, letter: DbRow, rows: Sequence[DbRow]) -> tuple[str, ...]:
        late = [row for row in rows if row.kind == NoticeKind.ESCALATION]
        names: dict[str, None] = {}
        for row in late:
            for told in self.data.history[row.step_id]:
                same = (told.due_on, told.told_on, told.kind) == (row.told_due_on, row.told_on, row.kind)
                if same and told.person_id != letter.person_id:
                    names.setdefault(self._person(told.person_id))
        return tuple(names)

    def _earlier(self, letter: DbRow, items: Sequence[ItemView]) -> str | None:
        """Return the Message-ID of the first accepted letter to the person about the most pressing step."""
        for item in items:
            for told in self.data.history[item.step_id]:
                before = told.letter_id < letter.id and told.status == LetterStatus.ACCEPTED
                if before and told.person_id == letter.person_id:
                    return str(told.message_id)
        return None


def _is_to_claim(row: DbRow) -> bool:
    return bool(row.step_kind == StepKind.CLAIM and row.status in UNSETTLED)


def _is_elsewhere(row: DbRow) -> bool:
    return bool(row.kind == NoticeKind.DECIDED and row.step_kind != StepKind.FUNDER)


_ASKED = frozenset(
    {
        NoticeKind.REMINDER,
        NoticeKind.ESCALATION,
        NoticeKind.STAND_IN,
        NoticeKind.HANDED_OVER,
        NoticeKind.RETURNED,
    }
)
_RELEASING = (NoticeKind.CONFIRM_RELEASE, NoticeKind.RELEASED)


def _in(words: Words, language: str) -> str:
    return one_line(words.en if language == "en" else words.sv, 300)


def _title_without_rule(kind: str, language: str) -> str:
    """Return a title for a step that no programme describes, such as a recovery."""
    say = speaker(language)
    return say.gettext("repayment") if kind == StepKind.RECOVERY else say.gettext("task")


def _todo(rule: StepRule | None, kind: str, language: str, own: InstalmentFacts | None) -> str:
    say = speaker(language)
    if kind == StepKind.PAYMENT and own is not None and missing_of(own.amount_minor, own.paid_minor):
        return say.gettext(
            "A part of the money is missing. Ask the funder, and record the rest when it is here."
        )
    if rule is not None:
        return _in(rule.todo, language)
    if kind == StepKind.RECOVERY and (own is None or own.paid_minor is None):
        return say.gettext(
            "An approval was taken back after the money was released. Agree with the funder what becomes of it."
        )
    if kind == StepKind.RECOVERY:
        return say.gettext(
            "An approval was taken back after the money went out. Agree with the funder what to pay back."
        )
    return say.gettext("See what is to be done, and answer.")
