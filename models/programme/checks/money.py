"""Check that a programme's instalments add up, that each is claimed, and that its sums can be read."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from models.programme.language.each import read_each
from models.programme.money import InstalmentRule
from models.programme.names import template_key, which_of
from models.programme.plan import Programme
from models.programme.problem import Place, Problem
from models.programme.step import StepRule
from models.reading.fields import PREVIOUS
from models.reading.number import exact_amount, print_part, read_amount


def find_money_problems(programme: Programme) -> Iterator[Problem]:
    """Yield what does not hold together in how the award is paid."""
    yield from _share_problems(programme)
    for index, rule in enumerate(programme.instalments):
        yield from _rule_problems(programme, rule, ("instalments", index))
    yield from _condition_problems(programme)
    yield from _number_problems(programme)


def _number_problems(programme: Programme) -> Iterator[Problem]:
    """Find a payment of which the decision says how much after one of every period: its number would be another."""
    periods = False
    for index, rule in enumerate(programme.instalments):
        said_there = rule.number == programme.rate_of if rule.share.rate else rule.awaits is not None
        if periods and said_there:
            mend = (
                "put it before those that come once a period, so that it has the same number in every grant"
            )
            yield Problem(("instalments", index, "share"), f"the decision says it: {mend}")
        periods |= rule.each is not None


def _share_problems(programme: Programme) -> Iterator[Problem]:
    rules = programme.instalments
    for index, rule in enumerate(rules):
        if rule.share.kind in ("rest", "kept") and index + 1 < len(rules):
            what = "take the 'rest'" if rule.share.kind == "rest" else "give back what was 'kept'"
            yield Problem(("instalments", index, "share"), f"only the last payment can {what}")
    last = rules[-1]
    place = ("instalments", len(rules) - 1)
    stated = sum((_part(rule) for rule in rules), Fraction(0))
    keeps = any(rule.keeps is not None for rule in rules)
    if last.share.kind == "kept" and not keeps:
        yield Problem((*place, "share"), "nothing is kept: say 'keeps' in a payment before it")
    if last.claimed and keeps:
        yield Problem(
            (*place, "share"), "what was kept must come back: let the last payment be kept, or rest"
        )
    exact = all(rule.share.kind in ("part", "rest", "kept") for rule in rules)
    of_claims = any(rule.claimed for rule in rules)
    if last.share.kind == "rest" and stated >= 1:
        yield Problem(
            (*place, "share"), f"nothing is left for the 'rest': the others add up to {print_part(stated)}"
        )
    if exact and last.share.kind != "rest" and stated != 1:
        yield Problem(("instalments",), f"the shares add up to {print_part(stated)}, not 100 %")
    if not exact and last.share.kind not in ("rest", *(("claimed", "costs", "kept") if of_claims else ())):
        yield Problem(place, "what is left depends on the award: let the last payment say share: rest")
    if programme.ceiling is not None and len(rules) == 1 and rules[0].each is None:
        yield Problem((*place, "share"), "'in all' holds before the last payment, and there is only one")


def _part(rule: InstalmentRule) -> Fraction:
    share = rule.share
    if share.kind == "decided":
        return share.at_most or Fraction(1)
    return share.part if share.part is not None and share.kind == "part" else Fraction(0)


def _whole(rule: InstalmentRule) -> Fraction:
    """Return the part that something is kept of: of the award, or all of what is claimed."""
    return Fraction(1) if rule.claimed else _part(rule)


def _rule_problems(programme: Programme, rule: InstalmentRule, place: Place) -> Iterator[Problem]:
    if rule.each is not None and read_each(rule.each).without:
        every = f"'{rule.each}' leaves periods out, and an award can lie in these alone"
        yield Problem((*place, "each"), f"{every}: pay by a period without 'except'")
    if rule.share.sum is not None:
        yield from sum_problems(programme, rule.share.sum, (*place, "share"))
    if rule.keeps is not None:
        if rule is programme.instalments[-1]:
            yield Problem((*place, "keeps"), "what another keeps is given back with the last payment")
        elif rule.share.kind not in ("sum", "decided") and _whole(rule) <= rule.keeps.part:
            kept = print_part(rule.keeps.part)
            yield Problem((*place, "keeps"), f"nothing is left of {rule.text} less {kept}")
    for name in rule.spending:
        yield from _spending_problems(programme, rule, name, (*place, "share"))
    if rule.share.unused is not None:
        yield from question_problems(programme, rule.share.unused.text, (*place, "share"))


def sum_problems(programme: Programme, said: Decimal | str, place: Place) -> Iterator[Problem]:
    """Yield what is wrong with a sum as it is written."""
    try:
        if isinstance(said, Decimal):
            exact_amount(said, programme.currency)
        else:
            read_amount(said, programme.currency)
    except ValueError as error:
        yield Problem(place, str(error))


def _spending_problems(
    programme: Programme, rule: InstalmentRule, name: str, place: Place
) -> Iterator[Problem]:
    """Find a question that is not about money, or of other periods; the rest of the costs is of all periods."""
    yield from question_problems(programme, name, place)
    key = name.partition(".")[0]
    step = next((one for one in programme.steps if one.key == key), None)
    if step is not None and rule.claimed and step.each is not None and step.each != rule.each:
        yield Problem(place, f"'{key}' comes once a period: say 'each: {step.each}' in the payment too")


def question_problems(programme: Programme, name: str, place: Place) -> Iterator[Problem]:
    """Yield that a step's question, as "follow-up.spent", is not about money."""
    asked = programme.question(name)
    if asked is not None and asked.kind != "money":
        yield Problem(place, f"'{name}' asks for no sum: it is of kind {asked.kind}, not money")


def _condition_problems(programme: Programme) -> Iterator[Problem]:
    steps = {step.key: step for step in programme.steps}
    for index, rule in enumerate(programme.instalments):
        for needed in rule.every_need:
            approval = steps[template_key(needed)]
            for sentence in _condition_faults(rule, needed, approval, steps.get(approval.approves or "")):
                yield Problem(("instalments", index, "needs"), sentence)


def _condition_faults(
    rule: InstalmentRule, needed: str, approval: StepRule, report: StepRule | None
) -> Iterator[str]:
    """Yield why a payment could wait for an approval that never comes."""
    key, this = approval.key, not needed.endswith(PREVIOUS) and not which_of(needed)
    if approval.skip_last and rule.each is not None and not rule.skip_last and this:
        mend = f"write '{key}{PREVIOUS}', or take its 'last: skip' out"
        yield f"the last period has no '{key}', so its money stays locked: {mend}"
    if approval.when or (report is not None and report.when):
        yield f"'{key}' is not always there ('when'): money cannot wait for it"
    if report is not None and report.optional:
        yield f"'{report.key}' is optional: money cannot wait for its approval"
