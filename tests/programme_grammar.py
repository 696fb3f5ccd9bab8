"""Print the forms of sentences as a grammar in lark's EBNF, of which another program can make a parser."""

from collections.abc import Iterator
from typing import Any

from models.programme.language import amounts, each, parser
from models.programme.language.grammar import (
    KINDS,
    Flag,
    Forms,
    Items,
    Maybe,
    Phrase,
    Sentence,
    Series,
    Slot,
    WordKind,
)
from models.programme.language.kinds import END, SPOKEN_DAYS, Choice, DayName, SpokenDay, Word, portable

SENTENCES: dict[str, tuple[Sentence[Any], ...]] = {
    "rule": (parser.RULE,),
    "each": (each.EACH, each.LISTED),
    "share": (amounts.SHARE,),
    "keeps": (amounts.KEEPS,),
    "repays": (amounts.REPAYS,),
    "when": (amounts.WHEN,),
    "late": (amounts.PRICE,),
    "needs": (amounts.NEED,),
    "from": (amounts.ORIGIN,),
    "check": (amounts.CHECK,),
}
_HEAD = """\
// The sentences of programme files, in lark's EBNF: start_rule reads a 'due', start_share a 'share', and so on.
// Words stand apart, in upper or lower case; commas and "the" are for the ear.
"""


def grammar() -> str:
    """Return the grammar of all sentences."""
    lines = [f"start_{name}: {_of_all(said)}" for name, said in SENTENCES.items()]
    lines += [f"k_{name}: {_of_kind(kind)}" for name, kind in sorted(KINDS.items())]
    return _HEAD + "\n".join([*lines, r"%ignore /[\s,]+/", f"%ignore /the{END}/i", ""])


def _of_all(sentences: tuple[Sentence[Any], ...]) -> str:
    return "\n    | ".join(_of_forms(one.kind) for one in sentences)


def _of_kind(kind: WordKind) -> str:
    if isinstance(kind, Forms):
        return _of_forms(kind)
    if isinstance(kind, Choice):
        return _of_phrases((*kind.words, *kind.heard))
    if isinstance(kind, SpokenDay):
        return _of_phrases(SPOKEN_DAYS)
    assert isinstance(kind, Word)
    # Longest first, and a source ends where its parenthesis does: the reader cuts its words beforehand.
    alternatives = sorted(_alternatives(kind.pattern), key=len, reverse=True)
    pattern = portable("|".join(alternatives)).replace("/", r"\/")
    pattern = pattern.replace(r"\(.+\)", r"\(([^()]|\([^()]*\))+\)")
    said = f"/({pattern}){END}/{'i' if '(?i:' in kind.pattern else ''}"
    if isinstance(kind, DayName):
        return f'{_of_phrases(SPOKEN_DAYS)} | {said} ["of"i "decision"i]'
    return said


def _alternatives(pattern: str) -> list[str]:
    """Return the alternatives of a pattern at its outermost level."""
    found, deep = [""], 0
    for sign in pattern:
        deep += (sign == "(") - (sign == ")")
        if sign == "|" and not deep:
            found.append("")
        else:
            found[-1] += sign
    return found


def _of_forms(forms: Forms) -> str:
    return "\n    | ".join(" ".join(_of_items(one.items)) for one in forms.forms)


def _of_phrases(phrases: Any) -> str:
    return " | ".join(_of_words(tuple(one.split())) for one in phrases)


def _of_words(words: tuple[str, ...]) -> str:
    said = (one for one in words if one != "the")
    return " ".join(f"/{one.replace('(s)', 's?')}/i" if "(s)" in one else f'"{one}"i' for one in said)


def _of_items(items: Items) -> Iterator[str]:
    for item in items:
        match item:
            case Phrase(words):
                yield _of_words(words)
            case Flag(_, words):
                yield f"[{_of_words(words)}]"
            case Slot(_, kind):
                yield f"k_{kind}"
            case Series(_, kind, least, between):
                more = f"({_of_words((between,))} k_{kind})" if between else f"k_{kind}"
                yield " ".join([f"k_{kind}", *[more] * (least - 1), f"{more}*"] if least else [f"{more}*"])
            case Maybe(inner):
                yield f"[{' '.join(_of_items(inner))}]"
