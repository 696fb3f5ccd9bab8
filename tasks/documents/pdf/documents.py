"""Turn a Word document into a tagged PDF that a screen reader can read."""

import json
import logging
import re
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import typst
from docx import Document
from docx.blkcntnr import BlockItemContainer
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.table import Table
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from models.errors import BadInput, BeyondConverter, SignUnknown, TemplateBroken
from models.reading.plain_text import one_line, without_unseen
from tasks.documents.document_faults import Printed
from tasks.documents.pdf.margins import is_right, margins_of, pictures_in, refuse_old_pictures
from tasks.documents.pdf.office import FONTS, print_in_office
from tasks.documents.pdf.row_headers import with_row_headers

log = logging.getLogger(__name__)
_PAGE = Path(__file__).parents[3] / "templates" / "documents" / "page.typ"
_HEADINGS = {"Title": 1, "Heading 1": 2, "Heading 2": 3, "Heading 3": 4}
# What typst says of a sign without a letter, and of what a tagged PDF must have.
_NO_LETTER = re.compile(r'the text `"(.+)"` could not be displayed')
_WHY = {
    "missing document title": Printed.NO_TITLE,
    "first heading must be": Printed.FIRST_HEADING,
    "missing alt text": Printed.NO_ALTERNATIVE,
    "failed to decode image": Printed.PICTURE_BROKEN,
    "failed to parse SVG": Printed.PICTURE_BROKEN,
}
_SYMBOL_BULLET = "\uf0b7"  # a bullet in Word's font Symbol
# The number of letters in a cell that could be taller than a page in a narrow column.
_LONG_CELL = 300
_LOW = 14  # the number of rows of a table that stays on one page
# The day of a document that names none.
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
_LISTS = {"List Bullet": "-", "List Number": "+"}


def as_pdf(document: bytes, language: str) -> bytes:
    """Return the Word document as a PDF for archives and screen readers (PDF/A-2a and PDF/UA-1).

    Paragraphs, headings, lists, tables and pictures are converted. A PDF must not leave out a line
    of what was approved: a document with text elsewhere, as in a text box, is LibreOffice's to
    print, and claims nothing. Raises TemplateBroken where that is not installed, and SignUnknown if
    the font has no letter for a sign.
    """
    word = Document(BytesIO(document))
    try:
        return _converted(word, language)
    except BeyondConverter as problem:
        return print_in_office(document, word, problem.remark)


def _converted(word: WordDocument, language: str) -> bytes:
    """Return the PDF of our own converter; BeyondConverter says what of the document it cannot hold."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        writer = _Writer(word, folder)
        body = "\n".join(writer.body())
        _check_whole(word, writer.said)
        (folder / "page.typ").write_bytes(_PAGE.read_bytes())
        made_on = word.core_properties.created or _UNDATED
        facts = json.dumps(
            {
                "title": word.core_properties.title or "",
                "lang": language,
                "day": [made_on.year, made_on.month, made_on.day],
                **margins_of(word.sections[0], folder),
            },
            ensure_ascii=False,
        )
        (folder / "document.typ").write_text(
            f'#import "page.typ": lined, page-of, sheet\n#show: page-of.with(json(bytes({_quoted(facts)})))\n{body}\n',
            encoding="utf-8",
        )
        return _compiled(folder, writer.said)


def _compiled(folder: Path, texts: Sequence[str]) -> bytes:
    """Return the PDF; the machine's own fonts are used only if the shipped ones do not suffice."""
    for ours_alone in (True, False):
        try:
            made = typst.compile(
                str(folder / "document.typ"),
                root=str(folder),
                font_paths=[str(FONTS)],
                ignore_system_fonts=ours_alone,
                pdf_standards=["a-2a", "ua-1"],  # for the archive, and for screen readers
            )
        except typst.TypstError as problem:
            lacking = _NO_LETTER.search(problem.message)
            if not (lacking and ours_alone):
                raise _fault(problem.message, texts) from problem
        else:
            assert isinstance(made, bytes)  # noqa: S101 - of one file
            return with_row_headers(made)
    raise AssertionError("both ways return or raise")


def _fault(problem: str, texts: Sequence[str]) -> BadInput:
    """Return what is wrong with the document according to typst; typst's own words go to the log."""
    log.info("no PDF: %s", one_line(problem, 200))
    if lacking := _NO_LETTER.search(problem):
        sign = re.sub(r"\\u\{(\w+)\}", lambda code: chr(int(code[1], 16)), lacking[1])
        codes = " ".join(f"U+{ord(letter):04X}" for letter in sign)
        where = next((text for text in texts if sign in text), sign)
        return SignUnknown(Printed.NO_SIGN(sign=sign, codes=codes, where=one_line(where, 80)))
    return TemplateBroken(next((why for says, why in _WHY.items() if says in problem), Printed.NO_PDF)())


class _Writer:
    """Word's parts as typst markup, with all text as quoted strings, so that none of it is ever a command."""

    def __init__(self, word: WordDocument, folder: Path) -> None:
        self._word = word
        self._folder = folder
        self.said: list[str] = []

    def body(self) -> Iterator[str]:
        """Yield the document's paragraphs and tables, in order."""
        for element in self._word.element.body.iterchildren(qn("w:p"), qn("w:tbl")):
            if element.tag == qn("w:p"):
                yield self._paragraph(Paragraph(element, self._word))
            else:
                yield self._table(element, Table(element, self._word))

    def _paragraph(self, paragraph: Paragraph) -> str:
        inner = "".join(self._run(run) for run in paragraph.runs)
        style = paragraph.style.name if paragraph.style else ""
        if line := _line(paragraph):
            return _lined(paragraph, inner, line)
        if not inner.strip():
            return ""
        if style in _HEADINGS:
            return f"#heading(level: {_HEADINGS[style]})[{inner}]\n"
        if style in _LISTS:
            return f"{_LISTS[style]} {inner}"
        if is_right(paragraph.paragraph_format.element):
            return f"#align(right)[{inner}]\n"
        if paragraph.paragraph_format.keep_with_next:
            return f"#block(sticky: true{_above(paragraph)})[#par[{inner}]]\n"
        return f"#block[{inner}]\n" if "#image(" in inner else f"#par[{inner}]\n"

    def _run(self, run: Run) -> str:
        said = run.text
        self.said.append(said)
        pieces = [f"#{_quoted(line)}" if line else "" for line in said.split("\n")]
        text = "#linebreak()".join(pieces)
        if run.bold and said.strip():
            text = f"#strong[{text}]"
        if (lang := run.element.find(f"{qn('w:rPr')}/{qn('w:lang')}")) is not None and said.strip():
            text = f'#text(lang: "{str(lang.get(qn("w:val")))[:2]}")[{text}]'
        if run.italic and said.strip():
            text = f"#emph[{text}]"
        if run.underline and said:  # underlined blanks are a place to fill in
            text = f"#underline[{text}]"
        return text + "".join(self._picture(run))

    def _picture(self, run: Run) -> Iterator[str]:
        for picture in pictures_in(run.element, run.part, self._folder):
            yield f"#image({_quoted(picture.name)}, width: {picture.width}mm, alt: {_quoted(picture.words)})"

    def _table(self, element: BaseOxmlElement, table: Table) -> str:
        rows = list(table.rows)
        first = element.find(qn("w:tr"))
        head = first is not None and first.find(f".//{qn('w:tblHeader')}") is not None
        labels = not head and _has_labels(table)
        apart = not head and not labels
        cells = [[self._cell(cell, apart=apart) for cell in row.cells] for row in rows]
        tall = any(len(cell.text) > _LONG_CELL for row in rows for cell in row.cells)
        ruled = table.style is not None and table.style.name == "Table Grid"
        parts = [f"columns: {_columns(table)}", f"ruled: {_flag(ruled)}", f"tall: {_flag(tall)}"]
        if len(rows) <= _LOW and _has_text_kept_below(element):
            parts.append("sticky: true")
        if labels:
            parts.append("labels: true")
        if head:
            parts.append(f"head: ({''.join(f'{cell},' for cell in cells[0])})")
        body = cells[1:] if head else cells
        parts += [cell for row in body for cell in row]
        return f"#sheet({', '.join(parts)})\n"

    def _cell(self, cell: BlockItemContainer, *, apart: bool) -> str:
        """Return a cell; in a table without headings its text is paragraphs of its own."""
        right = any(is_right(paragraph.paragraph_format.element) for paragraph in cell.paragraphs)
        lines = [
            ("".join(self._run(run) for run in paragraph.runs), paragraph) for paragraph in cell.paragraphs
        ]
        if any(_line(paragraph) for _, paragraph in lines):
            content = "".join(_lined(paragraph, inner, _line(paragraph)) for inner, paragraph in lines)
        else:
            content = "#linebreak()".join(inner for inner, _ in lines)
            content = f"#par[{content}]" if apart else content
        return f"({'right' if right else 'left'}, [{content}])"


def _has_labels(table: Table) -> bool:
    """Return whether each row is a label in bold and its value."""
    firsts = [cell.paragraphs[0] for cell in table.columns[0].cells]
    are_bold = all(first.text and all(run.bold for run in first.runs) for first in firsts)
    return len(table.columns) == 2 and are_bold


def _has_text_kept_below(table: BaseOxmlElement) -> bool:
    """Return whether a table is kept on one page with what follows it, as the signatures are."""
    after = table.getnext()
    return after is not None and after.find(f"{qn('w:pPr')}/{qn('w:keepNext')}") is not None


def _line(paragraph: Paragraph) -> str:
    """Return where a paragraph has a line, "top" or "bottom", as for a signature; empty if it has none."""
    lines = paragraph.paragraph_format.element.findall(f"{qn('w:pPr')}/{qn('w:pBdr')}/*")
    drawn = {line.tag for line in lines if line.get(qn("w:val")) not in ("nil", "none")}
    return next((side for side in ("top", "bottom") if qn(f"w:{side}") in drawn), "")


def _lined(paragraph: Paragraph, inner: str, line: str) -> str:
    """Return a paragraph with its line, if any, which a screen reader skips."""
    if not line:
        return f"#par[{inner}]\n" if inner.strip() else ""
    left_out = paragraph.paragraph_format.right_indent
    width = f"100% - {left_out.pt if left_out is not None else 0:.1f}pt"
    room = f"sticky: {_flag(bool(paragraph.paragraph_format.keep_with_next))}{_above(paragraph)}"
    return f'#lined("{line}", {width}, {room})[#par[{inner}]]\n'


def _above(paragraph: Paragraph) -> str:
    above = paragraph.paragraph_format.space_before
    return f", above: {above.pt:.1f}pt" if above is not None else ""


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _columns(table: Table) -> str:
    """Return the columns' widths in hundredths of the table's, in Word's proportions."""
    widths = [cell.width or 1 for cell in table.rows[0].cells]
    return f"({''.join(f'{width / sum(widths) * 100:.2f},' for width in widths)})"


def _quoted(text: str) -> str:
    """Return the text as a typst string, without invisible characters."""
    plain = without_unseen(text.replace(_SYMBOL_BULLET, "•"))
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", " ") + '"'


def _check_whole(word: WordDocument, texts: list[str]) -> None:
    """Raise BeyondConverter if some of the document's text or pictures is missing in the PDF."""
    refuse_old_pictures(word.element.body, "textpath")
    taken = _bare("".join(texts))
    if len(_bare(_said(word.element.body))) <= len(taken):
        return
    lines = [said for one in word.element.body.iter(qn("w:p")) if (said := _said(one)).strip()]
    lost = next((said for said in lines if _bare(said) not in taken), lines[0])
    raise BeyondConverter(Printed.TEXT_LOST(text=one_line(lost, 80)))


def _said(element: BaseOxmlElement) -> str:
    hyphen = qn("w:noBreakHyphen")
    nodes = element.iter(qn("w:t"), hyphen)
    return "".join("-" if node.tag == hyphen else node.text or "" for node in nodes)


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)
