"""My tasks after signing in: the same page as behind a letter's link, with no second form."""

from datetime import date, timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select, text, update
from starlette.testclient import TestClient

from deployments.sample.portfolio import load_sample
from models.commands.clock import Clock, LinkHolder
from models.commands.money import Claim, Release
from models.commands.steps import Approve
from models.errors import AnswerRefused, InstalmentNotReady, ReleaseRefused
from models.tables.columns import table_of
from models.tables.person import LoginLink
from models.tables.step import Answer
from models.vocabulary import AnswerKind, OverClaim
from tasks.people.sign_in import login_token
from tasks.perform import perform
from tasks.store.database import reading, transaction
from tasks.store.secrets import load_or_make
from tests.builders import a_database, a_step
from tests.deployments.portal.test_portal_answers import GIVEN, thanks
from tests.grant_scenes import (
    CONTROLLER,
    MANAGER,
    OWNER,
    PERSON,
    SECRETARY,
    STRANGER,
    answer,
    at,
    do_round,
    dump,
    events,
    person_id,
    rows,
    steps,
    told,
)
from tests.portal_scenes import (
    Site,
    a_site_that_was,
    fields_of,
    form_pages,
    forms_at,
    forms_of,
    nodes,
    parse,
    post,
    settings_for,
    text_of,
)

LINK = table_of(LoginLink)

FORMS = ("done", "nothing", "not-yet", "not-me", "approve", "return", "claim", "paid", "release", "decide")


@pytest.fixture
def follow_up(tmp_path: Path) -> Site:
    """The first quarter's follow-up is due on this day."""
    return a_site_that_was(tmp_path, "first paid", date(2010, 4, 30))


@pytest.fixture
def committee(tmp_path: Path) -> Site:
    """The committee's approval is to be recorded."""
    return a_site_that_was(tmp_path, "drafted", date(2011, 1, 17))


def fields_at(client: TestClient, address: str) -> dict[str, list[list[str]]]:
    """Return the fields of every form to which a page leads, by what the forms do."""
    return {act: [sorted(form) for form in forms_at(client, address, act)] for act in FORMS}


def cards_at(client: TestClient, address: str) -> list[str]:
    """Return what each task's card on a page says."""
    return [text_of(node) for node in nodes(parse(client.get(address)), "article")]


def headed(client: TestClient, heading: str) -> list[str]:
    """Return the lines of the section with a heading on the visitor's page."""
    for section in nodes(parse(client.get("/tasks")), "section"):
        if heading in [text_of(one) for one in nodes(section, "h2")]:
            return [text_of(line) for line in nodes(section, "li")]
    return []


@pytest.mark.parametrize("who", [OWNER, SECRETARY])
def test_signed_in_person_has_the_cards_and_forms_of_their_letter(committee: Site, who: str) -> None:
    visitor, link = committee.client(who=who), committee.address(who)
    by_link = fields_at(committee.stranger(), link)
    ways = {act: forms for act, forms in fields_at(visitor, "/tasks").items() if by_link[act]}
    assert ways == {act: forms for act, forms in by_link.items() if forms}
    assert cards_at(visitor, "/tasks") != []


def test_answer_after_signing_in_is_recorded_as_the_visitor_s(follow_up: Site) -> None:
    client = follow_up.client(who=OWNER)
    answered = post(client, "/tasks", "done", GIVEN)
    assert answered.headers["location"].startswith("/tasks?")
    assert thanks(client, answered).startswith("Tack.")
    step = steps(follow_up.engine)["follow-up-2010-q1"]
    assert (str(step.status), step.done_by_id) == ("done", person_id(follow_up.engine, OWNER))


def test_form_of_one_page_acts_on_no_other(follow_up: Site) -> None:
    visitor, link = follow_up.client(who=OWNER), follow_up.address(OWNER)
    (of_visit,), (of_link,) = (
        forms_at(visitor, "/tasks", "done"),
        forms_at(follow_up.stranger(), link, "done"),
    )
    of_visit, of_link = of_visit | GIVEN, of_link | GIVEN
    stranger = follow_up.client(who=STRANGER)
    before = dump(follow_up.engine)
    assert visitor.post("/tasks", data=of_link).status_code == 400
    assert visitor.post(link, data=of_visit).status_code == 400
    assert stranger.post("/tasks", data=of_visit).status_code == 400
    assert dump(follow_up.engine) == before


def test_operator_has_the_overview_and_nobody_else_is_let_in(follow_up: Site) -> None:
    assert follow_up.client().get("/tasks").headers["location"] == "/"
    assert follow_up.client().post("/tasks", data={"act": "done"}).status_code == 404
    stranger = follow_up.stranger()
    asked = [stranger.get("/tasks?page=2"), stranger.post("/tasks", data={"act": "done"})]
    assert [one.headers["location"] for one in asked] == [
        "/login?next=%2Ftasks%3Fpage%3D2",
        "/login?next=%2Ftasks",
    ]
    assert cards_at(follow_up.client(who=STRANGER), "/tasks") == []


def test_page_says_who_is_at_work_on_what_the_reader_waits_for(committee: Site) -> None:
    waits = headed(committee.client(who=OWNER), "Väntar på andra")
    assert len(waits) == 1
    assert "nämndens godkännande" in waits[0].lower()
    assert "Secretary" in waits[0]


def test_visitor_takes_files_and_papers_of_their_tasks_alone(follow_up: Site) -> None:
    owner, stranger = follow_up.client(who=OWNER), follow_up.client(who=STRANGER)
    form = forms_at(owner, "/tasks", "done")[0]
    draft = {"files": ("underlag.csv", b"a;b\n1;2\n", "text/csv")}
    kept = owner.post("/tasks", data=form | {"save": "by hand"}, files=draft)
    assert kept.status_code == 303
    (form_page,) = form_pages(owner, owner.get("/tasks"), "done")
    assert "underlag.csv" in form_page.text
    found = [client.get("/documents/1").status_code for client in (owner, stranger)]
    assert found == [200, 404]
    assert [client.get("/papers/1").status_code for client in (owner, stranger)] == [200, 404]


def signing_in(client: TestClient, address: str) -> list[str]:
    """Return where the cards of a page lead those who must sign in first."""
    links = (one.get("href") for one in nodes(parse(client.get(address)), "a"))
    return [link for link in links if link.startswith("/login")]


def test_approval_by_a_link_leads_through_signing_in_and_back_to_the_step(committee: Site) -> None:
    link, number = committee.address(SECRETARY), steps(committee.engine)["draft-approval"].id
    reader = committee.stranger()
    assert {act: forms for act, forms in fields_at(reader, link).items() if forms}.keys() == {
        "not-yet",
        "not-me",
    }
    page = reader.get(link)
    assert "Utkast till slutrapport" in text_of(parse(page))
    sent = next(fields_of(form) for form in parse(page).iter("form") if form.get("action") == f"{link}/login")
    wanted = f"/tasks?at=s{number}&act=approve"
    assert sent["next"] == wanted
    asked = text_of(parse(reader.post(f"{link}/login", data=sent)))
    assert f"{SECRETARY[0]}…@example.org" in asked
    assert SECRETARY not in page.text + asked
    with reading(committee.engine) as connection:
        key = connection.execute(select(LINK.c.link_key).order_by(LINK.c.id.desc())).scalars().all()[0]
    secretary = person_id(committee.engine, SECRETARY)
    mailed = f"/login/{login_token(key, secretary, load_or_make(committee.settings))}"
    button = next(form for form in nodes(parse(reader.get(mailed)), "form"))
    sent = {field.get("name"): field.get("value") for field in nodes(button, "input")}
    assert reader.post(mailed, data=sent).headers["location"] == wanted
    assert len(forms_of(reader.get(wanted), "approve")) == 1


def test_grants_page_leads_to_the_card_of_ones_own_step(committee: Site) -> None:
    number = steps(committee.engine)["draft-approval"].id
    own = f"/tasks?at=s{number}#s{number}"
    links = {who: hrefs(committee.client(who=who), "/grants/REF-1") for who in (SECRETARY, OWNER)}
    assert (own in links[SECRETARY], own in links[OWNER]) == (True, False)
    assert f'id="s{number}"' in committee.client(who=SECRETARY).get(own.partition("#")[0]).text


def hrefs(client: TestClient, address: str) -> list[str]:
    """Return where the links of a page lead."""
    return [one.get("href") for one in nodes(parse(client.get(address)), "a")]


def test_approval_by_a_link_that_was_passed_on_is_refused(committee: Site) -> None:
    """The form of the approver's own page, sent with the link's own nonce, is refused by the rule."""
    link = committee.address(SECRETARY)
    other = committee.client(who=OWNER)
    assert forms_at(other, link, "approve") == forms_at(other, "/tasks", "approve") == []
    nonce = forms_at(other, link, "not-yet")[0]["nonce"]
    before = dump(committee.engine)
    form = {"nonce": nonce, "act": "approve", "paper_on": "2011-01-17"}
    assert other.post(link, data=form).status_code == 409
    approval = Approve("REF-1", "draft-approval", paper_on=date(2011, 1, 17))
    with pytest.raises(AnswerRefused, match="sign in to answer it"):
        perform(committee.engine, approval, LinkHolder(SECRETARY), Clock(date(2011, 1, 17), committee.now))
    assert dump(committee.engine) == before


def test_sign_in_of_this_morning_is_too_old_where_the_office_says_so(committee: Site) -> None:
    committee.settings = settings_for(committee.settings.home, sign_in_hours=1)
    client, address = committee.desk(SECRETARY)
    assert len(forms_at(client, address, "approve")) == 1
    committee.now += timedelta(minutes=61)
    assert forms_at(client, address, "approve") == []
    (wanted,) = signing_in(client, address)
    assert client.get(wanted).status_code == 200


def test_release_is_confirmed_by_neither_a_link_nor_who_recorded_the_approval(tmp_path: Path) -> None:
    site = a_site_that_was(tmp_path, "funder approved", date(2011, 2, 24))
    link = site.address(OWNER)
    assert forms_of(site.stranger().get(link), "release") == []
    day = Clock(date(2011, 2, 24), site.now)
    with pytest.raises(ReleaseRefused, match="sign in to confirm it"):
        perform(site.engine, Release("REF-1", 2), LinkHolder(CONTROLLER), day)
    perform(site.engine, Release("REF-1", 2), CONTROLLER, day)
    with pytest.raises(ReleaseRefused, match="recorded the funder's approval"):
        perform(site.engine, Release("REF-1", 2), OWNER, day)


def test_second_address_of_one_person_is_no_second_person(tmp_path: Path) -> None:
    site = a_site_that_was(tmp_path, "funder approved", date(2011, 2, 24))
    day, twice = Clock(date(2011, 2, 24), site.now), "coordinator+2@example.org"
    assert twice.replace("+2", "") == OWNER
    with transaction(site.engine) as connection:
        connection.execute(update(PERSON).where(PERSON.c.email == CONTROLLER).values(email=twice))
    perform(site.engine, Release("REF-1", 2), OWNER, day)
    with pytest.raises(ReleaseRefused, match="a second person must"):
        perform(site.engine, Release("REF-1", 2), twice, day)
    # The manager is asked, and not who would be refused.
    assert [who for _, _, who in told(site.engine, "confirm_release")][-1] == MANAGER
    assert "Another person must do it now." not in site.client(who=twice).get("/tasks").text


@pytest.mark.parametrize(
    ("stage", "number", "on", "offered"),
    [
        ("decided", 1, date(2009, 11, 18), True),
        ("funder approved", 2, date(2011, 2, 24), False),
        ("asked", 2, date(2011, 2, 25), False),
        ("released", 2, date(2011, 3, 1), True),
        ("released, approval taken back", 2, date(2011, 3, 1), False),
    ],
)
def test_card_offers_the_claims_that_the_command_takes(
    tmp_path: Path, stage: str, number: int, on: date, offered: bool
) -> None:
    reached, _, fell = stage.partition(", ")
    site = a_site_that_was(tmp_path, reached, on)
    if fell:
        answer(site.engine, "final-report-approval", on, OWNER, AnswerKind.WITHDRAWN, note="Fel beslut.")
    client, address = site.desk(OWNER)
    assert bool(forms_at(client, address, "claim")) is offered
    claim = Claim("REF-1", number, over=OverClaim.KEEP)
    if offered:
        perform(site.engine, claim, OWNER, Clock(on, site.now))
    else:
        with pytest.raises(InstalmentNotReady):
            perform(site.engine, claim, OWNER, Clock(on, site.now))


def facts_of(page: httpx2.Response) -> dict[str, str]:
    """Return the labels and texts that a page lists."""
    rows = (row for row in nodes(parse(page), "div") if nodes(row, "dt"))
    return {text_of(nodes(row, "dt")[0]): text_of(nodes(row, "dd")[0]) for row in rows}


def test_report_is_shown_once_more_before_it_is_handed_in(follow_up: Site) -> None:
    client, address = follow_up.desk(OWNER)
    form = forms_at(client, address, "done")[0] | GIVEN
    before = len(events(follow_up.engine, "step_done"))
    check = client.post(address, data=form)
    assert check.status_code == 200
    shown = facts_of(check)
    assert shown["Kostnader under perioden (kr)"] == "118 000,50"
    assert shown["Av"] == "Coordinator"
    assert len(events(follow_up.engine, "step_done")) == before
    (ready,) = forms_of(check, "done")
    assert client.post(address, data=ready).status_code == 303
    assert len(events(follow_up.engine, "step_done")) == before + 1
    assert client.post(address, data=ready).status_code == 200  # once


def test_what_is_changed_after_the_check_is_filled_in_as_it_was(committee: Site) -> None:
    client, address = committee.desk(SECRETARY)
    form = forms_at(client, address, "approve")[0] | {"paper_on": "17/1 2011", "note": "§ 14"}
    check = client.post(address, data=form)
    assert "måndag 17 januari" in facts_of(check).values()
    assert "Nästa: " in text_of(parse(check)), text_of(parse(check))[700:]
    (ready,) = forms_of(check, "approve")
    again = client.post(address, data=ready | {"change": "yes"})
    assert again.status_code == 200
    assert forms_of(again, "approve")[0]["note"] == "§ 14"
    said = thanks(client, client.post(address, data=ready))
    assert "Nästa: slutrapport, hos Coordinator, senast" in said
    assert str(steps(committee.engine)["draft-approval"].status) == "approved"
    assert rows(committee.engine, Answer)[-1].note == "§ 14"


def test_what_is_wrong_or_changed_meanwhile_is_said_before_the_check(committee: Site) -> None:
    client, address = committee.desk(SECRETARY)
    form = forms_at(client, address, "approve")[0]
    assert client.post(address, data=form).status_code == 422
    check = client.post(address, data=form | {"paper_on": "2011-01-17"})
    answer(committee.engine, "draft-approval", date(2011, 1, 17), SECRETARY, AnswerKind.APPROVED)
    assert client.post(address, data=forms_of(check, "approve")[0]).status_code == 409


def test_card_says_what_is_to_be_done_and_what_hangs_on_it(tmp_path: Path) -> None:
    for stage, day, title in (
        ("followed up", date(2011, 1, 5), "Skriv "),
        ("committee approved", date(2011, 1, 19), "Skicka slutrapporten"),
    ):
        folder = tmp_path / stage
        folder.mkdir()
        site = a_site_that_was(folder, stage, day)
        cards = cards_at(site.client("sv", OWNER), "/tasks")
        (card,) = (one for one in cards if title in one)
        assert "100 000 kr hänger på den" in card
        assert "Blir det inte klart: den " in card


def sample_page(folder: Path, who: str) -> httpx2.Response:
    """Return somebody's tasks in the sample office on 1 December 2026, after the day's round."""
    engine, today = a_database(folder), date(2026, 12, 1)
    load_sample(engine, today, at(today))
    do_round(engine, today)
    return Site(engine, settings_for(folder), at(today)).client("en", who).get("/tasks")


def test_what_others_have_far_ahead_is_folded_with_its_count_and_first_day(tmp_path: Path) -> None:
    page = parse(sample_page(tmp_path, "committee.secretary@example.org"))
    (waiting,) = [one for one in nodes(page, "section") if "Väntar på andra" in text_of(one)]
    (later,) = nodes(waiting, "details")
    assert [text_of(one) for one in nodes(later, "summary")] == [
        "Senare hos andra (2, närmast 30 december 2027)"
    ]
    near, folded = ([text_of(one) for one in nodes(part, "li")] for part in (waiting, later))
    assert [line.split()[-1] for line in folded] == ["2027", "2028"]
    assert ["20" in line for line in near] == [False, False, True, True]


def test_what_is_late_comes_before_what_is_to_be_confirmed(tmp_path: Path) -> None:
    page = sample_page(tmp_path, "coordinator.three@example.org")
    titles = [text_of(one) for one in nodes(parse(page), "h2")]
    assert titles[:2] == ["Send the final report", "Claim 340,000 SEK"]
    assert "Confirm the condition for part 2: 120,000 SEK" in titles[2:]


def test_what_can_be_lost_stands_on_the_first_page_though_more_is_due_before_it(committee: Site) -> None:
    owner = person_id(committee.engine, SECRETARY)
    with transaction(committee.engine) as connection:
        grant = connection.execute(text('SELECT id FROM "grant"')).scalar_one()
        for number in range(9):
            due = date(2011, 1, 1 + number)
            a_step(connection, grant, key=f"more-{number}", due_on=due, owner_id=owner)
    client = committee.client(who=SECRETARY)
    first, second = (cards_at(client, f"/tasks?page={page}") for page in (1, 2))
    assert (len(first), len(second)) == (8, 2)
    assert "100 000 kr hänger på den" in first[0]
    # A form of the second page is found where it stands.
    step = steps(committee.engine)["more-8"]
    assert f"s{step.id}" in client.get(f"/tasks?at=s{step.id}").text
