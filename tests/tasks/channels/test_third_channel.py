"""A third channel is one file: this one takes letters by carrier pigeon, and no other file knows of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.facts.letter_outcome import FinishedLetter
from models.rules.delivery.retry import ServerReply
from models.vocabulary import AttemptOutcome, LetterStatus, NoticeKind, SmtpStage
from tasks.channels.channel import Channel, Mark
from tasks.channels.registry import CHANNELS
from tasks.outbox.deliver import DeliveryReport, deliver
from tasks.settings import Settings, load_settings
from tasks.store.database import transaction
from tests.letter_scenes import a_scene
from tests.outbox_scenes import StandingClock, outcomes, states


@dataclass
class Pigeons:
    """A loft of pigeons, each of which carries one letter; a letter of more than it can carry is refused."""

    at_once: int = 3
    taken: AttemptOutcome = AttemptOutcome.ACCEPTED
    strength: int = 100_000
    carried: list[str] = field(default_factory=list)

    async def open(self) -> None:
        """Open the loft."""

    async def send(self, letter: FinishedLetter, mark: Mark) -> ServerReply | None:
        """Let a pigeon fly."""
        if len(letter.content) > self.strength:
            return ServerReply(SmtpStage.RCPT, 552, "5.3.4 too heavy")
        if not await mark():
            return None
        self.carried.append(letter.recipient)
        return ServerReply(SmtpStage.DATA, 250, "it has flown")

    async def close(self) -> None:
        """Close the loft."""


@pytest.mark.parametrize(
    ("strength", "state"), [(100_000, LetterStatus.ACCEPTED), (10, LetterStatus.BOUNCED)]
)
def test_letters_leave_by_the_channel_that_the_settings_name(
    sqlite: Engine,
    clock: StandingClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    strength: int,
    state: LetterStatus,
) -> None:
    pigeons = Pigeons(strength=strength)

    def loft(settings: Settings) -> Channel:
        return pigeons

    monkeypatch.setitem(CHANNELS, "pigeons", loft)
    with transaction(sqlite) as connection:
        a_scene(connection).letter("coordinator", ("report", NoticeKind.REMINDER, {}))
    settings = load_settings(home=tmp_path, channel="pigeons", secret_keys="a key of the tests")
    report = deliver(sqlite, settings, clock)
    if state is LetterStatus.ACCEPTED:
        assert (report, len(pigeons.carried)) == (DeliveryReport(accepted=1), 1)
        assert outcomes(sqlite) == [("accepted", "data", 250)]
    else:
        # The deputy's letter is as heavy.
        assert (report.bounced, report.failures_told, pigeons.carried) == (2, 1, [])
    assert states(sqlite)[0] == state
