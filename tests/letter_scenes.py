"""Scenes for the letter tests: the reference grant in January 2011, with one letter of each kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, update

from models.facts.ledger import BooksChange, Reversal, VoucherChanges, note_books
from models.facts.money import Forecast, note_forecast
from models.facts.receipt import Receipt, event_source, our_choice, term
from models.programme.written.source import BodyRule
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.committee import Matter, MeetingFacts, plan_meeting
from models.rules.dates.due import Due
from models.rules.dates.meeting_due import plan_meeting_due
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Confirmation
from models.tables.money import Instalment
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import (
    AnswerKind,
    GrantStatus,
    InstalmentStatus,
    LetterKind,
    LetterStatus,
    NoticeKind,
    Phase,
    Role,
    StepKind,
    StepStatus,
)
from tasks.settings import load_settings
from tests.builders import (
    a_figure,
    a_grant,
    a_letter,
    a_notice,
    a_person,
    a_programme,
    a_programme_version,
    a_role,
    a_step,
    add,
    an_absence,
    an_answer,
    an_instalment,
    an_organisation,
)

SETTINGS = load_settings(
    portal_url="https://bidrag.example.org",
    mail_from="Bidragsbevakningen <bidrag@example.org>",
    secret_keys="newest key of the tests,older key of the tests",
    timezone="Europe/Stockholm",
    organisation="Socialförvaltningen, Exempelstad",
)
# Thursday; the final report is due on the Thursday after.
TODAY = date(2011, 1, 13)
NOW = datetime(2011, 1, 13, 6, 30, tzinfo=UTC)

_NAMES = {
    "sv": {
        "coordinator": "Handläggaren",
        "manager": "Enhetschefen",
        "head": "Avdelningschefen",
        "deputy": "Ersättaren",
        "secretary": "Nämndsekreteraren",
        "controller": "Controllern",
    },
    "en": {
        "coordinator": "Coordinator",
        "manager": "Manager",
        "head": "Head",
        "deputy": "Deputy",
        "secretary": "Secretary",
        "controller": "Controller",
    },
}
_NOTES = {
    "sv": {
        "late": "Polisens siffror saknas",
        "back": "Antalet personer stämmer inte med förra kvartalet.",
        "put_off": "Kostnaderna för december saknas.",
        "moved": "Länsstyrelsen gav anstånd",
        "withdrawn": "Siffrorna visade sig vara fel",
        "declined": "Beslutet gäller året före.",
        "no_more": "Resekostnaderna godtogs inte",
        "unit": "Enheten för stöd",
        "other_unit": "Enheten för samverkan",
        "ended": "Jourtelefonen",
        "purpose": "en heltidstjänst för regional samordning mot prostitution och människohandel",
    },
    "en": {
        "late": "The police have not sent their figures",
        "back": "The number of persons does not agree with the last quarter.",
        "put_off": "December's costs are missing.",
        "moved": "The funder gave us more time",
        "withdrawn": "The figures turned out to be wrong",
        "declined": "The decision is for the year before.",
        "no_more": "The costs of travel were not accepted",
        "unit": "Support unit",
        "other_unit": "Cooperation unit",
        "ended": "The helpline",
        "purpose": "one full-time position for regional coordination",
    },
}


@dataclass
class Scene:
    """The reference grant in the database: its people and steps by name."""

    connection: Connection
    language: str
    grant: int
    people: dict[str, int]
    steps: dict[str, int]

    def note(self, name: str) -> str:
        """Return what somebody wrote, in the scene's language."""
        return _NOTES[self.language][name]

    def change(self, model: Any, row_id: int, **values: Any) -> None:
        """Change a row."""
        table = table_of(model)
        self.connection.execute(update(table).where(table.c.id == row_id).values(**values))

    def letter(self, to: str, *notices: tuple[str, NoticeKind, dict[str, Any]], **values: Any) -> int:
        """Insert a letter to a person with the notices: (step, kind, columns)."""
        letter = a_letter(self.connection, self.people[to], **values)
        for step, kind, columns in notices:
            a_notice(self.connection, letter, self.steps[step], kind=kind, **columns)
        return letter

    def sent(self, to: str, step: str, day: date, kind: NoticeKind = NoticeKind.REMINDER) -> int:
        """Insert a letter that a server accepted earlier."""
        return self.letter(to, (step, kind, {}), letter_on=day, status=LetterStatus.ACCEPTED)


def a_scene(connection: Connection, language: str = "sv") -> Scene:
    """Insert the reference grant as it stands a week before its final report is due."""
    names = _NAMES[language]
    people = {key: a_person(connection, name, language=language) for key, name in names.items()}
    table_people(connection, people)
    recipient = an_organisation(
        connection, "Socialtjänst- och arbetsmarknadsnämnden", {date(2011, 1, 1): "Socialnämnden"}
    )
    grant = a_grant(
        connection,
        reference="REF-2009-2",
        funder_reference="2009-1234",
        title="Regional samordning mot prostitution och människohandel",
        recipient_id=recipient,
        figures_file="figures.csv",
        dates={
            "final_report_on": {"on": "2011-01-20", "source": event_source("decision", date(2009, 11, 5))}
        },
    )
    coordinator = people["coordinator"]
    done = {"status": StepStatus.DONE, "owner_id": coordinator, "done_by_id": coordinator}
    steps = {
        "application": a_step(
            connection, grant, key="application", phase=Phase.APPLICATION, position=1,
            due_on=date(2009, 9, 15), done_on=date(2009, 9, 14), **done,
        ),
        "decision": a_step(
            connection, grant, key="funder-decision", phase=Phase.DECISION, kind=StepKind.FUNDER, position=2,
            with_funder=True, due_on=date(2009, 10, 29), done_on=date(2009, 11, 5), **done,
        ),
        "follow-up": a_step(
            connection, grant, key="follow-up-2010-q3", template_key="follow-up", phase=Phase.FOLLOW_UP,
            position=3, period="2010-Q3", due_on=date(2010, 11, 1), owner_id=coordinator,
            receipt={
                "form": "after", "anchor": "period_end", "anchor_on": "2010-09-30", "count": 1,
                "unit": "months", "rolled": "2010-10-30", "source": "länsstyrelsens villkor, punkt 4",
            },
        ),
        "committee": a_step(
            connection, grant, key="draft-approval", kind=StepKind.APPROVAL, position=5,
            due_on=date(2011, 1, 18), owner_id=people["secretary"],
        ),
        "report": a_step(
            connection, grant, key="final-report", position=6, owner_id=coordinator,
            owner_since_on=date(2009, 11, 5),
            receipt={
                "form": "on", "anchor": "final_report_on", "anchor_on": "2011-01-20",
                "source": event_source("decision", date(2009, 11, 5)),
            },
        ),
        "approval": a_step(
            connection, grant, key="final-report-approval", kind=StepKind.APPROVAL, position=7, with_funder=True,
            due_on=date(2011, 2, 19), owner_id=coordinator, status=StepStatus.WAITING,
            receipt={
                "form": "after", "anchor": "final-report.done", "anchor_on": "2011-01-20", "count": 30,
                "unit": "days",
                "source": our_choice("30 dagars tystnad, sedan frågar vi", "30 days of silence, then we ask"),
            },
        ),
        "claim": a_step(
            connection, grant, key="claim-balance", kind=StepKind.CLAIM, phase=Phase.RELEASE, position=8,
            due_on=None, owner_id=coordinator, status=StepStatus.WAITING,
        ),
    }  # fmt: skip
    an_instalment(connection, grant)
    an_instalment(connection, grant, steps["approval"])
    for question in ("reports", "persons"):
        a_figure(connection, steps["report"], question)
    return Scene(connection, language, grant, people, steps)


def table_people(connection: Connection, people: dict[str, int]) -> None:
    """Say who manages and stands in for whom."""
    table = table_of(Person)
    values = {"manager_id": people["manager"], "deputy_id": people["deputy"]}
    connection.execute(update(table).where(table.c.id == people["coordinator"]).values(**values))


def settle(scene: Scene, *steps: str) -> None:
    """Let steps be done, or approved."""
    for step in steps:
        approved = step in ("committee", "approval", "reading", "signature")
        scene.change(
            Step,
            scene.steps[step],
            status=StepStatus.APPROVED if approved else StepStatus.DONE,
            done_on=date(2011, 1, 12),
            done_by_id=scene.people["coordinator"],
        )


def told(
    to: str,
    *notices: tuple[str, NoticeKind],
    first: Callable[[Scene], object] = lambda scene: None,
    also: str = "",
    columns: Callable[[Scene], Mapping[str, Any]] = lambda scene: {},
    detail: Callable[[Scene], Mapping[str, Any]] | None = None,
    kind: LetterKind = LetterKind.TASKS,
) -> Callable[[Scene], int]:
    """Return what inserts a letter to a person with notices of steps: what happened `first`, who `also` hears of it.

    `columns` gives those of each notice, and `detail` the one of that name.
    """

    def insert(scene: Scene) -> int:
        first(scene)
        said = {**columns(scene), **({} if detail is None else {"detail": detail(scene)})}
        about = [(step, about_it, said) for step, about_it in notices]
        if also:
            scene.letter(also, *about, kind=kind)
        return scene.letter(to, *about, kind=kind)

    return insert


def changed(step: str, **values: Any) -> Callable[[Scene], None]:
    """Return what changes a step."""
    return lambda scene: scene.change(Step, scene.steps[step], **values)


def by(person: str, note: str = "", **more: Any) -> Callable[[Scene], dict[str, Any]]:
    """Return the detail of what a person did, and perhaps wrote."""
    return lambda scene: {
        **({"note": scene.note(note)} if note else {}),
        "by": scene.people[person],
        **more,
    }


_OF_PERIOD = {
    "form": "after",
    "anchor": "period_end",
    "anchor_on": "2010-12-31",
    "count": 1,
    "unit": "months",
    "source": "länsstyrelsens villkor, punkt 4",
}


def _with_funder(scene: Scene, **values: Any) -> None:
    settle(scene, "committee", "report")
    scene.change(Step, scene.steps["approval"], status=StepStatus.OPEN, **values)


def _late_with_funder(scene: Scene) -> None:
    _with_funder(scene, due_on=date(2011, 1, 10))


def _late(scene: Scene) -> None:
    settle(scene, "committee")
    scene.change(Step, scene.steps["report"], due_on=date(2011, 1, 10))
    for day in (date(2010, 12, 27), date(2011, 1, 3), date(2011, 1, 10)):
        scene.sent("coordinator", "report", day)
    an_answer(
        scene.connection,
        scene.steps["report"],
        scene.people["coordinator"],
        kind=AnswerKind.NOT_YET,
        answered_on=date(2011, 1, 11),
        expected_on=date(2011, 1, 17),
        note=scene.note("late"),
        data={"spent": "81000"},
    )


def _late_for_the_head(scene: Scene) -> None:
    _late(scene)
    scene.sent("manager", "report", date(2011, 1, 11), NoticeKind.ESCALATION)


def three_things(scene: Scene) -> int:
    """One late, one soon, one taken over, and a piece of news: one letter."""
    scene.change(Step, scene.steps["committee"], owner_id=scene.people["coordinator"])
    return scene.letter(
        "coordinator",
        ("report", NoticeKind.REMINDER, {}),
        ("committee", NoticeKind.HANDED_OVER, {"detail": {"from": scene.people["secretary"]}}),
        ("follow-up", NoticeKind.ESCALATION, {}),
        ("application", NoticeKind.APPROVED, {}),
    )


def _of_the_head(scene: Scene, coordinator: str, *, grant: int | None = None, **stands: Any) -> int:
    """Give the head's department a grant, or that one, with its coordinator and where it stands."""
    grant = grant or a_grant(scene.connection, **stands)
    scene.change(Grant, grant, **stands)
    a_role(scene.connection, grant, Role.COORDINATOR, scene.people[coordinator])
    a_role(scene.connection, grant, Role.HEAD_OF_DEPARTMENT, scene.people["head"])
    return grant


def week_without_lateness(scene: Scene) -> int:
    """The reference grant is on time, with a week left."""
    _of_the_head(
        scene, "coordinator", grant=scene.grant, next_step="final-report", next_due_on=date(2011, 1, 20)
    )
    return scene.letter("head", kind=LetterKind.WEEK)


def _week(scene: Scene) -> int:
    """One is late, one on time in another unit, one with the funder, and one ended."""
    units = _NOTES[scene.language]
    scene.change(Person, scene.people["coordinator"], department=units["unit"])
    scene.change(Person, scene.people["deputy"], department=units["other_unit"])
    _late(scene)
    late: dict[str, Any] = {
        "next_step": "final-report",
        "next_due_on": date(2011, 1, 10),
        "ball_with": "coordinator",
    }
    _of_the_head(scene, "coordinator", grant=scene.grant, at_risk_minor=10_000_000, **late)
    _of_the_head(scene, "deputy", next_due_on=date(2011, 2, 1), ball_with="coordinator")
    _of_the_head(scene, "deputy", next_due_on=date(2011, 2, 1), ball_with="funder")
    ended: dict[str, Any] = {"status": GrantStatus.CLOSED, "closed_on": date(2011, 1, 4)}
    _of_the_head(scene, "deputy", reference="REF-2008-1", title=units["ended"], **ended)
    return scene.letter("head", kind=LetterKind.WEEK)


def _away(scene: Scene) -> None:
    an_absence(scene.connection, scene.people["coordinator"], date(2011, 1, 10), date(2011, 2, 4))


def _instead(scene: Scene) -> dict[str, Any]:
    return {"instead_of_id": scene.people["coordinator"]}


def _passed_on(scene: Scene) -> None:
    scene.change(Step, scene.steps["report"], owner_id=scene.people["deputy"], version=2)


def _passed_on_late(scene: Scene) -> None:
    _passed_on(scene)
    settle(scene, "follow-up")
    scene.change(Step, scene.steps["report"], due_on=date(2011, 1, 10))


def _unreachable(scene: Scene) -> None:
    values = {"bounced_at": NOW, "email": "handlaggaren@example.org"}
    scene.change(Person, scene.people["coordinator"], **values)
    _passed_on(scene)


def _settled_with_funder(scene: Scene) -> None:
    settle(scene, "follow-up", "committee", "report", "approval")
    scene.change(Step, scene.steps["claim"], status=StepStatus.OPEN, due_on=date(2011, 1, 27))


def _award(scene: Scene) -> dict[str, Any]:
    return {
        "decision": "award",
        "decided_on": "2010-12-20",
        "amount_minor": 50_000_000,
        "currency": "SEK",
        "purpose": scene.note("purpose"),
    }


def _ended(scene: Scene) -> None:
    scene.change(Grant, scene.grant, award_minor=50_000_000)
    for step in ("follow-up", "committee", "report", "approval", "claim"):
        scene.change(Step, scene.steps[step], status=StepStatus.CANCELLED)


def _given_time(scene: Scene) -> None:
    scene.change(Step, scene.steps["report"], due_on=date(2011, 2, 3), version=2, receipt={
        "form": "fixed", "anchor": None, "anchor_on": "2011-01-20", "source": scene.note("moved"),
        "made": [term("set", day=date(2011, 2, 3), by=scene.note("moved"))],
    })  # fmt: skip


def _without_meeting(*days: date) -> Callable[[Scene], None]:
    """Return what leaves the committee without a meeting in time, of those that are held."""

    def insert(scene: Scene) -> None:
        _before_a_committee(scene)
        plan_meetings(scene, *map(MeetingFacts, days))

    return insert


def _handed_in(scene: Scene) -> None:
    settle(scene, "follow-up", "committee", "report")
    an_answer(scene.connection, scene.steps["report"], scene.people["coordinator"], data={"reports": 13})


_BOOKS = BooksChange(
    then_minor=43_721_950,
    now_minor=42_783_950,
    added=VoucherChanges(2, 312_000),
    gone=VoucherChanges(0, 0),
    altered=VoucherChanges(0, 0),
    reversed=(Reversal("A 202", "B 17", -1_250_000),),
)


def _at_this_pace(scene: Scene) -> Mapping[str, Any]:
    forecast = Forecast(15_000_000, 50_000_000, "SEK", 181, 365, date(2010, 6, 30), date(2011, 3, 31))
    return note_forecast(forecast)


def _condition_met(scene: Scene, **values: Any) -> dict[str, Any]:
    _settled_with_funder(scene)
    table = table_of(Instalment)
    where = (table.c.grant_id == scene.grant) & (table.c.number == 2)
    row = {"status": InstalmentStatus.RELEASABLE, **values}
    scene.connection.execute(update(table).where(where).values(**row))
    return {"instalment": 2, "amount_minor": 10_000_000, "currency": "SEK"}


def _one_confirmed(scene: Scene) -> dict[str, Any]:
    by = scene.people["coordinator"]
    return _condition_met(scene, requested_by_id=by, requested_on=TODAY) | {"requested_by": by}


def _declined(first: str = "") -> Callable[[Scene], dict[str, Any]]:
    """Return the detail of a request that the controller declined, for who asked or, named, for their manager."""
    said = by("controller", "declined")
    return lambda scene: (
        _condition_met(scene) | said(scene) | {"requested_by": scene.people[first] if first else None}
    )


def _released(
    scene: Scene, status: InstalmentStatus = InstalmentStatus.RELEASED, **values: Any
) -> dict[str, Any]:
    by, second = scene.people["coordinator"], scene.people["controller"]
    two = {"requested_by_id": by, "confirmed_by_id": second, "released_on": TODAY}
    return _condition_met(scene, status=status, **two, **values) | {"requested_by": by}


def _paid(paid_minor: int, *, no_more: bool = False) -> Callable[[Scene], dict[str, Any]]:
    """Return the detail of a payment that came, or of which no more comes."""

    def detail(scene: Scene) -> dict[str, Any]:
        why = {"no_more_why": scene.note("no_more")} if no_more else {}
        sums = {"paid_on": TODAY, "paid_minor": paid_minor, **why}
        said = _released(scene, InstalmentStatus.PAID, **sums)
        settle(scene, "claim")
        part = {} if paid_minor == said["amount_minor"] else {"paid_minor": paid_minor}
        return said | part | ({"no_more": True, "note": scene.note("no_more")} if no_more else {})

    return detail


def _taken_back(scene: Scene) -> None:
    settle(scene, "follow-up", "committee", "report")
    scene.change(Step, scene.steps["approval"], status=StepStatus.OPEN)


def _not_yours_now(scene: Scene) -> dict[str, object]:
    days = {"given_on": "2011-01-07", "withdrawn_on": "2011-01-14"}
    return by("manager", "withdrawn")(scene) | days | {"sent": True, "phones": scene.people["coordinator"]}


def _to_decide_again(scene: Scene) -> dict[str, object]:
    days = {"decided_on": "2011-01-11", "ours_on": "2011-01-25"}
    return by("manager", "withdrawn")(scene) | days | {"sent": True, "phones": scene.people["coordinator"]}


_BODY = {"title": {"sv": "socialnämnden", "en": "the social welfare committee"}}
_A_MEETING = MeetingFacts(date(2011, 1, 18), agenda_on=date(2011, 1, 14), documents_on=date(2011, 1, 14))


def _before_a_committee(scene: Scene, *questions: Mapping[str, Any]) -> None:
    """Let a committee take the report: its draft is approved on 18 January, after which the report is sent."""
    programme = a_programme(bodies={"committee": _BODY})
    rules = {one["key"]: one for one in programme["steps"]}
    approval = rules["draft-approval"]
    reading = approval | {"key": "draft-reading", "owner": "head_of_department"}
    signature = approval | {"key": "draft-signature", "owner": "unit_manager", "needs": ["draft-reading"]}
    rules["draft-approval"] |= {"body": "committee", "needs": ["draft-signature"]}
    rules["draft"] |= {"questions": [*rules["draft"].get("questions", ()), *questions]}
    place = programme["steps"].index(approval)
    programme["steps"][place:place] = [reading, signature]
    scene.change(Grant, scene.grant, programme_id=a_programme_version(scene.connection, programme))
    plan_meetings(scene, _A_MEETING)


def plan_meetings(scene: Scene, *meetings: MeetingFacts) -> None:
    """Plan the committee's decision, which is needed by 18 January, on these meetings."""
    matter = Matter(date(2011, 1, 18), date(2011, 1, 20), date(2011, 1, 1))
    plan = plan_meeting(matter, BodyRule.model_validate(_BODY), meetings, WorkCalendar("SE"))
    due = plan_meeting_due(plan, Due(date(2011, 1, 18), Receipt("composed")), "committee", WorkCalendar("SE"))
    scene.change(Step, scene.steps["committee"], due_on=due.on, receipt=due.receipt.as_json())


def with_a_draft(scene: Scene, *questions: Mapping[str, Any]) -> None:
    """Let the draft be written, then read and signed, before the committee takes it."""
    _before_a_committee(scene, *questions)
    _add_draft_step(scene, "draft", "coordinator", due_on=date(2011, 1, 14))
    _add_draft_step(scene, "reading", "head", key="draft-reading", kind=StepKind.APPROVAL)
    _add_draft_step(scene, "signature", "manager", key="draft-signature", kind=StepKind.APPROVAL)


def _add_draft_step(scene: Scene, name: str, owner: str, **values: Any) -> None:
    given = {"key": name, "position": 4, "owner_id": scene.people[owner], "due_on": date(2011, 1, 14)}
    scene.steps[name] = a_step(scene.connection, scene.grant, **(given | values))


def _with_a_late_draft(scene: Scene) -> None:
    with_a_draft(scene)
    scene.change(Step, scene.steps["draft"], due_on=date(2011, 1, 10))
    scene.change(Step, scene.steps["reading"], due_on=date(2011, 1, 11))


_MEMO = (
    {"key": "summary", "title": {"sv": "Sammanfattning", "en": "Summary"}, "kind": "text", "required": False},
    {
        "key": "preparation",
        "title": {"sv": "Hur ärendet har beretts", "en": "How it was prepared"},
        "kind": "text",
        "required": False,
    },
    {"key": "views", "title": {"sv": "Synpunkter", "en": "Views"}, "kind": "text", "required": False},
)


def _with_an_empty_memo(scene: Scene) -> None:
    with_a_draft(scene, *_MEMO)
    settle(scene, "draft")
    data = {"views": "Arbetet bör fortsätta."}
    an_answer(scene.connection, scene.steps["draft"], scene.people["coordinator"], data=data, answered_at=NOW)


def _to_sign_late(scene: Scene) -> None:
    with_a_draft(scene)
    settle(scene, "draft", "reading")
    scene.change(Step, scene.steps["signature"], due_on=date(2011, 1, 11))


def _to_sign_again(scene: Scene) -> None:
    with_a_draft(scene)
    settle(scene, "draft", "reading")


def _after_the_meeting(scene: Scene) -> None:
    _before_a_committee(scene)
    plan_meetings(scene, MeetingFacts(date(2011, 1, 12), agenda_on=date(2011, 1, 5)))


def _off_the_agenda(scene: Scene) -> None:
    _before_a_committee(scene)
    plan_meetings(scene, MeetingFacts(date(2011, 1, 18), agenda_on=date(2011, 1, 11)))


def _committee_decided(scene: Scene) -> None:
    _before_a_committee(scene)
    settle(scene, "follow-up", "committee")


def recorded(scene: Scene, **answered: Any) -> int:
    """A follow-up that was handed in, and can be taken back."""
    data = {"reports": "14", "persons": "13", "spent": "95000.50"} | answered
    an_answer(
        scene.connection, scene.steps["follow-up"], scene.people["coordinator"], data=data, answered_at=NOW
    )
    return _confirmed(scene, "follow-up", undo_until_at=NOW + timedelta(days=1))


def _confirmed(scene: Scene, step: str, *, undo_until_at: datetime | None) -> int:
    letter = scene.letter("coordinator", kind=LetterKind.CONFIRMATION)
    row = {"letter_id": letter, "step_id": scene.steps[step], "person_id": scene.people["coordinator"]}
    add(scene.connection, Confirmation, **row, step_version=2, acted_at=NOW, undo_until_at=undo_until_at)
    return letter


_N = NoticeKind
_REMINDED, _ESCALATED = ("report", _N.REMINDER), ("report", _N.ESCALATION)
_MEETINGS = (date(2010, 12, 14), date(2011, 2, 15))
_MONEY: dict[str, Any] = {"kind": LetterKind.MONEY}
_WAITS = {"form": "waits", "anchor": "final_report_on"}
_MOVED = {"from": "2011-01-20", "to": "2011-02-03"}

SCENES: dict[str, Callable[[Scene], int]] = {
    # A week before: the owner is reminded; the committee has not approved yet.
    "reminder": told("coordinator", _REMINDED),
    # A follow-up of a quarter, due a month after it.
    "reminder-of-period": told(
        "coordinator",
        ("follow-up", _N.REMINDER),
        first=changed("follow-up", due_on=date(2011, 1, 31), period="2010-Q4", receipt=_OF_PERIOD),
    ),
    # A date that does not move, on a Saturday.
    "reminder-on-day-off": told("coordinator", _REMINDED, first=changed("report", due_on=date(2011, 1, 22))),
    # The funder's clock: a day of our own choice, and ours to ask.
    "reminder-of-funder": told("coordinator", ("approval", _N.REMINDER), first=_with_funder),
    "three-things": three_things,
    # Three days late: the owner hears that the manager hears; the day on which the funder was expected has passed.
    "escalation-to-owner": told("coordinator", _ESCALATED, first=_late, also="manager"),
    "escalation-of-funder": told(
        "coordinator", ("approval", _N.ESCALATION), first=_late_with_funder, also="manager"
    ),
    "escalation-of-funder-to-manager": told(
        "manager", ("approval", _N.ESCALATION), first=_late_with_funder, also="coordinator"
    ),
    # The manager hears who had it, since when, what was sent, what is at stake.
    "escalation-to-manager": told("manager", _ESCALATED, first=_late, also="coordinator"),
    # The owner is away: the deputy is told at once; then the step has a new owner.
    "stand-in": told("deputy", ("report", _N.STAND_IN), first=_away, columns=_instead),
    "handed-over": told(
        "deputy",
        ("report", _N.HANDED_OVER),
        first=_passed_on,
        detail=lambda scene: {"from": scene.people["coordinator"]},
    ),
    "handed-over-late": told(
        "deputy",
        ("report", _N.HANDED_OVER),
        first=_passed_on_late,
        detail=lambda scene: {"from": scene.people["coordinator"]},
    ),
    # Who had it hears who has it now.
    "handed-over-away": told(
        "coordinator",
        ("report", _N.HANDED_OVER),
        first=_passed_on,
        detail=lambda scene: {"from": scene.people["coordinator"]},
    ),
    # The report comes back with a reason.
    "returned": told("coordinator", ("report", _N.RETURNED), detail=by("head", "back")),
    # The coordinator's letters come back: the manager hears why the deputy has the steps.
    "bounced": told(
        "manager",
        ("report", _N.BOUNCED),
        first=_unreachable,
        columns=_instead,
        detail=lambda scene: {"steps": 3},
    ),
    "approved": told(
        "coordinator",
        ("approval", _N.APPROVED),
        first=_settled_with_funder,
        detail=lambda scene: {"note": ""},
    ),
    # The funder's decision: a sum and a purpose, or no.
    "decided": told(
        "coordinator",
        ("decision", _N.DECIDED),
        first=changed("follow-up", period="2010-Q4", due_on=date(2011, 1, 31)),
        detail=_award,
        kind=LetterKind.DECISION,
    ),
    "refused": told(
        "coordinator",
        ("decision", _N.DECIDED),
        first=_ended,
        detail=lambda scene: {"decision": "refusal", "amount_minor": None},
        kind=LetterKind.DECISION,
    ),
    # The date moved, by whom and why.
    "moved": told(
        "coordinator", ("report", _N.MOVED), first=_given_time, detail=by("manager", "moved", **_MOVED)
    ),
    # The funder gave more time, by a letter or by telephone.
    "extended": told(
        "manager",
        ("report", _N.EXTENDED),
        first=_given_time,
        detail=by("coordinator", "moved", **_MOVED, paper="Dnr 701-88-2011"),
    ),
    "extended-by-phone": told(
        "manager",
        ("report", _N.EXTENDED),
        detail=by("coordinator", "moved", **_MOVED, told_by="Maria Ek", told_on="2011-01-12"),
    ),
    # No meeting of the committee takes the report up in time, or none is entered that does.
    "no-meeting": told("coordinator", ("committee", _N.NO_MEETING), first=_without_meeting(*_MEETINGS)),
    "no-meeting-known": told(
        "coordinator",
        ("committee", _N.NO_MEETING),
        first=_without_meeting(*_MEETINGS[:1]),
        detail=lambda scene: {"unknown": True},
    ),
    # No decision gives the day of the final report: the coordinator is to find out which it is.
    "date-missing": told(
        "coordinator",
        ("report", _N.DATE_MISSING),
        first=changed("report", due_on=None, receipt=_WAITS),
        detail=lambda scene: {"date": "final_report_on"},
    ),
    # The owner expects to be late: the manager hears of it at once.
    "put-off": told("manager", ("report", _N.PUT_OFF), detail=by("coordinator", "put_off", to="2011-01-27")),
    # The register says something else than the report that was handed in.
    "source-changed": told(
        "coordinator",
        ("report", _N.SOURCE_CHANGED),
        first=_handed_in,
        detail=lambda scene: {"from": "2011-01-17"},
    ),
    # The ledger has changed since the report said what was spent.
    "books-changed": told(
        "coordinator",
        ("report", _N.SOURCE_CHANGED),
        first=_handed_in,
        detail=lambda scene: note_books(_BOOKS),
    ),
    # At the pace of the reports, money will be left on the last day.
    "unspent": told("coordinator", ("report", _N.UNSPENT), detail=_at_this_pace),
    # The coordinator takes back that the report is done, of which the manager was told.
    "undone": told("manager", ("report", _N.WITHDRAWN), detail=by("coordinator")),
    # A colleague answered a letter by mail; an automatic reply says until when the coordinator is away.
    "replied": told("coordinator", ("report", _N.REPLIED), detail=by("controller")),
    "replied-away": told("manager", ("report", _N.REPLIED), detail=by("coordinator", to="2011-01-27")),
    # The condition is met: the first of two people is asked, then the second; then the claim may leave.
    "confirm-first": told(
        "coordinator",
        ("claim", _N.CONFIRM_RELEASE),
        detail=lambda scene: _condition_met(scene) | {"requested_by": None},
        **_MONEY,
    ),
    "confirm-second": told("controller", ("claim", _N.CONFIRM_RELEASE), detail=_one_confirmed, **_MONEY),
    # The first says no: who recorded the approval is to see to it.
    "declined-recorder": told(
        "coordinator",
        ("claim", _N.RELEASE_DECLINED),
        detail=lambda scene: _declined()(scene) | {"unasked": True},
        **_MONEY,
    ),
    # The second says no: the first is to see to it, and their manager knows.
    "declined-first": told("coordinator", ("claim", _N.RELEASE_DECLINED), detail=_declined(), **_MONEY),
    "declined-manager": told(
        "manager", ("claim", _N.RELEASE_DECLINED), detail=_declined(first="coordinator"), **_MONEY
    ),
    "released": told("coordinator", ("claim", _N.RELEASED), detail=_released, **_MONEY),
    # The account was changed after two had confirmed: two confirm again.
    "new-account": told(
        "controller",
        ("claim", _N.NEW_ACCOUNT),
        detail=lambda scene: _condition_met(scene) | {"requested_by": None, "new_account": "confirm"},
        **_MONEY,
    ),
    # The money came: all of it, less than was claimed, and less of which no more comes.
    "paid": told("coordinator", ("claim", _N.PAID), detail=_paid(10_000_000), **_MONEY),
    "paid-in-part": told("coordinator", ("claim", _N.PAID), detail=_paid(7_500_000), **_MONEY),
    "no-more": told("coordinator", ("claim", _N.PAID), detail=_paid(7_500_000, no_more=True), **_MONEY),
    # An approval was taken back before the money went.
    "withdrawn": told(
        "controller", ("approval", _N.WITHDRAWN), first=_taken_back, detail=by("head", "withdrawn"), **_MONEY
    ),
    # The reader's own, after the report was sent: the manager, who has that role now, took it back.
    "withdrawn-yours": told(
        "head", ("reading", _N.WITHDRAWN), first=_with_an_empty_memo, detail=_not_yours_now
    ),
    # A signature of what was not sent; a committee's approval, to its secretary and to its sender; the funder's.
    "withdrawn-signature": told(
        "coordinator", ("signature", _N.WITHDRAWN), first=_to_sign_again, detail=by("manager", "withdrawn")
    ),
    "withdrawn-committee": told(
        "secretary", ("committee", _N.WITHDRAWN), first=_before_a_committee, detail=_to_decide_again
    ),
    "withdrawn-sent": told(
        "coordinator",
        ("committee", _N.WITHDRAWN),
        first=_before_a_committee,
        detail=by("manager", "withdrawn", sent=True, ours_on="2011-01-25"),
    ),
    "withdrawn-by-funder": told(
        "coordinator",
        ("approval", _N.WITHDRAWN),
        first=_taken_back,
        detail=by("controller", "withdrawn", recovered_by="2011-01-21"),
        **_MONEY,
    ),
    # A draft for the committee's meeting, the agenda, and the report once it has decided.
    "draft": told("coordinator", ("draft", _N.REMINDER), first=with_a_draft),
    # The head has not got the draft, whose day has passed; the papers are not signed; the committee has met.
    "draft-not-here": told("head", ("reading", _N.ESCALATION), first=_with_a_late_draft),
    # It is there, and a part of its memo is written.
    "read-draft": told("head", ("reading", _N.REMINDER), first=_with_an_empty_memo),
    "to-sign-late": told("manager", ("signature", _N.ESCALATION), first=_to_sign_late),
    "record-decision": told("secretary", ("committee", _N.ESCALATION), first=_after_the_meeting),
    "agenda-item": told("secretary", ("committee", _N.REMINDER), first=_before_a_committee),
    "off-the-agenda": told("manager", ("committee", _N.ESCALATION), first=_off_the_agenda),
    "send-report": told("coordinator", _REMINDED, first=_before_a_committee),
    "committee-approved": told(
        "coordinator", ("committee", _N.APPROVED), first=_committee_decided, detail=by("secretary")
    ),
    "application": told(
        "coordinator",
        ("application", _N.REMINDER),
        first=changed("application", status=StepStatus.OPEN, done_on=None, due_on=date(2011, 1, 20)),
    ),
    # The last part is to be claimed, once two people have confirmed its condition.
    "claim": told("coordinator", ("claim", _N.REMINDER), first=_condition_met),
    # Two tasks of a department are late: its head gets a line each.
    "late-tasks-of-others": told("head", _ESCALATED, ("follow-up", _N.ESCALATION), first=_late_for_the_head),
    # The end of a week, to a head: one grant is late; and a week in which none is.
    "week": _week,
    "week-without-lateness": week_without_lateness,
    # A link that signs in, and a new link to the reader's own page, asked for.
    "login": lambda scene: scene.letter("coordinator", kind=LetterKind.LOGIN, queued_at=NOW),
    "new-link": told("coordinator", kind=LetterKind.LINK),
    "recorded": recorded,
    # An approval, which no button takes back.
    "recorded-approval": lambda scene: _confirmed(scene, "committee", undo_until_at=None),
}
