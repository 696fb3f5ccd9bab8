"""Say what stands in a grant's documents besides what their templates say."""

from __future__ import annotations

from tasks.words.templates import one_paragraph, words_module
from tasks.words.translator import Translator


def word_document(say: Translator, name: str, /, **facts: object) -> str:
    """Return the words of that name in `templates/explanations/documents.j2`, about these facts."""
    return one_paragraph(getattr(words_module(say.language, "documents"), name)(**facts))
