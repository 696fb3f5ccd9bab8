"""Scenes for the letter tests: the reference grant in January 2011, with one letter of each kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, update

from models.facts.money import Forecast
from models.facts.receipt import Receipt, happened, our_choice, term
from models.programme.written.body import BodyRule
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.committee import Matter, MeetingFacts, plan_meeting
from models.rules.dates.due import Due
from models.rules.dates.meeting_due import meeting_due
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Confirmation
from models.tables.money import Instalment
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import (
    AnswerKind,
    InstalmentStatus,
    LetterKind,
    LetterStatus,
    NoticeKind,
    Phase,
    StepKind,
    StepStatus,
)
from tasks.commands.sums.reports import note_forecast
from tasks.settings import load_settings
from tests.builders import (
    a_figure,
    a_grant,
    a_letter,
    a_notice,
    a_person,
    a_programme,
    a_programme_version,
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
        "no_more": "Resekostnaderna godtogs inte",
        "purpose": "en heltidstjänst för regional samordning mot prostitution och människohandel",
    },
    "en": {
        "late": "The police have not sent their figures",
        "back": "The number of persons does not agree with the last quarter.",
        "put_off": "December's costs are missing.",
        "moved": "The funder gave us more time",
        "withdrawn": "The figures turned out to be wrong",
        "no_more": "The costs of travel were not accepted",
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
        dates={"final_report_on": {"on": "2011-01-20", "source": happened("decision", date(2009, 11, 5))}},
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
                "source": happened("decision", date(2009, 11, 5)),
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


def _settle(scene: Scene, *steps: str) -> None:
    for step in steps:
        approved = step in ("committee", "approval")
        scene.change(
            Step,
            scene.steps[step],
            status=StepStatus.APPROVED if approved else StepStatus.DONE,
            done_on=date(2011, 1, 12),
            done_by_id=scene.people["coordinator"],
        )


def reminder(scene: Scene) -> int:
    """A week before: the owner is reminded; the committee has not approved yet."""
    return scene.letter("coordinator", ("report", NoticeKind.REMINDER, {}))


def reminder_of_period(scene: Scene) -> int:
    """A follow-up of a quarter, due a month after it."""
    receipt = {"form": "after", "anchor": "period_end", "anchor_on": "2010-12-31", "count": 1, "unit": "months",
               "source": "länsstyrelsens villkor, punkt 4"}  # fmt: skip
    values = {"due_on": date(2011, 1, 31), "period": "2010-Q4", "receipt": receipt}
    scene.change(Step, scene.steps["follow-up"], **values)
    return scene.letter("coordinator", ("follow-up", NoticeKind.REMINDER, {}))


def reminder_on_day_off(scene: Scene) -> int:
    """A date that does not move, on a Saturday."""
    scene.change(Step, scene.steps["report"], due_on=date(2011, 1, 22))
    return scene.letter("coordinator", ("report", NoticeKind.REMINDER, {}))


def reminder_of_funder(scene: Scene) -> int:
    """The funder's clock: a day of our own choice, and ours to ask."""
    _settle(scene, "committee", "report")
    scene.change(Step, scene.steps["approval"], status=StepStatus.OPEN)
    return scene.letter("coordinator", ("approval", NoticeKind.REMINDER, {}))


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


def _late(scene: Scene) -> None:
    _settle(scene, "committee")
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


def escalation_to_owner(scene: Scene) -> int:
    """Three days late: the owner hears that the manager hears."""
    _late(scene)
    scene.letter("manager", ("report", NoticeKind.ESCALATION, {}))
    return scene.letter("coordinator", ("report", NoticeKind.ESCALATION, {}))


def escalation_of_funder(scene: Scene) -> int:
    """The day on which the funder was expected to answer has passed: ours is to ask."""
    _settle(scene, "committee", "report")
    scene.change(Step, scene.steps["approval"], status=StepStatus.OPEN, due_on=date(2011, 1, 10))
    scene.letter("manager", ("approval", NoticeKind.ESCALATION, {}))
    return scene.letter("coordinator", ("approval", NoticeKind.ESCALATION, {}))


def escalation_of_funder_to_manager(scene: Scene) -> int:
    """The same for the manager: whoever watches it is to ask."""
    _settle(scene, "committee", "report")
    scene.change(Step, scene.steps["approval"], status=StepStatus.OPEN, due_on=date(2011, 1, 10))
    scene.letter("coordinator", ("approval", NoticeKind.ESCALATION, {}))
    return scene.letter("manager", ("approval", NoticeKind.ESCALATION, {}))


def escalation_to_manager(scene: Scene) -> int:
    """Three days late: the manager hears who had it, since when, what was sent, what is at stake."""
    _late(scene)
    scene.letter("coordinator", ("report", NoticeKind.ESCALATION, {}))
    return scene.letter("manager", ("report", NoticeKind.ESCALATION, {}))


def stand_in(scene: Scene) -> int:
    """The owner is away: the deputy is told at once."""
    an_absence(scene.connection, scene.people["coordinator"], date(2011, 1, 10), date(2011, 2, 4))
    instead = {"instead_of_id": scene.people["coordinator"]}
    return scene.letter("deputy", ("report", NoticeKind.STAND_IN, instead))


def handed_over(scene: Scene) -> int:
    """The step has a new owner."""
    scene.change(Step, scene.steps["report"], owner_id=scene.people["deputy"], version=2)
    detail = {"detail": {"from": scene.people["coordinator"]}}
    return scene.letter("deputy", ("report", NoticeKind.HANDED_OVER, detail))


def returned(scene: Scene) -> int:
    """The report comes back with a reason."""
    detail = {"note": scene.note("back"), "by": scene.people["head"]}
    return scene.letter("coordinator", ("report", NoticeKind.RETURNED, {"detail": detail}))


def bounced(scene: Scene) -> int:
    """The coordinator's letters come back: the manager hears why the deputy has the steps."""
    coordinator = scene.people["coordinator"]
    scene.change(Person, coordinator, bounced_at=NOW, email="handlaggaren@example.org")
    scene.change(Step, scene.steps["report"], owner_id=scene.people["deputy"], version=2)
    columns = {"instead_of_id": coordinator, "detail": {"steps": 3}}
    return scene.letter("manager", ("report", NoticeKind.BOUNCED, columns))


def approved(scene: Scene) -> int:
    """The funder approved the final report."""
    _settle(scene, "follow-up", "committee", "report", "approval")
    scene.change(Step, scene.steps["claim"], status=StepStatus.OPEN, due_on=date(2011, 1, 27))
    return scene.letter("coordinator", ("approval", NoticeKind.APPROVED, {"detail": {"note": ""}}))


def decided(scene: Scene) -> int:
    """The funder's decision: a sum and a purpose."""
    scene.change(Step, scene.steps["follow-up"], period="2010-Q4", due_on=date(2011, 1, 31))
    detail = {
        "decision": "award",
        "decided_on": "2010-12-20",
        "amount_minor": 50_000_000,
        "currency": "SEK",
        "purpose": scene.note("purpose"),
    }
    return scene.letter(
        "coordinator", ("decision", NoticeKind.DECIDED, {"detail": detail}), kind=LetterKind.DECISION
    )


def refused(scene: Scene) -> int:
    """The funder says no."""
    scene.change(Grant, scene.grant, award_minor=50_000_000)
    for step in ("follow-up", "committee", "report", "approval", "claim"):
        scene.change(Step, scene.steps[step], status=StepStatus.CANCELLED)
    columns = {"detail": {"decision": "refusal", "amount_minor": None}}
    return scene.letter("coordinator", ("decision", NoticeKind.DECIDED, columns), kind=LetterKind.DECISION)


def moved(scene: Scene) -> int:
    """The date moved, by whom and why."""
    scene.change(Step, scene.steps["report"], due_on=date(2011, 2, 3), version=2, receipt={
        "form": "fixed", "anchor": None, "anchor_on": "2011-01-20", "source": scene.note("moved"),
        "made": [term("set", day=date(2011, 2, 3), by=scene.note("moved"))],
    })  # fmt: skip
    detail = {
        "note": scene.note("moved"),
        "by": scene.people["manager"],
        "from": "2011-01-20",
        "to": "2011-02-03",
    }
    return scene.letter("coordinator", ("report", NoticeKind.MOVED, {"detail": detail}))


def no_meeting(scene: Scene) -> int:
    """No meeting of the committee takes the report up in time: there are ways out, and time for them."""
    return _without_meeting(scene, date(2010, 12, 14), date(2011, 2, 15))


def no_meeting_known(scene: Scene) -> int:
    """No meeting of the committee is entered that takes the report up in time: enter them, or choose a way out."""
    return _without_meeting(scene, date(2010, 12, 14), detail={"unknown": True})


def date_missing(scene: Scene) -> int:
    """No decision gives the day of the final report: the coordinator is to find out which it is."""
    receipt = {"form": "waits", "anchor": "final_report_on"}
    scene.change(Step, scene.steps["report"], due_on=None, receipt=receipt)
    detail = {"date": "final_report_on"}
    return scene.letter("coordinator", ("report", NoticeKind.DATE_MISSING, {"detail": detail}))


def _without_meeting(scene: Scene, *days: date, **notice: Any) -> int:
    needed = Due(date(2011, 1, 18), Receipt("composed", counted=(term("day", day=date(2011, 1, 18)),)))
    body = BodyRule.model_validate({"title": {"sv": "nämnden", "en": "the committee"}})
    matter = Matter(date(2011, 1, 18), date(2011, 1, 20), date(2011, 1, 1))
    held = [MeetingFacts(day) for day in days]
    plan = plan_meeting(matter, body, held, WorkCalendar())
    receipt = meeting_due(plan, needed, "committee").receipt.as_json()
    scene.change(Step, scene.steps["committee"], due_on=date(2011, 1, 18), receipt=receipt)
    return scene.letter("coordinator", ("committee", NoticeKind.NO_MEETING, notice))


def put_off(scene: Scene) -> int:
    """The owner expects to be late: the manager hears of it at once."""
    detail = {"note": scene.note("put_off"), "by": scene.people["coordinator"], "to": "2011-01-27"}
    return scene.letter("manager", ("report", NoticeKind.PUT_OFF, {"detail": detail}))


def source_changed(scene: Scene) -> int:
    """The register says something else than the report that was handed in: its owner is told."""
    _settle(scene, "follow-up", "committee", "report")
    an_answer(scene.connection, scene.steps["report"], scene.people["coordinator"], data={"reports": 13})
    notice = ("report", NoticeKind.SOURCE_CHANGED, {"detail": {"from": "2011-01-17"}})
    return scene.letter("coordinator", notice)


def unspent(scene: Scene) -> int:
    """At the pace of the reports, money will be left on the last day: the coordinator is told."""
    forecast = Forecast(15_000_000, 50_000_000, "SEK", 181, 365, date(2010, 6, 30), date(2011, 3, 31))
    return scene.letter("coordinator", ("report", NoticeKind.UNSPENT, {"detail": note_forecast(forecast)}))


def replied(scene: Scene) -> int:
    """A colleague answered a letter by mail: the coordinator is told that it is filed."""
    detail = {"by": scene.people["controller"]}
    return scene.letter("coordinator", ("report", NoticeKind.REPLIED, {"detail": detail}))


def replied_away(scene: Scene) -> int:
    """An automatic reply says until when the coordinator is away: the manager may confirm it."""
    detail = {"by": scene.people["coordinator"], "to": "2011-01-27"}
    return scene.letter("manager", ("report", NoticeKind.REPLIED, {"detail": detail}))


def _condition_met(scene: Scene, **values: Any) -> dict[str, Any]:
    _settle(scene, "follow-up", "committee", "report", "approval")
    scene.change(Step, scene.steps["claim"], status=StepStatus.OPEN, due_on=date(2011, 1, 27))
    table = table_of(Instalment)
    where = (table.c.grant_id == scene.grant) & (table.c.number == 2)
    row = {"status": InstalmentStatus.RELEASABLE, **values}
    scene.connection.execute(update(table).where(where).values(**row))
    return {"instalment": 2, "amount_minor": 10_000_000, "currency": "SEK"}


def confirm_first(scene: Scene) -> int:
    """The condition is met: the first of two people is asked."""
    detail = _condition_met(scene) | {"requested_by": None}
    notice = ("claim", NoticeKind.CONFIRM_RELEASE, {"detail": detail})
    return scene.letter("coordinator", notice, kind=LetterKind.MONEY)


def confirm_second(scene: Scene) -> int:
    """One has confirmed: the second is asked."""
    by = scene.people["coordinator"]
    detail = _condition_met(scene, requested_by_id=by, requested_on=TODAY) | {"requested_by": by}
    notice = ("claim", NoticeKind.CONFIRM_RELEASE, {"detail": detail})
    return scene.letter("controller", notice, kind=LetterKind.MONEY)


def _released(scene: Scene, status: InstalmentStatus, **values: Any) -> dict[str, Any]:
    by, second = scene.people["coordinator"], scene.people["controller"]
    return _condition_met(
        scene,
        status=status,
        requested_by_id=by,
        confirmed_by_id=second,
        released_on=TODAY,
        **values,
    ) | {"requested_by": by}


def released(scene: Scene) -> int:
    """Both have confirmed: the claim may leave."""
    detail = _released(scene, InstalmentStatus.RELEASED)
    notice = ("claim", NoticeKind.RELEASED, {"detail": detail})
    return scene.letter("coordinator", notice, kind=LetterKind.MONEY)


def new_account(scene: Scene) -> int:
    """The account was changed after two had confirmed: two confirm again."""
    detail = _condition_met(scene) | {"requested_by": None, "new_account": "confirm"}
    notice = ("claim", NoticeKind.NEW_ACCOUNT, {"detail": detail})
    return scene.letter("controller", notice, kind=LetterKind.MONEY)


def paid(scene: Scene) -> int:
    """The money came."""
    detail = _released(scene, InstalmentStatus.PAID, paid_on=TODAY, paid_minor=10_000_000)
    _settle(scene, "claim")
    notice = ("claim", NoticeKind.PAID, {"detail": detail})
    return scene.letter("coordinator", notice, kind=LetterKind.MONEY)


def paid_in_part(scene: Scene) -> int:
    """Less came than was claimed."""
    detail = _released(scene, InstalmentStatus.PAID, paid_on=TODAY, paid_minor=7_500_000)
    _settle(scene, "claim")
    notice = ("claim", NoticeKind.PAID, {"detail": detail | {"paid_minor": 7_500_000}})
    return scene.letter("coordinator", notice, kind=LetterKind.MONEY)


def no_more(scene: Scene) -> int:
    """Less came than was claimed, and no more comes."""
    why = scene.note("no_more")
    sums = {"paid_on": TODAY, "paid_minor": 7_500_000, "no_more_why": why}
    detail = _released(scene, InstalmentStatus.PAID, **sums)
    _settle(scene, "claim")
    said = {"paid_minor": 7_500_000, "no_more": True, "note": why}
    notice = ("claim", NoticeKind.PAID, {"detail": detail | said})
    return scene.letter("coordinator", notice, kind=LetterKind.MONEY)


def withdrawn(scene: Scene) -> int:
    """An approval was taken back before the money went."""
    _settle(scene, "follow-up", "committee", "report")
    scene.change(Step, scene.steps["approval"], status=StepStatus.OPEN)
    detail = {"note": scene.note("withdrawn"), "by": scene.people["head"]}
    notice = ("approval", NoticeKind.WITHDRAWN, {"detail": detail})
    return scene.letter("controller", notice, kind=LetterKind.MONEY)


def _before_a_committee(scene: Scene) -> None:
    """Let a committee take the report: its draft is approved on 18 January, after which the report is sent."""
    body = {"title": {"sv": "socialnämnden", "en": "the social welfare committee"}}
    programme = a_programme(bodies={"committee": body})
    rules = {one["key"]: one for one in programme["steps"]}
    rules["draft-approval"] |= {"body": "committee"}
    version = a_programme_version(scene.connection, programme)
    scene.change(Grant, scene.grant, programme_id=version)
    plan = plan_meeting(
        Matter(date(2011, 1, 18), date(2011, 1, 20), date(2011, 1, 1)),
        BodyRule.model_validate(body),
        [MeetingFacts(date(2011, 1, 18), agenda_on=date(2011, 1, 14), documents_on=date(2011, 1, 14))],
        WorkCalendar(),
    )
    receipt = meeting_due(plan, Due(date(2011, 1, 18), Receipt("composed")), "committee").receipt.as_json()
    scene.change(Step, scene.steps["committee"], receipt=receipt)


def draft(scene: Scene) -> int:
    """A draft is to be written for the committee's meeting."""
    _before_a_committee(scene)
    scene.steps["draft"] = a_step(
        scene.connection, scene.grant, key="draft", position=4, due_on=date(2011, 1, 14),
        owner_id=scene.people["coordinator"],
    )  # fmt: skip
    return scene.letter("coordinator", ("draft", NoticeKind.REMINDER, {}))


def agenda_item(scene: Scene) -> int:
    """The committee's secretary is to put the report on the agenda."""
    _before_a_committee(scene)
    return scene.letter("secretary", ("committee", NoticeKind.REMINDER, {}))


def send_report(scene: Scene) -> int:
    """The report is to be sent once the committee has decided."""
    _before_a_committee(scene)
    return scene.letter("coordinator", ("report", NoticeKind.REMINDER, {}))


def committee_approved(scene: Scene) -> int:
    """The committee has approved the draft: the report is to be sent."""
    _before_a_committee(scene)
    _settle(scene, "follow-up", "committee")
    detail = {"by": scene.people["secretary"]}
    return scene.letter("coordinator", ("committee", NoticeKind.APPROVED, {"detail": detail}))


def application(scene: Scene) -> int:
    """An application is to be sent."""
    scene.change(
        Step, scene.steps["application"], status=StepStatus.OPEN, done_on=None, due_on=date(2011, 1, 20)
    )
    return scene.letter("coordinator", ("application", NoticeKind.REMINDER, {}))


def claim(scene: Scene) -> int:
    """The last part is to be claimed, once two people have confirmed its condition."""
    _condition_met(scene)
    return scene.letter("coordinator", ("claim", NoticeKind.REMINDER, {}))


def late_tasks_of_others(scene: Scene) -> int:
    """Two tasks of a department are late: its head gets a line each."""
    _late(scene)
    return scene.letter(
        "head", ("report", NoticeKind.ESCALATION, {}), ("follow-up", NoticeKind.ESCALATION, {})
    )


def login(scene: Scene) -> int:
    """A link that signs in, asked for."""
    return scene.letter("coordinator", kind=LetterKind.LOGIN, queued_at=NOW)


def new_link(scene: Scene) -> int:
    """A new link to the reader's own page, asked for."""
    return scene.letter("coordinator", kind=LetterKind.LINK)


def recorded(scene: Scene, **answered: Any) -> int:
    """A follow-up that was handed in, and can be taken back."""
    data = {"reports": "14", "persons": "13", "spent": "95000.50"} | answered
    an_answer(
        scene.connection, scene.steps["follow-up"], scene.people["coordinator"], data=data, answered_at=NOW
    )
    return _confirmed(scene, "follow-up", undo_until_at=NOW + timedelta(days=1))


def recorded_approval(scene: Scene) -> int:
    """An approval, which no button takes back."""
    return _confirmed(scene, "committee", undo_until_at=None)


def _confirmed(scene: Scene, step: str, *, undo_until_at: datetime | None) -> int:
    letter = scene.letter("coordinator", kind=LetterKind.CONFIRMATION)
    row = {"letter_id": letter, "step_id": scene.steps[step], "person_id": scene.people["coordinator"]}
    add(scene.connection, Confirmation, **row, step_version=2, acted_at=NOW, undo_until_at=undo_until_at)
    return letter


SCENES: dict[str, Callable[[Scene], int]] = {
    scene.__name__.replace("_", "-"): scene
    for scene in (
        reminder,
        reminder_of_period,
        reminder_on_day_off,
        reminder_of_funder,
        three_things,
        escalation_to_owner,
        escalation_of_funder,
        escalation_of_funder_to_manager,
        escalation_to_manager,
        stand_in,
        handed_over,
        returned,
        bounced,
        approved,
        decided,
        refused,
        moved,
        no_meeting,
        no_meeting_known,
        date_missing,
        put_off,
        source_changed,
        unspent,
        replied,
        replied_away,
        confirm_first,
        confirm_second,
        released,
        new_account,
        paid,
        paid_in_part,
        no_more,
        withdrawn,
        draft,
        agenda_item,
        send_report,
        committee_approved,
        application,
        claim,
        late_tasks_of_others,
        login,
        new_link,
        recorded,
        recorded_approval,
    )
}
