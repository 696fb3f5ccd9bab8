"""Letters that once said what was not so, or told somebody to do the wrong thing: what they say instead."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

import pytest

from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import NoticeKind
from tests.builders import a_database
from tests.letter_scenes import NOW, Scene, a_scene, with_a_draft
from tests.tasks.words.test_letters import body, parsed, printed

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
    return " ".join(f"{outcome.subject}: {body(parsed(outcome), 'plain')}".split())


def test_manager_is_not_told_to_answer_a_colleagues_questions(scene: Scene) -> None:
    scene.change(Step, scene.steps["follow-up"], due_on=date(2011, 1, 10))
    scene.change(Grant, scene.grant, figures_file=None)
    text = said(scene, "manager", "follow-up", NoticeKind.ESCALATION)
    assert "Fyra frågor är obesvarade. Tala med Handläggaren" in text


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
