"""Read a posted form: each field by itself, then what must fit together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from babel.numbers import format_decimal, get_currency_precision

from deployments.portal.answer.fields import NEEDED_DATE, NO_MORE, TO_COME, UNSAID, Field
from deployments.portal.answer.form import Form
from deployments.portal.answer.values import fill, read_sum, totals_fit
from models.facts.money import AccountSpending
from models.programme.question import WHY
from models.rules.answers.figure_checks import Finding, Misfit, Odd
from models.vocabulary import DecisionKind
from tasks.wording.ledger_spending import name_account
from tasks.words.translator import Speaker


def check_form(say: Speaker, form: Form, posted: Mapping[str, str], currency: str) -> tuple[Field, ...]:
    """Return the form's fields as they were posted, with an error in each that must be mended."""
    fields = fill(say, form.fields, posted)
    fields = tuple(_sum_fits(say, field, currency) for field in fields)
    fields = totals_fit(say, form.questions, fields)
    if form.act == "paid":
        return _rest_fits(say, fields, form.about.sum_minor, currency)
    return _decision_fits(say, fields) if form.act == "decide" else fields


def with_odd_figures(say: Speaker, fields: tuple[Field, ...], found: Sequence[Finding]) -> tuple[Field, ...]:
    """Return the fields with what the programme's checks found: to correct, or to explain where that is enough."""
    told: dict[str, list[str]] = {}
    asks: dict[str, str] = {}
    currencies = {field.name: field.currency for field in fields if field.kind == "money"}
    for one in found:
        says = one.check.says.en if say.language == "en" else one.check.says.sv
        fault = (
            f"{says.rstrip('.')} ({word_misfit(say, one.misfit, currencies.get(f'q-{one.question}', ''))})."
        )
        if one.blocks:
            name, ask = f"q-{one.question}", _ask_to_mend(say, one.misfit)
        else:
            name, ask = f"q-{one.question}.{WHY}", _ask_why(say, one.misfit)
        told.setdefault(name, []).append(fault)
        asks[name] = ask
    return tuple(
        replace(field, error=" ".join([*told[field.name], asks[field.name]])) if field.name in told else field
        for field in fields
    )


def word_misfit(say: Speaker, misfit: Misfit, currency: str = "") -> str:
    """Return how an answer, a sum of money where there is a currency, does not fit, in a few words."""

    def written(value: Decimal | date | None) -> str:
        if isinstance(value, date):
            return say.dated(value)
        if currency and value is not None:
            return say.money(int(value.scaleb(get_currency_precision(currency))), currency)
        return format_decimal(value or 0, locale=say.locale)

    off = "; ".join(_word_account(say, one) for one in misfit.accounts)
    if off and misfit.odd is not Odd.MOVED:
        return off
    if isinstance(misfit.limit, tuple):
        first, last = (say.dated(day) for day in misfit.limit)
        return say.gettext(
            "%(given)s is not from %(first)s to %(last)s", given=written(misfit.given), first=first, last=last
        )
    if misfit.limit is None:
        return say.gettext("everything is 0")
    filled = {"given": written(misfit.given), "limit": written(misfit.limit)}
    if misfit.odd is Odd.MOVED:
        return say.gettext(
            "%(given)s above the budget's lines, where %(limit)s may be; %(accounts)s", **filled, accounts=off
        )
    return {
        Odd.UNEQUAL: say.gettext("%(given)s against %(limit)s", **filled),
        Odd.ABOVE: say.gettext("%(given)s is more than %(limit)s", **filled),
        Odd.BELOW: say.gettext("%(given)s is less than %(limit)s", **filled),
        Odd.JUMP: say.gettext("%(given)s after %(limit)s", **filled),
        Odd.OFF_BUDGET: say.gettext("%(given)s so far, where all of the budget is %(limit)s", **filled),
    }[misfit.odd]


def _word_account(say: Speaker, one: AccountSpending) -> str:
    name, spent = name_account(say, one.account, one.title), say.money(one.so_far_minor, one.currency)
    if one.budget_minor is None:
        return say.gettext("%(account)s: %(spent)s so far, not in the budget", account=name, spent=spent)
    planned = say.money(one.budget_minor, one.currency)
    return say.gettext(
        "%(account)s: %(spent)s so far, of %(planned)s in the budget",
        account=name,
        spent=spent,
        planned=planned,
    )


def _ask_to_mend(say: Speaker, misfit: Misfit) -> str:
    if misfit.accounts:
        return say.gettext("Have the books corrected, or the budget changed with the funder's leave.")
    return say.gettext("Correct it.")


def _ask_why(say: Speaker, misfit: Misfit) -> str:
    if misfit.odd is Odd.OUTSIDE:
        return say.gettext("Correct the day, or say why here.")
    if misfit.accounts:
        return say.gettext("Have the books corrected, or say here why, and what the funder said of it.")
    return say.gettext("Correct a number, or say why here.")


def _sum_fits(say: Speaker, field: Field, currency: str) -> Field:
    """Check a sum of money that is booked, and not only told: it must be whole in minor units."""
    if field.kind != "money" or field.error or not field.value or field.name.startswith("q-"):
        return field
    if read_sum(field.value, currency) is None:
        return replace(field, error=say.gettext("Write this as a sum, such as 100,000 or 1,250.50."))
    return field


def _rest_fits(
    say: Speaker, fields: tuple[Field, ...], missing_minor: int, currency: str
) -> tuple[Field, ...]:
    """Ask what becomes of the rest where less came than is missing; what is said of none is taken out."""
    values = {field.name: field.value for field in fields}
    came = read_sum(values["amount"], currency) if values["amount"] else missing_minor
    if came is None or any(field.error for field in fields if field.name == "amount"):
        return fields
    if came and not values["paid_on"]:
        undated = say.gettext("Say on which day the money came.")
        fields = tuple(
            replace(field, error=undated) if field.name == "paid_on" else field for field in fields
        )
    if came >= missing_minor:
        return tuple(
            field if field.name in ("paid_on", "amount") else replace(field, value="", error="")
            for field in fields
        )
    said = values["rest"]
    lacks = {
        "rest": "" if said else word_missing(say, missing_minor - came, currency),
        "expected_on": say.gettext("Say when it is expected.") if said == TO_COME else "",
        "note": say.gettext("Say why no more comes.") if said == NO_MORE else "",
    }
    if not came and said == TO_COME:
        lacks["amount"] = say.gettext("Nothing has come, then: answer “Not yet”.")

    def asked(field: Field) -> Field:
        error = lacks.get(field.name, "")
        empty = not field.value or field.name == "amount"
        if field.name == "paid_on":
            return field
        return replace(field, spare=False, error=error if error and empty else field.error)

    return tuple(asked(field) for field in fields)


def word_missing(say: Speaker, minor: int, currency: str) -> str:
    """Return that what is missing of a payment has to be spoken of."""
    return say.gettext(
        "%(money)s is missing. Say whether it is still to come.", money=say.money(minor, currency)
    )


def _decision_fits(say: Speaker, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """A grant needs its sum, and the dates that the programme counts from; that one is not said must be said."""
    values = {field.name: field.value for field in fields}
    if values["kind"] != DecisionKind.AWARD:
        return fields
    unsaid = values["undated"] == UNSAID

    def needed(field: Field) -> Field:
        if field.name == "amount" and not field.value:
            return replace(field, error=say.gettext("This must be filled in."))
        if field.name.startswith(NEEDED_DATE) and not field.value and not unsaid:
            said = say.gettext(
                "What counts from the day is not watched before it is known. Fill it in, or choose below that the"
                " decision does not say it."
            )
            return replace(field, error=said)
        return field

    checked = tuple(needed(field) for field in fields)
    lacks = any(field.error and field.name.startswith(NEEDED_DATE) and not field.value for field in checked)
    if not lacks:
        return checked
    ask = say.gettext("Choose this only when the decision does not say the day.")
    return tuple(replace(field, error=ask) if field.name == "undated" else field for field in checked)
