"""Describe a funder's decisions; an English document quotes the Swedish original."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from models.tables.grant import Decision, Grant
from tasks.documents.facts.texts import TextPart
from tasks.grant.records import Records
from tasks.words.translator import Translator
from tasks.words.vocabulary import word_document


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A funder's decision: the sentence that says who decided what on which day, and its own words."""

    said: str
    purpose: str
    conditions: str
    source: str


def decision_line(say: Translator, decision: Decision, currency: str, funder: str) -> DecisionLine:
    """Return a decision as a document states it."""

    def money(minor: int | None) -> str:
        return say.money(minor, currency) if minor is not None else ""

    return DecisionLine(
        word_document(
            say,
            "decided",
            kind=decision.kind,
            funder=funder,
            day=say.dated(decision.decided_on),
            sum=money(decision.amount_minor),
            in_all=money(decision.total_minor),
        ),
        purpose_of(say, decision),
        quoted(say, decision.conditions),
        decision.source,
    )


def purpose_of(say: Translator, decision: Decision) -> str:
    """Return the purpose of the money, for use within a sentence."""
    return _within(say, decision.purpose)


def _within(say: Translator, text: str) -> str:
    """Return a text for use within a sentence: one that begins with a capital is quoted in Swedish too."""
    bare = text.strip().removesuffix(".")
    return say.quoted(bare) if bare[:1].isupper() or (bare and say.language == "en") else bare


def quoted(say: Translator, text: str) -> str:
    """Return the text of a decision or an application unchanged, quoted in an English document."""
    return say.quoted(text.strip()) if say.language == "en" and text.strip() else text


def quoted_part(say: Translator, part: TextPart) -> TextPart:
    """Return a text of the application, word for word."""
    return replace(part, paragraphs=(_within(say, " ".join(part.paragraphs)),))


def earlier_decisions(session: Session, grant: Grant) -> list[tuple[Grant, Sequence[Decision]]]:
    """Return the funder's grants to the recipient that ended before this one began, with their decisions.

    A grant that runs at the same time is for other work. None are earlier while this one's period is not known.
    """
    if grant.period_start_on is None:
        return []
    others = session.exec(
        select(Grant)
        .where(
            Grant.funder_id == grant.funder_id,
            Grant.recipient_id == grant.recipient_id,
            Grant.id != grant.id,
            col(Grant.award_minor).is_not(None),
            col(Grant.period_end_on) < grant.period_start_on,
        )
        .order_by(col(Grant.reference))
    ).all()
    return [(record.grant, record.decisions) for record in Records(session, others) if record.decisions]


def earlier_grant(say: Translator, other: Grant, decisions: Sequence[Decision], funder: str) -> str:
    """Return the sentence about an earlier grant."""
    return word_document(
        say,
        "earlier_grant",
        funder=funder,
        sum=say.money(other.award_minor or 0, other.currency),
        days=say.dates([decision.decided_on for decision in decisions]),
        several=len(decisions) > 1,
        purpose=purpose_of(say, decisions[-1]) or other.title,
    )
