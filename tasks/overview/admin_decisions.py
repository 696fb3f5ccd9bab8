"""Find the decisions that wait: all of them for an administrator, or those in the grants that one sees."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import chain, groupby
from operator import itemgetter

from sqlalchemy import ColumnElement, Connection, Select, String, bindparam, cast, func, select

from models.rules.dates.committee import UNKNOWN_AHEAD
from models.rules.dates.planned_meeting import read_planned_meeting
from models.rules.watch.findings import FindingKind, LetterAstray, find_letters_astray
from models.tables.columns import table_of
from models.tables.grant import Decision, Grant
from models.tables.letter import Notice
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import DecisionKind, InstalmentStatus
from tasks.overview.titles import step_titles
from tasks.store.database import AnyRow
from tasks.store.lateness import written_out
from tasks.store.programmes import load_programmes
from tasks.store.queries import (
    HOLDS,
    IS_MEETING_UNKNOWN,
    IS_RUNNING,
    IS_UNSETTLED,
    OPEN_APPROVAL,
)
from tasks.watch.letters import letters_not_ended_well
from tasks.words.translator import Translator, capitalised

_GRANT, _STEP, _PART, _DECISION = (table_of(model) for model in (Grant, Step, Instalment, Decision))
_NOTICE = table_of(Notice)
# A page shows this many of each kind, and says how many more there are.
MOST_OF_A_KIND = 50
_LETTERS = (FindingKind.LETTER_UNCONFIRMED, FindingKind.LETTER_BOUNCED, FindingKind.LETTER_POISONED)


class Awaited(StrEnum):
    """What is waiting."""

    SECOND_PERSON = "second_person"
    RELEASE = "release"
    DATE = "date"
    READING = "reading"
    MEETING = "meeting"
    LETTER_UNCONFIRMED = "letter_unconfirmed"
    LETTER_BOUNCED = "letter_bounced"
    LETTER_POISONED = "letter_poisoned"
    IMPORT = "import"


# The act that settles it, by name; a release has a card of its own, and a letter its own page.
SETTLED_BY = {
    Awaited.DATE: "correct",
    Awaited.READING: "confirm-reading",
    Awaited.MEETING: "add-meeting",
    Awaited.IMPORT: "confirm-import",
}


@dataclass(frozen=True, slots=True)
class WaitingDecision:
    """A decision that waits, with its grant and step.

    `about` names what it concerns within the step: a date, a letter's or instalment's number;
    `days` are those to choose between. `of` is the id of what its page is about: the grant, the
    committee or the letter.
    """

    kind: Awaited
    reference: str
    step: str = ""
    about: str = ""
    on: date | None = None
    of: int = 0
    days: tuple[str, ...] = ()

    @property
    def act(self) -> str:
        """The name of the act that settles it by a form of the desk; empty if there is none."""
        return SETTLED_BY.get(self.kind, "")

    @property
    def path(self) -> str:
        """The portal's path where it is settled; empty if that is on the grant's page."""
        if not self.of:
            return ""
        return f"/desk/{self.act}/{self.of}" if self.act else f"/mailbox/{self.of}"


@dataclass(frozen=True, slots=True)
class WaitingDecisions:
    """The decisions that wait, money first, and how many `more` there are where all grants are asked for."""

    rows: tuple[WaitingDecision, ...]
    more: int


def find_waiting(
    connection: Connection,
    today: date,
    now: datetime,
    seen: ColumnElement[bool] | None = None,
    wanted: Collection[Awaited] = tuple(Awaited),
) -> WaitingDecisions:
    """Return the decisions that wait on a day, a limited number of each kind, in the grants that are `seen`.

    `seen` is a condition on grants; if it is None, those of every grant, and letters too. What is not `wanted` is not
    looked for.
    """
    kinds = (
        (Awaited.RELEASE, _RELEASES, _release),
        (Awaited.DATE, _UNDATED, _undated),
        (Awaited.READING, _READINGS, _reading),
        (Awaited.MEETING, _unknown_meetings(today), _meeting),
        (Awaited.IMPORT, _QUIET, _import),
    )
    rows: list[WaitingDecision] = []
    more = 0
    for kind, query, shape in kinds:
        if kind not in wanted:
            continue
        among = query if seen is None else query.where(seen)
        matches = connection.execute(among.limit(MOST_OF_A_KIND)).all()
        rows += chain.from_iterable(shape(row) for row in matches)
        if seen is None and len(matches) == MOST_OF_A_KIND:
            # Apart: counted with the rows, all of them would be read and sorted.
            every = among.with_only_columns(func.count()).order_by(None)
            more += connection.execute(every).scalar_one() - MOST_OF_A_KIND
    if seen is not None:
        return WaitingDecisions(tuple(rows), more)
    astray = [
        (letter, finding.kind)
        for letter in letters_not_ended_well(connection, today, now)
        for finding in find_letters_astray([letter], now)
        if finding.kind in _LETTERS
    ]
    rows += [_letter(connection, letter, how) for letter, how in astray[:MOST_OF_A_KIND]]
    return WaitingDecisions(tuple(rows), more + max(0, len(astray) - MOST_OF_A_KIND))


def word_waiting(connection: Connection, waiting: WaitingDecisions, say: Translator) -> WaitingDecisions:
    """Return them with steps and dates called by their titles, for the person who decides."""
    references = {row.reference for row in waiting.rows}
    titles = step_titles(connection, references, say)
    query = select(_GRANT.c.reference, _GRANT.c.programme_id).where(_GRANT.c.reference.in_(references))
    version_of = {row.reference: row.programme_id for row in connection.execute(query)}
    programmes = load_programmes(connection, set(version_of.values()))

    def worded(decision: WaitingDecision) -> WaitingDecision:
        step = capitalised(titles.get((decision.reference, decision.step), decision.step))
        dates = programmes[version_of[decision.reference]].dates if decision.kind is Awaited.DATE else {}
        about = (
            dates[decision.about].title.in_language(say.language)
            if decision.about in dates
            else decision.about
        )
        return replace(decision, step=step, about=about)

    return replace(waiting, rows=tuple(map(worded, waiting.rows)))


_RELEASES = (
    select(_GRANT.c.reference, _PART.c.number, _PART.c.requested_by_id, _PART.c.requested_on)
    .join(_GRANT, _GRANT.c.id == _PART.c.grant_id)
    .where(_PART.c.status == written_out(InstalmentStatus.RELEASABLE))
    .order_by(_PART.c.requested_by_id.is_(None), _GRANT.c.reference_key, _PART.c.number)
)


def _release(row: AnyRow) -> Iterator[WaitingDecision]:
    kind = Awaited.RELEASE if row.requested_by_id is None else Awaited.SECOND_PERSON
    yield WaitingDecision(kind, row.reference, about=str(row.number), on=row.requested_on)


_UNDATED = (
    select(_GRANT.c.id, _GRANT.c.reference, _GRANT.c.undated, _DECISION.c.decided_on)
    .join(_DECISION, _DECISION.c.grant_id == _GRANT.c.id)
    .where(IS_RUNNING, cast(_GRANT.c.undated, String) != "[]", _DECISION.c.kind == DecisionKind.AWARD, HOLDS)
    .order_by(_GRANT.c.reference_key)
)


def _undated(row: AnyRow) -> Iterator[WaitingDecision]:
    for name, steps in groupby(sorted(row.undated, key=itemgetter(1)), itemgetter(1)):
        step = next(steps)[0]
        yield WaitingDecision(
            kind=Awaited.DATE,
            reference=row.reference,
            step=step,
            about=name,
            on=row.decided_on,
            of=row.id,
        )


_OF_STEPS = (
    select(
        _GRANT.c.id, _GRANT.c.recipient_id, _GRANT.c.reference, _STEP.c.key, _STEP.c.due_on, _STEP.c.receipt
    )
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .where(IS_RUNNING, IS_UNSETTLED)
    .order_by(_STEP.c.due_on, _STEP.c.id)
)
_READINGS = _OF_STEPS.where(_STEP.c.two_readings_on.is_not(None))


def _reading(row: AnyRow) -> Iterator[WaitingDecision]:
    days = tuple(row.receipt.get("readings", ()))  # none while a claim waits for its sum
    if days:
        yield WaitingDecision(
            kind=Awaited.READING,
            reference=row.reference,
            step=row.key,
            on=row.due_on,
            days=days,
            of=row.id,
        )


def _unknown_meetings(today: date) -> Select[object]:
    near = _STEP.c.due_on <= today + UNKNOWN_AHEAD
    return _OF_STEPS.where(*OPEN_APPROVAL, near, IS_MEETING_UNKNOWN)


def _meeting(row: AnyRow) -> Iterator[WaitingDecision]:
    meeting = read_planned_meeting(row.receipt)
    if meeting is not None:
        about = (row.reference, row.key)
        yield WaitingDecision(Awaited.MEETING, *about, on=meeting.needed_on, of=row.recipient_id)


_QUIET = (
    select(_GRANT.c.id, _GRANT.c.reference).where(_GRANT.c.quiet, IS_RUNNING).order_by(_GRANT.c.reference_key)
)


def _import(row: AnyRow) -> Iterator[WaitingDecision]:
    yield WaitingDecision(Awaited.IMPORT, row.reference, of=row.id)


_ABOUT = (
    select(_GRANT.c.reference, _STEP.c.key)
    .join(_STEP, _STEP.c.grant_id == _GRANT.c.id)
    .join(_NOTICE, _NOTICE.c.step_id == _STEP.c.id)
    .where(_NOTICE.c.letter_id == bindparam("letter_id"))
    .order_by(_NOTICE.c.id)
    .limit(1)
)


def _letter(connection: Connection, letter: LetterAstray, kind: FindingKind) -> WaitingDecision:
    about = connection.execute(_ABOUT, {"letter_id": letter.id}).first()
    on = (letter.ended_at or letter.queued_at).date()
    reference, step = about or ("", "")
    return WaitingDecision(
        kind=Awaited(str(kind)), reference=reference, step=step, about=str(letter.id), on=on, of=letter.id
    )
