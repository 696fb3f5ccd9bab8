"""Say what an import did: how many rows are new or changed, what moves, and what is to see to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.rules.notices.quiet import LateStep
from tasks.commands.replan.what_if import NOTHING, Consequences, What
from tasks.words.names import word_account
from tasks.words.receipts import noted_words
from tasks.words.translator import Translator, translator

# How many grants one note names.
_FEW, _MANY = 5, 20
_ENGLISH = translator("en")


@dataclass(slots=True)
class ImportReport:
    """How many rows of each kind were new, changed or unchanged, and what that moves of grants that were here.

    `grants` are the references of those that are new or changed, by outcome; `undated` are the grants of which no
    decision gives a date that steps count from, by the date's name; `early` are, by grant, the programme's steps for
    which it says a fixed day that lies before the grant; `accounts` are, by organisation, the account that it had and
    the one that it has now; `confirmed_anew` are the grants in which a release was confirmed for another account than
    the one that holds now; `late` are, by new grant, the steps that were late already: it is quiet;
    `missing_files` are, by the path at which a file of figures is to lie and does not, the grants that name it.
    """

    new: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    grants: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    moved: Consequences = field(default_factory=Consequences)
    undated: dict[str, list[str]] = field(default_factory=dict)
    early: dict[str, list[str]] = field(default_factory=dict)
    accounts: dict[str, tuple[str, str]] = field(default_factory=dict)
    confirmed_anew: list[str] = field(default_factory=list)
    late: dict[str, tuple[LateStep, ...]] = field(default_factory=dict)
    missing_files: dict[str, list[str]] = field(default_factory=dict)

    def count(self, kind: str, outcome: str, rows: int = 1) -> None:
        """Count a row, or several; outcome is "new", "changed" or "unchanged"."""
        getattr(self, outcome)[kind] += rows

    def look_for(self, file: Path, reference: str) -> None:
        """Note a file of figures that the grant names and that is not there."""
        try:
            missing = not file.is_file()
        except OSError:  # a name that no system has
            missing = True
        if missing:
            self.missing_files.setdefault(str(file), []).append(reference)

    def grants_named(self, say: Translator) -> Iterator[str]:
        """Yield a line for the grants that are new, and one for those that are changed."""
        for outcome, word in (("new", say.gettext("new")), ("changed", say.gettext("changed"))):
            if self.grants[outcome]:
                yield f"{word}: {_few(say, self.grants[outcome], _MANY)}"

    def as_json(self) -> dict[str, Any]:
        """Return the counts by outcome and kind, and the grants that miss a date, by its name."""
        counts = {name: dict(getattr(self, name)) for name in ("new", "changed", "unchanged")}
        found = {
            "early": self.early,
            "late": {
                reference: {one.key: one.due_on.isoformat() for one in steps}
                for reference, steps in self.late.items()
            },
            "moved": self.moved.as_json() if self.moved != NOTHING else {},
            "accounts": {key: {"was": was, "now": now} for key, (was, now) in self.accounts.items()},
            "confirmed_anew": self.confirmed_anew,
            "missing_files": self.missing_files,
        }
        return {**counts, "undated": self.undated, **{name: one for name, one in found.items() if one}}

    def notes(self, say: Translator = _ENGLISH) -> Iterator[str]:
        """Yield what is to see to: dates that no decision gives, and what the file means for a grant."""
        for key, changed in self.accounts.items():
            was, now = (word_account(say, one) or say.gettext("none") for one in changed)
            yield say.gettext(
                "the account of %(organisation)s changes from %(was)s to %(now)s: make sure of it by word of mouth",
                organisation=key,
                was=was,
                now=now,
            )
        if self.confirmed_anew:
            yield say.gettext(
                "in %(grants)s the account is another than the one that was confirmed: the release is confirmed anew",
                grants=_few(say, self.confirmed_anew),
            )
        for name, references in self.undated.items():
            yield say.gettext(
                "no decision says %(date)s yet, so what counts from it is not watched in %(grants)s: give it with the"
                " decision in the file, or by 'grants decide REF --correct DAY --date %(date)s=DATE'",
                date=name,
                grants=_few(say, references),
            )
        for steps in dict.fromkeys(tuple(steps) for steps in self.early.values()):
            references = [reference for reference, early in self.early.items() if tuple(early) == steps]
            yield say.gettext(
                "in %(grants)s the programme's fixed days for %(steps)s lie before the grant: is it another year's"
                " programme? 'grants check REF' shows them, 'grants upgrade REF --programme NAME' takes another",
                grants=_few(say, references),
                steps=", ".join(steps),
            )
        for path, references in self.missing_files.items():
            yield say.gettext(
                "there is no %(path)s, so %(grants)s has no figures: put the file there",
                path=path,
                grants=_few(say, references),
            )
        if self.late:
            yield from self._late_notes(say)
        for note in self.moved.notes:
            yield f"{note.grant} {noted_words(say.language, note.step, note.why, note.programme)}"

    def _late_notes(self, say: Translator) -> Iterator[str]:
        """Yield how many steps were late at the import, which, and what to do about them."""
        count = sum(len(steps) for steps in self.late.values())
        yield say.ngettext(
            "%(count)s step is late already; nobody is told of anything in %(grants)s until you confirm it"
            " ('grants confirm-import REF --by EMAIL')",
            "%(count)s steps are late already; nobody is told of anything in %(grants)s until you confirm them"
            " ('grants confirm-import REF --by EMAIL')",
            count,
            grants=_few(say, list(self.late)),
        )
        lines = [(reference, one) for reference, steps in self.late.items() for one in steps]
        for reference, one in lines[:_MANY]:
            yield say.gettext(
                "late: %(reference)s %(step)s, %(day)s",
                reference=reference,
                step=one.key,
                day=one.due_on.isoformat(),
            )
        if lines[_MANY:]:
            yield say.gettext("and %(count)s more; --json shows all", count=len(lines) - _MANY)

    def line(self, say: Translator = _ENGLISH) -> str:
        """Return it as one line: "3 new (2 people, 1 grant), 0 changed, 4 unchanged; 2 dates move"."""
        new, changed = self.new.total(), self.changed.total()
        parts = [
            say.ngettext("%(count)s new", "%(count)s new", new) + _kinds(say, self.new),
            say.ngettext("%(count)s changed", "%(count)s changed", changed) + _kinds(say, self.changed),
            say.ngettext("%(count)s unchanged", "%(count)s unchanged", self.unchanged.total()),
        ]
        return ", ".join(parts) + self._moves(say)

    def _moves(self, say: Translator) -> str:
        """Return how many dates, sums and conditions of the grants the file moves; empty where none."""
        kinds = {"sum": "sum", "waits for": "condition"}  # of a payment; all else that counts here is a day
        changes = (one for one in self.moved.changes if one.what in (What.DATE, What.PAYMENT))
        moved = Counter(kinds.get(one.detail, "date") for one in changes)
        if not moved:
            return ""
        said = {
            "date": say.ngettext("%(count)s date", "%(count)s dates", moved["date"]),
            "sum": say.ngettext("%(count)s sum", "%(count)s sums", moved["sum"]),
            "condition": say.ngettext("%(count)s condition", "%(count)s conditions", moved["condition"]),
        }
        what = say.listed([words for kind, words in said.items() if moved[kind]])
        return "; " + say.ngettext("%(what)s moves", "%(what)s move", moved.total(), what=what)

    def __str__(self) -> str:
        """The line in English."""
        return self.line()


def _kinds(say: Translator, counts: Counter[str]) -> str:
    """Return how many of each kind there are, in brackets; empty where there are none."""
    listed = ", ".join(
        {
            "organisation": say.ngettext("%(count)s organisation", "%(count)s organisations", count),
            "person": say.ngettext("%(count)s person", "%(count)s people", count),
            "meeting": say.ngettext("%(count)s meeting", "%(count)s meetings", count),
            "grant": say.ngettext("%(count)s grant", "%(count)s grants", count),
            "decision": say.ngettext("%(count)s decision", "%(count)s decisions", count),
            "budget": say.ngettext("%(count)s line of a budget", "%(count)s lines of budgets", count),
        }[kind]
        for kind, count in counts.items()
    )
    return f" ({listed})" if listed else ""


def _few(say: Translator, references: list[str], most: int = _FEW) -> str:
    few = ", ".join(references[:most])
    if not references[most:]:
        return few
    return say.gettext("%(grants)s and %(count)s more", grants=few, count=len(references) - most)
