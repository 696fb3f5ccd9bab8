"""Forms on a person's page: typed as people write, kept as typed, with files, and what must not come in."""

import socket
from datetime import date
from decimal import Decimal
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from deployments.portal.answer import drafts
from deployments.portal.answer.questions import KnownValue, question_fields, with_totals
from deployments.portal.app import make_app
from deployments.portal.forms.context import FormWords
from deployments.portal.web import posted_form
from deployments.portal.web.posted_form import LARGEST_POST
from models.errors import AnswerUnreadable
from models.forms.field import Field, Kind, read_fields
from models.forms.spec import ACTS, begin
from models.message import Remark
from models.programme.question import Question
from models.reading.day import Side
from models.rules.answers.validation import read_answer
from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from models.tables.step import Answer, Document, Draft
from models.vocabulary import StepStatus
from tasks.commands.files.drafts import file_store_of
from tasks.commands.files.file_store import FileStore
from tasks.store.database import transaction
from tasks.words.reasons import word_fault
from tasks.words.translator import plain_spaces, translator
from tests.browser_scenes import listening, served
from tests.builders import a_database
from tests.deployments.portal.test_portal_answers import GIVEN, thanks
from tests.grant_scenes import (
    FIGURES,
    MANAGER,
    OWNER,
    PERSON,
    SECRETARY,
    an_entry,
    answer,
    at,
    decide,
    dump,
    open_grants,
    person_id,
    rows,
    steps,
)
from tests.hostile_files import a_png
from tests.personal_numbers import MADE_UP, tells_number
from tests.portal_scenes import (
    Site,
    a_site_that_was,
    act_on,
    form_pages,
    forms_at,
    forms_of,
    nodes,
    on_the_day,
    parse,
    post,
    problems,
    text_of,
)
from tests.tasks.commands.test_terms import open_terms

PDF = b"%PDF-1.7\n" + bytes(5_000) + b"%%EOF"
WORDS = {"sv": "personer", "en": "persons"}
MANY_OF_A_GRANT = ("d-", "o-", "was-done-", "was-paid-", "was-sum-")
PERSONS = Question.model_validate(
    {
        "key": "persons",
        "title": WORDS,
        "parts": [
            {"key": "women", "title": {"sv": "kvinnor", "en": "women"}},
            {"key": "men", "title": {"sv": "män", "en": "men"}},
        ],
    }
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """The first quarter's follow-up is due on this day."""
    return a_site_that_was(tmp_path, "first paid", date(2010, 4, 30))


def send(
    client: TestClient, address: str, act: str, values: dict[str, str], *files: tuple[str, bytes]
) -> httpx2.Response:
    """Fill in a form and send it as a browser sends one with files, to its end; no file is an empty file field."""
    form = forms_at(client, address, act)[0]
    form.pop("files", None)
    parts = [("files", one) for one in files] or [("files", ("", b""))]
    return act_on(client, address, client.post(address, data=form | values, files=parts))


def field(page: httpx2.Response, name: str) -> str:
    """Return what stands in a field of the page's first form."""
    return forms_of(page, "done")[0][name]


# ------------------------------------------------------------------------------------------------- as people write


TODAY = date(2010, 4, 30)  # a Friday


def said_of(fault: Remark | None) -> str:
    """Return why a field is to be corrected, in Swedish; empty for a field that reads."""
    return word_fault(translator("sv"), fault) if fault else ""


def one(kind: Kind, text: str, **options: Any) -> Field:
    """Return a field of a kind with what was typed in it."""
    (read,) = read_fields([Field("f", kind, **options)], {"f": text}, TODAY)
    return read


AS_PEOPLE_WRITE = {
    Kind.NUMBER: ["10 000", "10\u00a0000", "7,5"],
    Kind.SUM: [
        *("10.000,50", "10 000,50 kr", "10 000:-", "SEK 10,000.50", "10 000 kronor", "789 tkr", "1,2 mnkr"),
        *("10\u202f000,- ", "\uff11\uff10\u3000\uff10\uff10\uff10"),
    ],
    Kind.DAY: [
        *("2010-12-31", "31/12 2010", "31 december 2010", "December 31, 2010", "31.12.2010"),
        *("2010\u201112\u201131", "2010\u201312\u201331"),
        "\uff13\uff11\uff0f\uff11\uff12 \uff12\uff10\uff11\uff10",
    ],
}


def test_field_takes_what_people_write() -> None:
    taken = [(kind, value) for kind, values in AS_PEOPLE_WRITE.items() for value in values]
    assert [(kind, value) for kind, value in taken if one(kind, value, currency="SEK").error] == []


@pytest.mark.parametrize(
    ("typed", "minor"), [("789 tkr", 78_900_000), ("1,25 Mkr", 125_000_000), ("0,5 mnkr.", 50_000_000)]
)
def test_sum_in_short_is_read_in_kronor_only(typed: str, minor: int) -> None:
    assert one(Kind.SUM, typed, currency="SEK").value == minor
    assert one(Kind.SUM, typed, currency="EUR").error is not None
    assert one(Kind.SUM, "1.250 tkr", currency="SEK").error is not None


@pytest.mark.parametrize(
    ("text", "past", "nearest", "coming"),
    [
        pytest.param("7 maj", "2009-05-07", "2010-05-07", "2010-05-07", id="without its year"),
        pytest.param("7/5", "2009-05-07", "2010-05-07", "2010-05-07", id="in figures"),
        pytest.param("May 7", "2009-05-07", "2010-05-07", "2010-05-07", id="in English"),
        pytest.param("7:e maj", "2009-05-07", "2010-05-07", "2010-05-07", id="as people count"),
        pytest.param("fredag den 7 maj", "2009-05-07", "2010-05-07", "2010-05-07", id="with its weekday"),
        pytest.param("7 jan.", "2010-01-07", "2010-01-07", "2011-01-07", id="behind us"),
        pytest.param("30/4", "2010-04-30", "2010-04-30", "2010-04-30", id="today is on both sides"),
        pytest.param("29 feb", "2008-02-29", "2012-02-29", "2012-02-29", id="of leap years only"),
        pytest.param("fredag", "2010-04-30", "2010-04-30", "2010-04-30", id="a weekday, today's"),
        pytest.param("på måndag", "2010-04-26", "2010-05-03", "2010-05-03", id="a weekday"),
        pytest.param("i fredags", "2010-04-23", "2010-04-23", "2010-04-23", id="the weekday before"),
        pytest.param("i morgon", "2010-05-01", "2010-05-01", "2010-05-01", id="by its name"),
        pytest.param("7 maj 2012", "2012-05-07", "2012-05-07", "2012-05-07", id="with its year"),
    ],
)
def test_day_is_read_on_its_side_of_today(text: str, past: str, nearest: str, coming: str) -> None:
    found = [one(Kind.DAY, text, side=side).value for side in (Side.PAST, Side.EITHER, Side.COMING)]
    assert [str(day) for day in found] == [past, nearest, coming]
    assert one(Kind.DAY, text).plain == nearest  # on the check page it is frozen


def test_day_that_follows_another_is_not_before_it() -> None:
    fields = [Field("first", Kind.DAY), Field("last", Kind.DAY, after="first")]
    first, last = read_fields(fields, {"first": "27 december", "last": "3/1"}, date(2010, 12, 1))
    assert (first.value, last.value) == (date(2010, 12, 27), date(2011, 1, 3))
    _, last = read_fields(fields, {"first": "27 december", "last": "i morgon"}, date(2010, 12, 1))
    assert (
        said_of(last.error) == "Välj den 27 december 2010 eller senare."
    )  # by its name a day is counted from today


@pytest.mark.parametrize(
    ("act", "name", "here"),
    [
        ("decide", "d-final_report_on", {"d-": {"final_report_on": {}}, "i-": {}}),
        ("departure", "on", {}),
        ("add-meeting", "held_on", {}),
    ],
)
def test_day_that_is_to_come_is_of_the_past_only_with_its_year(
    act: str, name: str, here: dict[str, dict[str, Any]]
) -> None:
    today = date(2026, 12, 1)
    fields = begin(ACTS[act], FormWords(translator("sv")), today, "SEK", **here)
    for typed, day in (("10/6", date(2027, 6, 10)), ("10 juni 2026", date(2026, 6, 10))):
        read = {one.name: one for one in read_fields(fields, {name: typed}, today)}
        assert (read[name].value, read[name].error) == (day, None)


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        pytest.param("10/6", "20/6", ("2027-06-10", "2027-06-20"), id="both are to come"),
        pytest.param("27/12", "3/1", ("2026-12-27", "2027-01-03"), id="over New Year"),
        pytest.param("30/11", "4/12", ("2026-11-30", "2026-12-04"), id="it has begun"),
        pytest.param("30/11", "", ("2026-11-30", None), id="one day"),
        pytest.param(
            "2026-12-20", "4/12", ("Välj den 4 december 2026 eller tidigare.", "2026-12-04"), id="turned"
        ),
        pytest.param(
            "10/6", "20/6 2026", ("2026-06-10", "Välj den 1 december 2026 eller senare."), id="over"
        ),
    ],
)
def test_first_day_away_is_the_last_one_before_the_last(first: str, last: str, days: tuple[str, ...]) -> None:
    begun = begin(ACTS["absence"], FormWords(translator("sv")), date(2026, 12, 1), absence=None)
    read = read_fields(begun, {"first": first, "last": last}, date(2026, 12, 1))
    said = [said_of(one.error) or str(one.value) for one in read if one.text]
    assert said == [one for one in days if one]


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (
            "1/2",
            "31/12 2027",
            ("Det här kan läsas på två sätt: skriv 2026-02-01 eller 2027-02-01.", "2027-12-31"),
        ),
        (
            "2026-02-01",
            "10/6",
            ("2026-02-01", "Det här kan läsas på två sätt: skriv 2026-06-10 eller 2027-06-10."),
        ),
        ("2027-01-01", "30/11", ("2027-01-01", "2027-11-30")),
    ],
)
def test_period_of_a_new_grant_is_not_guessed_where_two_years_can_be(
    start: str, end: str, said: tuple[str, str]
) -> None:
    here: dict[str, dict[str, Any]] = {key: {} for key in MANY_OF_A_GRANT}
    fields = begin(ACTS["new-grant"], FormWords(translator("sv")), date(2026, 12, 1), "SEK", **here)
    typed = {"period_start_on": start, "period_end_on": end}
    read = {one.name: one for one in read_fields(fields, typed, date(2026, 12, 1))}
    assert tuple(said_of(read[name].error) or str(read[name].value) for name in typed) == said


@pytest.mark.parametrize(
    ("typed", "kept"), [("60 %", "60 %"), ("60%", "60 %"), ("60,5 %", "60.5 %"), ("1 250,50", 125_050)]
)
def test_share_is_kept_in_one_form_however_it_is_written(typed: str, kept: int | str) -> None:
    assert one(Kind.SHARE, typed, currency="SEK").value == kept


def test_telephone_number_on_a_line_is_no_personal_number() -> None:
    assert one(Kind.LINE, "0702123456").error is None
    assert one(Kind.TEXT, MADE_UP).error is not None


NO_DATE = "Skriv en dag, till exempel 4/12, fredag eller 4 december 2026."


def test_field_asks_again_and_keeps_what_was_typed() -> None:
    said = {
        (Kind.NUMBER, "10.000"): "Det här kan läsas på två sätt: skriv 10000 eller 10.",
        (Kind.NUMBER, "1.125"): "Det här kan läsas på två sätt: skriv 1125 eller 1,1250.",
        (Kind.DAY, "03/04/2010"): "Det här kan läsas på två sätt: skriv 2010-04-03 eller 2010-03-04.",
        (Kind.NUMBER, "-5"): "Det här kan inte vara mindre än 0.",
        (Kind.SUM, "\u22125 kr"): "Det här kan inte vara mindre än 0.",
        (Kind.SUM, "100 USD"): "Skriv det här som ett belopp, till exempel 100\u00a0000 eller 1\u00a0250,50.",
    }
    no_dates = ("snart", "2010-02-30", "31 september 2010", "10-12-31", "1 maj 10")
    for (kind, text), error in (said | {(Kind.DAY, text): NO_DATE for text in no_dates}).items():
        read = one(kind, text, currency="SEK")
        assert (read.text, read.value, said_of(read.error)) == (text, None, error)


def persons(**values: str) -> dict[str, Field]:
    """Return the fields of a number with two parts, as they were posted, by what they are about."""
    say = translator("sv")
    posted = {f"q-persons{'' if key == 'all' else f'.{key}'}": value for key, value in values.items()}
    fields = read_fields(question_fields(say, PERSONS, {}, "SEK"), posted, TODAY)
    return {one.name.rpartition(".")[2]: one for one in with_totals([PERSONS], fields)}


def test_parts_that_do_not_add_up_are_asked_about_once() -> None:
    asked = persons(all="14", women="10", men="3")
    assert asked["women"].title == "Personer: kvinnor"
    assert asked["why"].shown
    assert said_of(asked["why"].error) == (
        "Delarna blir tillsammans 13, inte 14. Rätta ett tal, eller skriv varför här."
    )
    told = persons(all="14", women="10", men="3", why="En är äldre.")
    assert [one.error for one in told.values()] == [None] * 4
    assert not persons(all="13", women="10", men="3")["why"].shown


@pytest.mark.parametrize(
    ("kind", "currency", "value", "swedish", "english"),
    [
        ("money", "SEK", "187681.25", "187 681,25", "187,681.25"),
        ("money", "SEK", "187681.5", "187 681,50", "187,681.50"),
        ("money", "SEK", "118000.00", "118 000", "118,000"),
        ("money", "JPY", "66600", "66 600", "66,600"),
        ("money", "KWD", "12.5", "12,5", "12.5"),  # 12,500 would be thousands to some
        ("number", "", "14", "14", "14"),
        ("number", "", "2.5", "2,5", "2.5"),
        ("number", "", "1.1250", "1,1250", "1.1250"),
        ("number", "", "1234", "1 234", "1234"),  # 1,234 would be a little more than 1 to some
        ("number", "", "as typed", "as typed", "as typed"),
    ],
)
def test_what_is_known_is_shown_as_people_write_it_and_taken_back_unchanged(
    kind: str, currency: str, value: str, swedish: str, english: str
) -> None:
    question = Question.model_validate({"key": "one", "title": WORDS, "kind": kind})
    for language, shown in (("sv", swedish), ("en", english)):
        say = translator(language)
        begun = question_fields(say, question, {"one": KnownValue(value, "register", value)}, currency)
        assert plain_spaces(begun[0].text) == shown
        (taken,) = read_fields(begun, {"q-one": begun[0].text}, TODAY)
        if value != "as typed":
            assert taken.error is None
            sums = (read_answer(question, text, currency) for text in (taken.text, value))
            assert len({Decimal(str(one)) for one in sums}) == 1
        assert not taken.differs  # not as what someone has changed


@pytest.mark.parametrize("counted", [{"sensitive": True}, {"whole": True}])
def test_what_is_counted_is_whole(counted: dict[str, bool]) -> None:
    parts = [{"key": key, "title": WORDS} for key in ("women", "men")]
    question = Question.model_validate({"key": "one", "title": WORDS, "parts": parts, **counted})
    say = translator("sv")
    fields = question_fields(say, question, {"one": KnownValue("1234")}, "SEK")
    posted = {"q-one": "2,5", "q-one.women": "1,5", "q-one.men": "1,0"}
    whole, women, men, _ = read_fields(fields, posted, TODAY)
    said = "Skriv det här som ett heltal, utan decimaler, till exempel 14."
    assert [said_of(field.error) for field in (whole, women, men)] == [said, said, ""]
    english, *_ = question_fields(translator("en"), question, {"one": KnownValue("1234")}, "SEK")
    assert english.text == "1,234"
    assert read_fields([english], {"q-one": english.text}, TODAY)[0].error is None


# ------------------------------------------------------------------------------------------------------- drafts


def test_draft_is_kept_as_typed_and_found_again(site: Site) -> None:
    client, address = site.client(), site.address(OWNER)
    typed = {"q-spent": "ungefär 118 000 kr?", "q-activities": "Halvfärdigt\r\noch <b>", "save": "by hand"}
    saved = post(client, address, "done", typed)
    assert saved.status_code == 303
    page = client.get(saved.headers["location"])
    assert "Utkastet är sparat." in text_of(parse(page))
    (again,) = form_pages(client, page, "done")
    assert (field(again, "q-spent"), field(again, "q-activities")) == (
        "ungefär 118 000 kr?",
        "Halvfärdigt\noch <b>",
    )
    assert "Utkastet sparades 30 april kl. 10.00." in text_of(parse(again))
    assert str(steps(site.engine)["follow-up-2010-q1"].status) == "open"


def test_draft_that_a_script_keeps_is_answered_without_a_page(site: Site) -> None:
    client, address = site.client(), site.address(OWNER)
    for number in ("1", "12"):
        kept = post(client, address, "done", {"q-persons_under_18": number, "save": "by itself"})
        assert (kept.status_code, kept.content) == (204, b"")
    assert forms_at(client, address, "done")[0]["q-persons_under_18"] == "12"
    assert len(rows(site.engine, Draft)) == 1


def test_draft_is_its_writers_alone_and_goes_with_the_answer(site: Site) -> None:
    client = site.client()
    post(client, site.address(OWNER), "done", {"q-spent": "hemligt", "save": "by hand"})
    site.now = at(date(2010, 5, 3), 10)
    on_the_day(site.engine, Path(site.settings.home), date(2010, 5, 3))
    for token in site.tokens(MANAGER):
        assert "hemligt" not in client.get(f"/t/{token}").text
    answer(site.engine, "follow-up-2010-q1", date(2010, 5, 3), MANAGER, data=FIGURES)
    assert rows(site.engine, Draft) == []


def test_text_that_is_too_long_is_kept_for_its_writer_to_cut(site: Site) -> None:
    client, address, long = site.client(), site.address(OWNER), "å" * 20_001
    page = post(client, address, "done", GIVEN | {"q-activities": long})
    assert page.status_code == 422
    assert field(page, "q-activities") == forms_at(client, address, "done")[0]["q-activities"] == long


def test_answer_with_a_personal_number_is_not_taken_and_nothing_tells_it(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    text = f"Barnet, {MADE_UP}."
    page = post(site.client(), site.address(OWNER), "done", GIVEN | {"q-activities": text})
    assert (page.status_code, field(page, "q-activities")) == (422, text)  # to be mended by its writer
    assert problems(page) == [
        "Texten verkar innehålla ett personnummer. Ta bort det: rapporter är allmänna handlingar."
    ]
    with pytest.raises(AnswerUnreadable, match="'activities': holds a personal identity number") as refused:
        answer(site.engine, "follow-up-2010-q1", date(2010, 4, 30), data=FIGURES | {"activities": text})
    told = [str(refused.value), caplog.text, *(str(one.detail) for one in rows(site.engine, JournalEvent))]
    assert not any(map(tells_number, told))
    assert steps(site.engine)["follow-up-2010-q1"].status is StepStatus.OPEN


# -------------------------------------------------------------------------------------------------------- files


def test_files_go_with_the_answer(site: Site) -> None:
    client, address = site.client(), site.address(OWNER)
    said = thanks(client, send(client, address, "done", GIVEN, ("räkning.pdf", PDF), ("b.png", a_png())))
    assert said.startswith("Tack.")
    kept = rows(site.engine, Document)
    assert [(one.name, one.media_type) for one in kept] == [
        ("räkning.pdf", "application/pdf"),
        ("b.png", "image/png"),
    ]
    assert {one.answer_id for one in kept} == {rows(site.engine, Answer)[-1].id}
    assert file_store_of(site.settings).path(kept[0].stored_as).read_bytes() == PDF


def test_file_survives_an_error_elsewhere_and_can_be_taken_away(site: Site) -> None:
    client, address = site.client(), site.address(OWNER)
    page = send(client, address, "done", GIVEN | {"q-spent": ""}, ("a.pdf", PDF), ("b.pdf", PDF))
    assert page.status_code == 422
    named = [text_of(node) for node in nodes(parse(page), "li") if node.find("button") is not None]
    assert named == ["a.pdf Ta bort a.pdf", "b.pdf Ta bort b.pdf"]
    first = rows(site.engine, Document)[0]
    assert send(client, address, "done", GIVEN | {"drop": str(first.id)}).status_code == 303
    assert [one.name for one in rows(site.engine, Document)] == ["b.pdf"]
    thanks(client, send(client, address, "done", GIVEN))
    assert [(one.name, one.answer_id) for one in rows(site.engine, Document)] == [
        ("b.pdf", rows(site.engine, Answer)[-1].id)
    ]


def test_file_that_is_not_taken_is_named_at_its_field(site: Site) -> None:
    client, address = site.client(), site.address(OWNER)
    for name, content, why in (
        ("a.exe", b"MZ", "”a.exe” är inte sparad: bara Word, Excel, PDF, bilder, CSV och SIE kan lämnas in."),
        ("a.pdf", b"<html>", "”a.pdf” är inte sparad: innehållet är inte vad namnet säger."),
        ("stor.pdf", PDF + bytes(20_000_000), "”stor.pdf” är inte sparad: den är större än 20 MB."),
    ):
        page = send(client, address, "done", GIVEN, (name, content))
        assert (page.status_code, problems(page)[-1]) == (422, why)
        assert str(steps(site.engine)["follow-up-2010-q1"].status) == "open"
    assert on_disk(site) == set()


FULL = {
    "sv": "”b.pdf” är inte sparad: högst 20 filer och 60 MB sparas för ett steg; ta bort en först.",
    "en": "“b.pdf” is not kept: no more than 20 files and 60 MB are kept with a step; remove one first.",
}


def on_disk(site: Site) -> set[str]:
    """Return the names of the files in the documents folder."""
    return {path.name for path in file_store_of(site.settings).folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("language", "files", "size"), [("sv", 2, 10**9), ("en", 9, 2 * len(PDF))], ids=["by number", "by size"]
)
def test_draft_takes_files_again_and_again_up_to_a_bound(
    site: Site, monkeypatch: pytest.MonkeyPatch, language: str, files: int, size: int
) -> None:
    monkeypatch.setattr(drafts, "MOST_KEPT", files)
    monkeypatch.setattr(drafts, "MOST_KEPT_BYTES", size)
    with transaction(site.engine) as connection:
        connection.execute(update(PERSON).where(PERSON.c.email == OWNER).values(language=language))
    client, address = site.client(language), site.address(OWNER)
    for _ in range(2):
        assert send(client, address, "done", {"save": "by hand"}, ("a.pdf", PDF)).status_code == 303
    for _ in range(2):
        page = send(client, address, "done", {"save": "by hand"}, ("b.pdf", PDF))
        assert (page.status_code, problems(page)[-1]) == (422, FULL[language])
    kept = rows(site.engine, Document)
    assert [one.name for one in kept] == ["a.pdf", "a.pdf"]
    assert on_disk(site) == {one.stored_as for one in kept}
    send(client, address, "done", {"drop": str(kept[0].id)})
    assert on_disk(site) == {kept[1].stored_as}
    assert send(client, address, "done", GIVEN, ("b.pdf", PDF)).status_code == 303
    assert [one.name for one in rows(site.engine, Document)] == ["a.pdf", "b.pdf"]


def test_files_of_a_post_that_is_not_taken_leave_the_disk(site: Site) -> None:
    client, address = site.client(), site.address(OWNER)
    own = forms_at(client, address, "done")[0]
    for form in (own | {"nonce": "x"}, own | {"act": "approve"}, own | {"nonce": ""}):
        page = client.post(address, data=form | GIVEN, files=[("files", ("a.pdf", PDF))])
        assert page.status_code in (400, 409)
    assert rows(site.engine, Document) == []
    assert on_disk(site) == set()


MULTIPART = {"content-type": "multipart/form-data; boundary=x"}


def test_what_no_browser_sends_is_refused(site: Site) -> None:
    client, address = site.client(), site.address(OWNER)
    before = dump(site.engine)
    nonsense = (
        b"nonsense",
        b'--x\r\nContent-Disposition: form-data; name="act"\r\n\r\ndone',
        b"--x\r\n\r\nno name\r\n--x--\r\n",
    )
    for body in nonsense:
        assert client.post(address, content=body, headers=MULTIPART).status_code == 400
    endless = {"content-type": f"multipart/form-data; boundary={'x' * 500}"}
    assert client.post(address, content=b"--x", headers=endless).status_code == 400
    # Too much is refused before it has come, and so is what does not say how long it is.
    large = MULTIPART | {"content-length": str(LARGEST_POST + 1)}
    assert client.post(address, content=b"--x", headers=large).status_code == 413
    assert client.post(address, content=iter([b"--x"]), headers=MULTIPART).status_code == 411
    assert on_disk(site) == set()
    many = [("files", (f"{number}.pdf", PDF)) for number in range(21)]
    assert client.post(address, data={"act": "done"}, files=many).status_code == 413
    assert dump(site.engine) == before


def test_file_that_the_disk_does_not_take_is_told(site: Site) -> None:
    (site.settings.home / "documents").write_text("no folder can be made here")
    page = send(site.client("sv"), site.address(OWNER), "done", GIVEN, ("a.pdf", PDF))
    assert page.status_code == 503
    assert "Går inte just nu" in text_of(parse(page))
    assert steps(site.engine)["follow-up-2010-q1"].status is StepStatus.OPEN


@pytest.mark.parametrize(
    "media_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_body_that_does_not_come_is_not_waited_for(
    site: Site, monkeypatch: pytest.MonkeyPatch, media_type: str
) -> None:
    monkeypatch.setattr(posted_form, "UPLOAD_SECONDS", 0.2)
    with listening() as (listener, address), served(make_app(site.settings, site.engine), listener):
        host = address.removeprefix("http://")
        with socket.create_connection(("127.0.0.1", int(host.partition(":")[2])), timeout=60) as slow:
            head = f"POST {site.address(OWNER)} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {media_type}"
            slow.sendall(f"{head}\r\nContent-Length: 400\r\n\r\n--x\r\n".encode())
            answer = HTTPResponse(slow)
            answer.begin()
            said = answer.read().decode()
    assert answer.status == 408
    assert "Det tog för lång tid" in said


def test_stranger_puts_nothing_on_the_disk(site: Site) -> None:
    page = site.client().post("/t/forged", data={"act": "done"}, files=[("files", ("a.pdf", PDF))])
    assert page.status_code == 404
    assert not file_store_of(site.settings).folder.exists()


# ------------------------------------------------------------------------------------------ the report, beside it


@pytest.fixture
def drafted(tmp_path: Path) -> Site:
    """The committee's approval is to be recorded; the draft came with a file."""
    site = a_site_that_was(tmp_path, "drafted", date(2011, 1, 17))
    engine = site.engine
    paper = tmp_path / "Slutrapport utkast.pdf"
    paper.write_bytes(PDF)
    file = FileStore(file_store_of(site.settings).folder).take(paper)
    with transaction(engine) as connection:
        report = steps(engine)["draft"]
        last = next(row for row in reversed(rows(engine, Answer)) if row.step_id == report.id)
        values = {"grant_id": report.grant_id, "step_id": report.id, "answer_id": last.id, "name": file.name}
        values |= {"media_type": file.media_type, "size": file.size, "sha256": file.sha256}
        values |= {"stored_as": file.stored_as, "added_by_id": person_id(engine, OWNER), "added_at": site.now}
        connection.execute(table_of(Document).insert().values(**values))
    return site


def test_report_stands_beside_the_buttons(drafted: Site) -> None:
    client = drafted.client(who=SECRETARY)
    (page,) = form_pages(client, client.get("/tasks"), "approve")
    report = next(node for node in parse(page).iter("section") if node.get("class") == "report")
    said = text_of(report)
    assert said.startswith("Utkast till slutrapport Inlämnat av Coordinator")
    assert "Kostnader under perioden 118 000 kr" in said
    assert "Vad som har gjorts och med vem Samverkan med polisen." in said
    link = next(report.iter("a"))
    assert text_of(link) == "Slutrapport utkast.pdf"
    file = client.get(link.get("href"))
    assert (file.content, file.headers["content-type"]) == (PDF, "application/pdf")
    assert file.headers["content-disposition"] == "inline; filename*=UTF-8''Slutrapport%20utkast.pdf"
    assert "default-src 'none'" in file.headers["content-security-policy"]


def test_document_of_another_grant_is_not_there(drafted: Site, site: Site) -> None:
    client = site.client()
    for token in (site.tokens(OWNER)[-1], "forged"):
        for number in (1, 999, 10**30):
            assert client.get(f"/t/{token}/documents/{number}").status_code == 404


@pytest.fixture
def certificate(tmp_path: Path) -> Site:
    """The certificate is due, and the quarters' optional reports are late."""
    engine = a_database(tmp_path)
    open_terms(engine, instalments={1: 40_000_000})
    return on_the_day(engine, tmp_path, date(2026, 3, 2))


def test_missing_document_is_told_at_its_field_and_a_draft_keeps_its_key(certificate: Site) -> None:
    client, address = certificate.client(), certificate.address(OWNER)
    assert " uppgifter. Sidan 1 av 2. " in text_of(parse(client.get(address)))
    step = steps(certificate.engine)["audit"]
    nonce = next(
        form["nonce"] for form in forms_at(client, f"{address}?page=2", "done") if "file-certificate" in form
    )
    sent = {"act": "done", "nonce": nonce, "paper_on": "2026-03-02"}
    saves = [client.post(address, data=sent | {"save": how}).status_code for how in ("by itself", "by hand")]
    assert saves == [204, 303]
    page = client.post(address, data=sent, files=[("files", ("annat.pdf", PDF))])
    assert page.status_code == 422
    alert = next(node for node in nodes(parse(page), "div") if node.get("role") == "alert")
    assert "Revisorsintyg: Dokumentet saknas. Välj en fil." in text_of(alert)
    assert [one.get("href") for one in alert.iter("a")] == [f"#s{step.id}-done-file-certificate"]
    kept = client.post(
        address, data=sent | {"save": "by hand"}, files=[("file-certificate", ("intyg.pdf", PDF))]
    )
    assert kept.status_code == 303
    assert thanks(client, act_on(client, address, client.post(address, data=sent))).startswith(
        "Registrerat som skickat: "
    )
    found = [(one.name, one.document, one.answer_id is None) for one in rows(certificate.engine, Document)]
    assert found == [("annat.pdf", None, False), ("intyg.pdf", "certificate", False)]


def test_optional_report_is_not_needed_for_a_reason(certificate: Site) -> None:
    client, address = certificate.client(), certificate.address(OWNER)
    assert len(forms_at(client, address, "not-needed")) == 4
    assert "Ange varför det inte behövs." in problems(post(client, address, "not-needed"))
    thanks(client, post(client, address, "not-needed", {"note": "Ingen verksamhet."}))
    assert str(steps(certificate.engine)["activity-m1-m3"].status) == "skipped"


def test_not_needed_was_decided_on_the_day_of_its_paper(certificate: Site) -> None:
    client, address = certificate.client(), certificate.address(OWNER)
    given = {"paper_on": "2026-03-03", "note": "Länsstyrelsens beslut 2026-00123: ingen verksamhet."}
    assert problems(post(client, address, "not-needed", given)) == [
        "Dagen ligger i framtiden. Välj den 2 mars 2026 eller tidigare."
    ]
    # Before the certificate that the second form on the page is about, or anything else here, was done.
    thanks(client, post(client, address, "not-needed", given | {"paper_on": "2025-02-20"}))
    step = steps(certificate.engine)["activity-m1-m3"]
    assert (str(step.status), step.done_on) == ("skipped", date(2025, 2, 20))
    (event,) = [one for one in rows(certificate.engine, JournalEvent) if one.event == "step_not_needed"]
    assert event.detail["paper_on"] == "2025-02-20"


def test_nothing_to_report_was_sent_to_the_funder_on_a_day(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    open_grants(engine, an_entry(programme="lova", period_end_on=date(2011, 12, 31)))
    decide(engine)
    site = on_the_day(engine, tmp_path, date(2011, 3, 2))  # after the report's last day
    client, address = site.client(), site.address(OWNER)
    assert problems(post(client, address, "nothing")) == ["Ange en dag."]
    thanks(client, post(client, address, "nothing", {"paper_on": "2011-02-25"}))
    assert steps(engine)["interim-report-2010"].done_on == date(2011, 2, 25)
