"""Let a Word template read its facts, and nothing else: an office's template is a program."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from traceback import extract_tb
from typing import Any

from jinja2 import StrictUndefined, Template, nodes
from jinja2.exceptions import SecurityError, TemplateRuntimeError, TemplateSyntaxError, UndefinedError
from jinja2.runtime import Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing


class FieldNotThere(UndefinedError):
    """A template uses a field that does not exist: the message is its name."""


class TooManyRounds(SecurityError):
    """A template's loops go round too often."""


class _NotThere(StrictUndefined):
    """A name that does not exist: any use of it raises FieldNotThere."""

    def __init__(
        self,
        hint: str | None = None,
        obj: object = missing,
        name: str | None = None,
        exc: type[TemplateRuntimeError] = UndefinedError,
    ) -> None:
        if hint is None and name is not None:
            hint, exc = str(name), FieldNotThere
        super().__init__(hint, obj, name, exc)


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


# A tag, and where it begins: jinja counts lines, and each tag gets one of its own.
_TAG = re.compile(r"(?:\{\{|\{%).*?(?:\}\}|%\})", re.DOTALL)
_TAG_BEGINS = re.compile(r"\{\{-?|\{%[-+]?")


# The greatest number of loop rounds and macro calls of a template: a page waits for them.
MOST_ROUNDS = 100_000


class FactsOnly(ImmutableSandboxedEnvironment):
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
        self._lined = ""

    def parse(self, source: str, *more: Any, **options: Any) -> nodes.Template:
        """Return the tree of a source in which each tag has a line of its own, so that a fault names its tag."""
        self._lined = _TAG_BEGINS.sub(r"\g<0>\n", source)
        return super().parse(self._lined, *more, **options)

    def find_tag(self, problem: BaseException) -> str:
        """Return the tag of the source read last at which it went wrong; empty if it is at none."""
        lines = [
            frame.lineno for frame in extract_tb(problem.__traceback__) if frame.filename == "<template>"
        ]
        line = problem.lineno if isinstance(problem, TemplateSyntaxError) else next(iter(lines[::-1]), 0) or 0
        found = ""
        for tag in _TAG.finditer(self._lined):
            if self._lined.count("\n", 0, tag.start()) + 2 > line:
                break
            found = tag[0]
        return found

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
        if self._rounds > MOST_ROUNDS:
            raise TooManyRounds(f"its loops go round more than {MOST_ROUNDS} times")

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


def template_environment() -> FactsOnly:
    """Return the sandbox for one document's template."""
    return FactsOnly()
