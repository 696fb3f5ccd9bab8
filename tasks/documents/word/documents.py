"""Fill a Word template with a grant's facts."""

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, time
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Emu, Mm
from docx.table import Table
from docx.text.paragraph import Paragraph
from docx.text.run import Run
from docxtpl import DocxTemplate

from tasks.documents.facts.document import DocumentFacts
from tasks.documents.facts.figures import FigureTable
from tasks.documents.word.templates import Kind, name_of, template_path
from tasks.documents.word.word_template import open_template, told_of
from tasks.words.translator import LANGUAGES

_WIDTH = Mm(160)
_LONGEST_NAME = 255  # letters of a file's properties (python-docx)
# Rows of a table that stays on one page, and of those that stay together where a taller one is split.
_MOST_WHOLE = 14
_TOGETHER = 3
# The number of paragraphs that are kept with the signatures.
_SIGNED = 2
# The least width of a row's title, of a letter of a cell, and of the margins of a cell.
_TITLES = Mm(38)
_LETTER = Mm(1.5)
_AROUND = Mm(4)
_HYPHEN = re.compile(r"(?<=\w)-(?=\d)")


def fill_template(kind: Kind, facts: DocumentFacts, own: Path | None = None, **more: object) -> bytes:
    """Return the document of that kind in the facts' language, as a .docx file.

    `own` is the folder whose templates take precedence over the shipped ones. `more` are the facts
    for one kind alone: `part` of a claim, `step_title` of a follow-up, `due_on` of a repayment.
    Raises TemplateBroken, in one line, if the template cannot be read or uses a fact that does not
    exist.
    """
    path = template_path(name_of(kind, facts.language), own)
    given = given_to_template(facts, more)
    with told_of(path):
        template = open_template(path)
        template.named()  # raises for one that takes all facts at once
        template.fill(given)
    _keep_signed_text(template)
    _set_widths(template)
    _let_tall_tables_part(template)
    _name_file(template, facts)
    _mark_languages(template, facts)
    _keep_numbers_whole(template)
    result = BytesIO()
    template.save(result)
    return _same_bytes(result)


def given_to_template(facts: DocumentFacts, more: Mapping[str, object]) -> dict[str, object]:
    """Return everything that a template can use."""
    tables = _fitting(facts.tables)
    spending = _fitting(facts.spending_tables)
    return {"f": replace(facts, tables=tables, spending_tables=spending), **more}


def printed_facts(kind: Kind, language: str, own: Path | None = None) -> frozenset[str]:
    """Return the names of the facts that the template of that kind prints.

    Raises TemplateBroken if it cannot be read.
    """
    path = template_path(name_of(kind, language), own)
    with told_of(path):
        return open_template(path).named()


def _name_file(template: DocxTemplate, facts: DocumentFacts) -> None:
    """Set the file's title and author: a screen reader reads the title first."""
    named = (
        paragraph.text
        for paragraph in template.docx.paragraphs
        if paragraph.style is not None and paragraph.style.name == "Title"
    )
    # LibreOffice's part has another type: python-docx would write a second part under the same name.
    parts = template.docx.part.package.rels
    for key in [key for key, part in parts.items() if part.reltype.endswith("/core-properties")]:
        if parts[key].reltype != RELATIONSHIP_TYPE.CORE_PROPERTIES:
            del parts[key]
    core = template.docx.core_properties
    core.title = next(named, facts.title)[:_LONGEST_NAME]
    core.author = (facts.administration or facts.recipient)[:_LONGEST_NAME]
    core.last_modified_by = ""
    core.language = facts.language
    core.created = core.modified = datetime.combine(facts.made_on, time(), UTC)


def _mark_languages(template: DocxTemplate, facts: DocumentFacts) -> None:
    """Mark the language of a quotation in another one, so that a screen reader pronounces it correctly."""
    if facts.written_in not in LANGUAGES or facts.written_in == facts.language:
        return
    sources = (re.escape(decision.source) for decision in facts.decisions if decision.source)
    foreign = re.compile(f"({'|'.join(('[“”][^“”]*”', *sources))})")
    locale = LANGUAGES[facts.written_in].replace("_", "-")
    for element in [*template.docx.element.body.iter(qn("w:r"))]:
        run = Run(element, template.docx)
        own, *others = foreign.split(run.text)
        if others and "\n" not in run.text:
            run.text = own
            for place, text in reversed([*enumerate(others)]):
                copied = deepcopy(element)
                Run(copied, template.docx).text = text
                if place % 2 == 0:
                    lang = OxmlElement("w:lang")
                    lang.set(qn("w:val"), locale)
                    copied.get_or_add_rPr().append(lang)
                element.addnext(copied)


def _keep_numbers_whole(template: DocxTemplate) -> None:
    """Let no line end at a hyphen before a digit, as within "REF-2009-2": Word would break it there."""
    for node in [*template.docx.element.body.iter(qn("w:t"))]:
        first, *others = _HYPHEN.split(node.text or "")
        node.text = first
        for text in reversed(others):
            after = deepcopy(node)
            after.text = text
            after.set(qn("xml:space"), "preserve")
            node.addnext(after)
            node.addnext(OxmlElement("w:noBreakHyphen"))


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
    """Return the tables, those too wide for the page split by period, with the totals in the last part."""
    return tuple(part for table in tables for part in (_parted(table) if table.periods else [table]))


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


def _tables(template: DocxTemplate) -> list[tuple[BaseOxmlElement, Table]]:
    """Return the tables of the document's body, each with its element."""
    word = template.docx
    return [(element, Table(element, word)) for element in word.element.body.findall(qn("w:tbl"))]


def _set_widths(template: DocxTemplate) -> None:
    """Divide the page's width in tables whose columns follow the periods; others keep the template's."""
    for element, table in _tables(template):
        cells = table.rows[0].cells
        count = len(cells)
        if count < 2 or element.find(f".//{qn('w:tblHeader')}") is None:
            continue
        if abs(sum(cell.width or 0 for cell in cells) - _WIDTH) < Mm(1):
            continue
        for mark in element.iter(qn("w:tblW")):  # the whole table's width, written for other columns
            mark.set(qn("w:type"), "auto")
            mark.set(qn("w:w"), "0")
        first = int(_WIDTH * 1.6 / (count + 0.6))
        widths = (first, *[(_WIDTH - first) // (count - 1)] * (count - 1))
        for column, width in zip(table.columns, widths, strict=False):
            column.width = Emu(width)
        for row in table.rows:
            for cell, width in zip(row.cells, widths, strict=False):
                cell.width = Emu(width)


def _let_tall_tables_part(template: DocxTemplate) -> None:
    """Let a tall table begin right after the text before it, and break between two of its rows."""
    for element, _ in _tables(template):
        rows = element.findall(qn("w:tr"))
        if len(rows) <= _MOST_WHOLE:
            continue
        for row in rows[_TOGETHER:-_TOGETHER]:
            for mark in [*row.iter(qn("w:keepNext"))]:
                mark.getparent().remove(mark)


def _keep_signed_text(template: DocxTemplate) -> None:
    """Keep the last lines on the page of the signatures: nobody signs a page without text."""
    for element, table in _tables(template):
        if table.style is None or table.style.name != "Signatures":
            continue
        before = element.getprevious()
        lines = 0
        while before is not None and before.tag == qn("w:p") and lines < _SIGNED:
            paragraph = Paragraph(before, template.docx)
            paragraph.paragraph_format.keep_with_next = True
            lines += bool(paragraph.text.strip())
            before = before.getprevious()
