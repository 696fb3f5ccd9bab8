"""Follow the round in Prefect's event feed: its phases with their counts, and each escalation once."""

import json
import re
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

from prefect.client.orchestration import get_client
from prefect.events import emit_event
from prefect.events.filters import EventFilter, EventNameFilter, EventOccurredFilter, EventResourceFilter
from prefect.events.schemas.events import ReceivedEvent
from sqlalchemy import Engine, update

from flows.events import send_escalations
from flows.final_report import final_report
from tasks.store.database import transaction
from tests.flows.runs import TODAY
from tests.grant_scenes import GRANT
from tests.source_tree import ROOT
from tests.waiting import pause, until


def feed_of(resource: str, named: str, since: datetime | None = None) -> list[ReceivedEvent]:
    """Return the events of a name about a resource, once there is one."""

    def found() -> list[ReceivedEvent]:
        occurred = EventOccurredFilter(until=datetime.now(UTC))
        if since is not None:
            occurred = occurred.model_copy(update={"since": since})
        wanted = EventFilter(
            resource=EventResourceFilter(id=[resource]),
            occurred=occurred,
            event=EventNameFilter(name=[named]),
        )
        with get_client(sync_client=True) as client:
            return client.read_events(wanted, limit=50).events

    return until(found, f"{named} of {resource}", 240)


def test_phase_run_by_hand_is_one_event_with_its_counts_and_one_for_each_escalation(sample: Engine) -> None:
    since = datetime.now(UTC) - timedelta(seconds=1)
    final_report(on=TODAY, return_state=True)
    (one,) = feed_of("grantline.phase.final-report", "grantline.phase.ended", since)
    counts = {name: one.payload[name] for name in ("on", "due", "reminded", "escalated", "failed")}
    assert counts == {"on": "2010-10-08", "due": 10, "reminded": 8, "escalated": 2, "failed": 0}
    send_escalations(0)  # a repeated event is the same one, also where two people were told
    (found,) = feed_of("grantline.grant.SN-007", "grantline.step.escalated")
    reached = {label: found.resource.get(f"grantline.{label}") for label in ("phase", "step", "rung", "role")}
    assert reached == {
        "phase": "final-report",
        "step": "final-report",
        "rung": "1-working-day-after",
        "role": "unit_manager",
    }


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
        send_escalations(0)
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
