"""Both languages say everything, and say it as people write it."""

import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from models.errors import GrantError
from models.languages import TRANSLATIONS
from tasks.words.translator import capitalised, translator
from tests.remembered import kept_file
from tests.source_tree import ROOT, tree

Message = str | tuple[str, str]
FIELD = re.compile(r"%\((\w+)\)s")
TODAY = date(2011, 1, 13)


@lru_cache(maxsize=1)
def asked_for() -> dict[Message, list[str]]:
    """Every sentence that is said somewhere, with the files that say it, as `make words` finds them."""

    def write(path: Path) -> None:
        extract = ["babel.messages.frontend", "-q", "extract", "-F", "pyproject.toml"]
        subprocess.run([sys.executable, "-m", *extract, "-o", str(path), "."], cwd=ROOT, check=True)

    with kept_file("messages.pot", write).open("rb") as template:
        found = read_po(template, abort_invalid=True)
    return {_key(message.id): [path for path, _ in message.locations] for message in found if message.id}


def _key(said: str | list[str] | tuple[str, ...]) -> Message:
    return said if isinstance(said, str) else (said[0], said[1])


@lru_cache(maxsize=1)
def swedish() -> Catalog:
    """The Swedish sentences."""
    with (TRANSLATIONS / "sv.po").open("rb") as file:
        return read_po(file, locale="sv", abort_invalid=True)


def translated() -> dict[Message, tuple[str, ...]]:
    """The Swedish forms by the English sentence."""
    found: dict[Message, tuple[str, ...]] = {}
    for message in swedish():
        if message.id:
            forms = message.string
            found[_key(message.id)] = (forms,) if isinstance(forms, str) else tuple(forms or ())
    return found


def test_sentences_are_found_where_they_are_said() -> None:
    every = {
        "the file is empty": "a kind of message",
        "Refused.": "an error of its own",
        "The file cannot be taken.": "an error of an error",
        ("one day", "%(number)s days"): "a count",
        "If it is not done:": "a template",
    }
    assert every.keys() - asked_for().keys() == set()


def _errors(above: type[GrantError]) -> Iterator[type[GrantError]]:
    for error in above.__subclasses__():
        yield error
        yield from _errors(error)


def test_every_error_is_said_in_both_languages() -> None:
    for path in tree():
        if path.endswith(".py") and path.split("/")[0] in ("flows", "tasks", "models"):
            import_module(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    assert {(one.__doc__ or "").splitlines()[0] for one in _errors(GrantError)} - asked_for().keys() == set()


def test_every_sentence_has_a_translation() -> None:
    known = translated()

    missing = [
        f"{places}: {message}"
        for message, places in asked_for().items()
        if not all(known.get(message, ("",)))
    ]

    assert missing == []


def test_every_translation_is_said_somewhere() -> None:
    assert [message for message in translated() if message not in asked_for()] == []


def test_no_translation_is_a_guess_or_leftover() -> None:
    assert [message.id for message in swedish() if message.id and message.fuzzy] == []
    assert list(swedish().obsolete) == []


def test_make_words_changes_nothing_where_nothing_has_changed() -> None:
    written = io.BytesIO()
    write_po(written, swedish(), width=0, omit_header=True, sort_output=True, ignore_obsolete=True)
    assert written.getvalue() == (TRANSLATIONS / "sv.po").read_bytes()


def test_translation_fills_the_same_fields() -> None:
    wrong = []
    for message, forms in translated().items():
        expected = set(FIELD.findall(message if isinstance(message, str) else message[1]))
        wrong += [message for form in forms if not set(FIELD.findall(form)) <= expected]
        wrong += [message for form in forms[-1:] if set(FIELD.findall(form)) != expected]
    assert wrong == []


def test_percent_signs_fill_a_field_or_are_doubled() -> None:
    texts = [text for message, forms in translated().items() for text in (*forms, *_english(message))]

    assert [text for text in texts if re.search(r"%(?!\(\w+\)s|%)", re.sub("%%", "", text))] == []


def _english(message: Message) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else message


def test_swedish_plurals_are_those_of_its_locale() -> None:
    assert swedish().num_plurals == 2
    assert swedish().plural_expr == "(n != 1)"


def test_swedish_uses_its_own_quotation_marks() -> None:
    assert [form for forms in translated().values() for form in forms if set(form) & set("“„'\"")] == []


def test_time_is_written_one_way_in_each_language() -> None:
    local = datetime(2011, 1, 20, 8, 5, tzinfo=UTC)

    said = [(translator(one).moment(local), translator(one).moment(local, TODAY)) for one in ("sv", "en")]

    assert said == [
        ("20 januari 2011 kl.\u00a008.05", "20 januari kl.\u00a008.05"),
        ("20 January 2011 at\u00a08.05am", "20 January at\u00a08.05am"),
    ]


@pytest.mark.parametrize(
    ("amount_minor", "currency", "sv", "en"),
    [
        (10_000_000, "SEK", "100\u00a0000\u00a0kr", "100,000\u00a0SEK"),
        (50, "SEK", "0,50\u00a0kr", "0.50\u00a0SEK"),
        (10_000_050, "EUR", "100\u00a0000,50\u00a0€", "100,000.50\u00a0EUR"),
        (500, "JPY", "500\u00a0JPY", "500\u00a0JPY"),
        (0, "SEK", "0\u00a0kr", "0\u00a0SEK"),
        (
            9_007_199_254_740_993,
            "SEK",
            "90\u00a0071\u00a0992\u00a0547\u00a0409,93\u00a0kr",
            "90,071,992,547,409.93\u00a0SEK",
        ),
    ],
)
def test_sum_is_written_as_people_write_it(amount_minor: int, currency: str, sv: str, en: str) -> None:
    for language, expected in (("sv", sv), ("en", en)):
        assert translator(language).money(amount_minor, currency) == expected


@pytest.mark.parametrize(
    ("day", "sv", "en"),
    [
        (date(2011, 1, 13), "i dag", "today"),
        (date(2011, 1, 14), "i morgon", "tomorrow"),
        (date(2011, 1, 12), "i går", "yesterday"),
        (date(2011, 1, 15), "om 2 dagar", "in 2 days"),
        (date(2011, 1, 11), "för 2 dagar sedan", "2 days ago"),
    ],
)
def test_distance_of_a_day(day: date, sv: str, en: str) -> None:
    assert translator("sv").days_from(day, TODAY) == sv
    assert translator("en").days_from(day, TODAY) == en


def test_dates_name_the_year_when_it_is_another() -> None:
    say = translator("sv")

    assert say.long_date(date(2011, 1, 20)) == "torsdag 20 januari 2011"
    assert say.weekday_date(date(2011, 1, 20), TODAY) == "torsdag 20 januari"
    assert say.short_date(date(2010, 12, 31), TODAY) == "31 december 2010"
    assert translator("en").weekday_date(date(2012, 1, 20), TODAY) == "Friday 20 January 2012"


@pytest.mark.parametrize(
    ("label", "sv", "en"),
    [
        ("2010-Q1", "kvartal 1 2010", "quarter 1 2010"),
        ("2010-Q1-to-2010-Q2", "kvartal 1–2 2010", "quarter 1–2 2010"),
        (
            "2009-H2-to-2010-H1",
            "andra halvåret 2009 – första halvåret 2010",
            "the second half of 2009 – the first half of 2010",
        ),
        ("2010-to-2011", "2010 – 2011", "2010 – 2011"),
        ("2010-H1", "första halvåret 2010", "the first half of 2010"),
        ("2010-H2", "andra halvåret 2010", "the second half of 2010"),
        ("2010-03", "mars 2010", "March 2010"),
        ("2010", "2010", "2010"),
        ("M1-M18", "månad 1–18", "months 1–18"),
        ("M6", "månad 6", "month 6"),
        ("M19-END", "från månad 19", "from month 19"),
        ("2010-13", "2010-13", "2010-13"),
        ("2010-Qx", "2010-Qx", "2010-Qx"),
    ],
)
def test_period_is_said_as_people_say_it(label: str, sv: str, en: str) -> None:
    assert (translator("sv").period(label), translator("en").period(label)) == (sv, en)


@pytest.mark.parametrize(
    ("labels", "sv", "en"),
    [
        (("2010-Q1", "2010-Q2"), "kvartal 1–2 2010", "quarter 1–2 2010"),
        (("2009-Q4", "2010-Q1"), "kvartal 4 2009 – kvartal 1 2010", "quarter 4 2009 – quarter 1 2010"),
        (("2010-01", "2010-03"), "januari–mars 2010", "January–March 2010"),
        (
            ("2010-H1", "2010-H2"),
            "första halvåret 2010 – andra halvåret 2010",
            "the first half of 2010 – the second half of 2010",
        ),
        (("M1-M18", "M19-M36"), "månad 1–18 – månad 19–36", "months 1–18 – months 19–36"),
    ],
)
def test_joined_periods_are_said_as_one(labels: tuple[str, str], sv: str, en: str) -> None:
    said = [say.periods(*map(say.period, labels)) for say in (translator("sv"), translator("en"))]
    assert said == [sv, en]


def test_unknown_language_is_answered_in_swedish() -> None:
    assert translator("fi").gettext("today") == "i dag"


def test_capitalised_touches_the_first_letter_only() -> None:
    assert [capitalised(text) for text in ("åtgärd för EU", "", "ÅÄ", "1 dag")] == [
        "Åtgärd för EU",
        "",
        "ÅÄ",
        "1 dag",
    ]


_IN_FINNISH = """
from datetime import date
from models.reading.value_faults import Reading
from models.errors import BadInput
from models.intake.file import PersonEntry
from tasks.settings import load_settings
from tasks.words.reasons import word_error
from tasks.words.translator import translator

language = load_settings(language="fi").language
PersonEntry(email="ana@example.org", name="Ana", language=language)
say = translator(language)
print(say.days_from(date(2011, 1, 13), date(2011, 1, 13)))
print(word_error(say, BadInput(Reading.NOT_A_NUMBER(value="x"))))
print(say.money(100_000_00, "EUR"))
"""


def test_third_language_is_one_more_file_of_translations(tmp_path: Path) -> None:
    for folder in ("models", "tasks", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    finnish = Catalog(locale="fi")
    finnish.add("today", "tänään")
    finnish.add("The input cannot be used.", "Tietoa ei voi käyttää.")
    finnish.add("'%(value)s' is not a number", "”%(value)s” ei ole luku")
    with (tmp_path / "templates" / "translations" / "fi.po").open("wb") as file:
        write_po(file, finnish)

    said = subprocess.run(
        [sys.executable, "-c", _IN_FINNISH], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert said.stdout.splitlines() == [
        "tänään",
        "Tietoa ei voi käyttää: ”x” ei ole luku",
        "100\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}€",
    ]
