"""Fill the Word templates: an officer edits templates/documents/*.docx in Word, and the facts go where they say."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile

from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import Environment, StrictUndefined, TemplateError

from models.errors import TemplateBroken
from tasks.bar_chart import draw_chart
from tasks.document_facts import DocumentFacts
from tasks.words import speaker

TEMPLATES = Path(__file__).parent.parent / "templates" / "documents"
Kind = Literal["memo", "final-report", "follow-up", "claim", "cover-letter", "agenda-note", "repayment"]
_WIDTH = Mm(160)


def fill_template(kind: Kind, facts: DocumentFacts, **more: Any) -> bytes:
    """Return the document of that kind in the facts' language, as a .docx file.

    `more` is what one kind alone needs: `part` of a claim, `step_title` of a follow-up, `due_on` of a repayment.
    TemplateBroken, in one line, when the template cannot be read or asks for what there is not.
    """
    path = TEMPLATES / f"{kind}.{facts.language}.docx"
    try:
        template = DocxTemplate(path)
        context = {
            "f": facts,
            "chart": _chart(template, facts),
            **more,
        }
        template.render(context, Environment(undefined=StrictUndefined, autoescape=True), autoescape=True)
    except TemplateError as problem:
        raise TemplateBroken(f"{path.name}: {problem}") from problem
    except (PackageNotFoundError, BadZipFile, KeyError, OSError) as problem:
        raise TemplateBroken(f"{path.name}: it cannot be read as a Word document") from problem
    _describe_pictures(template, facts)
    _set_widths(template)
    result = BytesIO()
    template.save(result)
    return result.getvalue()


def _chart(template: DocxTemplate, facts: DocumentFacts) -> InlineImage | str:
    picture = draw_chart(facts)
    return InlineImage(template, BytesIO(picture), width=_WIDTH) if picture else ""


def _set_widths(template: DocxTemplate) -> None:
    """Give names more room than figures in the tables whose columns follow the periods."""
    for table in template.docx.tables:
        count = len(table.columns)
        if count < 3 or table._tbl.find(f".//{qn('w:tblHeader')}") is None:
            continue
        first = min(int(_WIDTH * 0.3), int(_WIDTH * 1.6 / (count + 0.6)))
        for column, width in zip(
            table.columns, (first, *[(_WIDTH - first) // (count - 1)] * (count - 1)), strict=True
        ):
            column.width = width
            for cell in column.cells:
                cell.width = width


def _describe_pictures(template: DocxTemplate, facts: DocumentFacts) -> None:
    """Say in words what a picture shows, for readers who do not see it: the table above it has the same figures."""
    say = speaker(facts.language)
    text = say.gettext("A bar chart of the figures in the table above, by period.")
    for properties in template.docx.element.body.iter(qn("wp:docPr")):
        if not properties.get("descr"):
            properties.set("descr", text)
