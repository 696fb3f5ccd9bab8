"""Read how runs ended, and what they left in the database and in Prefect."""

from datetime import date
from typing import Any

import pytest
from prefect import State
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey
from sqlalchemy import Engine, select

from models.tables.columns import table_of
from models.tables.journal import DayRound
from models.tables.letter import Letter, Notice
from models.tables.step import Step
from tasks.store.database import reading

# A Friday.
TODAY = date(2010, 10, 8)


def ended(state: State[Any]) -> tuple[str, str]:
    """Return how a run ended: its state's name and message."""
    return state.name or "", state.message or ""


def rows_of(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Return what a round leaves, without what is random or the clock's."""
    notice, letter, step, day = table_of(Notice), table_of(Letter), table_of(Step), table_of(DayRound)
    queries = {
        "notices": select(
            notice.c.step_id, notice.c.due_on, notice.c.rung, notice.c.person_id, notice.c.reason
        ),
        "letters": select(
            letter.c.key, letter.c.person_id, letter.c.kind, letter.c.letter_on, letter.c.status
        ),
        "steps": select(step.c.id, step.c.status, step.c.next_action_on, step.c.owner_id),
        "rounds": select(day.c.on, day.c.due, day.c.reminded, day.c.escalated, day.c.letters, day.c.failed),
    }
    with reading(engine) as connection:
        return {name: sorted(map(tuple, connection.execute(query))) for name, query in queries.items()}


def shown_by(key: str) -> tuple[str, str]:
    """Return the description and the content of the newest artifact with the key."""
    wanted = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=[key]))
    with get_client(sync_client=True) as client:
        (found,) = client.read_latest_artifacts(artifact_filter=wanted)
    return found.description or "", str(found.data)


def mail_goes_to(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Let letters go to a mail server at a port of this machine."""
    for name, value in {"HOST": "127.0.0.1", "PORT": str(port), "TLS": "none"}.items():
        monkeypatch.setenv(f"GRANTS_SMTP_{name}", value)
