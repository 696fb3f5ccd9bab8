"""Property of letters: whatever fact of the data changes, every letter that told it follows, or does not leave."""

import email
import email.policy
import json
from collections.abc import Callable, Iterator
from datetime import timedelta

from sqlalchemy import Connection, Engine, select, update

from models.facts.worded_letter import FinishedLetter
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Notice
from models.tables.money import Instalment
from models.tables.person import OrganisationName, Person
from models.tables.step import Step
from tasks.outbox.render import render_letters
from tests.letter_scenes import NOW, SCENES, SETTINGS, a_scene

# What stands in the letters, and what stands there once the row says otherwise.
TITLE = ("Regional samordning mot prostitution och människohandel", "Nattvandring")
REFERENCE = ("REF-2009-2", "REF-2011-9")
NAMES = {
    "Länsstyrelsen i Stockholms län": "Kulturrådet",
    "Handläggaren": "Kim",
    "Enhetschefen": "Robin",
    "Avdelningschefen": "Love",
    "Ersättaren": "Mika",
    "Nämndsekreteraren": "Noor",
    "Controllern": "Sam",
}
SUM = (10_000_000, 9_870_000)
SUMS = ("100 000", "98 700")
FACTS = [TITLE, REFERENCE, *NAMES.items(), SUMS]
# The due dates of the scenes' steps. Where something moved to, and when a person expects to be done or is away until,
# was noted when it was told; so was our own day for an answer.
DAYS = ("20 januari", "27 januari", "18 januari", "31 januari", "10 januari")
NOTED = {
    "put-off",
    "extended",
    "extended-by-phone",
    "moved",
    "replied-away",
    "date-missing",
    "source-changed",
    "books-changed",
    "paid-in-part",
}
# Once a release is asked for, the database lets nobody change its sum.
HELD = {"confirm-second", "released", "paid", "paid-in-part", "no-more"}


def said(connection: Connection, letter: int) -> str:
    """Return the letter's subject and text; empty for one that does not leave."""
    [outcome] = render_letters(connection, [letter], SETTINGS, NOW)
    if not isinstance(outcome, FinishedLetter):
        return ""
    message = email.message_from_bytes(outcome.content, policy=email.policy.default)
    part = message.get_body(("plain",))
    assert part is not None
    text = "\n".join(line for line in part.get_content().splitlines() if not line.startswith("http"))
    return f"{outcome.subject}\n{text}".replace("\xa0", " ")


def change_everything(connection: Connection) -> None:
    """Give each fact that letters tell another value, in the rows and in what notices noted."""
    grant, part, notice = table_of(Grant), table_of(Instalment), table_of(Notice)
    told_of = update(grant).where(grant.c.reference == REFERENCE[0])
    connection.execute(told_of.values(title=TITLE[1], reference=REFERENCE[1]))
    connection.execute(update(grant).where(grant.c.at_risk_minor == SUM[0]).values(at_risk_minor=SUM[1]))
    for table in (table_of(OrganisationName), table_of(Person)):
        for old, new in {**NAMES, "Socialnämnden": "Vårdnämnden"}.items():
            connection.execute(update(table).where(table.c.name == old).values(name=new))
    free = (part.c.amount_minor == SUM[0]) & part.c.requested_by_id.is_(None)
    if not connection.execute(update(part).where(free).values(amount_minor=SUM[1])).rowcount:
        return
    for row in connection.execute(select(notice.c.id, notice.c.detail)).all():
        noted = json.loads(json.dumps(row.detail).replace(f": {SUM[0]}", f": {SUM[1]}"))
        connection.execute(update(notice).where(notice.c.id == row.id).values(detail=noted))


def move_everything(connection: Connection) -> None:
    """Let each step be due a week later than it was."""
    step = table_of(Step)
    for row in connection.execute(select(step.c.id, step.c.due_on).where(step.c.due_on.is_not(None))).all():
        later = row.due_on + timedelta(days=7)
        connection.execute(update(step).where(step.c.id == row.id).values(due_on=later))


def letters_before_and_after(
    connection: Connection, *changes: Callable[[Connection], None]
) -> Iterator[tuple[str, list[str]]]:
    """Yield each scene's name with its letter as it stands, and after each of the changes alone."""
    scene = a_scene(connection)
    for name, make in SCENES.items():
        with connection.begin_nested() as played:
            letter = make(scene)
            texts = [said(connection, letter)]
            for change in changes:
                with connection.begin_nested() as changed:
                    change(connection)
                    texts.append(said(connection, letter))
                    changed.rollback()
            played.rollback()
        yield name, texts


def test_every_letter_follows_what_the_data_says_or_does_not_leave(sqlite: Engine) -> None:
    followed, stayed, held = set(), set(), 0
    with sqlite.connect() as connection:
        for name, (before, after, moved) in letters_before_and_after(
            connection, change_everything, move_everything
        ):
            for old, new in FACTS:
                if old in before and not (old == SUMS[0] and name in HELD):
                    assert old not in after, (name, old, after)
                    assert new in after, (name, new, after)
                    followed.add(old)
            if before == moved and any(day in before for day in DAYS):
                stayed.add(name)
            held += not moved
    assert followed == {old for old, _ in FACTS}
    assert stayed <= NOTED
    assert held >= 15
