"""Find what waits for an administrator, on both databases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from deployments.sample.portfolio import load_sample
from models.rules.dates.committee import Fit
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Letter
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import LetterStatus
from tasks.overview.admin_decisions import MOST_OF_A_KIND, Awaited, WaitingDecision, find_waiting
from tasks.round.days import RoundDay
from tasks.round.phases import run_round
from tasks.store.database import reading, transaction
from tests.databases import a_copy
from tests.grant_scenes import rows
from tests.rule_builders import a_meeting

TODAY, NOW = date(2010, 10, 8), datetime(2010, 10, 8, 9, tzinfo=UTC)
GRANT, STEP, PART, LETTER = (table_of(one) for one in (Grant, Step, Instalment, Letter))


def _morning(engine: Engine) -> None:
    load_sample(engine, TODAY, NOW)
    run_round(engine, RoundDay(TODAY, NOW))


@pytest.fixture(params=["sqlite", "postgresql"])
def morning(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The sample after a morning's round."""
    engine = a_copy(request.param, "sample_told", _morning, tmp_path)
    yield engine
    engine.dispose()


def waiting(engine: Engine) -> dict[str, WaitingDecision]:
    """What waits, by its kind; of each kind there is one."""
    with reading(engine) as connection:
        found = find_waiting(connection, TODAY, NOW)
    assert found.more == 0
    by_kind = {str(one.kind): one for one in found.rows}
    assert len(by_kind) == len(found.rows)
    return by_kind


def of_grant(reference: str) -> object:
    return select(GRANT.c.id).where(GRANT.c.reference == reference).scalar_subquery()


@pytest.mark.parametrize("morning", ["sqlite"], indirect=True)
def test_quiet_morning_waits_for_the_release_alone(morning: Engine) -> None:
    assert waiting(morning) == {"release": WaitingDecision(Awaited.RELEASE, "SN-010", about="2")}


def test_everything_that_waits_is_found(morning: Engine) -> None:
    needed = date(2010, 11, 1)
    changed = {
        "SN-005": {
            "receipt": {"readings": ["2010-10-11", "2010-10-15"]},
            "two_readings_on": date(2010, 10, 11),
        },
        "SN-006": {
            "receipt": {"meeting": a_meeting(Fit.NO_MEETINGS, needed_on=needed).as_json()},
            "kind": "approval",
            "due_on": needed,
        },
    }
    with transaction(morning) as connection:
        asker = select(GRANT.c.recipient_id).limit(1)
        assert connection.execute(asker).first()
        person = connection.execute(select(LETTER.c.person_id, LETTER.c.id).order_by(LETTER.c.id)).first()
        assert person is not None
        connection.execute(
            update(PART)
            .where(PART.c.status == "releasable")
            .values(requested_by_id=person.person_id, requested_on=TODAY)
        )
        connection.execute(update(GRANT).where(GRANT.c.reference == "SN-001").values(quiet=True))
        undated = [["final-report", "final_report_on"], ["draft", "final_report_on"]]
        connection.execute(update(GRANT).where(GRANT.c.reference == "SN-003").values(undated=undated))
        for reference, values in changed.items():
            one = (STEP.c.grant_id == of_grant(reference)) & (STEP.c.key == "final-report")
            connection.execute(update(STEP).where(one).values(values))
        bounced = {"status": LetterStatus.BOUNCED, "ended_at": NOW, "lease_until_at": None}
        connection.execute(update(LETTER).where(LETTER.c.id == person.id).values(bounced))
    found = waiting(morning)
    assert sorted(found) == ["date", "import", "letter_bounced", "meeting", "reading", "second_person"]
    ids = {grant.reference: grant for grant in rows(morning, Grant)}
    assert {kind: one.path for kind, one in found.items()} == {
        "second_person": "",
        "date": f"/desk/correct/{ids['SN-003'].id}",
        "reading": f"/desk/confirm-reading/{ids['SN-005'].id}",
        "meeting": f"/desk/add-meeting/{ids['SN-006'].recipient_id}",
        "import": f"/desk/confirm-import/{ids['SN-001'].id}",
        "letter_bounced": f"/mailbox/{found['letter_bounced'].about}",
    }
    assert found["second_person"].on == TODAY
    assert found["reading"].days == ("2010-10-11", "2010-10-15")
    assert found["meeting"].on == needed
    assert found["letter_bounced"].reference.startswith("SN-")


def test_page_is_bounded_and_says_how_much_more_waits(morning: Engine) -> None:
    with transaction(morning) as connection:
        connection.execute(update(GRANT).values(quiet=True, status="open"))
        row = dict(connection.execute(select(GRANT).limit(1)).mappings().one())
        more = [
            row | {"id": 1000 + number, "reference": f"Q-{number}", "reference_key": f"q-{number}"}
            for number in range(MOST_OF_A_KIND)
        ]
        connection.execute(GRANT.insert(), more)
        count = len(connection.execute(select(GRANT.c.id)).all())
    with reading(morning) as connection:
        found = find_waiting(connection, TODAY, NOW + timedelta(minutes=1))
    quiet = [one for one in found.rows if one.kind is Awaited.IMPORT]
    assert (len(quiet), len(quiet) + found.more) == (MOST_OF_A_KIND, count)
