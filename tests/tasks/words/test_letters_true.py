"""Letters that once said what was not so, or told somebody to do the wrong thing: what they say instead."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import AnswerKind, LetterStatus, NoticeKind
from tests.builders import a_database, an_answer
from tests.letter_scenes import NOW, Scene, a_scene, plan_meetings, settle, with_a_draft
from tests.tasks.words.test_letters import body, parsed, printed, without_grant

NOTHING: Mapping[str, object] = {}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    engine = a_database(tmp_path)
    with engine.begin() as connection:
        yield a_scene(connection)
    engine.dispose()


def said(
    scene: Scene,
    to: str,
    step: str,
    kind: NoticeKind,
    detail: Mapping[str, object] = NOTHING,
    now: datetime = NOW,
) -> str:
    """Return the subject and the text of a letter about a step, as one line."""
    outcome = printed(scene.connection, scene.letter(to, (step, kind, {"detail": dict(detail)})), now)
    return without_grant(f"{outcome.subject}: {body(parsed(outcome), 'plain')}")


def test_manager_is_not_told_to_answer_a_colleagues_questions(scene: Scene) -> None:
    scene.change(Step, scene.steps["follow-up"], due_on=date(2011, 1, 10))
    scene.change(Grant, scene.grant, figures_file=None)
    text = said(scene, "manager", "follow-up", NoticeKind.ESCALATION)
    assert "Handläggaren har uppgiften. Kvar: " in text
    assert "Du har" not in text


def test_manager_settles_nothing_with_who_handed_the_task_over(scene: Scene) -> None:
    settle(scene, "committee")
    scene.change(Step, scene.steps["report"], due_on=date(2011, 1, 10))
    columns = {"told_on": date(2011, 1, 11), "revoked_at": NOW}
    scene.letter("coordinator", ("report", NoticeKind.ESCALATION, columns), status=LetterStatus.ACCEPTED)
    scene.change(Step, scene.steps["report"], owner_id=scene.people["deputy"])
    text = said(scene, "manager", "report", NoticeKind.ESCALATION)
    assert "Ersättaren har uppgiften." in text
    assert "Handläggaren" not in text


@pytest.mark.parametrize(
    ("step", "what"),
    [
        ("draft", "utkastet till slutrapport"),
        ("reading", "läsningen av utkastet till slutrapport"),
        ("signature", "underskriften av tjänsteutlåtandet"),
        ("committee", "beslutet om slutrapporten"),
    ],
)
def test_new_date_on_the_way_to_a_committee_names_what_moved_and_the_meeting(
    scene: Scene, step: str, what: str
) -> None:
    with_a_draft(scene)
    text = said(scene, "coordinator", step, NoticeKind.MOVED, {"from": "2011-01-07", "to": "2011-01-14"})
    assert text.startswith(f"Nytt datum för {what}: 14 januari: ")
    assert "tidigare den 7 januari. Socialnämnden sammanträder den 18 januari." in text


def without_meeting(scene: Scene) -> None:
    with_a_draft(scene)
    plan_meetings(scene)


MEETINGS = [
    pytest.param(
        with_a_draft, "Så hinner Socialnämnden besluta den 18 januari", "när Socialnämnden har beslutat den 18 januari",
        id="planned",
    ),
    pytest.param(
        without_meeting, "behöver besluta om slutrapporten", "när Socialnämnden har beslutat och paragrafen",
        id="not planned",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("arrange", "drafted", "sent"), MEETINGS)
def test_only_a_meeting_that_is_planned_is_named(
    scene: Scene, arrange: Callable[[Scene], None], drafted: str, sent: str
) -> None:
    arrange(scene)
    draft = said(scene, "coordinator", "draft", NoticeKind.REMINDER)
    assert drafted in draft
    assert ("senast den 18 januari; sammanträdet är inte bestämt än." in draft) is (
        arrange is without_meeting
    )
    assert sent in said(scene, "coordinator", "report", NoticeKind.REMINDER)


def test_report_is_not_to_be_sent_before_a_decision_is_recorded(scene: Scene) -> None:
    with_a_draft(scene)
    text = said(scene, "coordinator", "report", NoticeKind.REMINDER, now=datetime(2011, 1, 19, 6, tzinfo=UTC))
    assert "Inget beslut är registrerat från sammanträdet den 18 januari. Rapporten får skickas när" in text


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (
            13,
            [
                "Sätt upp slutrapporten på föredragningslistan senast 14 januari",
                "behöver besluta om slutrapporten den 18 januari. Sätt upp ärendet senast: Fredag 14 januari",
            ],
        ),
        (
            17,
            ["behöver besluta om slutrapporten", "Se till att omedelbar justering föreslås. Registrera"],
        ),
        (18, ["Slutrapporten tas upp i Socialnämnden i dag.", "Se till att omedelbar justering föreslås."]),
        (
            19,
            [
                "Registrera beslutet om slutrapporten den 18 januari:",
                "Socialnämnden sammanträdde den 18 januari.",
            ],
        ),
    ],
)
def test_secretary_is_told_what_to_do_on_each_day(scene: Scene, day: int, words: list[str]) -> None:
    with_a_draft(scene)
    settle(scene, "draft", "reading", "signature")
    now = datetime(2011, 1, day, 6, tzinfo=UTC)
    text = said(scene, "secretary", "committee", NoticeKind.REMINDER, now=now)
    assert [one for one in words if one not in text] == []


def test_list_has_the_agendas_day(scene: Scene) -> None:
    with_a_draft(scene)
    letter = scene.letter(
        "secretary", ("report", NoticeKind.NO_MEETING, {}), ("committee", NoticeKind.REMINDER, {})
    )
    scene.change(Step, scene.steps["report"], owner_id=scene.people["secretary"], due_on=date(2011, 1, 13))
    text = body(parsed(printed(scene.connection, letter)), "plain")
    assert "- Sätt upp slutrapporten på föredragningslistan – 14 januari\n" in text


def test_secretary_settles_a_missing_meeting_with_who_has_the_report(scene: Scene) -> None:
    without_meeting(scene)
    text = said(scene, "secretary", "committee", NoticeKind.NO_MEETING)
    assert (
        "Stäm av med Handläggaren, som har rapporten, och registrera valet: 1. extra sammanträde 2. " in text
    )


def test_choice_that_a_missing_meeting_asks_for_is_a_task_in_a_list(scene: Scene) -> None:
    without_meeting(scene)
    scene.change(Step, scene.steps["report"], owner_id=scene.people["secretary"], due_on=date(2011, 1, 13))
    letter = scene.letter(
        "secretary", ("committee", NoticeKind.NO_MEETING, {}), ("report", NoticeKind.REMINDER, {})
    )
    text = body(parsed(printed(scene.connection, letter)), "plain")
    assert "\nDärefter:\n- Välj hur slutrapporten beslutas – 18 januari\n" in text


def test_draft_that_was_sent_back_says_why_and_only_days_to_come(scene: Scene) -> None:
    with_a_draft(scene)
    answer = {"kind": AnswerKind.RETURNED, "note": "Visa en tabell.", "answered_on": date(2011, 1, 11)}
    an_answer(scene.connection, scene.steps["reading"], scene.people["head"], **answer)
    scene.change(Step, scene.steps["draft"], due_on=date(2011, 1, 17))
    text = said(scene, "coordinator", "draft", NoticeKind.REMINDER)
    assert (
        "Avdelningschefen skickade tillbaka utkastet till slutrapport den 11 januari: ”Visa en tabell.”"
        in text
    )
    assert "Så hinner Socialnämnden besluta den 18 januari" in text


def test_committee_refers_a_report_back_and_the_secretary_records_that(scene: Scene) -> None:
    with_a_draft(scene)
    detail = {"by": scene.people["secretary"], "note": "Visa utfallet", "decided_on": "2011-01-12"}
    text = said(scene, "coordinator", "draft", NoticeKind.RETURNED, detail)
    assert "Socialnämnden återremitterade slutrapporten den 12 januari" in text
    assert "den 12 januari (registrerat av Nämndsekreteraren): ”Visa utfallet”." in text
    assert "vill ha en ändring" not in text


_DAY = {"decided_on": "2010-12-20", "currency": "SEK"}
_HALF, _LESS = {"amount_minor": 5_000_000}, {"amount_minor": -5_000_000}
DECISIONS = [
    (
        {"decision": "award"},
        ["Beviljat: bidrag från", "att bevilja bidrag.", "Beloppet är inte registrerat än."],
    ),
    (
        {"decision": "supplement", "amount_minor": 5_000_000, "total_minor": 5_000_000},
        ["Beviljat: 50 000 kr från", "att bevilja sammanlagt 50 000 kronor."],
    ),
    (
        {"decision": "supplement", **_HALF, "total_minor": 55_000_000},
        [
            "Mer beviljat: 50 000 kr från",
            "att bevilja ytterligare 50 000 kronor: från 500 000 kronor till 550 000 kronor.",
        ],
    ),
    (
        {"decision": "amendment", **_LESS, "total_minor": 45_000_000},
        [
            "sänker bidraget med 50 000 kr till 450 000 kr",
            "med 50 000 kronor, från 500 000 kronor till 450 000 kronor.",
        ],
    ),
    (
        {
            "decision": "amendment",
            "conditions": "Rapport var månad.",
            "was_conditions": "Rapport varje kvartal.",
        },
        ["Villkor: ”Rapport var månad.” Förut: ”Rapport varje kvartal.”"],
    ),
    ({"decision": "amendment"}, ["beslutade den 20 december 2010 att ändra villkoren."]),
    ({"decision": "refusal"}, ["avslog den 20 december 2010 ansökan om bidrag."]),
    ({"decision": "withdrawal"}, ["beslutade den 20 december 2010 att återkalla bidraget."]),
    (
        {"decision": "award", **_HALF, "purpose": "resor", "conditions": "Avtalet ska vara skrivet."},
        ["Pengarna ska användas till resor. Villkor: ”Avtalet ska vara skrivet.” Närmast: "],
    ),
    (
        {"decision": "award", **_HALF, "conditions": f"Avtalet ska vara skrivet. {'Mer därtill. ' * 20}"},
        ["Villkor: ”Avtalet ska vara skrivet.”"],
    ),
]


@pytest.mark.parametrize(("detail", "words"), DECISIONS)
def test_decision_is_told_by_its_kind_with_its_day_and_sums(
    scene: Scene, detail: dict[str, object], words: list[str]
) -> None:
    text = said(scene, "coordinator", "decision", NoticeKind.DECIDED, _DAY | detail)
    assert [one for one in words if one not in text] == []
    assert "Mer därtill" not in text


CLAIMS = [
    (
        date(2011, 2, 1),
        "Närmast: slutrapport den 20 januari. Därefter: rekvirera sista delen, 100 000 kronor, senast",
    ),
    (
        date(2011, 1, 20),
        "Närmast: rekvirera sista delen, 100 000 kronor, senast torsdagen den 20 januari. Dessutom: ",
    ),
    (
        date(2011, 1, 10),
        "Rekvisitionen av sista delen är försenad sedan den 10 januari. Närmast: slutrapport den",
    ),
]


@pytest.mark.parametrize(("day", "words"), CLAIMS)
def test_decision_tells_what_comes_in_its_order_and_no_claim_that_is_late(
    scene: Scene, day: date, words: str
) -> None:
    scene.change(Step, scene.steps["follow-up"], due_on=None)
    scene.change(Step, scene.steps["claim"], due_on=day)
    detail = _DAY | {"decision": "award", "amount_minor": 50_000_000, "total_minor": 50_000_000}
    text = said(scene, "coordinator", "decision", NoticeKind.DECIDED, detail)
    assert words in text
    assert "betalas ut först efter" not in text
    whole = said(scene, "coordinator", "decision", NoticeKind.DECIDED, detail | {"total_minor": 10_000_000})
    assert ("rekvirera hela bidraget, 100 000 kronor" in whole) is (day >= date(2011, 1, 13))
