"""Letters of an office that has no mail server yet, or lost the setting that names it."""

import asyncio
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.errors import LettersHeld
from models.rules.watch.findings import FindingKind
from tasks.outbox.deliver import DeliveryReport, deliver
from tasks.outbox.route import count_untold, find_closed_route
from tasks.overview.explanation import explain_step
from tasks.settings import Settings
from tasks.store.database import reading
from tasks.store.foundation import mark_sample
from tasks.watch.audit import AuditMoment, audit
from tasks.watch.last_findings import keep_findings
from tasks.words.translator import translator
from tests.grant_scenes import LETTER, NOTICE, ZONE, a_grant_that_was, at, do_round
from tests.letter_scenes import SETTINGS
from tests.mail_server import MailServer
from tests.outbox_scenes import rows, states

# The follow-up of the first quarter is due on Friday 30 April 2010.
STEP = "follow-up-2010-q1"
REMINDED, DUE, LATE, LATER, ENDED = (
    date(2010, 4, 23),
    date(2010, 4, 29),
    date(2010, 5, 3),
    date(2010, 5, 10),
    date(2010, 6, 30),
)


def mailing(server: MailServer) -> Settings:
    """Return settings with a mail server."""
    return SETTINGS.model_copy(
        update={"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_tls": "none"}
    )


@pytest.fixture
def engine_kind() -> str:
    """SQLite will do: the outbox is held on both."""
    return "sqlite"


def morning(engine: Engine, on: date, settings: Settings = SETTINGS) -> DeliveryReport:
    """Run a day's round, and deliver its letters."""
    do_round(engine, on)
    return deliver(engine, settings, lambda: at(on, 8))


def rungs(engine: Engine) -> list[tuple[str, int, bool]]:
    """Return the rungs told of the step: name, place in the ladder, and whether its letter reached nobody."""
    return [
        (row.rung, row.position, row.failed_at is not None) for row in rows(engine, NOTICE) if row.letter_id
    ]


def untold(engine: Engine, on: date) -> list[str]:
    """Return of what the watch says that nobody was told."""
    found = audit(engine, AuditMoment(on, at(on, 10), ZONE))
    return [str(one.where) for one in found if one.kind is FindingKind.LATE_UNTOLD]


@pytest.mark.parametrize("sample", [False, True], ids=["an office", "a sample"])
def test_captured_letter_is_no_sent_one_and_tells_only_in_a_sample(engine: Engine, sample: bool) -> None:
    a_grant_that_was(engine, "first paid")
    if sample:
        mark_sample(engine)
    report = morning(engine, REMINDED)
    count = len(rows(engine, LETTER))
    assert (report, set(states(engine))) == (DeliveryReport(captured=count), {"captured"})
    assert report.said_in("sv").startswith(f"{count} sparade i ")
    assert {one[2] for one in rungs(engine)} == {not sample}
    with reading(engine) as connection:
        assert count_untold(connection) == (0 if sample else count)
    said = [one for one in explain_step(engine, "REF-1", STEP, REMINDED).sentences if "mailbox" in one]
    assert ["was told" in one for one in said] == [sample]
    for on in (LATE, LATER):
        morning(engine, on)
    assert bool(untold(engine, LATER)) is not sample
    # A letter goes on from those before it that reached somebody.
    assert any(b"References:" in row.content for row in rows(engine, LETTER)) is sample


def test_office_that_gets_a_mail_server_tells_again_what_is_due_and_sends_nothing_old(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    days = (REMINDED, DUE, LATE, LATER, ENDED)
    captured = sum(morning(engine, on).captured for on in days)
    before = rungs(engine)
    assert captured == len(rows(engine, LETTER))
    # The same morning twice, and the next one: no rung is written twice while there is no mail server.
    morning(engine, ENDED)
    assert rungs(engine) == before
    with MailServer().running() as server:
        settings = mailing(server)
        on = date(2010, 7, 1)
        assert deliver(engine, settings, lambda: at(on, 6)) == DeliveryReport()
        assert [one[1] for one in rungs(engine)] == [0] * len(before)
        assert morning(engine, on, settings).accepted == len(server.accepted) > 0
        assert states(engine).count("captured") == captured
        # Told once: neither the same day nor the delivery after it repeats it.
        left = len(server.accepted)
        morning(engine, on, settings)
        assert len(server.accepted) == left
    assert untold(engine, on) == []


def test_database_that_has_mailed_captures_nothing_and_says_so(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    with MailServer().running() as server:
        assert morning(engine, REMINDED, mailing(server)).accepted == len(server.accepted) > 0
    do_round(engine, DUE)
    with pytest.raises(LettersHeld, match="GRANTS_SMTP_HOST names no mail server now; set it again"):
        deliver(engine, SETTINGS, lambda: at(DUE, 8))
    by_channel = SETTINGS.model_copy(update={"smtp_host": "127.0.0.1", "channel": "captured"})
    with pytest.raises(LettersHeld, match="GRANTS_CHANNEL is 'captured' now; unset it"):
        deliver(engine, by_channel, lambda: at(DUE, 8))
    assert "captured" not in states(engine)
    assert states(engine)[-1] == "queued"
    closed = asyncio.run(find_closed_route(engine, SETTINGS, at(DUE, 9)))
    assert closed is not None
    assert closed.finding.kind is FindingKind.MAIL_DOWN
    with MailServer().running() as server:
        assert deliver(engine, mailing(server), lambda: at(DUE, 10)).accepted > 0


def test_mail_server_that_is_gone_is_gone_since_the_first_watch_that_asked(
    sqlite: Engine, tmp_path: Path
) -> None:
    with MailServer().running() as server:
        settings = mailing(server).model_copy(update={"home": tmp_path})
        assert asyncio.run(find_closed_route(sqlite, settings, at(DUE, 9))) is None
    first = asyncio.run(find_closed_route(sqlite, settings, at(DUE, 10)))
    assert first is not None
    say = translator("sv")
    keep_findings(
        settings.watch_folder, [first.finding], {}, at(DUE, 10).isoformat(), DUE, say, {}, first.since
    )
    second = asyncio.run(find_closed_route(sqlite, settings, at(DUE, 11)))
    assert second is not None
    assert second == first
    assert f"the mail server 127.0.0.1:{settings.smtp_port}: it has not worked since 2010-04-29 10:00" in str(
        second.finding
    )
