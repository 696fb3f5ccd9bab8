"""Hold that a grant's periods are those that its decision lists, from the award on and as later letters have it."""

from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from models.vocabulary import AnswerKind, DecisionKind, StepStatus
from tasks.words.translator import translator
from tests.database_kinds import on_both
from tests.grant_scenes import OWNER, an_entry, answer, bring_in, decide, open_grants, parts, steps, told

LISTED = str(Path(__file__).parents[2] / "programmes" / "listed.yaml")
SPRING, AUTUMN = date(2010, 4, 30), date(2010, 9, 30)


def open_listed(engine: Engine, **dates: date) -> None:
    """Open a grant of 2010, decided, whose decision gives these days."""
    open_grants(engine, an_entry(programme=LISTED))
    decide(engine, amount_minor=50_000_000, dates={f"{name}_on": day for name, day in dates.items()})


def reports(engine: Engine) -> dict[str, date | None]:
    """Return the reports that are asked for, and when each is due."""
    return {
        key: row.due_on
        for key, row in steps(engine).items()
        if row.template_key == "report" and row.status is not StepStatus.CANCELLED
    }


@on_both
def test_periods_are_those_that_the_decision_lists(engine: Engine) -> None:
    open_listed(engine, spring=SPRING, autumn=AUTUMN, winter=date(2010, 12, 31))
    assert reports(engine) == {"report-1": date(2010, 5, 30), "report-2": date(2010, 10, 30)}
    assert [row.period for row in parts(engine)] == ["1", "2", "3"]
    answer(engine, "report-1", date(2010, 5, 10), data={"spent": "1000"})
    answer(engine, "report-approval-1", date(2010, 5, 20), kind=AnswerKind.APPROVED)
    answer(engine, "final-report", date(2011, 1, 10), data={"spent": "2000"})
    assert [row.amount_minor for row in parts(engine)] == [100_000, None, 200_000]


@on_both
def test_step_waits_for_a_list_that_is_missing_and_is_told_of(engine: Engine) -> None:
    open_listed(engine)
    assert reports(engine) == {"report": None}
    assert parts(engine) == []
    assert told(engine, "date_missing") == [("report", "date-missing-spring_on", OWNER)]
    decide(engine, DecisionKind.AMENDMENT, date(2010, 1, 10), dates={"spring_on": SPRING})
    # The one day that is listed ends the first period; what is left is told in the final report.
    assert reports(engine) == {"report-1": date(2010, 5, 30)}
    assert [row.period for row in parts(engine)] == ["1", "2"]


@on_both
def test_last_listed_period_goes_on_with_a_longer_grant(engine: Engine) -> None:
    open_listed(engine, spring=SPRING, autumn=AUTUMN)
    assert reports(engine) == {"report-1": date(2010, 5, 30), "report-2": date(2010, 10, 30)}
    longer = an_entry(programme=LISTED, period_end_on=date(2011, 3, 31))
    bring_in(engine, date(2010, 6, 1), grants=[longer])
    assert steps(engine)["final-report"].due_on == date(2011, 5, 31)
    assert reports(engine) == {"report-1": date(2010, 5, 30), "report-2": date(2010, 10, 30)}
    decide(engine, DecisionKind.AMENDMENT, date(2010, 6, 2), dates={"winter_on": date(2011, 3, 31)})
    assert reports(engine) == {"report-1": date(2010, 5, 30), "report-2": date(2010, 10, 30)}


def test_listed_period_is_called_by_its_number() -> None:
    assert [translator(one).period("2") for one in ("sv", "en")] == ["period 2", "period 2"]
