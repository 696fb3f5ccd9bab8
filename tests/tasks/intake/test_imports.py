"""Import files on both databases: all or nothing, twice is once, and one line that says what is wrong."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from models.commands.people import PutPerson
from models.errors import BadInput, ImportInvalid
from models.tables.columns import id_of
from models.tables.grant import GrantRole, ProgrammeVersion
from models.tables.journal import JournalEvent
from models.tables.letter import Letter
from models.tables.money import Instalment
from models.tables.person import Absence, Organisation, OrganisationName, Person
from models.vocabulary import AnswerKind
from tests.grant_scenes import (
    ADMIN,
    DEPUTY,
    OWNER,
    REFERENCE,
    SECRETARY,
    STRANGER,
    a_grant_that_was,
    a_staff,
    act,
    an_entry,
    answer,
    bring_in,
    decide,
    do_round,
    dump,
    events,
    grant,
    open_grants,
    parts,
    person_id,
    refused,
    rows,
    steps,
    sums,
    told,
)
from tests.import_desk import Desk

NEW_ORGANISATIONS = """\
organisations:
  - {key: funder, names: [{name: Länsstyrelsen}]}
  - {key: committee, names: [{name: Nämnden}, {name: Socialnämnden, valid_from: 2011-01-01}]}
"""
NEW_PEOPLE = """\
people:
  - {email: head@example.org, name: Head}
  - {email: ana@example.org, name: Ana, manager: head@example.org}
"""
NEW_MEETINGS = """\
meetings:
  - {body: committee, held_on: 2010-12-14, choice: true}
"""
NEW_GRANTS = """\
grants:
  - reference: REF-1
    title: Samordning
    programme: development-funds-2009
    funder: funder
    recipient: committee
    period_start_on: 2010-01-01
    period_end_on: 2010-12-31
    dates: {applied_on: {on: 2009-09-15}}
    roles: {coordinator: ana@example.org}
    decisions:
      - {decided_on: 2009-11-05, amount: 500 000, dates: {final_report_on: 2011-01-20}}
"""
WHOLE = NEW_ORGANISATIONS + NEW_PEOPLE + NEW_MEETINGS + NEW_GRANTS
LATE = (
    "note: 1 step is late already; nobody is told of anything in REF-1 until you confirm it"
    " ('grants confirm-import REF --by EMAIL')\nnote: late: REF-1 claim-advance, 2009-11-19"
)
NEWS = "7 new (2 organisations, 2 people, 1 meeting, 1 grant, 1 decision), 0 changed, 0 unchanged"


# All or nothing, and twice is once.


def test_import_twice_is_once(both: Desk) -> None:
    name = both.write(WHOLE)
    assert both.bring(name) == (0, f"in.yaml: {NEWS}\n{LATE}", "")
    before = dump(both.engine)
    assert both.bring(name) == (0, "in.yaml: 0 new, 0 changed, 7 unchanged", "")
    assert dump(both.engine) == before


def test_dry_run_says_the_same_and_writes_nothing(both: Desk) -> None:
    name = both.write(WHOLE)
    before = dump(both.engine)
    code, out, _ = both.bring(name, more=("--dry-run",))
    assert (code, out) == (0, f"in.yaml: {NEWS} (dry run: nothing is written)\nnew: REF-1\n{LATE}")
    assert dump(both.engine) == before


def test_report_as_json(desk: Desk) -> None:
    code, out, _ = desk.bring(desk.write(WHOLE), more=("--json",))
    new = {"organisation": 2, "person": 2, "meeting": 1, "grant": 1, "decision": 1}
    late = {"REF-1": {"claim-advance": "2009-11-19"}}
    assert (code, json.loads(out)) == (
        0,
        {
            "in.yaml": {"new": new, "changed": {}, "unchanged": {}, "undated": {}, "late": late},
            "told": [],
            "applied": True,
        },
    )


HELD = "Held until the import is confirmed ('grants confirm-import REF --by EMAIL'): the email to Ana."


def test_what_there_is_to_tell_of_a_new_grant_is_held_until_its_import_is_confirmed(desk: Desk) -> None:
    undated = WHOLE.replace(", dates: {final_report_on: 2011-01-20}", "")
    undated += "    instalments: {1: {paid_on: 2009-12-11}}\n    done: {application: 2009-09-14}\n"
    name = desk.write(undated)
    assert HELD in desk.bring(name, more=("--dry-run",))[1]
    code, out, _ = desk.bring(name)
    assert (code, out.splitlines()[-1]) == (0, HELD)
    assert "There is something to tell of REF-1 already." in out
    assert grant(desk.engine).quiet
    do_round(desk.engine, date(2010, 1, 18))
    assert rows(desk.engine, Letter) == []
    confirm = ("confirm-import", "REF-1", "--by", "ana@example.org")
    assert desk.grants(*confirm)[1].splitlines()[-2].endswith(" to Ana.")
    assert rows(desk.engine, Letter) == []
    assert desk.grants(*confirm, "--yes")[0] == 0
    assert [rung for _, rung, _ in told(desk.engine)] == ["date-missing-final_report_on"]
    assert len(rows(desk.engine, Letter)) == 1


def test_import_that_tells_of_a_running_grant_is_shown_first(desk: Desk) -> None:
    desk.bring(desk.write(WHOLE))
    desk.grants("confirm-import", "REF-1", "--by", "ana@example.org", "--yes")
    name, before = (
        desk.write(WHOLE.replace("title: Samordning", "title: Ny").replace("12-31", "09-30")),
        dump(desk.engine),
    )
    code, out, _ = desk.bring(name)
    assert (code, dump(desk.engine)) == (1, before)
    assert out.splitlines()[-2:] == [
        "An email goes today to Ana.",
        "Nothing is written: people would get mail. Run it again with --yes.",
    ]
    code, out, _ = desk.bring(name, more=("--yes",))
    assert (code, out.splitlines()[-1]) == (0, "An email goes today to Ana.")
    assert {row.letter_on for row in rows(desk.engine, Letter)} == {date(2010, 1, 15)}


def test_one_bad_file_of_several_writes_nothing(both: Desk) -> None:
    good, bad = both.write(WHOLE, "good.yaml"), both.write(WHOLE.replace("REF-1", "R"), "bad.yaml")
    worse = both.write(NEW_GRANTS.replace("funder: funder", "funder: lost"), "worse.yaml")
    before = dump(both.engine)
    code, out, err = both.bring(good, bad, worse)
    assert (code, out) == (2, "")
    assert err.endswith("worse.yaml: grant REF-1: the funder 'lost' is not a known organisation")
    assert dump(both.engine) == before


# What a file changes.


def test_changed_facts_are_changed(engine: Engine) -> None:
    open_grants(engine)
    entry = an_entry(
        title="Nytt namn",
        funder_reference="701-22",
        applied_for="900 000",
        recipient="funder",
        dates={"applied_on": {"on": date(2009, 9, 22), "source": "utlysningen"}},
        contact_name="Eva Sandell",
        contact_phone="08-465 004 12",
        contact_email="Eva.Sandell@example.org",
    )
    report = bring_in(engine, grants=[entry])
    assert report.as_json()["changed"] == {"grant": 1}
    row = grant(engine)
    assert (row.title, row.funder_reference, row.applied_for_minor) == ("Nytt namn", "701-22", 90_000_000)
    assert row.recipient_id == row.funder_id
    assert (row.contact_name, row.contact_email) == ("Eva Sandell", "eva.sandell@example.org")
    assert "Sandell" not in str(
        [one.detail for one in rows(engine, JournalEvent)]
    )  # which nothing is taken out of
    assert steps(engine)["application"].due_on == date(2009, 9, 22)
    assert str(bring_in(engine, grants=[entry])) == "0 new, 0 changed, 1 unchanged"


def test_what_a_file_does_not_mention_stays(engine: Engine) -> None:
    staff = a_staff(coordinator={"title": "handläggare", "language": "en", "admin": True})
    open_grants(engine, an_entry(funder_reference="701-22", figures_file="figures.csv"), people=staff)
    before = dump(engine)
    entry = an_entry()
    for name in ("period_start_on", "period_end_on", "dates"):
        del entry[name]
    report = bring_in(engine, people=[{"email": OWNER, "name": "Coordinator"}], grants=[entry])
    assert str(report) == "0 new, 0 changed, 2 unchanged"
    assert dump(engine) == before


def test_table_without_managers_takes_nobodys_manager_away(desk: Desk) -> None:
    open_grants(desk.engine)
    desk.bring(desk.write(f"email;name\n{OWNER};Nytt namn\n", "people.csv"))
    found = {row.email: row for row in rows(desk.engine, Person)}
    assert found[OWNER].name == "Nytt namn"
    assert found[OWNER].manager_id == found["unit.manager@example.org"].id
    # An empty cell in a column that is there empties it.
    desk.bring(desk.write(f"email;name;manager\n{OWNER};Nytt namn;\n", "people.csv"))
    assert {row.email: row.manager_id for row in rows(desk.engine, Person)}[OWNER] is None


def test_last_administrator_is_not_taken_away_by_a_file_or_a_form(sqlite: Engine) -> None:
    open_grants(sqlite)
    no_more = {"email": ADMIN, "admin": False}
    with refused(sqlite, ImportInvalid, says="the last administrator"):
        bring_in(sqlite, people=[no_more])
    with refused(sqlite, BadInput, says="the last administrator"):
        act(sqlite, PutPerson(ADMIN, {"admin": False}, person_id(sqlite, ADMIN)), date(2010, 3, 1), None)
    # Another may be one from the same file on.
    bring_in(sqlite, people=[no_more, {"email": OWNER, "admin": True}])
    assert [one.email for one in rows(sqlite, Person) if one.is_admin] == [OWNER]


def test_absences_of_a_file_are_the_persons(engine: Engine) -> None:
    def days() -> list[tuple[date, date]]:
        return [(row.from_on, row.to_on) for row in rows(engine, Absence)]

    def absences(*pairs: tuple[int, int]) -> None:
        leaves = [{"first": date(2010, 3, one), "last": date(2010, 3, last)} for one, last in pairs]
        bring_in(engine, date(2010, 3, 10), people=[{"email": OWNER, "name": "C", "absences": leaves}])

    open_grants(engine)
    absences((1, 5), (15, 19))
    absences((16, 20))
    # What is over stays; a leave that is not taken is gone.
    assert days() == [(date(2010, 3, 1), date(2010, 3, 5)), (date(2010, 3, 16), date(2010, 3, 20))]
    bring_in(engine, date(2010, 3, 10), people=[{"email": OWNER, "name": "C"}])
    assert len(days()) == 2
    absences()
    assert days() == [(date(2010, 3, 1), date(2010, 3, 5))]


def test_new_holder_of_a_role_gets_its_steps_and_hears_of_them(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    roles = an_entry()["roles"] | {"coordinator": "stranger@example.org"}
    bring_in(engine, date(2010, 2, 1), grants=[an_entry(roles=roles)])
    stranger = person_id(engine, "stranger@example.org")
    open_now = [step for step in steps(engine).values() if step.status in ("open", "waiting")]
    assert {step.owner_id for step in open_now if step.owner_role == "coordinator"} == {stranger}
    assert {who for _, _, who in told(engine, "handed_over")} == {"stranger@example.org", OWNER}
    held = {row.role: row.person_id for row in rows(engine, GrantRole)}
    assert held["coordinator"] == stranger


def test_new_holder_gets_also_what_a_stand_in_had_but_not_what_was_given_by_name(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    answer(engine, "follow-up-2010-q1", date(2010, 2, 1), kind=AnswerKind.NOT_ME, colleague=ADMIN)
    gone = {"email": OWNER, "name": "C", "departed_on": date(2010, 2, 2)}
    bring_in(engine, date(2010, 2, 2), people=[gone])
    do_round(engine, date(2010, 2, 2))
    assert steps(engine)["follow-up-2010-q2"].owner_id == person_id(engine, DEPUTY)
    roles = an_entry()["roles"] | {"coordinator": STRANGER}
    bring_in(engine, date(2010, 2, 3), grants=[an_entry(roles=roles)])
    owners = {key: step.owner_id for key, step in steps(engine).items()}
    assert owners["follow-up-2010-q1"] == person_id(engine, ADMIN)
    assert owners["follow-up-2010-q2"] == person_id(engine, STRANGER)


def test_role_that_is_filled_later_gets_its_steps(engine: Engine) -> None:
    open_grants(engine, an_entry(roles={"coordinator": OWNER}))
    assert steps(engine)["draft-approval"].owner_id == person_id(engine, OWNER)
    bring_in(engine, grants=[an_entry(roles={"coordinator": OWNER, "committee": SECRETARY})])
    assert steps(engine)["draft-approval"].owner_id == person_id(engine, SECRETARY)
    assert steps(engine)["final-report"].owner_id == person_id(engine, OWNER)


def test_shorter_period_cancels_its_follow_ups_and_a_longer_one_brings_them_back(engine: Engine) -> None:
    open_grants(engine)
    decide(engine)
    bring_in(engine, grants=[an_entry(period_end_on=date(2010, 6, 30))])
    found = steps(engine)
    assert {key: step.status for key, step in found.items() if key.startswith("follow-up")} == {
        "follow-up-2010-q1": "open",
        "follow-up-2010-q2": "cancelled",
        "follow-up-2010-q3": "cancelled",
    }
    assert found["follow-up-2010-q3"].next_action_on is None
    assert found["draft"].period == "2010-Q2"
    bring_in(engine, grants=[an_entry()])
    again = steps(engine)["follow-up-2010-q3"]
    assert (again.status, again.due_on) == ("open", date(2010, 11, 1))
    assert again.next_action_on is not None
    assert events(engine).count("step_cancelled") == 2


def test_running_grant_keeps_the_programme_it_was_opened_under(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANTS_HOME", "home")
    programme = Path("home/programmes/own-funds.yaml")
    programme.parent.mkdir(parents=True)
    original = (Path(REFERENCE).parents[1] / "programmes" / "development-funds-2009.yaml").read_text()
    programme.write_text(original)
    content = NEW_ORGANISATIONS + NEW_PEOPLE + NEW_GRANTS.replace("development-funds-2009", "own-funds")
    name = desk.write(content)
    assert desk.bring(name)[0] == 0
    before = dump(desk.engine)
    later = original.replace("due: 14 days after", "due: 28 days after")
    programme.write_text(later.replace("close: 2011-04-05", "close: 2011-04-19"))
    assert desk.bring(name) == (0, "in.yaml: 0 new, 0 changed, 6 unchanged", "")
    assert dump(desk.engine) == before
    assert len(rows(desk.engine, ProgrammeVersion)) == 1
    programme.with_name("another.yaml").write_text(original)
    says = "grant REF-1: it was opened under 'own-funds' and cannot change programme"
    assert desk.complaint(content.replace("own-funds", "another")) == f"in.yaml: {says}"


@pytest.mark.parametrize("path", ["programme.yaml", "{folder}/programme.yaml", "../{name}/programme"])
def test_import_names_a_programme_and_never_a_file(desk: Desk, path: str) -> None:
    shipped = Path(REFERENCE).parents[1] / "programmes" / "development-funds-2009.yaml"
    desk.write(shipped.read_bytes(), "programme.yaml")
    named = path.format(folder=desk.folder, name=desk.folder.name)
    says = desk.complaint(WHOLE.replace("programme: development-funds-2009", f"programme: {named}"))
    assert says.startswith("in.yaml: there is no programme '")


# What had been done before.


def test_history_is_taken_over_and_told_to_nobody(engine: Engine) -> None:
    done = {
        "application": date(2009, 9, 15),
        "follow-up-2010-q1": date(2010, 4, 27),
        "follow-up-2010-q2": date(2010, 7, 28),
        "follow-up-2010-q3": date(2010, 10, 29),
        "draft": date(2011, 1, 10),
        "draft-approval": date(2011, 1, 18),
        "final-report": date(2011, 1, 19),
        "final-report-approval": date(2011, 2, 24),
    }
    decided = {
        "decided_on": date(2009, 11, 5),
        "amount": 500_000,
        "dates": {"final_report_on": date(2011, 1, 20)},
    }
    first = {"claimed_on": date(2009, 11, 18), "paid_on": date(2009, 12, 11)}
    last = {
        "requested_by": OWNER,
        "confirmed_by": "controller@example.org",
        "claimed_on": date(2011, 3, 1),
    }
    entry = an_entry(decisions=[decided], done=done, instalments={1: first, 2: last})
    open_grants(engine, entry, on=date(2011, 3, 15))
    assert sums(engine) == [("paid", 40_000_000), ("claimed", 10_000_000)]
    assert parts(engine)[1].released_on == date(2011, 3, 1)
    # The application's day is its own, also for what is counted from it.
    assert steps(engine)["application"].done_on == date(2009, 9, 15)
    assert steps(engine)["funder-decision"].receipt["anchor_on"] == "2009-09-15"
    assert (steps(engine)["payment-balance"].status, steps(engine)["close"].status) == ("open", "waiting")
    assert told(engine) == []
    assert str(bring_in(engine, date(2011, 3, 15), grants=[entry])) == "0 new, 0 changed, 2 unchanged"


def test_decision_that_comes_with_the_applications_day_counts_from_that(engine: Engine) -> None:
    open_grants(engine, an_entry(decisions=[]), on=date(2009, 9, 1))
    decided = {"decided_on": date(2009, 11, 5), "amount": 500_000}
    entry = an_entry(decisions=[decided], done={"application": date(2009, 9, 15)})
    bring_in(engine, date(2009, 11, 9), grants=[entry])
    assert steps(engine)["application"].done_on == date(2009, 9, 15)
    assert steps(engine)["funder-decision"].receipt["anchor_on"] == "2009-09-15"


@pytest.mark.parametrize("withdrawn", [False, True])
def test_file_does_not_approve_what_runs_here(engine: Engine, withdrawn: bool) -> None:
    """Nor give back an approval that was withdrawn since the file was read first."""
    a_grant_that_was(engine, "asked" if withdrawn else "sent")
    if withdrawn:
        answer(engine, "final-report-approval", date(2011, 2, 24), OWNER, AnswerKind.WITHDRAWN, note="Fel.")
    before = dump(engine)
    says = "done: 'final-report-approval' is an approval, and the grant runs here already: who takes it records it"
    with pytest.raises(ImportInvalid, match=says):
        bring_in(
            engine, date(2011, 2, 25), grants=[an_entry(done={"final-report-approval": date(2011, 2, 24)})]
        )
    assert dump(engine) == before


def test_file_that_repeats_an_approval_given_here_changes_nothing(sqlite: Engine) -> None:
    a_grant_that_was(sqlite, "asked")
    entry = an_entry(done={"final-report-approval": date(2011, 2, 24)})
    assert str(bring_in(sqlite, date(2011, 2, 25), grants=[entry])) == "0 new, 0 changed, 1 unchanged"


def test_import_releases_nothing_whose_condition_is_not_met(desk: Desk) -> None:
    people = "requested_by: ana@example.org, confirmed_by: head@example.org"
    content = WHOLE + f"    instalments: {{2: {{claimed_on: 2010-01-10, {people}}}}}\n"
    says = "instalment 2 is withheld, so it cannot be claimed yet; it waits for final-report-approval"
    assert desk.complaint(content) == f"in.yaml: grant REF-1: {says}"
    assert rows(desk.engine, Instalment) == []


def test_right_and_role_that_change_are_told_from_what_to_what_and_why(sqlite: Engine) -> None:
    open_grants(sqlite)
    last = id_of(rows(sqlite, JournalEvent)[-1])
    staff = a_staff(controller={"access": "reader", "admin": True})
    bring_in(sqlite, date(2009, 9, 20), people=staff, grants=[an_entry(roles={"coordinator": STRANGER})])
    since = {row.event: row for row in rows(sqlite, JournalEvent) if id_of(row) > last}
    person, role = since["person_changed"], since["grant_changed"]
    assert person.person_id == person_id(sqlite, "controller@example.org")
    assert person.detail == {"from": ["own"], "to": ["reader", "admin"], "why": "import"}
    assert role.detail["roles"] == {"coordinator": [person_id(sqlite, OWNER), person_id(sqlite, STRANGER)]}


NEEDS_TWO = "a release needs two people: requested_by and confirmed_by"
LEFT = "head@example.org left on 2010-01-10 and cannot have released it on 2010-01-10: name who did"


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        pytest.param("", "", NEEDS_TWO, id="nobody"),
        pytest.param("ana@example.org", "", NEEDS_TWO, id="one"),
        pytest.param("ana@example.org", "ana@example.org", NEEDS_TWO, id="the same"),
        pytest.param("ana@example.org", "ana+2@example.org", NEEDS_TWO, id="the same mailbox"),
        pytest.param("ana@example.org", "head@example.org", LEFT, id="who has left"),
    ],
)
def test_imported_release_names_two_people_who_were_here(
    desk: Desk, first: str, second: str, says: str
) -> None:
    done = "application: 2009-09-15, final-report: 2010-01-08, final-report-approval: 2010-01-09"
    named = {"requested_by": first, "confirmed_by": second}
    people = "".join(f", {key}: {email}" for key, email in named.items() if email)
    content = WHOLE + f"    done: {{{done}}}\n    instalments: {{2: {{paid_on: 2010-01-10{people}}}}}\n"
    content = content.replace("email: head@example.org", "email: head@example.org, departed_on: 2010-01-10")
    assert desk.complaint(content) == f"in.yaml: grant REF-1: instalment 2: {says}"


def test_file_cannot_change_a_recorded_decision(desk: Desk) -> None:
    desk.bring(desk.write(WHOLE))
    mend = "correct it ('grants decide REF-1 --kind award --correct 2009-11-05')"
    said = f"in.yaml: grant REF-1: the award of 2009-11-05 is recorded with another sum, instalment or day: {mend}"
    other_sum = WHOLE.replace("500 000", "600 000")
    assert desk.complaint(other_sum) == f"{said}, or record an amendment"
    other_day = WHOLE.replace("final_report_on: 2011-01-20", "final_report_on: 2011-01-21")
    assert other_day != WHOLE
    assert desk.complaint(other_day) == f"{said}, or record an amendment"


def test_file_adds_a_decision_to_a_running_grant(both: Desk) -> None:
    both.bring(both.write(WHOLE))
    more = "      - {kind: supplement, decided_on: 2009-12-01, amount: '25 000,50'}\n"
    assert both.bring(both.write(WHOLE + more))[1].splitlines() == [
        "in.yaml: 1 new (1 decision), 1 changed (1 grant), 6 unchanged; 1 sum moves",
    ]
    assert sums(both.engine) == [("released", 40_000_000), ("withheld", 12_500_050)]


# What is wrong, in one line.

SLIPS = Path(__file__).parents[2] / "programmes" / "wrong-imports.txt"


def test_slip_in_a_file_is_told_in_one_line(desk: Desk) -> None:
    for block in SLIPS.read_text(encoding="utf-8").strip().split("\n\n")[1:]:
        slip, says = block.split("\n", 1)
        right, _, wrong = slip.replace("⏎", "\n").partition(" => ")
        assert WHOLE.count(right) == 1, slip
        said = says.replace("HEAD", "head@example.org")
        assert desk.complaint(WHOLE.replace(right, wrong)) == said, slip


FILES: dict[str, tuple[str, str | bytes, str]] = {
    "empty": ("in.yaml", "", "in.yaml: the file is empty"),
    "open bracket": (
        "in.yaml",
        "people: [a",
        "in.yaml, line 2: a ',' or a closing bracket is missing before this",
    ),
    "binary": ("in.yaml", bytes(range(256)), "in.yaml, line 2: not UTF-8 text: save the file as UTF-8"),
    "within itself": ("in.yaml", "people: &a [*a]", "in.yaml, line 1: more than 50 levels lie in each other"),
    "no name": ("in", WHOLE, "in: use a YAML, XLSX or CSV file"),
    "table of what": (
        "in.csv",
        "mail,nickname\na@example.org,A\n",
        (
            "in.csv: there is nothing to import: the file is none that is known by its headings, and is not read:"
            " 'grants export import' writes them"
        ),
    ),
    "column twice": (
        "in.csv",
        "email,name,email\n",
        "in.csv: C1: 'email' says the same as 'email': keep one of the columns",
    ),
    "open quote": (
        "in.csv",
        'email,name\n"a@example.org,A\n',
        "in.csv, line 2: a quotation mark is never closed, or stands within a value",
    ),
    "yes and no": (
        "in.csv",
        "email;name;admin\na@example.org;A;perhaps\n",
        "in.csv: C2: 'perhaps' is neither yes nor no: write ja or nej",
    ),
    "agenda after the meeting": (
        "in.csv",
        "held_on,body,agenda_on\n2010-12-14,Nämnden,2010-12-20\n",
        "in.csv: C2: agenda_on (2010-12-20) is after the meeting (2010-12-14)",
    ),
}


def test_file_that_cannot_be_read_is_told_in_one_line(desk: Desk) -> None:
    for trouble, (name, content, says) in FILES.items():
        assert desk.complaint(content, name) == says, trouble


@pytest.mark.parametrize(
    ("make", "says"),
    [
        pytest.param(lambda path: None, "in.yaml: No such file or directory", id="missing"),
        pytest.param(lambda path: path.mkdir(), "in.yaml: Is a directory", id="a folder"),
    ],
)
def test_file_that_is_none_is_told_in_one_line(desk: Desk, make: Callable[[Path], Any], says: str) -> None:
    make(desk.folder / "in.yaml")
    code, out, err = desk.bring("in.yaml")
    assert (code, out, err) == (2, "", f"grants: The import file is not valid: {says}")


def test_quoted_cell_may_hold_a_delimiter_and_a_mark(desk: Desk) -> None:
    desk.bring(desk.write('\ufeffemail;name\na@example.org;"A; ""B"""\n', "people.csv"))
    assert [row.name for row in rows(desk.engine, Person)] == ['A; "B"']


@pytest.mark.parametrize("name", ["../figures.csv", "/etc/passwd", "a/../../b.csv"])
def test_figures_file_lies_in_the_folder_of_figures(desk: Desk, name: str) -> None:
    content = WHOLE.replace("    decisions:", f"    figures_file: {name}\n    decisions:")
    said = f"'{name}' names what lies in GRANTS_HOME/figures: take '..' and the first '/' out"
    assert desk.complaint(content).endswith(said)
    nul = desk.complaint(content.replace(name, r'"a\0b"'))
    assert nul.endswith("line breaks and control characters are not allowed here")
    desk.bring(desk.write(content.replace(name, "2010/figures.csv")))
    assert grant(desk.engine).figures_file == "2010/figures.csv"


def test_organisation_can_be_renamed_from_a_day(engine: Engine) -> None:
    names: list[dict[str, Any]] = [
        {"name": "Nämnden"},
        {"name": "Socialnämnden", "valid_from": date(2011, 1, 1)},
    ]
    assert bring_in(engine, organisations=[{"key": "body", "names": names}]).as_json()["new"] == {
        "organisation": 1
    }
    names[1] = names[1] | {"name": "Nya nämnden"}
    report = bring_in(engine, organisations=[{"key": "body", "names": names}])
    assert report.as_json()["changed"] == {"organisation": 1}
    assert len(rows(engine, Organisation)) == 1
    assert [row.name for row in rows(engine, OrganisationName)] == ["Nämnden", "Nya nämnden"]


def test_closed_grant_takes_no_more_history(engine: Engine) -> None:
    a_grant_that_was(engine, "closed")
    more = [{"kind": "supplement", "decided_on": date(2011, 4, 1), "amount": 1}]
    report = bring_in(engine, date(2011, 5, 2), grants=[an_entry(decisions=more)])
    assert str(report) == "0 new, 0 changed, 1 unchanged"
    assert grant(engine).status == "closed"
