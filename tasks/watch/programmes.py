"""Find the organisation's own programme files that can no longer be read, and tell of each once."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from models.errors import GrantError
from models.message import Common
from models.rules.watch.findings import Finding, FindingKind
from tasks.programmes.files import read_programme
from tasks.programmes.folders import programme_folders
from tasks.settings import Settings
from tasks.watch.alarms import Alarm, Alarming, filed_alarms, mark_of, tell_admin

# The mark of alarms about programme files.
_ABOUT_PROGRAMMES = str(FindingKind.PROGRAMME_BROKEN)


def broken_programmes(office_folder: Path) -> list[Finding]:
    """Return the organisation's own files that cannot be read: which, at which line, and why."""
    folders = programme_folders(office_folder)
    findings = []
    for path in sorted(folders[0].glob("*.yaml")):
        try:
            read_programme(path, *folders)
        except GrantError as error:
            findings.append(Finding(FindingKind.PROGRAMME_BROKEN, path.name, error.remark))
        except OSError as error:
            why = Common.AS_IS(why=error.strerror or type(error).__name__)
            findings.append(Finding(FindingKind.PROGRAMME_BROKEN, path.name, why))
    return findings


async def tell_of_programmes(
    settings: Settings, broken: Sequence[Finding], *, today: date, now: datetime
) -> None:
    """Tell the administrator of each broken file: once, and again when its fault changes.

    An alarm that no mail could carry is tried again each time; the alarm about a repaired file is
    removed.
    """
    marks = {mark_of(str(fault)) for fault in broken}
    mailed: set[str] = set()
    for filed in filed_alarms(settings):
        if mark_of(_ABOUT_PROGRAMMES) not in filed.marks:
            continue
        is_over = filed.marks.isdisjoint(marks)
        if is_over or (filed.on < today and not filed.mailed):
            filed.path.unlink(missing_ok=True)
        elif filed.mailed:
            mailed |= filed.marks
    for fault in broken:
        if mark_of(str(fault)) not in mailed:
            alarm = Alarm(Alarming.PROGRAMME_BROKEN(), [fault.why], [_ABOUT_PROGRAMMES, str(fault)])
            await tell_admin(settings, alarm, today=today, now=now)
