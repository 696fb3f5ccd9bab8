"""Hold a step that a letter is about, with what is looked up for it once: its programme, rule and instalment."""

from __future__ import annotations

from dataclasses import dataclass

from models.facts.letter import StepName
from models.programme.question import Words
from models.programme.step import StepRule
from models.reading.plain_text import one_line
from models.rules.notices.contents import InstalmentFacts
from models.vocabulary import StepKind
from tasks.outbox.facts.queries import LetterRow
from tasks.outbox.facts.rows import DbRow, LetterData, ProgrammeFacts
from tasks.words.steps import word_untitled
from tasks.words.translator import translator


@dataclass(frozen=True, slots=True)
class StepAtHand:
    """The row of the step's most pressing notice, in its letter.

    `rule` is None for a step that no programme gives, as a recovery; `own` is the instalment that the notice or its
    step is about.
    """

    data: LetterData
    letter: LetterRow
    row: DbRow
    language: str
    facts: ProgrammeFacts
    rule: StepRule | None
    own: InstalmentFacts | None

    def name(self, kind: str, period: str | None, rule: StepRule | None) -> StepName:
        """Return a step of the grant as the reader knows it."""
        if rule is None:
            return StepName(word_untitled(translator(self.language), kind), StepKind(kind))
        # The final report carries the period that was folded into it: only what comes once a period is named so.
        period = one_line(period) if rule.each else ""
        about = self.facts.rules.get(rule.approves) if rule.approves else None
        return StepName(
            words_in(rule.title, self.language),
            StepKind(kind),
            period,
            words_in(rule.definite, self.language) if rule.definite else "",
            self.name(about.kind, None, about) if about else None,
        )

    def person(self, person_id: object) -> str:
        """Return a person's name; empty for anything that is not a known person's id."""
        return one_line(self.data.person(person_id), 120)


def step_at_hand(data: LetterData, letter: LetterRow, row: DbRow) -> StepAtHand:
    """Return the step of a notice's row, with all that is known of it."""
    facts = data.programmes[row.programme_id]
    rule, own = facts.rules.get(row.template_key), instalment_of(data, row)
    return StepAtHand(data, letter, row, letter.language, facts, rule, own)


def instalment_of(data: LetterData, row: DbRow) -> InstalmentFacts | None:
    """Return the instalment that a money notice is about: as its maker noted, else its step's."""
    rule = data.programmes[row.programme_id].rules.get(row.template_key)
    noted = row.detail.get("instalment") if isinstance(row.detail, dict) else None
    own = row.instalment or (rule.instalment if rule and not rule.each else None)
    number = noted if type(noted) is int else own
    return next((one for one in data.instalments[row.grant_id] if one.number == number), None)


def words_in(words: Words, language: str) -> str:
    """Return a programme's words in a language, on one line."""
    return one_line(words.in_language(language), 300)
