"""A day of each of five people, in a browser, by nothing but what the pages offer."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page
from sqlalchemy import Engine

from deployments.sample.portfolio import load_sample
from models.tables.step import Meeting
from models.vocabulary import AnswerKind, InstalmentStatus, StepStatus
from tasks.words.translator import translator
from tests.browser_scenes import Office, click_through, open_menu, open_portal, signed_in, watched
from tests.builders import a_database
from tests.deployments.portal.test_portal_browser import waits
from tests.grant_scenes import FIGURES, answer, do_round, parts, person_id, release, rows, steps
from tests.mail_server import MailServer
from tests.portal_scenes import Site

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
TODAY = NOW.date()
ANNA = "coordinator.one@example.org"
EMILY = "coordinator.three@example.org"
JONAS = "coordinator.two@example.org"
LARS = "department.head@example.org"
MANAGER = "unit.manager@example.org"
HEAD = "administration.head@example.org"
SECRETARY = "committee.secretary@example.org"
CONTROLLER = "controller@example.org"
REPORT: FilePayload = {
    "name": "slutrapport.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.7\n" + bytes(500) + b"%%EOF",
}


@pytest.fixture
def office(tmp_path: Path, mail: MailServer) -> Iterator[Site]:
    """The sample's office after this morning's round."""
    # Playwright keeps an event loop running in this thread, and the sample's delivery runs one of its own.
    with ThreadPoolExecutor(1) as elsewhere:
        engine = elsewhere.submit(make_office, tmp_path).result()
    with open_portal(engine, tmp_path, NOW, **mail.settings) as site:
        yield site


def make_office(folder: Path) -> Engine:
    engine = a_database(folder)
    load_sample(engine, TODAY, NOW)
    do_round(engine, TODAY)
    return engine


# What an officer types of a letter, by the fields of a programme's page.
LETTER = {
    "head-0-title": "Trygga kvällar",
    "head-0-source": "Länsstyrelsen, beslut 20 januari 2026",
    "head-0-decision": "20 januari 2026",
    "head-0-sum": "400 000",
    "head-0-start": "1 mars 2026",
    "head-0-end": "31 december 2027",
    "duties-0-due": "tre månader efter projektets slutt",
    "duties-0-gives": "31 mars 2028",
    "payments-0-share": "75 procent",
    "payments-0-gives": "300 000",
    "payments-1-share": "återstoden",
    "payments-1-needs": "godkänd slutrapport",
    "dates-0-day": "15 februari 2028",
}
# Ten Thursdays of a year.
YEAR = tuple(
    date(2027, month, day)
    for month, day in (
        (1, 21),
        (2, 18),
        (3, 18),
        (4, 22),
        (5, 20),
        (6, 17),
        (8, 26),
        (9, 23),
        (10, 21),
        (12, 9),
    )
)


class Desk:
    """Somebody at their desk: what they click is named as they read it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.get_by_role("main")

    def goes_to(self, link: str, within: str = "") -> None:
        """Click a link of the page; `within` is what the card or the row that it is on says."""
        named = self.page.get_by_role("link", name=link)
        if within:
            place = self.main.locator("article, li, tr").filter(has_text=within).filter(has=named).first
            named = place.get_by_role("link", name=link)
        click_through(named.first)

    def fills(self, **fields: str) -> None:
        """Fill in fields by the beginning of their labels."""
        for label, value in fields.items():
            self.field(label.replace("_", " ")).fill(value)

    def field(self, label: str) -> Locator:
        """Return the field that is seen and whose label begins so."""
        return self.main.get_by_label(label).filter(visible=True).first

    def presses(self, button: str) -> None:
        """Press a button that leads to another page."""
        click_through(self.main.get_by_role("button", name=button, exact=True).filter(visible=True).first)

    def reads(self, *texts: str) -> None:
        """See that the page says this."""
        said = " ".join(self.main.inner_text().split())
        for text in texts:
            assert text in said, said


@pytest.fixture
def at_desk(browser: Browser, office: Site) -> Iterator[Callable[[str], Desk]]:
    """What opens the desk of the person with an address; no script runs, and nothing is asked of other hosts."""
    contexts = []
    faults: list[str] = []

    def sit_down(who: str) -> Desk:
        context = browser.new_context(java_script_enabled=False, locale="sv-SE")
        contexts.append(context)
        faults.extend(watched(context, office))
        return Desk(signed_in(context, office, who))

    yield sit_down
    for context in contexts:
        context.close()
    assert faults == []


def test_coordinator_s_day(office: Site, at_desk: Callable[[str], Desk]) -> None:
    desk = at_desk(ANNA)
    # The final report was sent this morning. It is recorded, undone, and recorded again: its file is there still.
    desk.goes_to("Registrera som skickad", within="Hemlöshet: bostad först")
    desk.main.locator("input[type=file]").first.set_input_files(REPORT)
    desk.presses("Fortsätt")
    desk.reads("Grantline skickar inget", "slutrapport.pdf")
    desk.presses("Ja, registrera som skickad")
    desk.reads("Nyss klart")
    desk.goes_to("Ångra")
    desk.presses("Ångra")
    desk.goes_to("Till uppgiften")
    desk.goes_to("Registrera som skickad", within="Hemlöshet: bostad först")
    desk.reads("slutrapport.pdf")
    desk.presses("Fortsätt")
    desk.presses("Ja, registrera som skickad")
    # The draft is promised for Friday.
    desk.reads("Så att Lars Ek hinner läsa senast den 1 december. Vårt eget datum.")
    desk.goes_to("Senare", within="Skriv utkastet till slutrapport")
    desk.fills(När_det_blir_klart="fredag", Varför="Två tal saknas.")
    desk.presses("Fortsätt")
    desk.reads("fredag 4 december", "Får mejl i dag: Karin Holm.")
    desk.presses("Skicka svaret")
    desk.reads("Du har sagt: klart fredagen den 4 december.")
    # Her own page: who stands in for her, and the days of Christmas.
    open_menu(desk.page)
    desk.goes_to("Min sida")
    desk.reads("Ingen: mejlen går till Karin Holm.")
    desk.goes_to("Anmäl frånvaro")
    desk.fills(Första_dag="21/12", Sista_dag="3/1")
    desk.main.get_by_label("Ställföreträdare").select_option(label="Jonas Berg, handläggare")
    desk.presses("Fortsätt")
    desk.reads("måndag 21 december", "söndag 3 januari 2027", "3 mejl går till Jonas Berg.")
    desk.presses("Spara")
    desk.goes_to("Tillbaka till Anna Lind")
    # What she reported can be read where the grant is.
    desk.goes_to("Hemlöshet: bostad först")
    desk.reads("hos Myndigheten för socialt stöd, väntat måndagen den 4 januari 2027", "slutrapport.pdf")
    assert steps(office.engine, "SN-007")["final-report"].status is StepStatus.DONE
    # A programme from a letter, in the words of the letter: three duties and two payments.
    desk.goes_to("Bidrag")
    desk.goes_to("Nytt bidrag")
    desk.goes_to("Skriv in det med hjälp av brevet")
    desk.goes_to("En del nu, resten senare")
    desk.presses("Rapport varje år")
    desk.presses("Revisorsintyg")
    for name, typed in LETTER.items():
        desk.main.locator(f"[name={name}]").fill(typed)
    desk.presses("Visa kalendern")
    desk.reads("”slutt” går inte att förstå")
    desk.main.locator("[name=duties-0-due]").fill("tre månader efter projektets slut")
    desk.presses("Visa kalendern")
    desk.reads("Allt går att räkna.", "3 månader efter bidragsperiodens slut", "1 mars 2027", "31 mars 2028")
    desk.presses("Spara programmet")
    desk.reads("Programmet ”Trygga kvällar” är sparat.")
    desk.goes_to("Registrera ett bidrag enligt det")


def test_manager_s_day(office: Site, at_desk: Callable[[str], Desk]) -> None:
    desk = at_desk(MANAGER)
    # Anna's late report goes to a colleague, who is told at once.
    desk.goes_to("Lämna över", within="Hemlöshet: bostad först")
    desk.main.get_by_label("Vem som ska ha uppgiften").select_option(label="Jonas Berg, handläggare")
    desk.presses("Fortsätt")
    desk.reads("Får mejl i dag: Anna Lind och Jonas Berg.")
    desk.presses("Lämna över")
    desk.reads("Du har lämnat över: slutrapport.", "SN-007 · hos Jonas Berg")
    # Which of the unit's grants are late, and why one of them is.
    desk.goes_to("Bidrag")
    desk.reads("3 + 5 + 3 = 11 pågående bidrag")
    desk.goes_to("Hos oss, försenade")
    desk.reads("3 av 12 bidrag")
    desk.goes_to("Våld i nära relationer: samverkan")
    desk.reads("hos Anna Lind, senast måndagen den 30 november")
    assert steps(office.engine, "SN-007")["final-report"].owner_id == person_id(office.engine, JONAS)


def test_secretary_s_day(office: Site, at_desk: Callable[[str], Desk]) -> None:
    desk = at_desk(SECRETARY)
    # The item is on the agenda; nobody is reminded of that before the meeting. That is what is due now.
    due = desk.main.locator("a.button", has_text="Uppsatt på föredragningslistan")
    assert due.count() == 1
    desk.goes_to("Uppsatt på föredragningslistan")
    desk.presses("Ärendet är uppsatt")
    desk.reads("Ärendet är uppsatt på föredragningslistan", "på sammanträdesdagen, den 10 december")
    # Until the meeting it asks nothing more, and waits with what comes later.
    assert desk.main.locator("article").count() == 0
    desk.reads("Kommer senare (2, närmast 10 december)")
    # Next year's meetings, as the committee's calendar has them.
    desk.goes_to("Sammanträden")
    desk.goes_to("Klistra in årets sammanträden")
    desk.main.get_by_label("Sammanträdesdagar").fill("\n".join(day.isoformat() for day in YEAR))
    desk.presses("Fortsätt")
    desk.reads("finns inte bland dagarna. Ställs det in?")
    desk.presses("Fortsätt")
    desk.presses("Lägg till sammanträdena")
    desk.reads("Tio sammanträden är tillagda: 21 januari 2027, ")
    assert {one.held_on for one in rows(office.engine, Meeting)} >= set(YEAR)
    # Each has its days, whether or not an item is on it yet.
    desk.goes_to("Till sammanträdena")
    desk.reads("Torsdag 21 januari 2027", "14 januari 2027", "15 januari 2027")
    desk.goes_to("Sammanträden")
    # A move that comes too soon for the papers is told as that, with the first day that can be met.
    desk.goes_to("Flytta", within="Torsdag 10 december 2026")
    desk.fills(Varför="Lokalen är upptagen.")
    desk.main.get_by_label("Nytt datum").fill("2026-12-03")
    desk.presses("Fortsätt")
    desk.reads("försenad genast", "Handlingarna hinner bli klara tidigast till ett sammanträde")
    # The papers came in time. On the day of the meeting she records what it decided.
    answer(office.engine, "draft", TODAY, ANNA, reference="SN-004", data=FIGURES)
    for step, by in (("draft-head-of-department", LARS), ("draft-head-of-administration", HEAD)):
        answer(office.engine, step, TODAY, by, AnswerKind.APPROVED, "SN-004")
    office.now = NOW + timedelta(days=9)
    desk = at_desk(SECRETARY)
    desk.goes_to("Registrera beslutet", within="Våld i nära relationer: samverkan")
    desk.field("Dagen för sammanträdet").select_option(label="Torsdag 10 december 2026")
    desk.fills(Paragraf="112")
    desk.field("Omedelbart justerat?").select_option(label="Ja")
    desk.presses("Fortsätt")
    desk.reads("torsdag 10 december Paragraf 112", "Får mejl i dag: Anna Lind")
    desk.presses("Registrera godkännandet")
    assert steps(office.engine, "SN-004")["draft-approval"].status is StepStatus.APPROVED


def test_controller_s_day(office: Site, at_desk: Callable[[str], Desk]) -> None:
    release(office.engine, TODAY, EMILY, reference="SN-010")
    desk = at_desk(CONTROLLER)
    # The second of two looks at the evidence, and confirms.
    desk.goes_to("Granska och bekräfta", within="Psykisk hälsa i skolan")
    desk.reads("Bidragsgivarens godkännande av slutrapporten: 27 november", "Emily Ward, 1 december")
    desk.presses("Bekräfta villkoret")
    desk.reads("Villkoret är bekräftat")
    assert parts(office.engine, "SN-010")[1].status is InstalmentStatus.RELEASED
    # Each grant's money, to count on with.
    desk.goes_to("Bidrag")
    with desk.page.expect_download() as download:
        desk.page.get_by_role("link", name="Spara som Excel").click()
    assert download.value.suggested_filename.endswith(".xlsx")


def test_head_s_day(office: Site, browser: Browser, mail: MailServer) -> None:
    answer(office.engine, "draft", TODAY, ANNA, reference="SN-004", data=FIGURES)
    answer(office.engine, "draft-head-of-department", TODAY, LARS, AnswerKind.APPROVED, "SN-004")
    with browser.new_context(java_script_enabled=False, locale="sv-SE") as context:
        reader = Office(office, mail, context, translator("sv"))
        reader.morning(TODAY + timedelta(days=1))
        # From the letter to the signature: a letter may have been passed on, so the link in it does not sign in.
        reader.opens_letter(HEAD)
        desk = Desk(reader.page)
        desk.reads("Skriv under tjänsteutlåtandet", "Att läsa: Utkast till slutrapport.")
        click_through(desk.main.get_by_role("button", name="Skicka inloggningslänk till a…@example.org"))
        mail.when(lambda: waits(office))
        reader.send()
        reader.opens_letter(HEAD)
        desk.presses("Logga in")
        desk.reads("Inlämnat av Anna Lind, 1 december.", "Samverkan med polisen.")
        desk.reads("I morgon får Ingrid Falk mejl om det.")
        desk.presses("Registrera underskriften")
        assert steps(office.engine, "SN-004")["draft-head-of-administration"].status is StepStatus.APPROVED
        # Her own page names the grants that need a head, a line each; so does the one page of the administration.
        open_menu(desk.page)
        desk.goes_to("Att göra")
        desk.reads("Behöver en chef i dag Hemlöshet: bostad först", "Läget för bidragen")
        desk.goes_to("Bidrag")
        desk.goes_to("Läget för bidragen")
        desk.reads("Behöver en chef i dag Hemlöshet: bostad först", "Avslutat i år: Anhörigstöd")
