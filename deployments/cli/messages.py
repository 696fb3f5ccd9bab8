"""What is said of how commands are called."""

from __future__ import annotations

from models.message import Message


class Cli(Message):
    """What is wrong with how a command is called."""

    NOTHING_TO_PLAY = "%(name)s: it has no 'script' and no dates to play"
