"""Compare the database's triggers with those that this program makes."""

from collections.abc import Iterator

from sqlalchemy import Connection

from models.rules.watch.finding_words import Watched
from models.rules.watch.findings import Finding, FindingKind
from tasks.store.triggers.statements import Drift, find_drift


def triggers_amiss(connection: Connection) -> Iterator[Finding]:
    """Yield the triggers that are missing, are others than this program makes, or that it never made."""
    for one in find_drift(connection):
        yield Finding(FindingKind.TRIGGER_WRONG, Watched.TRIGGER(name=one.name), _why(one)())


def _why(one: Drift) -> Watched:
    if not one.is_ours:
        return Watched.TRIGGER_ADDED
    return Watched.TRIGGER_OTHER if one.is_there else Watched.TRIGGER_GONE
