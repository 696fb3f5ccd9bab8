"""Show what a command would change, and who would be told: for check pages."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import date

from sqlalchemy import Connection, select

from models.facts.letter import has_passed
from models.message import Remark
from models.tables.columns import table_of
from models.tables.grant import Grant
from tasks.commands.people import PassedOn
from tasks.commands.replan.preview import Change, Consequences, ItemMoved, What
from tasks.intake.report import ImportReport
from tasks.ledger.upload import LedgerReport
from tasks.overview.titles import step_titles
from tasks.perform import Outcome
from tasks.step_facts.meanwhile import Meanwhile
from tasks.words.reasons import word_fault
from tasks.words.recipients import word_told
from tasks.words.translator import Translator, capitalised

_GRANT = table_of(Grant)
# A page shows so many grants, and says how many more there are.
_MOST_GRANTS = 25
Titles = Mapping[tuple[str, str], str]


def facts_of(found: Outcome) -> dict[str, object]:
    """Return what a command came to, and who is told, as plain JSON values."""
    result = found.result
    passed = asdict(result) if isinstance(result, PassedOn) else None
    meanwhile = asdict(result) if isinstance(result, Meanwhile) else None
    report = result.as_json() if isinstance(result, ImportReport | LedgerReport) else None
    told, told_next = (
        [[one.email, one.step, one.kind, one.on and one.on.isoformat()] for one in people]
        for people in (found.told, found.told_next)
    )
    opened = [[one.step, one.holder, one.due_on and one.due_on.isoformat()] for one in found.opened]
    results = {"passed": passed, "meanwhile": meanwhile, "report": report}
    return {**found.moved.as_json(), "told": told, "told_next": told_next, "opened": opened, **results}


def worded(
    connection: Connection, say: Translator, outcome: Outcome, titles: Titles, today: date
) -> dict[str, object]:
    """Return what a command came to as a page shows it; `titles` name steps that are not there yet.

    Of so many grants what moves, how many `more` there are, whether it `only_begins` steps, which steps open and whose
    they are, in a sentence a day who is told, who gets an absent person's letters, and the paper that it stands on.
    """
    found = outcome.moved
    result = outcome.result
    moving = [*(one.grant for one in found.changes), *(one.grant for one in found.items)]
    references = list(dict.fromkeys(moving))
    shown = references[:_MOST_GRANTS]
    titles = {**titles, **step_titles(connection, shown, say)}
    named = select(_GRANT.c.reference, _GRANT.c.title).where(_GRANT.c.reference.in_(shown))
    names = {row.reference: row.title for row in connection.execute(named)}
    begun = {(one.grant, one.step) for one in outcome.opened}
    grants = [
        {"reference": one, "title": names.get(one, ""), **_moves_of(say, one, found, titles, today)}
        for one in shown
    ]
    passed = [result] if isinstance(result, PassedOn) else []
    return {
        "grants": grants,
        "more": len(references) - len(shown),
        "only_begins": bool(begun) and all(_begins(one, begun) for one in found.changes),
        "titles": titles,
        "opened": [
            {
                "title": titles.get((one.grant, one.step), one.step),
                "holder": one.holder,
                "due_on": one.due_on,
                "with_funder": one.with_funder,
            }
            for one in outcome.opened
        ],
        "told": word_told(
            say,
            outcome.told,
            today,
            on_page=True,
            confirmed=outcome.confirmed,
            later=outcome.told_next,
        ),
        "passed": result.passed if isinstance(result, ImportReport) else passed,
        "meanwhile": result if isinstance(result, Meanwhile) else None,
        "said": _reported(say, result) if isinstance(result, ImportReport | LedgerReport) else (),
        "unsaid": [title.in_language(say.language) for _, title in found.unsaid],
        "unstated": found.unstated,
        "paper": outcome.paper,
    }


def by_titles(said: Remark, reference: str, titles: Titles) -> Remark:
    """Return what is said of a grant's steps with their titles: their keys are for the command line."""

    def titled(fact: object) -> object:
        if isinstance(fact, Remark):
            return by_titles(fact, reference, titles)
        if isinstance(fact, list):
            return [titled(one) for one in fact]
        if isinstance(fact, tuple):
            return tuple(titled(one) for one in fact)
        return titles.get((reference, fact), fact) if isinstance(fact, str) else fact

    return Remark(said.message, {name: titled(fact) for name, fact in said.facts.items()})


def _reported(say: Translator, report: ImportReport | LedgerReport) -> tuple[str, ...]:
    """Return what an import does not read, what it brings, which grants, and what is to see to; or a ledger's lines."""
    if isinstance(report, LedgerReport):
        return tuple(word_fault(say, line) for line in report.lines())
    return *report.of_file_lines(say), report.line(say), *report.named(say), *report.notes(say, on_page=True)


def _begins(one: Change, begun: Collection[tuple[str, str]]) -> bool:
    """Return whether a change only gives a step that begins its first day, or sets reminders."""
    if one.what is What.LETTER:
        return True
    return one.before is None and one.what is not What.STEP and (one.grant, one.name) in begun


def _line(
    say: Translator, one: Change, titles: Titles, items: Mapping[str, ItemMoved], today: date
) -> dict[str, object]:
    """Return a line of what moves: an item that no known meeting takes has no day, though it is needed on one."""
    before, after = (_value(say, one, text, titles) for text in (one.before, one.after))
    title = capitalised(titles.get((one.grant, one.name), one.name))
    item = items.get(one.name) if one.what is What.DATE else None
    return {
        "what": one.what,
        "title": title,
        "detail": one.detail,
        "before": before,
        "after": after,
        "has_no_meeting": item is not None and item.held_on is None,
        "is_late_at_once": _is_late_at_once(one, before, after, today),
    }


def _is_late_at_once(one: Change, before: object, after: object, today: date) -> bool:
    """Return whether a step that was not late gets a last day that is gone."""
    if not _is_last_day(one) or not isinstance(after, date) or not has_passed(after, today):
        return False
    return not isinstance(before, date) or not has_passed(before, today)


def _is_last_day(one: Change) -> bool:
    return one.what is What.DATE or (one.what is What.PAYMENT and one.detail == "by")


def _moves_of(
    say: Translator, reference: str, found: Consequences, titles: Titles, today: date
) -> dict[str, object]:
    """Return what moves of a grant, line by line, which of it is late at once, its items, and how many letters."""
    changes = [one for one in found.changes if one.grant == reference]
    items = {one.step: one for one in found.items if one.grant == reference}
    # A part's number is no step's key.
    whole = {one.name: one for one in changes if one.what is What.STEP}
    lines = [
        _line(say, one, titles, items, today)
        for one in changes
        if one.what is not What.LETTER and one.name not in whole
    ]
    lines = [_line_of_step(say, one, changes, titles, today) for one in whole.values()] + lines
    return {
        "lines": lines,
        "late": [one for one in lines if one["is_late_at_once"]],
        "moved_items": list(items.values()),
        "letters": sum(one.what is What.LETTER for one in changes if one.name not in whole),
    }


def _line_of_step(
    say: Translator, step: Change, changes: Iterable[Change], titles: Titles, today: date
) -> dict[str, object]:
    """Return the one line of a step that is new or falls away, with its last day; None without one."""
    is_new = step.after is not None
    own = (one for one in changes if one.name == step.name and _is_last_day(one))
    days = (one.after if is_new else one.before for one in own)
    day = next((date.fromisoformat(day) for day in days if day), None)
    is_late = is_new and day is not None and has_passed(day, today)
    return {**_line(say, step, titles, {}, today), "day": day, "is_late_at_once": is_late}


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
