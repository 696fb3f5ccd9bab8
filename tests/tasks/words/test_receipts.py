"""Why a date is what it is, as letters and pages say it to a reader."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.facts.letter import Ahead, StepName, Task
from models.facts.receipt import AnchorKind, Receipt, Source, WhyDue, our_choice, term
from models.vocabulary import StepKind
from tasks.words.receipts import ReceiptWords
from tests.rule_builders import reference_programme

FUNDS = reference_programme()
TODAY = date(2011, 1, 13)
DUE_ON = date(2011, 1, 20)


def why(
    form: str,
    anchor: str = AnchorKind.WRITTEN,
    title: str = "",
    *,
    definite: str = "",
    choice: bool = False,
    assumed: bool = False,
    set_by: Source | None = None,
    anchor_on: str | None = "2010-12-31",
    **values: object,
) -> WhyDue:
    """A receipt whose date counts from 31 December 2010."""
    made = () if set_by is None else (term("set", day=DUE_ON, by=set_by),)
    given = {"source": set_by or ""} | values
    receipt = Receipt(form, anchor_on=anchor_on, made=made, **given)  # type: ignore[arg-type]
    counted = AnchorKind(anchor)
    due = WhyDue(receipt, FUNDS, "final-report", DUE_ON, counted, title, "Länsstyrelsen", choice, assumed)
    return replace(due, anchor_definite=definite)


WORDS = Path(__file__).parents[2] / "programmes" / "receipt-words.yaml"


@pytest.mark.parametrize(
    "case", yaml.safe_load(WORDS.read_text(encoding="utf-8")), ids=lambda case: case["en"]
)
def test_receipt_in_words(case: dict[str, Any]) -> None:
    receipt = why(**case["of"])
    assert ReceiptWords("sv", FUNDS, TODAY).why(receipt) == case["sv"]
    assert ReceiptWords("en", FUNDS, TODAY).why(receipt) == case["en"]


def test_settled_step_says_nothing_of_what_is_still_to_be_found_out() -> None:
    chosen = why("on", AnchorKind.GRANT_END, choice=True, source=our_choice("en vecka", "a week"))
    assert ReceiptWords("en", FUNDS, TODAY).why(chosen, settled=True) == (
        "The end of the grant period on 31 December 2010."
    )


REPORT = StepName("slutrapport", StepKind.REPORT, definite="slutrapporten")


@pytest.mark.parametrize(
    ("task", "by", "said"),
    [
        (Task.READ, "Lars Ek", "Så att Lars Ek hinner läsa senast den 20 januari. Vårt eget datum."),
        (
            Task.SIGN,
            "Helena Strand",
            "Så att Helena Strand hinner skriva under senast den 20 januari. Vårt eget datum.",
        ),
        (
            Task.AGENDA_ITEM,
            "Socialnämnden",
            "Så att Socialnämnden kan besluta den 20 januari. Vårt eget datum.",
        ),
        (
            Task.SEND,
            "Anna Lind",
            "Så att slutrapporten hinner skickas senast den 20 januari. Vårt eget datum.",
        ),
        (Task.READ, "", "Så att slutrapporten hinner göras senast den 20 januari. Vårt eget datum."),
    ],
)
def test_day_of_ours_says_for_what_it_leaves_time(task: Task, by: str, said: str) -> None:
    words = ReceiptWords("sv", FUNDS, TODAY)
    assert words.our_day(Ahead(task, REPORT, by, DUE_ON)) == said
    assert words.our_day(None) == "Vårt eget datum."
    # Once that day is over, nothing is said of it as if it were to come.
    then = ReceiptWords("sv", FUNDS, DUE_ON + timedelta(days=1)).our_day(Ahead(task, REPORT, by, DUE_ON))
    assert "skulle" in then
    assert "hinner" not in then
