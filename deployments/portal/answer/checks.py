"""Say what the programme's checks find in the figures of a form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from babel.numbers import format_decimal, get_currency_precision

from deployments.portal.answer.fields import Field
from models.facts.money import AccountSpending
from models.programme.question import WHY
from models.rules.answers.figure_checks import Finding, Misfit, Odd
from tasks.words.money import word_ledger_account
from tasks.words.translator import Speaker


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
    name, spent = word_ledger_account(say, one.account, one.title), say.money(one.so_far_minor, one.currency)
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
