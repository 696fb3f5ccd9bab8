"""Choose the language of a page that belongs to nobody in particular."""

from __future__ import annotations

from tasks.words.translator import LANGUAGES

# A header longer than this is no browser's.
_MOST = 200


def preferred_language(accept_language: str, default: str) -> str:
    """Return the spoken language that an Accept-Language header ranks highest, else the default."""
    best, best_weight = default, 0.0
    for part in accept_language[:_MOST].split(","):
        tag, _, parameter = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        weight = _weight(parameter)
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value) if name == "q" else 0.0
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
