"""Hold that what people read on pages, in letters and lists stands in templates: Python names facts."""

import ast
import re
from collections.abc import Iterator
from datetime import date

import pytest
from jinja2 import nodes

from deployments.portal.web.state import page_environment
from models.events import GrantEvent
from tasks.words.journal import NamedEvent, word_event
from tasks.words.templates import words_module
from tasks.words.translator import translator
from tests.source_tree import CODE, ROOT, in_sources, nodes_of, sources

# Where no module gives a translator a sentence.
WORDLESS = (
    "deployments/portal/",
    "tasks/documents/",
    "tasks/outbox/",
    "tasks/overview/",
    "tasks/round/",
    "tasks/words/",
)
# These write dates, numbers and periods for the templates.
FORMATS = {"tasks/words/translator.py", "tasks/words/filters.py"}
# What Python asks of a template by a name, by the function that it asks with.
SUBJECTS = {"word_document": "documents", "word_money": "money", "word_bundle": "bundle"}
TRANSLATORS = {"_", "gettext", "ngettext"}


def sentences(module: ast.Module) -> list[str]:
    """The sentences that a module gives a translator."""
    calls = [node for node in nodes_of(module) if isinstance(node, ast.Call) and called(node) in TRANSLATORS]
    return [
        f"line {argument.lineno}: {argument.value}"
        for call in calls
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def called(call: ast.Call) -> str:
    """The name of what is called, without what it belongs to."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def unextracted(module: ast.Module) -> list[str]:
    """The sentences that a module gives a translator inside an f-string, where Babel finds none."""
    inside = (one for node in nodes_of(module) if isinstance(node, ast.JoinedStr) for one in ast.walk(node))
    calls = {one for one in inside if isinstance(one, ast.Call) and called(one) in TRANSLATORS}
    return [f"line {one.lineno}" for one in calls]


def wordless() -> list[tuple[str, ast.Module]]:
    """The modules that have no sentence, with their paths."""
    found = sources("deployments", "tasks")
    return [(path, module) for path, module in found if path.startswith(WORDLESS) and path not in FORMATS]


def test_what_people_read_is_no_sentence_in_python() -> None:
    found = wordless()
    assert {path.split("/")[1] for path, _ in found} == {
        "portal",
        "documents",
        "outbox",
        "overview",
        "round",
        "words",
    }
    assert [f"{path}: {fault}" for path, module in found for fault in sentences(module)] == []


def hidden_imports(text: str) -> set[str]:
    """The imported templates of a template, by their names there, that a macro of it hides."""
    return set(re.findall(r"{%-? import .+? as (\w+)", text)) & set(re.findall(r"{%-? macro (\w+)\(", text))


def test_no_macro_hides_what_its_template_imports() -> None:
    files = [path for kind in ("j2", "html", "txt") for path in (ROOT / "templates").rglob(f"*.{kind}")]
    found = {path.name: hidden for path in files if (hidden := hidden_imports(path.read_text("utf-8")))}
    assert len(files) > 50
    assert found == {}
    assert hidden_imports('{% import "late.j2" as late with context %}\n{% macro late(item) %}') == {"late"}


def named_by(template: nodes.Expr) -> list[str]:
    """Return the files that an import names: one, or all that the part of its name which depends on a fact may mean."""
    parts = template.nodes if isinstance(template, nodes.Concat) else [template]
    pattern = "".join(str(part.value) if isinstance(part, nodes.Const) else "*" for part in parts)
    if "*" not in pattern:
        return [pattern]
    folder = ROOT / "templates"
    return sorted(str(path.relative_to(folder)) for path in folder.glob(pattern))


def taken(text: str) -> Iterator[tuple[str, str]]:
    """Yield what a template takes from others: their files, and the macro or table."""
    tree = page_environment("en").parse(text)
    files = {one.target: named_by(one.template) for one in tree.find_all(nodes.Import)}
    for one in tree.find_all(nodes.FromImport):
        names = (name if isinstance(name, str) else name[0] for name in one.names)
        yield from ((one.template.value, name) for name in names)  # type: ignore[attr-defined]
    for found in tree.find_all(nodes.Getattr):
        if isinstance(found.node, nodes.Name):
            yield from ((file, found.attr) for file in files.get(found.node.name, ()))


def test_what_a_template_takes_from_another_is_there() -> None:
    environment = page_environment("en")
    paths = [path for kind in ("j2", "html") for path in (ROOT / "templates").rglob(f"*.{kind}")]
    asked = {one for path in paths for one in taken(path.read_text("utf-8"))}
    assert len(asked) > 50
    there = {file: dir(environment.get_template(file).make_module({"today": date.min})) for file, _ in asked}
    assert [one for one in sorted(asked) if one[1] not in there[one[0]]] == []
    assert [*taken('{% import "late.j2" as late %}{{ late.loss(1) }}')] == [("late.j2", "loss")]
    reminders = [*taken('{% import "letters/reminder/" ~ task ~ ".j2" as one %}{{ one.button(item) }}')]
    assert ("letters/reminder/send.j2", "button") in reminders


def test_words_that_python_asks_by_name_are_there() -> None:
    asked = [
        (SUBJECTS[called(node)], str(name.value))
        for _, module in sources("deployments", "tasks")
        for node in nodes_of(module)
        if isinstance(node, ast.Call) and called(node) in SUBJECTS
        for name in node.args[:2]
        if isinstance(name, ast.Constant) and isinstance(name.value, str)
    ]
    assert {subject for subject, _ in asked} == set(SUBJECTS.values())
    for subject, name in asked:
        words = words_module("en", subject)
        assert hasattr(words, name) or name in words.said, (subject, name)


# A comparison of a state with a word: what a status means is a property of what the page is given.
_STATUS_COMPARED = re.compile(r"""\b(?:status|stand|fit)\s*(?:==|!=|in\b|not in\b)\s*[\["'(]""")


def test_no_page_compares_a_status_with_a_word() -> None:
    pages = (ROOT / "templates" / "pages").rglob("*.html")
    found = [path.name for path in pages if _STATUS_COMPARED.search(path.read_text(encoding="utf-8"))]
    assert found == []
    assert _STATUS_COMPARED.search('{% if step.status in ("open", "waiting") %}')


@pytest.mark.parametrize("name", GrantEvent)
def test_event_of_a_grant_has_its_sentence_in_each_language(name: GrantEvent) -> None:
    event = NamedEvent(name, "step", "someone", "", {}, "SEK")
    english, swedish = (word_event(translator(language), event, date.min) for language in ("en", "sv"))
    as_kept = f"{name.replace('_', ' ')}."
    assert len({english, swedish, as_kept}) == 3


def test_sentence_in_a_page_s_module_is_found() -> None:
    for code in (
        'say.gettext("It is done.")',
        'label = say.gettext("Due on %(day)s", day=day)',
        "translator(language).gettext('It is done.')",
        'from gettext import gettext as _\n_("It is done.")',
    ):
        assert len(sentences(ast.parse(code))) == 1, code
    assert len(sentences(ast.parse('say.ngettext("one day", "%(count)s days", days)'))) == 2
    assert sentences(ast.parse("say.gettext(rule.title, day='Monday')")) == []


def test_no_sentence_is_translated_inside_an_f_string() -> None:
    assert in_sources(unextracted, *CODE) == []


def test_sentence_inside_an_f_string_is_found() -> None:
    for code in (
        "f'{say.gettext(\"a day\")}: {day}'",
        "f'{_(\"a day\").upper()}'",
        'f\'{n:{ngettext("a", "b", n)}}\'',
    ):
        assert unextracted(ast.parse(code)) == ["line 1"]
