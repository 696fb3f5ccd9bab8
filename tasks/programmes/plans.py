"""Make the plan of a programme file merged over its base, or list everything that is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

from pydantic import ValidationError

from models.errors import ProgrammeInvalid
from models.message import Common, Remark
from models.programme.checks.unknown_names import find_phase_problems, find_problems
from models.programme.expand.file import expand
from models.programme.expand.plan_names import approval_of, claim_of, coming_of, name_of
from models.programme.expand.sentences import Place, Problem
from models.programme.plan import Programme
from models.programme.written.file import Written
from models.reading.number import shown
from models.reading.value_faults import did_you_mean
from tasks.programmes.examples import find_differences, find_slips
from tasks.programmes.faults import FileFault, explain_misfits, explain_problem
from tasks.programmes.strict_yaml import Lines, Spot
from tasks.programmes.yaml_faults import Shaped


@dataclass(frozen=True, slots=True)
class FileValue:
    """A value of a file, and its place; `parts` hold values merged from several files."""

    value: Any
    file: str
    lines: Lines
    place: Place = ()
    parts: Mapping[str | int, FileValue] = field(default_factory=dict)

    def part(self, name: str | int) -> FileValue:
        """Return the value of a key, or at a position."""
        if name in self.parts:
            return self.parts[name]
        return FileValue(self.value[name], self.file, self.lines, (*self.place, name))

    def nearest(self, place: Sequence[str | int]) -> Spot:
        """Return where the value at a place was written, or its enclosing value."""
        value = self
        for position, name in enumerate(place):
            if not value.parts:
                return value._spot(place[position:])
            if name not in value.parts:
                break
            value = value.parts[name]
        return value._spot(())

    def _spot(self, rest: Sequence[str | int]) -> Spot:
        return Spot(self.file, self.lines.nearest((*self.place, *rest)))

    def laid_over(self, parts: Mapping[str | int, FileValue]) -> FileValue:
        """Return the same place with other keys and values."""
        value = {name: part.value for name, part in parts.items()}
        return FileValue(value, self.file, self.lines, self.place, parts)


# The keys that a word or a sentence alone stands for, if the other file has keys: `approval: funder`.
_ALONE = {"approval": "by", "claim": "due", "paid": "due"}


def lay_over(below: FileValue, above: FileValue, place: Place = ()) -> FileValue:
    """Return one value merged over another: mappings key by key, all else whole; `~` removes a key.

    Raises ProgrammeInvalid if the removed key does not exist.
    """
    if isinstance(below.value, str) and isinstance(above.value, dict):
        key = "kind" if place[-2:-1] == ("questions",) else _ALONE.get(str(place[-1]))
        below = below if key is None else replace(below, value={key: below.value})
    if not (isinstance(below.value, dict) and isinstance(above.value, dict)):
        return above
    parts = {key: below.part(key) for key in below.value}
    for key, value in above.value.items():
        overlay = above.part(key)
        if value is not None:
            parts[key] = lay_over(parts[key], overlay, (*place, key)) if key in parts else overlay
        elif parts.pop(key, None) is None:
            where = ".".join(shown(part) for part in (*place, key))
            near = did_you_mean(key, below.value)
            raise ProgrammeInvalid(f"{overlay.nearest(())}: {where}: there is nothing to take out{near}")
    return above.laid_over(parts)


def plan_of(file_value: FileValue, *, examples: bool = True) -> Programme:
    """Return the plan of a file; ProgrammeInvalid names every fault, its line and its cure.

    Checking its examples takes longer than all the rest: `grants check` does it, an import does
    not.
    """
    plan = plan_or_faults(file_value, examples=examples)
    if isinstance(plan, Programme):
        return plan
    lines = [
        str(Common.AT(place=Shaped.LINE(name=one.spot.file, line=one.spot.line), why=one.said))
        for one in plan
    ]
    raise ProgrammeInvalid("\n".join(dict.fromkeys(lines)))


def plan_or_faults(file_value: FileValue, *, examples: bool = True) -> Programme | list[FileFault]:
    """Return the plan of a file, or every fault in it, line by line."""
    misfits: list[FileFault] = []
    try:
        written = Written.model_validate(file_value.value)
    except ValidationError as problem:
        misfits = explain_misfits(problem, file_value.value, file_value.nearest, Written)
        mended = _mended(file_value.value, problem)
        if mended is None:
            return misfits
        written = mended
    programme, problems = expand(written)
    if programme is not None and not misfits:
        problems = list(_find_all(written, programme, examples))
        if not problems:
            return programme
    more = (explain_problem(problem, file_value.value, file_value.nearest) for problem in problems)
    return sorted([*misfits, *more], key=attrgetter("spot"))


def _find_all(written: Written, plan: Programme, examples: bool) -> Iterator[Problem]:
    """Yield the contradictions in the plan; if there are none, where its examples differ, if checked."""
    problems = list(find_problems(plan)) or list(find_phase_problems(plan))
    if problems:
        yield from (_where_written(problem, written, plan) for problem in problems)
        return
    if examples:
        yield from list(find_slips(written, plan)) or find_differences(written, plan)


# Values in place of required keys in the file's head that are missing or cannot be read: the
# sentences are still read.
_INSTEAD: dict[str | int, object] = {
    "programme": "unnamed",
    "title": "unnamed",
    "source": "unknown",
    "currency": "EUR",
    "country": "SE",
    "share": "100 %",
}


# A payment as a sentence names it.
_PAYMENT = re.compile(r"\b([a-z][a-z0-9-]*)\.(?:claimed|paid)\b")


def _mended(content: Any, problem: ValidationError) -> Written | None:
    """Return the file without unknown keys and with missing ones filled in; None if more is wrong with it."""
    rest = deepcopy(content)
    rest.pop("examples", None)  # they are checked only if nothing is wrong
    errors = [error for error in problem.errors() if error["loc"][0] not in ("examples", "sources")]
    for name in {
        error["loc"][1] for error in problem.errors() if error["loc"][0] == "sources" and error["loc"][1:]
    }:
        rest["sources"][name] = {"file": "*"}  # so that steps taking its figures are read
    if any(error["loc"][1:] and error["type"] not in ("missing", "extra_forbidden") for error in errors):
        return None
    named = {name: {"share": "100 %"} for name in _PAYMENT.findall(str(content))}
    instead = {**_INSTEAD, "payments": named or {"whole": {"share": "100 %"}}}
    for error in errors:
        *within, name = error["loc"]
        parent = rest
        for part in within:
            parent = parent[part]
        if name in instead and error["type"] != "extra_forbidden":
            parent[name] = instead[name]
        else:
            parent.pop(name, None)
    try:
        return Written.model_validate(rest)
    except ValidationError:
        return None


def _where_written(problem: Problem, written: Written, plan: Programme) -> Problem:
    """Return a problem of the plan at its place in the file, with the file's names."""
    place = problem.place

    def as_in_file(text: str) -> str:
        for step in plan.steps:
            name = name_of(step, list(written.payments))
            text = re.sub(rf"(?<![\w.-]){re.escape(step.key)}(?![\w.-])", name, text)
        return text

    sentence = problem.sentence
    if isinstance(sentence, Remark):
        named = {
            name: as_in_file(fact) if isinstance(fact, str) else fact for name, fact in sentence.facts.items()
        }
        sentence = replace(sentence, facts=named)
    elif not problem.cure:
        sentence = as_in_file(sentence)
    if place[:1] == ("steps",):
        place = (*dict(_placed(written))[str(place[1])], *place[2:])
    elif place[:1] == ("instalments",):
        place = ("payments", *(list(written.payments)[int(number)] for number in place[1:2]))
    return replace(problem, place=place, sentence=sentence)


def _placed(written: Written) -> Iterator[tuple[str, Place]]:
    for name in ("application", "funder-decision", *written.steps):
        yield name, ("steps", name)
        yield approval_of(name), ("steps", name, "approval")
    for name in written.payments:
        yield claim_of(name), ("payments", name, "claim")
        yield coming_of(name), ("payments", name, "paid")
