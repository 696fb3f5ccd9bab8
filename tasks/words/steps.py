"""Word where a grant stands: its phase, its next step, who has the ball, and how far the due date is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, bindparam, select

from models.programme.step import StepRule
from models.rules.money.at_risk import missing_of
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import UNSETTLED
from tasks.store.programmes import load_programmes
from tasks.words.names import word_untitled
from tasks.words.translator import Speaker, capitalised

_GRANT, _STEP = table_of(Grant), table_of(Step)
# Made once: making a query takes longer than asking it.
_UNSETTLED_STEPS = (
    select(
        _GRANT.c.reference,
        _GRANT.c.programme_id,
        *(_STEP.c[name] for name in ("key", "kind", "period", "template_key")),
    )
    .join(_STEP, _STEP.c.grant_id == _GRANT.c.id)
    .where(_GRANT.c.reference.in_(bindparam("references", expanding=True)), _STEP.c.status.in_(UNSETTLED))
)


def word_came(
    say: Speaker,
    amount_minor: int | None,
    paid_minor: int | None,
    currency: str,
    *,
    no_more: bool,
    expected: str = "",
) -> str:
    """Return how much of an instalment came and what is missing, where something is; else nothing.

    `no_more` says that what is missing is lost, `expected` is the day on which it is expected, in words.
    """
    missing = missing_of(amount_minor, paid_minor)
    if not missing:
        return ""
    minors = {"paid": paid_minor or 0, "sum": amount_minor or 0, "missing": missing}
    sums = {name: say.money(minor, currency) for name, minor in minors.items()}
    if no_more:
        return say.gettext("paid %(paid)s of %(sum)s, %(missing)s does not come", **sums)
    if expected:
        return say.gettext(
            "paid %(paid)s of %(sum)s, %(missing)s missing, expected on %(day)s", day=expected, **sums
        )
    return say.gettext("paid %(paid)s of %(sum)s, %(missing)s missing", **sums)


def word_step_title(say: Speaker, rule: StepRule | None, kind: str, period: str | None) -> str:
    """Return a step's title as in a sentence, with its period when it comes once a period."""
    if rule is None:
        return word_untitled(say, kind)
    title = rule.title.en if say.language == "en" else rule.title.sv
    return f"{title}, {say.period(period)}" if rule.each and period else title


def word_slack(say: Speaker, due_on: date | None, today: date) -> str:
    """Return how far a due date is: "12 days left", "today", "3 days late"; empty when there is none."""
    if due_on is None:
        return ""
    days = (due_on - today).days
    if days < 0:
        return say.ngettext("%(count)s day late", "%(count)s days late", -days)
    if days == 0:
        return capitalised(say.gettext("today"))
    return say.ngettext("%(count)s day left", "%(count)s days left", days)


def next_titles(
    connection: Connection, references: Collection[str], say: Speaker
) -> dict[tuple[str, str], str]:
    """Return the titles of the grants' unsettled steps, by reference and step key."""
    rows = connection.execute(_UNSETTLED_STEPS, {"references": list(references)}).all()
    rules = {
        version: {rule.key: rule for rule in programme.steps}
        for version, programme in load_programmes(connection, {row.programme_id for row in rows}).items()
    }
    return {
        (row.reference, row.key): word_step_title(
            say, rules[row.programme_id].get(row.template_key), row.kind, row.period
        )
        for row in rows
    }
