"""Read a Word template, and find mistakes in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2 import TemplateError, nodes

from models.errors import TemplateBroken
from models.message import Common
from models.reading.plain_text import one_line
from tasks.documents.document_faults import Printed
from tasks.documents.word.review_marks import drop_review_marks
from tasks.documents.word.sandbox import template_environment

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


class WordTemplate(DocxTemplate):  # type: ignore[misc]
    """A docxtpl template that can list the facts it prints."""

    def check(self) -> None:
        """Raise TemplateError for a begin or an end without the other: docxtpl would leave text out."""
        for part in self._parts():
            for paragraph in parse_xml(part).iter(qn("w:p")):
                text = "".join(node.text or "" for node in paragraph.iter(qn("w:t")))
                if any(text.count(begin) != text.count(end) for begin, end in (("{{", "}}"), ("{%", "%}"))):
                    raise TemplateError(
                        f'a {{{{ or {{% has no end, or an end no beginning, in "{one_line(text, 80)}"'
                    )

    def named(self) -> frozenset[str]:
        """Return the names it uses: each fact of the grant, and other names.

        Raises TemplateError if it cannot be read, or takes all facts at once: what it prints would
        not be known.
        """
        names: set[str] = set()
        for text in [*self._parts(), *self._properties()]:
            names.update(_named(self.patch_xml(text)))
        return frozenset(names)

    def _parts(self) -> list[str]:
        """Return the XML of its body, headers, footers and footnotes."""
        parts = [
            part for uri in (self.HEADER_URI, self.FOOTER_URI) for _, part in self.get_headers_footers(uri)
        ]
        parts += [
            part
            for part in self.get_docx().part.package.iter_parts()
            if part.content_type.endswith("footnotes+xml")
        ]
        return [self.xml_to_string(self.get_docx().element.body), *map(self.get_part_xml, parts)]

    def _properties(self) -> list[str]:
        """Return the file's properties."""
        core = self.get_docx().core_properties
        return [str(getattr(core, name)) for name in _PROPERTIES]


def _named(source: str) -> frozenset[str]:
    """Return the names in a part of a template: "tables" for {{ f.tables }}."""
    template = template_environment().parse(source)
    facts = {id(node.node): node.attr for node in template.find_all(nodes.Getattr)}
    for item in template.find_all(nodes.Getitem):
        if isinstance(item.arg, nodes.Const):
            facts[id(item.node)] = str(item.arg.value)
    names = {
        facts.get(id(node), "f") if node.name == "f" else node.name for node in template.find_all(nodes.Name)
    }
    if "f" in names:
        raise TemplateError("'f' is all that is known of the grant: say what of it, as f.title")
    return frozenset(names)


def open_template(path: Path) -> WordTemplate:
    """Return the template without comments and tracked changes, checked; TemplateError if it is wrong."""
    template = WordTemplate(path)
    template.init_docx()
    drop_review_marks(template.get_docx())
    template.check()
    return template


@contextmanager
def told_of(path: Path) -> Iterator[None]:
    """Raise TemplateBroken, in one line, for what is wrong with a template."""
    try:
        yield
    except (PackageNotFoundError, BadZipFile, KeyError, OSError, SyntaxError) as problem:  # of its XML
        raise TemplateBroken(Printed.NOT_WORD(name=path.name)) from problem
    except _RAISED as problem:
        raise TemplateBroken(Common.AT(place=path.name, why=one_line(str(problem), 300))) from problem
