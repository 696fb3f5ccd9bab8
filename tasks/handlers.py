"""Say which function does each command: every command has one row here."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from models.commands.books import ExplainBooks
from models.commands.command import OnGrant, OnMany
from models.commands.decisions import Correct, Decide, GiveDates
from models.commands.grants import ChangeFacts, ConfirmLate, OpenGrant, Upgrade
from models.commands.items import Defer, PutOnAgenda, TakeOffAgenda
from models.commands.meetings import (
    AddBody,
    AddMeeting,
    AddMeetings,
    CancelMeeting,
    ChooseMeeting,
    MoveMeeting,
)
from models.commands.money import Claim, DeclineRelease, Pay, Release
from models.commands.people import (
    Depart,
    Forget,
    HandOver,
    PutPerson,
    RemoveAbsence,
    SetAbsence,
    SettleAbsence,
)
from models.commands.steps import (
    Answer,
    Approve,
    ConfirmReading,
    Extend,
    FilePaper,
    NothingToReport,
    NotMe,
    NotNeeded,
    NotYet,
    Return,
    Undo,
    Withdraw,
)
from models.rules.money.gate import GateReason
from models.rules.notices.quiet_days import LateAtImport
from tasks.commands import books, decisions, grants, items, meetings, money, people, steps
from tasks.commands.actor import Acting
from tasks.commands.grants import Upgrades
from tasks.commands.people import PassedOn
from tasks.commands.replan.preview import Consequences
from tasks.commands.steps import AnswerOutcome
from tasks.intake import absences, acts, grant_facts
from tasks.intake.report import ImportReport
from tasks.ledger.upload import LedgerReport
from tasks.step_facts.meanwhile import Meanwhile

# What a handler returns: what an answer came to, what moves, which grants are under another version, how much goes to
# another person, who gets an absent person's letters, what an import did, what a ledger says, what was late, whether
# money goes, the id of a person, or what is shown of one.
Result: TypeAlias = (
    AnswerOutcome
    | Consequences
    | Upgrades
    | PassedOn
    | Meanwhile
    | ImportReport
    | LedgerReport
    | tuple[LateAtImport, ...]
    | GateReason
    | int
    | str
    | None
)

# A command about a grant is done to the grant that it names, locked; another in a session, all or none.
HANDLERS: Mapping[type[OnGrant] | type[OnMany], Callable[[Any, Any, Acting], Result]] = {
    Answer: steps.answer,
    NothingToReport: steps.answer,
    NotNeeded: steps.answer,
    NotYet: steps.answer,
    NotMe: steps.answer,
    Approve: steps.answer,
    Return: steps.answer,
    Withdraw: steps.withdraw,
    Extend: steps.extend,
    ConfirmReading: steps.confirm_reading,
    FilePaper: steps.file_paper,
    Undo: steps.undo,
    ChooseMeeting: meetings.choose_meeting,
    PutOnAgenda: items.put_on_agenda,
    TakeOffAgenda: items.take_off_agenda,
    Defer: items.defer,
    AddMeeting: meetings.add_meeting,
    AddMeetings: meetings.add_meetings,
    MoveMeeting: meetings.move_meeting,
    CancelMeeting: meetings.cancel_meeting,
    AddBody: acts.add_body,
    Release: money.release,
    DeclineRelease: money.decline_release,
    Claim: money.claim,
    Pay: money.pay,
    ExplainBooks: books.explain_books,
    Decide: decisions.decide,
    Correct: decisions.correct,
    GiveDates: decisions.give_dates,
    OpenGrant: acts.open_grant,
    ChangeFacts: grant_facts.change_facts,
    ConfirmLate: grants.confirm_late,
    Upgrade: grants.upgrade,
    PutPerson: acts.put_person,
    SetAbsence: absences.set_absence,
    RemoveAbsence: absences.remove_absence,
    HandOver: people.hand_over,
    SettleAbsence: people.settle_absence,
    Depart: people.depart,
    Forget: people.forget,
}
