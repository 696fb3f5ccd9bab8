"""Whatever left for the funder is a line of the registry's index, with its day, from and to, and its file."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from models.commands.clock import Clock
from models.commands.steps import Answer
from models.rules.answers.small_numbers import SmallNumbers
from models.vocabulary import AnswerKind
from tasks.commands.files.file_store import FileStore
from tasks.documents.papers import Wanted
from tasks.documents.versions import keep_paper
from tasks.documents.word.templates import Kind
from tasks.perform import perform
from tests.builders import a_database
from tests.deployments.portal.test_portal_forms import PDF
from tests.grant_scenes import (
    FIGURES,
    MANAGER,
    OWNER,
    SECRETARY,
    acts_of,
    an_entry,
    answer,
    at,
    claim,
    decide,
    open_grants,
    pay,
    play,
)
from tests.plan_files import plan_of_reference, steps_of, write_plan
from tests.tasks.documents.test_bundle_marks import index, sent, the_file

US = ("Socialnämnden", "Länsstyrelsen")
# Its quarters go to the funder once the unit manager has approved them; the last report is not made of them.
APPROVAL = {
    "key": "quarter-approval",
    "phase": "follow-up",
    "kind": "approval",
    "approves": "follow-up",
    "each": "quarter",
    "owner": "unit_manager",
    "title": {"sv": "chefens godkännande", "en": "the manager's approval"},
    "todo": {"sv": "Godkänn.", "en": "Approve."},
    "due": "2 months after period_end",
}
SENDING = {
    "key": "quarter-report",
    "phase": "follow-up",
    "kind": "report",
    "each": "quarter",
    "title": {"sv": "delrapport", "en": "interim report"},
    "todo": {"sv": "Skicka.", "en": "Send."},
    "due": "3 months after period_end",
    "needs": ["quarter-approval"],
}


def a_grant(folder: Path, *steps: dict[str, Any]) -> Engine:
    """Return a grant of a programme with these steps, too, whose money came."""
    plan = plan_of_reference()
    del steps_of(plan)["draft"]["needs"]
    plan["steps"] += steps
    own = folder / "own.yaml"
    write_plan(own, plan)
    engine = a_database(folder)
    open_grants(engine, an_entry(programme=str(own)))
    play(engine, "first paid")
    return engine


def keep(engine: Engine, folder: Path, kind: Kind, on: date, step: str | None = None) -> None:
    part = 1 if kind == "claim" else None
    wanted = Wanted(kind, step=step, instalment=part, small=SmallNumbers.SHOW)
    keep_paper(
        engine, FileStore(folder / "documents"), "REF-1", wanted, by_email=OWNER, today=on, now=at(on, 8)
    )


def left(engine: Engine, folder: Path) -> list[tuple[str, ...]]:
    """Return what left as (day, from, to, what, the file's name)."""
    lines = sorted(sent(index(engine, folder)))
    return [(*one[:3], one[3], one[5].rpartition("-v")[0] or one[5]) for one in lines]


@pytest.fixture
def approved(tmp_path: Path) -> Iterator[Engine]:
    """A quarter that was handed in with a file, and that the unit manager approved two days later."""
    engine = a_grant(tmp_path, APPROVAL)
    files = (the_file(tmp_path, PDF, "kvartal.pdf"),)
    answer(engine, "follow-up-2010-q1", date(2010, 4, 27), data=FIGURES, files=files)
    answer(engine, "follow-up-2010-q2", date(2010, 7, 27), data=FIGURES)
    answer(engine, "quarter-approval-2010-q1", date(2010, 4, 29), MANAGER, AnswerKind.APPROVED)
    yield engine
    engine.dispose()


def test_report_that_a_body_here_approves_leaves_when_it_is_approved(
    approved: Engine, tmp_path: Path
) -> None:
    quarters = [one for one in left(approved, tmp_path) if one[0] > "2010"]
    # The second quarter is not approved yet.
    assert quarters == [
        ("2010-04-29", *US, "kvartal.pdf, skickad till bidragsgivaren", "documents/0001-kvartal.pdf")
    ]


def test_approval_that_was_taken_back_sent_nothing(approved: Engine, tmp_path: Path) -> None:
    answer(
        approved, "quarter-approval-2010-q1", date(2010, 4, 30), MANAGER, AnswerKind.WITHDRAWN, note="Fel."
    )
    assert not [one for one in left(approved, tmp_path) if one[0] > "2010"]
    answer(approved, "quarter-approval-2010-q1", date(2010, 5, 3), MANAGER, AnswerKind.APPROVED)
    assert [one[0] for one in left(approved, tmp_path) if one[0] > "2010"] == ["2010-05-03"]


def test_approved_report_that_another_step_sends_leaves_with_that_as_it_was_made(tmp_path: Path) -> None:
    engine = a_grant(tmp_path, APPROVAL, SENDING)
    answer(engine, "follow-up-2010-q1", date(2010, 4, 27), data=FIGURES)
    keep(engine, tmp_path, "follow-up", date(2010, 4, 28), "follow-up-2010-q1")
    answer(engine, "quarter-approval-2010-q1", date(2010, 4, 29), MANAGER, AnswerKind.APPROVED)
    assert not [one for one in left(engine, tmp_path) if one[0] > "2010"]
    answer(engine, "quarter-report-2010-q1", date(2010, 5, 4), paper_on=date(2010, 5, 3))
    found = [one for one in left(engine, tmp_path) if one[0] > "2010"]
    what = "Delrapport, kvartal 1 2010, version 1, skickad till bidragsgivaren"
    assert [one[:4] for one in found] == [("2010-05-03", *US, what)]
    assert "follow-up-2010-q1" in found[0][4]
    engine.dispose()


def test_each_sending_of_a_report_names_the_version_that_was_approved_by_then(tmp_path: Path) -> None:
    engine = a_grant(tmp_path)
    acts = acts_of(engine)
    for stage in ("followed up", "drafted"):
        acts[stage]()
    keep(engine, tmp_path, "final-report", date(2011, 1, 10))
    acts["committee approved"]()
    acts["sent"]()
    for kind in (AnswerKind.WITHDRAWN, AnswerKind.RETURNED):
        answer(engine, "draft-approval", date(2011, 1, 20), SECRETARY, kind, note="Fel.")
    answer(engine, "draft", date(2011, 1, 21), data={**FIGURES, "spent": "119 000"})
    keep(engine, tmp_path, "final-report", date(2011, 1, 21))
    answer(engine, "draft-approval", date(2011, 1, 24), SECRETARY, AnswerKind.APPROVED)
    answer(engine, "final-report", date(2011, 1, 25))
    end = [one[0::3] for one in left(engine, tmp_path) if one[0] > "2011"]
    assert end == [
        ("2011-01-19", "Slutrapporten, version 1, skickad till bidragsgivaren"),
        ("2011-01-25", "Slutrapporten, version 2, skickad till bidragsgivaren"),
    ]
    engine.dispose()


def test_files_are_of_the_offices_day_on_which_they_came(tmp_path: Path) -> None:
    engine = a_grant(tmp_path)
    acts = acts_of(engine)
    for stage in ("followed up", "drafted", "committee approved"):
        acts[stage]()
    sent_on, night = date(2011, 1, 19), date(2011, 1, 20)
    answer(engine, "final-report", sent_on, files=(the_file(tmp_path, PDF, "forst.pdf"),))
    answer(engine, "final-report-approval", sent_on, OWNER, AnswerKind.RETURNED, note="Underskrift.")
    signed = Answer("REF-1", "final-report", files=(the_file(tmp_path, PDF + b"%", "sedan.pdf"),))
    perform(engine, signed, OWNER, Clock(night, at(night, 0)))  # it is the day before in UTC
    lines = index(engine, tmp_path)
    end = [
        (one["Datum"], one["Beskrivning"].partition(",")[0]) for one in lines if one["Datum"] > "2011-01-18"
    ]
    assert sorted(one for one in end if ".pdf" in one[1]) == [
        *[("2011-01-19", "forst.pdf")] * 2,
        *[("2011-01-20", "sedan.pdf")] * 2,
    ]
    engine.dispose()


@pytest.mark.parametrize(("last_day", "on"), [("2009-09-15", "2009-09-15"), ("2009-11-20", "2009-11-05")])
def test_application_that_the_decision_settles_left_by_the_last_day_to_apply(
    tmp_path: Path, last_day: str, on: str
) -> None:
    engine = a_database(tmp_path)
    open_grants(engine, an_entry(dates={"applied_on": {"on": last_day}}))
    decide(engine)
    says = "Ansökan, skickad till bidragsgivaren senast den dagen"
    assert left(engine, tmp_path) == [(on, *US, says, "")]
    # A claim says its own day; what it is made of does not leave.
    claim(engine, date(2009, 11, 18), 1)
    assert [one[0] for one in left(engine, tmp_path)] == [on, "2009-11-18"]
    engine.dispose()


def test_repayment_leaves_by_its_document_and_never_by_the_funders_invoice(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    entry = an_entry(
        programme="home-visits-2024", period_start_on=date(2024, 1, 1), period_end_on=date(2024, 12, 31)
    )
    open_grants(engine, entry, on=date(2024, 1, 8))
    decide(engine, on=date(2024, 1, 10), amount_minor=50_000_000)
    claim(engine, date(2024, 1, 15), 1)
    pay(engine, date(2024, 2, 1), 1)
    answer(engine, "spending", date(2024, 12, 30), data={"spent": "450 000"})
    answer(engine, "final-report", date(2025, 2, 28))
    back = date(2025, 3, 3)
    keep(engine, tmp_path, "repayment", back)
    answer(engine, "repayment", back, files=(the_file(tmp_path, PDF, "faktura.pdf"),))
    found = [one[0::3] for one in left(engine, tmp_path) if one[0] > "2025-03"]
    what = "Återbetalning av det som inte har använts, version 1, skickad till bidragsgivaren"
    assert found == [("2025-03-03", what)]
    engine.dispose()
