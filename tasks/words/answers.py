"""Word answers and where they come from, as letters, pages and documents show them."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from models.programme.file import Programme
from models.programme.question import WHY, Question
from models.reading.money import read_amount
from models.rules.answers.accept import fields_of
from models.tables.step import Figure
from tasks.words.translator import Speaker


def word_source(say: Speaker, source: str, programme: Programme) -> str:
    """Return where a figure came from: the step whose answer it was, the source's title, or its or its file's name."""
    step = source.partition(".")[0]
    named = [rule.title for rule in programme.steps if rule.key == step] or [
        rule.title
        for key, rule in programme.sources.items()
        if rule.title and (key == source or rule.has_file(source))
    ]
    # Sources of one file are told apart by nothing that is kept with a figure.
    if not named or any(title != named[0] for title in named):
        return source
    return named[0].en if say.language == "en" else named[0].sv


def word_origin(say: Speaker, source: str, figure: Figure, zone: ZoneInfo) -> str:
    """Return where a figure came from, when, for which period, and the beginning of the SHA-256 of what was read."""
    said = [source, say.moment(figure.gathered_at.astimezone(zone))]
    if figure.source != source and figure.sha256 and "." in figure.source:  # the file that has a title
        said.insert(1, figure.source)
    if figure.period:
        said.append(say.period(figure.period))
    if figure.sha256:
        said.append(f"SHA-256 {figure.sha256[:16]}…")
    return ", ".join(said)


def word_title(say: Speaker, question: Question) -> str:
    """Return what a question is called."""
    return question.title.en if say.language == "en" else question.title.sv


def word_field(say: Speaker, question: Question, key: str) -> str:
    """Return what one of a question's fields asks: itself, a part of it, or why it does not fit."""
    if key == question.key:
        return word_title(say, question)
    if key == f"{question.key}.{WHY}" and question.parts:
        whole = word_title(say, question)
        return say.gettext("Why the parts of “%(whole)s” do not add up to it", whole=whole)
    return say.gettext(
        "%(whole)s: %(part)s",
        whole=word_title(say, question),
        part=word_title(say, fields_of(question)[key]),
    )


def word_value(say: Speaker, question: Question, value: object, currency: str) -> str:
    """Return an answer as people write it."""
    text = str(value)
    if question.kind == "yes_no":
        return say.gettext("Yes") if text.lower() in ("true", "yes", "ja") else say.gettext("No")
    if question.kind == "choice":
        found = next((one.title for one in question.options if one.key == text), None)
        return text if found is None else found.en if say.language == "en" else found.sv
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
