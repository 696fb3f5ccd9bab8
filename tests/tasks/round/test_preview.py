"""The letters of a day before it: the same as those that leave then, and nothing is written."""

from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from deployments.portal.letter_parts import read_letter, without_links
from models.facts.worded_letter import FinishedLetter
from models.tables.letter import Letter
from tasks.outbox.deliver import deliver
from tasks.round.dry_run import letters_of_day
from tests.database_kinds import on_both
from tests.grant_scenes import CONTROLLER, a_grant_that_was, an_entry, at, do_round, dump, open_grants, rows
from tests.portal_scenes import settings_for

DAY = date(2010, 4, 30)


def texts_before(engine: Engine, folder: Path, day: date, grant: str | None = None) -> list[str]:
    """Return the texts of the letters that a day's round would send."""
    found = letters_of_day(engine, day, settings_for(folder), grant)
    assert found is not None
    assert all(isinstance(one, FinishedLetter) for one in found)
    return sorted(
        without_links(read_letter(one.content)).text for one in found if isinstance(one, FinishedLetter)
    )


def texts_of(engine: Engine, day: date) -> list[str]:
    """Return the texts of the letters of a day that have left."""
    letters = (one for one in rows(engine, Letter) if one.letter_on == day and one.content)
    return sorted(without_links(read_letter(one.content)).text for one in letters)


@on_both
def test_letters_are_shown_whole_as_they_then_leave_and_nothing_is_written(
    engine: Engine, tmp_path: Path
) -> None:
    a_grant_that_was(engine, "first paid")
    open_grants(engine, an_entry("REF-2"), people=[], on=date(2010, 4, 1))
    before = dump(engine)
    found = texts_before(engine, tmp_path, DAY)
    assert len(found) > 1
    assert dump(engine) == before
    do_round(engine, DAY)
    deliver(engine, settings_for(tmp_path), lambda: at(DAY, 8))
    assert texts_of(engine, DAY) == found


def test_letters_of_one_grant_name_no_other(engine: Engine, tmp_path: Path) -> None:
    a_grant_that_was(engine, "first paid")
    open_grants(engine, an_entry("REF-2", title="Ett annat bidrag"), people=[], on=date(2010, 4, 1))
    found = texts_before(engine, tmp_path, DAY, "REF-1")
    assert found
    assert not any("Ett annat bidrag" in one for one in found)


def test_what_waits_already_of_another_grant_is_not_of_the_one(engine: Engine, tmp_path: Path) -> None:
    a_grant_that_was(engine, "first paid")
    roles = an_entry()["roles"] | {"coordinator": CONTROLLER}
    open_grants(
        engine, an_entry("REF-2", title="Ett annat bidrag", roles=roles), people=[], on=date(2010, 4, 1)
    )
    do_round(engine, DAY)
    every, found = (texts_before(engine, tmp_path, DAY, grant) for grant in (None, "REF-1"))
    assert 0 < len(found) < len(every)
    assert not any("Ett annat bidrag" in one for one in found)


def test_day_on_which_offices_are_closed_has_none(engine: Engine, tmp_path: Path) -> None:
    assert letters_of_day(engine, date(2010, 5, 1), settings_for(tmp_path)) is None
