"""Two grants that are hard on a page live, and their documents say what is awkward in them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

from tasks.documents.make import Wanted, make_paper
from tests.tasks.documents.awkward_grants import EUROS, LAST_DAY, ODD, REFERENCE, YEN, Awkward, live


def facts(folder: Path, grant: Awkward, wanted: Wanted) -> tuple[dict[str, str], str]:
    """Return a document's facts, by what each is called, and its paragraphs on one line."""
    engine = live(folder, grant)
    word = Document(BytesIO(make_paper(engine, REFERENCE, wanted, LAST_DAY).content))
    engine.dispose()
    rows = {row.cells[0].text: row.cells[1].text for row in word.tables[0].rows}
    text = " ".join(" ".join(one.text.split()) for one in word.paragraphs)
    return {name: " ".join(value.split()) for name, value in rows.items()}, text


@pytest.mark.parametrize(
    ("grant", "name", "amount", "says"),
    [
        pytest.param(EUROS, "To repay", "30,000 EUR", "repays 30,000 EUR", id="above"),
        pytest.param(YEN, "Not spent", "900 JPY", "below the funder's threshold, 1,000 JPY", id="below"),
    ],
)
def test_awkward_grant_repays_from_the_threshold_on(
    tmp_path: Path, grant: Awkward, name: str, amount: str, says: str
) -> None:
    told, text = facts(tmp_path, grant, Wanted("repayment", "en"))
    assert told[name] == amount
    assert says in text
    assert told["Grant"] == " ".join(f"Samordning {ODD}".split())


def test_claim_tells_the_funder_nothing_of_who_confirms_it(tmp_path: Path) -> None:
    engine = live(tmp_path, EUROS)
    word = Document(BytesIO(make_paper(engine, REFERENCE, Wanted("claim", instalment=2), LAST_DAY).content))
    states = [row.cells[1].text.replace("\N{NO-BREAK SPACE}", " ") for row in word.tables[1].rows]
    assert states[1].startswith("utbetalt 390 000 € av 400 000 €, 10 000 € saknas")
    assert states[2] == "villkoret är uppfyllt"
    engine.dispose()
