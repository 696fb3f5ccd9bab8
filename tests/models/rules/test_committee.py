"""Hold which meeting takes a matter, what must be ready when, and what is said where none fits."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.programme.plan import Programme
from models.programme.written.source import BodyRule
from models.rules.dates.anchors import KnownDate
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.committee import (
    Fit,
    Matter,
    MeetingFacts,
    MeetingPlan,
    MeetingTaken,
    Miss,
    plan_days,
    plan_meeting,
    plan_on,
)
from models.rules.dates.plan import plan_steps
from models.rules.dates.selection import PlanFacts, PlannedStep
from tests.receipt_words import in_words
from tests.rule_builders import a_small_programme, a_step_rule, reference_programme

SE = WorkCalendar("SE")
FUNDS = reference_programme()
DECIDED = PlanFacts(
    {
        "applied_on": KnownDate(date(2009, 9, 15)),
        "decided_on": KnownDate(date(2009, 11, 5)),
        "final_report_on": KnownDate(date(2011, 1, 20), "Länsstyrelsens beslut 2009-11-05"),
    },
    date(2010, 1, 1),
    date(2010, 12, 31),
)
NOVEMBER, DECEMBER = MeetingFacts(date(2010, 11, 23)), MeetingFacts(date(2010, 12, 14))
JANUARY, FEBRUARY = MeetingFacts(date(2011, 1, 18)), MeetingFacts(date(2011, 2, 15))


def planned(*meetings: MeetingFacts, programme: Programme = FUNDS, **changes: Any) -> dict[str, PlannedStep]:
    """Return the plan of the reference grant before a committee with these meetings."""
    facts = replace(DECIDED, meetings={"committee": meetings}, **changes)
    return {step.key: step for step in plan_steps(programme, facts)}


def notes(*meetings: MeetingFacts, language: str = "en", **changes: Any) -> list[str]:
    """Return what is said of the approval."""
    receipt = planned(*meetings, **changes)["draft-approval"].receipt
    return list(in_words(receipt, language, FUNDS).warnings)


def body(**changes: Any) -> BodyRule:
    """Return a committee."""
    return BodyRule.model_validate({"title": {"sv": "nämnden", "en": "the committee"}, **changes})


def ways_out(extended: str = "past the next meeting") -> str:
    """Return the ways out where no meeting is held in time."""
    return (
        "ways out: (1) a delegated decision; (2) an extra meeting of the committee by 2011-01-18; (3) an extension"
        f" from the funder {extended}; (4) send by 2011-01-20 with the decision to follow"
    )


NONE_FITS = "no meeting of the committee fits before 2011-01-18: "
TOO_EARLY = "the meeting on 2010-12-14 is too early (the figures exist from 2011-01-01)"
NOT_ALL = "the meetings of the committee are known only until 2010-12-14: add those up to 2011-01-18"
IMMEDIATE = "normal confirmation of the minutes would end on {}; propose immediate confirmation"


# The reference case.


def test_reference_case_comes_to_immediate_confirmation() -> None:
    assert notes(NOVEMBER, DECEMBER, JANUARY, FEBRUARY) == [
        f"last usable meeting: 2011-01-18; {IMMEDIATE.format('2011-02-01, after the due date')}",
        TOO_EARLY,
    ]
    assert notes(NOVEMBER, DECEMBER, JANUARY, FEBRUARY, language="sv") == [
        (
            "sista sammanträdet i tid är 2011-01-18; vanlig justering blir klar först 2011-02-01, efter sista dagen:"
            " föreslå omedelbar justering"
        ),
        "sammanträdet 2010-12-14 är för tidigt (siffrorna finns från 2011-01-01)",
    ]


def test_reference_case_is_planned_backwards_from_the_final_report() -> None:
    steps = planned(NOVEMBER, DECEMBER, JANUARY, FEBRUARY)
    approval, draft = steps["draft-approval"], steps["draft"]
    assert (draft.due_on, approval.due_on) == (date(2011, 1, 10), date(2011, 1, 18))
    assert dict(approval.receipt.meeting) == {
        "fit": "fits",
        "held_on": "2011-01-18",
        "agenda_on": "2011-01-11",
        "documents_on": "2011-01-14",
        "draft_on": "2011-01-10",
        "confirmed_on": "2011-02-01",
        "immediate": True,
        "with_return": True,
        "needed_on": "2011-01-18",
        "due_on": "2011-01-20",
        "ready_on": "2011-01-01",
    }
    assert in_words(draft.receipt, "en", FUNDS).arithmetic == (
        "meeting on 2011-01-18; documents 2011-01-14 - 4 working days for reading and one return = 2011-01-10"
    )
    assert in_words(draft.receipt, "sv", FUNDS).arithmetic == (
        "sammanträde 2011-01-18; handlingar 2011-01-14 - 4 arbetsdagar för läsning och en återremiss = 2011-01-10"
    )
    assert in_words(approval.receipt, "en", FUNDS, approval.rule.due).rule == (
        "the last usable meeting of the committee; its decision is needed: 2 working days before “final report”"
    )


def test_matter_that_a_meeting_did_not_decide_comes_up_at_the_next_one() -> None:
    fifth, twelfth = (
        MeetingFacts(date(2011, 1, day), documents_on=date(2011, 1, day - 1)) for day in (5, 12)
    )
    meetings = (fifth, twelfth, MeetingFacts(date(2011, 1, 13)), JANUARY, FEBRUARY)
    assert planned(*meetings)["draft-approval"].due_on == JANUARY.held_on
    deferred = planned(*meetings, undecided={"draft-approval": fifth.held_on})["draft-approval"]
    assert deferred.due_on == twelfth.held_on
    # People prepare for it from then on.
    taken = MeetingTaken(JANUARY.held_on)
    kept = planned(*meetings, undecided={"draft-approval": fifth.held_on}, taken={"draft-approval": taken})
    assert kept["draft-approval"].due_on == JANUARY.held_on


@pytest.mark.parametrize("at_once", [True, False], ids=["minutes at once", "minutes in 14 days"])
@pytest.mark.parametrize("later", [date(2011, 2, 15), date(2011, 2, 18), date(2011, 4, 21)], ids=str)
@pytest.mark.parametrize("before", ["", "fell", "returned", "undecided"])
def test_ways_out_lead_out(later: date, at_once: bool, before: str) -> None:
    facts = {before: {"draft-approval": date(2011, 1, 19)}} if before else {}

    def approval(*meetings: MeetingFacts, final_report: date | None = None) -> PlannedStep:
        minutes = {"minutes": "14 days or at once" if at_once else "14 days"}
        committee = FUNDS.bodies["committee"].model_copy(update=minutes)
        programme = FUNDS.model_copy(update={"bodies": {"committee": committee}})
        dates = dict(DECIDED.dates)
        if final_report:
            dates["final_report_on"] = KnownDate(final_report)
        return planned(*meetings, programme=programme, dates=dates, **facts)["draft-approval"]

    unfit = approval(MeetingFacts(date(2010, 12, 14)), MeetingFacts(later))
    said = next(one for one in unfit.receipt.notes if one["kind"] == "ways_out")
    extra, to = (date.fromisoformat(said[name]) for name in ("extra", "to"))
    assert unfit.receipt.meeting["fit"] != "fits"
    if at_once and not before:  # otherwise the extra meeting is before the figures exist, which is said then
        assert approval(MeetingFacts(extra), MeetingFacts(later)).due_on == extra
    extended = approval(MeetingFacts(date(2010, 12, 14)), MeetingFacts(later), final_report=to)
    assert (extended.receipt.meeting["fit"], extended.due_on) == ("fits", later)


EARLIER = MeetingFacts(date(2011, 1, 14), documents_on=date(2011, 1, 12))
LAST_MINUTE = MeetingFacts(date(2011, 1, 10), documents_on=date(2011, 1, 5), minutes_days=0)
OFF = [replace(one, cancelled=True) for one in (DECEMBER, JANUARY, FEBRUARY)]


@pytest.mark.parametrize(
    ("meetings", "said"),
    [
        pytest.param(
            [DECEMBER, FEBRUARY],
            [
                f"{NONE_FITS}{TOO_EARLY}, the meeting on 2011-02-15 is too late",
                ways_out("to 2011-02-17 or later"),
            ],
            id="no meeting fits: the four ways out",
        ),
        pytest.param([DECEMBER], [NOT_ALL, ways_out()], id="the meetings are not all known"),
        pytest.param(
            [],
            ["no meetings of the committee are known: add those up to 2011-01-18", ways_out()],
            id="none is known",
        ),
        pytest.param(
            OFF, [f"{NONE_FITS}the meeting on 2011-01-18 is cancelled", ways_out()], id="all are cancelled"
        ),
        pytest.param(
            [DECEMBER, *(replace(EARLIER, held_on=date(2011, 1, day), cancelled=True) for day in (13, 14))],
            [f"{NONE_FITS}{TOO_EARLY}, the meetings on 2011-01-13, 2011-01-14 are cancelled", ways_out()],
            id="those that would do are cancelled, and later ones are not known",
        ),
        pytest.param(
            OFF[2:], [f"{NONE_FITS}none is held", ways_out()], id="the only one is too late, and cancelled"
        ),
        pytest.param(OFF[:1], [NOT_ALL, ways_out()], id="the one that is cancelled would not have done"),
        pytest.param(
            [replace(JANUARY, choice=True, minutes_days=0)],
            ["the meeting on 2011-01-18 is a choice in the data: the real day is not known"],
            id="confirmed at once: nothing to propose",
        ),
        pytest.param(
            [replace(JANUARY, minutes_days=1)],
            [
                "last usable meeting: 2011-01-18; "
                + IMMEDIATE.format("2011-01-19, after 2011-01-18, when it is needed")
            ],
            id="confirmed before the due date, too late to send it",
        ),
        pytest.param(
            [EARLIER, replace(JANUARY, minutes_days=0)],
            ["the meeting on 2011-01-14 will do, too: a report returned there can still make 2011-01-18"],
            id="an earlier meeting leaves room for a return",
        ),
        pytest.param(
            [LAST_MINUTE],
            [
                "there is no time for a return before the meeting on 2011-01-10: give the draft as early as you can"
            ],
            id="there is no time for a return",
        ),
    ],
)
def test_what_is_said(meetings: list[MeetingFacts], said: list[str]) -> None:
    assert notes(*meetings) == said


@pytest.mark.parametrize(
    ("today", "will_do"),
    [(date(2011, 1, 13), True), (date(2011, 1, 14), True), (date(2011, 1, 15), False)],
    ids=["before the earlier meeting", "on its day", "once it is over"],
)
def test_earlier_meeting_is_named_until_it_is_over(today: date, will_do: bool) -> None:
    receipt = planned(EARLIER, replace(JANUARY, minutes_days=0))["draft-approval"].receipt.as_json()
    earlier_words = {
        "sv": "sammanträdet 2011-01-14 går också: då hinner en återremiss till sammanträdet 2011-01-18",
        "en": "the meeting on 2011-01-14 will do, too: a report returned there can still make 2011-01-18",
    }
    for language, words in earlier_words.items():
        notes = in_words(receipt, language, FUNDS, today=today).warnings
        assert (words in notes) is will_do
        others = [one for one in in_words(receipt, language, FUNDS).warnings if one != words]
        assert [one for one in notes if one != words] == others


def test_dates_stand_where_no_meeting_fits() -> None:
    steps = planned(DECEMBER, FEBRUARY)
    assert [steps[key].due_on for key in ("draft-approval", "draft")] == [
        date(2011, 1, 18),
        date(2011, 1, 10),
    ]
    assert steps["draft-approval"].receipt.meeting["fit"] == "none"


def test_returned_draft_makes_the_next_meeting_or_says_that_none_is_left() -> None:
    early = MeetingFacts(date(2011, 1, 11), documents_on=date(2011, 1, 7))
    assert planned(early, JANUARY)["draft-approval"].due_on == date(2011, 1, 18)
    sent_back: dict[str, Any] = {"returned": {"draft-approval": date(2011, 1, 11)}}
    steps = planned(early, JANUARY, **sent_back)
    assert steps["draft-approval"].due_on == date(2011, 1, 18)
    assert notes(early, JANUARY, **sent_back)[1] == (
        "the meeting on 2011-01-11 is too early (the draft was returned on 2011-01-11)"
    )
    assert planned(early, FEBRUARY, **sent_back)["draft-approval"].receipt.meeting["fit"] == "none"


def test_day_that_a_person_sets_is_the_meeting() -> None:
    steps = planned(DECEMBER, JANUARY, fixed={"draft-approval": (date(2011, 1, 14), "an extra meeting")})
    said = in_words(steps["draft-approval"].receipt)
    assert [steps[key].due_on for key in ("draft-approval", "draft")] == [date(2011, 1, 14), date(2011, 1, 3)]
    assert said.arithmetic == "2011-01-14; it beats the rule's 2011-01-18"
    assert said.warnings[0].startswith("last usable meeting: 2011-01-14;")


def test_body_that_cannot_confirm_immediately_meets_two_weeks_earlier() -> None:
    slow = body(minutes="14 days", documents_days=3)
    matter = Matter(date(2011, 2, 15), date(2011, 2, 17), date(2011, 1, 1))
    found = plan_meeting(matter, slow, [JANUARY, MeetingFacts(date(2011, 2, 8))], SE)
    assert (found.days.held_on, found.immediate) == (date(2011, 1, 18), False)
    none = plan_meeting(matter, slow, [MeetingFacts(date(2011, 2, 8)), FEBRUARY], SE)
    assert (none.fit, none.after and none.after.why) == (Fit.NONE, Miss.CONFIRMED_TOO_LATE)
    assert none.days.held_on == date(2011, 2, 1)


@pytest.mark.parametrize("immediate", [True, False])
def test_chosen_day_asks_for_immediate_confirmation_only_of_a_body_that_can(immediate: bool) -> None:
    of = body(minutes=f"14 days{' or at once' * immediate}")
    found = plan_on(date(2011, 2, 8), Matter(date(2011, 2, 15)), of, [], SE)
    assert (found.days.confirmed_on, found.immediate) == (date(2011, 2, 22), immediate)


def test_two_bodies_in_order_are_planned_backwards_through_both() -> None:
    bodies = {
        name: {"title": {"sv": name, "en": name}, "organisation": name, "documents_days": 7}
        for name in ("board", "council")
    }
    council = {"body": "council", "needs": ["board"], "due": "1 day before report"}
    programme = a_small_programme(
        a_step_rule("draft", due="at board.draft"),
        a_step_rule("board", kind="approval", approves="draft", body="board", due="7 days before council"),
        a_step_rule("council", kind="approval", approves="draft", **council),
        a_step_rule("report", needs=["council"], due="on 2011-03-31"),
        bodies=bodies,
    )
    held = (date(2011, 2, 22), date(2011, 3, 15), date(2011, 3, 29))
    meetings = {"board": tuple(map(MeetingFacts, held)), "council": (MeetingFacts(date(2011, 3, 28)),)}
    found = {step.key: str(step.due_on) for step in plan_steps(programme, PlanFacts(meetings=meetings))}
    assert [found[key] for key in ("council", "board", "draft")] == ["2011-03-28", "2011-03-15", "2011-03-01"]


def test_report_that_opens_by_its_own_due_date_is_planned_all_the_same() -> None:
    programme = a_small_programme(
        a_step_rule("draft", due="at approval.draft", opens="30 days before draft"),
        a_step_rule("approval", kind="approval", approves="draft", body="board", due="1 day before report"),
        a_step_rule("report", needs=["approval"], due="on 2011-03-31"),
        bodies={"board": {"title": {"sv": "styrelsen", "en": "the board"}}},
    )
    facts = PlanFacts(meetings={"board": (MeetingFacts(date(2011, 3, 22)),)})
    found = {step.key: step.due_on for step in plan_steps(programme, facts)}
    assert found["approval"] == date(2011, 3, 22)


# Any meetings, any matter.

DAYS = st.dates(date(2009, 1, 1), date(2012, 12, 31))


@st.composite
def _meetings(draw: st.DrawFn) -> list[MeetingFacts]:
    held = draw(st.lists(DAYS, max_size=12, unique=True))
    return [
        MeetingFacts(
            day,
            documents_on=draw(st.none() | st.dates(day - timedelta(days=30), day)),
            minutes_days=draw(st.none() | st.integers(0, 30)),
            cancelled=draw(st.booleans()),
        )
        for day in held
    ]


MATTERS = st.builds(Matter, DAYS, st.none() | DAYS, st.none() | DAYS, st.none() | DAYS)


@st.composite
def _bodies(draw: st.DrawFn) -> BodyRule:
    return body(
        documents_days=draw(st.integers(0, 21)),
        review_working_days=draw(st.integers(0, 8)),
        return_working_days=draw(st.integers(0, 8)),
        minutes=f"{draw(st.integers(0, 30))} days{draw(st.sampled_from(('', ' or at once')))}",
    )


BODIES = _bodies()


def usable(meeting: MeetingFacts, matter: Matter, of: BodyRule) -> bool:
    """Return whether the meeting will do, worked out from the words of the rule."""
    carried_out_on = meeting.held_on
    if not of.minutes_at_once:
        days = of.minutes_days if meeting.minutes_days is None else meeting.minutes_days
        carried_out_on += timedelta(days=days)
    documents = meeting.documents_on or SE.on_or_before(meeting.held_on - timedelta(days=of.documents_days))
    handed_over = documents if matter.returned_on else SE.add(documents, -of.review_working_days)
    ready = [SE.on_or_after(matter.ready_on)] if matter.ready_on else []
    ready += [SE.add(matter.returned_on, 1)] if matter.returned_on else []
    return carried_out_on <= matter.needed_on and all(day <= handed_over for day in ready)


@given(_meetings(), MATTERS, BODIES)
def test_last_usable_meeting_is_chosen(meetings: list[MeetingFacts], matter: Matter, of: BodyRule) -> None:
    found = plan_meeting(matter, of, meetings, SE)
    would_do = sorted(one.held_on for one in meetings if usable(one, matter, of))
    will_do = sorted(one.held_on for one in meetings if usable(one, matter, of) and not one.cancelled)
    assert (found.fit is Fit.FITS) == bool(will_do)
    if will_do:
        assert found.days.held_on == will_do[-1]
        assert found.earlier_on == (will_do[-2] if will_do[1:] else None)
        assert found.immediate == (found.days.confirmed_on > matter.needed_on)
        assert not found.immediate or of.minutes_at_once
    elif meetings:
        known_past_it = max(one.held_on for one in meetings) >= matter.needed_on
        assert found.fit is (Fit.NONE if known_past_it or would_do else Fit.NOT_ALL_KNOWN)
        assert list(found.cancelled) == would_do
    else:
        assert found.fit is Fit.NO_MEETINGS


@given(_meetings(), MATTERS, BODIES)
def test_days_before_the_meeting_come_in_order(
    meetings: list[MeetingFacts], matter: Matter, of: BodyRule
) -> None:
    found = plan_meeting(matter, of, meetings, SE)
    days = found.days
    assert days.held_on <= matter.needed_on
    assert days.documents_on <= days.held_on <= days.confirmed_on
    if found.fit is Fit.FITS:
        assert days.draft_on <= days.documents_on
        assert matter.ready_on is None or days.draft_on >= matter.ready_on
        assert matter.returned_on is None or matter.returned_on < days.draft_on
        budget = of.review_working_days + of.return_working_days
        if days.with_return and matter.returned_on is None:
            assert days.draft_on == SE.add(days.documents_on, -budget)


def held(plan: MeetingPlan) -> date:
    """Return the chosen meeting's day; a day before all others where none fits."""
    return plan.days.held_on if plan.fit is Fit.FITS else date.min


@given(_meetings(), MATTERS, BODIES, st.randoms())
def test_a_meeting_less_or_a_later_need_never_goes_the_wrong_way(
    meetings: list[MeetingFacts], matter: Matter, of: BodyRule, random: Any
) -> None:
    found = held(plan_meeting(matter, of, meetings, SE))
    shuffled = random.sample(meetings, len(meetings))
    assert held(plan_meeting(matter, of, shuffled, SE)) == found
    assert held(plan_meeting(matter, of, shuffled[1:], SE)) <= found
    later = replace(matter, needed_on=matter.needed_on + timedelta(days=7))
    assert held(plan_meeting(later, of, meetings, SE)) >= found


@given(DAYS, BODIES)
def test_days_that_the_body_counts_are_working_days(day: date, of: BodyRule) -> None:
    found = plan_days(MeetingFacts(day), Matter(day), of, SE)
    assert all(SE.is_working(one) for one in (found.agenda_on, found.documents_on, found.draft_on))
