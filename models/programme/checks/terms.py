"""Check the terms of a programme's steps: thresholds, documents, what being late costs, repayments, quiet days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from models.programme.checks.money import question_problems, sum_problems
from models.programme.file import Programme
from models.programme.problem import Place, Problem
from models.programme.step import StepRule
from models.reading.money import read_amount
from models.reading.number import read_number
from models.reading.part import read_part
from models.reading.suggestion import did_you_mean


def find_term_problems(programme: Programme) -> Iterator[Problem]:
    """Yield what does not hold together in the terms of the steps."""
    for name, years in programme.amounts.items():
        if not years:
            yield Problem(("amounts", name), "it has no year: add one, such as {2025: 58 800}")
        for year, text in years.items():
            yield from sum_problems(programme, text, ("amounts", name, str(year)))
    for index, rule in enumerate(programme.steps):
        place = ("steps", index)
        yield from _threshold_problems(programme, rule, place)
        yield from _document_problems(rule, place)
        yield from _late_problems(rule, place)
        if rule.repays is not None:
            for position, name in enumerate(rule.repays.spending):
                yield from question_problems(programme, name, (*place, "repays", "spending", position))
            if rule.repays.at_least is not None:
                yield from sum_problems(programme, rule.repays.at_least, (*place, "repays", "at_least"))


def _threshold_problems(programme: Programme, rule: StepRule, place: Place) -> Iterator[Problem]:
    if rule.when is None:
        return
    if rule.when.of is not None and rule.when.of not in programme.amounts:
        near = did_you_mean(rule.when.of, programme.amounts)
        yield Problem((*place, "when", "of"), f"there is no amount '{rule.when.of}' in 'amounts'{near}")
    given = programme.dates.get(rule.when.given or "")
    if rule.when.given is not None and given is None:
        near = did_you_mean(rule.when.given, programme.dates)
        yield Problem((*place, "when", "given"), f"there is no date '{rule.when.given}' in 'dates'{near}")
    elif given is not None and given.required:
        mend = "say 'required: false' of that date, or take 'given' out"
        yield Problem((*place, "when", "given"), f"every award gives '{rule.when.given}': {mend}")
    found = []
    for name, text in rule.when.bounds:
        try:
            found.append(read_number(text) if rule.when.of else read_amount(text, programme.currency))
        except ValueError as error:
            yield Problem((*place, "when", name), str(error))
    if len(found) == 2 and found[0] >= found[1]:
        yield Problem((*place, "when", "award_below"), "it must be more than award_from: no award fits both")
    waiting = [one.key for one in programme.steps if one.when != rule.when and rule.key in _counted(one)]
    if waiting:
        mend = f"let '{waiting[0]}' say the same 'when', or count from something else"
        yield Problem((*place, "when"), f"'{waiting[0]}' counts from it, and it is not always there: {mend}")


def _counted(rule: StepRule) -> set[str]:
    """Return the steps without which the rule's step never gets a date: what it approves too."""
    names = (*rule.day_names, *([rule.approves] if rule.approves else []))
    return {name.partition(".")[0] for name in names}


def _document_problems(rule: StepRule, place: Place) -> Iterator[Problem]:
    seen: Counter[str] = Counter()
    for position, one in enumerate(rule.documents):
        seen[one.key] += 1
        if seen[one.key] == 2:
            yield Problem((*place, "documents", position), f"the document '{one.key}' is asked for twice")


def _late_problems(rule: StepRule, place: Place) -> Iterator[Problem]:
    """Find prices that do not rise with time; two delays are compared over a leap year."""
    start = date(2023, 12, 31)
    for position in range(1, len(rule.late)):
        before, one = rule.late[position - 1], rule.late[position]
        if one.after.added_to(start) <= before.after.added_to(start):
            yield Problem((*place, "late", position, "after"), "it must come later than the one above it")
        elif read_part(one.loses) <= read_part(before.loses):
            yield Problem((*place, "late", position, "loses"), "it must cost more than the one above it")
