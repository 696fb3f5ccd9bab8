"""Find the step that a form leaves unsaid."""

from datetime import date

import pytest
from sqlalchemy import Engine

from deployments.shipped_files import PROGRAMMES
from tasks.overview.titles import final_approval
from tests.grant_scenes import an_entry, decide, open_grants, steps


@pytest.fixture
def engine_kind() -> str:
    return "sqlite"


def test_approval_of_a_final_report_is_the_committees_and_no_reading_before_it(engine: Engine) -> None:
    programme = str(PROGRAMMES / "development-funds-2009-office.yaml")
    open_grants(engine, an_entry(programme=programme))
    decide(engine, amount_minor=50_000_000, dates={"final_report_on": date(2011, 1, 20)})
    ours = [key for key, step in steps(engine).items() if step.kind == "approval" and not step.with_funder]
    assert len(ours) == 3
    assert final_approval(engine, "REF-1", by_funder=False) == "draft-approval"
    assert final_approval(engine, "REF-1", by_funder=True) == "final-report-approval"
