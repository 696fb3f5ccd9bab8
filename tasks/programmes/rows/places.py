"""Find the field of a row that a place in the file comes from."""

from collections.abc import Mapping

from tasks.programmes.rows.row import Head, ProgrammeRows, Row
from tasks.programmes.strict_yaml import Place


def field_at(rows: ProgrammeRows, place: Place) -> tuple[str, int, str]:
    """Return the field that a place in the file comes from: its group, its row's number and its name.

    The group is "head", or one of `ProgrammeRows`. A place from no field gets the title's.
    """
    part = place[0] if place else ""
    if part == "examples":
        return _in_example(rows, place[2:])
    row_place = row_named(rows, str(part), place[1] if len(place) > 1 else None)
    if row_place is None:
        own = "name" if part == "programme" and rows.head.title else str(part)
        return "head", 0, own if own in Head.__slots__ else "title"
    group, number = row_place
    key = str(place[2]) if len(place) > 2 else ""
    row: Row = getattr(rows, group)[number]
    if key == "approval" and place[3:4] == ("due",):
        key = "approval_due"
    elif key == "claim" and place[3:4] == ("late",):
        key = "lapses"
    usual = {"dates": "title", "payments": "share"}.get(group, "due")
    if not (row.title or row.name):
        usual = "title"
    return group, number, key if key in type(row).__slots__ else usual


def _in_example(rows: ProgrammeRows, place: Place) -> tuple[str, int, str]:
    match place:
        case ("award", "dates", name, *_):
            row_place = row_named(rows, "dates", name)
            return ("dates", row_place[1], "day") if row_place is not None else ("head", 0, "decision")
        case ("award", "share", str(name), *_):
            row_place = row_named(rows, "payments", name)
            return (*row_place, "decided") if row_place is not None else ("head", 0, "sum")
        case ("answers", str(name), *_):
            row_place = row_named(rows, "steps", name.partition(".")[0])
            return (*row_place, "spent") if row_place is not None else ("head", 0, "counted")
        case ("award", key, *_) if key in Head.__slots__:
            return "head", 0, str(key)
        case ("gives", str(name), *_):
            row_place = row_named(rows, "steps", name) or row_named(rows, "payments", name)
            return (*row_place, "gives") if row_place is not None else ("head", 0, "counted")
    return "head", 0, "counted"


def row_named(rows: ProgrammeRows, part: str, name: object) -> tuple[str, int] | None:
    """Return the group and number of the row with that name in a part of the file ("steps", ...), if any."""
    groups: dict[str, Mapping[str, Row]] = {
        "dates": rows.named_dates,
        "steps": rows.steps,
        "payments": rows.named_payments,
    }
    names = groups.get(part, {})
    if name not in names:
        return None
    number = list(names).index(str(name))
    if part != "steps":
        return part, number
    later = number - len(rows.duties)
    return ("duties", number) if later < 0 else ("repayments", later)
