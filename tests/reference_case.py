"""The reference case, played once a run for all tests: as it stood on some evenings, and at its end."""

import pickle
import sqlite3
from contextlib import closing
from datetime import date
from functools import lru_cache
from pathlib import Path
from shutil import copyfile

from sqlalchemy import Engine

from deployments.replay.clock import Played, Replay
from models.intake.scenario import Scenario
from tasks.intake.files import read_scenario
from tasks.settings import load_settings
from tests.builders import a_database, an_engine
from tests.grant_scenes import REFERENCE, ZONE, AnyProgramme
from tests.remembered import kept_file

KEYS = "the newest key of the portal's tests,an older key of the portal's tests"
# The second quarter's follow-up is late, and two above its owner have been told.
LATE = date(2010, 8, 6)
BEFORE_LAST_QUARTER = date(2010, 11, 5)
# The report was sent back on the eleventh, and is open again; on the seventeenth it lies with the committee.
SENT_BACK, WITH_COMMITTEE = date(2011, 1, 11), date(2011, 1, 17)
# The coordinator has asked for the release of the last part; the controller has not confirmed it yet.
ASKED = date(2011, 2, 24)
CLOSED = date(2011, 3, 29)
_EVENINGS = (LATE, BEFORE_LAST_QUARTER, SENT_BACK, WITH_COMMITTEE, ASKED, CLOSED)
_KEPT, _END, _STORY = "reference-case", "end.db", "story"


@lru_cache(maxsize=1)
def reference() -> Scenario:
    """Return the reference case's scenario, without the papers that its officer makes: tests make their own."""
    scenario = read_scenario(REFERENCE)
    acts = tuple(act for act in scenario.script if act.paper is None)
    return scenario.model_copy(update={"script": acts})


def replay_of(engine: Engine, scenario: Scenario, home: Path | None = None) -> Replay:
    """Return the replay of a scenario in a database; its papers stay in a folder."""
    settings = load_settings(secret_keys=KEYS, timezone=str(ZONE))
    return Replay(engine, scenario, AnyProgramme(shipped=True), settings, REFERENCE.parent, home)


def _play(folder: Path) -> None:
    """Play the case to its end, letters and all, and copy its database on the way."""
    folder.mkdir()
    engine = a_database(folder)
    replay, evenings = replay_of(engine, reference()), list(_EVENINGS)
    for today in replay.days():
        while evenings and evenings[0] < today:
            _copy(engine, folder / f"{evenings.pop(0)}.db")
    for name in (*(f"{evening}.db" for evening in evenings), _END):
        _copy(engine, folder / name)
    engine.dispose()
    (folder / _STORY).write_bytes(pickle.dumps(replay.played))


def _copy(engine: Engine, path: Path) -> None:
    with closing(sqlite3.connect(str(engine.url.database))) as live, closing(sqlite3.connect(path)) as copy:
        live.backup(copy)


def _opened(name: str, folder: Path) -> Engine:
    path = folder / f"played-{name}"
    copyfile(kept_file(_KEPT, _play) / name, path)
    return an_engine(f"sqlite:///{path}")


def played_until(evening: date, folder: Path) -> Engine:
    """Return an engine on a copy, in the folder, of the case as it stood on the evening."""
    return _opened(f"{evening}.db", folder)


def played_to_its_end(folder: Path) -> tuple[Engine, Played]:
    """Return an engine on a copy of the case at its end, and what happened until then."""
    engine = _opened(_END, folder)
    story: Played = pickle.loads((kept_file(_KEPT, _play) / _STORY).read_bytes())  # noqa: S301 - our own
    return engine, story
