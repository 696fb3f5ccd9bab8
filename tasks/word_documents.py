"""Fill the Word templates: an officer edits them in Word, and the facts go where they say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.shared import Emu, Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from models.errors import TemplateBroken
from models.rules.plain_text import one_line
from tasks.bar_chart import Chart, draw_charts
from tasks.document_facts import DocumentFacts
from tasks.report_figures import FigureTable

TEMPLATES = Path(__file__).parent.parent / "templates" / "documents"
Kind = Literal["memo", "final-report", "follow-up", "claim", "cover-letter", "agenda-note", "repayment"]
_WIDTH = Mm(160)
_LONGEST_NAME = 255  # letters of what a file says of itself (python-docx)
# The least room for a row's title, a letter of a cell, and what is empty around a cell.
_TITLES, _LETTER, _AROUND = Mm(42), Mm(1.5), Mm(4)


def own_templates(home: Path) -> Path:
    """Return the folder of a home in which an organisation's own templates lie, under the shipped ones' names."""
    return home / "templates"


def template_names() -> tuple[str, ...]:
    """Return the names that a template can have: a kind of document in a language."""
    return tuple(_name_of(kind, language) for kind in get_args(Kind) for language in ("sv", "en"))


def read_template(path: Path) -> None:
    """Read a template as a document is made from it, without facts; TemplateBroken, in one line, when it cannot be."""
    with _told_of(path):
        DocxTemplate(path).get_undeclared_template_variables(_environment())


def fill_template(kind: Kind, facts: DocumentFacts, own: Path | None = None, **more: Any) -> bytes:
    """Return the document of that kind in the facts' language, as a .docx file.

    `own` is the folder whose templates win over the shipped ones. `more` is what one kind alone needs: `part` of a
    claim, `step_title` of a follow-up, `due_on` of a repayment.
    TemplateBroken, in one line, when the template cannot be read or asks for what there is not.
    """
    path = _template(_name_of(kind, facts.language), own)
    charts = draw_charts(facts)
    with _told_of(path):
        template = DocxTemplate(path)
        context = {
            "f": replace(
                facts, tables=_fitting(facts.tables), spending_tables=_fitting(facts.spending_tables)
            ),
            "charts": [InlineImage(template, BytesIO(one.picture), width=_WIDTH) for one in charts],
            **more,
        }
        template.render(context, _environment(), autoescape=True)
    _place_pictures(template, charts)
    _set_widths(template)
    _name_file(template, facts)
    result = BytesIO()
    template.save(result)
    return _same_bytes(result)


def _name_of(kind: str, language: str) -> str:
    return f"{kind}.{language}.docx"


def _template(name: str, own: Path | None) -> Path:
    """Return the organisation's own template where there is one, even one that cannot be read, or the shipped one."""
    if own is not None:
        try:
            (own / name).lstat()
        except FileNotFoundError:
            return TEMPLATES / name
        except OSError:  # opening it says so
            pass
        return own / name
    return TEMPLATES / name


def _environment() -> SandboxedEnvironment:
    """Return what a template is filled in: an officer's says what a document holds, and reaches nothing else."""
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Raise TemplateBroken, in one line, for what is wrong with a template."""
    try:
        yield
    except (PackageNotFoundError, BadZipFile, KeyError, OSError, SyntaxError) as problem:  # of its XML
        raise TemplateBroken(f"{path.name}: it cannot be read as a Word document") from problem
    except (TemplateError, TypeError, ValueError, ArithmeticError) as problem:
        raise TemplateBroken(f"{path.name}: {problem}{_place_of(problem)}") from problem


def _place_of(problem: Exception) -> str:
    """Return the paragraph that a slip is in or before, as far as it is known."""
    lines = [one_line(line, 80) for line in getattr(problem, "docx_context", ())]
    at = min(3, (getattr(problem, "lineno", None) or 1) - 1)
    near = next((line for line in reversed(lines[: at + 1]) if line), "")
    return f' at or after "{near}"' if near else ""


def _name_file(template: DocxTemplate, facts: DocumentFacts) -> None:
    """Let the file say what it is and whose: readers with a screen reader hear its title first."""
    named = (
        one.text for one in template.docx.paragraphs if one.style is not None and one.style.name == "Title"
    )
    core = template.docx.core_properties
    core.title, core.author = next(named, facts.title)[:_LONGEST_NAME], facts.recipient[:_LONGEST_NAME]
    core.last_modified_by, core.language = "", facts.language


def _same_bytes(document: BytesIO) -> bytes:
    """Return the file with the same date in every part, so that the same content has the same hash."""
    result = BytesIO()
    with ZipFile(document) as before, ZipFile(result, "w", ZIP_DEFLATED) as after:
        for name in before.namelist():
            info = ZipInfo(name)
            info.compress_type = ZIP_DEFLATED
            after.writestr(info, before.read(name))
    return result.getvalue()


def _fitting(tables: Iterable[FigureTable]) -> tuple[FigureTable, ...]:
    """Return the tables with those of more periods than fit the page's width parted, the totals in the last part."""
    return tuple(part for table in tables for part in _parted(table))


def _parted(table: FigureTable) -> Iterator[FigureTable]:
    longest = max(
        len(text)
        for text in (
            *(word for period in table.periods for word in period.split()),
            *(cell for row in table.rows for cell in (*row.cells, row.total)),
        )
    )
    room = int((_WIDTH - _TITLES) / (_LETTER * longest + _AROUND))
    count = len(table.periods)
    parts = -(-count // max(1, room - 1))
    ends = [round(count * number / parts) for number in range(parts + 1)]
    for start, end in pairwise(ends):
        last = end == count
        rows = (
            replace(
                row,
                cells=row.cells[start:end],
                values=row.values[start:end],
                total=row.total if last and count > 1 else "",
            )
            for row in table.rows
        )
        yield FigureTable(table.periods[start:end], tuple(rows))


def _set_widths(template: DocxTemplate) -> None:
    """Share the page's width out in the tables whose columns follow the periods; others have the template's."""
    for table in template.docx.tables:
        cells = table.rows[0].cells
        count = len(cells)
        if count < 2 or table._tbl.find(f".//{qn('w:tblHeader')}") is None:
            continue
        if abs(sum(cell.width or 0 for cell in cells) - _WIDTH) < Mm(1):
            continue
        first = int(_WIDTH * 1.8 / (count + 0.8))
        widths = (first, *[(_WIDTH - first) // (count - 1)] * (count - 1))
        for column, width in zip(table.columns, widths, strict=False):
            column.width = Emu(width)
        for row in table.rows:
            for cell, width in zip(row.cells, widths, strict=False):
                cell.width = Emu(width)


def _place_pictures(template: DocxTemplate, charts: Sequence[Chart]) -> None:
    """Let each chart begin where the text does, and say in words what it shows, for readers who do not see it."""
    for inline in template.docx.element.body.iter(qn("wp:inline")):
        for side in "TBLR":
            inline.set(
                f"dist{side}", "0"
            )  # unsaid it is 3 mm in LibreOffice, which moves it out of the page's text
    pictures = (one for one in template.docx.element.body.iter(qn("wp:docPr")) if not one.get("descr"))
    for picture, chart in zip(pictures, charts, strict=False):
        picture.set("descr", chart.words)
