"""Load the templates in one language: a missing value is an error."""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError

from tasks.words.filters import Filters
from tasks.words.translator import Translator, translator

TEMPLATES = Path(__file__).parents[2] / "templates"


class Table:
    """The name or sentence for each key of a subject: English rows, translated when they are looked up.

    A key without a row gives `otherwise`; in a table of a reader's `own` words it is returned
    unchanged; else it is an error.
    """

    def __init__(
        self, say: Translator, rows: Mapping[str, str], otherwise: str | None = None, *, own: bool = False
    ) -> None:
        """Take the rows."""
        self._say = say
        self._rows = rows
        self._otherwise = otherwise
        self._own = own

    def __contains__(self, key: str) -> bool:
        """Return whether the key has a row."""
        return key in self._rows

    def __call__(self, key: str, /, **facts: object) -> str:
        """Return the key's name, or its sentence filled in from the facts; UndefinedError without words."""
        row = self._rows.get(key, self._otherwise)
        if row is not None:
            return self._say.gettext(row, **facts)
        if self._own:
            return key
        raise UndefinedError(f"no words for '{key}'")


# Cached, with its modules below: reading a language's templates takes 30 milliseconds.
@lru_cache(maxsize=8)
def words_environment(language: str) -> Environment:
    """Return the environment of a language's plain texts: `_()` and `trans` translate, filters write days."""
    say = translator(language)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - plain text; what lays it out as HTML escapes it
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(say.translated, say.plural, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= Filters(say).by_name()
    # `N_` marks the rows of a table for translation; which row is used is known only at look-up.
    environment.globals |= {"language": say.language, "table": partial(Table, say), "N_": str}
    return environment


def words_of(language: str, name: str, **variables: object) -> Any:
    """Return the macros of a plain text's template, by its name below `templates/`, given its variables."""
    template = words_environment(language).get_template(name)
    # Without variables it is the same each time: Jinja caches it.
    return template.make_module(variables) if variables else template.module


class LetterTemplates:
    """The letters' templates as of a day.

    The letters of a batch share one: making a template's macros takes as long as wording a letter.
    """

    def __init__(self, today: date) -> None:
        self.today = today
        self._made: dict[tuple[str, str], Any] = {}

    def words(self, language: str, name: str) -> Any:
        """Return the macros of a template below `letters/`."""
        key = (language, name)
        if key not in self._made:
            self._made[key] = words_of(language, f"letters/{name}.j2", today=self.today)
        return self._made[key]


@lru_cache(maxsize=64)
def words_module(language: str, name: str, today: date | None = None) -> Any:
    """Return the macros of a template of explanations, as of a day if days near it go without a year."""
    variables: dict[str, object] = {} if today is None else {"today": today}
    return words_of(language, f"explanations/{name}.j2", **variables)


def word_from(words: Any, name: str, /, *facts: object, **named: object) -> str:
    """Return a template's text by name: its macro or its table of that name, or that row of its table `said`.

    A macro gets the facts. A table is looked up with the key that comes first; named facts fill in
    its sentence.
    """
    macro = getattr(words, name, None)
    return one_paragraph(words.said(name, **named) if macro is None else macro(*facts, **named))


def sentences_of(text: object) -> tuple[str, ...]:
    """Return a template's text, one sentence a line, without empty lines."""
    return tuple(one_paragraph(line) for line in str(text).splitlines() if line.strip())


def one_paragraph(text: object) -> str:
    """Return a template's text as one paragraph; non-breaking spaces are kept."""
    return re.sub(r"[ \n\t]+", " ", str(text)).strip()
