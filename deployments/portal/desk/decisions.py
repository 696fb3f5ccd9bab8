"""The forms that record and correct a funder's decision."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select
from starlette.exceptions import HTTPException

from deployments.portal.forms.context import FormContext, FormPlace, FormSetup, Read
from deployments.portal.web.state import grant_path
from models.currency import whole_units
from models.forms.field import Kind, clean
from models.programme.plan import Programme
from models.rules.money.shares import find_award
from models.tables.columns import table_of
from models.tables.grant import Decision, Grant
from tasks.commands.replan.plan_facts import GRANT_END
from tasks.store.database import AnyRow
from tasks.store.programmes import load_programme
from tasks.store.queries import HOLDS
from tasks.words.translator import capitalised
from tasks.words.vocabulary import word_name

_GRANT = table_of(Grant)
_DECISION = table_of(Decision)
_OF_GRANT = select(_GRANT).where(_GRANT.c.id == bindparam("grant"))
_DECIDED = (
    select(_DECISION)
    .where(_DECISION.c.grant_id == bindparam("grant"), HOLDS)
    .order_by(_DECISION.c.decided_on, _DECISION.c.id)
)


def grant_of(context: FormContext) -> AnyRow:
    """Return the row of the grant that a form is about; 404 where there is none."""
    row = context.connection.execute(_OF_GRANT, {"grant": context.about}).first()
    if row is None:
        raise HTTPException(404)
    return row


def place_of(context: FormContext) -> FormPlace:
    """Return the grant that a form is about, as its page is headed."""
    grant = grant_of(context)
    return FormPlace(grant.title, grant_path(grant.reference))


def _programme(context: FormContext) -> Programme:
    return load_programme(context.connection, grant_of(context).programme_id)


def _said_by(context: FormContext, programme: Programme) -> dict[str, Mapping[Any, Any] | None]:
    """Return what a decision can say of this grant: the days and the parts that its programme takes from one."""
    days: dict[str, Mapping[str, object]] = {
        name: {"title": capitalised(one.title.in_language(context.say.language))}
        for name, one in programme.dates.items()
        if one.given_by == "decision"
    }
    if grant_of(context).period_end_on is not None:
        days[GRANT_END] = {"variant": "grant_end"}
    parts = {
        rule.number: {"variant": "rate"} if rule.number == programme.rate_of else {}
        for rule in programme.instalments
        if rule.awaits and (not rule.share.rate or rule.number == programme.rate_of)
    }
    return {"d-": days, "i-": parts}


def decide(context: FormContext) -> FormSetup:
    """Record what the funder decided of a grant: what few decisions say is folded."""
    grant = grant_of(context)
    said = _said_by(context, _programme(context))
    days = {name: {**one, "folded": name == GRANT_END} for name, one in (said["d-"] or {}).items()}
    return FormSetup(
        place=place_of(context),
        overrides={**said, "d-": days, "total": {"folded": True}},
        known={"grant": grant.reference},
        currency=grant.currency,
        undo=annulment_of,
    )


def annulment_of(read: Read) -> Mapping[str, str]:
    """Return what the form that corrects a decision begins with to annul the one that was read."""
    return {"recorded": _called(read["kind"].value, read["decided_on"].value), "annulled": "yes"}


def _called(kind: str, decided_on: date) -> str:
    """Return by what an address names a decision of a grant, as its correction does."""
    return f"{kind} {decided_on}"


def correct(context: FormContext) -> FormSetup:
    """Correct a decision that was recorded: the form begins with what it says."""
    rows = context.connection.execute(_DECIDED, {"grant": context.about})
    recorded = {_called(row.kind, row.decided_on): row for row in rows}
    if not recorded:
        raise HTTPException(404)
    grant = grant_of(context)
    programme = _programme(context)
    first = find_award(recorded.values()) or next(iter(recorded.values()))
    chosen = recorded.get(context.given.get("recorded", ""), first)
    name = f"{word_name(context.say, 'decision', chosen.kind)}, {context.say.dated(chosen.decided_on)}"
    key = _called(chosen.kind, chosen.decided_on)
    known = {"grant": grant.reference, "recorded_on": chosen.decided_on, "kind": chosen.kind}
    unsaid = frozenset[str]()
    # Of one that was never made nothing else is corrected; its own number is not that of the paper that says so.
    if context.given.get("annulled") == "yes":
        paper = clean(context.given.get("source", ""))
        is_own = paper == chosen.source
        known["said"] = {} if is_own else {"source": paper}
        unsaid = frozenset({"source"} if is_own else ())
    return FormSetup(
        place=place_of(context),
        overrides={
            "kind": None,
            "recorded": {"kind": Kind.CHOICE, "options": ((key, name),), "text": key},
            **_held(chosen, _said_by(context, programme), grant.currency),
        },
        known=known,
        currency=grant.currency,
        unsaid=unsaid,
    )


def _held(row: AnyRow, said: Mapping[str, Any], currency: str) -> dict[str, Mapping[Any, Any]]:
    """Return what a recorded decision says, each at its field as it is typed."""

    def plain(said: object) -> str:
        if not isinstance(said, int):
            return str(said or "")
        return f"{whole_units(said, currency).normalize():f}"

    days = {name: str(one["on"]) for name, one in row.dates.items()}
    parts = {int(number): plain(one) for number, one in row.instalments.items()}
    texts = {name: {"text": getattr(row, name)} for name in ("purpose", "conditions", "source")}
    return {
        "decided_on": {"text": row.decided_on.isoformat()},
        "amount": {"text": plain(row.amount_minor)},
        "total": {"text": plain(row.total_minor)},
        "d-": {name: {**overrides, "text": days.get(name, "")} for name, overrides in said["d-"].items()},
        "i-": {
            number: {**overrides, "text": parts.get(number, "")} for number, overrides in said["i-"].items()
        },
        **texts,
    }
