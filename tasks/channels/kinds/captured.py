"""Keep letters in the database for the portal's mailbox: nothing leaves a fresh install by accident."""

from dataclasses import dataclass

from models.facts.worded_letter import FinishedLetter
from models.rules.delivery.retry import ServerReply
from models.vocabulary import AttemptOutcome, SmtpStage
from tasks.channels.channel import Begins, Channel
from tasks.settings import Settings


@dataclass(frozen=True, slots=True)
class CapturedChannel:
    """The portal's mailbox: a letter that is marked has its bytes in the database already."""

    at_once: int = 10
    taken: AttemptOutcome = AttemptOutcome.CAPTURED

    async def open(self) -> None:
        """There is nothing to open."""

    async def send(self, letter: FinishedLetter, begins: Begins) -> ServerReply:
        """Keep a letter."""
        begins()
        return ServerReply(SmtpStage.DATA, 250)

    async def close(self) -> None:
        """There is nothing to close."""


def make_channel(settings: Settings) -> Channel:
    """Return the mailbox, which needs no settings."""
    return CapturedChannel()
