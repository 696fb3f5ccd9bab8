"""Hold the documents: the memo has every fact of the reference case, Word and PDF say the same, and slips are told."""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

import pytest
from babel.dates import get_month_names
from docx import Document
from docx.oxml.ns import qn
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject
from sqlalchemy import Engine, insert

from deployments.cli.main import run
from models.errors import BadInput, TemplateBroken, UnknownReference
from models.rules.answers.small_numbers import SmallNumbers, find_text_key
from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from models.tables.letter import Letter
from models.tables.step import Figure, MadeDocument
from models.vocabulary import AnswerKind
from tasks.commands.files.file_store import FileStore
from tasks.documents.bundle.index import write_bundle
from tasks.documents.papers import Paper, Wanted, confirm_all, look_at_paper, make_paper
from tasks.documents.pdf.documents import as_pdf
from tasks.documents.versions import KeptPaper, SmallUndecided, keep_paper
from tasks.documents.word.samples import try_template
from tasks.documents.word.templates import TEMPLATES, template_names
from tasks.outbox.deliver import deliver
from tasks.store.database import transaction
from tasks.words.translator import plain_spaces, translator
from tests.builders import a_database
from tests.full_disk import no_room
from tests.grant_scenes import (
    FIGURES,
    OWNER,
    REFERENCE,
    SECRETARY,
    a_grant_that_was,
    acts_of,
    an_entry,
    answer,
    at,
    decide,
    do_round,
    open_grants,
    pay,
    rename,
    rows,
    steps,
    today,
)
from tests.import_desk import Desk
from tests.letter_scenes import SETTINGS
from tests.reference_case import WITH_COMMITTEE

Made = Callable[[Wanted], Paper]
VML = "urn:schemas-microsoft-com:vml"
SECOND = "REF-2009-2"

KINDS = [
    Wanted("memo"),
    Wanted("memo", "en"),
    Wanted("final-report"),
    Wanted("follow-up", "en", step="follow-up-2010-q2"),
    Wanted("claim", instalment=2),
    Wanted("cover-letter", "en"),
    Wanted("agenda-note"),
    Wanted("repayment", "en"),
]


def words_of(paper: Paper) -> str:
    """Return all text of a Word document, whatever it stands in, on one line."""
    body = Document(BytesIO(paper.content)).element.body
    paragraphs = body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p")
    lines = (
        "".join(
            node.text or {"br": "\n", "noBreakHyphen": "-"}.get(node.tag.rpartition("}")[2], "")
            for node in paragraph.iter(
                "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t",
                "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}br",
                "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}noBreakHyphen",
            )
        )
        for paragraph in paragraphs
    )
    return re.sub(r"\s+", " ", " ".join(lines))


@pytest.fixture(scope="module")
def made(drafted: Engine) -> Made:
    """Documents of the case, each made once."""
    return cache(lambda wanted: make_paper(drafted, SECOND, wanted, WITH_COMMITTEE))


def test_memo_is_a_draft_until_the_report_is_handed_in_and_its_parts_are_written(sqlite: Engine) -> None:
    a_grant_that_was(sqlite, "followed up")
    blanks = ("Sammanfattning", "Hur ärendet har beretts", "Förvaltningens synpunkter")
    written = dict.fromkeys(("summary", "preparation", "views"), "Samverkan är starkare.")
    for on, said, is_draft in (
        (date(2011, 1, 10), None, True),
        (date(2011, 1, 10), FIGURES, True),
        (date(2011, 1, 12), FIGURES | written, False),
    ):
        if said is not None:
            answer(sqlite, "draft", on, data=said)
        paper = make_paper(sqlite, "REF-1", Wanted("memo"), on)
        head = Document(BytesIO(paper.content)).sections[0].header
        assert ("UTKAST" in head.paragraphs[0].text) == is_draft
        # Across each page, and behind its text: a screen reader meets it in the head alone.
        across = [
            one.get("string") for one in head.part.element.iter(f"{{{VML}}}textpath") if one.get("string")
        ]
        assert across == ["UTKAST"] * is_draft
        page: Any = PdfReader(BytesIO(as_pdf(paper.content, "sv"))).pages[0]
        assert (b"/Type/Background" in page.get_contents().get_data()) == is_draft
        assert [one for one in paper.blanks if one in blanks] == [*blanks][: 3 * is_draft]
        if said == FIGURES:
            answer(sqlite, "draft-approval", date(2011, 1, 11), SECRETARY, AnswerKind.RETURNED, note="Mer.")


def test_english_document_quotes_the_decisions_own_words(made: Made) -> None:
    said = words_of(made(Wanted("memo", "en")))
    before = "500,000 SEK. Under the decision the grant is to be used for"
    assert f"{before} “en heltidstjänst för regional samordning av insatser" in said
    assert "What stands in quotation marks is quoted as it was written." in said
    assert "The application was for “fortsatta utvecklingsmedel" in said
    assert "“" not in words_of(made(Wanted("memo")))


def test_cover_letter_awaits_no_approval_that_was_given(sqlite: Engine) -> None:
    a_grant_that_was(sqlite, "sent")
    before = "När ni har godkänt rapporten rekvirerar vi"
    after = "Ni godkände rapporten den 24 februari 2011. Den sista"
    wanted = Wanted("cover-letter")
    early = words_of(make_paper(sqlite, "REF-1", wanted, date(2011, 1, 19)))
    play_on(sqlite, "funder approved")
    late = words_of(make_paper(sqlite, "REF-1", wanted, date(2011, 2, 24)))
    assert [(before in one, after in one) for one in (early, late)] == [(True, False), (False, True)]
    assert "i Grantline" not in early  # a body decides by its minutes


def test_claim_says_what_it_is_for_the_period_and_what_to_quote(made: Made) -> None:
    word = Document(BytesIO(made(Wanted("claim", instalment=2)).content))
    told = {row.cells[0].text: " ".join(row.cells[1].text.split()) for row in word.tables[0].rows}
    assert told["Avser"].startswith(
        "en heltidstjänst för regional samordning av insatser mot prostitution och människohandel"
    )
    assert told["Bidragstid"] == "1 januari 2010 till 31 december 2010"
    assert told["Ange vid betalning"] == "REF-2009-2"
    assert [*told][-3:] == ["Betalas till", "Ange vid betalning", "Kontakt"]


def test_claim_has_odd_signs_as_they_are_and_tells_the_funder_nothing_of_who_confirms_it(
    tmp_path: Path,
) -> None:
    odd = "Åäö & <b>”ß–½’</b> … №7 {{ x }} {% y %}"
    engine = a_database(tmp_path)
    open_grants(engine, an_entry(title=odd))
    acts = acts_of(engine)
    for stage in ("applied", "decided", "first claimed"):
        acts[stage]()
    pay(engine, date(2009, 12, 11), 1, amount_minor=39_000_000)
    for stage in ("followed up", "drafted", "committee approved", "sent", "funder approved", "asked"):
        acts[stage]()
    tables = Document(
        BytesIO(make_paper(engine, "REF-1", Wanted("claim", instalment=2), date(2011, 2, 24)).content)
    ).tables
    engine.dispose()
    assert odd in [row.cells[1].text for row in tables[0].rows]
    states = [row.cells[1].text.replace("\N{NO-BREAK SPACE}", " ") for row in tables[1].rows]
    assert states[1].startswith("utbetalt 390 000 kr av 400 000 kr, 10 000 kr saknas")
    assert states[2] == "villkoret är uppfyllt"


def test_figures_add_up_over_the_year(made: Made) -> None:
    report = Document(BytesIO(made(Wanted("final-report")).content))
    rows = [[cell.text for cell in row.cells] for table in report.tables for row in table.rows]
    # How the known sums fall on the quarters is a choice of the data.
    assert ["Anmälningar till socialtjänsten", "3*", "4*", "4*", "3*", "14"] in rows
    assert ["Personer under 18 år", "2*", "3*", "3*", "2*", "10"] in rows
    assert ["Personer som är 18 eller 19 år", "1*", "1*", "1*", "0*", "3"] in rows
    spent = next(row for row in rows if row[0] == "Kostnader under perioden")
    assert [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in spent[1:]] == [
        "118 000 kr*",
        "127 500 kr*",
        "121 000 kr*",
        "133 500 kr*",
        "500 000 kr*",
    ]
    against_budget = ["Bidraget", "500 000 kr", "500 000 kr", "0 kr", "100 %"]
    assert against_budget in [[plain_spaces(cell) for cell in row] for row in rows]
    said = words_of(made(Wanted("final-report")))
    assert "Ort och datum" in said
    assert "siffror ur verksamhetssystemet, hämtat 1 april 2010 (preliminärt)" in said


@pytest.mark.parametrize("wanted", KINDS, ids=lambda wanted: f"{wanted.kind}.{wanted.language}")
def test_word_and_pdf_say_the_same_and_no_line_ends_within_a_day(made: Made, wanted: Wanted) -> None:
    paper, language = made(wanted), wanted.language
    word = Document(BytesIO(paper.content))
    parts = (word.element.body, word.sections[0].footer._element)
    texts = [node.text or "" for part in parts for node in part.iter(qn("w:t"))]
    months = "|".join(get_month_names("wide", locale=language).values())
    days = re.compile(rf"\d[ \xa0](?:{months})[ \xa0]\d{{4}}")
    found = [day for text in texts for day in days.findall(text)]
    assert found
    assert [day for day in found if " " in day] == []
    said = words_of(paper)
    assert "{" not in said
    assert "None" not in said
    pdf = as_pdf(paper.content, language)
    assert pdf.startswith(b"%PDF")
    assert f"/Lang({language})".encode() in pdf.replace(b" ", b"")
    # Who listens to it meets the same headings, tables, columns and rows in both.
    styles = [one.style.name for one in word.paragraphs if one.style is not None and one.text]
    tables = [rows for rows in (table.rows for table in word.tables) if is_heading(rows[0])]
    read = read_back(pdf)
    assert (read["H1"], read["H2"]) == (styles.count("Title"), styles.count("Heading 1"))
    assert read["H1"] == 1
    labels = [table for table in word.tables if is_labelled(table)]
    assert (read["Table"], read["THead"]) == (len(tables) + len(labels), len(tables))
    assert read["Column"] == sum(len(rows[0].cells) for rows in tables)
    assert read["Row"] == sum(len(rows) - 1 for rows in tables) + sum(len(table.rows) for table in labels)
    assert read["TH"] == read["Column"] + read["Row"]
    looks = [rows[0]._tr.getparent().find(f".//{qn('w:tblLook')}") for rows in tables]
    assert all(one.get(qn("w:firstColumn")) == "1" for one in looks)
    assert bool(read["Lang"]) == (word.element.body.find(f".//{qn('w:lang')}") is not None)
    drawn = list(word.element.body.iter(qn("wp:docPr")))
    assert read["Figure"] == read["Alt"] == len(drawn)
    assert all(one.get("descr") for one in drawn)


def is_heading(row: Any) -> bool:
    """Return whether a table's row is marked as its headings."""
    return row._tr.trPr is not None and row._tr.trPr.find(qn("w:tblHeader")) is not None


def is_labelled(table: Any) -> bool:
    """Return whether a table's rows are labels in bold and their values."""
    return all(run.bold for cell in table.columns[0].cells for run in cell.paragraphs[0].runs)


@pytest.mark.parametrize("wanted", KINDS, ids=lambda wanted: f"{wanted.kind}.{wanted.language}")
def test_pdf_is_what_an_archive_and_a_screen_reader_ask_for(made: Made, wanted: Wanted) -> None:
    content = as_pdf(made(wanted).content, wanted.language)
    pdf: Any = PdfReader(BytesIO(content))
    root = pdf.root_object
    claims = root["/Metadata"].get_data().decode()
    assert "/Filter" not in root["/Metadata"]
    for claim in ("pdfaid:part>2<", "pdfaid:conformance>A<", "pdfuaid:part>1<"):
        assert claim in claims
    (intent,) = root["/OutputIntents"]
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/DestOutputProfile"].get_data()[36:40] == b"acsp"  # an ICC profile
    assert root["/MarkInfo"] == {"/Marked": True, "/Suspects": False}
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "/Outlines" in root
    # The last trailer, of what is appended for the rows, names the title that poppler and archives list.
    assert b"/Info" in content.rpartition(b"/XRef")[2]
    assert pdf.trailer["/Info"]["/Title"] in claims
    assert len(pdf.trailer["/ID"]) == 2
    assert "/Encrypt" not in pdf.trailer
    every = [one.get_object() for one in map(pdf.get_object, range(1, pdf.trailer["/Size"]))]
    dictionaries = [one for one in every if isinstance(one, DictionaryObject)]
    assert not [one for one in dictionaries if {"/AA", "/JS", "/OpenAction", "/EmbeddedFiles"} & {*one}]
    fonts: list[Any] = [one for one in dictionaries if one.get("/Type") == "/Font"]
    assert fonts
    for font in fonts:
        if font["/Subtype"] == "/Type0":
            assert "/ToUnicode" in font
        else:
            assert {"/FontFile2", "/FontFile3"} & {*font["/FontDescriptor"]}


def read_back(pdf: bytes) -> Counter[str]:
    """Return how often a PDF's structure has each tag, scope, language and alternative text."""
    found: Counter[str] = Counter()

    def read(element: Any) -> None:
        if isinstance(element, ArrayObject):
            for one in element:
                read(one.get_object())
        elif isinstance(element, DictionaryObject) and "/S" in element:
            told = [*element.get("/A", ()), element]
            found.update(one[key][1:] for one in told for key in ("/S", "/Scope") if key in one)
            found.update(key[1:] for key in ("/Alt", "/Lang") if element.get(key))
            read(element.get("/K"))

    tree: Any = PdfReader(BytesIO(pdf)).root_object["/StructTreeRoot"]
    read(tree["/K"])
    return found


def test_paper_of_a_day_before_what_it_tells_of_is_refused(drafted: Engine) -> None:
    with pytest.raises(BadInput, match="say --on 2010-03-24 or later"):
        make_paper(drafted, "REF-2009-1", Wanted("memo"), date(2010, 3, 23))
    assert words_of(make_paper(drafted, "REF-2009-1", Wanted("memo"), date(2010, 3, 24)))


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (Wanted("follow-up"), "say of which step"),
        (Wanted("claim"), "say of which instalment"),
        (Wanted("claim", instalment=7), "7 in REF-2009-2"),
        (Wanted("follow-up", step="lost"), "'lost' in REF-2009-2"),
    ],
)
def test_what_is_missing_is_told(drafted: Engine, wanted: Wanted, sentence: str) -> None:
    with pytest.raises(BadInput, match=re.escape(sentence)):
        make_paper(drafted, SECOND, wanted, WITH_COMMITTEE)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        ("{{ f.nothing }}", "{{ f.nothing }}: there is no such field; "),
        (
            "Summa {{ f.awrd }} kr",
            "stands {{ f.awrd }}: there is no such field; the nearest is {{ f.award }}",
        ),
        ("{% if %}", "stands {% if %}: it has no {% endif %}"),
        ("{% if %}{% endif %}", "stands {% if %}: it is not written as a field, a condition or a loop is"),
        ("Till {{ f.funder }", 'stands "Till {{ f.funder }": {{ or {% has no end, or an end no beginning'),
        # What all facts would print is not known: the figures of few people are among them.
        *(
            (one, "{{ f }} is all that is known of the grant: say what of it, as {{ f.title }}")
            for one in ("Allt: {{ f | string }}", "Allt: {{ f['tab' ~ 'les'] }}", "Allt: {{ '%s' % f }}")
        ),
    ],
)
def test_slip_in_a_template_is_told_with_its_name(tmp_path: Path, edit: str, says: str) -> None:
    own_template(tmp_path, "memo.sv.docx", edit)
    with pytest.raises(TemplateBroken, match=re.escape("memo.sv.docx: ")) as caught:
        try_template("memo.sv.docx", tmp_path)  # before any grant has a document made from it
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("{{ f.tables }}", "body"),
        ("{{ f['tables'] }}", "header"),
        ("{% for one in f.tables %}{{ one }}{% endfor %}", "comments"),
        ("{{ f.tables }}", "subject"),
    ],
)
def test_template_that_prints_figures_asks_about_small_numbers(
    drafted: Engine, tmp_path: Path, line: str, place: str
) -> None:
    own_template(tmp_path, "cover-letter.sv.docx")
    changed = Document(str(tmp_path / "cover-letter.sv.docx"))
    if place == "body":
        changed.add_paragraph(line)
    elif place == "header":
        changed.sections[0].header.add_paragraph(line)
    else:
        setattr(changed.core_properties, place, line)
    changed.save(str(tmp_path / "cover-letter.sv.docx"))
    wanted = Wanted("cover-letter", templates=tmp_path)
    assert look_at_paper(drafted, SECOND, wanted, WITH_COMMITTEE).small
    assert not look_at_paper(drafted, SECOND, Wanted("cover-letter"), WITH_COMMITTEE).small


def test_sentence_that_states_a_hidden_number_is_named_changed_or_confirmed(
    sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "home"))
    a_grant_that_was(sqlite, "first paid")
    said = {**FIGURES, "activities": "Heltid i två månader. Samverkan med polisen."}
    answer(sqlite, "follow-up-2010-q1", date(2010, 4, 27), data=said)
    desk, began_on = Desk(sqlite, tmp_path, monkeypatch, capsys), today()
    asked = ("memo", "REF-1", "--kind", "follow-up", "--step", "follow-up-2010-q1", "--on", "2010-04-28")
    code, _, err = desk.grants(*asked, "--small", "fewer", "--by", OWNER)
    assert code == 1
    assert '"Heltid i två månader. Samverkan med polisen.": ändra texten, eller ange --confirm-texts' in err
    # What was refused is not kept: later papers would hide by it.
    assert journal(sqlite, "small_numbers_chosen") == []
    keeps = ("--small", "fewer", "--confirm-texts", "--keep", "--by")
    code, _, err = desk.grants(*asked, *keeps, "nobody@example.org")
    assert (code, journal(sqlite, "small_numbers_chosen")) == (2, []), err
    assert [
        one for one in (desk.folder / "home").rglob("*") if one.is_file() and "documents" in one.parts
    ] == []
    assert desk.grants(*asked, *keeps, OWNER)[0] == 0
    assert desk.grants(*asked)[0] == 0
    chosen = journal(sqlite, "small_numbers_chosen")
    assert chosen == [{"choice": "fewer", "sentences": 1}]
    (event,) = [row for row in rows(sqlite, JournalEvent) if row.event == "small_numbers_chosen"]
    # The paper is of its day, and the choice of the day on which it was made.
    assert event.on in (began_on, today())
    assert {row.made_on for row in rows(sqlite, MadeDocument)} == {date(2010, 4, 28)}


@pytest.mark.parametrize("name", template_names())
def test_shipped_template_asks_for_nothing_that_there_is_not(name: str) -> None:
    try_template(name, TEMPLATES)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["Belopp: {{ f.award } kr"], 'stands "Belopp: {{ f.award } kr": {{ or {% has no end'),
        (["{%p for one in f.instalments %}", "Rat {{ one.sum }}"], "it has no {% endfor %}"),
    ],
)
def test_slip_amid_a_template_is_told_before_anything_is_filled_in(
    drafted: Engine, tmp_path: Path, lines: list[str], says: str
) -> None:
    own_template(tmp_path, "memo.sv.docx", *lines, before="Bakgrund")
    told = []
    for look in (
        lambda: try_template("memo.sv.docx", tmp_path),
        lambda: make_paper(drafted, SECOND, Wanted("memo", templates=tmp_path), WITH_COMMITTEE),
    ):
        with pytest.raises(TemplateBroken) as caught:
            look()
        told.append(str(caught.value))
    assert told[0] == told[1]
    assert says in told[0]


def test_loop_that_an_officer_adds_is_filled_in(drafted: Engine, tmp_path: Path) -> None:
    lines = ("{%p for one in f.instalments %}", "Rat {{ one.number }}: {{ one.sum }}", "{%p endfor %}")
    own_template(tmp_path, "memo.sv.docx", *lines, before="Bakgrund")
    said = words_of(make_paper(drafted, SECOND, Wanted("memo", templates=tmp_path), WITH_COMMITTEE))
    assert "Rat 1: 400 000 kr Rat 2: 100 000 kr Bakgrund" in said.replace("\N{NO-BREAK SPACE}", " ")


def own_template(folder: Path, name: str, *lines: str, before: str = "") -> None:
    """Let an organisation add lines to its own copy of a template, at its end or before a paragraph."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = Document(str(TEMPLATES / name))
    for line in lines:
        if before:
            next(one for one in changed.paragraphs if one.text == before).insert_paragraph_before(line)
        else:
            changed.add_paragraph(line)
    changed.save(str(folder / name))


def _no_document(path: Path) -> None:
    path.write_bytes(b"PK not really")


def _gone_link(path: Path) -> None:
    path.symlink_to(path.with_name("gone"))


@pytest.mark.parametrize("damage", [_no_document, _gone_link])
def test_damaged_template_is_told_and_no_other_taken(
    drafted: Engine, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    damage(tmp_path / "memo.sv.docx")
    with pytest.raises(TemplateBroken, match="cannot be read as a Word document"):
        make_paper(drafted, SECOND, Wanted("memo", templates=tmp_path), WITH_COMMITTEE)


def test_organisations_own_template_wins_in_its_language_alone(drafted: Engine, tmp_path: Path) -> None:
    own_template(tmp_path, "memo.sv.docx", "Enligt mall från {{ f.recipient }}.")
    swedish = words_of(make_paper(drafted, SECOND, Wanted("memo", templates=tmp_path), WITH_COMMITTEE))
    assert swedish.endswith("Enligt mall från Socialnämnden.")
    english, plain = (
        make_paper(drafted, SECOND, Wanted("memo", "en", templates=one), WITH_COMMITTEE).content
        for one in (tmp_path, None)
    )
    assert english == plain


def test_text_that_the_pdf_cannot_hold_is_refused(without_office: None) -> None:
    word = Document()
    paragraph = word.add_paragraph("Before ")
    box = word.element.makeelement("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}sdt", {})
    content = box.makeelement("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t", {})
    content.text = "hidden"
    box.append(content)
    paragraph._p.append(box)
    made = BytesIO()
    word.save(made)
    with pytest.raises(TemplateBroken, match="hidden"):
        as_pdf(made.getvalue(), "sv")


def test_memo_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert run(["init"]) == 0
    assert run(["import", str(REFERENCE), "--on", "2010-11-01"]) == 0
    own_template(tmp_path / "home" / "templates", "memo.sv.docx", "A line of our own")
    assert run(["memo", SECOND, "--language", "en"]) == 0
    assert run(["memo", SECOND, "--language", "sv"]) == 0
    (*_, last) = Document(str(tmp_path / f"{SECOND}-memo.sv.docx")).paragraphs
    assert last.text == "A line of our own"
    assert run(["memo", SECOND, "--out", "memo.pdf"]) == 0
    assert (tmp_path / f"{SECOND}-memo.en.docx").read_bytes().startswith(b"PK")
    assert (tmp_path / "memo.pdf").read_bytes().startswith(b"%PDF")
    monkeypatch.setenv("GRANTS_LANGUAGE", "en")
    assert run(["memo", SECOND, "--out", "no/such/folder.docx"]) == 2
    assert "No such file or directory" in capsys.readouterr().err
    broken = Document(str(TEMPLATES / "memo.sv.docx"))
    broken.paragraphs[0].insert_paragraph_before("Rubrik", style="Heading 2")
    broken.save(str(tmp_path / "home" / "templates" / "memo.sv.docx"))
    assert run(["memo", SECOND, "--language", "sv", "--out", "other.pdf"]) == 2
    assert " its first heading has another style than Title (Rubrik): " in capsys.readouterr().err
    assert not (tmp_path / "other.pdf").exists()


def test_small_numbers_are_named_and_printed_as_an_officer_chose(made: Made) -> None:
    asked = made(Wanted("final-report"))
    assert asked.undecided
    assert "Personer under 18 år, kvartal 1 2010: 2" in asked.small
    assert "Personer som är 18 eller 19 år, totalt: 3" in asked.small
    fewer = made(Wanted("final-report", small=SmallNumbers.FEWER))
    lines = [[cell.text for cell in row.cells] for table in tables_of(fewer) for row in table.rows]
    assert ["Anmälningar till socialtjänsten", "14"] in lines
    assert not [line for line in lines if line[0].endswith(("under 18 år", "18 eller 19 år"))]
    assert "Tal under fem visas inte, bara summan." in words_of(fewer)
    # Numbers in words are read by an officer, who says so once.
    assert any("tio personer under 18 år" in text for text in fewer.unread)
    assert fewer.undecided
    confirmed = Wanted(
        "final-report", small=SmallNumbers.FEWER, confirmed=frozenset(map(find_text_key, fewer.unread))
    )
    assert not made(confirmed).undecided
    shown = made(Wanted("memo", small=SmallNumbers.SHOW))
    assert not shown.undecided
    assert made(Wanted("claim", instalment=2)).small == ()


def test_two_reports_about_one_period_hide_their_numbers_and_no_note_tells_them(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    text = (Path(__file__).parents[2] / "programmes" / "every-check.yaml").read_text(encoding="utf-8")
    report = text[text.index("  - key: follow-up") : text.index("  - key: final-report")]
    own = tmp_path / "two.yaml"
    own.write_text(
        text.replace(report, report + report.replace("key: follow-up", "key: counts")).replace(
            "ledger: {", "ledger: {title: {sv: boken, en: the ledger}, "
        ),
        encoding="utf-8",
    )
    open_grants(engine, an_entry(programme=str(own), dates={}, period_end_on=date(2010, 6, 30)))
    decide(engine, amount_minor=50_000_000, dates={"final_report_on": date(2010, 9, 30)})
    day = date(2010, 4, 6)
    days = {"met_on": "2010-03-31", "booked_on": "2010-03-31", "spent.why": "Early."}
    given = {"reports": 23, "under_18": 3, "over_18": 20, "meetings": 40, "staff": 1, "spent": 1000}
    other = {"reports": 40, "under_18": 20, "over_18": 20, "meetings": 40, "staff": 1, "spent": 1000}
    for step, data in (("follow-up-2010-q1", given), ("counts-2010-q1", other)):
        answer(engine, step, day, data=data | days)
    with transaction(engine) as connection:
        figure = {"step_id": steps(engine)["follow-up-2010-q1"].id, "question": "reports", "value": "24"}
        figure |= {"source": "ledger-1.csv", "period": "", "accounts": {}, "gathered_at": at(day)}
        connection.execute(insert(table_of(Figure)).values(**figure))
    hidden = make_paper(engine, "REF-1", Wanted("final-report", "en", small=SmallNumbers.FEWER), day)
    lines = [[cell.text for cell in row.cells] for one in tables_of(hidden) for row in one.rows]
    # Of two columns of the same quarter, and what adds up over both, only totals are printed.
    assert ["Persons under 18", "23"] in lines
    assert ["Reports", "63"] in lines
    # What adds up to people is told no more than they are: not in a note either.
    memo = make_paper(engine, "REF-1", Wanted("memo", "en", small=SmallNumbers.FEWER), day)
    assert "24" not in words_of(hidden) + words_of(memo)
    asked = "The spending so far is more than what has been paid."
    assert f"Spending, quarter 1 2010: {asked} “Early.”" in words_of(hidden)
    assert "The total is of the periods that have a figure; there is none for quarter 2 2010." in words_of(
        hidden
    )
    engine.dispose()


@pytest.mark.parametrize(
    ("purpose", "says"),
    [("Hälsoinsatser för unga.", "”Hälsoinsatser för unga”"), ("det sökta.", "det sökta")],
)
def test_purpose_reads_right_within_a_sentence(tmp_path: Path, purpose: str, says: str) -> None:
    engine = a_database(tmp_path)
    open_grants(engine)
    decide(engine, amount_minor=50_000_000, purpose=purpose)
    said = words_of(make_paper(engine, "REF-1", Wanted("memo"), date(2010, 1, 12)))
    assert f"ska enligt beslutet användas till {says}." in said.replace("\N{NO-BREAK SPACE}", " ")
    engine.dispose()


def tables_of(paper: Paper) -> list[Any]:
    return list(Document(BytesIO(paper.content)).tables)


def test_version_with_small_numbers_wants_a_choice_and_notes_it(tmp_path: Path) -> None:
    engine, file_store = a_database(tmp_path), FileStore(tmp_path / "documents")
    a_grant_that_was(engine, "followed up")
    day = date(2011, 1, 10)

    def keep(small: SmallNumbers | None) -> KeptPaper:
        wanted = Wanted("final-report", small=small)
        if small is SmallNumbers.TOTALS:
            with pytest.raises(SmallUndecided, match="--confirm-texts when you have read it"):
                keep_paper(engine, file_store, "REF-1", wanted, by_email=OWNER, today=day, now=at(day))
            wanted = confirm_all(engine, "REF-1", wanted, day, provisional=False)
        return keep_paper(engine, file_store, "REF-1", wanted, by_email=OWNER, today=day, now=at(day))

    with pytest.raises(SmallUndecided, match=r": \d; .*: say --small show, --small fewer or --small totals"):
        keep(None)
    assert rows(engine, MadeDocument) == []
    first, again = keep(SmallNumbers.SHOW), keep(SmallNumbers.SHOW)
    assert (first.version, first.again, again.version, again.again) == (1, False, 1, True)
    # It holds for the grant's later documents, until another is chosen.
    kept = keep_paper(engine, file_store, "REF-1", Wanted("memo"), by_email=OWNER, today=day, now=at(day))
    assert (kept.version, kept.again) == (1, False)
    assert [one["small_numbers"] for one in journal(engine, "document_made")] == ["show", "show"]
    keep(SmallNumbers.TOTALS)
    assert [one["choice"] for one in journal(engine, "small_numbers_chosen")] == ["show", "totals"]
    engine.dispose()


@pytest.mark.parametrize(
    ("said", "starts", "file"),
    [
        pytest.param(("--out", "X.PDF"), b"%PDF", "X.PDF", id="a PDF by its name, in capitals"),
        pytest.param((), b"PK", "REF-1-final-report.sv.docx", id="Word under its own name"),
    ],
)
def test_version_is_kept_as_word_and_pdf_whatever_file_is_written(
    sqlite: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    said: tuple[str, ...],
    starts: bytes,
    file: str,
) -> None:
    a_grant_that_was(sqlite, "followed up")
    desk = Desk(sqlite, tmp_path, monkeypatch, capsys)
    keep_it = ("--kind", "final-report", "--small", "show", "--keep", "--by", OWNER, "--on", "2011-01-10")
    assert desk.grants("memo", "REF-1", *keep_it, *said)[0] == 0
    assert (desk.folder / file).read_bytes().startswith(starts)
    assert [row.name for row in rows(sqlite, MadeDocument)] == [
        "REF-1-final-report.sv-v1.docx",
        "REF-1-final-report.sv-v1.pdf",
    ]


def test_file_with_small_numbers_is_not_written_before_somebody_chose(
    sqlite: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    a_grant_that_was(sqlite, "followed up")
    desk = Desk(sqlite, tmp_path, monkeypatch, capsys)
    file = "x.pdf"
    asked = ("memo", "REF-1", "--kind", "final-report", "--on", "2011-01-10", "--out", file)
    code, out, err = desk.grants(*asked, "--keep", "--by", OWNER)
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert "ange --small show, --small fewer eller --small totals" in err
    assert not (desk.folder / file).exists()
    assert rows(sqlite, MadeDocument) == []
    assert "ange vem som gör det: --by E-POST" in desk.grants(*asked, "--small", "show")[2]
    assert desk.grants(*asked, "--small", "show", "--by", OWNER)[0] == 0
    (desk.folder / file).unlink()
    assert desk.grants(*asked)[0] == 0
    assert (desk.folder / file).exists()
    assert [one["choice"] for one in journal(sqlite, "small_numbers_chosen")] == ["show"]


def play_on(engine: Engine, *stages: str) -> None:
    """Play the grant on by these stages."""
    acts = acts_of(engine)
    for stage in stages:
        acts[stage]()


def journal(engine: Engine, *names: str) -> list[dict[str, object]]:
    return [row.detail for row in rows(engine, JournalEvent) if row.event in names]


def test_version_whose_file_was_changed_or_is_gone_is_made_anew(tmp_path: Path) -> None:
    engine, file_store = a_database(tmp_path), FileStore(tmp_path / "documents")
    a_grant_that_was(engine, "followed up")
    day, wanted = date(2011, 1, 10), Wanted("final-report", small=SmallNumbers.SHOW)
    keep_paper(engine, file_store, "REF-1", wanted, by_email=OWNER, today=day, now=at(day))
    file_store.path(rows(engine, MadeDocument)[1].stored_as).unlink()
    again = keep_paper(engine, file_store, "REF-1", wanted, by_email=OWNER, today=day, now=at(day))
    assert (again.version, again.again) == (2, False)
    engine.dispose()


def test_bundle_holds_documents_letters_and_journal(tmp_path: Path) -> None:
    engine, file_store = a_database(tmp_path), FileStore(tmp_path / "documents")
    a_grant_that_was(engine, "first paid")
    do_round(engine, date(2010, 4, 23))
    deliver(engine, SETTINGS, lambda: at(date(2010, 4, 23)))
    kept = keep_paper(
        engine,
        file_store,
        "REF-1",
        Wanted("follow-up", step="follow-up-2010-q1", small=SmallNumbers.SHOW),
        by_email=OWNER,
        today=date(2010, 4, 26),
        now=at(date(2010, 4, 26)),
    )
    target = tmp_path / "out.zip"
    bundle = write_bundle(engine, file_store, "REF-1", target, translator("sv"))
    with ZipFile(target) as archive:
        index = archive.read("index.csv").decode("utf-8-sig").splitlines()
        events = archive.read("journal.csv").decode("utf-8-sig").splitlines()
        assert hashlib.sha256(archive.read(f"documents/made-0001-{kept.name}")).hexdigest() == kept.sha256
        letters = archive.read("letters.csv").decode("utf-8-sig").splitlines()
    assert letters[0] == "Datum;Riktning;Person;Vad mejlet sa;Svar"
    assert any(
        one.startswith("2010-04-23;sparad, inte skickad;Coordinator;Uppföljning, kvartal 1 2010: ")
        for one in letters
    )
    assert (len(index), bundle.left_out) == (bundle.lines + 1, ())
    assert index[0].startswith("Nr;Referens;Bidragsgivarens beteckning;Bidragsgivare;Datum;Riktning;Från;")
    assert any(kept.name in line and kept.sha256 in line for line in index)
    assert len(events) > 10
    with ZipFile(target) as archive:
        listed = list(csv.DictReader(StringIO(archive.read("index.csv").decode("utf-8-sig")), delimiter=";"))
        hashes = {
            name: hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if name != "index.csv"
        }
    assert {row["Fil"]: row["SHA-256"] for row in listed if row["Fil"]} == hashes
    assert [row["Nr"] for row in listed] == [str(number + 1) for number in range(len(listed))]
    assert [row["Datum"] for row in listed] == sorted(row["Datum"] for row in listed)
    assert all(row["Datum"] and row["Från"] and row["Till"] and row["Beskrivning"] for row in listed)
    ways = {(row["Riktning"], row["Fil"].partition("/")[0]) for row in listed}
    assert ways == {
        ("inkommen", ""),
        ("utgående", ""),  # the claim, which lies elsewhere
        ("upprättad", "documents"),
        ("upprättad", "letters.csv"),
        ("upprättad", "journal.csv"),
    }
    with ZipFile(target) as archive:
        book = StringIO(archive.read("journal.csv").decode("utf-8-sig"))
    told = list(csv.DictReader(book, delimiter=";"))
    said = [" ".join(row["Vad som hände"].split()) for row in told]
    assert any(one.startswith("Bidragsgivarens beslut 5 november 2009 registrerades: ") for one in said)
    assert "Planerat: ”uppföljning, kvartal 1 2010”." in said
    assert not [one for one in said if "step" in one or "_" in one]
    assert {row["Uppgift"] for row in told} >= {"Ansökan", "Uppföljning, kvartal 1 2010"}
    assert all(row["SHA-256"] and row["Händelse, som den är lagrad"] for row in told)
    assert listed[-1]["Beskrivning"] == "Händelselogg över bidraget: vem som gjorde vad, och när"
    again = tmp_path / "again.zip"
    write_bundle(engine, file_store, "REF-1", again, translator("sv"))
    assert again.read_bytes() == target.read_bytes()
    with pytest.raises(UnknownReference):
        write_bundle(engine, file_store, "REF-9", tmp_path / "none.zip", translator("sv"))
    assert not list(tmp_path.glob("none.zip*"))
    engine.dispose()


def test_bundle_takes_the_place_of_the_one_before_whole_or_not_at_all(tmp_path: Path) -> None:
    engine, file_store = a_database(tmp_path), FileStore(tmp_path / "documents")
    a_grant_that_was(engine, "decided")
    target, opened = tmp_path / "out.zip", tmp_path / "opened"
    target.write_bytes(b"the one before")
    opened.hardlink_to(target)  # as who reads it meanwhile has it
    with no_room(), pytest.raises(OSError, match="too large"):
        write_bundle(engine, file_store, "REF-1", target, translator("sv"))
    assert target.read_bytes() == b"the one before"
    write_bundle(engine, file_store, "REF-1", target, translator("sv"))
    assert (opened.read_bytes(), is_zipfile(target)) == (b"the one before", True)
    assert [*tmp_path.glob("out.zip*")] == [target]
    with pytest.raises(BadInput, match=": it is no file; name one to write"):
        write_bundle(engine, file_store, "REF-1", tmp_path, translator("sv"))
    engine.dispose()


def test_bundle_lists_what_the_funder_decided_and_approved(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "funder approved")
    rename(engine, "funder", "Regionen", date(2011, 2, 1))
    rename(engine, "funder", "Framtidsmyndigheten", date(2029, 1, 1))
    rename(engine, "committee", "Omsorgsnämnden", date(2011, 2, 1))
    write_bundle(engine, FileStore(tmp_path / "documents"), "REF-1", tmp_path / "out.zip", translator("sv"))
    with ZipFile(tmp_path / "out.zip") as archive:
        listed = csv.DictReader(StringIO(archive.read("index.csv").decode("utf-8-sig")), delimiter=";")
        came = [row for row in listed if row["Riktning"] == "inkommen"]
    assert {row["Bidragsgivare"] for row in came} == {"Länsstyrelsen", "Regionen"}
    assert (came[0]["Från"], came[0]["Till"]) == ("Länsstyrelsen", "Socialnämnden")
    assert [(row["Datum"], row["Från"], row["Till"], row["Beskrivning"]) for row in came[1:]] == [
        ("2011-02-24", "Regionen", "Omsorgsnämnden", "Bidragsgivarens godkännande av slutrapporten")
    ]
    engine.dispose()


HOSTILE_NAMES = (
    "räkning.pdf",
    "räkning.pdf",
    "Räkning.PDF",
    "CON.pdf",
    "aux.pdf",
    "../../x.pdf",
    "..\\..\\x.pdf",
    "a" * 300 + ".pdf",
    "\u202efdp.pdf",
    "\u05d3\u05d5\u05d7.pdf",
    "bild \U0001f600.pdf",
    "\U0001f600" * 130 + ".pdf",
    "rapport.pdf...",
    "rapport.pdf . ",
    "=1+1.pdf",
    "REF-1-final-report.sv-v1.pdf",
)
_NOT_ON_WINDOWS = re.compile(
    r'[<>:"/\\|?*\x00-\x1f]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE
)


def test_bundle_holds_each_file_once_whatever_its_name(tmp_path: Path) -> None:
    engine, file_store = a_database(tmp_path), FileStore(tmp_path / "documents")
    a_grant_that_was(engine, "followed up")
    files = []
    for number, name in enumerate(HOSTILE_NAMES):
        with file_store.receive(name) as receiver:
            receiver.write(b"%PDF-1.7\n" + str(number).encode() + b"\n%%EOF")
            files.append(receiver.finish())
    answer(engine, "draft", date(2011, 1, 10), data=FIGURES, files=tuple(files))
    made = (Wanted("final-report", small=SmallNumbers.SHOW), Wanted("memo", small=SmallNumbers.SHOW))
    for wanted in made:
        keep_paper(
            engine,
            file_store,
            "REF-1",
            wanted,
            by_email=OWNER,
            today=date(2011, 1, 10),
            now=at(date(2011, 1, 10)),
        )
    write_bundle(engine, file_store, "REF-1", tmp_path / "out.zip", translator("sv"))
    with ZipFile(tmp_path / "out.zip") as archive:
        names = archive.namelist()
        index = list(csv.DictReader(StringIO(archive.read("index.csv").decode("utf-8-sig")), delimiter=";"))
        contents = {name: archive.read(name) for name in names}
    parts = [part for name in names for part in name.split("/")]
    assert not [part for part in parts if _NOT_ON_WINDOWS.search(part) or len(part.encode()) > 255]
    assert len({name.casefold() for name in names}) == len(names)
    documents = [name for name in names if name.startswith("documents/")]
    assert len(documents) == len(HOSTILE_NAMES) + 2 * len(made)
    for row in index:
        if row["Fil"]:
            assert hashlib.sha256(contents[row["Fil"]]).hexdigest() == row["SHA-256"]
    handed_in = [row for row in index if "inlämnad med utkast till slutrapport" in row["Beskrivning"]]
    for number, (file, row) in enumerate(zip(files, handed_in, strict=True)):
        assert contents[row["Fil"]].split(b"\n")[1] == str(number).encode()
        assert row["Beskrivning"].removeprefix("'").startswith(f"{file.name}, ")
        assert row["Fil"].endswith(f"-{file.name}")
    engine.dispose()


def test_bundle_says_what_it_leaves_out_and_ends_with_one(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine, file_store = a_database(tmp_path), FileStore(tmp_path / "documents")
    a_grant_that_was(engine, "followed up")
    day, wanted = date(2011, 1, 10), Wanted("final-report", small=SmallNumbers.SHOW)
    keep_paper(engine, file_store, "REF-1", wanted, by_email=OWNER, today=day, now=at(day))
    file_store.path(rows(engine, MadeDocument)[1].stored_as).write_bytes(b"other")
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    monkeypatch.setenv("GRANTS_DATABASE_URL", str(engine.url))
    monkeypatch.chdir(tmp_path)
    assert run(["export", "bundle", "REF-1", "--out", "out.zip"]) == 1
    note, line = capsys.readouterr().err.splitlines()
    # Both files of the version, and the journal.
    assert note == "note: 3 lines of the index to be tried for confidentiality before handing out"
    assert line.startswith("left out: Slutrapporten, version 1 (filen ")
    assert line.endswith("; put the file back from a backup and write it again")
    with ZipFile(tmp_path / "out.zip") as archive:
        listed = list(csv.DictReader(StringIO(archive.read("index.csv").decode("utf-8-sig")), delimiter=";"))
        assert len([name for name in archive.namelist() if name.startswith("documents/")]) == 1
    marked = [row["Fil"] for row in listed if row["Sekretess"] == "ska prövas: visar små tal om personer"]
    assert sorted(marked) == ["", "documents/made-0001-REF-1-final-report.sv-v1.docx"]
    engine.dispose()


def test_log_of_letters_tells_of_no_other_grant(tmp_path: Path) -> None:
    engine, file_store = a_database(tmp_path), FileStore(tmp_path / "documents")
    first, second = an_entry("REF-1", title="Regional samordning"), an_entry("REF-2", title="Hemligt stöd")
    open_grants(engine, first, second)
    do_round(engine, date(2009, 9, 14))
    deliver(engine, SETTINGS, lambda: at(date(2009, 9, 14)))
    whole = next(row.content for row in rows(engine, Letter) if row.content)
    assert b"REF-1" in whole
    assert b"Hemligt" in whole
    write_bundle(engine, file_store, "REF-1", tmp_path / "out.zip", translator("sv"))
    with ZipFile(tmp_path / "out.zip") as archive:
        log = archive.read("letters.csv").decode("utf-8-sig")
        everything = b"".join(archive.read(one) for one in archive.namelist()).decode()
    assert log.splitlines()[1].startswith("2009-09-14;sparad, inte skickad;Coordinator;Ansökan: ")
    for secret in ("REF-2", "Hemligt", "/t/ey", "/t/WyJ"):
        assert secret not in everything
    engine.dispose()


def test_paper_says_what_it_is_of_which_day_and_in_which_language_its_quotations_are(made: Made) -> None:
    paper = made(Wanted("memo", "en"))
    word = Document(BytesIO(paper.content))
    core = word.core_properties
    assert (core.author, core.created.date(), core.modified.date()) == (
        "Socialförvaltningen",
        WITH_COMMITTEE,
        WITH_COMMITTEE,
    )
    swedish = [
        "".join(node.text or "" for node in run.iter(qn("w:t")))
        for run in word.element.body.iter(qn("w:r"))
        if (lang := run.find(f"{qn('w:rPr')}/{qn('w:lang')}")) is not None
        and lang.get(qn("w:val")) == "sv-SE"
    ]
    assert any(one.startswith("“en heltidstjänst för regional samordning") for one in swedish)
    assert any(one.startswith("“Traffickingsamordnaren") for one in swedish)
    assert not any("awarded" in one for one in swedish)
    assert b"/Lang(sv)" in as_pdf(paper.content, "en").replace(b" ", b"")


def test_word_and_pdf_are_in_one_typeface_and_a_tables_first_column_names_its_rows(made: Made) -> None:
    content = made(Wanted("memo")).content
    word = Document(BytesIO(content))
    looks = [one for table in word.tables for one in table._tbl.tblPr.iter(qn("w:tblLook"))]
    assert word.styles["Normal"].font.name == "Liberation Sans"
    assert {*re.findall(rb"/FontName/[A-Z]{6}\+(\w+)", as_pdf(content, "sv"))} <= {b"LiberationSans"}
    assert any(one.get(qn("w:firstColumn")) == "1" for one in looks)
