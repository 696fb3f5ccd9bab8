"""Write a replay as one page that needs nothing else: a timeline and the journal a grant, and every letter.

It is in the organisation's language; the letters are in their readers'.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select
from sqlmodel import select as select_models

from deployments.portal.grant.journal import JournalDay, word_events
from deployments.portal.grant.rows import GrantRows, load_grant_rows
from deployments.portal.grant.time_axis import Moment, Picture, draw
from deployments.portal.letter_parts import read_letter
from deployments.portal.web.render import page_environment
from deployments.replay.clock import Played
from models.errors import BadInput
from models.facts.receipt import read_receipt
from models.message import Common
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Letter
from models.tables.money import Instalment
from models.tables.person import Person
from models.tables.step import Meeting, Step
from models.vocabulary import SETTLED
from tasks.files.plain import why_unread
from tasks.store.database import reading
from tasks.store.programmes import load_programme
from tasks.store.rows import load_models
from tasks.words.money import word_came
from tasks.words.names import word_grant_status, word_instalment_status, word_phase
from tasks.words.receipts import ReceiptWords
from tasks.words.templates import TEMPLATES
from tasks.words.translator import Translator, capitalised, translator

_GRANT, _STEP, _LETTER = table_of(Grant), table_of(Step), table_of(Letter)
_INSTALMENT, _MEETING, _PERSON = table_of(Instalment), table_of(Meeting), table_of(Person)


@dataclass(frozen=True, slots=True)
class StepOnPage:
    """A step in the table below the picture."""

    number: int
    title: str
    due: str
    done: str
    why: str
    look: str


@dataclass(frozen=True, slots=True)
class GrantOnPage:
    """A grant: its picture, steps and instalments, and what happened, the oldest first, with what was refused."""

    reference: str
    title: str
    status: str
    picture: Picture | None
    steps: tuple[StepOnPage, ...]
    instalments: tuple[str, ...]
    days: tuple[JournalDay, ...]
    refused: dict[date, list[str]]


@dataclass(frozen=True, slots=True)
class LetterOnPage:
    """A letter: whom it went to, and its two forms."""

    on: str
    to: str
    subject: str
    html: str
    text: str


def write_page(engine: Engine, played: Played, path: Path, language: str, zone: ZoneInfo) -> None:
    """Write the page; BadInput when the file cannot be written."""
    say, end = translator(language), played.last_day
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
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise BadInput(Common.AT(place=f"--html {path}", why=why_unread(error))) from error


def show_grants(engine: Engine, played: Played, say: Translator, zone: ZoneInfo) -> list[GrantOnPage]:
    """Return what a replay came to, a grant at a time, as a person reads it."""
    with reading(engine) as connection:
        grants = load_models(connection, select_models(Grant).order_by(_GRANT.c.reference))
        return [_grant(connection, say, grant, played.last_day, played, zone) for grant in grants]


def _grant(
    connection: Connection, say: Translator, grant: Grant, end: date, played: Played, zone: ZoneInfo
) -> GrantOnPage:
    programme = load_programme(connection, grant.programme_id)
    of_grant = select_models(Step).where(Step.grant_id == grant.id)
    rows = load_models(connection, of_grant.order_by(_STEP.c.position))
    titles = {rule.key: getattr(rule.title, say.language) for rule in programme.steps}
    words = ReceiptWords(say.language, programme, end, days_as_iso=True)
    steps, moments = [], []
    for number, row in enumerate(rows, start=1):
        period = f", {say.period(row.period)}" if row.period else ""
        title = capitalised(f"{titles.get(row.template_key, row.key)}{period}")
        look = "done" if row.status in SETTLED else "late" if row.due_on and row.due_on < end else "open"
        due = say.short_date(row.due_on, end) if row.due_on else "-"
        done = say.short_date(row.done_on, end) if row.done_on else "-"
        undated = row.due_on is None and look == "done"
        why = "" if undated else words.counted(read_receipt(row.receipt))
        steps.append(StepOnPage(number, title, due, done, why, look))
        on = row.done_on or row.due_on
        if on is not None:
            moments.append(Moment(number, on, word_phase(say, row.phase), look, f"{number}. {title}"))
    held = connection.execute(
        select(_MEETING.c.held_on).where(_MEETING.c.organisation_id == grant.recipient_id)
    ).scalars()
    paid = select_models(Instalment).where(Instalment.grant_id == grant.id)
    parts = load_models(connection, paid.order_by(_INSTALMENT.c.number))
    refused = _refused(played, grant.reference)
    return GrantOnPage(
        grant.reference,
        grant.title,
        word_grant_status(say, grant.status),
        draw(moments, held, end),
        tuple(steps),
        tuple(_part(say, part, grant.currency) for part in parts),
        _days(
            say, word_events(say, _with_all_events(connection, grant.reference, end, zone), end), refused, end
        ),
        refused,
    )


def _days(
    say: Translator, told: Sequence[JournalDay], refused: Collection[date], end: date
) -> tuple[JournalDay, ...]:
    """Return the days in order, those too on which something was refused and nothing else happened."""
    silent = set(refused) - {day.on for day in told}
    days = [*told, *(JournalDay(on, capitalised(say.weekday_date(on, end)), ()) for on in silent)]
    return tuple(sorted(days, key=lambda day: day.on))


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
    return replace(pages[0], events=[event for rows in pages for event in rows.events], people=people)


def _refused(played: Played, reference: str) -> dict[date, list[str]]:
    """Return what was tried and refused, by day, in the words of the command: no journal has it."""
    found: dict[date, list[str]] = defaultdict(list)
    for event in played.events:
        if (
            event["grant"] == reference
            and event["event"].endswith("_refused")
            and "reason" in event["detail"]
        ):
            found[date.fromisoformat(event["on"])].append(event["detail"]["reason"])
    return dict(found)


def _part(say: Translator, part: Instalment, currency: str) -> str:
    no_more = part.no_more_why is not None
    if came := word_came(say, part.amount_minor, part.paid_minor, currency, no_more=no_more):
        return f"{part.number}: {came}"
    status = word_instalment_status(say, part.status).lower()
    return f"{part.number}: {say.money(part.amount_minor or 0, currency)}, {status}"


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
