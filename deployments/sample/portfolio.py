"""A dozen sample grants around today: due, late, escalated, waiting for the funder, ready to release."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from deployments.shipped_files import PROGRAMMES
from models.commands.clock import Clock
from models.commands.grants import ConfirmLate
from models.errors import BadInput
from models.intake.file import ImportFile
from models.message import Message
from models.programme.language.each import Each
from models.programme.plan import Programme
from models.programme.question import Words
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.periods import cut_periods
from models.tables.columns import table_of
from models.tables.grant import Grant
from tasks.intake.imports import import_file
from tasks.outbox.route import has_mailed
from tasks.perform import perform
from tasks.programmes.files import ProgrammeRegistry
from tasks.store.database import reading, shown_address
from tasks.store.foundation import is_sample, mark_sample


class Sample(Message):
    """Why a database cannot hold the sample."""

    OTHER_GRANTS = (
        "%(place)s holds other grants, and --sample would play with them; name another GRANTS_HOME, or start without"
        " --sample"
    )
    LETTERS_LEFT = (
        "letters have left %(place)s by mail, and --sample would play on; name another GRANTS_HOME, or start without"
        " --sample"
    )
    OWN_FILE_ONLY = "--sample reads no file that GRANTS_SETTINGS names (%(file)s): unset GRANTS_SETTINGS"


_CALENDAR = WorkCalendar("SE")
# Whose the portal is, unless the settings say another.
ORGANISATION = "Socialförvaltningen, Ekbacka kommun"

_GRANT = table_of(Grant)
_FUNDERS = {
    "county-board": "Länsstyrelsen",
    "welfare-agency": "Myndigheten för socialt stöd",
    "inheritance-fund": "Fonden för sociala projekt",
}
# Each funder's officer: their name and telephone number.
_OFFICERS = {
    "county-board": ("Eva Sandell", "08-465 004 12"),
    "welfare-agency": ("Omar Haddad", "08-465 004 13"),
    "inheritance-fund": ("Lena Wiik", "08-465 004 14"),
}
_ROLES = {
    "unit_manager": "unit.manager@example.org",
    "head_of_department": "department.head@example.org",
    "head_of_administration": "administration.head@example.org",
    "committee": "committee.secretary@example.org",
    "controller": "controller@example.org",
}
_ADULTS = "Vuxenenheten"
_YOUNG = "Enheten för barn och unga"


def load_sample(engine: Engine, today: date, now: datetime) -> None:
    """Import the sample portfolio, dated around today, which must be a working day.

    One that was loaded before, on any day, is left alone.
    """
    mark_sample(engine)
    with reading(engine) as connection:
        if connection.execute(select(_GRANT.c.id).where(_GRANT.c.reference == _reference(1))).first():
            return
    content = ImportFile.model_validate(
        {
            "organisations": [
                {
                    "key": "social-committee",
                    "names": [{"name": "Socialnämnden"}],
                    # Invented, and right only in their check digits.
                    "registration_number": "212000-0001",
                    "account": "Bankgiro 123-4566",
                    "administration": "Socialförvaltningen",
                    "department": "Avdelningen för öppenvård",
                },
                *({"key": key, "names": [{"name": name}]} for key, name in _FUNDERS.items()),
            ],
            "people": _people(today),
            "meetings": [
                {"body": "social-committee", "held_on": held_on, "choice": True}
                for held_on in (_CALENDAR.on_or_after(today + timedelta(days=days)) for days in (9, 37, 65))
            ],
            "grants": _grants(today),
        }
    )
    report = import_file(engine, content, _SampleProgrammes(PROGRAMMES), today=today, now=now)
    # It has run for long: what is late was confirmed before anything was.
    before = min(one.due_on for steps in report.late.values() for one in steps)
    for reference in report.late:
        perform(engine, ConfirmLate(reference, before), "admin@example.org", Clock(today, now))


def require_room(engine: Engine) -> None:
    """Raise BadInput for a database that is not the sample's: with other grants, or whose letters have left by mail."""
    with reading(engine) as connection:
        if has_mailed(connection):
            raise BadInput(Sample.LETTERS_LEFT(place=shown_address(engine)))
        if not is_sample(connection) and connection.execute(select(_GRANT.c.id).limit(1)).first():
            raise BadInput(Sample.OTHER_GRANTS(place=shown_address(engine)))


def _reference(number: int) -> str:
    return f"SN-{number:03}"


class _SampleProgrammes(ProgrammeRegistry):
    """The reference programme under a name without a year."""

    def get(self, name: str) -> Programme:
        programme = super().get("development-funds-2009")
        title = Words(sv="Utvecklingsmedel för sociala insatser", en="Development funds for social work")
        return programme.model_copy(update={"programme": name, "title": title, "source": "sample"})


def _people(today: date) -> list[dict[str, object]]:
    # Telephone numbers of the series that is kept for invented ones.
    phones = (f"08-465 004 {number:02}" for number in range(30, 60))

    def person(email: str, name: str, title: str, manager: str | None, **more: object) -> dict[str, object]:
        address = f"{email}@example.org"
        above = f"{manager}@example.org" if manager else None
        said = {"email": address, "name": name, "title": title, "manager": above}
        return {**said, "phone": next(phones), **more}

    away = {"first": today - timedelta(days=3), "last": today + timedelta(days=11)}
    return [
        person("administration.head", "Helena Strand", "förvaltningschef", None),
        person("department.head", "Lars Ek", "avdelningschef", "administration.head"),
        person("unit.manager", "Karin Holm", "enhetschef", "department.head"),
        person("coordinator.one", "Anna Lind", "handläggare", "unit.manager", department=_ADULTS),
        person("coordinator.two", "Jonas Berg", "handläggare", "unit.manager", department=_YOUNG),
        person(
            "coordinator.three",
            "Emily Ward",
            "handläggare",
            "unit.manager",
            department=_YOUNG,
            language="en",
        ),
        person(
            "coordinator.away",
            "Maja Blom",
            "handläggare",
            "unit.manager",
            department=_ADULTS,
            deputy="coordinator.one@example.org",
            absences=[away],
        ),
        person("committee.secretary", "Ingrid Falk", "nämndsekreterare", None),
        person("controller", "Nils Åberg", "controller", "administration.head", access="controller"),
        person("admin", "Petra Öhman", "systemförvaltare", None, admin=True),
    ]


def _grants(today: date) -> list[dict[str, object]]:
    def days(count: int) -> date:
        return today + timedelta(days=count)

    def before(count: int) -> date:
        return _CALENDAR.add(today, -count)

    # Over Christmas five working days are more than the eleven before a report on which the committee approves it.
    soon = min(_CALENDAR.add(today, 5), days(11))
    return [
        _grant(1, "Familjecentral i söder", "coordinator.one", applied_on=days(7), sent=False),
        _grant(2, "Stöd till unga vuxna", "coordinator.two", applied_on=days(-52)),
        _grant(3, "Traumafokuserad behandling", "coordinator.three", decided_on=days(-10)),
        _grant(
            4, "Våld i nära relationer: samverkan", "coordinator.one", report_on=days(17), through="follow-up"
        ),
        _grant(
            5, "Digital mottagning", "coordinator.two", report_on=_CALENDAR.add(today, 1), through="committee"
        ),
        _grant(6, "Barns delaktighet", "coordinator.three", report_on=before(1), through="committee"),
        _grant(7, "Hemlöshet: bostad först", "coordinator.one", report_on=before(6), through="committee"),
        _grant(8, "Avhopparverksamhet", "coordinator.away", report_on=soon, through="committee"),
        _grant(9, "Språkstöd i hemtjänsten", "coordinator.two", report_on=days(-40), through="sent"),
        _grant(10, "Psykisk hälsa i skolan", "coordinator.three", report_on=days(-45), through="approved"),
        _grant(11, "Föräldrastöd", "coordinator.two", report_on=days(-80), through="claimed"),
        _grant(12, "Anhörigstöd", "coordinator.one", report_on=days(-120), through="closed"),
    ]


_THROUGH = ("follow-up", "committee", "sent", "approved", "claimed", "closed")


def _grant(
    number: int,
    title: str,
    coordinator: str,
    *,
    applied_on: date | None = None,
    sent: bool = True,
    decided_on: date | None = None,
    report_on: date | None = None,
    through: str = "",
) -> dict[str, object]:
    """Return a grant that has come as far as `through`, its dates counted from what is given."""
    funder = list(_FUNDERS)[number % len(_FUNDERS)]
    officer, phone = _OFFICERS[funder]
    entry: dict[str, object] = {
        "reference": _reference(number),
        "funder_reference": f"{700 + 13 * number}-{number:02}",
        "contact_name": officer,
        "contact_phone": phone,
        "contact_email": f"{officer.lower().replace(' ', '.')}@example.org",
        "title": title,
        "programme": "development-funds",
        "funder": funder,
        "recipient": "social-committee",
        "roles": {"coordinator": f"{coordinator}@example.org", **_ROLES},
    }
    if report_on is not None:
        return entry | _reported(number, report_on, through)
    if decided_on is not None:
        decided_on = _CALENDAR.on_or_before(decided_on)
        applied_on = _CALENDAR.on_or_before(decided_on - timedelta(days=50))
        entry |= _period(decided_on + timedelta(days=20), 365) | _decision(
            number, decided_on, decided_on + timedelta(days=420)
        )
    assert applied_on is not None  # noqa: S101
    entry["dates"] = {"applied_on": {"on": applied_on, "choice": True}}
    if sent:
        entry["done"] = {"application": applied_on}
    return entry


def _period(start: date, length: int) -> dict[str, date]:
    return {"period_start_on": start, "period_end_on": start + timedelta(days=length - 1)}


def _decision(number: int, decided_on: date, report_on: date) -> dict[str, object]:
    return {
        "decisions": [
            {
                "decided_on": decided_on,
                "amount": 350_000 + 25_000 * number,
                "purpose": "utveckling av stödet enligt ansökan",
                "dates": {"final_report_on": report_on},
                "source": f"beslut {decided_on.isoformat()}",
            }
        ]
    }


_QUARTERS = Each(3)


def _reported(number: int, report_on: date, through: str) -> dict[str, object]:
    """Return a grant whose project time ended 25 days before its final report is due."""
    reached = _THROUGH.index(through)
    end = report_on - timedelta(days=25)
    period = _period(end - timedelta(days=364), 365)
    decided_on = _CALENDAR.on_or_before(period["period_start_on"] - timedelta(days=40))
    applied_on = _CALENDAR.on_or_before(decided_on - timedelta(days=50))
    quarters = cut_periods(_QUARTERS, period["period_start_on"], period["period_end_on"])[:-1]
    done: dict[str, date] = {"application": applied_on} | {
        f"follow-up-{quarter.label.lower()}": min(quarter.end_on + timedelta(days=21), end)
        for quarter in quarters
    }
    steps = (
        ("committee", "draft", report_on - timedelta(days=12)),
        ("committee", "draft-head-of-department", report_on - timedelta(days=11)),
        ("committee", "draft-head-of-administration", report_on - timedelta(days=11)),
        ("committee", "draft-approval", report_on - timedelta(days=11)),
        ("sent", "final-report", report_on - timedelta(days=2)),
        ("approved", "final-report-approval", report_on + timedelta(days=43)),
        ("closed", "close", report_on + timedelta(days=100)),
    )
    done |= {key: on for stage, key, on in steps if reached >= _THROUGH.index(stage)}
    # Nobody signs, sends, pays or meets on a Saturday.
    done = {key: _CALENDAR.on_or_before(on) for key, on in done.items()}
    first = {
        "claimed_on": _CALENDAR.on_or_before(decided_on + timedelta(days=9)),
        "paid_on": _CALENDAR.on_or_before(decided_on + timedelta(days=30)),
    }
    instalments: Mapping[int, dict[str, Any]] = {1: first}
    last = {
        "requested_by": "coordinator.two@example.org",
        "confirmed_by": "controller@example.org",
        "claimed_on": _CALENDAR.on_or_before(report_on + timedelta(days=48)),
    }
    if reached >= _THROUGH.index("claimed"):
        instalments = {1: first, 2: last}
    if through == "closed":
        instalments = {
            1: first,
            2: last | {"paid_on": _CALENDAR.on_or_before(report_on + timedelta(days=70))},
        }
    return {
        **period,
        **_decision(number, decided_on, report_on),
        "dates": {"applied_on": {"on": applied_on, "choice": True}},
        "done": done,
        "instalments": instalments,
    }
