"""The officer's desk: forms of commands that show first what they move, for those whose work it is."""

from collections.abc import Iterable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, select, update
from starlette.testclient import TestClient

from models.commands.meetings import AddMeeting
from models.commands.steps import Extend, StoredFile
from models.tables.columns import id_of, table_of
from models.tables.grant import Decision, Grant, GrantRole
from models.tables.journal import JournalEvent
from models.tables.letter import Letter
from models.tables.money import Instalment
from models.tables.person import Absence, Organisation, Person
from models.tables.step import Document, Meeting, Step
from models.vocabulary import DecisionKind
from tasks.commands.files.drafts import file_store_of
from tasks.store.database import reading, transaction
from tasks.watch.audit import AuditMoment, audit
from tasks.watch.last_findings import keep_findings
from tasks.words.translator import translator
from tests.builders import a_database, add
from tests.desk_scenes import checked, done, filled, main_of
from tests.grant_scenes import (
    ADMIN,
    CONTROLLER,
    DEPUTY,
    HEAD,
    MANAGER,
    OPENED_ON,
    ORGANISATIONS,
    OWNER,
    PERSON,
    SECRETARY,
    STRANGER,
    a_grant_that_was,
    a_staff,
    act,
    an_entry,
    at,
    bring_in,
    decide,
    dump,
    events,
    grant,
    open_grants,
    parts,
    person_id,
    rows,
    steps,
)
from tests.office_files import grant_row, write_office_list
from tests.portal_scenes import Site, parse, problems, settings_for, text_of
from tests.remembered import remembered

DAY = date(2010, 9, 1)
PDF = b"%PDF-1.7\n" + bytes(50) + b"%%EOF"
ROLE = table_of(GrantRole)


@pytest.fixture
def engine_kind() -> str:
    return "sqlite"


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Site:
    """A grant in its third quarter, and a committee with one meeting that takes its final report."""

    def live() -> None:
        a_grant_that_was(engine, "first paid")
        act(engine, AddMeeting("committee", date(2010, 12, 15)), DAY, SECRETARY)

    remembered(engine, "the desk", live)
    return Site(engine, settings_for(tmp_path), at(DAY, 10))


def body_of(site: Site) -> int:
    """Return the committee's id."""
    return next(id_of(row) for row in rows(site.engine, Organisation) if row.key == "committee")


def test_meeting_shows_what_moves_before_it_is_moved_and_is_journaled_as_who_did_it(site: Site) -> None:
    client, address = site.client(who=SECRETARY), f"/desk/move-meeting/{body_of(site)}?held_on=2010-12-15"
    before = dump(site.engine)
    page = checked(client, address, to_on="2011-01-14", reason="Lokalen är upptagen.")
    said = main_of(page)
    assert "Kontrollera innan du registrerar" in said
    assert "15 dec" in said
    assert "Nämndens godkännande" in said
    assert dump(site.engine) == before
    page = done(client, address, to_on="2011-01-14", reason="Lokalen är upptagen.")
    assert "Sammanträdet är flyttat." in main_of(page)
    assert [row.held_on for row in rows(site.engine, Meeting)] == [date(2011, 1, 14)]
    last = [row for row in rows(site.engine, JournalEvent) if row.event == "meeting_moved"][-1]
    assert last.person_id == person_id(site.engine, SECRETARY)
    assert "14 januari" in main_of(client.get("/meetings?year=2011"))
    address = f"/desk/cancel-meeting/{body_of(site)}?held_on=2011-01-14"
    said = main_of(checked(client, address, reason="Lokalen är upptagen."))
    assert "Inget känt sammanträde kan ta upp det här: Nämndens godkännande" in said


def test_meeting_is_taken_back_with_its_deadlines(site: Site) -> None:
    client, body = site.client(who=SECRETARY), body_of(site)
    days = {"agenda_on": "2010-11-10", "documents_on": "2010-11-05"}
    said = {"held_on": "2010-12-01", "kind": "extra", "minutes_days": "3", **days}
    done(client, f"/desk/add-meeting/{body}", **said)

    def meeting() -> dict[str, Any]:
        (held,) = [row for row in rows(site.engine, Meeting) if row.held_on.day < 15 and not row.cancelled]
        return {name: str(getattr(held, name)) for name in said}

    acts: dict[str, dict[str, str]] = {
        "move-meeting": {"to_on": "2010-12-08", "agenda_on": "2010-11-12", "reason": "Lokalen."},
        "cancel-meeting": {"reason": "Inga ärenden."},
    }
    for act_name, values in acts.items():
        page = done(client, f"/desk/{act_name}/{body}?held_on=2010-12-01", **values)
        (undo,) = [a.get("href") for a in parse(page).iter("a") if text_of(a).startswith("Ångra")]
        done(client, undo, **({"reason": "Fel."} if act_name == "move-meeting" else {}))
        assert meeting() == said


def test_year_of_meetings_is_pasted_and_a_committee_comes_with_its_own(site: Site) -> None:
    secretary = site.client(who=SECRETARY)
    address = f"/desk/add-meetings/{body_of(site)}"
    refused(secretary, address, [({"days": "torsdag 14/10\nsnart"}, "”snart” är ingen dag")])
    page = checked(
        secretary,
        address,
        days="torsdag 14/10 kl. 9\n11 november\n2010-12-15, kl 13–16\n20 januari 2011 kl. 13.00",
    )
    assert "14 oktober 2010, 11 november 2010, 15 december 2010 och 20 januari 2011" in main_of(page)
    added = main_of(secretary.post(address, data=filled(page)))
    assert "Tre sammanträden är tillagda: 14 oktober 2010, 11 november 2010 och 20 januari 2011." in added
    assert "Den här dagen fanns redan: 15 december 2010." in added
    days = sorted(row.held_on for row in rows(site.engine, Meeting))
    assert days == [date(2010, 10, 14), date(2010, 11, 11), date(2010, 12, 15), date(2011, 1, 20)]
    # A meeting between the days that is not among them is asked about: what was preliminary may be gone.
    moved = {"days": "14/10\n10/11\n15/12"}
    asked = secretary.post(address, data=filled(secretary.get(address)) | moved)
    assert "Sammanträdet den 11 november 2010 finns inte bland dagarna. Ställs det in?" in main_of(asked)
    page = secretary.post(address, data=filled(asked) | {"cancels-2010-11-11": "yes"})
    secretary.post(address, data=filled(page))
    held = sorted(row.held_on for row in rows(site.engine, Meeting) if not row.cancelled)
    assert held == [date(2010, 10, 14), date(2010, 11, 10), date(2010, 12, 15), date(2011, 1, 20)]
    again = checked(secretary, address, days="14/10, 10/11")
    assert (again.status_code, "redan alla de dagarna" in main_of(again)) == (409, True)

    assert secretary.get("/desk/new-body/0").status_code == 404
    admin = site.client(who=ADMIN)
    page = done(admin, "/desk/new-body/0", name="Kulturnämnden", days="14/10, 11/11")
    assert "Nämnden är tillagd." in main_of(page)
    assert "Kulturnämnden" in main_of(admin.get("/meetings"))
    page = checked(admin, "/desk/new-body/0", name="Kulturnämnden", days="14/10")
    assert (page.status_code, "Kulturnämnden finns redan" in main_of(page)) == (422, True)


def test_meeting_shows_its_items_and_a_new_one_takes_what_the_secretary_says(site: Site) -> None:
    client, body = site.client(who=SECRETARY), body_of(site)
    act(site.engine, AddMeeting("committee", date(2011, 1, 14)), DAY, SECRETARY)
    said = main_of(client.get("/meetings"))
    assert "14 januari 2011" in said.partition("Ärenden ")[2]
    assert "På föredragningslistan senast" in said
    assert "Det som väntar på beslutet har sista dag den 20 januari 2011." in said
    # Nothing moves that is not said to, and it is asked before the check.
    typed = client.post(
        f"/desk/add-meeting/{body}",
        data=filled(client.get(f"/desk/add-meeting/{body}"), held_on="2011-01-17"),
    )
    (name,) = [one for one in filled(typed) if one.startswith("takes-")]
    kept = client.post(f"/desk/add-meeting/{body}", data=filled(typed))
    assert "Inget datum ändras" in main_of(kept)
    taken = client.post(f"/desk/add-meeting/{body}", data=filled(typed) | {name: "yes"})
    assert "17 jan" in main_of(taken)
    client.post(f"/desk/add-meeting/{body}", data=filled(taken))
    assert steps(site.engine)["draft-approval"].due_on == date(2011, 1, 17)
    # The item is put on the agenda from the meeting, and taken off again. Old addresses have underscores.
    old_address = f"/desk/on_agenda/{body}?item={name.removeprefix('takes-')}"
    assert "Uppsatt på föredragningslistan" in main_of(client.get(old_address))
    for says in (
        "Ärendet är uppsatt på föredragningslistan.",
        "Ärendet är borttaget från föredragningslistan.",
    ):
        check = client.post(
            f"/desk/{'on' if 'uppsatt' in says else 'off'}-agenda/{body}",
            data=filled(client.get("/meetings")),
        )
        assert says in main_of(client.post(check.request.url.path, data=filled(check)))
    # The other meeting takes it back, from the item.
    (choose,) = {
        a.get("href") for a in parse(client.get("/meetings")).iter("a") if "/choose-meeting/" in a.get("href")
    }
    assert "Ärendet är flyttat." in main_of(done(client, choose, held_on="2011-01-14"))
    assert steps(site.engine)["draft-approval"].due_on == date(2011, 1, 14)
    # A meeting that did not take it up lets the next one take it.
    site.now = at(date(2011, 1, 14), 15)
    client = site.client(who=SECRETARY)
    (defer,) = {a.get("href") for a in parse(client.get("/meetings")).iter("a") if "/defer/" in a.get("href")}
    assert "Bordläggningen är registrerad." in main_of(done(client, defer))
    deferred = steps(site.engine)["draft-approval"]
    assert (deferred.undecided_on, deferred.due_on) == (date(2011, 1, 14), date(2011, 1, 17))


def test_form_acts_once_and_says_so(site: Site) -> None:
    open_grants(site.engine, an_entry("REF-2"), people=[], on=DAY)
    client, address = site.client(who=ADMIN), f"/desk/add-meeting/{body_of(site)}"
    page = checked(client, address, held_on="20 oktober 2010", minutes_days="14")
    form = filled(page)
    assert "Sammanträdet är tillagt." in main_of(client.post(address, data=form))
    before = dump(site.engine)
    assert "Det här är redan gjort." in main_of(client.post(address, data=form))
    assert dump(site.engine) == before


def test_change_meanwhile_is_shown_before_anything_is_done(site: Site) -> None:
    client, address = site.client(who=ADMIN), f"/desk/move-meeting/{body_of(site)}"
    seen = checked(client, address, held_on="2010-12-15", to_on="2011-01-14", reason="Lokalen är upptagen.")
    act(site.engine, AddMeeting("committee", date(2011, 1, 18)), DAY, SECRETARY)
    page = client.post(address, data=filled(seen))
    assert "Något har ändrats sedan du tittade." in main_of(page)
    assert {row.held_on.day for row in rows(site.engine, Meeting)} == {15, 18}
    assert "Sammanträdet är flyttat." in main_of(client.post(address, data=filled(page)))


def refused(client: TestClient, address: str, wrong: Iterable[tuple[dict[str, str], str]]) -> None:
    """Hold that the form says what is wrong of each of the values, and nothing is done."""
    for values, says in wrong:
        page = checked(client, address, **values)
        assert page.status_code in (409, 422), values
        assert says in main_of(page), values
        assert filled(page).items() >= values.items()


def test_what_is_wrong_is_said_in_the_form_with_what_was_typed(site: Site) -> None:
    admin = site.client(who=ADMIN)
    before = dump(site.engine)
    wrong = [
        ({"held_on": ""}, "Sammanträdesdag"),
        ({"held_on": "snart"}, "Sammanträdesdag"),
        ({"held_on": "2010-12-15"}, "15"),
        ({"held_on": "2010-11-01", "agenda_on": "2010-11-02"}, "efter sammanträdet"),
        ({"held_on": "2010-11-01", "minutes_days": "99999999999"}, "60"),
        ({"held_on": "2010-11-01", "minutes_days": "-1"}, "Dagar"),
    ]
    refused(admin, f"/desk/add-meeting/{body_of(site)}", wrong)
    assert dump(site.engine) == before


def test_who_has_no_part_finds_no_form(site: Site) -> None:
    address = f"/desk/add-meeting/{body_of(site)}"
    for who, status in ((SECRETARY, 200), (ADMIN, 200), (None, 200), (OWNER, 404)):
        client = site.client(who=who)
        assert client.get(address).status_code == status, who
        assert (f'href="{address}"' in client.get("/meetings").text) == (status == 200)
    admin = site.client(who=ADMIN)
    of_no_row = [f"/desk/{form}/7" for form in ("new-person", "new-grant", "import", "directory")]
    of_no_row += ["/desk/confirm-imports/0"]  # none waits
    for nowhere in ("/desk/nothing/1", "/desk/add-meeting/999", f"/desk/add-meeting/{10**30}", *of_no_row):
        assert admin.get(nowhere).status_code == 404, nowhere


def test_imports_are_confirmed_many_at_once_by_an_administrator(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    late = {"period_start_on": date(2009, 1, 1), "period_end_on": date(2009, 12, 31)}
    bring_in(engine, DAY, confirmed=False, organisations=ORGANISATIONS, people=a_staff())
    grants = [an_entry(reference, **late) for reference in ("REF-1", "REF-2")]
    bring_in(engine, DAY, confirmed=False, grants=grants)
    site = Site(engine, settings_for(tmp_path), at(DAY, 10))
    admin, address = site.client(who=ADMIN), "/desk/confirm-imports/0"
    assert address in admin.get("/attention").text
    assert site.client(who=OWNER).get(address).status_code == 404
    check = admin.post(address, data=filled(admin.get(address)))
    assert [grant.quiet for grant in rows(engine, Grant)] == [True, True]
    assert "(REF-1)" in main_of(check)
    assert "(REF-2)" in main_of(check)
    operator = site.client(who=None)
    unnamed = [checked(operator, one) for one in (address, "/desk/confirm-import/1")]
    assert [page.status_code for page in unnamed] == [409, 409]
    assert len({problems(page)[-1] for page in unnamed}) == 1
    # What was imported meanwhile is shown before it is confirmed.
    bring_in(engine, DAY, confirmed=False, grants=[an_entry("REF-3", **late)])
    with_third = admin.post(address, data=filled(check))
    assert "Något har ändrats sedan du tittade." in main_of(with_third)
    assert "(REF-3)" in main_of(with_third)
    assert [grant.quiet for grant in rows(engine, Grant)] == [True, True, True]
    assert "Importerna är bekräftade." in main_of(admin.post(address, data=filled(with_third)))
    assert [grant.quiet for grant in rows(engine, Grant)] == [False, False, False]
    assert admin.get(address).status_code == 404
    # Pressed again it does nothing more, whether or not another import waits by then.
    assert "Det här är redan gjort." in main_of(admin.post(address, data=filled(with_third)))
    bring_in(engine, DAY, confirmed=False, grants=[an_entry("REF-4", **late)])
    assert "Det här är redan gjort." in main_of(admin.post(address, data=filled(with_third)))
    assert [grant.reference for grant in rows(engine, Grant) if grant.quiet] == ["REF-4"]
    assert "Bekräfta alla importer" in text_of(parse(admin.get("/tasks")))


def test_award_shows_its_dates_and_sums_with_their_titles_before_it_is_recorded(
    engine: Engine, tmp_path: Path
) -> None:
    a_grant_that_was(engine, "applied")
    site = Site(engine, settings_for(tmp_path), at(date(2009, 11, 6), 10))
    client, address = site.client(who=OWNER), "/desk/decide/1"
    assert address in client.get("/grants/REF-1").text
    values = {"kind": "award", "decided_on": "2009-11-05", "amount": "500 000 kr", "purpose": "Samordning."}
    before = dump(engine)
    no_sum = values | {"amount": ""}
    assert "Ange ett belopp." in main_of(checked(client, address, **no_sum))
    page = checked(client, address, **values)
    said = main_of(page)
    assert "Rekvisition av första delen" in said
    assert "400 000 kr" in said.replace("\N{NO-BREAK SPACE}", " ")
    assert "Inget beslut anger detta än: sista dag för slutrapporten." in said
    assert dump(engine) == before
    answered = client.post(address, data=filled(page))
    assert "Beslutet är registrerat." in main_of(answered)
    for shown in (answered, client.get("/tasks")):  # taken back, it is annulled
        (undo,) = [a.get("href") for a in parse(shown).iter("a") if text_of(a).startswith("Ångra")]
        begun = filled(client.get(undo))
        assert (begun["annulled"], begun["decided_on"]) == ("yes", "2009-11-05")
    assert grant(engine).award_minor == 50_000_000
    recorded = rows(engine, Decision)[-1]
    assert (recorded.purpose, recorded.recorded_by_id) == ("Samordning.", person_id(engine, OWNER))


def test_correction_begins_with_what_was_recorded_and_annuls_what_was_never_made(site: Site) -> None:
    client = site.client(who=MANAGER)
    links = [a.get("href") for a in parse(client.get("/grants/REF-1")).iter("a")]
    address = next(link for link in links if link.startswith("/desk/correct/1?"))
    begun = filled(client.get(address))
    assert (begun["decided_on"], begun["amount"], begun["d-final_report_on"]) == (
        "2009-11-05",
        "500000",
        "2011-01-20",
    )
    said: dict[str, str] = {"d-final_report_on": "2011-01-27", "reason": "Läste fel."}
    same = checked(client, address, reason="Läste fel.")
    assert "Beslutet den 5 november 2009 (beviljande) är redan registrerat så" in main_of(same)
    alone = checked(client, address, **said)
    assert (alone.status_code, "ange numret på beslutet" in main_of(alone)) == (409, True)
    page = checked(client, address, source="Dnr 1", **said)
    assert "27 januari 2011" in main_of(page)
    assert "Beslutet är rättat." in main_of(client.post("/desk/correct/1", data=filled(page)))
    assert steps(site.engine)["final-report"].due_on == date(2011, 1, 27)
    page = checked(client, "/desk/correct/1", annulled="yes", reason="Gällde ett annat bidrag.")
    assert page.status_code == 409  # its first part is paid


def test_annulled_amendment_gives_the_day_back_by_the_paper_s_number_or_the_paper(site: Site) -> None:
    client = site.client(who=MANAGER)
    later = {"final_report_on": date(2011, 2, 10)}
    decide(site.engine, DecisionKind.AMENDMENT, date(2010, 8, 2), dates=later, source="Dnr 5")
    address = "/desk/correct/1?recorded=amendment 2010-08-02"
    never = {"annulled": "yes", "reason": "Gällde ett annat bidrag."}
    alone = checked(client, address, **never)
    assert (alone.status_code, "ange numret på det papper" in main_of(alone)) == (409, True)
    form = filled(client.get(address), **never)
    by_file = client.post("/desk/correct/1", data=form, files=[("files", ("återtaget.pdf", PDF))])
    assert by_file.status_code == 200
    assert "Dnr 5" not in main_of(by_file)
    by_number = checked(client, address, source="Dnr 99", **never)
    assert "Dnr 99" in main_of(by_number)
    assert "Beslutet är rättat." in main_of(client.post("/desk/correct/1", data=filled(by_number)))
    assert steps(site.engine)["final-report"].due_on == date(2011, 1, 20)
    last = [row for row in rows(site.engine, JournalEvent) if row.event == "decision_corrected"][-1]
    assert last.detail["paper"] == "Dnr 99"


def test_step_is_extended_by_its_title(site: Site) -> None:
    client, address = site.client(who=OWNER), "/desk/extend/1?step=follow-up-2010-q3"
    page = checked(client, address, to_on="5 november", reason="Vi väntar på siffror.")
    said = main_of(page)
    assert "Uppföljning" in said
    assert "5 nov" in said
    was = steps(site.engine)["follow-up-2010-q3"].due_on
    extended = client.post("/desk/extend/1", data=filled(page))
    assert "Ändringen är registrerad." in main_of(extended)
    assert steps(site.engine)["follow-up-2010-q3"].due_on == date(2010, 11, 5)
    # It is taken back by the same act, filled in: there, and under what was just done.
    for shown in (extended, client.get("/tasks")):
        (undo,) = [a.get("href") for a in parse(shown).iter("a") if text_of(a).startswith("Ångra")]
        assert filled(client.get(undo))["to_on"] == was.isoformat()
    assert "Nyss klart Ändra datum Regional samordning" in text_of(parse(client.get("/tasks")))
    by_link = site.stranger().get(site.address(OWNER))
    assert "Logga in för att ångra det." in text_of(parse(by_link))
    letter = StoredFile("anstånd.pdf", "application/pdf", 9, "0" * 64, "0" * 32)
    again = Extend("REF-1", "follow-up-2010-q3", date(2010, 11, 19), "Sjukdom", files=(letter,))
    act(site.engine, again, date(2010, 10, 11))
    assert "anstånd.pdf" in main_of(client.get("/grants/REF-1"))


def test_missing_paper_is_filed_with_its_step_and_stands_in_the_history(
    engine: Engine, tmp_path: Path
) -> None:
    a_grant_that_was(engine, "funder approved")
    site = Site(engine, settings_for(tmp_path), at(date(2011, 2, 25), 10))
    client, address = site.client(who=OWNER), "/desk/file-paper/1?step=final-report-approval"
    assert "/desk/file-paper/1" in client.get("/grants/REF-1").text
    assert site.client(who=CONTROLLER).get(address).status_code == 404
    form = filled(client.get(address))
    form.pop("files")
    assert "Välj en fil" in problems(client.post("/desk/file-paper/1", data=form))[-1]
    check = client.post("/desk/file-paper/1", data=form, files={"files": ("godkännande.pdf", PDF)})
    assert "godkännande.pdf" in main_of(check), problems(check)
    assert "Papperet är inlagt." in main_of(client.post("/desk/file-paper/1", data=filled(check)))
    (kept,) = [one for one in rows(engine, Document) if one.name == "godkännande.pdf"]
    assert kept.step_id == steps(engine)["final-report-approval"].id
    shown = main_of(client.get("/grants/REF-1"))
    assert "godkännande.pdf" in shown
    assert "lade en fil till ”bidragsgivarens godkännande av slutrapporten”" in shown


def test_day_of_the_funders_is_extended_by_a_number_or_noted_from_a_call(site: Site) -> None:
    client, address = site.client(who=OWNER), "/desk/extend/1?step=final-report"
    said: dict[str, str] = {"to_on": "28 februari 2011", "reason": "Sjukdom."}
    alone = checked(client, address, **said)
    (why,) = problems(alone)
    assert (alone.status_code, why[:38], why[-15:]) == (
        422,
        "Slutrapport: dagen är bidragsgivarens.",
        "och vilken dag.",
    )
    # Each step stands with its day; what may be needed is not called optional.
    assert "Slutrapport, 20 januari 2011" in main_of(alone)
    assert "dagen är bidragsgivarens (frivilligt)" not in main_of(alone)
    call = checked(client, address, **said, told_by="Maria Ek", told_on="2010-08-30")
    client.post("/desk/extend/1", data=filled(call))
    shown = main_of(client.get("/grants/REF-1"))
    assert "anstånd till 28 februari 2011 enligt Maria Ek den 30 augusti" in shown
    client.post("/desk/extend/1", data=filled(checked(client, address, **said, paper="Dnr 1")))
    assert steps(site.engine)["final-report"].due_on == date(2011, 2, 28)
    assert "anstånd från 20 januari 2011" in main_of(client.get("/grants/REF-1"))


def test_paper_that_is_uploaded_is_kept_as_what_the_funder_said(site: Site) -> None:
    client, pdf = site.client(who=OWNER), b"%PDF-1.7\n" + bytes(50) + b"%%EOF"
    moved = {"kind": "amendment", "decided_on": "2010-08-30", "d-final_report_on": "2011-02-28"}
    extended = {"step": "final-report", "to_on": "2011-03-10", "reason": "Sjukdom."}
    for form, said in (("decide", moved), ("extend", extended)):
        address = f"/desk/{form}/1"
        typed = filled(client.get(address), **said)
        typed.pop("files")
        seen = client.post(address, data=typed, files={"files": (f"{form}.pdf", pdf)})
        assert f"{form}.pdf" in main_of(seen), problems(seen)
        client.post(address, data=filled(seen))
    there = steps(site.engine)
    assert there["final-report"].due_on == date(2011, 3, 10)
    kept = rows(site.engine, Document)
    assert [(one.name, one.step_id, one.evidence_on) for one in kept] == [
        ("decide.pdf", there["funder-decision"].id, DAY),
        ("extend.pdf", there["final-report"].id, DAY),
    ]
    assert {file_store_of(site.settings).path(one.stored_as).read_bytes() for one in kept} == {pdf}


def test_withdrawn_approval_shows_what_opens_again(engine: Engine, tmp_path: Path) -> None:
    a_grant_that_was(engine, "released")
    site = Site(engine, settings_for(tmp_path), at(date(2011, 2, 28), 10))
    client, address = site.client(who=OWNER), "/desk/withdraw-approval/1"
    # The committee's is its secretary's to take back: no link, and no choice.
    assert "step=draft-approval" not in client.get("/grants/REF-1").text
    assert checked(client, address, step="draft-approval", note="Fel version.").status_code == 422
    page = checked(client, address, step="final-report-approval", note="Fel version.")
    assert "mejl" in main_of(page)
    # What is new is one line with its day; what has no day any more says so.
    assert "Nytt: Återbetalning senast 7 mars Bidragsgivarens" in main_of(page)
    assert "Rekvisition av sista delen 10 mars ingen dag än" in main_of(page)
    assert steps(engine)["final-report-approval"].status == "approved"
    assert "Godkännandet är återkallat." in main_of(client.post(address, data=filled(page)))
    assert steps(engine)["final-report-approval"].status != "approved"


def test_approval_is_withdrawn_only_by_who_signed_in_of_late(engine: Engine, tmp_path: Path) -> None:
    a_grant_that_was(engine, "funder approved")
    site = Site(engine, settings_for(tmp_path, sign_in_hours=1), at(date(2011, 2, 25), 10))
    client, address = site.client(who=OWNER), "/desk/withdraw-approval/1"
    page = checked(client, address, step="final-report-approval", note="Fel version.")
    site.now += timedelta(minutes=61)
    before = dump(engine)
    refused = client.post(address, data=filled(page))
    assert (refused.status_code, "ogga in för att svara" in main_of(refused)) == (409, True)
    again = client.get(f"{address}?step=final-report-approval")
    assert again.headers["location"] == (
        "/login?next=%2Fdesk%2Fwithdraw-approval%2F1%3Fstep%3Dfinal-report-approval"
    )
    assert client.get(again.headers["location"]).status_code == 200
    assert dump(engine) == before


def test_date_that_reads_in_one_way_is_not_among_those_to_confirm(site: Site) -> None:
    client, address, before = site.client(who=OWNER), "/desk/confirm-reading/1", dump(site.engine)
    assert checked(client, address, reading="follow-up-2010-q3 2010-10-15").status_code == 422
    assert dump(site.engine) == before


def test_committee_and_controller_record_no_decision(site: Site) -> None:
    forms = ("decide", "correct", "extend", "confirm-reading", "withdraw-approval")
    for who in (SECRETARY, CONTROLLER, STRANGER):
        client = site.client(who=who)
        assert {client.get(f"/desk/{form}/1").status_code for form in forms} == {404}, who
        assert "/desk/" not in client.get("/grants/REF-1").text, who
    for doer in (OWNER, MANAGER, HEAD, ADMIN, None):
        client = site.client(who=doer)
        assert {client.get(f"/desk/{form}/1").status_code for form in forms} == {200}, doer


def chosen(site: Site, email: str) -> str:
    """Return a person as a list offers them."""
    return str(person_id(site.engine, email))


def person(site: Site, email: str) -> Any:
    """Return a person's row."""
    return next(row for row in rows(site.engine, Person) if row.email == email)


def test_facts_of_a_grant_are_changed_on_one_form_and_back(site: Site) -> None:
    client, address = site.client(who=OWNER), f"/desk/grant-facts/{grant(site.engine).id}"
    before = grant(site.engine)
    page = client.get(address)
    assert "account" not in filled(page)
    unchanged = checked(client, address)
    assert "Inget är ändrat." in main_of(unchanged)
    assert [button.get("name") for button in parse(unchanged).find_class("buttons")[0]] == ["change"]
    said = {"title": "Nytt namn", "reference": "SN 2010/7", "contact_name": "Eva Sandell"}
    deputy = str(person_id(site.engine, DEPUTY))
    seen = main_of(checked(client, address, **said, coordinator=deputy))
    assert f"Bidragets namn Nytt namn Förut: {before.title}" in seen
    assert "Bidragsgivarens beteckning" not in seen  # which stays
    page = done(client, address, **said, coordinator=deputy)
    assert "Ändringen är sparad." in main_of(page)
    assert "/grants/SN%202010/7" in [link.get("href") for link in parse(page).iter("a")]
    row = grant(site.engine, "SN 2010/7")
    assert (row.title, row.contact_name, row.search_key) == (
        "Nytt namn",
        "Eva Sandell",
        "nytt namn\nsn 2010/7",
    )
    assert steps(site.engine, "SN 2010/7")["final-report"].owner_id == person_id(site.engine, DEPUTY)
    history = main_of(site.client(who=MANAGER).get("/grants/SN%202010/7"))
    assert "ändrade bidragets grunduppgifter: kontakten, namnet och handläggaren." in history
    back = next(link.get("href") for link in parse(page).iter("a") if text_of(link) == "Ångra")
    done(site.client(who=MANAGER), back)
    assert grant(site.engine).title == before.title
    assert steps(site.engine)["final-report"].owner_id == person_id(site.engine, OWNER)


def test_account_of_a_grant_is_changed_by_an_administrator_and_confirmed_again(site: Site) -> None:
    address = f"/desk/grant-facts/{grant(site.engine).id}"
    page = done(site.client(who=ADMIN), address, account="5050-1055")
    assert "Ändringen är sparad." in main_of(page)
    assert "Ångra" not in main_of(page)
    assert "Bankgiro 5050-1055" in {row.account for row in rows(site.engine, Organisation)}
    assert events(site.engine, "account_changed") == ["account_changed"]


def test_reference_of_another_grant_is_not_taken(site: Site) -> None:
    open_grants(site.engine, an_entry("REF-2"))
    address = f"/desk/grant-facts/{grant(site.engine).id}"
    page = checked(site.client(who=OWNER), address, reference="ref-2")
    assert problems(page) == ["REF-2 finns redan."]


def test_new_colleague_is_added_changed_and_away(site: Site) -> None:
    admin = site.client(who=ADMIN)
    assert "/desk/new-person/0" in admin.get("/people").text
    new = {
        "email": " Ny@Example.org",
        "name": "Ny Kollega",
        "title": "Samordnare",
        "manager": chosen(site, MANAGER),
        "language": "en",
    }
    page = done(admin, "/desk/new-person/0", **new)
    assert "Personen är tillagd." in main_of(page)
    row = person(site, "ny@example.org")
    emptied = checked(admin, f"/desk/person/{row.id}", name="Ny Kollega", title="")
    assert "Tomt nu. Tidigare: Samordnare." in main_of(emptied)
    assert (row.name, row.language, row.manager_id) == ("Ny Kollega", "en", person_id(site.engine, MANAGER))
    manager, own = site.client(who=MANAGER), f"/people/{row.id}"
    assert f"/desk/absence/{row.id}" in manager.get(own).text
    done(manager, f"/desk/person/{row.id}", title="Handläggare", deputy=chosen(site, DEPUTY))
    wrong = checked(manager, f"/desk/absence/{row.id}", first="2010-10-10", last="5 oktober 2010")
    assert problems(wrong) == ["Välj den 5 oktober 2010 eller tidigare."]
    done(manager, f"/desk/absence/{row.id}", first="6 september 2010", last="2010-09-10")
    assert problems(checked(manager, f"/desk/absence/{row.id}", first="", last="")) == [
        "Ange första frånvarodagen, den sista eller båda."
    ]
    said = main_of(checked(manager, f"/desk/absence/{row.id}", first="2010-10-04", last="2010-10-05"))
    assert "Inga mejl är planerade de dagarna. Kommer det något går det till Deputy." in said
    done(manager, f"/desk/absence/{row.id}", first="2010-10-04", last="2010-10-05")
    done(manager, f"/desk/absence/{row.id}", last="2010-12-24")
    assert "Borta: 24 december Ändra" in main_of(manager.get(f"/people/{row.id}"))
    assert problems(checked(manager, f"/desk/remove-absence/{row.id}", remove="")) == ["Välj frånvaro."]
    done(manager, f"/desk/remove-absence/{row.id}", remove="2010-12-24")
    absent = {(one.from_on.day, one.to_on.day) for one in rows(site.engine, Absence)}
    assert absent == {(6, 10), (4, 5)}
    done(manager, f"/desk/remove-absence/{row.id}", remove="2010-09-06")
    assert [one.from_on.month for one in rows(site.engine, Absence)] == [10]
    row = person(site, "ny@example.org")
    assert (row.title, row.deputy_id) == ("Handläggare", person_id(site.engine, DEPUTY))
    of_import, *of_page = events(site.engine, "person_added", "person_changed")
    assert of_import == "person_changed"  # the administrator's right
    assert of_page == ["person_added"] + ["person_changed"] * 6


def test_person_chooses_deputy_and_language_and_is_away_on_their_own_page(site: Site) -> None:
    client, address = site.client(who=MANAGER), f"/desk/absence/{chosen(site, MANAGER)}"
    own = f"/people/{chosen(site, MANAGER)}"
    assert "Ingen: mejlen går till" in main_of(client.get(own))
    # Without a deputy the form asks for one, and takes the days all the same.
    asked = client.get(address)
    assert "deputy" in filled(asked)
    listed = [option.get("value") for option in parse(asked).iter("option")]
    assert chosen(site, MANAGER) not in listed, "nobody stands in for themselves"
    page = done(client, address, first="2010-08-30", last="2010-10-20")
    assert "Under tiden: 1 mejl går till Department.Head." in main_of(page)
    away = "Unit.Manager (borta till och med 20 oktober)"
    assert away in main_of(client.get(own))
    assert away in main_of(site.client(who=HEAD).get("/people"))
    settings = f"/desk/own-settings/{chosen(site, MANAGER)}"
    seen = main_of(checked(client, settings, language="en"))
    assert (
        "Språk i mejl och på sidorna Engelska Förut: Svenska Inget datum" in seen
    )  # and nothing of what stays
    done(client, settings, deputy=chosen(site, DEPUTY), language="en")
    row = person(site, MANAGER)
    assert (row.deputy_id, row.language) == (person_id(site.engine, DEPUTY), "en")
    assert "deputy" not in filled(client.get(address))
    remove = next(
        form for form in parse(client.get(own)).iter("form") if "remove-absence" in form.get("action", "")
    )
    sent = {field.get("name"): field.get("value") for field in remove.iter("input")}
    preview = client.post(remove.get("action"), data=sent)
    client.post(remove.get("action"), data=filled(preview))
    assert rows(site.engine, Absence) == []


def test_rights_and_the_address_that_signs_in_are_an_administrator_s_to_give(site: Site) -> None:
    address = f"/desk/person/{chosen(site, OWNER)}"
    form = filled(site.client(who=MANAGER).get(address))
    assert {"email", "admin", "access"}.isdisjoint(form)
    done(site.client(who=MANAGER), address, email="mine@example.org", admin="yes", title="Ny titel")
    assert (person(site, OWNER).is_admin, person(site, OWNER).title) == (False, "Ny titel")
    done(site.client(who=ADMIN), address, email="changed@example.org")
    assert person(site, "changed@example.org").id == int(address.rpartition("/")[2])


def test_person_who_cannot_be_is_not_added(site: Site) -> None:
    admin = site.client(who=ADMIN)
    before = dump(site.engine)
    wrong = [
        ({"email": "no address", "name": "X"}, "adress"),
        ({"email": OWNER, "name": "X"}, "Coordinator"),
        ({"email": "x@example.org", "name": ""}, "Namn"),
    ]
    refused(admin, "/desk/new-person/0", wrong)
    assert admin.get(f"/desk/new-person/{chosen(site, OWNER)}").status_code == 404
    assert dump(site.engine) == before


def test_manager_of_oneself_or_in_a_ring_is_refused(site: Site) -> None:
    page = checked(site.client(who=ADMIN), f"/desk/person/{chosen(site, HEAD)}", manager=chosen(site, OWNER))
    assert page.status_code == 409


def test_departure_hands_over_at_once_and_leaves_nobody_without_a_manager(site: Site) -> None:
    admin, address = site.client(who=ADMIN), f"/desk/departure/{chosen(site, MANAGER)}"
    page = checked(admin, address, on="2010-09-30")
    assert page.status_code == 422  # it is said at who takes over
    page = done(admin, address, on="2010-09-30", to=chosen(site, HEAD))
    assert "1 bidrag går till" in main_of(page)
    assert person(site, MANAGER).departed_on == date(2010, 9, 30)
    assert {person(site, one).manager_id for one in (OWNER, DEPUTY)} == {person_id(site.engine, HEAD)}
    with reading(site.engine) as connection:
        held = connection.execute(
            select(ROLE.c.role).where(ROLE.c.person_id == person_id(site.engine, MANAGER))
        )
        assert held.all() == []
    assert events(site.engine, "person_departed") == ["person_departed"]


def test_successor_from_below_comes_under_who_was_above_and_among_many_is_named_by_address(
    site: Site,
) -> None:
    admin, address = site.client(who=ADMIN), f"/desk/departure/{chosen(site, MANAGER)}"
    with transaction(site.engine) as connection:
        for number in range(200):
            add(connection, Person, email=f"person-{number}@example.org", name=f"Person {number}")
    assert not list(parse(admin.get(address)).iter("datalist"))
    done(admin, address, on="2010-09-01", to=OWNER)
    assert person(site, OWNER).manager_id == person_id(site.engine, HEAD)
    assert person(site, DEPUTY).manager_id == person_id(site.engine, OWNER)


def test_people_are_changed_by_who_stands_above_them(site: Site) -> None:
    above = {ADMIN, MANAGER, HEAD}
    may = {"new-person": {ADMIN}, "person": above, "departure": above}
    may |= {form: {*above, OWNER} for form in ("absence", "own-settings", "hand-over")}
    for who in (ADMIN, MANAGER, HEAD, OWNER, DEPUTY, CONTROLLER, STRANGER):
        client = site.client(who=who)
        for form, those in may.items():
            about = 0 if form == "new-person" else chosen(site, OWNER)
            status = client.get(f"/desk/{form}/{about}").status_code
            assert (status == 200) == (who in those), (form, who)


def attention(site: Site, who: str | None) -> list[str]:
    """Return what a person reads below their tasks that waits for their decision."""
    tree = parse(site.client(who=who).get("/tasks"))
    return [
        text_of(one)
        for part in tree.iter("section")
        if part.get("aria-labelledby") == "matters"
        for one in part.iter("li")
    ]


def test_quiet_import_is_confirmed_by_the_form_that_the_page_leads_to(engine: Engine, tmp_path: Path) -> None:
    open_grants(engine, people=a_staff(), on=OPENED_ON)
    bring_in(engine, DAY, confirmed=False, grants=[an_entry("REF-2")])
    site = Site(engine, settings_for(tmp_path), at(DAY, 10))
    client = site.client(who=OWNER)
    link = next(
        a.get("href")
        for a in parse(client.get("/tasks")).iter("a")
        if "confirm-import" in (a.get("href") or "")
    )
    page = checked(client, link)
    assert "Ansökan" in main_of(page)
    assert "Importen är bekräftad." in main_of(client.post(link, data=filled(page)))
    assert not grant(engine, "REF-2").quiet
    assert not any("confirm-import" in (a.get("href") or "") for a in parse(client.get("/tasks")).iter("a"))


def test_attention_is_of_the_grants_that_one_sees_and_the_watch_s_is_the_administrator_s(
    engine: Engine, tmp_path: Path
) -> None:
    a_grant_that_was(engine, "applied")
    decide(engine, amount_minor=50_000_000)
    site = Site(engine, settings_for(tmp_path), at(DAY, 10))
    moment = AuditMoment(DAY, at(DAY, 10), site.settings.zone)
    keep_findings(tmp_path, audit(engine, moment), {}, at(DAY, 9).isoformat(), DAY, translator("sv"), {})
    assert any("sista dag för slutrapporten" in one.lower() for one in attention(site, OWNER))
    assert attention(site, STRANGER) == []
    for who in (ADMIN, None):
        assert "Det kontrollen hittade" in main_of(site.client("sv", who).get("/attention")), who
    assert site.client(who=MANAGER).get("/attention").status_code == 404
    links = {a.get("href") for a in parse(site.client(who=OWNER).get("/tasks")).iter("a")}
    assert "/desk/correct/1" in links


def test_letter_that_did_not_arrive_leads_the_administrator_to_it(site: Site) -> None:
    with transaction(site.engine) as connection:
        letter = add(
            connection,
            Letter,
            key="lost",
            link_key="lost",
            message_id="lost",
            person_id=person_id(site.engine, OWNER),
            letter_on=DAY,
            kind="tasks",
            status="poisoned",
            queued_at=at(DAY, 7),
            next_attempt_at=at(DAY, 7),
            ended_at=at(DAY, 8),
            content=b"x",
        )
    links = {a.get("href") for a in parse(site.client(who=ADMIN).get("/attention")).iter("a")}
    assert f"/mailbox/{letter}" in links
    assert attention(site, MANAGER) == []


def test_letters_to_come_are_read_whole_before_their_day(site: Site) -> None:
    admin = site.client("sv", ADMIN)
    before = dump(site.engine)
    page = admin.get("/letters-to-come?on=2010-10-01")
    assert "1 oktober 2010" in main_of(page)
    assert "@example.org" in main_of(page)
    assert "Hej" in main_of(page)
    assert "Det finns inget bidrag" in main_of(admin.get("/letters-to-come?grant=REF-NONE"))
    assert "Kontoren är stängda" in main_of(admin.get("/letters-to-come?on=2010-10-02"))
    assert "2 september 2010" in main_of(admin.get("/letters-to-come?on=nonsense&grant=ref-1"))
    assert dump(site.engine) == before


def a_new_grant(site: Site, **changes: str) -> dict[str, str]:
    """Return what is filled in for a new grant."""
    said = {
        "reference": "SN 2011/7",
        "title": "Våld i nära relation",
        "funder": "funder",
        "recipient": "committee",
        "period_start_on": "2011-01-01",
        "period_end_on": "2011-12-31",
        "coordinator": chosen(site, OWNER),
        "committee": chosen(site, SECRETARY),
        "d-applied_on": "2010-10-15",
    }
    return said | changes


def test_new_grant_shows_its_calendar_with_reasons_before_it_is_saved(site: Site) -> None:
    admin, address = site.client(who=ADMIN), "/desk/new-grant/0?programme=development-funds-2009"
    assert address in admin.get("/new-grant").text
    assert address in admin.get("/new-grant?words=prostitution+utvecklingsmedel").text
    assert "Inget program" in main_of(admin.get("/new-grant?words=prostitution+nowhere"))
    before = dump(site.engine)
    new = a_new_grant(site, funder="Stiftelsen Nytta")  # by its name: it is not known here yet
    page = checked(admin, address, **new)
    said = main_of(page)
    assert "Bidragets kalender" in said
    assert "Ansökan" in said
    assert "15 oktober" in said
    assert "är det numret" not in said
    # What may be a slip of the pen is asked.
    slips = {"reference": "Beslutet kom per post", "period_end_on": new["period_start_on"]}
    said = main_of(checked(admin, address, **new | slips))
    assert "Beslutet kom per post, det läses som en mening: är det numret?" in said
    assert "bidraget varar då en enda dag: stämmer det?" in said
    assert dump(site.engine) == before
    entered_page = admin.post("/desk/new-grant/0", data=filled(page))
    assert "Bidraget är registrerat." in main_of(entered_page)
    assert "Stiftelsen Nytta" in main_of(admin.get("/grants/SN 2011/7"))
    assert grant(site.engine, "SN 2011/7").title == "Våld i nära relation"
    entered = [row for row in rows(site.engine, JournalEvent) if row.event == "grant_entered"]
    assert [row.person_id for row in entered] == [person_id(site.engine, ADMIN)]
    assert checked(admin, address, **new).status_code == 409


def test_number_of_a_grant_leads_to_the_registry_where_the_office_has_one(site: Site) -> None:
    def link() -> list[str]:
        page = parse(site.client(who=OWNER).get("/grants/REF-1"))
        return [a.get("href", "") for a in page.iter("a") if text_of(a) == "I diariet"]

    assert link() == []
    site.settings = settings_for(
        site.settings.home, registry_url="https://registry.example.org/item?nr={dnr}"
    )
    assert link() == ["https://registry.example.org/item?nr=REF-1"]
    assert site.settings.in_registry("SN 2026/17").endswith("?nr=SN%202026%2F17")


def test_coordinator_enters_a_grant_with_its_letter_and_another_confirms_it_where_the_office_wants_so(
    site: Site,
) -> None:
    site.settings = settings_for(site.settings.home, new_grants_wait=True)
    owner, address = site.client(who=OWNER), "/desk/new-grant/0?programme=development-funds-2009"
    assert "/new-grant" in owner.get("/").text
    listed = main_of(owner.get("/new-grant"))
    groups = [
        "Svenska bidragsgivare",
        "Vinnova, projektbidrag",
        "Bidragsgivare utanför Sverige",
        "Horisont Europa",
    ]
    assert sorted(groups, key=listed.index) == groups
    # Under a programme without a grant, whose terms it is by its source; a law is nobody's.
    first = {"vinnova": "Vinnova", "elderly-care-2023": "", "horizon-europe": ""}
    for key, funder in first.items():
        assert filled(owner.get(f"/desk/new-grant/0?programme={key}"))["funder"] == funder
    for address_of in ("/new-grant", address):
        assert site.client(who=SECRETARY).get(address_of).status_code == 404
        # Who holds nothing yet may enter their first.
        assert site.client(who=STRANGER).get(address_of).status_code == 200
    folds = [node for node in parse(owner.get(address)).iter("details") if node.get("class") == "fold"]
    (summary,) = [text_of(fold.find("summary")) for fold in folds]
    assert summary.startswith("Fler fält (bidragsgivare, sista dag för ansökan, ")
    # What the letter says is asked openly.
    assert "slutrapport" not in summary
    assert summary.endswith("mottagare, handläggare, nämndsekreterare, controller)")
    # Who enters it is its coordinator, and what the last grant has is filled in.
    begun = filled(owner.get(address))
    assert begun["coordinator"] == chosen(site, OWNER)
    assert (begun["funder"], begun["committee"]) == ("Länsstyrelsen", chosen(site, SECRETARY))
    typed = begun | a_new_grant(site)
    typed.pop("files")
    check = owner.post("/desk/new-grant/0", data=typed, files={"files": ("beslut.pdf", PDF)})
    assert "beslut.pdf" in main_of(check), problems(check)
    assert "Bidraget är registrerat." in main_of(owner.post("/desk/new-grant/0", data=filled(check)))
    entered = grant(site.engine, "SN 2011/7")
    assert entered.quiet
    assert [one.name for one in rows(site.engine, Document) if one.grant_id == entered.id] == ["beslut.pdf"]
    assert "beslut.pdf" in main_of(owner.get("/grants/SN 2011/7"))
    confirm = f"/desk/confirm-import/{entered.id}"
    assert "av någon annan än den som registrerade det" in main_of(checked(owner, confirm))
    assert "Importen är bekräftad." in main_of(done(site.client(who=MANAGER), confirm))
    assert not grant(site.engine, "SN 2011/7").quiet


def test_letter_of_a_decision_for_which_no_step_waits_is_kept_as_the_decision_s(site: Site) -> None:
    owner, address = site.client(who=OWNER), "/desk/new-grant/0?programme=elderly-care-2023"
    typed = filled(owner.get(address)) | a_new_grant(site) | {"programme": "elderly-care-2023"}
    typed |= {
        "funder": "Socialstyrelsen",
        "decided_on": "2010-08-20",
        "amount": "300 000",
        "d-applied_on": "",
    }
    typed.pop("files")
    asked = owner.post("/desk/new-grant/0", data=typed, files={"files": ("beslut.pdf", PDF)})
    check = owner.post("/desk/new-grant/0", data=filled(asked))
    owner.post("/desk/new-grant/0", data=filled(check))
    (kept,) = rows(site.engine, Document)
    assert (kept.grant_id, kept.step_id) == (grant(site.engine, "SN 2011/7").id, None)
    shown = main_of(owner.get("/grants/SN 2011/7"))
    assert "Bidragsgivarens beslut, " in shown.split("beslut.pdf")[1]
    # What was noted as the grant was entered is behind one line.
    (entered,) = [
        one
        for one in parse(owner.get("/grants/SN 2011/7")).iter("summary")
        if "registrerades" in text_of(one)
    ]
    assert text_of(entered) == "Bidraget registrerades här: 3 steg, 1 beslut."


def test_running_grant_is_quiet_until_what_is_late_is_confirmed(site: Site) -> None:
    admin, address = site.client(who=ADMIN), "/desk/new-grant/0?programme=development-funds-2009"
    days = {"period_start_on": "2010-01-01", "period_end_on": "2010-12-31", "d-applied_on": "2009-09-15"}
    asked = checked(admin, address, **a_new_grant(site, **days))
    assert "Vad är redan gjort?" in main_of(asked)
    page = admin.post("/desk/new-grant/0", data=filled(asked))
    assert "Det finns steg som redan är försenade." in main_of(page)
    said = main_of(admin.post("/desk/new-grant/0", data=filled(page)))
    assert "Ingen får mejl om något i det förrän det är bekräftat under Drift." in said
    assert "grants confirm-import" not in said
    assert grant(site.engine, "SN 2011/7").quiet


def test_what_a_running_grant_has_done_is_said_in_one_list(site: Site) -> None:
    admin, address = site.client(who=ADMIN), "/desk/new-grant/0?programme=development-funds-2009"
    days = {"period_start_on": "2010-01-01", "period_end_on": "2010-12-31", "d-applied_on": "2009-09-15"}
    decided = {"decided_on": "2009-11-05", "amount": "500 tkr", "o-final_report_on": "2011-01-20"}
    asked = checked(admin, address, **a_new_grant(site, **days, **decided))
    done = {name: "2010-06-01" for name in filled(asked) if name.startswith("was-done-")}
    assert "was-done-application" in done
    done |= {"was-done-application": "2009-09-14", "was-paid-1": "2009-12-11", "was-sum-1": "400 000"}
    page = admin.post("/desk/new-grant/0", data=filled(asked) | done)
    admin.post("/desk/new-grant/0", data=filled(page))
    assert grant(site.engine, "SN 2011/7").award_minor == 50_000_000
    mine = {
        one.key: one for one in rows(site.engine, Step) if one.grant_id == grant(site.engine, "SN 2011/7").id
    }
    assert (mine["application"].done_on, str(mine["application"].status)) == (date(2009, 9, 14), "done")
    part = next(one for one in rows(site.engine, Instalment) if one.number == 1 and one.grant_id != 1)
    assert (str(part.status), part.paid_minor) == ("paid", 40_000_000)


def test_grant_that_lacks_something_is_not_entered(site: Site) -> None:
    admin, address = site.client(who=ADMIN), "/desk/new-grant/0?programme=development-funds-2009"
    before = dump(site.engine)
    wrong = [
        ({"reference": ""}, "diarienummer"),
        ({"period_end_on": "2010-01-01"}, "2010"),
        ({"coordinator": ""}, "Handläggare"),
        ({"funder": ""}, "Bidragsgivare"),
    ]
    refused(admin, address, [(a_new_grant(site, **changes), says) for changes, says in wrong])
    assert dump(site.engine) == before
    assert admin.get("/desk/new-grant/0?programme=none").status_code == 404


def upload(client: TestClient, path: Path, **values: str) -> Any:
    """Choose a workbook in the form of the import, and send it."""
    form = filled(client.get("/desk/import/0"), **values)
    form.pop("workbook", None)
    return client.post("/desk/import/0", data=form, files={"workbook": (path.name, path.read_bytes())})


def test_ledger_is_read_shown_and_then_kept_by_who_has_the_books(site: Site, tmp_path: Path) -> None:
    admin = site.client(who=ADMIN)
    (one,) = rows(site.engine, Grant)
    admin_form = filled(admin.get(f"/desk/grant-facts/{one.id}"), project="0007")
    page = admin.post(f"/desk/grant-facts/{one.id}", data=admin_form)
    admin.post(f"/desk/grant-facts/{one.id}", data=filled(page))
    controller = site.client(who=CONTROLLER)
    address = f"/grants/{one.reference}"
    assert "Project 0007. No ledger has been read yet." in main_of(controller.get(address))
    assert "/desk/ledger/0" in controller.get("/money").text
    form = filled(controller.get("/desk/ledger/0"))
    form.pop("ledger", None)
    rows_of_ledger = "Datum;Ver;Konto;Projekt;Belopp\n2010-03-02;A 1;4010;7;1 250,50\n"
    files = {"ledger": ("huvudbok.csv", rows_of_ledger.encode())}
    before = dump(site.engine)
    # One file is read at a time, and the form takes no more.
    assert " multiple" not in controller.get("/desk/ledger/0").text
    both = controller.post("/desk/ledger/0", data=form, files=[*files.items(), *files.items()])
    assert (both.status_code, problems(both)) == (422, ["Choose one file: each is read by itself."])
    page = controller.post("/desk/ledger/0", data=form, files=files)
    assert "costs of 1,250.50 SEK are booked, 0 SEK before" in main_of(page)
    assert dump(site.engine) == before
    assert "The ledger has been read." in main_of(controller.post("/desk/ledger/0", data=filled(page)))
    said = main_of(controller.get(address))
    assert "Costs of 1,250.50 SEK on project 0007, by the ledger up to 2 March." in said
    assert site.client(who=SECRETARY).get("/desk/ledger/0").status_code == 404


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Site:
    """An office with its people and organisations, and no grant yet."""
    bring_in(engine, DAY, organisations=ORGANISATIONS, people=a_staff())
    return Site(engine, settings_for(tmp_path), at(DAY, 10))


def test_workbook_is_read_shown_and_then_imported(office: Site, tmp_path: Path) -> None:
    admin = office.client(who=ADMIN)
    assert "/desk/import/0" in admin.get("/").text
    assert "/import.xlsx" in admin.get("/desk/import/0").text
    empty = load_workbook(BytesIO(admin.get("/import.xlsx").content))
    assert "Personer" in empty.sheetnames
    before = dump(office.engine)
    book = write_office_list(tmp_path / "bidrag.xlsx", grant_row(decided="091105"))
    page = upload(admin, book)
    assert (page.status_code, "betyder troligen 2009-11-05" in main_of(page)) == (409, True)
    page = upload(admin, book, accept="yes")
    said = main_of(page)
    assert "”091105” läses som 2009-11-05" in said
    # What is left out comes before what is brought.
    assert -1 < said.find("läses inte kolumnen ”Anteckningar”") < said.find("nya (")
    assert -1 < said.find("”Listor” är dolt") < said.find("nya (")
    assert "1 bidrag" in main_of(page).replace("\N{NO-BREAK SPACE}", " ")
    assert dump(office.engine) == before
    assert "Arbetsboken är inläst." in main_of(admin.post("/desk/import/0", data=filled(page)))
    assert [row.reference for row in rows(office.engine, Grant)] == ["SN 2009/701-22"]
    assert [row.decided_on for row in rows(office.engine, Decision)] == [date(2009, 11, 5)]
    imported = [row for row in rows(office.engine, JournalEvent) if row.event == "workbook_imported"]
    assert [row.person_id for row in imported] == [person_id(office.engine, ADMIN)]


def test_everything_that_is_wrong_in_a_workbook_is_named_by_its_cell(office: Site, tmp_path: Path) -> None:
    admin = office.client(who=ADMIN)
    wrong = grant_row(programme="Okänt program"), grant_row("SN 2009/702", final="snart")
    before = dump(office.engine)
    page = upload(admin, write_office_list(tmp_path / "bidrag.xlsx", *wrong))
    assert page.status_code == 409
    said = main_of(page)
    assert said.count("bidrag.xlsx: Förteckning 2010!") == 2
    assert -1 < said.find("läses inte kolumnen ”Rum”") < said.find("Förteckning 2010!C4")
    assert dump(office.engine) == before


def test_file_that_is_no_workbook_or_somebody_else_s_is_refused(office: Site, tmp_path: Path) -> None:
    (tmp_path / "fake.xlsx").write_text("no workbook")
    assert upload(office.client(who=ADMIN), tmp_path / "fake.xlsx").status_code == 422
    admin = office.client(who=ADMIN)
    form = filled(admin.get("/desk/import/0"))
    assert admin.post("/desk/import/0", data=form).status_code == 422
    assert (
        admin.post("/desk/import/0", data=form | {"stored": "../../x", "file_name": "x.xlsx"}).status_code
        == 422
    )
    assert office.client(who=MANAGER).get("/desk/import/0").status_code == 404


def test_help_is_a_page_a_role(site: Site) -> None:
    client = site.client("en", OWNER)
    pages = {
        one: main_of(client.get(f"/help/{one}"))
        for one in ("coordinator", "manager", "secretary", "administrator")
    }
    assert len({*pages.values()}) == 4
    assert all(len(one.split()) < 220 for one in pages.values())
    assert client.get("/help/nobody").status_code == 404


def test_leadership_sees_the_grants_by_unit(site: Site) -> None:
    with transaction(site.engine) as connection:
        connection.execute(update(PERSON).where(PERSON.c.email == OWNER).values(department="Unga"))
    said = main_of(site.client("en", ADMIN).get("/leadership"))
    assert "Unga" in said
    assert "1" in said
    client = site.client("en", ADMIN)
    listed = client.get("/leadership").text.partition('href="/?unit=')[2].partition('"')[0]
    assert "REF-1" in main_of(client.get(f"/?unit={listed}".replace("&amp;", "&")))
    assert "REF-1" not in main_of(client.get("/?unit=Vuxna"))
    assert "Inga bidrag" in main_of(site.client("en", STRANGER).get("/leadership"))


LEFT_OPEN = """\
programme: left-open
title: {sv: Det som beslutet säger, en: What the decision says}
source: the decision letter
currency: SEK
country: SE
dates:
  spring: {sv: första perioden, en: first period}
  autumn: {sv: andra perioden, en: second period}
steps:
  report: {each: spring and autumn of the decision, due: 1 month after period_end (3), last: {into: final-report}}
  final-report: {due: 2 months after grant_end (3)}
payments:
  advance: {share: sum of the decision at most 40 %}
  costs: {each: report, share: rate of the decision of report.spent}
examples:
  - award:
      decision: 2009-11-05
      start: 2010-01-01
      end: 2010-12-31
      sum: 100 000
      dates: {spring: 2010-04-30, autumn: 2010-09-30}
      share: {advance: 20 %, costs: 60 %}
    answers: {report.spent: 50 000, final-report.spent: 100 000}
    gives: {advance: 20 000, costs: [30 000, 50 000, none]}
    source: counted by hand
"""
SAYS = {
    "kind": "award",
    "decided_on": "2009-11-05",
    "amount": "100000",
    "d-spring_on": "2010-04-30",
    "d-autumn_on": "2010-09-30",
    "d-grant_end_on": "2011-03-31",
    "i-1": "20 %",
    "i-2": "60 %",
    "source": "Dnr 1",
}


@pytest.fixture
def left_open(engine: Engine, tmp_path: Path) -> Site:
    path = tmp_path / "left-open.yaml"
    path.write_text(LEFT_OPEN, encoding="utf-8")
    open_grants(engine, an_entry(programme=str(path)))
    return Site(engine, settings_for(tmp_path), at(date(2009, 11, 6), 10))


def test_decision_says_rate_share_periods_and_a_new_end_and_is_corrected(left_open: Site) -> None:
    client = left_open.client(who=OWNER)
    assert "Beslutet är registrerat." in main_of(done(client, "/desk/decide/1", **SAYS))
    assert grant(left_open.engine).period_end_on == date(2011, 3, 31)
    assert [(row.rule, row.period) for row in parts(left_open.engine)] == [
        (1, None),
        (2, "1"),
        (2, "2"),
        (2, "3"),
    ]
    assert rows(left_open.engine, Decision)[-1].instalments == {"1": "20 %", "2": "60 %"}
    begun = filled(client.get("/desk/correct/1"))
    assert begun.items() >= {name: said for name, said in SAYS.items() if name != "kind"}.items()


def test_sum_is_no_rate(left_open: Site) -> None:
    page = checked(left_open.client(who=OWNER), "/desk/decide/1", **SAYS | {"i-2": "60"})
    assert page.status_code in (409, 422)
    assert filled(page)["i-2"] == "60"
    assert "del 2" in main_of(page)
