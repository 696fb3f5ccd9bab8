"""Put together what a file's sheets say of a person or a grant; each row learns where in that it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.office.known_names import Known
from tasks.office.office_rows import Row

# What a figure is known by.
_FIGURE = ("step", "question", "source")


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
    return values | _steps(more) | _figures(more) | _instalments(more)


def _steps(more: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Return what the sheets about a grant's steps say of it."""
    values: dict[str, Any] = defaultdict(dict)
    for one in more.get("done", ()):
        step = str(one.values.get("step", ""))
        values["done"][step] = one.values.get("done_on")
        one.within = ("done", step)
    for one in more.get("answers", ()):
        turn, step = one.values.get("turn"), str(one.values.get("step", ""))
        question = str(one.values.get("question", ""))
        answers = values["answers" if turn is None else "earlier"].setdefault(step, {})
        if turn is not None:
            answers = answers.setdefault(turn, {})
        answers[question] = one.values.get("answer")
        one.within = ("answers", step, question) if turn is None else ("earlier", step, str(turn), question)
    for kind in ("said", "told"):
        if kind in more:
            values[kind] = _listed(more[kind], kind, "reference")
    for kind in ("steps", "extensions", "readings"):
        for one in more.get(kind, ()):
            step = str(one.values.get("step", ""))
            values[kind][step] = _without(one, "reference", "step")
            one.within = (kind, step)
    return values


def _figures(more: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Return the figures that were gathered, each with its parts by account, which another sheet has."""
    figures = _listed(more.get("figures", ()), "figures", "reference")
    named = [tuple(one.get(name) for name in _FIGURE) for one in figures]
    for one in more.get("figure_accounts", ()):
        figure = tuple(one.values.get(name) for name in _FIGURE)
        if figure not in named:
            named.append(figure)
            figures.append(dict(zip(_FIGURE, figure, strict=True)))
        at, account = named.index(figure), str(one.values.get("account", ""))
        figures[at].setdefault("accounts", {})[account] = one.values.get("part")
        one.within = ("figures", str(at), "accounts", account)
    return {"figures": figures} if figures else {}


def _instalments(more: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Return how far the sheets about a grant's instalments say that its money came."""
    instalments: dict[Any, dict[str, Any]] = defaultdict(dict)
    for one in more.get("instalments", ()):
        number = one.values.get("number")
        said = _without(one, "reference", "number")
        instalments[number] = {key: value for key, value in said.items() if value is not None}
        one.within = ("instalments", str(number))
    for one in more.get("part_payments", ()):
        number = one.values.get("number")
        before = instalments[number].setdefault("paid_before", [])
        before.append(_without(one, "reference", "number"))
        one.within = ("instalments", str(number), "paid_before", str(len(before) - 1))
    return {"instalments": dict(instalments)} if instalments else {}


def _without(row: Row, *names: str) -> dict[str, Any]:
    """Return a row's values but those that say what it is about."""
    return {key: value for key, value in row.values.items() if key not in names}
