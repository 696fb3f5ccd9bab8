"""Decide whether an answer to a step is accepted, and what it does to the step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from models.programme import Question
from models.step import Step
from models.vocabulary import UNSETTLED, AnswerKind, StepKind, StepStatus


class Verdict(StrEnum):
    """Why an answer is accepted or not."""

    ACCEPTED = "accepted"
    ALREADY_DONE = "already_done"
    NO_ROLE = "no_role"
    OWN_REPORT = "own_report"
    NEEDS_FIRST = "needs_first"
    NOT_YET_OPEN = "not_yet_open"
    NOT_DATED = "not_dated"
    WRONG_KIND = "wrong_kind"
    BAD_DATA = "bad_data"
    NO_REASON = "no_reason"
    NOT_APPROVED = "not_approved"


@dataclass(frozen=True, slots=True)
class AnswerVerdict:
    """The verdict, with what a person needs to mend it, and the status that the step takes."""

    verdict: Verdict
    detail: str = ""
    status: StepStatus | None = None

    @property
    def accepted(self) -> bool:
        """Whether the answer counts."""
        return self.verdict is Verdict.ACCEPTED


@dataclass(frozen=True, slots=True)
class Asked:
    """Who answers what, and what the answer depends on.

    `allowed_ids` may answer; `reporter_id` did the report that an approval is about; `open_needs` are the keys of
    the steps that must be settled first.
    """

    kind: AnswerKind
    by_id: int
    today: date
    allowed_ids: Collection[int]
    open_needs: Sequence[str] = ()
    reporter_id: int | None = None
    note: str = ""


def accept_answer(step: Step, asked: Asked) -> AnswerVerdict:
    """Decide on an answer to the step: done, not yet, not me, approved, returned or withdrawn."""
    if asked.by_id not in asked.allowed_ids:
        return AnswerVerdict(Verdict.NO_ROLE)
    if asked.kind is AnswerKind.WITHDRAWN:
        return _withdraw(step, asked)
    if step.status not in UNSETTLED:
        return AnswerVerdict(Verdict.ALREADY_DONE, f"{step.status} on {step.done_on}")
    if asked.kind in (AnswerKind.NOT_YET, AnswerKind.NOT_ME):
        return AnswerVerdict(Verdict.ACCEPTED, status=step.status)
    wants_approval = asked.kind in (AnswerKind.APPROVED, AnswerKind.RETURNED)
    if wants_approval != (step.kind is StepKind.APPROVAL):
        return AnswerVerdict(Verdict.WRONG_KIND, f"the step is a {step.kind}")
    if asked.open_needs:
        return AnswerVerdict(Verdict.NEEDS_FIRST, ", ".join(asked.open_needs))
    if step.due_on is None:
        return AnswerVerdict(Verdict.NOT_DATED, str(step.receipt.get("arithmetic", "")))
    if step.opens_on and asked.today < step.opens_on:
        return AnswerVerdict(Verdict.NOT_YET_OPEN, f"it opens on {step.opens_on.isoformat()}")
    # The funder's approval is the funder's: whoever sent the report may record it.
    if wants_approval and not step.with_funder and asked.by_id == asked.reporter_id:
        return AnswerVerdict(Verdict.OWN_REPORT)
    if asked.kind is AnswerKind.RETURNED:
        if not asked.note.strip():
            return AnswerVerdict(Verdict.NO_REASON)
        return AnswerVerdict(Verdict.ACCEPTED, status=StepStatus.WAITING)
    status = StepStatus.APPROVED if asked.kind is AnswerKind.APPROVED else StepStatus.DONE
    return AnswerVerdict(Verdict.ACCEPTED, status=status)


def _withdraw(step: Step, asked: Asked) -> AnswerVerdict:
    if step.status is not StepStatus.APPROVED:
        return AnswerVerdict(Verdict.NOT_APPROVED, f"the step is {step.status}")
    if not asked.note.strip():
        return AnswerVerdict(Verdict.NO_REASON)
    return AnswerVerdict(Verdict.ACCEPTED, status=StepStatus.OPEN)


def check_data(
    questions: Iterable[Question], data: Mapping[str, Any]
) -> tuple[dict[str, str | int | bool], tuple[str, ...]]:
    """Return the answers as stored values, and a problem for each that does not fit its question.

    Numbers become int or decimal text, money decimal text, dates ISO text; "nothing" stays out. An answer to a
    question that was not asked is a problem.
    """
    asked = {question.key: question for question in questions}
    values: dict[str, str | int | bool] = {}
    problems = [f"'{key}' is not a question of this step" for key in data if key not in asked]
    for key, question in asked.items():
        raw = data.get(key)
        if raw is None or raw == "":
            if question.required:
                problems.append(f"'{key}' is not answered ({question.title.en})")
            continue
        value = read_value(question.kind, raw)
        if value is None:
            problems.append(f"'{key}' is not a {question.kind.replace('_', '/')}: '{str(raw)[:40]}'")
        else:
            values[key] = value
    return values, tuple(problems)


def read_value(kind: str, raw: object) -> str | int | bool | None:
    """Return an answer as it is stored, or None when it does not fit the question's kind."""
    text = str(raw).strip()
    if kind == "text":
        return text
    if kind == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            return None
    if kind == "yes_no":
        return {"true": True, "yes": True, "ja": True, "false": False, "no": False, "nej": False}.get(
            text.lower()
        )
    digits = text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace(",", ".")
    try:
        number = Decimal(digits)
    except InvalidOperation:
        return None
    if isinstance(raw, bool) or not number.is_finite() or number < 0:
        return None
    if kind == "number" and number == number.to_integral_value():
        return int(number)
    return str(number)
