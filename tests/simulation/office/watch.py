"""Look at the rows of a simulated office, and say what is not as it must be."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, func, select
from sqlmodel import SQLModel

from models.notice_kinds import AT_ONCE
from models.programme.plan import RungRule
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.plan import calendar_of
from models.rules.notices.ladder import LadderStep, find_rung_day
from models.rules.notices.recipients import decide_reached
from models.rules.steps.order import has_come
from models.tables.columns import table_of
from models.tables.grant import ProgrammeVersion
from models.tables.journal import JournalEvent
from models.tables.money import InstalmentCondition
from models.vocabulary import (
    NOTICE_LETTERS,
    UNSETTLED,
    LetterKind,
    LetterStatus,
    NoticeKind,
    StepKind,
    StepStatus,
)
from tasks.round.days import Counts, is_day_off
from tasks.store.database import AnyRow, reading
from tasks.store.journal import broken_links
from tasks.store.people import load_people
from tasks.store.programmes import load_programmes
from tasks.watch.tampering import rows_amiss
from tests.grant_scenes import (
    GRANT,
    INSTALMENT,
    LETTER,
    NOTICE,
    PERSON,
    STEP,
    ZONE,
    at,
    do_round,
    people_named,
)
from tests.simulation.office.office import BEGINS, Chances, Office, released
from tests.simulation.office.work import see_to

EVENT, CONDITION = table_of(JournalEvent), table_of(InstalmentCondition)
CALENDAR = WorkCalendar("SE")
# Nobody waits longer than this for a life to end.
# Among so many rounds two are on a working day of every country.
_LATELY = 10
LONGEST = timedelta(days=20 * 365)
# Letters that carry a notice of the day's tasks.
HAS_TASKS = LETTER.c.id.in_(select(NOTICE.c.letter_id).where(NOTICE.c.kind.not_in(AT_ONCE)))
# How many notices the letters carry that have left lately; people first, as the index of letters has them.
_LEFT = (
    select(NOTICE.c.letter_id, func.count())
    .join(LETTER, LETTER.c.id == NOTICE.c.letter_id)
    .where(
        LETTER.c.person_id.in_(select(PERSON.c.id)),
        LETTER.c.letter_on >= bindparam("since"),
        LETTER.c.status != LetterStatus.QUEUED,
    )
    .group_by(NOTICE.c.letter_id)
)
_OPEN_STEPS = (
    select(
        *(
            STEP.c[name]
            for name in ("id", "key", "ladder", "due_on", "opens_on", "next_action_on", "owner_id")
        ),
        *(STEP.c[name] for name in ("phase", "kind", "promised_on")),
        *(GRANT.c[name] for name in ("programme_id", "reference", "awarded_on")),
    )
    .join(GRANT, GRANT.c.id == STEP.c.grant_id)
    .where(GRANT.c.status == "open", STEP.c.status.in_(UNSETTLED))
)
_OPENED = (
    select(EVENT.c.step_id, func.max(EVENT.c.on))
    .join(GRANT, GRANT.c.id == EVENT.c.grant_id)
    .where(EVENT.c.event == "step_opened", EVENT.c.on > GRANT.c.opened_on)
    .group_by(EVENT.c.step_id)
)
_NOTICES = (
    select(
        *(
            NOTICE.c[name]
            for name in ("step_id", "due_on", "rung", "position", "kind", "person_id", "told_on")
        ),
        LETTER.c.kind.label("letter_kind"),
        LETTER.c.person_id.label("reader_id"),
    )
    .join(LETTER, LETTER.c.id == NOTICE.c.letter_id)
    .where(NOTICE.c.step_id.in_(select(NOTICE.c.step_id).where(NOTICE.c.told_on >= bindparam("since"))))
)
_PARTS = select(INSTALMENT, GRANT.c.award_minor, GRANT.c.status.label("grant_status")).join(
    GRANT, GRANT.c.id == INSTALMENT.c.grant_id
)
_CONDITIONS = select(CONDITION.c.instalment_id, STEP.c.status).join(STEP, STEP.c.id == CONDITION.c.step_id)
_UNSETTLED = select(STEP.c.grant_id).where(STEP.c.status.in_(UNSETTLED))
_GRANTS = select(*(GRANT.c[name] for name in ("id", "reference", "status", "closed_on")))
_VERSIONS = select(table_of(ProgrammeVersion).c.id)
_ESCALATED = select(NOTICE.c.step_id, NOTICE.c.due_on).where(NOTICE.c.kind == NoticeKind.ESCALATION)
_UNPAID = (
    select(GRANT.c.reference, *(INSTALMENT.c[name] for name in ("number", "rule", "status", "amount_minor")))
    .join(INSTALMENT, INSTALMENT.c.grant_id == GRANT.c.id)
    .where(GRANT.c.status == "closed", INSTALMENT.c.amount_minor > 0)
    .where(
        (INSTALMENT.c.status != "paid")
        | (INSTALMENT.c.paid_minor < INSTALMENT.c.amount_minor) & INSTALMENT.c.no_more_why.is_(None)
    )
)


# What becomes of a letter in a life without faults, where no mail server is set.
_AS_IT_SHOULD = (LetterStatus.QUEUED, LetterStatus.ACCEPTED, LetterStatus.CAPTURED, LetterStatus.CANCELLED)


class Watcher:
    """Looks at the rows of an office, whole on every `every`th day on which something happened."""

    def __init__(self, office: Office, every: int = 1) -> None:
        self.office, self.every = office, every
        self.looks = 0
        self.rounds: list[date] = []
        self.sent: dict[int, int] = {}
        self._ladders: dict[tuple[int, str], list[RungRule]] = {}
        office.after_delivery = self.after_delivery

    # After the round, before people do anything.

    def after_the_round(self) -> None:
        """Hold what a round leaves: everyone told, everyone reachable, and twice is once."""
        today = self.office.today
        self.rounds.append(today)
        assert self.office.counts.failed == 0, "the round failed somewhere"
        if len(self.rounds) % self.every:
            return
        with reading(self.office.engine) as connection:
            steps = connection.execute(_OPEN_STEPS).all()
            assert list(self._unseen(steps)) == [], "a step was not looked at"
            assert list(self._untold(connection, steps)) == [], "a missed step was not told"
            assert list(self._unreachable(connection, steps)) == [], "a step's owner cannot be reached"
        if len(self.rounds) % min(40 * self.every, 200) == 0:
            before = _as_stored(self.office.engine)
            # It may look at a step again whose grant is planned again each morning: it finds nothing to do.
            again = replace(do_round(self.office.engine, today), due=0)
            assert again == Counts(), "a second round found something"
            assert _as_stored(self.office.engine) == before, "a second round changed something"

    def _unseen(self, steps: Sequence[AnyRow]) -> Iterator[str]:
        for step in steps:
            if step.next_action_on is not None and step.next_action_on <= self.office.today:
                yield f"{step.reference} {step.key}"

    def _untold(self, connection: Connection, steps: Sequence[AnyRow]) -> Iterator[str]:
        """Yield steps whose first escalation was due before the last two rounds ran, and was not told.

        Rounds on a day off of the programme's own calendar tell nobody of its steps: they do not count.
        """
        if any((step.programme_id, step.ladder) not in self._ladders for step in steps):
            self._ladders = _ladders(connection)
        ladders = self._ladders
        told = _escalations(connection)
        opened = dict(connection.execute(_OPENED).all())
        for step in steps:
            if step.due_on is None:
                continue
            first = next((one for one in ladders[step.programme_id, step.ladder] if one.escalates), None)
            if first is None:
                continue
            calendar = calendar_of(self.office.lives[step.reference].programme)
            counted = [day for day in self.rounds[-_LATELY:] if calendar.is_working(day)]
            if len(counted) < 2:
                continue
            last_but_one = counted[-2]
            # Nobody hears of what comes after the award before there was one.
            awarded_on = step.awarded_on if step.awarded_on and step.awarded_on < last_but_one else None
            if not has_come(step.phase, step.kind, awarded_on):
                continue
            facts = LadderStep(
                step.due_on, step.opens_on, promised_on=step.promised_on, opened_on=opened.get(step.id)
            )
            due = find_rung_day(first, facts, calendar)
            late = due <= last_but_one and not told.get((step.id, step.due_on))
            if late and self._stood_so_before(connection, step, last_but_one):
                yield f"{step.reference} {step.key} due {step.due_on}"

    def _stood_so_before(self, connection: Connection, step: AnyRow, day: date) -> bool:
        """Return whether nothing happened to the step since the day."""
        touched = select(EVENT.c.id).where(
            EVENT.c.step_id == step.id, EVENT.c.on >= day, EVENT.c.event.not_like("%_queued")
        )
        return connection.execute(touched.limit(1)).first() is None

    def _unreachable(self, connection: Connection, steps: Sequence[AnyRow]) -> Iterator[str]:
        today = self.office.today
        people = load_people(connection, {step.owner_id for step in steps if step.owner_id}, today)
        for step in steps:
            owner = people.get(step.owner_id or 0)
            if owner is None or owner.is_gone(today) or decide_reached(owner.id, people, today) is None:
                yield f"{step.reference} {step.key} with {step.owner_id}"

    def after_delivery(self) -> None:
        """Note how many notices the letters carry that have left."""
        with reading(self.office.engine) as connection:
            for letter, count in connection.execute(_LEFT, {"since": self.office.today - timedelta(days=4)}):
                self.sent.setdefault(letter, count)

    # At the end of the day.

    def at_the_end_of_the_day(self) -> None:
        """Hold what must be true whatever people did."""
        self.looks += 1
        if self.looks % self.every == 0:
            self.look()

    def look(self) -> None:
        """Hold it now."""
        with reading(self.office.engine) as connection:
            self._money(connection)
            self._letters(connection)
            self._notices(connection)
            self._settled(connection)

    def _money(self, connection: Connection) -> None:
        """Hold the sums, and that nothing conditional is out but on approvals and two people."""
        rows = connection.execute(_PARTS).all()
        sums: dict[int, int] = defaultdict(int)
        awards: dict[int, int | None] = {}
        for row in rows:
            sums[row.grant_id] += row.amount_minor or 0
            awards[row.grant_id] = row.award_minor
            assert row.paid_minor is None or row.paid_minor <= row.amount_minor
            if row.conditional and released(row.status):
                assert None not in (row.requested_by_id, row.confirmed_by_id)
                assert row.requested_by_id != row.confirmed_by_id, "one person released money"
        # What a claim leaves stays with the funder, and what no decision has said yet is nobody's.
        loose = {row.grant_id for row in rows if row.share in ("claimed", "kept") or row.amount_minor is None}
        for grant, award in awards.items():
            assert sums[grant] <= (award or 0), "the instalments are more than the award"
            assert grant in loose or sums[grant] == (award or 0), "the instalments do not add up to the award"
        out = {row.id: row for row in rows if row.conditional and released(row.status)}
        for condition in connection.execute(_CONDITIONS):
            part = out.get(condition.instalment_id)
            if part is not None and condition.status != StepStatus.APPROVED:
                assert self._recovers(connection, part), "money is out on an approval that is not there"

    def _recovers(self, connection: Connection, part: Row[Any]) -> bool:
        query = select(STEP.c.id).where(
            STEP.c.grant_id == part.grant_id, STEP.c.kind == "recovery", STEP.c.instalment == part.number
        )
        return connection.execute(query).first() is not None

    def _letters(self, connection: Connection) -> None:
        """Hold that nobody gets two letters of tasks a day, two at once, or one on a day off; none is stuck."""
        lately = (LETTER.c.letter_on >= self.office.today - timedelta(days=1)) | (LETTER.c.status == "queued")
        letters = connection.execute(select(LETTER, HAS_TASKS.label("has_tasks")).where(lately)).all()
        tasks = Counter((row.person_id, row.letter_on) for row in letters if row.has_tasks)
        assert max(tasks.values(), default=0) <= 1, "two letters of tasks in a day"
        joined = (row for row in letters if row.ended_at and row.kind != LetterKind.WEEK)
        together = Counter((row.person_id, row.ended_at) for row in joined)
        assert max(together.values(), default=0) <= 1, "two letters to one person at once"
        weekly = Counter((row.person_id, row.letter_on) for row in letters if row.kind == LetterKind.WEEK)
        assert max(weekly.values(), default=0) <= 1, "two letters of a week"
        late = at(self.office.today, 10) - timedelta(days=5)
        for row in letters:
            assert row.status in _AS_IT_SHOULD, row.status
            assert row.status != LetterStatus.QUEUED or row.next_attempt_at > late, "a letter is stuck"
            assert self._is_working(connection, row), "a letter on a day off"
            left_on = None if row.ended_at is None else row.ended_at.astimezone(ZONE).date()
            cancelled = row.status == LetterStatus.CANCELLED
            assert left_on is None or cancelled or left_on >= row.letter_on, "a letter left before its day"
        ids = {row.id for row in letters if row.kind != LetterKind.WEEK}
        carried = Counter(
            connection.execute(select(NOTICE.c.letter_id).where(NOTICE.c.letter_id.in_(ids))).scalars()
        )
        assert set(carried) == ids, "a letter without a notice"
        grown = [one for one in ids if carried[one] != self.sent.get(one, carried[one])]
        assert grown == [], "a notice in a letter that had left"

    def _is_working(self, connection: Connection, letter: AnyRow) -> bool:
        """Return whether the letter's day is a working day, here or by the calendar of one of its programmes."""
        if not is_day_off(letter.letter_on):
            return True
        about = (
            select(GRANT.c.reference)
            .join(STEP, STEP.c.grant_id == GRANT.c.id)
            .join(NOTICE, NOTICE.c.step_id == STEP.c.id)
            .where(NOTICE.c.letter_id == letter.id)
        )
        programmes = [self.office.lives[one].programme for one in connection.execute(about).scalars()]
        return any(calendar_of(programme).is_working(letter.letter_on) for programme in programmes)

    def _notices(self, connection: Connection) -> None:
        """Hold that each is made once, in the right letter, and that escalations rise a rung a working day."""
        since = self.office.today - timedelta(days=3 * (self.every - 1))
        rows = connection.execute(_NOTICES, {"since": since}).all()
        assert max(Counter((r.step_id, r.due_on, r.rung, r.person_id) for r in rows).values(), default=1) == 1
        for row in rows:
            needed = AT_ONCE.get(row.kind, LetterKind.TASKS)
            grave_enough = NOTICE_LETTERS.index(row.letter_kind) >= NOTICE_LETTERS.index(needed)
            assert grave_enough, "a notice in the wrong letter"
            assert row.reader_id == row.person_id
        for step, climb in _climbs(rows).items():
            if step not in self.told_otherwise(connection):
                _hold_climb(climb)

    def told_otherwise(self, connection: Connection) -> Collection[tuple[int, date]]:
        """Return the steps, with their due dates, that somebody was told of because a letter failed: none here."""
        return ()

    def _settled(self, connection: Connection) -> None:
        """Hold that what ended has nothing open, and what is open is closed when nothing is."""
        open_steps = {row.grant_id for row in connection.execute(_UNSETTLED)}
        for grant in connection.execute(_GRANTS):
            assert (grant.status == "open") == (grant.id in open_steps), (
                f"{grant.reference} is {grant.status}"
            )
            assert (grant.closed_on is None) == (grant.status == "open")
        found = [row for row in connection.execute(_UNPAID) if self._is_paid_in_a_step(row)]
        assert found == [], f"a grant is closed with money outstanding: {found}"

    def _is_paid_in_a_step(self, part: AnyRow) -> bool:
        """Return whether the programme has a step for the payment; some end with the claim."""
        programme = self.office.lives[part.reference].programme
        last = max(one.number for one in programme.instalments)  # an added one is like it
        paid = {rule.instalment for rule in programme.steps if rule.kind is StepKind.PAYMENT}
        return (part.rule or last) in paid


@cache
def _all_rows() -> dict[str, str]:
    """Return the query of each table's rows, as text: they are read as the database has them."""
    return {
        name: str(select(table).order_by(*table.primary_key))
        for name, table in SQLModel.metadata.tables.items()
        if name != "day_round"  # how many steps were looked at
    }


def _as_stored(engine: Engine) -> dict[str, Sequence[Row[Any]]]:
    """Return every row of every table."""
    with reading(engine) as connection:
        return {name: connection.exec_driver_sql(query).all() for name, query in _all_rows().items()}


def _ladders(connection: Connection) -> dict[tuple[int, str], list[RungRule]]:
    versions = load_programmes(connection, connection.execute(_VERSIONS).scalars())
    return {
        (version, name): list(rungs)
        for version, recorded in versions.items()
        for name, rungs in recorded.ladders.items()
    }


def _escalations(connection: Connection) -> Counter[tuple[int, date]]:
    return Counter((row.step_id, row.due_on) for row in connection.execute(_ESCALATED))


Climb = dict[int, list[AnyRow]]


def _climbs(rows: Sequence[AnyRow]) -> dict[tuple[int, date], Climb]:
    """Return the escalations of each step and due date, by rung."""
    found: dict[tuple[int, date], Climb] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.kind == NoticeKind.ESCALATION:
            found[row.step_id, row.due_on][row.position].append(row)
    return found


def _hold_climb(climb: Climb) -> None:
    positions = sorted(climb)
    assert positions == list(range(positions[0], positions[0] + len(positions))), "a rung was skipped"
    days = []
    above: set[int] = set()
    for position in positions:
        told = climb[position]
        assert len({row.told_on for row in told}) == 1, "a rung was told on two days"
        days.append(told[0].told_on)
        people = {row.person_id for row in told}
        assert len(people) <= 2, "a rung told more than the owner and one above"
        assert len(people & above) <= 1, "a rung went up to someone who was told before"
        above |= people
    for one, following in pairwise(days):
        assert CALENDAR.between(one, following) >= 1, "two rungs in a working day"


def hold_the_end(office: Office, watcher: Watcher) -> dict[str, str]:
    """Hold what must be true when all is lived; return why each grant that is still open goes no further."""
    watcher.look()
    with reading(office.engine) as connection:
        assert list(broken_links(connection)) == [], "the journal's chain is broken"
        assert list(rows_amiss(connection)) == [], "a row holds what the journal does not say"
        assert people_named(connection) == [], "the journal names a person"
        waiting = connection.execute(
            select(LETTER.c.id).where(LETTER.c.status.in_(("queued", "claimed", "handing_over")))
        ).all()
        assert waiting == [], "a letter never left"
        stuck: dict[str, list[AnyRow]] = defaultdict(list)
        for step in connection.execute(_OPEN_STEPS.add_columns(STEP.c.receipt)):
            stuck[step.reference].append(step)
    ends = {}
    for reference, steps in stuck.items():
        waiting_for = [step for step in steps if step.due_on is None and step.receipt["form"] == "waits"]
        keys = {step.key for step in steps}
        # What waits for another step here is not the root of it: a date that nobody gave is.
        roots = [one for one in waiting_for if one.receipt["anchor"].removesuffix(".done") not in keys]
        assert roots, (
            f"{reference} is stuck, and nothing says why: {[(one.key, one.due_on) for one in steps]}"
        )
        ends[reference] = f"waits {roots[0].receipt['anchor']}"
    return ends


def live(
    engine: Engine,
    chances: Chances,
    every: int = 1,
    each_day: Callable[[Office, list[date]], None] = lambda office, rounds: None,
) -> tuple[Office, dict[str, str]]:
    """Let an office live, and look at it; return it with why each grant that is still open goes no further.

    `each_day` is called before each day with the office and the days of its rounds. A failure says the seed, the day
    and what was done on it.
    """
    office = Office(engine, chances, see_to)
    watcher = Watcher(office, every)
    try:
        while not office.is_over() and office.today < BEGINS + LONGEST:
            each_day(office, watcher.rounds)
            office.live_a_day(watcher.after_the_round)
            if office.ran or office.did:
                watcher.at_the_end_of_the_day()
            office.tomorrow()
        for life in office.lives.values():
            life.surprises.clear()
        for _ in range(7):  # the last letters
            office.live_a_day(lambda: None)
            office.tomorrow()
        return office, hold_the_end(office, watcher)
    except BaseException as error:
        done = "; ".join(office.did) or "nothing was done"
        error.add_note(f"seed {chances.seed}, {office.today}, {len(chances.numbers)} grants: {done}")
        raise
