"""A grant that is imported while it runs tells nobody of anything before somebody confirms what is late."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from models.commands.clock import Clock
from models.commands.grants import ConfirmLate
from models.errors import GrantError, Refused, UnknownPerson
from models.rules.watch.findings import FindingKind
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.vocabulary import AnswerKind
from tasks.import_confirmation import confirm_imports
from tasks.overview.standing import load_standings
from tasks.store.database import reading
from tasks.watch.audit import AuditMoment, audit
from tests.database_kinds import on_both
from tests.grant_scenes import (
    ADMIN,
    HEAD,
    MANAGER,
    ORGANISATIONS,
    OWNER,
    a_staff,
    act,
    an_entry,
    answer,
    bring_in,
    do_round,
    dump,
    grant,
    rows,
    steps,
    told,
)
from tests.import_desk import Desk

IMPORTED = date(2010, 8, 16)  # a Monday
AWARD = {"decided_on": date(2009, 11, 5), "amount": 500_000, "dates": {"final_report_on": date(2011, 1, 20)}}
FIRST, SECOND = "follow-up-2010-q1", "follow-up-2010-q2"


@pytest.fixture
def engine_kind() -> str:
    """SQLite will do, save where many are confirmed at once."""
    return "sqlite"


def a_running_entry(**changes: Any) -> dict[str, Any]:
    """Return a grant whose money came and of which two follow-ups are late."""
    paid = {1: {"paid_on": date(2009, 12, 11)}}
    return an_entry(decisions=[AWARD], done={"application": date(2009, 9, 14)}, instalments=paid) | changes


def import_running(engine: Engine, *entries: dict[str, Any]) -> dict[str, Any]:
    """Import the grants, quiet as they come in; return what the report says is late."""
    bring_in(engine, IMPORTED, organisations=ORGANISATIONS, people=a_staff())
    report = bring_in(engine, IMPORTED, confirmed=False, grants=list(entries) or [a_running_entry()])
    late: dict[str, Any] = report.as_json().get("late", {})
    return late


def confirm(engine: Engine, on: date, *references: str) -> None:
    """Confirm what was late."""
    for reference in references or ["REF-1"]:
        act(engine, ConfirmLate(reference), on, ADMIN)


def findings(engine: Engine, on: date) -> list[tuple[str, str]]:
    """Return what the watch finds of quiet grants and late steps."""
    now = datetime.combine(on, time(12), tzinfo=ZoneInfo("Europe/Stockholm"))
    kinds = (FindingKind.QUIET, FindingKind.LATE_UNTOLD)
    found = audit(engine, AuditMoment(on, now, ZoneInfo("Europe/Stockholm")))
    return [(str(one.kind), str(one.where)) for one in found if one.kind in kinds]


def test_import_says_what_is_late_and_neither_rounds_nor_people_tell_of_it(engine: Engine) -> None:
    late = import_running(engine)
    assert late == {"REF-1": {FIRST: "2010-04-30", SECOND: "2010-07-30"}}
    before = dump(engine)
    assert str(bring_in(engine, IMPORTED, grants=[a_running_entry()])) == "0 new, 0 changed, 2 unchanged"
    assert dump(engine) == before
    answer(engine, FIRST, IMPORTED, kind=AnswerKind.NOT_YET, note="Sjuk.", expected_on=date(2010, 9, 1))
    later = AWARD | {"kind": "amendment", "decided_on": IMPORTED, "amount": None}
    later |= {"dates": {"final_report_on": date(2011, 2, 1)}, "source": "Dnr 1"}
    bring_in(engine, IMPORTED, grants=[a_running_entry(decisions=[AWARD, later])])
    for day in range(0, 30, 3):
        do_round(engine, IMPORTED + timedelta(days=day))
    assert told(engine) == []
    assert steps(engine)["final-report"].due_on == date(2011, 2, 1)
    assert grant(engine).quiet
    assert findings(engine, IMPORTED + timedelta(days=29)) == [("quiet", "REF-1")]
    with reading(engine) as connection:
        (standing,) = load_standings(connection, IMPORTED, [grant(engine).id])
    assert standing.quiet


def test_grant_of_which_nothing_is_late_is_not_quiet(engine: Engine) -> None:
    done = {"application": date(2009, 9, 14), FIRST: date(2010, 4, 27), SECOND: date(2010, 7, 28)}
    assert import_running(engine, a_running_entry(done=done)) == {}
    assert not grant(engine).quiet
    with pytest.raises(Refused, match="grant REF-1 is not quiet"):
        confirm(engine, IMPORTED)


def test_confirmed_grant_tells_its_owner_first_and_rises_a_rung_a_day(engine: Engine) -> None:
    import_running(engine)
    day = date(2010, 8, 18)
    confirm(engine, day)
    assert told(engine) == []
    mornings: dict[date, set[str]] = {}
    for morning in (day + timedelta(days=n) for n in range(12)):
        before = len(told(engine))
        do_round(engine, morning)
        if fresh := {who for _, _, who in told(engine)[before:]}:
            mornings[morning] = fresh
    first, second, *_ = mornings
    assert (first, mornings[first]) == (day, {OWNER})
    assert (second, mornings[second]) == (date(2010, 8, 19), {OWNER, MANAGER})
    assert any(HEAD in who for who in mornings.values())
    assert findings(engine, date(2010, 8, 31)) == []


def test_confirmed_grant_sends_one_letter_a_person_a_day(engine: Engine) -> None:
    import_running(engine, *(a_running_entry(reference=f"REF-{n}") for n in range(1, 6)))
    day = date(2010, 8, 18)
    confirm(engine, day, *(f"REF-{n}" for n in range(1, 6)))
    assert do_round(engine, day).letters == 1
    assert {(kind, who) for _, kind, who in told(engine)} == {("on-the-day", OWNER)}


def test_confirmation_is_journaled_with_who_and_what_was_late(engine: Engine) -> None:
    import_running(engine)
    late = {FIRST: "2010-04-30", SECOND: "2010-07-30"}
    with pytest.raises(UnknownPerson):
        act(engine, ConfirmLate("REF-1"), IMPORTED, "nobody@example.org")
    confirm(engine, IMPORTED)
    found = [
        (row.event, row.detail["late"], row.person_id is None)
        for row in rows(engine, JournalEvent)
        if "late" in row.detail
    ]
    assert found == [("imported_late", late, True), ("import_confirmed", late, False)]


def test_money_that_waits_is_asked_about_when_the_import_is_confirmed(engine: Engine) -> None:
    done = {
        "application": date(2009, 9, 14),
        "final-report": date(2010, 7, 1),
        "draft-approval": date(2010, 6, 20),
        "final-report-approval": date(2010, 8, 2),
    }
    import_running(engine, a_running_entry(done=done))
    assert told(engine) == []
    confirm(engine, IMPORTED)
    assert [(key, who) for key, _, who in told(engine, "confirm_release")] == [("claim-balance", OWNER)]


@on_both
def test_many_are_confirmed_at_once_and_one_that_cannot_be_stops_no_other(
    both: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANTS_LANGUAGE", "en")
    import_running(both.engine, *(a_running_entry(reference=f"REF-{number}") for number in (1, 2, 3)))
    confirm(both.engine, IMPORTED, "REF-2")
    by = "--by", ADMIN, "--on", IMPORTED.isoformat(), "--yes"
    code, out, err = both.grants("confirm-import", "REF-1", "REF-2", "REF-3", *by)
    assert code == 1
    assert [line for line in out.splitlines() if "confirmed" in line] == [
        "REF-1 is confirmed",
        "REF-3 is confirmed",
    ]
    said = "Refused: grant REF-2 is not quiet: nothing of it waits to be confirmed"
    assert err == f"grants: REF-2 is not confirmed: {said}"
    assert [row.reference for row in rows(both.engine, Grant) if row.quiet] == []
    # Who is not known confirms nothing, and hears it once.
    before = dump(both.engine)
    code, out, err = both.grants("confirm-import", "REF-1", "REF-2", *by[:1], "nobody@example.org", *by[2:])
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert dump(both.engine) == before


def test_what_breaks_off_half_way_says_which_are_confirmed(sqlite: Engine) -> None:
    import_running(sqlite, *(a_running_entry(reference=f"REF-{number}") for number in (1, 2, 3)))
    clock = Clock(IMPORTED, datetime.combine(IMPORTED, time(12), tzinfo=ZoneInfo("Europe/Stockholm")))
    told = confirm_imports(sqlite, ["REF-1", "REF-2", "REF-3"], ADMIN, clock)
    assert next(told)[0] == "REF-1"
    with sqlite.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE person SET email = 'other@example.org' WHERE email = :at", {"at": ADMIN}
        )
    assert next(told)[0] == "REF-2"
    with pytest.raises(GrantError):
        next(told)
    assert [row.reference for row in rows(sqlite, Grant) if row.quiet] == ["REF-2", "REF-3"]
