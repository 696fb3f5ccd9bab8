"""What a command moves, as a page shows it: the dates, sums and letters of grants, and who is told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date

from sqlalchemy import Connection, select

from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Person
from tasks.commands.decisions import Decided
from tasks.commands.people import PassedOn
from tasks.commands.replan.what_if import NOTHING, Change, Consequences, Noted, What
from tasks.commands.steps import Answered
from tasks.intake.report import ImportReport
from tasks.overview.titles import step_titles
from tasks.store.programmes import load_programme
from tasks.words.receipts import ReceiptWords
from tasks.words.translator import Translator, capitalised

_PERSON, _GRANT = table_of(Person), table_of(Grant)
# A page shows so many grants, and says how many more there are.
_MOST_GRANTS = 25
Titles = Mapping[tuple[str, str], str]


def moves_of(result: object) -> Consequences:
    """Return what moves by what a command came to."""
    if isinstance(result, Decided | Answered | ImportReport):
        return result.moved
    return result if isinstance(result, Consequences) else NOTHING


def facts_of(result: object) -> dict[str, object]:
    """Return what a command came to as plain JSON values."""
    passed = asdict(result) if isinstance(result, PassedOn) else None
    report = result.as_json() if isinstance(result, ImportReport) else None
    return {**moves_of(result).as_json(), "passed": passed, "report": report}


def worded(
    connection: Connection, say: Translator, today: date, result: object, titles: Titles
) -> dict[str, object]:
    """Return what a command came to as a page shows it; `titles` name steps that are not there yet.

    Of so many grants what moves, how many `more` there are, and the names of those who are told.
    """
    found = moves_of(result)
    references = list(
        dict.fromkeys([one.grant for one in found.changes] + [one.grant for one in found.notes])
    )
    shown = references[:_MOST_GRANTS]
    titles = {**titles, **step_titles(connection, shown, say)}
    named = select(_GRANT.c.reference, _GRANT.c.title).where(_GRANT.c.reference.in_(shown))
    names = {row.reference: row.title for row in connection.execute(named)}
    grants = []
    for reference in shown:
        changes = [one for one in found.changes if one.grant == reference]
        lines = [_line(say, one, titles) for one in changes if one.what is not What.LETTER]
        notes = [_noted(say, today, one, titles) for one in found.notes if one.grant == reference]
        about = {"reference": reference, "title": names.get(reference, "")}
        grants.append({**about, "lines": lines, "letters": len(changes) - len(lines), "notes": notes})
    told = select(_PERSON.c.name).where(_PERSON.c.email.in_({one.email for one in found.told}))
    return {
        "grants": grants,
        "more": len(references) - len(shown),
        "told": connection.execute(told.order_by(_PERSON.c.name)).scalars().all(),
        "passed": result if isinstance(result, PassedOn) else None,
        "said": _reported(say, result) if isinstance(result, ImportReport) else (),
        "missing": _missing(connection, say, result, shown) if isinstance(result, Decided) else (),
    }


def _reported(say: Translator, report: ImportReport) -> tuple[str, ...]:
    """Return what an import brings, which grants, and what is to see to."""
    notes = list(report.notes(say))  # the last of them are those of what moves, which stand with it
    return report.line(say), *report.grants_named(say), *notes[: len(notes) - len(report.moved.notes)]


def _missing(connection: Connection, say: Translator, result: Decided, shown: list[str]) -> tuple[str, ...]:
    """Return the dates that no decision says, as people call them."""
    of_grant = select(_GRANT.c.programme_id).where(_GRANT.c.reference.in_(shown))
    programme_id = connection.execute(of_grant).scalar()
    if programme_id is None:
        return ()
    dates = load_programme(connection, programme_id).dates
    return tuple(dates[name].title.in_language(say.language) for name in result.missing)


def _line(say: Translator, one: Change, titles: Titles) -> dict[str, object]:
    before, after = (_value(say, one, text, titles) for text in (one.before, one.after))
    title = capitalised(titles.get((one.grant, one.name), one.name))
    return {"what": one.what, "title": title, "detail": one.detail, "before": before, "after": after}


def _value(say: Translator, one: Change, text: str | None, titles: Titles) -> date | str | None:
    """Return how something was or will be: a day, a sum, or the steps that are waited for."""
    if text is None or one.what is What.STEP:
        return text
    if one.detail == "sum":
        minor, currency = text.split(" ")
        return say.money(int(minor), currency)
    if one.detail == "waits for":
        return say.listed([titles.get((one.grant, key), key) for key in text.split(", ") if key])
    return date.fromisoformat(text)


def _noted(say: Translator, today: date, one: Noted, titles: Titles) -> str:
    said = ReceiptWords(say.language, one.programme, today).note(one.why)
    return f"{capitalised(titles.get((one.grant, one.step), one.step))}: {said}"
