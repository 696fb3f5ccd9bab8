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
    """What was found: its kind, where, why it counts, since which day, and which grant it is about, if any."""

    kind: str
    where: str
    why: str
    since: str
    grant: str = ""


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
) -> None:
    """Keep what was found at a time; `since` says from which day on, by a finding's identity."""
    rows = tuple(
        KeptFinding(
            str(one.kind),
            one.where if isinstance(one.where, str) else word_reason(say, one.where),
            word_reason(say, one.why),
            since.get(one.identity, today).isoformat(),
            one.grant,
        )
        for one in findings
    )
    draft = folder / f"{_FILE}.{secrets.token_hex(4)}.new"  # a page may read the file meanwhile
    draft.write_text(json.dumps(asdict(KeptFindings(at, rows)), ensure_ascii=False), encoding="utf-8")
    draft.replace(folder / _FILE)


def kept_findings(folder: Path) -> KeptFindings | None:
    """Return what was found last; None where the watch has kept nothing yet."""
    try:
        kept = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return KeptFindings(kept["at"], tuple(KeptFinding(**row) for row in kept["rows"]))
