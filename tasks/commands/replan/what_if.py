"""Show what a change moves before it is made: the dates, letters and payments of the grants that it touches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Self

from sqlmodel import Session, col, select

from models.reading.fields import Words
from models.rules.dates.plan import calendar_of
from models.rules.notices.ladder import days_ahead
from models.tables.person import Person
from models.vocabulary import OUT, UNSETTLED, GrantStatus, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork, ladder_facts
from tasks.commands.replan.date_notices import (
    add_missing_date_notices,
    add_no_meeting_notices,
    due_days,
    tell_what_is_new,
    tell_what_moved,
)
from tasks.commands.replan.steps import replan
from tasks.people.notices import notices_to_make


class What(StrEnum):
    """What a change can move; a table lists them in this order."""

    STEP = "step"  # it is added, or taken out
    DATE = "date"
    OPENS = "opens"
    PAYMENT = "payment"  # a sum, what it waits for, or the day by which it is claimed or expected
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class Change:
    """Something of a grant that is another after the change; None where it is not there.

    `name` is a step's key or an instalment's number, `detail` a letter's rung or what of a payment.
    """

    grant: str
    what: What
    name: str
    detail: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Notified:
    """A person who is told of the change at once, about which step, and with what kind of notice."""

    grant: str
    email: str
    step: str
    kind: str


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a change moves, and who is told of it at once.

    After a decision also what none says yet: the dates that steps wait for, with their titles, and the instalments
    whose sums it must say.
    """

    changes: tuple[Change, ...] = ()
    told: tuple[Notified, ...] = ()
    unsaid: tuple[tuple[str, Words], ...] = ()
    unstated: tuple[int, ...] = ()

    @classmethod
    def joined(cls, parts: Sequence[Consequences]) -> Self:
        """Return the consequences for many grants, each part those for one."""
        return cls(
            tuple(change for one in parts for change in one.changes),
            tuple(person for one in parts for person in one.told),
        )

    @property
    def moved_days(self) -> list[tuple[str, str | None, str | None]]:
        """The due dates that move: the step's key, the day before and the day after."""
        due = {(What.DATE, ""), (What.PAYMENT, "by")}
        return [(one.name, one.before, one.after) for one in self.changes if (one.what, one.detail) in due]

    def as_json(self) -> dict[str, object]:
        """Return them as plain JSON values."""
        return {
            "changes": [asdict(one) for one in self.changes],
            "told": [asdict(one) for one in self.told],
            "unsaid": [name for name, _ in self.unsaid],
            "unstated": list(self.unstated),
        }


NOTHING = Consequences()
Picture = Mapping[tuple[What, str, str], str]


def act_and_compare(
    work: GrantAtWork, act: Callable[[GrantAtWork], str | None], by_id: int | None = None
) -> Consequences:
    """Make the change inside the caller's transaction, add what is to be told, and return what it moves.

    `act` makes the change and returns why, in words for those who are told that a date of theirs moves. One that
    returns None has changed nothing, and nothing is planned for it.
    """

    def change() -> bool:
        dates, awarded = due_days(work), work.grant.award_minor is not None
        reason = act(work)
        if reason is None:
            return False
        replan(work)
        tell_what_moved(work, dates, by_id, reason)
        if awarded:
            tell_what_is_new(work, [key for key, day in dates.items() if day is not None], reason)
        return True

    return compare_around(work, change)


def compare_around(work: GrantAtWork, change: Callable[[], bool | None]) -> Consequences:
    """Make a change that replans the grant and adds what is told of it; return what it moves.

    A change that returns False has changed nothing.
    """
    before = picture_of(work)
    said = {(one.step_id, one.rung, one.person_id) for one in work.notices}
    if change() is False:
        return NOTHING
    add_no_meeting_notices(work)
    add_missing_date_notices(work)
    since = [one for one in work.notices if (one.step_id, one.rung, one.person_id) not in said]
    fresh = notices_to_make(work.session.connection(), since) if since else []
    keys = {step.id: key for key, step in work.steps.items()}
    emails = _emails(work.session, {one.person_id for one in fresh})
    reference = work.grant.reference
    told = {
        Notified(reference, emails[one.person_id], keys.get(one.step_id, ""), str(one.kind)): None
        for one in fresh
    }
    return Consequences(compare(reference, before, picture_of(work)), tuple(told))


def picture_of(work: GrantAtWork) -> Picture:
    """Return what of a grant a change can move: its steps, their days, its payments, and the letters to come."""
    found: dict[tuple[What, str, str], str] = {}
    for key, step in work.steps.items():
        if step.status is StepStatus.CANCELLED:
            continue
        found[What.STEP, key, ""] = "is there"
        if step.status not in UNSETTLED:
            continue
        pays = step.kind in (StepKind.CLAIM, StepKind.PAYMENT)
        if step.due_on is not None:
            what = (What.PAYMENT, key, "by") if pays else (What.DATE, key, "")
            found[what] = step.due_on.isoformat()
        if step.opens_on is not None:
            found[What.OPENS, key, ""] = step.opens_on.isoformat()
    for part in work.instalments:
        comes = work.grant.status in (GrantStatus.OPEN, GrantStatus.CLOSED) or part.status in OUT[1:]
        if part.amount_minor is not None and comes:
            found[What.PAYMENT, str(part.number), "sum"] = f"{part.amount_minor} {work.grant.currency}"
        if part.conditional and part.status not in OUT:
            found[What.PAYMENT, str(part.number), "waits for"] = ", ".join(
                step.key for step in work.conditions_of(part)
            )
    return {**found, **_letters(work)}


def _letters(work: GrantAtWork) -> Picture:
    """Return the day of each rung that is still to be told."""
    ladders = work.programme.ladders
    calendar, told = calendar_of(work.programme), work.shared.told
    found: dict[tuple[What, str, str], str] = {}
    for key, step in work.steps.items():
        if step.status not in UNSETTLED or step.due_on is None or step.ladder not in ladders:
            continue
        said = [one for one in told.get((step.id or 0, step.due_on), []) if one.position]
        facts = ladder_facts(work, step)
        for rung, day in days_ahead(facts, ladders[step.ladder], said, calendar):
            if day >= work.today:
                found[What.LETTER, key, rung.key] = day.isoformat()
    return found


def compare(reference: str, before: Picture, after: Picture) -> tuple[Change, ...]:
    """Return what is another in the second picture, what lies first in a table first."""
    order = list(What)
    names = list(dict.fromkeys((*before, *after)))
    changed = [
        Change(reference, *name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]
    return tuple(sorted(changed, key=lambda one: order.index(one.what)))


def _emails(session: Session, ids: Iterable[int]) -> dict[int, str]:
    wanted = list(ids)
    if not wanted:
        return {}
    rows = session.exec(select(Person.id, Person.email).where(col(Person.id).in_(wanted)))
    return {person_id: email for person_id, email in rows if person_id is not None}
