"""What a step's forms depend on, and why a step cannot be done now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from deployments.portal.answer.fields import Known
from models.programme.file import Programme
from models.programme.question import Question
from models.programme.step import StepRule
from models.rules.notices.contents import is_collected
from models.vocabulary import OUT, InstalmentStatus, StepKind, StepStatus
from tasks.store.database import AnyRow
from tasks.wording.words import Speaker


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What a step's forms depend on.

    `known` is what is known of its questions, by key; `colleagues` (id, name) who may take it over; `part` is the
    instalment that a claim or payment is about; `own_report` says that the reader made the report that this
    approval is about, and `reported_on` when it was there; `brought` are the names of the files that earlier
    answers brought, by document key; `dates` names the dates that the step waits for and the decision did not say;
    `report_version` is the newest version of the final report that a body here approves by this step, 0 for none.
    """

    row: AnyRow
    rule: StepRule | None
    programme: Programme
    known: dict[str, Known] = field(default_factory=dict)
    colleagues: tuple[tuple[int, str], ...] = ()
    part: AnyRow | None = None
    own_report: bool = False
    reported_on: date | None = None
    brought: dict[str, str] = field(default_factory=dict)
    dates: tuple[str, ...] = ()
    report_version: int = 0

    def awaits(self, question: Question) -> bool:
        """Return whether a source is to answer a question, and nothing is known of it yet."""
        has_source = self.programme.figures is not None and self.row.figures_file is not None
        return self.known.get(question.key, Known()).value is None and is_collected(question, has_source)

    def date_title(self, name: str, say: Speaker) -> str:
        """Return what the programme calls a named date."""
        title = self.programme.dates[name].title
        return title.en if say.language == "en" else title.sv


def why_not_done(say: Speaker, facts: StepFacts, today: date) -> str:
    """Return why an open step cannot be done now; empty when it can."""
    row = facts.row
    if row.status == StepStatus.WAITING and facts.dates:
        dates = say.listed([facts.date_title(name, say) for name in facts.dates])
        return say.gettext(
            "No decision says this yet: %(dates)s. Until it is known here, nobody is reminded of it.",
            dates=dates,
        )
    if row.status == StepStatus.WAITING:
        return say.gettext(
            "It can be done when what it waits for is done. It is shown here because its day comes near."
        )
    if row.opens_on is not None and row.opens_on > today:
        return say.gettext("It can be done from %(day)s on.", day=say.short_date(row.opens_on, today))
    if facts.own_report:
        return say.gettext("You made the report, so someone else must approve it.")
    if row.step_kind == StepKind.CLAIM and _waits_for_sum(facts):
        return say.gettext("It is not known yet how much can be claimed.")
    if row.step_kind == StepKind.CLAIM and not _can_claim(facts):
        return say.gettext("The claim may leave when two people have confirmed that the condition is met.")
    if row.step_kind == StepKind.PAYMENT and not _can_be_paid(facts):
        return say.gettext("The payment can be recorded when the claim is.")
    return ""


def _part_is(facts: StepFacts, status: InstalmentStatus) -> bool:
    return facts.part is not None and facts.part.status == status


def _can_be_paid(facts: StepFacts) -> bool:
    """Return whether the part is claimed, or has left where nobody claims it, or some of it has come."""
    number = facts.rule.instalment if facts.rule else None
    asked = any(one.kind is StepKind.CLAIM and one.instalment == number for one in facts.programme.steps)
    if _part_is(facts, InstalmentStatus.RELEASED):
        return not asked
    return _part_is(facts, InstalmentStatus.CLAIMED) or _part_is(facts, InstalmentStatus.PAID)


def _can_claim(facts: StepFacts) -> bool:
    """Return whether the part is released, or leaves with its claim because it has no condition."""
    part = facts.part
    if part is None or part.status == InstalmentStatus.RELEASED:
        return part is not None
    return part.status == InstalmentStatus.PLANNED and not part.conditional


def _waits_for_sum(facts: StepFacts) -> bool:
    part = facts.part
    return (
        part is not None and part.amount_minor is None and not part.conditional and not claim_says_sum(facts)
    )


def claim_says_sum(facts: StepFacts) -> bool:
    """Return whether the claim says how much is claimed: nothing else does."""
    if facts.part is None or facts.part.rule is None or facts.part.status in OUT:
        return False
    rule = facts.programme.instalments[facts.part.rule - 1]
    return rule.claimed and rule.spending is None
