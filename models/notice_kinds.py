"""What a notice of each kind is to its reader: one table, of which every question about a kind is asked."""

from dataclasses import dataclass
from enum import StrEnum

from models.vocabulary import LetterKind, NoticeKind


class Asks(StrEnum):
    """What a notice asks of its reader."""

    ACT = "act"
    OWNER = "owner"  # who owns the step is asked to act; all others are told
    PUT_BACK = "put_back"  # tells, and puts the step back into its owner's hands
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class NoticeTraits:
    """What holds for all notices of a kind."""

    asks: Asks
    lapses: bool = False  # pointless once the step is settled or has changed
    at_once: LetterKind | None = None  # the letter that carries it; else it waits for the next day's


# The most pressing first: in this order a letter tells of a step.
NOTICES = {
    NoticeKind.HANDED_OVER: NoticeTraits(Asks.OWNER, lapses=True),
    NoticeKind.ESCALATION: NoticeTraits(Asks.ACT, lapses=True),
    NoticeKind.RETURNED: NoticeTraits(Asks.ACT, lapses=True),
    NoticeKind.CONFIRM_RELEASE: NoticeTraits(Asks.ACT, at_once=LetterKind.MONEY),
    NoticeKind.RELEASE_DECLINED: NoticeTraits(Asks.NOTHING, at_once=LetterKind.MONEY),
    NoticeKind.BOUNCED: NoticeTraits(Asks.ACT),
    NoticeKind.STAND_IN: NoticeTraits(Asks.ACT, lapses=True),
    NoticeKind.REMINDER: NoticeTraits(Asks.ACT, lapses=True),
    NoticeKind.WITHDRAWN: NoticeTraits(Asks.PUT_BACK, at_once=LetterKind.MONEY),
    NoticeKind.PUT_OFF: NoticeTraits(Asks.NOTHING, lapses=True),
    NoticeKind.NO_MEETING: NoticeTraits(Asks.ACT),
    NoticeKind.DATE_MISSING: NoticeTraits(Asks.ACT),
    NoticeKind.SOURCE_CHANGED: NoticeTraits(Asks.NOTHING),
    NoticeKind.UNSPENT: NoticeTraits(Asks.NOTHING),
    NoticeKind.REPLIED: NoticeTraits(Asks.NOTHING),
    NoticeKind.EXTENDED: NoticeTraits(Asks.NOTHING),
    NoticeKind.MOVED: NoticeTraits(Asks.NOTHING),
    NoticeKind.DECIDED: NoticeTraits(Asks.NOTHING, at_once=LetterKind.DECISION),
    NoticeKind.NEW_ACCOUNT: NoticeTraits(Asks.PUT_BACK, at_once=LetterKind.MONEY),
    NoticeKind.RELEASED: NoticeTraits(Asks.PUT_BACK, at_once=LetterKind.MONEY),
    NoticeKind.PAID: NoticeTraits(Asks.NOTHING, at_once=LetterKind.MONEY),
    NoticeKind.APPROVED: NoticeTraits(Asks.NOTHING),
}
LAPSING = tuple(kind for kind, traits in NOTICES.items() if traits.lapses)
AT_ONCE = {kind: traits.at_once for kind, traits in NOTICES.items() if traits.at_once is not None}
_RANK = {kind: rank for rank, kind in enumerate(NOTICES)}


def asks_to_act(kind: NoticeKind, *, is_owners: bool) -> bool:
    """Return whether a notice asks its reader, who owns the step or does not, to act."""
    asks = NOTICES[kind].asks
    return asks is Asks.ACT or (is_owners and asks in (Asks.OWNER, Asks.PUT_BACK))


def only_informs(kind: NoticeKind) -> bool:
    """Return whether a notice leaves the step to others, or gives it back: its letter says what comes next."""
    return NOTICES[kind].asks in (Asks.PUT_BACK, Asks.NOTHING)


def rank_kind(kind: NoticeKind) -> int:
    """Return how pressing a kind is; lower is more pressing."""
    return _RANK[kind]
