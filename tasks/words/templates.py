"""Load the templates in one language: a missing value is an error."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from textwrap import wrap
from typing import Any, TypeGuard

from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError, pass_context
from jinja2.runtime import Context

from models.currency import decimals_of
from models.facts.letter import StepName
from models.programme.language.rule import WEEKDAYS
from models.rules.dates.calendar import offices_in
from tasks.words.translator import Translator, capitalised, given_name, translator

TEMPLATES = Path(__file__).parents[2] / "templates"
_WIDEST_CELL = 40
_A_MONDAY = 5  # of January 2009
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Table:
    """What each key of a subject is called, or the sentence that says it: English rows, translated when they are asked.

    A key that has no row is `otherwise`; in a table of a reader's `own` words it is said as it is, else it is an error.
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
        """Return what the key is called, or its sentence about these facts; UndefinedError for one without words."""
        row = self._rows.get(key, self._otherwise)
        if row is not None:
            return self._say.gettext(row, **facts)
        if self._own:
            return key
        raise UndefinedError(f"no words for '{key}'")


# Kept, with its modules below: reading a language's templates takes 30 milliseconds.
@lru_cache(maxsize=8)
def words_environment(language: str) -> Environment:
    """Return the environment of the plain texts in a language: `_()` and `trans` translate, filters write days."""
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
    environment.filters |= _filters(say)
    # `N_` marks the rows of a table for translation; which of them is said is known when it is asked.
    environment.globals |= {"language": say.language, "table": partial(Table, say), "N_": str}
    return environment


def words_of(language: str, name: str, **told: object) -> Any:
    """Return the macros of a template of plain texts, by its name below `templates/`, and by what they are told."""
    template = words_environment(language).get_template(name)
    # One that is told nothing is the same each time: Jinja keeps it.
    return template.make_module(told) if told else template.module


@lru_cache(maxsize=64)
def words_module(language: str, name: str, today: date | None = None) -> Any:
    """Return the macros of a template of explanations, as of a day where they write days as people near it do."""
    told: dict[str, object] = {} if today is None else {"today": today}
    return words_of(language, f"explanations/{name}.j2", **told)


def word_from(words: Any, name: str, /, *facts: object, **named: object) -> str:
    """Return what a template says by a name: its macro or its table of that name, or that row of its table `said`.

    A macro is given the facts. A table is asked for the key that comes first; facts with names fill its sentence.
    """
    found = getattr(words, name, None)
    return one_paragraph(words.said(name, **named) if found is None else found(*facts, **named))


def sentences_of(text: object) -> tuple[str, ...]:
    """Return a template's words that stand a sentence a line; empty lines say nothing."""
    return tuple(one_paragraph(line) for line in str(text).splitlines() if line.strip())


def _filters(say: Translator) -> dict[str, object]:
    @pass_context
    def on(context: Context, day: str | date) -> str:
        """Write a day as the text wants it: in ISO 8601, or as people write it."""
        if context.get("days_as_iso"):
            return str(day)
        return say.short_date(_as_date(day), context["today"])

    @pass_context
    def facts(context: Context, term: Mapping[str, object]) -> dict[str, object]:
        """Return the values of a term as a sentence has them: its days are written, the rest stays."""
        return {name: on(context, value) if _is_iso(value) else value for name, value in term.items()}

    def of_today(write: Callable[[date, date], str]) -> Callable[[Context, str | date], str]:
        """Return a filter that writes a day as people near today do."""

        @pass_context
        def filled(context: Context, day: str | date) -> str:
            return write(_as_date(day), context["today"])

        return filled

    @pass_context
    def the(context: Context, name: StepName) -> str:
        """Return a step as a sentence has it: "slutrapporten", "uppföljningen juli–september"."""
        if name.definite:
            said = name.definite
        elif say.language == "sv":
            said = f"”{capitalised(name.title)}”"
        else:
            said = name.title if name.title.startswith("the ") else f"the {name.title}"
        if not name.period:
            return said
        period = say.months(name.period, context["today"])
        return say.gettext("%(report)s for %(period)s", report=said, period=period)

    @pass_context
    def moment(context: Context, local: datetime) -> str:
        return say.moment(local, context["today"])

    @pass_context
    def noted_day(context: Context, value: object) -> str:
        """Write a day that an event noted; of one that it did not note nothing."""
        try:
            return say.short_date(date.fromisoformat(str(value)), context["today"])
        except ValueError:
            return say.gettext("no date")

    def cell(text: str) -> str:
        """Return a text as a cell of a Markdown table that shows it as it is, in lines: Prefect's pages break none."""
        return "<br>".join(
            map(markdown, (line for part in text.split("<br>") for line in wrap(part, _WIDEST_CELL)))
        )

    def markdown(text: str) -> str:
        """Return a text as Markdown that shows it as it is."""
        return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", text)

    def called(name: StepName) -> str:
        return say.titled(name.title, name.period)

    @pass_context
    def months(context: Context, label: str) -> str:
        return say.months(label, context["today"])

    def percent(share: str) -> str:
        return f"{say.spelled(share.rstrip(' %'))}\N{NO-BREAK SPACE}%"

    def figure(value: Decimal | None, currency: str) -> str:
        """Return a number as people write it; a sum in whole units where there is a currency."""
        if currency and value is not None:
            return say.money(int(value.scaleb(decimals_of(currency))), currency)
        return str(format_decimal(value or 0, locale=say.locale))

    def lowered(text: str) -> str:
        return text[:1].lower() + text[1:]

    def weekday(name: str) -> str:
        return say.weekday(date(2009, 1, _A_MONDAY + WEEKDAYS.index(name)))

    def day_of_year(month_day: str) -> str:
        return say.short_date(date.fromisoformat(f"2000-{month_day}"), date(2000, 1, 1))

    def closed_in(day: str | date, place: str) -> tuple[str, str]:
        """Return the weekday, and the holiday that closes offices in the place; empty for a weekend."""
        day = _as_date(day)
        why = offices_in(place).day_off(day, say.language)
        english = f"{day:%A}"
        if why == english:
            return say.weekday(day), ""
        holiday = why or say.gettext("a day off")
        # Swedish writes the names of days with a small letter.
        return say.weekday(day), holiday[:1].lower() + holiday[1:] if say.language == "sv" else holiday

    return {
        "on": on,
        "facts": facts,
        "date": of_today(say.short_date),
        "day": of_today(say.day),
        "long_date": say.long_date,
        "dated": say.dated,
        "far": of_today(say.days_from),
        "weekday_date": of_today(say.weekday_date),
        "weekday": weekday,
        "day_of_year": day_of_year,
        "closed_in": closed_in,
        "capitalised": capitalised,
        "cell": cell,
        "markdown": markdown,
        "spelled": say.spelled_out,
        "listed": say.listed,
        "the": the,
        "called": called,
        "months": months,
        "noted_day": noted_day,
        "quoted": say.quoted,
        "moment": moment,
        "percent": percent,
        "lowered": lowered,
        "given_name": given_name,
        "figure": figure,
        "money": say.money,
        "kronor": say.sum_in_words,
    }


def _is_iso(value: object) -> TypeGuard[str]:
    """Return whether a value of a term is a day, as `models.facts.receipt.term` keeps it."""
    return isinstance(value, str) and _ISO_DAY.fullmatch(value) is not None


def _as_date(day: str | date) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day


def one_paragraph(text: object) -> str:
    """Return a template's words as one paragraph; spaces at which no line ends stay."""
    return re.sub(r"[ \n\t]+", " ", str(text)).strip()
