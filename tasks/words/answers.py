"""Word answers, their origins, and where they differ from a source."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from models.facts.letter import Conflict
from models.programme.plan import Programme
from models.programme.question import WHY, Question
from models.programme.step import StepRule
from models.reading.number import read_amount
from models.reading.plain_text import one_line
from models.rules.answers.conflicts import find_two_answers
from models.rules.answers.figure_checks import FailedCheck
from models.rules.answers.small_numbers import split_sentences
from models.rules.answers.validation import list_fields
from models.tables.step import Figure
from tasks.words.templates import words_module
from tasks.words.translator import Translator, capitalised


def word_source(say: Translator, source: str, programme: Programme) -> str:
    """Return where a figure came from: the answering step, the source's title, or its file's name."""
    step = source.partition(".")[0]
    named = [rule.title for rule in programme.steps if rule.key == step] or [
        rule.title
        for key, rule in programme.sources.items()
        if rule.title and (key == source or rule.has_file(source))
    ]
    # A figure keeps its file, not its source: if two sources share the file, neither is named.
    if not named or any(title != named[0] for title in named):
        return source
    return named[0].in_language(say.language)


def word_origin(say: Translator, source: str, figure: Figure, zone: ZoneInfo) -> str:
    """Return where a figure came from, when, for which period, and the beginning of its SHA-256."""
    words = [source, say.moment(figure.gathered_at.astimezone(zone))]
    # The file of a source with a title.
    if figure.source != source and figure.sha256 and "." in figure.source:
        words.insert(1, figure.source)
    if figure.period:
        words.append(say.period(figure.period))
    if figure.sha256:
        words.append(f"SHA-256 {figure.sha256[:16]}…")
    return ", ".join(words)


def word_field(say: Translator, question: Question, key: str) -> str:
    """Return what one of a question's fields asks: itself, a part of it, or why it does not fit."""
    if key == question.key:
        return question.title.in_language(say.language)
    whole = question.title.in_language(say.language)
    parts = list_fields(question)
    is_sum = key == f"{question.key}.{WHY}" and question.parts
    part = "" if is_sum else parts[key].title.in_language(say.language)
    return str(words_module(say.language, "answers").field(whole, part))


def word_explained(say: Translator, explained: Iterable[FailedCheck]) -> str:
    """Return which figures do not agree, by each check's first sentence; the rest helps to answer."""
    sentences = (
        next(iter(split_sentences(failed.check.says.in_language(say.language)))) for failed in explained
    )
    return " ".join(f"{sentence.rstrip('.')}." for sentence in sentences)


def word_value(say: Translator, question: Question, value: object, currency: str) -> str:
    """Return an answer as people write it."""
    text = str(value)
    if question.kind == "yes_no":
        return str(words_module(say.language, "answers").yes_no(text.lower() in ("true", "yes", "ja")))
    if question.kind == "choice":
        title = next((option.title for option in question.options if option.key == text), None)
        return text if title is None else title.in_language(say.language)
    try:
        if question.kind == "date":
            return say.dated(date.fromisoformat(text))
        if question.kind == "number":
            return str(format_decimal(text, locale=say.locale))
        if question.kind == "money":
            return say.money(read_amount(text, currency), currency)
    except (ValueError, ArithmeticError):  # as it was written
        return f"{text} {currency}" if question.kind == "money" else text
    return text


def find_conflicts(
    say: Translator,
    rule: StepRule,
    answers: tuple[Mapping[str, tuple[str, str]], Mapping[str, object]],
    programme: Programme,
    money: tuple[str, int],
) -> Iterator[Conflict]:
    """Yield where a given answer differs from a source's; a small number of people is not repeated.

    `answers` are the figures, as (value, source) by question, and the answers given. `money` is the
    currency, and the number from which a number of people is not small. The words do not name who
    gave the answer.
    """
    currency, threshold = money
    for two in find_two_answers(rule.questions, *answers, currency, threshold):
        mine, theirs = (word_value(say, two.question, value, currency) for value in two.values)
        title = two.question.title
        yield Conflict(
            capitalised(title.in_language(say.language)),
            "" if two.few else one_line(mine, 200),
            "" if two.few else one_line(theirs, 200),
            one_line(word_source(say, two.source, programme), 200),
            False,
        )
