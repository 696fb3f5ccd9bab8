"""Hold that Prefect keeps no name, address, answer or link."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prefect.settings import PREFECT_HOME, PREFECT_SERVER_DATABASE_CONNECTION_URL
from sqlalchemy import Engine, make_url, text

from flows import daily_round as day_flow
from flows.daily_round import daily_round
from flows.letters import deliver_letters
from flows.watch import watch
from models.tables.letter import Letter
from models.tables.step import Answer, Draft
from tasks.round.days import RoundDay
from tasks.round.phases import run_round
from tasks.store.database import reading, transaction
from tests.flows.runs import TODAY, ended, mail_goes_to
from tests.grant_scenes import rows
from tests.mail_server import Fault, MailServer
from tests.portal_scenes import Site, act_on, forms_at, settings_for
from tests.reference_case import KEYS
from tests.waiting import until


def everything_prefect_keeps() -> str:
    """All rows of all tables of the server's database, and every file in Prefect's home, as text."""
    database = make_url(PREFECT_SERVER_DATABASE_CONNECTION_URL.value()).database
    with closing(sqlite3.connect(str(database))) as connection:
        rows = list(connection.iterdump())
    files = [path for path in PREFECT_HOME.value().rglob("*") if path.is_file()]
    return "\n".join([*rows, *(path.read_bytes().decode("utf-8", "replace") for path in files)])


def kept_of(run_id: str, end: str) -> str:
    """Return everything that Prefect keeps, once the last line of a run's log and the event of its end are there."""
    ends = (('INSERT INTO "log"', "Finished in state"), ('INSERT INTO "events"', f"prefect.flow-run.{end}"))

    def kept() -> str | None:
        everything = everything_prefect_keeps()
        lines = [line for line in everything.splitlines() if run_id in line]
        whole = all(any(table in line and said in line for line in lines) for table, said in ends)
        return everything if whole else None

    return until(kept, f"the end of run {run_id}")


SAID = "Flickan på Åsgatan mår bättre"


def type_into_every_form(site: Site) -> None:
    """Let everybody who has a letter say the same words wherever anything can be typed, in drafts and in answers."""
    query = "SELECT DISTINCT email FROM person JOIN letter ON person_id = person.id ORDER BY email"
    with reading(site.engine) as connection:
        readers = connection.execute(text(query)).scalars().all()
    client = site.stranger()
    for address in map(site.address, readers):
        for act in ("done", "not-yet"):
            for form in forms_at(client, address, act):
                typed = {name: value or SAID for name, value in form.items() if name != "files"}
                act_on(client, address, client.post(address, data=typed | {"expected_on": "2099-01-01"}))


def test_prefect_keeps_no_name_address_answer_or_link(
    sample: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A morning with all that can go wrong in words: answers, a letter that comes back, a database that quotes."""
    with transaction(sample) as connection:
        raising = f"BEGIN SELECT RAISE(ABORT, '{SAID}, says someone@example.org'); END"
        connection.execute(
            text(f"CREATE TRIGGER notices BEFORE INSERT ON notice WHEN NEW.step_id % 2 {raising}")
        )
        connection.execute(text(f"CREATE TRIGGER letters BEFORE UPDATE ON letter {raising}"))
    monkeypatch.setattr(day_flow.write_letters, "retry_delay_seconds", [0, 0])
    name, message = ended(daily_round(on=TODAY, return_state=True))
    assert (name, "; inte gjort: write letters: IntegrityError; the log has the place" in message) == (
        "Failed",
        True,
    )
    with transaction(sample) as connection:
        connection.execute(text("DROP TRIGGER notices"))
        connection.execute(text("DROP TRIGGER letters"))
    run_round(sample, RoundDay(TODAY, datetime.now(UTC)))
    faults = [
        Fault("mail", "530 5.7.0 someone@example.org may not send", times=1),
        Fault("rcpt", f"550 5.1.1 <someone@example.org>: {SAID}", "coordinator.one"),
    ]
    with MailServer(faults).running() as server:
        mail_goes_to(monkeypatch, server.port)
        assert [ended(deliver_letters(return_state=True))[0] for _ in range(2)] == ["Failed", "Completed"]
        type_into_every_form(Site(sample, settings_for(tmp_path), datetime.now(UTC)))
        daily_round(on=TODAY, return_state=True)
        deliver_letters(return_state=True)
        last = watch(return_state=True)
    kept = kept_of(str(last.state_details.flow_run_id), last.name or "")
    words = {SAID, "@example.org", *KEYS.split(",")}
    with reading(sample) as connection:
        for query in ("name FROM person", "email FROM person", "link_key FROM letter"):
            words |= set(connection.execute(text(f"SELECT {query}")).scalars()) - {None}
    # What is looked for was there to be kept.
    assert "bounced" in {one.status for one in rows(sample, Letter)}
    assert [any(SAID in str(row) for row in rows(sample, model)) for model in (Answer, Draft)] == [True, True]
    assert "SN-010" in kept
    spelled = {spelling for word in words for spelling in (word, json.dumps(word)[1:-1])}
    assert [word for word in spelled if word in kept] == []
