"""A letter's link through its life: whose it is, when it is over, a new one; undoing; and no link in a log."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlmodel import col
from starlette.testclient import TestClient

from deployments.portal.answer.forms import CARD_FORMS
from models.commands.clock import Clock
from models.commands.people import HandOver
from models.rules.lifetimes import LETTER_LINK_LIVES
from models.tables.columns import table_of
from models.tables.grant import GrantRole
from models.tables.letter import Confirmation, Letter, TakenForm
from models.tables.step import Answer, Document
from models.vocabulary import AnswerKind, LetterStatus, Role, StepStatus
from tasks.outbox.deliver import deliver
from tasks.people.links import LinkUse, sign_link
from tasks.perform import perform
from tasks.store.database import reading, transaction
from tasks.store.secrets import load_or_make
from tests.database_kinds import on_both
from tests.grant_scenes import (
    DEPUTY,
    FIGURES,
    GRANT,
    LETTER,
    MANAGER,
    OWNER,
    PERSON,
    SECRETARY,
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
    act_on,
    ask_to_sign_in,
    fields_of,
    form_pages,
    forms_at,
    forms_of,
    nodes,
    nonce_of,
    parse,
    post,
    settings_for,
    sign_in,
    text_of,
)

DAY = date(2010, 4, 30)
ROLE = table_of(GrantRole)
GIVEN = {
    "q-reports_to_social_services": "3",
    "q-persons_under_18": "2",
    "q-persons_under_20": "1",
    "q-spent": "118 000",
    "q-activities": "Samverkan.",
}


def send(site: Site) -> None:
    """Deliver what is due."""
    deliver(site.engine, site.settings, lambda: site.now)


@pytest.fixture
def engine_kind() -> str:
    return "sqlite"


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Site:
    """The first quarter's follow-up is due on this day."""
    return a_site_that_was(tmp_path, "first paid", DAY, engine)


def letters(engine: Engine, kind: str) -> list[Any]:
    """Return the letters of a kind, with the address that each goes to."""
    query = select(LETTER, PERSON.c.email).join(PERSON, PERSON.c.id == LETTER.c.person_id)
    with reading(engine) as connection:
        return list(connection.execute(query.where(LETTER.c.kind == kind).order_by(LETTER.c.id)))


def undo_address(site: Site) -> str:
    """Return the address in the newest confirmation."""
    key = letters(site.engine, "confirmation")[-1].link_key
    return f"/undo/{sign_link(key, load_or_make(site.settings), LinkUse.UNDO)}"


def undone(client: TestClient, address: str) -> str:
    """Press the button of a confirmation's page; return what the page says then."""
    assert client.post(address, data=forms_of(client.get(address), "undo")[0]).status_code == 303
    return said(client.get(address))


def text_in(content: bytes) -> str:
    """Return the text of a letter, spaces made single."""
    body = message_from_bytes(content, policy=policy.default).get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def said(page: Any) -> str:
    """Return what a page says in its status line."""
    return next(text_of(node) for node in nodes(parse(page), "p", "div") if node.get("role") == "status")


# ------------------------------------------------------------------------------------ the link and its end


def test_link_names_nobody(site: Site) -> None:
    token = site.tokens(OWNER)[-1]
    key, _, seal = token.partition(".")
    assert (len(key), len(seal)) == (24, 43)
    assert letters(site.engine, "tasks")[-1].link_key == key


@on_both
def test_expired_link_mails_a_new_one_to_the_address_on_file_only(site: Site) -> None:
    client, address = site.stranger(), site.address(OWNER)
    site.now += timedelta(days=181)
    page = client.get(address)
    assert page.status_code == 410
    assert forms_of(page, "done") == []
    assert "@" not in page.text
    form = {
        "nonce": nonce_of(page, f"{address}/new"),
        "email": "thief@example.org",
        "to": "thief@example.org",
    }
    assert client.post(f"{address}/new", data=form).status_code == 200
    (letter,) = letters(site.engine, "link")
    assert letter.email == OWNER
    send(site)
    (letter,) = letters(site.engine, "link")
    assert (str(letter.status), letter.subject) == ("captured", "Din nya länk till Grantline")
    assert client.get(site.address(OWNER)).status_code == 200
    assert letter.link_key in site.address(OWNER)


def test_new_links_are_few_an_hour_and_the_answer_is_the_same(site: Site) -> None:
    client, address = site.stranger(), site.address(OWNER)
    site.now += timedelta(days=181)
    pages = []
    for _ in range(6):
        form = {"nonce": nonce_of(client.get(address), f"{address}/new")}
        pages += [client.post(f"{address}/new", data=form) for _ in range(2)]  # twice is once
    assert {(page.status_code, page.text) for page in pages} == {(200, pages[0].text)}
    assert len(letters(site.engine, "link")) == 3
    # A login link counts too: both fill the same mailbox.
    ask_to_sign_in(client, OWNER)
    assert letters(site.engine, "login") == []


def test_link_of_who_hands_the_step_over_is_over(site: Site) -> None:
    client, address = site.stranger(), site.address(OWNER)
    old = forms_at(client, address, "done")[0]
    deputy = str(person_id(site.engine, DEPUTY))
    handed = post(client, address, "not-me", {"colleague": deputy})
    thanked = client.get(handed.headers["location"])
    assert (thanked.status_code, said(thanked)[:5]) == (200, "Tack.")
    page = client.get(address)
    assert page.status_code == 410
    assert "Skicka en ny länk till mig" in text_of(parse(page))
    before = dump(site.engine)
    late = client.post(address, data=old | GIVEN)
    assert late.status_code == 410
    assert "Ditt svar är inte sparat." in text_of(parse(late))
    assert dump(site.engine) == before
    # The new owner's own letter opens it.
    send(site)
    assert len(forms_at(client, site.address(DEPUTY), "done")) == 1


def test_link_is_over_when_its_grant_is_closed(site: Site) -> None:
    client, address = site.stranger(), site.address(OWNER)
    assert client.get(address).status_code == 200
    with transaction(site.engine) as connection:
        connection.execute(update(GRANT).values(status="closed"))
    assert client.get(address).status_code == 410


@on_both
def test_keys_are_changed_one_at_a_time(site: Site) -> None:
    address = site.address(OWNER)
    old = site.settings.secret_keys.get_secret_value().split(",")[0]

    def status(*keys: str) -> int:
        site.settings = settings_for(site.settings.home).model_copy(
            update={"secret_keys": type(site.settings.secret_keys)(",".join(keys))}
        )
        return site.stranger().get(address).status_code

    new = "a key that was made later"
    assert [status(new, old), status(new)] == [200, 404]


# ------------------------------------------------------------------------------------- forms that act once


@pytest.mark.parametrize("act", ["done", "not-yet", "not-me"])
def test_form_sent_twice_says_when_it_was_done(site: Site, act: str) -> None:
    client, address = site.stranger(), site.address(OWNER)
    values = {
        "done": GIVEN,
        "not-yet": {"expected_on": "2010-05-07", "note": "Snart."},
        "not-me": {"colleague": str(person_id(site.engine, DEPUTY))},
    }[act]
    form = forms_at(client, address, act)[0] | values
    assert act_on(client, address, client.post(address, data=form)).status_code == 303
    before = dump(site.engine)
    site.now += timedelta(minutes=5)
    again = client.post(address, data=form | {"q-spent": "999"})
    assert again.status_code == 200
    assert said(again) == (
        "Det här gjordes redan 30 april 2010 kl. 10.00. Det är registrerat en gång, så som det skickades då: det som"
        " har ändrats i formuläret sedan dess är inte registrerat."
    )
    assert dump(site.engine) == before
    assert len(rows(site.engine, TakenForm)) == 1


@on_both
@pytest.mark.parametrize("act", ["done", "not-me"])
def test_form_sent_twice_at_once_acts_once_and_says_so(site: Site, act: str) -> None:
    client, address = site.stranger(), site.address(OWNER)
    values = GIVEN if act == "done" else {"colleague": str(person_id(site.engine, DEPUTY))}
    (form,) = forms_of(client.post(address, data=forms_at(client, address, act)[0] | values), act)
    with ThreadPoolExecutor(4) as fingers:
        pages = list(fingers.map(lambda _: client.post(address, data=form), range(4)))
    assert sorted(page.status_code for page in pages) == [200, 200, 200, 303]
    assert {said(page)[:22] for page in pages if page.status_code == 200} == {"Det här gjordes redan "}
    assert len(rows(site.engine, TakenForm)) == 1


# ------------------------------------------------------------------------ confirmations and taking them back


def test_confirmation_tells_what_was_recorded_and_how_to_undo_it(site: Site) -> None:
    client = site.stranger()
    post(client, site.address(OWNER), "done", GIVEN)
    (letter,) = letters(site.engine, "confirmation")
    assert letter.email == OWNER
    send(site)
    (letter,) = letters(site.engine, "confirmation")
    assert letter.subject == "Registrerat: uppföljningen januari–mars"
    assert undo_address(site).encode() in letter.content.replace(b"=\r\n", b"")
    # Apart from the letter of the day, which has left.
    assert [str(one.status) for one in letters(site.engine, "tasks") if one.email == OWNER][-1] == "captured"
    assert len(events(site.engine, "confirmation_queued")) == 1


def test_answer_on_the_command_line_is_confirmed_there(site: Site) -> None:
    answer(site.engine, "follow-up-2010-q1", DAY, OWNER, data=FIGURES)
    assert letters(site.engine, "confirmation") == []


@on_both
def test_undo_puts_the_step_back_once(site: Site) -> None:
    client = site.stranger()
    thanked = post(client, site.address(OWNER), "done", GIVEN).headers["location"]
    assert "Tack." in text_of(parse(client.get(thanked)))
    address = undo_address(site)
    assert undone(client, address) == "Ångrat. Uppgiften ligger åter under Att göra."
    step = steps(site.engine)["follow-up-2010-q1"]
    assert (step.status, step.done_on, step.done_by_id) == (StepStatus.OPEN, None, None)
    assert step.next_action_on is not None
    assert len(events(site.engine, "answer_undone")) == 1
    assert "Tack." not in text_of(parse(client.get(thanked)))
    before = dump(site.engine)
    assert list(parse(client.get(address)).iter("form")) == []
    assert dump(site.engine) == before
    (form,) = forms_at(client, site.address(OWNER), "done")
    assert form["q-activities"] == "Samverkan."
    # Answered again, it is confirmed again; the old letter takes nothing back any more.
    assert post(client, site.address(OWNER), "done", GIVEN).status_code == 303
    assert len(letters(site.engine, "confirmation")) == 2
    assert said(client.get(address)) == "Ångrat. Uppgiften ligger åter under Att göra."
    assert steps(site.engine)["follow-up-2010-q1"].status is StepStatus.DONE


def to_the_task(client: TestClient, address: str) -> list[str]:
    """Return the links by which the page of an undone act leads to its task."""
    return [
        str(a.get("href")) for a in parse(client.get(address)).iter("a") if text_of(a) == "Till uppgiften"
    ]


def test_undone_act_leads_to_its_task_by_the_same_letter_or_the_reader_s_own_session(site: Site) -> None:
    client = site.stranger()
    post(client, site.address(OWNER), "done", GIVEN)
    address = undo_address(site)
    undone(client, address)
    key = letters(site.engine, "confirmation")[-1].link_key
    own = f"/t/{sign_link(key, load_or_make(site.settings))}"
    task = f"s{steps(site.engine)['follow-up-2010-q1'].id}"
    assert to_the_task(client, address) == [f"{own}?at={task}#{task}"]
    assert len(forms_at(client, f"{own}?at={task}", "done")) == 1
    assert to_the_task(site.client(who=MANAGER), address) == [f"{own}?at={task}#{task}"]
    assert to_the_task(site.client(who=OWNER), address) == [f"/tasks?at={task}#{task}"]
    site.now += LETTER_LINK_LIVES
    assert to_the_task(client, address) == []


@on_both
def test_undo_button_pressed_twice_acts_once(site: Site) -> None:
    client = site.stranger()
    post(client, site.address(OWNER), "done", GIVEN)
    address = undo_address(site)
    form = forms_of(client.get(address), "undo")[0]
    # The link of another letter takes nothing back.
    assert client.get(f"/undo/{site.tokens(OWNER)[-1]}").status_code == 404
    assert [client.post(address, data=form).status_code for _ in range(2)] == [303, 303]
    assert len(events(site.engine, "answer_undone")) == 1


def test_undo_acts_to_the_last_second_of_the_day(site: Site) -> None:
    client = site.stranger()
    post(client, site.address(OWNER), "done", GIVEN)
    address = undo_address(site)
    form = forms_of(client.get(address), "undo")[0]
    answered_at = site.now
    site.now = answered_at + timedelta(hours=24)
    assert said(client.get(address)) == "Det kunde ångras inom 24 timmar, och de har gått."
    before = dump(site.engine)
    client.post(address, data=form)
    assert dump(site.engine) == before
    site.now = answered_at + timedelta(hours=23, minutes=59, seconds=59)
    assert undone(client, address).startswith("Ångrat.")
    assert len(events(site.engine, "answer_undone")) == 1


@pytest.fixture
def drafted(tmp_path: Path) -> Site:
    """The final report's draft is due; the committee's approval waits for it."""
    return a_site_that_was(tmp_path, "followed up", date(2011, 1, 10))


def test_undo_puts_what_waits_for_the_step_back_to_waiting(drafted: Site) -> None:
    client = drafted.stranger()
    assert post(client, drafted.address(OWNER), "done", GIVEN).status_code == 303
    assert steps(drafted.engine)["draft-approval"].status is StepStatus.OPEN
    before = steps(drafted.engine)["draft-approval"].version
    address = undo_address(drafted)
    # It is late, and not done again: the next round tells so.
    assert "I morgon får Unit.Manager mejl om det." in text_of(parse(client.get(address)))
    do_round(drafted.engine, date(2011, 1, 11))
    secretary = person_id(drafted.engine, SECRETARY)
    theirs = update(Letter).where(col(Letter.person_id) == secretary)
    with transaction(drafted.engine) as connection:
        connection.execute(theirs.values(status=LetterStatus.ACCEPTED, subject="", content=b""))
    drafted.now = at(date(2011, 1, 11), 8)
    assert "Får mejl i dag: " in text_of(parse(client.get(address)))
    undone(client, address)
    after = steps(drafted.engine)["draft-approval"]
    assert (after.status, after.version > before) == (StepStatus.WAITING, True)


PDF = b"%PDF-1.7\n" + bytes(50) + b"%%EOF"


def handed_in(client: TestClient, address: str, *names: str) -> None:
    """Hand the report in with files of these names."""
    form = forms_at(client, address, "done")[0] | GIVEN
    form.pop("files")
    files = [("files", (name, PDF)) for name in names] or [("files", ("", b""))]
    assert act_on(client, address, client.post(address, data=form, files=files)).status_code == 303


def kept_files(page: Any) -> list[str]:
    """Return the files that a form has, which can be taken out of it."""
    return [text_of(one) for one in parse(page).iter("li") if one.find("button") is not None]


@on_both
def test_undo_gives_the_files_back_to_the_form_which_hands_them_in_once(site: Site) -> None:
    client, address = site.stranger(), site.address(OWNER)
    handed_in(client, address, "a.pdf", "b.pdf")
    undone(client, undo_address(site))
    (page,) = form_pages(client, client.get(address), "done")
    assert kept_files(page) == ["a.pdf Ta bort a.pdf", "b.pdf Ta bort b.pdf"]
    dropped = str(rows(site.engine, Document)[1].id)
    assert client.post(address, data=forms_of(page, "done")[0] | {"drop": dropped}).status_code == 303
    handed_in(client, address, "c.pdf")
    last = rows(site.engine, Answer)[-1].id
    assert [(one.name, one.answer_id) for one in rows(site.engine, Document)] == [
        ("a.pdf", last),
        ("c.pdf", last),
    ]
    read = parse(site.client(who=OWNER).get(f"/answers/{steps(site.engine)['follow-up-2010-q1'].id}"))
    names = [text_of(one) for one in read.iter("a") if "/documents/" in str(one.get("href"))]
    assert names == ["a.pdf", "c.pdf"]


def test_undo_leaves_what_was_handed_in_before_the_report_was_sent_back(drafted: Site) -> None:
    client, address = drafted.stranger(), drafted.address(OWNER)
    handed_in(client, address, "old.pdf")
    answer(
        drafted.engine, "draft-approval", date(2011, 1, 10), SECRETARY, AnswerKind.RETURNED, note="Fel år."
    )
    handed_in(client, address, "new.pdf")
    undone(client, undo_address(drafted))
    (page,) = form_pages(client, client.get(address), "done")
    assert kept_files(page) == ["new.pdf Ta bort new.pdf"]
    files = [(one.name, one.answer_id is None) for one in rows(drafted.engine, Document)]
    assert files == [("old.pdf", False), ("new.pdf", True)]


@pytest.mark.parametrize("way", ["not me", "all is handed over"])
def test_draft_and_its_file_go_with_a_task_that_is_handed_over(drafted: Site, way: str) -> None:
    client, address = drafted.stranger(), drafted.address(OWNER)
    handed_in(client, address, "new.pdf")
    undone(client, undo_address(drafted))
    (page,) = form_pages(client, client.get(address), "done")
    typed = fields_of(next(one for one in parse(page).iter("form") if one.get("enctype")))
    client.post(address, data=typed | {"q-activities": "Samtal på kvällarna.", "save": "by hand"})
    if way == "not me":
        post(client, address, "not-me", {"colleague": str(person_id(drafted.engine, DEPUTY))})
    else:
        passes = HandOver(person_id(drafted.engine, OWNER), DEPUTY, "SE")
        perform(drafted.engine, passes, None, Clock(drafted.now.date(), drafted.now))
    client, address = drafted.desk(DEPUTY)
    (page,) = form_pages(client, client.get(address), "done")
    assert len(kept_files(page)) == 1
    assert kept_files(page)[0].startswith("new.pdf")
    assert "Samtal på kvällarna." in text_of(parse(page))


def test_undo_is_over_once_the_next_step_has_acted(drafted: Site) -> None:
    client = drafted.stranger()
    post(client, drafted.address(OWNER), "done", GIVEN)
    address = undo_address(drafted)
    form = forms_of(client.get(address), "undo")[0]
    answer(drafted.engine, "draft-approval", date(2011, 1, 10), SECRETARY, AnswerKind.APPROVED)
    kept = "Nästa steg är redan gjort, så det kan inte ångras."
    assert said(client.get(address)) == kept
    assert kept in text_of(parse(drafted.client(who=OWNER).get("/tasks")))  # under what was just done
    before = dump(drafted.engine)
    client.post(address, data=form)
    assert dump(drafted.engine) == before


def test_approval_and_money_are_confirmed_without_undo(tmp_path: Path) -> None:
    site = a_site_that_was(tmp_path, "drafted", date(2011, 1, 17))
    client, address = site.desk(SECRETARY)
    post(client, address, "approve", {"paper_on": "2011-01-17", "note": "§ 14"})
    (letter,) = letters(site.engine, "confirmation")
    (kept,) = rows(site.engine, Confirmation)
    assert (letter.email, kept.undo_until_at) == (SECRETARY, None)
    send(site)
    (letter,) = letters(site.engine, "confirmation")
    token = undo_address(site)
    assert token.encode() not in letter.content
    assert client.get(token).status_code == 404
    # The letter says how it is withdrawn: it is so called in the list, too.
    way = "kan du återkalla det när du har loggat in, under Nyss klart på Att göra"
    assert way in text_in(letter.content)
    (link,) = [one for one in parse(client.get("/tasks")).iter("a") if "withdraw" in str(one.get("href"))]
    assert text_of(link).startswith("Återkalla: ")
    assert "Återkalla ett godkännande" in text_of(parse(client.get(link.get("href"))))
    by_letter = f"/t/{sign_link(letter.link_key, load_or_make(site.settings))}"
    assert "Logga in för att återkalla det." in text_of(parse(site.stranger().get(by_letter)))
    other = a_site_that_was(tmp_path, "released", date(2011, 2, 28))
    claimed = {"claimed_on": "2011-02-28", "over": "keep", "note": "Länsstyrelsen vet det."}
    address = other.address(OWNER)
    post(other.stranger(), address, "claim", claimed)
    kept_money = (
        "Det går inte att ångra här. Är något fel rättar handläggaren och controllern det tillsammans."
    )
    assert kept_money in text_of(parse(other.stranger().get(address)))
    assert [row.undo_until_at for row in rows(other.engine, Confirmation)] == [None]


STEP = "follow-up-2010-q1"


def newest_letter(site: Site, email: str) -> str:
    """Send what waits; return the text of the newest letter to a person, or nothing."""
    site.now += timedelta(days=1, hours=2)
    if site.now.date().weekday() < 5:
        do_round(site.engine, site.now.date())
    deliver(site.engine, site.settings, lambda: site.now)
    to = person_id(site.engine, email)
    letters = [row for row in rows(site.engine, Letter) if row.person_id == to and row.content]
    if not letters:
        return ""
    return text_in(letters[-1].content)


def test_manager_hears_of_a_delay_past_the_due_date_with_its_reason(site: Site) -> None:
    form = {"expected_on": "31 maj 2010", "note": "Kostnaderna saknas."}
    assert post(site.client(), site.address(OWNER), "not-yet", form).status_code == 303
    ((_, _, email),) = told(site.engine, "put_off")
    assert email == MANAGER
    letter = newest_letter(site, MANAGER)
    assert "31 maj" in letter
    assert "Kostnaderna saknas." in letter
    # The due date stays, and its ladder with it.
    assert steps(site.engine)[STEP].due_on == DAY


def test_manager_of_before_is_offered_nothing_that_would_be_refused(site: Site) -> None:
    client = site.client()
    form = {"expected_on": "31 maj 2010", "note": "Kostnaderna saknas."}
    assert post(client, site.address(OWNER), "not-yet", form).status_code == 303
    newest_letter(site, MANAGER)
    address = site.address(MANAGER)
    (filled,) = forms_at(client, address, "not-me")
    deputy = person_id(site.engine, DEPUTY)
    with transaction(site.engine) as connection:
        now_theirs = update(ROLE).where(ROLE.c.role == Role.UNIT_MANAGER).values(person_id=deputy)
        connection.execute(now_theirs)
    assert client.post(address, data=filled).status_code == 409
    page = client.get(address)
    assert "Du har inte längre någon del i det här" in text_of(parse(page))
    assert [act for act in CARD_FORMS if forms_at(client, address, act)] == []


def test_manager_hears_nothing_of_a_step_that_will_be_done_in_time(site: Site) -> None:
    form = {"expected_on": DAY.isoformat(), "note": "Före dagens slut."}
    assert post(site.client(), site.address(OWNER), "not-yet", form).status_code == 303
    assert told(site.engine, "put_off") == []


def test_manager_places_what_its_owner_gave_to_someone_else(site: Site) -> None:
    client, old = site.client(), site.address(OWNER)
    assert post(client, old, "not-me").status_code == 303
    letter = newest_letter(site, MANAGER)
    assert "Du har tagit över uppföljningen januari–mars" in letter
    page = client.get(site.address(MANAGER))
    assert "Uppföljning" in text_of(parse(page))
    # Who gave it away has no form for it any more, and reads who has it.
    assert forms_at(client, old, "done") == []
    title = "uppföljning, kvartal 1 2010, Regional samordning."
    assert f"Unit.Manager har uppgiften nu: {title}" in text_of(parse(client.get(old)))
    deputy = str(person_id(site.engine, DEPUTY))
    assert post(client, site.address(MANAGER), "not-me", {"colleague": deputy}).status_code == 303
    assert f"Deputy har uppgiften nu: {title}" in text_of(parse(client.get(site.address(MANAGER))))
    sign_in(site, client, MANAGER)
    done = text_of(parse(client.get("/tasks")))
    assert "Lämnat över till Deputy: uppföljning, kvartal 1 2010" in done
    assert steps(site.engine)[STEP].owner_id == int(deputy)
    newest_letter(site, DEPUTY)
    assert forms_at(client, site.address(DEPUTY), "done") != []
