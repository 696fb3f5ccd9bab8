"""Hold that a command does the same wherever it comes from: in one transaction, and with what follows from it."""

import inspect
import pkgutil
from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

import models.commands
from models.commands.clock import Clock, LinkHolder
from models.commands.command import OnGrant, OnInstalment, OnMany
from models.commands.items import Item
from models.commands.money import Claim, Release
from models.commands.steps import Answer, Approve, DatedAnswer, StepAnswer
from models.errors import BadInput, UnknownPerson
from models.tables.step import MadeDocument
from tasks.commands.actor import Acting
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.steps import AnswerOutcome
from tasks.follow_through import follow_again
from tasks.handlers import HANDLERS
from tasks.perform import perform
from tasks.settings import load_settings
from tasks.store.database import dry_run
from tests.full_disk import no_room
from tests.grant_scenes import (
    FIGURES,
    OWNER,
    SECRETARY,
    a_grant_that_was,
    act,
    at,
    dump,
    events,
    person_id,
    rows,
    steps,
)

DRAFTED = date(2011, 1, 10)
DRAFT = Answer("REF-1", "draft", data=FIGURES)
MANY = FIGURES | {"reports_to_social_services": 20, "persons_under_18": 10, "persons_under_20": 10}


def commands(of: type[OnGrant] | type[OnMany]) -> set[type]:
    """Return the commands of models.commands of a sort: what others are made of is none."""
    modules = [
        import_module(f"models.commands.{one.name}") for one in pkgutil.iter_modules(models.commands.__path__)
    ]
    found = {one for module in modules for _, one in inspect.getmembers(module, inspect.isclass)}
    return {one for one in found if issubclass(one, of)} - {of, StepAnswer, DatedAnswer, Item, OnInstalment}


def test_every_command_has_a_handler_that_takes_what_it_acts_on() -> None:
    assert commands(OnGrant) | commands(OnMany) == set(HANDLERS)
    for command, handler in HANDLERS.items():
        acts_on, said, acting = (hint for name, hint in get_type_hints(handler).items() if name != "return")
        assert acting is Acting
        assert acts_on is (GrantAtWork if issubclass(command, OnGrant) else Session)
        assert issubclass(command, get_args(said) or said), command


def test_done_report_is_made_for_those_who_approve_it(sqlite: Engine, tmp_path: Path) -> None:
    a_grant_that_was(sqlite, "first paid")
    for quarter, on in enumerate((date(2010, 4, 27), date(2010, 7, 28), date(2010, 10, 29)), start=1):
        act(sqlite, Answer("REF-1", f"follow-up-2010-q{quarter}", data=MANY), on)
    done = act(sqlite, replace(DRAFT, data=MANY), DRAFTED, home=tmp_path)
    assert done.status == "done"
    assert {row.kind for row in rows(sqlite, MadeDocument)} == {"final-report"}
    act(sqlite, Approve("REF-1", "draft-approval"), date(2011, 1, 18), SECRETARY, home=tmp_path)
    assert {row.approved_on for row in rows(sqlite, MadeDocument)} == {date(2011, 1, 18)}


def test_round_makes_the_papers_that_a_press_could_not_store(sqlite: Engine, tmp_path: Path) -> None:
    a_grant_that_was(sqlite, "first paid")
    in_the_way = tmp_path / "documents"
    in_the_way.write_text("no folder can be made here")
    settings = load_settings(home=tmp_path)
    report = Answer("REF-1", "follow-up-2010-q1", data=MANY)
    on = date(2010, 4, 27)
    act(sqlite, report, on, home=tmp_path)
    by_link = LinkHolder(OWNER)
    next_report = replace(report, step="follow-up-2010-q2")
    july = date(2010, 7, 28)
    assert steps(sqlite)[report.step].status == "done"
    assert rows(sqlite, MadeDocument) == []
    assert follow_again(sqlite, Clock(on, at(on)), settings) == (1, 1)
    in_the_way.unlink()
    with no_room():
        assert follow_again(sqlite, Clock(on, at(on)), settings) == (1, 1)
    assert follow_again(sqlite, Clock(on, at(on) + timedelta(days=8)), settings) == (0, 0)
    assert follow_again(sqlite, Clock(on, at(on)), settings) == (1, 0)
    made = rows(sqlite, MadeDocument)
    assert {(row.kind, row.made_by_id) for row in made} == {("follow-up", person_id(sqlite, OWNER))}
    assert follow_again(sqlite, Clock(on, at(on)), settings) == (0, 0)
    # Who has no more than a link signs for no papers, in the round either.
    perform(sqlite, next_report, by_link, Clock(july, at(july)), settings=settings)
    assert follow_again(sqlite, Clock(july, at(july)), settings) == (1, 0)
    assert rows(sqlite, MadeDocument) == made


def test_claim_by_a_link_has_no_signed_papers_in_the_round_either(sqlite: Engine, tmp_path: Path) -> None:
    a_grant_that_was(sqlite, "decided")
    settings = load_settings(home=tmp_path)
    clock = Clock(date(2009, 11, 18), at(date(2009, 11, 18)))
    perform(sqlite, Claim("REF-1", 1), LinkHolder(OWNER), clock, settings=settings)
    assert steps(sqlite)["claim-advance"].status == "done"
    assert follow_again(sqlite, clock, settings)[1] == 0
    assert rows(sqlite, MadeDocument) == []


def test_look_at_a_command_keeps_nothing(sqlite: Engine, tmp_path: Path) -> None:
    a_grant_that_was(sqlite, "followed up")
    before = dump(sqlite)
    done = perform(
        dry_run(sqlite), DRAFT, OWNER, Clock(DRAFTED, at(DRAFTED)), settings=load_settings(home=tmp_path)
    )
    assert isinstance(done, AnswerOutcome)
    assert done.status == "done"
    assert dump(sqlite) == before


def test_command_that_is_refused_keeps_nothing(sqlite: Engine) -> None:
    a_grant_that_was(sqlite, "released")
    before = dump(sqlite)
    for actor, error in ((None, BadInput), ("nobody@example.org", UnknownPerson), (10**6, UnknownPerson)):
        with pytest.raises(error):
            perform(sqlite, Claim("REF-1", 2), actor, Clock(DRAFTED, at(DRAFTED)))
    assert dump(sqlite) == before


def test_person_acts_by_address_or_by_id(sqlite: Engine) -> None:
    a_grant_that_was(sqlite, "funder approved")
    on = date(2011, 2, 24)
    perform(sqlite, Release("REF-1", 2), person_id(sqlite, OWNER), Clock(on, at(on)))
    assert events(sqlite, "release_requested") == ["release_requested"]
