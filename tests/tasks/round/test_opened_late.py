"""A step that waited for another until its last day: its owner hears that it has come, then who is above."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from models.commands.clock import Clock
from models.commands.steps import Answer, Undo
from models.tables.letter import Letter, Notice
from models.vocabulary import LetterStatus
from tasks.perform import preview
from tasks.store.database import transaction
from tasks.store.form_keys import by_form
from tasks.watch.audit import AuditMoment, audit
from tests.grant_scenes import (
    FIGURES,
    HEAD,
    LETTER,
    MANAGER,
    OWNER,
    TOP,
    ZONE,
    act,
    answer,
    at,
    do_round,
    person_id,
    rows,
    steps,
    told,
)
from tests.tasks.documents.test_sent_papers import APPROVAL
from tests.tasks.documents.test_sent_papers import a_grant as a_grant_with

REPORT, READING = "follow-up-2010-q1", "quarter-approval-2010-q1"
LAST_DAY, TUESDAY = date(2010, 5, 31), date(2010, 6, 1)  # of the reading; a Monday


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A grant whose quarters the unit manager reads; nobody has handed in the first."""
    made = a_grant_with(tmp_path, APPROVAL)
    yield made
    made.dispose()


def rounds(engine: Engine, first: date, last: date) -> None:
    """Run each day's round, and let its letters leave."""
    for ahead in range((last - first).days + 1):
        do_round(engine, first + timedelta(ahead))
        with transaction(engine) as connection:
            connection.execute(update(LETTER).values(status=LetterStatus.ACCEPTED, content=b"sent"))


def told_of_reading(engine: Engine, since: date) -> list[tuple[str, str, date]]:
    """Return what was told of the reading from a day on: the rung, the reader's address, the day."""
    names = {person_id(engine, email): email for email in (OWNER, MANAGER, HEAD, TOP)}
    mine = [row for row in rows(engine, Notice) if row.step_id == steps(engine)[READING].id]
    return [(row.rung, names[row.person_id], row.told_on) for row in mine if row.told_on >= since]


@pytest.mark.parametrize("on", [date(2010, 4, 29), date(2010, 5, 21), LAST_DAY], ids=str)
def test_preview_says_whom_a_later_round_tells_of_what_begins(engine: Engine, on: date) -> None:
    rounds(engine, date(2010, 4, 26), on - timedelta(1))
    command = Answer("REF-1", REPORT, data=FIGURES, version=steps(engine)[REPORT].version)
    seen = preview(engine, command, OWNER, Clock(on, at(on, 10)))
    at_once = [(one.email, one.on) for one in seen.told if one.step == READING]
    next_told = [(one.email, one.on) for one in seen.told_next if one.step == READING]
    promised = at_once or next_told
    assert [email for email, _ in promised] == [MANAGER]
    answer(engine, REPORT, on, data=FIGURES)
    (day,) = [day for _, day in promised if day is not None]
    rounds(engine, on + timedelta(1), day)
    assert [row[1:] for row in told_of_reading(engine, on)] == [(MANAGER, day)]


def test_reading_that_comes_on_its_last_day_is_told_before_anyone_above(engine: Engine) -> None:
    rounds(engine, date(2010, 5, 24), LAST_DAY)
    assert told(engine)[-1] == (READING, "on-the-day", MANAGER)
    answer(engine, REPORT, LAST_DAY, data=FIGURES)
    rounds(engine, TUESDAY, date(2010, 6, 3))
    # The letter of the last day had left: it goes with the next day's, and its manager hears a day later.
    opened, *others = told_of_reading(engine, TUESDAY)
    assert (opened[1:], opened[0].startswith("opened-")) == ((MANAGER, TUESDAY), True)
    assert others == [
        ("1-working-day-after", MANAGER, date(2010, 6, 2)),
        ("1-working-day-after", HEAD, date(2010, 6, 2)),
    ]


def test_reading_that_comes_after_its_last_day_climbs_from_the_day_it_came(engine: Engine) -> None:
    rounds(engine, date(2010, 5, 24), date(2010, 6, 4))
    answer(engine, REPORT, date(2010, 6, 4), data=FIGURES)  # a Friday, on which its manager knows already
    rounds(engine, date(2010, 6, 5), date(2010, 6, 11))
    opened, *others = told_of_reading(engine, date(2010, 6, 4))
    assert (opened[1:], opened[0].startswith("opened-")) == ((MANAGER, date(2010, 6, 4)), True)
    # Five working days from the fourth; from its due date they were over on the seventh.
    assert others[:1] == [("5-working-days-after", MANAGER, date(2010, 6, 11))]
    found = audit(engine, AuditMoment(date(2010, 6, 11), at(date(2010, 6, 11), 12), ZONE))
    assert [str(one) for one in found if one.step == READING] == []


@pytest.mark.parametrize(
    ("on", "names"),
    [
        (date(2010, 5, 27), []),  # the next day's round comes before the last day
        (date(2010, 5, 28), []),  # Monday's round tells it
        (LAST_DAY, [MANAGER]),
        (TUESDAY, [MANAGER]),
    ],
)
def test_check_page_says_who_hears_at_once_that_a_step_has_come(
    engine: Engine, on: date, names: list[str]
) -> None:
    seen = preview(engine, Answer("REF-1", REPORT, data=FIGURES), OWNER, Clock(on, at(on)))
    assert [(one.email, one.on) for one in seen.told if one.step == READING] == [(one, on) for one in names]


def test_reading_that_comes_after_its_reminder_is_told_at_once_and_on_its_day_again(engine: Engine) -> None:
    rounds(engine, date(2010, 5, 17), date(2010, 5, 24))
    assert told(engine)[-1] == (READING, "7-days-before", MANAGER)
    command = Answer("REF-1", REPORT, data=FIGURES)
    on = date(2010, 5, 24)
    seen = preview(engine, command, OWNER, Clock(on, at(on)))
    assert [(one.email, one.on) for one in seen.told] == [(MANAGER, date(2010, 5, 25))]
    act(engine, command, on, OWNER)
    rounds(engine, date(2010, 5, 25), LAST_DAY)
    opened, *_, on_the_day = told_of_reading(engine, date(2010, 5, 25))
    assert (opened[0].startswith("opened-"), opened[1:]) == (True, (MANAGER, date(2010, 5, 25)))
    assert on_the_day == ("on-the-day", MANAGER, LAST_DAY)


@pytest.mark.parametrize("has_left", [False, True])
def test_opening_that_is_undone_and_comes_again_is_told_again(engine: Engine, *, has_left: bool) -> None:
    act(by_form(engine, "handed in"), Answer("REF-1", REPORT, data=FIGURES), LAST_DAY, OWNER)
    [link] = [one.link_key for one in rows(engine, Letter) if one.kind == "confirmation"]
    if has_left:
        with transaction(engine) as connection:
            connection.execute(update(LETTER).values(status=LetterStatus.ACCEPTED, content=b"sent"))
    act(engine, Undo("REF-1", link), LAST_DAY, OWNER)
    [first] = [row for row in rows(engine, Notice) if row.rung.startswith("opened-")]
    assert (first.dropped_at is None, first.kept_on, first.position) == (has_left, LAST_DAY, 0)
    assert [who for _, _, who in told(engine, "withdrawn")] == [MANAGER] * has_left
    answer(engine, REPORT, TUESDAY, data=FIGURES)
    opened = [(row.told_on, row.kept_on) for row in rows(engine, Notice) if row.rung.startswith("opened-")]
    assert opened == [(LAST_DAY, LAST_DAY), (TUESDAY, None)]
