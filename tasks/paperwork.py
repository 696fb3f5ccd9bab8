"""Make a grant's documents and keep them: each version with its hash, tied to its step, in the journal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from sqlalchemy import Engine
from sqlmodel import Session, select

from models.errors import BadInput, UnknownReference
from models.grant import Grant
from models.step import Step
from models.vocabulary import Phase, StepKind
from tasks.database import reading
from tasks.document_facts import DocumentFacts, gather_facts
from tasks.grant_at_work import GrantAtWork, find_instalment, load_grant, rule_of, step_named
from tasks.pdf_documents import as_pdf
from tasks.small_figures import hide_small, name_small
from tasks.word_documents import Kind, fill_template
from tasks.words import Speaker, speaker

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
# Documents with figures, which others read.
_LEAVING = ("memo", "final-report", "follow-up")


@dataclass(frozen=True, slots=True)
class Paper:
    """A finished document: a file's name, what it is, its bytes, and the step that it belongs to."""

    name: str
    media_type: str
    content: bytes
    kind: Kind
    step_key: str | None
    missing: tuple[str, ...] = ()  # what it shows that some period has no figure for
    small: tuple[str, ...] = ()  # small numbers of people in it, about which nobody has chosen


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which document: its kind and language, the step of a follow-up, the number of an instalment, Word or PDF.

    `small` is what becomes of small numbers of people: hidden or sent as they are; None while nobody has chosen.
    """

    kind: Kind
    language: str = "sv"
    step: str | None = None
    instalment: int | None = None
    pdf: bool = False
    small: Literal["hide", "send"] | None = None


def make_paper(engine: Engine, reference: str, wanted: Wanted, today: date) -> Paper:
    """Return the document as it is on the day, from what the grant knows. Nothing is stored.

    BadInput names what is missing: the step of a follow-up, the instalment of a claim.
    """
    say = speaker(wanted.language)
    with reading(engine) as connection, Session(connection) as session:
        grant = session.exec(select(Grant).where(Grant.reference == reference)).first()
        if grant is None:
            raise UnknownReference(reference)
        work = load_grant(session, grant, today)
        step, more = _about(work, wanted, say)
        facts = gather_facts(session, work, say, step if wanted.kind == "follow-up" else None)
        if wanted.kind == "claim":
            more["part"] = _part(work, facts, wanted.instalment)
        threshold = work.programme.small_numbers
    small: list[str] = []
    if wanted.kind in _LEAVING:
        if wanted.small == "hide":
            shown = hide_small(facts.figures, facts.periods, threshold)
            if shown != facts.figures:
                why = say.gettext(
                    "* is a number that is hidden: few people are behind it, or it gives such a number away."
                )
                facts = replace(facts, figures=shown, notes=(*facts.notes, why))
        elif wanted.small is None:
            small = name_small(facts.figures, facts.periods, threshold)
    content = fill_template(wanted.kind, facts, **more)
    suffix = (
        f"-{step.period.lower()}" if step is not None and step.period and wanted.kind == "follow-up" else ""
    )
    name = f"{reference}-{wanted.kind}{suffix}.{wanted.language}"
    key = step.key if step else None
    if wanted.pdf:
        return Paper(
            f"{name}.pdf",
            PDF,
            as_pdf(content, wanted.language),
            wanted.kind,
            key,
            facts.missing,
            tuple(small),
        )
    return Paper(f"{name}.docx", WORD, content, wanted.kind, key, facts.missing, tuple(small))


def _about(work: GrantAtWork, wanted: Wanted, say: Speaker) -> tuple[Step | None, dict[str, Any]]:
    """Return the step that the document belongs to, and what its template alone needs."""
    if wanted.kind == "follow-up":
        if wanted.step is None:
            keys = ", ".join(key for key, step in work.steps.items() if step.phase is Phase.FOLLOW_UP)
            raise BadInput(
                f"say of which step (--step); {work.grant.reference} has: {keys or 'no follow-up'}"
            )
        step = step_named(work, wanted.step)
        rule = rule_of(work, step)
        title = (rule.title.en if say.language == "en" else rule.title.sv) if rule else step.key
        period = f" {say.period(step.period)}" if step.period else ""
        return step, {"step_title": title[:1].upper() + title[1:] + period}
    if wanted.kind == "claim":
        claims = (
            step
            for step in work.steps.values()
            if step.kind is StepKind.CLAIM and wanted.instalment in (None, step.instalment)
        )
        return next(claims, None), {}
    if wanted.kind == "repayment":
        due = next((step for step in work.steps.values() if step.key.startswith("repay")), None)
        return due, {"due_on": say.dated(due.due_on) if due and due.due_on else ""}
    phase = [step for step in work.steps.values() if step.phase is Phase.FINAL_REPORT]
    kind = StepKind.APPROVAL if wanted.kind in ("memo", "agenda-note") else StepKind.REPORT
    fitting = [step for step in phase if step.kind is kind]
    return (fitting[0] if kind is StepKind.APPROVAL else fitting[-1]) if fitting else None, {}


def _part(work: GrantAtWork, facts: DocumentFacts, number: int | None) -> Any:
    if number is None and len(facts.instalments) != 1:
        numbers = ", ".join(str(one.number) for one in facts.instalments) or "none yet"
        raise BadInput(f"say of which instalment (--instalment); {work.grant.reference} has: {numbers}")
    found = find_instalment(work, number if number is not None else facts.instalments[0].number)
    return next(one for one in facts.instalments if one.number == found.number)
