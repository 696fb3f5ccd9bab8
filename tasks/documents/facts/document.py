"""Gather the contents of a grant's documents: decisions, dates, sums, figures and texts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from models.facts.money import Payee
from models.rules.money.claim import find_unknown_payee
from models.vocabulary import FULFILLED, Phase, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.documents.facts.award import InstalmentLine, UnspentLine, award_facts, unspent_line
from tasks.documents.facts.budget import SpentBudget, spent_budget
from tasks.documents.facts.committee import approving_body, committee_facts, our_approvals, press_facts
from tasks.documents.facts.decisions import (
    DecisionLine,
    earlier_decisions,
    earlier_grant,
    quoted_part,
)
from tasks.documents.facts.figures import MARK, FigureRow, FigureTable, ReportFigures
from tasks.documents.facts.grant import SIGNERS, Signatory, final_report, funder_name, grant_facts
from tasks.documents.facts.periods import incomplete_totals
from tasks.documents.facts.reports import Reports
from tasks.documents.facts.sources import SourceLine, memo_sources, report_sources
from tasks.documents.facts.texts import ReportTexts, TextPart, language_written, word_texts
from tasks.grant.money import forecast_on
from tasks.words.money import word_money
from tasks.words.translator import Translator, capitalised, unbroken
from tasks.words.vocabulary import word_document, word_name


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """Everything that a grant's documents are made from; every text is for a reader, in one language."""

    language: str
    written_in: str  # the language of decisions and answers, if the programme's country determines it
    made_on: date
    today: str
    reference: str
    funder_reference: str
    title: str
    matter: str  # the committee's name for the work
    funder: str
    funder_short: str  # its name in running text
    recipient: str
    administration: str  # the recipient's office that a memo comes from, with its department and unit
    department: str
    unit: str
    committee: str  # the body that decides
    is_draft: bool  # until the report is handed in, and all parts of its memo are written
    is_provisional: bool  # until an officer has confirmed what is provisional
    recipient_then: str  # its name when the funder decided, if that was another
    period: str
    award: str
    applied_for: str
    applied_in: str  # the month: the exact day is often not known
    purpose: str
    conditions: str
    officer: Signatory
    signers: tuple[Signatory, ...]
    decisions: tuple[DecisionLine, ...]  # in the order of their days
    decided: str  # the days of the decisions, as a list within a sentence
    earlier: tuple[str, ...]  # earlier grants from the same funder, a sentence each
    instalments: tuple[InstalmentLine, ...]
    last: InstalmentLine | None  # the last instalment, if it waits for the funder's approval of the report
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
    quarters: str  # the total of the periods if the final report states another sum, and the reason
    spent_why: str
    spent_mark: str  # the mark for a provisional sum
    left: str  # of the award; empty where all of it is spent
    texts: tuple[TextPart, ...]
    report_texts: tuple[TextPart, ...]
    memo_texts: tuple[TextPart, ...]  # texts for the committee alone, each with its key
    application_texts: tuple[TextPart, ...]
    notes: tuple[str, ...]  # explanations that came with answers
    total_notes: tuple[str, ...]  # notes on the totals alone
    immediate: bool  # whether the minutes would otherwise be confirmed too late
    minutes_on: str  # when the minutes are confirmed; empty if the meeting is not known
    approvals: tuple[str, ...]  # who approved the report before the funder, and when, a sentence each
    presses: tuple[str, ...]  # who approved it by a press in the portal, and when, a sentence each
    funder_approved_on: str  # empty until the funder has approved the report
    registration_number: str
    account: str
    funder_account: str  # the account that receives a repayment
    paid: str
    unspent: UnspentLine | None  # if spending is reported, and no more is spent than was received
    sources: tuple[SourceLine, ...]  # where each statement of a memo or a report comes from
    report_sources: tuple[SourceLine, ...]
    forecast: str  # what will be left on the last day, in a period's report; empty if nothing will
    # What a signed document needs and nobody has recorded, each with the fact that prints it.
    blanks: tuple[tuple[str, str], ...]
    annexes: tuple[str, ...]  # what goes to the funder with the cover letter
    cannot_send: str  # what a claim cannot be sent without; empty if nothing is missing


def gather_facts(
    work: GrantAtWork, say: Translator, reports: Reports, figures: ReportFigures
) -> DocumentFacts:
    """Return the contents of the grant's documents on the day at work, with its reports' figures and texts.

    What is provisional has its mark, unless the reports are settled.
    """
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
        **award_facts(work, say, figures, introduced=bool(earlier)),
        **committee_facts(work, say, proposed, goes_back, settled=reports.settled),
        presses=press_facts(work, say, reports.only),
        **_figure_facts(work, say, reports, figures),
        is_draft=bool(texts.unwritten) or not _is_handed_in(work),
        is_provisional=not reports.settled,
        earlier=tuple(
            earlier_grant(say, grant, decisions, funder_name(work, short=bool(place)))
            for place, (grant, decisions) in enumerate(earlier)
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
        annexes=tuple(_annexes(work, say)),
        cannot_send="",
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
    """Return whether the report that a body here considers, or else the funder's, is handed in."""
    final = [step for step in work.steps.values() if step.phase is Phase.FINAL_REPORT]
    reports = [step for step in final if step.kind is StepKind.REPORT]
    first = min(reports, key=lambda step: step.position, default=None)
    return first is not None and first.status in FULFILLED


def _annexes(work: GrantAtWork, say: Translator) -> Iterator[str]:
    """Yield what is submitted with the cover letter: the report, the minutes' extract, the files handed in."""
    yield capitalised(word_document(say, "annexed_report"))
    if any(
        step.status is StepStatus.APPROVED and approving_body(work, say, step) for step in our_approvals(work)
    ):
        yield capitalised(word_document(say, "annexed_minutes"))
    final = final_report(work)
    if final is not None:
        yield from (file.name for file in work.record.documents_of(final) if file.answer_id is not None)


def as_claim(say: Translator, facts: DocumentFacts) -> DocumentFacts:
    """Return a claim's facts, with what it cannot be sent without."""
    unknown = find_unknown_payee(registration_number=facts.registration_number, account=facts.account)
    return replace(facts, cannot_send=say.listed([word_document(say, "blank", fact) for fact in unknown]))


def with_account(say: Translator, facts: DocumentFacts, payee: Payee | None) -> DocumentFacts:
    """Return the facts with the account of a claim, which can differ from the recipient's present one."""
    if payee is None or not payee.account:
        return facts
    blanks = tuple(blank for blank in facts.blanks if blank[0] != "account")
    return replace(facts, account=unbroken(word_name(say, "account", payee.account)), blanks=blanks)


def _blanks(say: Translator, work: GrantAtWork, facts: DocumentFacts) -> Iterator[tuple[str, str]]:
    """Yield what must be filled in before the documents are signed, with the fact that would print it."""
    facts_by_blank = {
        "registration_number": facts.registration_number,
        "account": facts.account,
        "funder_account": facts.funder_account,
        "funder_reference": facts.funder_reference,
        "award": facts.award,
        "final_on": facts.final_on,
    }
    yield from (
        (name, word_document(say, "blank", name)) for name, text in facts_by_blank.items() if not text
    )
    if not any(role in work.roles for role in SIGNERS):
        yield "signers", word_document(say, "blank", "signers")
        return
    for signer in facts.signers:
        if not signer.title:
            yield "signers", word_document(say, "title_of", name=signer.name)
