"""Begin an office's own programme file from one of the guide's patterns."""

from pathlib import Path
from string import Template

from babel.numbers import get_territory_currencies

from models.errors import BadInput
from models.reading.number import shown
from tasks.programmes.files import parse_programme, programme_files
from tasks.programmes.yaml_faults import Begun

_REFERENCE = Path(__file__).parents[2] / "templates" / "reference"
_HEAD = _REFERENCE / "new-programme.yaml"
_FILES = {path.stem: path for path in sorted((_REFERENCE / "patterns").glob("*.yaml"))}
PATTERNS = tuple(_FILES)


def write_pattern(name: str, pattern: str, country: str, *folders: Path) -> Path:
    """Write a programme of that name, a copy of the pattern, into the first folder, and return its file.

    It has the holidays and the money of the country. BadInput for a name that is taken or is no
    name.
    """
    if name in programme_files(*folders):
        raise BadInput(Begun.NAME_TAKEN(name=shown(name)))
    head = Template(_HEAD.read_text(encoding="utf-8"))
    currency = get_territory_currencies(country.partition("-")[0])[0]
    text = head.substitute(name=name, pattern=pattern, currency=currency, country=country)
    text += _FILES[pattern].read_text(encoding="utf-8")
    path = folders[0] / f"{name}.yaml"
    parse_programme(text, path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return path
