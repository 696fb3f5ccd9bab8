"""Gather what a grant's documents say: decisions, dates, sums, figures and texts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from models.facts.money import Payee
from models.vocabulary import FULFILLED, Phase, StepKind
from tasks.commands.at_work.grant import GrantAtWork
from tasks.documents.facts.award import InstalmentLine, UnspentLine, award_facts, unspent_line
from tasks.documents.facts.budget import SpentBudget, spent_budget
from tasks.documents.facts.committee import committee_facts
from tasks.documents.facts.decisions import (
    DecisionLine,
    earlier_decisions,
    earlier_grant,
    quoted_part,
)
from tasks.documents.facts.figures import MARK, FigureRow, FigureTable, ReportFigures
from tasks.documents.facts.grant import SIGNERS, Signatory, funder_name, grant_facts
from tasks.documents.facts.periods import incomplete_totals
from tasks.documents.facts.reports import Reports
from tasks.documents.facts.sources import SourceLine, memo_sources, report_sources
from tasks.documents.facts.texts import ReportTexts, TextPart, language_written, word_texts
from tasks.grant.money import forecast_on
from tasks.words.money import word_money
from tasks.words.translator import Translator, unbroken
from tasks.words.vocabulary import word_document, word_name


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """All that a grant's documents are made from; every text is for a reader, in one language."""

    language: str
    written_in: str  # the language of decisions and answers, where the programme's country tells it
    made_on: date
    today: str
    reference: str
    funder_reference: str
    title: str
    matter: str  # what its work is called to the committee
    funder: str
    recipient: str
    administration: str  # of the recipient's, from which a memo comes, with its department and unit
    department: str
    unit: str
    committee: str  # the body that decides
    is_draft: bool  # until the report is handed in, and all parts of its memo are written
    recipient_then: str  # its name when the funder decided, where that was another
    period: str
    award: str
    applied_for: str
    applied_in: str  # its month: the day itself is often not known
    purpose: str
    conditions: str
    officer: Signatory
    signers: tuple[Signatory, ...]
    decisions: tuple[DecisionLine, ...]  # in the order of their days
    decided: str  # the days of the decisions, as a sentence lists them
    earlier: tuple[str, ...]  # earlier grants from the same funder, a sentence each
    instalments: tuple[InstalmentLine, ...]
    last: InstalmentLine | None  # the last part, where it waits for the funder's approval of the report
    final_on: str
    final_step: str
    proposals: tuple[str, ...]  # for the committee's decision: the planner's, and those that were written
    meeting: str  # empty while it is not known
    periods: tuple[str, ...]
    tables: tuple[FigureTable, ...]
    spending: tuple[FigureRow, ...]
    spending_tables: tuple[FigureTable, ...]
    budget: SpentBudget
    spent: str  # empty while nothing is reported
    quarters: str  # the total of the periods if the final report states another sum, and why it does
    spent_why: str
    spent_mark: str  # where it is provisional, that it is
    left: str  # of the award; empty where all of it is spent
    texts: tuple[TextPart, ...]
    report_texts: tuple[TextPart, ...]
    memo_texts: tuple[TextPart, ...]  # what was written for the committee alone, each with its key
    application_texts: tuple[TextPart, ...]
    notes: tuple[str, ...]  # explanations that were kept with answers
    total_notes: tuple[str, ...]  # notes on the totals alone
    immediate: bool  # whether the minutes would be confirmed too late in the ordinary way
    minutes_on: str  # when the minutes are confirmed; empty where the meeting is
    approvals: tuple[str, ...]  # who approved the report before the funder, and when, a sentence each
    funder_approved_on: str  # empty until the funder has approved the report
    registration_number: str
    account: str
    funder_account: str  # to which what is repaid goes
    paid: str
    unspent: UnspentLine | None  # where spending is reported, and no more is spent than came
    sources: tuple[SourceLine, ...]  # where what a memo tells comes from, and what a report does
    report_sources: tuple[SourceLine, ...]
    forecast: str  # what will be left on the last day, in the report of a period; empty where nothing will
    # What a signed document needs and nobody has written down, each with the fact of these that prints it.
    blanks: tuple[tuple[str, str], ...]


def gather_facts(
    work: GrantAtWork, say: Translator, reports: Reports, figures: ReportFigures
) -> DocumentFacts:
    """Return what the grant's documents say on the day at work, with figures and texts as its reports have them."""
    texts = word_texts(say, reports, figures)
    earlier = earlier_decisions(work.session, work.grant)
    unspent = unspent_line(work, say)
    proposed = [line for part in texts.memo if part.key == "proposals" for line in part.paragraphs]
    goes_back = unspent.left if unspent and unspent.whole and not unspent.kept else ""
    facts = DocumentFacts(
        language=say.language,
        written_in=language_written(say, reports),
        made_on=work.today,
        today=say.dated(work.today),
        **grant_facts(work, say),
        **award_facts(work, say, figures),
        **committee_facts(work, say, proposed, goes_back),
        **_figure_facts(work, say, reports, figures),
        is_draft=bool(texts.unwritten) or not _is_handed_in(work),
        earlier=tuple(
            earlier_grant(say, grant, decisions, funder_name(work)) for grant, decisions in earlier
        ),
        spent_why=texts.spent_why,
        texts=texts.follow_ups,
        report_texts=texts.final,
        memo_texts=texts.memo,
        application_texts=tuple(quoted_part(say, part) for part in texts.application),
        **_note_facts(work, say, texts, figures),
        unspent=unspent,
        sources=tuple(memo_sources(work, say, reports, earlier)),
        report_sources=tuple(report_sources(work, say, reports)),
        blanks=(),
    )
    unwritten = (("memo_texts", title) for title in texts.unwritten)
    return replace(facts, blanks=(*_blanks(say, work, facts), *unwritten))


def _figure_facts(
    work: GrantAtWork, say: Translator, reports: Reports, figures: ReportFigures
) -> dict[str, Any]:
    """Return the reports' figures and the spending, by the names of a document's facts."""
    award_minor = work.grant.award_minor or 0
    spent = figures.spent
    spent_minor = spent.minor if spent is not None else 0
    mark = f" {word_document(say, 'provisional')}" if spent is not None and spent.is_ours else ""
    restated = spent is not None and spent.periods_minor != spent.minor
    forecast = forecast_on(work.record, work.today, reports.only.period_end_on if reports.only else None)

    def money(minor: int) -> str:
        return say.money(minor, work.grant.currency)

    return {
        "periods": tuple(unbroken(period) for period in figures.periods),
        "tables": (FigureTable(figures.periods, figures.numbers),) if figures.numbers else (),
        "spending": figures.money,
        "spending_tables": (FigureTable(figures.periods, figures.money),) if figures.money else (),
        "budget": spent_budget(say, work, reports, figures),
        "spent": f"{money(spent.minor)}{mark}" if spent is not None else "",
        "quarters": money(spent.periods_minor) if spent is not None and restated else "",
        "spent_mark": mark,
        "left": money(award_minor - spent_minor) if award_minor > spent_minor else "",
        "forecast": word_money(say, "forecast", forecast),
    }


def _note_facts(
    work: GrantAtWork, say: Translator, texts: ReportTexts, figures: ReportFigures
) -> dict[str, Any]:
    """Return the notes on the figures, and on their totals alone, by the names of a document's facts."""
    incomplete = tuple(incomplete_totals(say, work, figures))
    is_ours = any(row.total.endswith(MARK) for row in figures.numbers)
    marked = (word_document(say, "of_ours"),) if is_ours else ()
    return {
        "notes": (*incomplete, *texts.notes),
        "total_notes": (*incomplete, *texts.early, *marked),
    }


def _is_handed_in(work: GrantAtWork) -> bool:
    """Return whether the report that a body here takes up, or else the funder gets, is handed in."""
    final = [step for step in work.steps.values() if step.phase is Phase.FINAL_REPORT]
    reports = [step for step in final if step.kind is StepKind.REPORT]
    first = min(reports, key=lambda step: step.position, default=None)
    return first is not None and first.status in FULFILLED


def with_account(say: Translator, facts: DocumentFacts, payee: Payee | None) -> DocumentFacts:
    """Return the facts with the account that a claim names, which can be another than the recipient has now."""
    if payee is None or not payee.account:
        return facts
    blanks = tuple(blank for blank in facts.blanks if blank[0] != "account")
    return replace(facts, account=unbroken(word_name(say, "account", payee.account)), blanks=blanks)


def _blanks(say: Translator, work: GrantAtWork, facts: DocumentFacts) -> Iterator[tuple[str, str]]:
    """Yield what must be filled in before the grant's documents are signed, with the fact that would print it."""
    known = {
        "registration_number": facts.registration_number,
        "account": facts.account,
        "funder_account": facts.funder_account,
        "funder_reference": facts.funder_reference,
        "award": facts.award,
        "final_on": facts.final_on,
    }
    yield from ((name, word_document(say, "blank", name)) for name, said in known.items() if not said)
    if not any(role in work.roles for role in SIGNERS):
        yield "signers", word_document(say, "blank", "signers")
        return
    for signer in facts.signers:
        if not signer.title:
            yield "signers", word_document(say, "title_of", name=signer.name)
