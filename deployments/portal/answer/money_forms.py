"""Make the forms of a step that is about money or a decision: a claim, a payment, what the funder decided."""

from dataclasses import replace
from typing import Any

from deployments.portal.answer.form import CardForm
from deployments.portal.answer.step_forms import Override, StepForms
from deployments.portal.forms.context import FormWords
from models.commands.money import Rest
from models.forms.faults import Fault
from models.forms.field import Field, Kind
from models.forms.spec import Act
from models.rules.money.payment import find_unpaid_minor
from models.rules.watch.concerns import find_dates_within
from models.vocabulary import DecisionKind
from tasks.words.translator import capitalised


def claim_form(of_step: StepForms, act: Act) -> CardForm | None:
    """Return the form of a claim; it asks for the sum where only the claim says it."""
    if not of_step.is_done_by(act):
        return None
    facts = of_step.facts
    left_on = facts.part.released_on if facts.part is not None else None
    amount = {"required": True} if facts.claim.says_sum else None
    days = {"required": True, "earliest": left_on}
    overrides: dict[str, Override] = {"amount": amount, "claimed_on": days, "account": None}
    account = facts.account
    return of_step.form(act, account=account, overrides=overrides, shown_account=account)


def payment_form(of_step: StepForms, act: Act) -> CardForm | None:
    """Return the form of money that came; of the rest it asks once less is said to have come than what is missing."""
    if not of_step.is_done_by(act):
        return None
    facts = of_step.facts
    part = facts.part
    words = FormWords(of_step.say)
    missing = find_unpaid_minor(part) if part is not None else 0
    again = part is not None and part.paid_minor is not None
    earliest = (part.paid_on or part.claimed_on or part.released_on) if part is not None else None
    hint = words.said("what_came", missing, facts.grant.currency, again) if missing or again else ""
    overrides: dict[str, Override] = {
        "amount": {"hint": hint, "whole_minor": missing},
        "paid_on": {"earliest": earliest},
    }
    form = of_step.form(act, sum_minor=missing, overrides=overrides)
    answers = tuple((one, words.said("rest", one)) for one in ("", *Rest))
    rest = Field(
        "rest", Kind.CHOICE, False, title=words.said("of_the_rest"), options=answers, hidden_when_empty=True
    )
    amount, day, note = form.fields
    return replace(form, fields=(day, amount, rest, note))


def decision_form(of_step: StepForms, act: Act) -> CardForm | None:
    """Return the form of a funder's decision; the days are those that the programme takes from one."""
    if not of_step.is_done_by(act):
        return None
    facts = of_step.facts
    words = FormWords(of_step.say)
    kinds = tuple(
        (str(one), words.option("outcome", one)) for one in (DecisionKind.AWARD, DecisionKind.REFUSAL)
    )
    days: dict[str, Override] = {
        name: {
            **_named_day(of_step, name),
            "depends": one.required,
            "hint": words.said("only_an_award" if one.required else "only_if_said"),
        }
        for name, one in facts.programme.dates.items()
        if one.given_by == "decision"
    }
    overrides: dict[str, Override] = {
        "kind": {"options": kinds},
        "amount": {"variant": "card", "depends": True, "hint": words.said("only_an_award")},
        "total": None,
        "d-": days,
        "source": {"variant": "card", "hint": "", "depends": False},
        "i-": {},
    }
    return of_step.form(act, variant="card", overrides=overrides)


def dates_form(of_step: StepForms, act: Act) -> CardForm | None:
    """Return the form of a letter that says dates which the decision left out."""
    facts = of_step.facts
    if not facts.dates:
        return None
    overrides: dict[str, Override] = dict.fromkeys(
        ("kind", "amount", "total", "purpose", "conditions", "files")
    )
    overrides |= {
        "d-": {name: {**_named_day(of_step, name), "required": True} for name in facts.dates},
        "i-": {},
        "decided_on": {
            "variant": "letter",
            "hint": FormWords(of_step.say).said("own_day"),
        },
        "source": {"variant": "letter", "hint": "", "depends": False},
    }
    return of_step.form(act, overrides=overrides, kind=DecisionKind.AMENDMENT)


def _named_day(of_step: StepForms, name: str) -> dict[str, Any]:
    """Return what holds of a named date; one within the grant's time is not before the grant begins."""
    facts = of_step.facts
    return {
        "title": capitalised(facts.programme.dates[name].title.in_language(of_step.say.language)),
        "earliest": facts.grant.period_start_on if name in find_dates_within(facts.programme) else None,
        "too_early": Fault.BEFORE_GRANT,
    }
