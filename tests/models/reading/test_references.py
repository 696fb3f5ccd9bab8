"""A diary number with spaces, slashes, colons and Swedish letters is a grant's reference at every door."""

import os
import time
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import Engine

from models.errors import ImportInvalid, UnknownReference
from models.programme.written.source import SourceRule
from models.tables.letter import Letter
from models.vocabulary import LetterKind
from tasks.outbox.deliver import deliver
from tasks.sources.source import SourceReader
from tasks.sources.tables import SourcePeriod
from tasks.store.grant_lookup import find_grant
from tasks.words.translator import plain_spaces
from tests.grant_scenes import (
    OWNER,
    a_grant_that_was,
    a_staff,
    an_entry,
    at,
    bring_in,
    do_round,
    open_grants,
    rows,
    steps,
)
from tests.import_desk import Desk
from tests.letter_scenes import SETTINGS
from tests.portal_scenes import Site, parse, settings_for, text_of
from tests.rule_builders import an_origin

NUMBER, TYPED = "ÄN 2010/17 5.1:2", "än\u00a02010/17  5.1:2 "
NAMED = "ÄN 2010-17 5.1-2"


@pytest.fixture
def desk(
    sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "home"))
    return Desk(sqlite, tmp_path, monkeypatch, capsys)


def test_diary_number_is_a_reference_on_the_command_line(desk: Desk) -> None:
    a_grant_that_was(desk.engine, "first paid", NUMBER)
    for command in (("plan", TYPED), ("status", TYPED), ("journal", TYPED)):
        code, out, err = desk.grants(*command)
        assert (code, err) == (0, ""), command
        assert out
    step = "follow-up-2010-q1"
    said = desk.grants("answer", TYPED, step, "--by", OWNER, "--nothing", "--on", "2010-04-20")
    assert said == (0, f"{NUMBER}: {step} is done.", "")
    assert desk.grants("export", "bundle", TYPED)[1].startswith(f"{NAMED}.zip: ")
    code, out, _ = desk.grants("memo", TYPED, "--kind", "claim", "--instalment", "1")
    assert (code, out.partition(":")[0]) == (0, f"{NAMED}-claim-1.sv.docx")
    assert desk.grants("export", "ics", TYPED, "--out", "a.ics")[0] == 0
    events = Calendar.from_ical((desk.folder / "a.ics").read_bytes()).walk("VEVENT")
    assert events
    assert all(f"({NUMBER})" in str(event["summary"]) for event in events)
    assert desk.grants("export", "xlsx", TYPED, "--out", "a.xlsx")[1] == "1 grant written to a.xlsx."


def test_diary_number_is_found_whichever_way_it_is_typed_and_no_other_is(engine: Engine) -> None:
    open_grants(engine, an_entry(NUMBER))
    for typed in (NUMBER, TYPED, "ÄN 2010/17 5.1:2", NUMBER.upper(), NUMBER.lower()):
        assert find_grant(engine, typed).reference == NUMBER
    for typed in ("", "ÄN", "ÄN 2010/17", "AN 2010/17 5.1:2", "%", "ÄN_2010/17 5.1:2"):
        with pytest.raises(UnknownReference):
            find_grant(engine, typed)
    with pytest.raises(ImportInvalid, match=f"there is a grant '{NUMBER}'"):
        bring_in(engine, date(2010, 1, 15), people=a_staff(), grants=[an_entry(NUMBER.lower())])


def test_diary_number_is_a_reference_in_letters_and_on_the_portal(sqlite: Engine, tmp_path: Path) -> None:
    a_grant_that_was(sqlite, "first paid", NUMBER)
    do_round(sqlite, date(2010, 4, 23))
    deliver(sqlite, SETTINGS, lambda: at(date(2010, 4, 23)))
    sent = [
        message_from_bytes(row.content, policy=policy.default)
        for row in rows(sqlite, Letter)
        if row.content and row.kind == LetterKind.TASKS
    ]
    assert sent
    text = sent[-1].get_body(("plain",))
    assert text is not None
    assert NUMBER in plain_spaces(text.get_content())
    assert all(not header.defects for letter in sent for header in letter.values())
    client = Site(sqlite, settings_for(tmp_path), at(date(2010, 4, 23))).client()
    addresses = {link.get("href") for link in parse(client.get("/")).iter("a")}
    address = "/grants/%C3%84N%202010/17%205.1%3A2"
    assert address in addresses
    assert NUMBER in text_of(next(parse(client.get(address)).iter("main")))


def test_source_is_looked_for_under_the_name_that_a_file_can_have(tmp_path: Path) -> None:
    """Sources' patterns take references and numbers of funders as they are, and never as patterns."""
    read = SourceReader(tmp_path)
    rule = an_origin(source="ledger", column="Belopp", rows="sum")

    def take(files: str, **about: Any) -> object:
        source = SourceRule.model_validate({"file": files})
        period = SourcePeriod(about.get("reference", ""), about.get("funder", ""), "", None, None)
        taken = read.take("ledger", source, rule, period)
        return taken and taken.value

    for number, name in enumerate((f"{NAMED}.csv", "other.csv", "851-1-2009.csv", "a[1].csv"), start=1):
        (tmp_path / name).write_text(f"Belopp\n{number}\n", encoding="utf-8")
        os.utime(tmp_path / name, (time.time(), number))
    assert take("{reference}.csv", reference=NUMBER) == "1"
    assert take("{funder_reference}.csv", funder="851/1/2009") == "3"
    assert take("{funder_reference}.csv", funder="a[1]") == "4"
    for hostile in ("*", "?ther", "../x", "[o]ther"):
        with pytest.raises(Exception, match="there is no file"):
            take("{funder_reference}.csv", funder=hostile)


def test_steps_of_a_diary_number_are_explained_by_commands_that_can_be_typed(desk: Desk) -> None:
    ends = {"period_start_on": date(2010, 10, 1), "period_end_on": date(2011, 9, 30)}
    open_grants(desk.engine, an_entry(NUMBER, programme="wellcome", **ends))
    (key,) = (key for key, step in steps(desk.engine, NUMBER).items() if step.receipt.get("readings"))
    said = desk.grants("explain", TYPED, key)[1]
    assert f'grants confirm "{NUMBER}" {key} --on DATE' in said
