"""Make a step's questions, and add the question about spending where a sentence needs it."""

from collections.abc import Iterator
from dataclasses import replace

from models.programme.expand.builder import PlanBuilder
from models.programme.expand.sentences import Place
from models.programme.expand.words import CHECKS, QUESTIONS
from models.programme.language.amounts import CHECK, ORIGIN, Check, Origin
from models.programme.language.known_names import SPENT
from models.programme.question import CheckRule, Option, Question
from models.programme.written.step import WrittenQuestion
from models.reading.fields import Words

# The grant's own file of figures, unless a source has this name.
FIGURES = "figures"
_KINDS: dict[str, dict[str, object]] = {
    "count": {"kind": "number", "whole": True},
    "people": {"kind": "number", "sensitive": True},
}
# The checks of spending wherever it is asked.
_USUAL = ("at most award so far", "changes at most 200 %")


def make_question(builder: PlanBuilder, name: str, written: WrittenQuestion, place: Place) -> Question:
    """Return a question of the plan."""
    plain = name.replace("_", " ").capitalize()
    kind = written.kind or ("money" if name == SPENT else "number")
    gather = _origin(builder, name, written, (*place, "from"))
    of_grant = (
        gather is not None and gather.source is not None and gather.source.text not in builder.written.sources
    )
    adds_up = of_grant and gather is not None and gather.rows == "sum"
    if gather is not None and of_grant and not _is_column(gather):
        fault = "'figures' is the grant's own file: write COLUMN in figures, or sum of COLUMN in figures"
        builder.sentences.say((*place, "from"), fault)
    return Question.model_validate(
        {
            "kind": kind,
            **_KINDS.get(kind, {}),
            "key": name,
            "title": written.title or QUESTIONS.get(name) or Words(sv=plain, en=plain),
            "required": not written.optional,
            "gather": None if of_grant else gather,
            "column": gather.column if gather is not None and of_grant else None,
            "adds_up": adds_up,
            "checks": tuple(_checks(builder, name, written, (*place, "checks"))),
            "over_periods": written.over,
            "options": tuple(Option(key=key, title=title) for key, title in written.options.items()),
            "parts": tuple(Option(key=key, title=title) for key, title in written.split.items()),
        }
    )


def _origin(builder: PlanBuilder, name: str, written: WrittenQuestion, place: Place) -> Origin | None:
    """Return where a figure comes from; `figures` is the grant's own file, unless a source has that name."""
    origin = None if written.origin is None else builder.read(ORIGIN.read, written.origin, place)
    if origin is None:
        return None
    return replace(origin, column=origin.column or name) if origin.kind == "column" else origin


def _is_column(gather: Origin) -> bool:
    """Return whether a figure is a column, or the sum of its rows, and nothing else is said of it."""
    return (
        replace(gather, rows=None) == Origin("column", gather.source, gather.column) and gather.rows != "last"
    )


def _checks(builder: PlanBuilder, name: str, written: WrittenQuestion, place: Place) -> Iterator[CheckRule]:
    checks: dict[str, Words | None] = {**written.checks}
    if name == SPENT:
        checks = {**dict.fromkeys(_USUAL), **checks}
    used: set[str] = set()
    for sentence, words in checks.items():
        check = builder.sentences.read(CHECK.read, sentence, place)
        if check is None:
            continue
        kind = _name(check, once=not builder.known.steps[str(place[1])])
        key = kind if kind not in used else f"{kind}_{len(used) + 1}"
        used.add(key)
        yield CheckRule(key=key, says=words or CHECKS[kind], test=check)


_NAMES = {"changes": "jump", "lines": "over_budget", "moves": "moved"}


def _name(check: Check, *, once: bool) -> str:
    """Return a check's key; only a step of a period can have nothing to report."""
    if check.kind == "not_all_0":
        return "all_0" if once else "nothing_to_report"
    is_award = check == Check("at_most", ("award",), so_far=True, refuse=check.refuse)
    return "within_award" if is_award else _NAMES.get(check.kind, check.kind)
