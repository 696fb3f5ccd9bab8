"""Check that a programme's instalments add up, that each is claimed, and that its sums can be read."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from models.programme.file import Programme
from models.programme.language.each import read_each
from models.programme.money import InstalmentRule
from models.programme.names import template_key
from models.programme.problem import Place, Problem
from models.reading.fields import ENDS, PREVIOUS
from models.reading.money import read_amount
from models.reading.part import is_part, print_part, read_part
from models.reading.suggestion import did_you_mean
from models.vocabulary import StepKind


def find_money_problems(programme: Programme) -> Iterator[Problem]:
    """Yield what does not hold together in how the award is paid."""
    yield from _share_problems(programme)
    for index, rule in enumerate(programme.instalments):
        yield from _rule_problems(programme, rule, ("instalments", index))
    yield from _claim_problems(programme)
    yield from _condition_problems(programme)


def _share_problems(programme: Programme) -> Iterator[Problem]:
    rules = programme.instalments
    for index, rule in enumerate(rules):
        if rule.number != index + 1:
            yield Problem(
                ("instalments", index, "number"), f"number them 1, 2, 3 in order: this is {index + 1}"
            )
        if rule.share in ("rest", "kept") and index + 1 < len(rules):
            what = "take the 'rest'" if rule.share == "rest" else "give back what was 'kept'"
            yield Problem(("instalments", index, "share"), f"only the last payment can {what}")
    last = rules[-1]
    place = ("instalments", len(rules) - 1)
    stated = sum((_part(rule) for rule in rules), Fraction(0))
    keeps = any(rule.less is not None for rule in rules)
    if last.share == "kept" and not keeps:
        yield Problem((*place, "share"), "nothing is kept: say 'keeps' in a payment before it")
    if last.claimed and keeps:
        yield Problem(
            (*place, "share"), "what was kept must come back: let the last say share: kept, or rest"
        )
    exact = all(rule.share is not None and not rule.claimed for rule in rules)
    of_claims = any(rule.claimed for rule in rules)
    if last.share == "rest" and stated >= 1:
        yield Problem(
            (*place, "share"), f"nothing is left for the 'rest': the others add up to {print_part(stated)}"
        )
    if exact and last.share != "rest" and stated != 1:
        yield Problem(("instalments",), f"the shares add up to {print_part(stated)}, not 100 %")
    if not exact and last.share not in ("rest", *(("claimed", "kept") if of_claims else ())):
        yield Problem(place, "what is left depends on the award: let the last payment say share: rest")
    if programme.ceiling is not None and len(rules) == 1 and rules[0].each is None:
        yield Problem(("ceiling",), "it holds before the last payment, and there is only one")


def _part(rule: InstalmentRule) -> Fraction:
    share = rule.share or rule.at_most or ""
    return read_part(share) if is_part(share) else Fraction(0)


def _whole(rule: InstalmentRule) -> Fraction:
    """Return the part that something is kept of: of the award, or all of what is claimed."""
    return Fraction(1) if rule.claimed else _part(rule)


def _rule_problems(programme: Programme, rule: InstalmentRule, place: Place) -> Iterator[Problem]:
    if rule.each is not None and read_each(rule.each).without:
        every = f"'{rule.each}' leaves periods out, and an award can lie in these alone"
        yield Problem((*place, "each"), f"{every}: pay by a period without 'except'")
    if rule.sum is not None:
        yield from sum_problems(programme, rule.sum, (*place, "sum"))
    if rule.less is not None:
        if rule is programme.instalments[-1]:
            yield Problem((*place, "less"), "what another keeps is given back with the last payment")
        elif rule.share is not None and _whole(rule) <= read_part(rule.less.share):
            yield Problem((*place, "less"), f"nothing is left of {rule.share} less {rule.less.share}")
    if rule.spending_names is not None:
        yield from _spending_problems(programme, rule, (*place, "spending"))
    if rule.unused is not None:
        yield from question_problems(programme, rule.unused, (*place, "unused"))


def sum_problems(programme: Programme, text: str, place: Place) -> Iterator[Problem]:
    """Yield what is wrong with a sum as it is written."""
    try:
        read_amount(text, programme.currency)
    except ValueError as error:
        yield Problem(place, str(error))


def _spending_problems(programme: Programme, rule: InstalmentRule, place: Place) -> Iterator[Problem]:
    """Find a name that stands for no question about money, or for many; the rest of the costs is of all periods."""
    name, each = rule.spending or "", rule.each
    key = name.partition(".")[0]
    yield from question_problems(programme, name, place)
    step = next((one for one in programme.steps if one.key == key), None)
    if step is not None and rule.claimed and step.each is not None and step.each != each:
        yield Problem(place, f"'{key}' comes once a period: say 'each: {step.each}' in the payment too")


def question_problems(programme: Programme, name: str, place: Place) -> Iterator[Problem]:
    """Yield what is wrong with a name, as "follow-up.spent", of a step's question about money."""
    key, _, wanted = name.partition(".")
    keys = {one.key: one for one in programme.steps}
    if key not in keys:
        yield Problem(place, f"there is no step '{key}'{did_you_mean(key, keys)}")
        return
    questions = {one.key: one for one in keys[key].questions}
    if wanted not in questions:
        near = did_you_mean(wanted, questions)
        yield Problem(place, f"'{key}' has no question '{wanted}'{near}")
    elif questions[wanted].kind != "money":
        yield Problem(place, f"'{name}' asks for no sum: it is of kind {questions[wanted].kind}, not money")


def _claim_problems(programme: Programme) -> Iterator[Problem]:
    claimed: set[tuple[StepKind, int]] = set()
    rules = {rule.number: rule for rule in programme.instalments}
    for index, step in enumerate(programme.steps):
        if step.instalment is None:
            continue
        place = ("steps", index, "instalment")
        rule = rules.get(step.instalment)
        if rule is None:
            yield Problem(place, f"there is no instalment {step.instalment}")
        elif rule.each != step.each:
            mend = f"say 'each: {rule.each}'" if rule.each else "take out 'each', or say it in the instalment"
            yield Problem(("steps", index, "each"), f"it is not paid as instalment {rule.number} is: {mend}")
        elif step.skip_last or step.fold_last_into:
            name = "last"
            yield Problem(("steps", index, name), "the last period is paid too: take it out")
        if (step.kind, step.instalment) in claimed:
            yield Problem(place, f"instalment {step.instalment} has a {step.kind} step already")
        claimed.add((step.kind, step.instalment))
    for index, one in enumerate(programme.instalments):
        if (one.every_need or one.claimed) and (StepKind.CLAIM, one.number) not in claimed:
            yield Problem(
                ("instalments", index),
                f"no claim asks for it: add a step of kind claim with 'instalment: {one.number}'",
            )


def _condition_problems(programme: Programme) -> Iterator[Problem]:
    steps = {step.key: step for step in programme.steps}
    approvals = [step.key for step in programme.steps if step.kind is StepKind.APPROVAL]
    for index, rule in enumerate(programme.instalments):
        for field in ("needs", "last_needs"):
            for position, needed in enumerate(getattr(rule, field)):
                place = ("instalments", index, field, position)
                earlier, end = needed.endswith(PREVIOUS), needed.endswith(ENDS)
                needed = template_key(needed)  # noqa: PLW2901
                if needed not in approvals:
                    yield Problem(place, f"there is no approval '{needed}'{did_you_mean(needed, approvals)}")
                    continue
                approval = steps[needed]
                report = steps.get(approval.approves or "")
                if approval.each is None and end:
                    yield Problem(place, f"'{needed}' comes once: take '.first' or '.last' out")
                elif approval.each is not None and not end and rule.each not in (None, approval.each):
                    mend = "let the instalment say the same 'each'"
                    yield Problem(place, f"'{needed}' comes once a period of '{approval.each}': {mend}")
                elif earlier and approval.each is None:
                    yield Problem(place, f"'{needed}' comes once: take '{PREVIOUS}' out")
                elif earlier and rule.each is None:
                    yield Problem(place, f"the instalment has no period before: say 'each: {approval.each}'")
                elif approval.skip_last and rule.each is not None and not earlier and not end:
                    mend = f"say '{needed}{PREVIOUS}', or take its 'last: skip' out"
                    yield Problem(
                        place, f"the last period has no '{needed}', so its money stays locked: {mend}"
                    )
                if approval.when is not None or (report is not None and report.when is not None):
                    yield Problem(place, f"'{needed}' is not always there ('when'): money cannot wait for it")
                if report is not None and report.optional:
                    yield Problem(place, f"'{report.key}' is optional: money cannot wait for its approval")
