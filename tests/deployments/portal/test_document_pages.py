"""Hold how documents stand on the page: nothing overprinted, tags that a screen reader follows, odd signs told."""

import re
import zlib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.text.paragraph import Paragraph
from sqlalchemy import Engine, insert
from sqlmodel import Session, select

from models.errors import SignUnknown
from models.rules.answers.small_numbers import SmallNumbers
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Figure
from tasks.commands.at_work.load import load_grant
from tasks.documents.facts.document import DocumentFacts, gather_facts
from tasks.documents.facts.figures import FigureRow, FigureTable, make_figures
from tasks.documents.facts.reports import load_reports
from tasks.documents.papers import Wanted, look_at_paper, make_paper
from tasks.documents.pdf.documents import as_pdf
from tasks.documents.word.documents import fill_template
from tasks.documents.word.templates import TEMPLATES, Kind
from tasks.store.database import reading, transaction
from tasks.words.translator import plain_spaces, translator
from tests.builders import a_database
from tests.grant_scenes import (
    FIGURES,
    ORGANISATIONS,
    OWNER,
    a_grant_that_was,
    a_staff,
    an_entry,
    an_open_entry,
    answer,
    at,
    bring_in,
    decide,
    open_grants,
    steps,
)

DAY = date(2011, 1, 10)
KINDS: tuple[Kind, ...] = ("memo", "final-report", "follow-up", "agenda-note")
IN_BOTH = [(kind, language) for kind in KINDS for language in ("sv", "en")]
MONTHS = ("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober")


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A grant whose report is drafted."""
    engine = a_database(tmp_path_factory.mktemp("pages"))
    a_grant_that_was(engine, "drafted")
    return engine


def facts_of(engine: Engine) -> DocumentFacts:
    say = translator("sv")
    with reading(engine) as connection, Session(connection) as session:
        work = load_grant(session, session.exec(select(Grant)).one(), DAY)
        reports = load_reports(work)
        return gather_facts(work, say, reports, make_figures(say, reports))


def a_table(periods: tuple[str, ...], *titles: str, cell: str = "12") -> FigureTable:
    """Return a table with the same number everywhere."""
    values = tuple(Decimal(12) for _ in periods)
    return FigureTable(
        periods, tuple(FigureRow(title, tuple(cell for _ in periods), "120", values) for title in titles)
    )


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type/Page\b", pdf))


def test_tall_table_goes_on_on_the_next_page(drafted: Engine) -> None:
    tall = a_table(MONTHS[:4], *(f"{'Personer som har fått stöd ' * 20}{number}" for number in range(15)))
    word = fill_template("final-report", replace(facts_of(drafted), tables=(tall,)))
    low = fill_template("final-report", replace(facts_of(drafted), tables=(a_table(MONTHS[:4], "Personer"),)))
    # Fifteen rows of some twelve lines each take four pages: on fewer they would stand upon each other.
    assert pages(as_pdf(word, "sv")) >= pages(as_pdf(low, "sv")) + 4


@pytest.mark.parametrize(
    ("count", "cell", "heads"),
    [
        (4, "118 000 kr", [4]),
        (10, "12", [5, 5]),
        (3, "999 999 999 999,125 KWD", [2, 1]),
    ],
)
def test_table_of_many_periods_is_parted(drafted: Engine, count: int, cell: str, heads: list[int]) -> None:
    facts = replace(facts_of(drafted), tables=(a_table(MONTHS[:count], "Personer", cell=cell),))
    word = Document(BytesIO(fill_template("final-report", facts)))
    tables = [[one.text for one in table.rows[0].cells][1:] for table in word.tables]
    found = [head for head in tables if head and head[0] in MONTHS]
    assert [len([one for one in head if one in MONTHS]) for head in found] == heads
    assert [one for head in found for one in head] == [*MONTHS[:count], "Totalt"]


def test_document_with_hidden_numbers_is_the_same_file_whatever_they_are(tmp_path: Path) -> None:
    made = []
    for one in (1, 2):
        folder = tmp_path / str(one)
        folder.mkdir()
        engine = a_database(folder)
        a_grant_that_was(engine, "first paid")
        said = {"reports_to_social_services": 40, "spent": "118 000", "activities": "Samverkan."}
        for quarter, on in enumerate((date(2010, 4, 27), date(2010, 7, 28), date(2010, 10, 29)), start=1):
            young = one if quarter == 2 else 3 - one
            few = {"persons_under_18": young, "persons_under_20": 3 - young} if quarter > 1 else {}
            data = {**said, "persons_under_18": 20, "persons_under_20": 20, **few}
            why = {"reports_to_social_services.why": "Flera anmäldes två gånger."}
            answer(engine, f"follow-up-2010-q{quarter}", on, data=data | why)
        paper = make_paper(engine, "REF-1", Wanted("final-report", small=SmallNumbers.FEWER), DAY)
        made.append((paper.content, as_pdf(paper.content, "sv")))
        engine.dispose()
    assert made[0] == made[1]


def test_word_that_no_line_holds_goes_on_on_the_next() -> None:
    assert pages(as_pdf(a_page("https://example.org/" + "a/b?c=" * 1000), "sv")) > 1


def test_who_signs_below_a_table_stands_on_its_page() -> None:
    words = []
    for lines in (33, 34, 36):
        word = Document(str(TEMPLATES / "follow-up.sv.docx"))
        signed = [*word.element.body][-3:]  # who, and the page's own
        for part in [*word.element.body][:-3]:
            word.element.body.remove(part)
        for _ in range(lines):
            word.add_paragraph("Rad")
        word.add_table(3, 2).style = "Table Grid"
        for row in word.tables[-1].rows:
            row.cells[0].text = "Personer"
        word.add_paragraph().paragraph_format.keep_with_next = True
        for part in signed[:-1]:
            word.element.body.insert(len(word.element.body) - 1, part)
        word.core_properties.title = "Uppföljning"
        result = BytesIO()
        word.save(result)
        pdf = as_pdf(result.getvalue(), "sv")
        words.append((pages(pdf), said_on_last(pdf)))
    # Who signs, the header and the footer are twelve pieces, the table's rows three more.
    assert [(number, said) for number, said in words if number == 2] == [(2, 15)] * 2
    assert words[0][0] == 1


def said_on_last(pdf: bytes) -> int:
    """Return how many pieces of text stand on the last page."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    pages = [zlib.decompress(one) for one in streams if one[:1] == b"x"]
    return [one.count(b"BT") for one in pages if b"BT" in one][-1]


def is_empty(word: WordDocument) -> list[str]:
    """Return the headings under which nothing stands."""
    parts = [
        part for part in word.iter_inner_content() if not isinstance(part, Paragraph) or part.text.strip()
    ]
    levels = [
        int(part.style.name[-1])
        if isinstance(part, Paragraph) and part.style is not None and part.style.name[:7] == "Heading"
        else None
        for part in parts
    ]
    return [
        part.text
        for part, level, after in zip(parts, levels, [*levels[1:], 1], strict=True)
        if isinstance(part, Paragraph) and level is not None and after is not None and after <= level
    ]


def test_no_heading_has_nothing_under_it(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    open_grants(engine, an_entry(), an_open_entry("REF-2"))
    decide(engine)
    decide(engine, reference="REF-2", amount_minor=50_000_000)
    for kind, language in IN_BOTH:
        for reference, step in (("REF-1", "follow-up-2010-q1"), ("REF-2", "follow-up-2009-q1")):
            wanted = Wanted(kind, language, step if kind == "follow-up" else None)
            paper = make_paper(engine, reference, wanted, DAY)
            assert is_empty(Document(BytesIO(paper.content))) == [], wanted
    engine.dispose()


def test_cover_letter_names_the_funder_s_approval_as_theirs(tmp_path: Path) -> None:
    engine, later = a_database(tmp_path), date(2011, 2, 25)
    a_grant_that_was(engine, "funder approved")
    letter = Document(BytesIO(make_paper(engine, "REF-1", Wanted("cover-letter"), later).content))
    text = plain_spaces("\n".join(one.text for one in letter.paragraphs))
    assert "Socialnämnden godkände rapporten den 18 januari 2011. Protokollsutdrag bifogas." in text
    (theirs,) = (line for line in text.splitlines() if "24 februari 2011" in line)
    assert theirs.startswith("Ni godkände rapporten den 24 februari 2011. ")
    engine.dispose()


def test_pdf_of_the_same_document_is_the_same_file_whenever_it_is_made(drafted: Engine) -> None:
    pdf = as_pdf(fill_template("final-report", facts_of(drafted)), "sv")
    assert as_pdf(fill_template("final-report", facts_of(drafted)), "sv") == pdf
    # An archive wants a day: the document's own.
    assert {*re.findall(rb"(?:CreationDate|ModDate) ?\(D:(\d{8})", pdf)} <= {f"{DAY:%Y%m%d}".encode()}


def a_page(text: str) -> bytes:
    made, word = BytesIO(), Document()
    word.core_properties.title = "Slutrapport"
    word.add_paragraph(text)
    word.save(made)
    return made.getvalue()


def test_sign_that_word_and_web_leave_in_a_text_is_printed_or_unseen() -> None:
    text = "noll\u200bbredd\ufeff rad\u2028rad \uf0b7 punkt mjukt\u00adstreck → ✓ ½ €"
    assert as_pdf(a_page(text), "sv").startswith(b"%PDF")


def test_sign_without_a_letter_is_told() -> None:
    with pytest.raises(SignUnknown, match=r"\(U\+F0FC\) in \"Klart i tid\"$"):
        as_pdf(a_page("Klart \uf0fc i tid"), "sv")


def lines_of(pdf: bytes) -> int:
    """Return at how many heights of the page text stands."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    drawn = next(one for one in map(_unpacked, streams) if b" Tm" in one)
    return len({*re.findall(rb"q 1 0 0 -1 \S+ (\S+) cm/c\d cs [\d. ]+ scn\s+BT", drawn)})


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


@pytest.mark.parametrize(
    ("style", "word", "lines"),
    [
        ("Title", "W" * 30, 2),
        ("List Bullet", "https://www.example.org/" + "W" * 40, 2),
        ("Table Grid", "20261234567890123456", 2),
        ("Table Grid", "W" * 30, 4),
        ("Table Grid", "verksamhetsberättelserna", 2),  # by its hyphen
        ("Table Grid", "1 234 567", 1),
    ],
)
def test_word_that_is_wider_than_its_line_is_parted(style: str, word: str, lines: int) -> None:
    document, made = Document(), BytesIO()
    document.core_properties.title = "Slutrapport"
    if style == "Table Grid":
        for cell in document.add_table(1, 5, style).rows[0].cells:
            cell.text = word
    else:
        document.add_paragraph(word, style)
    document.save(made)
    assert lines_of(as_pdf(made.getvalue(), "sv")) == lines + 1  # with the page's number


def test_document_of_an_undecided_grant_has_no_sentence_with_a_hole(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    open_grants(engine)
    for kind, language in (
        *((one, said) for one, said in IN_BOTH if one != "follow-up"),
        ("cover-letter", "sv"),
    ):
        word = Document(BytesIO(make_paper(engine, "REF-1", Wanted(kind, language), DAY).content))
        cells = [cell for table in word.tables for row in table.rows for cell in row.cells]
        for paragraph in (*word.paragraphs, *(one for cell in cells for one in cell.paragraphs)):
            assert not re.search(r"  | [.,;]|\( |: ?\.", paragraph.text.replace("\n", "")), paragraph.text
    engine.dispose()


def test_document_that_nobody_is_known_to_sign_has_a_line_to_sign_on(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    open_grants(engine, an_entry(roles={"coordinator": OWNER}), people=a_staff())
    word = Document(BytesIO(make_paper(engine, "REF-1", Wanted("repayment"), DAY).content))
    assert [cell.text.split("\n")[-1] for cell in word.tables[-1].rows[0].cells] == [
        "Namnförtydligande och titel:",
        "",
    ]
    engine.dispose()


def test_document_says_who_is_to_sign_it_and_with_what_title(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    open_grants(
        engine,
        an_entry(roles={"coordinator": OWNER}),
        an_entry("REF-2"),
        people=a_staff(**{"administration.head": {"title": "förvaltningschef"}}),
    )
    for reference in ("REF-1", "REF-2"):
        decide(engine, reference=reference)
    signed: tuple[Kind, ...] = ("follow-up", "final-report", "memo", "cover-letter", "claim", "repayment")
    for kind in (*signed, "agenda-note"):
        step = "follow-up-2010-q1" if kind == "follow-up" else None
        wanted = Wanted(kind, step=step, instalment=1 if kind == "claim" else None)
        nobody, heads = (look_at_paper(engine, one, wanted, DAY).blanks for one in ("REF-1", "REF-2"))
        assert ("vem som skriver under" in nobody) == (kind in signed), kind
        titles = [one for one in heads if "titel" in one or "vem" in one]
        assert titles == ["titel för Department.Head"] * (kind in signed), kind
    engine.dispose()


def test_repayment_names_the_account_to_which_the_money_goes_back(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    open_grants(engine)
    blank = make_paper(engine, "REF-1", Wanted("repayment"), DAY)
    bring_in(engine, organisations=[ORGANISATIONS[0] | {"account": "bankgiro 123-4566"}])
    paper = make_paper(engine, "REF-1", Wanted("repayment"), DAY)
    engine.dispose()
    account = "Bankgiro 123-4566"
    assert [(label, plain_spaces(said)) for label, said in paper.payee] == [
        ("Betalas tillbaka till", account)
    ]
    assert ("bidragsgivarens konto" in blank.blanks, blank.payee) == (True, ())
    assert "bidragsgivarens konto" not in paper.blanks
    rows = [Document(BytesIO(one.content)).tables[0].rows for one in (blank, paper)]
    told = [{row.cells[0].text: plain_spaces(row.cells[1].text).strip() for row in one} for one in rows]
    assert [one["Betalas till"] for one in told] == ["", account]


def words_in(engine: Engine, kind: Kind, language: str) -> str:
    """Return what the document's paragraphs and tables say, on one line."""
    word = Document(BytesIO(make_paper(engine, "REF-1", Wanted(kind, language), DAY).content))
    cells = (cell.text for table in word.tables for row in table.rows for cell in row.cells)
    return plain_spaces(" ".join((*(one.text for one in word.paragraphs), *cells)))


@pytest.mark.parametrize(
    ("kind", "language", "says"),
    [
        ("memo", "sv", "Med vanlig justering kan protokollet dröja till efter den dagen."),
        (
            "agenda-note",
            "en",
            "With normal confirmation, the minutes may take until after the last day with the funder.",
        ),
    ],
)
def test_document_tells_no_day_of_a_meeting_that_nobody_has_entered(
    drafted: Engine, kind: Kind, language: str, says: str
) -> None:
    facts, said = facts_of(drafted), words_in(drafted, kind, language)
    assert (facts.meeting, facts.minutes_on, facts.immediate) == ("", "", True)
    assert says in said
    assert ("Sammanträde " in said, "Meeting " in said) == (False, False)


def test_memo_of_a_meeting_that_is_early_enough_proposes_one_thing(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    bring_in(engine, organisations=[{"key": "committee", "names": [{"name": "Socialnämnden"}]}])
    bring_in(engine, meetings=[{"body": "committee", "held_on": date(2011, 2, 15)}])
    open_grants(engine)
    decide(engine, amount_minor=50_000_000, dates={"final_report_on": date(2011, 3, 31)})
    said = words_in(engine, "memo", "sv")
    engine.dispose()
    assert "Förvaltningen föreslår att Socialnämnden godkänner slutrapporten. Bilagor" in said
    assert "omedelbart" not in said


def test_figures_that_are_gathered_and_not_handed_in_are_called_so(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    open_grants(engine)
    decide(engine)
    gathered = {"question": "spent", "value": "5000", "source": "ledger.csv", "gathered_at": at(DAY)}
    step = "follow-up-2010-q1"
    with transaction(engine) as connection:
        values = {"step_id": steps(engine)[step].id, "period": ""} | gathered
        connection.execute(insert(table_of(Figure)), values)

    def says_so() -> list[bool]:
        papers = (
            make_paper(engine, "REF-1", one, DAY) for one in (Wanted("memo"), Wanted("follow-up", step=step))
        )
        words = (
            [plain_spaces(one.text) for one in Document(BytesIO(made.content)).paragraphs] for made in papers
        )
        return ["Uppgifterna för kvartal 1 2010 är ännu inte inlämnade." in one for one in words]

    assert says_so() == [True, False]
    answer(engine, step, date(2010, 4, 9), data=FIGURES)
    assert says_so() == [False, False]
    engine.dispose()


@pytest.mark.parametrize(
    ("answered", "says"),
    [(True, "I oktober 2009 ansökte Socialnämnden"), (False, "I september 2009 ansökte Socialnämnden")],
)
def test_application_was_made_in_the_month_that_somebody_said_and_not_in_the_decision_s(
    tmp_path: Path, answered: bool, says: str
) -> None:
    engine = a_database(tmp_path)
    open_grants(engine)
    if answered:
        answer(engine, "application", date(2009, 10, 20), data={"applied_for": 900_000})
    decide(engine)
    said = words_in(engine, "memo", "sv")
    engine.dispose()
    assert says in said
