"""What commands act on: one grant, or whatever they touch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OnGrant:
    """A command about the grant with the reference, which its handler gets locked."""

    grant: str


@dataclass(frozen=True, slots=True)
class OnMany:
    """A command that acts on whatever it touches, all or none."""
