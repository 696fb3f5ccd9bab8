"""What is said of a replay's script."""

from __future__ import annotations

from models.message import Message


class Replayed(Message):
    """What goes otherwise than a replay's script says."""

    NOT_REFUSED = "%(place)s: it must be refused, and was not"
