"""Render a letter: text, HTML and calendar file (RFC 5545), as finished bytes."""

import logging
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from icalendar import Calendar, Event
from jinja2 import Template
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from models.facts.letter import LetterRow, LetterView
from models.facts.worded_letter import Appointment, EmptyLetter, FailedLetter, Outcome, WordedLetter
from models.reading.plain_text import one_line
from models.vocabulary import NOTICE_LETTERS, LetterKind, NoticeKind
from tasks.channels.message import MailParts, MessageWriter
from tasks.outbox.confirmations import load_confirmed, word_asked
from tasks.outbox.letter_facts import LetterBatch, load_letters, make_letter
from tasks.outbox.week import word_week
from tasks.people.links import sign_link
from tasks.settings import Settings
from tasks.store.secrets import load_or_make
from tasks.words.letters import word_appointment, word_letter
from tasks.words.templates import LetterTemplates, words_environment
from tasks.words.translator import plain_spaces, translator, whole_days

log = logging.getLogger(__name__)

PRODUCT = "-//Grantline//Due dates//EN"
_DAY = timedelta(days=1)


def write_calendar(
    appointments: Sequence[Appointment],
    stamped_at: datetime,
    about: Mapping[str, str] | None = None,
    every: timedelta | None = None,
) -> bytes:
    """Return a calendar with one all-day event for each appointment; the same input gives the same bytes.

    `about` are further properties of the calendar itself, and `every` says how often to fetch it
    again. An event keeps its UID, so that a later file with a higher SEQUENCE moves it in the
    reader's calendar.
    """
    calendar = Calendar()
    fixed = {"VERSION": "2.0", "PRODID": PRODUCT, "METHOD": "PUBLISH"}
    for name, value in (fixed | dict(about or {})).items():
        calendar.add(name, value)
    if every is not None:
        calendar.add("REFRESH-INTERVAL", every, {"VALUE": "DURATION"})
    for appointment in appointments:
        event = Event()
        event.add("SUMMARY", appointment.summary)
        event.add("DTSTART", appointment.on)
        event.add("DTEND", appointment.on + _DAY)
        event.add("DTSTAMP", stamped_at.astimezone(UTC))
        event.add("UID", appointment.uid)
        event.add("SEQUENCE", appointment.sequence)
        event.add("DESCRIPTION", appointment.description)
        if appointment.url:
            event.add("URL", appointment.url)
        event.add("TRANSP", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter laid out: its subject, plain text and HTML."""

    subject: str
    text: str
    html: str


def render_letter(letter: WordedLetter) -> Rendered:
    """Return the letter's subject, text and HTML. Raises jinja2.TemplateError for a misfit template."""
    text, html = _shells(letter.language)
    # In the text no program breaks lines within a sum: its spaces stay as they are.
    body = text.render(letter=letter).strip()
    laid_out = whole_days(html.render(letter=letter), letter.language)
    return Rendered(plain_spaces(letter.subject), f"{body}\n", laid_out)


# Cached: reading the two takes as long as four letters.
@lru_cache(maxsize=8)
def _shells(language: str) -> tuple[Template, Template]:
    plain = words_environment(language)
    escaped = plain.overlay(autoescape=True)
    return plain.get_template("letters/letter.txt"), escaped.get_template("letters/letter.html")


def render_letters(
    connection: Connection, letter_ids: Sequence[int], settings: Settings, now: datetime
) -> list[Outcome]:
    """Return each letter's outcome, in the given order: finished bytes, unrendered, or nothing to tell.

    A letter that fails spoils no other. Raises SettingInvalid if no letter at all can be rendered:
    no secret key, or a sender that is no address. Errors of a database that does not answer pass
    through.
    """
    writer = MessageWriter(settings.mail_from, now, settings.zone, settings.organisation)
    templates = LetterTemplates(settings.local_date(now))
    given = _With(settings, load_or_make(settings), writer, now, templates)
    return [*_render_batch(connection, letter_ids, given)]


@dataclass(frozen=True, slots=True)
class _With:
    """The tools with which a batch is rendered."""

    settings: Settings
    keys: tuple[str, ...]
    writer: MessageWriter
    now: datetime
    templates: LetterTemplates


def _render_batch(connection: Connection, letter_ids: Sequence[int], given: _With) -> Iterator[Outcome]:
    try:
        batch = load_letters(connection, letter_ids)
    except SQLAlchemyError:
        raise
    except Exception as error:  # noqa: BLE001 - a row that cannot be read spoils its own letter only
        if len(letter_ids) == 1:
            yield _failed(letter_ids[0], error)
            return
        middle = len(letter_ids) // 2
        yield from _render_batch(connection, letter_ids[:middle], given)
        yield from _render_batch(connection, letter_ids[middle:], given)
        return
    kinds = {letter.id: letter.kind for letter in batch.letters.values()}
    asked = [letter_id for letter_id, kind in kinds.items() if kind not in (*NOTICE_LETTERS, LetterKind.WEEK)]
    acts = load_confirmed(connection, asked)
    for letter_id in letter_ids:
        try:
            if letter_id in asked:
                letter = batch.letters[letter_id]
                worded = word_asked(letter, acts.get(letter_id), given.settings, given.keys, given.now)
                yield _render_without_notices(letter, worded, given)
            elif kinds[letter_id] is LetterKind.WEEK:
                letter = batch.letters[letter_id]
                worded = word_week(connection, letter, given.settings, given.templates)
                yield _render_without_notices(letter, worded, given)
            else:
                yield _render_told(batch, letter_id, given)
        except Exception as error:  # noqa: BLE001 - one bad letter stops nobody else
            yield _failed(letter_id, error)


def _render_without_notices(letter: LetterRow, worded: WordedLetter | None, given: _With) -> Outcome:
    """Render a letter that its reader asked for, or the week's; one without words has nothing to tell."""
    if worded is None:
        return EmptyLetter(letter.id)
    return given.writer.write(_parts(letter, render_letter(worded)), letter.id)


def _render_told(batch: LetterBatch, letter_id: int, given: _With) -> Outcome:
    """Render a letter that carries notices."""
    view, dropped = make_letter(batch, letter_id, given.templates.today)
    if view is None:
        return EmptyLetter(letter_id, dropped)
    rendered = render_letter(
        word_letter(view, _link(view, given), given.templates, given.settings.organisation)
    )
    parts = replace(_parts(view.row, rendered), earlier_message_id=view.earlier_message_id)
    if dates := list(_appointments(view, given)):
        name = "datum.ics" if parts.language == "sv" else "dates.ics"
        parts = replace(parts, calendar=write_calendar(dates, view.row.queued_at), calendar_name=name)
    return given.writer.write(parts, letter_id, dropped)


def _link(letter: LetterView, given: _With) -> str:
    """Return the address of the reader's tasks, at the first step in the letter; of one task alone at its form."""
    first = letter.items[0]
    is_release = first.kind is NoticeKind.CONFIRM_RELEASE
    opened = "release" if is_release else f"s{first.step_id}"
    form = f"?open={opened}" if len(letter.items) == 1 else ""
    place = form + ("" if is_release else f"#s{first.step_id}")
    return f"{given.settings.portal_url}/t/{sign_link(letter.row.link_key, given.keys)}{place}"


def _parts(letter: LetterRow, rendered: Rendered) -> MailParts:
    return MailParts(
        to_name=one_line(letter.name, 120),
        to_email=letter.email,
        subject=rendered.subject,
        language=translator(letter.language).language,
        message_id=letter.message_id,
        text=rendered.text,
        html=rendered.html,
    )


def _appointments(letter: LetterView, given: _With) -> Iterator[Appointment]:
    """Yield a due date for each item that has one to come; all letters about a step share its UID."""
    say = translator(letter.row.language)
    for item in letter.items:
        if not item.dated or item.due_on is None or item.kind is NoticeKind.BOUNCED:
            continue
        if item.is_late(letter.today):
            continue  # a calendar holds only days to come
        yield word_appointment(say, item, item.due_on, given.writer.domain, given.settings.portal_url)


def _failed(letter_id: int, error: Exception) -> FailedLetter:
    """Log where rendering failed, without the error's text, which could hold a name or an answer."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    log.warning("letter unrendered", extra={"letter_id": letter_id, "error": type(error).__name__})
    return FailedLetter(letter_id, f"{type(error).__name__}{where}")
