"""Make a grant's documents (memo, report, claim ...) from its record; nothing is stored here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from models.errors import BadInput, UnknownReference
from models.reading.reference import in_file_names
from models.reading.value_faults import Reading
from models.rules.answers.conflicts import find_contradictions
from models.rules.answers.small_numbers import (
    SmallNumbers,
    find_sentences_stating,
    find_sentences_with_personal_numbers,
    is_undecided,
    list_unconfirmed,
)
from models.rules.money.repayment import Repaid, decide_repaid, find_least_repaid
from models.rules.money.shares import awarded_on
from models.tables.grant import Grant
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import Phase, StepKind
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.load import load_grant
from tasks.commands.at_work.lookup import find_instalment, step_named
from tasks.documents.document_faults import Printed
from tasks.documents.facts.committee import our_approvals
from tasks.documents.facts.decisions import DecisionLine
from tasks.documents.facts.document import DocumentFacts, gather_facts, with_account
from tasks.documents.facts.figures import FigureTable, ReportFigures, find_counted, make_figures
from tasks.documents.facts.grant import final_report, word_period
from tasks.documents.facts.reports import Reports, load_reports
from tasks.documents.facts.small_numbers_choice import (
    NOT_CHOSEN,
    KeptChoice,
    kept_choice,
    name_small,
    treat_figures,
)
from tasks.documents.facts.texts import TextPart
from tasks.documents.facts.typed_answers import typed_answers
from tasks.documents.pdf.documents import as_pdf
from tasks.documents.word.documents import fill_template, printed_facts
from tasks.documents.word.templates import Kind
from tasks.grant.money import unspent_on
from tasks.grant.payees import claimed_to
from tasks.store.database import reading
from tasks.words.money import word_payee
from tasks.words.translator import Translator, capitalised, paper_translator
from tasks.words.vocabulary import word_document

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
# What becomes of unspent money, where it is paid back or nobody knows yet whether it is.
_GOES_BACK = (Repaid.OWED, Repaid.UNKNOWN)
# What of a document's facts is figures, and what is written freely; a template says which of them it prints.
_FIGURES = {"tables"}
_STATING = frozenset({"report_texts", "memo_texts"})
_TEXTS = (
    "decisions",
    "purpose",
    "conditions",
    "earlier",
    "application_texts",
    "report_texts",
    "memo_texts",
    "texts",
    "notes",
    "total_notes",
)


@dataclass(frozen=True, slots=True)
class Paper:
    """A finished document: a file's name, what it is, its bytes, and the step that it belongs to.

    `small` are its small numbers of people in words, `chosen` what an officer chose of them. `stating` are sentences of
    its texts in which a number stands that the tables do not print, `look_at` those with a personal identity number;
    `tables` are the figures as it prints them, `notes` what it says of them; `payee` is, of a claim, the account that
    it names and whether that is a new one, in words.
    """

    name: str
    media_type: str
    content: bytes
    kind: Kind
    step_key: str | None
    is_draft: bool = False  # of a memo, that UTKAST stands on it
    # What is not known of those that it names, and is filled in before it is signed.
    blanks: tuple[str, ...] = ()
    small: tuple[str, ...] = ()
    chosen: KeptChoice = NOT_CHOSEN
    stating: tuple[str, ...] = ()
    look_at: tuple[str, ...] = ()
    payee: tuple[tuple[str, str], ...] = ()
    tables: tuple[FigureTable, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def undecided(self) -> bool:
        """Whether an officer has to choose, or to look at a sentence, before it is made."""
        return is_undecided(self.chosen.choice, self.small, self.stating)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which document: its kind and language, the step of a follow-up, the number of an instalment, Word or PDF.

    `small` is what becomes of small numbers of people, None for what was chosen before; `confirmed` are the keys of
    sentences that state no hidden number. `typed_by` is the id of a person whose texts that are not handed in yet
    stand in it; `templates` is the folder of the organisation's own.
    """

    kind: Kind
    language: str = "sv"
    step: str | None = None
    instalment: int | None = None
    pdf: bool = False
    small: SmallNumbers | None = None
    confirmed: frozenset[str] = frozenset()
    typed_by: int | None = None
    templates: Path | None = None


def make_paper(engine: Engine, reference: str, wanted: Wanted, today: date) -> Paper:
    """Return the document as it is on the day, from what the grant knows. Nothing is stored.

    BadInput names what is missing: the step of a follow-up, the instalment of a claim.
    """
    facts, more, paper = gather_paper(engine, reference, wanted, today)
    content = fill_template(wanted.kind, facts, wanted.templates, **more)
    if wanted.pdf:
        name = paper.name.replace(".docx", ".pdf")
        return replace(paper, name=name, media_type=PDF, content=as_pdf(content, wanted.language))
    return replace(paper, content=content)


def look_at_paper(engine: Engine, reference: str, wanted: Wanted, today: date) -> Paper:
    """Return what is to be known of the document before it is made: its content is empty."""
    return gather_paper(engine, reference, wanted, today)[-1]


def gather_paper(
    engine: Engine, reference: str, wanted: Wanted, today: date
) -> tuple[DocumentFacts, dict[str, object], Paper]:
    """Return what a document says, what its template alone needs, and the document without its content."""
    say = paper_translator(wanted.language)
    with reading(engine) as connection, Session(connection) as session:
        work = _load(session, reference, today)
        step, more = _about(work, wanted, say)
        typed = typed_answers(work, wanted.typed_by) if wanted.typed_by else None
        reports = load_reports(work, step if wanted.kind == "follow-up" else None, typed)
        figures = make_figures(say, reports)
        facts = gather_facts(work, say, reports, figures)
        payee = None
        if wanted.kind == "claim":
            part = _part(work, wanted.instalment)
            more["part"] = next(line for line in facts.instalments if line.number == part.number)
            payee = claimed_to(connection, part)
            facts = with_account(say, facts, payee)
        elif more.get("repays") in _GOES_BACK:
            payee = work.record.repaid_to
        before = kept_choice(work.grant)
        paper = Paper(
            _name(reference, wanted, step),
            WORD,
            b"",
            wanted.kind,
            step.key if step else None,
            chosen=KeptChoice(wanted.small or before.choice, before.confirmed | wanted.confirmed),
            is_draft=facts.is_draft,
            payee=tuple(word_payee(say, payee, today)),
        )
        printed = printed_facts(wanted.kind, wanted.language, wanted.templates)
        # Where nothing is paid back, no line is there for the account.
        lines = printed if more.get("repays", Repaid.OWED) in _GOES_BACK else printed - {"funder_account"}
        texts = [line for name in _TEXTS if name in printed for line in _lines(getattr(facts, name))]
        if printed & _FIGURES:
            facts, paper = _treated(work, say, figures=figures, facts=facts, paper=paper, texts=texts)
        contradicting = _contradicting(say, reports, figures, facts, printed)
        look_at = (found for line in texts for found in find_sentences_with_personal_numbers(line))
        paper = replace(
            paper,
            blanks=tuple(words for name, words in facts.blanks if name in lines),
            look_at=tuple(dict.fromkeys(look_at)),
            stating=(*paper.stating, *list_unconfirmed(contradicting, paper.chosen.confirmed)),
            notes=_notes(facts, printed),
        )
    return facts, more, paper


def _load(session: Session, reference: str, today: date) -> GrantAtWork:
    """Return the grant as it is on the day; UnknownReference, BadInput for a day before what the paper tells of."""
    grant = session.exec(select(Grant).where(Grant.reference == reference)).first()
    if grant is None:
        raise UnknownReference(reference)
    work = load_grant(session, grant, today)
    _refuse_before_its_content(work, reference)
    return work


def _contradicting(
    say: Translator,
    reports: Reports,
    figures: ReportFigures,
    facts: DocumentFacts,
    printed: frozenset[str],
) -> Iterator[str]:
    """Yield each sentence that states another number of a figure than the tables, with both.

    What a follow-up said is held against its own figures, and not again where a later report quotes it.
    """
    held = _STATING & printed if reports.only is None else printed & {"texts"}
    counted = find_counted(reports, figures)
    for text in (line for name in sorted(held) for line in _lines(getattr(facts, name))):
        for contradiction in find_contradictions(text, counted):
            number = say.number(contradiction.number)
            yield word_document(
                say, "differs", sentence=contradiction.sentence, stated=contradiction.stated, number=number
            )


def _refuse_before_its_content(work: GrantAtWork, reference: str) -> None:
    """Raise BadInput where the paper's day is before something that it tells of."""
    days = [
        *(decision.decided_on for decision in work.decisions),
        *(step.done_on for step in work.steps.values()),
        *(
            day
            for instalment in work.instalments
            for day in (instalment.released_on, instalment.claimed_on, instalment.paid_on)
        ),
    ]
    last = max((day for day in days if day is not None), default=work.today)
    if last > work.today:
        raise BadInput(Printed.BEFORE_ITS_CONTENT(grant=reference, day=work.today, last=last))


def _notes(facts: DocumentFacts, printed: frozenset[str]) -> tuple[str, ...]:
    """Return what the paper says of its figures."""
    return next((getattr(facts, name) for name in ("notes", "total_notes") if name in printed), ())


def _treated(
    work: GrantAtWork,
    say: Translator,
    *,
    figures: ReportFigures,
    facts: DocumentFacts,
    paper: Paper,
    texts: Sequence[str],
) -> tuple[DocumentFacts, Paper]:
    """Return the facts with numbers of people as an officer chose, and the paper with what is to choose."""
    threshold = work.programme.small_numbers
    small = tuple(name_small(say, figures.numbers, figures.periods, threshold))
    chosen = paper.chosen
    paper = replace(paper, small=small, tables=facts.tables)
    if not small or chosen.choice is None or chosen.choice is SmallNumbers.SHOW:
        return facts, paper
    tables, hidden = treat_figures(say, figures.numbers, figures.periods, chosen.choice, threshold)
    said = (sentence for text in texts for sentence in find_sentences_stating(text, hidden))
    why = word_document(say, "only_totals")
    facts = replace(facts, tables=tables, notes=(*facts.notes, why), total_notes=(*facts.total_notes, why))
    return facts, replace(paper, tables=facts.tables, stating=list_unconfirmed(said, chosen.confirmed))


def _lines(text: str | Sequence[str | TextPart | DecisionLine]) -> Iterator[str]:
    """Yield the paragraphs of a text, of notes, of what was written in answer to questions, or of decisions."""
    for part in [text] if isinstance(text, str) else text:
        if isinstance(part, TextPart):
            yield from part.paragraphs
        elif isinstance(part, DecisionLine):
            yield from (part.purpose, part.conditions)
        else:
            yield part


def _name(reference: str, wanted: Wanted, step: Step | None) -> str:
    about: str = wanted.kind
    if wanted.kind == "follow-up" and step is not None:
        about = step.key  # several may be about one period
    elif wanted.kind == "claim" and wanted.instalment is not None:
        about = f"{wanted.kind}-{wanted.instalment}"
    return f"{in_file_names(reference)}-{about}.{wanted.language}.docx"


def _about(work: GrantAtWork, wanted: Wanted, say: Translator) -> tuple[Step | None, dict[str, object]]:
    """Return the step that the document belongs to, and what its template alone needs."""
    if wanted.kind == "follow-up":
        if wanted.step is None:
            keys = ", ".join(key for key, step in work.steps.items() if step.phase is Phase.FOLLOW_UP)
            there = keys or Printed.NO_FOLLOW_UP()
            raise BadInput(Printed.WHICH_STEP(grant=work.grant.reference, there=there))
        step = step_named(work, wanted.step)
        rule = work.record.rule_of(step)
        title = rule.title.in_language(say.language) if rule else step.key
        period = f" {say.period(step.period)}" if step.period else ""
        return step, {"step_title": capitalised(title) + period, "step_period": word_period(say, step)}
    if wanted.kind == "claim":
        claims = (
            step
            for step in work.steps.values()
            if step.kind is StepKind.CLAIM and wanted.instalment in (None, step.instalment)
        )
        return next(claims, None), {}
    if wanted.kind == "repayment":
        repayments = (step for step in work.steps.values() if step.kind is StepKind.REPAYMENT)
        due = step_named(work, wanted.step) if wanted.step else next(repayments, None)
        return due, {"due_on": say.dated(due.due_on) if due and due.due_on else ""} | _repays(work, say, due)
    if wanted.kind in ("memo", "agenda-note"):
        return next(our_approvals(work), None), {}
    return final_report(work), {}


def _repays(work: GrantAtWork, say: Translator, step: Step | None) -> dict[str, Any]:
    """Return what is paid back, when there is something, and the funder's threshold in words."""
    rule = work.record.rule_of(step) if step else None
    currency = work.grant.currency
    least = find_least_repaid(rule.repays if rule else None, work.programme, awarded_on(work.decisions))
    unspent = step.repays_minor if step else None
    if unspent is None:
        found = unspent_on(work.record)
        unspent = found.left_minor if found else None
    state = decide_repaid(unspent, least)
    said = say.money(unspent, currency) if unspent is not None else word_document(say, "not_settled")
    more = {"repays": state, "at_least": say.money(least, currency) if least else "", "to_repay": said}
    # What is not paid back is due on no day.
    return more if state in _GOES_BACK else more | {"due_on": ""}


def _part(work: GrantAtWork, number: int | None) -> Instalment:
    if number is None and len(work.instalments) != 1:
        there = ", ".join(str(instalment.number) for instalment in work.instalments) or Reading.NONE()
        raise BadInput(Printed.WHICH_INSTALMENT(grant=work.grant.reference, there=there))
    return find_instalment(work, number if number is not None else work.instalments[0].number)
