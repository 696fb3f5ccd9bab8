"""Let an administrator decide by a form: each command is a deployment with typed parameters.

Who asked: Prefect knows one shared login, and everyone there can read its parameters. So a form asks for
the *role* in the grant ("head_of_department"), never for a name or an address; a grant has one person a role,
and what the command does is written down as that person's. That is a statement, not a proof, which is why
money waits for a second person, who confirms by their own link.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from prefect import State, flow
from prefect.states import Completed, Failed

from flows.context import RunContext, in_one_line, in_thread, log_place, moment, open_context, refused
from flows.overview import publish_overview
from models.errors import BadInput, GrantError
from models.reading.money import read_amount
from models.rules.money.gate import GateReason
from models.vocabulary import AnswerKind, DecisionKind
from tasks.commands.files.documents import vault_of
from tasks.commands.replan.extensions import extend_step
from tasks.grants.acts.corrections import Correction, correct_decision
from tasks.grants.acts.decision_checks import DecisionInput
from tasks.grants.acts.decisions import record_decision
from tasks.grants.acts.given_answers import AnswerInput
from tasks.grants.acts.money import release_instalment
from tasks.grants.acts.step_acts import answer_step
from tasks.store.command_lookup import email_in_role, final_approval
from tasks.store.references import KnownGrant, find_grant

AskedBy = Literal[
    "coordinator",
    "unit_manager",
    "head_of_department",
    "head_of_administration",
    "committee",
    "controller",
    "admin",
]
Kind = Literal["award", "supplement", "amendment", "refusal", "withdrawal"]
Whose = Literal["committee", "funder"]


@dataclass(frozen=True, slots=True)
class Command:
    """A command in the middle of being done: where, for which grant, when and as whom."""

    room: RunContext
    grant: KnownGrant
    today: date
    now: datetime
    by_email: str


async def _command(grant: str, asked_by: str, do: Callable[[Command], str]) -> State:
    """Do a command and return its end: what it did in one line, or in one line why it did not."""

    def whole() -> str:
        known = find_grant(room.engine, grant)
        email = email_in_role(room.engine, known.reference, asked_by, today)
        return do(Command(room, known, today, now, email))

    now = moment()
    try:
        room = await in_thread(open_context)
        today = room.day_of(None)
        said = await in_thread(whole)
        await publish_overview(room, today)
    except GrantError as error:
        return refused(error)
    except Exception as error:  # noqa: BLE001  (a person waits for an answer, and its words may name somebody)
        log_place(error, "command")
        return Failed(message=in_one_line(error))
    return Completed(message=said)


@flow(name="record-a-decision", flow_run_name="record a decision: {kind} for {grant}")
async def record_a_decision(
    grant: str,
    kind: Kind,
    decided_on: date,
    asked_by: AskedBy,
    amount: str = "",
    total: str = "",
    purpose: str = "",
    conditions: str = "",
    final_report_on: date | None = None,
    recorded_on: date | None = None,
) -> State:
    """Write down what the funder decided, or correct what was written down wrongly.

    Args:
        grant: The grant's reference.
        kind: What the decision does.
        decided_on: The date of the decision.
        asked_by: In whose role you record it.
        amount: What this decision adds, as "500000" or "500 000,50".
        total: The whole award after it, where its own part is not known; instead of amount.
        purpose: What the money is for, as decided.
        conditions: What the decision asks for.
        final_report_on: The last day for the final report, if the decision sets it.
        recorded_on: To correct a decision, the day as of which it is recorded; what you leave empty stays as it is.
    """

    def do(command: Command) -> str:
        currency, reference = command.grant.currency, command.grant.reference
        said: dict[str, Any] = {"decided_on": decided_on, "purpose": purpose, "conditions": conditions}
        said |= {"amount_minor": _minor(amount, currency), "total_minor": _minor(total, currency)}
        said["dates"] = {"final_report_on": final_report_on} if final_report_on else {}
        if said["amount_minor"] is not None and said["total_minor"] is not None:
            raise BadInput("give the amount that the decision adds or the total after it, not both")
        engine, of = command.room.engine, DecisionKind(kind)
        by: dict[str, Any] = {"by_email": command.by_email, "today": command.today, "now": command.now}
        if recorded_on is not None:
            changes = {name: value for name, value in said.items() if value not in (None, "", {})}
            moved = correct_decision(engine, reference, Correction(recorded_on, of, changes), **by)
            count = len(moved.changes)
            return f"{reference}: {kind} of {recorded_on} corrected; it moves {count} dates, letters and sums"
        missing = record_decision(engine, reference, DecisionInput(of, **said), **by)
        lacks = f"; no decision says {', '.join(missing)} yet: correct it when it is known" if missing else ""
        return f"{reference}: {kind} of {decided_on} recorded{lacks}"

    return await _command(grant, asked_by, do)


def _minor(text: str, currency: str) -> int | None:
    try:
        return read_amount(text, currency) if text.strip() else None
    except ValueError as error:
        raise BadInput(str(error)) from None


@flow(name="approve-a-final-report", flow_run_name="approve the final report of {grant}")
async def approve_a_final_report(grant: str, decided_by: Whose, asked_by: AskedBy, note: str = "") -> State:
    """Approve a final report.

    Args:
        grant: The grant's reference.
        decided_by: Whose approval it is: our own committee's, or the funder's.
        asked_by: In whose role you record it; never the one who wrote the report.
        note: A remark, such as the paragraph of the minutes. No names: everyone here can read it.
    """
    return await _answer_report(grant, decided_by, asked_by, AnswerInput(AnswerKind.APPROVED, note=note))


@flow(name="return-a-final-report", flow_run_name="return the final report of {grant}")
async def return_a_final_report(grant: str, decided_by: Whose, asked_by: AskedBy, reason: str) -> State:
    """Send a final report back: it reopens, and its reminders begin again.

    Args:
        grant: The grant's reference.
        decided_by: Who returns it: our own committee, or the funder.
        asked_by: In whose role you record it.
        reason: What must be mended. No names: everyone here can read it.
    """
    return await _answer_report(grant, decided_by, asked_by, AnswerInput(AnswerKind.RETURNED, note=reason))


async def _answer_report(grant: str, decided_by: Whose, asked_by: str, answer: AnswerInput) -> State:
    def do(command: Command) -> str:
        engine, reference = command.room.engine, command.grant.reference
        key = final_approval(engine, reference, by_funder=decided_by == "funder")
        answer_step(
            engine,
            reference,
            key,
            answer,
            by_email=command.by_email,
            today=command.today,
            now=command.now,
            vault=vault_of(command.room.settings.home),
        )
        return f"{reference}: {key} {answer.kind}"

    return await _command(grant, asked_by, do)


@flow(name="release-an-instalment", flow_run_name="release instalment {instalment} of {grant}")
async def release_an_instalment(grant: str, instalment: int, asked_by: AskedBy) -> State:
    """Ask for the release of a withheld instalment: the first of two.

    Args:
        grant: The grant's reference.
        instalment: Its number.
        asked_by: In whose role you ask. The second person confirms by the link in their own letter.
    """

    def do(command: Command) -> str:
        reason = release_instalment(
            command.room.engine,
            command.grant.reference,
            instalment,
            by_email=command.by_email,
            today=command.today,
            now=command.now,
            first_only=True,
        )
        return f"{command.grant.reference}: instalment {instalment}: {_RELEASED[reason]}"

    return await _command(grant, asked_by, do)


_RELEASED = {
    GateReason.REQUESTED: "asked for; a second person must confirm",
    GateReason.CONFIRMED: "released",
}


@flow(name="extend-a-step", flow_run_name="extend {step} of {grant} to {to_on}")
async def extend_a_step(grant: str, step: str, to_on: date, reason: str, asked_by: AskedBy) -> State:
    """Move a step's due date, and what depends on it.

    Args:
        grant: The grant's reference.
        step: The step's key, as `grants plan` lists it.
        to_on: Its new due date.
        reason: Why it moves. No names: everyone here can read it.
        asked_by: In whose role you move it.
    """

    def do(command: Command) -> str:
        moved = extend_step(
            command.room.engine,
            command.grant.reference,
            step,
            to_on=to_on,
            reason=reason,
            by_email=command.by_email,
            today=command.today,
            now=command.now,
            apply=True,
        )
        dates = ", ".join(f"{one.key} from {one.from_on} to {one.to_on}" for one in moved)
        return f"{command.grant.reference}: {dates or 'no date moves'}"

    return await _command(grant, asked_by, do)
