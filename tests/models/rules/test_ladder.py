"""Hold whom a step's ladder tells on which day, and why: each row is a morning."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from models.programme.plan import RungRule
from models.rules.dates.calendar import WorkCalendar
from models.rules.notices.ladder import (
    LadderStep,
    Reason,
    StepPeople,
    Telling,
    ToldNotice,
    decide_notice,
    decide_recipients,
    find_rung_day,
    next_action_on,
)
from models.rules.notices.quiet_days import Start
from models.rules.notices.recipients import PersonFacts, ReachedPerson
from tests.rule_builders import a_ladder, the_default_ladder

SWEDEN = WorkCalendar("SE")
DEFAULT = the_default_ladder()
POSITIONS = {"-30": 1, "-14": 2, "-7": 3, "-1": 4, "0": 5, "+1": 6, "+5": 7, "+10": 8}
BY_SHORT = {short: DEFAULT[position - 1] for short, position in POSITIONS.items()}
OWNER, MANAGER, HEAD, CHIEF, DEPUTY, SECOND = 1, 2, 3, 4, 5, 6


def cells(row: str, table: str) -> list[str]:
    """Return a row's cells, cut where the table's headings begin."""
    heading = table.strip().splitlines()[0]
    starts = [match.start() for match in re.finditer(r"\S+", heading)]
    return [row[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]


def a_day(text: str) -> date | None:
    """Return the day that a cell holds."""
    return None if text == "-" else date.fromisoformat(text)


# Rungs are written as their distance from the due date: -30 -14 -7 -1 0 days, then +1 +5 +10 working days.
# GIVEN is what was told and when, when the step opens, when what it waited for was done ("came"), or the last
# day to put an item on its agenda.
# THEN is when it is looked at again.
# Friday 2010-04-30 is the usual due date; Ascension Day is on 2010-05-13.
MORNINGS = """
DUE         GIVEN             TODAY       TELLS  BECAUSE            THEN        WHY
2010-04-30  -                 2010-03-30  -      not_reached        2010-03-31  a day before the first rung
2010-04-30  -                 2009-06-01  -      not_reached        2010-03-31  long before the first rung
2010-04-30  -                 2010-03-31  -30    rung_reached       2010-04-16  thirty days before
2010-04-30  -30:2010-03-31    2010-04-01  -      already_told       2010-04-16  between two rungs
2010-04-30  -30:2010-03-31    2010-04-16  -14    rung_reached       2010-04-23  fourteen days before
2010-04-30  -14:2010-04-16    2010-04-23  -7     rung_reached       2010-04-29  seven days before
2010-04-30  -7:2010-04-23     2010-04-29  -1     rung_reached       2010-04-30  the day before
2010-04-30  -1:2010-04-29     2010-04-30  0      rung_reached       2010-05-03  the day itself
2010-04-30  0:2010-04-30      2010-05-03  +1     rung_reached       2010-05-07  one working day after a Friday
2010-04-30  +1:2010-05-03     2010-05-07  +5     rung_reached       2010-05-17  five working days after
2010-04-30  +5:2010-05-07     2010-05-17  +10    rung_reached       -           ten, less Ascension Day
2010-04-30  +10:2010-05-17    2010-05-18  -      ladder_ended       -           all is told
-           -                 2010-05-18  -      no_due_date        -           no due date yet

# Days off: nothing on them, and nothing late because of them.
2010-04-30  0:2010-04-30      2010-05-01  -      not_a_working_day  2010-05-03  a Saturday has no letters
2010-04-30  -                 2010-05-13  -      not_a_working_day  2010-05-14  nor has a holiday, whatever is reached
2010-10-25  -                 2010-09-24  -30    rung_reached       2010-10-11  a rung on a Saturday is told on Friday
2010-10-25  -7:2010-10-18     2010-10-22  -1     rung_reached       2010-10-25  a rung on a Sunday is told on Friday
2010-07-31  -7:2010-07-23     2010-07-30  0      rung_reached       2010-08-02  a Saturday that stays is told on Friday
2010-07-31  0:2010-07-30      2010-08-02  +1     rung_reached       2010-08-06  and is missed on Monday
2010-06-25  -7:2010-06-18     2010-06-24  0      rung_reached       2010-06-28  Midsummer Eve is told the day before
2010-12-24  -7:2010-12-17     2010-12-23  0      rung_reached       2010-12-27  Christmas Eve too
2010-12-31  -7:2010-12-23     2010-12-30  0      rung_reached       2011-01-03  New Year's Eve too
2011-01-06  0:2011-01-05      2011-01-07  +1     rung_reached       2011-01-13  Epiphany is missed the day after
2011-01-20  -30:2010-12-21    2011-01-05  -14    rung_reached       2011-01-13  a rung on Epiphany is told on its eve

# A step that cannot be answered yet.
2010-04-30  opens:2010-04-01  2010-03-31  -      not_reached        2010-04-01  no rung before the step opens
2010-04-30  opens:2010-04-01  2010-04-01  -30    rung_reached       2010-04-16  the rung comes on the day it opens
2010-04-30  opens:2010-04-20  2010-04-20  -14    rung_reached       2010-04-23  only the highest of the rungs before it
2010-04-30  opens:2010-04-17  2010-04-19  -14    rung_reached       2010-04-23  opened on a Saturday, told on Monday
2010-04-30  opens:2010-04-30  2010-04-30  0      rung_reached       2010-05-03  opened on the due date
2010-08-01  opens:2010-07-31  2010-07-30  0      rung_reached       2010-08-02  opens in the weekend: told on Friday
2010-04-30  opens:2010-05-20  2010-03-31  -30    rung_reached       2010-04-16  opens after it is due: told all the same

# A step that waited for another one: it is late once its owner could have done it.
2010-04-30  came:2010-04-20   2010-05-03  +1     rung_reached       2010-05-07  came in time: counted from the due date
2010-04-30  came:2010-05-05   2010-05-05  0      caught_up          2010-05-06  came late: its owner first
2010-04-30  came:2010-05-05   2010-05-06  +1     rung_reached       2010-05-12  and a working day later who is above

# An item that is not on its meeting's agenda: while it can still be put on.
2010-04-30  agenda:2010-04-23 2010-04-22  -1     rung_reached       2010-04-23  reminders before the agenda's last day
2010-04-30  agenda:2010-04-23 2010-04-26  +1     rung_reached       2010-05-07  who is above, before the meeting
2010-04-30  agenda:2010-04-23 2010-04-28  +1     caught_up          2010-05-07  two days down

# The round was down.
2010-04-30  -14:2010-04-16    2010-04-27  -7     caught_up          2010-04-29  two days down: told late, and says so
2010-04-30  -30:2010-03-31    2010-04-28  -7     caught_up          2010-04-29  of two missed, the stale one is skipped
2010-04-30  -30:2010-03-31    2010-04-29  -1     rung_reached       2010-04-30  up on a rung's own day: not late at all
2010-04-30  -                 2010-04-30  0      rung_reached       2010-05-03  five missed are one letter
2010-04-30  -7:2010-04-23     2010-05-03  +1     rung_reached       2010-05-07  no stale reminder once it is overdue
2010-04-30  0:2010-04-30      2010-05-19  +1     caught_up          2010-05-20  12 working days: the lowest rung first
2010-04-30  +1:2010-05-19     2010-05-20  +5     caught_up          2010-05-21  then one a working day
2010-04-30  +5:2010-05-20     2010-05-21  +10    caught_up          -           and the last
2010-04-30  0:2010-04-30      2011-05-02  +1     caught_up          2011-05-03  a year: the lowest rung first
2010-04-30  -                 2011-05-06  +1     caught_up          2011-05-09  a year: it was open all along

# Twice is once.
2010-04-30  -14:2010-04-16    2010-04-16  -      already_told       2010-04-23  a reminder twice on a day is once
2010-04-30  +1:2010-05-03     2010-05-03  -      already_told       2010-05-07  an escalation twice on a day is once
2010-04-30  +1:2010-05-19     2010-05-19  -      one_a_day          2010-05-20  no second escalation on the same day
2010-04-30  +1:2010-05-21     2010-05-21  -      one_a_day          2010-05-24  on a Friday it waits for Monday
2010-04-30  +1:2010-05-25     2010-05-19  -      one_a_day          2010-05-20  seen from a past day, it is told
2010-04-30  -7:2010-04-15     2010-04-16  -      already_told       2010-04-29  a rung that was skipped stays skipped

# The due date moved: what was told at the old one is not told at the new.
2010-06-13  -                 2010-05-03  -      not_reached        2010-05-14  moved later: the ladder restarts
2010-05-14  -                 2010-05-03  -14    caught_up          2010-05-07  moved into reach of a rung
2010-04-20  -                 2010-05-03  +1     caught_up          2010-05-04  moved into the past: it was open before
2010-04-30  other:2010-03-30  2010-03-30  -      not_reached        2010-03-31  a notice of no rung is not the ladder's
2010-04-30  other:2010-05-03  2010-05-03  +1     rung_reached       2010-05-07  and keeps no rung back
"""


def mornings() -> Iterator[Any]:
    """Yield the table's rows: the step, what was told, the day, and the decision."""
    for row in MORNINGS.strip().splitlines()[1:]:
        if not row or row.startswith("#"):
            continue
        due, given, today, tells, because, then, why = (cell.strip() for cell in cells(row, MORNINGS))
        what, _, day = given.partition(":")
        came_on = a_day(day) if what == "came" else None
        agenda_on = a_day(day) if what == "agenda" else None
        opens_on = a_day(day) if what == "opens" else None
        step = LadderStep(a_day(due), opens_on, opened_on=came_on, agenda_on=agenda_on)
        said = (
            ()
            if what in ("-", "opens", "came", "agenda")
            else (ToldNotice(POSITIONS.get(what, 0), OWNER, date.fromisoformat(day)),)
        )
        rung = BY_SHORT.get(tells)
        expected = Telling(Reason(because), rung, a_day(then))
        yield pytest.param(step, said, date.fromisoformat(today), expected, id=why)


@pytest.mark.parametrize(("step", "said", "today", "expected"), list(mornings()))
def test_on_this_morning(
    step: LadderStep, said: tuple[ToldNotice, ...], today: date, expected: Telling
) -> None:
    assert decide_notice(step, DEFAULT, said, today, SWEDEN) == expected


@pytest.mark.parametrize(("step", "said", "today", "expected"), list(mornings()))
def test_step_is_looked_at_no_later_than_it_is_told(
    step: LadderStep, said: tuple[ToldNotice, ...], today: date, expected: Telling
) -> None:
    look = next_action_on(step, DEFAULT, said, SWEDEN)
    if expected.rung is not None or expected.reason is Reason.ONE_A_DAY:
        assert look is not None  # where one was told today, the round looks and decide_notice puts it off
        assert look <= today
    elif expected.reason is not Reason.NOT_A_WORKING_DAY:
        assert look == expected.next_action_on


def test_empty_ladder_has_ended() -> None:
    ended = Telling(Reason.LADDER_ENDED, None, None)
    assert decide_notice(LadderStep(date(2010, 4, 30)), (), (), date(2010, 4, 30), SWEDEN) == ended


@pytest.mark.parametrize(
    ("opens", "due", "told"),
    [
        ("2026-06-01", "2026-07-20", "2026-06-30"),
        # It opens among them: after them, or when it opens where it is due before there is a working day again.
        ("2026-07-01", "2026-08-04", "2026-08-03"),
        ("2026-07-01", "2026-07-14", "2026-07-01"),
        ("2026-07-01", "2026-08-01", "2026-07-01"),
        ("2026-08-03", "2026-08-14", "2026-08-03"),
    ],
)
def test_reminder_keeps_out_of_quiet_days_and_of_the_time_before_the_step_opens(
    opens: str, due: str, told: str
) -> None:
    calendar = WorkCalendar("SE", quiet=(("07-01", "07-31"),))
    step = LadderStep(date.fromisoformat(due), date.fromisoformat(opens))
    one = RungRule(days=-14, to=("owner",), position=1)
    assert str(find_rung_day(one, step, calendar)) == told


LATE = date(2010, 4, 30)
CONFIRMED = Start(confirmed_on=date(2010, 8, 18))  # a Wednesday


@pytest.mark.parametrize(
    ("start", "today", "told", "reason", "rung"),
    [
        (Start(quiet=True), "2010-08-18", [], Reason.QUIET, None),
        (Start(), "2010-08-18", [], Reason.CAUGHT_UP, "+1"),
        # Its owner on the day of the confirmation, then who is above, and so on up.
        (CONFIRMED, "2010-08-18", [], Reason.CAUGHT_UP, "0"),
        (CONFIRMED, "2010-08-19", [5], Reason.RUNG_REACHED, "+1"),
        (CONFIRMED, "2010-08-25", [6], Reason.RUNG_REACHED, "+5"),
        # It was due later.
        (Start(confirmed_on=date(2010, 4, 20)), "2010-05-03", [5], Reason.RUNG_REACHED, "+1"),
    ],
)
def test_ladder_of_an_imported_grant_counts_from_its_confirmation(
    start: Start, today: str, told: list[int], reason: Reason, rung: str | None
) -> None:
    step, day = LadderStep(LATE, start=start), date.fromisoformat(today)
    said = [ToldNotice(position, OWNER, date(2010, 5, 1)) for position in told]
    decision = decide_notice(step, DEFAULT, said, day, SWEDEN)
    assert (decision.reason, decision.rung) == (reason, BY_SHORT[rung] if rung else None)
    assert (next_action_on(step, DEFAULT, said, SWEDEN) is None) == start.quiet


def test_step_without_due_date_has_no_rung_day() -> None:
    with pytest.raises(ValueError, match="without a due date"):
        find_rung_day(DEFAULT[0], LadderStep(None), SWEDEN)


@pytest.mark.parametrize(
    ("today", "rung"),
    [
        pytest.param("2009-12-30", None, id="eight days after, but five working days are not over"),
        pytest.param("2010-01-04", "5-working-days-after", id="the lower rung first"),
        pytest.param("2010-01-05", "8-days-after", id="the higher a working day later"),
    ],
)
def test_rungs_in_days_and_working_days_keep_their_order_over_christmas(today: str, rung: str | None) -> None:
    ladder = a_ladder({"working_days": 5, "to": ["owner"]}, {"days": 8, "to": ["owner"]})
    said = [ToldNotice(1, OWNER, date(2010, 1, 4))] if today > "2010-01-04" else []
    step, day = LadderStep(date(2009, 12, 22)), date.fromisoformat(today)
    found = decide_notice(step, ladder, said, day, SWEDEN).rung
    assert (found.key if found else None) == rung


@pytest.mark.parametrize(
    ("rung", "due", "expected"),
    [
        ({"working_days": -2}, "2011-01-20", "2011-01-18"),
        ({"working_days": -1}, "2011-01-09", "2011-01-07"),
        ({"working_days": 0}, "2011-01-09", "2011-01-07"),
        ({"days": 1}, "2010-04-30", "2010-05-03"),
        ({"days": 14}, "2010-12-10", "2010-12-27"),
    ],
)
def test_rung_comes_on(rung: dict[str, Any], due: str, expected: str) -> None:
    (one,) = a_ladder({**rung, "to": ["owner"]})
    assert str(find_rung_day(one, LadderStep(date.fromisoformat(due)), SWEDEN)) == expected


# Whom the rungs tell.

LEAVE = ((date(2010, 4, 26), date(2010, 5, 31)),)
TODAY = date(2010, 5, 3)
WHO = {"O": OWNER, "M": MANAGER, "H": HEAD, "A": CHIEF, "D": DEPUTY, "S": SECOND, "?": 0}
ROLES = {"unit_manager": MANAGER, "head_of_department": HEAD, "head_of_administration": CHIEF}


def line(away: str = "-", *, owner: int = OWNER, roles: dict[str, int] | None = None) -> StepPeople:
    """Return the people around a step; `away` is a cell of the table below."""
    *names, last = away.split()
    names, how = (names, last) if last in ("left", "bounced") else ([*names, last], "away")
    missing = {WHO[name] for name in names if name != "-"}
    people = {
        one: PersonFacts(
            one,
            {OWNER: MANAGER, DEPUTY: MANAGER, MANAGER: HEAD, HEAD: CHIEF}.get(one),
            {OWNER: DEPUTY, MANAGER: SECOND}.get(one),
            TODAY if how == "left" and one in missing else None,
            how == "bounced" and one in missing,
            LEAVE if how == "away" and one in missing else (),
        )
        for one in WHO.values()
        if one
    }
    return StepPeople(owner, ROLES if roles is None else roles, people)


# Whom a rung reaches. WHO: the owner O, their deputy D, the unit manager M and their deputy S, the head of department
# H and of administration A; "D for O" stands in. AWAY: on leave, unless they have left or their letters come back.
# TOLD: on which rung each was told before.
RECIPIENTS = """
RUNG  OWNER  AWAY         TOLD         TELLS               WHY
-7    O      -            -            O                   a reminder goes to the owner
0     O      O            -            D for O             the owner is away: the deputy, at once
0     O      O left       -            D for O             the owner has left: the deputy
0     O      O bounced    -            D for O             letters come back: the deputy
0     O      O D          -            M for O             the deputy is away too: the manager
0     O      O D M        -            S for O             and the manager: the manager's deputy
+1    O      -            0:O          O, M                overdue: the owner and the unit manager
+5    O      -            +1:M         O, H                then the head of department
+10   O      -            +1:M +5:H    O, A                then the head of administration
+1    O      O            -            D for O, M          overdue with the owner away
+1    O      O D          -            M for O, H          the target stands in: the next rung's
+1    O      M            -            O, S for M          the target is away: their deputy
+1    O      M S          -            O, H for M          and the deputy: those above
+5    O      -            +1:H         O, A                the target was told in another's place
+1    O      -            0:M          O, H                the target was told while standing in
+1    M      -            0:M          M, H                the owner is the unit manager
+1    H      -            0:H          H, A                the owner is above the unit manager: who is above them
+5    H      -            +1:A         H                   who has been told by their own rung
+10   O      -            +1:M +5:A    O                   nobody is left above: the owner
+1    A      -            -            A                   the owner is at the top: nobody below is told
+1    O      O D M S left -            H for O, A          everybody below has left
+1    O      O D M S H A  -            -                   nobody can be reached
0     O      O D M S H A  -            -                   nor for a reminder
+1    ?      -            -            M for ?, H          an owner who is not known: who is above in the grant
"""


def recipients() -> Iterator[Any]:
    """Yield the table's rows: the rung, the people, what was told, and who is told now."""
    for row in RECIPIENTS.strip().splitlines()[1:]:
        rung, owner, away, said, tells, why = (cell.strip() for cell in cells(row, RECIPIENTS))
        one = [tuple(WHO[name] for name in cell.split(" for ")) for cell in tells.split(", ") if cell != "-"]
        told = [tuple(cell.split(":")) for cell in said.split() if cell != "-"]
        notices = [ToldNotice(POSITIONS[key], WHO[name], date(2010, 4, 30)) for key, name in told]
        around = line(away, owner=WHO[owner])
        yield pytest.param(BY_SHORT[rung], around, notices, tuple(ReachedPerson(*ids) for ids in one), id=why)


@pytest.mark.parametrize(("rung", "around", "said", "expected"), list(recipients()))
def test_rung_tells(
    rung: RungRule, around: StepPeople, said: list[ToldNotice], expected: tuple[ReachedPerson, ...]
) -> None:
    assert decide_recipients(rung, DEFAULT, said, around, TODAY) == expected


@pytest.mark.parametrize(
    ("rung", "roles", "said", "expected"),
    [
        # No role is named: the owner's own managers, as far up as they go.
        ("+1", {}, "", "OM"),
        ("+10", {}, "MH", "OA"),
        # One person holds two roles: told on the first, and the second goes further up.
        ("+1", {"unit_manager": HEAD}, "", "OH"),
        ("+5", {"unit_manager": HEAD}, "H", "OA"),
        # The owner's deputy while the owner is here; somebody who is not known, or the owner: the next rung's.
        ("+1", {"unit_manager": DEPUTY}, "", "OD"),
        ("+1", {"unit_manager": 77}, "", "OH"),
        ("+1", {"unit_manager": OWNER}, "", "OH"),
    ],
)
def test_rung_tells_holder_of_role(rung: str, roles: dict[str, int], said: str, expected: str) -> None:
    notices = [ToldNotice(6, WHO[name], date(2010, 4, 30)) for name in said]
    reached = decide_recipients(BY_SHORT[rung], DEFAULT, notices, line(roles=roles), TODAY)
    assert reached == tuple(ReachedPerson(WHO[name]) for name in expected)


def test_rung_passes_by_a_stand_in_who_holds_its_role() -> None:
    around = line("O", roles={**ROLES, "unit_manager": DEPUTY})
    reached = decide_recipients(BY_SHORT["+1"], DEFAULT, (), around, TODAY)
    assert reached == (ReachedPerson(DEPUTY, OWNER), ReachedPerson(HEAD))


@pytest.mark.parametrize(
    ("said", "above"),
    [
        (ToldNotice(6, MANAGER, date(2010, 4, 30)), HEAD),
        # What no rung gave, and what did not arrive, shuts nobody out.
        (ToldNotice(0, MANAGER, date(2010, 4, 30)), MANAGER),
        (ToldNotice(6, MANAGER, date(2010, 4, 30), failed=True), MANAGER),
    ],
)
def test_who_was_told_by_a_rung_is_not_told_again(said: ToldNotice, above: int) -> None:
    reached = decide_recipients(BY_SHORT["+1"], DEFAULT, (said,), line(), TODAY)
    assert reached == (ReachedPerson(OWNER), ReachedPerson(above))


def test_deputy_told_in_someones_place_counts_as_having_told_them() -> None:
    stood_in = (ToldNotice(6, SECOND, date(2010, 5, 3), instead_of_id=MANAGER),)
    ladder = a_ladder(*({"working_days": days, "to": ["owner", "unit_manager"]} for days in (1, 5)))
    assert decide_recipients(ladder[1], ladder, stood_in, line(), TODAY) == (ReachedPerson(OWNER),)


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (["owner"], [OWNER]),
        (["unit_manager"], [MANAGER]),
        (["owner", "unit_manager", "head_of_department"], [OWNER, MANAGER, HEAD]),
        # A role that nobody holds: the next rung's; of two, the one that somebody holds.
        (["owner", "controller"], [OWNER, CHIEF]),
        (["controller", "head_of_department"], [HEAD]),
    ],
)
def test_rung_tells_whom_it_names(to: list[str], expected: list[int]) -> None:
    ladder = a_ladder(
        {"working_days": 1, "to": to}, {"working_days": 5, "to": ["owner", "head_of_administration"]}
    )
    reached = decide_recipients(ladder[0], ladder, (), line(), TODAY)
    assert [one.person_id for one in reached] == expected


def test_rung_that_names_one_person_twice_tells_them_once() -> None:
    (rung,) = ladder = a_ladder({"working_days": 1, "to": ["owner", "unit_manager", "head_of_department"]})
    around = line(roles={**ROLES, "unit_manager": HEAD})
    assert decide_recipients(rung, ladder, (), around, TODAY) == (ReachedPerson(OWNER), ReachedPerson(HEAD))


def test_rung_without_owner_tells_the_owner_when_nobody_is_left_above() -> None:
    (rung,) = ladder = a_ladder({"working_days": 1, "to": ["head_of_administration"]})
    assert decide_recipients(rung, ladder, [ToldNotice(5, CHIEF, TODAY)], line(), TODAY) == (
        ReachedPerson(OWNER),
    )
