"""Hold which steps concern nobody before the award."""

from __future__ import annotations

from datetime import date

import pytest

from models.rules.steps.order import has_come

AWARDED = date(2009, 11, 5)


@pytest.mark.parametrize(
    ("phase", "kind", "before_award"),
    [
        pytest.param("application", "report", True, id="an application is what an award comes of"),
        pytest.param("application", "approval", True, id="a body may have to approve the application"),
        pytest.param("decision", "funder", True, id="the funder's decision is asked for"),
        pytest.param("decision", "report", True, id="a supplement to the application"),
        pytest.param("decision", "claim", False, id="there is nothing to claim, whatever the phase"),
        pytest.param("decision", "payment", False, id="nor to be paid"),
        pytest.param("follow-up", "report", False, id="there is nothing to follow up"),
        pytest.param("follow-up", "funder", False, id="nor for the funder to say of it"),
        pytest.param("final-report", "report", False, id="nothing to report"),
        pytest.param("final-report", "approval", False, id="nor to approve"),
        pytest.param("release", "claim", False, id="nothing to release"),
        pytest.param("release", "report", False, id="nor to close"),
        pytest.param("release", "repayment", False, id="nothing to pay back"),
        pytest.param("release", "recovery", False, id="nor to get back"),
    ],
)
def test_step_concerns_somebody(phase: str, kind: str, before_award: bool) -> None:
    assert has_come(phase, kind, None) is before_award
    assert has_come(phase, kind, AWARDED) is True
