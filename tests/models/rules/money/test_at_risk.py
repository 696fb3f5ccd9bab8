"""Check on which day the right to money lapses: on the funder's, never on one of ours."""

from datetime import date

import pytest

from models.facts.receipt import Source, happened, our_choice, term
from models.rules.dates.whose import lapses_after

DUE_ON = date(2010, 12, 15)


@pytest.mark.parametrize(
    ("source", "is_funders"),
    [
        pytest.param(None, True, id="of the rule"),
        pytest.param("the terms, 4", True, id="written in the terms"),
        pytest.param(happened("decision", date(2010, 1, 8)), True, id="given by the decision"),
        pytest.param(term("extension", paper="2010/12", why="illness"), True, id="extended by the funder"),
        pytest.param(our_choice("i tid", "in time"), False, id="chosen by us"),
        pytest.param(happened("return", date(2010, 11, 8)), False, id="after a return"),
        pytest.param(happened("withdrawal", date(2010, 11, 8)), False, id="after a withdrawal"),
    ],
)
def test_right_to_money_lapses_on_a_day_of_the_funders(source: Source | None, is_funders: bool) -> None:
    assert lapses_after(DUE_ON, source, lapses=True) == (DUE_ON if is_funders else None)
    assert lapses_after(DUE_ON, source, lapses=False) is None
