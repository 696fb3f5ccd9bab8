"""Word where a grant stands: its phase, its next step, who has the ball, and how far the due date is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import lru_cache

from sqlalchemy import Connection, bindparam, select

from models.programme.step import StepRule
from models.rules.money.at_risk import missing_of
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import UNSETTLED, DecisionKind, NoticeKind, Phase, Role, StepKind
from tasks.store.programmes import load_programmes
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


@lru_cache(maxsize=64)
def word_phase(say: Speaker, phase: str) -> str:
    """Return a phase's name."""
    return {
        Phase.APPLICATION: say.gettext("Application"),
        Phase.DECISION: say.gettext("Decision"),
        Phase.FOLLOW_UP: say.gettext("Follow-up"),
        Phase.FINAL_REPORT: say.gettext("Final report"),
        Phase.RELEASE: say.gettext("Last payment"),
    }.get(Phase(phase), phase)


def word_share(say: Speaker, share: str) -> str:
    """Return how large an instalment is, as its row says it, in the reader's words."""
    named = {
        "rest": say.gettext("the rest"),
        "claimed": say.gettext("as much as is claimed"),
        "kept": say.gettext("what was kept of the others"),
    }
    if share in named:
        return named[share]
    percent = share.removeprefix("at most ").replace(" %", "\N{NO-BREAK SPACE}%")
    return say.gettext("at most %(share)s", share=percent) if share.startswith("at most ") else percent


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


@lru_cache(maxsize=64)
def word_role(say: Speaker, role: str) -> str:
    """Return a role's name; what is no role is returned as it is."""
    return {
        str(Role.COORDINATOR): say.gettext("the coordinator"),
        str(Role.UNIT_MANAGER): say.gettext("the unit manager"),
        str(Role.HEAD_OF_DEPARTMENT): say.gettext("the head of department"),
        str(Role.HEAD_OF_ADMINISTRATION): say.gettext("the head of administration"),
        str(Role.COMMITTEE): say.gettext("the committee"),
        str(Role.CONTROLLER): say.gettext("the controller"),
        str(Role.ADMIN): say.gettext("the administrator"),
        "funder": say.gettext("the funder"),
        "second person": say.gettext("a second person, to confirm the condition"),
        "two people to confirm the release": say.gettext("two people, to confirm the condition"),
    }.get(role, role)


def word_step_title(say: Speaker, rule: StepRule | None, kind: str, period: str | None) -> str:
    """Return a step's title as in a sentence, with its period when it comes once a period."""
    if rule is None:
        return say.gettext("repayment") if kind == StepKind.RECOVERY else say.gettext("task")
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


@lru_cache(maxsize=64)
def word_decision(say: Speaker, kind: str) -> str:
    """Return what a decision does."""
    return {
        DecisionKind.AWARD: say.gettext("Award"),
        DecisionKind.SUPPLEMENT: say.gettext("Supplement"),
        DecisionKind.AMENDMENT: say.gettext("Amendment"),
        DecisionKind.REFUSAL: say.gettext("Refusal"),
        DecisionKind.WITHDRAWAL: say.gettext("Withdrawal"),
    }[DecisionKind(kind)]


@lru_cache(maxsize=64)
def word_paper(say: Speaker, kind: str) -> str:
    """Return which of a grant's documents it is."""
    return {
        "memo": say.gettext("the committee memo"),
        "final-report": say.gettext("the final report"),
        "follow-up": say.gettext("the follow-up"),
        "claim": say.gettext("the claim"),
        "cover-letter": say.gettext("the cover letter"),
        "agenda-note": say.gettext("the note for the agenda"),
        "repayment": say.gettext("the repayment"),
    }.get(kind) or say.gettext("a document")


def word_notice(say: Speaker, kind: str) -> str:
    """Return why a person was told of a step, in a word."""
    if kind == NoticeKind.REMINDER:
        return say.gettext("reminder")
    return say.gettext("escalation") if kind == NoticeKind.ESCALATION else say.gettext("message")
