"""What is told of a source that gives no figures: in whole sentences of one language, to who can mend it, and when."""

import ast
import re
import shutil
from collections.abc import Iterator
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from models.errors import BadInput, Unreadable
from models.message import Common, Message
from models.reading.value_faults import Reading
from tasks.files.inspection import Filed, FileFault, FileRefused
from tasks.settings import load_settings
from tasks.sources.silent_sources import SourceName, SourcesAsked, tell_of_sources
from tasks.sources.source_faults import SecretWrong, Sourced
from tasks.watch.alarms import filed_alarms
from tasks.words.reasons import word_reason
from tasks.words.translator import translator
from tests.grant_scenes import FIGURES, answer, at, do_round
from tests.kept_files import a_book, saved
from tests.source_tree import ROOT, tree
from tests.tasks.sources.test_gathering import MORNING, SOURCED, a_post, a_sourced_grant, an_office_ledger
from tests.tasks.words.test_words import translated

HEAD = ["Datum", "Projekt", "Konto", "Belopp"]
REASONS: tuple[type[Message], ...] = (Reading, Filed, Sourced)
LEDGER = SourceName("ledger", "sourced-funds")


def a_ledger(*rows: list[object], head: list[str] = HEAD) -> bytes:
    return saved(a_book(Utfall=[head, *rows]))


def a_row(day: object = "2010-01-15", amount: object = 7) -> list[object]:
    return [day, "701-22", 5010, amount]


XLSX: dict[str, tuple[bytes | None, str]] = {
    "no file": (None, "det finns ingen fil ”ledger-*.xlsx” i figures"),
    "cut off": (a_ledger(a_row())[:-30], "ledger-1.xlsx: den är skadad"),
    "no column": (
        a_ledger(head=["Datum", "Projekt", "Konto", "Belop"]),
        "ledger-1.xlsx har ingen kolumn ”Belopp”. Menades ”Belop”?",
    ),
    "no number": (a_ledger(a_row(amount="sju")), "ledger-1.xlsx: Utfall!D2: ”sju” är inget tal"),
    "too much": (a_ledger(a_row(amount="9" * 20)), f"ledger-1.xlsx: Utfall!D2: ”{'9' * 20}” är för stort"),
    "no day": (
        a_ledger(a_row(day="2010-02-30")),
        (
            "ledger-1.xlsx: Utfall!A2: ”2010-02-30” är varken en period eller en dag: skriv det som 2010-Q1, 2010-03"
            " eller 2010-03-31"
        ),
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


@pytest.mark.parametrize("fault", FileFault)
def test_every_fault_of_a_file_is_said_in_both_languages(fault: FileFault) -> None:
    error = FileRefused("a.xlsx", fault)
    sv, en = (word_reason(translator(language), error) for language in ("sv", "en"))
    alike = words_of(sv.partition(":")[2]) & words_of(en.partition(":")[2])
    assert alike <= SAME | {"PDF", "XFA", "Word", "SIE", "in"}


# By construction: what is said of a source, and to an administrator of anything else, is a sentence that both languages
# have, and its facts are data.

# What both languages call so: a programme file, a file's kind and the product; Prefect and the terminal; an import file
# and its sheets, and the names of forms.
NAMED = """
    of sum last where XLSX CSV UTF JSON MB Grantline Excel xlsx Open XML Summa
    Prefect grants doctor status deliver letters watch correct decide answer approve release import export confirm
    GRANTS HOME figures final report
    YAML true false extends script funder paid amount with after days decided applied on
    Beslutsdatum Inställt ja nej kr bankgiro plusgiro clearing IBAN BIC ESSESESS SHA SE
"""
SAME = set(NAMED.split())
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
