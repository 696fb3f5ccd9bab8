"""Check that a programme's instalments add up, and that each is claimed."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from models.message import Message, Remark
from models.programme.expand.sentences import Place, Problem
from models.programme.instalment import InstalmentRule
from models.programme.language.each import read_each
from models.programme.plan import Programme
from models.programme.step import StepRule
from models.programme.step_names import template_key, which_of
from models.reading.fields import PREVIOUS
from models.reading.number import exact_amount, print_part, read_amount


class Unpaid(Message):
    """Why the payments of a programme do not come to the award."""

    NOT_LAST = "only the last payment can be '%(share)s'"
    KEPT_IN_LAST = "what another 'keeps' of a payment comes back in the last one: share: kept, or rest"
    NOTHING_LEFT = "nothing is left for the 'rest': the others add up to %(stated)s"
    NOT_ALL = "the shares add up to %(stated)s, not 100 %%"
    LEFT_UNKNOWN = "what is left depends on the award: let the last payment say share: rest"
    NOT_ALWAYS_THERE = "'%(step)s' is not always there ('when'): money cannot wait for it"
    OPTIONAL = "'%(step)s' is optional: money cannot wait for its approval"


def find_money_problems(programme: Programme) -> Iterator[Problem]:
    """Yield the faults in how the award is paid, and in other sums."""
    for name, years in programme.amounts.items():
        for year, text in years.items():
            yield from _sum_problems(programme, text, ("amounts", name, str(year)))
    for step in programme.steps:
        yield from _term_problems(programme, step, ("steps", step.key))
    yield from _share_problems(programme)
    for index, rule in enumerate(programme.instalments):
        yield from _rule_problems(programme, rule, ("instalments", index))
    yield from _condition_problems(programme)


def _term_problems(programme: Programme, step: StepRule, place: Place) -> Iterator[Problem]:
    """Yield thresholds and repayments that cannot be read."""
    for when in step.when:
        if when.kind == "award" and when.sum is not None and when.amount is None:
            yield from _sum_problems(programme, when.sum, (*place, "when"))
    if step.repays is not None:
        for ask in step.repays.asks:
            yield from _question_problems(programme, ask.text, (*place, "repays"))
        if step.repays.rate and programme.rate_of is None:
            yield Problem((*place, "repays"), "no payment is at the decision's rate: write the part, as 60 %")
        if isinstance(step.repays.over, Decimal) and step.repays.amount is None:
            yield from _sum_problems(programme, step.repays.over, (*place, "repays"))


def _share_problems(programme: Programme) -> Iterator[Problem]:
    """Yield shares that leave or exceed the award."""
    rules = programme.instalments
    for index, rule in enumerate(rules):
        place: Place = ("instalments", index, "share")
        if rule.share.kind in ("rest", "kept") and index + 1 < len(rules):
            yield Problem(place, Unpaid.NOT_LAST(share=rule.share.kind))
        said_there = rule.number == programme.rate_of if rule.share.rate else rule.awaits is not None
        if said_there and any(before.each for before in rules[:index]):
            mend = "put it before those that come once a period"
            yield Problem(place, f"the decision says it by its number: {mend}")
    last = rules[-1].share.kind
    place = ("instalments", len(rules) - 1, "share")
    stated = sum(map(_part, rules), Fraction(0))
    if (last == "kept" or rules[-1].claimed) and (last == "kept") != any(other.keeps for other in rules):
        yield Problem(place, Unpaid.KEPT_IN_LAST())
    exact = all(other.share.kind in ("part", "rest", "kept") for other in rules)
    claims = any(other.claimed for other in rules) and last in ("claimed", "costs", "kept")
    if last == "rest" and stated >= 1:
        yield Problem(place, Unpaid.NOTHING_LEFT(stated=print_part(stated)))
    elif last != "rest" and exact and stated != 1:
        yield Problem(("instalments",), Unpaid.NOT_ALL(stated=print_part(stated)))
    elif last not in ("rest", "decided") and not exact and not claims:
        yield Problem(place[:2], Unpaid.LEFT_UNKNOWN())


def _part(rule: InstalmentRule) -> Fraction:
    """Return the part of the award that a payment takes for certain: 0 if the decision states it."""
    share = rule.share
    return share.part if share.part is not None and share.kind == "part" else Fraction(0)


def _rule_problems(programme: Programme, rule: InstalmentRule, place: Place) -> Iterator[Problem]:
    if rule.each is not None and read_each(rule.each).without:
        every = f"'{rule.each}' leaves periods out, and an award can lie in these alone"
        yield Problem((*place, "each"), f"{every}: pay by a period without 'except'")
    if rule.share.sum is not None:
        yield from _sum_problems(programme, rule.share.sum, (*place, "share"))
    if rule.keeps is not None:
        if rule is programme.instalments[-1]:
            yield Problem((*place, "keeps"), "what another keeps is given back with the last payment")
        elif rule.share.kind == "part" and _part(rule) <= rule.keeps.part:
            kept = print_part(rule.keeps.part)
            yield Problem((*place, "keeps"), f"nothing is left of {rule.text} less {kept}")
    unused = [rule.share.unused.text] if rule.share.unused else []
    for name in (*rule.spending, *unused):
        yield from _question_problems(programme, name, (*place, "share"))
    steps = {step.key: step.each for step in programme.steps}
    for ask in rule.share.asks if rule.claimed else ():
        if steps.get(ask.step) not in (None, rule.each):
            fault = f"'{ask.step}' comes once a period: say 'each: {steps[ask.step]}' in the payment too"
            yield Problem((*place, "share"), fault)


def _sum_problems(programme: Programme, written: Decimal | str, place: Place) -> Iterator[Problem]:
    """Yield the fault of a sum as it is written."""
    try:
        if isinstance(written, Decimal):
            exact_amount(written, programme.currency)
        else:
            read_amount(written, programme.currency)
    except ValueError as error:
        yield Problem(place, str(error))


def _question_problems(programme: Programme, name: str, place: Place) -> Iterator[Problem]:
    """Yield that a step's question, as "follow-up.spent", is not about money."""
    question = programme.question(name)
    if question is not None and question.kind != "money":
        yield Problem(place, f"'{name}' asks for no sum: it is of kind {question.kind}, not money")


def _condition_problems(programme: Programme) -> Iterator[Problem]:
    steps = {step.key: step for step in programme.steps}
    for index, rule in enumerate(programme.instalments):
        for needed in rule.every_need:
            approval = steps[template_key(needed)]
            for sentence in _condition_faults(rule, needed, approval, steps.get(approval.approves or "")):
                yield Problem(("instalments", index, "needs"), sentence)


def _condition_faults(
    rule: InstalmentRule, needed: str, approval: StepRule, report: StepRule | None
) -> Iterator[str | Remark]:
    """Yield why a payment could wait for an approval that never comes."""
    key = approval.key
    this = not needed.endswith(PREVIOUS) and not which_of(needed)
    if approval.skip_last and rule.each is not None and not rule.skip_last and this:
        mend = f"write '{key}{PREVIOUS}', or take its 'last: skip' out"
        yield f"the last period has no '{key}', so its money stays locked: {mend}"
    if approval.when or (report is not None and report.when):
        yield Unpaid.NOT_ALWAYS_THERE(step=key)
    if report is not None and report.optional:
        yield Unpaid.OPTIONAL(step=report.key)
