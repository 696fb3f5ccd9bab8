"""Figures from sources: office files, another database, a web service, earlier answers; and the checks they meet."""

import hashlib
import json
import logging
import os
import shutil
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date
from decimal import Decimal
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from openpyxl import Workbook
from sqlalchemy import Engine, create_engine, insert, select, text, update
from sqlmodel import Session

from deployments.shipped_files import PROGRAMMES
from models.errors import AnswerRefused, AnswerUnreadable, BadInput, GrantError
from models.facts.money import AccountSpending, has_budget
from models.intake.file import ImportFile
from models.programme.plan import Programme
from models.programme.question import OverPeriods
from models.programme.written.source import SourceRule
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.tables.step import Answer, Figure
from models.vocabulary import Phase, StepStatus
from tasks.commands.at_work.load import load_grant
from tasks.documents.facts.figures import make_figures
from tasks.documents.facts.reports import load_reports
from tasks.documents.papers import Wanted, make_paper
from tasks.grant.money import spending_on
from tasks.grant.records import read_records
from tasks.intake.imports import import_file
from tasks.programmes.files import ProgrammeRegistry
from tasks.settings import load_settings
from tasks.sources import source as source_reading
from tasks.sources.due_steps import DueToGather
from tasks.sources.earlier_answers import Earlier, as_one
from tasks.sources.gather import gather_from_sources
from tasks.sources.kinds import http, sql
from tasks.sources.kinds.sql import OutsideDatabase
from tasks.sources.source import SourceReader, sharing_sources
from tasks.sources.source_faults import SecretWrong, SourceFailed
from tasks.sources.tables import SourcePeriod
from tasks.store.database import dry_run, reading, rehearsal, transaction
from tasks.watch.alarms import filed_alarms
from tasks.words.answers import word_source
from tasks.words.templates import words_module
from tasks.words.translator import translator
from tests.builders import a_database, a_programme
from tests.databases import a_plain_account, an_empty_postgres_database
from tests.grant_scenes import (
    FIGURES,
    OPENED_ON,
    ORGANISATIONS,
    STEP,
    a_grant_that_was,
    a_staff,
    acts_of,
    an_entry,
    answer,
    at,
    bring_in,
    decide,
    do_round,
    open_grants,
    play,
    rows,
)
from tests.kept_files import a_book, saved
from tests.mail_server import MailServer
from tests.personal_numbers import MADE_UP, tells_number
from tests.plan_files import plan_of_reference, steps_of, write_plan
from tests.remembered import remembered
from tests.rule_builders import PLAIN, an_origin
from tests.tasks.documents.test_paperwork import words_of as words_of_paper
from tests.waiting import pause

Q1 = SourcePeriod("REF-1", "701-22", "2010-Q1", date(2010, 1, 1), date(2010, 3, 31))


def take(folder: Path, source: dict[str, Any], about: SourcePeriod = Q1, **gather: Any) -> object:
    """Return what the source gives, or None."""
    rule = an_origin(source="ledger", **gather)
    with closing(SourceReader(folder, pauses=(0.0,))) as reader:
        taken = reader.take("ledger", SourceRule.model_validate(source), rule, about)
    return None if taken is None else taken.value


def an_office_ledger(path: Path) -> None:
    """Write a ledger as offices do: a merged title, dates as text, thousands with a gap, trailing spaces, a sum."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Utfall"
    sheet.append(["Huvudbok 2010, socialförvaltningen"])
    sheet.merge_cells("A1:D1")
    sheet.append([])
    sheet.append(["Datum ", "Projekt", "Konto", " Belopp"])
    sheet.append(["2010-01-15", "701-22 ", 5010, "100\u00a0000,50"])
    sheet.append([date(2010, 3, 31), "701-22", "5010", 18_000])
    sheet.append(["2010-03-31", "701-22", 5010, "-500,50"])
    sheet.append(["2010-04-01", "701-22", 5010, 7])
    sheet.append(["2010-02-01", "999", 5010, 9])
    sheet.append(["2010-02-02", "701-22", 5800.0, "2.500,00"])
    sheet.append(["Summa", None, None, 120_016])
    book.save(path)


LEDGER = {"file": "ledger-*.xlsx", "period_column": "Datum"}
SPENT: dict[str, Any] = {
    "column": "Belopp",
    "where": {"Projekt": "{funder_reference}", "Konto": "5010"},
    "rows": "sum",
}


def test_ledger_is_summed_as_the_office_keeps_it(tmp_path: Path) -> None:
    an_office_ledger(tmp_path / "ledger-1.xlsx")
    assert take(tmp_path, LEDGER, **SPENT) == "117500.00"
    cells = {"file": "*.xlsx"}
    assert take(tmp_path, cells, cell="D5") == 18_000
    assert take(tmp_path, cells, cell="D4:D6", rows="sum") == "117500.00"
    assert take(tmp_path, cells, cell="C7:D5", rows="last") == 7  # whichever corners it names
    assert take(tmp_path, cells, cell="D4:D900", rows="last") == 120_016
    assert take(tmp_path, cells, cell="Z90:Z99", rows="sum") is None
    with pytest.raises(SourceFailed, match="several rows fit 'D4:D6': write 'sum of', or 'where'"):
        take(tmp_path, cells, cell="D4:D6")
    with pytest.raises(SourceFailed, match="several rows fit 'Belopp'"):
        take(tmp_path, LEDGER, **(SPENT | {"rows": None}))
    with pytest.raises(SourceFailed, match="has no sheet 'Budget'; it has 'Utfall'"):
        take(tmp_path, LEDGER | {"sheet": "Budget"}, **SPENT)


def test_newest_file_is_read(tmp_path: Path) -> None:
    for number, name in enumerate(("b.csv", "a.csv")):
        (tmp_path / name).write_text(f"Månad;Antal\n2010-02;{number}\n", encoding="utf-8")
        os.utime(tmp_path / name, (number, number))
    source = {"file": "*.csv", "period_column": "månad"}
    assert take(tmp_path, source, column="Antal") == "1"
    with pytest.raises(SourceFailed, match="there is no file"):
        take(tmp_path / "none", source, column="Antal")


def a_kept_ledger(path: Path, *amounts: object) -> None:
    """Write amounts of account 5010 below a title, a total that was never reckoned below them, and old rows hidden."""
    rows = [["2010-02-01", "701-22", 5010, amount] for amount in amounts]
    book = a_book(
        Utfall=[
            ["Huvudbok"],
            ["Datum", "Projekt", "Konto", "Belopp"],
            *rows,
            ["Summa", None, None, "=SUM(D3:D9)"],
        ]
    )
    for number in range(len(amounts)):
        book["Utfall"][f"D{number + 3}"].number_format = '0.0" %"' if amounts[number] == 0.25 else "General"
    book["Utfall"].row_dimensions[3].hidden = True
    path.write_bytes(saved(book))


def test_amount_that_reads_two_ways_is_told_by_its_cell(tmp_path: Path) -> None:
    a_kept_ledger(tmp_path / "ledger-1.xlsx", "1.234", "12,50")
    with pytest.raises(SourceFailed, match=r"Utfall!D3: '1.234' can be read in two ways: write 1234 if"):
        take(tmp_path, LEDGER, **SPENT)


QUERY = "select sum(amount) as spent from entries where project = :reference and day <= :period_end"


WRITING = (
    "with gone as (select 1) delete from entries",
    "select 1 as spent; delete from entries",
    "select 1 as spent; commit; delete from entries",
    "select 1 as spent; rollback; begin; delete from entries; commit",
    "select * into other_entries from entries",
    "create table gone (one integer)",
    "select set_config('transaction_read_only', 'off', false)",
    "attach '{folder}/gone.db' as gone",
    "vacuum into '{folder}/gone.db'",
    "pragma query_only = off",
    "copy entries to '{folder}/gone.csv'",
    "copy entries to program 'touch {folder}/gone.txt'",
    "select lo_import('/etc/hostname')",
    "do $$ begin delete from entries; end $$",
)
# A value, rows and a count without a bound.
ENDLESS = (
    ("select {much} as n", r"refused the query|stopped after"),
    (
        "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n",
        r"more than 10000 rows",
    ),
    (
        "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) as n from n",
        r"the query was stopped after 1 seconds: ask for less",
    ),
    ("select {some} as n from entries, entries b, entries c, entries d", r"more than 5 MB"),
)


def address_of(other: Engine) -> str:
    """Return a database's address as a source is given it."""
    if other.dialect.name == "postgresql":
        return a_plain_account(other)
    return other.url.render_as_string(hide_password=False)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_query_reads_another_database_and_never_writes(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other: Engine = (
        create_engine(f"sqlite:///{tmp_path}/other.db") if kind == "sqlite" else an_empty_postgres_database()
    )
    with other.begin() as connection:
        connection.execute(text("create table entries (project text, day text, amount integer)"))
        connection.execute(
            text("insert into entries values ('REF-1', '2010-02-01', 7), ('X', '2010-02-01', 9)")
        )
    monkeypatch.setenv("GRANTS_SECRET_LEDGER", address_of(other))
    source = {"secret": "ledger", "query": QUERY}
    assert Decimal(str(take(tmp_path, source, column="spent"))) == 7
    database = OutsideDatabase("ledger")
    for hostile in WRITING:  # whatever a programme file lets through
        with pytest.raises(SourceFailed, match=r"the database (refused the query|did not answer)"):
            database.rows("ledger", hostile.replace("{folder}", str(tmp_path)), {})
    database.close()
    assert [path.name for path in tmp_path.iterdir()] == (["other.db"] if kind == "sqlite" else [])
    with other.connect() as connection:
        assert connection.execute(text("select count(*) from entries")).scalar() == 2
    other.dispose()


def test_secret_is_read_where_the_settings_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRANTS_SETTINGS")
    monkeypatch.delenv("GRANTS_SECRET_LEDGER", raising=False)
    source = {"secret": "ledger", "query": "select 7 as spent"}
    (tmp_path / "other.db").touch()
    (tmp_path / ".env").write_text(f"GRANTS_SECRET_LEDGER=sqlite:///{tmp_path}/other.db\n")
    assert Decimal(str(take(tmp_path, source, column="spent"))) == 7
    monkeypatch.setenv("GRANTS_SECRET_LEDGER", f"sqlite:///{tmp_path}/lost.db")
    with pytest.raises(BadInput, match="there is no such database file"):
        take(tmp_path, source, column="spent")


def test_account_that_reaches_the_servers_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = {"secret": "ledger", "query": "select 7 as spent"}
    other = an_empty_postgres_database()
    with other.begin() as connection:
        connection.execute(text("create role ledger_reader login"))
        connection.execute(text("create role ledger_files login in role pg_read_server_files"))
    says = (
        r"the account of GRANTS_SECRET_LEDGER can read the database server's files: give it one that can only"
    )
    for account, fine in ((other.url.username, False), ("ledger_files", False), ("ledger_reader", True)):
        address = other.url.set(username=account).render_as_string(hide_password=False)
        monkeypatch.setenv("GRANTS_SECRET_LEDGER", address)
        if fine:
            assert take(tmp_path, source, column="spent") == 7
            continue
        with pytest.raises(SecretWrong, match=f"ledger: {says}"):
            take(tmp_path, source, column="spent")
    with other.begin() as connection:
        connection.execute(text("drop role ledger_reader"))
        connection.execute(text("drop role ledger_files"))
    other.dispose()
    monkeypatch.setenv("GRANTS_SECRET_LEDGER", "postgresql+psycopg://u:hunter2@127.0.0.1:1/x")
    with pytest.raises(GrantError, match="the database did not answer") as told:
        take(tmp_path, source, column="spent")
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_query_without_a_bound_fills_neither_the_memory_nor_the_morning(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "TIMEOUT_SECONDS", 1)
    is_sqlite = kind == "sqlite"
    other: Engine = (
        create_engine(f"sqlite:///{tmp_path}/other.db") if is_sqlite else an_empty_postgres_database()
    )
    with other.begin() as connection:
        connection.execute(text("create table entries (amount integer)"))
        connection.execute(text("insert into entries values (1), (2)"))
    monkeypatch.setenv("GRANTS_SECRET_LEDGER", address_of(other))
    much, some = (
        ("zeroblob(900000000)", "zeroblob(400000)")
        if is_sqlite
        else ("repeat('x', 1000000000)", "repeat('x', 400000)")
    )
    database = OutsideDatabase("ledger")
    for query, says in ENDLESS:
        with pytest.raises(SourceFailed, match=says):
            database.rows("ledger", query.replace("{much}", much).replace("{some}", some), {})
    database.close()
    other.dispose()


def test_no_log_holds_a_secret_however_much_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="")
    for name in ("httpx", "httpcore", "sqlalchemy", "psycopg", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    monkeypatch.setenv("GRANTS_SECRET_TOKEN", "hunter2")
    good = json.dumps({"persons": 14}).encode()
    with a_service([(500, b""), (200, good), (302, b""), (401, b"hunter2")], []) as base:
        source = {"url": base + "/g", "secret": "token"}
        assert take(tmp_path, source, column="persons") == 14
        for _ in range(2):
            with pytest.raises(SourceFailed):
                take(tmp_path, source, column="persons")
    for address in ("127.0.0.1:1/x", "127.0.0.1:port/x", "127.0.0.1:1/x?sslmode=wrong", "[::1/x"):
        monkeypatch.setenv("GRANTS_SECRET_LEDGER", f"postgresql+psycopg://u:hunter2@{address}")
        source = {"secret": "ledger", "query": "select 1 as spent"}
        with pytest.raises(SourceFailed) as told:
            take(tmp_path, source, column="spent")
        assert "hunter2" not in str(told.value)
    assert "HTTP Request: GET" in caplog.text
    assert "hunter2" not in caplog.text


def test_query_is_one_statement() -> None:
    source = {"secret": "ledger", "query": "select 1 as spent;"}
    assert SourceRule.model_validate(source).query == "select 1 as spent;"
    with pytest.raises(ValueError, match="'query' is one SELECT: take the ';' out"):
        SourceRule.model_validate(source | {"query": "select 1; commit; delete from entries"})


@pytest.mark.parametrize(
    ("secret", "query", "says"),
    [
        (None, "select 1 as spent", "GRANTS_SECRET_LEDGER is not set"),
        ("hunter2 is no address", "select 1 as spent", "GRANTS_SECRET_LEDGER holds no address of a database"),
        ("nonsense://u:hunter2@localhost/x", "select 1 as spent", "GRANTS_SECRET_LEDGER holds no address"),
        ("postgresql+psycopg://u:hunter2@127.0.0.1:1/x", "select 1 as spent", "the database did not answer"),
        (
            "sqlite:///{tmp}/other.db",
            "select lost as spent",
            "the database refused the query (OperationalError)",
        ),
        ("sqlite:///{tmp}/other.db", "select 1 as earned", "gives no column 'spent'; it gives earned"),
    ],
)
def test_database_that_cannot_be_asked_is_told_without_its_secret(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    secret: str | None,
    query: str,
    says: str,
) -> None:
    (tmp_path / "other.db").touch()
    if secret is not None:
        monkeypatch.setenv("GRANTS_SECRET_LEDGER", secret.replace("{tmp}", str(tmp_path)))
    with pytest.raises(BadInput) as told:
        take(tmp_path, {"secret": "ledger", "query": query}, column="spent")
    assert says in str(told.value)
    assert "hunter2" not in str(told.value) + caplog.text
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("answer", "says", "asked"),
    [
        ((404, b""), "the service answered 404", 1),
        ((401, b""), "the service answered 401", 1),
        ((302, b""), "the service answered 302", 1),
        ((500, b""), "the service answered 500", 2),
        ((429, b""), "the service answered 429", 2),
        ((200, b" " * 5_000_001), "too large", 1),
        ((200, b'{"persons": NaN}'), "the service's answer is not JSON", 1),
        ((200, b'{"persons": ' + b"9" * 5_000 + b"}"), "the service's answer is not JSON", 1),
        ((200, b"<html>"), "the service's answer is not JSON", 1),
        ((200, b"[" * 100_000), "the service's answer is not JSON", 1),
        ((200, b'{"persons": [14]}'), "'persons' of the service's answer is not one value", 1),
        ((200, b'{"people": 14}'), "the service's answer has no 'persons'", 1),
    ],
)
def test_answer_that_gives_no_figure_is_told_and_asked_again_only_where_that_helps(
    tmp_path: Path, answer: tuple[int, bytes], says: str, asked: int
) -> None:
    seen: list[tuple[str, str]] = []
    with a_service([answer, answer], seen) as base, pytest.raises(SourceFailed) as told:
        take(tmp_path, {"url": base + "/g"}, column="persons")
    assert says in str(told.value)
    assert len(seen) == asked


def test_answer_that_drips_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT_SECONDS", 0.3)
    drip = [(200, b" " * 600)] * 2
    with a_service(drip, [], drips=0.05) as base, pytest.raises(SourceFailed, match="too slow"):
        take(tmp_path, {"url": base + "/g"}, column="persons")


def test_head_of_an_answer_that_drips_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT_SECONDS", 0.3)

    to_its_end: list[socket.socket] = []

    def drip(listener: socket.socket) -> None:
        for _ in range(2):
            line, _ = listener.accept()
            with line, suppress(OSError):
                line.sendall(b"HTTP/1.1 200 OK\r\n")
                for number in range(600):  # never so slow that one byte is waited for in vain
                    line.sendall(f"X-{number}: 1\r\n".encode())
                    pause(0.05)
                to_its_end.append(line)

    monkeypatch.setenv("GRANTS_SOURCE_HOSTS", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/g"
        with pytest.raises(SourceFailed, match="too slow"):
            take(tmp_path, {"url": url}, column="persons")
        thread.join()
    # It hung up on both, long before the thirty seconds that the heads would have taken.
    assert to_its_end == []


@contextmanager
def a_service(
    answers: list[tuple[int, bytes]], seen: list[tuple[str, str]], drips: float = 0.0
) -> Iterator[str]:
    """Serve the answers in turn on loopback, a byte at a time with pauses if asked, and note each path and token."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.path, self.headers.get("Authorization", "")))
            code, body = answers.pop(0)
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):  # who asked may have gone
                for at in range(0, len(body), 1 if drips else len(body)):
                    self.wfile.write(body[at:] if not drips else body[at : at + 1])
                    pause(drips)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("GRANTS_SOURCE_HOSTS", "127.0.0.1")
            yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_service_is_asked_again_with_its_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTS_SECRET_STATISTICS", "token-of-the-service")
    seen: list[tuple[str, str]] = []
    good = json.dumps({"data": [{"persons": 14}]}).encode()
    answers = [(503, b""), (200, good), (200, b"<html>"), (200, good), (302, b""), (302, b"")]
    with a_service(answers, seen) as base:
        source = {"url": base + "/g/{reference}?from={period_start}", "secret": "statistics"}
        assert take(tmp_path, source, column="data.0.persons") == 14
        assert seen == [("/g/REF-1?from=2010-01-01", "Bearer token-of-the-service")] * 2
        with pytest.raises(SourceFailed, match="is not JSON"):
            take(tmp_path, source, column="data.0.persons")
        with pytest.raises(SourceFailed, match=r"has no 'data\.1\.persons'"):
            take(tmp_path, source, column="data.1.persons")
        with pytest.raises(SourceFailed, match="the service answered 302"):
            take(tmp_path, source, column="data.0.persons")


def names_lead_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every name lead to the addresses, one more at each look; return the names that were looked up."""
    looked_up: list[str] = []

    def look_up(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        looked_up.append(host)
        address = addresses[min(len(looked_up), len(addresses)) - 1]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return looked_up


@pytest.mark.parametrize(
    "address",
    [
        *("10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "127.0.0.1", "0.0.0.0"),  # noqa: S104
        *("::1", "::", "::ffff:10.1.2.3", "::ffff:127.0.0.1", "fe80::1", "fd00::1", "224.0.0.1", "ff02::1"),
        *(
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::808:808",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "::127.0.0.1",
        ),
    ],
)
def test_listed_name_that_leads_to_an_inner_network_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("GRANTS_SOURCE_HOSTS", "other.example.org, Statistics.example.org")
    names_lead_to(monkeypatch, address)
    source = {"url": "https://statistics.example.org/g"}
    with pytest.raises(SourceFailed) as told:
        take(tmp_path, source, column="persons")
    assert told.value.detail == (
        f"ledger: 'statistics.example.org' leads to {address}, which no source may ask: see GRANTS_SOURCE_HOSTS"
    )
    with pytest.raises(
        SourceFailed, match=r"ledger: GRANTS_SOURCE_HOSTS does not list 'evil\.example\.org'$"
    ):
        take(tmp_path, {"url": "https://evil.example.org/g"}, column="persons")


def test_address_that_was_checked_is_the_one_that_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads to another place a moment later takes neither the question nor its token there."""
    monkeypatch.setenv("GRANTS_SECRET_STATISTICS", "token-of-the-service")
    seen: list[tuple[str, str]] = []
    good = json.dumps({"persons": 14}).encode()
    with a_service([(200, good)], seen) as base:
        monkeypatch.setenv("GRANTS_SOURCE_HOSTS", "localhost, 127.0.0.0/8")
        looked_up = names_lead_to(monkeypatch, "127.0.0.1", "127.0.0.9")
        url = base.replace("127.0.0.1", "localhost") + "/g"
        assert take(tmp_path, {"url": url, "secret": "statistics"}, column="persons") == 14
        assert looked_up == ["localhost"]
    assert seen == [("/g", "Bearer token-of-the-service")]


@pytest.mark.parametrize("own", ["GRANTS_PORTAL_URL", "PREFECT_API_URL", "GRANTS_SMTP_PORT"])
def test_our_own_port_is_asked_by_no_source_even_where_it_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str
) -> None:
    seen: list[tuple[str, str]] = []
    with a_service([], seen) as base:
        monkeypatch.setenv(own, base.rpartition(":")[2] if own.endswith("PORT") else base)
        with pytest.raises(SourceFailed, match=r"leads to 127\.0\.0\.1, which no source may ask"):
            take(tmp_path, {"url": f"{base}/metrics"}, column="persons")
    assert seen == []


def test_service_that_is_down_is_left_alone_after_three_grants(tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []
    good = json.dumps({"persons": 1}).encode()
    with a_service([(503, b"")] * 2 + [(200, good)] + [(503, b"")] * 6, seen) as base:
        reader = SourceReader(tmp_path, pauses=(0.0,))
        source = SourceRule.model_validate({"url": base + "/g/{reference}"})
        rule = an_origin(source="statistics", column="persons")

        def asked(number: int) -> object:
            try:
                taken = reader.take(
                    "statistics", source, rule, SourcePeriod(f"REF-{number}", "", "", None, None)
                )
            except SourceFailed:
                return None
            return taken.value if taken else None

        assert [asked(number) for number in range(9)] == [None, 1, *[None] * 7]
        assert len(seen) == 2 + 1 + 3 * 2
        reader.close()


# Through a morning: what the round gathers, writes down and tells, and what an answer then meets.

FROM_LEDGER = 'from: sum of Belopp in ledger by Konto where Projekt is "{funder_reference}"\n'
SOURCED = f"""\
programme: sourced-funds
extends: development-funds-2009-office
sources:
  ledger: {{file: "ledger-*.xlsx", period_column: Datum, contact: ledger@example.org}}
steps:
  follow-up:
    questions:
      spent:
        {FROM_LEDGER}\
      persons_under_18:
        checks:
          at most reports_to_social_services: {{sv: Fler personer än anmälningar., en: More persons than reports.}}
"""
MORNING = date(2010, 4, 16)  # a rung of the first quarter's follow-up


@pytest.fixture
def sourced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A grant whose programme takes the spending from a ledger, decided and in its first quarter."""
    engine = a_sourced_grant(tmp_path, monkeypatch, SOURCED)
    yield engine
    engine.dispose()


def a_sourced_grant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programme: str) -> Engine:
    """Return a database with a grant of that programme, decided and in its first quarter."""
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "figures").mkdir(parents=True)
    folder = tmp_path / "programmes"
    folder.mkdir()
    for extended in (
        PROGRAMMES / "development-funds-2009.yaml",
        PLAIN / "development-funds-2009-office.yaml",
    ):
        shutil.copy(extended, folder)
    (folder / "sourced-funds.yaml").write_text(programme, encoding="utf-8")
    engine = a_database(tmp_path)

    def open_and_decide() -> None:
        entry = an_entry(programme="sourced-funds", funder_reference="701-22")
        content = ImportFile.model_validate(
            {"organisations": ORGANISATIONS, "people": a_staff(), "grants": [entry]}
        )
        import_file(engine, content, ProgrammeRegistry(folder), today=OPENED_ON, now=at(OPENED_ON))
        decide(engine)

    remembered(engine, f"sourced {hashlib.sha256(programme.encode()).hexdigest()}", open_and_decide)
    return engine


@contextmanager
def a_post(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """Run a mail server that the settings name."""
    with MailServer().running() as server:
        for name, value in (("HOST", "127.0.0.1"), ("PORT", str(server.port)), ("TLS", "none")):
            monkeypatch.setenv(f"GRANTS_SMTP_{name}", value)
        yield server


def figures(engine: Engine) -> list[tuple[str, str]]:
    return [(row.question, row.value) for row in rows(engine, Figure)]


def alarms() -> list[str]:
    return [alarm.about for alarm in filed_alarms(load_settings())]


def test_round_gathers_from_the_ledger_before_its_letters(sourced: Engine, tmp_path: Path) -> None:
    an_office_ledger(tmp_path / "home" / "figures" / "ledger-1.xlsx")
    assert do_round(dry_run(sourced), MORNING).gathered == 1
    assert figures(sourced) == []
    counts = do_round(sourced, MORNING)
    assert (counts.gathered, counts.failed, counts.reminded) == (1, 0, 1)
    assert figures(sourced) == [("spent", "120000.00")]
    (event,) = [row for row in rows(sourced, JournalEvent) if row.event == "figures_gathered"]
    assert event.detail["questions"] == ["spent"]
    ledger = (tmp_path / "home" / "figures" / "ledger-1.xlsx").read_bytes()
    assert event.detail["sources"][0][1] == hashlib.sha256(ledger).hexdigest()
    assert do_round(sourced, MORNING).gathered == 0
    # What a person answers wins, and the figure stays beside it.
    given = {key: value for key, value in FIGURES.items() if key != "spent"}
    answer(sourced, "follow-up-2010-q1", MORNING, data=given)
    assert [row.data["spent"] for row in rows(sourced, Answer)] == ["120000.00"]


def test_thousands_of_a_column_are_gathered_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = SOURCED.replace("Belopp in", '"Belopp (tkr)" in').replace("xlsx", "csv")
    engine = a_sourced_grant(tmp_path, monkeypatch, text)
    rows_ = ["Datum;Projekt;Konto;Belopp (tkr)", "Kv 1 2010;701-22;5010;117,5255", "2010-Q1;701-22;5800;2"]
    (tmp_path / "home" / "figures" / "ledger-1.csv").write_text("\n".join(rows_), encoding="utf-8")
    do_round(engine, MORNING)
    assert figures(engine) == [("spent", "119525.5")]
    (figure,) = rows(engine, Figure)
    assert figure.accounts == {"5010": "117525.5", "5800": "2000"}
    engine.dispose()


def test_round_reads_a_file_once_whichever_phase_asks(sourced: Engine, tmp_path: Path) -> None:
    path = tmp_path / "home" / "figures" / "ledger-1.xlsx"
    an_office_ledger(path)

    def gathered() -> int:
        return gather_from_sources(sourced, DueToGather(Phase.FOLLOW_UP, MORNING), at(MORNING)).figures

    with sharing_sources():
        assert gathered() == 1
        book = Workbook()
        book.save(path)  # while the round goes on
        assert gathered() == 0
    assert gather_from_sources(sourced, DueToGather(Phase.FOLLOW_UP, MORNING), at(MORNING)).failed == 1


def test_what_is_kept_of_large_files_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_reading, "_MOST_KEPT", 4)
    for number in range(6):
        (tmp_path / f"R-{number}.csv").write_text("Antal;B\n" + f"{number};\n" * 2_000)
    reader, rule = (
        SourceReader(tmp_path),
        SourceRule.model_validate({"file": "{reference}.csv"}),
    )
    last = an_origin(source="own", column="Antal", rows="last")
    for number in range(6):
        taken = reader.take("own", rule, last, SourcePeriod(f"R-{number}", "", "", None, None))
        assert taken is not None
        assert taken.value == str(number)
        assert len(reader._read) <= 4


BUDGET = [
    {"reference": "REF-1", "account": "5010", "title": "Löner", "period": "2010-Q1", "amount": 100_000},
    {"reference": "REF-1", "account": "5010", "title": "Löner", "period": "2010-Q2", "amount": 300_000},
    {"reference": "REF-1", "account": "5090", "amount": 100_000},
]


def sentences_on(language: str, spending: Sequence[AccountSpending]) -> list[str]:
    """Return a sentence an account, as a card has it."""
    words = words_module(language, "money")
    return [str(words.spending(one, has_budget(spending))) for one in spending]


def test_ledger_is_held_against_the_budget_by_account(sourced: Engine, tmp_path: Path) -> None:
    an_office_ledger(tmp_path / "home" / "figures" / "ledger-1.xlsx")
    bring_in(sourced, OPENED_ON, budgets=BUDGET)
    do_round(sourced, MORNING)
    (figure,) = rows(sourced, Figure)
    assert (figure.accounts, figure.period) == ({"5010": "117500.00", "5800": "2500.00"}, "2010-Q1")
    with reading(sourced) as connection:
        records = read_records(connection, {1})
        found = spending_on(records[1], records.steps_by_id[figure.step_id])
    said = [" ".join(one.split()) for one in sentences_on("sv", found)]
    assert said == [
        "Löner (5010): 117 500 kr av 100 000 kr, 17 500 kr för mycket.",
        "5090: 0 kr; hittills 0 kr av 100 000 kr.",
        "5800: 2 500 kr, som inte finns i budgeten.",
    ]


def tables_of(engine: Engine, wanted: Wanted, on: date) -> list[list[str]]:
    """Return the rows of all the tables of a document as Word shows them, with plain spaces."""
    word = Document(BytesIO(make_paper(engine, "REF-1", wanted, on).content))
    return [
        [" ".join(cell.text.split()) for cell in row.cells] for table in word.tables for row in table.rows
    ]


def test_documents_show_what_was_spent_of_the_budget_by_account(sourced: Engine, tmp_path: Path) -> None:
    an_office_ledger(tmp_path / "home" / "figures" / "ledger-1.xlsx")
    bring_in(sourced, OPENED_ON, budgets=BUDGET)
    do_round(sourced, MORNING)
    given = {key: value for key, value in FIGURES.items() if key != "spent"}
    answer(sourced, "follow-up-2010-q1", MORNING, data={**given, "spent": "110 000"})
    do_round(sourced, date(2010, 7, 16))
    accounts = [
        ["Löner (5010)", "400 000 kr", "117 507 kr", "282 493 kr", "29,4 %"],
        ["5090", "100 000 kr", "0 kr", "100 000 kr", "0 %"],
        ["5800, inte i budgeten", "–", "2 500 kr", "–", "–"],
        ["Alla konton", "500 000 kr", "120 007 kr", "379 993 kr", "24 %"],
        ["Bidraget", "500 000 kr", "110 007 kr", "389 993 kr", "22 %"],  # as a person answered it
    ]
    for wanted in (Wanted("final-report"), Wanted("claim", instalment=1)):
        shown = tables_of(sourced, wanted, MORNING)
        first = shown.index(accounts[0])
        assert shown[first : first + 5] == accounts
    follow_up = tables_of(sourced, Wanted("follow-up", step="follow-up-2010-q1"), MORNING)
    last = follow_up.index(["Löner (5010)", "400 000 kr", "117 500 kr", "117 500 kr", "282 500 kr", "29,4 %"])
    assert follow_up[last : last + 5] == [
        ["Löner (5010)", "400 000 kr", "117 500 kr", "117 500 kr", "282 500 kr", "29,4 %"],
        ["5090", "100 000 kr", "0 kr", "0 kr", "100 000 kr", "0 %"],
        ["5800, inte i budgeten", "–", "2 500 kr", "2 500 kr", "–", "–"],
        ["Alla konton", "500 000 kr", "120 000 kr", "120 000 kr", "380 000 kr", "24 %"],
        ["Bidraget, hittills", "500 000 kr", "110 000 kr", "110 000 kr", "390 000 kr", "22 %"],
    ]


def test_step_about_all_of_the_time_does_not_count_its_quarters_twice(
    sourced: Engine, tmp_path: Path
) -> None:
    an_office_ledger(tmp_path / "home" / "figures" / "ledger-1.xlsx")
    do_round(sourced, MORNING)
    (figure,) = rows(sourced, Figure)
    with transaction(sourced) as connection:
        whole = connection.execute(
            select(STEP.c.id).where(STEP.c.period.is_(None), STEP.c.key == "close")
        ).scalar_one()
        values = {**figure._mapping, "id": figure.id + 1, "step_id": whole, "accounts": {"5010": "130000"}}
        connection.execute(insert(table_of(Figure)).values(values))
        records = read_records(connection, {1})
        (one,) = spending_on(records[1], records.steps_by_id[whole])
    assert (one.spent_minor, one.so_far_minor) == (13_000_000, 13_000_000)


LEDGER_FAILED = "Källan ledger i sourced-funds gav inga siffror"


def test_source_that_fails_is_told_once_to_who_can_mend_it_alone_and_stops_nobody(
    sourced: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine in (dry_run(sourced), rehearsal(sourced)):
        gather_from_sources(engine, DueToGather(Phase.FOLLOW_UP, MORNING), at(MORNING))
        assert alarms() == []  # of what is only tried or played nobody is told
    with a_post(monkeypatch) as server:
        counts = do_round(sourced, MORNING)
        assert (counts.gathered, counts.failed, counts.reminded) == (0, 1, 1)
        assert counts.silence == "; 1 without figures from ledger of sourced-funds"
        assert alarms() == [LEDGER_FAILED]
        do_round(sourced, date(2010, 4, 23))
        assert alarms() == [LEDGER_FAILED]
        server.when(lambda: bool(server.accepted))
    (letter,) = server.accepted
    text = message_from_bytes(letter.content, policy=policy.default)
    assert text["To"] == "ledger@example.org"  # nobody else is named
    assert text["Subject"] == "Grantline: Källan ledger i sourced-funds gav inga siffror"
    # And no word of the command line, which who keeps the ledger has not.
    assert (
        str(text.get_content()).replace("\r\n", "\n")
        == """Källan ledger i sourced-funds gav inga siffror

- det finns ingen fil ”ledger-*.xlsx” i figures; saknas för REF-1 follow-up-2010-q1

Den frågas igen varje arbetsdags morgon. Ingen annan väntar på den.
"""
    )


def test_source_is_asked_again_every_working_morning(sourced: Engine, tmp_path: Path) -> None:
    """What comes, or is mended, after the letter is there the next morning, not at the next reminder."""
    day = [MORNING, date(2010, 4, 19), date(2010, 4, 20), date(2010, 4, 21)]
    assert do_round(sourced, day[0]).silence
    an_office_ledger(tmp_path / "home" / "figures" / "ledger-1.xlsx")
    counts = do_round(sourced, day[1])
    assert (counts.gathered > 0, counts.reminded, counts.silence) == (True, 0, "")
    assert do_round(sourced, day[2]).gathered == 0  # nothing is new
    with transaction(sourced) as connection:
        asked = STEP.c.gather_on.is_not(None)
        ids = connection.execute(select(STEP.c.id).where(asked)).scalars().all()
        assert len(ids) == 1
        connection.execute(update(STEP).where(asked).values(status=StepStatus.SKIPPED))
    do_round(sourced, day[3])
    with reading(sourced) as connection:
        assert connection.execute(select(STEP.c.id).where(asked)).scalars().all() == []


def test_source_that_fails_again_after_it_was_mended_is_told_again(
    sourced: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "home" / "figures" / "ledger-1.xlsx"
    with a_post(monkeypatch) as server:
        do_round(sourced, MORNING)
        an_office_ledger(path)
        do_round(sourced, date(2010, 4, 23))
        assert alarms() == []
        path.unlink()
        do_round(sourced, date(2010, 4, 29))
        do_round(sourced, date(2010, 4, 30))
        server.when(lambda: bool(server.accepted))
        assert alarms() == [LEDGER_FAILED]
    assert len(server.accepted) == 2


def test_file_that_lacks_one_grant_is_not_told_of_each_morning(
    sourced: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the source gives to others mends nothing for the grant that lacks it; another fault is told at once."""
    entry = an_entry("REF-2", programme="sourced-funds", funder_reference="702-22")
    registry = ProgrammeRegistry(tmp_path / "programmes")
    content = ImportFile.model_validate({"grants": [entry]})
    import_file(sourced, content, registry, today=OPENED_ON, now=at(OPENED_ON))
    decide(sourced, reference="REF-2")
    lines = ["Datum;Projekt;Konto;Belopp", "2010-01-15;701-22;5010;7", "2010-01-15;702-22;5010;sju"]
    path = tmp_path / "home" / "figures" / "ledger-1.xlsx"
    a_book(Utfall=[line.split(";") for line in lines]).save(path)
    with a_post(monkeypatch) as server:
        for day in (MORNING, date(2010, 4, 23), date(2010, 4, 29)):
            do_round(sourced, day)
        (alarm,) = filed_alarms(load_settings())
        assert alarm.on == MORNING
        said = "- ledger-1.xlsx: Utfall!D3: ”sju” är inget tal; saknas för REF-2 follow-up-2010-q1\n"
        assert said in alarm.path.read_text(encoding="utf-8")
        lines[1:] = ["2010-01-15;701-22;5010;åtta", "2010-01-15;702-22;5010;sju"]
        a_book(Utfall=[line.split(";") for line in lines]).save(path)
        do_round(sourced, date(2010, 4, 30))
        newest, _ = filed_alarms(load_settings())
        assert "”åtta” är inget tal; saknas för REF-1 follow-up-2010-q1\n" in newest.path.read_text(
            encoding="utf-8"
        )
        assert "sju" not in newest.path.read_text(encoding="utf-8")
        server.when(lambda: len(server.accepted) == 2)


def test_gathered_text_with_a_personal_number_is_told_as_a_fault_and_kept_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = 'last of Text in ledger where Projekt is "{funder_reference}"'
    own = SOURCED + f"      activities: {{kind: text, from: '{asked}'}}\n"
    engine = a_sourced_grant(tmp_path, monkeypatch, own)
    path = tmp_path / "home" / "figures" / "ledger-1.xlsx"
    heading = ["Datum", "Projekt", "Konto", "Belopp", "Text"]
    row = ["2010-01-15", "701-22", "5010", "7"]
    a_book(Utfall=[heading, [*row, f"Barnet, {MADE_UP}, kom."]]).save(path)
    do_round(engine, MORNING)
    (alarm,) = filed_alarms(load_settings())
    said = alarm.path.read_text(encoding="utf-8")
    assert "Utfall!E2: innehåller ett personnummer: skriv utan det" in said
    assert "saknas för REF-1 follow-up-2010-q1" in said
    told = [said, caplog.text, *(str(one) for kind in (JournalEvent, Figure) for one in rows(engine, kind))]
    assert not any(map(tells_number, told))
    assert figures(engine) == [("spent", "7")]
    a_book(Utfall=[heading, [*row, "Ett barn kom."]]).save(path)
    do_round(engine, date(2010, 4, 23))
    assert figures(engine) == [("spent", "7"), ("activities", "Ett barn kom.")]
    engine.dispose()


@pytest.mark.usefixtures("figures")
def test_figures_file_that_cannot_be_read_is_told_of(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    open_grants(engine, an_entry(figures_file="gone.csv"))
    play(engine, "first paid")
    counts = do_round(engine, MORNING)
    assert (counts.failed, counts.silence) == (1, "; 1 without figures from figures of REF-1")
    (alarm,) = filed_alarms(load_settings())
    assert alarm.about == "Källan figures i REF-1 gav inga siffror"
    assert "det finns ingen fil ”gone.csv” i figures" in alarm.path.read_text(encoding="utf-8")
    engine.dispose()


def test_final_report_begins_with_what_the_quarters_said(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "followed up")
    do_round(engine, date(2011, 1, 10))
    (text,) = [row for row in rows(engine, Figure) if row.question == "activities"]
    said = [f"Kvartal {quarter} 2010: {FIGURES['activities']}" for quarter in (1, 2, 3)]
    assert text.value == "\n\n".join(said)
    assert text.source == "follow-up.activities"
    engine.dispose()


TOTALLED = """\
programme: sourced-funds
extends: development-funds-2009-office
steps:
  final-report:
    questions:
      total_spent: {kind: money, from: answer follow-up.spent, title: {sv: Kostnader i allt, en: Spending in all}}
"""


def test_sum_of_the_periods_has_the_last_one_that_another_step_took_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = a_sourced_grant(tmp_path, monkeypatch, TOTALLED)
    acts = acts_of(engine)
    for stage in ("first claimed", "first paid", "followed up", "drafted", "committee approved"):
        acts[stage]()
    do_round(engine, date(2011, 1, 19))
    (total,) = [row for row in rows(engine, Figure) if row.question == "total_spent"]
    assert (total.value, total.source) == ("472000", "follow-up.spent")  # four quarters of 118,000
    engine.dispose()


@pytest.mark.parametrize(
    ("gather", "over_periods", "value"),
    [
        ({"answer": "follow-up.hours", "rows": "sum"}, "sum", "313.5"),
        ({"answer": "follow-up.hours", "rows": "last"}, "sum", 153),
        ({"answer": "follow-up.posts"}, "sum", "1"),  # one quarter gave it
        ({"answer": "follow-up.hours"}, "sum", "313.5"),
        ({"answer": "follow-up.hours"}, "last", 153),
        ({"answer": "follow-up.hours"}, "highest", "160.5"),
        ({"answer": "follow-up.lost"}, "sum", None),
        ({"answer": "visit.hours"}, "sum", None),
    ],
)
def test_earlier_answers_come_to_one_figure(
    gather: dict[str, Any], over_periods: OverPeriods, value: object
) -> None:
    quarters: list[dict[str, object]] = [
        {"hours": "160.5", "posts": "", "done": "få"},
        {"hours": 153, "posts": 1, "done": "2"},
    ]
    earlier = [Earlier("follow-up", at, f"2010-Q{at}", data) for at, data in enumerate(quarters, start=1)]
    taken = as_one(an_origin(**gather), earlier, over_periods)
    assert (taken and taken.value) == value
    with pytest.raises(BadInput, match="there are several answers"):
        as_one(an_origin(answer="follow-up.hours"), earlier, "none")
    with pytest.raises(BadInput, match="an answer in words has no sum"):
        as_one(an_origin(answer="follow-up.done", rows="sum"), earlier, "sum")


def test_answer_that_fails_a_check_wants_a_reason_and_keeps_it(sourced: Engine) -> None:
    given = {**FIGURES, "reports_to_social_services": 1}
    with pytest.raises(AnswerRefused, match=r"More persons than reports.*'persons_under_18\.why'"):
        answer(sourced, "follow-up-2010-q1", MORNING, data=given)
    why = "En person har anmälts två gånger."
    said = {"persons_under_18.why": why, "reports_to_social_services.why": why}
    answer(sourced, "follow-up-2010-q1", MORNING, data=given | said)
    assert [row.data["persons_under_18.why"] for row in rows(sourced, Answer)] == [why]


PURPOSE = SOURCED.replace(
    FROM_LEDGER,
    f"""{FROM_LEDGER}\
        checks:
          lines at most 10 % over budget:
            {{sv: Utanför det som bidraget är till för., en: Outside what the grant is for.}}
""",
)
OFF_THE_BUDGET = (
    "'spent': Outside what the grant is for (Löner (5010): 117 500 SEK so far, of 100 000 SEK in the budget;"
    " 5800: 2 500 SEK so far, not in the budget): correct the books or the budget"
)
LINES = [
    {"reference": "REF-1", "account": "5010", "title": "Löner", "period": "2010-Q1", "amount": 60_000},
    {"reference": "REF-1", "account": "5010", "title": "Löner", "period": "2010-Q2", "amount": 40_000},
]


def refusal(engine: Engine, **given: object) -> str:
    """Return what the first quarter's answer is refused with, if it is."""
    data = {key: value for key, value in FIGURES.items() if key != "spent"} | given
    try:
        answer(engine, "follow-up-2010-q1", MORNING, data=data)
    except AnswerRefused as refused:
        return str(refused).removeprefix("The answer was not accepted: ")
    return ""


@pytest.mark.parametrize("level", ["warn", "block"])
def test_spending_outside_the_budget_is_asked_about_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    refused = " or refuse" if level == "block" else ""
    engine = a_sourced_grant(tmp_path, monkeypatch, PURPOSE.replace("over budget", f"over budget{refused}"))
    an_office_ledger(tmp_path / "home" / "figures" / "ledger-1.xlsx")
    bring_in(engine, OPENED_ON, budgets=LINES)
    do_round(engine, MORNING)
    said = OFF_THE_BUDGET + (", or say why ('spent.why')" if level == "warn" else "")
    assert refusal(engine) == said
    # Another total says nothing else of the accounts.
    assert refusal(engine, spent="90 000") == said
    assert refusal(engine, spent="90 000", **{"spent.why": "Medgivet 2010-03-01."}) == (
        "" if level == "warn" else said
    )
    if level == "block":
        # What the funder let be moved, up to a tenth above it.
        more = {"reference": "REF-1", "account": "5800", "amount": "2 272,72"}
        bring_in(engine, OPENED_ON, budgets=[LINES[0] | {"amount": 66_820}, more])
        assert "5800: 2 500 SEK so far, of 2 272.72 SEK in the budget)" in refusal(engine)
        bring_in(engine, OPENED_ON, budgets=[more | {"amount": "2 272,73"}])
        assert refusal(engine) == ""
    engine.dispose()


def test_reason_for_a_check_stands_in_the_reports_and_not_in_the_memo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = a_sourced_grant(tmp_path, monkeypatch, PURPOSE)
    an_office_ledger(tmp_path / "home" / "figures" / "ledger-1.xlsx")
    bring_in(engine, OPENED_ON, budgets=LINES)
    do_round(engine, MORNING)
    why = {
        "spent.why": "Länsstyrelsen medgav flytten 2010-03-01.",
        "persons_under_18.why": "En anmäldes två gånger.",
        "reports_to_social_services.why": "Två anmäldes tillsammans.",
    }
    assert refusal(engine, reports_to_social_services=1, **why) == ""
    for kind in ("final-report", "memo", "follow-up"):
        step = "follow-up-2010-q1" if kind == "follow-up" else None
        printed = words_of_paper(make_paper(engine, "REF-1", Wanted(kind, step=step), MORNING))
        times = 0 if kind == "memo" else 1  # a memo has totals, and what is to be known of them
        assert [(kind, one) for one in why.values() if printed.count(one) != times] == []
    engine.dispose()


def test_terminal_says_that_a_figure_which_is_not_answered_is_still_to_come(sourced: Engine) -> None:
    given = {key: value for key, value in FIGURES.items() if key not in ("spent", "activities")}
    says = (
        r"'spent' is not answered \(Spending in the period; the next round gathers it\);"
        r" 'activities' is not answered \(What was done\)$"
    )
    with pytest.raises(AnswerUnreadable, match=says):
        answer(sourced, "follow-up-2010-q1", MORNING, data=given)


@pytest.mark.parametrize(
    ("sources", "source", "says"),
    [
        ({}, "ledger-1.xlsx", "ledger-1.xlsx"),
        ({"ledger": "ledger-*.xlsx"}, "ledger-1.xlsx", "bokföringen"),
        ({"ledger": "2010/ledger-{period}.xlsx"}, "ledger-2010-Q1.xlsx", "bokföringen"),
        ({"ledger": "ledger-*.xlsx"}, "ledger", "bokföringen"),
        ({"ledger": "ledger-*.xlsx"}, "other.xlsx", "other.xlsx"),
        ({"ledger": "book.xlsx", "register": "book.xlsx"}, "book.xlsx", "book.xlsx"),
    ],
)
def test_source_is_named_by_its_title(sources: dict[str, str], source: str, says: str) -> None:
    titles = {"ledger": "bokföringen", "register": "registret"}
    kept = {key: {"file": files, "title": {"sv": titles[key], "en": key}} for key, files in sources.items()}
    programme = Programme.model_validate(a_programme(sources=kept))
    assert word_source(translator("sv"), source, programme) == says


def test_final_figures_are_held_against_the_quarters_and_go_on_from_them(sqlite: Engine) -> None:
    open_grants(sqlite)
    play(sqlite, "followed up")
    draft, on = "draft", date(2011, 1, 10)
    with pytest.raises(AnswerRefused, match=r"more than the grant.*554000 is above 500000"):
        answer(sqlite, draft, on, data={**FIGURES, "spent": 200_000})
    with pytest.raises(AnswerRefused, match="far from that of the period before"):
        answer(sqlite, draft, on, data={**FIGURES, "spent": 400_000})
    with pytest.raises(AnswerRefused, match=r"not the sum of the quarters.*400000 against 472000"):
        answer(sqlite, draft, on, data={**FIGURES, "reported_spending": 400_000})
    answer(sqlite, draft, on, data={**FIGURES, "reported_spending": 472_000})


def test_report_shows_what_periods_come_to_and_adds_no_stock(tmp_path: Path) -> None:
    plan = plan_of_reference()
    asked = {one["key"]: one for one in steps_of(plan)["follow-up"]["questions"]}
    for key, how in (("persons_under_18", "last"), ("persons_under_20", "none"), ("spent", "highest")):
        asked[key]["over_periods"] = how
    # Spending that is the highest so far adds up to nothing: its check of the award goes.
    del asked["spent"]["checks"]
    # Persons who are the last or none add up to no reports.
    for step in steps_of(plan).values():
        for question in step.get("questions", ()):
            if question["key"] == "reports_to_social_services":
                question.pop("checks", None)
    own = tmp_path / "stock.yaml"
    write_plan(own, plan)
    engine = a_database(tmp_path)
    open_grants(engine, an_entry(programme=str(own)))
    play(engine, "first paid")
    for quarter, (count, spent) in enumerate(((7, 90), (9, 100), (8, 95)), start=1):
        data = {**FIGURES, "persons_under_18": count, "spent": spent}
        answer(engine, f"follow-up-2010-q{quarter}", date(2010, 3 * quarter + 1, 26), data=data)
    with reading(engine) as connection, Session(connection) as session:
        grant = session.get_one(Grant, 1)
        work = load_grant(session, grant, date(2010, 11, 1))
        figures = make_figures(translator("en"), load_reports(work))
    assert {row.key: " ".join(row.total.split()) for row in figures.rows} == {
        "reports_to_social_services": "9",
        "persons_under_18": "8 (latest)",
        "persons_under_20": "–",
        "spent": "100 SEK (highest)",
    }
    assert figures.spent is not None
    assert figures.spent.minor == 10_000
    engine.dispose()
