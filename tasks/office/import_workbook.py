"""Write the workbook that an import takes: empty to be filled in, or with all that the database holds of its sheets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from models.columns import table_of
from models.letter import Letter
from models.people_entries import ALWAYS
from models.rules.both import Both
from models.sheet_headings import Column, SheetShape
from models.sheet_shapes import ABOUT, SHAPES
from models.sheet_words import SOURCES, WORDS, source_in_swedish
from models.vocabulary import LetterKind, Role
from tasks.files.table_files import SheetOut, xlsx_of
from tasks.office.held_entries import held_entries
from tasks.office.held_steps import WAITING, Line

# What a workbook does not hold, in one place: the first sheet, the command and README say it.
NOT_IN_IT = Both(
    "Finns inte här: brev, filer, upprättade handlingar, journalen, länkar och inloggningar, det som är skrivet men"
    " inte skickat, och programmet som det var när bidraget lades upp.",
    "Not in it: letters, files, made documents, the journal, links and logins, what is typed and not sent, and the"
    " programme as it was when the grant was entered.",
)
_WAIT = Both(
    "När den skrevs väntade brev på att gå iväg ({count}). Vilka de underrättar finns inte här.",
    "When it was written letters waited to leave ({count}). Whom they tell is not in it.",
)
# The letters that carry notices.
_TELLING = (LetterKind.TASKS, LetterKind.DECISION, LetterKind.MONEY)
_WIDTHS = {
    "title": 40,
    "name": 40,
    **dict.fromkeys(("email", "manager", "deputy", "requested_by", "confirmed_by"), 34),
    "step": 26,
    "question": 30,
    **dict.fromkeys(("answer", "value"), 60),
    **dict.fromkeys(("sha256", "programme_version"), 66),
    **dict.fromkeys(("gathered_at", "said_at", "recorded_at"), 34),
    **dict.fromkeys(("reason", "note"), 40),
    **dict.fromkeys(("by", "colleague", "recorded_by", "claimed_by", "paid_by", "part_paid_by"), 34),
    **{f"roles.{role}": 34 for role in Role},
    "programme": 30,
    "purpose": 50,
    "conditions": 50,
    "source": 30,
}


def empty_workbook(language: str) -> bytes:
    """Return a workbook with one sheet a kind and its headings in the language, to be filled in."""
    return xlsx_of(*(_sheet(shape, (), language) for shape in SHAPES))


def import_workbook(connection: Connection, language: str) -> bytes:
    """Return a workbook with one sheet a kind, its headings in the language; `grants import` reads it back.

    It ends with a sheet that says what is not in it, of letters that wait to leave how many.
    """
    lines = held_entries(connection)
    sheets = [_sheet(shape, lines[shape.kind], language) for shape in SHAPES]
    waiting = letters_waiting(connection)
    said = [NOT_IN_IT, *([Both(*(one.format(count=waiting) for one in _WAIT))] if waiting else [])]
    order = ("en", "sv") if language == "en" else ("sv", "en")
    lines_about = [[getattr(one, each)] for each in order for one in said]
    return xlsx_of(*sheets, SheetOut(ABOUT[language == "en"], lines_about, [110]))


def letters_waiting(connection: Connection) -> int:
    """Return how many letters that tell of grants may still leave: whom they tell, the workbook does not say."""
    letters = table_of(Letter)
    waiting = letters.c.status.in_(WAITING) & letters.c.kind.in_(_TELLING)
    return connection.execute(select(func.count()).where(waiting)).scalar_one()


def _sheet(shape: SheetShape, lines: Sequence[Line], language: str) -> SheetOut:
    columns = [(column.field, _heading(column, language)) for column in shape.columns]
    # The grants' own columns are in sheets of their own.
    own = {"grants": ("decided_on", "amount")}.get(shape.kind, ())
    columns = [one for one in columns if one[0] not in own]
    more = dict.fromkeys(key for line in lines for key in line if key not in dict(columns))
    columns += [(key, _dynamic(key, language)) for key in sorted(more)]
    table: list[list[Any]] = [
        [heading for _, heading in columns],
        *([_said(key, line.get(key), language) for key, _ in columns] for line in lines),
    ]
    widths = [max(_WIDTHS.get(key, 18), len(heading) + 2) for key, heading in columns]
    return SheetOut(shape.titles[language == "en"], table, widths)


def _said(field: str, value: Any, language: str) -> Any:
    """Return a cell's value, yes and no and the closed words as the reader's language has them."""
    if field == "valid_from" and value == ALWAYS:
        return None  # spreadsheets do not agree on which day is the first that they count
    if isinstance(value, bool):
        return ("yes" if value else "no") if language == "en" else ("ja" if value else "nej")
    if language != "en" and field in SOURCES and isinstance(value, str):
        return source_in_swedish(value)
    if language == "en" or field not in WORDS:
        return value
    return next((swedish for swedish, word in WORDS[field].items() if word == value), value)


def _heading(column: Column, language: str) -> str:
    english = column.field.rpartition(".")[2].replace("_", " ")
    text = english if language == "en" else column.swedish
    return text[:1].upper() + text[1:]


def _dynamic(key: str, language: str) -> str:
    """Return the heading of a date's or an instalment's column."""
    number = key.partition(" ")[2]
    return key if not number else f"{'Instalment' if language == 'en' else 'Rat'} {number}"
