"""Word where what a person answered is another than what a source says: in letters, on pages and on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models.facts.letter import Conflict
from models.programme.file import Programme
from models.programme.step import StepRule
from models.reading.plain_text import one_line
from models.rules.answers.conflicts import find_two_answers
from models.tables.grant import Grant
from models.tables.step import Figure, Step
from tasks.store.answers import last_answers
from tasks.store.database import reading
from tasks.store.programmes import load_programme
from tasks.words.answers import word_source, word_value
from tasks.words.translator import Speaker, capitalised


def find_conflicts(
    say: Speaker,
    rule: StepRule,
    answers: tuple[Mapping[str, tuple[str, str]], Mapping[str, object]],
    programme: Programme,
    money: tuple[str, int],
) -> Iterator[Conflict]:
    """Yield where what was given is another than a source says; a small number of people is not repeated.

    `answers` are the figures, as (value, source) by question, and what was given; `money` is the currency and the
    number from which a number of people is not small. Nothing is said of who gave it.
    """
    currency, threshold = money
    for two in find_two_answers(rule.questions, *answers, currency, threshold):
        mine, theirs = (word_value(say, two.question, value, currency) for value in two.values)
        title = two.question.title
        yield Conflict(
            capitalised(title.en if say.language == "en" else title.sv),
            "" if two.few else one_line(mine, 200),
            "" if two.few else one_line(theirs, 200),
            one_line(word_source(say, two.source, programme), 200),
            False,
        )


def word_conflicts(say: Speaker, conflicts: Iterable[Conflict]) -> Iterator[str]:
    """Yield a sentence for each, and one that says what holds."""
    yield from (word_conflict(say, one) for one in conflicts)
    yield say.gettext("What is written holds until somebody changes it.")


def word_conflict(say: Speaker, one: Conflict) -> str:
    """Return what was answered and what the source says, as a sentence."""
    named = {"what": one.title, "source": one.source}
    both = {"given": one.given, "gathered": one.gathered}
    if one.yours and one.given:
        return say.gettext("%(what)s: you wrote %(given)s, %(source)s says %(gathered)s.", **named, **both)
    if one.given:
        return say.gettext("%(what)s: %(given)s is reported, %(source)s says %(gathered)s.", **named, **both)
    return say.gettext("%(what)s: the answer is another than %(source)s says.", **named)


def conflicts_of_step(engine: Engine, reference: str, step_key: str, say: Speaker) -> list[str]:
    """Return the sentences about the step's last answer; none where no source says otherwise."""
    with reading(engine) as connection, Session(connection) as session:
        grant = session.exec(select(Grant).where(Grant.reference == reference)).one()
        step = session.exec(select(Step).where(Step.grant_id == grant.id, Step.key == step_key)).first()
        programme = load_programme(connection, grant.programme_id)
        rules = {rule.key: rule for rule in programme.steps}
        if step is None or step.template_key not in rules:
            return []
        kept = session.exec(select(Figure).where(Figure.step_id == step.id).order_by(col(Figure.id)))
        figures = {one.question: (one.value, one.source) for one in kept}
        given = last_answers(session, [step.id]).get(step.id or 0, {})
        money = (grant.currency, programme.small_numbers)
        found = [*find_conflicts(say, rules[step.template_key], (figures, given), programme, money)]
    return [*word_conflicts(say, found)] if found else []
