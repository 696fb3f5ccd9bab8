"""What is told of a source that gives no figures: in whole sentences of one language, to who can mend it, and when."""

from __future__ import annotations

import ast
import errno
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from models.errors import BadInput, Unreadable
from models.message import Common, Message
from models.reading.messages import Reading
from tasks.files.inspection import Filed, FileFault, FileRefused, why_unread
from tasks.settings import load_settings
from tasks.sources.alarms import SourceName, SourcesAsked, tell_of_sources
from tasks.sources.failed import SecretWrong, Sourced
from tasks.watch.alarms import filed_alarms
from tasks.words.reasons import word_reason
from tasks.words.translator import translator
from tests.grant_scenes import FIGURES, answer, at, do_round
from tests.kept_files import a_book, saved
from tests.source_tree import ROOT, tree
from tests.tasks.sources.test_gathering import (
    FROM_LEDGER,
    MORNING,
    SOURCED,
    a_post,
    a_service,
    a_sourced_grant,
    an_office_ledger,
)
from tests.tasks.words.test_words import translated

HEAD = ["Datum", "Projekt", "Konto", "Belopp"]
REASONS: tuple[type[Message], ...] = (Reading, Filed, Sourced)
LEDGER = SourceName("ledger", "sourced-funds")


def a_ledger(*rows: list[object], head: list[str] = HEAD) -> bytes:
    return saved(a_book(Utfall=[head, *rows]))


def a_row(day: object = "2010-01-15", amount: object = 7) -> list[object]:
    return [day, "701-22", 5010, amount]


def a_reckoned_error() -> bytes:
    return saved(a_book(Utfall=[HEAD, a_row(amount="=1/0")]), ("D2", "e", "#DIV/0!"))


XLSX: dict[str, tuple[bytes | None, str]] = {
    "no file": (None, "det finns ingen fil ”ledger-*.xlsx” i figures"),
    "empty": (b"", "ledger-1.xlsx: den är tom"),
    "cut off": (a_ledger(a_row())[:-30], "ledger-1.xlsx: den är skadad"),
    "another kind": (
        b"Datum;Belopp\n",
        "ledger-1.xlsx: innehållet är inte vad namnet säger",
    ),
    "with a password": (
        b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
        "ledger-1.xlsx: den är låst med lösenord",
    ),
    "too large": (bytes(20_000_001), "ledger-1.xlsx är större än 20 MB"),
    "no column": (
        a_ledger(head=["Datum", "Projekt", "Konto", "Belop"]),
        "ledger-1.xlsx har ingen kolumn ”Belopp”. Menades ”Belop”?",
    ),
    "nothing in it": (saved(a_book(Utfall=[])), "ledger-1.xlsx har ingen kolumn ”Projekt”"),
    "a column twice": (a_ledger(head=[*HEAD, "Belopp"]), "ledger-1.xlsx: kolumnen ”Belopp” står två gånger"),
    "an error": (
        a_reckoned_error(),
        "ledger-1.xlsx: i Utfall!D2 står felet ”#DIV/0!”: rätta formeln och spara filen",
    ),
    "a formula": (
        a_ledger(a_row(amount="=1+1")),
        "ledger-1.xlsx: i Utfall!D2 står en formel vars värde aldrig har sparats: öppna och spara filen",
    ),
    "no number": (a_ledger(a_row(amount="sju")), "ledger-1.xlsx: Utfall!D2: ”sju” är inget tal"),
    "a percent": (
        a_ledger(a_row(amount="7 %")),
        "ledger-1.xlsx: Utfall!D2: ”7 %” är inget tal",
    ),
    "too many decimals": (
        a_ledger(a_row(amount="7,12345")),
        "ledger-1.xlsx: Utfall!D2: ”7,12345” har fler än 2 decimaler: avrunda det",
    ),
    "too much": (a_ledger(a_row(amount="9" * 20)), f"ledger-1.xlsx: Utfall!D2: ”{'9' * 20}” är för stort"),
    "less than nothing": (a_ledger(a_row(amount=-7)), "ledger-1.xlsx: Utfall!D2: ”-7” är mindre än noll"),
    "no day": (
        a_ledger(a_row(day="2010-02-30")),
        (
            "ledger-1.xlsx: Utfall!A2: ”2010-02-30” är varken en period eller en dag: skriv det som 2010-Q1, 2010-03"
            " eller 2010-03-31"
        ),
    ),
    "two days": (
        a_ledger(a_row(day="03/04/2010")),
        "ledger-1.xlsx: Utfall!A2: ”03/04/2010” kan läsas på två sätt: skriv 2010-04-03 eller 2010-03-04",
    ),
}


def lines_told(home: Path) -> list[str]:
    """Return the lines of all alarms on file that say what is wrong."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((home / "alarms").glob("*.txt"))]
    return [line for text in texts for line in text.splitlines() if line.startswith("- ")]


def told(said: str) -> list[str]:
    return [f"- {said}; saknas för REF-1 follow-up-2010-q1"]


@pytest.mark.parametrize("trouble", XLSX)
def test_file_is_told_of_in_swedish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    content, said = XLSX[trouble]
    engine = a_sourced_grant(tmp_path, monkeypatch, SOURCED)
    if content is not None:
        (tmp_path / "home" / "figures" / "ledger-1.xlsx").write_bytes(content)
    counts = do_round(engine, MORNING)
    assert (counts.failed, counts.reminded) == (1, 1)
    assert lines_told(tmp_path / "home") == told(said)
    engine.dispose()


def with_source(source: str, origin: str) -> str:
    """Return the programme with another source for what was spent."""
    text = re.sub(r"ledger: \{.*\}", lambda _: f"ledger: {source}", SOURCED)
    return text.replace(FROM_LEDGER, f"from: {origin}\n")


CSV = with_source('{file: "ledger-*.csv", contact: ledger@example.org}', "Belopp in ledger")
CSVS: dict[str, tuple[bytes, str]] = {
    "letters of Windows": (
        "Belopp\nsjuttioåtta\n".encode("cp1252"),
        "ledger-1.csv är inte text i utf-8: spara den så, eller ange dess teckenkodning",
    ),
    "no text": (b"Belopp\n\x00\n", "ledger-1.csv är ingen text: spara den som CSV UTF-8"),
    "open quote": (
        b'Belopp\n"7\n',
        "ledger-1.csv, rad 2: ett citattecken avslutas aldrig, eller står inuti ett värde",
    ),
    "within quotes": (
        b'Belopp\n"7"8\n',
        "ledger-1.csv, rad 2: ett citattecken avslutas aldrig, eller står inuti ett värde",
    ),
    "a long value": (
        b'Belopp\n"' + b"7\n" * 70_000,
        "ledger-1.csv, rad 65538: ett citattecken avslutas aldrig, eller står inuti ett värde",
    ),
    "several rows": (
        b"Belopp\n7\n8\n",
        "ledger-1.csv: flera rader passar ”Belopp”: skriv ”sum of” eller ”where”",
    ),
}


@pytest.mark.parametrize("trouble", CSVS)
def test_table_is_told_of_in_swedish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    content, said = CSVS[trouble]
    engine = a_sourced_grant(tmp_path, monkeypatch, CSV)
    (tmp_path / "home" / "figures" / "ledger-1.csv").write_bytes(content)
    do_round(engine, MORNING)
    assert lines_told(tmp_path / "home") == told(said)
    engine.dispose()


QUERY = with_source('{secret: ledger, query: "select {}", contact: ledger@example.org}', "spent in ledger")
QUERIES: dict[str, tuple[str | None, str, str]] = {
    "no secret": (None, "a as spent from t", "GRANTS_SECRET_LEDGER är inte angiven"),
    "no address": (
        "hunter2",
        "a as spent from t",
        "ledger: GRANTS_SECRET_LEDGER är ingen adress till en databas som går att fråga (ArgumentError)",
    ),
    "no database": (
        "sqlite:///{tmp}/gone.db",
        "a as spent from t",
        "ledger: det finns ingen sådan databasfil",
    ),
    "down": (
        "postgresql+psycopg://u:hunter2@127.0.0.1:1/x",
        "a as spent from t",
        "ledger: databasen svarade inte (OperationalError)",
    ),
    "refused": (
        "sqlite:///{tmp}/other.db",
        "lost as spent from t",
        "ledger: databasen tog inte frågan (OperationalError)",
    ),
    "another column": (
        "sqlite:///{tmp}/other.db",
        "a as earned from t",
        "ledger: frågan ger ingen kolumn ”spent”; den ger earned",
    ),
    "several rows": (
        "sqlite:///{tmp}/other.db",
        "a as spent from t",
        "ledger: flera rader passar ”spent”: skriv ”sum of” eller ”where”",
    ),
    "no number": (
        "sqlite:///{tmp}/other.db",
        "max('sju') as spent from t",
        "ledger: spent: ”sju” är inget tal",
    ),
    "endless": (
        "sqlite:///{tmp}/other.db",
        "1 as spent from t, t as b, t as c, t as d, t as e, t as f, t as g, t as h, t as i, t as j",
        "ledger: frågan ger fler än 10000 rader",
    ),
}


@pytest.mark.parametrize("trouble", QUERIES)
def test_query_is_told_of_in_swedish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    secret, columns, said = QUERIES[trouble]
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.executescript("create table t (a int); insert into t values (1), (2), (3)")
    if secret is not None:
        monkeypatch.setenv("GRANTS_SECRET_LEDGER", secret.replace("{tmp}", str(tmp_path)))
    engine = a_sourced_grant(tmp_path, monkeypatch, QUERY.replace("{}", columns))
    do_round(engine, MORNING)
    assert lines_told(tmp_path / "home") == told(said)
    engine.dispose()


SERVICES: dict[str, tuple[tuple[int, bytes], str]] = {
    "not there": ((404, b""), "ledger: tjänsten svarade 404"),
    "a page": ((200, b"<html>"), "ledger: tjänstens svar är inte JSON"),
    "another key": ((200, b'{"earned": 1}'), "ledger: tjänstens svar har inget ”spent”"),
    "a list": ((200, b'{"spent": [1]}'), "ledger: ”spent” i tjänstens svar är inte ett värde"),
    "too much": ((200, b" " * 5_000_001), "ledger: tjänstens svar är för stort"),
    "no number": ((200, b'{"spent": "sju"}'), "ledger: spent: ”sju” är inget tal"),
}


@pytest.mark.parametrize("trouble", SERVICES)
def test_service_is_told_of_in_swedish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    given, said = SERVICES[trouble]
    with a_service([given], []) as base:
        programme = with_source(f'{{url: "{base}/g"}}', "spent in ledger")
        engine = a_sourced_grant(tmp_path, monkeypatch, programme)
        do_round(engine, MORNING)
    assert lines_told(tmp_path / "home") == told(said)
    engine.dispose()


@pytest.mark.parametrize(
    ("error", "sv", "en"),
    [
        pytest.param(
            BadInput(Common.AT(place="a.xlsx", why=why_unread(OSError(code, "words of the system")))),
            f"a.xlsx: {sv}",
            f"a.xlsx: {en}",
            id=errno.errorcode[code],
        )
        for code, sv, en in (
            (errno.ENOENT, "filen finns inte", "No such file or directory"),
            (errno.EACCES, "Grantline får inte läsa den", "Permission denied"),
            (errno.EISDIR, "det är en mapp", "Is a directory"),
            (errno.EIO, "systemet kan inte läsa den (EIO)", "the system cannot read it (EIO)"),
        )
    ]
    + [
        pytest.param(
            KeyError("words of the library"),
            "den kunde inte läsas (KeyError): loggen har stället",
            "it could not be read (KeyError): the log has the place",
            id="a defect of ours",
        )
    ],
)
def test_reason_of_the_system_is_said_in_both_languages(error: Exception, sv: str, en: str) -> None:
    assert (word_reason(translator("sv"), error), word_reason(translator("en"), error)) == (sv, en)


@pytest.mark.parametrize("fault", FileFault)
def test_every_fault_of_a_file_is_said_in_both_languages(fault: FileFault) -> None:
    error = FileRefused("a.xlsx", fault)
    sv, en = (word_reason(translator(language), error) for language in ("sv", "en"))
    assert words_of(sv.partition(":")[2]) & words_of(en.partition(":")[2]) <= SAME | {
        "PDF",
        "XFA",
        "Word",
        "Excel",
        "in",
    }


# By construction: what is said of a source, and to an administrator of anything else, is a sentence that both languages
# have, and its facts are data.

# What a programme file, a file's kind or the product is called in both languages.
SAME = {
    "of",
    "sum",
    "last",
    "where",
    "XLSX",
    "CSV",
    "UTF",
    "JSON",
    "MB",
    "Grantline",
    "Excel",
    "xlsx",
    "Open",
    "XML",
    "Summa",
}
# What Prefect and the terminal show so in both languages.
SAME |= {"Prefect", "grants", "doctor", "status", "deliver", "letters", "watch"}
SAME |= {"correct", "decide", "answer", "approve", "release", "import", "export", "confirm"}
SAME |= {"GRANTS", "HOME", "figures", "final", "report"}
# What an import file and its sheets call so in both languages, and the names of forms.
SAME |= {
    "YAML",
    "true",
    "false",
    "extends",
    "script",
    "funder",
    "paid",
    "amount",
    "with",
    "after",
    "days",
    "decided",
    "applied",
    "on",
}
SAME |= {
    "Beslutsdatum",
    "Inställt",
    "ja",
    "nej",
    "kr",
    "bankgiro",
    "plusgiro",
    "clearing",
    "IBAN",
    "BIC",
    "ESSESESS",
    "SHA",
}
# What is written alike in both languages.
ALIKE = {"text", "period", "in", "person", "organisation", "budget", "ring", "form", "version"}


def words_of(sentence: str) -> set[str]:
    """Its words without its facts, of which some name a field ("%(key)s.why")."""
    return set(re.findall(r"[^\W\d_]{2,}", re.sub(r"%\(\w+\)s(\.\w+)?", " ", sentence)))


def test_no_reason_has_an_english_word_in_its_swedish() -> None:
    worded = {message.value for kind in REASONS for message in kind}
    assert len(worded) > 60
    shared = {sentence: words_of(sentence) & words_of(translated()[sentence][0]) for sentence in worded}
    assert {sentence: words for sentence, words in shared.items() if words - SAME - ALIKE} == {}


def _is_reason(made: ast.expr) -> bool:
    names = [kind.__name__ for kind in REASONS]
    return isinstance(made, ast.Attribute) and isinstance(made.value, ast.Name) and made.value.id in names


def facts_in_code() -> Iterator[tuple[str, str, ast.expr]]:
    """Every fact that a reason is made of: its place, its name and what it is."""
    for path in tree():
        if path.endswith(".py") and path.split("/")[0] in ("deployments", "flows", "tasks", "models"):
            for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _is_reason(node.func):
                    for one in node.keywords:
                        if one.arg is not None:
                            yield f"{path}:{node.lineno}", one.arg, one.value


def test_no_reason_has_a_sentence_of_another_s_among_its_facts() -> None:
    """Neither a sentence that is made up on the spot nor the words of a library or the system."""
    facts = list(facts_in_code())
    assert len(facts) > 80
    wrong = [
        f"{place}: {name}"
        for place, name, value in facts
        if isinstance(value, ast.JoinedStr)
        or (isinstance(value, ast.Constant) and isinstance(value.value, str))
        or (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Name)
            and value.func.id in ("str", "repr")
        )
        or (isinstance(value, ast.Attribute) and value.attr in ("detail", "strerror", "args", "orig"))
    ]
    assert wrong == []


def test_secret_is_told_to_the_administrator_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who keeps the ledger has no way to our variables; where no administrator is named they are better than nobody."""
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    asked = SourcesAsked()
    missing = SecretWrong(Sourced.VARIABLE_UNSET(variable="GRANTS_SECRET_LEDGER"))
    asked.note_failure(LEDGER, "REF-1 follow-up", missing, "ledger@example.org")
    asked.note_failure(
        LEDGER, "REF-2 follow-up", BadInput(Filed.NO_SHEET(name="a.xlsx")), "ledger@example.org"
    )
    asked.note_failure(LEDGER, "REF-3 follow-up", KeyError("of ours"), "ledger@example.org")
    both = "admin@example.org, ledger@example.org"
    for admin, expected in (
        ("admin@example.org", {"REF-1": "admin@example.org", "REF-2": both, "REF-3": "admin@example.org"}),
        ("", dict.fromkeys(("REF-1", "REF-2", "REF-3"), "ledger@example.org")),
    ):
        shutil.rmtree(tmp_path / "alarms", ignore_errors=True)
        monkeypatch.setenv("GRANTS_ADMIN_EMAIL", admin)
        with a_post(monkeypatch) as server:
            tell_of_sources(load_settings(), asked, MORNING, at(MORNING))
            server.when(lambda: bool(server.accepted))
        letters = [message_from_bytes(one.content, policy=policy.default) for one in server.accepted]
        found = {
            reference: ", ".join(
                sorted(str(letter["To"]) for letter in letters if reference in str(letter.get_content()))
            )
            for reference in ("REF-1", "REF-2", "REF-3")
        }
        assert found == expected


def test_report_in_prefect_says_why_and_quotes_no_cell() -> None:
    asked = SourcesAsked()
    for value in ("Anna", "Bo"):
        error = BadInput(Common.AT(place="a.xlsx", why=Unreadable(Reading.NOT_A_NUMBER(value=value))))
        asked.note_failure(LEDGER, "REF-1 follow-up", error)
    assert asked.reasons(translator("sv")) == {"ledger i sourced-funds": ["a.xlsx: ”…” är inget tal"]}
    assert asked.reasons(translator("en")) == {"ledger of sourced-funds": ["a.xlsx: '…' is not a number"]}


def test_what_was_told_is_known_in_another_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = a_sourced_grant(tmp_path, monkeypatch, SOURCED)
    with a_post(monkeypatch) as server:
        for language, day in (("sv", MORNING), ("en", date(2010, 4, 23)), ("sv", date(2010, 4, 29))):
            monkeypatch.setenv("GRANTS_LANGUAGE", language)
            do_round(engine, day)
        server.when(lambda: bool(server.accepted))
    assert len(server.accepted) == 1
    assert [alarm.on for alarm in filed_alarms(load_settings())] == [MORNING]
    engine.dispose()


def test_source_is_mended_when_it_fails_nobody_though_a_person_answered_what_it_owed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = a_sourced_grant(tmp_path, monkeypatch, SOURCED)
    ledger = tmp_path / "home" / "figures" / "ledger-1.xlsx"
    with a_post(monkeypatch) as server:
        do_round(engine, MORNING)
        answer(engine, "follow-up-2010-q1", MORNING, data=FIGURES)  # by hand, what the ledger did not give
        an_office_ledger(ledger)
        second_quarter = date(2010, 7, 16)
        do_round(engine, second_quarter, grant="REF-1")
        assert filed_alarms(load_settings()), "of one grant's round nobody knows whether it failed others"
        do_round(engine, date(2010, 7, 23))
        assert filed_alarms(load_settings()) == []
        ledger.unlink()
        do_round(engine, date(2010, 7, 29))
        server.when(lambda: len(server.accepted) == 2)
    engine.dispose()


def test_many_reasons_are_one_letter_and_the_rest_comes_the_next_morning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    asked = SourcesAsked()
    for number in range(25):
        gone = BadInput(Filed.NO_SHEET(name=f"{number:02}.xlsx"))
        for step in range(22):
            asked.note_failure(LEDGER, f"REF-{number:02} step-{step:02}", gone)
    monkeypatch.setenv("GRANTS_ADMIN_EMAIL", "admin@example.org")
    with a_post(monkeypatch) as server:
        for day in (MORNING, date(2010, 4, 19), date(2010, 4, 20)):
            tell_of_sources(load_settings(), asked, day, at(day))
        server.when(lambda: len(server.accepted) == 2)
    lines = lines_told(tmp_path)
    assert len(lines) == 25
    assert lines[0].startswith("- 00.xlsx har inget blad; saknas för REF-00 step-00, REF-00 step-01, ")
    assert lines[0].endswith("REF-00 step-19, ...")
