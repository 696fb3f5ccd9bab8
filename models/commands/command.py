"""What a command acts on: one grant, or rows of many."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OnGrant:
    """A command about the grant with the reference; its handler gets that grant locked."""

    grant: str


@dataclass(frozen=True, slots=True)
class OnInstalment(OnGrant):
    """A command about one of the grant's instalments, by its number."""

    instalment: int


@dataclass(frozen=True, slots=True)
class OnMany:
    """A command about several grants, or about people, meetings and bodies; all of it is done, or nothing."""
