"""Read what a notice's maker noted: every key may be missing or odd, and no letter fails for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from models.facts.notice import AwayReason, NoticeView, StandIn
from models.reading.plain_text import one_line
from models.rules.notices.contents import InstalmentFacts
from models.vocabulary import NoticeKind
from tasks.outbox.facts.rows import DbRow, LetterData
from tasks.outbox.facts.step import words_in

_MONEY = frozenset(
    {
        NoticeKind.CONFIRM_RELEASE,
        NoticeKind.RELEASED,
        NoticeKind.NEW_ACCOUNT,
        NoticeKind.PAID,
        NoticeKind.WITHDRAWN,
    }
)


def make_notice_view(
    data: LetterData, row: DbRow, instalment: InstalmentFacts | None, letter: DbRow
) -> NoticeView:
    """Return a notice as its letter tells it."""
    kind = NoticeKind(row.kind)
    stand_in = _stand_in(data, row, letter)
    if not row.detail and kind not in _MONEY:
        return NoticeView(kind, stand_in)
    detail: dict[str, object] = row.detail if isinstance(row.detail, dict) else {}
    amount = detail.get("amount_minor")
    number = detail.get("instalment")
    paid = detail.get("paid_minor")
    if kind in _MONEY and instalment is not None:
        amount = instalment.amount_minor if type(amount) is not int else amount
        number = instalment.number
    return NoticeView(
        kind=kind,
        stand_in=stand_in,
        by=one_line(data.person(detail.get("by")), 120),
        note=one_line(detail.get("note"), 240),
        from_name=one_line(data.person(detail.get("from")), 120),
        from_on=_day(detail.get("from")),
        to_on=_day(detail.get("to")),
        amount_minor=amount if type(amount) is int else None,
        paid_minor=paid if type(paid) is int else None,
        no_more=detail.get("no_more") is True,
        currency=_currency(detail.get("currency"), row.currency),
        decision=one_line(detail.get("decision"), 40),
        decided_on=_day(detail.get("decided_on")),
        corrected=detail.get("corrected") is True,
        gone=detail.get("gone") is True,
        new=detail.get("new") is True,
        by_funder=detail.get("by_funder") is True,
        unknown=detail.get("unknown") is True,
        annulled=detail.get("annulled") is True,
        new_account=one_line(detail.get("new_account"), 20),
        date_title=_date_title(data, row, detail.get("date"), letter.language),
        purpose=one_line(detail.get("purpose"), 500),
        instalment=number if type(number) is int else None,
        at_most=one_line(detail.get("at_most"), 20),
        conditional=bool(instalment and instalment.conditions),
        requested_by=one_line(data.person(detail.get("requested_by")), 120),
        steps=steps if type(steps := detail.get("steps")) is int else 0,
        times=times if type(times := detail.get("times")) is int else 0,
        reopened=_titles(data, row, detail.get("reopened"), letter.language),
        recovered_by=_day(detail.get("recovered_by")),
        approvals=approvals if type(approvals := detail.get("of")) is int else 0,
        left=_titles(data, row, detail.get("left"), letter.language),
    )


def as_one_move(notices: tuple[NoticeView, ...]) -> tuple[NoticeView, ...]:
    """Return the notices, in their order, those of a date that has moved again and again as one: from where to where.

    Who moved it is named when it was the same person every time.
    """
    moves = [one for one in notices if one.kind is NoticeKind.MOVED]
    if len(moves) < 2:
        return notices
    first, last = moves[0], moves[-1]
    whole = replace(
        last,
        new=first.new and not last.gone,
        from_on=first.from_on or last.from_on,
        by=last.by if len({one.by for one in moves}) == 1 else "",
    )
    return tuple(whole if one is first else one for one in notices if one is first or one not in moves)


def _titles(data: LetterData, row: DbRow, keys: object, language: str) -> tuple[str, ...]:
    """Return the titles of the programme's steps with the keys, each once, in the reader's language."""
    rules = data.programmes[row.programme_id].rules
    known = dict.fromkeys(key for key in keys if key in rules) if isinstance(keys, list) else {}
    return tuple(words_in(rules[key].title, language) for key in known)


def _date_title(data: LetterData, row: DbRow, name: object, language: str) -> str:
    """Return what the programme calls a date, in the reader's language; nothing for one that it does not have."""
    rule = data.programmes[row.programme_id].programme.dates.get(name) if isinstance(name, str) else None
    return words_in(rule.title, language) if rule else ""


def _stand_in(data: LetterData, row: DbRow, letter: DbRow) -> StandIn | None:
    """Return for whom the reader stands in, and why, as of the letter's day."""
    person = data.people.get(row.instead_of_id) if row.instead_of_id is not None else None
    if person is None:
        return None
    on: date = letter.letter_on
    last = max((to for first, to in data.absences[person.id] if first <= on <= to), default=None)
    if person.departed_on is not None and person.departed_on <= on:
        reason = AwayReason.LEFT
    elif person.bounced_at is not None:
        reason = AwayReason.BOUNCED
    else:
        reason = AwayReason.AWAY if last else AwayReason.UNKNOWN
    return StandIn(
        name=one_line(person.name, 120),
        reason=reason,
        until_on=last,
        deputy=person.deputy_id == letter.person_id,
        email=one_line(person.email, 254),
    )


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _currency(value: object, default: str) -> str:
    known = isinstance(value, str) and len(value) == 3 and value.isascii() and value.isupper()
    return str(value) if known else default
