"""Keep the watch's last findings in a file, for the pages, the metrics and the next watch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from models.rules.watch.findings import Finding
from tasks.watch.whole_files import write_whole
from tasks.words.reasons import word_reason
from tasks.words.translator import Translator

_FINDINGS = "findings.json"


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """A finding: its kind, place and reason, since which day, and its grant, step or letter, if any.

    The step is named by its title, the letter by its number.
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
    """The findings at a local time (in ISO 8601), and since when no letter could leave; empty if they can."""

    at: str
    rows: tuple[KeptFinding, ...]
    mail_down_since: str = ""


def keep_findings(
    folder: Path,
    findings: Sequence[Finding],
    since: Mapping[str, date],
    at: str,
    today: date,
    say: Translator,
    titles: Mapping[tuple[str, str], str],
    mail_down_since: str = "",
) -> KeptFindings:
    """Keep the findings of a time, and return them; `since` is the first day, by a finding's identity.

    `titles` are those of the grants' steps, by reference and key; `mail_down_since` is a local time
    like `at`.
    """
    rows = tuple(
        KeptFinding(
            kind=str(finding.kind),
            where=finding.where if isinstance(finding.where, str) else word_reason(say, finding.where),
            why=word_reason(say, finding.why),
            since=since.get(finding.identity, today).isoformat(),
            grant=finding.grant,
            step=titles.get((finding.grant, finding.step), finding.step),
            letter=finding.letter,
        )
        for finding in findings
    )
    kept = KeptFindings(at, rows, mail_down_since)
    write_whole(folder / _FINDINGS, json.dumps(asdict(kept), ensure_ascii=False))
    return kept


def kept_findings(folder: Path) -> KeptFindings | None:
    """Return the last findings; None if the watch has kept none yet."""
    try:
        kept = json.loads((folder / _FINDINGS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    rows = tuple(KeptFinding(**row) for row in kept["rows"])
    return KeptFindings(kept["at"], rows, kept.get("mail_down_since", ""))
