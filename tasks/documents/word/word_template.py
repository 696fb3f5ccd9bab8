"""Read a Word template, and say what is wrong in it: the words, where they stand, and the cure."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docxtpl import DocxTemplate
from jinja2 import TemplateError, nodes
from jinja2.exceptions import SecurityError

from models.errors import TemplateBroken
from models.message import Common, Remark
from models.reading.plain_text import one_line
from tasks.documents.document_faults import Printed
from tasks.documents.word.fields import find_nearest
from tasks.documents.word.review_marks import drop_review_marks
from tasks.documents.word.sandbox import (
    MOST_ROUNDS,
    FactsOnly,
    FieldNotThere,
    TooManyRounds,
    template_environment,
)
from tasks.documents.word.template_file import drop_office_parts, is_old_word, read_template_file

# The file properties that docxtpl fills too.
_PROPERTIES = ("author", "comments", "identifier", "language", "subject", "title")
# A template is a program: whatever it raises is the template's own fault.
_RAISED = (
    TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    MemoryError,
)
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
_BLOCK = re.compile(r"\{%[-+]?(?:p|tr|tc|r)?\s+(end)?(\w+)")
_BLOCKS = ("for", "if", "macro", "set")
# What Word and docxtpl make of a tag between its place in the file and the sandbox: blanks, quotes, p of {%p.
_REWRITTEN = re.compile(r"(?<=^\{[{%])[-+]?(?:p|tr|tc|r)?(?=\s)|[\s\"'“”\u2018\u2019]")
_LONGEST_TAG = 80


class TemplateFault(TemplateError):
    """A mistake in a template, which its remark tells."""

    def __init__(self, remark: Remark) -> None:
        super().__init__(str(remark))
        self.remark = remark


def _fault(tag: str, place: Remark, why: Remark) -> TemplateFault:
    return TemplateFault(Printed.AT_FAULT(place=place, tag=one_line(tag, _LONGEST_TAG), why=why))


class WordTemplate(DocxTemplate):  # type: ignore[misc]
    """A docxtpl template that can list the facts it prints, and tells where in it a mistake is."""

    def check(self) -> None:
        """Raise TemplateFault for a begin or an end without the other: docxtpl would leave text out."""
        for paragraphs in self._texts():
            blocks: list[tuple[str, str, Remark]] = []
            for text, place in paragraphs:
                if any(text.count(begin) != text.count(end) for begin, end in (("{{", "}}"), ("{%", "%}"))):
                    raise _fault(f'"{text}"', place, Printed.NO_END_MARK())
                for tag in _TAG.findall(text):
                    _close(blocks, tag, place)
            if blocks:
                _, tag, place = blocks[-1]
                raise _fault(tag, place, Printed.NO_END_TAG(end=f"end{blocks[-1][0]}"))

    def named(self) -> frozenset[str]:
        """Return the names it uses: each fact of the grant, and other names.

        Raises TemplateFault if it cannot be read, or takes all facts at once: what it prints would
        not be known.
        """
        names: set[str] = set()
        for text in [*self._parts(), *self._properties()]:
            environment = template_environment()
            with self._telling(environment):
                names.update(_named(environment, self.patch_xml(text)))
        return frozenset(names)

    def fill(self, given: Mapping[str, object]) -> None:
        """Fill it with these values; TemplateFault says what went wrong, and where."""
        environment = template_environment()
        with self._telling(environment):
            self.render(given, environment, autoescape=True)

    @contextmanager
    def _telling(self, environment: FactsOnly) -> Iterator[None]:
        try:
            yield
        except TemplateFault:
            raise
        except _RAISED as problem:
            tag = " ".join(environment.find_tag(problem).split())
            why = _why(problem, tag)
            place = self._places().get(_bare(tag))
            raise (_fault(tag, place, why) if place else TemplateFault(why)) from problem

    def _places(self) -> dict[str, Remark]:
        """Return where each tag stands first."""
        places: dict[str, Remark] = {}
        for paragraphs in self._texts():
            for text, place in paragraphs:
                for tag in _TAG.findall(text):
                    places.setdefault(_bare(tag), place)
        for text in self._properties():
            for tag in _TAG.findall(text):
                places.setdefault(_bare(tag), Printed.IN_PROPERTIES())
        return places

    def _texts(self) -> Iterator[list[tuple[str, Remark]]]:
        """Yield the paragraphs of each part of the file, with where they stand."""
        yield [*_paragraphs(self.get_docx().element.body)]
        for named, uri in ((Printed.IN_HEADER, self.HEADER_URI), (Printed.IN_FOOTER, self.FOOTER_URI)):
            for _, part in self.get_headers_footers(uri):
                yield [(text, named()) for text, _ in _paragraphs(parse_xml(self.get_part_xml(part)))]
        for part in self._notes():
            yield [(text, Printed.IN_NOTE()) for text, _ in _paragraphs(parse_xml(self.get_part_xml(part)))]

    def _notes(self) -> list[Any]:
        parts = self.get_docx().part.package.iter_parts()
        return [part for part in parts if part.content_type.endswith("footnotes+xml")]

    def _parts(self) -> list[str]:
        """Return the XML of its body, headers, footers and footnotes."""
        parts = [
            part for uri in (self.HEADER_URI, self.FOOTER_URI) for _, part in self.get_headers_footers(uri)
        ]
        parts += self._notes()
        return [self.xml_to_string(self.get_docx().element.body), *map(self.get_part_xml, parts)]

    def _properties(self) -> list[str]:
        """Return the file's properties."""
        core = self.get_docx().core_properties
        return [str(getattr(core, name)) for name in _PROPERTIES]


def _paragraphs(root: BaseOxmlElement) -> Iterator[tuple[str, Remark]]:
    """Yield the text of each paragraph with words, and where it stands: by number only if it is in the text itself."""
    number = 0
    for paragraph in root.iter(qn("w:p")):
        text = "".join(node.text or "" for node in paragraph.iter(qn("w:t")) if _stands_in(paragraph, node))
        if not text.strip():
            continue
        above = {one.tag for one in paragraph.iterancestors()}
        if qn("w:txbxContent") in above:
            yield text, Printed.IN_BOX()
        elif qn("w:tbl") in above:
            yield text, Printed.IN_TABLE()
        else:
            number += 1
            yield text, Printed.IN_PARAGRAPH(number=number)


def _stands_in(paragraph: BaseOxmlElement, node: BaseOxmlElement) -> bool:
    """Return whether a text stands in the paragraph itself, and not in a text box that hangs on it."""
    return next(node.iterancestors(qn("w:p"))) is paragraph


def _close(blocks: list[tuple[str, str, Remark]], tag: str, place: Remark) -> None:
    """Note the block that a tag begins, or end the one before it; TemplateFault for an end without a beginning."""
    block = _BLOCK.match(tag)
    if block is None or block[2] not in _BLOCKS or (block[2] == "set" and "=" in tag):
        return
    if not block[1]:
        blocks.append((block[2], tag, place))
    elif not blocks:
        raise _fault(tag, place, Printed.NO_BEGIN_TAG())
    elif blocks[-1][0] != block[2]:
        begun, opened, where = blocks[-1]
        raise _fault(opened, where, Printed.NO_END_TAG(end=f"end{begun}"))
    else:
        blocks.pop()


def _bare(tag: str) -> str:
    return _REWRITTEN.sub("", tag)


def _why(problem: BaseException, tag: str) -> Remark:
    """Return what is wrong with a tag, with its cure."""
    if isinstance(problem, FieldNotThere):
        name = problem.message or ""
        found = re.search(rf"\b{re.escape(name)}\b(?:\.\w+)*", tag)
        near = find_nearest(found[0] if found else name)
        cure = Printed.NEAREST(field=near.written) if near else Printed.FIELDS_LISTED()
        return Printed.NO_FIELD(near=cure)
    if isinstance(problem, (TooManyRounds, RecursionError, MemoryError)):
        return Printed.TOO_MANY_ROUNDS(most=MOST_ROUNDS)
    return Printed.ONLY_FIELDS() if isinstance(problem, SecurityError) else Printed.NOT_WRITTEN_SO()


def _named(environment: FactsOnly, source: str) -> frozenset[str]:
    """Return the names in a part of a template: "tables" for {{ f.tables }}."""
    template = environment.parse(source)
    facts = {id(node.node): node.attr for node in template.find_all(nodes.Getattr)}
    for item in template.find_all(nodes.Getitem):
        if isinstance(item.arg, nodes.Const):
            facts[id(item.node)] = str(item.arg.value)
    names = {
        facts.get(id(node), "f") if node.name == "f" else node.name for node in template.find_all(nodes.Name)
    }
    if "f" in names:
        raise TemplateFault(Printed.ALL_FACTS())
    return frozenset(names)


def open_template(path: Path) -> WordTemplate:
    """Return the template without what stays in the office, checked; TemplateFault if it is wrong."""
    template = WordTemplate(read_template_file(path))
    template.init_docx()
    drop_review_marks(template.get_docx())
    drop_office_parts(template.get_docx())
    template.check()
    return template


@contextmanager
def told_of(path: Path) -> Iterator[None]:
    """Raise TemplateBroken, in one line, for what is wrong with a template."""
    try:
        yield
    except TemplateFault as problem:
        raise TemplateBroken(Common.AT(place=path.name, why=problem.remark)) from problem
    except (PackageNotFoundError, BadZipFile, OSError, SyntaxError, *_RAISED) as problem:  # of its XML
        fault = Printed.OLD_WORD if is_old_word(path) else Printed.NOT_WORD
        raise TemplateBroken(fault(name=path.name)) from problem
