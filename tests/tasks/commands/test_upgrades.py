"""Hold that an amended programme shows its difference, keeps what is answered, and tells of moved dates once."""

import json
import re
from datetime import date
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import IntegrityError

from deployments.cli.main import run
from deployments.shipped_files import PROGRAMMES
from models.commands.grants import Upgrade
from models.errors import BadInput, Refused, UnknownReference
from models.programme.plan import Programme
from models.tables.grant import ProgrammeVersion
from models.vocabulary import AnswerKind
from tasks.commands.grants import Upgrades
from tasks.commands.replan.preview import Consequences, What
from tasks.people.notice_recipients import Recipient, hearing
from tasks.programmes.files import read_programme
from tasks.store.database import transaction
from tasks.store.programmes import programme_hash
from tests.database_kinds import on_both
from tests.grant_scenes import (
    INSTALMENT,
    OWNER,
    SECRETARY,
    STEP,
    a_grant_that_was,
    act,
    an_entry,
    answer,
    claim,
    decide,
    do_round,
    dump,
    events,
    grant,
    moves,
    open_grants,
    parts,
    play,
    refused,
    rows,
    steps,
    sums,
    told,
)
from tests.plan_files import read_plan
from tests.rule_builders import PLAIN, reference_programme

TODAY = date(2010, 10, 8)
FUNDS = reference_programme()
Q3 = "follow-up-2010-q3"
KEPT = Path(__file__).parents[2] / "programmes" / "good" / "kept-of-claims.yaml"
CLOSED = """\
programme: development-funds-2009
extends: development-funds-2009-office
calendar: {2011-01-14: holiday}
"""


def amended(**changes: Any) -> Programme:
    """Return the reference programme with these keys instead of its own."""
    return Programme.model_validate({**FUNDS.model_dump(mode="json", exclude_defaults=True), **changes})


def with_steps(*more: dict[str, Any], without: str = "", **changes: dict[str, Any]) -> Programme:
    """Return it with steps added, taken out, or changed by their keys."""
    listed = FUNDS.model_dump(mode="json", exclude_defaults=True)["steps"]
    kept = [
        {**one, **changes.get(one["key"].replace("-", "_"), {})} for one in listed if one["key"] != without
    ]
    return amended(steps=[*kept, *more])


def upgrade(
    engine: Engine, programme: Programme, *references: str, apply: bool = True, on: date = TODAY
) -> Consequences:
    """Bring grants under the programme; return what moves."""
    return upgraded(engine, programme, *references, apply=apply, on=on).moved


def upgraded(
    engine: Engine, programme: Programme, *references: str, apply: bool = True, on: date = TODAY
) -> Upgrades:
    """Bring grants under the programme; return which, and what moves."""
    found: Upgrades = act(engine, Upgrade(programme, references or ("REF-1",)), on, apply=apply)
    return found


@on_both
def test_new_holidays_show_every_date_and_letter_that_moves_then_move_them(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    holidays = amended(calendar={"country": "SE", "extra_holidays": ["2010-11-01", "2011-01-14"]})
    before = dump(engine)
    shown = upgrade(engine, holidays, apply=False)
    assert dump(engine) == before
    assert moves(shown, What.DATE) == [
        (Q3, "", "2010-11-01", "2010-11-02"),
        ("draft", "", "2011-01-10", "2011-01-07"),
    ]
    assert (Q3, "1-day-before", "2010-10-29", "2010-10-29") not in moves(shown, What.LETTER)
    assert (Q3, "on-the-day", "2010-11-01", "2010-11-02") in moves(shown, What.LETTER)
    assert upgrade(engine, holidays) == shown
    assert steps(engine)[Q3].due_on == date(2010, 11, 2)
    assert sorted(told(engine, "moved")) == sorted(
        (key, f"moved-{steps(engine)[key].version}", OWNER) for key in (Q3, "draft")
    )
    assert upgrade(engine, holidays) == Consequences()
    assert len(told(engine, "moved")) == 2


def test_journal_keeps_both_hashes_and_the_old_version_stays(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    new = amended(source="the funder's letter of 2010-10-01")
    upgrade(engine, new)
    assert events(engine, "programme_upgraded") == ["programme_upgraded"]
    versions = {row.sha256 for row in rows(engine, ProgrammeVersion)}
    assert versions == {programme_hash(FUNDS), programme_hash(new)}


@on_both
def test_answered_steps_stay_and_others_come_and_go(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    answered = {key: step for key, step in steps(engine).items() if step.done_on}
    survey = {
        "key": "survey",
        "phase": "final-report",
        "kind": "report",
        "title": {"sv": "enkät", "en": "survey"},
        "todo": {"sv": "Svara på enkäten.", "en": "Answer the survey."},
        "due": "20 days after grant_end",
    }
    new = with_steps(survey, without="close", application={"title": {"sv": "ny ansökan", "en": "new form"}})
    heard = dict[Recipient, None]()
    found = upgrade(hearing(engine, heard), new)
    assert moves(found, What.STEP) == [("close", "", "is there", None), ("survey", "", None, "is there")]
    assert moves(found, What.DATE) == [("survey", "", None, "2011-01-20")]
    after = steps(engine)
    assert {key: after[key] for key in answered} == answered
    assert (after["close"].status, after["survey"].status) == ("cancelled", "open")
    assert sums(engine) == [("paid", 40_000_000), ("withheld", 10_000_000)]
    assert [one.step for one in heard if one.kind == "moved"] == ["survey"]
    assert ("survey", "new-1", OWNER) in told(engine, "moved")


def test_what_was_told_on_the_old_ladder_is_not_told_again(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    do_round(engine, date(2010, 10, 8))  # thirty days before the third quarter's date
    before = told(engine)
    ladders = FUNDS.model_dump(mode="json", exclude_defaults=True)["ladders"]
    ladders["default"] = [
        {"days": -60, "to": ["owner"]},
        {"days": -20, "to": ["owner"]},
        *ladders["default"][2:],
    ]
    upgrade(engine, amended(ladders=ladders))
    do_round(engine, date(2010, 10, 11))
    do_round(engine, date(2010, 10, 12))
    assert [one for one in told(engine) if one[0] == Q3] == [
        *[one for one in before if one[0] == Q3],
        (Q3, "20-days-before", OWNER),
    ]


def test_owner_follows_the_role_that_the_programme_names(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    upgrade(engine, with_steps(final_report={"owner": "committee"}))
    found = steps(engine)
    assert found["final-report"].owner_id == found["draft-approval"].owner_id
    heard = [(key, email) for key, _, email in told(engine, "handed_over")]
    assert heard == [("final-report", SECRETARY), ("final-report", OWNER)]


@pytest.mark.parametrize(
    ("programme", "error", "says"),
    [
        pytest.param(
            amended(currency="EUR"), Refused, "REF-1: the programme has another currency", id="currency"
        ),
        pytest.param(
            with_steps(close={"kind": "funder"}), Refused, "close is of kind report, and stays so", id="kind"
        ),
        pytest.param(
            amended(
                instalments=[
                    {"number": 1, "share": "80 %"},
                    {"number": 2, "share": "rest", "needs": ["draft-approval"]},
                ]
            ),
            Refused,
            "instalment 2 would no longer wait for final-report-approval: money that is decided keeps its conditions",
            id="the money's condition",
        ),
        pytest.param(
            amended(
                instalments=[
                    {"number": 1, "share": "80 %"},
                    {"number": 2, "share": "rest", "each": "quarter", "needs": ["final-report-approval"]},
                ],
                steps=[
                    {**one, **({"each": "quarter"} if one.get("instalment") == 2 else {})}
                    for one in FUNDS.model_dump(mode="json", exclude_defaults=True)["steps"]
                    if one["key"] != "close"
                ],
            ),
            Refused,
            "or other instalments: an amendment decides that",
            id="the money's periods",
        ),
        pytest.param(
            amended(
                dates={
                    **FUNDS.model_dump(mode="json")["dates"],
                    "heard_on": {"title": {"sv": "samråd", "en": "the hearing"}, "given_by": "grant"},
                }
            ),
            BadInput,
            r"REF-1: the date 'heard_on' is missing \(the hearing\): import it first",
            id="a date that nobody gave",
        ),
    ],
)
def test_upgrade_that_cannot_be(
    engine: Engine, programme: Programme, error: type[Exception], says: str
) -> None:
    a_grant_that_was(engine, "first paid")
    with refused(engine, error, says):
        upgrade(engine, programme)


def test_ended_and_unknown_grants_are_refused_and_none_is_changed(engine: Engine) -> None:
    open_grants(engine, an_entry("REF-1"), an_entry("REF-2"))
    play(engine, "decided", "REF-1")
    new = amended(mend_working_days=3)
    with refused(engine, UnknownReference):
        upgrade(engine, new, "REF-1", "REF-9")
    upgrade(engine, new, "REF-1", "REF-2")
    assert grant(engine, "REF-1").programme_id == grant(engine, "REF-2").programme_id


def test_upgrade_from_the_command_line(
    commanded: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_grant_that_was(commanded, "first paid")
    path = tmp_path / "closed.yaml"
    path.write_text(CLOSED, encoding="utf-8")
    copy(PLAIN / "development-funds-2009-office.yaml", tmp_path)
    hashes = [programme_hash(one)[:12] for one in (FUNDS, read_programme(path, PROGRAMMES))]

    def call(*arguments: str) -> tuple[int, list[str]]:
        code = run(["upgrade", "--programme", str(path), *arguments])
        said = capsys.readouterr()
        return code, (said.out or said.err).splitlines()

    before = dump(commanded)
    code, shown = call("REF-1")
    assert (code, dump(commanded)) == (0, before)
    assert shown[0] == "REF-1: development-funds-2009 {} -> development-funds-2009 {}".format(*hashes)
    assert shown[2].split() == ["REF-1", "date", "draft", "2011-01-10", "2011-01-07"]
    # Where today is a day off, the letter waits for a working day.
    assert re.fullmatch(r"An email goes (today|on [0-9]+ \w+( [0-9]+)?) to Coordinator\.", shown[-2])
    assert shown[-1] == "Nothing is changed yet."
    code, lines = call("--all", "--json")
    data = json.loads("\n".join(lines))
    assert (code, data["applied"], [one["grant"] for one in data["upgraded"]]) == (0, False, ["REF-1"])
    assert call("--all", "--yes")[1][-1] == "Done."
    assert call("REF-1", "--yes") == (0, ["Every grant is under the programme as it is."])
    assert call()[0] == 2
    assert call("REF-1", "--all")[0] == 2


BOTH_NEEDED = [
    {"number": 1, "share": "80 %"},
    {"number": 2, "share": "rest", "needs": ["final-report-approval", "auditor-approval"]},
]
AUDITOR = {
    "key": "auditor-approval",
    "phase": "final-report",
    "kind": "approval",
    "approves": "final-report",
    "with_funder": True,
    "title": {"sv": "revisorns godkännande", "en": "the auditor's approval"},
    "todo": {"sv": "Fråga revisorn.", "en": "Ask the auditor."},
    "due": "30 days after final-report.done or the next working day",
}


def test_money_that_has_not_left_waits_for_what_is_added(engine: Engine) -> None:
    a_grant_that_was(engine, "asked")
    assert sums(engine)[1] == ("releasable", 10_000_000)
    new = with_steps(AUDITOR)
    new = Programme.model_validate(
        {**new.model_dump(mode="json", exclude_defaults=True), "instalments": BOTH_NEEDED}
    )
    day = date(2011, 2, 25)
    before = dump(engine)
    shown = upgrade(engine, new, apply=False, on=day)
    assert dump(engine) == before
    waits = ("2", "waits for", "final-report-approval", "final-report-approval, auditor-approval")
    assert waits in moves(shown, What.PAYMENT)
    assert upgrade(engine, new, on=day) == shown
    assert sums(engine)[1] == ("withheld", 10_000_000)
    assert parts(engine)[1].requested_by_id is None
    answer(engine, "auditor-approval", date(2011, 2, 28), kind=AnswerKind.APPROVED)
    assert sums(engine)[1] == ("releasable", 10_000_000)
    assert events(engine, "instalment_condition_added") == ["instalment_condition_added"]


def test_money_that_waited_for_nothing_can_come_to_wait_while_it_is_here(engine: Engine) -> None:
    period: dict[str, Any] = {"period_start_on": date(2011, 1, 1), "period_end_on": date(2011, 12, 31)}
    open_grants(engine, an_entry(programme=str(KEPT), dates={}, **period), on=date(2010, 12, 1))
    decide(engine, on=date(2010, 12, 15), amount_minor=40_000_000)
    answer(engine, "report-2011-q1", date(2011, 4, 5), data={"spent": "100 000"})
    claim(engine, date(2011, 4, 6), 1)
    answer(engine, "report-2011-q2", date(2011, 4, 7), data={"spent": "50 000"})
    assert [status for status, _ in sums(engine)] == ["claimed", "released", "planned", "planned", "planned"]
    approval = {
        **AUDITOR,
        "key": "report-approval",
        "approves": "report",
        "each": "quarter",
        "phase": "follow-up",
    }
    approval["due"] = "14 days after report"
    listed = read_plan(KEPT).model_dump(mode="json", exclude_defaults=True)
    listed["steps"].append(approval)
    listed["instalments"][0]["needs"] = ["report-approval"]

    day = date(2011, 4, 8)
    moved = upgrade(engine, Programme.model_validate(listed), on=day)
    answer(engine, "report-2011-q3", date(2011, 10, 5), data={"spent": "20 000"})

    # The first two have left: they stand as they were.
    assert ("3", "waits for", None, "report-approval-2011-q3") in moves(moved, What.PAYMENT)
    assert [status for status, _ in sums(engine)] == [
        "claimed",
        "released",
        "withheld",
        "planned",
        "planned",
    ]
    answer(engine, "report-approval-2011-q3", date(2011, 10, 6), kind=AnswerKind.APPROVED)
    assert sums(engine)[2] == ("releasable", 1_800_000)
    with pytest.raises(IntegrityError), transaction(engine) as connection:
        connection.execute(update(INSTALMENT).where(INSTALMENT.c.number == 3).values(conditional=False))


def test_days_off_that_became_known_since_are_shown_then_move_what_they_touch(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    # As a calendar without All Saints' Day had it: 2010-11-01 is the Monday after the weekend that holds it.
    with transaction(engine) as connection:
        connection.execute(update(STEP).where(STEP.c.key == Q3).values(due_on=date(2010, 10, 29)))
    before = dump(engine)
    shown = upgrade(engine, FUNDS, apply=False)
    assert dump(engine) == before
    assert moves(shown, What.DATE) == [(Q3, "", "2010-10-29", "2010-11-01")]
    assert upgrade(engine, FUNDS) == shown
    assert events(engine, "due_date_moved", "moved_queued")[-2:] == ["due_date_moved", "moved_queued"]
    assert [one[0] for one in told(engine, "moved")] == [Q3]
    assert upgrade(engine, FUNDS) == Consequences()
