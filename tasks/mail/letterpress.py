"""Print letters: load what they say, word it, lay it out, and finish the bytes."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from models.facts.installation import PressSettings
from models.facts.letter import LetterView
from models.facts.letter_outcome import Emptied, Outcome, Printed, Spoiled
from models.facts.worded_letter import Appointment, WordedLetter
from models.reading.plain_text import one_line
from models.vocabulary import NOTICE_LETTERS, NoticeKind
from tasks.mail.calendar_file import write_calendar
from tasks.mail.mime import MailParts, MimeWriter
from tasks.mail.render import Rendered, render_letter
from tasks.people.links import sign_link
from tasks.wording.letter_assembly import LetterMaker
from tasks.wording.letter_data import DbRow, LetterData, load_letters
from tasks.wording.letter_words import word_appointment, word_letter
from tasks.wording.words import speaker

log = logging.getLogger(__name__)

BATCH = 200
_In = TypeVar("_In")
_Out = TypeVar("_Out")


def print_letters(
    connection: Connection, letter_ids: Sequence[int], press: PressSettings, now: datetime
) -> list[Outcome]:
    """Return each letter's outcome, in the order asked for: finished bytes, spoiled, or nothing left to tell.

    A letter that fails spoils no other. Raises SettingInvalid when no letter at all can be printed: no secret key,
    or a sender that is not an address; and what the database raises when it does not answer.
    """
    zone = ZoneInfo(press.timezone)
    writer = MimeWriter(press.mail_from, now, zone)
    sign_link("", press.secret_keys)
    found: list[Outcome] = []
    for start in range(0, len(letter_ids), BATCH):
        batch = letter_ids[start : start + BATCH]
        found += _print_batch(connection, batch, _Press(press, writer, now, now.astimezone(zone).date()))
    return found


@dataclass(frozen=True, slots=True)
class _Press:
    """What a batch is printed with."""

    settings: PressSettings
    writer: MimeWriter
    now: datetime
    today: date


def _print_batch(connection: Connection, letter_ids: Sequence[int], press: _Press) -> Iterator[Outcome]:
    try:
        data = load_letters(connection, letter_ids)
    except SQLAlchemyError:
        raise
    except Exception as error:  # noqa: BLE001 - a row that cannot be read spoils its own letter only
        if len(letter_ids) == 1:
            yield _spoiled(letter_ids[0], error)
            return
        middle = len(letter_ids) // 2
        yield from _print_batch(connection, letter_ids[:middle], press)
        yield from _print_batch(connection, letter_ids[middle:], press)
        return
    asked = [letter.id for letter in data.letters.values() if letter.kind not in NOTICE_LETTERS]
    with_notices = [letter_id for letter_id in letter_ids if letter_id not in asked] if asked else letter_ids
    outcomes = _run(LetterMaker(data, press.today), with_notices, press)
    if asked:
        outcomes |= _run_asked(connection, data, asked, press)
    yield from (outcomes[letter_id] for letter_id in letter_ids)


def _run_asked(
    connection: Connection, data: LetterData, letter_ids: Sequence[int], press: _Press
) -> dict[int, Outcome]:
    """Print the letters that answer their reader at once, and carry no notices."""
    # Loaded only here: a morning's letters have none of them, and the press should not wait to begin.
    from tasks.wording.asked_words import load_confirmed, word_asked

    acts = load_confirmed(connection, letter_ids)
    outcomes: dict[int, Outcome] = {}
    for letter_id in letter_ids:
        letter = data.letters[letter_id]
        try:
            worded = word_asked(letter, acts.get(letter_id), press.settings, press.now)
            outcomes[letter_id] = (
                Emptied(letter_id) if worded is None else _print_asked(letter, worded, press)
            )
        except Exception as error:  # noqa: BLE001 - one bad letter stops nobody else
            outcomes[letter_id] = _spoiled(letter_id, error)
    return outcomes


def _print_asked(letter: DbRow, worded: WordedLetter, press: _Press) -> Printed:
    rendered = render_letter(worded)
    parts = MailParts(
        to_name=one_line(letter.name, 120),
        to_email=letter.email,
        subject=rendered.subject,
        language=worded.language,
        message_id=letter.message_id,
        earlier_message_id=None,
        text=rendered.text,
        html=rendered.html,
        calendar=None,
        calendar_name="",
    )
    mail = press.writer.write(parts)
    return Printed(letter.id, mail.recipient, mail.subject, mail.content)


def _run(maker: LetterMaker, letter_ids: Sequence[int], press: _Press) -> dict[int, Outcome]:
    """Print loaded letters, each stage for all of them: letter by letter takes a quarter longer.

    A processor's nearest memory holds the code of a stage, but not that of all of them.
    """
    outcomes: dict[int, Outcome] = {}

    def each(work: Mapping[int, _In], stage: Callable[[_In], _Out]) -> dict[int, _Out]:
        done: dict[int, _Out] = {}
        for letter_id, value in work.items():
            try:
                done[letter_id] = stage(value)
            except Exception as error:  # noqa: BLE001 - one bad letter stops nobody else
                outcomes[letter_id] = _spoiled(letter_id, error)
        return done

    made = each({letter_id: letter_id for letter_id in letter_ids}, maker.make)
    outcomes |= {
        letter_id: Emptied(letter_id, dropped) for letter_id, (view, dropped) in made.items() if not view
    }
    views = {letter_id: view for letter_id, (view, _) in made.items() if view}
    worded = each(views, lambda view: word_letter(view, _link(view, press.settings)))
    rendered = each(worded, render_letter)
    parts = each({key: (views[key], one) for key, one in rendered.items()}, lambda pair: _parts(*pair, press))
    finished = each(parts, press.writer.write)
    for letter_id, mail in finished.items():
        dropped = made[letter_id][1]
        outcomes[letter_id] = Printed(letter_id, mail.recipient, mail.subject, mail.content, dropped)
    return outcomes


def _link(letter: LetterView, settings: PressSettings) -> str:
    return f"{settings.portal_url.rstrip('/')}/t/{sign_link(letter.link_key, settings.secret_keys)}"


def _parts(letter: LetterView, rendered: Rendered, press: _Press) -> MailParts:
    language = speaker(letter.language).language
    dates = list(_appointments(letter, press.writer.domain))
    return MailParts(
        to_name=letter.to_name,
        to_email=letter.to_email,
        subject=rendered.subject,
        language=language,
        message_id=letter.message_id,
        earlier_message_id=letter.earlier_message_id,
        text=rendered.text,
        html=rendered.html,
        calendar=write_calendar(dates, letter.queued_at) if dates else None,
        calendar_name="datum.ics" if language == "sv" else "dates.ics",
    )


def _appointments(letter: LetterView, domain: str) -> Iterator[Appointment]:
    """Yield a due date for each item that has one to come; all of a step's letters share its UID."""
    say = speaker(letter.language)
    for item in letter.items:
        if not item.dated or item.due_on is None or item.kind is NoticeKind.BOUNCED:
            continue
        if item.due_on < letter.today:
            continue  # a calendar is for what is to come
        yield word_appointment(say, item, item.due_on, domain)


def _spoiled(letter_id: int, error: Exception) -> Spoiled:
    """Say where it went wrong, not with what: an error's text could hold a name or an answer."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    log.warning("letter spoiled", extra={"letter_id": letter_id, "error": type(error).__name__})
    return Spoiled(letter_id, f"{type(error).__name__}{where}")
