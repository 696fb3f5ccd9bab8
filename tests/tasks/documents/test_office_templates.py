"""Templates of eleven kinds that offices have: ten make a Word document, one is refused with its cure."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from pypdf import PdfReader

from models.errors import TemplateBroken
from tasks.documents.facts.document import DocumentFacts
from tasks.documents.pdf.documents import as_pdf
from tasks.documents.word.documents import fill_template
from tasks.documents.word.samples import sample_of
from tests.office_templates import TEMPLATES_OF_OFFICES, write_template


def words_in(document: bytes) -> str:
    """Return the text of every paragraph of the file, in its body, headers and footers."""
    with ZipFile(BytesIO(document)) as parts:
        texts = [
            "".join(node.text or "" for node in paragraph.iter(qn("w:t")))
            for name in parts.namelist()
            if name.startswith("word/") and name.endswith(".xml")
            for paragraph in parse_xml(parts.read(name)).iter(qn("w:p"))
        ]
    return " | ".join(filter(None, texts))


@pytest.mark.parametrize("kind", TEMPLATES_OF_OFFICES)
def test_template_of_an_office_is_filled_or_refused_with_its_cure(tmp_path: Path, kind: str) -> None:
    make, says = TEMPLATES_OF_OFFICES[kind]
    write_template(tmp_path, make())
    facts = sample_of(DocumentFacts, language="sv")
    if not says:
        with pytest.raises(TemplateBroken, match=r"open it in Word or LibreOffice, and save it as \.docx"):
            fill_template("memo", facts, tmp_path)
        return
    made = fill_template("memo", facts, tmp_path)
    Document(BytesIO(made))  # raises for what is no Word document
    assert says in words_in(made)
    with ZipFile(BytesIO(made)) as parts:
        whole = b" ".join(parts.read(name) for name in parts.namelist()).decode(errors="replace")
    leaked = (
        "{{",
        "{%",
        "Struket",
        "Kolla",
        "granskare",
        "Makro",
        "kommun.dotm",
        "dataBinding",
        "showingPlcHdr",
    )
    assert [one for one in leaked if one in whole] == []
    assert "document.main+xml" in whole


def test_ten_of_eleven_work() -> None:
    works = [bool(says) for _, says in TEMPLATES_OF_OFFICES.values()]
    assert (len(works), sum(works)) == (11, 10)


# What our own converter cannot hold.
OFFICE_PRINTS = {
    "a bound control within a line": "Dnr i kontroll: reference",
    "a date control as a block": "today i en kontroll",
    "a first page's header with a table and a text box": "Dnr reference i en ruta",
    "a tracked change, a comment and a field of Word's": "Utskrivet",
}


def filled(kind: str, folder: Path) -> bytes:
    write_template(folder, TEMPLATES_OF_OFFICES[kind][0]())
    return fill_template("memo", sample_of(DocumentFacts, language="sv"), folder)


@pytest.mark.parametrize("kind", [kind for kind, (_, says) in TEMPLATES_OF_OFFICES.items() if says])
def test_paper_is_printed_by_ours_or_by_libreoffice_which_claims_nothing(tmp_path: Path, kind: str) -> None:
    pdf = as_pdf(filled(kind, tmp_path), "sv")
    said = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())
    assert OFFICE_PRINTS.get(kind, "Tjänsteutlåtande") in said
    assert (b"pdfuaid" in pdf, b"pdfaid" in pdf) == (2 * (kind not in OFFICE_PRINTS,))


@pytest.mark.usefixtures("without_office")
@pytest.mark.parametrize("kind", OFFICE_PRINTS)
def test_one_line_says_that_libreoffice_would_print_it(tmp_path: Path, kind: str) -> None:
    with pytest.raises(TemplateBroken) as told:
        as_pdf(filled(kind, tmp_path / "office"), "sv")
    said = str(told.value)
    assert said.endswith("; or install LibreOffice on the server, which then prints the PDF")
    assert len(said.splitlines()) == 1
    box = "a text box in its header"
    assert (box if "text box" in kind else f'"{OFFICE_PRINTS[kind]}') in said


@pytest.mark.parametrize(
    "instruction", ["INCLUDEPICTURE http://example.org/a.png", "DDEAUTO cmd", "LINK Excel"]
)
def test_document_that_fetches_something_is_not_given_to_libreoffice(
    tmp_path: Path, instruction: str
) -> None:
    word = Document()
    word.core_properties.title = "Rapport"
    field = f'<w:fldSimple {nsdecls("w")} w:instr=" {instruction} "><w:r><w:t>x</w:t></w:r></w:fldSimple>'
    word.add_paragraph()._p.append(parse_xml(field))
    made = BytesIO()
    word.save(made)
    with pytest.raises(TemplateBroken, match="it fetches a picture or a text from elsewhere"):
        as_pdf(made.getvalue(), "sv")
