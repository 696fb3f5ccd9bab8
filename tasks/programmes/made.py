"""Make a programme file of ten answers, for an office that does not write it by hand."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from babel.numbers import get_territory_currencies
from sqlalchemy import Engine

from models.commands.clock import Clock
from models.errors import BadInput
from models.programme.plan import Programme
from models.reading.number import read_number
from models.rules.dates.selection import PlannedStep
from tasks.programmes.files import programme_files, read_programme
from tasks.programmes.messages import Made
from tasks.programmes.sample_award import sample_calendar
from tasks.programmes.written_yaml import yaml_text
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
_CLOSE = {
    "14 days before": "owner",
    "3 days before": "owner",
    "on the day": "owner",
    "1 working day after": ["owner", "unit_manager"],
    "3 working days after": ["owner", "head_of_department"],
    "5 working days after": ["owner", "head_of_administration"],
}
_FINAL = {"sv": "sista dag för slutrapporten", "en": "last day for the final report"}
_COMMITTEE = {"sv": "nämnden", "en": "the committee"}


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
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"{name}.yaml"
            path.write_text(self.text, encoding="utf-8")
            programme = read_programme(path)
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
        return yaml_text(self._written())

    def _written(self) -> dict[str, object]:
        said = self.answers
        head = {"programme": self.name, "title": said["title"], "source": said["source"], "status": "unread"}
        currency = get_territory_currencies(self.country.partition("-")[0])[0]
        found: dict[str, object] = {**head, "currency": currency, "country": self.country}
        if not said["final_days"]:
            found["dates"] = {"final_report": _FINAL}
        if said["committee"] == "yes":
            found["bodies"] = {"committee": {"title": _COMMITTEE, "minutes": "14 days or at once"}}
        if said["ladder"] == "close":
            found["ladders"] = {"default": _CLOSE}
        return found | {"steps": self._steps(), "payments": self._payments()}

    def _steps(self) -> dict[str, object]:
        said, found = self.answers, dict[str, object]()
        if said["reports"] != "none":
            due = f"{_days(said, 'report_days')} after period_end"
            found["report"] = {
                "each": said["reports"],
                "due": due,
                "last": {"into": "final-report"},
            }
        final: dict[str, object] = {"due": "at final_report of the decision", "approval": "funder"}
        if said["final_days"]:
            final["due"] = f"{_days(said, 'final_days')} after grant_end"
        if said["committee"] == "yes":
            approval = {"by": "committee", "due": "2 working days before final-report (our choice)"}
            found["draft"] = {"due": "10 working days before final-report (our choice)", "approval": approval}
            final["needs"] = "draft.approved"
        found["final-report"] = final
        if said["repay_days"]:
            spent = "report" if "report" in found else "final-report"
            due = f"{_days(said, 'repay_days')} after final-report.approved"
            found["repayment"] = {"due": due, "repays": f"paid less {spent}.spent"}
        return found

    def _payments(self) -> dict[str, object]:
        shares = [one.strip(" %") for one in re.split("[,;/]", self.answers["shares"]) if one.strip(" %")]
        try:
            parts = [read_number(one) for one in shares]
        except ValueError as error:
            raise BadInput(Made.NOT_SHARES()) from error
        if sum(parts) != 100 or min(parts) <= 0:
            raise BadInput(Made.NOT_SHARES())
        found: dict[str, object] = {
            f"part-{number}": {
                "title": {"sv": f"del {number}", "en": f"part {number}"},
                "share": f"{one:f} %",
            }
            for number, one in enumerate(parts[1:-1], 2)
        }
        if len(parts) == 1:
            last = found["whole"] = {"share": "100 %"}
        else:
            found = {"advance": {"share": f"{parts[0]:f} %"}} | found
            last = found["balance"] = {"share": "rest"}
        if self.answers["waits"] == "yes":
            last["needs"] = "final-report.approved"
        return found


def _days(said: dict[str, str], name: str) -> str:
    days = said[name]
    if not (days.isascii() and days.isdecimal() and 0 < int(days) <= 366):
        raise BadInput(Made.NOT_DAYS(value=days))
    return f"{int(days)} days"
