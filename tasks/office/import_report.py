"""Say what an import did: how many rows are new or changed, what moves, and what is to see to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tasks.grants.planning.what_if import NOTHING, Consequences, What
from tasks.wording.account_words import word_account
from tasks.wording.words import speaker

# How many grants one note names.
_FEW, _MANY = 5, 20


@dataclass(slots=True)
class ImportReport:
    """How many rows of each kind were new, changed or unchanged, and what that moves of grants that were here.

    `grants` are the references of those that are new or changed, by outcome; `undated` are the grants of which no
    decision gives a date that steps count from, by the date's name; `early` are, by grant, the programme's steps for
    which it says a fixed day that lies before the grant; `other_programme` are the grants whose programme was another
    where the file comes from; `accounts` are, by organisation, the account that it had and the one that it has now.
    """

    new: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    grants: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    moved: Consequences = field(default_factory=Consequences)
    undated: dict[str, list[str]] = field(default_factory=dict)
    early: dict[str, list[str]] = field(default_factory=dict)
    other_programme: list[str] = field(default_factory=list)
    accounts: dict[str, tuple[str, str]] = field(default_factory=dict)

    def count(self, kind: str, outcome: str, rows: int = 1) -> None:
        """Count a row, or several; outcome is "new", "changed" or "unchanged"."""
        getattr(self, outcome)[kind] += rows

    def grants_named(self) -> Iterator[str]:
        """Yield a line for the grants that are new, and one for those that are changed."""
        for outcome in ("new", "changed"):
            if self.grants[outcome]:
                yield f"{outcome}: {_few(self.grants[outcome], _MANY)}"

    def as_json(self) -> dict[str, Any]:
        """Return the counts by outcome and kind, and the grants that miss a date, by its name."""
        counts = {name: dict(getattr(self, name)) for name in ("new", "changed", "unchanged")}
        moved = {"moved": self.moved.as_json()} if self.moved != NOTHING else {}
        early = {"early": self.early} if self.early else {}
        other = {"other_programme": self.other_programme} if self.other_programme else {}
        accounts = {"accounts": {key: {"was": was, "now": now} for key, (was, now) in self.accounts.items()}}
        return {
            **counts,
            "undated": self.undated,
            **early,
            **other,
            **moved,
            **(accounts if self.accounts else {}),
        }

    def notes(self) -> Iterator[str]:
        """Yield what is to see to: dates that no decision gives, and what the file means for a grant."""
        for key, changed in self.accounts.items():
            was, now = (word_account(speaker("en"), one) or "none" for one in changed)
            yield f"the account of {key} changes from {was} to {now}: make sure of it by word of mouth"
        for name, references in self.undated.items():
            yield (
                f"no decision says {name} yet, so what counts from it is not watched in {_few(references)}: give it"
                f" with the decision in the file, or by 'grants decide REF --correct DAY --date {name}=DATE'"
            )
        for steps in dict.fromkeys(tuple(steps) for steps in self.early.values()):
            references = [reference for reference, early in self.early.items() if tuple(early) == steps]
            yield (
                f"in {_few(references)} the programme's fixed days for {', '.join(steps)} lie before the grant: is it"
                " another year's programme? 'grants check REF' shows them, 'grants upgrade REF --programme NAME' takes"
                " another"
            )
        if self.other_programme:
            yield (
                f"the programme was another where the file comes from, in {_few(self.other_programme)}: opened under"
                " the programme as it is here, so days, steps and letters can differ: 'grants plan REF' shows them"
            )
        yield from (f"{note.grant} {note.step}: {note.en}" for note in self.moved.notes)

    def _moves(self) -> str:
        """Return how many dates, sums and conditions of the grants the file moves; empty where none."""
        kinds = {"sum": "sum", "waits for": "condition"}  # of a payment; all else that counts here is a day
        changes = (one for one in self.moved.changes if one.what in (What.DATE, What.PAYMENT))
        moved = Counter(kinds.get(one.detail, "date") for one in changes)
        said = [
            f"{moved[kind]} {kind if moved[kind] == 1 else f'{kind}s'}"
            for kind in ("date", "sum", "condition")
            if moved[kind]
        ]
        if not said:
            return ""
        return f"; {speaker('en').listed(said)} {'moves' if moved.total() == 1 else 'move'}"

    def __str__(self) -> str:
        """One line: "3 new (2 people, 1 grant), 0 changed, 4 unchanged"."""
        words = {
            "organisation": "organisations",
            "person": "people",
            "meeting": "meetings",
            "grant": "grants",
            "budget": "lines of budgets",
        }
        one = {"budget": "line of a budget"}
        parts = []
        for name in ("new", "changed", "unchanged"):
            counts: Counter[str] = getattr(self, name)
            listed = ", ".join(
                f"{n} {one.get(kind, kind) if n == 1 else words[kind]}" for kind, n in counts.items()
            )
            parts.append(
                f"{counts.total()} {name}" + (f" ({listed})" if listed and name != "unchanged" else "")
            )
        return ", ".join(parts) + self._moves()


def _few(references: list[str], most: int = _FEW) -> str:
    few = ", ".join(references[:most])
    return f"{few} and {len(references) - most} more" if references[most:] else few
