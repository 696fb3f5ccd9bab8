"""Read what a notice's maker noted of what has happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from models.facts.letter import LetterRow
from models.facts.notice import AwayReason, NoticeView, StandIn
from models.reading.plain_text import one_line
from models.rules.notices.contents import InstalmentFacts
from models.vocabulary import NoticeKind
from tasks.commands.sums.forecasts import read_forecast
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


# What a notice's maker noted, by the fields of a view: values as they are, texts with their lengths, days and people.
_PLAIN = ("amount_minor", "paid_minor", "instalment", "steps", "times")
_MARKS = ("no_more", "corrected", "annulled", "gone", "by_funder", "new", "unknown")
_TEXTS = {"note": 240, "decision": 40, "new_account": 20, "purpose": 500, "at_most": 20}
_DAYS = {"from_on": "from", "to_on": "to", "decided_on": "decided_on", "recovered_by": "recovered_by"}
_PEOPLE = {"by": "by", "from_name": "from", "requested_by": "requested_by"}


def make_notice_view(
    data: LetterData, row: DbRow, instalment: InstalmentFacts | None, letter: LetterRow
) -> NoticeView:
    """Return a notice as its letter tells it."""
    kind, stand_in = NoticeKind(row.kind), _stand_in(data, row, letter)
    if not row.detail and kind not in _MONEY:
        return NoticeView(kind, stand_in)
    noted: Mapping[str, Any] = {name: one for name, one in (row.detail or {}).items() if one is not None}
    values: dict[str, Any] = {name: noted[name] for name in (*_PLAIN, *_MARKS) if name in noted}
    values |= {name: one_line(noted.get(name), most) for name, most in _TEXTS.items()}
    values |= {name: _day(noted.get(one)) for name, one in _DAYS.items()}
    values["forecast"] = read_forecast(noted)
    values |= {name: one_line(data.person(noted.get(one)), 120) for name, one in _PEOPLE.items()}
    values |= {
        name: _titles(data, row, noted.get(name, ()), letter.language) for name in ("reopened", "left")
    }
    conditional, currency = bool(instalment and instalment.conditions), noted.get("currency") or row.currency
    view = NoticeView(kind, stand_in, currency=currency, conditional=conditional, **values)
    if kind not in _MONEY or instalment is None:
        return view
    amount = instalment.amount_minor if view.amount_minor is None else view.amount_minor
    return replace(view, amount_minor=amount, instalment=instalment.number)


def _day(noted: object) -> date | None:
    """Return a day; what is passed on is from a day or from a person."""
    return date.fromisoformat(noted) if isinstance(noted, str) else None


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


def _titles(data: LetterData, row: DbRow, keys: Iterable[str], language: str) -> tuple[str, ...]:
    """Return the titles of the programme's steps with the keys, each once, in the reader's language."""
    rules = data.programmes[row.programme_id].rules
    return tuple(words_in(rules[key].title, language) for key in dict.fromkeys(keys) if key in rules)


def _stand_in(data: LetterData, row: DbRow, letter: LetterRow) -> StandIn | None:
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
        email=one_line(person.email, 254),
    )
