"""Letters: what they say, in both languages, and what they no longer say."""

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path
from statistics import mean

import html5lib
import pytest
from icalendar import Calendar
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, event, update

from models.errors import SettingInvalid
from models.facts.worded_letter import FailedLetter, FinishedLetter
from models.tables.columns import table_of
from models.tables.grant import Grant, ProgrammeVersion
from models.tables.letter import Letter, Notice
from models.tables.person import Organisation, Person
from models.tables.step import Step
from models.vocabulary import LetterKind, LetterStatus, NoticeKind, Phase, StepKind, StepStatus
from tasks.outbox.letter_facts import load_letters, make_letter
from tasks.outbox.render import render_letters
from tasks.settings import Settings
from tasks.store.database import reading
from tasks.words.letters import template_of
from tasks.words.templates import TEMPLATES
from tasks.words.translator import plain_spaces
from tests.builders import (
    a_database,
    a_grant,
    a_letter,
    a_notice,
    a_person,
    a_programme,
    a_programme_version,
    a_step,
    add,
    an_instalment,
)
from tests.databases import a_new_postgres_database
from tests.golden_file import GOLDEN, assert_golden, golden_names
from tests.letter_lengths import count_words, words_of
from tests.letter_scenes import NOW, SCENES, SETTINGS, TODAY, Scene, a_scene

TOKEN = re.compile(r"/(t|login|undo)/[\w.-]+(?:\?open=\w+)?(?:#s\d+)?")
ASKING = (
    NoticeKind.REMINDER,
    NoticeKind.ESCALATION,
    NoticeKind.STAND_IN,
    NoticeKind.HANDED_OVER,
    NoticeKind.RETURNED,
    NoticeKind.PUT_OFF,
)
# A date that is there is not missing, and a forecast is nothing without its figures.
_NOTED = (NoticeKind.DATE_MISSING, NoticeKind.UNSPENT)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = a_database(tmp_path)
    yield opened
    opened.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as opened:
        yield opened


@pytest.fixture
def scene(connection: Connection) -> Scene:
    return a_scene(connection)


def printed(
    connection: Connection, letter_id: int, now: datetime = NOW, settings: Settings = SETTINGS
) -> FinishedLetter:
    [outcome] = render_letters(connection, [letter_id], settings, now)
    assert isinstance(outcome, FinishedLetter)
    return outcome


def parsed(outcome: FinishedLetter) -> EmailMessage:
    message = email.message_from_bytes(outcome.content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return plain_spaces(str(part.get_content()).replace("\r\n", "\n"))


def text_of(
    connection: Connection, letter_id: int, now: datetime = NOW, settings: Settings = SETTINGS
) -> str:
    return body(parsed(printed(connection, letter_id, now, settings)), "plain")


def without_grant(text: str) -> str:
    """Return a letter's words as one line, without the line and the end of a subject that name the grant."""
    title = "Regional samordning mot prostitution och människohandel"
    return " ".join(text.replace(f" – {title}", "").replace(f"{title} (REF-2009-2)", "").split())


def calendar_of(message: EmailMessage) -> Calendar | None:
    for part in message.iter_attachments():
        return Calendar.from_ical(str(part.get_content()))
    return None


def as_reviewed(outcome: FinishedLetter) -> str:
    """The letter as its golden file has it: subject, text, and the days in its calendar file."""
    message = parsed(outcome)
    calendar = calendar_of(message)
    days = [f"{one.DTSTART} {one.summary}" for one in calendar.events] if calendar else []
    text = TOKEN.sub(r"/\1/...", body(message, "plain"))
    return f"Subject: {outcome.subject}\nCalendar: {'; '.join(days) or 'none'}\n\n{text}"


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("name", SCENES)
def test_letter_reads_as_reviewed_in_twenty_seconds_and_says_the_same_in_strict_html(
    connection: Connection, name: str, language: str
) -> None:
    finished = printed(connection, SCENES[name](a_scene(connection, language)))
    assert_golden(f"letters/{name}.{language}.txt", as_reviewed(finished))
    message = parsed(finished)
    plain = body(message, "plain")
    assert count_words(plain) < (130 if "\n- " in plain else 120)

    html = body(message, "html")
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    words = " ".join("".join(tree.find("body").itertext()).split())
    for line in plain.splitlines():
        said = re.sub(r"^([0-9]+\.|-) ", "", line.rstrip(":"))
        if said != "-- " and not said.startswith("http"):
            assert said in words.replace("\xa0", " ")
    assert tree.get("lang") == language
    links = [link.get("href") for link in tree.iter("a")]
    assert links == re.findall(r"^http\S+", plain, re.MULTILINE)
    assert not [one.tag for one in tree.iter() if one.tag in ("img", "script", "link", "iframe")]
    assert all(table.get("role") == "presentation" for table in tree.iter("table"))


def test_every_golden_letter_has_its_scene() -> None:
    assert golden_names("letters") == {f"{name}.{language}" for name in SCENES for language in ("sv", "en")}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_letters_are_short_on_the_whole(language: str) -> None:
    assert mean(words_of(f"{name}.{language}") for name in SCENES) < 80


# What asks for something without saying by when: a new account, an address, an absence, a reply to read, a link.
WITHOUT_A_DAY = {
    "new-account",
    "bounced",
    "replied",
    "replied-away",
    "login",
    "new-link",
    "recorded",
    "recorded-approval",
}
# What asks for nothing now, or for a decision of a day that is over.
NOT_ASKING = {"draft-not-here", "record-decision", "withdrawn-yours"}
A_DAY = {
    "sv": r"(?i)(mån|tis|ons|tors|fre|lör|sön)dag(en den)? \d+ [a-z]+|senast \d+ [a-z]+",
    "en": r"(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day \d+ [A-Z][a-z]+|by \d+ [A-Z][a-z]+",
}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_letter_that_asks_says_by_which_day(language: str) -> None:
    informs = {"sv": "Du behöver inte svara.", "en": "You do not need to reply."}[language]
    letters = {name: (GOLDEN / "letters" / f"{name}.{language}.txt").read_text("utf-8") for name in SCENES}
    dayless = {
        name for name, text in letters.items() if informs not in text and not re.search(A_DAY[language], text)
    }
    assert dayless <= WITHOUT_A_DAY | NOT_ASKING


def test_every_kind_of_notice_has_its_scene(connection: Connection) -> None:
    kinds = set()
    for make in SCENES.values():
        with connection.begin_nested() as savepoint:
            letter = make(a_scene(connection))
            notices = table_of(Notice)
            rows = connection.execute(notices.select().where(notices.c.letter_id == letter)).mappings()
            kinds |= {row["kind"] for row in rows}
            savepoint.rollback()
    assert set(NoticeKind) <= kinds


def test_html_stays_below_what_mail_programs_cut(connection: Connection, scene: Scene) -> None:
    letter = a_letter(connection, scene.people["coordinator"])
    for number in range(70):
        step = a_step(connection, scene.grant, key=f"step-{number}", template_key="final-report",
                      owner_id=scene.people["coordinator"])  # fmt: skip
        a_notice(connection, letter, step)

    message = parsed(printed(connection, letter))

    assert len(body(message, "html").encode()) < 100_000
    assert body(message, "plain").count("- Skicka slutrapporten – 20 januari\n") == 7
    assert "\n… och 62 till\n" in body(message, "plain")
    assert message["Subject"].endswith("människohandel, och 69 till")
    calendar = calendar_of(message)
    assert calendar is not None
    assert len(calendar.events) == 70


def test_list_tells_steps_of_different_grants_apart(connection: Connection, scene: Scene) -> None:
    other = a_step(connection, a_grant(connection, reference="REF-2010-7"), due_on=date(2011, 1, 21))
    letter = SCENES["reminder"](scene)
    a_notice(connection, letter, other)

    outcome = printed(connection, letter)

    assert without_grant(outcome.subject) == "Skicka slutrapporten senast 20 januari, och en till"
    text = body(parsed(outcome), "plain")
    assert re.search(r"\n- Skicka slutrapporten, .* – 21 januari\n", text)


def test_second_link_of_a_letter_of_several_opens_all_tasks(connection: Connection, scene: Scene) -> None:
    links = re.findall(r"^http\S+", text_of(connection, SCENES["three-things"](scene)), re.MULTILINE)
    assert links[0] == f"{links[1]}#s{scene.steps['committee']}"


def noted(kind: NoticeKind, **detail: object) -> dict[str, object]:
    """Return a notice's columns with that detail; a date that moved always has the day that it moved from."""
    return {"detail": {**detail, **({"from": "2011-01-13"} if kind is NoticeKind.MOVED else {})}}


def test_what_asks_is_dropped_once_its_step_has_changed(connection: Connection, scene: Scene) -> None:
    for kind in (kind for kind in NoticeKind if kind not in _NOTED):
        with connection.begin_nested() as savepoint:
            letter = scene.letter("coordinator", ("report", kind, noted(kind)))
            scene.change(Step, scene.steps["report"], due_on=date(2011, 2, 3))
            [outcome] = render_letters(connection, [letter], SETTINGS, NOW)
            told = isinstance(outcome, FinishedLetter) and outcome.dropped == ()
            assert (kind, told) == (kind, kind not in ASKING)
            savepoint.rollback()


def test_step_that_a_decision_brings_is_told_as_new(connection: Connection, scene: Scene) -> None:
    notice = ("report", NoticeKind.MOVED, {"detail": {"new": True, "note": "Ändringsbeslut 3"}})
    outcome = printed(connection, scene.letter("coordinator", notice))
    text = without_grant(body(parsed(outcome), "plain"))
    assert without_grant(outcome.subject) == "Nytt i planen: slutrapporten, senast 20 januari"
    assert "i planen: slutrapporten, senast torsdagen den 20 januari. Skäl: ”Ändringsbeslut 3”" in text


def test_report_that_the_funder_sends_back_is_sent_back_by_the_funder(
    connection: Connection, scene: Scene
) -> None:
    detail = {"by": scene.people["coordinator"], "by_funder": True, "note": "Visa kostnaderna"}
    text = text_of(
        connection, scene.letter("coordinator", ("report", NoticeKind.RETURNED, {"detail": detail}))
    )
    assert "Länsstyrelsen i Stockholms län har läst slutrapporten och vill ha en ändring: ”Visa" in text


def test_withdrawal_after_the_money_went_out_says_what_is_to_be_done_about_it(
    connection: Connection, scene: Scene
) -> None:
    detail = {"recovered_by": "2011-03-11"}
    letter = scene.letter("coordinator", ("committee", NoticeKind.WITHDRAWN, {"detail": detail}))
    text = " ".join(text_of(connection, letter).split())
    asked = "fråga Länsstyrelsen i Stockholms län vad som ska hända med dem, senast fredagen den 11 mars."
    assert f"Pengar har redan betalats ut: {asked}" in text


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (
            ["final-report-approval"],
            "Innan rapporten skickas behövs också: länsstyrelsens godkännande av slutrapporten.",
        ),
        ([], "Skicka nu rapporten till Länsstyrelsen i Stockholms län."),
    ],
)
def test_one_of_two_approvals_says_which_was_given_and_which_is_left(
    connection: Connection, scene: Scene, left: list[str], said: str
) -> None:
    detail = {"by": scene.people["head"], "of": 2, "left": left}
    letter = scene.letter("coordinator", ("committee", NoticeKind.APPROVED, {"detail": detail}))
    outcome = printed(connection, letter)
    text = " ".join(body(parsed(outcome), "plain").split())
    assert outcome.subject.startswith("Avdelningschefen har godkänt utkastet till slutrapport")
    assert said in text


def test_withdrawal_says_what_is_open_again(connection: Connection, scene: Scene) -> None:
    detail = {"reopened": ["final-report", "final-report-approval", "final-report", "lost"]}
    text = text_of(connection, scene.letter("head", ("committee", NoticeKind.WITHDRAWN, {"detail": detail})))
    assert ("Det här ska göras om: slutrapport och länsstyrelsens godkännande av slutrapporten.") in " ".join(
        text.split()
    )


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        pytest.param(
            {"corrected": True, "amount_minor": 60_000_000, "was_minor": 50_000_000, "decision": "award"},
            [
                "Rättat: beslutet från",
                "var felregistrerat. Rätt belopp är 600 000 kronor, inte 500 000 kronor.",
            ],
            id="corrected",
        ),
        pytest.param(
            {"corrected": True, "purpose": "resor", "decision": "award"},
            ["Rättat: beslutet från", "var felregistrerat. Rätt ändamål är: ”resor”."],
            id="corrected purpose",
        ),
        pytest.param(
            {"annulled": True, "amount_minor": 60_000_000, "currency": "SEK", "decision": ""},
            ["Rättat: beslutet från Länsstyrelsen", "av misstag och är borttaget. Bidraget är som förut."],
            id="annulled",
        ),
    ],
)
def test_letter_about_a_corrected_decision_says_what_was_wrong(
    connection: Connection, scene: Scene, detail: dict[str, object], said: list[str]
) -> None:
    notice = ("decision", NoticeKind.DECIDED, {"detail": detail})
    printed_ = printed(connection, scene.letter("coordinator", notice, kind=LetterKind.DECISION))
    message = parsed(printed_)
    text = without_grant(f"{message['Subject']} {body(message, 'plain')}")
    assert [one for one in said if one not in text] == []
    assert ("Rätt belopp" in text) is ("was_minor" in detail)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"due_on": None},
            "har inget datum nu: den 20 januari gäller inte längre, och något nytt är inte bestämt.",
        ),
        ({"status": StepStatus.CANCELLED}, "Slutrapporten behövs inte längre."),
    ],
)
def test_letter_about_a_date_that_is_gone_asks_for_nothing(
    connection: Connection, scene: Scene, change: dict[str, object], said: str
) -> None:
    scene.change(Step, scene.steps["report"], **change)
    detail = {"from": "2011-01-20", "gone": True, "note": ""}
    text = text_of(connection, scene.letter("coordinator", ("report", NoticeKind.MOVED, {"detail": detail})))
    assert said in " ".join(text.split())
    assert "Nytt datum" not in text


def test_late_application_hangs_on_whether_the_funder_still_accepts_it(
    connection: Connection, scene: Scene
) -> None:
    scene.change(Grant, scene.grant, applied_for_minor=None)
    late = {"status": StepStatus.OPEN, "done_on": None, "due_on": date(2011, 1, 10)}
    scene.change(Step, scene.steps["application"], **late)

    text = text_of(connection, scene.letter("coordinator", ("application", NoticeKind.ESCALATION, {})))

    assert (
        "Ring Länsstyrelsen i Stockholms län i dag och fråga om ansökan fortfarande tas emot."
        " Annars blir det inget bidrag."
    ) in text


def test_letter_goes_on_without_its_dropped_notice(connection: Connection, scene: Scene) -> None:
    letter = a_letter(connection, scene.people["coordinator"])
    gone = a_notice(connection, letter, scene.steps["report"])
    a_notice(connection, letter, scene.steps["follow-up"])
    dropped_before = a_notice(connection, letter, scene.steps["committee"], dropped_at=NOW)
    scene.change(Step, scene.steps["report"], version=2)

    outcome = printed(connection, letter)

    assert outcome.dropped == (gone,)
    assert dropped_before not in outcome.dropped
    assert outcome.subject.startswith(
        "Försenat: uppföljningen juli–september 2010, sista dag 1 november 2010 – "
    )


@pytest.mark.parametrize(
    "detail",
    [
        pytest.param({}, id="nothing noted"),
        pytest.param(
            {"by": 999_999, "from": -1, "requested_by": 999_999, "instalment": 99, "amount_minor": -5},
            id="nobody's ids, and numbers that nothing has",
        ),
    ],
)
def test_no_letter_fails_for_what_a_notice_lacks(
    connection: Connection, scene: Scene, detail: dict[str, int]
) -> None:
    for kind in (kind for kind in NoticeKind if kind is not NoticeKind.UNSPENT):
        with connection.begin_nested() as savepoint:
            letter = scene.letter("coordinator", ("report", kind, noted(kind, **detail)))
            if kind is NoticeKind.DATE_MISSING:
                scene.change(Step, scene.steps["report"], due_on=None)
            assert "Hej Handläggaren!" in text_of(connection, letter)
            savepoint.rollback()


def test_step_that_no_programme_describes_is_still_told(connection: Connection, scene: Scene) -> None:
    step = a_step(connection, scene.grant, key="recovery-2", template_key="recovery", kind="recovery",
                  owner_id=scene.people["coordinator"])  # fmt: skip
    letter = a_letter(connection, scene.people["coordinator"])
    a_notice(connection, letter, step)

    text = text_of(connection, letter)

    assert "Ett godkännande har återkallats efter utbetalningen." in text
    assert "Ring Länsstyrelsen i Stockholms län, fråga vad som ska hända med pengarna och registrera" in text


TASKS = [
    pytest.param("repayment", StepKind.REPAYMENT, "Stäm av kontot med Länsstyrelsen", id="a repayment"),
    pytest.param("close", StepKind.REPORT, "Lämna först handlingarna till registrator", id="the closing"),
    pytest.param(
        "draft-approval",
        StepKind.APPROVAL,
        "Läs och lämna vidare, eller skicka tillbaka",
        id="a manager's reading",
    ),
    pytest.param("hearing", StepKind.REPORT, "Se vad som ska göras, och svara.", id="of no sort"),
]


@pytest.mark.parametrize(("key", "kind", "said"), TASKS)
def test_reminder_says_what_to_do_with(
    connection: Connection, scene: Scene, key: str, kind: StepKind, said: str
) -> None:
    programme = a_programme()
    words = {"title": {"sv": "avslut", "en": "closing"}, "todo": {"sv": "Avsluta.", "en": "Close."}}
    close = {
        "key": "close",
        "phase": "release",
        "kind": "report",
        "due": "14 days after payment-balance.done",
    }
    programme["steps"].append(close | words)
    scene.change(Grant, scene.grant, programme_id=a_programme_version(connection, programme))
    step = a_step(connection, scene.grant, key=f"{key}-2", template_key=key, kind=kind, phase=Phase.RELEASE,
                  owner_id=scene.people["coordinator"])  # fmt: skip
    letter = a_letter(connection, scene.people["coordinator"])
    a_notice(connection, letter, step)

    assert said in text_of(connection, letter)


def test_every_template_of_a_letter_is_used(connection: Connection) -> None:
    used = {f"reminder/{task}" for task in ("repay", "close", "other", "read", "recover", "sign")}
    used |= {"confirmation", "login", "link", "week"}
    for make in SCENES.values():
        with connection.begin_nested() as savepoint:
            letter = make(a_scene(connection))
            batch = load_letters(connection, [letter])
            if letter in batch.notices:
                view, _ = make_letter(batch, letter, TODAY)
                used |= {template_of(item, TODAY) for item in view.items} if view else set()
            savepoint.rollback()
    folder = TEMPLATES / "letters"
    files = {str(path.relative_to(folder).with_suffix("")) for path in folder.rglob("*.j2")}
    assert files - {"sentences", "shared"} == used


MOVES = [
    {"from": "2011-01-20", "to": "2011-02-10", "note": "Första brevet"},
    {"from": "2011-02-10", "to": "2011-02-01", "note": "Andra brevet"},
    {"from": "2011-02-01", "to": "2011-03-01", "note": "Tredje brevet"},
]


@pytest.mark.parametrize(
    ("moves", "due_on", "said"),
    [
        (
            MOVES,
            date(2011, 3, 1),
            "är nu tisdagen den 1 mars, tidigare den 20 januari. Skäl: ”Tredje brevet”",
        ),
        (
            [*MOVES, {"from": "2011-03-01", "to": "2011-01-20", "note": "Fel brev"}],
            date(2011, 1, 20),
            "flyttades, men sista dag är nu torsdagen den 20 januari igen. Skäl: ”Fel brev”",
        ),
        (
            [{"new": True, "note": "Beslut 2", "to": "2011-01-20"}, *MOVES],
            date(2011, 3, 1),
            "slutrapporten, senast tisdagen den 1 mars. Skäl: ”Tredje brevet”",
        ),
        (
            [*MOVES, {"from": "2011-03-01", "gone": True, "note": "Fel brev"}],
            None,
            "den 20 januari gäller inte längre, och något nytt är inte bestämt. Skäl: ”Fel brev”",
        ),
    ],
    ids=["moved on", "moved back", "new, and moved", "gone"],
)
def test_letter_about_a_date_that_moved_again_tells_its_first_day_and_its_last(
    connection: Connection, scene: Scene, moves: list[dict[str, object]], due_on: date | None, said: str
) -> None:
    scene.change(Step, scene.steps["report"], due_on=due_on)
    notices = [
        ("report", NoticeKind.MOVED, {"detail": move, "rung": f"moved-{n}"}) for n, move in enumerate(moves)
    ]
    text = without_grant(text_of(connection, scene.letter("coordinator", *notices)))
    assert said in text
    assert text.count("brevet") + text.count("Fel brev”") == 1
    assert "10 februari" not in text


@pytest.mark.parametrize(
    ("letter_on", "name"),
    [(date(2010, 12, 31), "Socialtjänst- och arbetsmarknadsnämnden"), (date(2011, 1, 1), "Socialnämnden")],
)
def test_recipient_has_its_name_of_the_letters_day_where_the_office_has_none(
    connection: Connection, scene: Scene, letter_on: date, name: str
) -> None:
    letter = scene.letter("coordinator", ("report", NoticeKind.REMINDER, {}), letter_on=letter_on)

    text = text_of(connection, letter, settings=SETTINGS.model_copy(update={"organisation": ""}))

    assert f"\nSkickat av Grantline för {name}.\n" in text


def test_letter_calls_an_organisation_by_its_short_name(connection: Connection, scene: Scene) -> None:
    letter = scene.letter("coordinator", ("report", NoticeKind.REMINDER, {}))
    connection.execute(update(table_of(Organisation)).values(short_name="Länsstyrelsen"))

    text = text_of(connection, letter)

    assert "ring Länsstyrelsen före den dagen" in text


def test_no_line_ends_within_a_day_in_html(connection: Connection, scene: Scene) -> None:
    html = parsed(printed(connection, SCENES["late-tasks-of-others"](scene))).get_body(("html",))
    assert html is not None
    assert "1\xa0november\xa02010, Handläggaren" in html.get_content()


def test_day_begins_at_midnight_in_the_time_zone(connection: Connection, scene: Scene) -> None:
    letter = SCENES["reminder"](scene)

    before = printed(connection, letter, datetime(2011, 1, 20, 22, 59, tzinfo=UTC)).subject
    after = printed(connection, letter, datetime(2011, 1, 20, 23, 0, tzinfo=UTC)).subject

    assert without_grant(before) == "Skicka slutrapporten senast 20 januari"
    assert without_grant(after) == "Försenat: slutrapporten, sista dag 20 januari"


def test_letter_continues_the_first_accepted_one_about_its_step(connection: Connection, scene: Scene) -> None:
    report, person = scene.steps["report"], scene.people["coordinator"]
    bounced = scene.letter("coordinator", ("report", NoticeKind.REMINDER, {}), status=LetterStatus.BOUNCED)
    other = scene.sent("manager", "report", date(2011, 1, 3))
    first = scene.sent("coordinator", "report", date(2011, 1, 4))
    second = scene.sent("coordinator", "report", date(2011, 1, 5))
    letter = a_letter(connection, person)
    a_notice(connection, letter, report)
    ids = {row.id: row.message_id for row in connection.execute(table_of(Letter).select())}

    message = parsed(printed(connection, letter))

    assert message["Message-ID"] == ids[letter]
    assert message["In-Reply-To"] == ids[first]
    assert message["References"] == ids[first]
    assert len({ids[one] for one in (bounced, other, first, second, letter)}) == 5


def test_calendar_event_keeps_its_uid_when_the_date_moves(connection: Connection, scene: Scene) -> None:
    before = calendar_of(parsed(printed(connection, SCENES["reminder"](scene))))
    after = calendar_of(parsed(printed(connection, SCENES["moved"](scene))))

    assert before is not None
    assert after is not None
    [old], [new] = before.events, after.events
    assert old["UID"] == new["UID"]
    assert (old["SEQUENCE"], new["SEQUENCE"]) == (1, 2)
    assert (date(2011, 1, 20), date(2011, 2, 3)) == (old.DTSTART, new.DTSTART)
    assert before["METHOD"] == "PUBLISH"


def test_bad_letter_spoils_no_other(connection: Connection, scene: Scene) -> None:
    good, no_address, no_id = (SCENES["reminder"](scene) for _ in range(3))
    bad_person = a_person(connection, email="no address")
    scene.change(Letter, no_address, person_id=bad_person)
    scene.change(Letter, no_id, message_id="<not a message id>")

    outcomes = render_letters(connection, [no_address, good, 999_999, no_id], SETTINGS, NOW)

    assert [type(one) for one in outcomes] == [FailedLetter, FinishedLetter, FailedLetter, FailedLetter]
    assert [one.letter_id for one in outcomes] == [no_address, good, 999_999, no_id]
    assert isinstance(outcomes[0], FailedLetter)
    assert outcomes[0].error.startswith("LetterUnsendable at clean_address:")


def test_unreadable_programme_or_row_spoils_only_its_own_letters(
    connection: Connection, scene: Scene
) -> None:
    good = [SCENES["reminder"](scene) for _ in range(3)]
    broken = add(connection, ProgrammeVersion, key="x", sha256="0" * 64, body={"steps": 1}, recorded_at=NOW)
    grant = a_grant(connection, programme_id=broken)
    owner = a_person(connection)
    unreadable = a_letter(connection, owner)
    a_notice(connection, unreadable, a_step(connection, grant, owner_id=owner))
    garbled = SCENES["reminder"](scene)
    connection.exec_driver_sql(f"UPDATE notice SET detail = '{{' WHERE letter_id = {garbled}")

    outcomes = render_letters(connection, [good[0], unreadable, good[1], garbled, good[2]], SETTINGS, NOW)

    assert [type(one) for one in outcomes] == [
        FinishedLetter,
        FailedLetter,
        FinishedLetter,
        FailedLetter,
        FinishedLetter,
    ]


def test_error_of_a_spoiled_letter_holds_nothing_personal(connection: Connection, scene: Scene) -> None:
    letter = SCENES["reminder"](scene)
    scene.change(Person, scene.people["coordinator"], email="secret name@example.org")

    [outcome] = render_letters(connection, [letter], SETTINGS, NOW)

    assert isinstance(outcome, FailedLetter)
    assert "secret" not in outcome.error


def test_setting_that_spoils_all_letters_is_said_at_once(connection: Connection) -> None:
    short = SETTINGS.model_copy(update={"secret_keys": SecretStr("short")})
    with pytest.raises(SettingInvalid, match="GRANTS_SECRET_KEYS needs keys of at least 16 characters"):
        render_letters(connection, [1], short, NOW)


def test_queries_do_not_grow_with_the_batch(engine: Engine) -> None:
    with engine.begin() as connection:
        letters = []
        for number in range(30):
            owner = a_person(connection)
            grant = a_grant(connection)
            step = a_step(connection, grant, owner_id=owner)
            an_instalment(
                connection,
                grant,
                a_step(connection, grant, key="final-report-approval", kind=StepKind.APPROVAL, position=7),
            )
            letters.append(a_letter(connection, owner))
            kind = NoticeKind.ESCALATION if number % 2 else NoticeKind.APPROVED
            a_notice(connection, letters[-1], step, kind=kind)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cur, sql, *_rest: statements.append(sql))

    def count(ids: list[int]) -> int:
        statements.clear()
        with reading(engine) as connection:
            assert {type(one) for one in render_letters(connection, ids, SETTINGS, NOW)} == {FinishedLetter}
        return len(statements)

    one = count(letters[:1])
    assert count(letters) == one <= 14


def test_same_letter_twice_is_the_same_bytes(connection: Connection, scene: Scene) -> None:
    letter = SCENES["three-things"](scene)

    assert printed(connection, letter).content == printed(connection, letter).content


def test_letters_are_the_same_on_postgresql() -> None:
    postgres = a_new_postgres_database()
    with postgres.begin() as other:
        for name in ("three-things", "escalation-to-manager", "confirm-second"):
            with other.begin_nested() as savepoint:
                letter = SCENES[name](a_scene(other))
                assert_golden(f"letters/{name}.sv.txt", as_reviewed(printed(other, letter)))
                savepoint.rollback()
    postgres.dispose()


HOSTILE = (
    "Ann\r\nBcc: all@example.org",
    "=?utf-8?q?A=0D=0ABcc:_all=40example.org?=",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }} {% raw %}",
    "%(name)s %s %",
    "\u202eesrever\u202c",
    "שלום עולם",
    "👩‍🚒 Ünïcødé 漢字",
    '"quoted", <angled>; (commented)',
    "a" * 3000,
)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_stay_data(connection: Connection, scene: Scene, name: str) -> None:
    letter = SCENES["returned"](scene)
    scene.change(Person, scene.people["coordinator"], name=name)
    table = table_of(Notice)
    detail = {"note": name, "by": scene.people["secretary"]}
    connection.execute(update(table).where(table.c.letter_id == letter).values(detail=detail))

    outcome = printed(connection, letter)
    message = parsed(outcome)

    assert message.keys() == [
        "Content-Type",
        "MIME-Version",
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "Content-Language",
    ]  # fmt: skip
    assert len(message["To"].addresses) == 1
    assert message["To"].addresses[0].addr_spec == outcome.recipient
    html = body(message, "html")
    html5lib.HTMLParser(strict=True).parse(html)
    assert "<script" not in html
    for text in (html, body(message, "plain"), outcome.subject):
        assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\x00\x1b")
