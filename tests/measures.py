"""Print the size of the project, and what of other libraries it uses privately: `python -m tests.measures`."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from deployments.shipped_files import PROGRAMMES
from models.programme.written.file import Written
from tests.dense_code import DENSE
from tests.libraries import find_circles, private_names, private_uses
from tests.reference_pages import reference_pages, shapes_of
from tests.source_tree import CODE, ROOT, project, sources, tree

LONG_MODULE, LONG_FUNCTION = 250, 30
_WORD = re.compile(r"\w")
# The programmes whose size the second version of the language was set, before their notes quoted their sources.
FIRST = (
    *("canada-tri-agency", "county-requisition-2019", "development-funds-2009", "finland-eu-home-affairs"),
    *("home-visits-2024", "horizon-europe", "innovate-uk", "lona", "lova", "mucf", "project-funds-2009"),
    *("uk-dfid-cscf", "ukri", "us-federal-award", "us-federal-award-half-yearly"),
    *("us-federal-award-quarterly", "us-federal-subaward", "wellcome"),
)
FOLDERS = ("models", "tasks", "flows", "deployments", "templates")


def lines_of(path: str) -> int:
    """Return how many lines a file has."""
    return len((ROOT / path).read_text(encoding="utf-8").splitlines())


def product() -> dict[str, ast.Module]:
    """Return the product's modules by their paths, without the migrations."""
    return {path: module for path, module in sources(*CODE) if "/migrations/versions/" not in path}


def module_names(modules: dict[str, ast.Module]) -> dict[str, ast.Module]:
    """Return the modules by their dotted names."""
    return {
        path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): module
        for path, module in modules.items()
    }


def public_names(module: ast.Module) -> Iterator[str]:
    """Yield the functions, classes and variables of a module that another may use."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (one.id for one in targets if isinstance(one, ast.Name))


def long_functions(module: ast.Module) -> Iterator[str]:
    """Yield the functions that are longer than `LONG_FUNCTION` lines."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield from [node.name] if lines > LONG_FUNCTION else []


def count_names(modules: dict[str, ast.Module], name: str) -> int:
    """Return how often a name is read in the modules, imports left out."""
    return sum(
        isinstance(node, ast.Name) and node.id == name for one in modules.values() for node in ast.walk(one)
    )


def measure() -> Iterator[tuple[str, str]]:
    """Yield what is measured, and its figure."""
    modules = product()
    by_folder = Counter(path.split("/")[0] for path in modules for _ in range(lines_of(path)))
    yield "product lines (Python, without migrations)", f"{sum(by_folder.values()):,}"
    for folder in FOLDERS:
        yield f"  {folder}", f"{by_folder[folder]:,}"
    yield "modules", f"{len(modules):,}"
    classes = sum(isinstance(node, ast.ClassDef) for one in modules.values() for node in ast.walk(one))
    yield "classes", f"{classes:,}"
    public = [name for one in modules.values() for name in public_names(one) if not name.startswith("_")]
    yield "public names", f"{len(public):,}"
    tests = [path for path in tree() if path.startswith("tests/") and path.endswith(".py")]
    yield "test lines", f"{sum(map(lines_of, tests)):,}"
    yield "runtime dependencies", str(len(project()["project"]["dependencies"]))
    own = {name for one in modules.values() for name in private_names(one)}
    private = [f"{path}: {name}" for path, one in modules.items() for name in private_uses(one, own)]
    yield "private names of libraries", str(len(private))
    yield "Any", str(count_names(modules, "Any"))
    yield "AnyRow", str(count_names(modules, "AnyRow"))
    yield f"modules above {LONG_MODULE} lines", str(sum(lines_of(path) > LONG_MODULE for path in modules))
    long = [name for one in modules.values() for name in long_functions(one)]
    yield f"functions above {LONG_FUNCTION} lines", str(len(long))
    for what, find in DENSE.items():
        yield what, str(sum(1 for one in modules.values() for _ in find(one)))
    yield "README lines", str(lines_of("README.md"))
    yield "circles of imports", str(len(find_circles(module_names(modules))))
    yield from language()


def language() -> Iterator[tuple[str, str]]:
    """Yield the size of the rule language: its names, keys a kind of part, pages, and the reference programme."""
    shapes = shapes_of(Written)
    names = {field.alias or name for shape in shapes for name, field in shape.model_fields.items()}
    yield "names of the rule language", str(len(names))
    for shape in shapes:
        yield f"  keys of {shape.model_config.get('title', shape.__name__)}", str(len(shape.model_fields))
    for page, text in reference_pages().items():
        yield f"words of {page}", f"{sum(bool(_WORD.search(word)) for word in text.split()):,}"
    yield "lines of the reference programme", str(sum(map(len, written("development-funds-2009"))))
    first = [lines for name in FIRST for lines in written(name)]
    yield f"lines of the first {len(FIRST)} programmes", str(sum(map(len, first)))
    quoted = (line for lines in first for line in quoted_lines(lines))
    yield "  of which notes with the source's words", str(sum(1 for _ in quoted))


def written(name: str) -> Iterator[list[str]]:
    """Yield the lines of a programme's file, and of its office's where there is one."""
    for path in (PROGRAMMES / f"{name}.yaml", PROGRAMMES / f"{name}-office.yaml"):
        if path.exists():
            yield path.read_text(encoding="utf-8").splitlines()


def quoted_lines(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a programme's note, which quotes its source."""
    inside = False
    for line in lines:
        inside = line.startswith("note:") or (inside and line.startswith(" "))
        if inside:
            yield line


def main() -> None:
    """Print the table; with `--names` also which private names, long modules and circles these are."""
    for what, figure in measure():
        sys.stdout.write(f"{what:<45}{figure:>10}\n")
    if "--names" not in sys.argv:
        return
    modules = product()
    own = {name for one in modules.values() for name in private_names(one)}
    for path, one in modules.items():
        for name in private_uses(one, own):
            sys.stdout.write(f"private: {path}: {name}\n")
        if lines_of(path) > LONG_MODULE:
            sys.stdout.write(f"long: {path}: {lines_of(path)}\n")
    for ring in find_circles(module_names(modules)):
        sys.stdout.write(f"circle: {' -> '.join(ring)}\n")


if __name__ == "__main__":
    main()
