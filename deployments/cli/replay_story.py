"""Tell what a replay came to, as a story that a person reads from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, select

from deployments.cli.console.columns import listed, money_text, part_text
from deployments.replay.clock import Played
from models.rules.money.at_risk import missing_of
from models.tables.columns import table_of
from models.tables.grant import Grant
from tasks.overview.grants import portfolio
from tasks.overview.standing import InstalmentStanding
from tasks.store.database import reading

_GRANT = table_of(Grant)

Event = dict[str, Any]


def _sum(event: Event, key: str = "amount_minor") -> str:
    return money_text(event["detail"].get(key), event["currency"])


def _missing(event: Event) -> str:
    """Return what of an instalment is missing, where it was paid in part."""
    whole, missing = (
        event["detail"].get("amount_minor"),
        missing_of(event["detail"].get("amount_minor"), event["detail"].get("paid_minor")),
    )
    left = f" of {money_text(whole, event['currency'])}, {money_text(missing, event['currency'])} missing"
    return left if missing else ""


def _decision(event: Event) -> str:
    detail = event["detail"]
    total = detail.get("total_minor")
    amount = detail.get("amount_minor")
    stated = (
        f"the total so far is {_sum(event, 'total_minor')}" if total is not None else "its sum is not stated"
    )
    said = _sum(event) if amount is not None else stated
    return f"the funder decides ({detail['kind']}): {said}"


def _told(verb: str, why: str = "") -> Callable[[Event], str]:
    return lambda event: (
        f"{verb} {event['person']} about {event['step']}, {why or event['detail']['rung'].replace('-', ' ')}"
    )


def _meeting(event: Event) -> str:
    detail, step = event["detail"], event["step"]
    if detail["fit"] == "none":
        return f"NO MEETING TAKES {step} in time: delegate it, call an extra one, ask for time, or send first"
    if detail["fit"] == "late":
        return f"{step} goes to the meeting on {detail['held_on']}, too late: delegate it, ask for time, or send first"
    planned = f"{step}: last usable meeting {detail['held_on']}"
    late = f"; normal adjustment would end on {detail['adjusted_on']}, too late: propose immediate adjustment"
    return planned + (late if detail["immediate"] else "")


# What is worth telling, in the story's words; the rest is in --json.
WORDS: dict[str, Callable[[Event], str]] = {
    "grant_opened": lambda event: "the grant is opened",
    "decision_recorded": _decision,
    "decision_corrected": lambda event: f"the {event['detail']['kind']} is corrected",
    "step_done": lambda event: f"{event['person']} answers {event['step']}",
    "step_approved": lambda event: f"{event['person']} records: {event['step']} given",
    "step_put_off": lambda event: f"{event['person']} says {event['step']} is not ready yet",
    "meeting_planned": _meeting,
    "meeting_undecided": lambda event: (
        f"the meeting on {event['detail']['held_on']} went by without a decision on {event['step']}"
    ),
    "due_date_moved": lambda event: (
        f"{event['step']} moves from {event['detail']['was']} to {event['detail']['now']}"
    ),
    "step_extended": lambda event: f"{event['step']} is extended to {event['detail']['to']}",
    "report_returned": lambda event: f"{event['person']} sends {event['step']} back",
    "approval_withdrawn": lambda event: f"{event['person']} takes {event['step']} back",
    "step_reopened": lambda event: f"{event['step']} is open again",
    "recovery_opened": lambda event: f"recovery opens for instalment {event['detail']['instalment']}",
    "step_handed_over": lambda event: f"{event['step']} goes to {event['person']}",
    "instalment_withheld": lambda event: f"instalment {event['detail']['instalment']} is withheld",
    "instalment_releasable": lambda event: f"instalment {event['detail']['instalment']} may now be released",
    "release_requested": lambda event: (
        f"{event['person']} asks for the release of instalment {event['detail']['instalment']}"
    ),
    "instalment_released": lambda event: (
        f"INSTALMENT {event['detail']['instalment']} IS RELEASED: {_sum(event)}"
        + (f", confirmed by {event['person']}" if event["person"] else ", by the decision itself")
    ),
    "instalment_claimed": lambda event: f"instalment {event['detail']['instalment']} is claimed",
    "instalment_paid": lambda event: (
        f"instalment {event['detail']['instalment']} is paid: {_sum(event, 'paid_minor')}{_missing(event)}"
    ),
    "rest_lost": lambda event: (
        f"NO MORE COMES of instalment {event['detail']['instalment']}: {_sum(event, 'missing_minor')} is lost"
    ),
    "release_refused": lambda event: f"refused: {event['detail']['reason']}",
    "reminder_queued": _told("letter to"),
    "escalation_queued": _told("ESCALATION to"),
    "stand_in_queued": _told("letter to the deputy", "whose owner is away"),
    "returned_queued": _told("letter to", "which came back"),
    "moved_queued": _told("letter to", "which has another date"),
    "no_meeting_queued": _told("letter to", "which no meeting takes in time"),
    "date_missing_queued": _told("letter to", "whose date no decision gives"),
    "confirm_release_queued": _told("letter to", "whose release two people confirm"),
    "grant_closed": lambda event: "THE GRANT IS CLOSED",
    "grant_reopened": lambda event: "THE GRANT IS OPEN AGAIN",
    "grant_refused": lambda event: "the grant is refused",
}


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A line of the story: what happened to a grant on a day."""

    on: str
    grant: str
    words: str


def story_lines(engine: Engine, played: Played) -> Iterator[StoryLine]:
    """Yield what is worth telling, in order."""
    with reading(engine) as connection:
        rows = connection.execute(select(_GRANT.c.reference, _GRANT.c.currency)).all()
    currencies = {row.reference: row.currency for row in rows}
    for played_event in played.events:
        event = {**played_event, "currency": currencies.get(played_event["grant"])}
        words = WORDS.get(event["event"])
        if words is None and event["event"].endswith("_refused"):
            words = WORDS["release_refused"]
        if words is not None:
            yield StoryLine(event["on"], event["grant"] or "", words(event))


def tell_story(engine: Engine, played: Played) -> str:
    """Return the story: a line an event, grouped by day, and where each grant stands at the end."""
    lines, last = [], ""
    for line in story_lines(engine, played):
        day = line.on if line.on != last else " " * 10
        last = line.on
        lines.append(f"{day}  {line.grant:12}  {line.words}")
    lines.append("")
    end = date.fromisoformat(played.events[-1]["on"]) if played.events else date.min
    for standing in portfolio(engine, end):
        parts = listed([_part(part) for part in standing.instalments])
        lines.append(f"{standing.reference}: {standing.status}. Instalments {parts}.")
    return "\n".join(lines)


def _part(part: InstalmentStanding) -> str:
    whole = (
        ""
        if missing_of(part.amount_minor, part.paid_minor)
        else f"{money_text(part.amount_minor, part.currency)} "
    )
    return f"{part.number}: {whole}{part_text(part)}"
