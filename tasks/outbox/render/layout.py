"""Lay out worded letters with the shells in `templates/letters`, as text and as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Template

from models.facts.worded_letter import WordedLetter
from tasks.words.templates import words_environment
from tasks.words.translator import plain_spaces


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter laid out: its subject, plain text and HTML."""

    subject: str
    text: str
    html: str


def render_letter(letter: WordedLetter) -> Rendered:
    """Return the letter's subject, text and HTML. Raises jinja2.TemplateError for a template that does not fit."""
    text, html = _shells(letter.language)
    body = plain_spaces(text.render(letter=letter)).strip()
    return Rendered(plain_spaces(letter.subject), f"{body}\n", html.render(letter=letter))


@lru_cache(maxsize=8)
def _shells(language: str) -> tuple[Template, Template]:
    plain = words_environment(language)
    escaped = plain.overlay(autoescape=True)
    return plain.get_template("letters/letter.txt"), escaped.get_template("letters/letter.html")
