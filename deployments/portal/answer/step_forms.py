"""Make a form about a step: what its command knows of the step, and what holds of its fields there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from deployments.portal.answer.answer_faults import Closed
from deployments.portal.answer.form import CardFacts, CardForm
from deployments.portal.forms.context import FormWords
from deployments.portal.web.posted_form import FormTarget
from models.commands.command import OnInstalment
from models.commands.items import Item
from models.commands.steps import StepAnswer
from models.forms.spec import Act, begin
from models.tables.columns import id_of
from models.vocabulary import StepKind
from tasks.words.translator import Translator

Override = Mapping[Any, Any] | None


@dataclass(frozen=True, slots=True)
class StepForms:
    """What the forms of a step's card are made of; `closed` is why the step cannot be done now, None if it can."""

    say: Translator
    facts: CardFacts
    today: date
    closed: Closed | None

    @property
    def done_by(self) -> str:
        """The name of the act by which the step is done."""
        rule = self.facts.rule
        match self.facts.step.kind:
            case StepKind.APPROVAL:
                return "approve"
            case StepKind.CLAIM:
                return "claim"
            case StepKind.PAYMENT:
                return "paid"
            case StepKind.FUNDER if rule is not None and rule.settled_by_decision:
                return "decide"
            case _:
                return "done"

    def is_done_by(self, act: Act) -> bool:
        """Return whether the step can be done now, by that act."""
        return not self.closed and act.name == self.done_by

    def form(
        self,
        act: Act,
        *,
        variant: str = "",
        sum_minor: int = 0,
        version: int = 0,
        account: str = "",
        overrides: Mapping[str, Override] | None = None,
        **known: object,
    ) -> CardForm:
        """Return an act's form about the step as it is shown: with the sum, the version of the report, or the account.

        `known` is what its command knows besides that step or instalment.
        """
        step = self.facts.step
        grant = self.facts.grant
        if issubclass(act.command, StepAnswer | Item):
            known |= {"step": step.key, "version": step.version}
        elif issubclass(act.command, OnInstalment):
            known |= {"instalment": self.facts.part.number if self.facts.part is not None else 0}
        return CardForm(
            act=act.name,
            about=FormTarget(
                kind="step",
                id=id_of(step),
                state=step.version,
                sum_minor=sum_minor,
                version=version,
                account=account,
            ),
            grant=grant.reference,
            step=step.key,
            currency=grant.currency,
            fields=begin(act, FormWords(self.say), self.today, grant.currency, **(overrides or {})),
            variant=variant or ("funder" if step.with_funder else ""),
            known={"grant": grant.reference, **known},
        )
