"""Print in how many places of the product a thing is decided, read or spelled: `python -m tests.house.homes [TREE]`."""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("models", "tasks", "flows", "deployments")
READ = ("Step", "Instalment", "Decision", "Answer", "Figure")
_SELECTS = {f"{library}.{name}" for library in ("sqlalchemy", "sqlmodel") for name in ("select", "exists")}
_GETS = ("get", "get_one")
_TODAY = {"today", "_TODAY", "TODAY", "on", "bindparam"}
# What a page, or a letter's template, says to hold a day against today.
_LATE_IN_WORDS = re.compile(r"\b(due_on|due) < today\b")
Modules = Mapping[str, ast.Module]


def modules_of(tree: Path) -> dict[str, ast.Module]:
    """Return the product's modules by their paths, without the migrations."""
    paths = (path for folder in FOLDERS for path in sorted((tree / folder).rglob("*.py")))
    found = {path.relative_to(tree).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return {path: ast.parse(text) for path, text in found.items() if "/versions/" not in path}


def imported(module: ast.Module) -> dict[str, str]:
    """Return what a module's names mean that it imports: `pkg.mod.name` by the name here."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def tables_named(modules: Modules) -> dict[str, dict[str, str]]:
    """Return by module which of its names stand for which of the tables: their classes, and what `table_of` gave."""
    found: dict[str, dict[str, str]] = {}
    for path, module in modules.items():
        whole = imported(module)
        tables = {name: full for name, full in whole.items() if ".tables." in full and name != "table_of"}
        names = {name: full.rpartition(".")[2] for name, full in tables.items()}
        for node in module.body:
            if isinstance(node, ast.Assign):
                names |= _assigned(node, names)
        found[path] = {name: model for name, model in names.items() if model in READ}
    by_module = {path.removesuffix(".py").replace("/", "."): names for path, names in found.items()}
    for path, module in modules.items():  # those that another module made
        for name, full in imported(module).items():
            home, _, there = full.rpartition(".")
            if there in by_module.get(home, {}):
                found[path][name] = by_module[home][there]
    return found


def _assigned(node: ast.Assign, known: Mapping[str, str]) -> dict[str, str]:
    """Return the names that an assignment gives to tables: alone, in a row, or each of a row of models."""
    target, value = node.targets[0], node.value
    names = [one.id for one in ast.walk(target) if isinstance(one, ast.Name)]
    calls = [one for one in ast.walk(value) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)]
    if any(call.func.id == "table" for call in calls if isinstance(call.func, ast.Name)):
        said = [one.value for one in ast.walk(value) if isinstance(one, ast.Constant)]
        return {names[0]: str(said[0]).title()}
    if not any(call.func.id == "table_of" for call in calls if isinstance(call.func, ast.Name)):
        return {}
    models = [one.id for one in ast.walk(value) if isinstance(one, ast.Name) and one.id in known]
    return {name: known[model] for name, model in zip(names, models, strict=False)}


def statements(module: ast.Module) -> Iterator[ast.AST]:
    """Yield each statement to the database with all that is chained to it, and each row that is got by its id."""
    whole = imported(module)
    above = {child: node for node in ast.walk(module) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and whole.get(node.func.id) in _SELECTS:
            chain: ast.AST = node
            while isinstance(above.get(chain), ast.Attribute) or (
                isinstance(above.get(chain), ast.Call) and getattr(above[chain], "func", None) is chain
            ):
                chain = above[chain]
            yield chain
        elif isinstance(node.func, ast.Attribute) and node.func.attr in _GETS and node.args:
            yield node.args[0]


def readers(modules: Modules) -> dict[str, list[str]]:
    """Return the modules that read each of the tables, a path for every statement."""
    named = tables_named(modules)
    found: dict[str, list[str]] = defaultdict(list)
    for path, module in modules.items():
        for statement in statements(module):
            for model in {named[path][name] for name in _names(statement) & named[path].keys()}:
                found[model].append(path)
    return found


def reading(modules: Modules) -> Iterator[tuple[str, str]]:
    """Yield for each table how many statements read it, and in how many modules."""
    found = readers(modules)
    for model in READ:
        yield (
            f"statements that read {model.lower()}",
            f"{len(found[model])} in {len(set(found[model]))} modules",
        )


def calls(*names: str) -> Callable[[ast.Module], int]:
    """Return a count of the calls of functions or classes with these names."""
    return lambda module: sum(
        isinstance(node, ast.Call)
        and (getattr(node.func, "id", None) in names or getattr(node.func, "attr", None) in names)
        for node in ast.walk(module)
    )


def calls_of(full: str) -> Callable[[ast.Module], int]:
    """Return a count of the calls of what a module has imported by its full name."""

    def count(module: ast.Module) -> int:
        own = [name for name, meant in imported(module).items() if meant == full]
        return calls(*own)(module)

    return count


def flows_that_act(module: ast.Module) -> int:
    """Count the flows of a module that builds commands: Prefect makes a form of each one's parameters."""
    whole = imported(module).values()
    acts = any(full.startswith("models.commands.") and ".clock." not in full for full in whole)
    return calls("flow")(module) if acts else 0


def _reads(*names: str) -> Callable[[ast.Module], int]:
    return lambda module: sum(
        isinstance(node, ast.Attribute) and node.attr in names and isinstance(node.ctx, ast.Load)
        for node in ast.walk(module)
    )


def held_against_today(module: ast.Module) -> int:
    """Count where a due day is held against today."""
    return sum(
        isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.Lt)
        and bool(_mentioned(node.left) & {"due_on", "next_due_on"})
        and bool(_mentioned(node.comparators[0]) & _TODAY)
        for node in ast.walk(module)
    )


def _mentioned(node: ast.AST) -> set[str]:
    attributes = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    return _names(node) | attributes


def loops_over_phases(module: ast.Module) -> int:
    """Count the loops over the phases of a grant."""
    loops = (node.iter for node in ast.walk(module) if isinstance(node, ast.For | ast.comprehension))
    return sum(bool(_names(one) & {"PHASES", "Phase"}) for one in loops)


def _spelled(word: str) -> Callable[[ast.Module], int]:
    return lambda module: sum(
        isinstance(node, ast.Constant) and node.value == word for node in ast.walk(module)
    )


def _classes_of(base: str) -> Callable[[ast.Module], int]:
    return lambda module: sum(
        isinstance(node, ast.ClassDef) and base in {getattr(one, "id", "") for one in node.bases}
        for node in ast.walk(module)
    )


# What is counted, by its name: places that ask or decide what has one rule, and that spell forms and words.
# A rule that was renamed is counted by both of its names, so that an older tree is counted too.
COUNTED: Mapping[str, Callable[[ast.Module], int]] = {
    "loops over phases": loops_over_phases,
    "form layer: acts, each with its words and fields": calls("Act"),
    "form layer: what holds of an act at a row": calls_of("deployments.portal.forms.context.FormSetup"),
    "form layer: flows that act, as forms in Prefect": flows_that_act,
    "form layer: options of the command line": calls("option"),
    "form layer: fields of commands": calls_of("models.forms.field.Field"),
    "word mechanism: enums of messages": _classes_of("Message"),
    "word mechanism: errors with a sentence": _classes_of("GrantError"),
    "word mechanism: macros by name": calls("words_of", "words_module"),
    "word mechanism: sentences of papers": calls("word_document"),
    "late: a due day against today": held_against_today,
    "late: asks the rule": calls("is_late", "late_after", "late_with", "late_steps", "late_grants"),
    "name on a day: reads from when it holds": _reads("valid_from_on"),
    "name on a day: asks the rule": calls("name_on", "load_name", "called"),
    "waits for: expands what a rule names": calls("expand_needs"),
    "waits for: asks the rule": calls("waits_for", "all_waits", "list_all_waits", "needs_of", "all_needs"),
    "spent: reads which questions say it": _reads("asks", "repays"),
    "spent: asks the rule": calls(
        "spending_asked",
        "list_spending_questions",
        "period_spending_asked",
        "list_period_spending_questions",
        "spent_of",
        "unspent_of",
        "spent_on",
    ),
    "a part's sum: reads what was claimed": _reads("claimed_minor"),
    "a part's sum: asks the rule": calls(
        "asked_of",
        "find_claim_of",
        "asked_minor",
        "find_claim_minor",
        "stated_of",
        "find_stated_minor",
        "comes_minor",
        "find_expected_minor",
        "missing_minor",
        "find_unpaid_minor",
    ),
    "decimals of a currency: asks Babel": calls("get_currency_precision"),
    "missing for a part: asks the rule": calls(
        "missing_conditions",
        "find_missing_conditions",
        "waited_for",
        "list_waited_conditions",
        "misses_condition",
    ),
    "whose move: spells the funder": _spelled("funder"),
    "whose move: asks the rule": calls("ball_with", "holder_of", "find_holder"),
}


def homes(tree: Path) -> Iterator[tuple[str, str]]:
    """Yield what is counted, and in how many places and modules it stands."""
    modules = modules_of(tree)
    yield from reading(modules)
    for what, count in COUNTED.items():
        by_module = {path: found for path, module in modules.items() if (found := count(module))}
        yield what, f"{sum(by_module.values())} in {len(by_module)} modules"
    paths = (path for path in (tree / "templates").rglob("*.*") if path.suffix in (".j2", ".html"))
    late = [len(_LATE_IN_WORDS.findall(path.read_text(encoding="utf-8"))) for path in paths]
    yield "late: a due day against today, in templates", f"{sum(late)} in {sum(map(bool, late))} templates"


def main() -> None:
    """Print the table, of this tree or of the one that is named."""
    tree = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    for what, figure in homes(tree):
        sys.stdout.write(f"{what:<48}{figure:>24}\n")


if __name__ == "__main__":
    main()
