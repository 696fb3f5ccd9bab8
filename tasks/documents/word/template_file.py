"""Read a Word template as whatever Word saved it: a document or a template, with macros, with bound controls."""

from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from docx.document import Document
from docx.opc.part import XmlPart
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

_TYPES = "[Content_Types].xml"
_DOCUMENT = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
# What the main part of a .dotx, a .docm and a .dotm is called.
_SAVED_AS = (
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
    b"application/vnd.ms-word.document.macroEnabled.main+xml",
    b"application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
)
# A paper brings no macros, and does not say in which folder of the office its template lies.
_STAY_BEHIND = ("/vbaProject", "/keyMapCustomizations", "/attachedTemplate")


# How a file of Word 97 to 2003 begins.
_OLD_WORD = bytes.fromhex("d0cf11e0a1b11ae1")


def is_old_word(path: Path) -> bool:
    """Return whether the file is a .doc, by what it holds."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(len(_OLD_WORD)) == _OLD_WORD
    return False


def read_template_file(path: Path) -> BytesIO:
    """Return the file as a Word document, also if it was saved as a template or with macros."""
    made = BytesIO()
    with ZipFile(path) as before, ZipFile(made, "w", ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name)
            if name == _TYPES:
                for saved_as in _SAVED_AS:
                    content = content.replace(saved_as, _DOCUMENT)
            after.writestr(name, content)
    made.seek(0)
    return made


def drop_office_parts(document: Document) -> None:
    """Drop macros, the way to the template's folder, and what binds a content control to something else.

    Word would fill a bound control from there again, over the grant's facts.
    """
    for part in [*document.part.package.iter_parts()]:
        for key, relation in [*part.rels.items()]:
            if relation.reltype.endswith(_STAY_BEHIND):
                del part.rels[key]
        if isinstance(part, XmlPart):
            _drop(part.element)


def _drop(root: BaseOxmlElement) -> None:
    for node in [*root.iter(qn("w:dataBinding"), qn("w:showingPlcHdr"), qn("w:attachedTemplate"))]:
        parent = node.getparent()
        if parent is not None:
            parent.remove(node)
