"""Find the field of a row that a place in the file comes from."""

from tasks.programmes.rows.row import Head, ProgrammeRows, Row, names_of
from tasks.programmes.strict_yaml import Place


def field_at(rows: ProgrammeRows, place: Place) -> tuple[str, int, str]:
    """Return the field that a place in the file comes from: its group, its row's number and its name.

    The group is "head", "dates", "duties" or "payments". What comes from no field is the title's.
    """
    part = place[0] if place else ""
    if part == "examples":
        return _in_example(rows, place[2:])
    found = _row_named(rows, {"steps": "duties"}.get(str(part), str(part)), place[1:2])
    if found is None:
        own = "name" if part == "programme" else str(part)
        return "head", 0, own if own in Head.__slots__ else "title"
    group, number = found
    key = str(place[2]) if len(place) > 2 else ""
    row: Row = getattr(rows, group)[number]
    if key == "approval" and place[3:4] == ("due",):
        key = "approval_due"
    elif key == "claim" and place[3:4] == ("late",):
        key = "lapses"
    usual = {"dates": "title", "duties": "due", "payments": "share"}[group]
    return group, number, key if key in type(row).__slots__ else usual


def _in_example(rows: ProgrammeRows, place: Place) -> tuple[str, int, str]:
    match place:
        case ("award", "dates", name, *_):
            found = _row_named(rows, "dates", (name,))
            return ("dates", found[1], "day") if found is not None else ("head", 0, "decision")
        case ("award", "share", str(name), *_):
            found = _row_named(rows, "payments", (name,))
            return (*found, "decided") if found is not None else ("head", 0, "sum")
        case ("answers", str(name), *_):
            found = _row_named(rows, "duties", (name.partition(".")[0],))
            return (*found, "spent") if found is not None else ("head", 0, "counted")
        case ("award", key, *_) if key in Head.__slots__:
            return "head", 0, str(key)
        case ("gives", str(name), *_):
            found = _row_named(rows, "duties", (name,)) or _row_named(rows, "payments", (name,))
            return (*found, "gives") if found is not None else ("head", 0, "counted")
    return "head", 0, "counted"


def _row_named(rows: ProgrammeRows, group: str, names: Place) -> tuple[str, int] | None:
    if group not in ("dates", "duties", "payments") or not names:
        return None
    known = names_of(getattr(rows, group))
    return (group, known.index(str(names[0]))) if names[0] in known else None
