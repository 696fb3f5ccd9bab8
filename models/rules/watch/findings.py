"""Find failures: no round, late steps untold, stuck letters, wrong releases, unreachable people.

Apart from the calendar and the promised days these rules share nothing with the round's own rules, so
that an error there cannot hide itself here.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from models.message import Common, Remark
from models.rules.dates.calendar import WorkCalendar
from models.rules.lifetimes import LETTER_ENDS_WITHIN
from models.rules.watch.finding_words import Watched
from models.rules.watch.tampering import Columns, Difference
from models.vocabulary import LetterStatus

# Delivery looks every few seconds, so a letter that has been due for so long is not on its way.
WAITS_AT_MOST = timedelta(minutes=30)
# The next delivery takes up a lease that ran out.
LEASE_SLACK = timedelta(minutes=15)
# How long a letter that may have arrived is shown: over a weekend and a day.
SHOWN_FOR = timedelta(days=4)


class FindingKind(StrEnum):
    """What is wrong."""

    LATE_UNTOLD = "late_untold"
    DATE_MISSING = "date_missing"
    QUIET = "quiet"
    OWNER_UNREACHABLE = "owner_unreachable"
    LETTER_WAITING = "letter_waiting"
    LETTER_STUCK = "letter_stuck"
    LETTER_OVERDUE = "letter_overdue"
    LETTER_UNCONFIRMED = "letter_unconfirmed"
    LETTER_POISONED = "letter_poisoned"
    LETTER_BOUNCED = "letter_bounced"
    MAIL_DOWN = "mail_down"
    PROGRAMME_BROKEN = "programme_broken"
    ROUND_MISSED = "round_missed"
    JOURNAL_BROKEN = "journal_broken"
    SUM_WRONG = "sum_wrong"
    PAID_TOO_MUCH = "paid_too_much"
    RELEASED_UNAPPROVED = "released_unapproved"
    ROW_WRONG = "row_wrong"
    TRIGGER_WRONG = "trigger_wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """A thing that is wrong, where it is (a reference and a step, or an id), and why it counts.

    `grant`, `step` and `letter` name the grant, the step's key and the letter's number, if it is
    about one.
    """

    kind: FindingKind
    where: str | Remark
    why: Remark
    grant: str = field(default="", compare=False)
    step: str = field(default="", compare=False)
    letter: int = field(default=0, compare=False)

    @property
    def identity(self) -> str:
        """The key by which it is the same finding later today; all letters of a kind share one."""
        return str(self.kind) if self.kind.startswith("letter_") else f"{self.kind} {self.where}"

    @property
    def said(self) -> Remark:
        """The finding in one line, for a mail."""
        return Common.AT(place=self.where, why=self.why)

    def __str__(self) -> str:
        """Return the finding in one line, for the terminal."""
        return str(self.said)


@dataclass(frozen=True, slots=True)
class LateStep:
    """An open step past its due date, and the first rung of its ladder after that date.

    `told_on` is the last day on which anybody was told of it after its due date. `touched` says
    that somebody changed the grant since the last round; the next round looks at it. `confirmed_on`
    is the day on which somebody confirmed that it was late at its import: until then nobody is
    told. `opened_on` is the day on which it last opened after the grant was.
    """

    where: str
    due_on: date
    shift: int
    unit: str
    told_on: date | None
    touched: bool = False
    confirmed_on: date | None = None
    opened_on: date | None = None
    grant: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class LetterAstray:
    """A letter that has not ended well.

    `settled` says that nothing is left to do about a letter that did not arrive. Its reader is
    reached again or has left, or its news is done or known.
    """

    id: int
    status: LetterStatus
    queued_at: datetime
    next_attempt_at: datetime
    lease_until_at: datetime | None
    ended_at: datetime | None
    settled: bool = False


@dataclass(frozen=True, slots=True)
class PersonLinks:
    """The deputy and the manager of a person."""

    deputy_id: int | None
    manager_id: int | None


def find_late_untold(
    steps: Iterable[LateStep], last_round_on: date | None, calendar: WorkCalendar
) -> list[Finding]:
    """Return the late steps that nobody was told of, though a round came after their first escalation."""
    findings = []
    for step in steps:
        if last_round_on is None or step.touched or step.told_on is not None:
            continue
        first = _first_escalation(step, calendar)
        if first < last_round_on:
            why = Watched.NOBODY_TOLD(due=step.due_on, round=last_round_on, first=first)
            findings.append(Finding(FindingKind.LATE_UNTOLD, step.where, why, step.grant, step.step))
    return findings


def _first_escalation(step: LateStep, calendar: WorkCalendar) -> date:
    counted_from = max(day for day in (step.due_on, step.confirmed_on, step.opened_on) if day is not None)
    if step.unit == "working_days":
        return calendar.add(counted_from, step.shift)
    return calendar.on_or_after(counted_from + timedelta(days=step.shift))


def find_letters_astray(letters: Iterable[LetterAstray], now: datetime) -> list[Finding]:
    """Return the letters that wait too long, are stuck, may have arrived, or failed and are not
    settled."""
    findings = []
    for letter in letters:
        verdict = _astray(letter, now)
        if verdict:
            where = Watched.LETTER(number=letter.id)
            findings.append(Finding(verdict[0], where, verdict[1], letter=letter.id))
    return findings


def _astray(letter: LetterAstray, now: datetime) -> tuple[FindingKind, Remark] | None:
    match letter.status:
        case LetterStatus.QUEUED if letter.queued_at + LETTER_ENDS_WITHIN < now:
            why = Watched.QUEUED_FOR_LONG(day=letter.queued_at.date())
            return FindingKind.LETTER_OVERDUE, why
        case LetterStatus.QUEUED if letter.next_attempt_at + WAITS_AT_MOST < now:
            since = f"{letter.next_attempt_at:%Y-%m-%d %H:%M} UTC"
            return FindingKind.LETTER_WAITING, Watched.NOBODY_TOOK_IT(since=since)
        case LetterStatus.CLAIMED | LetterStatus.HANDING_OVER if (
            letter.lease_until_at is None or letter.lease_until_at + LEASE_SLACK < now
        ):
            return FindingKind.LETTER_STUCK, Watched.HELD()
        case LetterStatus.UNCONFIRMED if letter.ended_at is None or letter.ended_at + SHOWN_FOR > now:
            return FindingKind.LETTER_UNCONFIRMED, Watched.MAY_HAVE_ARRIVED()
        case LetterStatus.POISONED if not letter.settled:
            return FindingKind.LETTER_POISONED, Watched.NOT_WRITTEN()
        case LetterStatus.BOUNCED if not letter.settled:
            return FindingKind.LETTER_BOUNCED, Watched.NOT_ARRIVED()
    return None


def find_missed_round(expected_on: date, completed: Iterable[date], begun: Iterable[date]) -> list[Finding]:
    """Return a finding if no round has completed on the expected working day or later."""
    if any(on >= expected_on for on in completed):
        return []
    why = Watched.ROUND_INCOMPLETE() if expected_on in set(begun) else Watched.NO_ROUND()
    return [Finding(FindingKind.ROUND_MISSED, expected_on.isoformat(), why)]


def build_row_finding(where: str, grant: str, difference: Difference) -> Finding:
    """Return the finding about a row that differs from the journal; `grant` is its grant's
    reference."""
    row = difference.row or {}
    wanted = difference.said or {}
    facts = {
        "row": _columns(row, wanted) if difference.row is not None else "-",
        "said": _columns(wanted, row) if difference.said is not None else "-",
        "since": difference.since or "-",
    }
    why = Watched.ROW_OFF(**facts)
    return Finding(FindingKind.ROW_WRONG, where, why, grant)


def build_sign_in_finding(where: str) -> Finding:
    """Return the finding about a session or a login link that the journal does not know."""
    return Finding(FindingKind.ROW_WRONG, where, Watched.SIGN_IN_UNTOLD())


def build_release_finding(where: str, grant: str, steps: str) -> Finding:
    """Return the finding about an instalment that was released before its condition steps were
    approved."""
    why = Watched.RELEASED_UNAPPROVED(steps=steps) if steps else Watched.RELEASED_WITHOUT_CONDITION()
    return Finding(FindingKind.RELEASED_UNAPPROVED, where, why, grant)


def _columns(held: Columns, other: Columns) -> str:
    """Return the columns whose values differ from the other's; "?" if none does."""
    return ", ".join(f"{name} = {value}" for name, value in held.items() if other.get(name) != value) or "?"


def find_unreachable_people(gone: Mapping[int, PersonLinks]) -> set[int]:
    """Return the people for whom no letter reaches anybody, not even through deputies and managers.

    `gone` are the people whom no letter reaches today, each with a deputy and a manager.
    """
    lost = set(gone)
    while True:
        helped = {person for person in lost if _has_stand_in(gone[person], lost)}
        if not helped:
            return lost
        lost -= helped


def _has_stand_in(links: PersonLinks, lost: Collection[int]) -> bool:
    return any(person is not None and person not in lost for person in (links.deputy_id, links.manager_id))
