"""Check whose a date is, by what it may be moved, and that the right to money lapses on the funder's alone."""

from datetime import date

import pytest

from models.facts.receipt import Source, event_source, our_choice, term
from models.rules.dates.extension import Grounds, Whose, decide_date_owner, decide_word, lapses_after
from models.vocabulary import StepKind
from tests.rule_builders import a_planned_step

ON = date(2010, 11, 8)
CALL = Grounds(told_by="Maria Ek", told_on=ON)


@pytest.mark.parametrize(
    ("source", "kind", "to_funder", "whose"),
    [
        pytest.param("the terms, 4", StepKind.REPORT, True, "funders", id="written"),
        pytest.param(event_source("decision", ON), StepKind.REPORT, True, "funders", id="decided"),
        pytest.param(term("extension", paper="1", why=""), StepKind.REPORT, True, "funders", id="extended"),
        pytest.param(event_source("return", ON), StepKind.REPORT, True, "funders", id="sent back"),
        pytest.param(
            event_source("withdrawal", ON), StepKind.REPORT, True, "until_said", id="approval withdrawn"
        ),
        pytest.param(our_choice("i tid", "in time"), StepKind.REPORT, True, "ours", id="chosen"),
        pytest.param(event_source("withdrawal", ON), StepKind.REPORT, False, "ours", id="inside the house"),
        pytest.param("the terms, 4", StepKind.APPROVAL, False, "ours", id="of a body of ours"),
        pytest.param("the terms, 4", StepKind.CLAIM, False, "funders", id="a claim"),
    ],
)
def test_date_is(source: Source, kind: StepKind, to_funder: bool, whose: str) -> None:
    step = a_planned_step(kind=kind, receipt={"source": source})
    assert decide_date_owner(step, to_funder=to_funder) is Whose(whose)


@pytest.mark.parametrize(
    ("whose", "grounds", "word"),
    [
        pytest.param(Whose.FUNDERS, Grounds(" "), "none", id="the funder's by nothing"),
        pytest.param(Whose.FUNDERS, Grounds(told_by="Maria Ek"), "none", id="a call without a day"),
        pytest.param(Whose.FUNDERS, CALL, "call", id="the funder's by a call"),
        pytest.param(Whose.FUNDERS, Grounds("Dnr 1"), "paper", id="the funder's by paper"),
        pytest.param(Whose.OURS, Grounds("Dnr 1"), "own", id="ours, whatever is said"),
        pytest.param(Whose.UNTIL_SAID, Grounds(), "own", id="ours until the funder says one"),
        pytest.param(Whose.UNTIL_SAID, Grounds("Dnr 1"), "paper", id="the funder said one"),
    ],
)
def test_date_moves_by(whose: Whose, grounds: Grounds, word: str) -> None:
    assert decide_word(grounds, whose) == word


DUE_ON = date(2010, 12, 15)


@pytest.mark.parametrize(
    ("source", "is_funders"),
    [
        pytest.param(None, True, id="of the rule"),
        pytest.param("the terms, 4", True, id="written in the terms"),
        pytest.param(event_source("decision", date(2010, 1, 8)), True, id="given by the decision"),
        pytest.param(term("extension", paper="2010/12", why="illness"), True, id="extended by the funder"),
        pytest.param(our_choice("i tid", "in time"), False, id="chosen by us"),
        pytest.param(event_source("return", date(2010, 11, 8)), False, id="after a return"),
        pytest.param(event_source("withdrawal", date(2010, 11, 8)), False, id="after a withdrawal"),
    ],
)
def test_right_to_money_lapses_on_a_day_of_the_funders(source: Source | None, is_funders: bool) -> None:
    assert lapses_after(DUE_ON, source, lapses=True) == (DUE_ON if is_funders else None)
    assert lapses_after(DUE_ON, source, lapses=False) is None
