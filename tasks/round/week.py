"""Queue the heads' letter at the end of a week."""

from sqlalchemy import Engine

from models.rules.dates.calendar import offices_in
from models.rules.notices.quiet_days import LETTER_HOLDS
from models.rules.notices.week import hears_of_week, is_last_of_week
from models.tables.columns import table_of
from models.tables.letter import Letter
from models.vocabulary import LetterKind
from tasks.people.heads import list_heads
from tasks.people.letter_row import letter_row
from tasks.round.days import RoundDay
from tasks.store.database import reading, transaction
from tasks.store.inserts import insert_new
from tasks.store.shared import load_people

_LETTER = table_of(Letter)


def queue_weekly_letters(engine: Engine, day: RoundDay) -> None:
    """Queue a letter to each head who is there, right after the day's letters; once on a week's last working day."""
    if not is_last_of_week(day.on, offices_in(day.country)):
        return
    with reading(engine) as connection:
        heads = list_heads(connection)
        people = load_people(connection, heads, day.on)
    rows = [
        letter_row(LetterKind.WEEK, head, f"{LetterKind.WEEK}/{head}/{day.on.isoformat()}", day.on, day.now)
        # Its button leads to a page that asks for a sign-in.
        | {"link_expires_at": None, "next_attempt_at": day.now + LETTER_HOLDS}
        for head in heads
        if hears_of_week(people[head], day.on)
    ]
    if rows:
        with transaction(engine) as connection:
            insert_new(connection, _LETTER, rows)
