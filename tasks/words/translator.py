"""Translate into Swedish and English: sentences, and dates, sums, plurals and lists as people write them.

The sentences in templates and code are English; `templates/translations/sv.po` has the Swedish of
each. It is read at start: there is nothing to compile, and a test fails on a missing sentence.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from math import inf

from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, get_currency_symbol
from babel.support import NullTranslations, Translations

from models.currency import decimals_of, whole_units
from models.languages import LANGUAGES as SPOKEN
from models.languages import TRANSLATIONS
from models.reading.date import SPANS

# A language's locale, if it belongs to one country.
_LOCALES = {"sv": "sv_SE", "en": "en_GB"}
LANGUAGES = {language: _LOCALES.get(language, language) for language in SPOKEN}
# A worded period: "kvartal ", "1" and "2010"; a month has nothing before its name.
_WITH_YEAR = re.compile(r"(?P<kind>.*?)(?P<which>\S+)\s(?P<year>[0-9]{4})")

# Months counted from the grant's first day.
_PROJECT_MONTHS = re.compile(r"M(?P<first>[0-9]+)(?:-(?:M(?P<last>[0-9]+)|END))?")


class Translator:
    """One language's words; `gettext` and `ngettext` fill `%(name)s` in the translated sentence."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse(LANGUAGES[language])
        self._messages = _read_messages(language)

    def gettext(self, message: str, /, **values: object) -> str:
        """Return the sentence in this language, filled in."""
        return self._messages.gettext(message) % values

    def ngettext(self, one: str, many: str, count: int, **values: object) -> str:
        """Return the sentence for a count, filled in; `%(count)s` is the count itself."""
        return self._messages.ngettext(one, many, count) % {"count": count, **values}

    def translated(self, message: str) -> str:
        """Return the sentence in this language, with its fields not filled in, as templates need it."""
        return self._messages.gettext(message)

    def plural(self, one: str, many: str, count: int) -> str:
        """Return the sentence for a count, with its fields not filled in."""
        return self._messages.ngettext(one, many, count)

    def day(self, day: date, today: date) -> str:
        """Return a day as in a sentence: "torsdagen den 20 januari", "Thursday 20 January"."""
        return self.gettext(
            "%(weekday)s %(date)s", weekday=self.weekday(day), date=self.short_date(day, today)
        )

    def spelled_out(self, count: int) -> str:
        """Return a number as in a sentence: in words from one to twelve."""
        words = (
            self.gettext("one"),
            self.gettext("two"),
            self.gettext("three"),
            self.gettext("four"),
            self.gettext("five"),
            self.gettext("six"),
            self.gettext("seven"),
            self.gettext("eight"),
            self.gettext("nine"),
            self.gettext("ten"),
            self.gettext("eleven"),
            self.gettext("twelve"),
        )
        return words[count - 1] if 1 <= count <= len(words) else str(count)

    def weekday(self, day: date) -> str:
        """Return a day's weekday: "torsdag"."""
        return _format_date(day, "EEEE", self.language)

    def long_date(self, day: date) -> str:
        """Return a day with its weekday and year: "torsdag 20 januari 2011"."""
        return _format_date(day, "EEEE d MMMM y", self.language)

    def weekday_date(self, day: date, today: date) -> str:
        """Return a day with its weekday, and its year if that is not this year."""
        return _format_date(day, "EEEE d MMMM" if day.year == today.year else "EEEE d MMMM y", self.language)

    def short_date(self, day: date, today: date) -> str:
        """Return a day without its weekday, and its year if that is not this year."""
        return _format_date(day, "d MMMM" if day.year == today.year else "d MMMM y", self.language)

    def dated(self, day: date) -> str:
        """Return a day with its year, without its weekday: "20 januari 2011"."""
        return _format_date(day, "d MMMM y", self.language)

    def dates(self, days: Sequence[date]) -> str:
        """Return days as a list in a sentence, each year once: "den 16 januari och den 16 april 2009"."""
        years = [day.year for day in days]
        written_days = (
            self.short_date(day, day) if after == day.year else self.dated(day)
            for day, after in zip(days, [*years[1:], None], strict=False)
        )
        return self.listed([self.gettext("%(date)s", date=written) for written in written_days])

    def month(self, day: date) -> str:
        """Return a day's month with its year: "september 2009"."""
        return _format_date(day, "LLLL y", self.language)

    def moment(self, local: datetime, today: date | None = None) -> str:
        """Return a local time as people write it: "20 januari 2011 kl. 07.30"; without the year of `today`."""
        twelve = f"{local.hour % 12 or 12}.{local:%M}{'am' if local.hour < 12 else 'pm'}"
        time = twelve if self.language == "en" else f"{local:%H.%M}"
        day = self.dated(local.date()) if today is None else self.short_date(local.date(), today)
        return self.gettext("%(day)s at\N{NO-BREAK SPACE}%(time)s", day=day, time=time)

    def money(self, amount_minor: int, currency: str) -> str:
        """Return a sum in minor units as people write it: "100 000 kr", "100,000 SEK"; no empty decimals.

        Its spaces do not break: no line ends within a sum.
        """
        return _format_money(amount_minor, currency, self.language)

    def currency(self, code: str) -> str:
        """Return what a sum's field calls its currency: "kr" in Swedish, "SEK" in English."""
        return code if self.language == "en" else get_currency_symbol(code, locale=self.locale)

    def number(self, number: Decimal, least: int = 0) -> str:
        """Return a number with all its decimals, and at least `least`, as people write it: "187 681,25"."""
        pattern = f"#,##0.{'0' * least}{'#' * (9 - least)}"
        return str(format_decimal(number, pattern, self.locale))

    def spelled(self, plain: str) -> str:
        """Return a number that is written with a point with the language's own decimal mark instead."""
        return plain.replace(".", "," if self.language == "sv" else ".")

    def days_from(self, day: date, today: date) -> str:
        """Return how far away a day is: "i dag", "om 7 dagar", "för 3 dagar sedan"."""
        days = (day - today).days
        if days == 0:
            return self.gettext("today")
        if days == 1:
            return self.gettext("tomorrow")
        if days == -1:
            return self.gettext("yesterday")
        return format_timedelta(timedelta(days), "day", inf, add_direction=True, locale=self.locale)

    def quoted(self, text: str) -> str:
        """Return the text in quotation marks."""
        return self.gettext("“%(title)s”", title=text)

    def listed(self, parts: Sequence[str]) -> str:
        """Return the parts as a list in a sentence: "a, b och c"."""
        return format_list(list(parts), locale=self.locale)

    def period(self, label: str) -> str:
        """Return a period's label as people say it: "2010-Q1" is "kvartal 1 2010"."""
        if SPANS in label:
            first, _, last = label.partition(SPANS)
            return self.periods(self.period(first), self.period(last))
        if counted := _PROJECT_MONTHS.fullmatch(label):
            return self._project_months(counted["first"], counted["last"], ends="-" not in label)
        year, _, part = label.partition("-")
        if year.isdecimal() and len(year) < 3:
            return self.gettext("period %(number)s", number=year)
        if len(year) != 4 or not year.isdecimal():
            return label
        if part[:1] == "Q" and part[1:].isdecimal():
            return self.gettext("quarter %(number)s %(year)s", number=part[1:], year=year)
        if part == "H1":
            return self.gettext("the first half of %(year)s", year=year)
        if part == "H2":
            return self.gettext("the second half of %(year)s", year=year)
        if part.isdecimal() and 1 <= int(part) <= 12:
            return self.month(date(int(year), int(part), 1))
        return label

    def _project_months(self, first: str, last: str | None, *, ends: bool) -> str:
        """Return months that count from the grant's first day: one that `ends` itself, up to a last one, or on."""
        if last is not None:
            return self.gettext("months %(first)s–%(last)s", first=first, last=last)
        if ends:
            return self.gettext("month %(number)s", number=first)
        return self.gettext("from month %(number)s", number=first)

    def titled(self, title: str, period: str | None) -> str:
        """Return a step's title as in a sentence, with its period: "uppföljning, kvartal 1 2010"."""
        return f"{title}, {self.period(period)}" if period else title

    def months(self, label: str, today: date) -> str:
        """Return a period as its months: "juli–september"; with its year if that is not this year."""
        year, _, part = label.partition("-")
        spans = {"H1": (1, 6), "H2": (7, 12)} | {
            f"Q{quarter}": (3 * quarter - 2, 3 * quarter) for quarter in range(1, 5)
        }
        if len(year) != 4 or not year.isdecimal() or part not in spans:
            return self.period(label)
        first, last = (
            _format_date(date(int(year), month, 1), "LLLL", self.language) for month in spans[part]
        )
        words = self.gettext("%(from)s to %(to)s", **{"from": first, "to": last})
        return words if int(year) == today.year else f"{words} {year}"

    def sum_in_words(self, amount_minor: int, currency: str) -> str:
        """Return a sum as in a sentence: "100 000 kronor"."""
        words = self.money(amount_minor, currency)
        return words.removesuffix("kr") + "kronor" if self.language == "sv" and currency == "SEK" else words

    def periods(self, first: str, last: str) -> str:
        """Return two worded periods as one from the first to the last: "kvartal 1–2 2010", within a year."""
        begin = _WITH_YEAR.fullmatch(first)
        end = _WITH_YEAR.fullmatch(last)
        if begin and end and (begin["kind"], begin["year"]) == (end["kind"], end["year"]):
            return f"{begin['kind']}{begin['which']}–{end['which']} {end['year']}"
        return f"{first} – {last}"


class PaperTranslator(Translator):
    """One language's words on paper, where no line ends within a day either."""

    def long_date(self, day: date) -> str:
        """Return a day as in a sentence, with its year; a line may end after the weekday."""
        return self.gettext("%(weekday)s %(date)s", weekday=self.weekday(day), date=self.dated(day))

    def dated(self, day: date) -> str:
        """Return a day with its year, on one line."""
        return unbroken(super().dated(day))


# Cached, as the next: reading a language's translations takes 30 milliseconds.
@lru_cache(maxsize=8)
def paper_translator(language: str) -> PaperTranslator:
    """Return the language's translator for documents; Swedish for an unknown language."""
    return PaperTranslator(language if language in LANGUAGES else "sv")


@lru_cache(maxsize=8)
def translator(language: str) -> Translator:
    """Return the language's translator; Swedish for an unknown language."""
    return Translator(language if language in LANGUAGES else "sv")


def given_name(name: str) -> str:
    """Return the name to greet a person by: the given name, of "Efternamn, Förnamn" too.

    Anything that is not a person's name, such as a role or an abbreviation, is returned whole.
    """
    family, comma, given = name.partition(", ")
    first = (given if comma and given else family).split(" ")[0]
    if first.endswith(".") or first in ("The", "the", ""):
        return name
    return first


def as_sentence(text: str) -> str:
    """Return a text as a sentence of its own: with a capital letter, and a full stop where nothing ends it.

    A file's name in front stays as it is.
    """
    begins_with_file = "." in text.partition(" ")[0].rstrip(".:")
    sentence = text if begins_with_file else capitalised(text)
    return sentence if sentence.endswith((".", "!", "?", ":")) else f"{sentence}."


def capitalised(text: str) -> str:
    """Return the text with its first letter as a capital, the rest unchanged."""
    return text[:1].upper() + text[1:]


def unbroken(text: str) -> str:
    """Return the text with non-breaking spaces."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def whole_days(html: str, language: str) -> str:
    """Return a page in which no line ends within a day: "14 januari 2011"; a form's values are unchanged."""
    months = "|".join(Locale.parse(LANGUAGES[language]).months["format"]["wide"].values())
    days = rf"(?s)<textarea.*?</textarea>|<[^>]*>|\b[0-9]{{1,2}} (?:{months})\b(?: [0-9]{{4}}\b)?"
    return re.sub(days, lambda match: match[0] if match[0][0] == "<" else unbroken(match[0]), html)


def plain_spaces(text: str) -> str:
    """Return the text with ordinary spaces: non-breaking ones are for the eye; searches need these."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


# Cached: Babel takes a tenth of a millisecond for a day, five for a sum, and a letter or a page has many.
@lru_cache(maxsize=8192)
def _format_date(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, locale=LANGUAGES[language])


@lru_cache(maxsize=8192)
def _format_money(amount_minor: int, currency: str, language: str) -> str:
    digits = decimals_of(currency)
    decimals = "." + "0" * digits if amount_minor % 10**digits else ""
    amount = whole_units(amount_minor, currency)
    # Swedes write "100 000 kr"; English readers know the code better than "kr".
    sign = "¤¤" if language == "en" else "¤"
    pattern = f"#,##0{decimals}\N{NO-BREAK SPACE}{sign}"
    return format_currency(amount, currency, pattern, locale=LANGUAGES[language], currency_digits=False)


def _read_messages(language: str) -> NullTranslations:
    path = TRANSLATIONS / f"{language}.po"
    if not path.exists():  # English is the language of the sentences themselves
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
