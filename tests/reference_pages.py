"""Write the pages that explain the programme file, their tables from the shapes: `python -m tests.reference_pages`."""

from collections.abc import Iterator
from typing import get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from deployments.shipped_files import PROGRAMMES
from models.programme.written.file import Written
from tests.source_tree import ROOT

_TEMPLATES = ROOT / "templates" / "reference"
# How one writes a programme, and what can stand in it; each page by the name of its file beside the programmes.
_PAGES = {"README.md": "programmes.md", "reference.md": "reference.md"}
_HEAD = "| name | what it is |\n|---|---|"


def reference_pages() -> dict[str, str]:
    """Return the pages, as Markdown, by the names of their files."""
    # The pages are text for GitHub and editors, and nobody's input stands in them.
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    facts = {
        "names": dict(_tables()),
        "count": len({name for shape in shapes_of(Written) for name in _named(shape)}),
    }
    return {page: environment.get_template(name).render(facts) for page, name in _PAGES.items()}


def shapes_of(shape: type[BaseModel]) -> list[type[BaseModel]]:
    """Return the shape and all that stand in it, each once, in the order in which a reader meets them."""
    found = [shape]
    for one in found:
        for field in one.model_fields.values():
            found += [inner for inner in _shapes_in(field.annotation) if inner not in found]
    return found


def _shapes_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _shapes_in(part)


def _named(shape: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in shape.model_fields.items()}


def _tables() -> Iterator[tuple[str, str]]:
    """Yield a table of names for each shape, by its class; a name that means the same as before is not said again."""
    said: list[tuple[str, str | None]] = []
    for shape in shapes_of(Written):
        new = [
            (name, field) for name, field in _named(shape).items() if (name, field.description) not in said
        ]
        said += [(name, field.description) for name, field in new]
        yield shape.__name__, "\n".join([_HEAD, *(_row(name, field) for name, field in new)])


def _row(name: str, field: FieldInfo) -> str:
    what = f"{field.description}{_usual(field)}".replace("|", "\\|")
    return f"| `{name}` | {what} |"


def _usual(field: FieldInfo) -> str:
    """Return what holds where nothing is said, if that is more than nothing."""
    if field.is_required():
        return " (needed)"
    plain = isinstance(field.default, int | str) and not isinstance(field.default, bool)
    return f" ({field.default})" if plain and field.default != "" else ""


if __name__ == "__main__":
    for page_name, page_text in reference_pages().items():
        (PROGRAMMES / page_name).write_text(page_text, encoding="utf-8")
