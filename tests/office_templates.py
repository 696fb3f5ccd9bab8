"""Word templates as municipal offices have them, each made from our memo or from nothing."""

from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from docx import Document
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Mm
from docx.text.paragraph import Paragraph

from tasks.documents.word.templates import TEMPLATES
from tests.hostile_files import a_png

NAME = "memo.sv.docx"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_VML = 'xmlns:v="urn:schemas-microsoft-com:vml"'


def _memo() -> WordDocument:
    return Document(str(TEMPLATES / NAME))


def _xml(text: str) -> object:
    return parse_xml(text.replace(">", f" {nsdecls('w')}>", 1))


def _saved(word: WordDocument) -> bytes:
    made = BytesIO()
    word.save(made)
    return made.getvalue()


def _letterhead() -> bytes:
    word = _memo()
    section = word.sections[0]
    section.header.paragraphs[0].add_run().add_picture(BytesIO(a_png()), width=Mm(30))
    section.footer.add_paragraph("Storgatan 1\tkommun.example.org")
    return _saved(word)


def _of_libreoffice() -> bytes:
    ours = b"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
    theirs = f"{_RELATIONS}/metadata/core-properties".encode()
    return _changed(_saved(_memo()), ours, theirs)


def _from_nothing() -> bytes:
    word = Document()
    word.core_properties.title = "Tjänsteutlåtande"
    word.add_paragraph("Tjänsteutlåtande", style="Title")
    table = word.add_table(0, 2, style="Table Grid")
    for label, field in (
        ("Dnr", "{{ f.reference }}"),
        ("Datum", "{{ f.today }}"),
        ("Handläggare", "{{ f.officer.name }}"),
    ):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = label, field
    word.add_paragraph("{{ f.funder_short }} har beviljat {{ f.award }}.")
    word.add_paragraph("{%p for one in f.proposals %}")
    word.add_paragraph("{{ one }}", style="List Number")
    word.add_paragraph("{%p endfor %}")
    return _saved(word)


def _split_field() -> bytes:
    word = _memo()
    paragraph = word.add_paragraph("Ärende: {{ f.")
    paragraph.add_run("mat").bold = True
    paragraph.add_run("ter }}.")
    word.add_paragraph("{% if f.language == ”sv” %}På svenska.{% endif %}")
    return _saved(word)


def _control(inner: str, more: str = "") -> str:
    bound = '<w:dataBinding w:xpath="/ns0:coreProperties[1]/ns1:subject[1]" w:storeItemID="{0}"/>'
    return f"<w:sdt><w:sdtPr>{more}{bound}<w:showingPlcHdr/></w:sdtPr><w:sdtContent>{inner}</w:sdtContent></w:sdt>"


def _inline_control() -> bytes:
    word = _memo()
    word.add_paragraph("Dnr i kontroll: ")._p.append(
        _xml(_control("<w:r><w:t>{{ f.reference }}</w:t></w:r>"))
    )
    return _saved(word)


def _date_control() -> bytes:
    word = _memo()
    date = '<w:date><w:dateFormat w:val="yyyy-MM-dd"/><w:lid w:val="sv-SE"/></w:date>'
    control = _control("<w:p><w:r><w:t>{{ f.today }} i en kontroll</w:t></w:r></w:p>", date)
    word.element.body.insert(0, _xml(control))
    return _saved(word)


def _first_page_header() -> bytes:
    word = _memo()
    section = word.sections[0]
    section.different_first_page_header_footer = True
    header = section.first_page_header
    table = header.add_table(2, 2, Mm(160))
    table.cell(0, 0).merge(table.cell(0, 1)).text = "{{ f.administration }}"
    table.cell(1, 1).text = "Tjänsteutlåtande"
    box = "<w:p><w:r><w:t>Dnr {{ f.reference }} i en ruta</w:t></w:r></w:p>"
    inner = f"<v:textbox><w:txbxContent>{box}</w:txbxContent></v:textbox>"
    drawn = f'<v:shape {_VML} style="width:200pt;height:50pt">{inner}</v:shape>'
    header.paragraphs[0]._p.append(_xml(f"<w:r><w:pict>{drawn}</w:pict></w:r>"))
    return _saved(word)


def _reviewed() -> bytes:
    word = _memo()
    by = 'w:id="9" w:author="En granskare" w:date="2010-05-01T10:00:00Z"'
    paragraph = word.add_paragraph("Vi ")
    paragraph._p.append(_xml(f"<w:del {by}><w:r><w:delText>Struket</w:delText></w:r></w:del>"))
    paragraph._p.append(_xml(f"<w:ins {by}><w:r><w:t>föreslår</w:t></w:r></w:ins>"))
    word.add_comment(paragraph.runs, "Kolla detta", author="En granskare", initials="EG")
    _date_field(word.add_paragraph("Utskrivet "))
    return _saved(word)


def _date_field(paragraph: Paragraph) -> None:
    field = '<w:fldSimple w:instr=" DATE "><w:r><w:t>1 maj 2010</w:t></w:r></w:fldSimple>'
    paragraph._p.append(_xml(field))


def _as_template() -> bytes:
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
    return _changed(_saved(_memo()), _MAIN.encode(), kind.encode())


def _with_macros() -> bytes:
    word = _memo()
    macros = Part(
        PackURI("/word/vbaProject.bin"),
        "application/vnd.ms-office.vbaProject",
        b"Sub Makro()",
        word.part.package,
    )
    word.part.relate_to(macros, "http://schemas.microsoft.com/office/2006/relationships/vbaProject")
    settings = word.part.part_related_by(RELATIONSHIP_TYPE.SETTINGS)
    key = settings.relate_to(
        "file:///S:/Mallar/kommun.dotm", f"{_RELATIONS}/attachedTemplate", is_external=True
    )
    attached = f'<w:attachedTemplate xmlns:r="{_RELATIONS}" r:id="{key}"></w:attachedTemplate>'
    word.settings.element.append(_xml(attached))
    kind = "application/vnd.ms-word.template.macroEnabledTemplate.main+xml"
    return _changed(_saved(word), _MAIN.encode(), kind.encode())


def _open_document() -> bytes:
    made = BytesIO()
    with ZipFile(made, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        file.writestr("content.xml", "<office/>")
    return made.getvalue()


def _changed(document: bytes, old: bytes, new: bytes) -> bytes:
    made = BytesIO()
    with ZipFile(BytesIO(document)) as before, ZipFile(made, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(old, new))
    return made.getvalue()


# Each with what it says of the grant, or the cure with which it is refused.
TEMPLATES_OF_OFFICES: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "a letterhead with a logo and an address": (_letterhead, "kommun.example.org"),
    "ours, saved by LibreOffice": (_of_libreoffice, "Tjänsteutlåtande"),
    "from nothing, six fields, a grid": (_from_nothing, "funder_short har beviljat award."),
    "a field in three runs, Word's own quotation marks": (_split_field, "Ärende: matter. | På svenska."),
    "a bound control within a line": (_inline_control, "Dnr i kontroll: reference"),
    "a date control as a block": (_date_control, "today i en kontroll"),
    "a first page's header with a table and a text box": (_first_page_header, "Dnr reference i en ruta"),
    "a tracked change, a comment and a field of Word's": (_reviewed, "Vi föreslår | Utskrivet 1 maj 2010"),
    "saved as a template (.dotx)": (_as_template, "Tjänsteutlåtande"),
    "saved as a template with macros (.dotm)": (_with_macros, "Tjänsteutlåtande"),
    "an OpenDocument file with Word's name": (_open_document, ""),
}


def write_template(folder: Path, content: bytes) -> None:
    """Write an office's memo."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_bytes(content)
