"""Hold that no act is forgotten: on the desk or a card by its duty, and on the command line unless a row says why."""

import pkgutil
from importlib import import_module

import deployments.cli
from deployments.cli.act_options import ASKED
from deployments.portal.answer.forms import CARD_FORMS
from deployments.portal.desk.openers import OPENERS
from models.forms.spec import ACTS

# What no command of the command line asks for.
NOT_ON_THE_COMMAND_LINE = {
    "undo": "a letter's link takes it back",
    "new-person": "`grants import` reads people",
    "person": "`grants import` reads people",
    "own-settings": "`grants import` reads people",
    "new-grant": "`grants import` reads grants",
    "grant-facts": "`grants import` reads grants",
    "import": "`grants import` reads files where they are",
    "directory": "`grants import --directory`",
    "confirm-import": "`grants confirm-import` names grants",
    "confirm-imports": "`grants confirm-import` names grants",
    "add-meetings": "`grants meeting add` adds one at a time",
    "new-body": "`grants import` reads organisations",
    "on-agenda": "the secretary keeps the agenda in the portal",
    "off-agenda": "the secretary keeps the agenda in the portal",
    "defer": "the secretary keeps the agenda in the portal",
    "choose-meeting": "the secretary keeps the agenda in the portal",
}


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
