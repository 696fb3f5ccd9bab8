"""Follow the README as an office does, let Prefect run the day, and hold what it says against what arrived."""

import json
import os
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from models.rules.dates.calendar import WorkCalendar
from tests.office import prefect_runs, servers, service, workbook
from tests.office.portal import Browser
from tests.office.service import PORTAL, follow, grants
from tests.office.workbook import GONE, STAFF, address
from tests.source_tree import ROOT
from tests.waiting import until

HOME = Path("/var/lib/grantline")
BOOK = Path("/srv/office.xlsx")
# The letters of the day: one each for four owners whose mailbox there is or seemed to be, one that is refused at once.
TAKEN, REFUSED_AT_ONCE = 4, 1
# The words that stand for an office's own in the README, and ours: the servers are on this machine, and speak plainly.
OWN = {
    "DATABASE_HOST/grantline?sslmode=verify-full": "127.0.0.1/grantline",
    "DATABASE_PASSWORD": "what-the-database-asks",
    "MAIL_HOST": "127.0.0.1",
    "SENDER": address("grantline"),
    "https://PORTAL_HOST": PORTAL,
    "ADMINISTRATOR": address("admin"),
}


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A way in which an office runs it: whether with PostgreSQL, and what starts the processes."""

    name: str
    on_postgresql: bool
    running: Callable[[], AbstractContextManager[None]]


ARRANGEMENTS = (
    Arrangement("PostgreSQL, grants up", True, service.up),
    Arrangement("SQLite, grants up", False, service.up),
    Arrangement("PostgreSQL, units", True, service.units),
)


def main() -> None:
    """Install with this machine's network, then go on in one where nothing but the loopback address is."""
    if "live" in sys.argv:
        live()
        return
    servers.install()
    follow("The user and the program", {"ADDRESS": ROOT.as_uri()})
    again = f"ip link set lo up; exec {sys.executable} -m tests.office.trial live"
    os.execvp("unshare", ["unshare", "--net", "bash", "-euc", again])


def live() -> None:
    """Try each arrangement from its first setting to an evening; an AssertionError says what was not so."""
    servers.start_postgresql()
    servers.start_mail(map(address, STAFF))
    servers.start_provider(PORTAL)
    today = datetime.now(ZoneInfo("Europe/Stockholm")).date()
    # On a day off nobody is told of anything: Prefect is asked for the last working day's round.
    day = WorkCalendar("SE").on_or_before(today)
    workbook.write_workbook(BOOK, day)
    template = service.SETTINGS.read_text(encoding="utf-8")
    for arrangement in ARRANGEMENTS:
        began = time.monotonic()
        service.SETTINGS.write_text(template, encoding="utf-8")
        try_one(arrangement, day)
        print(f"{arrangement.name}: as it says, {time.monotonic() - began:.0f} s", flush=True)


def try_one(arrangement: Arrangement, day: date) -> None:
    """Install a database, bring the office in, run its day, and hold the portal, journal and runs against the mail."""
    empty()
    if arrangement.on_postgresql:
        follow("A database", OWN)
    else:
        grants("init")
    service.set_settings(
        {
            "GRANTS_SMTP_PORT": str(servers.SMTP_PORT),
            "GRANTS_SMTP_TLS": "none",
            "GRANTS_BOUNCES_ADDRESS": servers.RETURNED,
            "GRANTS_BOUNCES_IMAP": f"imap://returned@127.0.0.1:{servers.IMAP_PORT}/INBOX",
            "GRANTS_BOUNCES_PASSWORD": servers.IMAP_PASSWORD,
            "GRANTS_OIDC_ISSUER": servers.ISSUER,
            "GRANTS_OIDC_CLIENT_ID": servers.CLIENT_ID,
            "GRANTS_OIDC_CLIENT_SECRET": servers.CLIENT_SECRET,
        }
    )
    # Its last line is `grants doctor`, to which nobody answers at the portal's address yet.
    follow("A mail server", OWN, ends=(0, 1))
    grants("import", str(BOOK), "--dry-run")
    grants("import", str(BOOK))
    with arrangement.running():
        run_the_day(day)


def empty() -> None:
    """Begin with nothing: an empty home, no database, no mail."""
    for one in HOME.iterdir():
        shutil.rmtree(one) if one.is_dir() else one.unlink()
    for box in servers.MAIL.glob("*@*"):
        shutil.rmtree(box)
    servers.MAIL_LOG.write_text("", encoding="utf-8")
    for what in ("DATABASE", "ROLE"):
        servers.run("runuser", "-u", "postgres", "--", "psql", "-qc", f"DROP {what} IF EXISTS grantline")


def run_the_day(day: date) -> None:
    """Let Prefect do the round, the delivery and the watch, and hold each against what arrived."""
    until(lambda: prefect_runs.is_deployed("deliver-letters"), "the deployments", 180)
    said = grants("doctor")
    for shown in (PORTAL, address("grantline"), address("admin")):
        assert shown in said, f"doctor does not say {shown}:\n{said}"
    done = prefect_runs.ask("daily-round", on=day.isoformat())
    assert done.state == "Completed", done
    assert "6 " in done.message, done
    runs = prefect_runs.runs_of("deliver-letters")
    servers.wait_for_mail()
    hold_words_against_mail(runs)
    hold_returned_mail()
    hold_pages_and_journal()
    hold_that_a_run_elsewhere_stops()


def hold_words_against_mail(runs: list[prefect_runs.Run]) -> None:
    """Postfix has taken as many as the journal says; no run claims more (the service may have been first with some)."""
    taken = [to for to, _ in servers.ends() if to in letters_to()]
    accepted = Counter(one["event"] for one in json.loads(grants("journal", "--json")))["letter_accepted"]
    assert accepted >= TAKEN == len(taken), f"{accepted} accepted; {servers.ends()}"
    said = sum(
        int(found[1]) for run in runs if (found := re.search(r"(\d+) lämnade till mejlservern", run.message))
    )
    assert said <= accepted, runs


def letters_to() -> set[str]:
    """Return the addresses to which the day's letters go."""
    return {address(name) for name in ("anna", "bo", "english", GONE)}


def hold_returned_mail() -> None:
    """What came back is read by the watch, and the manager hears of both who did not get theirs."""
    watched = prefect_runs.ask("watch")
    assert watched.state in ("Completed", "Failed"), watched  # it is red where something needs a person
    prefect_runs.runs_of("deliver-letters")

    def told() -> str | None:
        servers.wait_for_mail()
        words = "".join(str(one.get_body(("plain",))) for one in servers.arrived(address("unit")))
        return words if "Samordnare Borta" in words and "Samordnare Nekad" in words else None

    until(told, "the manager to hear of both letters that did not arrive", 180)


def hold_pages_and_journal() -> None:
    """The portal shows each letter as it ended, and the journal as many events; both people see what is theirs."""
    events = Counter(one["event"] for one in json.loads(grants("journal", "--json")))
    # Six owners' reminders, and the manager's about the two that did not arrive.
    assert events["reminder_queued"] == 8, events
    assert events["letter_bounced"] == 2, events
    grants("journal", "--verify")
    administrator = Browser(PORTAL)
    administrator.sign_in("admin")
    mailbox = administrator.look("/mailbox")
    ends = Counter(re.findall(r"Skickat|Kom inte fram|Väntar", mailbox))
    arrived = sum(status == "sent" and to != servers.RETURNED for to, status in servers.ends())
    assert ends["Kom inte fram"] == 2, mailbox
    assert ends["Skickat"] <= arrived, f"{ends} {servers.ends()}"
    owner = Browser(PORTAL)
    owner.sign_in("anna")
    tasks = owner.look("/tasks")
    assert "Språkstöd i hemtjänsten" in tasks, tasks
    assert "Bostad först" not in tasks, tasks


def hold_that_a_run_elsewhere_stops() -> None:
    """Where the file names another database than the portal's, a run fails in one line and tells nobody."""
    written = service.SETTINGS.read_text(encoding="utf-8")
    before = len(servers.ends())
    service.set_settings({"GRANTS_DATABASE_URL": f"sqlite:///{HOME / 'another.db'}"})
    try:
        grants("init")
        run = prefect_runs.ask("daily-round")
    finally:
        service.SETTINGS.write_text(written, encoding="utf-8")
    assert run.state == "Failed", run
    assert "another.db" in run.message, run.message
    servers.wait_for_mail()
    told = [to for to, _ in servers.ends()[before:] if to != address("admin")]
    assert told == [], told


if __name__ == "__main__":
    main()
