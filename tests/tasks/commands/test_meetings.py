"""Hold that a cancelled, moved or added meeting shows what it moves, plans again, and tells each person once."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, select

from deployments.cli.main import run
from deployments.portal.letter_parts import read_letter
from models.commands.items import Defer, PutOnAgenda
from models.commands.meetings import AddMeeting, CancelMeeting, ChooseMeeting, MoveMeeting
from models.errors import BadInput, Refused, UnknownMeeting
from models.facts.worded_letter import FinishedLetter
from models.rules.dates.committee import ItemFit, MeetingFacts
from models.tables.columns import table_of
from models.tables.letter import Letter
from models.tables.person import Organisation
from models.tables.step import Meeting
from models.vocabulary import AnswerKind, DecisionKind, MeetingKind
from tasks.commands.replan.preview import Consequences, What
from tasks.outbox.render import render_letters
from tasks.overview.items import list_items
from tasks.people.notice_recipients import Recipient, hearing
from tasks.store.database import reading
from tests.database_kinds import on_both
from tests.grant_scenes import (
    FIGURES,
    OWNER,
    SECRETARY,
    act,
    an_entry,
    answer,
    at,
    bring_in,
    decide,
    do_round,
    dump,
    events,
    grant,
    open_grants,
    rows,
    steps,
    told,
)
from tests.letter_scenes import SETTINGS
from tests.receipt_words import in_words
from tests.rule_builders import reference_programme

FUNDS = reference_programme()
TODAY = date(2010, 10, 8)
DRAFT, APPROVAL = "draft", "draft-approval"
DECEMBER, EARLY, JANUARY, FEBRUARY = (
    date(2010, 12, 14),
    date(2011, 1, 14),
    date(2011, 1, 18),
    date(2011, 2, 15),
)


def a_calendar(*days: date) -> list[dict[str, Any]]:
    """Return the committee's meetings as an import file has them."""
    return [{"body": "committee", "held_on": day} for day in days]


def a_year(engine: Engine, *days: date, references: tuple[str, ...] = ("REF-1",)) -> None:
    """Open decided grants before a committee that meets on these days."""
    bring_in(engine, organisations=[{"key": "committee", "names": [{"name": "Socialnämnden"}]}])
    bring_in(engine, meetings=a_calendar(*days))
    open_grants(engine, *(an_entry(one) for one in references))
    for one in references:
        decide(engine, reference=one)


WHY = "Nämnden är inte beslutför"


def cancel(engine: Engine, held_on: date, on: date = TODAY, *, apply: bool = True) -> Consequences:
    """Cancel a meeting of the committee."""
    found: Consequences = act(engine, CancelMeeting("committee", held_on, WHY), on, SECRETARY, apply=apply)
    return found


def add(engine: Engine, held_on: date, kind: MeetingKind = MeetingKind.ORDINARY) -> Consequences:
    """Add a meeting of the committee."""
    found: Consequences = act(engine, AddMeeting("committee", held_on, kind), TODAY, SECRETARY)
    return found


def move(engine: Engine, held_on: date, to_on: date, why: str = WHY, **days: date) -> Consequences:
    """Move a meeting of the committee."""
    command = MoveMeeting("committee", held_on, to_on, why, **days)
    found: Consequences = act(engine, command, TODAY, SECRETARY)
    return found


def dates(found: Consequences) -> list[tuple[str, str | None, str | None]]:
    """Return the due dates that move."""
    return [(one.name, one.before, one.after) for one in found.changes if one.what is What.DATE]


def test_cancelled_meeting_is_shown_first_then_moves_what_it_took(engine: Engine) -> None:
    a_year(engine, EARLY, JANUARY)
    before = dump(engine)
    shown = cancel(engine, JANUARY, apply=False)
    assert dump(engine) == before
    assert dates(shown) == [
        (DRAFT, "2011-01-10", "2011-01-03"),
        (APPROVAL, "2011-01-18", "2011-01-14"),
    ]
    letters = [(one.name, one.detail) for one in shown.changes if one.what is What.LETTER]
    assert (APPROVAL, "7-days-before") in letters
    assert cancel(engine, JANUARY) == shown
    found = steps(engine)
    assert (found[DRAFT].due_on, found[APPROVAL].due_on) == (date(2011, 1, 3), EARLY)
    assert told(engine, "moved") == [
        (DRAFT, f"moved-{found[DRAFT].version}", OWNER),
        (APPROVAL, f"moved-{found[APPROVAL].version}", SECRETARY),
    ]
    assert events(engine, "meeting_cancelled", "due_date_moved")[-3:] == [
        "meeting_cancelled",
        "due_date_moved",
        "due_date_moved",
    ]
    with pytest.raises(UnknownMeeting, match="committee on 2011-01-18; it has:"):
        cancel(engine, JANUARY)


def test_last_usable_meeting_that_falls_away_is_told_once_with_the_ways_out(engine: Engine) -> None:
    a_year(engine, DECEMBER, JANUARY, FEBRUARY)
    heard = dict[Recipient, None]()
    found = cancel(hearing(engine, heard), JANUARY)
    # The reminders count from the day on which it is needed, since there is no agenda.
    assert {one.what for one in found.changes} == {What.LETTER}
    # No day moves; that no meeting takes it any more, and which would, is said all the same.
    (item,) = found.items
    assert (item.step, item.held_on, item.last_on) == (APPROVAL, None, JANUARY)
    assert TODAY <= item.first_on <= JANUARY
    warned = [(APPROVAL, "no-meeting-2011-01-18", one) for one in (OWNER, SECRETARY)]
    assert told(engine, "no_meeting") == warned
    assert {one.email for one in heard} == {OWNER, SECRETARY}
    # Whatever else happens, they are not told again.
    cancel(engine, FEBRUARY)
    answer(engine, "follow-up-2010-q1", TODAY, data=FIGURES)
    do_round(engine, date(2010, 10, 11))
    assert told(engine, "no_meeting") == warned


@pytest.mark.parametrize(
    ("held", "known"),
    [
        pytest.param((), "no meetings of the committee are known: add those up to 2011-01-18", id="none"),
        pytest.param(
            (DECEMBER,),
            "the meetings of the committee are known only until 2010-12-14: add those up to 2011-01-18",
            id="only until the figures exist",
        ),
    ],
)
def test_meetings_that_nobody_has_entered_are_told_of_once_some_months_ahead(
    engine: Engine, held: tuple[date, ...], known: str
) -> None:
    a_year(engine, *held)
    said = in_words(steps(engine)[APPROVAL].receipt, programme=FUNDS).warnings
    assert [said[0], said[1].split(":")[0]] == [known, "ways out"]
    do_round(engine, date(2010, 9, 17))
    assert told(engine, "no_meeting") == []
    for day, count in ((date(2010, 9, 20), 2), (date(2010, 9, 20), 0), (date(2010, 9, 21), 0)):
        assert do_round(engine, day).told == count
        assert told(engine, "no_meeting") == [
            (APPROVAL, "no-meeting-known-2011-01-18", one) for one in (OWNER, SECRETARY)
        ]


@on_both
def test_moved_meeting_keeps_its_row_and_takes_its_deadlines_along(engine: Engine) -> None:
    a_year(engine, JANUARY)
    later = date(2011, 1, 17)
    bring_in(engine, meetings=[{"body": "committee", "held_on": JANUARY, "documents_on": date(2011, 1, 13)}])
    found = move(engine, JANUARY, later)
    (row,) = rows(engine, Meeting)
    assert (row.held_on, row.documents_on, row.moved_from_on) == (later, date(2011, 1, 12), JANUARY)
    assert dates(found) == [(DRAFT, "2011-01-07", "2011-01-05"), (APPROVAL, "2011-01-18", "2011-01-17")]
    assert [(one.step, one.held_on) for one in found.items] == [(APPROVAL, later)]
    move(engine, later, JANUARY, agenda_on=date(2011, 1, 7), documents_on=date(2011, 1, 14))
    (row,) = rows(engine, Meeting)
    assert (row.held_on, row.agenda_on, row.moved_from_on) == (JANUARY, date(2011, 1, 7), JANUARY)
    assert steps(engine)[DRAFT].due_on == date(2011, 1, 10)


@on_both
def test_added_meeting_ends_the_warning_and_one_body_serves_many_grants(engine: Engine) -> None:
    a_year(engine, DECEMBER, FEBRUARY, references=("REF-1", "REF-2", "REF-3"))
    assert len(told(engine, "no_meeting")) == 6
    found = add(engine, EARLY, MeetingKind.EXTRA)
    assert {one.grant for one in found.changes} == {"REF-1", "REF-2", "REF-3"}
    for reference in ("REF-1", "REF-2", "REF-3"):
        assert steps(engine, reference)[APPROVAL].due_on == EARLY
        assert steps(engine, reference)[APPROVAL].receipt["meeting"]["fit"] == "fits"
    with pytest.raises(Refused, match="committee meets on 2011-01-14 already"):
        add(engine, EARLY)


@on_both
def test_item_stays_at_its_meeting_until_it_is_moved_and_those_who_prepare_it_hear(engine: Engine) -> None:
    a_year(engine, EARLY, references=("REF-1", "REF-2"))
    assert dates(add(engine, JANUARY)) == []
    assert steps(engine)[APPROVAL].due_on == EARLY
    found = act(engine, ChooseMeeting("REF-1", APPROVAL, JANUARY), TODAY, SECRETARY)
    assert (APPROVAL, "2011-01-14", "2011-01-18") in dates(found)
    assert [steps(engine, one)[APPROVAL].due_on for one in ("REF-1", "REF-2")] == [JANUARY, EARLY]
    assert {who for _, _, who in told(engine, "moved")} == {OWNER, SECRETARY}
    with pytest.raises(Refused, match="does not take draft-approval in time"):
        act(engine, ChooseMeeting("REF-1", APPROVAL, date(2011, 1, 17)), TODAY, SECRETARY)
    # A new meeting takes what the secretary says, and nothing else.
    extra = AddMeeting("committee", date(2011, 1, 12), takes=(("REF-2", APPROVAL),))
    act(engine, extra, TODAY, SECRETARY)
    assert [steps(engine, one)[APPROVAL].due_on for one in ("REF-1", "REF-2")] == [JANUARY, extra.held_on]
    cancel(engine, JANUARY)
    assert steps(engine)[APPROVAL].due_on == EARLY


@on_both
def test_item_on_the_agenda_is_reminded_of_after_its_meeting(engine: Engine) -> None:
    a_year(engine, JANUARY, FEBRUARY)
    act(engine, PutOnAgenda("REF-1", APPROVAL), TODAY, SECRETARY)
    for day in (date(2011, 1, 4), date(2011, 1, 11), JANUARY):
        do_round(engine, day)
    assert [one for one in told(engine, "reminder") if one[0] == APPROVAL] == []
    do_round(engine, date(2011, 1, 19))
    assert SECRETARY in {one[2] for one in told(engine, "escalation") if one[0] == APPROVAL}
    # It was deferred: the next meeting takes it, and it is to be put on that one's agenda.
    act(engine, Defer("REF-1", APPROVAL, held_on=JANUARY, paragraph="§ 14"), date(2011, 1, 20), SECRETARY)
    found = steps(engine)[APPROVAL]
    assert (found.due_on, found.undecided_on, found.promised_on) == (FEBRUARY, JANUARY, None)
    with pytest.raises(Refused, match="it is recorded already"):
        act(engine, Defer("REF-1", APPROVAL, held_on=JANUARY), date(2011, 1, 20), SECRETARY)


def test_answered_approval_and_closed_grant_are_left_alone(engine: Engine) -> None:
    a_year(engine, EARLY, JANUARY, references=("REF-1", "REF-2"))
    decide(engine, DecisionKind.WITHDRAWAL, date(2010, 9, 1), "REF-2", source="brev")
    assert grant(engine, "REF-2").status == "withdrawn"
    before = steps(engine, "REF-2")
    found = cancel(engine, JANUARY)
    assert {one.grant for one in found.changes} == {"REF-1"}
    assert steps(engine, "REF-2") == before


@pytest.mark.parametrize(
    ("body", "day", "error", "says"),
    [
        ("lost", JANUARY, BadInput, "there is no body 'lost'"),
        ("committee", DECEMBER, UnknownMeeting, "committee on 2010-12-14; it has: 2011-01-18"),
    ],
)
def test_meeting_that_is_not_there(
    engine: Engine, body: str, day: date, error: type[Exception], says: str
) -> None:
    a_year(engine, JANUARY)
    with pytest.raises(error, match=says):
        act(engine, CancelMeeting(body, day, WHY), TODAY)
    with pytest.raises(error, match=says):
        act(engine, MoveMeeting(body, day, FEBRUARY, WHY), TODAY)


def test_meeting_is_not_moved_onto_another_nor_before_its_documents(engine: Engine) -> None:
    a_year(engine, EARLY, JANUARY)
    with pytest.raises(Refused, match="committee meets on 2011-01-14 already"):
        move(engine, JANUARY, EARLY)
    with pytest.raises(BadInput, match=r"2011-01-18 is after the meeting \(2011-01-17\)"):
        move(engine, JANUARY, date(2011, 1, 17), documents_on=JANUARY)
    with pytest.raises(BadInput, match="reason: holds a personal identity number"):
        move(engine, JANUARY, FEBRUARY, "811218-9876 är sjuk")


# Imported.


@on_both
def test_imported_meetings_plan_again_and_twice_is_once(engine: Engine) -> None:
    a_year(engine, EARLY, JANUARY)
    moved = {"body": "committee", "held_on": date(2011, 1, 17), "moved_from": JANUARY}
    report = bring_in(engine, TODAY, meetings=[moved, {**a_calendar(EARLY)[0], "cancelled": True}])
    assert str(report) == "0 new, 2 changed (2 meetings), 0 unchanged; 2 dates move"
    assert steps(engine)[APPROVAL].due_on == date(2011, 1, 17)
    assert len(told(engine, "moved")) == 2
    again = bring_in(engine, TODAY, meetings=[moved, {**a_calendar(EARLY)[0], "cancelled": True}])
    assert str(again) == "0 new, 0 changed, 2 unchanged"
    assert len(told(engine, "moved")) == 2


# From the command line.


@pytest.fixture
def shell(commanded: Engine, capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that runs a command and returns its exit code, its output and its complaint."""

    def call(*arguments: str, command: str = "meeting") -> tuple[int, str, str]:
        code = run([command, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.mark.usefixtures("english")
def test_meeting_commands(sqlite: Engine, shell: Any) -> None:
    a_year(sqlite, EARLY, JANUARY)
    before = dump(sqlite)
    cancel = ("cancel", "committee", "2011-01-18", "--reason", "Snöoväder")
    code, shown, _ = shell(*cancel)
    assert (code, dump(sqlite)) == (0, before)
    lines = shown.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["GRANT", "WHAT", "OF", "FROM", "TO"],
        ["REF-1", "date", DRAFT, "2011-01-10", "2011-01-03"],
        ["REF-1", "date", APPROVAL, "2011-01-18", "2011-01-14"],
    ]
    assert lines[-2].endswith(" to Committee.Secretary and Coordinator.")
    assert lines[-1] == "Nothing is changed yet."
    code, told_as_json, _ = shell(*cancel, "--json")
    data = json.loads(told_as_json)
    assert (data["applied"], data["changes"][0]) == (
        False,
        {
            "grant": "REF-1",
            "what": "date",
            "name": DRAFT,
            "detail": "",
            "before": "2011-01-10",
            "after": "2011-01-03",
        },
    )
    assert shell(*cancel, "--yes")[1].splitlines()[-1] == "Done."
    assert (
        shell("add", "committee", "2011-01-17", "--kind", "extra", "--documents", "2011-01-13", "--yes")[0]
        == 0
    )
    move = ("move", "committee", "2011-01-17", "--reason", "Lokal", "--yes", "--to")
    assert shell(*move, "2011-01-14")[0] == 1
    # The day of the cancelled meeting is free again.
    assert shell(*move, "2011-01-18")[0] == 0
    _, listed, _ = shell("list", "--body", "committee")
    assert [line.split()[1:3] for line in listed.splitlines()[1:]] == [
        ["2011-01-14", "ordinary"],
        ["2011-01-18", "extra"],
    ]
    assert "moved from 2011-01-17" in listed.splitlines()[-1]
    assert [one["cancelled"] for one in json.loads(shell("list", "--json")[1])] == [False, False]
    code, _, complaint = shell("cancel", "committee", "2011-03-01", "--reason", "x", "--yes")
    assert (code, complaint) == (
        2,
        "grants: There is no such meeting: committee on 2011-03-01; it has: 2011-01-14, 2011-01-18\n",
    )


def test_check_says_that_no_meeting_fits(shell: Any, tmp_path: Path) -> None:
    grant = an_entry(
        decisions=[{"kind": "award", "decided_on": "2009-11-05", "dates": {"final_report_on": "2011-01-20"}}]
    )
    held = [{"body": "committee", "held_on": day} for day in (date(2010, 6, 15), date(2011, 1, 25))]
    path = tmp_path / "award.yaml"
    path.write_text(yaml.safe_dump({"grants": [grant], "meetings": held}), encoding="utf-8")
    code, said, _ = shell("development-funds-2009", "--award", str(path), command="check")
    assert code == 1  # something to see to
    assert "warning: no meeting takes draft-approval in time" in said
    assert "note: draft-approval: ways out: (1) a delegated decision; (2)" in said


def test_plan_and_explanation_of_a_grant_say_that_no_meeting_fits(sqlite: Engine, shell: Any) -> None:
    a_year(sqlite, DECEMBER, FEBRUARY)
    plan, explained = shell("REF-1", command="plan")[1], shell("REF-1", APPROVAL, command="explain")[1]
    for said in (
        f"note: {APPROVAL}: ways out: (1) a delegated decision",
        "(4) send as soon as possible with",
    ):
        assert said in plan
    assert "(4) send as soon as possible with the decision to follow." in explained  # the day is long past
    cancel(sqlite, DECEMBER)
    add(sqlite, date(2011, 1, 11))
    assert "there is no time for a return before the meeting" in shell("REF-1", command="plan")[1]


# What nobody decides.


@on_both
def test_meeting_that_went_by_undecided_is_passed_over_after_five_working_days(engine: Engine) -> None:
    a_year(engine, DECEMBER, JANUARY, FEBRUARY)
    do_round(engine, date(2011, 1, 24))
    assert steps(engine)[APPROVAL].due_on == JANUARY
    do_round(engine, date(2011, 1, 25))
    found = steps(engine)[APPROVAL]
    assert (found.due_on, found.undecided_on) == (FEBRUARY, JANUARY)
    notes = in_words(found.receipt, programme=FUNDS).warnings
    assert [note.split(":")[0] for note in notes] == [
        "the meeting of the committee on 2011-01-18 went by, and no decision is recorded",
        "ways out",
    ]
    assert (
        "(2) an extra meeting of the committee by 2011-01-18; (3) an extension from the funder to"
        in (notes[1])
    )
    warned = [(APPROVAL, "no-meeting-2011-01-18-next-2011-02-15", one) for one in (OWNER, SECRETARY)]
    assert told(engine, "no_meeting") == warned
    assert (APPROVAL, f"moved-{found.version}", SECRETARY) in told(engine, "moved")
    assert events(engine, "meeting_undecided") == ["meeting_undecided"]
    after = dump(engine)
    do_round(engine, date(2011, 1, 25))
    assert dump(engine) == after
    answer(engine, "follow-up-2010-q1", date(2011, 1, 26), data=FIGURES)
    assert steps(engine)[APPROVAL].due_on == FEBRUARY


def test_meetings_that_went_by_in_an_outage_are_passed_over_at_once(sqlite: Engine) -> None:
    a_year(sqlite, JANUARY, FEBRUARY, date(2011, 5, 17))
    do_round(sqlite, date(2011, 4, 1))
    assert steps(sqlite)[APPROVAL].due_on == date(2011, 5, 17)
    assert len([one for one in told(sqlite, "moved") if one[0] == APPROVAL]) == 1
    do_round(sqlite, date(2011, 6, 1))
    found = steps(sqlite)[APPROVAL]
    assert (found.due_on, found.undecided_on, found.receipt["meeting"]["fit"]) == (
        date(2011, 1, 18),
        date(2011, 5, 17),
        "none",
    )


# Which meeting is offered to an item is what its plan would take.


def fit_of(engine: Engine, meeting: MeetingFacts, today: date) -> ItemFit:
    """Return what the page says of one more meeting for the committee's only item."""
    table = table_of(Organisation)
    with reading(engine) as connection:
        body = connection.execute(select(table.c.id).where(table.c.key == "committee")).scalar_one()
        (item,) = list_items(connection, body, today, also=meeting)
    return dict(item.fits)[meeting.held_on]


def hand_in(engine: Engine, on: date) -> None:
    """Hand the draft in on a day; the quarters are done."""
    for quarter in ("q1", "q2", "q3"):
        answer(engine, f"follow-up-2010-{quarter}", date(2011, 1, 3), kind=AnswerKind.NOTHING)
    answer(engine, DRAFT, on, data=FIGURES)


@pytest.mark.parametrize(("day", "papers_on", "fit"), [(5, 3, ItemFit.TOO_SOON), (12, 11, ItemFit.AT_ONCE)])
def test_meeting_is_offered_to_a_handed_in_report_if_its_plan_takes_it(
    sqlite: Engine, day: int, papers_on: int, fit: ItemFit
) -> None:
    a_year(sqlite, DECEMBER, JANUARY)
    handed_in = date(2011, 1, 3)
    hand_in(sqlite, handed_in)
    meeting = MeetingFacts(date(2011, 1, day), documents_on=date(2011, 1, papers_on))
    assert fit_of(sqlite, meeting, handed_in) is fit
    added = AddMeeting("committee", meeting.held_on, documents_on=meeting.documents_on)
    act(sqlite, added, handed_in, SECRETARY)
    chosen = ChooseMeeting("REF-1", APPROVAL, meeting.held_on)
    if fit is ItemFit.TOO_SOON:
        with pytest.raises(Refused):
            act(sqlite, chosen, handed_in, SECRETARY)
    else:
        act(sqlite, chosen, handed_in, SECRETARY)
        assert steps(sqlite)[APPROVAL].due_on == meeting.held_on


# A decision that is taken back once its meeting is over.

BACK = date(2011, 1, 19)


def take_back(engine: Engine) -> None:
    """Let the committee decide at its last usable meeting, and take that back on the day after."""
    hand_in(engine, date(2011, 1, 4))
    answer(engine, APPROVAL, JANUARY, SECRETARY, AnswerKind.APPROVED)
    answer(engine, APPROVAL, BACK, SECRETARY, AnswerKind.WITHDRAWN, note="Fel underlag.")


def test_decision_taken_back_after_its_meeting_is_planned_for_the_next_one(engine: Engine) -> None:
    a_year(engine, DECEMBER, JANUARY, FEBRUARY)
    take_back(engine)
    found = steps(engine)[APPROVAL]
    assert (found.due_on, found.undecided_on, found.fell_on) == (FEBRUARY, None, BACK)
    assert "; ".join(in_words(found.receipt, programme=FUNDS).warnings) == (
        "the approval fell on 2011-01-19: the item is now planned for the next meeting of the committee, 2011-02-15,"
        " but its decision is needed on 2011-01-26; ways out: (1) a delegated decision; (2) an extra meeting of the"
        " committee by 2011-01-26; (3) an extension from the funder to 2011-02-17 or later; (4) send by"
        " 2011-01-26 with the decision to follow"
    )
    assert in_words(found.receipt, "sv", FUNDS, today=date(2011, 1, 27)).warnings[1] == (
        "välj hur vi gör: (1) delegationsbeslut; (2) extra sammanträde i nämnden så snart det går; (3) anstånd hos"
        " bidragsgivaren till 2011-02-17 eller senare; (4) skicka så snart det går och beslutet i efterhand"
    )
    # A meeting is offered as the plan would take it: what fell today is corrected tomorrow at the earliest.
    assert fit_of(engine, MeetingFacts(date(2011, 1, 25), documents_on=BACK), BACK) is ItemFit.TOO_SOON
    for day in (date(2011, 1, 20), date(2011, 1, 26)):
        do_round(engine, day)
    assert APPROVAL not in [step for step, _, _ in told(engine, "escalation")]
    # The ladder begins again from the next meeting; if that goes by as well, it is that one which nobody recorded.
    do_round(engine, date(2011, 2, 22))
    assert steps(engine)[APPROVAL].undecided_on == FEBRUARY


def test_report_that_was_sent_has_a_day_of_ours_after_the_decision_that_it_needs_again(
    engine: Engine,
) -> None:
    a_year(engine, DECEMBER, JANUARY, FEBRUARY)
    take_back(engine)
    answer(engine, APPROVAL, BACK, SECRETARY, AnswerKind.APPROVED, delegated_on=BACK)
    answer(engine, "final-report", date(2011, 1, 28))
    on = date(2011, 2, 7)  # five working days before the meeting
    answer(engine, APPROVAL, on, SECRETARY, AnswerKind.WITHDRAWN, note="Kvartal 3 är fel.")
    found = steps(engine)
    assert found[APPROVAL].due_on == FEBRUARY
    assert (found["final-report"].due_on, found["final-report"].fixed_due_source["kind"]) == (
        date(2011, 2, 16),
        "withdrawal",
    )
    said = letter_texts(engine, on)
    (mine,) = (one for to, one in said if to == OWNER)
    assert (
        "Länsstyrelsen har redan rapporten. Dagen för den rättade rapporten, den 16 februari, är vår egen."
        in mine
    )
    asked = "- Ring Länsstyrelsen i dag om slutrapporten: godkännandet av slutrapporten i Socialnämnden har återkallats"
    assert f"Därefter: {asked}" in mine
    others = [one for to, one in said if to != OWNER and "Kvartal 3" in one]
    assert others
    phones = ("ska ringa Länsstyrelsen i dag", "is to phone Länsstyrelsen today")
    assert all(any(one in text for one in phones) for text in others)
    for _, one in said:
        assert "du behöver inte göra något" not in one
        assert "Länsstyrelsen ska ha" not in one
        assert "must have" not in one


def letter_texts(engine: Engine, on: date) -> list[tuple[str, str]]:
    """Return the day's letters as their readers' addresses and texts."""
    with reading(engine) as connection:
        table = table_of(Letter)
        ids = list(connection.execute(select(table.c.id).where(table.c.letter_on == on)).scalars())
        made = [
            one
            for one in render_letters(connection, ids, SETTINGS, at(on))
            if isinstance(one, FinishedLetter)
        ]
    return [(one.recipient, " ".join(read_letter(one.content).text.split())) for one in made]


def test_decision_taken_back_has_as_long_as_a_returned_report_where_no_meeting_is_known(
    engine: Engine,
) -> None:
    a_year(engine, DECEMBER, JANUARY)
    take_back(engine)
    found = steps(engine)[APPROVAL]
    assert (found.due_on, found.receipt["meeting"]["fit"]) == (date(2011, 1, 26), "not_all_known")
    assert "by 2011-01-26" in in_words(found.receipt, programme=FUNDS).warnings[-1]
    bring_in(engine, BACK, meetings=a_calendar(date(2011, 1, 25)))
    found = steps(engine)[APPROVAL]
    assert (found.due_on, found.receipt["meeting"]["fit"]) == (date(2011, 1, 25), "fits")
