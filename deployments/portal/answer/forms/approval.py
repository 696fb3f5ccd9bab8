"""The forms by which a report is approved, or sent back to be corrected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Self

from deployments.portal.answer.fields import Field
from deployments.portal.answer.form import Act
from deployments.portal.answer.forms.step import StepForm, about_step
from deployments.portal.answer.step_facts import StepFacts
from models.commands.steps import Approve, Return


@dataclass(frozen=True, slots=True)
class ApproveForm(StepForm):
    """The report is approved."""

    act: ClassVar[Act] = Act.APPROVE

    def command(self) -> Approve:
        """Return the answer: who approves has seen one version, and another made meanwhile is not approved by it."""
        day, version = self.day("approved_on"), self.about.version
        return Approve(**self.said(), paper_on=day, report_version=version)

    @classmethod
    def of(cls, facts: StepFacts, today: date) -> Self:
        """Return the form."""
        begun = about_step(facts)
        return cls(
            **begun | {"about": replace(begun["about"], version=facts.report_version)},
            fields=(*_answered_on(facts, "approved_on", today), Field("note", "text", required=False)),
        )


@dataclass(frozen=True, slots=True)
class ReturnForm(StepForm):
    """The report must be corrected."""

    act: ClassVar[Act] = Act.RETURN

    def command(self) -> Return:
        """Return the answer."""
        return Return(**self.said(), paper_on=self.day("returned_on"))

    @classmethod
    def of(cls, facts: StepFacts, today: date) -> Self:
        """Return the form; a body here sends it back on the page, also between two meetings."""
        days = _answered_on(facts, "returned_on", today) if facts.row.with_funder else ()
        return cls(**about_step(facts), fields=(*days, Field("note", "text")))


def _answered_on(facts: StepFacts, name: str, today: date) -> Iterator[Field]:
    """Yield the day of the paper that an approval or a return stands on; one given on the page is today's."""
    if facts.row.with_funder or (facts.rule is not None and facts.rule.body is not None):
        yield Field(name, "date", earliest=facts.reported_on, latest=today)
