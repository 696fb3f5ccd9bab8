"""What a step's figures are held against: what was paid, the step's days, and what the grant's other steps answered."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from models.errors import AnswerRefused
from models.rules.answers.figure_checks import Misfit
from models.tables.columns import table_of
from models.tables.step import Figure
from models.vocabulary import StepStatus
from tasks.commands.answers.outliers import list_outliers
from tasks.grant.money import spending_on
from tasks.grant.records import read_records
from tasks.store.database import reading, transaction
from tasks.words.reasons import word_error
from tasks.words.translator import plain_spaces, translator
from tests.builders import a_database
from tests.grant_scenes import STEP, an_entry, answer, at, bring_in, claim, decide, open_grants, pay, steps

Q2, LATE = date(2010, 7, 5), date(2010, 9, 1)
PROGRAMME = Path(__file__).parents[2] / "programmes" / "every-check.yaml"
W = "says: {sv: Stämmer inte., en: Does not hold.}"
# The last quarter is reported within the final report.
MORE = f"""\
    questions:
      - key: spent
        title: {{sv: Kostnader, en: Spending}}
        kind: money
        checks: [{{key: within_award, test: at most award so far, {W}}}]
      - key: staff
        title: {{sv: Tjänster, en: Posts}}
        checks: [{{key: staff_at_last, test: equals follow-up.staff, {W}}}]
      - key: closed_on
        title: {{sv: Sista dag, en: Last day}}
        kind: date
        checks: [{{key: closed_within, test: in period, {W}}}]
"""
DATA: dict[str, Any] = {
    "reports": 14,
    "under_18": 10,
    "over_18": 4,
    "meetings": 20,
    "staff": 2,
    "spent": 100_000,
    "met_on": "2010-03-31",
    "booked_on": "2010-03-31",
}


def a_grant(folder: Path, fold: str, last: date) -> Engine:
    """Return a database with a grant of which four fifths are paid."""
    text = PROGRAMME.read_text(encoding="utf-8")
    final = text.index("  - key: final-report")
    begins, ends = text.index("    questions:", final), text.index("  - key: final-report-approval")
    text = (text[:begins] + MORE + text[ends:]).replace("    each: quarter\n", f"    each: quarter\n{fold}")
    text = text.replace("en: Full-time posts}\n", "en: Full-time posts}\n        over_periods: last\n")
    own = folder / "own.yaml"
    own.write_text(text, encoding="utf-8")
    engine = a_database(folder)
    open_grants(engine, an_entry(programme=str(own), dates={}, period_end_on=last))
    decide(engine, amount_minor=50_000_000, dates={"final_report_on": date(2010, 12, 30)})
    claim(engine, date(2009, 11, 18), 1)
    pay(engine, date(2009, 12, 11), 1)
    return engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    found = a_grant(tmp_path, "", date(2010, 6, 30))
    yield found
    found.dispose()


def found(engine: Engine, step: str, on: date, **given: object) -> dict[str, Misfit]:
    """Return how an answer would not fit, by the check."""
    return {one.check.key: one.misfit for one in list_outliers(engine, "REF-1", step, given, on)}


def test_spending_is_held_against_what_was_paid_in_whole_units(engine: Engine) -> None:
    odd = found(engine, "follow-up-2010-q1", Q2, **DATA | {"spent": "400 000,01"})
    assert [*odd] == ["within_paid"]
    assert (odd["within_paid"].given, odd["within_paid"].limit) == (Decimal("400000.01"), Decimal(400_000))
    assert found(engine, "follow-up-2010-q1", Q2, **DATA | {"spent": 400_000}) == {}


@pytest.mark.parametrize(
    ("language", "said"),
    [("sv", "400 000,01 är mer än 400 000"), ("en", "400,000.01 is more than 400,000")],
)
def test_answer_is_refused_with_its_figures_in_the_readers_words(
    engine: Engine, language: str, said: str
) -> None:
    with pytest.raises(AnswerRefused) as refused:
        answer(engine, "follow-up-2010-q1", Q2, data=DATA | {"spent": "400 000,01"})
    assert said in plain_spaces(word_error(translator(language), refused.value))


def test_quarter_counts_together_with_the_earlier_ones_alone(engine: Engine) -> None:
    later = DATA | {"met_on": "2010-06-30", "booked_on": "2010-06-30"}
    answer(engine, "follow-up-2010-q2", Q2, data=later)
    assert found(engine, "follow-up-2010-q1", Q2, **DATA | {"spent": 400_000}) == {}
    answer(engine, "follow-up-2010-q1", Q2, data=DATA)
    odd = found(engine, "follow-up-2010-q2", Q2, **later | {"spent": 300_001})
    assert odd["within_paid"].given == Decimal(400_001)


def test_day_is_held_against_the_quarter_or_all_of_the_grants_time(engine: Engine) -> None:
    (odd,) = found(engine, "follow-up-2010-q1", Q2, **DATA | {"met_on": "2010-04-01"}).values()
    assert odd.limit == (date(2010, 1, 1), date(2010, 3, 31))
    for day in ("2009-12-31", "2010-07-01"):
        (odd,) = found(engine, "final-report", LATE, spent=1, staff=1, closed_on=day).values()
        assert odd.limit == (date(2010, 1, 1), date(2010, 6, 30))
    assert found(engine, "final-report", LATE, spent=1, staff=1, closed_on="2010-04-01") == {}


def test_answer_of_several_quarters_is_what_their_question_says(engine: Engine) -> None:
    answer(engine, "follow-up-2010-q1", Q2, data=DATA)
    days = {"met_on": "2010-06-30", "booked_on": "2010-06-30"}
    answer(engine, "follow-up-2010-q2", Q2, data=DATA | days | {"staff": 3})
    given = {"spent": 500_000, "closed_on": "2010-06-30"}
    assert found(engine, "final-report", LATE, **given, staff=3) == {}
    assert found(engine, "final-report", LATE, **given, staff=5)["staff_at_last"].limit == Decimal(3)


def test_report_that_takes_in_the_last_quarter_goes_on_from_those_before(tmp_path: Path) -> None:
    engine = a_grant(tmp_path, "    last: {into: final-report}\n", date(2010, 9, 30))
    days = {"met_on": "2010-06-30", "booked_on": "2010-06-30"}
    answer(engine, "follow-up-2010-q1", Q2, data=DATA)
    answer(engine, "follow-up-2010-q2", Q2, data=DATA | days)
    odd = found(engine, "final-report", date(2010, 11, 15), spent=300_001, staff=2, closed_on="2010-09-30")
    assert [*odd] == ["within_award"]
    assert odd["within_award"].given == Decimal(500_001)
    engine.dispose()


def test_accounts_are_those_of_the_question_up_to_the_step(engine: Engine) -> None:
    one, two = (steps(engine)[f"follow-up-2010-q{quarter}"].id for quarter in (1, 2))
    with transaction(engine) as connection:
        for step, question, accounts in (
            (one, "spent", {"5010": "900"}),
            (one, "bought", {"5460": "100"}),
            (two, "spent", {"5460": "7"}),
            (two, "bought", {"5460": "50.25"}),
        ):
            figure = {"step_id": step, "question": question, "accounts": accounts, "value": "1", "period": ""}
            figure |= {"source": "ledger.csv", "sha256": None, "gathered_at": at(Q2)}
            connection.execute(insert(table_of(Figure)).values(**figure))

    def so_far(step: int | None, question: str | None) -> list[tuple[str, int, int]]:
        assert step is not None
        with reading(engine) as connection:
            records = read_records(connection, {1})
            spending = spending_on(records[1], records.steps_by_id[step], question)
        return [(account.account, account.spent_minor, account.so_far_minor) for account in spending]

    assert so_far(one, "bought") == [("5460", 10_000, 10_000)]
    assert so_far(two, "bought") == [("5460", 5_025, 15_025)]
    assert so_far(two, None) == [("5010", 0, 90_000), ("5460", 700, 700)]
    with transaction(engine) as connection:
        connection.execute(update(STEP).where(STEP.c.id == one).values(status=StepStatus.SKIPPED))
    assert so_far(two, "bought") == [("5460", 5_025, 5_025)]


def test_two_reports_of_one_quarter_count_once(engine: Engine) -> None:
    """What an account of the costs tells of a quarter, its follow-up told already: the next one's own kind counts."""
    one, two = (steps(engine)[f"follow-up-2010-q{quarter}"] for quarter in (1, 2))
    twice = steps(engine)["final-report"]
    with transaction(engine) as connection:
        same = {name: one._mapping[name] for name in ("period", "period_start_on", "period_end_on")}
        connection.execute(
            update(STEP).where(STEP.c.id == twice.id).values(**same, position=one.position + 1)
        )
        for step, sum_ in ((one, "900"), (twice, "950"), (two, "7")):
            figure = {"step_id": step.id, "question": "spent", "accounts": {"5010": sum_}, "value": "1"}
            figure |= {"source": "ledger.csv", "sha256": None, "period": "", "gathered_at": at(Q2)}
            connection.execute(insert(table_of(Figure)).values(**figure))
        records = read_records(connection, {1})
        found = {
            one.id: spending_on(records[1], records.steps_by_id[one.id], "spent") for one in (twice, two)
        }
    assert [(one.spent_minor, one.so_far_minor) for one in found[twice.id]] == [(95_000, 95_000)]
    assert [(one.spent_minor, one.so_far_minor) for one in found[two.id]] == [(700, 90_700)]


def test_budget_of_another_grant_is_not_this_ones(engine: Engine) -> None:
    line = {"reference": "REF-2", "account": "5460", "amount": 10}
    bring_in(engine, grants=[an_entry("REF-2")], budgets=[line])
    assert found(engine, "follow-up-2010-q1", Q2, **DATA, bought=1_000) == {}
    bring_in(engine, budgets=[line | {"reference": "REF-1"}])
    assert [*found(engine, "follow-up-2010-q1", Q2, **DATA, bought=11)] == ["budget"]
    assert [*found(engine, "follow-up-2010-q1", Q2, **DATA, bought=12)] == ["purpose"]
