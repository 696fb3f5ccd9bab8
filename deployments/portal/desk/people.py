"""Who is who: the forms that add and change people, and that say when they are away, pass on and leave."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import bindparam, or_, select
from starlette.exceptions import HTTPException

from deployments.portal.desk.form import DeskForm, Filled, Place, Scene, list_called
from models.commands.people import Depart, HandOver, PutPerson
from models.errors import UnknownPerson
from models.forms.field import Field, Kind
from models.languages import LANGUAGES
from models.reading.line import as_compared
from models.tables.columns import table_of
from models.tables.person import Absence, Person
from models.vocabulary import Access, Duty
from tasks.commands.messages import Refusal
from tasks.store.database import AnyRow

_PERSON, _ABSENCE = table_of(Person), table_of(Absence)
_HERE = or_(_PERSON.c.departed_on.is_(None), _PERSON.c.departed_on > bindparam("today"))
# A list to choose from holds so many, those of the person's own unit first; others are named by their address.
_MOST = 200
_AWAY = (
    select(_ABSENCE)
    .where(_ABSENCE.c.person_id == bindparam("person"), _ABSENCE.c.to_on >= bindparam("today"))
    .order_by(_ABSENCE.c.from_on)
)


def _row(scene: Scene) -> AnyRow:
    row = scene.connection.execute(select(_PERSON).where(_PERSON.c.id == scene.about)).first()
    if row is None:
        raise HTTPException(404)
    return row


def _place(scene: Scene) -> Place:
    return Place(_row(scene).name, f"/people/{scene.about}")


PEOPLE = list_called("register", "/people")


def people_of(scene: Scene, *ids: int | None) -> list[tuple[str, str]]:
    """Return the people to choose from, without the one that it is about: colleagues, and those with these ids."""
    near = select(_PERSON.c.manager_id).where(_PERSON.c.id == scene.about).scalar_subquery()
    query = (
        select(_PERSON.c.id, _PERSON.c.name, _PERSON.c.title)
        .where(_HERE, _PERSON.c.id != scene.about)
        .order_by(
            _PERSON.c.id.in_([one for one in ids if one]).desc(),
            (_PERSON.c.manager_id == near).desc(),
            _PERSON.c.name,
            _PERSON.c.id,
        )
        .limit(_MOST)
    )
    rows = scene.connection.execute(query, {"today": scene.today}).all()
    named = ((str(row.id), f"{row.name}, {row.title}" if row.title else row.name) for row in rows)
    return sorted(named, key=lambda one: one[1].casefold())


def email_of(scene: Scene, chosen: str) -> str:
    """Return the address of the person that was chosen of a list."""
    who = select(_PERSON.c.email).where(_PERSON.c.id == int(chosen))
    return str(scene.connection.execute(who).scalar_one())


def _successor_fields(scene: Scene, *, required: bool) -> Iterator[Field]:
    """Yield the fields that say who takes over: one of a list, or where that is cut by the address."""
    others = people_of(scene)
    cut = len(others) == _MOST
    yield Field("to", Kind.CHOICE, required and not cut, options=(("", ""), *others))
    if cut:
        yield Field("address", Kind.LINE, False)


def _successor(scene: Scene, filled: Filled) -> AnyRow | None:
    """Return who takes over; None where nobody is named, UnknownPerson for an address that is nobody's."""
    chosen, address = filled.text("to"), as_compared(filled.text("address"))
    if not chosen and not address:
        return None
    who = _PERSON.c.id == int(chosen) if chosen else _PERSON.c.email == address
    query = select(_PERSON.c.id, _PERSON.c.email).where(who, _HERE)
    row = scene.connection.execute(query, {"today": scene.today}).first()
    if row is None:
        raise UnknownPerson(Refusal.NO_PERSON_HERE(person=address))
    return row


def _person_fields(scene: Scene) -> Iterator[Field]:
    """Yield the fields of a person's line; what gives rights, and the address that signs in, are an administrator's."""
    row = _row(scene) if scene.about else None
    given = scene.visit.visitor.is_admin
    if given:
        yield Field("email", Kind.LINE, text=row.email if row else "")
    yield Field("name", Kind.LINE, text=row.name if row else "")
    yield Field("title", Kind.LINE, False, text=row.title if row else "")
    yield Field("phone", Kind.LINE, False, text=row.phone if row else "")
    yield Field("department", Kind.LINE, False, text=row.department if row else "")
    languages = tuple((one, "") for one in LANGUAGES)
    yield Field("language", Kind.CHOICE, options=languages, text=row.language if row else scene.say.language)
    others = (("", ""), *people_of(scene, *((row.manager_id, row.deputy_id) if row else ())))
    for role in ("manager", "deputy"):
        held = getattr(row, f"{role}_id") if row else None
        yield Field(role, Kind.CHOICE, False, options=others, text=str(held or ""))
    if given:
        access = tuple((str(one), "") for one in Access)
        yield Field("access", Kind.CHOICE, options=access, text=str(row.access) if row else "own")
        yield Field(
            "admin",
            Kind.CHOICE,
            options=(("no", ""), ("yes", "")),
            text="yes" if row and row.is_admin else "no",
        )


def _put(scene: Scene, filled: Filled) -> PutPerson:
    row = _row(scene) if scene.about else None
    names = {field.name for field in filled.fields}
    said: dict[str, object] = {
        name: filled.text(name) for name in ("name", "title", "phone", "department", "language")
    }
    for role in ("manager", "deputy"):
        chosen = filled.text(role)
        said[role] = email_of(scene, chosen) if chosen else None
    if "admin" in names:
        said |= {"admin": filled.text("admin") == "yes", "access": filled.text("access")}
    email = filled.text("email") if "email" in names else row.email if row else ""
    return PutPerson(email, said, scene.about or None)


def _away(scene: Scene) -> list[AnyRow]:
    given = {"person": scene.about, "today": scene.today}
    return list(scene.connection.execute(_AWAY, given).all())


def _absence_fields(scene: Scene) -> Iterator[Field]:
    """Yield the fields of an absence: which one is changed, or none, its first day, and its last, not over by now."""
    known = tuple(
        (str(row.id), f"{scene.say.dated(row.from_on)} – {scene.say.dated(row.to_on)}")
        for row in _away(scene)
    )
    if known:
        yield Field("absence", Kind.CHOICE, False, options=(("", ""), *known))
    yield Field("first", Kind.DAY, not known, depends=True)
    yield Field("last", Kind.DAY, not known, depends=True, after="first", earliest=scene.today)


def _absent(scene: Scene, filled: Filled) -> PutPerson:
    """Return the absences as they are to be: a new one, another's days, or one less where no day is filled in."""
    kept: dict[str, tuple[date, date]] = {str(one.id): (one.from_on, one.to_on) for one in _away(scene)}
    kept.pop(filled.text("absence"), None)
    days = [filled.value("first") or filled.value("last"), filled.value("last") or filled.value("first")]
    found = [*kept.values(), *([tuple(days)] if days[0] else [])]
    said = [{"first": first, "last": last} for first, last in found]
    return PutPerson(_row(scene).email, {"absences": said}, scene.about)


def _hand_over(scene: Scene, filled: Filled) -> HandOver:
    successor = _successor(scene, filled)
    country = scene.portal.settings.country
    return HandOver(scene.about, successor.email if successor else "", country, filled.text("grant") or None)


def _hand_over_fields(scene: Scene) -> Iterator[Field]:
    """Yield who takes over, and what: all of it, or the grant that the link names."""
    yield from _successor_fields(scene, required=True)
    grant = scene.given.get("grant", "")
    yield Field("grant", Kind.CHOICE, False, options=(("", ""), *([(grant, grant)] if grant else [])))


def _depart(scene: Scene, filled: Filled) -> Depart:
    successor = _successor(scene, filled)
    country = scene.portal.settings.country
    return Depart(
        scene.about, filled.value("on") or scene.today, successor.id if successor else None, country
    )


PEOPLE_FORMS = (
    DeskForm("new-person", Duty.OFFICE, PEOPLE, _person_fields, _put),
    DeskForm("person", Duty.PERSON, _place, _person_fields, _put),
    DeskForm("absence", Duty.HOLDINGS, _place, _absence_fields, _absent),
    DeskForm("hand-over", Duty.HOLDINGS, _place, _hand_over_fields, _hand_over),
    DeskForm(
        "departure",
        Duty.PERSON,
        _place,
        lambda scene: (Field("on", Kind.DAY), *_successor_fields(scene, required=False)),
        _depart,
    ),
)
