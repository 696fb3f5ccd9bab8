"""The forms about people: add, change, absence, handing over, leaving."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Date, bindparam, select
from starlette.exceptions import HTTPException

from deployments.portal.forms.context import (
    FormContext,
    FormPlace,
    FormSetup,
    FormWords,
    Read,
    list_called,
    value_of,
    word_colleague,
)
from deployments.portal.web.state import grant_path
from models.commands.people import Depart, HandOver, PutPerson, RemoveAbsence, SetAbsence
from models.errors import UnknownPerson
from models.forms.field import Kind
from models.forms.spec import ACTS
from models.reading.address import as_compared
from models.tables.columns import table_of
from models.tables.person import Absence, Person
from tasks.commands.command_faults import Refusal
from tasks.people.holdings import holdings_of, holds_any
from tasks.store.database import AnyRow
from tasks.store.queries import away_until, is_here
from tasks.words.translator import Translator

_PERSON = table_of(Person)
_ABSENCE = table_of(Absence)
_HERE = is_here(bindparam("today", type_=Date))
# A list to choose from holds so many, those of the person's own unit first; others are named by their address.
_MOST = 200
# All that somebody holds, in the list of what is handed over: no reference is written so.
_ALL = "*"
_TEXTS = ("title", "phone", "department")
_ABOVE = ("manager", "deputy")
_ABSENCES = (
    select(_ABSENCE)
    .where(_ABSENCE.c.person_id == bindparam("person"), _ABSENCE.c.to_on >= bindparam("today"))
    .order_by(_ABSENCE.c.from_on)
)


def _row(context: FormContext) -> AnyRow:
    row = context.connection.execute(select(_PERSON).where(_PERSON.c.id == context.about)).first()
    if row is None:
        raise HTTPException(404)
    return row


def _place(context: FormContext) -> FormPlace:
    return FormPlace(_row(context).name, f"/people/{context.about}")


def register(context: FormContext) -> FormPlace:
    """Return the list of people."""
    return list_called(context, "register", "/people")


def people_of(context: FormContext, *ids: int | None, about: int = 0) -> list[tuple[str, str]]:
    """Return the people to choose from, without the one that it is `about`: colleagues, and those with these ids."""
    near = select(_PERSON.c.manager_id).where(_PERSON.c.id == about).scalar_subquery()
    query = (
        select(_PERSON.c.id, _PERSON.c.name, _PERSON.c.title, away_until(_PERSON.c.id, context.today))
        .where(_HERE, _PERSON.c.id != about)
        .order_by(
            _PERSON.c.id.in_([one for one in ids if one]).desc(),
            (_PERSON.c.manager_id == near).desc(),
            _PERSON.c.name,
            _PERSON.c.id,
        )
        .limit(_MOST)
    )
    rows = context.connection.execute(query, {"today": context.today}).all()
    named = ((str(one), word_colleague(context.say, context.today, *called)) for one, *called in rows)
    return sorted(named, key=lambda one: one[1].casefold())


def email_of(context: FormContext, chosen: int) -> str:
    """Return the address of the person that was chosen of a list."""
    who = select(_PERSON.c.email).where(_PERSON.c.id == chosen)
    return str(context.connection.execute(who).scalar_one())


def _name_of(context: FormContext, person_id: int) -> str:
    who = select(_PERSON.c.name).where(_PERSON.c.id == person_id)
    return str(context.connection.execute(who).scalar_one())


def _successors(context: FormContext) -> dict[str, Any]:
    """Return the field of who takes over: a list of people, or an address where they are too many for a list."""
    others = people_of(context, about=context.about)
    if len(others) < _MOST:
        return {"options": tuple(others)}
    return {"kind": Kind.LINE, "hint": FormWords(context.say).said("an_address")}


def _successor(context: FormContext, chosen: int | str | None) -> AnyRow | None:
    """Return who takes over, None for nobody; UnknownPerson for an address that is nobody's."""
    if chosen is None:
        return None
    who = _PERSON.c.id == chosen if isinstance(chosen, int) else _PERSON.c.email == as_compared(chosen)
    query = select(_PERSON.c.id, _PERSON.c.email).where(who, _HERE)
    row = context.connection.execute(query, {"today": context.today}).first()
    if row is None:
        raise UnknownPerson(Refusal.NO_PERSON_HERE(person=chosen))
    return row


def add(context: FormContext) -> FormSetup:
    """Add somebody; rights and the address that signs in are an administrator's."""
    return _person(context, None)


def change(context: FormContext) -> FormSetup:
    """Change what is said of somebody."""
    return _person(context, _row(context))


def _person(context: FormContext, row: AnyRow | None) -> FormSetup:
    gives_rights = context.visit.visitor.is_admin
    others = people_of(context, *((row.manager_id, row.deputy_id) if row else ()), about=context.about)
    overrides: dict[str, Mapping[str, Any] | None] = {
        "language": {"text": row.language if row else context.say.language},
        "manager": {"options": tuple(others)},
        "deputy": {"options": tuple(others)},
    }
    if row is not None:
        overrides |= {name: {"text": getattr(row, name)} for name in ("email", "name", *_TEXTS)}
        overrides |= {
            role: {"options": tuple(others), "text": str(getattr(row, f"{role}_id") or "")} for role in _ABOVE
        }
        overrides |= {
            "access": {"text": str(row.access)},
            "admin": {"text": "yes" if row.is_admin else "no"},
        }
    if not gives_rights:
        overrides |= dict.fromkeys(("email", "access", "admin"))
    place = _place(context) if row else register(context)
    return FormSetup(
        place=place,
        overrides=overrides,
        command=lambda read: _put(context, row, read),
        changes=row is not None,
    )


def _put(context: FormContext, row: AnyRow | None, read: Read) -> PutPerson:
    texts = (name for name in ("name", "language", *_TEXTS) if name in read)
    said: dict[str, object] = {name: value_of(read, name) or "" for name in texts}
    for role in _ABOVE:
        if role in read:
            chosen = value_of(read, role)
            said[role] = email_of(context, chosen) if chosen else None
    if "admin" in read:
        said |= {"admin": read["admin"].value, "access": read["access"].value}
    email = row.email if row else ""
    if "email" in read:
        email = read["email"].value
    return PutPerson(email, said, row.id if row else None)


def choose_own(context: FormContext) -> FormSetup:
    """Choose who stands in for somebody, and the language of their letters: for themselves, too."""
    row = _row(context)
    overrides: dict[str, Mapping[str, Any] | None] = dict.fromkeys(ACTS["own-settings"].asks)
    overrides |= {"deputy": _deputy(context, row), "language": {"text": row.language}}
    return FormSetup(
        place=_place(context),
        overrides=overrides,
        command=lambda read: _put(context, row, read),
        changes=True,
    )


def _deputy(context: FormContext, row: AnyRow) -> dict[str, Any]:
    """Return the field of the deputy: the colleagues to choose from, and who it is now."""
    return {
        "options": tuple(people_of(context, row.deputy_id, about=row.id)),
        "text": str(row.deputy_id or ""),
    }


def be_away(context: FormContext) -> FormSetup:
    """Say when somebody is away: a new absence, or another's days; who has no deputy is asked for one."""
    row = _row(context)
    known = tuple(
        (str(one.id), word_days(context.say, one, context.today))
        for one in absences_of(context.connection, row.id, context.today)
    )
    is_new = context.given.get("absence", "") not in dict(known)
    overrides = {
        "absence": None if is_new else {"options": known},
        "deputy": None if row.deputy_id else _deputy(context, row),
    }

    def command(read: Read) -> SetAbsence:
        deputy = value_of(read, "deputy")
        return SetAbsence(
            person_id=context.about,
            absence=value_of(read, "absence"),
            first=value_of(read, "first"),
            last=value_of(read, "last"),
            deputy=email_of(context, deputy) if deputy else None,
        )

    def back(read: Read) -> Mapping[str, str] | None:
        """Take a new one away; what other days one had is not kept."""
        first = value_of(read, "first") or value_of(read, "last")
        return {"remove": first.isoformat()} if is_new and first is not None else None

    asked = ACTS["absence"].asks["deputy"]
    facts = ((context.say.gettext(asked.label), _name_of(context, row.deputy_id)),) if row.deputy_id else ()
    return FormSetup(place=_place(context), overrides=overrides, command=command, undo=back, facts=facts)


def remove_absence(context: FormContext) -> FormSetup:
    """Take an absence away."""
    known = absences_of(context.connection, _row(context).id, context.today)
    options = tuple((one.from_on.isoformat(), word_days(context.say, one, context.today)) for one in known)

    def command(read: Read) -> RemoveAbsence:
        return RemoveAbsence(context.about, date.fromisoformat(read["remove"].value))

    overrides = {"remove": {"kind": Kind.CHOICE, "options": options}}
    return FormSetup(place=_place(context), overrides=overrides, command=command, any_left=bool(known))


def absences_of(connection: Connection, person_id: int, today: date) -> Sequence[AnyRow]:
    """Return the absences of a person that are not over, the first first."""
    return connection.execute(_ABSENCES, {"person": person_id, "today": today}).all()


def word_days(say: Translator, absence: AnyRow, today: date) -> str:
    """Return the first and the last day of an absence in words, or its only day."""
    first, last = (say.short_date(day, today) for day in (absence.from_on, absence.to_on))
    return first if first == last else f"{first} – {last}"


def hand_over(context: FormContext) -> FormSetup:
    """Pass on what somebody holds: all of it, or one grant."""
    held, _ = holdings_of(context.connection, context.about, context.today, 0, _MOST)
    grants = tuple((one.reference, f"{one.title} ({one.reference})") for one in held)
    words = FormWords(context.say)
    country = context.portal.settings.country

    def command(read: Read) -> HandOver:
        successor = _successor(context, value_of(read, "to"))
        return HandOver(context.about, successor.email if successor else "", country, chosen_of(read))

    def chosen_of(read: Read) -> str | None:
        chosen = value_of(read, "grant")
        return None if chosen == _ALL else chosen

    def to_id(read: Read) -> int:
        successor = _successor(context, value_of(read, "to"))
        return successor.id if successor else 0

    def back(read: Read) -> Mapping[str, str] | None:
        """Give it back, unless the other holds something there already, which would go with it."""
        chosen = chosen_of(read)
        if holds_any(context.connection, to_id(read), chosen):
            return None
        is_listed = "options" in overrides["to"]
        giver = str(context.about) if is_listed else _row(context).email
        return {"to": giver, "grant": chosen or _ALL}

    offered = ((_ALL, words.said("everything")), *grants)
    overrides = {"to": _successors(context), "grant": {"options": offered, "required": True}}
    facts = ((words.said("held_by"), _row(context).name),)
    about = next((one for one in held if one.reference == context.given.get("grant")), None)
    return FormSetup(
        place=FormPlace(about.title, grant_path(about.reference)) if about else _place(context),
        overrides=overrides,
        command=command,
        undo=back,
        undone_about=to_id,
        facts=facts,
    )


def leave(context: FormContext) -> FormSetup:
    """Say that somebody leaves, and who takes over."""
    country = context.portal.settings.country

    def command(read: Read) -> Depart:
        successor = _successor(context, value_of(read, "to"))
        return Depart(context.about, read["on"].value, country, successor.id if successor else None)

    return FormSetup(place=_place(context), overrides={"to": _successors(context)}, command=command)
