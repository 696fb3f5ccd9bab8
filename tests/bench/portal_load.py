"""Hold the portal against 200 requests a second while a daily round runs over the same database."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, Engine, text

from deployments.up.web import find_status
from tasks.people.feeds import feed_of, renew_feed
from tasks.people.links import LinkUse, sign_link
from tasks.people.sign_in import begin_session, make_login_link
from tasks.store.database import open_engine, reading
from tests.bench.grant_lives import SECRET
from tests.bench.measures import Bench
from tests.bench.stopwatch import GRANTS, ROOT, CommandFailed, surroundings
from tests.bench.verdicts import Verdict

GRANT_COUNT = 10_000
RATE, SECONDS, ROUND_AFTER = 200, 25, 3.0
P99_SECONDS = 0.3
# Of 100 turns of a busy morning: readers open their page from the letter, and some of them answer there; others look
# at a grant or at the portfolio, search it, sort it; Outlook fetches calendars. The style sheet is fetched once a
# browser, and mail programs mangle links. An answer is a page and a post, and every fourth time a double click.
MIX = {
    "tasks": 25,
    "answer": 8,
    "grant": 22,
    "overview": 16,
    "feed": 15,
    "style": 6,
    "forged": 4,
    "login": 4,
}
_FIGURES = {
    "q-reports_to_social_services": "3",
    "q-persons_under_18": "2",
    "q-persons_under_20": "1",
    "q-spent": "118 000",
    "q-activities": "Samverkan med polis och region, två utbildningar för socialsekreterare.",
}
_FLOOR_SECONDS = 10
_KEYS = (SECRET,)


def measure_load(bench: Bench) -> Iterator[Verdict]:
    """Time pages at the rate during a round, beside an application that only answers as many bytes."""
    original = bench.database(GRANT_COUNT)
    home = bench.folder / "portal"
    home.mkdir(exist_ok=True)
    found, lost = _portal(original, home, bench.days.on.isoformat())
    size = found["body_bytes"] // max(1, sum(map(len, found["seconds"].values())))
    floor = _floor(original, home, bench.days.on.isoformat(), size)
    during = [took for turns in found["seconds"].values() for turn, took in turns if _in_round(found, turn)]
    every = _all(found)
    title = f"{RATE} requests/s, {GRANT_COUNT:,} grants, {found['rounds']} round in {found['round_seconds']:.0f} s"
    limit, bare = f"{P99_SECONDS:.1f} s", _at(_all(floor), 99)
    yield _p99(f"{title}: p99", every, limit, P99_SECONDS)
    yield _p99("  while the round ran: p99", during, limit, None)
    yield Verdict(
        "  p50", f"{median(every):.3f} s", f"{median(_all(floor)):.3f} s", median(every) / median(_all(floor))
    )
    yield Verdict(
        f"  p99 of a bare Starlette, {size:,} bytes a page", f"{bare:.3f} s", limit, bare / P99_SECONDS
    )
    ours, theirs = (one["cpu"] / len(_all(one)) for one in (found, floor))
    yield Verdict(
        "  its processor time for a request",
        f"{ours * 1000:.1f} ms",
        f"{theirs * 1000:.1f} ms",
        ours / theirs,
    )
    for kind, turns in sorted(found["seconds"].items()):
        yield _p99(f"  {kind}, {len(turns)} times: p99", [took for _, took in turns], limit, None)
    wrong = len(found["wrong"]) + len(lost)
    what = f"  errors and lost answers of {len(every):,} requests, {len(found['answered'])} answers"
    yield Verdict(what, str(wrong), "0", float(wrong) if wrong else 0.0, 0.0)
    for line in (*found["wrong"][:3], *lost):
        yield Verdict(f"    {line}", "", "", 1.0)


def _p99(what: str, seconds: list[float], limit: str, target: float | None) -> Verdict:
    found = _at(seconds, 99)
    return Verdict(what, f"{found:.3f} s", limit, found / P99_SECONDS, 1.0 if target else None)


def _all(found: Mapping[str, Any]) -> list[float]:
    return [took for turns in found["seconds"].values() for _, took in turns]


def _at(seconds: list[float], percent: int) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


def _in_round(found: Mapping[str, Any], turn: float) -> bool:
    return bool(ROUND_AFTER <= turn <= ROUND_AFTER + found["round_seconds"])


def _portal(original: Path, home: Path, day: str) -> tuple[dict[str, Any], list[str]]:
    database = _fresh(original, home)
    engine = open_engine(f"sqlite:///{database}")
    pages, answers = _asked(engine)
    with reading(engine) as connection:
        before = connection.execute(text("SELECT coalesce(max(id), 0) FROM answer")).scalar_one()
    with _serving(database) as (port, process):
        plan = _plan(port, SECONDS) | {"mix": MIX, "pages": pages, "answers": answers}
        idle = _cpu_seconds(process.pid)
        found = _asked_beside_a_round(plan, database, day)
        found["cpu"] = _cpu_seconds(process.pid) - idle
    with reading(engine) as connection:
        lost = _lost(connection, before, found["answered"])
    engine.dispose()
    return found, lost


def _lost(connection: Connection, before: int, answered: list[str]) -> list[str]:
    """Return in what the database and what the portal said about answers differ."""
    rows = connection.execute(text("SELECT step_id FROM answer WHERE id > :before"), {"before": before})
    stored, said = Counter(row.step_id for row in rows), Counter(map(int, answered))
    # One whose answer did not come back in time may be there all the same; none may be there twice.
    gone, twice = (said - stored).total(), sum(count > 1 for count in stored.values())
    return ([f"{gone} answers are not there"] if gone else []) + (
        [f"{twice} are there twice"] if twice else []
    )


def _floor(original: Path, home: Path, day: str, size: int) -> dict[str, Any]:
    database = _fresh(original, home)
    with _serving(database, str(size)) as (port, process):
        anything = {"mix": {"any": 1}, "pages": {"any": [{"path": "/any"}]}, "answers": []}
        idle = _cpu_seconds(process.pid)
        found = _asked_beside_a_round(_plan(port, _FLOOR_SECONDS) | anything, database, day)
        return found | {"cpu": _cpu_seconds(process.pid) - idle}


def _cpu_seconds(process: int) -> float:
    """Return the processor time of a process and its children so far."""
    place = Path(f"/proc/{process}")
    fields = (place / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
    children = " ".join(path.read_text(encoding="ascii") for path in place.glob("task/*/children")).split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(map(_cpu_seconds, map(int, children)))


def _plan(port: int, seconds: int) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port, "rate": RATE, "seconds": seconds, "seed": 2010}


def _fresh(original: Path, home: Path) -> Path:
    for old in home.glob("grants.db*"):
        old.unlink()
    return Path(shutil.copyfile(original, home / "grants.db"))


@contextmanager
def _serving(database: Path, *arguments: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    env = surroundings(database) | {"GRANTS_PORTAL_URL": f"http://127.0.0.1:{port}"}
    bare = (sys.executable, "-m", "tests.bench.portal_process", str(port), *arguments)
    command = bare if arguments else (*GRANTS, "portal", "--port", str(port))
    with (
        (database.parent / "portal.log").open("ab") as log,
        subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log) as process,
    ):
        try:
            while find_status(f"http://127.0.0.1:{port}/healthz") != 200:
                if process.poll() is not None:
                    raise CommandFailed("the portal did not start")
                time.sleep(0.1)
            yield port, process
        finally:
            process.send_signal(signal.SIGTERM)


def _asked_beside_a_round(plan: Mapping[str, Any], database: Path, day: str) -> dict[str, Any]:
    """Ask as planned, and run a round with its letters meanwhile; return what the client counted."""
    env = surroundings(database)
    client = subprocess.Popen(
        (sys.executable, "-m", "tests.bench.portal_client"),
        env=env,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert client.stdin is not None
    client.stdin.write(json.dumps(plan))
    client.stdin.close()
    time.sleep(ROUND_AFTER)
    began = time.monotonic()
    command = (*GRANTS, "round", "--on", day, "--deliver", "--json")
    ran = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    took = time.monotonic() - began
    assert client.stdout is not None
    said = client.stdout.read()
    if client.wait() != 0 or ran.returncode != 0:
        raise CommandFailed(f"the load or its round ended badly: {ran.stderr[-300:]}")
    found: dict[str, Any] = json.loads(said)
    return found | {"round_seconds": took, "rounds": json.loads(ran.stdout)["letters"]}


def _asked(engine: Engine) -> tuple[dict[str, list[dict[str, Any]]], list[dict[str, Any]]]:
    """Return the pages to ask for by kind, and the answers: each reader's one step, once."""
    now = datetime.now(UTC)
    today = now.date()
    with reading(engine) as connection:
        owners = connection.execute(
            text(
                "SELECT l.person_id, min(l.link_key) AS link_key, min(g.reference) AS reference,"
                " min(s.template_key) AS step FROM letter l"
                " JOIN notice n ON n.letter_id = l.id JOIN step s ON s.id = n.step_id"
                ' JOIN "grant" g ON g.id = s.grant_id'
                " WHERE l.person_id >= 1000 AND s.status = 'open' AND s.owner_id = l.person_id"
                " GROUP BY l.person_id ORDER BY l.person_id"
            )
        ).all()
    tasks = [{"path": f"/t/{sign_link(row.link_key, _KEYS)}"} for row in owners]
    answering, looking = owners[: len(owners) // 2], tasks[len(owners) // 2 :]
    answers = [
        {**task, **_answer(row.step, number, today), "times": 2 if number % 4 == 0 else 1}
        for number, (task, row) in enumerate(zip(tasks, answering, strict=False))
    ]
    everyone = _session(engine, None, now)
    own = [(_session(engine, row.person_id, now), row.reference) for row in owners[:20]]
    grants = [{"path": f"/grants/{reference}", "cookie": cookie} for cookie, reference in own]
    grants += [{"path": f"/grants/REF-{1000 + 37 * n}", "cookie": everyone} for n in range(40)]
    wishes = ("", "?state=late", "?words=REF-12&order=title", "?phase=final-report&page=2", "?order=money")
    return {
        "tasks": looking,
        "grant": grants,
        "overview": [
            *({"path": f"/{wish}", "cookie": everyone} for wish in wishes),
            *({"path": "/", "cookie": cookie} for cookie, _ in own[:5]),
        ],
        "feed": [{"path": _feed(engine, row.person_id, now)} for row in owners[-20:]],
        "style": [{"path": "/static/style.css"}],
        "forged": [{"path": f"/t/forged-{n}.0123456789", "status": 404} for n in range(20)],
        "login": [{"path": "/login"}],
    }, answers


def _answer(step: str, number: int, today: date) -> dict[str, Any]:
    """Return what is answered: a follow-up is handed in, or is late, which its manager is told; a report is put off."""
    if step == "follow-up" and number % 3:
        return {"act": "done", "fields": _FIGURES}
    later = today + timedelta(days=60 if step == "follow-up" else 3)
    return {"act": "not_yet", "fields": {"expected_on": later.isoformat(), "note": "Underlaget dröjer."}}


def _session(engine: Engine, person_id: int | None, now: datetime) -> str:
    token = begin_session(engine, make_login_link(engine, person_id, now), today=now.date(), now=now)
    assert token is not None
    return token


def _feed(engine: Engine, person_id: int, now: datetime) -> str:
    renew_feed(engine, person_id, today=now.date(), now=now)
    with reading(engine) as connection:
        key = feed_of(connection, person_id)
    assert key is not None
    return f"/c/{sign_link(key, _KEYS, LinkUse.CALENDAR)}.ics"
