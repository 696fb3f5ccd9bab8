"""Take comments and tracked changes out of a Word template: what colleagues wrote to each other never leaves."""

from docx.document import Document
from docx.opc.oxml import serialize_part_xml
from docx.opc.part import Part, XmlPart
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

# The parts of a file that hold text, and those that hold comments and the names of who wrote them.
_TEXTS = ("main+xml", "header+xml", "footer+xml")
_NOTES = ("footnotes+xml", "endnotes+xml")
_COMMENTS = ("/comments", "/commentsExtended", "/commentsIds", "/commentsExtensible", "/people")
_STRUCK = (qn("w:del"), qn("w:moveFrom"))
_ADDED = (qn("w:ins"), qn("w:moveTo"))
# What holds text; elsewhere w:del and w:ins are marks: of a paragraph's end, of a table's row.
_MARKS_IN = (qn("w:rPr"), qn("w:trPr"), qn("w:numPr"))
_ROW, _CELL, _PARAGRAPH, _PROPERTIES = qn("w:tr"), qn("w:tc"), qn("w:p"), qn("w:pPr")
_REMARKS = tuple(
    qn(f"w:{name}")
    for name in (
        *("commentRangeStart", "commentRangeEnd", "commentReference", "cellIns", "cellMerge"),
        *(f"{move}Range{end}" for move in ("moveFrom", "moveTo") for end in ("Start", "End")),
        *("rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "tblPrExChange", "tblGridChange"),
        *("tcPrChange", "trPrChange", "numberingChange"),
    )
)


def drop_review_marks(document: Document) -> None:
    """Accept every tracked change, and drop the comments with their authors' names."""
    for part in [*document.part.package.iter_parts()]:
        if isinstance(part, XmlPart) and part.content_type.endswith(_TEXTS):
            _accept(part.element)
        for key, relation in [*part.rels.items()]:
            if relation.reltype.endswith(_COMMENTS):
                del part.rels[key]
            elif not relation.is_external and relation.target_part.content_type.endswith(_NOTES):
                del part.rels[key]
                part.rels.add_relationship(relation.reltype, _accepted_notes(relation.target_part), key)


def _accepted_notes(part: Part) -> Part:
    """Return the part of notes, which python-docx keeps as bytes, with its changes accepted."""
    root = parse_xml(part.blob)
    _accept(root)
    accepted = Part(part.partname, part.content_type, serialize_part_xml(root), part.package)
    for relation in part.rels.values():
        to = relation.target_ref if relation.is_external else relation.target_part
        accepted.load_rel(relation.reltype, to, relation.rId, relation.is_external)
    return accepted


def _accept(root: BaseOxmlElement) -> None:
    for remark in [*root.iter(*_REMARKS)]:
        _remove(remark)
    for cell in [mark.getparent().getparent() for mark in root.iter(qn("w:cellDel"))]:
        _remove(cell)
    for struck in [*root.iter(*_STRUCK)]:
        _strike(struck)
    for added in [*root.iter(*_ADDED)]:
        if added.getparent().tag not in _MARKS_IN:
            for child in [*added]:
                added.addprevious(child)
        _remove(added)
    for row in [row for row in root.iter(_ROW) if row.find(f".//{_CELL}") is None]:
        _remove(row)


def _strike(struck: BaseOxmlElement) -> None:
    """Remove struck text; a struck row; or the end of a paragraph, which joins it to the next."""
    within = struck.getparent()
    row = next(struck.iterancestors(_ROW), None)
    _remove(struck)
    if within.tag == qn("w:trPr") and row is not None:
        _remove(row)
    elif within.tag == qn("w:rPr") and within.getparent().tag == _PROPERTIES:
        _join_to_next(within.getparent().getparent())


def _join_to_next(paragraph: BaseOxmlElement) -> None:
    following = paragraph.getnext()
    if following is None or following.tag != _PARAGRAPH:
        return
    at = 0 if following.find(_PROPERTIES) is None else 1
    for child in reversed([child for child in paragraph if child.tag != _PROPERTIES]):
        following.insert(at, child)
    _remove(paragraph)


def _remove(element: BaseOxmlElement) -> None:
    if (parent := element.getparent()) is not None:
        parent.remove(element)
