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

# By this mark the alarms about programme files are found again among the others.
_ABOUT_PROGRAMMES = str(FindingKind.PROGRAMME_BROKEN)


def broken_programmes(office_folder: Path) -> list[Finding]:
    """Return the organisation's own files that cannot be read: which, at which line, and what is wrong."""
    folders = programme_folders(office_folder)
    found = []
    for path in sorted(folders[0].glob("*.yaml")):
        try:
            read_programme(path, *folders)
        except GrantError as error:
            found.append(Finding(FindingKind.PROGRAMME_BROKEN, path.name, error.remark))
        except OSError as error:
            why = Common.AS_IS(why=error.strerror or type(error).__name__)
            found.append(Finding(FindingKind.PROGRAMME_BROKEN, path.name, why))
    return found


async def tell_of_programmes(
    settings: Settings, broken: Sequence[Finding], *, today: date, now: datetime
) -> None:
    """Tell the administrator of each broken file: once, and again when something else is wrong with it.

    What no mail could carry is tried again each time; the alarm about a file that is right again goes.
    """
    marks = {mark_of(str(fault)) for fault in broken}
    told: set[str] = set()
    for filed in filed_alarms(settings):
        if mark_of(_ABOUT_PROGRAMMES) not in filed.marks:
            continue
        is_over = filed.marks.isdisjoint(marks)
        if is_over or (filed.on < today and not filed.mailed):
            filed.path.unlink(missing_ok=True)
        elif filed.mailed:
            told |= filed.marks
    for fault in broken:
        if mark_of(str(fault)) not in told:
            alarm = Alarm(Alarming.PROGRAMME_BROKEN(), [fault.why], [_ABOUT_PROGRAMMES, str(fault)])
            await tell_admin(settings, alarm, today=today, now=now)
