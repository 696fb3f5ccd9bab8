"""Find the answers to a step, and the notices about it, before a letter."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from models.facts.ledger import read_books
from models.facts.letter import Conflict, Progress, Statement
from models.facts.money import read_forecast
from models.facts.notice import AwayReason, NoticeView, StandIn
from models.reading.plain_text import one_line
from models.rules.dates.plan import calendar_of
from models.rules.dates.reply_day import decide_reply_day
from models.rules.duties import has_left
from models.rules.notices.contents import count_progress, is_collected
from models.vocabulary import AnswerKind, NoticeKind, Phase, StepKind
from tasks.step_facts.step import NoticeAtHand, StepAtHand, words_in
from tasks.words.answers import find_conflicts
from tasks.words.translator import translator

_ASKING = frozenset(
    {
        NoticeKind.REMINDER,
        NoticeKind.ESCALATION,
        NoticeKind.STAND_IN,
        NoticeKind.HANDED_OVER,
        NoticeKind.RETURNED,
    }
)


def sent_before(at: StepAtHand) -> tuple[tuple[str, tuple[date, ...]], ...]:
    """Return who got letters about the step at this due date, and on which days."""
    days: dict[int, list[date]] = {}
    for notice in at.record.sent_of(at.step):
        arrived = notice.has_arrived and notice.letter_id != at.reader.letter_id
        if arrived and notice.due_on == at.notice.due_on and notice.kind in _ASKING:
            told_days = days.setdefault(notice.person_id, [])
            if notice.told_on not in told_days:
                told_days.append(notice.told_on)
    return tuple((at.person(person_id), tuple(sorted(told_days))) for person_id, told_days in days.items())


def told_before(at: StepAtHand) -> tuple[str, date] | None:
    """Return who below the reader was last told that the step is late, and when; None on a repeat.

    Whoever heard of it as its owner, or in their place, and has handed it over since is not asked about it.
    """
    told = [
        notice
        for notice in at.record.sent_of(at.step)
        if notice.kind == NoticeKind.ESCALATION and notice.due_on == at.notice.due_on
        if notice.revoked_at is None
        and notice.told_on < at.reader.on
        and notice.has_arrived
        and notice.person_id != at.step.owner_id
    ]
    if not told or at.reader.person_id in {notice.person_id for notice in told}:
        return None
    last = max(told, key=lambda notice: notice.told_on)
    return at.person(last.person_id), last.told_on


def also_told(at: StepAtHand, notices: Sequence[NoticeAtHand]) -> tuple[str, ...]:
    """Return who else is told that the step is late, on the days of the letter's own notices."""
    late = {
        (notice.due_on, notice.told_on, notice.kind)
        for notice in notices
        if notice.kind == NoticeKind.ESCALATION
    }
    names: dict[str, None] = {}
    for notice in at.record.sent_of(at.step):
        if (notice.due_on, notice.told_on, notice.kind) in late and notice.person_id != at.reader.person_id:
            names.setdefault(at.person(notice.person_id))
    return tuple(names)


def progress_of(at: StepAtHand) -> Progress | None:
    """Return how far the step's questions are answered; None if it has none."""
    if at.rule is None or not at.rule.questions:
        return None
    answered = {figure.question for figure in at.record.figures_of(at.step)}
    for answer in at.record.answers_of(at.step):
        answered |= {key for key, value in answer.data.items() if value not in (None, "")}
    for draft in at.record.drafts_of(at.step):
        if draft.act == "done" and draft.person_id in (at.reader.person_id, at.step.owner_id):
            answered |= {key.removeprefix("q-") for key, text in draft.fields.items() if text}
    has_source = at.record.grant.figures_file is not None
    progress = count_progress(at.rule.questions, answered, has_source)
    required = [question for question in at.rule.questions if question.is_awaited]
    by_hand = [question for question in required if not is_collected(question, has_source)]
    left = [
        question
        for question in by_hand
        if not {question.key, *(f"{question.key}.{part.key}" for part in question.parts)} <= answered
    ]
    figures_in = len(by_hand) < len(required) and progress is not None and not progress.collected
    if progress is None:
        return None
    return replace(
        progress,
        to_write=tuple(words_in(question.title, at.language) for question in left),
        unanswered=tuple(question.key for question in left),
        figures_in=figures_in,
    )


def unwritten_in(at: StepAtHand) -> tuple[str, ...]:
    """Return the unwritten parts of the committee's memo, in the report of an approval."""
    report = at.record.report_of(at.step)
    if report is None or report.phase is not Phase.FINAL_REPORT or report.kind is not StepKind.REPORT:
        return ()
    rule = at.record.rule_of(report)
    given = at.record.handed_in(report)
    if rule is None or given is None:
        return ()
    empty = (
        question
        for question in rule.questions
        if not question.required and question.is_awaited and given.get(question.key) in (None, "")
    )
    return tuple(words_in(question.title, at.language) for question in empty)


def conflicts_in(at: StepAtHand) -> Iterator[Conflict]:
    """Yield where the reader's draft, or else the last answer, differs from a source's figure."""
    reader = at.reader.person_id
    programme = at.programme
    figures = {figure.question: (figure.value, figure.source) for figure in at.record.figures_of(at.step)}
    if at.rule is None or not figures:
        return
    draft = _draft_of(at)
    done = at.record.last_done(at.step)
    given = dict(done.data) if done is not None else {}
    yours = draft is not None or (done is not None and done.by_id == reader)
    given |= {key.removeprefix("q-"): text for key, text in (draft or {}).items()}
    money = (at.record.grant.currency, programme.small_numbers)
    for conflict in find_conflicts(translator(at.language), at.rule, (figures, given), programme, money):
        yield replace(conflict, yours=yours)


def _draft_of(at: StepAtHand) -> Mapping[str, object] | None:
    """Return the reader's draft of the step's report; other drafts answer no question."""
    drafts = at.record.drafts_of(at.step)
    own = (draft.fields for draft in drafts if draft.person_id == at.reader.person_id and draft.act == "done")
    return next(own, None)


def last_not_yet(at: StepAtHand) -> Statement | None:
    """Return the last answer if it is "not yet"."""
    answers = at.record.answers_of(at.step)
    if not answers or answers[-1].kind != AnswerKind.NOT_YET:
        return None
    last = answers[-1]
    return Statement(at.person(last.by_id), last.answered_on, last.expected_on, one_line(last.note, 160))


# The notes of a notice's maker by a view's fields: plain values, texts and lengths, days, people.
_PLAIN = ("amount_minor", "total_minor", "was_minor", "paid_minor", "steps", "times")
_MARKS = (
    *("no_more", "corrected", "annulled", "gone", "by_funder", "refused", "new", "unknown", "sent"),
    "unasked",
)
_TEXTS = {
    "note": 240,
    "decision": 40,
    "new_account": 20,
    "purpose": 500,
    "conditions": 300,
    "was_conditions": 300,
    "at_most": 20,
    "paper": 120,
    "told_by": 120,
}
_DAYS = {
    "from_on": "from",
    "to_on": "to",
    "decided_on": "decided_on",
    "recovered_by": "recovered_by",
    "ours_on": "ours_on",
    "given_on": "given_on",
    "withdrawn_on": "withdrawn_on",
    "told_on": "told_on",
}
_PEOPLE = {"by": "by", "from_name": "from", "requested_by": "requested_by", "phones": "phones"}


def make_notice_view(at: StepAtHand, notice: NoticeAtHand) -> NoticeView:
    """Return a notice of the step as its letter tells it."""
    kind = notice.kind
    instalment = at.part_of(notice)
    noted: Mapping[str, Any] = {
        name: value for name, value in (notice.detail or {}).items() if value is not None
    }
    values: dict[str, Any] = {name: noted[name] for name in (*_PLAIN, *_MARKS) if name in noted}
    values |= {name: one_line(noted.get(name), most) for name, most in _TEXTS.items()}
    values |= {name: _day(noted.get(key)) for name, key in _DAYS.items()}
    values["forecast"] = read_forecast(noted)
    values["books"] = read_books(noted)
    values |= {name: at.person(noted.get(key)) for name, key in _PEOPLE.items()}
    values["reply_on"] = decide_reply_day(
        notice.told_on,
        calendar_of(at.record.programme),
        before=at.step.due_on if kind is NoticeKind.PUT_OFF else None,
    )
    if noted.get("from") == notice.person_id:
        values["from_name"] = ""  # its reader's own: a colleague has the step now
    values |= {name: _titles(at, noted.get(name, ())) for name in ("reopened", "left")}
    currency = noted.get("currency") or at.record.grant.currency
    conditional = bool(instalment and instalment.conditions)
    view = NoticeView(kind, _stand_in(at, notice), currency=currency, conditional=conditional, **values)
    if kind is NoticeKind.DECIDED or instalment is None or view.amount_minor is not None:
        return view
    return replace(view, amount_minor=instalment.amount_minor)


def _day(noted: object) -> date | None:
    """Return a day; "from" is a day in some notes and a person in others."""
    return date.fromisoformat(noted) if isinstance(noted, str) else None


def _titles(at: StepAtHand, keys: Iterable[str]) -> tuple[str, ...]:
    """Return the titles of the programme's steps with the keys, each once, in the reader's language."""
    rules = at.record.rules
    return tuple(words_in(rules[key].title, at.language) for key in dict.fromkeys(keys) if key in rules)


def _stand_in(at: StepAtHand, notice: NoticeAtHand) -> StandIn | None:
    """Return the person for whom the reader stands in, and why, on the letter's day."""
    records = at.record.batch
    on = at.reader.on
    person = records.person(notice.instead_of_id) if notice.instead_of_id is not None else None
    if person is None:
        return None
    last = records.away_until(person.id, on)
    if has_left(person.departed_on, on):
        reason = AwayReason.LEFT
    elif person.bounced_at is not None:
        reason = AwayReason.BOUNCED
    else:
        reason = AwayReason.AWAY if last else AwayReason.UNKNOWN
    return StandIn(
        name=one_line(person.name, 120),
        reason=reason,
        until_on=last,
        email=one_line(person.email, 254),
    )
