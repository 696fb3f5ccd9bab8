"""What leaves with a step is kept as a document, without anybody pressing a button."""

from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from models.commands.clock import Clock
from models.commands.money import Claim
from models.commands.steps import Answer
from models.tables.step import MadeDocument
from tasks.commands.files.file_store import FileStore
from tasks.documents.papers import Wanted
from tasks.documents.versions import keep_paper
from tasks.perform import perform
from tasks.settings import load_settings
from tests.grant_scenes import OWNER, ZONE, a_grant_that_was, acts_of, at, rows


def test_papers_of_a_step_are_kept_without_a_press_of_a_button(sqlite: Engine, tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, secret_keys="a key of the tests", timezone=str(ZONE))
    a_grant_that_was(sqlite, "decided")
    on = date(2009, 11, 18)
    perform(sqlite, Claim("REF-1", 1), OWNER, Clock(on, at(on)), settings=settings)
    kept = rows(sqlite, MadeDocument)
    assert [row.name for row in kept] == ["REF-1-claim-1.sv-v1.docx", "REF-1-claim-1.sv-v1.pdf"]
    # What somebody made before is not made again.
    acts = acts_of(sqlite)
    for stage in ("first paid", "followed up", "drafted", "committee approved"):
        acts[stage]()
    on = date(2011, 1, 19)
    file_store = FileStore(tmp_path / "documents")
    keep_paper(sqlite, file_store, "REF-1", Wanted("cover-letter"), by_email=OWNER, today=on, now=at(on))
    perform(sqlite, Answer("REF-1", "final-report"), OWNER, Clock(on, at(on)), settings=settings)
    assert [row.kind for row in rows(sqlite, MadeDocument)] == ["claim"] * 2 + ["cover-letter"] * 2
