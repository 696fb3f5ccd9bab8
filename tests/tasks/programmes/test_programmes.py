"""Hold what the shipped programmes and small ones make: their plans, their examples, and versions of their content."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from deployments.shipped_files import PROGRAMMES
from models.errors import ProgrammeInvalid
from models.programme.language.parser import print_rule, read_rule
from models.programme.plan import Programme
from models.programme.question import Words
from models.programme.step import joins
from models.rules.dates.anchors import KnownDate
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.plan import plan_steps
from models.rules.dates.rolling import find_readings
from models.rules.dates.selection import PlanFacts, PlannedStep
from models.rules.steps.prerequisites import list_all_waits
from models.vocabulary import Phase, StepKind
from tasks.programmes.files import OFFICE, ProgrammeRegistry, read_programme
from tasks.programmes.strict_yaml import read_yaml
from tasks.store.programmes import programme_hash
from tests.plan_files import read_plan
from tests.rule_builders import a_planned_step, reference_programme

NAMES = sorted(path.stem for path in PROGRAMMES.glob("*.yaml"))
SHIPPED = [name for name in NAMES if not name.endswith(OFFICE)]
# The version that each shipped file gives: only a change of the file moves it, never one of the language.
DIGESTS = dict(
    line.split()
    for line in (Path(__file__).parents[2] / "programmes" / "digests.txt").read_text("utf-8").splitlines()
)
# Odd plans that a file cannot say, as the database may keep them.
ODD = {path.stem: path for path in (Path(__file__).parents[2] / "programmes" / "good").glob("*.yaml")}
SMALL = """\
programme: small
title: small funds
source: the decision
currency: SEK
country: SE
dates: {final_report: day of the final report}
steps:
  report: {each: quarter, due: 30 days after period_end (the conditions)}
  final-report: {due: at final_report of the decision, approval: funder}
  close: {due: 14 days after balance.paid (our choice)}
payments:
  advance: {share: 80 %}
  balance: {share: rest, needs: final-report.approved}
examples:
  - award: {decision: 2025-11-03, start: 2026-01-01, end: 2026-06-30, sum: 1 000, dates: {final_report: 2026-09-15}}
    gives: {report: [2026-04-30, 2026-07-30], advance: 800, balance: 200}
    source: counted by hand
"""


def read(folder: Path, text: str) -> list[str]:
    """Return the lines that are said of a file of this text, without where they stand; none where it can be read."""
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        read_programme(path)
    except ProgrammeInvalid as invalid:
        return invalid.detail.replace(f"{path}, ", "").splitlines()
    return []


@pytest.mark.parametrize("name", NAMES)
def test_shipped_file_is_read_and_its_examples_hold(name: str) -> None:
    path = PROGRAMMES / f"{name}.yaml"
    programme = read_programme(path)
    assert {Phase.APPLICATION, Phase.DECISION} <= {step.phase for step in programme.steps}
    paid = Counter(step.instalment for step in programme.steps if step.kind is StepKind.PAYMENT)
    assert paid == Counter(one.number for one in programme.instalments)
    content = read_yaml(path.read_text(encoding="utf-8"))[0]
    assert bool(content.get("examples")) == (name in SHIPPED)
    assert programme_hash(programme) == DIGESTS[name], "running grants would be asked to move"


def plan(name: str) -> Programme:
    """Return a shipped programme as grants have it, or an odd plan."""
    return read_plan(ODD[name]) if name in ODD else reference_programme(name)


@pytest.mark.parametrize("name", [*SHIPPED, *ODD])
def test_every_step_is_planned(name: str) -> None:
    programme = plan(name)
    known = {one: KnownDate(date(2010, 6, 1)) for one in (*programme.dates, "decided_on")}
    small = PlanFacts(known, date(2010, 1, 1), date(2011, 6, 30), award_minor=10**8)
    facts = replace(small, award_minor=10**12)
    planned = plan_steps(programme, facts)
    keys = {step.rule.key for step in (*planned, *plan_steps(programme, small))}
    assert keys == {rule.key for rule in programme.steps}


@pytest.mark.parametrize("name", [*SHIPPED, *ODD])
def test_stored_programme_is_read_back_as_it_was(name: str) -> None:
    programme = plan(name)
    assert Programme.model_validate(programme.model_dump(mode="json")) == programme


def test_version_follows_content_not_writing(tmp_path: Path) -> None:
    def version(text: str) -> str:
        assert read(tmp_path, text) == []
        return programme_hash(read_programme(tmp_path / "small.yaml"))

    head, rest = SMALL.split("currency: SEK\n")
    rewritten = f"# a note\ncurrency:   SEK\n{head}{rest}".replace("\n", "\r\n")
    assert version(f"\ufeff{rewritten}") == version(SMALL)
    assert version(SMALL.replace("14 days after", "15 days after")) != version(SMALL)


def test_payments_make_their_steps_and_approvals_go_with_their_reports(tmp_path: Path) -> None:
    assert read(tmp_path, SMALL) == []
    programme = read_programme(tmp_path / "small.yaml")
    assert [f"{step.phase} {step.kind} {step.key} {','.join(step.needs)}" for step in programme.steps] == [
        "application report application ",
        "decision funder funder-decision application",
        "decision claim claim-advance funder-decision",
        "decision payment payment-advance claim-advance",
        "follow-up report report ",
        "final-report report final-report ",
        "final-report approval final-report-approval ",
        "release claim claim-balance final-report-approval",
        "release payment payment-balance claim-balance",
        "release report close payment-balance",
    ]
    assert programme.instalments[1].needs == ("final-report-approval",)
    assert programme.step("claim-balance").title.sv == "rekvisition av sista delen"


def test_payment_of_a_reports_figures_is_claimed_with_the_report_and_no_earlier(tmp_path: Path) -> None:
    text = SMALL.partition("examples:")[0].replace("share: 80 %", "share: 60 % of final-report.spent")
    assert read(tmp_path, text) == []
    claim = read_programme(tmp_path / "small.yaml").step("claim-advance")
    assert (claim.phase, claim.needs, print_rule(claim.due)) == (
        Phase.RELEASE,
        ("final-report",),
        "at final-report",
    )


SUMS = """\
programme: sums
title: sums
source: the decision
currency: SEK
country: SE
steps:
  interim: {due: 1/2 of the grant (the conditions)}
  final: {due: 2 months after grant_end (the conditions), approval: funder}
payments:
  start: {share: 1/3 rounded up to 1 000}
  second: {share: 50 % less what interim.spent lacks of 60 % of paid, needs: interim.done}
  third: {share: rest of 80 % of final.spent, needs: final.approved}
examples:
  - award: {decision: 2025-11-03, start: 2026-01-01, end: 2026-12-31, sum: 100 000}
    answers: {interim.spent: 15 000, final.spent: 100 000}
    gives: {start: 34 000, second: 44 600, third: 1 400}
    source: a third is 33 333.33; 60 % of 34 000 is 20 400, of which 5 400 lack; 80 000 less 78 600 is left
"""


def test_sums_are_rounded_reduced_and_the_rest_of_costs(tmp_path: Path) -> None:
    assert read(tmp_path, SUMS) == []


OFFICE_FILE = """\
programme: small-office
extends: [small]
amounts: {base: {2025: 58 800}}
days_off: next
quiet: 1 July to 31 July
calendar: {2026-05-15: holiday}
bodies: {board: {title: {sv: styrelsen, en: the board}, minutes: 10 days}}
sources: {ledger: {file: 'ledger-*.xlsx', sheet: Sheet, contact: finance@example.org}}
ladders: {calm: {7 days before: owner, on the day: owner, 5 working days after: [owner, unit_manager]}}
steps:
  report:
    ladder: calm
    first: join
    last: {into: final-report}
    questions:
      visits: {kind: count, split: {women: Women, men: Men}, checks: at least 1}
      kept: {kind: money, from: sum of Belopp in ledger by Konto, checks: {lines at most 10 % over budget: Too much.}}
  final-report:
    questions: {visits: {title: Visits of the last quarter}, why: {kind: choice, options: {a: A, b: B}, optional: true}}
    needs: draft.approved
    documents: {account: The account}
  draft: {approval: {by: board, due: 10 days before final-report (our choice)}}
  audit: {when: [award from 5 base, award below 9 base], due: on 2026-09-01, late: {1 month: 20 %, 14 days: 10 %}}
  back:
    repays: paid less 60 % of final-report.spent if over 500
    needs: final-report.done
    due: 30 days after close.done
payments:
  advance: {keeps: 5 % for "the insurance"}
examples: ~
"""


@pytest.fixture
def office(tmp_path: Path) -> Programme:
    """Return the small programme with what an office adds to it."""
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "small-office.yaml").write_text(OFFICE_FILE, encoding="utf-8")
    return ProgrammeRegistry(tmp_path).get("small")


def test_office_adds_its_own_to_the_programme_that_grants_name(office: Programme, tmp_path: Path) -> None:
    assert office.programme == "small"
    assert [one.programme for one in ProgrammeRegistry(tmp_path).sound_ones()] == ["small"]
    assert office.calendar.extra_holidays == (date(2026, 5, 15),)
    assert [(one.first, one.last) for one in office.quiet] == [("07-01", "07-31")]
    assert (office.bodies["board"].minutes_days, office.bodies["board"].minutes_at_once) == (
        10,
        False,
    )
    assert (office.sources["ledger"].kind, office.sources["ledger"].file) == ("xlsx", "ledger-*.xlsx")
    rungs = [(one.key, one.to) for one in office.ladders[office.step("report").ladder]]
    told = ("owner", "unit_manager")
    assert rungs == [
        ("7-days-before", ("owner",)),
        ("on-the-day", ("owner",)),
        ("5-working-days-after", told),
    ]


def test_office_says_periods_bodies_and_terms_of_steps(office: Programme) -> None:
    report, draft, approval = (office.step(key) for key in ("report", "draft", "draft-approval"))
    assert joins(report.first, report.last) == (0, None)
    assert (report.fold_last_into, print_rule(report.due)) == (
        "final-report",
        "30 days after period_end or the next working day (the conditions)",
    )
    assert (print_rule(draft.due), approval.body) == ("at draft-approval.draft", "board")
    assert approval.title.en == "the board's approval of the final report"
    assert office.step("final-report").needs == ("draft-approval",)
    audit = office.step("audit")
    said = audit.model_dump(include={"when", "late"})
    assert said["when"] == ("award from 5 base", "award below 9 base")
    assert [one.part for one in audit.late] == [Fraction(1, 10), Fraction(1, 5)]
    assert office.step("back").model_dump()["repays"] == "paid less 60 % of final-report.spent if over 500"
    assert office.instalments[0].model_dump()["keeps"] == '5 % for "the insurance"'


def test_office_asks_what_it_wants_to_know_and_spending_where_it_is_named(office: Programme) -> None:
    visits, kept = office.step("report").questions
    assert (visits.whole, [one.key for one in visits.parts], visits.checks[0].test.limit) == (
        True,
        ["women", "men"],
        Decimal(1),
    )
    assert kept.gather is not None
    assert (kept.gather.column, kept.gather.account, kept.gather.rows) == ("Belopp", "Konto", "sum")
    assert (kept.checks[0].test.kind, kept.checks[0].says.sv) == ("lines", "Too much.")
    asked = office.step("final-report").questions
    assert [one.key for one in asked] == ["visits", "kept", "spent", "why"]
    assert [one.key for one in asked[2].checks] == ["within_award", "jump"]


def test_step_that_takes_a_last_period_in_asks_what_that_asks(office: Programme) -> None:
    visits, kept = office.step("report").questions
    title = {"sv": "Visits of the last quarter", "en": "Visits of the last quarter"}
    assert office.step("final-report").questions[:2] == (
        visits.model_copy(update={"title": Words(**title)}),
        kept,
    )


def test_what_a_body_approves_asks_for_the_texts_of_its_memo(office: Programme, tmp_path: Path) -> None:
    asked = office.step("draft").questions
    assert [one.key for one in asked] == ["summary", "background", "preparation", "views", "proposals"]
    assert {(one.kind, one.required) for one in asked} == {("text", False)}
    told = OFFICE_FILE.replace(
        "draft: {", "draft: {questions: {views: {title: Our view}, summary: {optional: false}}, "
    )
    (tmp_path / "small-office.yaml").write_text(told, encoding="utf-8")
    views, summary, *_ = ProgrammeRegistry(tmp_path).get("small").step("draft").questions
    assert (views.kind, views.title.sv, views.required) == ("text", "Our view", False)
    assert (summary.title.sv, summary.required) == ("Sammanfattning", True)
    # Neither what a body approves earlier nor what a person approves has a memo.
    told = OFFICE_FILE.replace("10 days before final-report", "10 days after grant_start")
    (tmp_path / "small-office.yaml").write_text(told, encoding="utf-8")
    assert ProgrammeRegistry(tmp_path).get("small").step("draft").questions == ()
    told = OFFICE_FILE.replace("{by: board", "{by: unit_manager")
    (tmp_path / "small-office.yaml").write_text(told, encoding="utf-8")
    assert ProgrammeRegistry(tmp_path).get("small").step("draft").questions == ()


def test_paper_that_several_read_in_turn_is_begun_six_weeks_ahead(office: Programme, tmp_path: Path) -> None:
    assert office.step("draft").ladder == "short"
    told = OFFICE_FILE.replace("{by: board", "{by: [head_of_department, board]")
    (tmp_path / "small-office.yaml").write_text(told, encoding="utf-8")
    programme = ProgrammeRegistry(tmp_path).get("small")
    rungs = programme.ladders[programme.step("draft").ladder]
    assert [one.shift for one in rungs] == [-42, -7, -1, 0, 1, 2, 3]
    assert rungs[-1].to == ("owner", "head_of_administration")


@pytest.mark.parametrize(
    ("readings", "same"),
    [
        # From the last days of January, March, May, July, August, October and December.
        ("1 month after decision (a) or end of the month after decision (b)", 138),
        ("30 days after decision (a) or 30 days after decision (b)", 3652),
        # From every day of the four months of 30 days, and from the last of the five before shorter ones.
        ("1 month after decision (a) or 30 days after decision (b)", 1250),
    ],
)
def test_readings_are_held_against_each_other_over_ten_years(readings: str, same: int) -> None:
    found = find_readings(read_rule(f"either {readings} even on a day off"), WorkCalendar("SE"))
    assert found is not None
    assert [len(days) for days in found] == [3652 - same, same]


COSTS = """\
programme: costs
title: costs
source: the decision
currency: SEK
country: SE
steps:
  report:
    each: quarter
    due: 30 days after period_end even on a day off (the conditions)
    last: {into: final-report}
    approval: funder
  final-report: {due: 60 days after grant_end even on a day off (the conditions), approval: funder}
  back: {due: 30 days after final-report.approved (the conditions), repays: paid less report.spent}
payments:
  costs: {each: report, share: 60 % of report.spent, needs: report.approved}
  final: {share: rest of 80 % of report.spent, needs: final-report.approved}
examples:
  - award: {decision: 2025-11-03, start: 2026-01-01, end: 2026-09-30, sum: 100 000}
    answers: {report.spent: [10 000, 20 000], final-report.spent: 30 000}
    gives: {report: [2026-04-30, 2026-07-30], costs: [6 000, 12 000, 18 000], final: 12 000}
    source: counted by hand
"""


def costs(folder: Path, text: str, periods: int = 3) -> list[tuple[str, str]]:
    """Return the claims of a grant of three quarters, each with the steps that it waits for."""
    assert read(folder, text) == []
    programme = read_programme(folder / "small.yaml")
    known = {"decided_on": KnownDate(date(2025, 11, 3))}
    facts = PlanFacts(known, date(2026, 1, 1), date(2026, 9, 30), award_minor=10_000_000)
    planned = plan_steps(programme, facts)
    waits = waits_of(programme, planned)
    return [(key, ",".join(waits[key])) for key in waits if key.startswith(("claim", "back"))]


def waits_of(programme: Programme, planned: Iterable[PlannedStep]) -> dict[str, tuple[str, ...]]:
    """Return the keys of the steps that each planned step waits for."""
    steps = [
        a_planned_step(
            id=number,
            key=one.key,
            template_key=one.rule.key,
            period=one.period.label if one.period else None,
        )
        for number, one in enumerate(planned)
    ]
    return {key: tuple(one.key for one in needs) for key, needs in list_all_waits(steps, programme).items()}


def test_joined_period_is_called_by_what_it_spans(tmp_path: Path) -> None:
    text = SMALL.replace("each: quarter", "each: quarter, first: join", 1).partition("examples:")[0]
    look = "  look: {each: quarter, first: join, due: 40 days after period_end (the conditions), needs: report.done}\n"
    assert read(tmp_path, text.replace("  close:", f"{look}  close:")) == []
    programme = read_programme(tmp_path / "small.yaml")
    planned = plan_steps(programme, PlanFacts({}, date(2026, 2, 15), date(2026, 9, 30)))
    due = {one.key: one.due_on for one in planned if one.rule.key == "report"}
    joined = "report-2026-q1-to-2026-q2"
    assert due == {joined: date(2026, 7, 30), "report-2026-q3": date(2026, 10, 30)}
    waits = waits_of(programme, planned)
    looks = {key: needs for key, needs in waits.items() if key.startswith("look")}
    assert looks == {"look-2026-q1-to-2026-q2": (joined,), "look-2026-q3": ("report-2026-q3",)}


def test_payment_of_a_period_that_another_step_takes_in_goes_by_that_step(tmp_path: Path) -> None:
    assert costs(tmp_path, COSTS) == [
        ("claim-costs-2026-q1", "report-2026-q1,report-approval-2026-q1"),
        ("claim-costs-2026-q2", "report-2026-q2,report-approval-2026-q2"),
        ("claim-costs-2026-q3", "final-report,final-report-approval"),
        ("back", "report-2026-q1,report-2026-q2,final-report,final-report-approval"),
        ("claim-final", "report-2026-q1,report-2026-q2,final-report,final-report-approval"),
    ]


def test_period_that_is_skipped_has_no_payment(tmp_path: Path) -> None:
    text = COSTS.replace("last: {into: final-report}", "last: skip").replace(
        ", final-report.spent: 30 000}", "}"
    )
    text = text.replace("[6 000, 12 000, 18 000], final: 12 000", "[6 000, 12 000], final: 6 000")
    claims = [key for key, _ in costs(tmp_path, text) if key.startswith("claim-costs")]
    assert claims == ["claim-costs-2026-q1", "claim-costs-2026-q2"]
    text = (
        text.replace("last: skip", "first: skip")
        .replace("[2026-04-30, ", "[")
        .replace("07-30]", "07-30, 2026-10-30]")
    )
    claims = [key for key, _ in costs(tmp_path, text) if key.startswith("claim-costs")]
    assert claims == ["claim-costs-2026-q2", "claim-costs-2026-q3"]


@pytest.mark.parametrize(
    ("shares", "decided", "gives"),
    [
        (("sum of the decision", "rest"), "{advance: 300}", (300, 700)),
        (
            ("sum of the decision at most 60 %", "sum of the decision"),
            "{advance: 55 %, balance: 450}",
            (550, 450),
        ),
        (("40 %", "sum of the decision"), "{}", (400, 600)),
    ],
)
def test_sums_that_only_the_decision_says(
    tmp_path: Path, shares: tuple[str, str], decided: str, gives: tuple[int, int]
) -> None:
    text = SMALL.replace("{share: 80 %}", f"{{share: {shares[0]}}}").replace(
        "share: rest", f"share: {shares[1]}"
    )
    text = text.replace("sum: 1 000,", f"sum: 1 000, share: {decided},")
    text = text.replace("advance: 800, balance: 200", f"advance: {gives[0]}, balance: {gives[1]}")
    assert read(tmp_path, text) == []


def test_last_period_of_a_step_can_be_paid_otherwise(tmp_path: Path) -> None:
    text = COSTS.replace("each: report,", "each: report, last: skip,").replace(
        "[6 000, 12 000, 18 000], final: 12 000", "[6 000, 12 000], final: 30 000"
    )
    claims = [key for key, _ in costs(tmp_path, text) if key.startswith("claim-")]
    assert claims == ["claim-costs-2026-q1", "claim-costs-2026-q2", "claim-final"]


def test_what_a_payment_cannot_say_of_its_ends_is_refused(tmp_path: Path) -> None:
    for ends in (
        "last: join",
        "first: skip",
        "last: {into: final-report}",
        "first: {needs: final-report.approved}",
    ):
        (line,) = read(tmp_path, COSTS.replace("each: report,", f"each: report, {ends},"))
        assert "here a payment can be skipped or joined" in line
