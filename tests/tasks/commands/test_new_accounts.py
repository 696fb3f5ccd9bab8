"""A changed account is shown, told and confirmed again before money goes to it."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from sqlalchemy import func, select

from models.errors import InstalmentNotReady, ReleaseRefused
from models.vocabulary import AnswerKind, InstalmentStatus, OverClaim
from tasks.commands.at_work.lookup import find_person
from tasks.commands.files.drafts import file_store_of
from tasks.commands.replan.changes import grant_at_work
from tasks.documents.papers import Wanted, look_at_paper, make_paper
from tasks.documents.versions import keep_paper
from tasks.outbox.deliver import deliver
from tasks.store.database import reading
from tasks.words.translator import translator
from tests.builders import a_database
from tests.databases import a_new_postgres_database
from tests.deployments.portal.test_portal_answers import thanks
from tests.grant_scenes import (
    CONTROLLER,
    LETTER,
    ORGANISATIONS,
    OWNER,
    PERSON,
    a_grant_that_was,
    an_entry,
    an_open_entry,
    answer,
    at,
    bring_in,
    claim,
    decide,
    events,
    open_grants,
    parts,
    pay,
    release,
    steps,
    told,
)
from tests.portal_scenes import (
    Site,
    a_site_that_was,
    form_pages,
    forms_at,
    on_the_day,
    parse,
    post,
    problems,
    text_of,
)


@pytest.fixture
def releasable(tmp_path: Path) -> Site:
    """The funder has approved; two people are asked to confirm the release."""
    return a_site_that_was(tmp_path, "funder approved", date(2011, 2, 24))


def test_new_account_is_shown_to_who_releases_and_claims_until_money_has_come(releasable: Site) -> None:
    engine, client, day = releasable.engine, releasable.client(), date(2011, 2, 24)
    bring_in(engine, day, organisations=[ORGANISATIONS[1] | {"account": "bg 1234566"}])
    release(engine, day, OWNER)
    bring_in(engine, day, organisations=[ORGANISATIONS[1] | {"account": "Plusgiro 12 34 56-6"}])
    # Both must have seen the account.
    assert (str(parts(engine)[1].status), parts(engine)[1].requested_by_id) == ("releasable", None)
    release(engine, day, OWNER)
    confirmer, tasks = releasable.desk(CONTROLLER)
    (form,) = form_pages(confirmer, confirmer.get(tasks), "release")
    second = text_of(parse(form))
    assert (
        "To be paid to Plusgiro 12 34 56-6 New account Changed on 24 February, from Bankgiro 123-4566."
        in second
    )
    release(engine, day, CONTROLLER)
    to_claim = text_of(parse(client.get(releasable.address(OWNER))))
    changed = "Betalas till Plusgiro 12 34 56-6 Nytt konto Ändrat den 24 februari, från Bankgiro 123-4566. Inga pengar"
    assert changed in to_claim
    grant_page = text_of(parse(client.get("/grants/REF-1")))
    told = "The recipient's account was changed from Bankgiro 210-0006 to Bankgiro 123-4566, by an import."
    assert told in grant_page
    told = "The recipient's account was changed from Bankgiro 123-4566 to Plusgiro 12 34 56-6, by an import."
    assert told in grant_page
    assert "New account Changed on 24 February" in grant_page
    taking_part = releasable.client(who=OWNER)
    looked_at = text_of(parse(taking_part.get("/papers/1?paper=claim:2")))
    assert changed in looked_at
    for language in ("sv", "en"):
        paper = Document(
            BytesIO(make_paper(engine, "REF-1", Wanted("claim", language, instalment=2), day).content)
        )
        cells = [
            cell.text.replace("\N{NO-BREAK SPACE}", " ") for row in paper.tables[0].rows for cell in row.cells
        ]
        assert "Plusgiro 12 34 56-6" in cells
    claim(engine, day, 2, over=OverClaim.KEEP)
    for paid_on, minor, known in ((day, 100, False), (date(2011, 2, 25), 200, True)):
        pay(engine, paid_on, 2, amount_minor=minor)
        grant_page = text_of(parse(client.get("/grants/REF-1")))
        assert ("To be paid to Plusgiro" in grant_page, "New account" not in grant_page) == (True, known)


def test_claim_that_is_made_says_so_when_its_account_changes(releasable: Site) -> None:
    engine, day = releasable.engine, date(2011, 2, 24)
    keep_paper(
        engine,
        file_store_of(releasable.settings),
        "REF-1",
        Wanted("claim", instalment=2),
        by_email=OWNER,
        today=day,
        now=at(day, 8),
    )
    papers, says = releasable.client(who=OWNER), "Kontot eller beloppet har ändrats: skapa en ny version"
    assert says not in text_of(parse(papers.get("/papers/1")))
    bring_in(engine, day, organisations=[ORGANISATIONS[1] | {"account": "bg 1234566"}])
    assert says in text_of(parse(papers.get("/papers/1")))


def test_claim_that_has_left_names_the_account_that_it_left_with(releasable: Site) -> None:
    engine, days = releasable.engine, [date(2011, 2, day) for day in (24, 25, 28)]
    accounts = ("bg 1234566", "Plusgiro 12 34 56-6", "bg 9912346")
    for day, account in zip(days[:2], accounts, strict=False):  # changed, it is confirmed again
        bring_in(engine, day, organisations=[ORGANISATIONS[1] | {"account": account}])
        for who in (OWNER, CONTROLLER):
            release(engine, day, who)
    claim(engine, days[1], 2, over=OverClaim.KEEP)
    bring_in(engine, days[2], organisations=[ORGANISATIONS[1] | {"account": accounts[2]}])
    known = [
        look_at_paper(engine, "REF-1", Wanted("claim", "sv", instalment=number), days[2]) for number in (1, 2)
    ]
    assert [dict(one.payee)["Betalas till"] for one in known] == ["Bankgiro 210-0006", accounts[1]]


def test_account_that_changes_while_a_release_is_confirmed_waits_for_it() -> None:
    engine, day = a_new_postgres_database(), date(2011, 2, 24)
    a_grant_that_was(engine, "funder approved")
    release(engine, day, OWNER)
    changed = [ORGANISATIONS[1] | {"account": "bg 1234566"}]
    with ThreadPoolExecutor() as others, grant_at_work(engine, "REF-1", day, at(day)) as work:
        importing = others.submit(bring_in, engine, day, organisations=changed)
        wait([importing], 0.1)
        part, part_by = work.instalments[1], find_person(work.session, CONTROLLER).id
        part.status, part.released_on, part.confirmed_by_id = InstalmentStatus.RELEASED, day, part_by
        work.session.flush()
        wait([importing], 0.1)
    importing.result()
    # It was released first, and is then confirmed again for the new account.
    assert (str(parts(engine)[1].status), parts(engine)[1].confirmed_by_id) == ("releasable", None)
    assert "release_taken_back" in events(engine)
    engine.dispose()


def test_release_is_confirmed_again_when_the_account_changes_before_the_claim_leaves(
    releasable: Site,
) -> None:
    engine, client, day = releasable.engine, releasable.client(), date(2011, 2, 24)
    bring_in(engine, day, organisations=[ORGANISATIONS[1] | {"account": "bg 1234566"}])
    for who in (OWNER, CONTROLLER):
        release(engine, day, who)
    address = releasable.address(OWNER)
    stale = forms_at(client, address, "claim")[0]
    report = bring_in(engine, day, organisations=[ORGANISATIONS[1] | {"account": "Plusgiro 12 34 56-6"}])
    (note,) = report.notes(translator("sv"))
    assert note.startswith(
        "betalkontot för committee ändras från Bankgiro 123-4566 till Plusgiro 12 34 56-6: "
    )
    assert [email for _, _, email in told(engine, "new_account")] == [CONTROLLER]
    assert told(engine, "confirm_release")[-1] == ("claim-balance", "confirm-2-3-first", OWNER)
    # Nobody claims it meanwhile: neither by a page that shows the account before it, nor by the command.
    page = client.post(address, data=stale | {"claimed_on": "2011-02-24"})
    assert page.status_code == 409
    assert "Ändrat den 24 februari, från Bankgiro 123-4566." in text_of(parse(page))
    with pytest.raises(InstalmentNotReady, match="instalment 2 of REF-1 is releasable, not released"):
        claim(engine, day, 2, over=OverClaim.KEEP)
    letter = sent(releasable, day, CONTROLLER)
    assert "Then: - The account for " in letter
    assert " has changed: phone finance, on a number you already have, and check it" in letter
    assert "Check it too, against the approval, and confirm." in letter
    assert "123-4566" not in letter
    assert "Kontot har ändrats sedan sist, så båda behöver bekräfta på nytt." in sent(releasable, day, OWNER)
    for who in (OWNER, CONTROLLER):
        release(engine, day, who, shown_account="Plusgiro 12 34 56-6")
    # The owner is told again that it may be claimed, to the account that was confirmed.
    assert [rung for _, rung, _ in told(engine, "released")] == ["released-2-2", "released-2-4"]
    claim(engine, day, 2, over=OverClaim.KEEP)
    journal = text_of(parse(client.get("/grants/REF-1")))
    assert (
        "The account is another: two people are to confirm part 2 of the grant (100,000 SEK) again."
        in journal
    )
    assert journal.count("To be paid to: Plusgiro 12 34 56-6.") == 3


def test_changed_account_is_told_where_nobody_confirmed_it_and_where_the_claim_has_left(
    releasable: Site,
) -> None:
    engine, day = releasable.engine, date(2009, 11, 10)
    without = {"key": "board", "names": [{"name": "Nämnden"}], "registration_number": "212000-0001"}
    bring_in(engine, day, organisations=[without])
    open_grants(engine, an_open_entry() | {"recipient": "board"}, on=day)
    decide(engine, on=day, reference="REF-9", amount_minor=78_900_000)
    account = without | {"account": "bg 1234566"}
    with pytest.raises(
        InstalmentNotReady, match="before the recipient's account and registration number are known"
    ):
        claim(engine, day, 1, reference="REF-9")
    page = text_of(parse(Site(engine, releasable.settings, at(day, 10)).client("sv", OWNER).get("/tasks")))
    assert "Rekvisitionen kan inte skickas förrän vårt konto och organisationsnummer är registrerade." in page
    # Entered for the first time it is new to nobody who waits for money.
    bring_in(engine, day, organisations=[account])
    assert told(engine, "new_account") == []
    bring_in(engine, day, organisations=[account | {"account": "Plusgiro 12 34 56-6"}])
    says = (
        "Gör sedan om rekvisitionen.",
        "Rekvisitionen har det gamla kontot. Meddela Länsstyrelsen vilket som gäller.",
    )
    assert says[0] in sent(releasable, day, OWNER)
    claim(engine, day, 1, reference="REF-9")
    bring_in(engine, day, organisations=[account])
    assert [(key, email) for key, _, email in told(engine, "new_account")] == [("claim-whole", OWNER)] * 2
    assert says[1] in sent(releasable, day, OWNER)


def test_grant_whose_recipient_is_another_is_confirmed_again_for_that_ones_account(releasable: Site) -> None:
    engine, day = releasable.engine, date(2011, 2, 24)
    other = {"key": "board", "names": [{"name": "Utbildningsnämnden"}], "account": "Plusgiro 12 34 56-6"}
    bring_in(engine, day, organisations=[ORGANISATIONS[1] | {"account": "bg 1234566"}, other])
    for who in (OWNER, CONTROLLER):
        release(engine, day, who)
    bring_in(engine, day, grants=[an_entry(recipient="board")])
    assert str(parts(engine)[1].status) == "releasable"
    page = text_of(parse(releasable.client().get("/grants/REF-1")))
    assert "New account Changed on 24 February, from Bankgiro 123-4566." in page


def test_nobody_releases_to_another_account_than_the_page_showed(releasable: Site) -> None:
    engine, day = releasable.engine, date(2011, 2, 24)
    release(engine, day, OWNER)
    client, address = releasable.desk(CONTROLLER)
    form = forms_at(client, address, "release")[0]
    bring_in(engine, day, organisations=[ORGANISATIONS[1] | {"account": "bg 1234566"}])
    page = client.post(address, data=form)
    assert (page.status_code, problems(page)) == (
        409,
        ["The account has changed since you opened the page, to Bankgiro 123-4566. Nothing is confirmed."],
    )
    assert "To be paid to Bankgiro 123-4566" in text_of(parse(page))
    with pytest.raises(ReleaseRefused, match="is to be paid to Bankgiro 123-4566, which is not the account"):
        release(engine, day, CONTROLLER, shown_account="")
    assert str(parts(engine)[1].status) == "releasable"
    # Who confirmed before it was changed confirms again.
    release(engine, day, OWNER, shown_account="Bankgiro 123-4566")
    thanks(client, post(client, address, "release"))
    assert str(parts(engine)[1].status) == "released"


def sent(site: Site, day: date, email: str) -> str:
    """Send what waits; return the page of a person's newest letter."""
    deliver(site.engine, site.settings, lambda: at(day, 11))
    query = select(func.max(LETTER.c.id)).join(PERSON, PERSON.c.id == LETTER.c.person_id)
    with reading(site.engine) as connection:
        newest = connection.execute(query.where(PERSON.c.email == email)).scalar_one()
    return text_of(parse(site.client().get(f"/mailbox/{newest}")))


def test_changed_account_of_the_funder_is_told_and_shown_to_who_pays_back(tmp_path: Path) -> None:
    engine, day = a_database(tmp_path), date(2025, 4, 22)
    time: dict[str, Any] = {"period_start_on": date(2024, 1, 1), "period_end_on": date(2024, 12, 31)}
    open_grants(engine, an_entry(programme="home-visits-2024", **time), on=date(2024, 1, 8))
    decide(engine, on=date(2024, 1, 10), amount_minor=50_000_000)
    claim(engine, date(2024, 1, 15), 1)
    pay(engine, date(2024, 2, 1), 1)
    answer(engine, "spending", date(2024, 12, 30), data={"spent": "450 000"})
    answer(engine, "final-report", date(2025, 2, 28))
    funder, site = ORGANISATIONS[0], on_the_day(engine, tmp_path, day)
    bring_in(engine, day, organisations=[funder | {"account": "bg 1234566"}])
    assert told(engine, "new_account") == []
    client, address = site.desk(OWNER)
    form = forms_at(client, address, "done")[0]
    bring_in(engine, day, organisations=[funder | {"account": "Plusgiro 12 34 56-6"}])
    assert [one[::2] for one in told(engine, "new_account")] == [("repayment", OWNER)]
    # A page that shows the account before it is stale; the new one shows both, as do the document and the grant.
    page = client.post(address, data=form)
    changed = "till Plusgiro 12 34 56-6 Nytt konto Ändrat den 22 april, från Bankgiro 123-4566. Stäm av"
    assert (page.status_code, changed in text_of(parse(page))) == (409, True)
    for address in ("/grants/REF-1", "/papers/1?paper=repayment:repayment"):
        assert changed in text_of(parse(site.client(who=OWNER).get(address))), address
    letter = sent(site, day, OWNER)
    assert "Stäm av kontot för återbetalning till Länsstyrelsen i dag" in letter
    assert "Ring dit i dag, på ett nummer du redan har, innan något betalas." in letter
    assert "123-4566" not in letter
    engine.dispose()


def test_release_that_is_taken_back_after_its_approval_was_withdrawn_is_not_asked_back(
    tmp_path: Path,
) -> None:
    engine, day = a_database(tmp_path), date(2011, 3, 4)
    a_grant_that_was(engine, "released")
    answer(engine, "final-report-approval", day, OWNER, AnswerKind.WITHDRAWN, note="Granskad igen.")
    asked = told(engine, "confirm_release")
    bring_in(engine, day, organisations=[ORGANISATIONS[1] | {"account": "bg 1234566"}])
    part, recovery = parts(engine)[1], steps(engine)["recovery-2"]
    assert (str(part.status), part.released_on, recovery.status) == ("withheld", None, "cancelled")
    # Nobody is asked to confirm it before the approval stands again.
    assert told(engine, "confirm_release") == asked
    answer(engine, "final-report-approval", day, kind=AnswerKind.APPROVED)
    assert [who for _, _, who in told(engine, "confirm_release")[len(asked) :]] == [OWNER]
    for who in (OWNER, CONTROLLER):
        release(engine, day, who)
    claim(engine, day, 2, over=OverClaim.KEEP)
    assert str(parts(engine)[1].status) == "claimed"
    engine.dispose()
