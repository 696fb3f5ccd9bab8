"""A third channel is one file: this one takes letters by carrier pigeon, and no other file knows of it."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.vocabulary import LetterStatus, NoticeKind
from tasks.channels import kinds
from tasks.outbox.deliver import DeliveryReport, deliver
from tasks.settings import load_settings
from tasks.store.database import transaction
from tests.added_kinds import an_added_kind
from tests.letter_scenes import a_scene
from tests.outbox_scenes import StandingClock, outcomes, states

# A loft of pigeons, each of which carries one letter; a letter of more than it can carry is refused.
PIGEONS = """
from models.rules.delivery.retry import ServerReply
from models.vocabulary import AttemptOutcome, SmtpStage


class Pigeons:
    at_once = 3
    taken = AttemptOutcome.ACCEPTED

    def __init__(self, loft):
        self.loft = loft

    async def open(self):
        self.loft.touch()

    async def send(self, letter, begins):
        if len(letter.content) > STRENGTH:
            return ServerReply(SmtpStage.RCPT, 552, "5.3.4 too heavy")
        begins()
        with self.loft.open("a") as carried:
            print(letter.recipient, file=carried)
        return ServerReply(SmtpStage.DATA, 250, "it has flown")

    async def close(self):
        pass


def make_channel(settings):
    return Pigeons(settings.home / "loft")
"""


@pytest.mark.parametrize(
    ("strength", "state"), [(100_000, LetterStatus.ACCEPTED), (10, LetterStatus.BOUNCED)]
)
def test_letters_leave_by_the_channel_that_the_settings_name(
    sqlite: Engine,
    clock: StandingClock,
    tmp_path: Path,
    strength: int,
    state: LetterStatus,
) -> None:
    with transaction(sqlite) as connection:
        a_scene(connection).letter("coordinator", ("report", NoticeKind.REMINDER, {}))
    settings = load_settings(home=tmp_path, channel="pigeons", secret_keys="a key of the tests")
    with an_added_kind(kinds, tmp_path, "pigeons", PIGEONS.replace("STRENGTH", str(strength))):
        report = deliver(sqlite, settings, clock)
    carried = (tmp_path / "loft").read_text().split()
    if state is LetterStatus.ACCEPTED:
        assert (report, len(carried)) == (DeliveryReport(accepted=1), 1)
        assert outcomes(sqlite) == [("accepted", "data", 250)]
    else:
        # The deputy's letter is as heavy.
        assert (report.bounced, report.failures_told, carried) == (2, 1, [])
    assert states(sqlite)[0] == state
