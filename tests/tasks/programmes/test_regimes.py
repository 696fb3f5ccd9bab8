"""Hold that the funders' published rules, said as programme files, come to the dates that people work out by hand."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from deployments.shipped_files import PROGRAMMES
from models.programme.plan import Programme
from models.rules.dates.anchors import KnownDate
from models.rules.dates.plan import plan_steps
from models.rules.dates.selection import PlanFacts
from models.rules.money.risk import find_losses
from tasks.programmes.files import OFFICE
from tasks.programmes.sample_award import sample_awards
from tasks.programmes.strict_yaml import read_yaml
from tests.plan_files import read_plan
from tests.receipt_words import in_words
from tests.rule_builders import reference_programme

HERE = Path(__file__).parents[2] / "programmes"
AWARDS, STRANGERS = (
    read_yaml((HERE / name).read_text(encoding="utf-8"))[0]
    for name in ("worked-dates.yaml", "strangers.yaml")
)


SHIPPED = sorted(path.stem for path in PROGRAMMES.glob("*.yaml") if not path.stem.endswith(OFFICE))


def days(given: dict[str, str]) -> dict[str, date]:
    return {name: date.fromisoformat(day) for name, day in given.items()}


@pytest.mark.parametrize("award", AWARDS, ids=lambda award: f"{award['programme']} to {award['period'][1]}")
def test_award_gets_the_dates_worked_out_by_hand(award: dict[str, Any]) -> None:
    hold_dates(reference_programme(award["programme"]), award)


@pytest.mark.parametrize(
    "award", STRANGERS, ids=lambda award: f"{award['programme']} to {award['period'][1]}"
)
def test_regime_that_nobody_listed_can_be_said(award: dict[str, Any]) -> None:
    hold_dates(stranger(award["programme"]), award)


@pytest.mark.parametrize("name", sorted({award["programme"] for award in STRANGERS}))
def test_whatever_such_a_regime_asks_can_be_done_in_the_end(name: str) -> None:
    """Nothing waits for what never comes: six awards, each of another month, length and day, large and small."""
    for sample in sample_awards(stranger(name), every=11):
        assert [one.key for one in sample.planned if one.due_on is None] == []


@cache
def stranger(name: str) -> Programme:
    """Return a programme as others wrote it."""
    return read_plan(HERE / "strangers" / f"{name}.yaml")


def hold_dates(programme: Programme, award: dict[str, Any]) -> None:
    """Hold the plan of an award to the days and words that are expected of it."""
    dates = {name: KnownDate(day, "the decision letter") for name, day in days(award["dates"]).items()}
    first, last = (date.fromisoformat(day) for day in award["period"])
    sum_minor = int(award["award"]) * 100 if "award" in award else None
    facts = PlanFacts(dates, first, last, days(award.get("done", {})), award_minor=sum_minor)
    plan = {step.key: step for step in plan_steps(programme, facts)}
    for key, expected in award["due"].items():
        day, _, words = expected.partition(" ")
        found = in_words(plan[key].receipt, "en", programme, plan[key].rule.due)
        assert (key, str(plan[key].due_on)) == (key, day)
        assert words in " | ".join((found.rule, found.arithmetic, found.source, *found.warnings))
    for key, prices in award.get("lost", {}).items():
        step = plan[key]
        lost = find_losses(step.rule.late, step.due_on or date.max, None)
        assert [f"{one.from_on} {one.share}" for one in lost] == prices
    assert not plan.keys() & set(award.get("not", ()))


def test_every_programme_has_a_worked_award() -> None:
    worked = {award["programme"] for award in AWARDS}
    texts = {name: (PROGRAMMES / f"{name}.yaml").read_text(encoding="utf-8") for name in SHIPPED}
    assert [name for name, text in texts.items() if "\nexamples:" not in text and name not in worked] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_receipts_are_said_in_both_languages(name: str) -> None:
    programme = reference_programme(name)
    known = {name: KnownDate(date(2010, 6, 1)) for name in (*programme.dates, "decided_on")}
    for step in plan_steps(programme, PlanFacts(known, date(2010, 1, 1), date(2011, 6, 30))):
        english, swedish = (in_words(step.receipt, one, programme, step.rule.due) for one in ("en", "sv"))
        assert swedish.rule
        assert swedish.rule != english.rule
        assert len(swedish.warnings) == len(english.warnings) == len(step.receipt.notes)
