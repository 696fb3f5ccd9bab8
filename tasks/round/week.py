"""Queue the heads' letter at the end of a week."""

from sqlalchemy import Engine

from models.rules.dates.calendar import offices_in
from models.rules.notices.week import hears_of_week, is_last_of_week
from models.tables.columns import table_of
from models.tables.letter import Letter
from models.vocabulary import LetterKind
from tasks.people.heads import list_heads
from tasks.people.letter_row import letter_row
from tasks.round.days import RoundDay
from tasks.store.database import reading, transaction
from tasks.store.inserts import new_only
from tasks.store.people import load_people
from tasks.store.round_counts import count

_LETTER = table_of(Letter)


def queue_weekly_letters(engine: Engine, day: RoundDay) -> int:
    """Queue a letter to each head who is there, after the day's letters; return how many were queued.

    It is done once, on a week's last working day.
    """
    if not is_last_of_week(day.on, offices_in(day.country)):
        return 0
    with reading(engine) as connection:
        heads = list_heads(connection)
        people = load_people(connection, heads, day.on)
    rows = [
        letter_row(LetterKind.WEEK, head, f"{LetterKind.WEEK}/{head}/{day.on.isoformat()}", day.on, day.now)
        # Its button leads to a page that asks for a sign-in.
        | {"link_expires_at": None}
        for head in heads
        if hears_of_week(people[head], day.on)
    ]
    if not rows:
        return 0
    with transaction(engine) as connection:
        new = new_only(connection.dialect.name, _LETTER).returning(_LETTER.c.id)
        queued = len(connection.execute(new, rows).all())
        count(connection, letters=queued)
        return queued
