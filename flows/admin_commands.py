"""Let an administrator decide by a form: each command is a deployment with typed parameters.

Who asked: Prefect knows one shared login, and everyone there can read its parameters. So a form asks for
the *role* in the grant ("head_of_department"), never for a name or an address; a grant has one person a role,
and what the command does is written down as that person's. That is a statement, not a proof, which is why
money waits for a second person, who confirms by their own link.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from prefect import State, flow
from prefect.states import Completed, Failed

from flows.context import RunContext, in_one_line, in_thread, log_place, moment, open_context, refused
from flows.overview import publish
from models.commands.clock import Clock
from models.commands.decisions import Correct, Decide, DecisionInput
from models.commands.money import Release
from models.commands.steps import Approve, Extend, Return
from models.errors import BadInput, GrantError
from models.reading.money import read_amount
from models.rules.money.gate import GateReason
from models.vocabulary import DecisionKind
from tasks.perform import perform
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
class Form:
    """A form that somebody sent: where, about which grant, when and as whom."""

    room: RunContext
    grant: KnownGrant
    clock: Clock
    by_email: str


async def _do(grant: str, asked_by: str, act: Callable[[Form], str]) -> State:
    """Do what a form asks, and return its end: what it did in one line, or in one line why it did not."""

    def whole() -> str:
        known = find_grant(room.engine, grant)
        email = email_in_role(room.engine, known.reference, asked_by, today)
        return act(Form(room, known, Clock(today, now), email))

    now = moment()
    try:
        room = await in_thread(open_context)
        today = room.day_of(None)
        said = await in_thread(whole)
        await publish(room, today)
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

    def act(form: Form) -> str:
        currency, reference = form.grant.currency, form.grant.reference
        said: dict[str, Any] = {"decided_on": decided_on, "purpose": purpose, "conditions": conditions}
        said |= {"amount_minor": _minor(amount, currency), "total_minor": _minor(total, currency)}
        said["dates"] = {"final_report_on": final_report_on} if final_report_on else {}
        if said["amount_minor"] is not None and said["total_minor"] is not None:
            raise BadInput("give the amount that the decision adds or the total after it, not both")
        engine, of = form.room.engine, DecisionKind(kind)
        if recorded_on is not None:
            changes = {name: value for name, value in said.items() if value not in (None, "", {})}
            correction = Correct(reference, recorded_on, of, changes)
            count = len(perform(engine, correction, form.by_email, form.clock).moved.changes)
            return f"{reference}: {kind} of {recorded_on} corrected; it moves {count} dates, letters and sums"
        decision = Decide(reference, DecisionInput(of, **said))
        missing = perform(engine, decision, form.by_email, form.clock).missing
        lacks = f"; no decision says {', '.join(missing)} yet: correct it when it is known" if missing else ""
        return f"{reference}: {kind} of {decided_on} recorded{lacks}"

    return await _do(grant, asked_by, act)


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
    return await _judge_report(grant, decided_by, asked_by, Approve, note)


@flow(name="return-a-final-report", flow_run_name="return the final report of {grant}")
async def return_a_final_report(grant: str, decided_by: Whose, asked_by: AskedBy, reason: str) -> State:
    """Send a final report back: it reopens, and its reminders begin again.

    Args:
        grant: The grant's reference.
        decided_by: Who returns it: our own committee, or the funder.
        asked_by: In whose role you record it.
        reason: What must be mended. No names: everyone here can read it.
    """
    return await _judge_report(grant, decided_by, asked_by, Return, reason)


async def _judge_report(
    grant: str, decided_by: str, asked_by: str, said: type[Approve | Return], note: str
) -> State:
    def act(form: Form) -> str:
        engine, reference = form.room.engine, form.grant.reference
        key = final_approval(engine, reference, by_funder=decided_by == "funder")
        command = said(reference, key, note)
        perform(engine, command, form.by_email, form.clock, settings=form.room.settings)
        return f"{reference}: {key} {command.kind}"

    return await _do(grant, asked_by, act)


@flow(name="release-an-instalment", flow_run_name="release instalment {instalment} of {grant}")
async def release_an_instalment(grant: str, instalment: int, asked_by: AskedBy) -> State:
    """Ask for the release of a withheld instalment: the first of two.

    Args:
        grant: The grant's reference.
        instalment: Its number.
        asked_by: In whose role you ask. The second person confirms by the link in their own letter.
    """

    def act(form: Form) -> str:
        command = Release(form.grant.reference, instalment, first_only=True)
        reason = perform(form.room.engine, command, form.by_email, form.clock)
        return f"{form.grant.reference}: instalment {instalment}: {_RELEASED[reason]}"

    return await _do(grant, asked_by, act)


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

    def act(form: Form) -> str:
        command = Extend(form.grant.reference, step, to_on, reason)
        moved = perform(form.room.engine, command, form.by_email, form.clock).moved_days
        dates = ", ".join(f"{key} from {before} to {after}" for key, before, after in moved)
        return f"{form.grant.reference}: {dates or 'no date moves'}"

    return await _do(grant, asked_by, act)
