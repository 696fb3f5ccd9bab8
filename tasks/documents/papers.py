"""Make a grant's documents (memo, report, claim and so on) from its record; nothing is stored here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, select

from models.errors import BadInput, UnknownReference
from models.reading.reference import in_file_names
from models.rules.answers.small_numbers import (
    SmallNumbers,
    find_sentences_with_numbers,
    find_sentences_with_personal_numbers,
    find_text_key,
    is_undecided,
    list_unread,
)
from models.tables.grant import Grant
from models.tables.step import Step
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.load import load_grant
from tasks.documents.document_faults import Printed
from tasks.documents.facts.decisions import DecisionLine
from tasks.documents.facts.document import DocumentFacts, as_claim, gather_facts, with_account
from tasks.documents.facts.figures import FigureTable, ReportFigures, make_figures
from tasks.documents.facts.provisional import Provisional, list_provisional
from tasks.documents.facts.reports import load_reports, settle_reports
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
from tasks.documents.subjects import find_subject
from tasks.documents.word.documents import fill_template, printed_facts
from tasks.documents.word.templates import Kind
from tasks.store.database import reading
from tasks.words.money import word_payee
from tasks.words.translator import Translator, paper_translator
from tasks.words.vocabulary import word_document

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
# The facts that are figures, and those that are free text; a template determines which of them it prints.
_FIGURES = {"tables"}
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
    """A finished document: its file name, title, bytes, and the step that it belongs to.

    `small` are its small numbers of people in words, `chosen` is an officer's choice about them.
    `unread` are paragraphs that nobody has held against the tables, `look_at` sentences with a
    personal identity number. `tables` are the figures as printed, `notes` explain them; `reported` are
    all that the reports say, to hold the texts against. `payee` is the account that it names, and whether
    it is new, in words. `provisional` is what it states provisionally: it has DRAFT on it until an
    officer confirms all of it.
    """

    name: str
    media_type: str
    content: bytes
    kind: Kind
    step_key: str | None
    is_draft: bool = False  # a memo with DRAFT on it
    # Facts that are not known, to be filled in before it is signed.
    blanks: tuple[str, ...] = ()
    small: tuple[str, ...] = ()
    chosen: KeptChoice = NOT_CHOSEN
    unread: tuple[str, ...] = ()
    provisional: tuple[Provisional, ...] = ()
    look_at: tuple[str, ...] = ()
    payee: tuple[tuple[str, str], ...] = ()
    tables: tuple[FigureTable, ...] = ()
    reported: tuple[FigureTable, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def undecided(self) -> bool:
        """Whether an officer must make a choice, or read its texts, before it is made."""
        return is_undecided(self.chosen.choice, self.small, self.unread)

    @property
    def numbers_in_texts(self) -> tuple[str, ...]:
        """The sentences with a number in figures, of the paragraphs that nobody has held against the tables."""
        return tuple(found for text in self.unread for found in find_sentences_with_numbers(text))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which document: its kind and language, a follow-up's step, an instalment's number, Word or PDF.

    `small` is the treatment of small numbers of people; None keeps the earlier choice. `confirmed`
    are the keys of paragraphs that somebody has read, `settled` those of provisional statements
    that are right. `typed_by` is the id of a person whose
    drafts are included. `templates` is the folder of the organisation's own templates.
    """

    kind: Kind
    language: str = "sv"
    step: str | None = None
    instalment: int | None = None
    pdf: bool = False
    small: SmallNumbers | None = None
    confirmed: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()
    typed_by: int | None = None
    templates: Path | None = None


def make_paper(engine: Engine, reference: str, wanted: Wanted, today: date) -> Paper:
    """Return the document as of the day, from the grant's record. Nothing is stored.

    BadInput names what is missing: the step of a follow-up, the instalment of a claim.
    """
    facts, more, paper = gather_paper(engine, reference, wanted, today)
    content = fill_template(wanted.kind, facts, wanted.templates, **more)
    if wanted.pdf:
        name = paper.name.replace(".docx", ".pdf")
        return replace(paper, name=name, media_type=PDF, content=as_pdf(content, wanted.language))
    return replace(paper, content=content)


def look_at_paper(engine: Engine, reference: str, wanted: Wanted, today: date) -> Paper:
    """Return what people must know about the document before it is made: its content is empty."""
    return gather_paper(engine, reference, wanted, today)[-1]


def confirm_all(
    engine: Engine,
    reference: str,
    wanted: Wanted,
    today: date,
    *,
    texts: bool = True,
    provisional: bool = True,
) -> Wanted:
    """Return the wish with each text as read, and each provisional statement as right."""
    look = look_at_paper(engine, reference, wanted, today)
    confirmed = frozenset(map(find_text_key, look.unread)) if texts else wanted.confirmed
    settled = frozenset(one.key for one in look.provisional) if provisional else wanted.settled
    return replace(wanted, confirmed=confirmed, settled=settled)


def gather_paper(
    engine: Engine, reference: str, wanted: Wanted, today: date
) -> tuple[DocumentFacts, dict[str, object], Paper]:
    """Return the document's facts, those for its template alone, and the document without its content."""
    say = paper_translator(wanted.language)
    with reading(engine) as connection, Session(connection) as session:
        work = _load(session, reference, today)
        subject = find_subject(
            work, say, kind=wanted.kind, step_key=wanted.step, instalment=wanted.instalment
        )
        more = dict(subject.more)
        typed = typed_answers(work, wanted.typed_by) if wanted.typed_by else None
        printed = printed_facts(wanted.kind, wanted.language, wanted.templates)
        chosen = kept_choice(work.grant).joined(wanted.small, wanted.confirmed, wanted.settled)
        reports = load_reports(work, subject.step if wanted.kind == "follow-up" else None, typed)
        provisional = [
            one
            for one in list_provisional(say, work, reports)
            if one.printed_by & printed and one.key not in chosen.settled
        ]
        if not provisional:
            reports = settle_reports(reports)
        figures = make_figures(say, reports)
        facts = gather_facts(work, say, reports, figures)
        if subject.part is not None:
            number = subject.part.number
            more["part"] = next(line for line in facts.instalments if line.number == number)
            facts = as_claim(say, with_account(say, facts, subject.payee))
        paper = Paper(
            name=_name(reference, wanted, subject.step),
            media_type=WORD,
            content=b"",
            kind=wanted.kind,
            step_key=subject.step.key if subject.step else None,
            is_draft=facts.is_draft,
            chosen=chosen,
            provisional=tuple(provisional),
            payee=tuple(word_payee(say, subject.payee, today)),
        )
        texts = [line for name in _TEXTS if name in printed for line in _lines(getattr(facts, name))]
        if printed & _FIGURES:
            facts, paper = _treated(work, say, figures=figures, facts=facts, paper=paper)
            paper = replace(paper, unread=list_unread(texts, chosen.confirmed))
        filled_in = printed if subject.has_account else printed - {"funder_account"}
        notes = [getattr(facts, name) for name in ("notes", "total_notes") if name in printed]
        look_at = (found for line in texts for found in find_sentences_with_personal_numbers(line))
        paper = replace(
            paper,
            blanks=tuple(words for name, words in facts.blanks if name in filled_in),
            look_at=tuple(dict.fromkeys(look_at)),
            notes=notes[0] if notes else (),
        )
    return facts, more, paper


def _load(session: Session, reference: str, today: date) -> GrantAtWork:
    """Return the grant as of the day. UnknownReference; BadInput for a day before the paper's content."""
    grant = session.exec(select(Grant).where(Grant.reference == reference)).first()
    if grant is None:
        raise UnknownReference(reference)
    work = load_grant(session, grant, today)
    _refuse_before_its_content(work, reference)
    return work


def _refuse_before_its_content(work: GrantAtWork, reference: str) -> None:
    """Raise BadInput if the paper's day is before something that it describes."""
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


def _treated(
    work: GrantAtWork,
    say: Translator,
    *,
    figures: ReportFigures,
    facts: DocumentFacts,
    paper: Paper,
) -> tuple[DocumentFacts, Paper]:
    """Return the facts with numbers of people as an officer chose, and the paper with the open choices."""
    threshold = work.programme.small_numbers
    small = tuple(name_small(say, figures.numbers, figures.periods, threshold))
    chosen = paper.chosen
    reported = (*facts.tables, *facts.spending_tables)
    paper = replace(paper, small=small, tables=facts.tables, reported=reported)
    if not small or chosen.choice is None or chosen.choice is SmallNumbers.SHOW:
        return facts, paper
    tables = treat_figures(say, figures.numbers, figures.periods, chosen.choice, threshold)
    why = word_document(say, "only_totals", number=say.spelled_out(threshold))
    facts = replace(facts, tables=tables, notes=(*facts.notes, why), total_notes=(*facts.total_notes, why))
    return facts, replace(paper, tables=facts.tables)


def _lines(text: str | Sequence[str | TextPart | DecisionLine]) -> Iterator[str]:
    """Yield the paragraphs of a text, of notes, of text answers, or of decisions."""
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
