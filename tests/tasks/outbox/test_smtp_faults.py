"""A hundred faults of a mail server that lasts for five days: how the letter ends, and who is told."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.vocabulary import NoticeKind
from tasks.channels import kinds
from tasks.outbox.deliver import deliver_due
from tasks.settings import Settings, load_settings
from tasks.store.database import transaction
from tasks.watch.alarms import filed_alarms
from tests.added_kinds import an_added_kind
from tests.databases import a_copy
from tests.letter_scenes import a_scene
from tests.mail_server import DROP, STALL, TAKE_AND_DROP, TAKE_AND_STALL, Fault, MailServer
from tests.outbox_scenes import LETTER, PERSON, StandingClock, rows

OWNER, DEPUTY = "Handläggaren", "Ersättaren"
# Who hears of it: the deputy of the letter's reader, the administrator, or who looks at what is unconfirmed.
SHOWN: frozenset[str] = frozenset()
PERSONS, ROUTE = frozenset({"deputy"}), frozenset({"administrator"})
BOTH = PERSONS | ROUTE

# Stage, answers, how the letter ends, and who is told. What comes before the first recipient is the same for all.
TABLE = [
    ("connect", ("554 5.3.2 No", "421 4.3.2 Busy", "450 Later", DROP, STALL, "hello"), "bounced", BOTH),
    ("ehlo", ("502 What?", "550 5.7.1 Who?", "421 4.3.2 Down", "450 Later", DROP, STALL), "bounced", BOTH),
    ("mail", ("530 5.7.0 Log in", "535 5.7.8 No", "550 5.7.1 No", "552 5.2.2 No", "553 No"), "bounced", BOTH),
    ("mail", ("554 5.7.1 No", "555 5.5.4 No", "421 4.3.2 Down", DROP, STALL), "bounced", BOTH),
    ("mail", ("450 4.2.1 Later", "451 4.3.0 Later", "452 4.3.1 Full", "455 No"), "bounced", BOTH),
    ("mail", ("354 Go ahead", "hello", "150 Wait", "299 Odd", "999 Odd"), "bounced", BOTH),
    ("rcpt", ("450 4.2.1 Later", "451 4.7.1 Greylisted", "452 4.2.2 Full", "454 4.7.0 Later"), "bounced", PERSONS),
    ("rcpt", ("500 5.5.2 What?", "501 5.1.3 No", "503 5.5.1 No", "504 5.5.4 No", "521 5.3.2 No"), "bounced", PERSONS),
    ("rcpt", ("530 5.7.0 Log in", "534 5.7.9 No", "535 5.7.8 No", "538 5.7.11 No"), "bounced", PERSONS),
    ("rcpt", ("550 5.1.1 Unknown", "550 Unknown", "551 Moved", "553 No", "554 5.1.1 No"), "bounced", PERSONS),
    ("rcpt", ("550 5.2.1 Disabled", "550 5.2.2 Full", "550 5.7.1 Relaying", "550 5.1.8 No"), "bounced", PERSONS),
    ("rcpt", ("552 5.2.2 Full", "552 Full", "554 5.7.1 No", "554 No", "556 5.1.10 No"), "bounced", PERSONS),
    ("rcpt", (DROP, STALL, "354 Go ahead", "hello", "252 Perhaps", "150 Wait"), "bounced", PERSONS),
    ("rcpt", ("421 4.3.2 Down",), "bounced", PERSONS),
    ("data", ("450 4.2.1 Later", "451 4.3.0 Later", "452 4.3.1 Full"), "bounced", PERSONS),
    ("data", ("500 5.5.2 What?", "503 5.5.1 No", "530 5.7.0 Log in", "535 5.7.8 No"), "bounced", PERSONS),
    ("data", ("550 5.7.1 No", "550 5.1.1 Unknown", "552 5.3.4 Large", "554 5.6.0 No"), "bounced", PERSONS),
    ("data", ("421 4.3.2 Down",), "bounced", PERSONS),
    ("data", (DROP, STALL, "250 What?", "hello", "150 Wait"), "unconfirmed", SHOWN),
    ("dot", ("450 4.2.1 Later", "451 4.7.1 Later", "452 4.3.1 Full"), "bounced", PERSONS),
    ("dot", ("500 5.5.2 What?", "530 5.7.0 Log in", "535 5.7.8 No", "550 No"), "bounced", PERSONS),
    ("dot", ("550 5.1.1 Unknown", "550 5.7.1 Spam", "552 5.3.4 Large", "554 5.7.1 Spam"), "bounced", PERSONS),
    ("dot", ("554 5.6.0 No", "554 No", "571 5.7.1 No"), "bounced", PERSONS),
    ("dot", ("421 4.3.2 Down",), "bounced", PERSONS),
    ("dot", (DROP, TAKE_AND_DROP, STALL, TAKE_AND_STALL, "354 More?", "hello", "251 Odd"), "unconfirmed", SHOWN),
]  # fmt: skip
FAULTS = [(stage, act, end, told) for stage, acts, end, told in TABLE for act in acts]


def queue_two(engine: Engine) -> None:
    """Queue a reminder to the owner of a report, and one to somebody to whom letters arrive."""
    with transaction(engine) as connection:
        scene = a_scene(connection)
        scene.letter("coordinator", ("report", NoticeKind.REMINDER, {}))
        scene.letter("secretary", ("committee", NoticeKind.REMINDER, {}))


# A channel that waits for no server longer than so many seconds.
IMPATIENT = """
from dataclasses import replace

from tasks.channels.kinds.email import EmailChannel, server_of


def make_channel(settings):
    return EmailChannel(replace(server_of(settings), timeout=SECONDS, data_timeout=SECONDS))
"""


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Yield settings of an office with an administrator."""
    with (
        an_added_kind(kinds, tmp_path, "impatient", f"SECONDS = 1.0\n{IMPATIENT}"),
        an_added_kind(kinds, tmp_path, "hasty", f"SECONDS = 0.05\n{IMPATIENT}"),
    ):
        yield load_settings(
            home=tmp_path,
            smtp_host="127.0.0.1",
            smtp_tls="none",
            secret_keys="a key of the tests",
            admin_email="admin@example.org",
        )


@pytest.mark.parametrize(("stage", "act", "end", "told"), FAULTS)
def test_letter_that_does_not_arrive_is_told(
    tmp_path: Path, settings: Settings, stage: str, act: str, end: str, told: frozenset[str]
) -> None:
    engine = a_copy("sqlite", "two-letters", queue_two, tmp_path)
    people = {row.id: row.name for row in rows(engine, PERSON)}
    owner = next(row.email for row in rows(engine, PERSON) if row.name == OWNER)
    before_rcpt = stage in ("connect", "ehlo", "mail")
    clock = StandingClock()
    with MailServer([Fault(stage, act, "" if before_rcpt else owner)]).running() as server:
        # Before a recipient no letter passes, so there is nothing to wait for; after it the other letters have to pass.
        impatient = "hasty" if before_rcpt else "impatient"
        patience = impatient if act in (STALL, TAKE_AND_STALL) else "email"
        to_server = settings.model_copy(update={"smtp_port": server.port, "channel": patience})
        for _ in range(6):
            asyncio.run(deliver_due(engine, to_server, clock))
            clock.pass_by(days=1)
    letters = {people[row.person_id]: row.status for row in rows(engine, LETTER)}
    assert letters[OWNER] == end
    heard = {"deputy"} if DEPUTY in letters else set()
    heard |= {"administrator"} if filed_alarms(settings) else set()
    assert heard == told
    if not before_rcpt:
        assert letters["Nämndsekreteraren"] == "accepted"
        assert letters.get(DEPUTY, "accepted") == "accepted"
    engine.dispose()


def test_there_are_a_hundred_faults() -> None:
    assert len(FAULTS) == len({one[:2] for one in FAULTS}) >= 100
