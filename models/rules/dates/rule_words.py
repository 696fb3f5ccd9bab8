"""Say a due rule in words, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from models.programme.due import DueRule
from models.programme.names import meeting_mark
from models.rules.dates.both import Both

_GIVEN = {
    "decided_on": Both("beslutet", "the decision"),
    "grant_start_on": Both("bidragstidens början", "the start of the grant"),
    "grant_end_on": Both("bidragstidens slut", "the end of the grant"),
    "period_start": Both("periodens början", "the start of the period"),
    "period_end": Both("periodens slut", "the end of the period"),
}
_UNITS = {
    "days": (Both("dag", "day"), Both("dagar", "days")),
    "working_days": (Both("arbetsdag", "working day"), Both("arbetsdagar", "working days")),
    "weeks": (Both("vecka", "week"), Both("veckor", "weeks")),
    "months": (Both("månad", "month"), Both("månader", "months")),
    "quarters": (Both("kvartal", "quarter"), Both("kvartal", "quarters")),
    "years": (Both("år", "year"), Both("år", "years")),
}
SPANS = {
    "month": Both("månaden", "month"),
    "quarter": Both("kvartalet", "quarter"),
    "half_year": Both("halvåret", "half-year"),
    "year": Both("året", "year"),
    "fiscal_year": Both("räkenskapsåret", "fiscal year"),
}
_WEEKDAYS = {
    "monday": Both("måndagen", "Monday"),
    "tuesday": Both("tisdagen", "Tuesday"),
    "wednesday": Both("onsdagen", "Wednesday"),
    "thursday": Both("torsdagen", "Thursday"),
    "friday": Both("fredagen", "Friday"),
    "saturday": Both("lördagen", "Saturday"),
    "sunday": Both("söndagen", "Sunday"),
}
_ORDINALS = {
    "first": Both("den första", "the first"),
    "second": Both("den andra", "the second"),
    "third": Both("den tredje", "the third"),
    "fourth": Both("den fjärde", "the fourth"),
    "last": Both("den sista", "the last"),
}
_MONTHS = (
    *(Both("januari", "January"), Both("februari", "February"), Both("mars", "March")),
    *(Both("april", "April"), Both("maj", "May"), Both("juni", "June"), Both("juli", "July")),
    *(Both("augusti", "August"), Both("september", "September"), Both("oktober", "October")),
    *(Both("november", "November"), Both("december", "December")),
)
_ROLLS = {
    "next": Both(", eller nästa arbetsdag", ", or the next working day"),
    "previous": Both(", eller arbetsdagen före", ", or the working day before"),
    "sfs-1930-173": Both(
        ", eller nästa vardag enligt SFS 1930:173", ", or the next weekday as SFS 1930:173 says"
    ),
}
_BEFORE_MEETING = {
    ".agenda": Both("sista dag att anmäla", "the last day to put on the agenda"),
    ".documents": Both("sista dag för handlingarna till", "the last day for the documents of"),
    ".draft": Both("sista dag för utkastet till", "the last day for the draft of"),
}
_SEVERAL = {
    "earliest_of": Both("den tidigare av: ", "the earlier of: "),
    "latest_of": Both("den senare av: ", "the later of: "),
    "either": Both("det läses olika: ", "it is read in more than one way: "),
}

Titles = Mapping[str, Both]

# What was said of a rule with these titles: thousands of grants count by the same few rules. Both are kept here, so
# that nothing else can have their ids meanwhile.
_said: dict[tuple[int, int], tuple[DueRule, Titles, Both]] = {}
_MOST_SAID = 4096


def amount_words(count: int, unit: str) -> Both:
    """Return a number of units: "2 working days"."""
    one, many = _UNITS[unit]
    noun = one if count == 1 else many
    return Both(f"{count} {noun.sv}", f"{count} {noun.en}")


def name_words(name: str, titles: Titles) -> Both:
    """Return what a name that a rule counts from is called; the name itself where nobody gave it a title."""
    if name in _GIVEN:
        return _GIVEN[name]
    key, *marks = name.split(".")
    title = titles.get(key)
    said = Both(f"”{title.sv}”", f"“{title.en}”") if title else Both.same(key)
    if title and key.endswith("_on"):
        said = title
    if "first" in marks:
        said = Both(f"första {said.sv}", f"the first {said.en}")
    if "last" in marks:
        said = Both(f"sista {said.sv}", f"the last {said.en}")
    if "previous" in marks:
        said = Both(f"{said.sv} för perioden före", f"{said.en} of the period before")
    if before := _BEFORE_MEETING.get(meeting_mark(name)):
        said = Both(f"{before.sv} {said.sv}", f"{before.en} {said.en}")
    if "done" in marks:
        said = Both(f"att steget {said.sv} är klart", f"{said.en} is done")
    return said


def rule_words(rule: DueRule, titles: Titles) -> Both:
    """Return the rule as one phrase: "1 month after the end of the period, or the next working day"."""
    known = _said.get((id(rule), id(titles)))
    if known is not None:
        return known[2]
    if len(_said) >= _MOST_SAID:
        _said.clear()
    phrase = _rule_words(rule, titles)
    _said[id(rule), id(titles)] = rule, titles, phrase
    return phrase


def _rule_words(rule: DueRule, titles: Titles) -> Both:
    phrase = _form_words(rule, titles)
    if rule.roll in _ROLLS:
        phrase = Both(phrase.sv + _ROLLS[rule.roll].sv, phrase.en + _ROLLS[rule.roll].en)
    if rule.unless:
        given = name_words(rule.unless, titles)
        phrase = Both(
            f"{phrase.sv}, om inte {given.sv} är bestämd", f"{phrase.en}, unless {given.en} is given"
        )
    return phrase


def _form_words(rule: DueRule, titles: Titles) -> Both:
    form = rule.form
    if rule.date is not None:
        return Both(f"det fasta datumet {rule.date.isoformat()}", f"the fixed date {rule.date.isoformat()}")
    if rule.fraction is not None:
        whose = (
            Both("periodens tid", "the period")
            if rule.of == "period"
            else Both("bidragstiden", "the grant's time")
        )
        return Both(
            f"när {rule.fraction} av {whose.sv} har gått", f"when {rule.fraction} of {whose.en} has passed"
        )
    parts = [_anchor_words(one, titles) for one in rule.anchors]
    if form in _SEVERAL:
        said, mark = Both.joined(parts, "; "), _SEVERAL[form]
        return Both(mark.sv + said.sv, mark.en + said.en)
    (whole,) = parts
    if form == "on" or (rule.shift is not None and rule.shift[0] == 0):
        return whole if _is_dated(rule.on, titles) else Both(f"samma dag som {whole.sv}", f"on {whole.en}")
    if rule.shift is not None:
        span = amount_words(*rule.shift)
        side = Both("efter", "after") if form == "after" else Both("före", "before")
        return Both(f"{span.sv} {side.sv} {whole.sv}", f"{span.en} {side.en} {whole.en}")
    held = rule.anchors[0]
    away = isinstance(held, DueRule) and held.shift is not None and held.shift[0] != 0
    return calendar_words(rule, whole, away=away)


def calendar_words(rule: DueRule, whole: Both, *, away: bool = False) -> Both:
    """Return the words of a day that the calendar gives, near `whole`, which may be so long `away` from something."""
    # "day 15 of the month 1 month after the decision", but "of the month of the decision".
    of = Both.same(" ") if away else Both(" för ", " of ")
    if rule.end_of is not None or rule.start_of is not None:
        span = SPANS[rule.end_of or rule.start_of or ""]
        edge = Both("sista", "last") if rule.end_of else Both("första", "first")
        return Both(
            f"{edge.sv} dagen i {span.sv}{of.sv}{whole.sv}",
            f"the {edge.en} day of the {span.en}{of.en}{whole.en}",
        )
    if rule.day_of_month is not None:
        return Both(
            f"den {rule.day_of_month} i månaden{of.sv}{whole.sv}",
            f"day {rule.day_of_month} of the month{of.en}{whole.en}",
        )
    if rule.yearly is not None:
        day = date.fromisoformat(f"2000-{rule.yearly}")
        month = _MONTHS[day.month - 1]
        if rule.following is not None:
            return Both(
                f"den {day.day} {month.sv} efter {whole.sv}", f"{day.day} {month.en} after {whole.en}"
            )
        return Both(
            f"den {day.day} {month.sv} samma år som {whole.sv}",
            f"{day.day} {month.en} in the year of {whole.en}",
        )
    *ordinal, weekday = (rule.weekday or "").split(" ")
    name = _WEEKDAYS[weekday]
    if not ordinal:
        return Both(f"{name.sv} närmast efter {whole.sv}", f"the {name.en} that follows {whole.en}")
    nth = _ORDINALS[ordinal[0]]
    return Both(
        f"{nth.sv} {name.sv} i månaden{of.sv}{whole.sv}", f"{nth.en} {name.en} in the month{of.en}{whole.en}"
    )


def _anchor_words(anchor: str | DueRule, titles: Titles) -> Both:
    return name_words(anchor, titles) if isinstance(anchor, str) else rule_words(anchor, titles)


def _is_dated(anchor: object, titles: Titles) -> bool:
    """Return whether the anchor's words say by themselves what day it is, as a date's title does."""
    if not isinstance(anchor, str):
        return False
    return bool(meeting_mark(anchor)) or (anchor.endswith("_on") and anchor in titles)
