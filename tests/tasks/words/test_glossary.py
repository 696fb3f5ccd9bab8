"""The words of letters and explanations are those of the glossary."""

import re
from functools import cache

import pytest
from babel.messages.pofile import read_po

from models.languages import TRANSLATIONS
from tests.source_tree import ROOT
from tests.tasks.words.test_words import asked_for

README = (TRANSLATIONS / "README.md").read_text(encoding="utf-8")
# What an explanation on a terminal still says of a rule, and of what a step waits for.
_OF_RULES = "templates/explanations/"


def banned() -> list[str]:
    """Return what the glossary says is not to be used."""
    listed = README.partition("## Not to use")[2].partition(":\n")[2]
    return [word.strip() for word in re.split(r"[,;.]\s*", listed) if word.strip()]


@cache
def said(folder: str) -> set[str]:
    """Return every sentence of a folder of templates, in both languages."""
    english = {
        text
        for message, places in asked_for().items()
        if any(place.startswith(folder) for place in places)
        for text in ([message] if isinstance(message, str) else message)
    }
    with (TRANSLATIONS / "sv.po").open("rb") as file:
        catalog = read_po(file, locale="sv")
    found = set(english)
    for message in catalog:
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        if message.id and english & set(ids):
            found |= {message.string} if isinstance(message.string, str) else set(message.string or ())
    return found


def test_glossary_is_a_table_in_both_languages() -> None:
    rows = re.findall(r"^\|([^|]+)\|([^|]+)\|[^|]*\|$", README, re.MULTILINE)
    assert len(rows) > 50
    assert len({swedish for swedish, _ in rows}) == len(rows)


def using(words: list[str], folder: str) -> list[tuple[str, str]]:
    """Return which of the words a folder of templates uses, and where."""
    return [
        (word, text)
        for word in words
        for text in said(folder)
        if re.search(rf"\b{word}\b", text, re.IGNORECASE)
    ]


WITHOUT_WAITING = [word for word in banned() if word != "waits for"]


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        pytest.param("templates/letters/", banned(), id="letters"),
        pytest.param(_OF_RULES, WITHOUT_WAITING, id="explanations"),
        pytest.param("templates/administration/", WITHOUT_WAITING, id="what administrators read"),
        pytest.param(
            "templates/letters/",
            ["möte", "mötet", "rat", "journal", "notera", "anteckna", "brev"],
            id="letters have the words of an office",
        ),
    ],
)
def test_words_are_those_of_the_glossary(folder: str, words: list[str]) -> None:
    assert len(said(folder)) > 20
    assert len(words) > 5
    assert using(words, folder) == []


def test_no_swedish_text_has_a_word_that_the_glossary_replaces() -> None:
    with (TRANSLATIONS / "sv.po").open("rb") as file:
        said = [message.string or "" for message in read_po(file, locale="sv") if message.id]
    texts = [text for one in said for text in ([one] if isinstance(one, str) else one)]
    replaced = r"\b(möten?|mötet|rat(en|er|erna)?|noter\w+|anteckn\w+|dagordning\w*|frisläpp\w*|observera)\b"
    assert len(texts) > 1000
    assert [text for text in texts if re.search(replaced, text, re.IGNORECASE)] == []


def test_every_template_of_words_is_among_what_is_held() -> None:
    assert {path.parent.name for path in (ROOT / "templates").rglob("*.j2")} == {
        "letters", "reminder", "escalation", "explanations", "administration",
    }  # fmt: skip
