"""What must be true of an office in spite of its machines' faults; each by its number in the design's list."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from models.tables.columns import table_of
from models.tables.letter import DeliveryAttempt
from models.vocabulary import LetterKind, LetterStatus
from tasks.store.database import AnyRow, reading
from tasks.store.journal import broken_links
from tasks.watch.tampering import rows_amiss
from tests.grant_scenes import LETTER, NOTICE, at, people_named
from tests.simulation.machines import FaultyOffice
from tests.simulation.office.watch import HAS_TASKS, Watcher

ATTEMPT = table_of(DeliveryAttempt)
_HELD = (LetterStatus.CLAIMED, LetterStatus.HANDING_OVER)
_FAILED = (LetterStatus.BOUNCED, LetterStatus.POISONED)

_LETTERS = select(
    *(LETTER.c[name] for name in ("id", "kind", "person_id", "letter_on", "status", "lease_until_at")),
    HAS_TASKS.label("has_tasks"),
)
_ENDS = select(*(LETTER.c[name] for name in ("id", "status", "queued_at", "ended_at", "failure_told_at")))
_ABOUT_FAILED = select(NOTICE.c.letter_id).where(NOTICE.c.detail["undelivered"].as_string().is_not(None))
_CARRIED = select(NOTICE.c.letter_id)
_FAILED_NOTICES = select(NOTICE.c.step_id, NOTICE.c.due_on).where(NOTICE.c.failed_at.is_not(None))
_ACCEPTED = select(LETTER.c.message_id).where(LETTER.c.status == LetterStatus.ACCEPTED)
_UNSURE = (
    select(LETTER.c.message_id)
    .join(ATTEMPT, ATTEMPT.c.letter_id == LETTER.c.id)
    .where(ATTEMPT.c.outcome == "unconfirmed")
)


class FaultWatcher(Watcher):
    """Looks at an office whose letters may fail, and whose server remembers what it took."""

    office: FaultyOffice

    def look(self) -> None:
        """Hold what holds without faults, and what the mail server saw."""
        super().look()
        with reading(self.office.engine) as connection:
            self._repeats(connection)

    def _letters(self, connection: Connection) -> None:
        """Hold 3 and 4: one letter of tasks a person and day, save about letters that failed; none waits too long."""
        about_failed = set(connection.execute(_ABOUT_FAILED).scalars())
        letters = connection.execute(_LETTERS).all()
        tasks = Counter(
            (one.person_id, one.letter_on) for one in letters if one.has_tasks and one.id not in about_failed
        )
        assert max(tasks.values(), default=0) <= 1, "two letters of tasks in a day"
        carried = set(connection.execute(_CARRIED).scalars())
        telling = {one.id for one in letters if one.kind != LetterKind.WEEK}
        assert telling == carried, "a letter without a notice"
        now = at(self.office.today, 15)
        for one in letters:
            assert one.status not in _HELD or one.lease_until_at > now - timedelta(days=2), "a letter is held"

    def told_otherwise(self, connection: Connection) -> Collection[tuple[int, date]]:
        """Return the steps of which a notice did not arrive: the next person is told the same rung on another day."""
        return {(row.step_id, row.due_on) for row in connection.execute(_FAILED_NOTICES)}

    def _repeats(self, connection: Connection) -> None:
        """Hold 5: the server took a letter twice only where that is logged, and what we call accepted it has."""
        taken = Counter(one.message_id.strip("<").split("@")[0] for one in self.office.server.accepted)
        unsure = set(connection.execute(_UNSURE).scalars())
        backups = len(self.office.restored)
        for message_id, count in taken.items():
            # Two deliveries at once may both tell the administrator, by the same mail.
            most = 1 + (message_id in unsure or message_id.startswith("alarm.")) + 2 * backups
            assert count <= most, f"the server took {message_id} {count} times"
        claimed = set(connection.execute(_ACCEPTED).scalars()) - self.office.before
        assert claimed <= set(taken), "a letter is called accepted that the server never took"


def hold_after_quiet(office: FaultyOffice) -> None:
    """Hold what is true once no fault has come for a while: every letter ended, and its failure was told.

    The events from before the seed were held when they were lived.
    """
    head = office.start.head
    with reading(office.engine) as connection:
        assert list(broken_links(connection, head)) == [], "the journal's chain is broken"
        assert list(rows_amiss(connection)) == [], "a row holds what the journal does not say"
        assert people_named(connection, after=head[0]) == [], "the journal names a person"
        may_be_torn = office.struck["disk"] or office.struck["real kill"]
        if may_be_torn and connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        letters = connection.execute(_ENDS).all()
    _hold_ended(office, letters)


def _hold_ended(office: FaultyOffice, letters: Sequence[AnyRow]) -> None:
    now = at(office.today, 10)
    for one in letters:
        assert one.status not in _HELD, f"letter {one.id} is {one.status} for ever"
        waits: Any = one.status == LetterStatus.QUEUED and one.queued_at < now - timedelta(days=5)
        assert not waits, f"letter {one.id} waits since {one.queued_at}"
        untold = (
            one.status in _FAILED and one.failure_told_at is None and one.ended_at < now - timedelta(days=4)
        )
        assert not untold, f"nobody was told that letter {one.id} is {one.status}"
