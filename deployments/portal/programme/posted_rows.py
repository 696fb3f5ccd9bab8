"""Read the rows of a programme from a posted form, and add or take away one."""

from collections.abc import Mapping
from dataclasses import astuple, fields, replace
from typing import Any, TypeVar

from models.forms.field import clean
from models.programme.expand.words import STEPS, Called
from tasks.programmes.rows.row import MOST_ROWS, DateRow, DutyRow, Head, PaymentRow, ProgrammeRows, Row
from tasks.words.translator import capitalised

_Shape = TypeVar("_Shape", Head, DateRow, DutyRow, PaymentRow)
# What the reader's language has no part in; the sentences are those of the language, to be changed.
_USUAL: Mapping[str, Mapping[str, Any]] = {
    "quarterly": {
        "name": "follow-up",
        "each": "quarter",
        "due": "1 month after period_end",
        "last": "into final-report",
    },
    "yearly": {"name": "interim-report", "each": "year", "due": "1 March after period_end", "last": "skip"},
    # It is an annex of the report, and so is there before the report leaves.
    "certificate": {"name": "audit-certificate", "due": "5 working days before final-report (our choice)"},
    "committee": {
        "name": "draft",
        "approval": "committee",
        "approval_due": "2 working days before final-report",
    },
}
USUAL_DUTIES = tuple(_USUAL)


def read_rows(texts: Mapping[str, str]) -> ProgrammeRows:
    """Return the rows that a form has, each field called GROUP-NUMBER-FIELD; rows without a word are left out."""
    return ProgrammeRows(
        head=_filled(Head, "head-0", texts),
        dates=_rows(DateRow, "dates", texts),
        duties=_rows(DutyRow, "duties", texts),
        repayments=_rows(DutyRow, "repayments", texts),
        payments=_rows(PaymentRow, "payments", texts),
    )


def _rows(shape: type[_Shape], group: str, texts: Mapping[str, str]) -> tuple[_Shape, ...]:
    found = [_filled(shape, f"{group}-{number}", texts) for number in range(MOST_ROWS[group])]
    return tuple(row for row in found if any(astuple(row)))


def _filled(shape: type[_Shape], place: str, texts: Mapping[str, str]) -> _Shape:
    said = {one.name: texts.get(f"{place}-{one.name}") for one in fields(shape)}
    return shape(**{name: clean(text) for name, text in said.items() if text is not None})


def add_row(rows: ProgrammeRows, added: str, language: str) -> ProgrammeRows:
    """Return the rows with one more: of a group, or a usual duty; of a full group as they are."""
    if added in _USUAL:
        return _with(rows, "duties", _usual_duty(added, language))
    blank: dict[str, Row] = {
        "dates": DateRow(),
        "duties": DutyRow(),
        "payments": PaymentRow(),
        "repayments": DutyRow(
            title=_titled("repayment", language),
            due="30 days after final-report.done",
            repays="paid less final-report.spent",
        ),
    }
    return _with(rows, added, blank[added]) if added in blank else rows


def _with(rows: ProgrammeRows, group: str, row: Row) -> ProgrammeRows:
    there = getattr(rows, group)
    changes: dict[str, Any] = {group: (*there, row)[: MOST_ROWS[group]]}
    return replace(rows, **changes)


def _usual_duty(usual: str, language: str) -> DutyRow:
    said = dict(_USUAL[usual])
    return DutyRow(title=_titled(said.pop("name"), language), **said)


def _titled(name: str, language: str) -> str:
    return capitalised(STEPS[name].title.in_language(language))


def usual_titles(known: Mapping[str, Called], language: str) -> list[str]:
    """Return what steps or payments are usually called, each title once."""
    return sorted({capitalised(called.title.in_language(language)) for called in known.values()})


def drop_row(rows: ProgrammeRows, dropped: str) -> ProgrammeRows:
    """Return the rows without the one that is called GROUP-NUMBER."""
    group, _, number = dropped.partition("-")
    if group not in MOST_ROWS or not number.isdecimal():
        return rows
    kept = [row for at, row in enumerate(getattr(rows, group)) if at != int(number)]
    changes: dict[str, Any] = {group: tuple(kept)}
    return replace(rows, **changes)
