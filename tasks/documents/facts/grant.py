"""Describe the grant itself in a document: its parties, their accounts, its period and who signs."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import Phase, Role, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.words.translator import Translator, capitalised, unbroken
from tasks.words.vocabulary import word_document, word_name

SIGNERS = (Role.HEAD_OF_ADMINISTRATION, Role.HEAD_OF_DEPARTMENT)


@dataclass(frozen=True, slots=True)
class Signatory:
    """A person as a document names them; texts are empty if unknown."""

    name: str = ""
    title: str = ""
    email: str = ""
    phone: str = ""


def funder_name(work: GrantAtWork, *, short: bool = True) -> str:
    """Return the funder's name on the day at work, by default the short one, if it has one."""
    return work.record.called(work.grant.funder_id, work.today, short=short)


def grant_facts(work: GrantAtWork, say: Translator) -> dict[str, Any]:
    """Return the grant itself, its parties and its last steps, by the names of a document's facts."""
    grant = work.grant
    decided = next((decision.decided_on for decision in work.decisions), None)
    recipient = work.record.called(grant.recipient_id, work.today)
    then = work.record.called(grant.recipient_id, decided or work.today)
    sender = work.record.recipient
    final = final_report(work)
    return {
        "reference": grant.reference,
        "funder_reference": grant.funder_reference or "",
        "title": grant.title,
        "matter": grant.matter or grant.title,
        "funder": funder_name(work, short=False),
        "funder_short": funder_name(work),
        "recipient": recipient,
        "recipient_then": then if then != recipient else "",
        "administration": sender.administration,
        "department": sender.department,
        "unit": sender.unit,
        "registration_number": sender.registration_number,
        "account": _account(work, say, grant.recipient_id),
        "funder_account": _account(work, say, grant.funder_id),
        "period": word_period(say, grant),
        "applied_in": month_applied(work, say),
        "officer": _signatory(work, work.roles.get(Role.COORDINATOR)),
        "signers": _signers(work, say),
        "final_on": say.long_date(final.due_on) if final and final.due_on else "",
        "final_step": capitalised(step_title(work, final, say)) if final else "",
        "funder_approved_on": _funder_approved_on(work, say),
    }


def _account(work: GrantAtWork, say: Translator, organisation_id: int) -> str:
    """Return an organisation's account as text that stays on one line; empty while it is not known."""
    organisation = work.record.batch.organisations.known.get(organisation_id)
    return unbroken(word_name(say, "account", organisation.account)) if organisation else ""


def _signatory(work: GrantAtWork, person_id: int | None) -> Signatory:
    person = work.record.batch.person(person_id) if person_id else None
    if person is None:
        return Signatory()
    return Signatory(person.name, person.title, person.email, person.phone)


def _signers(work: GrantAtWork, say: Translator) -> tuple[Signatory, ...]:
    """Return who signs; if nobody is known, a line to fill in by hand."""
    signatories = (_signatory(work, work.roles[role]) for role in SIGNERS if role in work.roles)
    return tuple(signatories) or (Signatory(word_document(say, "written_in")),)


def month_applied(work: GrantAtWork, say: Translator) -> str:
    """Return the month of the application, if it is known: the funder decides later."""
    step = work.steps.get("application")
    if step is None or step.done_on is None:
        return ""
    if work.record.handed_in(step):
        return say.month(step.done_on)
    applied_on = work.grant.dates.get("applied_on", {}).get("on")
    return say.month(date.fromisoformat(applied_on)) if applied_on else ""


def word_period(say: Translator, about: Grant | Step) -> str:
    """Return the first and last day of a grant, or of a step's period; empty if they are not known."""
    if about.period_start_on is None or about.period_end_on is None:
        return ""
    first = say.dated(about.period_start_on)
    last = say.dated(about.period_end_on)
    return word_document(say, "days", first=first, last=last)


def _funder_approved_on(work: GrantAtWork, say: Translator) -> str:
    days = [
        step.done_on
        for step in work.steps.values()
        if step.kind is StepKind.APPROVAL and step.phase is Phase.FINAL_REPORT and step.with_funder
        if step.status is StepStatus.APPROVED and step.done_on
    ]
    return say.dated(max(days)) if days else ""


def final_report(work: GrantAtWork) -> Step | None:
    """Return the report that the funder gets at the end: the last of its phase."""
    reports = [
        step
        for step in work.steps.values()
        if step.phase is Phase.FINAL_REPORT and step.kind is StepKind.REPORT and not step.with_funder
    ]
    return max(reports, key=lambda step: step.position, default=None)


def step_title(work: GrantAtWork, step: Step | None, say: Translator) -> str:
    rule = work.record.rule_of(step) if step else None
    if rule is None:
        return ""
    return rule.title.in_language(say.language)
