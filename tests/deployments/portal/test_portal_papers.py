"""The page of a grant's documents: made by a post from what stands there, chosen about, kept, and taken again."""

from datetime import date
from io import BytesIO
from pathlib import Path

import httpx2
import pytest
from docx import Document
from sqlalchemy import insert, select

from models.rules.answers.small_numbers import SmallNumbers
from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from models.tables.step import Draft, MadeDocument
from tasks.commands.files.drafts import file_store_of
from tasks.documents.papers import Wanted
from tasks.documents.versions import keep_paper
from tasks.documents.word.templates import TEMPLATES, own_templates, template_names
from tasks.store.database import reading, transaction
from tests.builders import a_database
from tests.grant_scenes import (
    ADMIN,
    CONTROLLER,
    GRANT,
    OWNER,
    SECRETARY,
    a_grant_that_was,
    acts_of,
    at,
    dump,
    person_id,
    rows,
    steps,
)
from tests.portal_scenes import (
    Site,
    act_on,
    form_pages,
    forms_at,
    forms_of,
    made_here,
    nodes,
    parse,
    played,
    settings_for,
    text_of,
)
from tests.reference_case import BEFORE_LAST_QUARTER, SENT_BACK, WITH_COMMITTEE
from tests.tasks.documents.test_paperwork import own_template

TYPED = "Arbetet har skett tillsammans med 2 unga kvinnor."


def forms(page: httpx2.Response) -> list[dict[str, str]]:
    """Return the fields of the page's forms as a browser sends them untouched."""
    found = []
    for form in parse(page).iter("form"):
        fields = {
            str(one.get("name")): str(one.get("value", ""))
            for one in form.iter("input")
            if one.get("type") != "radio" and one.get("name") != "settled"
        }
        found.append(fields)
    return [fields for fields in found if "paper" in fields]


def chosen(page: httpx2.Response, choice: str) -> dict[str, str]:
    """Return the fields of a choice about the page's small numbers, the same about each table."""
    inputs = [one for one in parse(page).iter("input") if one.get("value") == choice]
    return {str(one.get("name")): choice for one in inputs if one.get("type") == "radio"}


def grant_id(site: Site) -> int:
    with reading(site.engine) as connection:
        found = connection.execute(select(GRANT.c.id).where(GRANT.c.reference == "REF-2009-2"))
        return int(found.scalar_one())


def draft_typed(site: Site) -> None:
    """Let the coordinator have typed a text, and not handed it in."""
    step = steps(site.engine, "REF-2009-2")["draft"]
    values = {"step_id": step.id, "person_id": person_id(site.engine, OWNER), "act": "done"}
    with transaction(site.engine) as connection:
        connection.execute(
            insert(table_of(Draft)).values(**values, fields={"q-activities": TYPED}, saved_at=site.now)
        )


def words(page: httpx2.Response) -> str:
    return " ".join(paragraph.text for paragraph in Document(BytesIO(page.content)).paragraphs)


def test_report_is_made_from_what_is_typed_when_small_numbers_are_chosen_about(tmp_path: Path) -> None:
    site = played(tmp_path, SENT_BACK)
    draft_typed(site)
    client, tasks = site.client("sv"), site.address(OWNER)
    link = next(
        one.get("href")
        for one in nodes(parse(client.get(tasks)), "a")
        if "final-report" in one.get("href", "")
    )
    before = dump(site.engine)
    page = client.get(link)
    assert dump(site.engine) == before
    text = text_of(parse(page))
    assert "Personer under 18 år, kvartal 1 2010: 2" in text
    (form,) = forms(page)
    assert list(form) == ["nonce", "paper", "step", "read"]
    refused = client.post(link.split("?")[0], data=form | {"language": "sv"})
    assert refused.status_code == 422
    tree = parse(refused)
    assert "Välj vad som ska hända med de små talen." in text_of(tree)
    (group,) = (one for one in nodes(tree, "fieldset") if one.get("aria-describedby"))
    (said,) = (text_of(one) for one in tree.iter() if one.get("id") == group.get("aria-describedby"))
    (alert,) = (one for one in nodes(tree, "p") if one.get("role") == "alert")
    (leads_to,) = (one.get("href", "")[1:] for one in nodes(alert, "a"))
    assert said == "Välj ett."
    assert leads_to in {one.get("id") for one in nodes(group, "input")}
    (form,) = forms(refused)
    fields = form | {"language": "sv"} | chosen(refused, "show")
    made = client.post(link.split("?")[0], data=fields)
    assert made.status_code == 303
    assert (
        client.post(link.split("?")[0], data=fields).status_code == 303
    )  # the same form again makes nothing
    shown = client.get(made.headers["location"])
    assert "Dokumentet är skapat." in text_of(parse(shown))
    assert forms(shown) == []  # another version is asked for, not offered at once
    files = [one.get("href") for one in nodes(parse(shown), "a") if "/made/" in one.get("href", "")]
    word, pdf = (client.get(address) for address in files)
    assert TYPED in words(word)
    assert pdf.content.startswith(b"%PDF")
    assert [(row.version, row.kind) for row in made_here(site)] == [(1, "final-report")] * 2
    # Handed in, it is made again with the same choice: who approves it has it before them.
    form = next(one for one in forms_at(client, tasks, "done"))
    values = {
        "q-reports_to_social_services": "14",
        "q-persons_under_18": "10",
        "q-persons_under_20": "3",
        "q-activities": "Ett annat slut.",
        "q-spent": "133 500",
    }
    unexplained = {**form, **values, "q-reports_to_social_services.why": ""}
    asked = client.post(tasks, data=unexplained)
    assert asked.status_code == 422
    usual = "En person kan anmälas två gånger"
    says = f"Anmälningarna är inte lika många som personerna. {usual} (14 mot 13)."
    in_all = f"Hela tidens anmälningar är inte lika många som personerna. {usual} (25 mot 24)."
    for said in (says, in_all, "Rätta ett tal, eller skriv varför här."):
        assert said in text_of(parse(asked))
    (form,) = forms_of(asked, "done")
    why = {"q-reports_to_social_services.why": "Samma person två gånger."}
    assert act_on(client, tasks, client.post(tasks, data=form | why)).status_code == 303
    made_rows = made_here(site)
    assert [(row.version, row.small_numbers) for row in made_rows[2:]] == [(2, "show")] * 2
    events = [row.detail for row in rows(site.engine, JournalEvent) if row.event == "document_made"]
    assert [one["small_numbers"] for one in events[-2:]] == ["show"] * 2
    report = file_store_of(site.settings).path(made_rows[2].stored_as).read_bytes()
    printed = " ".join(one.text for one in Document(BytesIO(report)).paragraphs)
    assert "Ett annat slut." in printed
    explained = (
        "Anmälningar till socialtjänsten, kvartal 4 2010: Anmälningarna är inte lika många som personerna."
        " Hela tidens anmälningar är inte lika många som personerna. Samma person två gånger."
    )
    assert explained in printed


def test_paper_is_a_draft_until_the_box_of_provisional_statements_is_ticked(tmp_path: Path) -> None:
    site = played(tmp_path, WITH_COMMITTEE)
    client, base = site.client("sv", OWNER), f"/papers/{grant_id(site)}"
    for ticked in (False, True):
        page = client.get(f"{base}?paper=memo")
        (form,) = forms(page)
        assert "Nämndens sammanträde 18 januari 2011" in text_of(parse(page))
        (box,) = (one for one in nodes(parse(page), "input") if one.get("name") == "settled")
        ticks = {"settled": box.get("value", "")} if ticked else {}
        fields = form | {"language": "sv"} | chosen(page, "show") | ticks
        assert client.post(base, data=fields).status_code == 303
    heads = [
        Document(BytesIO(file_store_of(site.settings).path(row.stored_as).read_bytes())).sections[0].header
        for row in made_here(site)
        if row.name.endswith(".docx")
    ]
    assert ["UTKAST" in head.paragraphs[0].text for head in heads] == [True, False]
    events = [row for row in rows(site.engine, JournalEvent) if row.event == "provisional_confirmed"]
    assert [row.detail for row in events] == [{"statements": 6}]
    asked = client.get(f"{base}?paper=memo")
    assert [one for one in nodes(parse(asked), "fieldset") if one.get("id") == "provisional"] == []


def test_texts_of_a_paper_that_hides_numbers_are_read_on_the_page(tmp_path: Path) -> None:
    site = played(tmp_path, SENT_BACK)
    draft_typed(site)
    client, base = site.client("sv", OWNER), f"/papers/{grant_id(site)}"
    page = client.get(f"{base}?paper=final-report")
    # Under the sentences with a number stand the figures that they may speak of.
    (texts,) = [one for one in nodes(parse(page), "fieldset") if one.get("id") == "texts"]
    assert TYPED in text_of(texts)
    captions = [text_of(one) for one in nodes(texts, "caption")]
    assert captions == ["Siffror i rapporterna"] * 2
    reported = [[text_of(cell) for cell in nodes(row, "th", "td")] for row in nodes(texts, "tr")]
    assert ["Anmälningar till socialtjänsten", "3*", "4*", "4*", "–*", "11"] in reported
    (form,) = forms(page)
    del form["read"]  # its box is not ticked
    refused = client.post(base, data=form | {"language": "sv"} | chosen(page, "fewer"))
    assert refused.status_code == 422
    tree = parse(refused)
    assert "Läs texterna: de kan ange tal som tabellerna döljer." in text_of(tree)
    (box,) = [one for one in nodes(tree, "input") if one.get("name") == "read"]
    read = box.get("value", "").split()
    assert made_here(site) == []
    (form,) = forms(refused)
    assert client.post(base, data=form | {"language": "sv", "small": "fewer"}).status_code == 303
    chosen_events = [
        row.detail for row in rows(site.engine, JournalEvent) if row.event == "small_numbers_chosen"
    ]
    assert chosen_events == [{"choice": "fewer", "sentences": len(read)}]
    (word, _) = made_here(site)
    assert (word.version, word.language, word.small_numbers) == (1, "sv", "fewer")
    made = Document(BytesIO(file_store_of(site.settings).path(word.stored_as).read_bytes()))
    lines = [[cell.text for cell in row.cells] for table in made.tables for row in table.rows]
    assert ["Anmälningar till socialtjänsten", "11"] in lines
    assert ["2*", "3*", "3*", "2*", "10"] not in [line[1:] for line in lines]
    # It holds for the next document: nothing is asked.
    page = client.get(f"{base}?paper=memo")
    checked = [one.get("value") for one in nodes(parse(page), "input") if one.get("checked") is not None]
    assert checked == ["fewer"]


def test_tables_are_looked_at_before_the_document_is_made(tmp_path: Path) -> None:
    site = played(tmp_path, SENT_BACK)
    client, base = site.client("sv", OWNER), f"/papers/{grant_id(site)}"
    page = client.get(f"{base}?paper=final-report")
    assert "Så här blir tabellerna" not in text_of(parse(page))
    (form,) = forms(page)
    before = dump(site.engine)
    looked = client.post(base, data=form | {"language": "sv", "look": "tables"} | chosen(page, "totals"))
    assert (looked.status_code, dump(site.engine) == before) == (200, True)
    table = nodes(parse(looked), "table")[-1]
    lines = [[text_of(cell) for cell in nodes(row, "th", "td")] for row in nodes(table, "tr")]
    assert ["Anmälningar till socialtjänsten", "14"] in lines
    assert "Personer under 18 år" not in [line[0] for line in lines]
    checked = [one for one in nodes(parse(looked), "input") if one.get("checked") is not None]
    assert [one.get("value") for one in checked] == ["totals"]
    # What was looked at is made by the same form.
    (form,) = forms(looked)
    fields = form | {"language": "sv"} | chosen(looked, "show")
    assert client.post(base, data=fields).status_code == 303


def test_what_stands_below_the_tables_is_looked_at_with_them(tmp_path: Path) -> None:
    site = played(tmp_path, BEFORE_LAST_QUARTER)
    client, base = site.client("sv", OWNER), f"/papers/{grant_id(site)}"
    page = client.get(f"{base}?paper=final-report")
    fields = forms(page)[0] | {"language": "sv", "look": "tables"} | chosen(page, "fewer")
    shown, _ = nodes(parse(client.post(base, data=fields)), "section")
    below = [text_of(node) for node in nodes(shown, "li")]
    assert below == [
        "Totalt gäller de perioder som har en uppgift; kvartal 4 2010 saknas.",
        "* Preliminärt: vårt eget antagande, som ingen har bekräftat.",
        "Tal under fem visas inte, bara summan.",
    ]


def test_approver_sees_which_version_is_approved(tmp_path: Path) -> None:
    site = played(tmp_path, WITH_COMMITTEE)
    client, tasks = site.desk(SECRETARY, "sv")
    card = text_of(parse(client.get(tasks)))
    assert "Ingen version av rapporten är skapad än" in card
    assert "väntar den på att Handläggaren väljer under Dokument" in card
    base = f"/papers/{grant_id(site)}"
    page = client.get(f"{base}?paper=final-report")
    (form,) = forms(page)
    assert client.post(base, data=form | {"language": "sv"} | chosen(page, "show")).status_code == 303
    text = text_of(parse(client.get(tasks)))
    assert "Det du godkänner är version 1 av rapporten." in text
    assert "Tjänsteutlåtandet" in text
    site.now = at(date(2011, 1, 18))
    client, tasks = site.desk(SECRETARY, "sv")
    (form,) = forms_at(client, tasks, "approve")
    check = client.post(tasks, data=form | {"paper_on": "2011-01-18"})
    assert act_on(client, tasks, check).status_code == 303
    reports = [row for row in rows(site.engine, MadeDocument) if row.kind == "final-report"]
    assert {row.approved_on for row in reports} == {date(2011, 1, 18)}


def test_documents_come_before_the_answers_once_there_is_one_to_take(tmp_path: Path) -> None:
    site = played(tmp_path, SENT_BACK)
    client, tasks = site.client("sv"), site.address(OWNER)

    def order() -> list[str]:
        (page,) = form_pages(client, client.get(tasks), "done")
        parts = (text_of(one) for one in nodes(next(parse(page).iter("article")), "h2", "button", "summary"))
        named = (one.partition(" (")[0] for one in parts)
        return [one for one in named if one in ("Dokument", "Dokument att skapa", "Spara utkast")]

    assert order() == ["Spara utkast", "Dokument att skapa"]
    page = client.get(f"{tasks}/papers/{grant_id(site)}?paper=final-report")
    (form,) = forms(page)
    fields = form | {"language": "sv"} | chosen(page, "show")
    made = client.post(f"{tasks}/papers/{grant_id(site)}", data=fields)
    assert made.status_code == 303
    assert order() == ["Dokument", "Dokument att skapa", "Spara utkast"]


def test_who_takes_part_makes_documents_and_others_look(tmp_path: Path) -> None:
    site = played(tmp_path, WITH_COMMITTEE)
    base = f"/papers/{grant_id(site)}"
    for who in (OWNER, None):
        client = site.client("sv", who)
        page = client.get(base)
        links = [one.get("href") for one in nodes(parse(page), "a") if "?paper=" in one.get("href", "")]
        assert bool(links) == (who is not None)
        titles = [text_of(one) for one in nodes(parse(page), "h2")]
        assert (titles[0], titles[-1]) == ("Rekvisitionen av första delen", "Inte skapade än")
        (unmade,) = nodes(parse(page), "section")
        assert len(nodes(unmade, "li")) + len(nodes(parse(page), "article")) == 9
    client = site.client("sv", CONTROLLER)
    (form,) = forms(client.get(f"{base}?paper=claim:2"))
    assert client.post(base, data=form | {"language": "en"}).status_code == 303
    (row, _) = made_here(site)
    assert (row.kind, row.language, row.made_by_id) == ("claim", "en", person_id(site.engine, CONTROLLER))


def test_page_makes_a_document_from_the_organisations_own_template(tmp_path: Path) -> None:
    site = played(tmp_path, WITH_COMMITTEE)
    own_template(site.settings.home / "templates", "claim.en.docx", "A line of our own")
    client, base = site.client("sv", OWNER), f"/papers/{grant_id(site)}"
    (form,) = forms(client.get(f"{base}?paper=claim:2"))
    client.post(base, data=form | {"language": "en"})
    word, _ = made_here(site)
    assert "A line of our own" in words(client.get(f"/made/{word.id}"))


def test_file_that_was_changed_on_the_disk_is_not_given(tmp_path: Path) -> None:
    site = played(tmp_path, WITH_COMMITTEE)
    client, base = site.client("sv", OWNER), f"/papers/{grant_id(site)}"
    (form,) = forms(client.get(f"{base}?paper=claim:2"))
    client.post(base, data=form | {"language": "sv"})
    row = made_here(site)[0]
    assert client.get(f"/made/{row.id}").status_code == 200
    with file_store_of(site.settings).path(row.stored_as).open("ab") as file:
        file.write(b"more")
    changed = client.get(f"/made/{row.id}")
    assert changed.status_code == 410
    assert "Filen är inte den som sparades" in text_of(parse(changed))


def test_strangers_find_no_documents(tmp_path: Path) -> None:
    site = played(tmp_path, WITH_COMMITTEE)
    stranger = site.client("sv", "deputy@example.org")
    base = f"{site.address(SECRETARY)}/papers"
    assert stranger.get(f"{base}/99").status_code == 404
    assert stranger.get(f"{base}/99999999999").status_code == 404
    assert stranger.post(f"{base}/{grant_id(site)}", data={"nonce": "x", "paper": "memo"}).status_code == 400
    assert stranger.get("/made/1").status_code == 404


def keep(site: Site, wanted: Wanted, on: date, hour: int = 9) -> None:
    """Make a version of a document on the day."""
    file_store = file_store_of(site.settings)
    keep_paper(site.engine, file_store, "REF-1", wanted, by_email=OWNER, today=on, now=at(on, hour))


def listed(site: Site, address: str = "/grants/REF-1") -> list[str]:
    """Return the documents that the page lists, a version's line each, and what it says of those that are not there."""
    page = parse(site.client("sv", who=OWNER).get(address))
    (section,) = [one for one in nodes(page, "section") if one.get("aria-labelledby") == "papers"]
    return [text_of(one) for one in nodes(section, "p") if one.get("class") != "again"][1:]


def a_site(folder: Path, stage: str, day: date) -> Site:
    engine = a_database(folder)
    a_grant_that_was(engine, stage)
    return Site(engine, settings_for(folder), at(day, 12))


def test_grants_page_says_which_version_was_approved_and_sent_and_that_a_newer_one_was_not(
    tmp_path: Path,
) -> None:
    site = a_site(tmp_path, "drafted", date(2011, 1, 20))
    report = Wanted("final-report", small=SmallNumbers.SHOW)
    keep(site, report, date(2011, 1, 11))
    made = ", Slutrapporten, Version 1, på svenska".join(("Version 1, på svenska Word", " PDF", ""))
    by = "skapad av Coordinator, 11 januari 2011 kl. 09.00"
    assert listed(site) == [f"Slutrapporten: {made} {by}"]
    acts_of(site.engine)["committee approved"]()
    acts_of(site.engine)["sent"]()
    marks = "Godkänd 18 januari 2011 Skickad 19 januari 2011"
    assert listed(site) == [f"Slutrapporten: {made} {marks} {by}"]
    keep(site, Wanted("final-report", "en", small=SmallNumbers.SHOW), date(2011, 1, 20))
    newer, older = listed(site)
    assert newer.startswith("Slutrapporten: Version 2, på engelska")
    assert ("Skickad" in newer, "Godkänd" in newer) == (False, False)
    assert older == f"{made} {marks} {by}"
    site.engine.dispose()


@pytest.mark.parametrize(("hour", "left"), [(1, True), (23, False)])
def test_covering_letter_that_was_drawn_up_after_its_step_was_not_sent(
    tmp_path: Path, hour: int, left: bool
) -> None:
    site = a_site(tmp_path, "drafted", date(2011, 1, 20))
    acts_of(site.engine)["committee approved"]()
    if left:
        keep(site, Wanted("cover-letter"), date(2011, 1, 19), hour)
    acts_of(site.engine)["sent"]()
    if not left:
        keep(site, Wanted("cover-letter"), date(2011, 1, 19), hour)
    (letter,) = [line for line in listed(site) if line.startswith("Följebrevet")]
    assert ("Skickad" in letter) == left
    site.engine.dispose()


def test_grant_of_which_nothing_is_made_says_so(tmp_path: Path) -> None:
    site = a_site(tmp_path, "decided", date(2009, 11, 6))
    assert listed(site) == ["Inget dokument är skapat, och inget har kommit in med ett svar än."]
    site.engine.dispose()


def test_templates_are_taken_from_a_page_that_lists_their_fields(tmp_path: Path) -> None:
    site = played(tmp_path, SENT_BACK)
    client = site.client("sv", OWNER)
    page = client.get("/templates")
    said = text_of(parse(page))
    assert "{{ f.funder_short }}Bidragsgivarens korta namn, för löpande textLänsstyrelsen" in said
    assert "Besluten, i tidsordning {% for one in f.decisions %}" in said
    assert "Skicka den till systemförvaltaren" in said
    links = [one.get("href", "") for one in nodes(parse(page), "a")]
    files = [one for one in links if one.startswith("/templates/")]
    assert files == [f"/templates/{name}" for name in template_names()]
    assert client.get(files[0]).content == (TEMPLATES / "memo.sv.docx").read_bytes()
    own = own_templates(site.settings.office_folder)
    own.mkdir()
    (own / "memo.sv.docx").write_bytes(b"the office's own")
    assert client.get(files[0]).content == b"the office's own"
    assert "Svenska: tjänsteutlåtandet (er egen)" in text_of(parse(client.get("/templates")))
    assert client.get("/templates/..%2Fpage.typ").status_code == 404
    assert client.get("/templates/page.typ").status_code == 404
    assert str(own) in text_of(parse(site.client("sv", ADMIN).get("/templates")))


def test_example_of_a_file_of_figures_is_one_that_is_read(tmp_path: Path) -> None:
    client = played(tmp_path, SENT_BACK).client("sv", OWNER)
    assert "/figures.csv" in [one.get("href") for one in nodes(parse(client.get("/help/coordinator")), "a")]
    given = client.get("/figures.csv")
    assert "attachment" in given.headers["content-disposition"]
    # The reference case's own figures come from it.
    assert given.text.splitlines()[1] == "2010-Q1;3;2;1;118 000"
