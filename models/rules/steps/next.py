"""Tell whose move a grant waits for, and which of its steps wait for a date or a sum that no decision gave."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

from models.vocabulary import InstalmentStatus, Phase, StepKind

if TYPE_CHECKING:
    from datetime import date


class MoveRow(Protocol):
    """An unsettled step, as whoever asks has it: a row of the table, or a part of one."""

    @property
    def key(self) -> str:
        """Its key in the grant."""

    @property
    def template_key(self) -> str:
        """Its key in the programme."""

    @property
    def phase(self) -> str:
        """The phase that it belongs to."""

    @property
    def kind(self) -> str:
        """What is done in it."""

    @property
    def instalment(self) -> int | None:
        """The number of the instalment that it is about."""

    @property
    def due_on(self) -> date | None:
        """When it is due; None while that is not known."""

    @property
    def with_funder(self) -> bool:
        """Whether it is the funder's own."""

    @property
    def owner_role(self) -> str:
        """The role that has it."""


class ShareRow(Protocol):
    """An instalment, as whoever asks has it."""

    @property
    def number(self) -> int:
        """Its number in the grant."""

    @property
    def amount_minor(self) -> int | None:
        """Its sum; None while it is not known."""

    @property
    def share(self) -> str:
        """Which part of the award it is, as the programme says it."""

    @property
    def status(self) -> str:
        """How far it has come."""

    @property
    def requested_by_id(self) -> int | None:
        """The first of the two people who release it."""


def ball_with(following: MoveRow | None, instalments: Iterable[ShareRow]) -> str | None:
    """Return who has the next move: "funder", a role, or whoever must still confirm a release; None where all is done.

    `following` is the next step that is not settled.
    """
    if following is None:
        return None
    for row in instalments:
        if row.status == InstalmentStatus.RELEASABLE and following.phase == Phase.RELEASE:
            return "second person" if row.requested_by_id else "two people to confirm the release"
    return "funder" if following.with_funder else following.owner_role


def undated(
    unsettled: Iterable[MoveRow], instalments: Collection[ShareRow], awaits: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the steps that wait for a date, or for an instalment's sum, that a decision must give, with its name.

    `awaits` is the date that each step counts from and a decision gives, by the step's key in the programme.
    """
    unstated = {
        row.number for row in instalments if row.amount_minor is None and row.share.startswith("at most ")
    }
    for step in unsettled:
        if step.due_on is not None:
            continue
        if step.template_key in awaits:
            yield step.key, awaits[step.template_key]
        elif step.kind == StepKind.CLAIM and step.instalment in unstated:
            yield step.key, f"the sum of instalment {step.instalment}"
