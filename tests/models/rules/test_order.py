"""Hold which steps concern nobody before the award."""

from datetime import date

import pytest

from models.rules.steps.order import has_come

AWARDED = date(2009, 11, 5)


@pytest.mark.parametrize(
    ("phase", "kinds", "before_award"),
    [
        # An application is what an award comes of, and a body may have to approve it.
        ("application", ("report", "approval"), True),
        # The funder's decision is asked for, or a supplement to the application; there is nothing to claim.
        ("decision", ("funder", "report"), True),
        ("decision", ("claim", "payment"), False),
        ("follow-up", ("report", "funder"), False),
        ("final-report", ("report", "approval"), False),
        ("release", ("claim", "report", "repayment", "recovery"), False),
    ],
)
def test_step_concerns_somebody(phase: str, kinds: tuple[str, ...], before_award: bool) -> None:
    for kind in kinds:
        assert has_come(phase, kind, None) is before_award, kind
        assert has_come(phase, kind, AWARDED) is True
