"""Read the Word templates that officers edit, and find mistakes in them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Literal, get_args
from zipfile import BadZipFile

from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.exceptions import SecurityError, TemplateRuntimeError, UndefinedError
from jinja2.runtime import Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from models.errors import TemplateBroken
from models.message import Common
from models.reading.plain_text import one_line
from models.reading.value_faults import did_you_mean
from tasks.documents.document_faults import Printed
from tasks.documents.word.review_marks import drop_review_marks

TEMPLATES = Path(__file__).parents[3] / "templates" / "documents"
Kind = Literal["memo", "final-report", "follow-up", "claim", "cover-letter", "agenda-note", "repayment"]
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


class _NotThere(StrictUndefined):
    """A name that does not exist: any use of it is reported with the nearest existing name."""

    def __init__(
        self,
        hint: str | None = None,
        obj: object = missing,
        name: str | None = None,
        exc: type[TemplateRuntimeError] = UndefinedError,
    ) -> None:
        if hint is None and isinstance(name, str) and is_dataclass(obj):
            hint = f"there is no '{name}' here{did_you_mean(name, [field.name for field in fields(obj)])}"
        super().__init__(hint, obj, name, exc)


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


# A paper is written in these: each kind has a template in each of them.
PAPER_LANGUAGES = ("sv", "en")


def own_templates(home: Path) -> Path:
    """Return a home's folder for the organisation's own templates, which have the shipped ones' names."""
    return home / "templates"


def template_names() -> tuple[str, ...]:
    """Return the names that a template can have: a kind of document in a language."""
    return tuple(name_of(kind, language) for kind in get_args(Kind) for language in PAPER_LANGUAGES)


def name_of(kind: str, language: str) -> str:
    """Return a template's name."""
    return f"{kind}.{language}.docx"


def template_path(name: str, own: Path | None) -> Path:
    """Return the organisation's own template if there is one, readable or not; else the shipped one."""
    if own is not None:
        try:
            (own / name).lstat()
        except FileNotFoundError:
            return TEMPLATES / name
        except OSError:  # opening it reports this
            pass
        return own / name
    return TEMPLATES / name


def open_template(path: Path) -> WordTemplate:
    """Return the template without comments and tracked changes, checked; TemplateError if it is wrong."""
    template = WordTemplate(path)
    template.init_docx()
    drop_review_marks(template.get_docx())
    template.check()
    return template


# The filters allowed in a template: others can fill the memory, as one that centres in a width.
_COUNTED = "counted"
_FILTERS = (
    "capitalize",
    "default",
    "first",
    "join",
    "last",
    "length",
    "lower",
    "map",
    "sort",
    "unique",
    "upper",
)


# The greatest number of loop rounds and macro calls of a template: a page waits for them.
_MOST_ROUNDS = 100_000


class _FactsOnly(ImmutableSandboxedEnvironment):
    """Jinja's sandbox without its functions: a template can read its facts, but call none of their methods.

    It fills one document: its loops and macros together have a limit of rounds.
    """

    # A product can be larger than the memory; every number of a document is text already.
    intercepted_binops = frozenset({"*", "**"})

    def __init__(self) -> None:
        super().__init__(undefined=_NotThere, autoescape=True)
        self.globals.clear()
        self.filters = {name: _made_whole(self.filters[name]) for name in _FILTERS}
        self.filters[_COUNTED] = self._counted
        self._rounds = 0

    def from_string(self, source: str | nodes.Template, *more: Any, **options: Any) -> Template:
        """Return the template, with its loops counted."""
        tree = self.parse(source) if isinstance(source, str) else source
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, _COUNTED, [], [], None, None, lineno=loop.lineno)
        return super().from_string(tree, *more, **options)

    def _counted(self, listed: Iterable[object]) -> Iterator[object]:
        for item in listed:
            self._count()
            yield item

    def _count(self) -> None:
        self._rounds += 1
        if self._rounds > _MOST_ROUNDS:
            raise SecurityError(f"its loops go round more than {_MOST_ROUNDS} times")

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        """Return whether it is a fact: a method would be printed with its memory address."""
        return super().is_safe_attribute(obj, attr, value) and not callable(value)

    def call_binop(self, context: object, operator: str, left: object, right: object) -> object:
        """Raise SecurityError for a multiplication."""
        raise SecurityError(f"a template cannot multiply ({operator})")

    def is_safe_callable(self, obj: object) -> bool:
        """Return whether it is a macro of the template itself, which counts as a round.

        Raises UndefinedError or SecurityError for a name that does not exist, or that is not a
        fact.
        """
        if isinstance(obj, _NotThere):
            obj()  # raises the error that names it
        self._count()
        return isinstance(obj, Macro)

    def wrap_str_format(self, value: object) -> None:
        """Return no replacement for a text's `format`: it is refused like any other method."""


def _made_whole(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """Return the filter with a list in place of a generator, which would print its memory address."""

    @wraps(filter_)
    def filtered(*given: Any, **options: Any) -> Any:
        made = filter_(*given, **options)
        return list(made) if isinstance(made, Iterator) else made

    return filtered


def template_environment() -> ImmutableSandboxedEnvironment:
    """Return the sandbox for one document's template."""
    return _FactsOnly()


@contextmanager
def told_of(path: Path) -> Iterator[None]:
    """Raise TemplateBroken, in one line, for what is wrong with a template."""
    try:
        yield
    except (PackageNotFoundError, BadZipFile, KeyError, OSError, SyntaxError) as problem:  # of its XML
        raise TemplateBroken(Printed.NOT_WORD(name=path.name)) from problem
    except _RAISED as problem:
        raise TemplateBroken(Common.AT(place=path.name, why=one_line(str(problem), 300))) from problem
