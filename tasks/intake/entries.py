"""Put together what a file's sheets say of each person and grant, and name the cell of each value that does not fit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from models.errors import Unreadable
from models.intake.file import BudgetEntry, ImportFile
from models.intake.grants import GrantEntry
from models.intake.headings import SHAPES
from models.intake.people import MeetingEntry, OrganisationEntry, PersonEntry
from models.intake.words import WORDS
from models.message import Remark
from models.reading.fields import Strict
from models.reading.number import shown
from tasks.intake.cells import address_text
from tasks.intake.messages import Imported
from tasks.intake.names import Known, given_first, is_address
from tasks.intake.rows import Row, read_rows
from tasks.intake.workbook import Findings, Problem, Table
from tasks.programmes.faults import sentence_of

# The way to something in an entry, as ("done", "application").
Place = tuple[str, ...]
# Sheets that say more of what another sheet lists, by the field that names it there.
_MORE = {
    "people": ("email", ("absences",)),
    "grants": ("reference", ("dates", "decisions", "done", "instalments")),
}
_ENTRIES: dict[str, type[Strict]] = {
    "organisations": OrganisationEntry,
    "people": PersonEntry,
    "meetings": MeetingEntry,
    "grants": GrantEntry,
    "budgets": BudgetEntry,
}


@dataclass(slots=True)
class Cells:
    """Which row says what of an entry: its own row, and those of other sheets by their place in it."""

    own: Row
    others: dict[Place, Row] = field(default_factory=dict)

    def cell(self, place: Place) -> str:
        """Return the cell of a place in the entry, or the row that it is nearest to."""
        for length in range(len(place), 0, -1):
            row = self.others.get(place[:length])
            if row is not None:
                rest = place[length:]
                return row.place_of(".".join(rest), *rest, _VALUES.get(place[0], "account"))
        return self.own.place_of(*(".".join(place[:length]) for length in range(len(place), 0, -1)))


# The field of a row that is meant where none is named; a budget's row is known by its account.
_VALUES = {"done": "done_on", "decisions": "decided_on"}


@dataclass(slots=True)
class Entries:
    """What the file says, where each entry stands, and all that is wrong, in the order of the sheets."""

    content: ImportFile = field(default_factory=ImportFile)
    # By the kind of entry and its key: an address, a reference, an organisation's key.
    cells: dict[tuple[str, str], Cells] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    # The grants in which a cell is wrong, and whether all that grants name is read: the others can be tried then.
    refused: frozenset[str] = frozenset()
    complete: bool = True


def make_entries(found: Findings, known: Known) -> Entries:
    """Return the content of the tables; an entry with a problem is left out of it, and named."""
    made = Entries(problems=list(found.problems))
    rows: dict[str, list[Row]] = defaultdict(list)
    for shape in SHAPES:
        tables = [table for table in found.tables if table.shape is shape]
        for table in tables if shape.kind == "people" else ():
            _introduce(table, known)
        for table in tables:
            rows[shape.kind] += read_rows(table, known, made.problems)
        if shape.kind == "organisations":
            organisations = tuple(_organisations(rows["organisations"], made, known))
    content = {
        "organisations": organisations,
        "people": tuple(_listed(rows, "people", made, known)),
        "meetings": tuple(_made("meetings", row, row.values, made) for row in rows["meetings"]),
        "grants": tuple(_listed(rows, "grants", made, known)),
        "budgets": tuple(
            _made("budgets", row, values, made) for row in rows["budgets"] for values in _budget_lines(row)
        ),
    }
    for row in rows["budgets"]:
        cells = made.cells.setdefault(("budgets", str(row.values.get("reference"))), Cells(row))
        cells.others[(str(row.values.get("account")),)] = row
    sound = {kind: tuple(one for one in listed if one is not None) for kind, listed in content.items()}
    met = known.met_organisations()
    sound["organisations"] += met
    if met and len(known.keys) > len(met):
        found.notes.append(_first_named(met))
    found.notes += (_begun_as(text, key) for text, key in known.begun_titles().items())
    made.content = ImportFile.model_validate(sound)
    listed_grants = {key.lower() for kind, key in made.cells if kind == "grants"}
    made.refused = frozenset(listed_grants - {one.reference.lower() for one in made.content.grants})
    made.complete = not found.problems and None not in (*content["organisations"], *content["people"])
    return made


def _introduce(table: Table, known: Known) -> None:
    """Let cells name the table's people, whatever else is wrong with their rows."""
    at = {one.column.field: position for position, one in table.headings.items()}
    for row in table.rows.values():
        said = {name: address_text(row[one]) for name, one in at.items() if one < len(row)}
        if is_address(email := said.get("email", "").lower()):
            known.add_person(email, said.get("name") or f"{said.get('given_name')} {said.get('family_name')}")


def _first_named(met: Sequence[OrganisationEntry]) -> Remark:
    """Return which organisations are new by a name in a cell alone: one can be another, mistyped."""
    names = [shown(one.names[0].name) for one in met]
    return Imported.NEW_ORGANISATIONS(names=names)


def _begun_as(text: str, key: str) -> Remark:
    """Return which programme a cell was read as that says no more than how its title begins: another can be meant."""
    return Imported.PROGRAMME_BEGUN(name=shown(text), programme=key)


def _made(
    kind: str,
    row: Row,
    values: Mapping[str, object],
    made: Entries,
    others: Mapping[Place, Row] | None = None,
) -> Strict | None:
    """Return the entry; None, and a problem for each value that does not fit, when it is not sound.

    Where cells could not be read, nothing is said of what lacks without them.
    """
    cells = Cells(row, dict(others or {}))
    key = str(values.get("key") or values.get("email") or values.get("reference") or row.place)
    made.cells.setdefault((kind, key), cells)
    sound = row.sound and all(one.sound for one in cells.others.values())
    try:
        entry = _ENTRIES[kind].model_validate(values)
    except ValidationError as error:
        for fault in error.errors() if sound else ():
            cause = fault.get("ctx", {}).get("error")
            within = cause.facts.get("place") if isinstance(cause, Unreadable) else None
            place = (*fault["loc"], *(within if isinstance(within, tuple) else ()))
            said = _empty(row, fault["type"], place) or sentence_of(fault, place, _ENTRIES[kind], WORDS)
            made.problems.append((cells.cell(tuple(str(part) for part in place)), said))
        return None
    return entry if sound else None


def _empty(row: Row, fault: str, place: Sequence[str | int]) -> Remark | None:
    """Return that the row's cell of a value that has to be there is empty, by its heading; None of any other fault."""
    headings = row.table.headings.values() if fault == "missing" else ()
    found = next((one.text for one in headings if (one.column.field,) == place), None)
    return Imported.HEADING_EMPTY(heading=found) if found else None


def _budget_lines(row: Row) -> list[dict[str, object]]:
    """Return a row of a budget as lines: one for each period that has a column of its own."""
    amounts = row.values.get("amount")
    if not isinstance(amounts, dict):
        return [row.values]
    return [{**row.values, "period": period, "amount": amount} for period, amount in amounts.items()]


def _organisations(rows: Sequence[Row], made: Entries, known: Known) -> Iterator[Strict | None]:
    """Yield the organisations; each row of one gives it a name, from a day on."""
    by_key: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if "key" not in row.values and "name" in row.values:
            try:
                row.values["key"] = known.organisation_listed(row.values["name"])
            except Unreadable as error:
                made.problems.append((row.place_of("name"), error))
                row.sound = False
        by_key[str(row.values.get("key", row.place))].append(row)
    for key, listed in by_key.items():
        values: dict[str, Any] = {"names": []}
        for row in listed:
            own = dict(row.values)
            values["names"].append({name: own.pop(name) for name in ("name", "valid_from") if name in own})
            values |= own
        known.add_organisation(key, [name["name"] for name in values["names"] if "name" in name])
        yield _made(
            "organisations", listed[0], values, made, {("names", str(n)): row for n, row in enumerate(listed)}
        )


def _listed(rows: Mapping[str, list[Row]], kind: str, made: Entries, known: Known) -> Iterator[Strict | None]:
    """Yield the entries of a kind of which other sheets say more, also of those that are here already."""
    key, kinds = _MORE[kind]
    about: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for other in kinds:
        for row in rows[other]:
            about[str(row.values.get(key, "")).lower()][other].append(row)
    named = set()
    for row in rows[kind]:
        name = str(row.values.get(key, "")).lower()
        if name and name in named:
            twice = Imported.STANDS_ABOVE(name=shown(row.values[key]))
            made.problems.append((row.places[key], twice))
            row.sound = False
        named.add(name)
        yield _put_together(kind, row, about.pop(name, {}), made, known)
    for listed in about.values():
        first = next(iter(listed.values()))[0]
        if key not in first.values:
            continue  # its cell is a problem already
        held = known.held(kind, str(first.values[key]))
        if held is not None:
            yield _put_together(kind, Row(first.table, first.number, held, first.places), listed, made, known)
        elif str(first.values[key]).lower() not in known.grants:
            said = Imported.IN_NO_PEOPLE(name=shown(first.values[key]))
            if kind == "grants":
                said = Imported.IN_NO_GRANTS(name=shown(first.values[key]))
            made.problems += ((row.places[key], said) for several in listed.values() for row in several)


def _put_together(
    kind: str, row: Row, more: Mapping[str, Sequence[Row]], made: Entries, known: Known
) -> Strict | None:
    others: dict[Place, Row] = {}
    values = _person(row, more, others) if kind == "people" else _grant(row, more, others, known)
    return _made(kind, row, values, made, others)


def _person(row: Row, more: Mapping[str, Sequence[Row]], others: dict[Place, Row]) -> dict[str, object]:
    """Return a person's values: the name may be in two columns, and another sheet can say when they are away."""
    values = dict(row.values)
    given, family = (values.pop(name, None) for name in ("given_name", "family_name"))
    if given or family:
        values["name"] = " ".join(part for part in (given, family) if part)
    if "name" in values:
        values["name"] = given_first(values["name"])
    # "no" says nothing of a bounce: only that letters reach the address again can be said.
    if values.get("bounced") is True:
        del values["bounced"]
    if "absences" in more:
        values["absences"] = _entries_of(more["absences"], "absences", "email", others)
    return values


def _grant(
    row: Row, more: Mapping[str, Sequence[Row]], others: dict[Place, Row], known: Known
) -> dict[str, object]:
    """Return a grant's values: a row of a list of grants can hold its decision, other sheets say the rest."""
    values = dict(row.values)
    decided: dict[str, object] = {
        name: values.pop(name) for name in ("decided_on", "amount") if name in values
    }
    dates = dict(values.pop("dates", {}))
    if "decided_on" in decided:
        by_decision = known.decided.get(str(values.get("programme")), set())
        decided["dates"] = {name: dates.pop(name) for name in by_decision & dates.keys()}
    values["dates"] = {name: {"on": day} for name, day in dates.items()}
    for kind, name in (("dates", "date"), ("done", "step"), ("instalments", "number")):
        if kind in more:
            values[kind] = values.get(kind, {}) | _mapping_of(more[kind], kind, name, others)
    decisions = _entries_of(more.get("decisions", ()), "decisions", "reference", others)
    if "decided_on" in decided and all(one.get("decided_on") != decided["decided_on"] for one in decisions):
        others["decisions", str(len(decisions))] = row
        decisions.append(decided)
    if decisions:
        values["decisions"] = decisions
    values.setdefault("roles", {})
    return values


def _entries_of(
    rows: Sequence[Row], kind: str, key: str, others: dict[Place, Row]
) -> list[dict[str, object]]:
    others.update({(kind, str(number)): row for number, row in enumerate(rows)})
    return [{name: value for name, value in row.values.items() if name != key} for row in rows]


def _mapping_of(rows: Sequence[Row], kind: str, name: str, others: dict[Place, Row]) -> dict[object, object]:
    """Return rows by what they name: a step's day, a date's facts, what was claimed and paid of an instalment."""
    found: dict[object, object] = {}
    for row in rows:
        named = row.values.get(name)
        own = {key: value for key, value in row.values.items() if key not in ("reference", name)}
        found[named] = own.get("done_on") if kind == "done" else own
        others[kind, str(named)] = row
    return found
