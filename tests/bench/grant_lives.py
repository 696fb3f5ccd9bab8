"""Open a few grants and live with them, through the real code, up to the day before the one that is measured."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Engine

from deployments.shipped_files import PROGRAMMES
from models.commands.clock import Clock
from models.commands.grants import ConfirmLate
from models.commands.steps import Extend
from models.intake.file import ImportFile
from models.rules.dates.calendar import WorkCalendar
from tasks.intake.imports import import_file
from tasks.outbox.deliver import deliver
from tasks.perform import perform
from tasks.programmes.files import ProgrammeRegistry
from tasks.round.days import RoundDay
from tasks.round.phases import run_round
from tasks.settings import load_settings
from tasks.store.foundation import mark_sample
from tests.rule_builders import PLAIN

SECRET = "signs-the-links-of-a-bench-only"
PORTAL = "http://127.0.0.1:8480"
SENDER = "grantline@example.org"
# What a grant that is copied is: of every 20 that have a step to tell on the day, and of every 4 that have none.
DUE = ("report-near",) * 9 + ("follow-up-near",) * 9 + ("report-late",) * 2
IDLE = ("follow-up-far", "follow-up-far", "with-funder", "closed")
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Days:
    """The working day that is measured, and the one before it, to which the grants have lived."""

    eve: date
    on: date


def measured_days(today: date) -> Days:
    """Return the last working day up to `today`, and the one before it: no round is for a day to come."""
    calendar = WorkCalendar("SE")
    on = calendar.on_or_before(today)
    return Days(calendar.add(on, -1), on)


def live_to_the_eve(engine: Engine, days: Days) -> None:
    """Open the grants that are copied, and live through the eve: its letters are captured, and count as told."""
    now = datetime.combine(days.eve, time(6), tzinfo=UTC)
    content = ImportFile.model_validate(
        {
            "organisations": ORGANISATIONS,
            "people": list(people_with(sorted({*DUE, *IDLE}))),
            "grants": [entry(name, name, values) for name, values in _lives(days).items()],
        }
    )
    report = import_file(engine, content, ProgrammeRegistry(PLAIN, PROGRAMMES), today=days.eve, now=now)
    for reference in report.late:
        perform(engine, ConfirmLate(reference), "controller@example.org", Clock(days.eve, now))
    for name, to_on in _extended(days).items():
        reason = "överenskommet med länsstyrelsen"
        command = Extend(name, _first_follow_up(days), to_on, reason)
        perform(engine, command, f"{name}@example.org", Clock(days.eve, now))
    run_round(engine, RoundDay(days.eve, now))
    settings = load_settings(
        smtp_host="", portal_url=PORTAL, mail_from=SENDER, secret_keys=SECRET, timezone="Europe/Stockholm"
    )
    mark_sample(engine)
    deliver(engine, settings, lambda: now + timedelta(hours=2))


ORGANISATIONS = [
    {"key": "county-board", "names": [{"name": "Länsstyrelsen"}]},
    {
        "key": "social-committee",
        "names": [{"name": "Socialnämnden"}],
        "registration_number": "212000-0001",
        "account": "Bankgiro 123-4566",
    },
]


def people_with(officers: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the people of an office, with such officers below its unit manager."""
    above = None
    for key, name in (
        ("administration.head", "Förvaltningschefen"),
        ("department.head", "Avdelningschefen"),
        ("unit.manager", "Enhetschefen"),
    ):
        yield {"email": f"{key}@example.org", "name": name, "manager": above}
        above = f"{key}@example.org"
    yield {"email": "committee.secretary@example.org", "name": "Nämndsekreteraren"}
    yield {"email": "controller@example.org", "name": "Controllern"}
    for name in officers:
        yield {"email": f"{name}@example.org", "name": "Handläggare Ett", "manager": above}


def entry(name: str, officer: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a grant of the officer as an import file has it."""
    people = ("unit.manager", "department.head", "administration.head", "committee.secretary", "controller")
    roles = ("unit_manager", "head_of_department", "head_of_administration", "committee", "controller")
    held = dict(zip(roles, (f"{person}@example.org" for person in people), strict=True))
    return {
        "reference": name,
        "title": "Regional samordning mot människohandel",
        "programme": "development-funds-2009",
        "funder": "county-board",
        "recipient": "social-committee",
        "applied_for": 600_000,
        "roles": {"coordinator": f"{officer}@example.org", **held},
        **values,
    }


def _lives(days: Days) -> dict[str, dict[str, Any]]:
    """Return what each of the grants to copy has been through by the eve; half a year gives it 12 steps."""
    return {
        "report-near": _reporting(days, days.on + _WEEK),
        "report-late": _reporting(days, days.eve),
        "follow-up-near": _running(days),
        "follow-up-far": _running(days),
        "with-funder": {
            "period_start_on": _quarter(days.on, 2),
            "period_end_on": _quarter(days.on, 4) - timedelta(days=1),
            "dates": {"applied_on": {"on": days.eve - _WEEK}},
            "done": {"application": days.eve - _WEEK},
        },
        "closed": _reporting(days, days.eve - 26 * _WEEK, closed=True),
    }


def _reporting(days: Days, report_on: date, *, closed: bool = False) -> dict[str, Any]:
    """Return a grant whose final report only has to be sent, or one that has ended."""
    start = _quarter(report_on, -3)
    life = _awarded(start, report_on)
    quarter_end = _quarter(start, 1) - timedelta(days=1)
    done = {
        f"follow-up-{_label(start)}": quarter_end + timedelta(days=20),
        "draft": min(report_on - timedelta(days=12), days.eve),
        "draft-approval": min(report_on - timedelta(days=10), days.eve),
    }
    if not closed:
        return life | {"done": done}
    steps = ("final-report", "final-report-approval", "claim-balance", "payment-balance", "close")
    done |= {key: report_on + timedelta(days=20 * place) for place, key in enumerate(steps)}
    last = {
        "requested_by": "closed@example.org",
        "confirmed_by": "controller@example.org",
        "claimed_on": done.pop("claim-balance"),
        "paid_on": done.pop("payment-balance"),
    }
    return life | {"done": done, "instalments": life["instalments"] | {2: last}}


def _running(days: Days) -> dict[str, Any]:
    """Return a grant in its second quarter; when the first one's follow-up is due is set by an extension."""
    start = _quarter(days.on, -1)
    return _awarded(start, _quarter(start, 2) + timedelta(days=90))


def _awarded(start: date, report_on: date) -> dict[str, Any]:
    decided_on = start - timedelta(days=40)
    return {
        "period_start_on": start,
        "period_end_on": _quarter(start, 2) - timedelta(days=1),
        "dates": {"applied_on": {"on": decided_on - timedelta(days=45), "choice": True}},
        "decisions": [
            {
                "decided_on": decided_on,
                "amount": 500_000,
                "purpose": "regional samordning",
                "dates": {"final_report_on": report_on},
                "source": f"beslut {decided_on.isoformat()}",
            }
        ],
        "instalments": {1: {"claimed_on": decided_on + timedelta(days=9), "paid_on": start}},
    }


def _extended(days: Days) -> dict[str, date]:
    """Return when the running grants' follow-up is due: a fortnight, or so far that nothing is told yet."""
    return {
        "follow-up-near": days.on + timedelta(days=14),
        "follow-up-far": days.on + timedelta(days=60),
    }


def _first_follow_up(days: Days) -> str:
    return f"follow-up-{_label(_quarter(days.on, -1))}"


def _quarter(day: date, further: int) -> date:
    """Return the first day of the quarter that lies so many quarters further."""
    quarters = day.year * 4 + (day.month - 1) // 3 + further
    return date(quarters // 4, quarters % 4 * 3 + 1, 1)


def _label(day: date) -> str:
    return f"{day.year}-q{(day.month - 1) // 3 + 1}"
