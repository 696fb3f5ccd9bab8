"""Put together what a file's sheets say of a person or a grant; each row learns where in that it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.intake.names import Known
from tasks.intake.rows import Row


def person_values(row: Row, more: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Return a person's values: another sheet can say when they are away."""
    values = dict(row.values)
    # "no" says nothing of a bounce: only that letters reach the address again can be said.
    if values.get("bounced") is True:
        del values["bounced"]
    if "absences" in more:
        values["absences"] = _listed(more["absences"], "absences", "email")
    return values


def _listed(rows: Sequence[Row], name: str, key: str) -> list[dict[str, Any]]:
    found = []
    for row in rows:
        found.append(_without(row, key))
        row.within = (name, str(len(found) - 1))
    return found


def grant_values(row: Row, more: Mapping[str, Sequence[Row]], known: Known) -> dict[str, Any]:
    """Return a grant's values: a row of a list of grants can hold its decision, other sheets say the rest."""
    values = dict(row.values)
    decided: dict[str, Any] = {name: values.pop(name) for name in ("decided_on", "amount") if name in values}
    dates = dict(values.pop("dates", {}))
    if "decided_on" in decided:
        by_decision = known.decided.get(str(values.get("programme")), set())
        decided["dates"] = {name: dates.pop(name) for name in by_decision & dates.keys()}
    values["dates"] = {name: {"on": day} for name, day in dates.items()}
    for one in more.get("dates", ()):
        name = str(one.values.get("date", ""))
        values["dates"][name] = _without(one, "reference", "date")
        one.within = ("dates", name)
    decisions = _listed(more.get("decisions", ()), "decisions", "reference")
    if "decided_on" in decided and all(one.get("decided_on") != decided["decided_on"] for one in decisions):
        decisions.append(decided)
    if decisions:
        values["decisions"] = decisions
    values.setdefault("roles", {})
    return values | _done(more) | _instalments(more)


def _done(more: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Return which steps were done, and on which days."""
    done = {}
    for one in more.get("done", ()):
        step = str(one.values.get("step", ""))
        done[step] = one.values.get("done_on")
        one.within = ("done", step)
    return {"done": done} if done else {}


def _instalments(more: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Return how far a grant's money came."""
    instalments = {}
    for one in more.get("instalments", ()):
        number = one.values.get("number")
        said = _without(one, "reference", "number")
        instalments[number] = {key: value for key, value in said.items() if value is not None}
        one.within = ("instalments", str(number))
    return {"instalments": instalments} if instalments else {}


def _without(row: Row, *names: str) -> dict[str, Any]:
    """Return a row's values but those that say what it is about."""
    return {key: value for key, value in row.values.items() if key not in names}
