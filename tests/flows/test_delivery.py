"""Deliver, watch and tell the administrator as flows: what they do and what they say."""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from time import monotonic
from uuid import uuid4

import pytest
from prefect.settings import PREFECT_API_URL
from sqlalchemy import Engine, select, text, update

from flows.automations import NO_ROUND
from flows.letters import deliver_letters
from flows.watch import tell_the_admin, watch
from models.events import OfficeEvent
from models.rules.dates.calendar import WorkCalendar
from models.tables.columns import table_of
from models.tables.letter import Letter
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import UNSETTLED, LetterKind
from tasks.outbox.handover import LAST_ANSWERS_WITHIN
from tasks.settings import load_settings
from tasks.store.database import reading, transaction
from tasks.store.journal import Event, write_journal
from tasks.watch.alarms import filed_alarms
from tasks.watch.journal_head import read_head
from tasks.watch.last_findings import kept_findings
from tests.flows.runs import TODAY, ended, mail_goes_to
from tests.mail_server import STALL, Fault, MailServer


def test_delivery_says_what_it_did(told: Engine) -> None:
    with reading(told) as connection:
        waiting = connection.execute(text("SELECT count(*) FROM letter WHERE status = 'queued'")).scalar_one()
    name, message = ended(deliver_letters(return_state=True))
    counts = [int(part.split()[0]) for part in message.split(", ")]
    assert (name, message.split(", ")[0]) == ("Completed", f"{counts[0]} sparade i portalens brevlåda")
    assert sum(counts) == waiting
    assert ended(deliver_letters(return_state=True)) == ("Completed", "inga mejl att skicka")


def test_delivery_fails_while_the_mail_server_is_gone(told: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    mail_goes_to(monkeypatch, 1)
    name, message = ended(deliver_letters(return_state=True))
    assert name == "Failed"
    assert message.startswith("mejlservern går inte att använda: ")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("-c", "from flows.letters import deliver_letters; deliver_letters()"), id="a flow"),
        pytest.param(("-m", "deployments.cli.main", "deliver", "--keep-on"), id="deliver --keep-on"),
    ],
)
def test_delivery_that_is_told_to_stop_waits_for_no_silent_server(
    told: Engine, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("GRANTS_SMTP_CONNECTIONS", "4")  # two at a time, as they all go to one domain
    with MailServer([Fault("dot", STALL)]).running() as server:
        mail_goes_to(monkeypatch, server.port)
        process = subprocess.Popen(
            (sys.executable, *command), env=os.environ | {"PREFECT_API_URL": PREFECT_API_URL.value() or ""}
        )
        server.when(lambda: len(server.begun) == 2)
        began = monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        took = monotonic() - began
    letter = table_of(Letter)
    with reading(told) as connection:
        states = Counter(connection.execute(select(letter.c.status)).scalars())
    # Units have thirty seconds. What has begun to leave is seen to when its lease ends, as after a kill.
    assert LAST_ANSWERS_WITHIN <= took < 20
    assert states == {"handing_over": 2, "queued": 8}


def test_delivery_passes_on_the_steps_of_someone_whose_letter_came_back(
    told: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, letter, person = table_of(Step), table_of(Letter), table_of(Person)
    owned = select(step.c.id).where(step.c.owner_id == person.c.id, step.c.status.in_(UNSETTLED)).exists()
    heads = select(letter.c.person_id).where(letter.c.kind == LetterKind.WEEK)  # who get a letter more
    readers = select(person.c.id, person.c.email).join(letter, letter.c.person_id == person.c.id)
    with reading(told) as connection:
        query = (
            readers.where(owned, letter.c.status == "queued", person.c.id.not_in(heads))
            .order_by(person.c.id)
            .limit(1)
        )
        owner, address = connection.execute(query).one()
    day = datetime.now(UTC)
    while not WorkCalendar("SE").is_working(day.date()):
        day += timedelta(days=1)
    monkeypatch.setattr("flows.letters.moment", lambda: day)
    with MailServer([Fault("rcpt", "550 5.1.1 Unknown", address)]).running() as server:
        mail_goes_to(monkeypatch, server.port)
        name, message = ended(deliver_letters(return_state=True))
    assert (name, message.split(", ")[1]) == ("Completed", "1 kom inte fram")
    with reading(told) as connection:
        still = select(step.c.key).where(step.c.owner_id == owner, step.c.status.in_(UNSETTLED))
        assert connection.execute(still).all() == []


def test_watch_finds_nothing_in_an_empty_database(engine: Engine) -> None:
    assert ended(watch(return_state=True)) == ("Completed", "Inget har fastnat.")


def test_watch_fails_with_the_count_and_tells_once(told: Engine) -> None:
    with transaction(told) as connection:
        connection.execute(update(table_of(Person)).values(departed_on=date(2010, 1, 1)))
    (broken := load_settings().home / "programmes" / "own.yaml").parent.mkdir()
    broken.write_text("no programme", encoding="utf-8")
    name, message = ended(watch(return_state=True))
    assert name == "Failed"
    assert re.fullmatch(r"\d+ saker har fastnat\.", message)
    ended(watch(return_state=True))
    of_file, alarm = sorted(filed_alarms(load_settings()), key=lambda one: "Bevakningen" in one.about)
    assert of_file.about == "En programfil går inte längre att läsa"
    assert "own.yaml" in of_file.path.read_text(encoding="utf-8")
    assert alarm.about.startswith("Bevakningen har funnit något att åtgärda (")
    assert "varken den som ansvarar eller någon bakom hen går att nå" in alarm.path.read_text(
        encoding="utf-8"
    )


def test_watch_takes_the_journals_head_out_of_the_house_once_a_day(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(engine) as connection:
        write_journal(connection, TODAY, datetime.now(UTC), [Event(OfficeEvent.PERSON_CHANGED)])
    monkeypatch.setenv("GRANTS_ADMIN_EMAIL", "admin@example.org")
    with MailServer().running() as server:
        mail_goes_to(monkeypatch, server.port)
        for _ in range(2):
            assert ended(watch(return_state=True)) == ("Completed", "Inget har fastnat.")
    head = read_head(tmp_path / "journal-head")
    (mail,) = server.accepted
    read = message_from_bytes(mail.content, policy=policy.default)
    said = read.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert mail.recipient == "admin@example.org"
    assert f"Händelseloggens senaste händelse är nr {head.event_id}: {head.sha256}" in said


def test_watch_delivers_what_is_left_and_tells_when_it_cannot(
    told: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_goes_to(monkeypatch, 1)
    name, message = ended(watch(return_state=True))
    assert (name, "Mejlservern går inte att använda: " in message) == ("Failed", True)
    assert "Brev kunde inte skickas" in {one.about for one in filed_alarms(load_settings())}
    found = kept_findings(load_settings().watch_folder)
    assert found is not None
    assert (found.rows[0].kind, found.rows[0].where) == ("mail_down", "e-postservern 127.0.0.1:1")
    assert found.rows[0].why.startswith("har inte fungerat sedan ")
    assert found.mail_down_since
    monkeypatch.delenv("GRANTS_SMTP_HOST")
    ended(watch(return_state=True))
    with reading(told) as connection:
        count = "SELECT count(*) FROM letter WHERE status = 'queued'"
        assert connection.execute(text(count)).scalar_one() == 0


def test_watch_tells_when_it_cannot_read_the_database(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE foundation SET admits = '9999'"))
    name, message = ended(watch(return_state=True))
    assert (name, "9999" in message) == ("Failed", True)
    (alarm,) = filed_alarms(load_settings())
    assert alarm.about == "Bevakningen kunde inte läsa databasen"


@pytest.mark.usefixtures("engine")
def test_watch_tells_when_the_directory_is_not_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("E-post;Favoriträtt\nnobody@example.org;gröt\n", encoding="utf-8")
    monkeypatch.setenv("GRANTS_DIRECTORY", str(file))
    ended(watch(return_state=True))
    assert "Personkatalogen har inte lästs in" in [one.about for one in filed_alarms(load_settings())]


def test_admin_is_told_without_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    said = [ended(tell_the_admin("daily-round", "3 failed", return_state=True))[1] for _ in range(2)]
    assert said == ["No mail could leave: filed, and 'grants doctor' shows it", "Told today already"]


def test_admin_is_told_of_a_run_in_the_language_of_the_office(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a run says of itself is on its page in Prefect, in English or in a library's words."""
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    run = str(uuid4())
    for told in ({"message": "3 due, 1 failed", "run": run}, {"message": NO_ROUND}, {}):
        ended(tell_the_admin("daily-round", **told, return_state=True))
    filed = [alarm.path.read_text(encoding="utf-8") for alarm in filed_alarms(load_settings())]
    bodies = [one.split("\n", 1)[1].rsplit("# ")[0] for one in filed]
    page = f"{PREFECT_API_URL.value().removesuffix('/api')}/runs/flow-run/{run}"
    assert sorted(bodies) == sorted(
        "daily-round behöver ses över\n\n"
        f"- {said}\n\n"
        "Åtgärda det med hjälp av grants doctor, grants status och körningarna i Prefect.\n"
        for said in (
            f"En körning slutade illa; varför säger dess sida: {page}",
            "Ingen daglig genomgång har blivit klar på 74 timmar.",
            "Mer än så är inte känt.",
        )
    )
