"""An import shows what it moves of grants that are here, writes down what was, and tells those whom it touches once."""

from datetime import date

import pytest
from sqlalchemy import Engine

from models.commands.decisions import Correct
from models.errors import ImportInvalid
from tasks.commands.replan.preview import What
from tasks.intake.report import ImportReport
from tasks.people.notice_recipients import Recipient, hearing
from tasks.store.database import dry_run, reading
from tests.grant_scenes import (
    ADMIN,
    EVENT,
    MANAGER,
    OWNER,
    SECRETARY,
    a_grant_that_was,
    act,
    an_entry,
    bring_in,
    dump,
    letters,
    open_grants,
    steps,
    told,
)

AWARDED_ON, TODAY = date(2009, 11, 5), date(2009, 11, 9)
AWARD = {"decided_on": AWARDED_ON, "amount": 500_000}


def dates(report: ImportReport) -> dict[str, tuple[str | None, str | None]]:
    """Return the dates that the import moves, takes away or adds."""
    return {
        one.name: (one.before, one.after)
        for one in report.moved.changes
        if one.what in (What.DATE, What.PAYMENT)
    }


def test_other_period_is_shown_then_told_once(engine: Engine) -> None:
    a_grant_that_was(engine, "decided")
    before, earlier = dump(engine), told(engine)
    other = an_entry(period_end_on=date(2010, 9, 30))
    heard, again_heard = dict[Recipient, None](), dict[Recipient, None]()
    shown = bring_in(dry_run(hearing(engine, heard)), TODAY, grants=[other])
    assert dump(engine) == before
    assert shown.moved.changes

    made = bring_in(engine, TODAY, grants=[other])
    assert (made.moved, made.changed["grant"]) == (shown.moved, 1)
    fresh = told(engine)[len(earlier) :]
    assert sorted((one.step, one.email) for one in heard) == sorted((key, email) for key, _, email in fresh)
    again = bring_in(hearing(engine, again_heard), TODAY, grants=[other])
    assert again_heard == {}
    assert (again.moved.changes, again.unchanged["grant"]) == ((), 1)
    assert told(engine)[len(earlier) :] == fresh
    with reading(engine) as connection:
        row = connection.execute(EVENT.select().where(EVENT.c.event == "grant_changed")).one()
    assert row.detail["changes"] == {"period_end_on": ["2010-12-31", "2010-09-30"]}


def test_file_that_lengthens_a_grant_tells_the_owners_of_what_is_new(engine: Engine) -> None:
    a_grant_that_was(engine, "decided")
    before = set(steps(engine))
    longer = an_entry(period_end_on=date(2011, 6, 30))
    heard = dict[Recipient, None]()
    bring_in(hearing(engine, heard), TODAY, grants=[longer])
    new = {key: step for key, step in steps(engine).items() if key not in before}
    assert sorted(new) == ["follow-up-2010-q4", "follow-up-2011-q1"]
    mine = [(key, f"new-{step.version}", OWNER) for key, step in new.items()]
    assert sorted(one for one in told(engine, "moved") if one[0] in new) == sorted(mine)
    assert {one.step for one in heard} >= set(new)


def test_date_that_the_recorded_award_lacks_comes_with_the_file(engine: Engine) -> None:
    open_grants(engine, an_entry(decisions=[AWARD]), on=TODAY)
    assert steps(engine)["final-report"].due_on is None
    report = bring_in(
        engine,
        TODAY,
        grants=[an_entry(decisions=[AWARD | {"dates": {"final_report_on": date(2011, 1, 20)}}])],
    )
    assert dates(report)["final-report"] == (None, "2011-01-20")
    assert report.undated == {}
    assert steps(engine)["final-report"].due_on == date(2011, 1, 20)


def test_file_does_not_bring_a_corrected_mistake_back(engine: Engine) -> None:
    open_grants(engine, an_entry(decisions=[AWARD]), on=TODAY)
    act(engine, Correct("REF-1", AWARDED_ON, said={"decided_on": date(2009, 11, 6)}), TODAY, ADMIN)
    before = dump(engine)
    says = (
        "the award of 2009-11-05 was corrected or annulled here, where the award of 2009-11-06 holds: correct"
    )
    with pytest.raises(ImportInvalid, match=says):
        bring_in(engine, TODAY, grants=[an_entry(decisions=[AWARD])])
    assert dump(engine) == before
    mended = AWARD | {"decided_on": date(2009, 11, 6)}
    assert bring_in(engine, TODAY, grants=[an_entry(decisions=[mended])]).unchanged["grant"] == 1


def test_decision_of_the_file_tells_whom_it_moves_a_date_for(engine: Engine) -> None:
    a_grant_that_was(engine, "decided")
    more = {"kind": "amendment", "decided_on": TODAY, "dates": {"final_report_on": date(2011, 1, 31)}}
    more["source"] = "Dnr 1"
    recorded = AWARD | {"dates": {"final_report_on": date(2011, 1, 20)}}
    heard = dict[Recipient, None]()
    report = bring_in(hearing(engine, heard), TODAY, grants=[an_entry(decisions=[recorded, more])])
    assert dates(report)["final-report"] == ("2011-01-20", "2011-01-31")
    assert {(one.email, one.on) for one in heard} == {(OWNER, TODAY), (SECRETARY, TODAY), (MANAGER, TODAY)}
    assert {email for email, on, _ in letters(engine) if on == TODAY} == {OWNER, SECRETARY, MANAGER}
