"""What is said where nobody can find, or do, what was typed."""

from __future__ import annotations

from models.message import Message


class Offered(Message):
    """What can be chosen instead."""

    NO_STEP = "%(grant)s has no step that is called that and is to be done; it has: %(there)s"
    NO_NUMBER = "say which part by its number"
    ONE_SUM = "give the sum that the decision adds or the whole award after it, not both"
    IN_FUTURE = "%(day)s lies in the future"
    NO_CHOICE = "choose one of: %(there)s"
