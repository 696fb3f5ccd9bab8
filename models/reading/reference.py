"""Read a grant's reference: the diary number, as offices write it."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from models.errors import Unreadable
from models.message import Remark
from models.reading.line import as_text
from models.reading.number import shown
from models.reading.plain_text import is_one_line
from models.reading.value_faults import Reading, meant

# Diary numbers as offices write them: SN 2026/17, ÄN-2026-00017, KS 2026:17, 2026/17 SN 5.1. None
# of the signs has a meaning for a shell between double quotes, a pattern of file names or a header.
_SIGNS = "A-Za-zÀ-ÖØ-öø-ÿ0-9"
_REFERENCE = re.compile(rf"[{_SIGNS}][{_SIGNS} ._/:-]{{0,63}}\Z")
_DASHES = re.compile(r"[\u2010-\u2015\u2212]")


def kept_reference(typed: str) -> str:
    """Return a reference as it is stored and compared: single plain spaces, and composed letters."""
    return unicodedata.normalize("NFC", " ".join(typed.split()))


def _is_reference(text: str) -> bool:
    # A path with an empty part, or one of dots, leads to another page.
    return _REFERENCE.match(text) is not None and all(part.strip(" .") for part in text.split("/"))


def read_reference(value: str) -> str:
    """Return a reference as it is stored; ValueError, with the nearest one, for other texts."""
    reference = kept_reference(value)
    if not is_one_line(value) or not _is_reference(reference):
        raise Unreadable(Reading.NOT_A_REFERENCE(value=shown(value), near=_meant(reference)))
    return reference


def _meant(refused: str) -> str | Remark:
    """Return a question with the nearest valid reference, for one whose signs are refused."""
    seen = "".join(sign for sign in refused if unicodedata.category(sign) != "Cf")
    plain = re.sub(rf"[^{_SIGNS} ._/:-]+", "-", _DASHES.sub("-", seen))
    near = "/".join(filter(None, (part.strip(" .-") for part in plain.split("/"))))
    return meant(near if _is_reference(near) else "")


def reads_as_sentence(text: str) -> bool:
    """Return whether what was typed as a number reads as a sentence: several words without a figure, or many."""
    words = len(text.split())
    return words > 8 or (words > 3 and not any(sign.isdigit() for sign in text))


def in_file_names(text: str) -> str:
    """Return a reference as file names hold it: SN 2026/17 is SN 2026-17."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "-", text)


def as_argument(reference: str) -> str:
    """Return a reference as it is typed on a command line: in quotes if it has spaces."""
    return f'"{reference}"' if " " in reference else reference


def reference_key(reference: str) -> str:
    """Return a key that sorts references as people count: SN 2026/9 comes before SN 2026/10.

    Each number is preceded by how many digits it has, without leading zeros.
    """

    def counted(number: re.Match[str]) -> str:
        digits = number[0].lstrip("0")
        return f"{len(digits):02}{digits}"

    return re.sub("[0-9]+", counted, reference)


Reference = Annotated[str, BeforeValidator(as_text), AfterValidator(read_reference)]
