"""What a person wrote otherwise than a source says: found, shown on the page, told once answered, never overwritten."""

import re
from collections.abc import Iterator
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import IntegrityError

from models.facts.worded_letter import FinishedLetter
from models.programme.question import Question
from models.rules.answers.conflicts import find_two_answers
from models.tables.letter import Letter, Notice
from models.tables.step import Answer, Figure
from models.vocabulary import NoticeKind
from tasks.outbox.render import render_letters
from tasks.settings import load_settings
from tasks.store.database import transaction
from tasks.words.answers import word_value
from tasks.words.translator import translator
from tests.builders import a_database, a_figure
from tests.grant_scenes import (
    FIGURES,
    GRANT,
    OWNER,
    SECRETARY,
    a_grant_that_was,
    answer,
    at,
    do_round,
    rows,
    steps,
)
from tests.kept_files import a_book
from tests.letter_scenes import SETTINGS
from tests.portal_scenes import Site, form_pages, parse, post, settings_for, text_of
from tests.tasks.sources.test_gathering import SOURCED, a_sourced_grant

TITLE = {"sv": "tal", "en": "number"}
DUE = date(2010, 4, 30)  # of the first quarter's follow-up


@pytest.mark.parametrize(
    ("asked", "given", "gathered", "found"),
    [
        ({}, 14, "13", [(14, 13, False)]),
        ({}, "14,0", "14", []),
        ({}, "", "13", []),
        ({}, "many", "13", []),  # no answer yet
        ({"kind": "money"}, "1 250,50", "1250.50", []),
        ({"kind": "money"}, "1 250,50 kr", "1250", [("1250.50", "1250", False)]),
        ({"kind": "yes_no"}, "ja", "True", []),
        ({"kind": "yes_no"}, "nej", "True", [(False, True, False)]),
        ({"kind": "date"}, "31/1 2010", "2010-01-31", []),
        ({"kind": "text"}, "Edited.", "As gathered.", []),
        ({"sensitive": True}, 14, "13", [(14, 13, False)]),
        ({"sensitive": True}, 14, "4", [(14, 4, True)]),
    ],
)
def test_two_answers_are_found_whichever_way_they_are_written(
    asked: dict[str, Any], given: object, gathered: str, found: list[tuple[object, object, bool]]
) -> None:
    question = Question.model_validate({"key": "one", "title": TITLE, **asked})
    two = find_two_answers([question], {"one": (gathered, "register")}, {"one": given}, "SEK", 5)
    assert [(one.given, one.gathered, one.few) for one in two] == found


def test_part_of_a_question_is_compared_as_itself() -> None:
    part = {"key": "girls", "title": {"sv": "flickor", "en": "girls"}}
    question = Question.model_validate({"key": "young", "title": TITLE, "parts": [part, part | {"key": "b"}]})
    (two,) = find_two_answers([question], {"young.girls": ("8", "r")}, {"young.girls": "9"}, "SEK", 5)
    assert (two.question.title.en, two.given) == ("girls", 9)


def test_money_is_shown_as_money() -> None:
    question = Question.model_validate({"key": "one", "title": TITLE, "kind": "money"})
    said = [word_value(translator("en"), question, value, "SEK") for value in ("1250.50", "1250", "0.001")]
    assert said == ["1,250.50\xa0SEK", "1,250\xa0SEK", "0.001 SEK"]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """The morning on which the follow-up is due, with three figures from a register."""
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "first paid")
    step = steps(engine)["follow-up-2010-q1"].id
    with transaction(engine) as connection:
        for question, value in (
            ("reports_to_social_services", "13"),
            ("persons_under_18", "3"),
            ("spent", "118000.00"),
        ):
            a_figure(connection, step, question, value)
    return Site(engine, settings_for(tmp_path), at(DUE, 10))


TYPED = {
    "q-reports_to_social_services": "14",
    "q-persons_under_18": "2",
    "q-spent": "118 000",
    "save": "by hand",
}


def letters_on(engine: Engine, day: date) -> dict[str, str]:
    """Return the letters of the day's round as one line of text each, by their reader's address."""
    before = {row.id for row in rows(engine, Letter)}
    do_round(engine, day)
    return printed_since(engine, before, day)


def printed_since(engine: Engine, before: set[int | None], day: date) -> dict[str, str]:
    """Return the letters that were not there before, likewise."""
    with transaction(engine) as connection:
        ids = [row.id for row in rows(engine, Letter) if row.id not in before]
        made = [
            one
            for one in render_letters(connection, ids, SETTINGS, at(day))
            if isinstance(one, FinishedLetter)
        ]
    return {one.recipient: _plain(one.content) for one in made}


def _plain(content: bytes) -> str:
    letter = message_from_bytes(content, policy=policy.default)
    texts = (part.get_content() for part in letter.walk() if part.get_content_type() == "text/plain")
    return " ".join(next(texts).split())


def test_page_says_what_was_typed_and_what_the_register_says(site: Site) -> None:
    do_round(site.engine, date(2010, 4, 16))
    client, address = site.client(), site.address(OWNER)
    assert post(client, address, "done", TYPED).status_code == 303
    page = text_of(parse(form_pages(client, client.get(address), "done")[0]))
    assert "csv anger 13, men här står något annat: det som står här gäller." in page
    assert "csv anger 3, men här står något annat" in page
    assert "Hämtat från csv: 118 000 kr. Kontrollera det." in page  # the same sum
    letters_on(site.engine, DUE)
    late = letters_on(site.engine, date(2010, 5, 3))
    # A draft is its writer's own; an address can have any figures.
    others = (re.sub(r"http\S+", "", text) for one, text in late.items() if one != OWNER)
    assert not any("14" in text for text in others)
    assert [row.value for row in rows(site.engine, Figure)] == ["13", "3", "118000.00"]


def test_who_approves_sees_at_a_glance_what_differs_and_only_that(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "drafted")
    gathered = {"reports_to_social_services": "15", "persons_under_18": "2", "spent": "118000.0"}
    with transaction(engine) as connection:
        for question, value in gathered.items():
            a_figure(connection, steps(engine)["draft"].id, question, value)
    do_round(engine, date(2011, 1, 10))
    site = Site(engine, settings_for(tmp_path), at(date(2011, 1, 10), 10))
    client, tasks = site.desk(SECRETARY)
    page = parse(form_pages(client, client.get(tasks), "approve")[0])
    assert [strong.text for strong in page.iter("strong") if strong.get("class") == "differs"] == [
        "csv säger 15"
    ]
    text = text_of(page)
    assert "Anmälningar till socialtjänsten 3 csv säger 15" in text
    assert "Personer under 18 år 2 (från csv)" in text
    assert "Kostnader under perioden 118 000 kr (från csv)" in text  # the same sum, written otherwise


# Late: the register changes after the report was handed in.
HANDED_IN = date(2010, 4, 16)


@pytest.fixture
def sourced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A grant whose ledger says 118,000, and a report of its first quarter that says so."""
    engine = a_sourced_grant(tmp_path, monkeypatch, SOURCED)
    a_kept_ledger(tmp_path, 118_000)
    do_round(engine, HANDED_IN)
    given = {key: value for key, value in FIGURES.items() if key != "spent"}
    answer(engine, "follow-up-2010-q1", HANDED_IN, data=given)
    yield engine
    engine.dispose()


def a_kept_ledger(folder: Path, amount: object, account: int = 5010) -> None:
    table: list[list[object]] = [
        ["Datum", "Projekt", "Konto", "Belopp"],
        ["2010-01-15", "701-22", account, amount],
    ]
    a_book(Utfall=table).save(folder / "home" / "figures" / "ledger-1.xlsx")


def of_the_source(letters: dict[str, str]) -> dict[str, str]:
    """Return the letters that tell of a source that has changed, by their reader's address."""
    whole, a_line = "Ta reda på vad som stämmer", "Därefter: - Jämför "
    return {one: text for one, text in letters.items() if whole in text or a_line in text}


def test_owner_is_told_once_of_a_source_that_changed_after_the_answer(
    sourced: Engine, tmp_path: Path
) -> None:
    assert of_the_source(letters_on(sourced, date(2010, 4, 19))) == {}
    a_kept_ledger(tmp_path, 121_000)
    assert of_the_source(letters_on(sourced, date(2010, 4, 20))) == {}  # it is asked once a week
    told = of_the_source(letters_on(sourced, date(2010, 4, 26)))
    assert [*told] == [OWNER]
    assert "Kostnader under perioden: 118 000 kr i " in told[OWNER]
    assert ", 121 000 kr i ledger-1.xlsx. " in told[OWNER]
    assert of_the_source(letters_on(sourced, date(2010, 5, 3))) == {}
    a_kept_ledger(tmp_path, 122_000)
    told = of_the_source(letters_on(sourced, date(2010, 5, 10)))
    assert ", 122 000 kr i ledger-1.xlsx." in told[OWNER]
    (given,) = rows(sourced, Answer)
    assert given.data["spent"] == "118000"


def test_step_that_was_answered_before_any_round_looked_is_asked_for_in_a_week(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = a_sourced_grant(tmp_path, monkeypatch, SOURCED)
    early = date(2010, 4, 5)  # two working days before the first reminder
    answer(engine, "follow-up-2010-q1", early, data=FIGURES | {"spent": "118000"})
    a_kept_ledger(tmp_path, 121_000)
    assert [of_the_source(letters_on(engine, date(2010, 4, day))) for day in (6, 9)] == [{}, {}]
    (told,) = of_the_source(letters_on(engine, date(2010, 4, 12))).values()
    assert "- Jämför uppföljningen januari–mars med ledger-1.xlsx senast 15 april" in told
    assert of_the_source(letters_on(engine, date(2010, 4, 19))) == {}
    engine.dispose()


def test_newer_file_that_says_the_same_as_before_the_answer_is_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = a_sourced_grant(tmp_path, monkeypatch, SOURCED)
    a_kept_ledger(tmp_path, 118_000)
    do_round(engine, HANDED_IN)
    answer(
        engine, "follow-up-2010-q1", HANDED_IN, data={**FIGURES, "spent": "118 500"}
    )  # the owner knows better
    folder = tmp_path / "home" / "figures"
    (folder / "ledger-1.xlsx").rename(folder / "ledger-2.xlsx")
    assert of_the_source(letters_on(engine, date(2010, 4, 19))) == {}
    a_kept_ledger(tmp_path, 118_500)
    (folder / "ledger-2.xlsx").unlink()
    assert of_the_source(letters_on(engine, date(2010, 4, 26))) == {}  # now both say the same
    (folder / "ledger-1.xlsx").unlink()
    counts = do_round(engine, date(2010, 5, 3))
    assert counts.silence == ""  # nobody misses the figures of what is answered
    engine.dispose()


def test_change_that_could_not_be_told_is_told_by_the_next_round_of_the_day(
    sourced: Engine, tmp_path: Path
) -> None:
    a_kept_ledger(tmp_path, 121_000)
    with transaction(sourced) as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full_disk BEFORE INSERT ON notice WHEN NEW.kind = 'source_changed'"
            " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    with pytest.raises(IntegrityError):
        do_round(sourced, date(2010, 4, 26))
    with transaction(sourced) as connection:
        connection.exec_driver_sql("DROP TRIGGER full_disk")
    for day in (date(2010, 4, 26), date(2010, 4, 27)):
        do_round(sourced, day)
        told = [row.told_on for row in rows(sourced, Notice) if row.kind == NoticeKind.SOURCE_CHANGED]
        assert told == [date(2010, 4, 26)]


def test_source_and_figures_file_of_one_step_are_both_asked_after_the_answer_and_told_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = a_sourced_grant(tmp_path, monkeypatch, SOURCED)
    file = load_settings().home / "figures" / "figures.csv"
    with transaction(engine) as connection:
        connection.execute(update(GRANT).values(figures_file=file.name))
    head = "period;reports_to_social_services;persons_under_18;persons_under_20"
    file.write_text(f"{head}\n2010-Q1;3;2;1\n", encoding="utf-8")
    a_kept_ledger(tmp_path, 118_000)
    do_round(engine, HANDED_IN)
    answer(engine, "follow-up-2010-q1", HANDED_IN, data=FIGURES | {"spent": "118000"})
    a_kept_ledger(tmp_path, 121_000)
    file.write_text(f"{head}\n2010-Q1;15;2;1\n", encoding="utf-8")
    told = of_the_source(letters_on(engine, date(2010, 4, 26)))[OWNER]
    # Below a claim that is late it is a line, which names one of its sources: the page says both.
    assert "- Jämför uppföljningen januari–mars med figures.csv senast 29 april" in told
    # A small number is in no letter, and in no mark of one: who reads the journal could try them all.
    for small, day in ((3, date(2010, 5, 3)), (4, date(2010, 5, 10))):
        file.write_text(f"{head}\n2010-Q1;15;{small};1\n", encoding="utf-8")
        do_round(engine, day)
    told_on = [row.told_on for row in rows(engine, Notice) if row.kind == NoticeKind.SOURCE_CHANGED]
    assert told_on == [date(2010, 4, 26), date(2010, 5, 3)]
    engine.dispose()
