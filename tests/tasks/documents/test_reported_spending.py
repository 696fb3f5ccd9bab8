"""The spending that the final report states: asked before the committee, and printed with why it is another sum."""

from datetime import date
from io import BytesIO

from docx import Document
from sqlalchemy import Engine

from models.rules.answers.small_numbers import SmallNumbers
from tasks.documents.make import Wanted, make_paper
from tasks.documents.word.templates import Kind
from tests.grant_scenes import FIGURES, a_grant_that_was, answer

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
