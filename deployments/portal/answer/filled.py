"""Fill a form with what was posted, find what does not go together, and make the command of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from deployments.portal.answer.form import Act, Form
from deployments.portal.answer.questions import (
    NEEDED_DATE,
    NO_MORE,
    OTHER_DATE,
    TO_COME,
    UNSAID,
    answers_of,
    with_totals,
)
from models.commands.grants import Decide, DecisionInput, GiveDates
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
)
from models.forms.faults import Amount, Fault
from models.forms.field import read_fields
from models.message import Remark
from models.vocabulary import DecisionKind, OverClaim

Command = StepAnswer | Decide | GiveDates | Claim | Pay | Release


def fill_form(form: Form, posted: Mapping[str, str], today: date) -> Form:
    """Return the form as it was posted, with an error in each field that must be corrected."""
    filled = replace(form, fields=with_totals(form.questions, read_fields(form.fields, posted, today)))
    if form.act is Act.DECIDE:
        return filled.with_errors(_wrong_decision(filled))
    return _with_rest(filled) if form.act is Act.PAID else filled


def _wrong_decision(form: Form) -> dict[str, Remark]:
    """Ask of an award for its sum and for the dates that the programme counts from, unless it leaves them out."""
    if form.value("kind") != DecisionKind.AWARD:
        return {}
    errors = {} if form.given("amount") else {"amount": Fault.MISSING()}
    undated = [one.name for one in form.fields if one.name.startswith(NEEDED_DATE) and not one.text]
    if undated and form.value("undated") != UNSAID:
        errors |= dict.fromkeys(undated, Fault.DAY_UNSAID())
        errors["undated"] = Fault.ONLY_UNSAID()
    return errors


def _with_rest(form: Form) -> Form:
    """Ask what becomes of the rest where less came than is missing."""
    missing, said = form.about.sum_minor, form.value("rest")
    came = form.value("amount") if form.given("amount") else missing
    if came is None or any(field.error for field in form.fields if field.name == "amount"):
        return form
    asked = {"paid_on"} if came else set[str]()
    if came >= missing:
        return form.with_errors(_unsaid(form, asked))
    errors = {}
    if not said:
        errors["rest"] = Fault.MONEY_MISSING(money=Amount(missing - came, form.currency))
    elif said == TO_COME and not came:
        errors["amount"] = Fault.NOTHING_CAME()
    asked |= {"note"} if said == NO_MORE else set()
    shown = replace(form, fields=tuple(replace(field, spare=False) for field in form.fields))
    return shown.with_errors(_unsaid(form, asked) | errors)


def _unsaid(form: Form, names: set[str]) -> dict[str, Remark]:
    return {name: Fault.MISSING() for name in names if not form.given(name)}


def command_of(form: Form) -> Command:
    """Return the command that a filled form gives."""
    match form.act:
        case Act.DATE:
            said_on, source = form.value("decided_on"), form.text("source")
            said = DecisionInput(DecisionKind.AMENDMENT, said_on, dates=_dates(form), source=source)
            return GiveDates(form.grant, said)
        case Act.DECIDE:
            return Decide(form.grant, _decision(form))
        case Act.CLAIM:
            return Claim(
                form.grant,
                form.instalment,
                form.value("amount"),
                form.value("claimed_on"),
                over=OverClaim(form.value("over")) if form.value("over") else None,
                note=form.text("note"),
            )
        case Act.PAID:
            return _payment(form)
        case Act.RELEASE:  # who was shown "you are the first" must not become the second
            about, first_only = form.about, form.about.state == 0
            return Release(form.grant, form.instalment, first_only, about.sum_minor, about.account)
        case _:
            return _answer(form, (form.grant, form.step, form.text("note"), form.about.state))


def _answer(form: Form, said: tuple[str, str, str, int]) -> StepAnswer:
    """Return the answer to a step, with what every one says: grant, step, note, and the version that was shown."""
    match form.act:
        case Act.NOTHING:
            return NothingToReport(*said, paper_on=form.value("done_on"))
        case Act.NOT_NEEDED:
            return NotNeeded(*said, paper_on=form.value("decided_on"))
        case Act.NOT_YET:
            return NotYet(*said, expected_on=form.value("expected_on"))
        case Act.NOT_ME:
            return NotMe(*said, colleague=form.value("colleague"))
        case Act.APPROVE:  # who approves has seen one version; another made meanwhile is not approved by it
            return Approve(*said, paper_on=form.value("approved_on"), report_version=form.about.version)
        case Act.RETURN:
            return Return(*said, paper_on=form.value("returned_on"))
        case _:
            return Answer(*said, paper_on=form.value("done_on"), data=answers_of(form.fields))


def _decision(form: Form) -> DecisionInput:
    kind = DecisionKind(form.value("kind"))
    award = kind is DecisionKind.AWARD
    return DecisionInput(
        kind=kind,
        decided_on=form.value("decided_on"),
        amount_minor=form.value("amount") if award else None,
        purpose=form.text("purpose"),
        conditions=form.text("conditions"),
        dates=_dates(form) if award else {},
        source=form.text("source"),
    )


def _payment(form: Form) -> Pay:
    """Return what came, with what is said of the rest where there is one."""
    came, note = form.value("amount"), form.text("note")
    said = form.value("rest") if came is not None and came < form.about.sum_minor else ""
    return Pay(form.grant, form.instalment, came, form.value("paid_on"), note if said == NO_MORE else None)


def _dates(form: Form) -> dict[str, date]:
    """Return the named days that are filled in."""
    given = {
        field.name.removeprefix(mark): form.value(field.name)
        for mark in (NEEDED_DATE, OTHER_DATE)
        for field in form.fields
        if field.name.startswith(mark)
    }
    return {name: day for name, day in given.items() if day is not None}
