"""Read a spreadsheet's number formats: which show a number with a percent sign, in thousands, or digit by digit."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

# The formats that every spreadsheet has: 0 % and 0.00 %.
_PERCENTS = ("9", "10")
# What stands in quotes or brackets is no digit, and behind a semicolon is how other numbers are shown.
_NO_DIGIT = re.compile(r'"[^"]*"|\[[^\]]*\]|[\\_*].|;.*')
# A format whose digits end in commas shows thousands, or millions.
_SHORTENED = re.compile(r"[0#?],+(?![0#?,])")
# One that says where each digit goes, as of telephone numbers and of organisations': 0##-### ##, 000000-0000, "0"0.
_SPELLED = re.compile(r"""(?:[0#]|[- ()+/]|\\[- ()+/0-9]|"[-0-9 ()+/]*")+""")
_PLACE = re.compile("[0#]")
_PART = re.compile(r"""\\(.)|"([^"]*)"|(.)""")
_AS_IT_IS = re.compile("#*0?")


@dataclass(slots=True)
class NumberFormats:
    """A workbook's formats by their numbers: percentages and by what they multiply, and codes of digit by digit."""

    percents: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_PERCENTS, 100))
    shortened: set[str] = field(default_factory=set)
    spelled: dict[str, str] = field(default_factory=dict)

    def add(self, number: str, code: str) -> None:
        """Take a format that the workbook brings."""
        digits = _NO_DIGIT.sub("", code)
        if "%" in code:
            self.percents[number] = 100 if "%" in digits else 1
        elif _SHORTENED.search(digits):
            self.shortened.add(number)
        elif _PLACE.search(digits) and not _AS_IT_IS.fullmatch(code):
            first = code.split(";")[0]
            self.spelled |= {number: first} if _SPELLED.fullmatch(first) else {}


def styles_of(styles: Collection[str], formats: Collection[str]) -> list[tuple[str, str]]:
    """Return the styles, as cells name them, that are of these formats, each with its own."""
    return [(str(at), one) for at, one in enumerate(styles) if one in formats]


def spelled(number: int, code: str) -> str:
    """Return a number as a format shows it that says where each digit goes: 812345 by 0##-### ## is 08-123 45."""
    digits, shown = str(number), ""
    parts = [(one[1] or one[2], one[3] or "") for one in _PART.finditer(code)]
    first = next(at for at, (_, sign) in enumerate(parts) if sign in ("0", "#"))
    for at, (literal, sign) in reversed(list(enumerate(parts))):
        if sign not in ("0", "#"):
            shown = (literal or sign) + shown
        elif at == first:
            shown = (digits or ("0" if sign == "0" else "")) + shown
        else:
            shown = (digits[-1:] or ("0" if sign == "0" else "")) + shown
            digits = digits[:-1]
    return shown
