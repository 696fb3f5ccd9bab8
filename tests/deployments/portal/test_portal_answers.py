"""Answering from a letter's page: done, not yet, not me, approvals, money; and everything that must not work."""

import re
from datetime import date, timedelta
from email import message_from_bytes, policy
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from sqlalchemy import delete, func, insert, select
from starlette.testclient import TestClient

from deployments.cli.context import part_text
from deployments.portal.grant.page import step_lines
from deployments.portal.grant.page_facts import load_grant_rows
from models.commands.steps import StoredFile
from models.tables.columns import table_of
from models.tables.grant import Decision
from models.tables.letter import Letter
from models.tables.step import Answer, Figure
from models.tables.step import Document as StepDocument
from models.vocabulary import AnswerKind, DecisionKind, OverClaim
from tasks.documents.papers import Wanted, make_paper
from tasks.outbox.deliver import deliver
from tasks.overview.grants import portfolio
from tasks.store.database import reading, transaction
from tasks.words.money import word_money
from tasks.words.translator import plain_spaces, translator
from tests.builders import a_database
from tests.desk_scenes import checked
from tests.grant_scenes import (
    CONTROLLER,
    FIGURES,
    LETTER,
    MANAGER,
    OWNER,
    PERSON,
    SECRETARY,
    STRANGER,
    ZONE,
    a_grant_that_was,
    a_staff,
    an_entry,
    answer,
    at,
    bring_in,
    claim,
    decide,
    do_round,
    dump,
    grant,
    open_grants,
    parts,
    pay,
    person_id,
    play,
    release,
    rows,
    steps,
    told,
)
from tests.portal_scenes import (
    Site,
    a_site_that_was,
    act_on,
    form_pages,
    forms_at,
    forms_of,
    nodes,
    on_the_day,
    parse,
    played,
    post,
    problems,
    text_of,
)
from tests.reference_case import LATE

_ANSWER = table_of(Answer)


@pytest.fixture
def follow_up(tmp_path: Path) -> Site:
    """The first quarter's follow-up is due on this day."""
    return a_site_that_was(tmp_path, "first paid", date(2010, 4, 30))


@pytest.fixture
def committee(tmp_path: Path) -> Site:
    """The committee's approval is to be recorded."""
    return a_site_that_was(tmp_path, "drafted", date(2011, 1, 17))


@pytest.fixture
def releasable(tmp_path: Path) -> Site:
    """The funder has approved; two people are asked to confirm the release."""
    return a_site_that_was(tmp_path, "funder approved", date(2011, 2, 24))


GIVEN = {
    "q-reports_to_social_services": "3",
    "q-persons_under_18": "2",
    "q-persons_under_20": "1",
    "q-spent": "118 000,50",
    "q-activities": "Samverkan\r\nmed polisen. \x00<b>",
}


def last_answer(site: Site) -> Any:
    """Return the newest answer."""
    with reading(site.engine) as connection:
        return connection.execute(select(_ANSWER).order_by(_ANSWER.c.id.desc()).limit(1)).one()


def thanks(client: TestClient, answered: Any) -> str:
    """Follow the answer's redirect and return what the page says."""
    assert answered.status_code == 303, problems(answered)
    page = client.get(answered.headers["location"])
    return next(text_of(node) for node in nodes(parse(page), "p", "div") if node.get("role") == "status")


def test_done_keeps_the_answers_and_thanks(follow_up: Site) -> None:
    client = follow_up.client()
    said = thanks(client, post(client, follow_up.address(OWNER), "done", GIVEN))
    step, kept = steps(follow_up.engine)["follow-up-2010-q1"], last_answer(follow_up)
    assert said == (
        "Tack. Det är registrerat: uppföljning, kvartal 1 2010."
        " Nästa: utkast till slutrapport, hos Coordinator, senast 10 januari 2011."
    )
    assert (str(step.status), step.done_on, step.done_by_id) == (
        "done",
        date(2010, 4, 30),
        person_id(follow_up.engine, OWNER),
    )
    assert kept.data == {
        "reports_to_social_services": 3,
        "persons_under_18": 2,
        "persons_under_20": 1,
        "spent": "118000.50",
        "activities": "Samverkan\nmed polisen. <b>",
    }


def test_thanks_are_given_only_for_what_is_recorded(follow_up: Site) -> None:
    client, address = follow_up.client(), follow_up.address(OWNER)
    for claimed in ("s1", "s999999", "p1", "p999", "x", "s1<script>", "s" + "9" * 40):
        page = client.get(address, params={"answered": claimed})
        said = [node for node in nodes(parse(page), "p", "div") if node.get("role") == "status"]
        # The application (s1) and the first part (p1) were never answered by this person on this day.
        assert (page.status_code, [text_of(node) for node in said]) == (200, [])


def test_decision_is_thanked_for_at_its_own_step_alone(tmp_path: Path) -> None:
    site = a_site_that_was(tmp_path, "applied", date(2009, 11, 6))
    decide(site.engine, on=date(2009, 11, 5), today=date(2009, 11, 6))
    client, address, known = site.client(), site.address(OWNER), steps(site.engine)
    for key, is_thanked in (("funder-decision", True), ("claim-advance", False), ("final-report", True)):
        page = parse(client.get(address, params={"answered": f"s{known[key].id}"}))
        said = [text_of(node) for node in nodes(page, "p", "div") if node.get("role") == "status"]
        assert bool(said) == is_thanked, (key, said)
    site.now = at(date(2009, 11, 9))
    page = parse(client.get(address, params={"answered": f"s{known['funder-decision'].id}"}))
    assert not [node for node in nodes(page, "p", "div") if node.get("role") == "status"]
    site.engine.dispose()


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        (
            {"q-spent": "mycket", "q-persons_under_18": "-1"},
            ["Det här kan inte vara mindre än 0.", "Skriv det här som ett belopp, till exempel"],
        ),
        ({"q-activities": "\u200b \u2060"}, ["Ange vad som har gjorts."]),
    ],
    ids=["not numbers", "nothing to see"],
)
def test_answer_that_does_not_fit_is_shown_again_with_what_is_wrong(
    follow_up: Site, changes: dict[str, str], wrong: list[str]
) -> None:
    client, before = follow_up.client(), dump(follow_up.engine)
    page = post(client, follow_up.address(OWNER), "done", GIVEN | changes)
    tree = parse(page)
    assert page.status_code == 422
    after = dump(follow_up.engine)
    assert [draft["act"] for draft in after.pop("draft")] == ["done"]
    assert after == {name: rows for name, rows in before.items() if name != "draft"}
    said = problems(page)
    summary = next(node for node in tree.iter("div") if node.get("role") == "alert")
    assert summary.get("autofocus") is not None
    assert [link.get("href")[1:] in {n.get("id") for n in tree.iter()} for link in summary.iter("a")] == [
        True
    ] * len(wrong)
    assert [text[: len(start)] for text, start in zip(said, wrong, strict=True)] == wrong
    opened = next(tree.iter("article"))
    kept = {node.get("name"): node.get("value") for node in nodes(opened, "input")}
    assert kept["q-reports_to_social_services"] == "3"
    described = [node.get("aria-describedby") for node in nodes(opened, "input", "textarea")]
    ids = {node.get("id") for node in tree.iter()}
    assert {one for text in described if text for one in text.split()} <= ids


def test_why_a_sum_stands_out_is_asked_when_it_does_and_kept(follow_up: Site) -> None:
    client, address, why = follow_up.client(), follow_up.address(OWNER), "q-spent.why"
    assert why not in forms_at(client, address, "done")[0]
    page = post(client, address, "done", GIVEN | {"q-spent": "500 000,50"})
    assert page.status_code == 422
    asked = "Kostnaderna hittills är större än bidraget (500 000,50 kr är mer än 500 000 kr)."
    assert problems(page) == [f"{asked} Rätta ett tal, eller skriv varför här."]
    fields = {"q-spent": "500 000,50", why: "Vi betalar 50 öre själva."}
    assert post(client, address, "done", GIVEN | fields).status_code == 303
    assert last_answer(follow_up).data["spent.why"] == "Vi betalar 50 öre själva."


def late_without_figures(folder: Path) -> Site:
    """Return the portal on a day on which a follow-up is late, and no source has given a figure."""
    site = played(folder, LATE)
    with transaction(site.engine) as connection:
        connection.execute(delete(table_of(Figure)))
    return site


def test_question_that_a_source_answers_says_so_until_it_has(tmp_path: Path) -> None:
    site = late_without_figures(tmp_path)
    client = site.client()
    tree = parse(form_pages(client, client.get(site.address(OWNER)), "done")[0])
    said = {node.get("id"): text_of(node) for node in tree.iter() if node.get("id")}
    asked = {
        node.get("name"): [said[one] for one in node.get("aria-describedby", "").split()]
        for node in nodes(tree, "input", "textarea")
        if node.get("name", "").startswith("q-")
    }
    coming = [
        "Uppgiften hämtas automatiskt och har inte kommit än. Vill du lämna före dess fyller du i den själv."
    ]
    assert asked == {
        "q-reports_to_social_services": coming,
        "q-persons_under_18": coming,
        "q-persons_under_20": coming,
        "q-persons_20_and_over": [],
        "q-spent": coming,
        "q-activities": [],
    }


def test_page_says_where_when_and_from_which_file_a_figure_came(tmp_path: Path) -> None:
    site = late_without_figures(tmp_path)
    step = steps(site.engine, "REF-2009-2")["follow-up-2010-q2"].id
    with transaction(site.engine) as connection:
        for question, source, sha256 in (
            ("reports_to_social_services", "ledger-1.xlsx", "0123456789abcdef" * 4),
            ("activities", "follow-up.activities", None),
        ):
            figure = {
                "step_id": step,
                "question": question,
                "value": "14",
                "source": source,
                "sha256": sha256,
            }
            figure |= {"period": "2010-Q2", "accounts": {}, "gathered_at": at(LATE, 7)}
            connection.execute(insert(table_of(Figure)).values(**figure))
    client = site.client()
    tree = parse(form_pages(client, client.get(site.address(OWNER)), "done")[0])
    (origins,) = (node for node in nodes(tree, "details") if node.get("class") == "origins")
    said = ["".join(node.itertext()) for node in nodes(origins, "li")]
    when = "6\xa0augusti\xa02010 kl.\xa007.00, kvartal 2 2010"
    assert said[0] == f"Anmälningar till socialtjänsten: ledger-1.xlsx, {when}, SHA-256 0123456789abcdef…"
    assert said[1].endswith(f", {when}")
    assert len(said) == 2


def test_not_yet_keeps_the_date_and_the_reason(follow_up: Site) -> None:
    client, address = follow_up.client(), follow_up.address(OWNER)
    early = post(client, address, "not-yet", {"expected_on": "2010-04-29", "note": "Kostnaderna saknas."})
    assert problems(early)[0] == "Välj den 30 april 2010 eller senare."
    later = post(client, address, "not-yet", {"expected_on": "2010-05-07", "note": "Kostnaderna saknas."})
    assert thanks(client, later) == (
        "Tack. Det är registrerat att du räknar med 7 maj, och det är fortfarande att göra: uppföljning,"
        " kvartal 1 2010. Fram till dess skickar vi inga påminnelser."
    )
    step = steps(follow_up.engine)["follow-up-2010-q1"]
    assert (str(step.status), step.expected_on, step.due_on) == ("open", date(2010, 5, 7), date(2010, 4, 30))
    text = text_of(parse(client.get(address)))
    assert "Coordinator svarade 30 april: inte klart än, väntas 7 maj. ”Kostnaderna saknas.”" in text
    assert "Du har sagt: klart fredagen den 7 maj." in text


def test_letter_card_and_form_count_alike_what_is_left(follow_up: Site) -> None:
    client, address = follow_up.client(), follow_up.address(OWNER)
    (left,) = set(re.findall(r"(\d+) svar kvar", text_of(parse(client.get(address)))))
    form = text_of(
        parse(client.get(f"{address}?at=s{steps(follow_up.engine)['follow-up-2010-q1'].id}&act=done"))
    )
    assert re.findall(r"(\d+) svar kvar", form) == [left]
    owner = person_id(follow_up.engine, OWNER)
    letter = [row for row in rows(follow_up.engine, Letter) if row.content and row.person_id == owner][-1]
    said = message_from_bytes(letter.content, policy=policy.default).get_body(("plain",))
    assert said is not None
    assert f"Kvar: {translator('sv').spelled_out(int(left))} frågor." in said.get_content()


def test_not_me_hands_the_step_to_a_colleague_who_is_told(follow_up: Site) -> None:
    client, address = follow_up.client(), follow_up.address(OWNER)
    (page,) = form_pages(client, client.get(address), "not-me")
    form = next(f for f in nodes(parse(page), "select") if f.get("name") == "colleague")
    offered = {option.get("value") for option in nodes(form, "option")}
    deputy = str(person_id(follow_up.engine, "deputy@example.org"))
    assert deputy in offered
    assert str(person_id(follow_up.engine, OWNER)) not in offered
    said = thanks(client, post(client, address, "not-me", {"colleague": deputy}))
    assert said == "Tack. Du har lämnat över: uppföljning, kvartal 1 2010."
    assert str(steps(follow_up.engine)["follow-up-2010-q1"].owner_id) == deputy
    assert [email for *_, email in told(follow_up.engine, "handed_over")] == ["deputy@example.org"]


def test_step_is_not_handed_to_someone_who_is_not_on_the_list(follow_up: Site) -> None:
    client, before = follow_up.client(), dump(follow_up.engine)
    for number in ("999", *(str(person_id(follow_up.engine, who)) for who in (STRANGER, OWNER))):
        page = post(client, follow_up.address(OWNER), "not-me", {"colleague": number})
        assert (page.status_code, problems(page)[0]) == (422, "Välj något i listan.")
    assert dump(follow_up.engine) == before


EVERY_QUARTER = """
programme: every-quarter
title: {sv: medel, en: funds}
source: the decision letter
currency: SEK
calendar: {country: SE}
ladders: {default: [{days: -7, to: [owner]}]}
steps:
  - key: report
    phase: follow-up
    kind: report
    each: quarter
    title: {sv: rapport, en: report}
    todo: {sv: Skicka rapporten., en: Send the report.}
    due: 1 month after period_end or the next working day
    questions: [{key: done, title: {sv: Vad som har gjorts, en: What was done}, kind: text}]
  - key: check
    phase: follow-up
    kind: approval
    approves: report
    each: quarter
    owner: unit_manager
    title: {sv: granskning, en: check}
    todo: {sv: Granska rapporten., en: Check the report.}
    due: 7 days after report or the next working day
instalments: [{number: 1, share: 100 %}]
"""


def test_report_beside_an_approval_is_that_of_its_quarter(tmp_path: Path) -> None:
    engine, programme = a_database(tmp_path), tmp_path / "every-quarter.yaml"
    programme.write_text(EVERY_QUARTER, encoding="utf-8")
    open_grants(engine, an_entry(programme=str(programme), dates={}))
    decide(engine, dates={})
    answer(engine, "report-2010-q1", date(2010, 4, 28), data={"done": "Vårens arbete."})
    answer(engine, "report-2010-q2", date(2010, 4, 29), data={"done": "Sommarens arbete."})
    site = on_the_day(engine, tmp_path, date(2010, 4, 30))
    manager = site.client(who=MANAGER)
    pages = [text_of(parse(page)) for page in form_pages(manager, manager.get("/tasks"), "approve")]
    shown = [("Vårens arbete." in page, "Sommarens arbete." in page) for page in pages]
    assert shown == [(True, False), (False, True)]


def test_committee_s_refusal_is_recorded_as_a_refusal(committee: Site) -> None:
    client, address = committee.desk(SECRETARY)
    given = {"note": "Målen saknas.", "paper_on": "2011-01-17", "verdict": "refused"}
    thanks(client, post(client, address, "return", given))
    step = steps(committee.engine)["draft-approval"]
    assert str(step.status) != "approved"
    assert "avslog" in text_of(parse(committee.client(who=OWNER).get("/grants/REF-1")))


def test_report_is_sent_back_with_a_reason(committee: Site) -> None:
    client, address = committee.desk(SECRETARY)
    assert problems(post(client, address, "return"))[0] == "Ange en dag."
    asked = text_of(parse(form_pages(client, client.get(address), "return")[0]))
    assert "Du registrerar vad sammanträdet beslutade." in asked
    given = {"note": "Tabellen saknas.", "paper_on": "2011-01-17"}
    said = thanks(client, post(client, address, "return", given))
    assert said == "Det är registrerat att det här ska rättas: utkast till slutrapport."
    assert str(steps(committee.engine)["draft"].status) == "open"
    # The returned report is filled with what was answered before.
    deliver(committee.engine, committee.settings, lambda: at(date(2011, 1, 17), 11))
    page = client.get(committee.address(OWNER))
    assert "Tabellen saknas." in text_of(parse(page))
    assert plain_spaces(forms_at(client, committee.address(OWNER), "done")[0]["q-spent"]) == FIGURES["spent"]


def test_nobody_is_offered_to_approve_their_own_report(committee: Site) -> None:
    client = committee.client()
    post(
        client, committee.address(SECRETARY), "not-me", {"colleague": str(person_id(committee.engine, OWNER))}
    )
    page = client.get(committee.address(OWNER))
    assert "Du har gjort rapporten, så någon annan måste godkänna den." in text_of(parse(page))
    assert form_pages(client, page, "approve") == []
    # The other is of the final report, which waits for that approval.
    assert len(form_pages(client, page, "not-me")) == 2


def test_release_takes_two_people(releasable: Site) -> None:
    client, address = releasable.desk(OWNER)
    # Where it says that no paper is filed, it can be; not by who only looks at it.
    links = ["/desk/file-paper/1?step=final-report-approval"]
    (first,) = form_pages(client, client.get(address), "release")
    assert [a.get("href") for a in parse(first).iter("a") if "file-paper" in a.get("href", "")] == links
    # The first may say no, too.
    assert problems(post(client, address, "decline")) == ["Ange varför villkoret inte är uppfyllt."]
    said = thanks(client, post(client, address, "release"))
    assert said == "Tack. Nu ska ytterligare en person bekräfta."
    again = client.get(address)
    assert form_pages(client, again, "release") == []
    assert "Du har redan bekräftat. Nu behöver en annan person göra det." in text_of(parse(again))
    assert "Bekräfta att villkoret är uppfyllt." not in text_of(parse(again))
    # Theirs is done: the claim is left, and the second one's part stands among the others'.
    assert "En uppgift" in text_of(parse(again))
    client, address = releasable.desk(CONTROLLER)
    # The second may say no, with a reason; the first asks again.
    assert problems(post(client, address, "decline")) == ["Enter why the condition is not met."]
    post(client, address, "decline", {"reason": "Beslutet gäller ett annat bidrag."})
    assert parts(releasable.engine)[1].requested_by_id is None
    post(*releasable.desk(OWNER), "release")
    client, address = releasable.desk(CONTROLLER)
    seen = text_of(parse(form_pages(client, client.get(address), "release")[0]))
    assert "The funder's approval of the final report: 24 February, recorded by Coordinator." in seen
    assert "Confirmed by Coordinator, 24 February" in seen
    assert "No paper is filed. Ask Coordinator, " in seen
    assert "File the paper" not in seen
    # By when; what is at stake stands in its title.
    assert "In 14 days Thursday 10 March" in seen
    said = thanks(client, post(client, address, "release"))
    assert said == "Thank you. The condition is confirmed; the claim may be sent."
    part = parts(releasable.engine)[1]
    assert (str(part.status), part.requested_by_id, part.confirmed_by_id) == (
        "released",
        person_id(releasable.engine, OWNER),
        person_id(releasable.engine, CONTROLLER),
    )


def test_first_of_two_sees_the_paper_that_came_with_the_approval(tmp_path: Path) -> None:
    site = a_site_that_was(tmp_path, "sent", date(2011, 2, 24))
    letter = (StoredFile("beslut.pdf", "application/pdf", 4, "0" * 64, "0" * 32),)
    kind = AnswerKind.APPROVED
    answer(site.engine, "final-report-approval", date(2011, 2, 24), OWNER, kind, files=letter)
    client, address = site.desk(OWNER)
    (page,) = form_pages(client, client.get(address), "release")[:1]
    files = {link.text for link in parse(page).iter("a") if "/documents/" in link.get("href", "")}
    assert files == {"beslut.pdf"}


def test_money_is_recorded_on_the_day_that_the_bank_had_it(releasable: Site) -> None:
    for who in (OWNER, CONTROLLER):
        release(releasable.engine, date(2011, 2, 24), who)
    claim(releasable.engine, date(2011, 2, 25), 2, over=OverClaim.KEEP)
    releasable.now = at(date(2011, 3, 7), 10)
    client, address = releasable.client(), releasable.address(OWNER)
    early, late = (post(client, address, "paid", {"paid_on": day}) for day in ("2011-02-24", "2011-03-08"))
    assert problems(early) == ["Välj den 25 februari 2011 eller senare."]
    assert problems(late) == ["Dagen ligger i framtiden. Välj den 7 mars 2011 eller tidigare."]
    assert thanks(client, post(client, address, "paid", {"paid_on": "3/3"}))
    part, step = parts(releasable.engine)[1], steps(releasable.engine)["payment-balance"]
    assert (part.paid_on, part.paid_minor, step.done_on) == (date(2011, 3, 3), 10_000_000, date(2011, 3, 3))
    # What follows counts from that day, and the journal says both.
    assert steps(releasable.engine)["close"].due_on == date(2011, 3, 17)
    journal = text_of(parse(client.get("/grants/REF-1")))
    assert "Part 2 of the grant (100,000 SEK) was paid on 3 March." in journal


def test_claim_for_less_has_one_sum_in_lists_pages_and_papers(releasable: Site) -> None:
    for who in (OWNER, CONTROLLER):
        release(releasable.engine, date(2011, 2, 24), who)
    claimed_on = date(2011, 2, 25)
    claim(releasable.engine, claimed_on, 2, over=OverClaim.LESS, note="En tjänst var vakant.")
    releasable.now = at(claimed_on, 10)
    (row,) = portfolio(releasable.engine, claimed_on)
    # The portfolio, "grants status" and the replay word the same part.
    said = word_money(translator("en"), "part", row.instalments[1]).replace("\xa0", " ")
    assert said == "Part 2, 72,000 SEK: claimed"
    page = parse(releasable.client().get("/grants/REF-1"))
    heads = [text_of(one) for one in page.iter("p") if one.get("class") == "part-head"]
    assert heads == ["400,000 SEK Paid", "72,000 SEK Claimed"]
    paper = make_paper(releasable.engine, "REF-1", Wanted("claim", instalment=2), claimed_on)
    assert "72\xa0000\xa0kr" in "".join(Document(BytesIO(paper.content)).element.itertext())
    pay(releasable.engine, date(2011, 3, 3), 2)
    (row,) = portfolio(releasable.engine, date(2011, 3, 3))
    assert part_text(row.instalments[1]).startswith(
        "paid 72,000 SEK of 100,000 SEK, 28,000 SEK does not come"
    )


def test_approval_and_claim_are_recorded_on_the_day_of_their_papers(tmp_path: Path) -> None:
    site = a_site_that_was(tmp_path, "drafted", date(2011, 1, 19))
    engine = site.engine

    def refused(who: str, act: str, field: str, *days: str) -> list[str]:
        return [one for day in days for one in problems(post(*site.desk(who), act, {field: day}))]

    late = "Dagen ligger i framtiden. Välj den 19 januari 2011 eller tidigare."
    assert refused(SECRETARY, "approve", "paper_on", "", "2011-01-09", "2011-01-20") == [
        "Ange en dag.",
        "Välj den 10 januari 2011 eller senare: då lämnades rapporten.",
        late,
    ]
    client, address = site.desk(SECRETARY)
    (page,) = form_pages(client, client.get(address), "approve")
    assert "Dagen för sammanträdet" in text_of(parse(page))
    # Before the first known meeting only somebody with delegated powers can have decided.
    bring_in(engine, meetings=[{"body": "committee", "held_on": date(2011, 1, 25)}])
    (form,) = forms_at(client, address, "approve")
    assert ("delegated_on" in form, "paper_on" in form) == (True, False)
    assert forms_at(client, address, "return") == []
    assert refused(SECRETARY, "approve", "delegated_on", "") == ["Ange en dag."]
    # Of the meetings one that was held is chosen, or the day of a delegated decision is given.
    bring_in(engine, meetings=[{"body": "committee", "held_on": date(2011, 1, day)} for day in (17, 18)])
    (form,) = forms_at(client, address, "approve")
    assert (form["paper_on"], form["delegated_on"]) == ("2011-01-18", "")
    assert refused(SECRETARY, "approve", "paper_on", "2011-01-16") == ["Välj något i listan."]
    assert refused(SECRETARY, "return", "paper_on", "")[:1] == ["Välj ett sammanträde."]
    said = {"paper_on": "2011-01-18", "paragraph": "§ 14", "at_once": "yes"}
    assert post(client, address, "approve", said).status_code == 303
    assert steps(engine)["draft-approval"].done_on == date(2011, 1, 18)
    assert "§ 14, omedelbart justerad." in text_of(parse(site.client("sv").get("/grants/REF-1")))
    # Who recorded it may take it back, from what was just done and from the grant; the second pair of eyes may not.
    visitor = site.client(who=SECRETARY)
    for shown in ("/tasks", "/grants/REF-1"):
        links = [one.get("href") or "" for one in parse(visitor.get(shown)).iter("a")]
        (undo,) = [one for one in links if "/withdraw-approval/" in one]
        assert checked(visitor, undo, note="Fel dag.").status_code == 200
        assert site.client(who=CONTROLLER).get(undo).status_code == 404
    answer(engine, "final-report", date(2011, 1, 19))

    # The funder's letter of 24 February is recorded two weeks later: the claim's days count from the letter.
    do_round(engine, date(2011, 3, 8))
    deliver(engine, site.settings, lambda: at(date(2011, 3, 8), 8))
    site.now = at(date(2011, 3, 8), 10)
    assert refused(OWNER, "approve", "paper_on", "2011-01-18") == [
        "Välj den 19 januari 2011 eller senare: då lämnades rapporten."
    ]
    assert post(*site.desk(OWNER), "approve", {"paper_on": "2011-02-24"}).status_code == 303
    assert steps(engine)["claim-balance"].due_on == date(2011, 3, 10)
    for who in (OWNER, CONTROLLER):
        release(engine, date(2011, 3, 8), who)
    site.now = at(date(2011, 3, 10), 10)
    assert refused(OWNER, "claim", "claimed_on", "2011-03-07", "2011-03-11") == [
        "Välj den 8 mars 2011 eller senare.",
        "Dagen ligger i framtiden. Välj den 10 mars 2011 eller tidigare.",
    ]
    assert post(*site.desk(OWNER), "claim", {"claimed_on": "2011-03-09", "over": "keep"}).status_code == 303
    assert (parts(engine)[1].claimed_on, steps(engine)["payment-balance"].due_on) == (
        date(2011, 3, 9),
        date(2011, 4, 8),
    )
    journal = text_of(parse(site.client().get("/grants/REF-1")))
    for sentence in (
        "“the committee's approval of the final report” was given on 18 January.",
        "“the funder's approval of the final report” was given on 24 February.",
        "Part 2 of the grant was claimed on 9 March.",
    ):
        assert sentence in journal


def test_report_is_sent_and_sent_back_on_the_day_of_its_paper(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "committee approved")
    due_on = steps(engine)["final-report"].due_on
    # Sent on its last day, and recorded on the day after.
    site = on_the_day(engine, tmp_path, due_on + timedelta(days=1))
    client, address = site.client(), site.address(OWNER)
    # It begins with today, and says before it is recorded that this is late.
    (form,) = forms_at(client, address, "done")
    check = client.post(address, data=form)
    assert "Skickat den fredag 21 januari, 1 dag försenat Av" in text_of(parse(check))
    post(client, address, "done", {"paper_on": "i går", "save": "by hand"})  # tomorrow that is another day
    assert forms_at(client, address, "done")[0]["paper_on"] == due_on.isoformat()
    days = ["", "2011-01-17", (due_on + timedelta(days=2)).isoformat()]
    assert [problems(post(client, address, "done", {"paper_on": day})) for day in days] == [
        ["Ange en dag."],
        ["Dagen ligger före dagen för det som den följer på. Kontrollera dagen. Inget är registrerat."],
        ["Dagen ligger i framtiden. Välj den 21 januari 2011 eller tidigare."],
    ]
    assert "Registrerat som skickat: slutrapport." in thanks(
        client, post(client, address, "done", {"paper_on": due_on.isoformat()})
    )
    approval = steps(engine)["final-report-approval"]
    # Thirty days later is a Saturday: a time of our own lands on a working day.
    assert (steps(engine)["final-report"].done_on, approval.due_on) == (due_on, due_on + timedelta(days=32))

    site = on_the_day(engine, tmp_path, date(2011, 2, 21))
    client, address = site.desk(OWNER)
    given = {"paper_on": "2011-01-19", "note": "Tabell 2 saknas."}
    assert problems(post(client, address, "return", given)) == [
        "Välj den 20 januari 2011 eller senare: då lämnades rapporten."
    ]
    assert post(client, address, "return", given | {"paper_on": "2011-02-18"}).status_code == 303
    report = steps(engine)["final-report"]
    # The days to mend it count from when that was known here.
    assert (report.done_on, report.fixed_due_source) == (
        None,
        {"kind": "return", "on": "2011-02-18"},
    )
    assert report.due_on > date(2011, 2, 21)
    journal = text_of(parse(site.client().get("/grants/REF-1")))
    for sentence in (
        "Coordinator recorded: “final report” was done on 20 January.",
        "Coordinator recorded: “final report” was sent back on 18 February to be corrected.",
    ):
        assert sentence in journal


def test_claim_waits_for_the_release_and_is_then_sent_and_paid(releasable: Site) -> None:
    client, address = releasable.client(), releasable.address(OWNER)
    page = client.get(address)
    assert form_pages(client, page, "claim") == []
    assert "Rekvisitionen får skickas när två personer har bekräftat" in text_of(parse(page))
    release(releasable.engine, date(2011, 2, 24), OWNER)
    release(releasable.engine, date(2011, 2, 24), CONTROLLER)
    thanks(client, post(client, address, "claim", {"claimed_on": "2011-02-24", "over": "keep"}))
    assert str(parts(releasable.engine)[1].status) == "claimed"
    assert problems(post(client, address, "paid")) == ["Ange en dag."]
    day = {"paid_on": "2011-02-24"}
    large = post(client, address, "paid", day | {"amount": "100 000,01"})
    assert (large.status_code, problems(large)) == (
        422,
        ["Summan är större än det som saknas av den här delen. Inget är registrerat."],
    )
    assert problems(post(client, address, "paid", day | {"amount": "1 250,505"}))[0].startswith(
        "Skriv det här som"
    )
    asked = post(client, address, "paid", day | {"amount": "99 000"})
    assert (asked.status_code, problems(asked)) == (422, ["1 000 kr saknas. Svara om de kommer senare."])
    assert parts(releasable.engine)[1].paid_minor is None
    later = {"amount": "99 000", "rest": "to_come"}
    thanks(client, post(client, address, "paid", day | later))
    assert parts(releasable.engine)[1].paid_minor == 9_900_000
    page = client.get(address)
    seen = text_of(parse(page)) + text_of(parse(form_pages(client, page, "paid")[0]))
    assert "1 000 kronor av 100 000 kronor har inte kommit in än." in seen
    assert "Lämna det tomt när resten har kommit: 1 000 kr. Skriv 0 när inte mer kommer." in seen
    assert "En del av pengarna saknas. Fråga bidragsgivaren, och registrera resten när den är här." in seen
    more = post(client, address, "paid", day | {"amount": "1 001"})
    assert problems(more) == ["Summan är större än det som saknas av den här delen. Inget är registrerat."]
    assert problems(post(client, address, "paid", {"amount": "0", "rest": "no_more"})) == ["Ange skäl."]
    assert problems(post(client, address, "paid", {"amount": "0", "rest": "to_come"}))[0] == (
        "Då har inget kommit: svara ”Inte än”."
    )
    ended = {"amount": "0", "rest": "no_more", "note": "En kostnad godtogs inte"}
    thanks(client, post(client, address, "paid", ended))
    assert parts(releasable.engine)[1].no_more_why == "En kostnad godtogs inte"
    assert str(steps(releasable.engine)["payment-balance"].status) == "done"


def test_who_saw_that_they_are_the_first_never_becomes_the_second(releasable: Site) -> None:
    client, address = releasable.desk(OWNER)
    form = forms_at(client, address, "release")[0]
    release(releasable.engine, date(2011, 2, 24), CONTROLLER)
    page = client.post(address, data=form)
    assert page.status_code == 409
    assert problems(page) == ["Det här har ändrats sedan du öppnade sidan. Här är läget nu."]
    assert str(parts(releasable.engine)[1].status) == "releasable"
    assert "Du har registrerat bidragsgivarens godkännande." in text_of(parse(page))


def test_second_person_never_releases_another_sum_than_the_page_showed(releasable: Site) -> None:
    """The sum changed and the same person asked again, while the second had the page open."""
    engine, day = releasable.engine, date(2011, 2, 24)
    release(engine, day, OWNER)
    client, address = releasable.desk(CONTROLLER)
    form = forms_at(client, address, "release")[0]
    decide(engine, DecisionKind.SUPPLEMENT, day, amount_minor=90_000_000)
    release(engine, day, OWNER)
    page = client.post(address, data=form)
    assert (page.status_code, problems(page)) == (
        409,
        [
            "The sum has changed since you opened the page, from 100,000 SEK to 1,000,000 SEK. Nothing is confirmed."
        ],
    )
    assert str(parts(engine)[1].status) == "releasable"
    assert "Confirm the condition for part 2: 1,000,000 SEK" in text_of(parse(page))
    thanks(client, post(client, address, "release"))
    assert str(parts(engine)[1].status) == "released"


def test_step_that_waits_past_its_day_is_late_in_its_line_its_point_and_its_state(tmp_path: Path) -> None:
    site = a_site_that_was(tmp_path, "followed up", date(2011, 1, 31))
    with reading(site.engine) as connection:
        rows = load_grant_rows(connection, "REF-1", date(2011, 1, 31), ZONE)
        assert rows is not None
        lines = {line.row.key: line for line in step_lines(translator("en"), rows, date(2011, 1, 31))}
    sent = lines["final-report"]
    assert (sent.row.status, sent.status, sent.look, sent.slack) == (
        "waiting",
        "Overdue",
        "late",
        "11 days late",
    )
    # What waits and is not due yet is not.
    assert lines["close"].look == "waiting"


def test_late_follow_up_fills_the_draft_that_it_opens_before_any_round(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "first paid")
    for quarter, day in ((1, date(2010, 4, 27)), (2, date(2010, 7, 28))):
        answer(engine, f"follow-up-2010-q{quarter}", day, data=FIGURES)
    site = on_the_day(engine, tmp_path, date(2011, 1, 10))
    client = site.client()
    thanks(client, post(client, site.address(OWNER), "done", GIVEN))
    draft = steps(engine)["draft"]
    (text,) = [row for row in rows(engine, Figure) if (row.step_id, row.question) == (draft.id, "activities")]
    assert text.value.count("2010: ") == 3
    engine.dispose()


@pytest.fixture
def applied(tmp_path: Path) -> Site:
    """The funder has been silent for long; its decision is to be recorded when it comes."""
    return a_site_that_was(tmp_path, "applied", date(2009, 11, 6))


AWARD = {
    "kind": "award",
    "decided_on": "2009-11-05",
    "amount": "500 000",
    "d-final_report_on": "2011-01-20",
    "purpose": "en heltidstjänst",
    "source": "beslut 2009-11-05",
}


def test_decision_is_recorded_by_who_watches_the_funder(applied: Site) -> None:
    client = applied.client()
    thanks(client, post(client, applied.address(OWNER), "decide", AWARD | {"amount": "500 tkr"}))
    assert grant(applied.engine).award_minor == 50_000_000
    assert steps(applied.engine)["final-report"].due_on == date(2011, 1, 20)


def test_what_an_award_must_say_is_not_called_free_to_leave_out(applied: Site) -> None:
    client = applied.client()
    page = parse(form_pages(client, client.get(applied.address(OWNER)), "decide")[0])
    form = next(
        one for one in page.iter("form") if "decided_on" in {f.get("name") for f in one.iter("input")}
    )
    free = [text_of(one) for one in nodes(form, "label") if "frivilligt" in text_of(one)]
    assert [one.partition(" (")[0] for one in free] == [
        "Ändamål",
        "Villkor",
        "Beslutets dnr",
        "Beslutet som fil",
    ]


def test_date_that_a_decision_may_set_can_be_left_out(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    applied = {"applied_on": {"on": date(2009, 9, 15)}}
    open_grants(engine, an_entry(programme="mucf", dates=applied), on=date(2009, 9, 14))
    answer(engine, "application", date(2009, 9, 15))
    site = on_the_day(engine, tmp_path, date(2009, 12, 14))
    client, address = site.client(), site.address(OWNER)

    assert "d-final_report_on" in forms_at(client, address, "decide")[0]
    without = {name: value for name, value in AWARD.items() if not name.startswith("d-")}
    thanks(client, post(client, address, "decide", without))

    assert steps(engine)["final-report"].due_on == date(2011, 3, 31)


def test_refusal_needs_no_sum_and_ends_the_grant(applied: Site) -> None:
    client = applied.client()
    answered = post(client, applied.address(OWNER), "decide", {"kind": "refusal", "decided_on": "2009-11-05"})
    assert answered.status_code == 303
    assert str(grant(applied.engine).status) == "refused"


def test_decision_that_does_not_hold_together_is_not_recorded(applied: Site) -> None:
    client, before = applied.client(), dump(applied.engine)
    for changes, wrong in (
        ({"amount": ""}, "Ange ett belopp."),
        ({"decided_on": "2009-11-07"}, "Dagen ligger i framtiden. Välj den 6 november 2009 eller tidigare."),
        (
            {"d-final_report_on": "2009-01-20"},
            "Det är före bidragets början 1 januari 2010. Kontrollera årtalet.",
        ),
        ({"kind": "supplement"}, "Välj något i listan."),
    ):
        page = post(client, applied.address(OWNER), "decide", AWARD | changes)
        assert (page.status_code, problems(page)) == (422, [wrong])
    assert dump(applied.engine) | {"draft": []} == before, "but what was typed is kept"


UNDATED = AWARD | {"d-final_report_on": ""}


def test_award_without_a_needed_date_says_what_is_not_watched_before_it_is_recorded(applied: Site) -> None:
    client, before = applied.client(), dump(applied.engine)
    address = applied.address(OWNER)
    check = client.post(address, data=forms_at(client, address, "decide")[0] | UNDATED)
    said = "Inget beslut anger detta än: sista dag för slutrapporten. Tills det är känt här påminns ingen om det."
    assert said in text_of(parse(check))
    assert dump(applied.engine) | {"draft": []} == before, "but what was typed is kept"


@pytest.mark.parametrize(
    ("letter_on", "kinds"),
    [
        pytest.param("2009-11-05", ["award", "award"], id="it stands in the decision"),
        pytest.param("2009-11-06", ["award", "amendment"], id="a later letter says it"),
    ],
)
def test_award_is_recorded_without_a_date_that_is_given_later(
    applied: Site, letter_on: str, kinds: list[str]
) -> None:
    client, address = applied.desk(OWNER)
    page = thanks(client, post(client, address, "decide", UNDATED))
    assert "Tack. Det är registrerat: bidragsgivarens beslut." in page
    assert steps(applied.engine)["final-report"].due_on is None

    given = {"d-final_report_on": "2011-01-20", "decided_on": letter_on, "source": "brev 7"}
    page = thanks(client, post(client, address, "date", given))
    assert "Inget beslut anger detta än" not in page
    found = steps(applied.engine)
    assert (found["final-report"].due_on, found["final-report"].receipt["source"]) == (
        date(2011, 1, 20),
        "brev 7",
    )
    assert [str(row.kind) for row in rows(applied.engine, Decision)] == kinds
    assert 'name="d-final_report_on"' not in client.get(address).text


# --------------------------------------------------------------------------------------- what must not work


def test_answer_from_an_old_page_says_who_answered_and_when(follow_up: Site) -> None:
    client, address = follow_up.client(), follow_up.address(OWNER)
    form = forms_at(client, address, "done")[0]
    answer(follow_up.engine, "follow-up-2010-q1", date(2010, 4, 30), MANAGER, data=FIGURES)
    before = dump(follow_up.engine)
    page = client.post(address, data=form | GIVEN)
    assert page.status_code == 410  # the link is over with its step
    (said,) = problems(page)
    assert said == (
        "Unit.Manager registrerade ”uppföljning, kvartal 1 2010” den 30 april. Ditt svar är inte sparat."
        " Gå tillbaka om du vill kopiera det du skrev."
    )
    assert dump(follow_up.engine) == before


def test_answer_from_before_a_change_is_kept_to_be_sent_again(follow_up: Site) -> None:
    client, address = follow_up.client(), follow_up.address(OWNER)
    form = forms_at(client, address, "done")[0]
    post(client, address, "not-yet", {"expected_on": "2010-05-07", "note": "Snart."})
    page = client.post(address, data=form | GIVEN)
    (again,) = forms_of(page, "done")
    assert page.status_code == 409
    assert {name: again[name] for name in GIVEN} == GIVEN | {"q-activities": "Samverkan\nmed polisen. <b>"}
    assert "Utkastet sparades 30 april kl. 10.00." in text_of(parse(page))
    assert act_on(client, address, client.post(address, data=again)).status_code == 303


def test_form_acts_only_on_the_page_it_was_made_for(committee: Site) -> None:
    client, address = committee.desk(SECRETARY)
    form = forms_at(client, address, "approve")[0]
    before = dump(committee.engine)
    good = form["nonce"]
    payload, _, seal = good.rpartition(".")
    # Its first character: the last one has spare bits, so that another can stand for the same seal.
    forged = [f"{payload}.{'B' if seal[0] == 'A' else 'A'}{seal[1:]}", "", "x", "W10.x", good.split(".")[0]]
    statuses = {client.post(address, data=form | {"nonce": one}).status_code for one in forged}
    assert statuses == {400}
    assert client.post(committee.address(OWNER), data=form).status_code == 400
    assert dump(committee.engine) == before


def test_act_that_the_step_does_not_take_is_refused(committee: Site) -> None:
    client, address = committee.desk(SECRETARY)
    form = forms_at(client, address, "approve")[0]
    before = dump(committee.engine)
    for act in ("done", "withdrawn", "release", "claim", "decide", ""):
        assert client.post(address, data=form | {"act": act}).status_code == 409
    assert dump(committee.engine) == before


def test_what_is_no_form_of_ours_is_refused(follow_up: Site) -> None:
    client, before, own = follow_up.client(), dump(follow_up.engine), follow_up.address(OWNER)
    options: list[tuple[dict[str, Any], int]] = [
        ({"json": {"act": "done"}}, 415),
        ({"files": {"act": ("a", b"done")}}, 400),
        ({"data": {"act": "x" * 600_000}}, 413),
        ({"data": {f"f{number}": "1" for number in range(201)}}, 400),
        ({"data": {"nonce": "x", "act": "done"}}, 400),
        ({}, 415),
    ]
    for given, status in options:
        assert client.post(own, **given).status_code == status, [*given]
    places = ["/", "/grants/REF-1", "/mailbox", "/static/style.css", "/healthz"]
    assert {client.post(place).status_code for place in places} == {405}
    for method in ("PUT", "DELETE", "PATCH"):
        assert {client.request(method, place).status_code for place in (*places, own)} == {405}
    assert dump(follow_up.engine) == before


def test_manager_can_give_a_late_step_to_someone(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "first paid")
    do_round(engine, date(2010, 4, 30))
    site = on_the_day(engine, tmp_path, date(2010, 5, 3))
    client, address = site.client(), site.address(MANAGER)
    page = client.get(address)
    text = text_of(parse(page))
    assert "Försenat hos andra" in text
    assert [node for node in nodes(parse(page), "a") if node.get("class") == "button"] == []
    assert "Lämna över" in text
    deputy = person_id(engine, "deputy@example.org")
    thanks(client, post(client, address, "not-me", {"colleague": str(deputy)}))
    assert steps(engine)["follow-up-2010-q1"].owner_id == deputy


def test_deputy_of_an_absent_owner_has_the_task(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    away = [{"first": date(2010, 4, 26), "last": date(2010, 5, 14)}]
    open_grants(engine, an_entry(), people=a_staff(coordinator={"absences": away}))
    play(engine, "first paid")
    site = on_the_day(engine, tmp_path, date(2010, 4, 30))
    client, address = site.client(), site.address("deputy@example.org")
    text = text_of(parse(client.get(address)))
    assert "En uppgift" in text
    assert "Coordinator" in text
    own = {}
    for day in (date(2010, 5, 17), date(2010, 4, 30)):
        site.now = at(day, 10)
        own[day] = text_of(parse(site.client(who="deputy@example.org").get("/tasks")))
    assert ["En uppgift" in said for said in own.values()] == [False, True]
    # Where they look, it stands as well, while the owner is away.
    deputy = person_id(engine, "deputy@example.org")
    looks = ("/", "/month", f"/people/{deputy}", "/grants/REF-1", "/money")
    for day, there in ((date(2010, 4, 30), True), (date(2010, 5, 17), False)):
        site.now = at(day, 10)
        pages = [site.client(who="deputy@example.org").get(page) for page in looks]
        assert [
            (page, "REF-1" in text_of(parse(shown))) for page, shown in zip(looks, pages, strict=True)
        ] == [(page, there) for page in looks]
    site.now = at(date(2010, 4, 30), 10)
    assert "/tasks?at=s" in site.client(who="deputy@example.org").get("/grants/REF-1").text
    thanks(client, post(client, address, "done", GIVEN))
    assert steps(engine)["follow-up-2010-q1"].done_by_id == person_id(engine, "deputy@example.org")


def test_money_is_recovered_after_an_approval_falls_away(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "released")
    day = date(2011, 2, 28)
    answer(engine, "final-report-approval", day, OWNER, AnswerKind.WITHDRAWN, note="Fel rapport.")
    site = on_the_day(engine, tmp_path, day)
    client, address = site.desk(OWNER)
    titles = [text_of(card) for card in nodes(parse(client.get(address)), "h2")]
    assert "Fråga Länsstyrelsen om utbetalda pengar" in titles
    # The grant's page says why the released part is not claimed.
    page = text_of(parse(site.client().get("/grants/REF-1")))
    assert "Part 2, the rest The condition was confirmed on 25 February by" in page
    assert page.count("Paid only after: The funder's approval of the final report") == 1
    recovery = next(key for key in steps(engine) if key.startswith("recovery"))
    forms = forms_at(client, address, "done")
    assert len(forms) == 1
    thanks(client, post(client, address, "done"))
    assert str(steps(engine)[recovery].status) == "done"


CLAIMED = """
programme: claimed
title: {sv: Efter rekvisition, en: As claimed}
source: made for a test
currency: SEK
calendar: {country: SE}
ladders:
  default:
    - {days: -14, to: [owner]}
steps:
  - key: claim
    phase: release
    kind: claim
    instalment: 1
    title: {sv: rekvisition, en: claim}
    todo: {sv: Begär., en: Claim.}
    due: 30 days after decision
  - key: payment
    phase: release
    kind: payment
    instalment: 1
    with_funder: true
    title: {sv: utbetalning, en: payment}
    todo: {sv: Se efter., en: Look.}
    due: 30 days after claim.done
instalments:
  - {number: 1, share: claimed}
"""


def test_claim_of_what_was_spent_says_its_sum(tmp_path: Path) -> None:
    (tmp_path / "claimed.yaml").write_text(CLAIMED, encoding="utf-8")
    engine = a_database(tmp_path)
    open_grants(engine, an_entry(programme=str(tmp_path / "claimed.yaml"), dates={}))
    decide(engine, on=date(2009, 11, 25), amount_minor=600_000_00)
    site = on_the_day(engine, tmp_path, date(2009, 12, 15))
    client, address = site.client(), site.address(OWNER)
    for wrong in ("", "mycket", "-5", "600 000,01"):
        refused = post(client, address, "claim", {"claimed_on": "2009-12-14", "amount": wrong})
        assert refused.status_code in (409, 422)
        assert problems(refused) != []
    assert (
        post(client, address, "claim", {"claimed_on": "2009-12-14", "amount": "418 000,50"}).status_code
        == 303
    )
    part = parts(site.engine)[0]
    assert (str(part.status), part.amount_minor, part.claimed_on) == (
        "claimed",
        418_000_50,
        date(2009, 12, 14),
    )


def test_page_counts_what_its_letter_counts(committee: Site) -> None:
    """A step that waits is asked about by its ladder: the page has it too, to be put off or handed over."""
    client, address = committee.client(), committee.address(OWNER)
    page = client.get(address)
    assert str(steps(committee.engine)["final-report"].status) == "waiting"
    (card,) = [one for one in nodes(parse(page), "article") if "Skicka slutrapporten" in text_of(one)]
    assert "Väntar på: nämndens godkännande av slutrapporten" in text_of(card)
    acts = [one.get("href").partition("&act=")[2] for one in nodes(card, "a")]
    assert [act for act in acts if act] == ["not-yet", "not-me"]
    (old,) = [one.get("href") for one in nodes(card, "a") if "not-yet" in one.get("href")]
    assert len(forms_of(client.get(old.replace("not-yet", "not_yet")), "not-yet")) == 1
    letter = client.get(f"/mailbox/{newest_letter(committee, OWNER)}")
    assert text_of(next(parse(page).iter("main"))).count("En uppgift") == 1
    assert "Slutrapport" in text_of(next(parse(letter).iter("main")))
    assert (
        post(client, address, "not-me", {"colleague": str(person_id(committee.engine, MANAGER))}).status_code
        == 303
    )


def newest_letter(site: Site, email: str) -> int:
    """Return the id of a person's newest letter."""
    query = select(func.max(LETTER.c.id)).join(PERSON, PERSON.c.id == LETTER.c.person_id)
    with reading(site.engine) as connection:
        return int(connection.execute(query.where(PERSON.c.email == email)).scalar_one())


def test_check_says_who_is_told_and_the_thanks_lead_to_undoing_it(follow_up: Site) -> None:
    client, address = follow_up.client(), follow_up.address(OWNER)
    check = client.post(address, data=forms_at(client, address, "done")[0] | GIVEN)
    assert "Du får en bekräftelse. Ingen annan får mejl nu." in text_of(parse(check))
    done = client.post(address, data=forms_of(check, "done")[0])
    page = parse(client.get(done.headers["location"]))
    (undo,) = [str(one.get("href")) for one in page.iter("a") if "/undo/" in str(one.get("href"))]
    assert "Ångra" in client.get(undo).text
    owner = follow_up.client(who=OWNER)
    recent = next(one for one in parse(owner.get("/tasks")).iter("section") if "Nyss klart" in text_of(one))
    assert text_of(recent).startswith("Nyss klart Klart: uppföljning, kvartal 1 2010")
    links = [str(one.get("href")) for one in recent.iter("a")]
    assert undo in links
    # What was reported is read again from there and from the grant's page, without a form.
    (address_of_answer,) = [link for link in links if link.startswith("/answers/")]
    assert address_of_answer in owner.get("/grants/REF-1").text
    answered = parse(owner.get(address_of_answer))
    assert "Inlämnat av Coordinator" in text_of(answered)
    assert {"3", "2", "1"} <= {text_of(one) for one in answered.iter("span")}
    assert not [form for form in answered.iter("form") if "/answers" in str(form.get("action"))]
    # Each answer is copied from a field of its own into the funder's form.
    copy = f"{address_of_answer}/copy"
    assert copy in [one.get("href") for one in answered.iter("a")]
    page = owner.get(copy)
    fields = {str(one.get("value")) for one in parse(page).iter("input") if one.get("readonly") is not None}
    assert {"3", "2", "1"} <= fields
    assert follow_up.client(who=STRANGER).get(copy).status_code == 404
    assert follow_up.client(who=STRANGER).get(address_of_answer).status_code == 404
    client.post(undo, data=forms_of(client.get(undo), "undo")[0])
    assert "Nyss klart" not in owner.get("/tasks").text
    # Done once more, it is there once.
    check = client.post(address, data=forms_at(client, address, "done")[0] | GIVEN)
    client.post(address, data=forms_of(check, "done")[0])
    recent = next(one for one in parse(owner.get("/tasks")).iter("section") if "Nyss klart" in text_of(one))
    assert text_of(recent).count("Ångra") == 1


def test_report_that_is_to_be_sent_is_copied_from_its_draft(tmp_path: Path) -> None:
    site = a_site_that_was(tmp_path, "committee approved", date(2011, 1, 19))
    client, steps_now = site.client(who=OWNER), steps(site.engine)
    page = client.get(f"/tasks?at=s{steps_now['final-report'].id}&act=done")
    assert f"/answers/{steps_now['draft'].id}/copy" in page.text


def test_funder_s_approval_takes_its_letter_as_a_file(tmp_path: Path) -> None:
    site = a_site_that_was(tmp_path, "sent", date(2011, 2, 24))
    client, address = site.desk(OWNER)
    form = forms_at(client, address, "approve")[0]
    form.pop("files")
    said = form | {"paper_on": "2011-02-23"}
    letter = [("files", ("beslut.pdf", b"%PDF-1.7\n" + bytes(50) + b"%%EOF"))]
    check = client.post(address, data=said, files=letter)
    assert "Underlag: beslut.pdf." in text_of(parse(check))
    # It may come without: nothing is said of that.
    assert "underlag" not in text_of(parse(client.post(address, data=said)))
    # It is this form's alone, whose draft keeps what was typed.
    assert "beslut.pdf" not in text_of(parse(client.get(address)))
    typed = said | {"note": "Enligt beslutet.", "save": "by hand"}
    assert problems(client.post(address, data=typed, files=letter)) == [
        "Ett utkast har inga filer här: välj filen igen när du skickar svaret."
    ]
    assert client.post(address, data=typed).status_code == 303
    notes = {act: forms_at(client, address, act)[0]["note"] for act in ("approve", "return")}
    assert notes == {"approve": "Enligt beslutet.", "return": ""}
    client.post(address, data=forms_of(check, "approve")[0])
    (kept,) = [one for one in rows(site.engine, StepDocument) if one.name == "beslut.pdf"]
    assert kept.answer_id == last_answer(site).id


def test_letter_by_which_the_funder_sends_a_report_back_stays_with_that_answer(tmp_path: Path) -> None:
    site = a_site_that_was(tmp_path, "sent", date(2011, 2, 24))
    client, address = site.desk(OWNER)
    form = forms_at(client, address, "return")[0]
    form.pop("files")
    said = form | {"paper_on": "2011-02-23", "note": "Tabell 2 saknas."}
    letter = [("files", ("brev.pdf", b"%PDF-1.7\n" + bytes(50) + b"%%EOF"))]
    check = client.post(address, data=said, files=letter)
    client.post(address, data=forms_of(check, "return")[0])
    (kept,) = [one for one in rows(site.engine, StepDocument) if one.name == "brev.pdf"]
    assert kept.answer_id == last_answer(site).id
