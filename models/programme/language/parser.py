"""The sentences of due rules: read into a rule, and printed back."""

from typing import Any

from models.programme.language.grammar import Forms, Heard, Sentence, SentenceForm
from models.programme.language.kinds import KINDS, MONTHS, Choice, Word, source
from models.programme.language.rule import (
    Day,
    DayPlace,
    DayReading,
    Either,
    Name,
    Off,
    PartOfTime,
    Published,
    Rule,
    SeveralDays,
    Shift,
    Weekday,
    YearDay,
)
from models.reading.number import shown

_LONGEST_SPAN = {"month": 31, "quarter": 92, "half": 184, "year": 366}
_DAYS_OF_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Ten years: nothing waits longer, and a chain of steps cannot leave the calendar.
_LONGEST = {"days": 3_660, "working days": 2_610, "months": 120}
_DEEPEST = 4
_READS = "each reading names its source; write it in parentheses after the reading, as (the text)"
_PUBLISHES = "an exception names where it was published; write it in parentheses, as (2 CFR 200.329)"
_ELSE = "'else' follows only a date of the decision, which may be missing"
_BEGINS = "a number, 'at', 'on', 'end of the month', 'either', 'earlier of' or 'later of'"


def _wrong_point(point: Any) -> tuple[str, int] | None:
    """Return the fault of a counted day, and the place of its word."""
    depth = 0
    inner = point
    while not isinstance(inner, Name | PartOfTime | Day):
        depth += 1
        inner = inner.point
    if depth > _DEEPEST:
        return f"days count from each other at most {_DEEPEST} deep; make the inner one a step of its own", 0
    if isinstance(point, Shift) and point.count > _LONGEST[point.unit]:
        return f"{shown(point.count)} {point.unit} are more than ten years: that is a slip", 0
    if isinstance(point, YearDay) and not 1 <= point.day <= _DAYS_OF_MONTHS[point.month - 1]:
        return f"{MONTHS[point.month - 1]} has no day {point.day}", 0
    if (
        isinstance(point, DayPlace)
        and point.place.isdecimal()
        and int(point.place) > _LONGEST_SPAN[point.span]
    ):
        return f"a {point.span} has no such day", 0
    return None


def _wrong_rule(rule: Rule) -> tuple[str, int] | None:
    if isinstance(rule.what, Either) and rule.source:
        return "each reading names its source already; take the last one out", 0
    if rule.otherwise is not None and not (isinstance(rule.what, Name) and rule.what.of_decision):
        return f"{_ELSE}; write 'earlier of ... and ...' or 'later of ... and ...' for two known days", 2
    return None


_UNITS = {"days": "day(s)", "working days": "working day(s) [in {country:country}]", "months": "month(s)"}
_SHIFTS = tuple(
    SentenceForm(Shift, f"{{count:number}} {words} {{before:side}} {{point:point}}", unit=unit)
    for unit, words in _UNITS.items()
)
# A period within which something is done; its last day is the due date.
_WITHIN = tuple(
    Heard(Shift, f"within {{count:number}} {words} {{before:since}} {{point:point}}", unit=unit)
    for unit, words in _UNITS.items()
)
_COUNTED = (
    SentenceForm(YearDay, "{day:number} {month:month} {relation:of_year} {point:point}"),
    *_SHIFTS,
    *_WITHIN,
    SentenceForm(DayPlace, "{place:place} of the {span:span} {relation:relation} {point:point}", nth=1),
    SentenceForm(DayPlace, "{place:place} of the {nth:ordinal} {span:span} {relation:aside} {point:point}"),
    SentenceForm(Weekday, "{weekday:weekday} {before:side} {point:point}"),
    SentenceForm(PartOfTime, "{fraction:fraction} of the {of:whole}"),
)
_NAMED = SentenceForm(Name, "{.:day_name}")
_REST = "[{off:off}] [{source:source}] {exceptions:published:0:}"
_RULE = Forms(
    SentenceForm(Rule, "at {what:day_name} else {otherwise:rule}"),
    Heard(Rule, f"no later than {{what:latest}} {_REST}"),
    SentenceForm(Rule, f"{{what:what}} {_REST}"),
    check=_wrong_rule,
)
KINDS |= {
    "rule": _RULE,
    "what": Forms(
        SentenceForm(Name, "at {.:day_name}"),
        SentenceForm(Day, "on {day:day}"),
        SentenceForm(Either, "either {readings:reading:2:or}"),
        SentenceForm(SeveralDays, "{later:which} of {points:point:2:and}"),
        *_COUNTED,
        Heard(Name, "{.:spoken_day}"),
        says=f"a rule does not begin so; it begins with {_BEGINS}",
        check=lambda what: None if isinstance(what, Either | SeveralDays) else _wrong_point(what),
    ),
    "latest": Forms(Heard(object, "{.:what}"), Heard(Day, "{day:day}"), Heard(Name, "{.:day_name}")),
    "reading": Forms(SentenceForm(DayReading, "{point:point} {source:reading_source}")),
    "point": Forms(
        *_COUNTED,
        SentenceForm(Day, "{day:day}"),
        _NAMED,
        says="a day is expected here: a name, as grant_end, or another rule",
        check=_wrong_point,
    ),
    "off": Forms(
        SentenceForm(Off, "or the next working day [in {country:country}]", move="next"),
        SentenceForm(Off, "or the working day before [in {country:country}]", move="previous"),
        SentenceForm(Off, "even on a day off", move="stays"),
        SentenceForm(Off, "by SFS 1930:173", move="statute"),
    ),
    "published": Forms(
        SentenceForm(Published, "except {period:label} on {on:day} {source:published_source}")
    ),
    "reading_source": source(_READS),
    "published_source": source(_PUBLISHES),
    "place": Forms(SentenceForm(str, "{.:place_word}"), SentenceForm(str, "{.:place_day}")),
    "span": Choice({span: span for span in _LONGEST_SPAN}),
    "aside": Choice({"after": "after", "before": "before"}),
    "relation": Choice({"of": "of", "after": "after", "before": "before"}),
    "of_year": Choice({"after": "after", "before": "before", "of the year of": "of"}),
    "which": Choice({"earlier": False, "later": True}),
    "whole": Choice({"grant": "grant", "period": "period"}),
    "label": Word(
        "(?i:[0-9]{4}(-([0-9]{2}|Q[1-4]|H[12]))?|M[0-9]+-M[0-9]+|[1-9][0-9]?)",
        "a period is expected here, as 2026, 2026-27, 2026-Q1, 2026-03 or M1-M18",
        str.upper,
    ),
}
_ROLL = "a day off moves to the next working day or to the one before; write or the next working day"
RULE: Sentence[Rule] = Sentence(
    *_RULE.forms,
    check=_wrong_rule,
    slips={
        r"(2|two)\|weeks? ": "weeks are not used; write 14 days",
        r"[0-9a-z]+\|weeks?\b": "weeks are not used; write 7 days for each",
        r"(?:within)?\|([0-9]+)d\b": r"a unit stands apart; write \1 days",
        r"\|an? (day|working day|month)\b": r"a number is expected here; write 1 \1",
        r"(1|one)\|years?\b|\|a year\b": "years are not used; write 12 months",
        r"\|half a year\b": "years are not used; write 6 months",
        r"[0-9]+\|years?\b": "years are not used; write 12 months for each",
        r"([0-9]+)\|(business|bank|banking|workdays?|weekdays)\b": (
            r"these are called working days; write \1 working days"
        ),
        r"([0-9]+)\|calendar days?\b": r"days are those of the calendar; write \1 days",
        r".*\|calendar (month|quarter|half|year)\b": r"it is that of the calendar; write \1",
        r".*\|(dagar|arbetsdagar|månader|senast|inom)\b": (
            "sentences are in English; write days, working days, months, no later than or within"
        ),
        r"\|(immediately|directly|promptly|as soon as)\b": (
            "a rule gives a day; write how many days, as 14 days after decision"
        ),
        r"\|(upon|when|once)\b": "a rule does not begin so; write at and what happens, as at final-report.approved",
        r"\|(min|max|whichever)\b": "write earlier of ... and ..., or later of ... and ...",
        r"\|last (working|business) day\b": (
            "a day off moves by the words at the end; write end of the month after ... or the working day before"
        ),
        r"\|first (working|business) day\b": (
            "a day off moves by the words at the end; write start of the month after ... or the next working day"
        ),
        r"[0-9]+\|of (?:the )?(month|quarter|half|year)\b": (
            r"a day within it is an ordinal; write 15th of the \1, or 2nd of the \1"
        ),
        r"on\|([0-9]+(?:st|nd|rd|th))\b": r"'on' stands before a whole day only; write \1",
        r".*\|following (month|quarter|half|year)\b": r"which \1 follows a day; write of the \1 after period_end",
        r"(?:days?|months?|quarter|half|year)\|following\b": "write after",
        rf"({'|'.join(MONTHS)})\|(?:of )?(?:the )?(?:following year|next year|year after)\b": (
            "the first such day after another is meant; leave the year out, and write after period_end"
        ),
        rf"({'|'.join(MONTHS)})\|[12][0-9]{{3}}\b|on\|[0-9]+(/[0-9]| ({'|'.join(MONTHS)}))": (
            "a fixed day is written year first; write on 2026-09-15"
        ),
        r"([a-z][a-z0-9_-]*)\|(?:is )?(approved|done|claimed|paid)\b": r"what happens is one word; write \1.\2",
        r".*\|(?:plus|\+) ([0-9]+)\b": r"how long is said first; write \1 days after",
        r"(grant|period)\|(start|end)\b": r"this name is one word; write \1_\2",
        r"of\|project\b": "the project's days are those of the grant; write grant",
        r"project\|(start|end)\b": r"the project's days are those of the grant; write grant_\1",
        rf".*\|({'|'.join(MONTHS)}) ([0-9]+)\b": (r"the day of the month comes before its name; write \2 \1"),
        rf"({'|'.join(MONTHS)})\|and ([0-9]+) ({'|'.join(MONTHS)})\b": (
            "two days of every year take 'each: half'; write earlier of ... \\1 after period_start and \\2 \\3 after"
            " period_start"
        ),
        rf"({'|'.join(MONTHS)})\|(each|every) year": (
            "a day of every year takes 'each: year'; write after period_end here"
        ),
        r"\|(each|every)\b": "how often is said by 'each', which stands beside 'due'",
        r".*\|else\b": "put the decision's date first: at NAME of the decision else another rule",
        r"or\|(nearest|closest|following|previous|preceding)\b|.*\|moved to\b": _ROLL,
        r"or\|[0-9]": "'or' joins two readings; begin with 'either', or write 'or the next working day'",
        r".+\|(earlier|later|either|at|on)\b(?! [0-9]+[:.])": (
            r"'\1' stands only at the beginning of a rule; make the inner one a step of its own"
        ),
        r".*\|at [0-9]": "a rule gives days, not hours; leave the hour out, and put it in the step's todo",
        r"\|([0-9]{4}-[0-9]{2}-[0-9]{2})\b": r"a fixed day is written with 'on'; write 'on \1'",
        r"\|(after|before)\b": r"how long is said first; write 14 days \1",
        r"\|(by|until|not later|latest|on or)\b|latest\|": (
            "the last day is what a rule says; write no later than, or leave this out"
        ),
        r"\|([a-z][a-z0-9_]*) of decision\b": (
            r"a rule does not begin with a name; write 'at \1 of the decision'"
        ),
        r"\|([a-z][a-z0-9_.-]*)( or| even| else| except|$)": (
            r"a rule does not begin with a name; write 'at \1'"
        ),
        r"of\|([a-z0-9]+(?:-[a-z0-9]+)+)\b": r"what happens is one word; write \1.approved",
    },
)
read_rule = RULE.read
print_rule = RULE.printed
