"""Money that will be left at the pace so far: whom a round tells, when, and how it is reckoned."""

from datetime import date
from io import BytesIO
from pathlib import Path

from docx import Document
from sqlalchemy import Engine

from models.rules.answers.small_numbers import SmallNumbers
from models.tables.journal import JournalEvent
from models.tables.letter import Notice
from models.vocabulary import NoticeKind
from tasks.documents.papers import Wanted, make_paper
from tests.builders import a_database
from tests.grant_scenes import (
    FIGURES,
    OWNER,
    a_grant_that_was,
    an_entry,
    answer,
    at,
    bring_in,
    do_round,
    person_id,
    rows,
)
from tests.portal_scenes import Site, parse, settings_for, text_of


def told(engine: Engine) -> list[tuple[int, date, date]]:
    """Return who was told of a forecast, when, and for which last day."""
    notices = [one for one in rows(engine, Notice) if one.kind == NoticeKind.UNSPENT]
    return [(one.person_id, one.told_on, one.due_on) for one in notices]


def test_owner_is_told_once_with_three_months_to_go_and_again_of_another_last_day(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    for quarter, on in ((1, date(2010, 4, 27)), (2, date(2010, 7, 28))):
        answer(engine, f"follow-up-2010-q{quarter}", on, data=FIGURES | {"spent": "90 000"})
    owner = person_id(engine, OWNER)
    for day in (29, 30):
        assert told(engine) == []
        do_round(engine, date(2010, 9, day))
    first = [(owner, date(2010, 9, 30), date(2010, 12, 31))]
    assert told(engine) == first
    do_round(engine, date(2010, 10, 1))
    assert told(engine) == first

    forecast = {
        "spent_minor": 18_000_000,
        "award_minor": 50_000_000,
        "currency": "SEK",
        "days": 181,
        "of_days": 365,
        "until_on": "2010-06-30",
        "ends_on": "2010-12-31",
        "about_minor": 14_000_000,
    }
    [noted] = [one.detail for one in rows(engine, JournalEvent) if one.event == "unspent_forecast"]
    assert forecast.items() <= noted.items()
    bring_in(engine, date(2010, 10, 4), grants=[an_entry(period_end_on=date(2011, 1, 31))])
    do_round(engine, date(2010, 10, 29))
    assert told(engine) == first  # more than three months before the new last day
    do_round(engine, date(2010, 11, 1))
    assert told(engine) == [*first, (owner, date(2010, 11, 1), date(2011, 1, 31))]


def test_page_and_the_last_follow_up_say_what_will_be_left_and_how_that_is_reckoned(tmp_path: Path) -> None:
    engine, day = a_database(tmp_path), date(2010, 10, 1)
    a_grant_that_was(engine, "first paid")
    for quarter, on in ((1, date(2010, 4, 27)), (2, date(2010, 7, 28))):
        answer(engine, f"follow-up-2010-q{quarter}", on, data=FIGURES | {"spent": "90 000"})
    said = (
        "Till och med den 30 juni 2010, efter 181 av 365 dagar, har 180 000 kr av 500 000 kr använts. "
        "I samma takt blir omkring 140 000 kr kvar den 31 december 2010."
    )
    page = Site(engine, settings_for(tmp_path), at(day)).client("sv", who=OWNER).get("/grants/REF-1")
    assert said in text_of(parse(page)).replace("\xa0", " ")
    report = Wanted("follow-up", step="follow-up-2010-q2", small=SmallNumbers.SHOW)
    for on, is_said in ((date(2010, 9, 29), False), (day, True), (date(2010, 10, 6), True)):
        if on > day:  # a later report changes nothing in what this one says
            answer(engine, "follow-up-2010-q3", date(2010, 10, 5), data=FIGURES | {"spent": "140 000"})
        paper = make_paper(engine, "REF-1", report, on)
        lines = [one.text.replace("\xa0", " ") for one in Document(BytesIO(paper.content)).paragraphs]
        assert (said in lines) is is_said
    engine.dispose()


def test_owner_is_told_by_a_report_that_comes_when_less_than_three_months_are_left(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    for day in (date(2010, 9, 29), date(2010, 9, 30), date(2010, 10, 1)):
        do_round(engine, day)
    assert told(engine) == []  # nothing is known of what was spent
    for quarter, on in ((1, date(2010, 10, 4)), (2, date(2010, 10, 5))):
        answer(engine, f"follow-up-2010-q{quarter}", on, data=FIGURES | {"spent": "90 000"})
    assert told(engine) == [(person_id(engine, OWNER), date(2010, 10, 4), date(2010, 12, 31))]
