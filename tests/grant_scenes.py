"""Real grants, opened through the import and played through acts, for tests of everything that writes."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from shutil import copyfile
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, Row, bindparam, select
from sqlmodel import SQLModel

from deployments.shipped_files import PROGRAMMES
from models.commands.clock import Clock, SignedIn
from models.commands.decisions import Decide, DecisionInput
from models.commands.grants import ConfirmLate
from models.commands.money import Claim, Pay, Release
from models.commands.steps import (
    Answer,
    Approve,
    NothingToReport,
    NotMe,
    NotNeeded,
    NotYet,
    Return,
    StepAnswer,
    Withdraw,
)
from models.forms.spec import acts_by
from models.intake.file import ImportFile
from models.programme.plan import Programme
from models.rules.dates.calendar import offices_in
from models.rules.money.gate import GateReason
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.tables.letter import Letter, Notice
from models.tables.money import Instalment
from models.tables.person import Organisation, OrganisationName, Person
from models.tables.step import Step
from models.vocabulary import AnswerKind, DecisionKind, LetterKind, NoticeKind, OverClaim, StepStatus
from tasks.commands.replan.preview import Consequences, What
from tasks.commands.steps import AnswerOutcome
from tasks.intake.imports import import_file
from tasks.intake.report import ImportReport
from tasks.people.notice_recipients import Recipient, hearing
from tasks.perform import perform
from tasks.programmes.files import ProgrammeRegistry, read_programme
from tasks.round.days import Counts, RoundDay
from tasks.round.phases import run_round
from tasks.settings import load_settings
from tasks.store.database import dry_run, reading, tells_nobody
from tasks.store.engine_options import options_of
from tasks.store.journal import broken_links
from tasks.watch.tampering import rows_amiss
from tests.builders import add
from tests.plan_files import plan_of_text
from tests.remembered import remembered
from tests.rule_builders import PLAIN

ZONE = ZoneInfo("Europe/Stockholm")
REFERENCE = Path(__file__).parents[1] / "deployments" / "sample" / "reference.yaml"

GRANT, STEP, INSTALMENT = table_of(Grant), table_of(Step), table_of(Instalment)
PERSON, NOTICE, LETTER = table_of(Person), table_of(Notice), table_of(Letter)
EVENT, _BODY = table_of(JournalEvent), table_of(Organisation)

OWNER, DEPUTY, MANAGER = "coordinator@example.org", "deputy@example.org", "unit.manager@example.org"
HEAD, TOP = "department.head@example.org", "administration.head@example.org"
SECRETARY, CONTROLLER, ADMIN = (
    "committee.secretary@example.org",
    "controller@example.org",
    "admin@example.org",
)
STRANGER = "stranger@example.org"

FIGURES = {
    "reports_to_social_services": 3,
    "persons_under_18": 2,
    "persons_under_20": 1,
    "spent": "118 000",
    "activities": "Samverkan med polisen.",
}


def at(day: date, hour: int = 9) -> datetime:
    """Return the moment at which the local clock strikes the hour on the day."""
    return datetime.combine(day, time(hour), tzinfo=ZONE).astimezone(UTC)


def today() -> date:
    """Return the day that it is for the commands, which read the clock: a run of the tests may go past midnight."""
    return datetime.now(ZONE).date()


def last_working_day() -> date:
    """Return today, or the working day before it: for commands that do nothing while offices are closed."""
    return offices_in("SE").on_or_before(today())


def put_figures(home: Path) -> None:
    """Put the figures that the reference case names into a home, which is its owner's alone."""
    home.mkdir(mode=0o700, exist_ok=True)
    folder = home / "figures"
    folder.mkdir(exist_ok=True)
    copyfile(REFERENCE.with_name("reference-figures.csv"), folder / "reference-figures.csv")


class AnyProgramme(ProgrammeRegistry):
    """The programmes that come with the product by their names; those of the tests by their paths, plans too.

    Of the reference programme the plain variant is meant, unless all are `shipped`.
    """

    def __init__(self, *, shipped: bool = False) -> None:
        super().__init__()
        self._shipped = ProgrammeRegistry(*([] if shipped else [PLAIN]), PROGRAMMES)

    def get(self, name: str) -> Programme:
        """Return the programme."""
        if not name.endswith(".yaml"):
            return self._shipped.get(name)
        text = Path(name).read_text(encoding="utf-8")
        return plan_of_text(text) if "\ninstalments:" in text else read_programme(Path(name), PROGRAMMES)


@lru_cache(maxsize=1)
def registry() -> AnyProgramme:
    """Return the programmes that grants of the tests name."""
    return AnyProgramme()


def a_staff(**changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the people of the reference case as an import file has them; changes by the local part of an address."""
    line: dict[str, dict[str, Any]] = {
        OWNER: {"manager": MANAGER, "deputy": DEPUTY},
        DEPUTY: {"manager": MANAGER},
        MANAGER: {"manager": HEAD},
        HEAD: {"manager": TOP},
        TOP: {},
        SECRETARY: {},
        CONTROLLER: {"language": "en"},
        ADMIN: {"admin": True},
        STRANGER: {},
    }
    return [
        {
            "email": email,
            "name": email.split("@")[0].title(),
            **values,
            **changes.get(email.split("@")[0], {}),
        }
        for email, values in line.items()
    ]


def an_entry(reference: str = "REF-1", **changes: Any) -> dict[str, Any]:
    """Return grant 2 of the reference case as an import file has it, not decided yet."""
    entry = {
        "reference": reference,
        "title": "Regional samordning",
        "programme": "development-funds-2009",
        "funder": "funder",
        "recipient": "committee",
        "period_start_on": date(2010, 1, 1),
        "period_end_on": date(2010, 12, 31),
        "dates": {"applied_on": {"on": date(2009, 9, 15), "choice": True}},
        "roles": {
            "coordinator": OWNER,
            "unit_manager": MANAGER,
            "head_of_department": HEAD,
            "head_of_administration": TOP,
            "committee": SECRETARY,
            "controller": CONTROLLER,
        },
    }
    return entry | changes


def an_open_entry(reference: str = "REF-9", **changes: Any) -> dict[str, Any]:
    """A grant paid whole by one instalment, as the reference case's first."""
    entry = an_entry(reference, programme="project-funds-2009")
    return entry | {"period_start_on": date(2009, 1, 1), "period_end_on": date(2009, 12, 31)} | changes


ORGANISATIONS = [
    {"key": "funder", "names": [{"name": "Länsstyrelsen"}]},
    {
        "key": "committee",
        "names": [{"name": "Socialnämnden"}],
        "registration_number": "212000-0001",
        "account": "Bankgiro 210-0006",
    },
]
OPENED_ON = date(2009, 9, 1)


def bring_in(engine: Engine, on: date = OPENED_ON, *, confirmed: bool = True, **content: Any) -> ImportReport:
    """Import content as an import file has it; what is late is confirmed at once, as if it had run here before."""
    report = import_file(engine, ImportFile.model_validate(content), registry(), today=on, now=at(on))
    if confirmed and report.late and not tells_nobody(engine):
        by_email = rows(engine, Person)[0].email
        from_on = min(one.due_on for late in report.late.values() for one in late)
        for reference in report.late:
            act(engine, ConfirmLate(reference, from_on), on, by_email)
    return report


def open_grants(
    engine: Engine,
    *entries: Mapping[str, Any],
    people: list[dict[str, Any]] | None = None,
    on: date = OPENED_ON,
) -> None:
    """Import the staff and the grants; if none is given one like the reference case's second, once a process."""
    staff = people if people is not None else a_staff()

    def bring() -> None:
        bring_in(engine, on, organisations=ORGANISATIONS, people=staff, grants=list(entries or [an_entry()]))

    if entries or people is not None:
        bring()
    else:
        remembered(engine, f"opened {on}", bring)


def act(
    engine: Engine,
    command: Any,
    on: date,
    by: str | SignedIn | None = OWNER,
    *,
    home: Path | None = None,
    apply: bool = True,
) -> Any:
    """Do a command at nine in the morning of the day, or only look; return what it comes to.

    Whom it tells, its act says that it tells.
    """
    heard = dict[Recipient, None]()
    hears = hearing(engine, heard)
    done = perform(
        hears if apply else dry_run(hears),
        command,
        by,
        Clock(on, at(on)),
        settings=load_settings(home=home) if home else None,
    )
    listener: dict[Recipient, None] | None = options_of(engine).heard
    if listener is not None:
        listener.update(heard)
    specs = acts_by(type(command))
    # What is planned after any act may find no meeting or no date, or that a step comes late: the plan tells
    # that, not the act.
    of_the_plan = {NoticeKind.NO_MEETING, NoticeKind.DATE_MISSING, NoticeKind.REMINDER}
    said = {kind for one in specs for kind in one.tells} | of_the_plan
    assert not specs or {one.kind for one in heard} <= said, (command, heard)
    return done


def signed_in(email: str, on: date) -> SignedIn:
    """Return who signed in that morning."""
    return SignedIn(email, at(on, 8), hours=12)


ANSWERS: dict[AnswerKind, type[StepAnswer]] = {
    one.kind: one for one in (Answer, NothingToReport, NotNeeded, NotYet, NotMe, Approve, Return, Withdraw)
}


def answer(
    engine: Engine,
    step: str,
    on: date,
    by: str = OWNER,
    kind: AnswerKind = AnswerKind.DONE,
    reference: str = "REF-1",
    **values: Any,
) -> StepStatus:
    """Answer a step at nine in the morning of the day; who approves has signed in."""
    who = signed_in(by, on) if kind is AnswerKind.APPROVED else by
    found: AnswerOutcome = act(engine, ANSWERS[kind](reference, step, **values), on, who)
    return found.status


def decide(
    engine: Engine,
    kind: DecisionKind = DecisionKind.AWARD,
    on: date = date(2009, 11, 5),
    reference: str = "REF-1",
    today: date | None = None,
    by: str | None = OWNER,
    **values: Any,
) -> Consequences:
    """Record a decision on its day, an award of 500,000 with a final report on 2011-01-20 unless told otherwise."""
    if kind is DecisionKind.AWARD and not values:
        values = {"amount_minor": 50_000_000, "dates": {"final_report_on": date(2011, 1, 20)}}
    found: Consequences = act(engine, Decide(reference, DecisionInput(kind, on, **values)), today or on, by)
    return found


def release(
    engine: Engine, on: date, by: str, number: int = 2, reference: str = "REF-1", **values: Any
) -> GateReason:
    """Ask for a release, or confirm it, at nine in the morning of the day, when who does it has signed in."""
    found: GateReason = act(engine, Release(reference, number, **values), on, signed_in(by, on))
    return found


def claim(
    engine: Engine, on: date, number: int, by: str = OWNER, reference: str = "REF-1", **values: Any
) -> None:
    """Record that a claim was sent."""
    act(engine, Claim(reference, number, **values), on, by)


def pay(
    engine: Engine, on: date, number: int, by: str = OWNER, reference: str = "REF-1", **values: Any
) -> None:
    """Record that the money came."""
    act(engine, Pay(reference, number, **values), on, by)


def moves(found: Consequences, what: What) -> list[tuple[str, str, str | None, str | None]]:
    """Return what moves of one sort."""
    return [(one.name, one.detail, one.before, one.after) for one in found.changes if one.what is what]


@contextmanager
def refused(
    engine: Engine, error: type[Exception] | tuple[type[Exception], ...], says: str = ""
) -> Iterator[pytest.ExceptionInfo[Exception]]:
    """Hold that what is done in the block is refused, in these words, and leaves everything as it was."""
    before = dump(engine)
    with pytest.raises(error, match=says or None) as raised:
        yield raised
    assert dump(engine) == before


# The life of the grant, in the order in which the stages are reached; the last three lie after the approval.
STAGES = (
    "applied",
    "decided",
    "first claimed",
    "first paid",
    "followed up",
    "drafted",
    "committee approved",
    "sent",
    "funder approved",
    "asked",
    "released",
    "last claimed",
    "last paid",
    "closed",
)


def play(engine: Engine, stage: str, reference: str = "REF-1") -> None:
    """Play an open grant, as the reference case went, up to and including the stage."""
    acts = acts_of(engine, reference)
    for name in STAGES[: STAGES.index(stage) + 1]:
        acts[name]()


def acts_of(engine: Engine, reference: str = "REF-1") -> dict[str, Any]:
    """Return what each stage does."""

    def done(step: str, on: date, **values: Any) -> None:
        answer(engine, step, on, reference=reference, **values)

    def approved(step: str, on: date, by: str) -> None:
        answer(engine, step, on, by, AnswerKind.APPROVED, reference)

    def follow_ups() -> None:
        for quarter, on in enumerate((date(2010, 4, 27), date(2010, 7, 28), date(2010, 10, 29)), start=1):
            done(f"follow-up-2010-q{quarter}", on, data=FIGURES)

    return {
        "applied": lambda: done("application", date(2009, 9, 15), data={"applied_for": 900_000}),
        "decided": lambda: decide(engine, reference=reference),
        "first claimed": lambda: claim(engine, date(2009, 11, 18), 1, reference=reference),
        "first paid": lambda: pay(engine, date(2009, 12, 11), 1, reference=reference),
        "followed up": follow_ups,
        "drafted": lambda: done("draft", date(2011, 1, 10), data=FIGURES),
        "committee approved": lambda: approved("draft-approval", date(2011, 1, 18), SECRETARY),
        "sent": lambda: done("final-report", date(2011, 1, 19)),
        "funder approved": lambda: approved("final-report-approval", date(2011, 2, 24), OWNER),
        "asked": lambda: release(engine, date(2011, 2, 24), OWNER, reference=reference),
        "released": lambda: release(engine, date(2011, 2, 25), CONTROLLER, reference=reference),
        # Of 500 000 kronor 472 000 are reported as spent.
        "last claimed": lambda: claim(engine, date(2011, 3, 1), 2, reference=reference, over=OverClaim.KEEP),
        "last paid": lambda: pay(engine, date(2011, 3, 22), 2, reference=reference),
        "closed": lambda: done("close", date(2011, 3, 29)),
    }


def a_grant_that_was(engine: Engine, stage: str, reference: str = "REF-1") -> None:
    """Open a grant and play it up to the stage; in a new database, once a run."""

    def live() -> None:
        open_grants(engine, an_entry(reference))
        play(engine, stage, reference)

    remembered(engine, f"{reference} {stage}", live)


def do_round(engine: Engine, on: date, grant: str | None = None) -> Counts:
    """Run the day's round at seven in the morning."""
    return run_round(engine, RoundDay(on, at(on, 7), grant))


def steps(engine: Engine, reference: str = "REF-1") -> dict[str, Row[Any]]:
    """Return the grant's steps by key."""
    query = select(STEP).join(GRANT, GRANT.c.id == STEP.c.grant_id).where(GRANT.c.reference == reference)
    with reading(engine) as connection:
        return {row.key: row for row in connection.execute(query.order_by(STEP.c.position))}


def parts(engine: Engine, reference: str = "REF-1") -> list[Row[Any]]:
    """Return the grant's instalments in order."""
    query = select(INSTALMENT).join(GRANT, GRANT.c.id == INSTALMENT.c.grant_id)
    with reading(engine) as connection:
        found = connection.execute(query.where(GRANT.c.reference == reference).order_by(INSTALMENT.c.number))
        return list(found)


def sums(engine: Engine, reference: str = "REF-1") -> list[tuple[str, int | None]]:
    """Return the grant's instalments as status and sum."""
    return [(str(part.status), part.amount_minor) for part in parts(engine, reference)]


def grant(engine: Engine, reference: str = "REF-1") -> Row[Any]:
    """Return the grant's row."""
    with reading(engine) as connection:
        return connection.execute(select(GRANT).where(GRANT.c.reference == reference)).one()


def person_id(engine: Engine, email: str) -> int:
    """Return the id of the person with the address."""
    with reading(engine) as connection:
        return int(connection.execute(select(PERSON.c.id).where(PERSON.c.email == email)).scalar_one())


def told(engine: Engine, *kinds: str) -> list[tuple[str, str, str]]:
    """Return the notices, of some kinds or all, as the step's key, the rung and the reader's address, in order."""
    query = (
        select(STEP.c.key, NOTICE.c.rung, PERSON.c.email)
        .join(STEP, STEP.c.id == NOTICE.c.step_id)
        .join(PERSON, PERSON.c.id == NOTICE.c.person_id)
        .order_by(NOTICE.c.id)
    )
    if kinds:
        query = query.where(NOTICE.c.kind.in_(kinds))
    with reading(engine) as connection:
        return [(row.key, row.rung, row.email) for row in connection.execute(query)]


def letters(engine: Engine) -> list[tuple[str, date, str]]:
    """Return the letters as the reader's address, day and kind, in order, without those of the week."""
    query = (
        select(PERSON.c.email, LETTER.c.letter_on, LETTER.c.kind)
        .join(PERSON, PERSON.c.id == LETTER.c.person_id)
        .where(LETTER.c.kind != LetterKind.WEEK)
        .order_by(LETTER.c.letter_on, LETTER.c.id)
    )
    with reading(engine) as connection:
        return [(row.email, row.letter_on, str(row.kind)) for row in connection.execute(query)]


_PERSONAL = select(PERSON.c.name, PERSON.c.email, PERSON.c.phone)
_SAID = select(EVENT.c.id, EVENT.c.detail, EVENT.c.rows).where(EVENT.c.id > bindparam("after"))


def people_named(connection: Connection, after: int = 0) -> list[tuple[int, str]]:
    """Return the events that hold a person's name, address or telephone number, with what it is."""
    words = {word for row in connection.execute(_PERSONAL) for word in row if word}
    events = connection.execute(_SAID, {"after": after}).all()
    said = [(row.id, json.dumps([row.detail, row.rows], ensure_ascii=False)) for row in events]
    return [(number, word) for number, text in said for word in (*words, "@") if word in text]


def events(engine: Engine, *names: str) -> list[str]:
    """Return the journal's events in order, some or all, having checked the chain, the rows and the names."""
    with reading(engine) as connection:
        assert list(broken_links(connection)) == []
        assert list(rows_amiss(connection)) == []
        assert people_named(connection) == []
        found = connection.execute(select(EVENT.c.event).order_by(EVENT.c.id)).scalars()
        return [event for event in found if not names or event in names]


def dump(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, in the order of the tables' keys."""
    with reading(engine) as connection:
        return {
            name: [
                dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for name, table in sorted(SQLModel.metadata.tables.items())
        }


def rename(engine: Engine, key: str, name: str, from_on: date) -> None:
    """Give an organisation another name from a day on."""
    with engine.begin() as connection:
        body = connection.scalar(select(_BODY.c.id).where(_BODY.c.key == key))
        add(connection, OrganisationName, organisation_id=body, name=name, valid_from_on=from_on)


def rows(engine: Engine, model: Any) -> list[Row[Any]]:
    """Return a table's rows in order."""
    table = table_of(model)
    with reading(engine) as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key)))
