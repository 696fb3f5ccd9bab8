"""Say in words why a step is due when it is: its receipt, for a person to believe."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from models.facts.receipt import AnchorKind, WhyDue
from tasks.wording.words import Speaker, capitalised

# How a date is sourced by what happened on a day, where nobody has written a source.
_SOURCED_BY = re.compile(
    r"(decision of|the return on|the withdrawal on|the shortening on|confirmed on) ([0-9]{4}-[0-9]{2}-[0-9]{2})"
)


def word_why(say: Speaker, why: WhyDue, due_on: date, today: date, *, settled: bool = False) -> str:
    """Return why the date is what it is, as sentences; empty for a receipt that says nothing.

    That a time is our own choice matters only as long as the step is not settled.
    """
    # What was set to the day of the rule beats nothing.
    told = replace(why, anchor_on=None) if why.form == "fixed" and why.anchor_on == due_on else why
    parts = [_rule(say, told, today)]
    if len(why.readings) > 1 and not settled:
        parts.append(_readings(say, why, today))
    if why.rolled_on is not None:
        parts.append(_rolled(say, why.rolled_on, due_on, today))
    if why.choice:
        parts.append("" if settled else _choice(say, why))
    elif why.source and why.form != "fixed":
        parts.append(say.gettext("Source: %(source)s.", source=source_words(say, why.source, today)))
    return " ".join(part for part in parts if part)


def _choice(say: Speaker, why: WhyDue) -> str:
    """Return who chose: we set the time in the programme, or the day it counts from is not confirmed."""
    named = why.form == "on" and why.anchor is AnchorKind.NAMED
    if named or not why.source.startswith("choice"):
        return say.gettext("The day is chosen in our data and not confirmed.")
    return say.gettext("We chose the time ourselves; the funder has not set it.")


def _readings(say: Speaker, why: WhyDue, today: date) -> str:
    """Return that the rule can be read in several ways, and which day holds meanwhile."""
    days = say.listed([say.short_date(day, today) for day in why.readings])
    return say.gettext(
        "The rule can be read as %(days)s: the earliest holds until someone has confirmed the day with the funder.",
        days=days,
    )


def _rule(say: Speaker, why: WhyDue, today: date) -> str:
    if why.form == "fixed":
        return _fixed(say, why, today)
    if why.form == "on":
        if why.anchor is AnchorKind.WRITTEN:
            return say.gettext("A fixed date in the funder's rules.")
        if why.anchor is AnchorKind.NAMED:
            return f"{capitalised(why.anchor_title)}."
        return f"{capitalised(_anchor(say, why, today))}."
    if why.form == "nothing":
        return say.gettext("There is nothing to claim or pay: the sum is 0.")
    if why.form == "composed":
        return f"{capitalised(why.rule)}." if why.rule else ""
    if why.form not in ("after", "before", "end_of"):
        return ""
    anchor = _anchor(say, why, today)
    if why.form == "end_of":
        return _end_of(say, why.unit or "", anchor)
    if why.count == 0:  # so long after it is the day itself
        return f"{capitalised(anchor)}."
    span = _span(say, why.count or 0, why.unit or "days")
    if why.form == "before":
        return say.gettext("%(span)s before %(anchor)s.", span=span, anchor=anchor)
    return say.gettext("%(span)s after %(anchor)s.", span=span, anchor=anchor)


def source_words(say: Speaker, source: str, today: date) -> str:
    """Return the source as written; what is known by its day alone is said in the reader's language."""
    known = known_by_its_day(source)
    if known is None:
        return source.rstrip(".")
    day = say.short_date(known[1], today)
    if known[0] == "the return on":
        return say.gettext("the return on %(day)s", day=day)
    if known[0] == "the withdrawal on":
        return say.gettext("the withdrawal on %(day)s", day=day)
    if known[0] == "the shortening on":
        return say.gettext("the shortening on %(day)s", day=day)
    if known[0] == "confirmed on":
        return say.gettext("confirmed on %(day)s", day=day)
    return say.gettext("the decision of %(day)s", day=day)


def with_sources_worded(say: Speaker, text: str, today: date) -> str:
    """Return a receipt's words, every source in it that is known by its day alone in the reader's language."""
    return _SOURCED_BY.sub(lambda found: source_words(say, found[0], today), text)


def known_by_its_day(source: str) -> tuple[str, date] | None:
    """Return what happened and when, of a source that nobody has written; None of one that somebody has."""
    match = _SOURCED_BY.fullmatch(source)
    try:
        return (match[1], date.fromisoformat(match[2])) if match else None
    except ValueError:  # somebody has, of a day that there is not
        return None


def _fixed(say: Speaker, why: WhyDue, today: date) -> str:
    if why.source:
        text = say.gettext("The date is set by: %(source)s.", source=source_words(say, why.source, today))
    else:
        text = say.gettext("The date is set by hand.")
    if why.anchor_on is None:
        return text
    if why.beaten:
        day, source = say.short_date(why.anchor_on, today), source_words(say, why.beaten, today)
        otherwise = say.gettext("Otherwise it would have been %(day)s (%(source)s).", day=day, source=source)
        return f"{text} {otherwise}"
    rule = say.gettext("By the rule it would have been %(day)s.", day=say.short_date(why.anchor_on, today))
    return f"{text} {rule}"


def _end_of(say: Speaker, unit: str, anchor: str) -> str:
    if unit == "month":
        return say.gettext("The last day of the month of %(anchor)s.", anchor=anchor)
    if unit == "quarter":
        return say.gettext("The last day of the quarter of %(anchor)s.", anchor=anchor)
    if unit == "half_year":
        return say.gettext("The last day of the half-year of %(anchor)s.", anchor=anchor)
    return say.gettext("The last day of the year of %(anchor)s.", anchor=anchor)


def _span(say: Speaker, count: int, unit: str) -> str:
    if unit == "working_days":
        return say.ngettext("%(count)s working day", "%(count)s working days", count)
    if unit == "weeks":
        return say.ngettext("%(count)s week", "%(count)s weeks", count)
    if unit == "months":
        return say.ngettext("%(count)s month", "%(count)s months", count)
    if unit == "quarters":
        return say.ngettext("%(count)s quarter", "%(count)s quarters", count)
    if unit == "years":
        return say.ngettext("%(count)s year", "%(count)s years", count)
    return say.ngettext("%(count)s day", "%(count)s days", count)


def _anchor(say: Speaker, why: WhyDue, today: date) -> str:
    day = say.short_date(why.anchor_on, today) if why.anchor_on else ""
    title = capitalised(why.anchor_title)
    if why.anchor is AnchorKind.DECISION:
        return say.gettext("the decision of %(day)s", day=day)
    if why.anchor is AnchorKind.GRANT_START:
        return say.gettext("the start of the grant on %(day)s", day=day)
    if why.anchor is AnchorKind.GRANT_END:
        return say.gettext("the end of the grant on %(day)s", day=day)
    if why.anchor is AnchorKind.PERIOD_START:
        return say.gettext("the start of the period on %(day)s", day=day)
    if why.anchor is AnchorKind.PERIOD_END:
        return say.gettext("the end of the period on %(day)s", day=day)
    if why.anchor is AnchorKind.STEP:
        return say.gettext("the date of “%(step)s”, %(day)s", step=title, day=day)
    if why.anchor is AnchorKind.STEP_DONE:
        return say.gettext("%(day)s, when “%(step)s” was done", step=title, day=day)
    if why.anchor is AnchorKind.STEP_GIVEN:
        return say.gettext("%(day)s, when “%(step)s” was given", step=title, day=day)
    if why.anchor is AnchorKind.STEP_SENT:
        return say.gettext("%(day)s, when “%(step)s” was sent", step=title, day=day)
    if why.anchor is AnchorKind.STEP_CAME:
        return say.gettext("%(day)s, when “%(step)s” came", step=title, day=day)
    return say.gettext("%(title)s, %(day)s", title=why.anchor_title, day=day) if title else day


def _rolled(say: Speaker, rolled_on: date, due_on: date, today: date) -> str:
    day = say.weekday_date(rolled_on, today)
    if due_on > rolled_on:
        return say.gettext(
            "%(day)s is not a working day, so the date moves to the next one.", day=capitalised(day)
        )
    return say.gettext(
        "%(day)s is not a working day, so the date moves to the one before.", day=capitalised(day)
    )
