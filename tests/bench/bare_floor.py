"""The floor: what the same letters cost a script with none of the promises; run as a process of its own.

One indexed SELECT, executemany inserts, the same templates, a message a letter, ten connections, marks in hundreds.
"""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path

import aiosmtplib

from models.facts.worded_letter import WordedLetter
from tasks.outbox.letter_facts import load_letters, make_letter
from tasks.outbox.render import Rendered, render_letter
from tasks.store.database import open_engine, reading
from tasks.words.letters import word_letter
from tasks.words.templates import LetterTemplates

SENDER = "grantline@example.org"
_CONNECTIONS, _BATCH = 10, 100
_DUE = """
SELECT s.id, s.key, s.due_on, g.reference, g.title, p.name, p.email, p.language
FROM step s JOIN "grant" g ON g.id = s.grant_id JOIN person p ON p.id = s.owner_id
WHERE s.phase IN ('follow-up', 'final-report') AND s.next_action_on <= ? AND s.status = 'open'
"""
_TABLES = """
CREATE TABLE floor_letter (id INTEGER PRIMARY KEY, email TEXT, state TEXT, sent_at TEXT);
CREATE TABLE floor_notice (step_id INTEGER, letter_id INTEGER, told_on TEXT, PRIMARY KEY (step_id, letter_id));
"""


@dataclass(frozen=True, slots=True)
class Note:
    """A letter to write: its number, the row that it is about, and what a letter says."""

    number: int
    row: sqlite3.Row
    sample: WordedLetter


def lay_out(note: Note) -> Rendered:
    """Return the letter in the product's templates."""
    greeting, link = f"Hej {note.row['name']}!", f"{note.sample.link}{note.number}"
    return render_letter(replace(note.sample, greeting=greeting, link=link))


def plain_message(note: Note) -> bytes:
    """Return the letter as the standard library's EmailMessage makes it (F), as lean as it can be.

    No calendar, few headers, base64: each of those would make the floor slower.
    """
    rendered = lay_out(note)
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Grantline <{SENDER}>"
    message["To"] = f"{note.row['name']} <{note.row['email']}>"
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain="example.org")
    message.set_content(rendered.text, cte="base64")
    message.add_alternative(rendered.html, subtype="html", cte="base64")
    return message.as_bytes()


class Marks:
    """The floor's only bookkeeping: a hundred letters marked at a time, after they left."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._sent: list[tuple[str, int]] = []

    def sent(self, note: Note) -> None:
        """Note that a letter has left."""
        self._sent.append((datetime.now(UTC).isoformat(), note.number))
        if len(self._sent) >= _BATCH:
            self.write()

    def write(self) -> None:
        """Write what is noted."""
        with self._connection:
            self._connection.executemany(
                "UPDATE floor_letter SET state = 'sent', sent_at = ? WHERE id = ?", self._sent
            )
        self._sent.clear()


async def _send(notes: Iterator[Note], marks: Marks, port: int) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as smtp:
        for note in notes:
            await smtp.sendmail(SENDER, [note.row["email"]], plain_message(note))
            marks.sent(note)


async def _send_all(notes: Sequence[Note], marks: Marks, port: int) -> None:
    left = iter(notes)
    async with asyncio.TaskGroup() as group:
        for _ in range(_CONNECTIONS):
            group.create_task(_send(left, marks, port))
    marks.write()


def sample_letters(path: Path, on: date) -> dict[str, WordedLetter]:
    """Return, by language, what a letter of the database says: the product's words, at no cost to the floor."""
    engine = open_engine(f"sqlite:///{path}")
    newest = "SELECT max(l.id) FROM letter l JOIN person p ON p.id = l.person_id GROUP BY p.language"
    with reading(engine) as connection:
        letter_ids = [row[0] for row in connection.exec_driver_sql(newest)]
        batch = load_letters(connection, letter_ids)
        views = [make_letter(batch, letter_id, on)[0] for letter_id in letter_ids]
    engine.dispose()
    link = f"http://127.0.0.1:8480/t/{'k' * 24}.{'s' * 43}"
    templates = LetterTemplates(on)
    return {view.row.language: word_letter(view, link, templates) for view in views if view is not None}


def run_floor(path: Path, on: date, letters: int, port: int) -> int:
    """Send `letters` letters about what is due on the day; return how many the script has marked as sent."""
    samples = sample_letters(path, on)
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(_TABLES)
    rows = connection.execute(_DUE, (on.isoformat(),)).fetchall()
    rows = [rows[number % len(rows)] for number in range(letters)]
    notes = [Note(number, row, samples[row["language"]]) for number, row in enumerate(rows)]
    with connection:
        connection.executemany(
            "INSERT INTO floor_letter VALUES (?, ?, 'queued', NULL)",
            [(n.number, n.row["email"]) for n in notes],
        )
        connection.executemany(
            "INSERT INTO floor_notice VALUES (?, ?, ?)",
            [(n.row["id"], n.number, on.isoformat()) for n in notes],
        )
    asyncio.run(_send_all(notes, Marks(connection), port))
    sent = connection.execute("SELECT count(*) FROM floor_letter WHERE state = 'sent'").fetchone()[0]
    connection.close()
    return int(sent)


if __name__ == "__main__":
    database, day, count, where = sys.argv[1:]
    print(run_floor(Path(database), date.fromisoformat(day), int(count), int(where)))
