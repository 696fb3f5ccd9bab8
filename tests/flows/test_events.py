"""Follow grants in Prefect's event feed: a grant's life, once each, with references and keys alone."""

import asyncio
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from prefect.client.orchestration import get_client
from prefect.events import emit_event
from prefect.events.filters import EventFilter, EventNameFilter, EventOccurredFilter, EventResourceFilter
from prefect.events.schemas.events import ReceivedEvent
from prefect.exceptions import ObjectNotFound
from sqlalchemy import Engine, update

from flows.overview import overview
from models.commands.clock import Clock, SignedIn
from models.commands.money import Claim, Pay, Release
from models.commands.steps import Approve, Extend, NotYet, Return
from tasks.overview.journal import last_change
from tasks.perform import perform
from tasks.prefect.keys import CURSOR
from tasks.store.database import reading, transaction
from tests.flows.runs import TODAY
from tests.grant_scenes import GRANT
from tests.source_tree import ROOT
from tests.waiting import pause, until

OWNER, SECOND = "coordinator.two@example.org", "controller@example.org"


async def feed_of(
    reference: str, count: int, since: datetime | None = None, named: str = ""
) -> list[ReceivedEvent]:
    """Return the event feed filtered by a grant, once it has so many events, in the order of the grant's life."""
    occurred = EventOccurredFilter(since=since) if since else EventOccurredFilter()
    of = EventResourceFilter(id=[f"grantline.grant.{reference}"])
    deadline = datetime.now(UTC) + timedelta(seconds=240)
    async with get_client() as client:
        while True:
            until = occurred.model_copy(update={"until": datetime.now(UTC)})
            wanted = EventFilter(
                resource=of, occurred=until, event=EventNameFilter(name=[named]) if named else None
            )
            found = (await client.read_events(wanted, limit=50)).events
            if len(found) >= count:
                return sorted(found, key=lambda one: (one.occurred, one.event))
            assert datetime.now(UTC) < deadline, found
            await asyncio.sleep(0.1)


COMES_BACK = (
    (OWNER, Return("SN-009", "final-report-approval", "table 3")),
    (OWNER, NotYet("SN-009", "final-report")),
    (OWNER, Extend("SN-009", "final-report", date(2010, 10, 20), "agreed", "Dnr 1")),
)
IS_PAID = (
    (OWNER, Approve("SN-009", "final-report-approval")),
    (OWNER, Release("SN-009", 2)),
    (SECOND, Release("SN-009", 2)),
    (OWNER, Claim("SN-009", 2)),
    (OWNER, Pay("SN-009", 2)),
)


@pytest.mark.parametrize(
    ("acts", "life"),
    [
        pytest.param(
            COMES_BACK,
            [
                ("step.returned", "final-report", "final-report", ""),
                ("step.answered", "final-report", "final-report", ""),
                ("step.extended", "final-report", "final-report", ""),
            ],
            id="a report that comes back",
        ),
        pytest.param(
            IS_PAID,
            [
                ("instalment.releasable", "release", "", "2"),
                ("step.approved", "final-report", "final-report-approval", ""),
                ("instalment.released", "release", "", "2"),
                ("instalment.claimed", "release", "claim-balance", "2"),
                ("step.answered", "release", "claim-balance", ""),
                ("instalment.paid", "release", "payment-balance", "2"),
                ("step.answered", "release", "payment-balance", ""),
            ],
            id="money that is paid",
        ),
    ],
)
def test_feed_of_a_grant_is_its_life_once_each(
    told: Engine, acts: Sequence[tuple[str, object]], life: Sequence[tuple[str, ...]]
) -> None:
    since = datetime.now(UTC)
    for by, command in acts:
        now = datetime.now(UTC)
        perform(told, command, SignedIn(by, now, hours=1), Clock(TODAY, now))  # type: ignore[arg-type]
    for _ in range(2):
        # The second time the number is lost, and all is sent again.
        send_all(told)
    found = asyncio.run(feed_of("SN-009", len(life), since))
    assert [_words(one) for one in found] == life


def test_escalation_to_two_people_is_one_event_and_says_whom_it_reached(told: Engine) -> None:
    send_all(told)
    # Other tests do other things to the grant, and send them to the same server.
    (found,) = asyncio.run(feed_of("SN-007", 1, named="grantline.step.escalated"))
    reached = {label: found.resource.get(f"grantline.{label}") for label in ("step", "rung", "role")}
    assert reached == {"step": "final-report", "rung": "1-working-day-after", "role": "unit_manager"}


def send_all(engine: Engine) -> None:
    """Send what happened lately, as where Prefect has forgotten what it was sent, and look that it is noted."""

    async def send() -> None:
        async with get_client() as client:
            with suppress(ObjectNotFound):
                await client.delete_variable_by_name(CURSOR)
            assert (await overview(return_state=True)).is_completed()
            sent = await client.read_variable_by_name(CURSOR)
        with reading(engine) as connection:
            assert sent is not None
            assert sent.value == last_change(connection)

    asyncio.run(send())


def _words(one: ReceivedEvent) -> tuple[str, ...]:
    labels = ("phase", "step", "instalment")
    resource = dict(one.resource)
    return one.event.removeprefix("grantline."), *(resource.get(f"grantline.{label}", "") for label in labels)


class Channel(BaseHTTPRequestHandler):
    """A channel that takes posts."""

    posts: ClassVar[list[dict[str, str]]] = []

    def do_POST(self) -> None:
        """Take a post."""
        self.posts.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(204)
        self.end_headers()


def test_automation_of_the_readme_posts_when_a_step_reaches_a_role(told: Engine) -> None:
    readme = (ROOT / "flows" / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    with ThreadingHTTPServer(("127.0.0.1", 0), Channel) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        here = example.replace("https://chat.example.org", f"http://127.0.0.1:{server.server_port}")
        # No step of the sample has come further than this.
        exec(here.replace('"head_of_department"', '"unit_manager"'), {})  # noqa: S102
        until(is_heard, "the automation to listen")
        with transaction(told) as connection:  # what Prefect was sent before is the same event to it
            connection.execute(update(GRANT).values(reference="SN-107").where(GRANT.c.reference == "SN-007"))
        send_all(told)
        until(lambda: {"text": "SN-107, final-report"} in Channel.posts, "the post")
        server.shutdown()


def is_heard() -> bool:
    """Send an event that the automation answers, and return whether it did: it takes Prefect a moment to know one."""
    resource = {"prefect.resource.id": "grantline.grant.PROBE", "prefect.resource.name": "PROBE"}
    emit_event(
        "grantline.step.escalated", resource | {"grantline.step": "none", "grantline.role": "unit_manager"}
    )
    pause(0.5)
    return bool(Channel.posts)
