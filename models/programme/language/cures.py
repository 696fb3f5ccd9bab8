"""What is wrong with a sentence where a slip is known, and what to write in its place."""

from __future__ import annotations

import re
from typing import Literal, NoReturn

from models.programme.language.fault import meant
from models.programme.language.printed import MONTHS
from models.programme.language.rule import NAMES
from models.programme.language.tokens import Token, Walk
from models.reading.number import shown

ROLLS: dict[str, Literal["stays", "next", "previous", "statute"]] = {
    "or next working day": "next",
    "or working day before": "previous",
    "even on day off": "stays",
    "even on a day off": "stays",
    "by SFS 1930:173": "statute",
}
FOLLOWING = "'or the next working day', 'even on a day off', '(source)', 'except'"
_LENGTHS = {"week": (7, "days"), "year": (12, "months"), "quarter": (3, "months")}


def unit_fault(walk: Walk, count: int) -> NoReturn:
    """Raise that a number is followed by no unit and no month."""
    word = walk.word()
    if length := _LENGTHS.get(word.removesuffix("s")):
        times, unit = length
        walk.fail(f"{word.removesuffix('s')}s are not used; write {count * times} {unit}")
    if word in ("business", "workdays", "workday", "weekdays"):
        walk.fail(f"these are called working days; write {count} working days")
    if walk.token.text[:1].isupper():
        walk.fail(f"a month is expected here{meant(word.title(), MONTHS)}")
    units = ("days", "working days", "months")
    walk.fail(f"days, working days or months are expected here{meant(word, units)}")


def name_fault(walk: Walk) -> None:
    """Raise that a name is one word."""
    token, word = walk.token, walk.token.text
    whole = f"{word}_{walk.word(1)}"
    if whole in NAMES:
        walk.fail(f"this name is one word; write {whole}", token)


def not_a_beginning(walk: Walk) -> NoReturn:
    """Raise that a rule does not begin so."""
    token, word = walk.token, walk.token.text
    if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", word):
        walk.fail(f"a fixed day is written with 'on'; write 'on {word}'")
    if not token.bracketed and re.match(r"[a-z][a-z0-9_.-]*\Z", word):
        name_fault(walk)
        walk.fail(f"a rule does not begin with a name; write 'at {shown(word)}'")
    begins = "a number, 'at', 'on', 'end of the month', 'either', 'earlier of' or 'later of'"
    walk.fail(f"a rule does not begin so; it begins with {begins}")


def wrong_roll(walk: Walk, begins: Token) -> NoReturn:
    """Raise what is wrong with an 'or' that is no roll."""
    after = walk.ahead(1)
    if after.text in ("nearest", "closest", "following"):
        walk.fail(
            "a day off moves to the next working day or to the one before; write or the next working day",
            after,
        )
    if re.match(r"[0-9]", after.text) and begins.text != "either":
        walk.fail(
            "'or' joins two readings; begin with 'either' where the text can be read in two ways, or write"
            " 'or the next working day'"
        )
    near = meant(after.text, ("next", "working"))
    walk.fail(
        f"'or' is followed by 'the next working day' or 'the working day before' here{near}",
        after if after.text else None,
    )
