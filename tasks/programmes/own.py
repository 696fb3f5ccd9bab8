"""Keep the office's own programmes that are written on a page: its files, and their drafts."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine

from models.commands.clock import Clock
from models.errors import BadInput, full_disk_named
from models.events import OfficeEvent
from models.programme.written.file import Written
from models.reading.number import shown
from models.rules.lifetimes import DRAFT_LIVES
from tasks.programmes.files import OFFICE, parse_programme, programme_files
from tasks.programmes.rows.from_file import says_all
from tasks.programmes.rows.row import DateRow, DutyRow, Head, PaymentRow, ProgrammeRows
from tasks.programmes.strict_yaml import YamlFault, read_yaml
from tasks.programmes.yaml_faults import Begun
from tasks.store.database import transaction
from tasks.store.form_keys import keep_form
from tasks.store.journal import Event, write_journal

# A folder within the folder of the office's programmes; no programme is looked for there.
_DRAFTS = "drafts"
_ID = re.compile("[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class SaveProgramme:
    """Save a programme as the office's own; grants can be entered under it at once.

    `folders` are the office's and the shipped one. `was` is the digest of the office's file that it
    replaces, empty for a new one. `by_id` is who saves it, None for the operator.
    """

    folders: tuple[Path, Path]
    name: str
    text: str
    was: str = ""
    by_id: int | None = None

    def perform(self, engine: Engine, clock: Clock) -> None:
        """Save it; BadInput if the name is taken, or the file has changed meanwhile."""
        path = self.folders[0] / f"{self.name}.yaml"
        parse_programme(self.text, path.name)
        with transaction(engine) as connection, full_disk_named():
            keep_form(connection, clock.now)
            noted = Event(OfficeEvent.PROGRAMME_SAVED, person_id=self.by_id, detail={"programme": self.name})
            write_journal(connection, clock.today, clock.now, [noted])
            if self.was and digest_of(path) != self.was:
                raise BadInput(Begun.CHANGED_MEANWHILE(name=shown(self.name)))
            # An office's additions to another's programme would be taken for that programme.
            taken = self.name.endswith(OFFICE) or self.name in programme_files(*self.folders)
            if not self.was and taken:
                raise BadInput(Begun.NAME_TAKEN(name=shown(self.name)))
            _write_whole(path, self.text)


def is_said_in_rows(path: Path) -> bool:
    """Return whether rows can express all of the office's own file, which must not extend another."""
    try:
        content = read_yaml(path.read_text(encoding="utf-8"))[0]
        return "extends" not in content and says_all(Written.model_validate(content))
    except (OSError, ValueError, YamlFault, TypeError):
        return False


def digest_of(path: Path) -> str:
    """Return a digest that identifies a file's content; empty if there is no file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody reads a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{secrets.token_hex(4)}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


class ProgrammeDraft(NamedTuple):
    """A programme that somebody began: its id and its rows, and whether it waits for an administrator to save it.

    `was` is the digest of the office's file that it is to replace, empty for a new programme.
    """

    id: str
    rows: ProgrammeRows
    was: str
    waits: bool


def list_drafts(folder: Path) -> Iterator[ProgrammeDraft]:
    """Yield the drafts in the folder of the office's programmes, by their titles."""
    drafts = [find_draft(folder, path.stem) for path in (folder / _DRAFTS).glob("*.json")]
    yield from sorted(
        (one for one in drafts if one is not None), key=lambda one: one.rows.head.title.casefold()
    )


def find_draft(folder: Path, draft_id: str) -> ProgrammeDraft | None:
    """Return a draft; None if there is none, or it cannot be read."""
    if not _ID.fullmatch(draft_id):
        return None
    try:
        kept = json.loads((folder / _DRAFTS / f"{draft_id}.json").read_text(encoding="utf-8"))
        return ProgrammeDraft(draft_id, _rows_in(kept["rows"]), str(kept.get("was", "")), bool(kept["waits"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_draft(
    folder: Path, draft_id: str, rows: ProgrammeRows, now: datetime, *, was: str = "", waits: bool = False
) -> str:
    """Store rows as they were typed, as a new draft or in the place of one, and return its id.

    Drafts that have long not been changed are deleted.
    """
    for path in (folder / _DRAFTS).glob("*.json"):
        if path.stat().st_mtime < (now - DRAFT_LIVES).timestamp():
            path.unlink(missing_ok=True)
    draft_id = draft_id if _ID.fullmatch(draft_id) else secrets.token_hex(8)
    text = json.dumps({"rows": asdict(rows), "was": was, "waits": waits}, ensure_ascii=False, indent=1)
    with full_disk_named():
        _write_whole(folder / _DRAFTS / f"{draft_id}.json", text)
    return draft_id


def drop_draft(folder: Path, draft_id: str) -> None:
    """Delete a draft."""
    if _ID.fullmatch(draft_id):
        (folder / _DRAFTS / f"{draft_id}.json").unlink(missing_ok=True)


def _rows_in(kept: dict[str, Any]) -> ProgrammeRows:
    """Return the rows of a draft, without anything that this version does not know."""
    return ProgrammeRows(
        head=Head(**_known(Head, kept["head"])),
        dates=tuple(DateRow(**_known(DateRow, row)) for row in kept["dates"]),
        duties=tuple(DutyRow(**_known(DutyRow, row)) for row in kept["duties"]),
        repayments=tuple(DutyRow(**_known(DutyRow, row)) for row in kept["repayments"]),
        payments=tuple(PaymentRow(**_known(PaymentRow, row)) for row in kept["payments"]),
    )


def _known(shape: type[Any], kept: dict[str, str]) -> dict[str, str]:
    return {one.name: str(kept[one.name]) for one in fields(shape) if one.name in kept}
