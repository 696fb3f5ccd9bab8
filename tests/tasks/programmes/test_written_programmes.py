"""Hold that a programme with steps and payments by name makes its plan, and that all its faults are said in one run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.errors import ProgrammeInvalid
from models.vocabulary import Phase, StepKind
from tasks.programmes.files import read_programme

FILES = sorted((Path(__file__).parents[2] / "programmes" / "written").glob("*.yaml"))
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


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_makes_its_plan_and_its_examples_hold(path: Path) -> None:
    programme = read_programme(path)
    assert {Phase.APPLICATION, Phase.DECISION} <= {step.phase for step in programme.steps}
    claimed = {step.instalment for step in programme.steps if step.kind is StepKind.PAYMENT}
    assert claimed == {one.number for one in programme.instalments}


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


@pytest.mark.parametrize(
    ("now", "wrong", "said"),
    [
        (
            "2026-04-30",
            "2026-05-30",
            "the example says 2026-05-30, 2026-07-30, and the programme gives 2026-04-30",
        ),
        ("balance: 200", "balance: 300", "the example says 30000, and the programme gives 20000"),
        ("30 days after period_end", "30 days aftr period_end", "did you mean 'after'?"),
        ("at final_report of", "at final_reprt of", "the decision has no date 'final_reprt'"),
        ("balance.paid", "balance", "'balance' is a payment, which has two days"),
        ("80 %}", "80}", "write 80 % or, for a sum, 80.00"),
        ("needs: final-report.approved", "needs: close.approved", "nobody approves 'close'"),
        ("approval: funder", "approval: boss", "nobody is called 'boss'"),
        ("each: quarter", "each: quarterly", "write quarter"),
        ("close: {", "last: {", "'last' is a word of the language: choose another"),
        ("country: SE", "country: XX", "there is no calendar of 'XX'"),
        ("14 days after balance.paid", "14 days after close.done", "it waits for itself: close -> close"),
        ("share: rest", "share: 30 %", "the shares add up to 110 %, not 100 %"),
        ("title: small funds", "titel: small funds", "unknown key 'titel'; did you mean 'title'?"),
    ],
)
def test_what_is_wrong_is_said_with_its_cure(now: str, wrong: str, said: str, tmp_path: Path) -> None:
    assert now in SMALL
    assert said in "\n".join(read(tmp_path, SMALL.replace(now, wrong, 1)))


def test_all_faults_are_said_in_one_run(tmp_path: Path) -> None:
    text = (
        SMALL.replace("30 days after", "30 days aftr").replace("80 %", "80").replace(".approved", ".approvd")
    )
    carets = [line for line in read(tmp_path, text) if re.match(r" *\^", line)]
    assert len(carets) == 3
