"""Weigh every page of the portal over a large portfolio, for each kind of visitor: bytes and processor time."""

import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Any

from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from deployments.portal.app import make_app
from deployments.portal.desk.openers import OPENERS
from models.forms.spec import ACTS
from models.vocabulary import Duty
from tasks.people.link_letters import mail_new_link
from tasks.people.links import sign_link
from tasks.people.sign_in import begin_session, make_login_link
from tasks.settings import Settings, load_settings
from tasks.store.database import open_engine, reading, transaction
from tasks.store.secrets import load_or_make
from tests.bench.measures import Bench, Verdict
from tests.bench.stopwatch import run, surroundings

GRANT_COUNT = 10_000
LARGEST_BYTES, LONGEST_SECONDS, _TIMES = 60_000, 0.1, 5
# Who has the most to see of their kind; the operator and the officer may do everything.
_OFFICER = "administration.head@example.org"
_VISITORS = (
    "",
    _OFFICER,
    "manager-20000000@example.org",
    "manager-10000000@example.org",
    "controller@example.org",
    "committee.secretary@example.org",
    "owner-1000@example.org",
)
_PAGES = (
    "/",
    "/?state=late&order=money",
    "/?words=REF-12&order=title&page=2",
    "/leadership",
    "/money",
    "/month",
    "/people",
    "/grants/REF-1000",
    "/papers/1000",
    "/meetings",
    "/attention",
    "/help/coordinator",
)
_OFFICE = (
    "/new-grant",
    "/letters-to-come",
    "/letters-to-come?grant=REF-1000",
    "/mailbox",
    "/mailbox/1",
    "/people/1000",
)
_NEEDED = {"new-grant": "?programme=development-funds-2009"}


def _desk_pages(body: int) -> Iterator[str]:
    """Yield the address of every form of the desk."""
    about = {
        Duty.GRANT: 1000,
        Duty.APPROVAL: 1000,
        Duty.REPORTED: 1000,
        Duty.PERSON: 1000,
        Duty.HOLDINGS: 1000,
        Duty.MEETINGS: body,
        Duty.OFFICE: 0,
        Duty.NEW_GRANT: 0,
        Duty.BOOKS: 0,
    }
    for name in OPENERS:
        yield f"/desk/{name}/{about[ACTS[name].duty or Duty.OFFICE]}{_NEEDED.get(name, '')}"


def measure_pages(bench: Bench) -> Iterator[Verdict]:
    """Find the largest and the slowest page with ten thousand grants."""
    path = bench.copy(bench.database(GRANT_COUNT))
    found = json.loads(run((sys.executable, "-m", "tests.bench.portal_pages"), surroundings(path)).said)
    largest, slowest = max(found, key=lambda one: one["size"]), max(found, key=lambda one: one["seconds"])
    title = f"largest of {len(found)} pages at {GRANT_COUNT:,} grants: {largest['page']}"
    kilobytes = f"{LARGEST_BYTES // 1000} kB"
    share = largest["size"] / LARGEST_BYTES
    yield Verdict(title, f"{largest['size'] / 1000:.0f} kB", kilobytes, share, 1.0)
    limit, seconds = f"{LONGEST_SECONDS * 1000:.0f} ms", slowest["seconds"]
    share = seconds / LONGEST_SECONDS
    yield Verdict(f"slowest of them: {slowest['page']}", f"{seconds * 1000:.0f} ms", limit, share, 1.0)
    usual = median(one["seconds"] for one in found)
    yield Verdict("  the median page", f"{usual * 1000:.0f} ms", limit, usual / LONGEST_SECONDS)


def weigh() -> Iterator[dict[str, Any]]:
    """Yield each page's bytes, and the processor seconds that it takes."""
    settings, now = load_settings(), datetime.now(UTC)
    engine = open_engine(settings.database)
    with transaction(engine) as connection:
        connection.execute(
            text("UPDATE person SET is_admin = true WHERE email = :email"), {"email": _OFFICER}
        )
        body = connection.execute(text('SELECT recipient_id FROM "grant" WHERE id = 1000')).scalar_one()
    app = make_app(settings, engine)
    for email in _VISITORS:
        client = TestClient(app, base_url=settings.portal_url, follow_redirects=False)
        person: int | None = None
        pages = list(_PAGES)
        if email in ("", _OFFICER):
            pages += [*_OFFICE, *_desk_pages(body)]
        if email:
            with reading(engine) as connection:
                query = text("SELECT id FROM person WHERE email = :email")
                person = connection.execute(query, {"email": email}).scalar_one()
            pages += ["/tasks", f"/people/{person}", _link(engine, person, now, settings)]
        link = make_login_link(engine, person, today=now.date(), now=now)
        client.cookies.set("grants", begin_session(engine, link, today=now.date(), now=now) or "")
        for page in pages:
            yield {"page": f"{page[:40]} for {email or 'the operator'}", **_weigh(client, page)}


def _link(engine: Engine, person: int, now: datetime, settings: Settings) -> str:
    """Return the address behind a new letter to a person."""
    mail_new_link(engine, person, today=now.date(), now=now)
    with reading(engine) as connection:
        query = text("SELECT link_key FROM letter WHERE person_id = :id ORDER BY id DESC LIMIT 1")
        key = connection.execute(query, {"id": person}).scalar_one()
    return f"/t/{sign_link(key, load_or_make(settings))}"


def _weigh(client: TestClient, page: str) -> dict[str, Any]:
    client.get(page)  # the first reads the templates
    seconds = []
    for _ in range(_TIMES):
        began = time.process_time()
        shown = client.get(page)
        seconds.append(time.process_time() - began)
    if shown.status_code not in (200, 303, 404):
        raise RuntimeError(f"{page}: {shown.status_code}")
    return {"size": len(shown.content), "seconds": median(seconds)}


if __name__ == "__main__":
    print(json.dumps(list(weigh())))
