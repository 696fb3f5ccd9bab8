"""Hold what an officer does to a template: a letterhead with a logo, another program, a box that no PDF can hold."""

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass, replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import cast, get_args
from zipfile import ZipFile

import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm
from docx.table import Table
from docx.text.paragraph import Paragraph
from jinja2.sandbox import SandboxedEnvironment
from pypdf import PdfReader

from models.errors import TemplateBroken
from tasks.documents.facts.document import DocumentFacts
from tasks.documents.papers import Wanted, gather_paper
from tasks.documents.pdf.documents import as_pdf
from tasks.documents.pdf.margins import margins_of
from tasks.documents.word.documents import fill_template, given_to_template
from tasks.documents.word.samples import sample_of, try_template
from tasks.documents.word.sandbox import template_environment
from tasks.documents.word.templates import TEMPLATES, Kind, template_names
from tasks.words.reasons import word_error
from tasks.words.translator import translator
from tests.builders import a_database
from tests.grant_scenes import a_grant_that_was
from tests.hostile_files import a_png


def a_letter() -> WordDocument:
    word = Document()
    word.core_properties.title = "Slutrapport"
    word.add_paragraph("En rad.")
    return word


def written(word: WordDocument) -> bytes:
    made = BytesIO()
    word.save(made)
    return made.getvalue()


def add_logo(paragraph: Paragraph, height: int = 9, width: int = 30) -> None:
    paragraph.add_run().add_picture(BytesIO(a_png()), width=Mm(width), height=Mm(height))


def add_box(paragraph: Paragraph) -> None:
    box = "<w:p><w:r><w:t>Storgatan 1</w:t></w:r></w:p>"
    paragraph._p.append(
        parse_xml(f"<w:r {nsdecls('w')}><w:pict><w:txbxContent>{box}</w:txbxContent></w:pict></w:r>")
    )


def add_field(paragraph: Paragraph, instruction: str) -> None:
    for kind, text in (("begin", ""), ("", instruction), ("end", "")):
        run = paragraph.add_run()
        made = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            made.set(qn("w:fldCharType"), kind)
        made.text = text
        run._r.append(made)


def test_letterhead_stands_in_the_pdf_with_its_logo_and_its_address(tmp_path: Path) -> None:
    word = a_letter()
    section = word.sections[0]
    add_logo(section.header.paragraphs[0])
    table = section.header.add_table(1, 2, Mm(160))
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = (
        "Socialnämnden\nStorgatan 1",
        "Tjänsteutlåtande",
    )
    footer = section.footer.paragraphs[0]
    footer.add_run("Org.nr 000000-0000\tSida ")
    add_field(footer, " PAGE ")
    section.footer.add_paragraph("kommun.example.org\t08-000 00 00")
    told = margins_of(section, tmp_path)
    lines = [(len(one["pictures"]), one["left"], one["right"]) for one in told["header"]]
    assert lines == [(1, "", ""), (0, "Socialnämnden\nStorgatan 1", "Tjänsteutlåtande")]
    assert [(one["left"], one["right"]) for one in told["footer"]] == [
        ("Org.nr 000000-0000", None),
        ("kommun.example.org", "08-000 00 00"),
    ]
    assert told["header"][0]["pictures"][0]["width"] == pytest.approx(30, abs=0.1)
    assert len(re.findall(rb"/Subtype/Image\b", as_pdf(written(word), "sv"))) == 1
    assert b"/Subtype/Image" not in as_pdf(written(a_letter()), "sv")


def test_text_begins_below_a_tall_logo_and_the_first_page_may_have_a_header_of_its_own(
    tmp_path: Path,
) -> None:
    section = a_letter().sections[0]
    told = margins_of(section, tmp_path)
    assert (told["top"], told["first"]) == (28, None)
    assert [one["right"] for one in told["footer"]] == [
        None
    ]  # the page's number, which the footer does not say
    section.different_first_page_header_footer = True
    add_logo(section.first_page_header.paragraphs[0], height=25)
    section.first_page_footer.paragraphs[0].text = "Storgatan 1\tkommun.example.org"
    told = margins_of(section, tmp_path)
    assert (told["header"], len(told["first"]["header"][0]["pictures"])) == ([], 1)
    assert [(one["left"], one["right"]) for one in told["first"]["footer"]] == [
        ("Storgatan 1", "kommun.example.org"),
        ("", None),
    ]
    assert told["top"] == pytest.approx(45, abs=0.1)


@pytest.mark.usefixtures("without_office")
def test_text_box_and_odd_picture_are_told_by_what_doctor_tries(tmp_path: Path) -> None:
    word = Document(str(TEMPLATES / "memo.sv.docx"))
    add_box(word.sections[0].header.paragraphs[0])
    word.save(str(tmp_path / "memo.sv.docx"))
    with pytest.raises(TemplateBroken, match=r": memo\.sv\.docx: a text box in its header"):
        try_template("memo.sv.docx", tmp_path)
    word = Document(str(TEMPLATES / "claim.en.docx"))
    add_logo(word.sections[0].header.paragraphs[0])
    (tmp_path / "claim.en.docx").write_bytes(renamed(written(word), "image1.png", "image1.emf"))
    with pytest.raises(TemplateBroken, match=r": claim\.en\.docx: a picture of the kind '\.emf'"):
        try_template("claim.en.docx", tmp_path)
    (blip,) = word.sections[0].header._element.iter(qn("a:blip"))
    blip.set(qn("r:link"), blip.attrib.pop(qn("r:embed")))
    word.save(str(tmp_path / "claim.en.docx"))
    with pytest.raises(TemplateBroken, match=r": claim\.en\.docx: a picture is only linked to"):
        try_template("claim.en.docx", tmp_path)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'


@pytest.mark.parametrize(
    ("name", "content"), [("image1.png", b"\x89PNG\r\n\x1a\njunk"), ("image1.svg", SVG)], ids=["png", "svg"]
)
def test_picture_that_cannot_be_drawn_is_told(name: str, content: bytes) -> None:
    word = a_letter()
    add_logo(word.sections[0].header.paragraphs[0])
    with pytest.raises(TemplateBroken, match="cannot be used: a picture in it cannot be drawn: save it"):
        as_pdf(renamed(written(word), "image1.png", name, content), "sv")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(
            lambda word: setattr(word.core_properties, "title", ""), "it has no title: write one", id="title"
        ),
        pytest.param(
            lambda word: word.add_heading("Rubrik", 2), "its first heading has another style", id="heading"
        ),
        pytest.param(
            lambda word: add_logo(word.add_paragraph()), "a picture has no alternative text", id="words"
        ),
    ],
)
def test_what_a_tagged_pdf_cannot_be_without_is_told(
    change: Callable[[WordDocument], object], says: str
) -> None:
    change(word := a_letter())
    with pytest.raises(TemplateBroken, match=f"cannot be used: {says}"):
        as_pdf(written(word), "sv")


def test_picture_is_made_as_wide_as_the_page_and_margins_leave_room_for_the_text(tmp_path: Path) -> None:
    section = a_letter().sections[0]
    add_logo(section.header.paragraphs[0], width=500, height=50)
    add_logo(section.footer.paragraphs[0], height=20)
    section.footer.add_paragraph("Storgatan 1")
    told = margins_of(section, tmp_path)
    logo = told["header"][0]["pictures"][0]
    assert (logo["width"], logo["height"]) == pytest.approx((160, 16), abs=0.1)
    assert (told["top"], told["bottom"]) == pytest.approx((36, 44), abs=0.1)
    add_logo(section.header.paragraphs[0], height=400)
    with pytest.raises(TemplateBroken, match="header and footer are taller than 120 mm"):
        margins_of(section, tmp_path)


VML = "urn:schemas-microsoft-com:vml"


@pytest.mark.usefixtures("without_office")
@pytest.mark.parametrize(
    ("where", "drawn_by"), [("header", "imagedata"), ("body", "imagedata"), ("body", "textpath")]
)
def test_old_picture_or_watermark_in_the_text_is_told_and_not_left_out(
    tmp_path: Path, where: str, drawn_by: str
) -> None:
    word = Document(str(TEMPLATES / "memo.sv.docx"))
    shape = f'<v:shape xmlns:v="{VML}"><v:{drawn_by}/></v:shape>'
    # As Word writes a watermark: within a control.
    box = f"<w:sdt><w:sdtContent><w:p><w:r><w:pict>{shape}</w:pict></w:r></w:p></w:sdtContent></w:sdt>"
    into = word.sections[0].header._element if where == "header" else word.element.body
    into.insert(0, parse_xml(box.replace("<w:sdt>", f"<w:sdt {nsdecls('w')}>", 1)))
    word.save(str(tmp_path / "memo.sv.docx"))
    with pytest.raises(TemplateBroken, match=r"an old picture \(VML\), an embedded object"):
        try_template("memo.sv.docx", tmp_path)


@pytest.mark.parametrize("where", ["header", "footer", "first_page_header"])
def test_watermark_is_printed_wherever_in_the_margins_it_stands(tmp_path: Path, where: str) -> None:
    word = Document()
    section = word.sections[0]
    section.different_first_page_header_footer = where == "first_page_header"
    drawn = (
        f'<w:p {nsdecls("w")}><w:r><w:pict><v:shape xmlns:v="{VML}"><v:textpath string="HEMLIG"/></v:shape>'
    )
    getattr(section, where)._element.insert(0, parse_xml(f"{drawn}</w:pict></w:r></w:p>"))
    assert margins_of(section, tmp_path)["watermark"] == "HEMLIG"


def renamed(document: bytes, old: str, new: str, picture: bytes | None = None) -> bytes:
    """Return the document with one of its pictures called otherwise, everywhere, and with that for it."""
    result = BytesIO()
    kinds = [f'Extension="{name[-3:]}"'.encode() for name in (old, new)]
    with ZipFile(BytesIO(document)) as before, ZipFile(result, "w") as after:
        for name in before.namelist():
            content = picture if picture and name.endswith(old) else before.read(name)
            if name.endswith((".rels", "[Content_Types].xml")):
                content = content.replace(old.encode(), new.encode()).replace(kinds[0], kinds[1])
            after.writestr(name.replace(old, new), content)
    return result.getvalue()


def test_template_that_libreoffice_saved_makes_documents_whose_parts_are_there_once(tmp_path: Path) -> None:
    ours = b"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
    theirs = b"http://schemas.openxmlformats.org/officedocument/2006/relationships/metadata/core-properties"
    with (
        ZipFile(TEMPLATES / "claim.en.docx") as before,
        ZipFile(tmp_path / "claim.en.docx", "w") as after,
    ):
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(ours, theirs))
    facts = sample_of(DocumentFacts, language="en")
    made = fill_template("claim", facts, tmp_path, part=facts.instalments[0])
    names = ZipFile(BytesIO(made)).namelist()
    assert len(names) == len({*names})
    assert Document(BytesIO(made)).core_properties.title == "Claim of a grant's instalment"


@pytest.mark.parametrize("name", template_names())
def test_who_signs_is_named_below_a_line(name: str) -> None:
    parts = [*Document(str(TEMPLATES / name)).iter_inner_content()]
    signed = [
        at
        for at, part in enumerate(parts)
        if isinstance(part, Table) and part.style is not None and part.style.name == "Signatures"
    ]
    kind = name.split(".")[0]
    assert len(signed) == (kind != "agenda-note")
    said = " ".join(part.text for part in parts if isinstance(part, Paragraph))
    assert "datum:" not in said  # each paper has its day above or below


def line_of(paragraph: Paragraph) -> str:
    """Return where a paragraph has a line."""
    return " ".join(
        one.tag.rpartition("}")[2] for one in paragraph._p.findall(f"{qn('w:pPr')}/{qn('w:pBdr')}/*")
    )


@pytest.mark.parametrize("name", template_names())
def test_line_to_write_on_is_drawn_and_not_spelled_out_to_who_listens(name: str) -> None:
    kind, language = name.split(".")[0], name.split(".")[1]
    facts = sample_of(DocumentFacts, language=language)
    signers = (*facts.signers, replace(facts.signers[0], name="the second"))
    blank = replace(facts, signers=signers, account="", award="", final_on="", funder_account="")
    more = {"part": facts.instalments[0], "repays": "owed", "at_least": "", "to_repay": "", "due_on": ""}
    made = fill_template(cast("Kind", kind), blank, None, **more, step_title="", step_period="")
    word = Document(BytesIO(made))
    assert "__" not in "".join(node.text or "" for node in word.element.body.iter(qn("w:t")))
    signed = [one for one in word.tables if one.style is not None and one.style.name == "Signatures"]
    lines = [
        (line_of(one), one.text.split("\n")[0])
        for table in signed
        for cell in table.rows[0].cells
        for one in cell.paragraphs
        if one.text
    ]
    assert lines == ([("top", "name"), ("top", "the second")] if kind != "agenda-note" else [])
    # What is filled in is underlined, and so are the lines of the PDF that no reader hears.
    blanks = [one for one in underlined(word) if not one.strip()]
    assert len(blanks) == {"claim": 1, "repayment": 1, "final-report": 1}.get(kind, 0)
    assert drawn(as_pdf(made, language)) >= len(lines) + len(blanks)


def underlined(word: WordDocument) -> Iterator[str]:
    """Yield what is underlined in the document's text."""
    for run in word.element.body.iter(qn("w:r")):
        if run.find(f"{qn('w:rPr')}/{qn('w:u')}") is not None:
            yield "".join(node.text or "" for node in run.iter(qn("w:t")))


def drawn(pdf: bytes) -> int:
    """Return how many lines of the PDF are drawn as a mere look, an artifact, which a screen reader leaves out."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    # A stream's last byte can look like the end of a line, and is cut off with it: it is of a checksum alone.
    pages = (zlib.decompressobj().decompress(one) for one in streams if one[:1] == b"x")
    return sum(one.count(b"/Artifact<</Type/Layout>>") for one in pages)


@pytest.mark.parametrize("name", template_names())
def test_font_of_a_template_is_chosen_in_one_place(name: str) -> None:
    styles = Document(str(TEMPLATES / name)).styles
    named = ("Title", "Heading 1", "Heading 2", "List Bullet", "List Number", "Header", "Footer")
    assert {styles[one].font.name for one in named} == {None}
    assert styles["Normal"].font.name == "Liberation Sans"


def filled_by(line: str, folder: Path) -> bytes:
    """Return a final report of a template that an office wrote: one line of text."""
    word = Document(str(TEMPLATES / "final-report.sv.docx"))
    word.paragraphs[-1].add_run(line)
    word.save(str(folder / "final-report.sv.docx"))
    return fill_template("final-report", sample_of(DocumentFacts, language="sv"), folder)


MANY_ROUNDS = "its loops go round more than 100000 times"
NO_SUCH = "there is no such field; the portal's page /templates lists the fields"
NOT_SO = "it is not written as a field, a condition or a loop is"
FIELDS_ALONE = "a template can print fields, ask for them and go through lists, and nothing else"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{{ f.title.tpl.save("FILE") }}', NO_SUCH),
        ("{{ f.__class__.__mro__ }}", FIELDS_ALONE),
        ('{{ "{0.__class__}".format(f.title) }}', FIELDS_ALONE),
        ('{{ "x".ljust(9999999999) }}', FIELDS_ALONE),
        ("{{ f.spent.format_map }}", FIELDS_ALONE),
        ("{{ [f.spent.upper] | join }}", FIELDS_ALONE),
        (7 * "{% for a in '0123456789' %}" + "{{ a }}" + 7 * "{% endfor %}", MANY_ROUNDS),
        ("{% macro a(n) %}{% if n < 30 %}{{ a(n + 1) }}{{ a(n + 1) }}{% endif %}{% endmacro %}{{ a(0) }}", MANY_ROUNDS),
        ('{{ "x" | center(9999999999) }}', NOT_SO),
        ('{{ "%9999999999s" | format("x") }}', NOT_SO),
        ('{{ f.periods | map(attribute="__class__") | first }}', FIELDS_ALONE),
        ("{{ cycler.__init__.__globals__.os }}", FIELDS_ALONE),
        ("{{ self._TemplateReference__context }}", FIELDS_ALONE),
        ('{% include "/etc/passwd" %}', NOT_SO),
        ("{{ 9 ** 9 ** 9 }}", FIELDS_ALONE),
        ('{{ "x" * 9999999999 }}', FIELDS_ALONE),
        ("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", MANY_ROUNDS),
        ("{{ f }}", "{{ f }} is all that is known of the grant: say what of it, as {{ f.title }}"),
    ],
)  # fmt: skip
def test_hostile_template_reaches_nothing_and_is_told_in_one_line(
    tmp_path: Path, line: str, why: str
) -> None:
    written_by_it = tmp_path / "file"
    with pytest.raises(TemplateBroken) as told:
        filled_by(line.replace("FILE", str(written_by_it)), tmp_path)
    assert str(told.value).splitlines() == [str(told.value)]
    assert "final-report.sv.docx: " in str(told.value)
    assert why in str(told.value)
    assert not written_by_it.exists()


BOX = (
    f"<w:pict {nsdecls('w')} xmlns:v='urn:schemas-microsoft-com:vml'><v:shape><v:textbox><w:txbxContent>"
    "<w:p><w:r><w:t>Diariet</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict>"
)


def test_old_word_document_under_the_new_name_is_told_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "memo.sv.docx").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512))
    with pytest.raises(TemplateBroken) as told:
        try_template("memo.sv.docx", tmp_path)
    cure = "öppna den i Word och välj Spara som, Word-dokument (.docx)"
    assert word_error(translator("sv"), told.value).endswith(cure)


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("text", "i stycke 1"),
        ("below a box", "i stycke 1"),
        ("table", "i en tabell"),
        ("header", "i sidhuvudet"),
        ("footer", "i sidfoten"),
        ("properties", "bland filens egenskaper"),
    ],
)
def test_slip_is_told_in_the_readers_language_with_its_place(tmp_path: Path, where: str, place: str) -> None:
    word, slip = a_letter(), "{{ bidrag.titel }}"
    section = word.sections[0]
    match where:
        case "text":
            word.paragraphs[0].text = f"Till nämnden: {slip}"
        case "below a box":  # which hangs on a paragraph without words of its own
            word.paragraphs[0].insert_paragraph_before().add_run()._r.append(parse_xml(BOX))
            word.paragraphs[1].text = slip
        case "table":
            word.add_table(1, 1).cell(0, 0).text = slip
        case "header" | "footer":
            getattr(section, where).paragraphs[0].text = slip
        case _:
            word.core_properties.subject = slip
    word.save(str(tmp_path / "memo.sv.docx"))
    with pytest.raises(TemplateBroken) as told:
        try_template("memo.sv.docx", tmp_path)
    says = f"memo.sv.docx: {place} står {slip}: det fältet finns inte; närmast är {{{{ f.title }}}}"
    assert word_error(translator("sv"), told.value).endswith(says)


VALUES = (str, int, Decimal, date, type(None))


def reached_by(one: object, reaches: SandboxedEnvironment) -> Iterator[object]:
    """Yield every object that a template reaches from one, itself included."""
    yield one
    if isinstance(one, VALUES):
        return
    inner: list[object] = []
    if isinstance(one, Mapping):
        inner += [*one.keys(), *one.values()]
    elif isinstance(one, (tuple, frozenset)):
        inner += one
    else:
        # A name that no template may say is not even asked for: early 3.11 has a __weakref__ that cannot be read.
        names = [name for name in dir(one) if reaches.is_safe_attribute(one, name, None)]
        named = ((name, getattr(one, name)) for name in names)
        inner += (value for name, value in named if reaches.is_safe_attribute(one, name, value))
    for value in inner:
        yield from reached_by(value, reaches)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_template_of_every_kind_reaches_only_values(tmp_path: Path, kind: Kind) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "drafted")
    step = "follow-up-2010-q1" if kind == "follow-up" else None
    wanted = Wanted(kind, step=step, instalment=1)
    facts, more, _ = gather_paper(engine, "REF-1", wanted, date(2011, 1, 14))
    given = given_to_template(facts, more)
    environment = template_environment()
    assert environment.globals == {}
    sample = sample_of(DocumentFacts)
    found = [one for value in (*given.values(), sample) for one in reached_by(value, environment)]
    kinds = {type(one) for one in found if not isinstance(one, (*VALUES, tuple, frozenset, Mapping))}
    assert DocumentFacts in kinds
    assert all(is_dataclass(one) and one.__module__.startswith("tasks.documents.") for one in kinds)


def test_row_of_a_table_stays_whole_in_the_pdf() -> None:
    word = Document(str(TEMPLATES / "memo.sv.docx"))
    for part in [*word.element.body.iterchildren(qn("w:p"), qn("w:tbl"))]:
        word.element.body.remove(part)
    word.core_properties.title = "Rader"
    word.add_paragraph("Rader", style="Title")
    table = word.add_table(rows=19, cols=1, style="Table Grid")
    table.rows[0]._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
    for number, row in enumerate(table.rows):
        row.cells[0].text = "\n".join(f"rad{number}{place}." for place in "abcdefghijk")
    content = BytesIO()
    word.save(content)
    pages = [page.extract_text() for page in PdfReader(BytesIO(as_pdf(content.getvalue(), "sv"))).pages]
    assert len(pages) > 2
    for number in range(1, 19):
        on = [
            [at for at, page in enumerate(pages) if f"rad{number}{place}." in page] for place in "abcdefghijk"
        ]
        assert on == [on[0]] * 11
        assert len(on[0]) == 1


def test_comments_and_struck_text_of_a_template_never_leave(tmp_path: Path) -> None:
    word = Document(str(TEMPLATES / "memo.sv.docx"))
    marked = f'{nsdecls("w")} w:id="9" w:author="Ada Granskare" w:date="2010-05-01T10:00:00Z"'
    added = word.add_paragraph("Vi ")
    added._p.append(
        parse_xml(f"<w:del {marked}><w:r><w:delText>Struket {{{{ f.saknas }}}}</w:delText></w:r></w:del>")
    )
    added._p.append(parse_xml(f"<w:ins {marked}><w:r><w:t>Tillagt</w:t></w:r></w:ins>"))
    word.add_comment(added.runs, "Kolla detta", author="Ada Granskare", initials="AG")
    joined = word.add_paragraph("Sam")
    word.add_paragraph("man")
    joined._p.get_or_add_pPr().append(parse_xml(f"<w:rPr {nsdecls('w')}><w:del {marked}/></w:rPr>"))
    rows = word.add_table(2, 1)
    rows.cell(0, 0).text, rows.cell(1, 0).text = "Struken rad", "Rad kvar"
    rows.rows[0]._tr.get_or_add_trPr().append(parse_xml(f"<w:del {marked}/>"))
    foot = word.sections[0].footer.paragraphs[0]._p
    struck = f"<w:del {marked}><w:r><w:delText>Struken fot</w:delText></w:r></w:del>"
    foot.append(parse_xml(struck))
    note = f'<w:footnotes {nsdecls("w")}><w:footnote w:id="1"><w:p>{struck}</w:p></w:footnote></w:footnotes>'
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    notes = Part(PackURI("/word/footnotes.xml"), kind, note.encode(), word.part.package)
    word.part.relate_to(notes, RELATIONSHIP_TYPE.FOOTNOTES)
    word.save(str(tmp_path / "memo.sv.docx"))
    made = fill_template("memo", sample_of(DocumentFacts, language="sv"), tmp_path)
    with ZipFile(BytesIO(made)) as parts:
        text = " ".join(parts.read(name).decode(errors="replace") for name in parts.namelist())
    assert [word for word in ("Struk", "Kolla", "Granskare", "w:comment") if word in text] == []
    printed = PdfReader(BytesIO(as_pdf(made, "sv")))
    pages = "".join(page.extract_text() for page in printed.pages)
    assert all(kept in pages for kept in ("Vi Tillagt", "Samman", "Rad kvar"))
