"""Gather what a grant's documents say: decisions, dates, sums, figures and texts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_percent

from models.facts.money import Payee
from models.rules.money.payment import asked_of, stated_of
from models.tables.grant import Grant
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import InstalmentStatus, Phase, Role, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.documents.facts.budget import SpentBudget, spent_budget
from tasks.documents.facts.committee import committee_facts
from tasks.documents.facts.decisions import (
    DecisionLine,
    decision_line,
    earlier_decisions,
    earlier_grant,
    purpose_of,
    quoted,
    quoted_part,
)
from tasks.documents.facts.figures import MARK, FigureRow, FigureTable, ReportFigures
from tasks.documents.facts.periods import incomplete_totals
from tasks.documents.facts.reports import Reports
from tasks.documents.facts.sources import SourceLine, memo_sources, report_sources
from tasks.documents.facts.texts import ReportTexts, TextPart, language_written, word_texts
from tasks.grant.money import forecast_on, spent_on
from tasks.words.money import word_money
from tasks.words.translator import LANGUAGES, Translator, capitalised, unbroken
from tasks.words.vocabulary import word_document, word_name

_SIGNERS = (Role.HEAD_OF_ADMINISTRATION, Role.HEAD_OF_DEPARTMENT)


@dataclass(frozen=True, slots=True)
class Signatory:
    """A person as a document names them; empty texts where nothing is known."""

    name: str = ""
    title: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class InstalmentLine:
    """A part of the award: its number, share and sum, and where it stands, with the day."""

    number: int
    share: str
    sum: str
    status: str
    day: str
    percent: str = ""  # of the award
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnspentLine:
    """What is spent of the money that came, and what is left: above the funder's threshold, where it has one, or not.

    `of_share` says that what is spent is the funder's part of the costs; `left` is empty where nothing is.
    """

    spent: str
    received: str
    left: str
    threshold: str
    kept: bool  # that what is left is below the threshold, and not paid back
    of_share: bool
    whole: bool  # that every report which says it is in


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
    quarters: str  # what the periods come to, where the final report states another sum; and why it does
    spent_why: str
    spent_mark: str  # where it is provisional, that it is
    left: str  # of the award; empty where all of it is spent
    texts: tuple[TextPart, ...]
    report_texts: tuple[TextPart, ...]
    memo_texts: tuple[TextPart, ...]  # what was written for the committee alone, each with its key
    application_texts: tuple[TextPart, ...]
    notes: tuple[str, ...]  # explanations that were kept with answers
    total_notes: tuple[str, ...]  # what is to be known of the totals alone
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
    unspent = _unspent(work, say)
    proposed = [line for part in texts.memo if part.key == "proposals" for line in part.paragraphs]
    goes_back = unspent.left if unspent and unspent.whole and not unspent.kept else ""
    facts = DocumentFacts(
        language=say.language,
        written_in=language_written(say, reports),
        made_on=work.today,
        today=say.dated(work.today),
        **_grant_facts(work, say),
        **_award_facts(work, say, figures),
        **committee_facts(work, say, proposed, goes_back),
        **_figure_facts(work, say, reports, figures),
        is_draft=bool(texts.unwritten) or not _is_handed_in(work),
        earlier=tuple(earlier_grant(say, *one, _funder(work)) for one in earlier),
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


def _funder(work: GrantAtWork) -> str:
    """Return what the funder is called on the day at work."""
    return work.record.called(work.grant.funder_id, work.today)


def _grant_facts(work: GrantAtWork, say: Translator) -> dict[str, Any]:
    """Return what is said of the grant itself, its parties and its last steps, by the names of a document's facts."""
    grant = work.grant
    decided = next((one.decided_on for one in work.decisions), None)
    recipient = work.record.called(grant.recipient_id, work.today)
    then = work.record.called(grant.recipient_id, decided or work.today)
    sender = work.record.batch.organisations[grant.recipient_id]
    final = _final_report(work)
    return {
        "reference": grant.reference,
        "funder_reference": grant.funder_reference or "",
        "title": grant.title,
        "matter": grant.matter or grant.title,
        "funder": _funder(work),
        "recipient": recipient,
        "recipient_then": then if then != recipient else "",
        "administration": sender.administration,
        "department": sender.department,
        "unit": sender.unit,
        "registration_number": sender.registration_number,
        "account": _account(work, say, grant.recipient_id),
        "funder_account": _account(work, say, grant.funder_id),
        "period": _period(say, grant),
        "applied_in": _applied_in(work, say),
        "officer": _signatory(work, work.roles.get(Role.COORDINATOR)),
        "signers": _signers(work, say),
        "final_on": say.long_date(final.due_on) if final and final.due_on else "",
        "final_step": capitalised(_title(work, final, say)) if final else "",
        "funder_approved_on": _funder_approved_on(work, say),
    }


def _award_facts(work: GrantAtWork, say: Translator, figures: ReportFigures) -> dict[str, Any]:
    """Return what is said of the decisions and the money that they give, by the names of a document's facts."""
    grant = work.grant
    funder = _funder(work)
    last = work.decisions[-1] if work.decisions else None
    instalments = tuple(_instalment(say, work, one, funder) for one in work.instalments)
    paid_minor = sum(one.paid_minor or 0 for one in work.instalments)
    applied_minor = grant.applied_for_minor if grant.applied_for_minor is not None else figures.applied_minor
    return {
        "award": say.money(grant.award_minor, grant.currency) if grant.award_minor is not None else "",
        "applied_for": say.money(applied_minor, grant.currency) if applied_minor is not None else "",
        "purpose": purpose_of(say, last) if last else "",
        "conditions": quoted(say, last.conditions) if last else "",
        "decisions": tuple(decision_line(say, one, grant.currency, funder) for one in work.decisions),
        "decided": say.dates([one.decided_on for one in work.decisions]),
        "instalments": instalments,
        "last": instalments[-1] if len(instalments) > 1 and _waits(work) else None,
        "paid": say.money(paid_minor, grant.currency),
    }


def _figure_facts(
    work: GrantAtWork, say: Translator, reports: Reports, figures: ReportFigures
) -> dict[str, Any]:
    """Return what is said of the reports' figures and of the spending, by the names of a document's facts."""
    award_minor = work.grant.award_minor or 0
    spent = figures.spent
    spent_minor = spent.minor if spent is not None else 0
    mark = f" {word_document(say, 'provisional')}" if spent is not None and spent.is_ours else ""
    restated = spent is not None and spent.periods_minor != spent.minor
    forecast = forecast_on(work.record, work.today, reports.only.period_end_on if reports.only else None)

    def money(minor: int) -> str:
        return say.money(minor, work.grant.currency)

    return {
        "periods": tuple(unbroken(one) for one in figures.periods),
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
    """Return what is to be known of the figures, and of their totals alone, by the names of a document's facts."""
    incomplete = tuple(incomplete_totals(say, work, figures))
    is_ours = any(row.total.endswith(MARK) for row in figures.numbers)
    marked = (word_document(say, "of_ours"),) if is_ours else ()
    return {
        "notes": (*incomplete, *texts.notes),
        "total_notes": (*incomplete, *texts.early, *marked),
    }


def _waits(work: GrantAtWork) -> bool:
    """Return whether the last part of the award waits for the funder's approval of the final report."""
    needed = work.conditions_of(work.instalments[-1])
    return any(step.with_funder and step.phase is Phase.FINAL_REPORT for step in needed)


def _is_handed_in(work: GrantAtWork) -> bool:
    """Return whether the report that a body here takes up, or else the funder gets, is handed in."""
    final = [step for step in work.steps.values() if step.phase is Phase.FINAL_REPORT]
    reports = [step for step in final if step.kind is StepKind.REPORT]
    first = min(reports, key=lambda step: step.position, default=None)
    return first is not None and first.status in (StepStatus.DONE, StepStatus.APPROVED)


def _unspent(work: GrantAtWork, say: Translator) -> UnspentLine | None:
    one = spent_on(work.record)
    if one is None or one.spent_minor > one.received_minor:
        return None
    sums = (one.spent_minor, one.received_minor, one.left_minor, one.least_minor)
    spent, received, left, least = (say.money(minor, one.currency) if minor else "" for minor in sums)
    spent = spent or say.money(0, one.currency)
    return UnspentLine(
        spent=spent,
        received=received,
        left=left,
        threshold=least,
        kept=one.is_kept,
        of_share=one.of_share,
        whole=one.is_whole,
    )


def _account(work: GrantAtWork, say: Translator, organisation_id: int) -> str:
    """Return an organisation's account in words that stay on one line; empty while it is not known."""
    organisation = work.record.batch.organisations.get(organisation_id)
    return unbroken(word_name(say, "account", organisation.account)) if organisation else ""


def with_account(say: Translator, facts: DocumentFacts, payee: Payee | None) -> DocumentFacts:
    """Return the facts with the account that a claim names, which can be another than the recipient has now."""
    if payee is None or not payee.account:
        return facts
    blanks = tuple(one for one in facts.blanks if one[0] != "account")
    return replace(facts, account=unbroken(word_name(say, "account", payee.account)), blanks=blanks)


def _blanks(say: Translator, work: GrantAtWork, facts: DocumentFacts) -> Iterator[tuple[str, str]]:
    """Yield what the grant's documents lack before somebody can sign them, with the fact that would print it."""
    known = {
        "registration_number": facts.registration_number,
        "account": facts.account,
        "funder_account": facts.funder_account,
        "funder_reference": facts.funder_reference,
        "award": facts.award,
        "final_on": facts.final_on,
    }
    yield from ((name, word_document(say, "blank", name)) for name, said in known.items() if not said)
    if not any(role in work.roles for role in _SIGNERS):
        yield "signers", word_document(say, "blank", "signers")
        return
    for one in facts.signers:
        if not one.title:
            yield "signers", word_document(say, "title_of", name=one.name)


def _signatory(work: GrantAtWork, person_id: int | None) -> Signatory:
    person = work.record.batch.person(person_id) if person_id else None
    if person is None:
        return Signatory()
    return Signatory(person.name, person.title, person.email, person.phone)


def _signers(work: GrantAtWork, say: Translator) -> tuple[Signatory, ...]:
    """Return who signs; where nobody is known, whom the one who does writes in."""
    known = (_signatory(work, work.roles[role]) for role in _SIGNERS if role in work.roles)
    return tuple(known) or (Signatory(word_document(say, "written_in")),)


def _applied_in(work: GrantAtWork, say: Translator) -> str:
    """Return the month of the application, as far as anybody has said: the funder's decision is made later."""
    step = work.steps.get("application")
    if step is None or step.done_on is None:
        return ""
    if work.record.handed_in(step):
        return say.month(step.done_on)
    known = work.grant.dates.get("applied_on", {}).get("on")
    return say.month(date.fromisoformat(known)) if known else ""


def _period(say: Translator, grant: Grant) -> str:
    if grant.period_start_on is None or grant.period_end_on is None:
        return ""
    first = say.dated(grant.period_start_on)
    last = say.dated(grant.period_end_on)
    return word_document(say, "days", first=first, last=last)


def _instalment(say: Translator, work: GrantAtWork, part: Instalment, funder: str) -> InstalmentLine:
    share = word_name(say, "share", part.share)
    day = part.paid_on or part.claimed_on or part.released_on
    award = work.grant.award_minor
    amount = asked_of(part.amount_minor, part.claimed_minor)
    no_more = part.no_more_why is not None
    whole = stated_of(part.amount_minor, part.claimed_minor, no_more=no_more)
    came = word_money(say, "came", whole, part.paid_minor, work.grant.currency, no_more=no_more)
    is_in_part = came and part.status is InstalmentStatus.PAID
    status = f"{came}," if is_in_part else word_document(say, "part", part.status)  # its day follows
    percent = ""
    if amount is not None and award:
        percent = format_percent(
            Decimal(amount) / award, "#,##0.##\N{NO-BREAK SPACE}%", LANGUAGES[say.language]
        )
    conditions = (
        word_document(
            say,
            "condition_met",
            step=_title(work, step, say),
            day=say.dated(step.done_on),
            funder=funder if step.with_funder and step.phase is Phase.FINAL_REPORT else "",
        )
        for step in work.conditions_of(part)
        if step.status is StepStatus.APPROVED and step.done_on
    )
    return InstalmentLine(
        number=part.number,
        share=share,
        sum=say.money(amount, work.grant.currency) if amount is not None else "",
        status=status,
        day=say.dated(day) if day else "",
        percent=percent,
        conditions=tuple(conditions),
    )


def _funder_approved_on(work: GrantAtWork, say: Translator) -> str:
    days = [
        step.done_on
        for step in work.steps.values()
        if step.kind is StepKind.APPROVAL and step.phase is Phase.FINAL_REPORT and step.with_funder
        if step.status is StepStatus.APPROVED and step.done_on
    ]
    return say.dated(max(days)) if days else ""


def _final_report(work: GrantAtWork) -> Step | None:
    """Return the report that the funder gets at the end: the last of its phase."""
    found = [
        step
        for step in work.steps.values()
        if step.phase is Phase.FINAL_REPORT and step.kind is StepKind.REPORT and not step.with_funder
    ]
    return max(found, key=lambda step: step.position, default=None)


def _title(work: GrantAtWork, step: Step | None, say: Translator) -> str:
    rule = work.record.rule_of(step) if step else None
    if rule is None:
        return ""
    return rule.title.in_language(say.language)
