"""Templates of eleven kinds that offices have: ten make a Word document, one is refused with its cure."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from models.errors import TemplateBroken
from tasks.documents.facts.document import DocumentFacts
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
