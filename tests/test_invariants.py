"""Let an office live through a year and a half by chance, and hold what must be true at the end of each day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Row, select

from flows.working_day import Counts, day_off
from models.columns import table_of
from models.grant import Rung
from models.instalment import InstalmentCondition
from models.journal import JournalEvent
from models.rules.ladder import RungFacts, StepFacts, rung_day
from models.rules.reach import decide_reached
from models.rules.workdays import WorkCalendar
from models.step import Answer
from models.vocabulary import UNSETTLED, LetterKind, LetterStatus, NoticeKind, StepStatus
from tasks.database import AnyRow, reading
from tasks.journal_book import broken_links
from tasks.people_lookup import load_people
from tests.builders import a_database
from tests.grant_scenes import GRANT, INSTALMENT, LETTER, NOTICE, STEP, at, do_round, dump
from tests.simulated_office import BEGINS, MONTHS, Office, released

EVENT, CONDITION, RUNG = table_of(JournalEvent), table_of(InstalmentCondition), table_of(Rung)
CALENDAR = WorkCalendar()
ENDS = BEGINS + timedelta(days=30 * MONTHS)
MONEY = {NoticeKind.CONFIRM_RELEASE, NoticeKind.RELEASED, NoticeKind.PAID, NoticeKind.WITHDRAWN}
PARTS = {
    NoticeKind.DECIDED: LetterKind.DECISION,
    **dict.fromkeys(MONEY, LetterKind.MONEY),
}


class Watcher:
    """Looks at the rows of an office and says what is not as it must be."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.rounds: list[date] = []
        self.sent: dict[int, int] = {}
        office.after_delivery = self.after_delivery

    # After the round, before people do anything.

    def after_the_round(self) -> None:
        """Hold what a round leaves: everyone told, everyone reachable, and twice is once."""
        today = self.office.today
        self.rounds.append(today)
        assert self.office.counts.failed == 0, "the round failed somewhere"
        with reading(self.office.engine) as connection:
            steps = _open_steps(connection)
            assert list(self._unseen(steps)) == [], "a step was not looked at"
            assert list(self._untold(connection, steps)) == [], "a missed step was not told"
            assert list(self._unreachable(connection, steps)) == [], "a step's owner cannot be reached"
        if len(self.rounds) % 30 == 0:
            before = dump(self.office.engine)
            assert do_round(self.office.engine, today) == Counts(), "a second round found something"
            assert dump(self.office.engine) == before, "a second round changed something"

    def _unseen(self, steps: Sequence[AnyRow]) -> Iterator[str]:
        for step in steps:
            if step.next_action_on is not None and step.next_action_on <= self.office.today:
                yield f"{step.reference} {step.key}"

    def _untold(self, connection: Connection, steps: Sequence[AnyRow]) -> Iterator[str]:
        """Yield steps whose first escalation was due before the last two rounds ran, and was not told."""
        if len(self.rounds) < 2:
            return
        last_but_one = self.rounds[-2]
        ladders = _ladders(connection)
        told = _escalations(connection)
        for step in steps:
            if step.due_on is None:
                continue
            first = next(rung for rung in ladders[step.programme_id, step.ladder] if rung.escalates)
            due = rung_day(first, StepFacts(step.due_on, step.opens_on), CALENDAR)
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
            lately = (LETTER.c.status != LetterStatus.QUEUED) & (
                LETTER.c.letter_on >= self.office.today - timedelta(days=4)
            )
            left = select(NOTICE.c.letter_id).join(LETTER, LETTER.c.id == NOTICE.c.letter_id).where(lately)
            for letter, count in Counter(connection.execute(left).scalars()).items():
                self.sent.setdefault(letter, count)

    # At the end of the day.

    def at_the_end_of_the_day(self) -> None:
        """Hold what must be true whatever people did."""
        with reading(self.office.engine) as connection:
            self._money(connection)
            self._letters(connection)
            self._notices(connection)
            self._settled(connection)
            if self.office.today.day in (1, 15):
                assert list(broken_links(connection)) == [], "the journal's chain is broken"

    def _money(self, connection: Connection) -> None:
        """Hold the sums, and that nothing conditional is out but on approvals and two people."""
        query = select(INSTALMENT, GRANT.c.award_minor, GRANT.c.status.label("grant_status"))
        rows = connection.execute(query.join(GRANT, GRANT.c.id == INSTALMENT.c.grant_id)).all()
        sums: dict[int, int] = defaultdict(int)
        awards: dict[int, int | None] = {}
        for row in rows:
            sums[row.grant_id] += row.amount_minor or 0
            awards[row.grant_id] = row.award_minor
            assert row.paid_minor is None or row.paid_minor <= row.amount_minor
            if row.conditional and released(row.status):
                assert None not in (row.requested_by_id, row.confirmed_by_id)
                assert row.requested_by_id != row.confirmed_by_id, "one person released money"
        for grant, award in awards.items():
            assert sums[grant] == (award or 0), "the instalments do not add up to the award"
        out = {row.id: row for row in rows if row.conditional and released(row.status)}
        for condition in connection.execute(
            select(CONDITION.c.instalment_id, STEP.c.status, STEP.c.grant_id, STEP.c.done_on).join(
                STEP, STEP.c.id == CONDITION.c.step_id
            )
        ):
            part = out.get(condition.instalment_id)
            if part is not None and condition.status != StepStatus.APPROVED:
                assert self._recovers(connection, part), "money is out on an approval that is not there"

    def _recovers(self, connection: Connection, part: Row[Any]) -> bool:
        query = select(STEP.c.id).where(
            STEP.c.grant_id == part.grant_id, STEP.c.kind == "recovery", STEP.c.instalment == part.number
        )
        return connection.execute(query).first() is not None

    def _letters(self, connection: Connection) -> None:
        """Hold that nobody gets two letters of tasks a day, none on a day off, and that none is stuck."""
        lately = (LETTER.c.letter_on >= self.office.today - timedelta(days=1)) | (LETTER.c.status == "queued")
        columns = (LETTER.c.id, LETTER.c.kind, LETTER.c.person_id, LETTER.c.letter_on, LETTER.c.status)
        letters = connection.execute(select(*columns, LETTER.c.next_attempt_at).where(lately)).all()
        tasks = Counter((row.person_id, row.letter_on) for row in letters if row.kind == LetterKind.TASKS)
        assert max(tasks.values(), default=0) <= 1, "two letters of tasks in a day"
        late = at(self.office.today, 10) - timedelta(days=5)
        for row in letters:
            assert row.status in (LetterStatus.QUEUED, LetterStatus.ACCEPTED, LetterStatus.CANCELLED), (
                row.status
            )
            assert row.status != LetterStatus.QUEUED or row.next_attempt_at > late, "a letter is stuck"
            assert day_off(row.letter_on) is None, "a letter on a day off"
        ids = {row.id for row in letters}
        carried = Counter(
            connection.execute(select(NOTICE.c.letter_id).where(NOTICE.c.letter_id.in_(ids))).scalars()
        )
        assert set(carried) == ids, "a letter without a notice"
        grown = [one for one in ids if carried[one] != self.sent.get(one, carried[one])]
        assert grown == [], "a notice in a letter that had left"

    def _notices(self, connection: Connection) -> None:
        """Hold that each is made once, in the right letter, and that escalations rise a rung a working day."""
        told_today = select(NOTICE.c.step_id).where(NOTICE.c.told_on >= self.office.today)
        rows = connection.execute(
            select(NOTICE, LETTER.c.kind.label("letter_kind"), LETTER.c.person_id.label("reader_id"))
            .join(LETTER, LETTER.c.id == NOTICE.c.letter_id)
            .where(NOTICE.c.step_id.in_(told_today))
        ).all()
        assert max(Counter((r.step_id, r.due_on, r.rung, r.person_id) for r in rows).values(), default=1) == 1
        for row in rows:
            assert row.letter_kind == PARTS.get(row.kind, LetterKind.TASKS), "a notice in the wrong letter"
            assert row.reader_id == row.person_id
        for climb in _climbs(rows).values():
            _hold_climb(climb)

    def _settled(self, connection: Connection) -> None:
        """Hold that what ended has nothing open, and what is open is closed when nothing is."""
        open_steps = {
            row.grant_id
            for row in connection.execute(select(STEP.c.grant_id).where(STEP.c.status.in_(UNSETTLED)))
        }
        for grant in connection.execute(select(GRANT)):
            assert (grant.status == "open") == (grant.id in open_steps), (
                f"{grant.reference} is {grant.status}"
            )
            assert (grant.closed_on is None) == (grant.status == "open")
        unpaid = (
            select(GRANT.c.reference)
            .join(INSTALMENT, INSTALMENT.c.grant_id == GRANT.c.id)
            .where(GRANT.c.status == "closed", INSTALMENT.c.status != "paid")
        )
        assert connection.execute(unpaid).all() == [], "a grant is closed with money outstanding"


def _open_steps(connection: Connection) -> Sequence[AnyRow]:
    query = (
        select(STEP, GRANT.c.programme_id, GRANT.c.reference)
        .join(GRANT, GRANT.c.id == STEP.c.grant_id)
        .where(GRANT.c.status == "open", STEP.c.status.in_(UNSETTLED))
    )
    return connection.execute(query).all()


def _ladders(connection: Connection) -> dict[tuple[int, str], list[RungFacts]]:
    found: dict[tuple[int, str], list[RungFacts]] = defaultdict(list)
    for row in connection.execute(select(RUNG).order_by(RUNG.c.position)):
        rung = RungFacts(row.position, row.key, row.shift, row.unit, tuple(row.to_roles))
        found[row.programme_id, row.ladder].append(rung)
    return found


def _escalations(connection: Connection) -> Counter[tuple[int, date]]:
    query = select(NOTICE.c.step_id, NOTICE.c.due_on).where(NOTICE.c.kind == NoticeKind.ESCALATION)
    return Counter((row.step_id, row.due_on) for row in connection.execute(query))


Climb = dict[int, list[Row[Any]]]


def _climbs(rows: Sequence[Row[Any]]) -> dict[tuple[int, date], Climb]:
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


@pytest.mark.parametrize("seed", [20101008])
def test_office_lives_by_the_rules(seed: int, tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    _hold_that_enough_happened(live(engine, seed, grants=30))
    engine.dispose()


def live(engine: Engine, seed: int, grants: int) -> Office:
    """Let an office live, and look at it every day; a failure says the seed, the day and what was done."""
    office = Office(engine, seed, grants)
    watcher = Watcher(office)
    try:
        while office.today < ENDS:
            office.live_a_day(watcher.after_the_round)
            if office.ran or office.did:
                watcher.at_the_end_of_the_day()
            office.tomorrow()
    except BaseException as error:
        error.add_note(f"seed {seed}, {office.today}: {'; '.join(office.did) or 'nothing was done'}")
        raise
    return office


def _hold_that_enough_happened(office: Office) -> None:
    """Hold that the life was not empty: an invariant over nothing proves nothing."""
    with reading(office.engine) as connection:
        statuses = Counter(row.status for row in connection.execute(select(GRANT.c.status)))
        answers = Counter(row.kind for row in connection.execute(select(table_of(Answer).c.kind)))
        notices = Counter(row.kind for row in connection.execute(select(NOTICE.c.kind)))
        events = Counter(row.event for row in connection.execute(select(EVENT.c.event)))
    assert statuses["closed"] >= 3
    assert min(answers[kind] for kind in ("done", "not_yet", "not_me", "approved", "returned")) >= 3
    wanted = ("reminder", "escalation", "stand_in", "handed_over", "returned", "decided", "released", "moved")
    assert all(notices[kind] for kind in wanted), notices
    happened = (
        "recovery_opened",
        "grant_reopened",
        "instalment_added",
        "grant_withdrawn",
        "release_requested",
    )
    assert all(events[name] for name in happened), events
