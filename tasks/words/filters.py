"""Write days, names, sums and Markdown in templates of plain texts."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from textwrap import wrap
from typing import TypeGuard

from babel.numbers import format_decimal
from jinja2 import pass_context
from jinja2.runtime import Context

from models.currency import decimals_of
from models.facts.letter import StepName
from models.programme.language.rule import WEEKDAYS
from models.rules.dates.calendar import offices_in
from models.rules.dates.nearness import decide_nearness
from tasks.words.translator import Translator, capitalised, given_name

_WIDEST_CELL = 40
_A_MONDAY = 5  # of January 2009
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Filters:
    """The filters of plain texts in one language; those for days use the template's `today`."""

    def __init__(self, say: Translator) -> None:
        """Take the translator into the language."""
        self._say = say

    def by_name(self) -> dict[str, object]:
        """Return the filters by the names that templates use."""
        say = self._say
        return {
            "on": self.on,
            "facts": self.facts,
            "date": self.short_date,
            "day": self.day,
            "long_date": say.long_date,
            "dated": say.dated,
            "far": self.far,
            "weekday_date": self.weekday_date,
            "weekday": self.weekday,
            "day_name": say.weekday,
            "day_of_year": self.day_of_year,
            "closed_in": self.closed_in,
            "nearness": self.nearness,
            "capitalised": capitalised,
            "cell": cell,
            "markdown": markdown,
            "spelled": say.spelled_out,
            "listed": say.listed,
            "the": self.the,
            "called": self.called,
            "months": self.months,
            "noted_day": self.noted_day,
            "quoted": say.quoted,
            "moment": self.moment,
            "percent": self.percent,
            "lowered": lowered,
            "given_name": given_name,
            "figure": self.figure,
            "money": say.money,
            "kronor": say.sum_in_words,
        }

    @pass_context
    def on(self, context: Context, day: str | date) -> str:
        """Write a day as the text wants it: in ISO 8601, or as people write it."""
        if context.get("days_as_iso"):
            return str(day)
        return self._say.short_date(_as_date(day), context["today"])

    @pass_context
    def facts(self, context: Context, term: Mapping[str, object]) -> dict[str, object]:
        """Return a term's values for a sentence: days written as `on` does, the others unchanged."""
        return {name: self.on(context, value) if _is_iso(value) else value for name, value in term.items()}

    @pass_context
    def short_date(self, context: Context, day: str | date) -> str:
        """Write a day in short, as "4 dec"."""
        return self._say.short_date(_as_date(day), context["today"])

    @pass_context
    def day(self, context: Context, day: str | date) -> str:
        """Write a day, as "fredag 4 december"."""
        return self._say.day(_as_date(day), context["today"])

    @pass_context
    def far(self, context: Context, day: str | date) -> str:
        """Write how many days away a day is."""
        return self._say.days_from(_as_date(day), context["today"])

    @pass_context
    def weekday_date(self, context: Context, day: str | date) -> str:
        """Write a day with its weekday."""
        return self._say.weekday_date(_as_date(day), context["today"])

    def weekday(self, name: str) -> str:
        """Write a weekday of a programme file."""
        return self._say.weekday(date(2009, 1, _A_MONDAY + WEEKDAYS.index(name)))

    def day_of_year(self, month_day: str) -> str:
        """Write a day without its year."""
        return self._say.short_date(date.fromisoformat(f"2000-{month_day}"), date(2000, 1, 1))

    @pass_context
    def moment(self, context: Context, local: datetime) -> str:
        """Write a local time."""
        return self._say.moment(local, context["today"])

    @pass_context
    def noted_day(self, context: Context, value: object) -> str:
        """Write a day that an event noted, or that it noted none."""
        try:
            return self._say.short_date(date.fromisoformat(str(value)), context["today"])
        except ValueError:
            return self._say.gettext("no date")

    def closed_in(self, day: str | date, place: str) -> tuple[str, str]:
        """Return the weekday, and the holiday that closes offices in the place; empty for a weekend."""
        say = self._say
        day = _as_date(day)
        offices = offices_in(place)
        if offices.is_weekend(day):
            return say.weekday(day), ""
        holiday = offices.holiday(day, say.language) or say.gettext("a day off")
        # Swedish writes the names of days with a small letter.
        return say.weekday(day), lowered(holiday) if say.language == "sv" else holiday

    @pass_context
    def nearness(self, context: Context, day: date, place: str) -> str:
        """Return how near a day is, by the working days of the place."""
        return decide_nearness(day, context["today"], offices_in(place).is_working)

    @pass_context
    def the(self, context: Context, name: StepName) -> str:
        """Return a step as a sentence has it: "slutrapporten", "uppföljningen juli–september"."""
        say = self._say
        if name.definite:
            words = name.definite
        elif say.language == "sv":
            words = f"”{capitalised(name.title)}”"
        else:
            words = name.title if name.title.startswith("the ") else f"the {name.title}"
        if not name.period:
            return words
        period = say.months(name.period, context["today"])
        return say.gettext("%(report)s for %(period)s", report=words, period=period)

    def called(self, name: StepName) -> str:
        """Return a step's title with its period."""
        return self._say.titled(name.title, name.period)

    @pass_context
    def months(self, context: Context, label: str) -> str:
        """Write a period's months."""
        return self._say.months(label, context["today"])

    def percent(self, share: str) -> str:
        """Write a share in percent."""
        return f"{self._say.spelled(share.rstrip(' %'))}\N{NO-BREAK SPACE}%"

    def figure(self, value: Decimal | None, currency: str) -> str:
        """Return a number as people write it; a sum in whole units if there is a currency."""
        if currency and value is not None:
            return self._say.money(int(value.scaleb(decimals_of(currency))), currency)
        return str(format_decimal(value or 0, locale=self._say.locale))


def cell(text: str) -> str:
    """Return a text for a cell of a Markdown table, in lines, as Prefect's pages do not break them."""
    lines = (line for part in text.split("<br>") for line in wrap(part, _WIDEST_CELL))
    return "<br>".join(map(markdown, lines))


def markdown(text: str) -> str:
    """Return a text as Markdown that shows it unchanged."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", text)


def lowered(text: str) -> str:
    """Return a text with a small first letter."""
    return text[:1].lower() + text[1:]


def _is_iso(value: object) -> TypeGuard[str]:
    """Return whether a value of a term is a day, as `models.facts.receipt.term` stores it."""
    return isinstance(value, str) and _ISO_DAY.fullmatch(value) is not None


def _as_date(day: str | date) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day
