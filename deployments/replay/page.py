"""Write a replay as one page that needs nothing else: a timeline and the journal a grant, and every letter.

It is in the organisation's language; the letters are in their readers'.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select

from deployments.portal.grant.journal import Happening, JournalDay, word_events
from deployments.portal.grant.page import StepLine, band_of, step_lines
from deployments.portal.grant.page_facts import GrantRows, load_grant_rows
from deployments.portal.grant.time_band import TimeBand
from deployments.portal.letter_parts import read_letter
from deployments.portal.web.state import page_environment
from deployments.replay.clock import Played
from models.events import GrantEvent, notice_event
from models.tables.columns import table_of
from models.tables.letter import Letter
from models.tables.person import Person
from models.vocabulary import NoticeKind
from tasks.overview.grants import Wish, list_standings
from tasks.overview.standing import GrantStanding
from tasks.store.database import reading
from tasks.words.money import word_money
from tasks.words.templates import TEMPLATES
from tasks.words.translator import Translator, capitalised, translator
from tasks.words.vocabulary import word_name

_LETTER = table_of(Letter)
_PERSON = table_of(Person)
# What prepares a step or reminds of it: among these nobody finds what mattered.
_ROUTINE = {
    notice_event(NoticeKind.REMINDER),
    GrantEvent.STEP_PLANNED,
    GrantEvent.STEP_OPENED,
    GrantEvent.STEP_READY,
    GrantEvent.DUE_DATE_SET,
    GrantEvent.FIGURES_GATHERED,
    GrantEvent.STEP_SETTLED_BY_DECISION,
}


@dataclass(frozen=True, slots=True)
class GrantOnPage:
    """A grant: its picture, steps and instalments, and what happened, the oldest first, with what was refused.

    What only prepares or reminds is left out; `folded` says how many reminders there were.
    """

    reference: str
    title: str
    status: str
    picture: TimeBand | None
    lines: list[StepLine]
    instalments: tuple[str, ...]
    days: tuple[JournalDay, ...]
    folded: str


@dataclass(frozen=True, slots=True)
class LetterOnPage:
    """A letter: whom it went to, and its two forms."""

    on: str
    to: str
    subject: str
    html: str
    text: str


def write_page(engine: Engine, played: Played, path: Path, language: str, zone: ZoneInfo) -> None:
    """Write the page."""
    say = translator(language)
    end = played.last_day
    shown = show_grants(engine, played, say, zone)
    with reading(engine) as connection:
        letters = _letters(connection, say, end)
    page = (
        page_environment(say.language)
        .get_template("replay.html")
        .render(
            style=(TEMPLATES / "static" / "style.css").read_text(encoding="utf-8"),
            today=end,
            grants=shown,
            letters=letters,
            rounds=len(played.rounds),
        )
    )
    path.write_text(page, encoding="utf-8")


def show_grants(engine: Engine, played: Played, say: Translator, zone: ZoneInfo) -> list[GrantOnPage]:
    """Return what a replay came to, a grant at a time, as a person reads it."""
    with reading(engine) as connection:
        standings = list_standings(connection, played.last_day, wish=Wish(order="reference"))
        return [_grant(connection, say, one, played, zone) for one in standings]


def _grant(
    connection: Connection, say: Translator, standing: GrantStanding, played: Played, zone: ZoneInfo
) -> GrantOnPage:
    end = played.last_day
    rows = _with_all_events(connection, standing.reference, end, zone)
    lines = list(step_lines(say, rows, end))
    reminders = sum(event.event == notice_event(NoticeKind.REMINDER) for event in rows.events)
    return GrantOnPage(
        reference=standing.reference,
        title=standing.title,
        status=word_name(say, "grant_status", standing.status),
        picture=band_of(say, lines, end),
        lines=lines,
        instalments=tuple(word_money(say, "part", part) for part in standing.instalments),
        days=_days(say, word_events(say, rows, end, _ROUTINE), played, standing.reference),
        folded=say.ngettext("One reminder was written.", "%(count)s reminders were written.", reminders),
    )


def _days(
    say: Translator, told: Sequence[JournalDay], played: Played, reference: str
) -> tuple[JournalDay, ...]:
    """Return the days in order, with what was tried and refused: no journal has it."""
    days = {day.on: day for day in told}
    for event in played.events:
        if (
            event["grant"] == reference
            and event["event"].endswith("_refused")
            and "reason" in event["detail"]
        ):
            on = date.fromisoformat(event["on"])
            day = days.get(on) or JournalDay(on, capitalised(say.weekday_date(on, played.last_day)), ())
            refused = say.gettext("An attempt was refused.")
            said = f"{refused} {event['detail']['reason']}"
            days[on] = replace(day, happened=(*day.happened, Happening(said)))
    return tuple(days[on] for on in sorted(days))


def _with_all_events(connection: Connection, reference: str, end: date, zone: ZoneInfo) -> GrantRows:
    """Return the grant as its page has it, with all of its journal."""
    pages: list[GrantRows] = []
    before: int | None = None
    while found := load_grant_rows(connection, reference, end, zone, before):
        pages.append(found)
        before = found.earlier_before
        if before is None:
            break
    people = {key: name for rows in pages for key, name in rows.people.items()}
    events = [event for rows in pages for event in rows.events]
    return replace(pages[0], events=events, entered=pages[-1].entered, people=people)


def _letters(connection: Connection, say: Translator, end: date) -> list[LetterOnPage]:
    query = (
        select(_LETTER.c.letter_on, _LETTER.c.subject, _LETTER.c.content, _PERSON.c.email)
        .join(_PERSON, _PERSON.c.id == _LETTER.c.person_id)
        .where(_LETTER.c.content.is_not(None))
        .order_by(_LETTER.c.letter_on, _LETTER.c.id)
    )
    found = []
    for row in connection.execute(query):
        parts = read_letter(row.content)
        found.append(
            LetterOnPage(
                say.short_date(row.letter_on, end), row.email, row.subject or "", parts.html, parts.text
            )
        )
    return found
