"""Make an import file's content of the tables in an office's file, and name every cell that is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from models.errors import Unreadable
from models.intake.file import BudgetEntry, ImportFile
from models.intake.grants import GrantEntry
from models.intake.people import MeetingEntry, OrganisationEntry, PersonEntry
from models.intake.words import WORDS
from models.reading.fields import Strict
from models.reading.number import shown
from models.sentence import Sentence
from models.vocabulary import Role
from tasks.intake.introductions import introduce
from tasks.intake.names import Known
from tasks.intake.row_values import grant_values, person_values
from tasks.intake.rows import Row, read_row
from tasks.intake.tables import Findings, Problem
from tasks.programmes.faults import sentence_of

# In the order in which they name each other.
_ORDER = (
    "organisations", "people", "absences", "meetings", "grants",
    "dates", "decisions", "done", "instalments", "budgets",
)  # fmt: skip
# Sheets that say more of what another sheet names, by the field that names it.
_ABOUT = {
    "absences": ("people", "email"),
    "dates": ("grants", "reference"),
    "decisions": ("grants", "reference"),
    "done": ("grants", "reference"),
    "instalments": ("grants", "reference"),
}
# The one field of rows that are no more than a value to what they name.
_VALUE = {"done": "done_on"}
_COORDINATOR = f"roles.{Role.COORDINATOR}"
# Rows of which two can say one thing of a day.
_DATED = ("absences", "decisions", "organisations")
_SHAPES: dict[str, type[Strict]] = {
    "organisations": OrganisationEntry,
    "people": PersonEntry,
    "meetings": MeetingEntry,
    "grants": GrantEntry,
    "budgets": BudgetEntry,
}


@dataclass(slots=True)
class Entries:
    """What the file says, the rows that say it, and all that is wrong, in the order of the sheets."""

    content: ImportFile = field(default_factory=ImportFile)
    # Of people, grants and budgets, by the kind of sheet and the address or the reference.
    rows: dict[tuple[str, str], list[Row]] = field(default_factory=lambda: defaultdict(list))
    # The rows of other sheets from which a grant's entry came, by its reference and where it holds them.
    more: dict[str, dict[tuple[str, ...], Row]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    # For a trial, as a file that was read has them.
    named: ImportFile = field(default_factory=ImportFile)
    halves: list[tuple[GrantEntry, Collection[str]]] = field(default_factory=list)


def make_entries(found: Findings, known: Known) -> Entries:
    """Return the content of the tables; an entry with a problem is left out of it, and named."""
    made = Entries(problems=list(found.problems))
    rows: dict[str, list[Row]] = defaultdict(list)
    named: dict[str, list[Any]] = {"organisations": [], "people": []}
    for kind in _ORDER:
        tables = [table for table in found.tables if table.shape.kind == kind]
        for table in tables if kind in ("organisations", "people") else ():
            named[kind] += introduce(table, known)
        for table in tables:
            rows[kind] += [read_row(table, number, known, made.problems) for number in table.rows]
    entries: dict[str, list[Any]] = {
        "organisations": _organisations(rows["organisations"], made, known),
        "meetings": [_validated("meetings", row, row.values, made) for row in rows["meetings"]],
        "budgets": [
            _validated("budgets", row, values, made) for row in rows["budgets"] for values in _lines(row)
        ],
        "people": _named(rows, "people", made, known),
        "grants": _named(rows, "grants", made, known),
    }
    for row in rows["budgets"]:
        made.rows["budgets", str(row.values.get("reference", ""))].append(row)
    content = {kind: tuple(one for one in listed if one is not None) for kind, listed in entries.items()}
    met = known.met_organisations()
    content["organisations"] = (*content["organisations"], *met)
    if met and len(known.keys) > len(met):
        found.notes.append(_first_named(met))
    found.notes += (_begun_as(text, key) for text, key in known.begun_titles().items())
    made.content = ImportFile(**content)
    known_by = {one.key for one in made.content.organisations} | {one.email for one in made.content.people}
    made.named = ImportFile(
        organisations=tuple(one for one in named["organisations"] if one.key not in known_by),
        people=tuple(one for one in named["people"] if one.email not in known_by),
    )
    return made


def _first_named(met: Sequence[OrganisationEntry]) -> Sentence:
    """Return which organisations are new by a name in a cell alone: beside others, one can be one of them, mistyped."""
    names = [shown(one.names[0].name) for one in met]
    return Sentence("new organisations, by their names in cells alone: %(names)s", names=names)


def _begun_as(text: str, key: str) -> Sentence:
    """Return which programme a cell was read as that says no more than how its title begins: another can be meant."""
    return Sentence(
        "'%(name)s' is read as the programme %(programme)s, whose title begins so",
        name=shown(text),
        programme=key,
    )


def _validated(
    kind: str, row: Row, values: Mapping[str, Any], made: Entries, lists: Sequence[Row] = ()
) -> Any:
    """Return the entry; None, and a problem for each value that does not fit, when it is not sound.

    Where cells were wrong, nothing is said of what lacks without them, or of values together.
    """
    shape, sound = _SHAPES[kind], row.sound and all(one.sound for one in lists)
    try:
        entry = shape.model_validate(values)
    except ValidationError as error:
        for fault in error.errors():
            place = tuple(fault.get("ctx", {}).get("place", fault["loc"]))
            if not sound and (fault["type"] == "missing" or ".".join(map(str, place)) not in row.places):
                continue
            said = _empty(row, fault["type"], place) or sentence_of(fault, place, shape, WORDS)
            made.problems.append((_place_of(place, str(said), row, lists), said))
        return None
    return entry if sound else None


def _empty(row: Row, fault: str, place: Sequence[str | int]) -> Sentence | None:
    """Return that the row's cell of a value that has to be there is empty, by its heading; None of any other fault."""
    headings = row.table.headings.values() if fault == "missing" else ()
    found = next((one.text for one in headings if (one.column.field,) == place), None)
    return Sentence("'%(heading)s' is missing: the cell is empty", heading=shown(found)) if found else None


def _place_of(place: Sequence[str | int], said: str, row: Row, lists: Sequence[Row]) -> str:
    """Return the cell of a fault's place, or that its sentence names; of a list's entry, of the row it came from."""
    words = [str(part) for part in place]
    for one in sorted(lists, key=lambda one: -len(one.within)):  # the innermost that holds it
        if one.within and one.within == tuple(words[: len(one.within)]):
            inside = words[len(one.within) :] or [_VALUE.get(one.table.shape.kind, "")]
            return next((one.places[word] for word in inside if word in one.places), one.cell_named(said))
    for length in range(len(words), 0, -1):
        if ".".join(words[:length]) in row.places:
            return row.places[".".join(words[:length])]
    if "no coordinator" in said and _COORDINATOR in row.places:
        return row.places[_COORDINATOR]
    # What two rows say against each other is mended in the last of them.
    for one in (row, *reversed([one for one in lists if one.table.shape.kind in _DATED])):
        if (cell := one.cell_named(said)) != one.place:
            return cell
    return row.place


def _lines(row: Row) -> list[dict[str, Any]]:
    """Return a row of a budget as lines: one for each period that has a column of its own."""
    amounts = row.values.get("amount")
    if not isinstance(amounts, dict):
        return [row.values]
    return [{**row.values, "period": period, "amount": amount} for period, amount in amounts.items()]


def _organisations(rows: Sequence[Row], made: Entries, known: Known) -> list[Any]:
    by_key: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if "key" not in row.places and "name" in row.values:
            try:
                row.values["key"] = known.organisation_listed(row.values["name"])
            except Unreadable as error:
                made.problems.append((row.places["name"], error))
                row.sound = False
        by_key[str(row.values.get("key", row.place))].append(row)
    found = []
    for listed in by_key.values():
        values: dict[str, Any] = {"names": []}
        for row in listed:
            own = dict(row.values)
            name = {"name": own.pop("name", "")}
            if "valid_from" in own:
                name["valid_from"] = own.pop("valid_from")
            row.within = ("names", str(len(values["names"])))
            values["names"].append(name)
            values |= own
        found.append(_validated("organisations", listed[0], values, made, listed))
    return found


def _named(rows: Mapping[str, list[Row]], kind: str, made: Entries, known: Known) -> list[Any]:
    """Return the entries of a kind that other sheets say more of; a row about what no sheet names is a problem."""
    about: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    key = next(field for other, field in _ABOUT.values() if other == kind)
    for other, (owner, _) in _ABOUT.items():
        if owner == kind:
            for row in rows[other]:
                about[str(row.values.get(key, "")).lower()][other].append(row)
    found, named = [], set()
    for row in rows[kind]:
        name = str(row.values.get(key, "")).lower()
        if name and name in named:
            twice = Sentence("'%(name)s' stands above already", name=shown(row.values[key]))
            made.problems.append((row.places[key], twice))
            row.sound = False
        more = {} if name in named else about.get(name, {})
        named.add(name)
        made.rows[kind, str(row.values.get(key, ""))].append(row)
        lists = [one for listed in more.values() for one in listed]
        values = person_values(row, more) if kind == "people" else grant_values(row, more, known)
        found.append(_validated(kind, row, values, made, lists))
        if kind == "grants":
            _remember(made, row, lists)
            _halve(made, row, more, known)
    for name, listed in about.items():
        if name and name not in named:
            found.append(_held(kind, listed, made, known))
    return found


def _held(kind: str, listed: Mapping[str, list[Row]], made: Entries, known: Known) -> Any:
    """Return the entry of a grant or a person that is known, of which the file's other sheets alone say more."""
    lists = [one for several in listed.values() for one in several]
    key = next(field for other, field in _ABOUT.values() if other == kind)
    held = known.held(kind, str(lists[0].values[key]))
    if held is None and str(lists[0].values[key]).lower() in known.grants:
        return None  # its own row in another file is told
    if held is None:
        for row in lists:
            name = shown(row.values[key])
            said = Sentence("'%(name)s' stands in no sheet of people", name=name)
            if kind == "grants":
                said = Sentence(
                    "'%(name)s' stands in no sheet of grants, and is no grant that is here", name=name
                )
            made.problems.append((row.places[key], said))
        return None
    made.rows[kind, held[key]].append(lists[0])
    row = Row(lists[0].table, lists[0].number, held, lists[0].places)
    if kind == "people":
        return _validated(kind, row, person_values(row, listed), made, lists)
    entry = _validated(kind, row, grant_values(row, listed, known), made, lists)
    _remember(made, row, lists)
    _halve(made, row, listed, known)
    return entry


def _remember(made: Entries, row: Row, lists: Sequence[Row]) -> None:
    """Remember the rows that say more of a grant, for what only the import itself finds wrong."""
    said = made.more[str(row.values.get("reference", ""))] = {}
    for one in lists:
        if one.within:
            said.setdefault(one.within, one)


def _halve(made: Entries, row: Row, more: Mapping[str, Sequence[Row]], known: Known) -> None:
    """Keep a sound grant of which rows of other sheets are wrong without these: what else is wrong is found by it."""
    lost = {kind for kind, listed in more.items() if not all(one.sound for one in listed)}
    if not row.sound or not lost:
        return
    sound = {kind: [one for one in listed if one.sound] for kind, listed in more.items()}
    sound = {kind: listed for kind, listed in sound.items() if listed}
    values = grant_values(row, sound, known)
    with suppress(ValidationError):  # told above
        made.halves.append((GrantEntry.model_validate(values), lost))
        _remember(made, row, [one for listed in sound.values() for one in listed])
