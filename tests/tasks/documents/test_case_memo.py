"""Hold the memo against every statement of the reference case, and all papers against changes of any fact."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from docx import Document
from sqlalchemy import Engine, select, update
from sqlmodel import SQLModel

from models.tables.columns import table_of
from models.tables.grant import Decision, Grant
from models.tables.money import Instalment
from models.tables.person import Organisation, OrganisationName, Person
from models.tables.step import Answer, Step
from tasks.documents.facts.provisional import Provisional
from tasks.documents.papers import Wanted, look_at_paper, make_paper
from tasks.documents.word.templates import Kind
from tasks.store.database import open_engine, transaction
from tasks.words.translator import plain_spaces
from tests.builders import a_database
from tests.grant_scenes import FIGURES, acts_of, an_entry, answer, bring_in, decide, open_grants, steps
from tests.reference_case import CLOSED, played_until
from tests.source_tree import ROOT

SECOND, DAY = "REF-2009-2", date(2011, 1, 17)

STATEMENTS = {
    name: ("" if heading == "head" else heading, words)
    for heading, said in yaml.safe_load(
        (ROOT / "tests" / "data" / "memo-statements.yaml").read_text("utf-8")
    ).items()
    for name, words in said.items()
}
# What the case does not say, and a paper that is signed has no place for.
NOT_SAID = ["15 september", "900 000", "118 000", "kvartal", "ej angiven", "Ort och datum"]
# What the memo prints and the case does not hold is marked as ours, until an officer confirms it.
MARKED = ["Hela bidraget är använt (preliminärt).", "sammanträdet tisdagen den 18 januari 2011 (preliminärt)"]


# What nobody signs: marks of what is provisional, and the names of files.
UNSIGNED = re.compile(r"preliminär|UTKAST|\.csv")


def parts_of(content: bytes) -> dict[str, str]:
    """Return what a paper says by its headings; "" holds its head, its title, and who signs it."""
    word = Document(BytesIO(content))
    found: dict[str, list[str]] = {"": [one.text for one in word.sections[0].header.paragraphs]}
    under = ""
    for part in word.iter_inner_content():
        if hasattr(part, "rows"):
            cells = " ".join(cell.text for row in part.rows for cell in row.cells)
            found["" if part.style is not None and part.style.name != "Table Grid" else under].append(cells)
            continue
        name = part.style.name if part.style is not None else ""
        if name.startswith("Heading 1"):
            under = part.text
            found[under] = []
        found[under].append(part.text)
    return {name: plain_spaces(" ".join(" ".join(said).split())) for name, said in found.items()}


@pytest.fixture(scope="module")
def memo(drafted: Engine) -> dict[str, str]:
    """The memo as the committee has it, by its headings."""
    return parts_of(make_paper(drafted, SECOND, Wanted("memo"), DAY).content)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_memo_holds_every_statement_of_the_case_where_it_belongs(
    memo: dict[str, str], statement: str
) -> None:
    heading, words = STATEMENTS[statement]
    assert words in memo[heading]


def test_memo_says_nothing_that_the_case_does_not_hold_without_its_mark(memo: dict[str, str]) -> None:
    said = " ".join(words for heading, words in memo.items() if heading != "Uppgifternas källor")
    assert [one for one in NOT_SAID if one in said] == []
    assert [one for one in MARKED if one not in said] == []
    assert [*memo] == [
        "",
        "Förvaltningens förslag till beslut",
        "Sammanfattning",
        "Bakgrund",
        "Ärendet",
        "Ärendets beredning",
        "Förvaltningens synpunkter och förslag",
        "Bilagor",
        "Uppgifternas källor",
    ]


@pytest.mark.parametrize("kind", ["memo", "final-report"])
def test_paper_is_a_draft_until_an_officer_has_confirmed_what_is_provisional(
    drafted: Engine, kind: Kind
) -> None:
    look = look_at_paper(drafted, SECOND, Wanted(kind), DAY)
    assert ("Nämndens sammanträde 18 januari 2011" in map(said_of, look.provisional)) == (kind == "memo")
    some, every = (frozenset(one.key for one in look.provisional[first:]) for first in (1, 0))
    said = {
        settled: " ".join(
            parts_of(make_paper(drafted, SECOND, Wanted(kind, settled=settled), DAY).content).values()
        )
        for settled in (some, every)
    }
    assert {"UTKAST", "preliminär"} <= {*UNSIGNED.findall(said[some])}
    assert UNSIGNED.findall(said[every]) == []
    assert not look_at_paper(drafted, SECOND, Wanted(kind, "en", settled=every), DAY).provisional


def test_paper_says_of_a_press_that_it_is_no_signature_and_leaves_room_for_one(memo: dict[str, str]) -> None:
    pressed = (("13", "Avdelningschefen"), ("14", "T.f. förvaltningschefen"))
    said = [
        f"Godkänt i Grantline den {day} januari 2011 av {name}. Det är ingen underskrift."
        for day, name in pressed
    ]
    assert memo["Förvaltningens förslag till beslut"].endswith(" ".join(said))
    assert "T.f. förvaltningschefen" in memo[""]


def said_of(one: Provisional) -> str:
    return plain_spaces(one.words)


def test_claim_says_that_it_cannot_be_sent_until_account_and_number_are_known(
    drafted: Engine, tmp_path: Path
) -> None:
    wanted = Wanted("claim", instalment=2)
    known = parts_of(make_paper(drafted, SECOND, wanted, DAY).content)[""]
    with a_copy(drafted, tmp_path) as engine:
        with transaction(engine) as connection:
            unknown = {"registration_number": "", "account": ""}
            connection.execute(update(table_of(Organisation)).values(unknown))
        without = parts_of(make_paper(engine, SECOND, wanted, DAY).content)[""]
    cannot = "Kan inte skickas ännu: mottagarens organisationsnummer och mottagarens konto saknas."
    assert (cannot in without, "Kan inte skickas" in known) == (True, False)
    assert "Datum 17 januari 2011" in known
    # Of the money that came, one sentence.
    assert known.count("400 000 kr, är använt") + known.count("Hittills har") == 1


def test_cover_letter_lists_what_is_submitted(drafted: Engine, tmp_path: Path) -> None:
    ended = played_until(CLOSED, tmp_path)
    said = [
        parts_of(make_paper(engine, SECOND, Wanted("cover-letter"), day).content)[""].partition("Bilagor: ")
        for engine, day in ((drafted, DAY), (ended, CLOSED))
    ]
    ended.dispose()
    assert [annexes for *_, annexes in said] == ["1. Slutrapporten", "1. Slutrapporten 2. Protokollsutdrag"]


def test_memo_says_where_each_fact_comes_from(memo: dict[str, str]) -> None:
    assert [one for one in SOURCES if one not in memo["Uppgifternas källor"]] == []


SOURCES = [
    "Beslutet den 16 april 2009, REF-2009-1 Länsstyrelsens beslut 2009-04-16",
    "Beslutet den 5 november 2009, REF-2009-2 Länsstyrelsens beslut 2009-11-05",
    "Ansökan Ansökan, september 2009 (preliminärt)",
    "Handläggaren, 27 april 2010; siffror ur verksamhetssystemet, hämtat 1 april 2010",
    "Sista dag för slutrapporten Länsstyrelsens beslut 2009-11-05",
]


def test_memo_belongs_to_the_body_that_decides_and_not_to_who_reads_it_first(drafted: Engine) -> None:
    assert "draft-approval" in steps(drafted, SECOND)
    for kind in LISTED:
        assert look_at_paper(drafted, SECOND, Wanted(kind), DAY).step_key == "draft-approval"


ALL: tuple[Kind, ...] = ("memo", "agenda-note", "final-report", "cover-letter")
DECIDED: tuple[Kind, ...] = ("memo", "final-report")
SIGNED: tuple[Kind, ...] = ("memo", "final-report", "cover-letter")
LISTED: tuple[Kind, ...] = ("memo", "agenda-note")
FUNDER, EARLIER = "Länsstyrelsen i Stockholms län", "Socialtjänst- och arbetsmarknadsnämnden"
MATTER = "Prostitutionsenhetens arbete mot prostitution och människohandel"
TITLE = "Regional samordning mot prostitution och människohandel"


@dataclass(frozen=True)
class Change:
    """A fact: its table and column, what stands there and is put there, how papers print both, and which do."""

    table: type[SQLModel]
    column: str
    old: Any
    new: Any
    kinds: tuple[Kind, ...]
    before: str = ""
    after: str = ""

    @property
    def was(self) -> str:
        """How a paper prints what stands there."""
        return self.before or str(self.old)

    @property
    def now(self) -> str:
        """How a paper prints what is put there."""
        return self.after or str(self.new)


CHANGES = {
    "funder": Change(OrganisationName, "name", FUNDER, "Länsstyrelsen i Uppsala län", ALL),
    "committee": Change(OrganisationName, "name", "Socialnämnden", "Individnämnden", ALL),
    "earlier name": Change(OrganisationName, "name", EARLIER, "Sociala nämnden", DECIDED),
    "administration": Change(Organisation, "administration", "Socialförvaltningen", "Omsorgen", LISTED),
    "unit": Change(
        Organisation, "unit", "Prostitutionsenheten", "Mika", ("memo",), ", Prostitutionsenheten", ", Mika"
    ),
    "matter": Change(Grant, "matter", MATTER, "Mikas arbete", LISTED),
    "title": Change(Grant, "title", TITLE, "Samordning i länet", ("final-report", "cover-letter")),
    "earlier award": Change(
        Grant, "award_minor", 78_900_000, 81_250_000, ("memo",), "789 000 kr", "812 500 kr"
    ),
    "decided sum": Change(
        *(Decision, "amount_minor", 50_000_000, 64_000_000, DECIDED, "bevilja 500 000", "bevilja 640 000")
    ),
    "decided day": Change(
        *(Decision, "decided_on", date(2009, 11, 5), date(2009, 11, 12), SIGNED, "den 5 nov", "den 12 nov")
    ),
    "earlier day": Change(
        *(Decision, "decided_on", date(2009, 4, 16), date(2009, 4, 17), ("memo",), "16 april", "17 april")
    ),
    "purpose": Change(Decision, "purpose", None, "ett jourhem", DECIDED, "en heltidstjänst", "ett jourhem"),
    "last day": Change(
        *(Step, "due_on", date(2011, 1, 20), date(2011, 1, 21), LISTED, "den 20 januari", "den 21 januari")
    ),
    "officer": Change(Person, "name", "Handläggaren", "Ingrid Ek", ALL),
    "telephone": Change(Person, "phone", "08-000 00 00", "08-111 11 11", SIGNED),
    "head": Change(Person, "title", "t.f. förvaltningschef", "socialchef", SIGNED),
    "department": Change(
        *(Organisation, "department", "Socialtjänstavdelningen för öppna verksamheter", "Öppenvården"),
        ("memo",),
    ),
    "address": Change(Person, "email", "coordinator@example.org", "ingrid@example.org", SIGNED),
    "period": Change(
        *(Grant, "period_end_on", date(2010, 12, 31), date(2010, 11, 30), ("final-report",)),
        *("31 december 2010", "30 november 2010"),
    ),
    "source": Change(
        Decision, "source", "Länsstyrelsens beslut 2009-11-05", "Beslut 801-1", ("final-report",)
    ),
    "last part": Change(
        *(Instalment, "amount_minor", 10_000_000, 12_800_000, ("memo", "cover-letter")),
        *("100 000 kr", "128 000 kr"),
    ),
    "who signs": Change(Person, "name", "Avdelningschefen", "Karin Lind", SIGNED),
}
# What was not there before.
NUMBER = Change(Grant, "funder_reference", None, "801-12345", ("final-report", "cover-letter"))


@contextmanager
def a_copy(engine: Engine, folder: Path) -> Iterator[Engine]:
    """Give a copy of the grant's database, to change facts in."""
    path = folder / "copy.db"
    with closing(
        sqlite3.connect(str(engine.url.database))
    ) as whole:  # what was last written may stand beside the file
        whole.execute("VACUUM INTO ?", (str(path),))
    copied = open_engine(f"sqlite:///{path}")
    with transaction(
        copied
    ) as connection:  # what is recorded never changes: here it is as if it had been other
        triggers = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).scalars()
        for name in triggers.all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield copied
    copied.dispose()


def put(engine: Engine, change: Change) -> None:
    table = table_of(change.table)
    column = table.c[change.column]
    where = column.startswith(change.before) if change.old is None and change.before else column == change.old
    with transaction(engine) as connection:
        assert connection.execute(update(table).where(where).values({change.column: change.new})).rowcount


def generated(engine: Engine, kind: Kind) -> str:
    """Return what a paper says besides what people wrote."""
    said = " ".join(parts_of(make_paper(engine, SECOND, Wanted(kind), DAY).content).values())
    with transaction(engine) as connection:
        texts = [
            plain_spaces(" ".join(line.split()))
            for data in connection.execute(select(table_of(Answer).c.data)).scalars()
            for value in data.values()
            if isinstance(value, str)
            for line in value.splitlines()
            if line.strip()
        ]
    for text in sorted(texts, key=len, reverse=True):
        if len(text) > 20:
            said = said.replace(text, "")
    return said


def test_every_paper_follows_each_changed_fact(drafted: Engine, tmp_path: Path) -> None:
    """Changed at once: of each fact no paper keeps what it printed, and each that prints it has the new one."""
    before = {kind: generated(drafted, kind) for kind in ALL}
    with a_copy(drafted, tmp_path) as engine:
        for change in (*CHANGES.values(), NUMBER):
            put(engine, change)
        after = {kind: generated(engine, kind) for kind in ALL}
    found = {
        (fact, kind): (change.was in before[kind], change.was in after[kind], change.now in after[kind])
        for fact, change in CHANGES.items()
        for kind in change.kinds
    }
    assert found == dict.fromkeys(found, (True, False, True))
    assert {kind: (NUMBER.new in before[kind], NUMBER.new in after[kind]) for kind in NUMBER.kinds} == (
        dict.fromkeys(NUMBER.kinds, (False, True))
    )


def change_answer(engine: Engine, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
    answers = table_of(Answer)
    with transaction(engine) as connection:
        for row in connection.execute(select(answers.c.id, answers.c.data)).all():
            connection.execute(
                update(answers).where(answers.c.id == row.id).values(data={**row.data, **change(row.data)})
            )


def test_text_quotes_a_figure_by_its_name_and_what_is_unspent_is_said(
    drafted: Engine, tmp_path: Path
) -> None:
    with a_copy(drafted, tmp_path) as engine:
        change_answer(
            engine,
            lambda data: {
                **(
                    {"views": "{Anmälningar till socialtjänsten} anmälningar gjordes."}
                    if "views" in data
                    else {}
                ),
                **({"spent": "1000"} if data.get("spent") == "121000" else {}),
            },
        )
        memo = parts_of(make_paper(engine, SECOND, Wanted("memo"), DAY).content)
    assert "14 anmälningar gjordes." in memo["Förvaltningens synpunkter och förslag"]
    assert "Av bidraget har 380 000 kr (preliminärt) använts; 120 000 kr är inte använt." in memo["Ärendet"]
    repaid = "Socialnämnden godkänner att 20 000 kr betalas tillbaka till Länsstyrelsen i Stockholms län."
    assert repaid in memo["Förvaltningens förslag till beslut"]


def test_answer_without_the_mark_confirms(drafted: Engine, tmp_path: Path) -> None:
    with a_copy(drafted, tmp_path) as engine:
        change_answer(engine, lambda data: dict.fromkeys((one for one in data if one.endswith(".ours")), ""))
        memo = parts_of(make_paper(engine, SECOND, Wanted("memo"), DAY).content)
    assert "Hela bidraget är använt." in memo["Ärendet"]


def test_memo_of_quite_another_grant_says_nothing_of_this_one(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    open_grants(engine, an_entry(title="Läsning i grundskolan", matter="Grundskolans arbete med läsning"))
    bring_in(
        engine,
        organisations=[
            {"key": "funder", "names": [{"name": "Skolverket"}]},
            {
                "key": "committee",
                "names": [{"name": "Utbildningsnämnden"}],
                "administration": "Utbildningsförvaltningen",
                "department": "Grundskoleavdelningen",
            },
        ],
    )
    decide(
        engine,
        amount_minor=125_000_000,
        purpose="lässtöd i årskurs 1",
        dates={"final_report_on": date(2011, 1, 20)},
    )
    acts = acts_of(engine)
    for stage in ("first claimed", "first paid", "followed up"):
        acts[stage]()
    written = {
        "activities": "Elva skolor har fått stöd.",
        "summary": "Fler elever läser.",
        "preparation": "Ärendet har beretts inom Grundskoleavdelningen.",
        "views": "Arbetet bör fortsätta.",
        "proposals": "Rektorerna får ta del av rapporten.",
    }
    answer(engine, "draft", date(2011, 1, 10), data=FIGURES | written)
    memo = parts_of(make_paper(engine, "REF-1", Wanted("memo"), date(2011, 1, 10)).content)
    engine.dispose()
    said = " ".join(memo.values())
    for words in (
        "Utbildningsförvaltningen",
        "Till Utbildningsnämnden",
        "Slutrapport – Grundskolans arbete med läsning",
        "Utbildningsnämnden godkänner slutrapporten. Utbildningsnämnden godkänner att 528 000 kr betalas",
        "till Skolverket. Rektorerna får ta del av rapporten.",
        "Skolverket beslutade den 5 november 2009 att bevilja 1 250 000 kr.",
        "Bidraget ska enligt beslutet användas till lässtöd i årskurs 1.",
        "20 % eller 250 000 kr, betalas ut.",
        "Av bidraget har 472 000 kr använts; 778 000 kr är inte använt.",
    ):
        assert words in said
    assert not re.search(r"Socialnämnd|Länsstyrelsen|trafficking|prostitution|UTKAST", said, re.IGNORECASE)
