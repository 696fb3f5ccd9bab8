"""Keep what the watch found last, in the office's words, for the pages that show it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from models.rules.watch.findings import Finding
from tasks.words.reasons import word_reason
from tasks.words.translator import Translator

_FILE = "findings.json"


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """What was found: its kind, where, why it counts, since which day, and the grant, step or letter, if it is of one.

    The step is called by its title, the letter by its number.
    """

    kind: str
    where: str
    why: str
    since: str
    grant: str = ""
    step: str = ""
    letter: int = 0


@dataclass(frozen=True, slots=True)
class KeptFindings:
    """What was found at a local time (in ISO 8601)."""

    at: str
    rows: tuple[KeptFinding, ...]


def keep_findings(
    folder: Path,
    findings: Sequence[Finding],
    since: Mapping[str, date],
    at: str,
    today: date,
    say: Translator,
    titles: Mapping[tuple[str, str], str],
) -> KeptFindings:
    """Keep what was found at a time, and return it; `since` says from which day on, by a finding's identity.

    `titles` are those of the grants' steps, by reference and key.
    """
    rows = tuple(
        KeptFinding(
            str(one.kind),
            one.where if isinstance(one.where, str) else word_reason(say, one.where),
            word_reason(say, one.why),
            since.get(one.identity, today).isoformat(),
            one.grant,
            titles.get((one.grant, one.step), one.step),
            one.letter,
        )
        for one in findings
    )
    draft = folder / f"{_FILE}.{secrets.token_hex(4)}.new"  # a page may read the file meanwhile
    kept = KeptFindings(at, rows)
    draft.write_text(json.dumps(asdict(kept), ensure_ascii=False), encoding="utf-8")
    draft.replace(folder / _FILE)
    return kept


def kept_findings(folder: Path) -> KeptFindings | None:
    """Return what was found last; None where the watch has kept nothing yet."""
    try:
        kept = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return KeptFindings(kept["at"], tuple(KeptFinding(**row) for row in kept["rows"]))
