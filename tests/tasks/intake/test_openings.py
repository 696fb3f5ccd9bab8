"""Open grants together, and hold that each is as if it had been opened alone."""

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel, select

from models.tables.grant import Decision, Grant, GrantRole
from models.tables.journal import JournalEvent
from models.tables.money import Instalment, InstalmentCondition
from models.tables.step import Step
from tasks.commands.at_work.load import load_grants
from tasks.commands.replan.replan import replan
from tasks.intake import grants as openings
from tasks.store.database import transaction, unit_of_work
from tasks.store.new_rows import NewRows
from tests.builders import a_database
from tests.grant_scenes import (
    CONTROLLER,
    ORGANISATIONS,
    OWNER,
    a_staff,
    an_entry,
    bring_in,
    dump,
    registry,
    rows,
)

ON = date(2011, 3, 1)
PROGRAMMES = ("development-funds-2009", "lona", "horizon-europe", "us-federal-award")
# What chance gives a letter, and nothing else.
_DRAWN = {"link_key", "message_id"}


def _award(**said: Any) -> dict[str, Any]:
    return {"decided_on": date(2009, 11, 5), "purpose": "det sökta", "source": "beslutet", **said}


def _lives() -> list[dict[str, Any]]:
    """Return grants of several programmes: applied for, decided, running, at their release, and over."""
    report = {"final_report_on": date(2011, 1, 17)}
    decided: dict[str, Any] = {"decisions": [_award(amount=500_000, dates=report)]}
    running: dict[str, Any] = {
        **decided,
        "done": {"follow-up-2010-q1": date(2010, 4, 20), "draft": date(2011, 1, 4)},
        "instalments": {1: {"claimed_on": date(2009, 11, 20), "paid_on": date(2009, 12, 14)}},
    }
    approved = {
        "follow-up-2010-q2": date(2010, 7, 20),
        "follow-up-2010-q3": date(2010, 10, 20),
        "draft-approval": date(2011, 1, 10),
        "final-report": date(2011, 1, 14),
        "final-report-approval": date(2011, 2, 14),
    }
    waiting: dict[str, Any] = {**running, "done": running["done"] | approved}
    released = {"requested_by": OWNER, "confirmed_by": CONTROLLER}
    paid = {"claimed_on": date(2011, 2, 16), "paid_on": date(2011, 2, 25)}
    over = {
        **waiting,
        "done": waiting["done"] | {"close": date(2011, 2, 28)},
        "instalments": running["instalments"] | {2: released | paid},
    }
    refused = {"decisions": [_award(kind="refusal")]}
    lives: list[dict[str, Any]] = [
        {},
        decided,
        running,
        waiting,
        over,
        refused,
        {"period_start_on": None, "period_end_on": None},
    ]
    grants = [an_entry(f"REF-{place}", **life) for place, life in enumerate(lives)]
    for name in PROGRAMMES[1:]:
        dates = _applied(name)
        grants.append(an_entry(f"{name}-1", programme=name, dates=dates))
        award = _award(amount=7_500_000)
        grants.append(an_entry(f"{name}-2", programme=name, dates=dates, decisions=[award]))
    return grants


def _applied(programme: str) -> dict[str, Any]:
    """Return the dates that a grant of the programme must give."""
    rules = registry().get(programme).dates.items()
    return {name: {"on": date(2009, 9, 15)} for name, rule in rules if rule.given_by == "grant"}


def _meetings() -> list[dict[str, Any]]:
    return [{"body": "committee", "held_on": date(2010, 1, 19) + timedelta(days=28 * n)} for n in range(20)]


def _office(engine: Engine) -> Engine:
    bring_in(engine, ON, organisations=ORGANISATIONS, people=a_staff(), meetings=_meetings())
    return engine


def _copy_of(engine: Engine, other: Engine) -> Engine:
    """Return another database with the same content: the salts of people's addresses are drawn, too."""
    places = [one.url.database or "" for one in (engine, other)]
    with closing(sqlite3.connect(places[0])) as source, closing(sqlite3.connect(places[1])) as target:
        source.backup(target)
    return other


def _without_chance(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [{column: value for column, value in row.items() if column not in _DRAWN} for row in found]
        for name, found in dump(engine).items()
    }


@pytest.mark.parametrize("together", [2, 500])
def test_grants_opened_together_are_as_if_each_were_opened_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    at_once = _office(a_database(tmp_path))
    one_by_one = _copy_of(at_once, a_database(tmp_path))
    monkeypatch.setattr(openings, "BATCH", together)

    bring_in(at_once, ON, confirmed=False, grants=_lives())
    for entry in _lives():
        bring_in(one_by_one, ON, confirmed=False, grants=[entry])

    assert _without_chance(at_once) == _without_chance(one_by_one)
    assert {row.status for row in rows(at_once, Grant)} == {"open", "closed", "refused"}
    assert {row.status for row in rows(at_once, Instalment)} == {
        "planned",
        "withheld",
        "releasable",
        "released",
        "paid",
    }


def test_grant_that_comes_with_its_award_is_planned_as_the_award_says(engine: Engine) -> None:
    _office(engine)
    bring_in(engine, ON, grants=[_lives()[1]])

    (grant,) = rows(engine, Grant)
    steps = {row.id: row for row in rows(engine, Step)}
    journal = [(row.event, steps[row.step_id].key) for row in rows(engine, JournalEvent) if row.step_id]
    moved = {(event, key) for event, key in journal if event in ("due_date_set", "due_date_moved")}
    settled = {key for event, key in journal if event == "step_settled_by_decision"}
    done = {row.key: row.done_on for row in steps.values() if row.status == "done"}

    assert grant.award_minor == 500_000_00
    assert moved == {("due_date_set", "claim-advance")}  # which also waited for the sum
    assert done == dict.fromkeys(settled, date(2009, 11, 5)) == dict.fromkeys(done, date(2009, 11, 5))
    assert settled == {"application", "funder-decision"}


def test_grant_that_was_just_planned_has_nothing_left_to_plan(engine: Engine) -> None:
    _office(engine)
    bring_in(engine, ON, grants=_lives())

    with unit_of_work(engine) as session:
        works = load_grants(session, list(session.exec(select(Grant))), ON)
        for work in works:
            replan(work)
        assert [event for work in works for event in work.events] == []
        assert not session.dirty


def test_ids_go_on_where_an_opening_ended(engine: Engine) -> None:
    _office(engine)
    for place in range(2):
        bring_in(engine, ON, grants=[an_entry(f"A-{place}-{n}") for n in range(6)])
    bring_in(engine, ON, grants=[an_entry("A-0-0", roles={"coordinator": CONTROLLER})])

    assert len({row.id for row in rows(engine, Step)}) == 12 * 14
    assert [row.reference for row in rows(engine, Grant)] == [
        f"A-{p}-{n}" for p in range(2) for n in range(6)
    ]


@pytest.mark.parametrize("model", [Grant, GrantRole, Decision, Step, Instalment, InstalmentCondition])
def test_row_of_an_opening_has_what_its_model_gives(tmp_path: Path, model: type[SQLModel]) -> None:
    given = {"grant_id": 7, "title": "Samordning"}
    values = {name: value for name, value in given.items() if name in model.model_fields}
    with transaction(a_database(tmp_path)) as connection:
        made = vars(NewRows(connection).add(model, values))

    assert {name: value for name, value in made.items() if name != "id"} == {
        name: getattr(model(**values), name) for name in made if name != "id"
    }
