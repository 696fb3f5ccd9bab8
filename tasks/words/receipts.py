"""Word a receipt: why a date is what it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from pydantic import JsonValue

from models.facts.letter import Ahead
from models.facts.receipt import Receipt, Source, Term, WhyDue, place_of
from models.programme.language.rule import WEEKDAYS, Rule
from models.programme.plan import Programme
from models.rules.money.risk import Loss
from models.tables.letter import Notice
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import SETTLED
from tasks.words.templates import one_paragraph, sentences_of, words_of
from tasks.words.translator import translator

# A notice about a step, its reader, and the result of its letter.
ToldFact = tuple[Notice, Person, str]


@dataclass(frozen=True, slots=True)
class RoundFact:
    """What a round does: why, at which rung, to whom; and when it looks again. No reason: nothing is left."""

    on: date
    reason: str | None
    rung: str | None
    tells: tuple[str, ...]
    next_on: date | None = None
    next_rung: str | None = None


@dataclass(frozen=True, slots=True)
class StepExplained:
    """A step with everything that explains it; people are named with their addresses.

    `argument` is the grant's reference as a command takes it. `losses` are what lateness costs, in
    `currency`, and `lapses_after` the day after which the right to the money lapses; neither for a
    settled step. `has_passed` says that the due day is over.
    """

    title: str
    reference: str
    argument: str
    row: Step
    has_passed: bool
    receipt: Receipt
    done_by: str
    owner: str
    waits_for: tuple[str, ...]
    told: tuple[ToldFact, ...]
    round: RoundFact
    currency: str
    losses: tuple[Loss, ...] = ()
    lapses_after: date | None = None

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.row.status in SETTLED


_NO_PROGRAMME: Mapping[str, object] = {"titles": {}, "bodies": {}, "place": "SE"}


class ReceiptWords:
    """Words the receipts of one programme's steps in a language, on a day; days in words or in ISO 8601."""

    def __init__(
        self, language: str, programme: Programme | None, today: date, *, days_as_iso: bool = False
    ) -> None:
        self._language = language = translator(language).language
        variables: dict[str, object] = {
            "today": today,
            "today_iso": today.isoformat(),
            "days_as_iso": days_as_iso,
        }
        variables |= _names_in(programme, language) if programme else _NO_PROGRAMME
        variables["weekdays"] = WEEKDAYS
        self._told = variables
        self._rules = {rule.key: rule for rule in programme.steps} if programme else {}
        self._today = today
        self._say = words_of(language, "explanations/receipt.j2", **variables)
        self._why = words_of(language, "explanations/why.j2", **variables)

    def rule(self, receipt: Receipt, template_key: str) -> str:
        """Return the rule by which a step is due, and its changes; `template_key` is the programme's step."""
        return self.rule_of(receipt, self._due(receipt, template_key))

    def _due(self, receipt: Receipt, template_key: str) -> Rule | None:
        step = self._rules.get(template_key)
        if step is None or step.last is None or not receipt.last:
            return step.due if step is not None else None
        return step.last.due

    def rule_of(self, receipt: Receipt, due: Rule | None) -> str:
        """Return the rule itself, and its changes; None if no programme gives one."""
        return str(self._say.whole_rule(receipt, due))

    def counted(self, receipt: Receipt) -> str:
        """Return how the day was counted, or what it waits for."""
        return str(self._say.counted(receipt.counted))

    def source(self, source: Source) -> str:
        """Return where a date comes from, as written or by what happened."""
        return str(self._say.source(source))

    def notes(self, receipt: Receipt) -> Iterator[str]:
        """Yield the notes on the date, as of the day: an earlier meeting that has been held is left out."""
        for note in receipt.notes:
            if note["kind"] != "earlier_meeting" or note["earlier"] >= self._today.isoformat():
                yield self.note(note)

    def note(self, term: Term) -> str:
        """Return one note, or what is impossible or unwise in a plan."""
        return str(self._say.note(term))

    def as_json(self, receipt: Receipt, template_key: str) -> dict[str, JsonValue]:
        """Return the receipt in words for another program."""
        return {
            "rule": self.rule(receipt, template_key),
            "arithmetic": self.counted(receipt),
            "rolled": receipt.rolled,
            "source": self.source(receipt.source),
            "readings": list(receipt.readings),
            "sources": dict(receipt.sources),
            "warnings": list(self.notes(receipt)),
        }

    def explain(self, step: StepExplained) -> tuple[str, ...]:
        """Return all that explains a step: why this date, who has it, who was told, what a round does."""
        words = words_of(self._language, "explanations/step.j2", **self._told)
        return sentences_of(words.sentences(step, self._due(step.receipt, step.row.template_key)))

    def why(self, why: WhyDue, *, settled: bool = False) -> str:
        """Return why the date is what it is, as sentences; of a settled step without "our own choice"."""
        rule = self.rule(why.receipt, why.template_key) if why.receipt.form == "composed" else ""
        return one_paragraph(self._why.sentences(why, why.due_on.isoformat(), rule, settled))

    def our_day(self, ahead: Ahead | None) -> str:
        """Return what a day of ours leaves time for, as a colleague would say it, and that it is ours."""
        return one_paragraph(self._why.our_day(ahead))

    def closed(self, why: WhyDue) -> str:
        """Return that offices are closed on the due date, and by when to be done."""
        return one_paragraph(self._why.closed(why))


def _names_in(programme: Programme, language: str) -> dict[str, object]:
    """Return what the programme calls its dates, steps and bodies, and where its offices lie."""
    titled = {name: words.title for name, words in programme.dates.items()}
    titled |= {rule.key: rule.title for rule in programme.steps}
    bodies = {name: words.title for name, words in programme.bodies.items()}
    return {
        "titles": {name: words.in_language(language) for name, words in titled.items()},
        "bodies": {name: words.in_language(language) for name, words in bodies.items()},
        "place": place_of(programme),
    }
