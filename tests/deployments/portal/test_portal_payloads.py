"""Hostile words in every field come back as words: on pages, in letters, calendars and the journal."""

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import date
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any

import html5lib
import pytest
from docx import Document
from icalendar import Calendar
from openpyxl import load_workbook
from sqlalchemy import insert, select, update

from models.intake.file import ImportFile
from models.programme.plan import Programme
from models.programme.question import Words
from models.tables.columns import table_of
from models.tables.grant import Decision
from models.tables.person import OrganisationName
from models.tables.step import Answer
from tasks.documents.papers import Wanted, make_paper
from tasks.intake.imports import import_file
from tasks.outbox.deliver import deliver
from tasks.people.links import LinkUse, sign_link
from tasks.people.preferences import feed_of, renew_feed
from tasks.programmes.files import ProgrammeRegistry
from tasks.store.database import reading, transaction
from tasks.store.secrets import load_or_make
from tests.builders import a_database
from tests.grant_scenes import (
    ADMIN,
    DEPUTY,
    LETTER,
    MANAGER,
    OPENED_ON,
    ORGANISATIONS,
    OWNER,
    SECRETARY,
    a_staff,
    an_entry,
    at,
    do_round,
    grant,
    open_grants,
    person_id,
    play,
    registry,
)
from tests.portal_scenes import Site, ask_to_sign_in, parse_strictly, post, settings_for, text_of

DAY = date(2010, 4, 30)
# What fits on one line: names, titles, references. Each is several attacks in a row, the first where a line begins.
LINES = [
    " ".join(
        [
            "<script>alert(1)</script>",
            "\"'><img src=x onerror=alert(1)>",
            "</title></textarea></style><svg/onload=alert(1)>",
        ]
    ),
    " ".join(
        [
            "=cmd|' /C calc'!A0 @SUM(1) +1 -1",
            "a,b;c:d\\n\\nEND:VEVENT\\nBEGIN:VALARM",
            "=?utf-8?q?=0d=0aBcc:_thief=40example.org?=",
        ]
    ),
    " ".join(
        [
            "{{ 1234567 * 1234567 }}{% raw %}{{ self.__class__ }}",
            "%(who)s %(step)s %s %% {0} {name}",
            "' OR 1=1; DROP TABLE step; --",
            "&lt;b&gt; &amp;amp; <!-- ]]> <![CDATA[",
        ]
    ),
    " ".join(
        [
            "../../../etc/passwd ..\\..\\ /t/ //evil.example",
            "<a href=javascript:alert(1)>x</a><iframe srcdoc=y>",
            "<base href=//evil.example><meta http-equiv=refresh content=0>",
            "\u202egnp.exe \ufeff\u200b \U0001f600 \u0130 \ufffd",
        ]
    ),
]
# What an answer's longer fields take besides.
BREAKS = "\r\nBcc: thief@example.org\r\n\r\n.\r\nEND:VEVENT\r\nBEGIN:VALARM\x00\x1b[31m\x7f"
LEADS_HERE = (
    "/",
    "#",
    "?",
    "http://127.0.0.1:8480/",
    "data:image/svg+xml,",
    "mailto:coordinator@example.org",
)
FORBIDDEN = {"img", "svg", "iframe", "base", "object", "embed"}


@pytest.fixture(scope="module", params=LINES)
def words(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class WordedShelf(ProgrammeRegistry):
    """The reference programme, every step of it called by the words."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = Words(sv=words, en=words)

    def get(self, name: str) -> Programme:
        """Return the programme."""
        programme = registry().get(name)
        called = {"title": self._words, "todo": self._words}
        steps = tuple(step.model_copy(update=called) for step in programme.steps)
        return programme.model_copy(update={"steps": steps, "title": self._words})


@pytest.fixture(scope="module")
def site(words: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A grant full of the words: its people, organisations, decisions and answers, and the letters about it."""
    tmp_path = tmp_path_factory.mktemp("words")
    engine = a_database(tmp_path)
    named = {"name": words, "title": words}
    people = a_staff(**{one.split("@")[0]: named for one in (OWNER, DEPUTY, MANAGER, SECRETARY, ADMIN)})
    entry = an_entry(title=words, funder_reference=words)
    content = {"organisations": ORGANISATIONS, "people": people, "grants": [entry]}
    import_file(
        engine, ImportFile.model_validate(content), WordedShelf(words), today=OPENED_ON, now=at(OPENED_ON)
    )
    play(engine, "first paid")
    found = Site(engine, settings_for(tmp_path), at(DAY, 10))
    with transaction(engine) as connection:
        connection.execute(update(table_of(OrganisationName)).values(name=words))
        texts = dict.fromkeys(("purpose", "conditions", "source"), words + BREAKS)
        row = {"grant_id": grant(engine).id, "kind": "amendment", "decided_on": DAY, "dates": {}}
        connection.execute(insert(table_of(Decision)).values(**row, **texts, recorded_at=found.now))
    do_round(engine, DAY)
    send(found)
    client = found.stranger()
    later = {"expected_on": "2010-05-07", "note": words + BREAKS}
    assert post(client, found.address(OWNER), "not-yet", later).status_code == 303
    values = {
        "q-reports_to_social_services": "3",
        "q-persons_under_18": "2",
        "q-persons_under_20": "1",
        "q-spent": "118 000",
        "q-activities": words + BREAKS,
    }
    assert post(client, found.address(OWNER), "done", values).status_code == 303
    send(found)
    do_round(engine, date(2010, 8, 3))
    found.now = at(date(2010, 8, 3), 10)
    send(found)
    renew_feed(engine, person_id(engine, OWNER), today=DAY, now=found.now)
    yield found
    engine.dispose()


def send(site: Site) -> None:
    """Deliver what is due."""
    deliver(site.engine, site.settings, lambda: site.now)


def contents(site: Site) -> list[tuple[int, EmailMessage]]:
    """Return the letters that were written, parsed, with their ids."""
    query = select(LETTER.c.id, LETTER.c.content).where(LETTER.c.content.is_not(None)).order_by(LETTER.c.id)
    with reading(site.engine) as connection:
        found = connection.execute(query).all()
    letters = []
    for letter_id, content in found:
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        letters.append((letter_id, message))
    return letters


def visible(words: str) -> str:
    """Return the words as a reader sees them: spaces single, without what nobody sees."""
    return " ".join(re.sub("[\u200b\u202e\ufeff]", "", words).split())


def harmless(tree: Any) -> None:
    """Hold a page to having nothing that runs, loads or leads away."""
    for node in tree.iter():
        is_paper = "paper-frame" in (node.get("class") or "")
        assert node.tag not in FORBIDDEN or is_paper or node.get("sandbox") is not None, node.tag
        assert node.tag != "script" or (node.get("src") or "").startswith("/static/"), "a script"
        assert (node.get("http-equiv") or "").lower() != "refresh"
        for name, value in node.items():
            assert not str(name).startswith("on"), name
            if name in ("href", "src", "action", "formaction"):
                assert str(value).startswith(LEADS_HERE)
                assert not str(value).startswith("//")


def test_pages_show_the_words_as_words(site: Site, words: str) -> None:
    client = site.client()
    person = f"/people/{person_id(site.engine, OWNER)}"
    letters = [f"/mailbox/{letter_id}" for letter_id, _ in contents(site)]
    addresses = ["/", "/grants/REF-1", "/papers/1", "/people", person, "/mailbox", *letters]
    addresses += [site.address(OWNER), site.address(MANAGER), f"{site.address(OWNER)}?answered=s1"]
    seen = 0
    for address in addresses:
        page = client.get(address)
        assert page.status_code in (200, 410), address
        tree = parse_strictly(page)
        harmless(tree)
        assert "1524155677489" not in text_of(tree) or "{{" not in words
        seen += visible(words) in visible(text_of(tree))
    assert seen >= 5, "the words are shown nowhere"


def test_search_and_errors_give_the_words_back_as_words(site: Site, words: str) -> None:
    client = site.client()
    pages = [
        client.get("/people", params={"name": words}),
        client.get("/", params={"page": words}),
        client.get("/grants/" + words.replace("/", "")),
        client.get("/login", params={"next": words}),
        client.get("/mailbox", params={"before": words}),
        client.get(site.address(OWNER), params={"answered": words, "kept": words}),
    ]
    for page in pages:
        if page.status_code != 303:
            harmless(parse_strictly(page))
        else:
            assert page.headers["location"] == "/tasks"


def test_letters_say_the_words_as_words(site: Site, words: str) -> None:
    letters = contents(site)
    assert len(letters) > 4
    told = 0
    for _, message in letters:
        assert message.get_all("To", []) != []
        assert {name.lower() for name in message}.isdisjoint({"bcc", "cc", "x-injected"})
        assert len(message.get_all("To", [])) == 1
        assert len(message["To"].addresses) == 1
        text, page = message.get_body(("plain",)), message.get_body(("html",))
        assert text is not None
        assert page is not None
        tree = html5lib.parse(page.get_content(), namespaceHTMLElements=False)
        for node in tree.iter():
            assert node.tag not in FORBIDDEN | {"script"}
            assert not [name for name in node if str(name).startswith("on")]
            assert (node.get("href") or "http://127.0.0.1:8480/").startswith("http://127.0.0.1:8480/")
        told += visible(words) in visible(text.get_content())
    assert told >= 3


def test_calendars_hold_the_words_as_words(site: Site, words: str) -> None:
    with reading(site.engine) as connection:
        key = feed_of(connection, person_id(site.engine, OWNER)) or ""
    token = sign_link(key, load_or_make(site.settings), LinkUse.CALENDAR)
    files = [site.stranger().get(f"/c/{token}.ics").content]
    for _, message in contents(site):
        files += [
            part.get_payload(decode=True)  # type: ignore[misc]
            for part in message.walk()
            if part.get_content_type() == "text/calendar"
        ]
    assert len(files) > 1
    for content in files:
        calendar = Calendar.from_ical(content)
        assert {component.name for component in calendar.walk()} == {"VCALENDAR", "VEVENT"}
        for event in calendar.walk("VEVENT"):
            assert set(event.keys()) == {
                "SUMMARY",
                "DTSTART",
                "DTEND",
                "DTSTAMP",
                "UID",
                "SEQUENCE",
                "DESCRIPTION",
                "URL",
                "TRANSP",
            }
            assert not event.errors
            assert visible(words)[1:] in visible(str(event["SUMMARY"]))


def test_memo_and_exports_hold_the_words_as_words(site: Site, words: str) -> None:
    memo = make_paper(site.engine, "REF-1", Wanted("memo"), DAY)
    assert visible(words) in visible(" ".join(one.text for one in Document(BytesIO(memo.content)).paragraphs))
    client = site.client()
    book = load_workbook(BytesIO(client.get("/grants.xlsx").content))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    written = [str(cell.value) for cell in cells]
    # Beside marks that keep a program from reading a formula, there or within.
    assert words.replace("'", "") in [text.replace("'", "") for text in written]
    assert [text for text in written if text.startswith(("=", "+", "@"))] == []


def test_answer_is_kept_as_it_was_meant(site: Site, words: str) -> None:
    answers = table_of(Answer)
    with reading(site.engine) as connection:
        found = connection.execute(select(answers).order_by(answers.c.id.desc()).limit(2)).all()
    kept = words + "\nBcc: thief@example.org\n\n.\nEND:VEVENT\nBEGIN:VALARM[31m"
    assert [found[0].data["activities"], found[1].note] == [kept, kept]


def test_poisoned_hosts_change_no_address(tmp_path: Path) -> None:
    site = Site(
        a_database(tmp_path), settings_for(tmp_path, portal_url="https://grants.example.org"), at(DAY)
    )
    open_grants(site.engine)
    poisons = dict.fromkeys(("x-forwarded-host", "x-host", "x-forwarded-server"), "evil.example")
    poisons |= {"forwarded": "host=evil.example", "x-original-url": "evil.example"}
    for client in (site.stranger(), site.client(who=OWNER)):
        for path in ("/", "/login", "/grants/REF-1", "/people/"):
            plain = client.get(path)
            found = client.get(path, headers=poisons | {"x-forwarded-proto": "http"})
            assert (found.status_code, found.headers.get("location")) == (
                plain.status_code,
                plain.headers.get("location"),
            )
            assert "evil" not in found.text
            assert client.get(path, headers={"host": "evil.example"}).status_code == 400
    client = site.stranger()
    client.headers["x-forwarded-host"] = "evil.example"
    assert ask_to_sign_in(client, OWNER).status_code == 200
    send(site)
    ((_, message),) = contents(site)
    text = message.get_body(("plain",))
    assert text is not None
    assert "https://grants.example.org/login/" in text.get_content()
    assert "evil" not in message.as_string()
