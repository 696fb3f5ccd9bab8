"""Load the facts that cards show, each with its label."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, or_
from sqlmodel import Session, col, select

from deployments.portal.answer.questions import KnownValue
from deployments.portal.login.reader import Reader
from models.facts.letter import ItemView
from models.tables.columns import id_of
from models.tables.grant import GrantRole
from models.tables.person import Person
from models.tables.step import Step
from tasks.grant.records import GrantRecord
from tasks.words.answers import word_origin, word_source
from tasks.words.money import word_payee, word_unspent
from tasks.words.receipts import ReceiptWords
from tasks.words.templates import word_from, words_module
from tasks.words.translator import Translator, capitalised

# The macros of the facts that are to be known before an item is answered, and of the others.
_DECIDING = ("differs", "waits_for")
_BACKGROUND = ("not_yet", "progress", "owner", "letters", "spending", "next_step")


def word_reasons(say: Translator, item: ItemView, today: date) -> Iterator[tuple[str, str]]:
    """Yield of the facts those that are to be known before the item is answered."""
    yield from _facts(say, item, today, ("conditions",))
    yield from word_payee(say, item.payee, today)
    yield from word_unspent(say, item.unspent, item.part.amount_minor if item.part else None)
    if item.why is not None and not item.why.choice:
        yield from _date(say, item, today, "why")
    yield from _facts(say, item, today, _DECIDING)


def word_background(say: Translator, item: ItemView, today: date) -> Iterator[tuple[str, str]]:
    """Yield the other facts: how far it has come, who was told, what has been spent, what comes next."""
    if item.why is not None and item.why.choice:
        yield from _date(say, item, today, "counted")
    yield from _facts(say, item, today, _BACKGROUND)


def _facts(say: Translator, item: ItemView, today: date, keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    words = words_module(say.language, "card", today)
    for key in keys:
        if said := word_from(words, key, item):
            yield str(words.label(key, item)), said


def _date(say: Translator, item: ItemView, today: date, label: str) -> Iterator[tuple[str, str]]:
    """Yield why it is due on its day, and what is known of the meeting that takes it up."""
    if not item.dated or item.why is None or item.due_on is None:
        return
    words = ReceiptWords(say.language, item.why.programme, today)
    label_of = words_module(say.language, "card", today).label
    why = words.why(item.why)
    last_open = item.why.working_on
    if last_open is not None and last_open >= today and not item.with_funder:
        why = f"{why} {words.closed(item.why)}".strip()
    if why:
        yield str(label_of(label, item)), why
    if item.why.receipt.meeting:
        notes = (f"{capitalised(note)}." for note in words.notes(item.why.receipt))
        yield str(label_of("meeting", item)), " ".join(notes)


def known_answers(say: Translator, record: GrantRecord, step: Step, zone: ZoneInfo) -> dict[str, KnownValue]:
    """Return what is known of a step's questions: what was answered before, else what a source gave."""
    found: dict[str, KnownValue] = {}
    for figure in record.figures_of(step):
        whence = word_source(say, figure.source, record.programme)
        origin = word_origin(say, whence, figure, zone)
        found[figure.question] = KnownValue(figure.value, whence, figure.value, origin)
    for answer in record.answers_of(step):
        for key, value in answer.data.items():
            found[key] = replace(found.get(key, KnownValue()), value=value)
    return found


def colleagues_of(
    connection: Connection, reader: Reader, grants: set[int]
) -> dict[int, tuple[tuple[int, str], ...]]:
    """Return who may take a step over, by grant: people with a part in it, and those around the reader."""
    here = (col(Person.departed_on).is_(None), col(Person.bounced_at).is_(None), col(Person.id) != reader.id)
    with Session(connection) as session:
        me = session.get_one(Person, reader.id)
        above = [one for one in (me.manager_id, me.deputy_id) if one is not None]
        managers = [one for one in (me.manager_id, reader.id) if one is not None]
        around = or_(col(Person.id).in_(above), col(Person.manager_id).in_(managers))
        near = session.exec(select(Person).where(around, *here)).all()
        held = select(GrantRole.grant_id, Person).join(Person, col(Person.id) == col(GrantRole.person_id))
        roles = session.exec(held.where(col(GrantRole.grant_id).in_(grants), *here)).all()
    found = {}
    for grant_id in grants:
        people = [*near, *(one for of_grant, one in roles if of_grant == grant_id)]
        named = {id_of(one): f"{one.name}, {one.title}" if one.title else one.name for one in people}
        found[grant_id] = tuple(sorted(named.items(), key=lambda one: one[1].casefold()))
    return found
