"""Hold that what a command says of itself is what its handler does: its rule, its paper, whom it tells, its undoing."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, fields
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from types import FrameType
from typing import Any, get_type_hints

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col

from models.commands.clock import Clock
from models.commands.decisions import Correct, Decide, DecisionInput, GiveDates
from models.commands.grants import ChangeFacts
from models.commands.items import Defer, PutOnAgenda, TakeOffAgenda
from models.commands.meetings import AddMeeting, CancelMeeting, ChooseMeeting, MoveMeeting
from models.commands.money import Claim, DeclineRelease, Pay, Release
from models.commands.paper import paper_asked
from models.commands.people import Depart, HandOver, RemoveAbsence, SetAbsence
from models.commands.steps import Answer, Approve, Extend, NotMe, NotYet, Return, StoredFile, Undo, Withdraw
from models.forms.spec import ACTS, Ask
from models.rules.dates.extension import may_move
from models.tables.letter import Confirmation, Letter, Notice
from models.tables.person import Absence
from models.tables.step import Meeting
from models.vocabulary import DecisionKind, LetterStatus, NoticeKind, OverClaim, Phase
from tasks.outbox.deliver import deliver
from tasks.people.notice_recipients import Recipient, hearing
from tasks.perform import perform, preview
from tasks.store.database import transaction
from tasks.store.form_keys import FormAct, by_form
from tasks.words.translator import translator
from tests.database_kinds import on_both
from tests.grant_scenes import (
    CONTROLLER,
    DEPUTY,
    FIGURES,
    OWNER,
    PERSON,
    SECRETARY,
    STEP,
    STRANGER,
    a_grant_that_was,
    act,
    at,
    bring_in,
    do_round,
    person_id,
    rows,
    signed_in,
    steps,
    sums,
)
from tests.portal_scenes import Site, nodes, parse, settings_for, text_of

Q1, Q3, FINAL, APPROVAL = "follow-up-2010-q1", "follow-up-2010-q3", "final-report", "final-report-approval"
APRIL, OCTOBER = date(2010, 4, 27), date(2010, 10, 8)
ANSWERED_ON, NEXT_DAY = date(2011, 2, 24), date(2011, 2, 25)
LATER = date(2011, 2, 28)
OCTOBER_29, MONDAY = date(2010, 10, 29), date(2011, 1, 10)
LETTER = (StoredFile("brev.pdf", "application/pdf", 4, "0" * 64, "0" * 32),)
AMENDMENT = DecisionInput(
    DecisionKind.AMENDMENT, date(2010, 10, 7), -5_000_000, dates={"final_report_on": LATER}, source="Dnr 1"
)
ITEM = (("REF-1", "draft-approval"),)
EARLIER, FRIDAY, MEETS = date(2011, 1, 11), date(2011, 1, 14), date(2011, 1, 18)
K = NoticeKind

AWARD = DecisionInput(DecisionKind.AWARD, date(2009, 11, 5), 50_000_000)
LESS = DecisionInput(DecisionKind.AMENDMENT, ANSWERED_ON, -5_000_000, source="Dnr 2")


@dataclass(frozen=True, slots=True)
class Scene:
    """How far the grant has come, what is done, when and by whom, and by which notices that tells people."""

    act: str
    stage: str
    command: Callable[[Engine], Any]
    on: date
    by: str
    tells: frozenset[NoticeKind]


def scene(name: str, stage: str, command: Any, on: date, by: str = OWNER, *tells: NoticeKind) -> Any:
    """Return a line of the table."""
    make = command if callable(command) else lambda _: command
    return pytest.param(Scene(name, stage, make, on, by, frozenset(tells)), id=f"{name}, {stage}")


def on_the_agenda(engine: Engine) -> Any:
    """Put the item on the agenda; return the command that takes it off."""
    act(engine, before_meetings(engine, PutOnAgenda(*ITEM[0])), MONDAY, SECRETARY)
    return TakeOffAgenda(*ITEM[0])


def before_meetings(engine: Engine, command: Any) -> Any:
    """Let the committee meet in December and January, but not yet where it adds a meeting; return the command."""
    after = date(2011, 2, 15)
    days = {date(2010, 12, 14), EARLIER, MEETS, *([after] if isinstance(command, Defer) else [])} - {
        command.held_on if isinstance(command, AddMeeting) else None
    }
    bring_in(engine, OCTOBER, meetings=[{"body": "committee", "held_on": day} for day in sorted(days)])
    return command


SCENES = [
    scene("done", "first paid", Answer("REF-1", Q3, data=FIGURES), date(2010, 10, 29), OWNER, K.UNSPENT),
    scene(
        "not-yet",
        "first paid",
        NotYet("REF-1", Q1, "Sjuk", expected_on=date(2010, 6, 1)),
        APRIL,
        OWNER,
        K.PUT_OFF,
    ),
    scene("not-me", "first paid", NotMe("REF-1", Q1, colleague=DEPUTY), APRIL, OWNER, K.HANDED_OVER),
    scene("approve", "drafted", Approve("REF-1", "draft-approval"), MEETS, SECRETARY, K.APPROVED),
    scene("approve", "sent", Approve("REF-1", APPROVAL, files=LETTER), ANSWERED_ON, OWNER, K.CONFIRM_RELEASE),
    scene("return", "drafted", Return("REF-1", "draft-approval", "Rätta."), MEETS, SECRETARY, K.RETURNED),
    scene("withdraw-approval", "asked", Withdraw("REF-1", APPROVAL, "Fel."), NEXT_DAY, OWNER, K.WITHDRAWN),
    scene(
        "extend",
        "first paid",
        Extend("REF-1", FINAL, LATER, "Beslut", "Dnr 1"),
        OCTOBER,
        OWNER,
        K.MOVED,
        K.EXTENDED,
    ),
    scene("release", "funder approved", Release("REF-1", 2), ANSWERED_ON, OWNER, K.CONFIRM_RELEASE),
    scene("release", "asked", Release("REF-1", 2), NEXT_DAY, CONTROLLER, K.RELEASED),
    *(
        scene("decline", stage, DeclineRelease("REF-1", 2, "Fel."), NEXT_DAY, CONTROLLER, K.RELEASE_DECLINED)
        for stage in ("funder approved", "asked")
    ),
    scene(
        "grant-facts",
        "first paid",
        ChangeFacts("REF-1", {"title": "Nytt namn", "coordinator": STRANGER}),
        APRIL,
        OWNER,
        K.HANDED_OVER,
    ),
    scene(
        "grant-facts",
        "released",
        ChangeFacts("REF-1", {"account": "5050-1055"}),
        date(2011, 3, 1),
        OWNER,
        K.NEW_ACCOUNT,
        K.CONFIRM_RELEASE,
    ),
    scene("claim", "released", Claim("REF-1", 2, over=OverClaim.KEEP), date(2011, 3, 1)),
    scene("paid", "last claimed", Pay("REF-1", 2), date(2011, 3, 22), CONTROLLER, K.PAID),
    scene("decide", "applied", Decide("REF-1", AWARD), date(2009, 11, 5), OWNER, K.DECIDED, K.DATE_MISSING),
    scene(
        "decide",
        "first paid",
        Decide("REF-1", AMENDMENT, LETTER),
        OCTOBER,
        OWNER,
        K.DECIDED,
        K.MOVED,
        K.EXTENDED,
    ),
    scene("decide", "asked", Decide("REF-1", LESS), NEXT_DAY, OWNER, K.DECIDED, K.CONFIRM_RELEASE),
    scene(
        "correct",
        "first paid",
        Correct(
            "REF-1",
            date(2009, 11, 5),
            said={"dates": {"final_report_on": None}, "source": "Dnr 1"},
            reason="Fel.",
        ),
        OCTOBER,
        OWNER,
        K.DECIDED,
        K.MOVED,
        K.DATE_MISSING,
    ),
    scene(
        "correct",
        "first paid",
        Correct(
            "REF-1",
            date(2009, 11, 5),
            said={"dates": {"final_report_on": LATER}, "source": "Dnr 1"},
            reason="Fel.",
        ),
        OCTOBER,
        OWNER,
        K.DECIDED,
        K.MOVED,
        K.EXTENDED,
    ),
    scene(
        "correct",
        "asked",
        Correct("REF-1", date(2009, 11, 5), said={"amount_minor": 45_000_000}, reason="Fel."),
        NEXT_DAY,
        OWNER,
        K.DECIDED,
        K.CONFIRM_RELEASE,
    ),
    scene(
        "date", "first paid", GiveDates("REF-1", AMENDMENT), OCTOBER, OWNER, K.DECIDED, K.MOVED, K.EXTENDED
    ),
    scene(
        "hand-over",
        "first paid",
        lambda engine: HandOver(person_id(engine, OWNER), STRANGER, "SE"),
        APRIL,
        OWNER,
        K.HANDED_OVER,
    ),
    scene(
        "departure",
        "first paid",
        lambda engine: Depart(person_id(engine, OWNER), APRIL, "SE", person_id(engine, DEPUTY)),
        APRIL,
        OWNER,
        K.HANDED_OVER,
    ),
    scene(
        "absence",
        "first paid",
        lambda engine: SetAbsence(person_id(engine, OWNER), None, APRIL, LATER),
        APRIL,
    ),
    scene(
        "add-meeting",
        "first paid",
        lambda engine: before_meetings(engine, AddMeeting("committee", MEETS, takes=ITEM)),
        OCTOBER,
        SECRETARY,
        K.MOVED,
    ),
    scene(
        "choose-meeting",
        "first paid",
        lambda engine: before_meetings(engine, ChooseMeeting(*ITEM[0], EARLIER)),
        OCTOBER,
        SECRETARY,
        K.MOVED,
    ),
    scene(
        "on-agenda",
        "drafted",
        lambda engine: before_meetings(engine, PutOnAgenda(*ITEM[0])),
        MONDAY,
        SECRETARY,
    ),
    scene("off-agenda", "drafted", on_the_agenda, MONDAY, SECRETARY),
    scene(
        "defer",
        "drafted",
        lambda engine: before_meetings(engine, Defer(*ITEM[0], held_on=MEETS)),
        date(2011, 1, 19),
        SECRETARY,
        K.MOVED,
    ),
    scene(
        "move-meeting",
        "first paid",
        lambda engine: before_meetings(engine, MoveMeeting("committee", MEETS, FRIDAY, "Jul")),
        OCTOBER,
        SECRETARY,
        K.MOVED,
    ),
    scene(
        "cancel-meeting",
        "first paid",
        lambda engine: before_meetings(engine, CancelMeeting("committee", MEETS, "Jul")),
        OCTOBER,
        SECRETARY,
        K.MOVED,
    ),
]


@contextmanager
def calls(rule: Callable[..., object] | None) -> Iterator[list[str]]:
    """Note in the list that the rule was asked in the block."""
    called: list[str] = []

    def look(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and rule is not None and frame.f_code is rule.__code__:
            called.append(rule.__name__)

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield called
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("one", SCENES)
def test_handler_asks_the_rule_and_tells_whom_the_act_says(sqlite: Engine, one: Scene) -> None:
    spec, heard = ACTS[one.act], dict[Recipient, None]()
    a_grant_that_was(sqlite, one.stage)
    command = one.command(sqlite)
    assert type(command) is spec.command
    with calls(spec.judge) as asked:
        act(hearing(sqlite, heard), command, one.on, signed_in(one.by, one.on))
    is_judged = spec.judge is not None and (spec.judge is not may_move or K.MOVED in one.tells)
    assert bool(asked) == is_judged
    assert {x.kind for x in heard} - {K.NO_MEETING} == one.tells


@pytest.mark.parametrize("one", SCENES)
def test_look_at_an_act_says_whether_its_form_is_confirmed_by_letter(sqlite: Engine, one: Scene) -> None:
    a_grant_that_was(sqlite, one.stage)
    command, who = one.command(sqlite), signed_in(one.by, one.on)
    seen = preview(sqlite, command, who, Clock(one.on, at(one.on)))
    act(by_form(sqlite, "its form"), command, one.on, who)
    assert seen.confirmed is bool(rows(sqlite, Confirmation))


def test_acts_tell_by_no_other_kinds_than_the_table_has_seen() -> None:
    # Where a report itself is the condition, not its approval: seen in the lives of strangers' programmes.
    seen = {"done": {K.CONFIRM_RELEASE}}
    for (one,) in (line.values for line in SCENES):
        seen.setdefault(one.act, set()).update(one.tells)
    assert {name: set(ACTS[name].tells) for name in seen} == seen


UNDONE = [
    scene("done", "first paid", Answer("REF-1", Q1, data=FIGURES), APRIL),
    scene("approve", "drafted", Approve("REF-1", "draft-approval"), MEETS, SECRETARY),
    scene("extend", "first paid", Extend("REF-1", FINAL, LATER, "Beslut", "Dnr 1"), OCTOBER),
    scene("release", "funder approved", Release("REF-1", 2), ANSWERED_ON),
    scene("decide", "first paid", Decide("REF-1", AMENDMENT, LETTER), OCTOBER),
    scene(
        "hand-over", "first paid", lambda engine: HandOver(person_id(engine, OWNER), STRANGER, "SE"), APRIL
    ),
    scene("grant-facts", "first paid", ChangeFacts("REF-1", {"coordinator": STRANGER}), APRIL),
    scene(
        "absence",
        "first paid",
        lambda engine: SetAbsence(person_id(engine, OWNER), None, APRIL, LATER),
        APRIL,
    ),
    scene(
        "add-meeting",
        "first paid",
        lambda engine: before_meetings(engine, AddMeeting("committee", MEETS)),
        OCTOBER,
        SECRETARY,
    ),
    scene(
        "move-meeting",
        "first paid",
        lambda engine: before_meetings(engine, MoveMeeting("committee", MEETS, FRIDAY, "Jul")),
        OCTOBER,
        SECRETARY,
    ),
    scene(
        "cancel-meeting",
        "first paid",
        lambda engine: before_meetings(engine, CancelMeeting("committee", MEETS, "Jul")),
        OCTOBER,
        SECRETARY,
    ),
    scene(
        "choose-meeting",
        "first paid",
        lambda engine: before_meetings(engine, ChooseMeeting(*ITEM[0], EARLIER)),
        OCTOBER,
        SECRETARY,
    ),
    scene(
        "on-agenda",
        "drafted",
        lambda engine: before_meetings(engine, PutOnAgenda(*ITEM[0])),
        MONDAY,
        SECRETARY,
    ),
    scene("off-agenda", "drafted", on_the_agenda, MONDAY, SECRETARY),
]


def undoing(engine: Engine, name: str) -> Any:
    """Return the command that takes an act of the table back."""
    day = date(2011, 1, 20)
    commands: dict[str, Callable[[], Any]] = {
        "done": lambda: Undo("REF-1", rows(engine, Letter)[-1].link_key or ""),
        "approve": lambda: Withdraw("REF-1", "draft-approval", "Fel."),
        "extend": lambda: Extend("REF-1", FINAL, day, "Beslut", "Dnr 2"),
        "release": lambda: DeclineRelease("REF-1", 2, "Fel år."),
        "decide": lambda: Correct(
            "REF-1", AMENDMENT.decided_on, said={"source": "Dnr 2"}, reason="Fel.", annulled=True
        ),
        "hand-over": lambda: HandOver(person_id(engine, STRANGER), OWNER, "SE"),
        "absence": lambda: RemoveAbsence(person_id(engine, OWNER), rows(engine, Absence)[-1].from_on),
        "grant-facts": lambda: ChangeFacts("REF-1", {"coordinator": OWNER}),
        "add-meeting": lambda: CancelMeeting("committee", MEETS, "Nej"),
        "move-meeting": lambda: MoveMeeting("committee", FRIDAY, MEETS, "Nej"),
        "cancel-meeting": lambda: AddMeeting("committee", MEETS, takes=ITEM),
        "choose-meeting": lambda: ChooseMeeting(*ITEM[0], MEETS),
        "on-agenda": lambda: TakeOffAgenda(*ITEM[0]),
        "off-agenda": lambda: PutOnAgenda(*ITEM[0]),
    }
    return commands[name]()


def standing(engine: Engine, act_name: str) -> Any:
    """Return where the grant stands, and who is away and meets when; an approval is asked for again by a later day."""
    held = [one.held_on for one in rows(engine, Meeting) if not one.cancelled]
    dated = {key: row.due_on for key, row in steps(engine).items() if act_name != "approve"}
    found = steps(engine).items()
    where = {key: (row.status, row.owner_id, row.promised_on, dated.get(key)) for key, row in found}
    return where, sums(engine), rows(engine, Absence), sorted(held)


@pytest.mark.parametrize("one", UNDONE)
def test_act_is_taken_back_by_the_act_that_it_names(sqlite: Engine, one: Scene) -> None:
    spec = ACTS[one.act]
    a_grant_that_was(sqlite, one.stage)
    command = one.command(sqlite)
    before = standing(sqlite, one.act)
    act(by_form(sqlite, "its form"), command, one.on, signed_in(one.by, one.on))
    assert standing(sqlite, one.act) != before or one.act == "release"
    back = undoing(sqlite, one.act)
    assert type(back) is ACTS[spec.undone_by].command
    by = CONTROLLER if one.act == "release" else one.by
    act(sqlite, back, one.on, signed_in(by, one.on))
    assert standing(sqlite, one.act) == before


# Each word by which something could be said to be taken back, in whatever form.
TAKING_BACK = {
    "sv": {"Ångra": "ångra", "Återkalla": "återkall", "": "tillbaka"},
    "en": {"Undo": r"undo\b|undone", "Withdraw": "withdr", "": r"\b(take|taken)\b( it)? back"},
}


@pytest.mark.parametrize("language", TAKING_BACK)
@pytest.mark.parametrize("one", UNDONE)
def test_act_is_taken_back_by_one_word_in_its_letter_the_list_and_the_thanks(
    sqlite: Engine, tmp_path: Path, one: Scene, language: str
) -> None:
    spec = ACTS[one.act]
    a_grant_that_was(sqlite, one.stage)
    command, who = one.command(sqlite), person_id(sqlite, one.by)
    with transaction(sqlite) as connection:
        connection.execute(update(PERSON).where(PERSON.c.id == who).values(language=language))
    step = getattr(command, "step", "")
    if one.act in ("done", "approve"):
        about, about_id, back_id = "step", steps(sqlite)[step].id, 1
    else:
        [body] = [row.organisation_id for row in rows(sqlite, Meeting)][:1] or [0]
        about = "desk"
        about_id = back_id = {"meetings": body, "holdings": who}.get(str(spec.duty), 1)
    link = "" if one.act in ("done", "release") else f"/desk/{spec.undone_by}/{back_id}"
    does = FormAct(who, one.act, about, about_id or 0, link)
    act(by_form(sqlite, "its form", does), command, one.on, signed_in(one.by, one.on))
    site = Site(sqlite, settings_for(tmp_path), at(one.on, 10))
    page = parse(site.client(language, one.by).get(f"/tasks?answered=s{about_id}"))
    deliver(sqlite, site.settings, lambda: site.now)
    confirmed = {row.letter_id for row in rows(sqlite, Confirmation)}
    assert bool(confirmed) is (about == "step")
    shown = [section for section in page.iter("section") if section.get("aria-labelledby") == "recent"]
    listed = [text_of(part) for section in shown for part in nodes(section, "a", "li")]
    said = [text_of(line) for line in page.iter("p") if line.get("role") == "status"]
    letters = [
        message_from_bytes(row.content, policy=policy.default).get_body(("plain",)).get_content()  # type: ignore[union-attr]
        for row in rows(sqlite, Letter)
        if row.id in confirmed
    ]
    word = translator(language).gettext(spec.back_word)
    # Who gave the coordinator's role away has no right to the grant any more; money has no link.
    has_link = one.act not in ("grant-facts", "release")
    assert any(line.startswith(f"{word}: ") for line in listed) is has_link
    for text in (*listed, *said, *letters):
        used = {name for name, form in TAKING_BACK[language].items() if re.search(form, text, re.IGNORECASE)}
        assert used <= {word}, text
    assert all(re.search(TAKING_BACK[language][word], text, re.IGNORECASE) for text in letters)


@on_both
@pytest.mark.parametrize("has_left", [False, True])
@pytest.mark.parametrize(
    ("stage", "done", "on", "kind", "reader"),
    [
        pytest.param(
            "first paid", Answer("REF-1", Q3, data=FIGURES), OCTOBER_29, K.UNSPENT, DEPUTY, id="with it"
        ),
        pytest.param(
            "followed up",
            Answer("REF-1", "draft", data=FIGURES),
            MONDAY,
            K.REMINDER,
            SECRETARY,
            id="by a round",
        ),
    ],
)
def test_undoing_cancels_what_is_queued_and_tells_who_was_told(
    engine: Engine, stage: str, done: Answer, on: date, kind: NoticeKind, reader: str, *, has_left: bool
) -> None:
    a_grant_that_was(engine, stage)
    told_id = person_id(engine, reader)
    if kind is K.UNSPENT:
        with transaction(engine) as connection:
            connection.execute(
                update(STEP).where(STEP.c.phase == Phase.FINAL_REPORT).values(owner_id=told_id)
            )
    next_day = on + timedelta(days=1)

    def do_it(on: date) -> Any:
        act(by_form(engine, f"of {on}"), done, on, signed_in(OWNER, on))
        if kind is K.REMINDER:
            do_round(engine, on + timedelta(days=1))
        return [one for one in rows(engine, Notice) if (one.kind, one.person_id) == (kind, told_id)][-1]

    told = do_it(on)
    confirmation = rows(engine, Confirmation)[-1].letter_id
    [link] = [one.link_key for one in rows(engine, Letter) if one.id == confirmation]
    status = LetterStatus.ACCEPTED if has_left else LetterStatus.QUEUED
    with transaction(engine) as connection:
        letter = update(Letter).where(col(Letter.id) == told.letter_id)
        connection.execute(letter.values(status=status, subject="", content=b""))
    heard = dict[Recipient, None]()
    undo = Undo("REF-1", link or "")
    perform(hearing(engine, heard), undo, OWNER, Clock(next_day, at(next_day, 8)))
    assert [(one.kind, one.email) for one in heard] == ([(K.WITHDRAWN, reader)] if has_left else [])
    [after] = [one for one in rows(engine, Notice) if one.id == told.id]
    assert (after.dropped_at is None, after.kept_on) == (has_left, next_day)
    again = do_it(next_day)  # what is done again is told again
    assert (again.id != told.id, again.rung, again.kept_on) == (True, told.rung, None)


def test_what_a_form_need_not_say_has_a_default_in_its_command() -> None:
    for name, spec in ACTS.items():
        hints = get_type_hints(spec.command, include_extras=True)
        bare = [one for one in fields(spec.command) if one.default is one.default_factory is MISSING]
        for one in bare:
            marks = getattr(hints[one.name], "__metadata__", ())
            asks = [mark for mark in marks if isinstance(mark, Ask)]
            assert all(ask.required for ask in asks), (name, one.name)


def test_what_says_how_long_it_is_reversible_is_undone_by_a_press() -> None:
    assert {one.name for one in ACTS.values() if one.reversible_for} == {"done", "nothing"}
    assert {one.undone_by for one in ACTS.values() if one.reversible_for} == {"undo"}
    tried = {one.act for (one,) in (line.values for line in UNDONE)} | {"nothing"}
    assert {one.name for one in ACTS.values() if one.undone_by} == tried


@pytest.mark.parametrize(
    ("command", "called"),
    [
        (Extend("REF-1", FINAL, LATER, "Beslut", " Dnr 1 ", LETTER), "Dnr 1"),
        (Extend("REF-1", FINAL, LATER, "Beslut", files=LETTER), "brev.pdf"),
        (Decide("REF-1", AMENDMENT), "Dnr 1"),
        (Decide("REF-1", AWARD, LETTER), "brev.pdf"),
        (Correct("REF-1", LATER, said={"source": "Dnr 2"}), "Dnr 2"),
        (GiveDates("REF-1", AMENDMENT), "Dnr 1"),
        (Approve("REF-1", APPROVAL), ""),
        (Return("REF-1", APPROVAL, files=LETTER), "brev.pdf"),
        (Claim("REF-1", 2), None),
    ],
)
def test_paper_that_an_act_stands_on_is_named_by_its_evidence(command: Any, called: str | None) -> None:
    assert paper_asked(command) == called
