"""Combine an import file's sheets into one document, with the cell of every value."""

from dataclasses import dataclass, field

from pydantic import ValidationError

from models.errors import ImportInvalid, Unreadable
from models.intake.file import (
    BudgetEntry,
    GrantEntry,
    ImportFile,
    MeetingEntry,
    OrganisationEntry,
    PersonEntry,
)
from models.intake.headings import SHAPES, WORDS
from models.message import Common, Remark
from models.reading.fields import Strict
from models.reading.number import shown
from tasks.intake.answers import NOTHING_SAID, FileAnswers, FileQuestion
from tasks.intake.cell_names import CellNames, given_first
from tasks.intake.cells import Correction, EntryDraft, introduce, read_rows
from tasks.intake.import_faults import Imported
from tasks.intake.workbook import CellPlace, Findings, Problem
from tasks.programmes.faults import sentence_of

_ENTRIES: dict[str, type[Strict]] = {
    "organisations": OrganisationEntry,
    "people": PersonEntry,
    "meetings": MeetingEntry,
    "grants": GrantEntry,
    "budgets": BudgetEntry,
}
# The field that identifies a row: a row that is there twice is reported, and other sheets say more about it.
_KEYS = {"people": "email", "grants": "reference"}


@dataclass(frozen=True, slots=True)
class _Part:
    """How a row of a sheet is part of another kind of entry; `named` is its field that tells several apart.

    `cell` is the field whose cell is named in a fault of the whole row.
    """

    kind: str
    named: str = ""
    cell: str = ""


_PARTS = {
    "absences": _Part("people"),
    "dates": _Part("grants", named="date"),
    "decisions": _Part("grants", cell="decided_on"),
    "done": _Part("grants", named="step", cell="done_on"),
    "instalments": _Part("grants", named="number"),
}


@dataclass(slots=True)
class ReadFile:
    """What an import file contains, what is not read, its faults by place, and the cell of each value.

    Entries with a problem are left out of the content. `drafts` are by the kind of an entry and its
    key: an address, a reference, an organisation's key.
    """

    content: ImportFile = field(default_factory=ImportFile)
    notes: list[Remark] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    drafts: dict[tuple[str, str], EntryDraft] = field(default_factory=dict)
    questions: list[FileQuestion] = field(default_factory=list)  # asked once for many rows
    corrections: list[Correction] = field(default_factory=list)  # of cells that most likely mean something
    # The references, in lower case, of grants with a wrong cell, and whether the rest can be tried.
    refused: frozenset[str] = frozenset()
    complete: bool = True

    def cell(self, way: tuple[str, ...]) -> CellPlace:
        """Return the cell of a place, as ("grants", "REF-1", "done", "close"); one without a name if none."""
        draft = self.drafts.get((way[0], way[1].lower())) if len(way) > 1 else None
        return draft.cell(*way[2:]) if draft else CellPlace()

    def sound(self) -> ImportFile:
        """Return the content; ImportInvalid names the first problem."""
        if self.problems:
            place, why = self.problems[0]
            raise ImportInvalid(Common.AT(place=place.name, why=why))
        return self.content


def make_document(found: Findings, cell_names: CellNames, answers: FileAnswers = NOTHING_SAID) -> ReadFile:
    """Return the content of the tables; an entry with a problem is left out of it, and named.

    The likely meaning of a cell is taken if a person accepts it, and is otherwise a problem.
    """
    made = ReadFile(notes=found.notes, problems=list(found.problems))
    lines = _read_drafts(found, made, cell_names)
    if answers.accept_corrections:
        made.notes += [correction.note for correction in made.corrections]
    else:
        made.problems += [correction.problem for correction in made.corrections]
    if turned := cell_names.turned_names():
        made.notes.append(Imported.NAMES_TURNED(names=turned))
    new = [
        draft
        for (kind, key), draft in made.drafts.items()
        if kind == "grants" and key not in cell_names.grants
    ]
    made.questions = answers.fill_in(new, cell_names, {place for place, _ in made.problems})
    made.problems += [question.problem for question in made.questions]
    entries: dict[str, list[Strict | None]] = {kind: [] for kind in _ENTRIES}
    for (kind, _), draft in made.drafts.items():
        if kind == "grants":
            _decide(draft, made, cell_names)
        if kind != "budgets":
            entries[kind].append(_entry(kind, draft, made.problems))
    entries["budgets"] = [_entry("budgets", line, made.problems) for line in lines]
    sound = {kind: [entry for entry in listed if entry is not None] for kind, listed in entries.items()}
    if met := cell_names.met_organisations():
        sound["organisations"] += met
        if not made.problems:
            made.notes.append(
                Imported.NEW_ORGANISATIONS(names=[shown(organisation.names[0].name) for organisation in met])
            )
    made.content = ImportFile.model_validate(sound)
    taken = {grant.reference.lower() for grant in made.content.grants}
    made.refused = frozenset({key for kind, key in made.drafts if kind == "grants"} - taken)
    made.complete &= not found.problems and None not in (*entries["organisations"], *entries["people"])
    return made


def _read_drafts(found: Findings, made: ReadFile, cell_names: CellNames) -> list[EntryDraft]:
    """Put the tables' rows into drafts of entries, one kind at a time; return the lines of budgets."""
    lines: list[EntryDraft] = []
    for shape in SHAPES:
        tables = [table for table in found.tables if table.shape is shape]
        for table in tables if shape.kind == "people" else ():
            introduce(table, cell_names)
        for table in tables:
            for row in read_rows(table, cell_names, made.problems, made.corrections):
                if shape.kind == "budgets":
                    lines += _budget_lines(row, made)
                else:
                    _put(shape.kind, row, made, cell_names)
    return lines


def _put(kind: str, row: EntryDraft, made: ReadFile, cell_names: CellNames) -> None:
    """Put a row into its entry: its own, or one that it adds to, which may come from another file."""
    if kind == "organisations":
        _put_organisation(row, made, cell_names)
        return
    part = _PARTS.get(kind)
    named = _KEYS.get(part.kind if part else kind, "")
    key = str(row.values.get(named, "")).lower()
    if part and key:
        draft = EntryDraft({named: row.values.pop(named)}, {(): row.cell(named)})
        _add_part(kind, part, row, made.drafts.setdefault((part.kind, key), draft))
    elif key and (kind, key) in made.drafts:
        twice = Imported.STANDS_ABOVE(name=shown(row.values[named]))
        made.problems.append((row.cell(named), twice))
        made.drafts[kind, key].sound = False
    elif not part:
        made.drafts[kind, key or row.cell().name] = _person(row, cell_names) if kind == "people" else row


def _add_part(kind: str, part: _Part, row: EntryDraft, draft: EntryDraft) -> None:
    """Put a row into an entry that it adds to: into a list, or under its name."""
    values = {name: value for name, value in row.values.items() if name not in (part.named, *_KEYS.values())}
    if not part.named:
        listed = draft.values.setdefault(kind, [])
        listed.append(values)
        draft.take(row, kind, len(listed) - 1, cell=part.cell)
        return
    name = row.values.get(part.named)
    draft.values.setdefault(kind, {})[name] = values.get("done_on") if kind == "done" else values
    draft.take(row, kind, name, cell=part.cell)


def _person(row: EntryDraft, cell_names: CellNames) -> EntryDraft:
    """Return the row with the person's name, given name first; it may be in two columns."""
    given, family = (row.values.pop(name, None) for name in ("given_name", "family_name"))
    name = row.values.get("name") or " ".join(part for part in (given, family) if part)
    if name:
        row.values["name"] = cell_names.greeted(given_first(name), str(row.values.get("email", "")))
    return row


def _put_organisation(row: EntryDraft, made: ReadFile, cell_names: CellNames) -> None:
    """Put a row of organisations into its entry: each row gives it a name, from a day on."""
    own = dict(row.values)
    name = {name: own.pop(name) for name in ("name", "valid_from") if name in own}
    if "key" not in own and "name" in name:
        try:
            own["key"] = cell_names.organisation_listed(name["name"])
        except Unreadable as error:
            made.problems.append((row.cell("name"), error))
            row.sound = False
    key = str(own.get("key", row.cell().name))
    draft = made.drafts.setdefault(("organisations", key), EntryDraft({"names": []}, dict(row.cells)))
    draft.values["names"].append(name)
    draft.values |= own
    draft.take(row, "names", len(draft.values["names"]) - 1)
    cell_names.add_organisation(key, [name["name"]] if "name" in name else [])


def _decide(draft: EntryDraft, made: ReadFile, cell_names: CellNames) -> None:
    """Turn the decision in a row of a list of grants into one of the grant's decisions, with its dates."""
    values = draft.values
    decided = {name: values.pop(name) for name in ("decided_on", "amount") if name in values}
    dates = values.pop("dates", {})
    day = decided.get("decided_on")
    if day is not None:
        decisions = values.setdefault("decisions", [])
        at = next(
            (at for at, decision in enumerate(decisions) if decision.get("decided_on") == day), len(decisions)
        )
        if at == len(decisions):
            decisions.append(decided)
            draft.cells["decisions", str(at)] = draft.cell("decided_on")
        by_decision = cell_names.decided.get(str(values.get("programme")), set()) & dates.keys()
        given = {name: dates.pop(name) for name in by_decision if not isinstance(dates[name], dict)}
        decisions[at]["dates"] = given | decisions[at].get("dates", {})
    elif decided and draft.sound:
        made.problems.append((draft.cell("amount"), Imported.AWARD_WITHOUT_DAY()))
        draft.sound = False
    values["dates"] = {name: day if isinstance(day, dict) else {"on": day} for name, day in dates.items()}


def _budget_lines(row: EntryDraft, made: ReadFile) -> list[EntryDraft]:
    """Return a row of a budget as lines: one for each period that has a column of its own."""
    grant = made.drafts.setdefault(
        ("budgets", str(row.values.get("reference")).lower()), EntryDraft(cells={(): row.cell()})
    )
    grant.take(row, row.values.get("account"), cell="account")
    amounts = row.values.get("amount")
    if not isinstance(amounts, dict):
        return [row]
    return [
        EntryDraft(
            {**row.values, "period": period, "amount": amount},
            row.cells | {("amount",): row.cell("amount", period)},
            row.sound,
        )
        for period, amount in amounts.items()
    ]


def _entry(kind: str, draft: EntryDraft, problems: list[Problem]) -> Strict | None:
    """Return the entry; None, and a problem for each value that does not fit, if it is not sound.

    If cells could not be read, what is missing without them is not reported.
    """
    try:
        entry = _ENTRIES[kind].model_validate(draft.values)
    except ValidationError as error:
        for fault in error.errors() if draft.sound else ():
            cause = fault.get("ctx", {}).get("error")
            within = cause.facts.get("place") if isinstance(cause, Unreadable) else None
            place = (*fault["loc"], *(within if isinstance(within, tuple) else ()))
            problems.append((draft.cell(*place), sentence_of(fault, place, _ENTRIES[kind], WORDS)))
        return None
    return entry if draft.sound else None
