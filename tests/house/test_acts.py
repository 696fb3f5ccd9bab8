"""Hold that no act is forgotten: on the desk or a card by its duty, and on the command line unless a row says why."""

import ast
import pkgutil
from importlib import import_module

import deployments.cli
from deployments.cli.act_options import ASKED
from deployments.portal.answer.forms import CARD_FORMS
from deployments.portal.desk.openers import OPENERS
from models.forms.spec import ACTS
from tasks.handlers import HANDLERS
from tests.source_tree import nodes_of, sources

# What no command of the command line asks for.
NOT_ON_THE_COMMAND_LINE = {
    "undo": "a letter's link takes it back",
    "new-person": "`grants import` reads people",
    "person": "`grants import` reads people",
    "own-settings": "`grants import` reads people",
    "new-grant": "`grants import` reads grants",
    "grant-facts": "`grants import` reads grants",
    "import": "`grants import` reads files where they are",
    "ledger": "`grants ledger read` reads files where they are",
    "directory": "`grants import --directory`",
    "confirm-import": "`grants confirm-import` names grants",
    "confirm-imports": "`grants confirm-import` names grants",
    "add-meetings": "`grants meeting add` adds one at a time",
    "new-body": "`grants import` reads organisations",
    "on-agenda": "the secretary keeps the agenda in the portal",
    "off-agenda": "the secretary keeps the agenda in the portal",
    "defer": "the secretary keeps the agenda in the portal",
    "file-paper": "files are chosen in the portal, beside what says that one is missing",
    "choose-meeting": "the secretary keeps the agenda in the portal",
}
# Commands that no form asks for field by field.
WITHOUT_AN_ACT = {
    "Forget": "an operator erases somebody who has left, on the command line alone",
    "Upgrade": "it takes a programme's file, and is compared before it is done, on the command line alone",
    "SettleAbsence": "two buttons at an automatic reply, whose days are not typed",
    "SaveProgramme": "the page of a programme is rows, which its own reader takes in",
}


def test_command_is_an_act_unless_a_row_says_why_not() -> None:
    own = (
        node.name
        for _, module in sources("tasks")
        for node in nodes_of(module)
        if isinstance(node, ast.ClassDef) and not _is_protocol(node)
        for part in node.body
        if isinstance(part, ast.FunctionDef) and part.name == "perform"
    )
    by_act = {act.command.__name__ for act in ACTS.values()}
    assert {*(one.__name__ for one in HANDLERS), *own} - by_act == set(WITHOUT_AN_ACT)


def _is_protocol(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)


def test_act_stands_on_the_desk_if_a_duty_says_who_may_do_it_else_on_a_card() -> None:
    on_desk = {name for name, act in ACTS.items() if act.duty is not None}
    assert set(OPENERS) == on_desk
    # The card of an instalment has the two verdicts on its release; a letter's link takes an answer back.
    on_cards = {*CARD_FORMS, *ACTS["release"].verdicts}
    assert set(ACTS) - on_desk == on_cards - on_desk | {"undo"}


def test_act_is_called_by_words_with_hyphens_and_names_only_acts_that_there_are() -> None:
    assert [name for name in ACTS if "_" in name] == []
    named = {name for act in ACTS.values() for name in (*act.verdicts, act.undone_by) if name}
    assert named <= set(ACTS)


def test_act_is_asked_for_on_the_command_line_unless_a_row_says_why_not() -> None:
    for module in pkgutil.iter_modules(deployments.cli.__path__):
        import_module(f"deployments.cli.{module.name}")
    assert ASKED.isdisjoint(NOT_ON_THE_COMMAND_LINE)
    assert ASKED | set(NOT_ON_THE_COMMAND_LINE) == set(ACTS)
