"""Work out what the rows of a programme come to: their faults, the letter's own calendar, and what is noted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from deployments.portal.programme.faults import FieldPlace, find_faults
from deployments.portal.programme.offered import offered_sentences
from models.message import Remark
from models.programme.expand.plan_names import approval_of, claim_of, coming_of
from models.programme.plan import Programme
from models.programme.written.file import Written
from models.reading.number import read_amount
from models.rules.dates.selection import PlannedStep
from models.vocabulary import StepKind
from tasks.programmes.examples import NONE, example_calendar, example_plan
from tasks.programmes.files import check_text
from tasks.programmes.note_faults import Noted
from tasks.programmes.notes import find_over_awards, programme_notes, without_silent
from tasks.programmes.rows.content import Content, content_of
from tasks.programmes.rows.places import row_named
from tasks.programmes.rows.row import BOTH, ProgrammeRows
from tasks.programmes.rows.swedish import in_english
from tasks.programmes.sample_award import sample_calendar
from tasks.programmes.strict_yaml import write_yaml
from tasks.programmes.yaml_faults import AtItsRow
from tasks.words.reasons import word_reason
from tasks.words.receipts import ReceiptWords
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_step_title

RowPlace = tuple[str, int]
_MONTHS_END = "end of the month after period_end"
# Where it is said once for all rows.
_DAYS_OFF: RowPlace = ("days_off", 0)


class CalendarLine(NamedTuple):
    """A step of the letter's own grant: its title, its day, its row, and the sum of a claim or of what comes."""

    title: str
    due_on: date | None
    row: RowPlace | None
    sum: str = ""


class NoteSeen(NamedTuple):
    """What is noted, in words; it `warns` of what cannot be met."""

    text: str
    warns: bool = False


@dataclass(slots=True)
class RowSeen:
    """What a row comes to: the rule of its first step, its days, when its money comes, its sums, and notes."""

    rule: str = ""
    days: list[date] = field(default_factory=list)
    comes_on: list[date] = field(default_factory=list)
    sums: list[str] = field(default_factory=list)
    notes: list[NoteSeen] = field(default_factory=list)

    def add_step(self, step: PlannedStep, rule: str) -> None:
        """Add the day of a step that is no approval; the rule is that of the first."""
        self.rule = self.rule or rule
        if step.due_on is not None:
            (self.comes_on if step.rule.kind is StepKind.PAYMENT else self.days).append(step.due_on)


@dataclass(frozen=True, slots=True)
class ProgrammeSeen:
    """What rows come to: the file, its faults by field, the calendar, what each row comes to and what else is noted."""

    file: str
    faults: Mapping[FieldPlace, list[str]]
    calendar: Sequence[CalendarLine] = ()
    rows: Mapping[RowPlace, RowSeen] = field(default_factory=dict)
    notes: Sequence[NoteSeen] = ()


def look_at(rows: ProgrammeRows, say: Translator, today: date, *, noted: bool = True) -> ProgrammeSeen:
    """Return what rows come to, in words, and what is noted of them, if that is asked; nothing is kept."""
    content = content_of(in_english(rows))
    text = write_yaml(content)
    faults = find_faults(rows, text, say)
    plan = check_text(write_yaml({**content, "examples": []}), "", examples=False)
    if not isinstance(plan, Programme):
        return ProgrammeSeen(text, faults)
    planned, sums = _worked_out(content, plan, say)
    words = ReceiptWords(say.language, plan, today)
    lines = list(_lines(rows, planned, sums, say))
    seen = defaultdict[RowPlace, RowSeen](RowSeen)
    for step, line in zip(planned, lines, strict=True):
        if line.row is not None and not step.rule.approves:
            seen[line.row].add_step(step, words.rule(step.receipt, step.rule.key))
    for name, said in sums.items():
        place = row_named(rows, "payments", name)
        if place is not None:
            seen[place].sums += [one for one in said if one]
    others = list[NoteSeen]()
    for place, note in _notes(rows, plan, words, say) if noted else ():
        (seen[place].notes if place is not None else others).append(note)
    lines.sort(key=lambda line: line.due_on or date.max)
    return ProgrammeSeen(text, faults, lines, seen, others)


def _worked_out(
    content: Content, plan: Programme, say: Translator
) -> tuple[Sequence[PlannedStep], Mapping[str, Sequence[str]]]:
    """Return the steps and sums of the letter's grant; of an invented one, without sums, where it says too little."""
    try:
        written = Written.model_validate(content)
        planned = example_plan(written, 0, plan)
        given = dict(example_calendar(written, 0, plan))
    except ValueError:  # pydantic's, or of a day or a sum that is none
        return sample_calendar(plan, None).planned, {}
    return planned, {
        name: [_sum(one, plan.currency, say) for one in given[name]] for name in written.payments
    }


def _sum(text: str, currency: str, say: Translator) -> str:
    """Return a sum of an example as people write it; empty for none."""
    return say.money(read_amount(text, currency), currency) if text != NONE else ""


def _lines(
    rows: ProgrammeRows, planned: Iterable[PlannedStep], sums: Mapping[str, Sequence[str]], say: Translator
) -> Iterator[CalendarLine]:
    """Yield the lines of steps; a payment's sums are those of its periods, one after the other."""
    payments = list(rows.named_payments)
    periods = Counter[str]()
    for step in planned:
        period = step.period.label if step.period is not None else None
        title = capitalised(word_step_title(say, step.rule, step.rule.kind, period))
        row = _row_of_step(rows, step.rule.key)
        said = sums.get(payments[row[1]], ()) if row is not None and row[0] == "payments" else ()
        number = periods[step.rule.key]
        yield CalendarLine(title, step.due_on, row, said[number] if number < len(said) else "")
        periods[step.rule.key] += 1


def _row_of_step(rows: ProgrammeRows, key: str) -> RowPlace | None:
    """Return the row that a step of the plan comes from: the duty that it is or approves, or its payment."""
    for name in rows.steps:
        if key in (name, approval_of(name)):
            return row_named(rows, "steps", name)
    for name in rows.named_payments:
        if key in (claim_of(name), coming_of(name)):
            return row_named(rows, "payments", name)
    return None


def _notes(
    rows: ProgrammeRows, plan: Programme, words: ReceiptWords, say: Translator
) -> Iterator[tuple[RowPlace | None, NoteSeen]]:
    """Yield what `grants check` notes of a programme, each with the row that it is about, if any."""
    found, silent = without_silent(plan, find_over_awards(plan, words.note))
    if silent is not None:
        yield _DAYS_OFF, NoteSeen(word_reason(say, AtItsRow.DAYS_OFF()))
    for one in found:
        yield (
            _row_of_step(rows, one.steps[0]),
            NoteSeen(capitalised(word_reason(say, one.sentence)), one.warns),
        )
    for note in programme_notes(plan):
        step = str(note.facts.get("step", ""))
        if note.message is not Noted.DECISION_GIVES:  # its row says so already
            yield _row_of_step(rows, step), NoteSeen(capitalised(word_reason(say, _at_row(note, rows, say))))


def _at_row(note: Remark, rows: ProgrammeRows, say: Translator) -> Remark:
    """Return a note as the page says it: with titles, and in the reader's sentences."""
    if note.message is Noted.MONTHS_END:
        offered = offered_sentences(rows, say.language)["days"]
        return AtItsRow.MONTHS_END(example=next(one.text for one in offered if one.english == _MONTHS_END))
    titles = {name: row.title.partition(BOTH)[0] for name, row in (rows.steps | rows.named_dates).items()}
    facts = {name: titles.get(str(fact), fact) for name, fact in note.facts.items()}
    return Remark(note.message, facts)
