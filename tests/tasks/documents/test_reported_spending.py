"""The spending that the final report states: asked before the committee, and printed with why it is another sum."""

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from sqlalchemy import Engine

from models.rules.answers.small_numbers import SmallNumbers
from tasks.documents.papers import Wanted, make_paper
from tasks.documents.word.templates import Kind
from tasks.grant.money import spent_on
from tasks.grant.records import read_records
from tasks.store.database import reading
from tests.builders import a_database
from tests.grant_scenes import (
    FIGURES,
    SECRETARY,
    a_grant_that_was,
    an_entry,
    answer,
    claim,
    decide,
    open_grants,
    pay,
    steps,
)
from tests.portal_scenes import form_pages, on_the_day, parse, text_of

WHY = "Ränta är borträknad."


SV = f"Periodernas redovisningar blir tillsammans 472 000 kr; skillnaden beror på följande: {WHY}"
EN = f"The reports of the periods add up to 472,000 SEK; the difference is due to the following: “{WHY}”"


def test_paper_prints_both_sums_and_why_they_differ(sqlite: Engine) -> None:
    a_grant_that_was(sqlite, "followed up")
    stated = {"reported_spending": 471_000, "reported_spending.why": WHY}
    answer(sqlite, "draft", date(2011, 1, 10), data=FIGURES | stated)
    papers: tuple[tuple[Kind, str, str], ...] = (
        (
            "final-report",
            "sv",
            f"Kostnaderna var 471 000 kr av beviljade 500 000 kr. 29 000 kr är inte använt. {SV}",
        ),
        ("memo", "en", f"471,000 SEK of the grant has been spent; 29,000 SEK has not. {EN}"),
    )
    for kind, language, says in papers:
        wanted = Wanted(kind, language=language, small=SmallNumbers.SHOW)
        word = Document(BytesIO(make_paper(sqlite, "REF-1", wanted, date(2011, 1, 11)).content))
        assert says in [one.text.replace("\xa0", " ") for one in word.paragraphs]
        tables = [cell.text for one in word.tables for row in one.rows for cell in row.cells]
        assert "Personer som är 20 år eller äldre" not in tables
        assert "Kostnader i slutrapporten" not in tables


def test_who_approves_reads_which_figures_do_not_agree_above_what_was_said_of_it(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "followed up")
    stated = {"reported_spending": 471_000, "reported_spending.why": WHY}
    answer(engine, "draft", date(2011, 1, 10), data=FIGURES | stated)
    client, address = on_the_day(engine, tmp_path, date(2011, 1, 11)).desk(SECRETARY, "sv")
    (approval,) = form_pages(client, client.get(address), "approve")
    assert f"Slutrapportens kostnader är inte summan av kvartalens. {WHY}" in text_of(parse(approval))
    engine.dispose()


OWN_FUNDING_FIRST = """\
programme: own-funding-first
title: {sv: Medel, en: Funds}
source: the decision letter
currency: SEK
country: SE
steps:
  report:
    each: half
    due: 1 month after period_end (3)
    last: {into: final-report}
    questions:
      own_funding: {kind: money, title: {sv: Egen finansiering, en: Own funding}}
      spent: {}
  final-report: {due: 2 months after grant_end (3), questions: {deviations: text}}
  REPAYMENT
payments:
  whole: {share: 100 %}
examples:
  - award: {decision: 2009-11-05, start: 2010-01-01, end: 2010-12-31, sum: 500 000}
    gives: {whole: 500 000}
    source: counted by hand
"""
REPAYMENT = "repayment: {due: 1 month after final-report.done (5), repays: paid less report.spent}"


@pytest.mark.parametrize(
    "repayment", [REPAYMENT, ""], ids=["by its repayment", "by the question called spent"]
)
def test_report_page_and_repayment_say_one_sum_whichever_sum_is_asked_first(
    tmp_path: Path, repayment: str
) -> None:
    engine, path = a_database(tmp_path), tmp_path / "own-funding-first.yaml"
    path.write_text(OWN_FUNDING_FIRST.replace("REPAYMENT", repayment), encoding="utf-8")
    open_grants(engine, an_entry(programme=str(path)))
    decide(engine, amount_minor=50_000_000)
    claim(engine, date(2009, 11, 10), number=1)
    pay(engine, date(2009, 11, 20), number=1)
    answer(engine, "report-2010-h1", date(2010, 7, 20), data={"own_funding": 30_000, "spent": 100_000})
    told = {"own_funding": 10_000, "spent": 18_000}
    answer(engine, "final-report", date(2011, 1, 20), data=told | {"deviations": "Started late."})
    with reading(engine) as connection:
        spent = spent_on(read_records(connection, {1})[1])
    assert spent is not None
    assert (spent.spent_minor, spent.left_minor) == (11_800_000, 38_200_000)
    paper = make_paper(engine, "REF-1", Wanted("final-report", language="en"), date(2011, 1, 21))
    says = [one.text.replace("\xa0", " ") for one in Document(BytesIO(paper.content)).paragraphs]
    costs = "Costs were 118,000 SEK of the 500,000 SEK awarded. 382,000 SEK has not been spent."
    costs += " 382,000 SEK is paid back to Länsstyrelsen."
    assert [one for one in says if one.startswith("Costs were")] == [costs]
    heading = says.index("What deviated from the plan, and why")  # a heading that the programme chose by name
    assert says[heading + 1] == "“Started late.”"
    if repayment:
        assert steps(engine)["repayment"].repays_minor == 38_200_000
    engine.dispose()
