"""Find a grant's documents: the versions that were made, the files that came with answers, and what is not kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from deployments.portal.grant.money import step_title
from deployments.portal.grant.rows import GrantRows
from deployments.portal.papers.view import KeptVersions, OfferLine, offer_line
from models.tables.step import Document
from tasks.documents.available import offers_of
from tasks.documents.bundle.unkept import Unkept
from tasks.words.names import word_name
from tasks.words.translator import Translator, capitalised


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file's line: what came, with which step, from whom and when."""

    file: Document
    step: str
    who: str
    on: date


def handed_in(say: Translator, rows: GrantRows) -> Iterator[HandedIn]:
    """Yield the files that came with answers, the newest first."""
    steps = {row.id: row for row in rows.steps}
    for row in rows.documents:
        step = steps.get(row.step_id)
        title = capitalised(step_title(say, rows, step)) if step is not None else ""
        on = row.added_at.astimezone(rows.zone).date()
        yield HandedIn(row, title, rows.people.get(row.added_by_id, ""), on)


def made_papers(say: Translator, rows: GrantRows, kept: KeptVersions, today: date) -> list[OfferLine]:
    """Return the documents of which a version was made, in the order of the grant's life."""
    lines = (offer_line(say, offer, rows.programme.rules, kept) for offer in offers_of(rows.steps, today))
    return [line for line in lines if line.versions]


def name_unkept(say: Translator, rows: GrantRows, unkept: Iterable[Unkept]) -> list[str]:
    """Return what was sent or approved and of which no document is kept."""
    steps = {row.key: row for row in rows.steps}
    return [
        step_title(say, rows, steps[one.step_key])
        if one.kind == "claim"
        else word_name(say, "paper", one.kind)
        for one in unkept
    ]
