"""Make a programme file of ten answers, for an office that does not write it by hand."""

import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from babel.numbers import get_territory_currencies
from sqlalchemy import Engine

from models.commands.clock import Clock
from models.errors import BadInput
from models.programme.plan import Programme
from models.reading.number import read_number
from models.rules.dates.selection import PlannedStep
from tasks.programmes.files import parse_programme, programme_files
from tasks.programmes.messages import Made
from tasks.programmes.sample_award import sample_calendar
from tasks.store.database import is_dry

# The questions, in order, each with what may be chosen; without that a text or, of days, a whole number.
REPORTS = ("none", "quarter", "half", "year")
LADDERS = ("usual", "close")
YES_NO = ("yes", "no")
QUESTIONS: dict[str, tuple[str, ...]] = {
    "title": (),
    "source": (),
    "shares": (),
    "waits": YES_NO,
    "reports": REPORTS,
    "report_days": (),
    "final_days": (),
    "committee": YES_NO,
    "repay_days": (),
    "ladder": LADDERS,
}
# What holds where nothing is answered; an answer without one is needed.
USUAL = {
    "shares": "100",
    "waits": "yes",
    "reports": "none",
    "report_days": "30",
    "final_days": "",
    "committee": "no",
    "repay_days": "",
    "ladder": "usual",
}
_TEMPLATE = Path(__file__).parents[2] / "templates" / "reference" / "new-programme.yaml"


@dataclass(frozen=True, slots=True)
class MadeProgramme:
    """A programme as its file has it, and its steps dated for a sample award."""

    name: str
    programme: Programme
    planned: tuple[PlannedStep, ...]


@dataclass(frozen=True, slots=True)
class NewProgramme:
    """A programme of an office's own: `folders` are where programmes lie, its own the first.

    It has the holidays and the money of the office's country.
    """

    folders: tuple[Path, ...]
    country: str
    answers: dict[str, str]

    def perform(self, engine: Engine, clock: Clock) -> MadeProgramme:
        """Write its file; BadInput for an answer that does not fit, or a name that is taken."""
        made = self.make()
        if not is_dry(engine):
            self.write()
        return made

    def make(self) -> MadeProgramme:
        """Return the programme that the answers give; nothing is written."""
        name = self.name
        if name in programme_files(*self.folders):
            raise BadInput(Made.NAME_TAKEN(name=name))
        programme = parse_programme(self.text, f"{name}.yaml")
        return MadeProgramme(name, programme, sample_calendar(programme, None).planned)

    def write(self) -> Path:
        """Write the file among the office's own programmes, and return where it is."""
        path = self.folders[0] / f"{self.name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(self.text)
        return path

    @property
    def name(self) -> str:
        """What grants call it: its title in lower-case letters and hyphens."""
        plain = unicodedata.normalize("NFKD", self.answers["title"]).encode("ascii", "ignore").decode()
        name = re.sub("[^a-z0-9]+", "-", plain.lower()).strip("-")[:60]
        if not name[:1].isalpha():
            raise BadInput(Made.NO_NAME(title=self.answers["title"]))
        return name

    @property
    def text(self) -> str:
        """The file."""
        from jinja2 import StrictUndefined, Template  # which most commands need not

        said = self.answers
        template = Template(
            _TEMPLATE.read_text(encoding="utf-8"),
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        made: str = template.render(
            name=self.name,
            title=_quoted(said["title"]),
            source=_quoted(said["source"]),
            currency=get_territory_currencies(self.country.partition("-")[0])[0],
            country=self.country,
            reports=said["reports"],
            ladder=said["ladder"],
            committee=said["committee"] == "yes",
            waits=said["waits"] == "yes",
            shares=_shares(said["shares"]),
            report_days=_days(said["report_days"]),
            final_days=said["final_days"] and _days(said["final_days"]),
            repay_days=said["repay_days"] and _days(said["repay_days"]),
        )
        return made


def _quoted(text: str) -> str:
    """Return a text between quotation marks, as YAML reads it whatever it holds."""
    return json.dumps(text, ensure_ascii=False)


def _shares(text: str) -> list[str]:
    """Return the parts in per cent."""
    shares = [one.strip(" %") for one in re.split("[,;/]", text) if one.strip(" %")]
    try:
        parts = [read_number(one) for one in shares]
    except ValueError as error:
        raise BadInput(Made.NOT_SHARES()) from error
    if sum(parts) != 100 or min(parts) <= 0:
        raise BadInput(Made.NOT_SHARES())
    return [f"{one:f}" for one in parts]


def _days(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= 366):
        raise BadInput(Made.NOT_DAYS(value=text))
    return int(text)
