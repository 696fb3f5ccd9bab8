"""How long three acts take from a letter to what is recorded: the words that are to be read, the clicks, the typing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from models.tables.columns import table_of
from models.tables.step import Document
from models.vocabulary import AnswerKind, InstalmentStatus, StepStatus
from tasks.commands.files.drafts import file_store_of
from tasks.commands.files.file_store import FileStore
from tasks.store.database import transaction
from tasks.words.translator import translator
from tests.browser_scenes import Office, click_through, open_portal
from tests.builders import a_database
from tests.deployments.portal.test_five_days import (
    ANNA,
    CONTROLLER,
    EMILY,
    HEAD,
    LARS,
    NOW,
    REPORT,
    TODAY,
    make_office,
)
from tests.deployments.portal.test_portal_browser import waits
from tests.grant_scenes import FIGURES, OWNER, a_grant_that_was, answer, at, parts, release, steps
from tests.mail_server import MailServer
from tests.portal_scenes import Site

A_WORD, A_CLICK, A_CHARACTER = 0.3, 1.5, 0.3  # seconds
# What a reader takes in: not what is folded, nor what only a program that reads aloud says.
SEEN = """root => {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent.closest('.unseen') && parent.checkVisibility()) found.push(node.textContent);
  }
  return found.join(' ');
}"""


class Stopwatch:
    """A reader who reads each page once, and types and clicks no faster than most."""

    def __init__(self, office: Office, mail: MailServer) -> None:
        self.office, self.mail = office, mail
        self.read: list[tuple[str, list[str]]] = []
        self.clicks = self.typed = 0

    @property
    def page(self) -> Page:
        """The page that is open."""
        return self.office.page

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        words = sum(len(words) for _, words in self.read)
        return words * A_WORD + self.clicks * A_CLICK + self.typed * A_CHARACTER

    def reads(self, name: str, text: str, *texts: str) -> None:
        """Read a text in which these must stand."""
        words = text.split()
        said = " ".join(words)
        for one in texts:
            assert one in said, said
        self.read.append((name, words))

    def reads_page(self, *texts: str, parts: tuple[str, ...] = ("main",)) -> None:
        """Read the page, or parts of it."""
        seen = " ".join(self.page.locator(part).first.evaluate(SEEN) for part in parts)
        self.reads(self.page.title(), seen, *texts)

    def opens_letter(self, who: str, *texts: str) -> None:
        """Read the newest letter that came to someone, with its subject, down to its button, and press that."""
        letter = [one for one in self.mail.accepted if one.recipient == who][-1]
        message = message_from_bytes(letter.content, policy=policy.default)
        plain = message.get_body(("plain",))
        assert plain is not None
        above, _, _ = plain.get_content().partition(self.office.site.settings.portal_url)
        self.reads("letter", f"{message['subject']} {above}", *texts)
        self.office.opens_letter(who)
        self.clicks += 1

    def presses(self, name: str) -> None:
        """Press the button that leads to another page."""
        click_through(
            self.page.get_by_role("main").get_by_role("button", name=name).filter(visible=True).first
        )
        self.clicks += 1


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(java_script_enabled=False, locale="sv-SE") as found:
        yield found


@pytest.fixture
def sample(tmp_path: Path, mail: MailServer) -> Iterator[Site]:
    """The sample's office after this morning's round."""
    # Playwright keeps an event loop running in this thread, and the sample's delivery runs one of its own.
    with ThreadPoolExecutor(1) as elsewhere:
        engine = elsewhere.submit(make_office, tmp_path).result()
    with open_portal(engine, tmp_path, NOW, **mail.settings) as site:
        yield site


def test_report_is_recorded_with_its_file_within_70_seconds(
    tmp_path: Path, mail: MailServer, context: BrowserContext
) -> None:
    day = date(2011, 1, 19)
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "committee approved")
    with open_portal(engine, tmp_path, at(day, 9), **mail.settings) as site:
        office = Office(site, mail, context, translator("sv"))
        office.morning(day)
        watch = Stopwatch(office, mail)
        watch.opens_letter(OWNER, "slutrapporten")
        watch.reads_page("Registrera som skickad", "Skickat den", "Filer", "Senare", "Inte min uppgift")
        # The file is looked for and chosen.
        watch.page.locator("input[type=file]").first.set_input_files(REPORT)
        watch.clicks += 2
        watch.presses("Fortsätt")
        watch.reads_page("slutrapport.pdf", "onsdag 19 januari", "Nästa: ", "Grantline skickar inget till")
        watch.presses("Ja, registrera som skickad")
        # It was all that the letter's link is for.
        watch.reads_page("Registrerat som skickat", "Ångra")
        assert steps(engine)["final-report"].status is StepStatus.DONE
    assert watch.seconds < 70, watch.read


@pytest.fixture
def scripted(browser: Browser) -> Iterator[BrowserContext]:
    """A browser as most have it: in the one that asked for it, a sign-in link presses its button by itself."""
    with browser.new_context(locale="sv-SE") as found:
        yield found


def signs_in_by_its_link(watch: Stopwatch, site: Site, mail: MailServer, who: str) -> None:
    """Ask for a sign-in link with one button, look for the letter in the inbox, and press its button."""
    hint = f"{who[:1]}…@example.org"
    watch.presses(f"Skicka inloggningslänk till {hint}")
    watch.reads_page(f"En inloggningslänk är på väg till {hint}.")
    mail.when(lambda: waits(site))
    watch.office.send()
    watch.clicks += 1  # the letter is opened in the inbox
    watch.opens_letter(who, "Knappen fungerar en gång, i 30 minuter.")
    watch.page.wait_for_url("**/tasks?at=*")


def test_approval_from_a_letter_takes_five_clicks_and_90_seconds(
    sample: Site, mail: MailServer, scripted: BrowserContext
) -> None:
    answer(sample.engine, "draft", TODAY, ANNA, reference="SN-004", data=FIGURES)
    answer(sample.engine, "draft-head-of-department", TODAY, LARS, AnswerKind.APPROVED, "SN-004")
    office = Office(sample, mail, scripted, translator("sv"))
    office.morning(TODAY + timedelta(days=1))
    watch = Stopwatch(office, mail)
    watch.opens_letter(HEAD, "Fredag 4 december", "Våld i nära relationer: samverkan")
    # What it is about and what there is to read; the papers themselves after signing in.
    watch.reads_page(
        "fredag 4 december",
        "90 000 kr",
        "Att läsa: Utkast till slutrapport.",
        parts=("main h1", "main article"),
    )
    signs_in_by_its_link(watch, sample, mail, HEAD)
    watch.reads_page(
        "Inlämnat av Anna Lind, 1 december.",
        "Samverkan med polisen.",
        "Inga filer följde med.",
        "Ett tryck är ingen underskrift",
        "Skickas tillbaka",
        "hos Ingrid Falk, senast 10 december",
        "I morgon får Ingrid Falk mejl om det.",
    )
    watch.presses("Registrera underskriften")
    watch.reads_page("Registrerat som godkänt", parts=("main h1", "[role=status]"))
    assert watch.page.get_by_role("link", name="Återkalla").is_visible()
    assert steps(sample.engine, "SN-004")["draft-head-of-administration"].status is StepStatus.APPROVED
    assert (watch.clicks, watch.typed) == (5, 0)
    assert watch.seconds < 90, watch.read


def test_second_person_confirms_by_the_evidence_within_60_seconds(
    sample: Site, mail: MailServer, scripted: BrowserContext, tmp_path: Path
) -> None:
    file_evidence(sample, tmp_path)
    release(sample.engine, TODAY, EMILY, reference="SN-010")
    office = Office(sample, mail, scripted, translator("sv"))
    office.morning(TODAY + timedelta(days=1))
    watch = Stopwatch(office, mail)
    watch.opens_letter(CONTROLLER, "120 000 kronor", "Emily Ward")
    watch.reads_page("120 000 kr", "Att läsa: Godkännande.pdf.", parts=("main article",))
    signs_in_by_its_link(watch, sample, mail, CONTROLLER)
    # The paper is shown on the page, above the two answers.
    shown = watch.page.locator("main iframe")
    assert shown.get_attribute("title") == "Godkännande.pdf"
    answered = watch.page.request.get(sample.settings.portal_url + (shown.get_attribute("src") or ""))
    assert (answered.headers["content-disposition"][:6], answered.body()) == ("inline", EVIDENCE)
    watch.reads("the paper", APPROVAL_LETTER)
    watch.reads_page(
        "120 000 kr",
        "Bidragsgivarens godkännande av slutrapporten: 27 november, registrerat av Emily Ward.",
        "Emily Ward, 1 december",
        "Sedan får rekvisitionen skickas.",
        "Villkoret är inte uppfyllt",
        "Får mejl i dag: Emily Ward.",
        parts=("main h1", "main article"),
    )
    watch.presses("Bekräfta villkoret")
    watch.reads_page("Villkoret är bekräftat", parts=("[role=status]",))
    assert parts(sample.engine, "SN-010")[1].status is InstalmentStatus.RELEASED
    assert watch.typed == 0
    assert watch.seconds < 60, "\n".join(f"{len(w)} {n}: {chr(32).join(w)}" for n, w in watch.read)


APPROVAL_LETTER = "Länsstyrelsen godkänner slutrapporten för SN-010. Den 27 november 2026."
EVIDENCE = b"%PDF-1.7\n" + bytes(500) + b"%%EOF"


def file_evidence(site: Site, folder: Path) -> None:
    """File the funder's letter with the approval that was entered with the grant."""
    paper = folder / "Godkännande.pdf"
    paper.write_bytes(EVIDENCE)
    file = FileStore(file_store_of(site.settings).folder).take(paper)
    step = steps(site.engine, "SN-010")["final-report-approval"]
    values = {"grant_id": step.grant_id, "step_id": step.id, "evidence_on": TODAY, "name": file.name}
    values |= {"media_type": file.media_type, "size": file.size, "sha256": file.sha256}
    values |= {"stored_as": file.stored_as, "added_by_id": step.done_by_id, "added_at": site.now}
    with transaction(site.engine) as connection:
        connection.execute(table_of(Document).insert().values(**values))
