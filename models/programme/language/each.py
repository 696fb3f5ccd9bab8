"""Sentences about periods: `quarter`, `year from 1 April`, `months 1-18 and 19-end`."""

from dataclasses import dataclass

from models.programme.language.grammar import Forms, Sentence, SentenceForm
from models.programme.language.kinds import KINDS, MONTHS, Choice, Word
from models.reading.fields import date_of

SPAN_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class Each:
    """Periods of so many months, by the calendar or from the project's first day, or ranges of months.

    `starts` is the month in which a calendar year of them begins. The last of `ranges` is open if
    it ends at 0. `without` are the periods of every year that are left out, by the ends of their
    names. `listed` are dates of the decision: each date that it gives ends a period, and the last
    period takes the rest of the grant.
    """

    months: int = 0
    project: bool = False
    starts: int = 1
    ranges: tuple[tuple[int, int], ...] = ()
    without: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()

    @property
    def is_cut_with_grant(self) -> bool:
        """Whether the last period ends with the grant, as those of a project do."""
        return self.project or bool(self.ranges or self.listed)

    @property
    def keys(self) -> tuple[str, ...]:
        """The tables' names of the dates that end the listed periods."""
        return tuple(map(date_of, self.listed))

    @property
    def label_form(self) -> tuple[str, str]:
        """The form of the periods' labels: a pattern, and an example."""
        if self.listed:
            return "[1-9][0-9]?", "2"
        if self.is_cut_with_grant:
            return r"M[0-9]+(-(M[0-9]+|END))?", "M1-M18"
        if self.months == 12:
            return (r"[0-9]{4}", "2026") if self.starts == 1 else (r"[0-9]{4}-[0-9]{2}", "2025-26")
        names = names_of_year(self.months) if self.starts == 1 else ()
        if not names:
            return r"[0-9]{4}-[0-9]{2}-01", "its first day, 2026-03-01"
        return f"[0-9]{{4}}-({'|'.join(names)})", f"2026-{names[0]}"


def names_of_year(months: int) -> tuple[str, ...]:
    """Return the ends of the names of a calendar year's periods; empty if they have no names."""
    if months == 1:
        return tuple(f"{month:02}" for month in range(1, 13))
    letter = {3: "Q", 6: "H"}.get(months)
    return tuple(f"{letter}{number}" for number in range(1, 12 // months + 1)) if letter else ()


def _wrong(each: Each) -> tuple[str, int] | None:
    """Return the fault of periods, and the place of its word."""
    following = 1
    for place, (first, last) in enumerate(each.ranges):
        if first != following:
            return (
                f"the months go on from {following or 'nowhere'}; write {following}-{last or 'end'}",
                1 + 2 * place,
            )
        if last and last < first:
            return "these months end before they begin", 1 + 2 * place
        following = last + 1 if last else 0
    if each.ranges or each.listed:
        return None
    if not 1 <= each.months <= 120:
        return "so many months are no period", each.project
    if not each.project and 12 % each.months:
        return "so many months do not fill a year; write 1, 2, 3, 4, 6 or 12 months, or project", 0
    if each.project and (each.starts != 1 or each.without):
        return "a project's periods begin with the grant; leave out 'project', or what follows", 0
    if each.without and (each.starts != 1 or not {*each.without} <= {*names_of_year(each.months)}):
        return "only named periods of the calendar year can be left out, as Q4 of quarter", 0
    return None


def _range(text: str) -> tuple[int, int]:
    first, last = text.split("-")
    return int(first), 0 if last == "end" else int(last)


KINDS |= {
    "length": Forms(
        SentenceForm(int, "{.:length_word}"),
        SentenceForm(int, "{.:number} month(s)"),
        says="a period is expected here: month, quarter, half, year, N months, months 1-18 and 19-end, NAME and NAME of"
        " the decision, or a step that has each",
    ),
    "length_word": Choice(SPAN_MONTHS),
    "start": Word(
        f"(?i:{'|'.join(MONTHS)})",
        "a month is expected here",
        lambda text: MONTHS.index(text.title()) + 1,
        lambda held: MONTHS[held - 1] if held != 1 else None,
    ),
    "range": Word(
        "([1-9][0-9]{0,2})-([1-9][0-9]{0,2}|end)",
        "project months are expected here, as 1-18",
        _range,
        lambda held: f"{held[0]}-{held[1] or 'end'}",
    ),
    "left_out": Forms(SentenceForm(str, "except {.:period_name}")),
    "period_name": Word(
        "(?i:Q[1-4]|H[12]|0[1-9]|1[0-2])",
        "a period's name is expected here, as Q4",
        str.upper,
    ),
}
EACH: Sentence[Each] = Sentence(
    SentenceForm(Each, "months {ranges:range:1:and}"),
    SentenceForm(Each, "{project?project} {months:length} [from 1 {starts:start}] {without:left_out:0:}"),
    check=_wrong,
    slips={
        r"\|(quarter|month|year)ly\b": r"a period is said by its length; write \1",
        r"\|(?:every|each|per|calendar) (month|quarter|half|year|[0-9]+ months)\b": (
            r"a period is said by its length; write \1"
        ),
        r"\|annual(ly)?\b": "a period is said by its length; write year",
        r"\|(half[_-]year|semester|biannual|twice a year)\b|half\|year\b": "a period is said by its length; write half",
        r"\|(tertial|trimester)\b": "a period is said by its length; write 4 months",
        r"\|(week|fortnight)": "weeks are not used; the shortest period is a month",
        r"months\|[0-9]+ to\b": "project months are written with a hyphen; write months 1-18 and 19-end",
        r"[0-9]+-[0-9]+\|[0-9]": "ranges of months are joined by and; write months 1-18 and 19-end",
        r"\|fiscal[ _-]year\b": "a year that begins otherwise says when; write year from 1 July",
        r"\|m[0-9]+-m[0-9]+": "project months are written without M; write months 1-18 and 19-36",
        rf"from\|({'|'.join(MONTHS)})\b": (r"a first day of a month is expected here; write 1 \1"),
    },
)
LISTED: Sentence[Each] = Sentence(SentenceForm(Each, "{listed:word:1:and} of the decision"), slips={})


def read_each(sentence: str) -> Each:
    """Return the periods that a sentence says; SentenceFault if it cannot be read."""
    return (LISTED if sentence.endswith("decision") else EACH).read(sentence)


def print_each(each: Each) -> str:
    """Return the periods as their sentence."""
    return (LISTED if each.listed else EACH).printed(each)
