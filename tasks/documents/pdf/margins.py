"""Copy a Word document's headers, footers and pictures to its PDF."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from docx.opc.part import Part
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.parts.story import StoryPart
from docx.section import Section
from docx.shared import Emu

from models.errors import BeyondConverter, TemplateBroken
from tasks.documents.document_faults import Printed

_KINDS = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp")
_VML = "{urn:schemas-microsoft-com:vml}"
_FOR_OLD_PROGRAMS = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_FIELD = "\0"  # stands for a page's number
# In mm: a line's height, the space above the header and below it, and the least distance of the text.
_LINE = 4.0
_ABOVE = 12.0
_BELOW = 8.0
_LEAST = 28.0
_LEAST_BELOW = 24.0  # from the text's end to the page's
# The largest picture, and the tallest header and footer together: text must fit between them.
_WIDEST = 160.0
_TALLEST = 220.0
_TALLEST_AROUND = 120.0


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A picture's file, its size in mm, and its description."""

    name: str
    width: float
    height: float
    words: str


def pictures_in(element: BaseOxmlElement, part: Part, folder: Path) -> Iterator[PagePicture]:
    """Yield an element's pictures, each written into the folder, made smaller if the page needs it.

    Raises TemplateBroken for one that a PDF cannot hold.
    """
    for drawing in element.iter(qn("w:drawing")):
        words = next((properties.get("descr", "") for properties in drawing.iter(qn("wp:docPr"))), "")
        size = next(drawing.iter(qn("wp:extent")))
        for blip in drawing.iter(qn("a:blip")):
            if qn("r:embed") not in blip.attrib:
                raise TemplateBroken(Printed.PICTURE_LINKED())
            source = part.related_parts[blip.get(qn("r:embed"))]
            kind = Path(str(source.partname)).suffix.lower()
            if kind not in _KINDS:
                raise BeyondConverter(Printed.PICTURE_KIND(kind=kind))
            name = f"picture-{len([*folder.iterdir()])}{kind}"
            (folder / name).write_bytes(source.blob)
            width, height = (Emu(int(size.get(side))).mm for side in ("cx", "cy"))
            fits = min(1.0, _WIDEST / max(width, 1.0), _TALLEST / max(height, 1.0))
            yield PagePicture(name, width * fits, height * fits, words)


def refuse_old_pictures(element: BaseOxmlElement, *kinds: str) -> None:
    """Raise BeyondConverter for drawings in Word's old format (VML), as a picture or an embedded sheet."""
    for node in element.iter(*(f"{_VML}{kind}" for kind in ("imagedata", *kinds))):
        # Word adds a copy of each new picture for old programs.
        if not any(above.tag == _FOR_OLD_PROGRAMS for above in node.iterancestors()):
            raise BeyondConverter(Printed.OBJECT())


def margins_of(section: Section, folder: Path) -> dict[str, Any]:
    """Return each page's header and footer, by line, and the space above and below its text, in mm.

    `first` is the first page's, if the document has another one there, else None. The line of a
    footer that holds the page's number has None at the right; every footer has one. `watermark` is
    Word's text across a page; a PDF has it on each.
    """
    header = section.header.part
    footer = section.footer.part
    first = None
    margins = _margins(header, footer, folder)
    parts = [header, footer]
    if section.different_first_page_header_footer:
        header = section.first_page_header.part
        footer = section.first_page_footer.part
        first = _margins(header, footer, folder)
        parts += header, footer
    above, below = (
        max(sum(map(_height, part[side])) for part in (margins, first or margins))
        for side in ("header", "footer")
    )
    if above + below > _TALLEST_AROUND:
        raise BeyondConverter(Printed.MARGINS(most=f"{_TALLEST_AROUND:.0f}"))
    top = max(_LEAST, _ABOVE + above + _BELOW)
    bottom = max(_LEAST_BELOW, _BELOW + below + _ABOVE)
    written = (node.get("string") for part in parts for node in part.element.iter(f"{_VML}textpath"))
    return {
        **margins,
        "first": first,
        "top": top,
        "bottom": bottom,
        "watermark": next(filter(None, written), ""),
    }


def _margins(header: StoryPart, footer: StoryPart, folder: Path) -> dict[str, Any]:
    below = [*_lines(footer, folder)]
    if all(line["right"] is not None for line in below):
        if not below or below[-1]["right"]:
            below.append(_line("", []))
        below[-1]["right"] = None
    return {"header": [*_lines(header, folder)], "footer": below}


def _lines(margin: StoryPart, folder: Path) -> Iterator[dict[str, object]]:
    """Yield the lines of a header or a footer: one per paragraph or table row."""
    boxed = (node for box in margin.element.iter(qn("w:txbxContent")) for node in box.iter(qn("w:t")))
    if any((node.text or "").strip() for node in boxed):
        raise BeyondConverter(Printed.OBJECT())
    refuse_old_pictures(margin.element)
    for part in margin.element.iterchildren(qn("w:p"), qn("w:tbl")):
        for row in part.findall(qn("w:tr")) or [part]:
            cells = row.findall(qn("w:tc")) or [row]
            text = "\t".join(
                "\n".join(filter(None, map(_text_to_page_number, cell.iter(qn("w:p"))))) for cell in cells
            )
            pictures = [*pictures_in(row, margin, folder)]
            if text.strip() or pictures:
                yield _line(text, pictures, numbered=_FIELD in text, right=is_right(row))


def _text_to_page_number(paragraph: BaseOxmlElement) -> str:
    """Return a paragraph's text up to a page's number, which Word counts and the PDF counts itself."""
    parts: list[str] = []
    for node in paragraph.iter(*map(qn, ("w:t", "w:tab", "w:br", "w:instrText", "w:fldSimple"))):
        if "PAGE" in (node.get(qn("w:instr")) or (node.text or "" if node.tag == qn("w:instrText") else "")):
            return "".join(parts) + _FIELD
        if node.tag == qn("w:t"):
            parts.append(node.text or "")
        elif node.tag == qn("w:br"):
            parts.append("\n")
        elif node.tag == qn("w:tab") and node.getparent().tag == qn("w:r"):  # others set where tabs stop
            parts.append("\t")
    return "".join(parts)


def _line(
    text: str, pictures: list[PagePicture], *, numbered: bool = False, right: bool = False
) -> dict[str, object]:
    left, _, rest = text.replace(_FIELD, "").partition("\t")
    return {
        "pictures": [asdict(picture) for picture in pictures],
        "left": left.strip(),
        "right": None if numbered else " ".join(rest.split("\t")).strip(),
        "at_right": right,
    }


def is_right(paragraph: BaseOxmlElement) -> bool:
    """Return whether the paragraph is right-aligned, also by the word "end", which python-docx refuses."""
    place = paragraph.find(f"{qn('w:pPr')}/{qn('w:jc')}")
    return place is not None and place.get(qn("w:val")) in ("right", "end")


def _height(line: dict[str, Any]) -> float:
    breaks: int = max(line["left"].count("\n"), (line["right"] or "").count("\n"))
    return max([_LINE * (1 + breaks), *(float(picture["height"]) for picture in line["pictures"])])
