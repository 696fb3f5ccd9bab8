"""Begin an office's own programme file from one of the guide's patterns."""

from dataclasses import replace
from pathlib import Path
from string import Template

from babel.numbers import get_territory_currencies

from models.errors import BadInput
from models.programme.written.file import Written
from models.reading.number import shown
from tasks.programmes.files import parse_programme, programme_files
from tasks.programmes.rows.from_file import rows_of, says_all
from tasks.programmes.rows.row import Head, ProgrammeRows
from tasks.programmes.strict_yaml import read_yaml
from tasks.programmes.yaml_faults import Begun

_REFERENCE = Path(__file__).parents[2] / "templates" / "reference"
_HEAD = _REFERENCE / "new-programme.yaml"
_FILES = {path.stem: path for path in sorted((_REFERENCE / "patterns").glob("*.yaml"))}
PATTERNS = tuple(_FILES)


def pattern_rows(country: str, language: str) -> dict[str, ProgrammeRows]:
    """Return the patterns that rows can express, by name, without the facts of their examples' grants."""
    patterns: dict[str, ProgrammeRows] = {}
    for pattern in PATTERNS:
        head, steps = _parts_of("pattern", pattern, country)
        written = Written.model_validate({**read_yaml(head + steps)[0], "examples": ()})
        rows = rows_of(written, language)
        if says_all(written):
            blank = Head(currency=rows.head.currency, country=country)
            patterns[pattern] = replace(rows, head=blank)
    return patterns


def write_pattern(name: str, pattern: str, country: str, *folders: Path) -> Path:
    """Write a programme with that name, a copy of the pattern, into the first folder, and return its file.

    It has the holidays and the currency of the country. BadInput for a name that is taken or not
    valid.
    """
    if name in programme_files(*folders):
        raise BadInput(Begun.NAME_TAKEN(name=shown(name)))
    text = "".join(_parts_of(name, pattern, country))
    path = folders[0] / f"{name}.yaml"
    parse_programme(text, path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return path


def _parts_of(name: str, pattern: str, country: str) -> tuple[str, str]:
    """Return the head of a programme like a pattern, and the rest of it."""
    head = Template(_HEAD.read_text(encoding="utf-8"))
    currency = get_territory_currencies(country.partition("-")[0])[0]
    text = head.substitute(name=name, pattern=pattern, currency=currency, country=country)
    return text, _FILES[pattern].read_text(encoding="utf-8")
