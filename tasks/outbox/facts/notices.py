"""Read what a notice's maker noted: every key may be missing or odd, and no letter fails for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from models.facts.notice import AwayReason, NoticeView, StandIn
from models.reading.plain_text import one_line
from models.rules.notices.contents import InstalmentFacts
from models.vocabulary import NoticeKind
from tasks.outbox.facts.queries import LetterRow
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
    data: LetterData, row: DbRow, instalment: InstalmentFacts | None, letter: LetterRow
) -> NoticeView:
    """Return a notice as its letter tells it."""
    kind = NoticeKind(row.kind)
    stand_in = _stand_in(data, row, letter)
    if not row.detail and kind not in _MONEY:
        return NoticeView(kind, stand_in)
    noted = _Noted(data, row.detail if isinstance(row.detail, dict) else {})
    amount, number = noted.number("amount_minor"), noted.number("instalment")
    if kind in _MONEY and instalment is not None:
        amount = instalment.amount_minor if amount is None else amount
        number = instalment.number
    return NoticeView(
        kind=kind,
        stand_in=stand_in,
        by=noted.person("by"),
        note=noted.text("note", 240),
        from_name=noted.person("from"),
        from_on=noted.day("from"),
        to_on=noted.day("to"),
        amount_minor=amount,
        paid_minor=noted.number("paid_minor"),
        no_more=noted.is_set("no_more"),
        currency=noted.currency() or row.currency,
        decision=noted.text("decision", 40),
        decided_on=noted.day("decided_on"),
        corrected=noted.is_set("corrected"),
        gone=noted.is_set("gone"),
        new=noted.is_set("new"),
        by_funder=noted.is_set("by_funder"),
        unknown=noted.is_set("unknown"),
        annulled=noted.is_set("annulled"),
        new_account=noted.text("new_account", 20),
        purpose=noted.text("purpose", 500),
        instalment=number,
        at_most=noted.text("at_most", 20),
        conditional=bool(instalment and instalment.conditions),
        requested_by=noted.person("requested_by"),
        steps=noted.number("steps") or 0,
        times=noted.number("times") or 0,
        reopened=_titles(data, row, noted.detail.get("reopened"), letter.language),
        recovered_by=noted.day("recovered_by"),
        left=_titles(data, row, noted.detail.get("left"), letter.language),
    )


@dataclass(frozen=True, slots=True)
class _Noted:
    """What a notice's maker noted: a key that is missing or of another kind says nothing."""

    data: LetterData
    detail: dict[str, object]

    def number(self, name: str) -> int | None:
        value = self.detail.get(name)
        return value if type(value) is int else None

    def is_set(self, name: str) -> bool:
        return self.detail.get(name) is True

    def text(self, name: str, most: int) -> str:
        return one_line(self.detail.get(name), most)

    def currency(self) -> str:
        code = self.text("currency", 4)
        return code if len(code) == 3 and code.isascii() and code.isupper() else ""

    def person(self, name: str) -> str:
        return one_line(self.data.person(self.detail.get(name)), 120)

    def day(self, name: str) -> date | None:
        value = self.detail.get(name)
        try:
            return date.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            return None


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
