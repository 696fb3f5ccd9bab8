"""Tell which answers say others once more: what a check holds them to the sum of, or what they are gathered from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, product

from models.programme.file import Programme
from models.programme.question import Question
from models.tables.step import Step

# A number that a document shows: its row's key, and the periods that it adds up.
Shown = tuple[str, tuple[str, ...]]
# Numbers whose sum an answer says again.
Way = tuple[Shown, ...]


def said_again(programme: Programme, steps: Sequence[Step], step: Step, key: str) -> tuple[Way, ...]:
    """Return what a step's answer to a question may be the sum of, where other steps' answers are in it.

    `steps` are all that are asked for a period, in their order. Whether the answer comes to it is not looked at: an
    explanation can stand beside it.
    """
    rule = programme.step(step.template_key)
    question = next((one for one in rule.questions if one.key == key), None)
    if question is None:
        return ()
    before = [one for one in steps if one.position < step.position]
    others = [one for one in steps if one is not step]
    ways = chain(
        *(_held_to(programme, question, step, listed) for listed in (others, before)),
        _gathered_from(programme, question, step, before),
        _counted_so_far(programme, question, step, before),
    )
    return tuple(dict.fromkeys(ways))


def _held_to(programme: Programme, question: Question, step: Step, listed: Sequence[Step]) -> Iterator[Way]:
    for check in question.checks:
        if any("." in name for name in check.equals) and not check.so_far:
            yield from product(*(_numbers(programme, name, step, listed) for name in check.equals))


def _gathered_from(
    programme: Programme, question: Question, step: Step, before: Sequence[Step]
) -> Iterator[Way]:
    """Yield the answers that a question is gathered from, alone and with the step's own for its period."""
    gather = question.gather
    if gather is None or gather.answer is None or gather.rows == "all":
        return
    template, _, key = gather.answer.partition(".")
    folded = programme.step(template).fold_last_into
    alike = [one.key for one in before if one.template_key in (template, folded)]
    asked = programme.question(gather.answer)
    if (gather.rows or (asked.over_periods if asked else "sum")) == "sum":
        yield ((key, tuple(alike)),)
        yield ((key, (*alike, step.key)),)
    else:
        yield from (((key, (one,)),) for one in alike)


def _counted_so_far(
    programme: Programme, question: Question, step: Step, before: Sequence[Step]
) -> Iterator[Way]:
    """Yield the answers of the periods so far that a check holds to this one."""
    folded = [one.key for one in programme.steps if one.fold_last_into == step.template_key]
    so_far = [one.key for one in before if one.template_key in (step.template_key, *folded)]
    for other in programme.step(step.template_key).questions:
        if any(check.so_far and check.equals == (question.key,) for check in other.checks):
            yield ((other.key, (*so_far, step.key)),)


def _numbers(programme: Programme, name: str, step: Step, listed: Sequence[Step]) -> Iterable[Shown]:
    """Return what a name in a check can stand for: an own answer, or what another step's periods come to."""
    template, dot, key = name.partition(".")
    if not dot:
        return [(name, (step.key,))]
    alike = [one.key for one in listed if one.template_key == template]
    asked = programme.question(name)
    # The latest or the highest is one of them: which one, the numbers tell.
    return (
        [(key, tuple(alike))]
        if asked is None or asked.over_periods == "sum"
        else [(key, (one,)) for one in alike]
    )
