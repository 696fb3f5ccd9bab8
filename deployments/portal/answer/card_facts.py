"""Load the facts that cards show, each with its label."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, or_, select

from deployments.portal.answer.questions import KnownValue
from deployments.portal.login.reader import Reader
from models.facts.letter import ItemView
from models.tables.columns import table_of
from models.tables.grant import GrantRole
from models.tables.person import Person
from models.tables.step import Step
from tasks.grant.records import GrantRecord
from tasks.store.queries import away_until, columns_of, shape_rows
from tasks.words.answers import word_origin, word_source
from tasks.words.money import word_payee, word_unspent
from tasks.words.receipts import ReceiptWords
from tasks.words.templates import word_from, words_module
from tasks.words.translator import Translator, capitalised

_PERSON = table_of(Person)
_ROLE = table_of(GrantRole)
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


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may take a step over, and up to which day they are away."""

    id: int
    name: str
    title: str
    away_until: date | None


def colleagues_of(
    connection: Connection, reader: Reader, grants: set[int], today: date
) -> dict[int, list[Colleague]]:
    """Return who may take a step over, by grant: people with a part in it, and those around the reader."""
    me = connection.execute(select(_PERSON).where(_PERSON.c.id == reader.id)).one()
    above = [one for one in (me.manager_id, me.deputy_id) if one is not None]
    managers = [one for one in (me.manager_id, reader.id) if one is not None]
    around = or_(_PERSON.c.id.in_(above), _PERSON.c.manager_id.in_(managers))
    here = (_PERSON.c.departed_on.is_(None), _PERSON.c.bounced_at.is_(None), _PERSON.c.id != reader.id)
    away = away_until(_PERSON.c.id, today).label("away_until")
    called = select(*columns_of(Colleague, _PERSON, away_until=away)).where(*here)
    near = shape_rows(Colleague, connection.execute(called.where(around)))
    held = called.add_columns(_ROLE.c.grant_id).join(_ROLE, _ROLE.c.person_id == _PERSON.c.id)
    roles = connection.execute(held.where(_ROLE.c.grant_id.in_(grants))).all()
    found = {}
    for grant_id in grants:
        of_grant = shape_rows(Colleague, (row for row in roles if row.grant_id == grant_id))
        people = {one.id: one for one in (*near, *of_grant)}
        found[grant_id] = sorted(people.values(), key=lambda one: (one.name.casefold(), one.id))
    return found
