"""Word what a funder decided, of a grant and of its earlier ones: in English its own words are quoted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from models.tables.grant import Decision, Grant
from tasks.documents.facts.report import TextPart
from tasks.store.decisions import HOLDS
from tasks.words.documents import word_document
from tasks.words.translator import Translator


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision of the funder's: its day, what it was, the sum in words, and its own words."""

    day: str
    kind: str
    sum: str
    purpose: str
    conditions: str
    source: str


def decision_line(say: Translator, decision: Decision, currency: str) -> DecisionLine:
    """Return a decision as a line of a document."""
    total = ""
    if decision.amount_minor is not None:
        total = say.money(decision.amount_minor, currency)
    elif decision.total_minor is not None:
        together = say.money(decision.total_minor, currency)
        total = word_document(say, "in_all_decisions", sum=together)
    return DecisionLine(
        say.dated(decision.decided_on),
        word_document(say, "decision", kind=decision.kind),
        total,
        purpose_of(say, decision),
        quoted(say, decision.conditions),
        decision.source,
    )


def purpose_of(say: Translator, decision: Decision) -> str:
    """Return what the money is for, to stand within a sentence: what begins with a capital is quoted in Swedish too."""
    purpose = decision.purpose.strip().removesuffix(".")
    return f"”{purpose}”" if say.language == "sv" and purpose[:1].isupper() else quoted(say, purpose)


def quoted(say: Translator, text: str) -> str:
    """Return what stands in a decision or an application, as it stands: among English words it is quoted."""
    return f"“{text.strip()}”" if say.language == "en" and text.strip() else text


def quoted_part(say: Translator, part: TextPart) -> TextPart:
    """Return a text of the application as what was applied for, word by word."""
    return replace(part, paragraphs=(quoted(say, " ".join(part.paragraphs)),))


def earlier_grants(session: Session, say: Translator, grant: Grant) -> tuple[str, ...]:
    """Return the same funder's earlier grants to the same recipient, a sentence each."""
    others = session.exec(
        select(Grant)
        .where(
            Grant.funder_id == grant.funder_id, Grant.recipient_id == grant.recipient_id, Grant.id != grant.id
        )
        .order_by(col(Grant.reference))
    ).all()
    said = []
    for other in others:
        decisions = session.exec(
            select(Decision).where(Decision.grant_id == other.id, HOLDS).order_by(col(Decision.decided_on))
        ).all()
        if other.award_minor is None or not decisions:
            continue
        started, ours = other.period_start_on, grant.period_start_on
        if started is None or ours is None or started >= ours:
            continue
        said.append(
            word_document(
                say,
                "earlier_grant",
                title=other.title,
                reference=other.reference,
                sum=say.money(other.award_minor, other.currency),
                days=[say.dated(one.decided_on) for one in decisions],
                purpose=purpose_of(say, decisions[-1]) or other.title,
            )
        )
    return tuple(said)
