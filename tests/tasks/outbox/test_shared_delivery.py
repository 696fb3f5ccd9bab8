"""Hold that any number of deliveries share the letters, and together open no more connections than they may."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from deployments.sample.portfolio import load_sample
from tasks.outbox.connections import connection_leases
from tasks.outbox.deliver import deliver_due
from tasks.settings import Settings, load_settings
from tests.database_kinds import on_both
from tests.grant_scenes import at, do_round
from tests.mail_server import MailServer
from tests.outbox_scenes import StandingClock, states
from tests.remembered import remembered

DAY = date(2026, 11, 27)


@pytest.fixture(params=["postgresql"])
def engine_kind(request: pytest.FixtureRequest) -> str:
    """Several machines share a PostgreSQL database."""
    return str(request.param)


@pytest.fixture
def told(engine: Engine) -> Engine:
    """The sample after the morning's round, whose letters wait."""

    def fill() -> None:
        load_sample(engine, DAY, at(DAY, 5))
        do_round(engine, DAY)

    remembered(engine, "the sample after its round", fill)
    return engine


def machine(mail: MailServer, folder: Path, **values: int) -> Settings:
    """Return the settings of a machine that delivers."""
    return load_settings(home=folder, secret_keys="the key of the tests' machines", **mail.settings, **values)


def test_deliveries_share_the_letters_and_the_connections(told: Engine, tmp_path: Path) -> None:
    open_at_once: Counter[int] = Counter()
    mail = MailServer(delay=0.05, watch=lambda *_: open_at_once.update([mail.open_connections]))
    clock = StandingClock(at(DAY, 8))

    async def all_at_once() -> None:
        settings = machine(mail, tmp_path, smtp_connections=1, smtp_connections_in_all=2)
        await asyncio.gather(*(deliver_due(told, settings, clock) for _ in range(4)))

    with mail.running():
        asyncio.run(all_at_once())
    assert len(mail.accepted) == len(set(mail.message_ids())) > 4
    assert set(states(told)) == {"accepted"}
    assert max(open_at_once) <= 2


def test_delivery_waits_for_a_connection_and_takes_over_from_one_that_dies(
    told: Engine, mail: MailServer, tmp_path: Path
) -> None:
    settings = machine(mail, tmp_path, smtp_connections=1, smtp_connections_in_all=1)
    clock, stop = StandingClock(at(DAY, 8)), asyncio.Event()

    async def meet() -> None:
        with connection_leases(told, settings) as dying:
            assert dying.take() == 1
            with connection_leases(told, settings) as other:
                assert other.take() == 0
            delivery = asyncio.create_task(deliver_due(told, settings, clock, stop))
            done, _ = await asyncio.wait([delivery], timeout=1)
            assert (done, mail.accepted) == (set(), [])
        assert (await delivery).accepted == len(mail.accepted) > 4

    asyncio.run(meet())


def test_delivery_that_finds_no_connection_ends_with_the_letters(
    told: Engine, mail: MailServer, tmp_path: Path
) -> None:
    settings = machine(mail, tmp_path, smtp_connections=1, smtp_connections_in_all=1)
    before = StandingClock(at(DAY) - timedelta(days=1))
    with connection_leases(told, settings) as other:
        assert other.take() == 1
        assert asyncio.run(deliver_due(told, settings, before)).accepted == 0
    assert mail.connections == 0


@on_both
def test_lone_delivery_has_all_that_it_may(engine: Engine, mail: MailServer, tmp_path: Path) -> None:
    with connection_leases(engine, machine(mail, tmp_path, smtp_connections=7)) as leases:
        assert leases.take() == 7
