"""Build the command of a posted form, and find what does not fit together in it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from deployments.portal.answer.form import CardForm
from deployments.portal.answer.questions import NO_MORE, TO_COME, answers_of, with_totals
from models.commands.grants import DecisionInput, GiveDates
from models.commands.money import Pay, Release
from models.forms.faults import Amount, Fault
from models.forms.field import read_fields
from models.forms.spec import command_from
from models.message import Remark
from models.vocabulary import DecisionKind


def fill_form(form: CardForm, posted: Mapping[str, str], today: date) -> CardForm:
    """Return the form as it was posted, with an error in each field that must be corrected."""
    filled = form.with_fields(with_totals(form.questions, read_fields(form.fields, posted, today)))
    return _with_rest(filled) if form.act == "paid" else filled


def _with_rest(form: CardForm) -> CardForm:
    """Ask what becomes of the rest where less came than is missing."""
    missing = form.about.sum_minor
    said = form.value("rest")
    came = form.value("amount") if form.given("amount") else missing
    if came is None or any(field.error for field in form.fields if field.name == "amount"):
        return form
    asked = {"paid_on"} if came else set[str]()
    if came >= missing:
        return form.with_errors(_unsaid(form, asked))
    errors: dict[str, Remark] = {}
    if not said:
        errors["rest"] = Fault.MONEY_MISSING(money=Amount(missing - came, form.currency))
    elif said == TO_COME and not came:
        errors["amount"] = Fault.NOTHING_CAME()
    asked |= {"note"} if said == NO_MORE else set()
    return form.with_spares().with_errors(_unsaid(form, asked) | errors)


def _unsaid(form: CardForm, names: set[str]) -> dict[str, Remark]:
    return {name: Fault.MISSING() for name in names if not form.given(name)}


def command_of(form: CardForm) -> Any:
    """Return the command that a filled form gives; it acts only on the step, or the part, as it was shown."""
    about = form.about
    match form.act:
        case "date":
            letter = command_from(DecisionInput, form.fields, kind=DecisionKind.AMENDMENT)
            return GiveDates(form.grant, letter)
        case "decide":
            award = form.value("kind") == DecisionKind.AWARD
            of_money = ("amount", "d-")  # what a refusal says nothing of
            fields = [one for one in form.fields if award or not one.name.startswith(of_money)]
            return command_from(form.spec.command, fields, grant=form.grant, files=form.files)
        case "release":  # who was shown "you are the first" must not become the second
            return Release(
                form.grant,
                form.instalment,
                first_only=about.is_unasked,
                shown_minor=about.sum_minor,
                shown_account=about.account,
            )
        case "paid":
            return _payment(form)
        case "claim":
            part = {"instalment": form.instalment, "shown_account": about.account}
            return command_from(form.spec.command, form.fields, grant=form.grant, **part)
        case "decline":
            return command_from(form.spec.command, form.fields, grant=form.grant, instalment=form.instalment)
    shown: dict[str, Any] = {"grant": form.grant, "step": form.step, "version": about.state}
    if form.act == "approve":  # of the report's versions only the one that was shown is approved
        shown["report_version"] = about.version
    if form.act == "done":  # its files lie in its draft
        shown["data"] = answers_of(form.fields)
    elif form.takes_files:
        shown["files"] = form.files
    return command_from(form.spec.command, form.fields, **shown)


def _payment(form: CardForm) -> Pay:
    """Return what came, with what is said of the rest where there is one."""
    came = form.value("amount")
    note = form.text("note")
    said = form.value("rest") if came is not None and came < form.about.sum_minor else ""
    return Pay(
        form.grant,
        form.instalment,
        amount_minor=came,
        paid_on=form.value("paid_on"),
        no_more_why=note if said == NO_MORE else None,
    )
