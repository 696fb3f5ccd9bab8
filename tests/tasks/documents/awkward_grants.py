"""Live two grants that are hard on a page: twelve quarters, forty questions, odd signs, two bodies, euros and yen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from models.rules.dates.calendar import add_months
from models.vocabulary import AnswerKind
from tests.builders import a_database
from tests.grant_scenes import (
    FIGURES,
    OWNER,
    SECRETARY,
    a_staff,
    an_entry,
    answer,
    bring_in,
    claim,
    decide,
    open_grants,
    pay,
)
from tests.plan_files import plan_of_reference, steps_of, write_plan

REFERENCE, LAST_DAY = "REF/Å-1 2", date(2013, 3, 1)
BEFORE_COMMITTEE = date(2011, 1, 17)  # of the reference case
ODD = "Åäö & <b>”ß–½’</b> … №\N{NO-BREAK SPACE}7 {{ x }} {% y %}"
LONG = (
    f"{ODD} Ett stycke som är långt nog att gå över flera rader, med Donaudampfschifffahrtsgesellschaftskapitän i sig. "
    * 3
)


@dataclass(frozen=True, slots=True)
class Awkward:
    """An awkward grant: its currency, award, what came of the first part, and what each quarter cost."""

    currency: str
    minor: int  # minor units in one of the currency
    award: int
    came: int
    spent: int


# Of 1,000 that the funder lets be, the euros are above and the yen below.
EUROS = Awkward("EUR", 100, 500_000, 390_000, 30_000)
YEN = Awkward("JPY", 1, 5_000_000, 3_990_000, 332_425)


def live(folder: Path, grant: Awkward) -> Engine:
    """Live the grant until its report is approved by everybody, in a database in the folder."""
    programme = folder / "awkward.yaml"
    write_plan(programme, _programme(grant))
    engine = a_database(folder)
    entry = an_entry(
        REFERENCE,
        title=f"Samordning {ODD}",
        programme=str(programme),
        period_end_on=date(2012, 12, 31),
        funder_reference="№ 801-2009-99 / Ö",
    )
    open_grants(
        engine, entry, people=a_staff(coordinator={"phone": "08-000 00 00", "title": f"handläggare, {ODD}"})
    )
    bring_in(
        engine,
        organisations=[{"key": "board", "names": [{"name": "Arbetsutskottet"}]}],
        meetings=[
            {"body": "board", "held_on": date(2013, 1, 15)},
            {"body": "committee", "held_on": date(2013, 1, 22)},
        ],
    )
    answer(engine, "application", date(2009, 9, 15), reference=REFERENCE, data={"applied_for": grant.award})
    decide(
        engine,
        reference=REFERENCE,
        amount_minor=grant.award * grant.minor,
        purpose=LONG,
        conditions=LONG,
        dates={"final_report_on": date(2013, 1, 31)},
    )
    claim(engine, date(2009, 11, 18), 1, reference=REFERENCE)
    pay(engine, date(2009, 12, 11), 1, reference=REFERENCE, amount_minor=grant.came * grant.minor)
    _report(engine, grant)
    return engine


def _report(engine: Engine, grant: Awkward) -> None:
    """Hand in the twelve quarters, the last with the draft, and have the report approved."""
    data = {**FIGURES, "spent": str(grant.spent), "activities": LONG}
    for number in range(11):
        year, quarter = 2010 + number // 4, number % 4 + 1
        on = add_months(date(year, 3 * quarter, 1), 1).replace(day=20)
        said = {
            **data,
            **dict(_answers(number)),
            "persons_under_18": 2 + number,
            "reports_to_social_services": 3 + number,
        }
        answer(engine, f"follow-up-{year}-q{quarter}", on, reference=REFERENCE, data=said)
    last = {**data, "summary": LONG, "views": f"{LONG}\n\n{LONG}"}
    answer(engine, "draft", date(2013, 1, 8), reference=REFERENCE, data=last)
    for step, on, by in (
        ("board-approval", date(2013, 1, 15), SECRETARY),
        ("draft-approval", date(2013, 1, 22), SECRETARY),
    ):
        answer(engine, step, on, by, AnswerKind.APPROVED, REFERENCE)
    answer(engine, "final-report", date(2013, 1, 25), reference=REFERENCE)
    answer(engine, "final-report-approval", date(2013, 2, 20), OWNER, AnswerKind.APPROVED, REFERENCE)


def _programme(grant: Awkward) -> dict[str, Any]:
    """Return the reference case's programme with all that is awkward in it."""
    found = plan_of_reference() | {
        "programme": "awkward",
        "currency": grant.currency,
        "title": {"sv": f"Medel {ODD}", "en": f"Funds {ODD}"},
    }
    found["bodies"]["board"] = {
        "title": {"sv": "arbetsutskottet", "en": "the working committee"},
        "organisation": "board",
    }
    steps = steps_of(found)
    for step in steps.values():
        for question in step.get("questions", ()):
            question.pop("column", None)
            question.pop("checks", None)
    steps["follow-up"]["questions"] += _questions()
    steps["draft"]["due"] = "5 working days before board-approval"
    board = {
        **steps["draft-approval"],
        "key": "board-approval",
        "body": "board",
        "title": {"sv": "utskottets godkännande", "en": "the working committee's approval"},
        "due": "5 working days before draft-approval",
    }
    steps["draft-approval"]["needs"] = ["board-approval"]
    found["steps"].insert(found["steps"].index(steps["draft-approval"]), board)
    below = "999" if grant.minor == 1 else "999.99"  # a thousand is the least that is paid back
    found["steps"].append(
        {
            "key": "payback",
            "phase": "release",
            "kind": "repayment",
            "title": {"sv": "återbetalning", "en": "repayment"},
            "todo": {"sv": "Betala tillbaka.", "en": "Pay back."},
            "due": "30 days after final-report-approval.done",
            "repays": f"paid less follow-up.spent and draft.spent if over {below}",
        }
    )
    return found


def _questions() -> list[dict[str, Any]]:
    """Return what the follow-up asks more: thirty-five numbers, texts and sums."""
    kinds = ("number", "text", "money")
    return [
        {
            "key": f"more_{number}",
            "title": {"sv": f"Fråga {number}: antal {ODD}", "en": f"Question {number}: number of {ODD}"},
            "kind": kinds[number % 3],
            "required": False,
        }
        for number in range(35)
    ]


def _answers(quarter: int) -> Iterator[tuple[str, object]]:
    """Yield answers to them; some are left empty in some quarters."""
    for number in range(35):
        if (number + quarter) % 7:
            yield (
                f"more_{number}",
                (number * quarter * 1_234, LONG if number < 9 else ODD, f"{number * 98_765}")[number % 3],
            )
