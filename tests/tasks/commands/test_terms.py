"""Hold what a programme's terms do to a real grant: claims in arrears, thresholds, documents, returns, repayment."""

import json
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from docx import Document
from sqlalchemy import Engine, select, true

from deployments.cli.main import run
from deployments.portal.answer.card_facts import word_reasons
from deployments.portal.grant.money import part_line
from deployments.portal.grant.page_facts import load_grant_rows
from models.commands.decisions import Correct
from models.commands.steps import ConfirmReading, StoredFile
from models.errors import AnswerRefused, BadInput, InstalmentNotReady, Refused
from models.facts.letter import ItemView
from models.facts.money import Unspent
from models.rules.money.gate import GateReason
from models.rules.watch.findings import FindingKind
from models.vocabulary import AnswerKind, DecisionKind, StepStatus
from tasks.commands.replan.preview import What
from tasks.documents.papers import Wanted, make_paper
from tasks.grant.money import unspent_on
from tasks.grant.records import read_records
from tasks.outbox.deliver import deliver
from tasks.outbox.letter_facts import load_letters, make_letter
from tasks.overview.explanation import explain_step
from tasks.overview.grants import portfolio
from tasks.store.database import reading
from tasks.watch.audit import AuditMoment, audit, wrong_sums
from tasks.words.letters import ItemWords
from tasks.words.reasons import word_reason
from tasks.words.templates import LetterTemplates
from tasks.words.translator import plain_spaces, translator
from tests.database_kinds import on_both
from tests.grant_scenes import (
    CONTROLLER,
    EVENT,
    INSTALMENT,
    MANAGER,
    NOTICE,
    ORGANISATIONS,
    OWNER,
    PERSON,
    SECRETARY,
    STEP,
    a_staff,
    act,
    an_entry,
    answer,
    at,
    bring_in,
    claim,
    decide,
    do_round,
    open_grants,
    pay,
    release,
    steps,
    today,
    told,
)
from tests.portal_scenes import Site, parse, part_words, settings_for, text_of
from tests.receipt_words import in_words
from tests.remembered import remembered

TITLES = ("titel för Administration.Head", "titel för Department.Head")
_GOOD = Path(__file__).parents[2] / "programmes" / "good"
TERMS, KEPT = str(_GOOD / "terms.yaml"), str(_GOOD / "kept-of-claims.yaml")
APPLIED, DECIDED = date(2025, 1, 3), date(2025, 1, 15)
OF_2025: dict[str, Any] = {"period_start_on": date(2025, 1, 1), "period_end_on": date(2025, 12, 31)}


def open_terms(engine: Engine, amount: int = 1_000_000, programme: str = TERMS, **decision: Any) -> None:
    """Open a grant of four quarters under the programme with every term, decided."""

    def live() -> None:
        open_grants(engine, an_entry(programme=programme, dates={}, **OF_2025), on=APPLIED)
        if amount:
            decide(engine, on=DECIDED, amount_minor=amount * 100, **decision)

    made_of = f"{amount} {sorted(decision.items())} {Path(programme).read_text(encoding='utf-8')}"
    remembered(engine, f"terms {sha256(made_of.encode()).hexdigest()}", live)


def parts(engine: Engine) -> list[tuple[str, int | None]]:
    """Return the instalments' statuses and sums, in full units."""
    query = select(INSTALMENT.c.status, INSTALMENT.c.amount_minor).order_by(INSTALMENT.c.number)
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return [(row.status, None if row.amount_minor is None else row.amount_minor // 100) for row in rows]


def undated(engine: Engine) -> list[str]:
    """Return what the auditor finds of dates and sums that no decision gives."""
    moment = AuditMoment(DECIDED, at(DECIDED), ZoneInfo("Europe/Stockholm"))
    return [str(one) for one in audit(engine, moment) if one.kind is FindingKind.DATE_MISSING]


def step(engine: Engine, key: str) -> Any:
    """Return the step's row, or None."""
    with reading(engine) as connection:
        return connection.execute(select(STEP).where(STEP.c.key == key)).first()


def events(engine: Engine, name: str) -> list[Mapping[str, Any]]:
    """Return what the journal says of events of a name."""
    query = select(EVENT.c.detail).where(EVENT.c.event == name).order_by(EVENT.c.id)
    with reading(engine) as connection:
        return list(connection.execute(query).scalars())


def spend(engine: Engine, quarter: int, amount: str, on: date) -> None:
    """Answer a project quarter's report."""
    first = 3 * quarter - 2
    answer(engine, f"activity-m{first}-m{first + 2}", on, data={"spent": amount})


QUARTER_ENDS = (date(2025, 4, 15), date(2025, 7, 15), date(2025, 10, 15), date(2026, 1, 15))


def test_capped_instalment_waits_for_the_decisions_word(engine: Engine) -> None:
    open_terms(engine)
    assert parts(engine)[0] == ("planned", None)
    assert parts(engine)[-1] == ("planned", None)
    with pytest.raises(InstalmentNotReady, match="its sum is not known yet"):
        claim(engine, DECIDED, 1)
    with pytest.raises(
        BadInput, match=r"instalment 1 is 400,000\.01 SEK, which is more than 400,000 SEK"
    ) as error:
        decide(engine, DecisionKind.AMENDMENT, date(2025, 1, 20), instalments={1: 40_000_001})
    swedish = plain_spaces(word_reason(translator("sv"), error.value))
    assert "400 000,01 kr" in swedish
    assert "400 000 kr" in swedish
    with pytest.raises(
        BadInput, match="a decision does not say the sum of instalment 3: the programme says claimed"
    ):
        decide(engine, DecisionKind.AMENDMENT, date(2025, 1, 20), instalments={3: 1})
    with pytest.raises(BadInput, match="a decision does not say the sum of instalment 9"):
        decide(engine, DecisionKind.AMENDMENT, date(2025, 1, 20), instalments={9: 1})
    decide(engine, DecisionKind.AMENDMENT, date(2025, 1, 20), instalments={1: "30 %"})
    # 30 % of a million, less the 5 % that the insurance keeps.
    assert parts(engine)[0] == ("released", 250_000)
    assert events(engine, "instalment_kept") == [{"instalment": 1, "kept_minor": 5_000_000}]
    with pytest.raises(Refused, match="instalment 1 is released already, and keeps its sum"):
        decide(engine, DecisionKind.AMENDMENT, date(2025, 1, 21), instalments={1: 1})


def test_claim_of_a_sum_that_no_decision_states_waits_for_it(engine: Engine) -> None:
    """Who recorded the award hears of it, once; nobody is chased for a claim that nobody can send."""
    bring_in(engine, APPLIED, organisations=ORGANISATIONS, people=a_staff())
    open_terms(engine, by=CONTROLLER)
    for day in range(16, 32):
        do_round(engine, date(2025, 1, day))
    first = step(engine, "claim-advance")
    assert (first.status, first.due_on) == ("waiting", None)
    assert told(engine, "date_missing") == [("claim-advance", "sum-missing-1", CONTROLLER)]
    assert told(engine, "reminder", "escalation") == []
    today = date(2025, 1, 31)
    assert undated(engine) == ["REF-1 instalment 1: no decision states its sum yet"]
    (standing,) = portfolio(engine, today)
    assert standing.undated == (("claim-advance", "the sum of instalment 1"),)
    waits = "waits for a decision that states the sum of instalment 1 (at most 40 % of the award)"
    said = explain_step(engine, "REF-1", "claim-advance", today).sentences
    assert said[0] == f"Claim (claim-advance) of REF-1 has no due date yet: it {waits}."
    assert (
        "15 January 2025: Controller <controller@example.org> was told (that no decision states its sum)"
        in said[-2]
    )
    swedish = explain_step(engine, "REF-1", "claim-advance", today, "sv").sentences
    assert "väntar på ett beslut som anger beloppet för del 1 (högst 40 % av bidraget)" in swedish[0]
    with reading(engine) as connection:
        rows = load_grant_rows(connection, "REF-1", today, ZoneInfo("Europe/Stockholm"))
        assert rows is not None
        line = part_line(translator("en"), rows, rows.record.instalments[0])
    assert part_words(line, today)[1] == ["No decision states its sum yet. It cannot be claimed before that."]
    decide(engine, DecisionKind.AMENDMENT, date(2025, 2, 3), instalments={1: "30 %"})
    first = step(engine, "claim-advance")
    assert (first.status, first.due_on, undated(engine)) == ("open", date(2025, 2, 17), [])
    claim(engine, date(2025, 2, 3), 1)
    assert len(told(engine, "date_missing")) == 1


def test_letter_about_a_sum_that_no_decision_states_says_how_to_state_it(sqlite: Engine) -> None:
    open_terms(sqlite)
    with reading(sqlite) as connection:
        (letter_id,) = connection.execute(
            select(NOTICE.c.letter_id).where(NOTICE.c.kind == "date_missing")
        ).scalars()
        view, _ = make_letter(load_letters(connection, [letter_id]), letter_id, date(2025, 1, 16))
    assert view is not None
    (item,) = [one for one in view.items if any(two.at_most for two in one.notices)]
    words = ItemWords(LetterTemplates(date(2025, 1, 16)), translator("en"), item)
    said = [plain_spaces(paragraph) for paragraph in words.prose()]
    assert [one.partition("?")[0] for one in said] == ["How much is instalment 1"]
    assert "The decision only says at most 40 %. Record the sum by: " in said[0]


@on_both
def test_claims_in_arrears_are_what_was_spent_up_to_the_ceiling(engine: Engine) -> None:
    open_terms(engine, instalments={1: 40_000_000})
    assert parts(engine) == [("released", 350_000), *[("planned", None)] * 5]
    for quarter, spent in enumerate(("200 000", "250 000", "0", "100 000"), start=1):
        spend(engine, quarter, spent, QUARTER_ENDS[quarter - 1])
    # 400 000 of the ceiling's 900 000 are gone with what is kept; the fourth quarter is cut to what is left.
    assert [amount for _, amount in parts(engine)] == [350_000, 200_000, 250_000, 0, 50_000, 150_000]
    cut = {"instalment": 5, "amount_minor": 5_000_000, "wanted_minor": 10_000_000}
    assert events(engine, "instalment_cut") == [cut]
    assert step(engine, "claim-quarter-m7-m9").status == StepStatus.SKIPPED
    today = date(2026, 1, 16)
    left_out = "It was left out on 15 October 2025: there was no sum to see to."
    assert left_out in explain_step(engine, "REF-1", "claim-quarter-m7-m9", today).sentences
    claim(engine, date(2026, 1, 20), 2)
    pay(engine, date(2026, 2, 10), 2)
    assert parts(engine)[1] == ("paid", 200_000)
    assert step(engine, "claim-quarter-m1-m3").status == StepStatus.DONE
    assert step(engine, "payment-quarter-m1-m3").status == StepStatus.DONE
    assert step(engine, "claim-quarter-m4-m6").status == StepStatus.OPEN


def test_tenth_of_each_claim_is_kept_until_the_final_report_is_approved(engine: Engine) -> None:
    open_grants(engine, an_entry(programme=KEPT, dates={}, **OF_2025), on=APPLIED)
    decide(engine, on=DECIDED, amount_minor=100_000_000)
    assert parts(engine) == [("planned", None)] * 5
    for number, (spent, on) in enumerate(
        zip(("200 000", "250 005", "0", "100 000"), QUARTER_ENDS, strict=True), start=1
    ):
        answer(engine, f"report-2025-q{number}", on, data={"spent": spent})
        if spent != "0":
            claim(engine, on, number)
            pay(engine, on, number)

    out = [("paid", 180_000), ("paid", 225_004), ("planned", 0), ("paid", 90_000)]
    kept = {1: 2_000_000, 2: 2_500_050, 4: 1_000_000}
    assert parts(engine) == [*out, ("withheld", 55_000)]
    assert {one["instalment"]: one["kept_minor"] for one in events(engine, "instalment_kept")} == kept

    answer(engine, "final-report", date(2026, 2, 20))
    with pytest.raises(InstalmentNotReady, match="it waits for final-report-approval"):
        claim(engine, date(2026, 2, 21), 5)
    answer(engine, "final-report-approval", date(2026, 3, 2), kind=AnswerKind.APPROVED)
    for by in (OWNER, CONTROLLER):
        release(engine, date(2026, 3, 3), by, 5)
    claim(engine, date(2026, 3, 4), 5)
    pay(engine, date(2026, 3, 9), 5)
    # What nobody claimed of the award stays with the funder.
    assert (parts(engine)[4], step(engine, "claim-kept").status) == (("paid", 55_000), StepStatus.DONE)
    (standing,) = portfolio(engine, date(2026, 3, 10))
    assert str(standing.status) == "closed"


def test_claims_are_the_part_of_the_spending_that_the_funder_pays(engine: Engine) -> None:
    programme = str(_GOOD / "part-of-costs.yaml")
    open_grants(engine, an_entry(programme=programme, dates={}, **OF_2025), on=APPLIED)
    decide(engine, on=DECIDED, amount_minor=100_000_000)
    with reading(engine) as connection:  # what is not spent yet is in no instalment, and that is no fault
        assert wrong_sums(connection, true()) == []
    claim(engine, DECIDED, 1)
    pay(engine, date(2025, 2, 10), 1)
    for number, (spent, on) in enumerate(
        zip(("200 000", "250 005.55", "100 000", "0"), QUARTER_ENDS, strict=True), start=2
    ):
        answer(engine, f"report-2025-q{number - 1}", on, data={"spent": spent})
        if spent != "0":
            claim(engine, on, number)
            pay(engine, on, number)
    # Three fifths of 250,005.55 are 150,003.33; what was advanced is too much, since each claim was paid as well.
    paid = [("paid", 200_000), ("paid", 120_000), ("paid", 150_003), ("paid", 60_000), ("planned", 0)]
    assert parts(engine) == paid
    with reading(engine) as connection:
        sums = (
            connection.execute(select(INSTALMENT.c.amount_minor).order_by(INSTALMENT.c.number))
            .scalars()
            .all()
        )
    assert sums[2] == 15_000_333
    assert step(engine, "repayment").repays_minor == 20_000_000
    with reading(engine) as connection:
        records = read_records(connection, {step(engine, "repayment").grant_id})
        left = [unspent_on(record) for record in records]
    assert left == [Unspent(33_000_333, 53_000_333, "SEK", of_share=True)]


def test_money_that_nobody_claims_is_paid_by_itself(engine: Engine) -> None:
    lump = str(_GOOD.parent / "strangers" / "municipal-lump.yaml")
    period: dict[str, Any] = {"period_start_on": date(2025, 2, 1), "period_end_on": date(2025, 12, 31)}
    open_grants(engine, an_entry(programme=lump, dates={}, **period), on=APPLIED)
    decide(engine, on=DECIDED, amount_minor=100_000_001)
    assert parts(engine) == [("released", 500_000), ("released", 500_000)]
    pay(engine, date(2025, 3, 31), 1)
    pay(engine, date(2025, 9, 30), 2)
    assert [status for status, _ in parts(engine)] == ["paid", "paid"]
    assert step(engine, "payment-spring").status == StepStatus.DONE
    history: dict[str, Any] = {
        "decisions": [{"decided_on": DECIDED, "amount": 10}],
        "instalments": {1: {"paid_on": date(2025, 3, 31)}},
    }
    bring_in(
        engine, date(2025, 9, 30), grants=[an_entry("REF-2", programme=lump, dates={}, **period, **history)]
    )
    assert sorted(status for status, _ in parts(engine)) == ["paid", "paid", "paid", "released"]


def test_threshold_is_that_of_the_decisions_year(engine: Engine) -> None:
    open_terms(engine, amount=0)
    assert step(engine, "audit") is None
    decide(engine, on=DECIDED, amount_minor=29_399_999)
    assert step(engine, "audit") is None
    decide(engine, DecisionKind.AMENDMENT, date(2025, 2, 1), total_minor=29_400_000)
    audit = step(engine, "audit")
    assert audit.due_on == date(2026, 3, 2)  # 28 February is a Saturday
    assert in_words(audit.receipt).rule.endswith(
        "; for an award from 294 000 SEK (5 × 58 800 SEK, price_base 2025)"
    )
    decide(engine, DecisionKind.AMENDMENT, date(2025, 2, 2), total_minor=29_399_999)
    assert step(engine, "audit").status == StepStatus.CANCELLED


def test_year_without_an_amount_takes_the_year_before_and_says_so(engine: Engine) -> None:
    open_terms(engine, amount=0)
    decide(engine, on=date(2027, 1, 15), amount_minor=29_400_000)
    note = "the programme has no amount 'price_base' for 2027: that of 2025 holds until it is added"
    assert note in in_words(step(engine, "audit").receipt).warnings
    do_round(engine, date(2027, 1, 18))


def test_report_that_some_decisions_ask_for_is_there_while_one_gives_its_day(engine: Engine) -> None:
    open_terms(engine)
    assert step(engine, "interim") is None
    given = date(2025, 3, 3)
    decide(engine, DecisionKind.AMENDMENT, on=given, dates={"interim_on": date(2025, 8, 1)})
    interim = step(engine, "interim")
    assert (interim.status, interim.due_on) == (StepStatus.OPEN, date(2025, 8, 1))
    wrong = Correct("REF-1", given, said={"dates": {"interim_on": None}}, reason="another grant's letter")
    act(engine, wrong, given)
    assert step(engine, "interim").status == StepStatus.CANCELLED


def a_file(document: str | None) -> StoredFile:
    """Return a file as the file store gives it."""
    return StoredFile(
        "intyg.pdf", "application/pdf", 4, "0" * 64, f"{abs(hash(document)):032x}"[:32], document
    )


def test_report_needs_its_documents(engine: Engine) -> None:
    open_terms(engine)
    on = date(2026, 1, 10)
    with pytest.raises(AnswerRefused, match=r"audit: its documents are missing: certificate"):
        answer(engine, "audit", on)
    with pytest.raises(AnswerRefused, match="certificate"):
        answer(engine, "audit", on, files=(a_file(None),))
    with pytest.raises(AnswerRefused, match="audit asks for no document 'receipt'; it asks for: certificate"):
        answer(engine, "audit", on, files=(a_file("receipt"),))
    assert answer(engine, "audit", on, files=(a_file("certificate"),)) == StepStatus.DONE


def test_optional_report_is_skipped_with_a_reason_and_nothing_is_claimed(engine: Engine) -> None:
    open_terms(engine, instalments={1: 40_000_000})
    key, on = "activity-m1-m3", date(2025, 4, 2)
    with pytest.raises(AnswerRefused, match=r"say why"):
        answer(engine, key, on, kind=AnswerKind.NOT_NEEDED)
    with pytest.raises(AnswerRefused, match="final-report: the programme does not let it be skipped"):
        answer(engine, "final-report", on, kind=AnswerKind.NOT_NEEDED, note="x")
    assert answer(engine, key, on, kind=AnswerKind.NOT_NEEDED, note="Ingen verksamhet.") == StepStatus.SKIPPED
    assert events(engine, "step_not_needed") == [{"reason": "Ingen verksamhet."}]
    assert parts(engine)[1] == ("planned", 0)
    assert step(engine, "claim-quarter-m1-m3").status == StepStatus.SKIPPED


def test_approvals_that_go_with_a_report_name_who_said_that_it_is_not_needed(
    engine: Engine, tmp_path: Path
) -> None:
    programme = tmp_path / "terms.yaml"
    approval = (
        "  - {key: activity-approval, phase: follow-up, kind: approval, each: project quarter, approves: activity,"
        " title: {sv: godkännande, en: approval}, todo: {sv: Godkänn., en: Approve.},"
        " due: 10 days after activity.done}\n"
    )
    text = Path(TERMS).read_text(encoding="utf-8")
    programme.write_text(
        text.replace("  - key: claim-quarter\n", f"{approval}  - key: claim-quarter\n"), "utf-8"
    )
    open_terms(engine, programme=str(programme))
    answer(engine, "activity-m1-m3", date(2025, 4, 2), kind=AnswerKind.NOT_NEEDED, note="Ingen verksamhet.")
    skipped = [step(engine, key) for key in ("activity-m1-m3", "activity-approval-m1-m3")]
    assert {row.status for row in skipped} == {StepStatus.SKIPPED}
    assert len({(row.done_on, row.done_by_id) for row in skipped}) == 1


def approve(engine: Engine, on: date, by: str, kind: AnswerKind = AnswerKind.APPROVED, **values: Any) -> None:
    """Approve the final report, or send it back."""
    answer(engine, "final-report", on, by, kind, **values)


@on_both
def test_bodies_approve_in_order_and_a_return_reopens_all(engine: Engine) -> None:
    open_terms(engine, instalments={1: 40_000_000})
    answer(engine, "final-report", date(2026, 1, 10))
    approve(engine, date(2026, 1, 11), MANAGER)
    assert step(engine, "unit-approval").status == StepStatus.APPROVED
    approve(engine, date(2026, 1, 12), SECRETARY, AnswerKind.RETURNED, note="Siffrorna stämmer inte.")
    assert [
        step(engine, key).status for key in ("final-report", "unit-approval", "final-report-approval")
    ] == [
        StepStatus.OPEN,
        StepStatus.WAITING,
        StepStatus.WAITING,
    ]
    assert events(engine, "report_returned") == [{"times": 1}]
    answer(engine, "final-report", date(2026, 1, 13))
    approve(engine, date(2026, 1, 14), MANAGER)
    approve(engine, date(2026, 1, 15), SECRETARY, AnswerKind.RETURNED, note="Igen.")
    assert events(engine, "report_returned")[1] == {"times": 2}
    query = select(PERSON.c.email).join(NOTICE, NOTICE.c.person_id == PERSON.c.id)
    with reading(engine) as connection:
        told = set(connection.execute(query.where(NOTICE.c.rung == "returned-2-manager")).scalars())
        asked = select(NOTICE.c.letter_id).where(NOTICE.c.rung == "returned-2-manager")
        (letter_id,) = connection.execute(asked).scalars()
        view, _ = make_letter(load_letters(connection, [letter_id]), letter_id, date(2026, 1, 15))
    assert told == {MANAGER}
    assert view is not None
    # It is not the manager's to write.
    (said,) = ItemWords(LetterTemplates(date(2026, 1, 15)), translator("en"), view.items[0]).prose()
    assert said.endswith(
        "asks for a change: “Igen.” The slutrapport has been sent back two times. Coordinator has the task now."
    )
    answer(engine, "final-report", date(2026, 1, 16))
    approve(engine, date(2026, 1, 17), MANAGER)
    approve(engine, date(2026, 1, 18), SECRETARY)
    assert step(engine, "final-report-approval").status == StepStatus.APPROVED
    answer(engine, "final-report", date(2026, 1, 19), SECRETARY, AnswerKind.WITHDRAWN, note="Fel.")
    assert step(engine, "final-report-approval").status == StepStatus.OPEN
    assert step(engine, "unit-approval").status == StepStatus.APPROVED


def through(engine: Engine, *spent: str) -> None:
    """Play a grant whose quarters spent so much up to the approval of its final report."""

    def live() -> None:
        open_terms(engine, instalments={1: 40_000_000})
        claim(engine, date(2025, 1, 20), 1)
        pay(engine, date(2025, 2, 10), 1)
        for quarter, one in enumerate(spent, start=1):
            spend(engine, quarter, one, QUARTER_ENDS[quarter - 1])
        answer(engine, "final-report", date(2026, 1, 20))
        approve(engine, date(2026, 1, 21), MANAGER)
        approve(engine, date(2026, 1, 22), SECRETARY)

    remembered(engine, f"terms through {' '.join(spent)}", live)


@on_both
def test_last_instalment_takes_the_remainder_and_what_is_unspent_is_paid_back(engine: Engine) -> None:
    through(engine, "200 000", "100 000", "0", "48 000")
    assert parts(engine)[-1] == ("releasable", 302_000)
    assert sum(amount or 0 for _, amount in parts(engine)) == 1_000_000
    payback = step(engine, "payback")
    assert (payback.status, payback.repays_minor, payback.due_on) == ("open", 200_000, date(2026, 2, 21))
    assert release(engine, date(2026, 1, 30), OWNER, number=6) is GateReason.REQUESTED
    assert release(engine, date(2026, 1, 31), CONTROLLER, number=6) is GateReason.CONFIRMED
    assert answer(engine, "payback", date(2026, 2, 1)) == StepStatus.DONE


def test_what_was_paid_back_is_not_left_on_the_grants_page(sqlite: Engine, tmp_path: Path) -> None:
    through(sqlite, "200 000", "100 000", "0", "48 000")
    answer(sqlite, "payback", date(2026, 2, 1))
    site = Site(sqlite, settings_for(tmp_path), at(date(2026, 2, 2), 10))
    page = text_of(parse(site.client().get("/grants/REF-1")))
    assert "Spent, as reported 348,000 SEK Paid back 2,000 SEK Left of what was received 0 SEK" in page
    assert "what is left in the end is paid back" not in page
    assert "2,000 SEK was paid back on 1 February." in page
    page = text_of(parse(site.client("sv").get("/grants/REF-1")))
    assert "Återbetalt 2 000 kr Kvar av det som har kommit in 0 kr" in page
    assert "2 000 kr betalades tillbaka den 1 februari." in page


def test_who_releases_and_claims_is_told_what_is_not_spent_of_what_came(
    sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    through(sqlite, "200 000", "100 000", "0", "48 000")
    monkeypatch.setenv("GRANTS_DATABASE_URL", sqlite.url.render_as_string(hide_password=False))

    def grants(*arguments: str) -> str:
        assert run([arguments[0], "REF-1", *arguments[1:]]) == 0
        return plain_spaces(capsys.readouterr().out)

    day = date(2026, 1, 23)
    do_round(sqlite, day)
    site = Site(sqlite, settings_for(tmp_path), at(day, 10))
    deliver(sqlite, site.settings, lambda: at(day, 8))
    english = (
        "348,000 SEK of 350,000 SEK received, as reported. 2,000 SEK is unspent, and this part would add"
    )
    english += " 302,000 SEK. What is unspent is not below the funder's threshold, 1,000 SEK: what is left in the end"
    english += " is paid back."
    swedish = "348 000 kr av 350 000 kr som har kommit in, enligt redovisningen. 2 000 kr är inte använt, och den här"
    swedish += (
        " delen skulle lägga till 302 000 kr. Det som inte är använt är inte lägre än bidragsgivarens gräns"
    )
    swedish += " för återbetalning, 1 000 kr: det som är kvar till slut betalas tillbaka."
    asked = text_of(parse(site.client().get(site.address(OWNER))))
    assert f"Använt hittills {swedish}" in asked
    assert f"\n  spent so far: {english}\n" in grants("release", "6", "--by", OWNER)
    released_on = today()  # the command asked by the clock
    release(sqlite, released_on, CONTROLLER, 6)
    item = item_of(sqlite, "claim-balance", released_on)
    assert plain_spaces(dict(word_reasons(translator("sv"), item, released_on))["Använt hittills"]) == swedish
    assert f"\n  spent so far: {english}\n" in grants("claim", "6", "--by", OWNER)


@pytest.mark.parametrize(
    ("last", "page", "claims", "to_repay", "says"),
    [
        pytest.param(
            "48 000",
            "Spent, as reported 348,000 SEK Left of what was received 2,000 SEK What is unspent is not below the"
            " funder's threshold, 1,000 SEK: what is left in the end is paid back.",
            "Av 350 000 kr som har betalats ut är 348 000 kr använt enligt redovisningen. 2 000 kr är inte använt,"
            " vilket inte är lägre än bidragsgivarens gräns för återbetalning, 1 000 kr.",
            "2 000 kr",
            "2 000 kr av bidraget till Regional samordning, senast",
            id="above",
        ),
        pytest.param(
            "49 000.01",
            "What is unspent is below the funder's threshold, 1,000 SEK, and is not paid back.",
            "999,99 kr är inte använt, vilket är lägre än bidragsgivarens gräns för återbetalning, 1 000 kr.",
            "",
            "lägre än bidragsgivarens gräns, 1 000 kr,",
            id="below",
        ),
        pytest.param(
            "50 000",
            "Left of what was received 0 SEK 350,000 SEK Paid",
            "Allt som har betalats ut, 350 000 kr, är använt enligt redovisningen.",
            "0 kr",
            "Det finns inget att betala tillbaka.",
            id="all",
        ),
    ],
)
def test_page_claim_and_repayment_say_what_is_left_of_what_came(
    sqlite: Engine, tmp_path: Path, last: str, page: str, claims: str, to_repay: str, says: str
) -> None:
    through(sqlite, "200 000", "100 000", "0", last)
    day, owed = date(2026, 1, 23), to_repay == "2 000 kr"
    site = Site(sqlite, settings_for(tmp_path), at(day, 10))
    assert page in text_of(parse(site.client().get("/grants/REF-1")))
    made = make_paper(sqlite, "REF-1", Wanted("claim", instalment=6), day)
    assert claims in plain_spaces(" ".join(one.text for one in Document(BytesIO(made.content)).paragraphs))
    paper = make_paper(sqlite, "REF-1", Wanted("repayment"), day)
    word = Document(BytesIO(paper.content))
    assert says in plain_spaces(" ".join(one.text for one in word.paragraphs))
    rows = {row.cells[0].text: plain_spaces(row.cells[1].text) for row in word.tables[0].rows}
    # What is not paid back is not said to be.
    assert (rows["Utbetalt"], rows.get("Att betala tillbaka", "")) == ("350 000 kr", to_repay)
    assert ("Inte använt" in rows) == (not to_repay)
    assert (rows.get("Senast"), "Betalas till" in rows) == ("21 februari 2026" if owed else None, owed)
    # It names what is left blank in it: the account to which money goes back, where some does.
    account = ("bidragsgivarens konto",) if owed else ()
    assert paper.blanks == (*account, "bidragsgivarens beteckning", *TITLES)
    payback = step(sqlite, "payback")
    assert payback.status == (StepStatus.OPEN if owed else StepStatus.SKIPPED)
    assert owed or events(sqlite, "step_skipped")[-1] == {"amount_minor": payback.repays_minor}


def test_repayment_waits_for_all_reports_that_say_what_was_spent(engine: Engine, tmp_path: Path) -> None:
    own = tmp_path / "terms.yaml"
    terms = Path(TERMS).read_text(encoding="utf-8")
    own.write_text(terms.replace("30 days after final-report-approval.done", "on 2026-02-20"))
    open_terms(engine, programme=str(own), instalments={1: 40_000_000})
    assert step(engine, "payback").due_on == date(2026, 2, 20)
    claim(engine, date(2025, 1, 20), 1)
    pay(engine, date(2025, 2, 10), 1)
    for quarter in range(1, 5):
        assert step(engine, "payback").status == StepStatus.WAITING
        spend(engine, quarter, "50 000", QUARTER_ENDS[quarter - 1])
    assert step(engine, "payback").status == StepStatus.OPEN


def test_repayment_is_back_when_money_comes_after_what_was_spent_is_known(engine: Engine) -> None:
    open_terms(engine, instalments={1: 40_000_000})
    claim(engine, date(2025, 1, 20), 1)
    for quarter, one in enumerate(("200 000", "100 000", "0", "48 000"), start=1):
        spend(engine, quarter, one, QUARTER_ENDS[quarter - 1])
    answer(engine, "final-report", date(2026, 1, 20))
    approve(engine, date(2026, 1, 21), MANAGER)
    approve(engine, date(2026, 1, 22), SECRETARY)
    assert step(engine, "payback").status == StepStatus.SKIPPED  # nothing has been paid
    pay(engine, date(2026, 2, 10), 1)
    payback = step(engine, "payback")
    assert (payback.status, payback.repays_minor, payback.due_on) == ("open", 200_000, date(2026, 2, 21))
    assert payback.done_on is None


def test_grants_time_that_grows_brings_claims_of_its_own(engine: Engine) -> None:
    open_terms(engine, instalments={1: 40_000_000})
    longer = an_entry(
        programme=TERMS, dates={}, period_start_on=date(2025, 1, 1), period_end_on=date(2026, 3, 31)
    )
    open_grants(engine, longer, on=date(2025, 2, 1))
    assert step(engine, "claim-quarter-m13-m15").instalment == 7
    shorter = longer | {"period_end_on": date(2025, 9, 30)}
    open_grants(engine, shorter, on=date(2025, 2, 2))
    assert step(engine, "claim-quarter-m13-m15").status == StepStatus.CANCELLED
    assert [amount for _, amount in parts(engine)] == [350_000, None, None, None, 0, None, 0]


def item_of(engine: Engine, key: str, on: date) -> ItemView:
    """Return what a letter of the day's round says first of a step."""
    do_round(engine, on)
    wanted = step(engine, key).id
    letters = select(NOTICE.c.letter_id).where(NOTICE.c.step_id == wanted).order_by(NOTICE.c.letter_id)
    with reading(engine) as connection:
        ids = connection.execute(letters).scalars().all()
        letter, _ = make_letter(load_letters(connection, ids), ids[-1], on)
    assert letter is not None
    return next(one for one in letter.items if one.step_id == wanted)


def stakes(engine: Engine, key: str, on: date, language: str = "sv") -> tuple[str, ...]:
    """Return what the letters of the day's round, to someone who reads Swedish, say is at stake for a step."""
    item = item_of(engine, key, on)
    words = ItemWords(LetterTemplates(on), translator(language), item)
    return tuple(plain_spaces(said) for said in words.stakes())


def test_counted_day_off_is_a_question_that_a_person_answers(engine: Engine, tmp_path: Path) -> None:
    programme = tmp_path / "fixed-day.yaml"
    text = (_GOOD / "smallest.yaml").read_text(encoding="utf-8").replace("smallest", "fixed-day")
    assert "due: on 2011-01-20" in text
    programme.write_text(text.replace("on 2011-01-20", "115 days after grant_end"), encoding="utf-8")
    entry = an_entry(programme=str(programme), dates={}, period_start_on=date(2025, 1, 1))
    open_grants(engine, entry | {"period_end_on": date(2025, 12, 31)}, on=APPLIED)
    decide(engine, on=DECIDED, amount_minor=100_000)
    report = steps(engine)["final-report"]
    assert (report.due_on, report.receipt["readings"]) == (date(2026, 4, 25), ["2026-04-25", "2026-04-27"])
    assert report.two_readings_on == date(2026, 4, 25)
    assert in_words(report.receipt, "sv").warnings == (
        (
            "2026-04-25 är lördag, och regeln säger inte om dagen flyttas till 2026-04-27: den tidigare gäller, och"
            " den sista arbetsdagen dessförinnan är 2026-04-24"
        ),
    )
    asked, holds = date(2026, 4, 1), date(2026, 4, 27)
    with pytest.raises(BadInput, match="note: holds a personal identity number"):
        act(engine, ConfirmReading("REF-1", "final-report", holds, "811218-9876"), asked)
    moved = act(engine, ConfirmReading("REF-1", "final-report", holds, "Frågade bidragsgivaren"), asked)
    dates = [(one.name, one.after) for one in moved.changes if one.what is What.DATE]
    assert dates == [("final-report", "2026-04-27")]
    report = steps(engine)["final-report"]
    assert (report.due_on, report.two_readings_on) == (date(2026, 4, 27), None)
    assert not {"readings", "notes"} & set(report.receipt)


TWO_TEXTS = """\
programme: two-texts
title: two texts
source: the decision
currency: SEK
country: SE
days_off: next
steps:
  report: {each: quarter, due: either 30 days after period_end (the terms) or 45 days after period_end (the web)}
  final-report: {due: either 60 days after grant_end (the terms) or 90 days after grant_end (the web)}
  other: {due: either 50 days after grant_end (the letter) or 70 days after grant_end (the page)}
payments:
  whole: {share: 100 %}
"""


def test_reading_that_is_confirmed_holds_wherever_its_text_is_named(engine: Engine, tmp_path: Path) -> None:
    programme = tmp_path / "two-texts.yaml"
    programme.write_text(TWO_TEXTS, encoding="utf-8")
    entry = an_entry(programme=str(programme), dates={}, period_start_on=date(2025, 1, 1))
    open_grants(engine, entry | {"period_end_on": date(2025, 6, 30)}, on=APPLIED)
    decide(engine, on=DECIDED, amount_minor=100_000)
    first, asked = date(2025, 5, 15), date(2025, 4, 1)
    assert step(engine, "report-2025-q1").due_on == date(2025, 4, 30)
    moved = act(engine, ConfirmReading("REF-1", "report-2025-q1", first, "They said so"), asked)
    dates = {one.name: one.after for one in moved.changes if one.what is What.DATE}
    assert dates == {
        "report-2025-q1": "2025-05-15",
        "report-2025-q2": "2025-08-14",
        "final-report": "2025-09-29",
    }
    assert step(engine, "other").receipt["readings"] == ["2025-08-19", "2025-09-08"]
    with pytest.raises(Refused, match="report-2025-q1 can be read in one way only"):
        act(engine, ConfirmReading("REF-1", "report-2025-q1", first), asked)
    # Planned again, as on any change of the grant, it still holds.
    answer(engine, "report-2025-q1", date(2025, 5, 2))
    assert step(engine, "report-2025-q2").due_on == date(2025, 8, 14)


def test_letter_says_what_being_late_costs(engine: Engine) -> None:
    open_terms(engine, instalments={1: 40_000_000})
    due = step(engine, "final-report").due_on
    assert due == date(2026, 3, 31)
    assert stakes(engine, "final-report", due, "en")[-2:] == (
        "20 % of the grant (200,000 SEK) is lost if this is not done before 30 June.",
        "100 % of the grant (1,000,000 SEK) is lost if this is not done before 30 September.",
    )
    assert stakes(engine, "final-report", due)[-2] == (
        "20 % av bidraget (200 000 kronor) går förlorat om det här inte är gjort före den 30 juni."
    )


def test_late_report_puts_the_award_at_risk(engine: Engine) -> None:
    open_terms(engine, instalments={1: 40_000_000})
    claim(engine, date(2025, 1, 20), 1)
    pay(engine, date(2025, 2, 10), 1)
    (standing,) = portfolio(engine, date(2025, 3, 1))
    assert (
        standing.at_risk.amount_minor == 100_000_000
    )  # not the 650 000 that are unpaid: six months late lose all
    answer(engine, "final-report", date(2026, 1, 20))
    (standing,) = portfolio(engine, date(2026, 1, 20))
    assert standing.at_risk.amount_minor == 65_000_000


def test_page_and_letter_tell_of_money_whose_parts_nobody_knows_yet(engine: Engine) -> None:
    open_terms(engine)
    (standing,) = portfolio(engine, date(2025, 1, 15))
    assert {part.amount_minor for part in standing.instalments} == {None}
    assert standing.at_risk.amount_minor == 100_000_000
    assert stakes(engine, "claim-advance", date(2025, 1, 29)) == (
        "Del 1 betalas ut först när rekvisitionen är skickad.",
    )


def test_letter_of_a_claim_says_what_another_keeps(engine: Engine) -> None:
    open_terms(engine, instalments={1: 40_000_000})
    said = stakes(engine, "claim-advance", date(2025, 1, 29))[0]
    assert said.endswith("när rekvisitionen är skickad. Försäkring behåller 50 000 kronor till sista delen.")


def test_letter_of_what_only_a_claim_waits_for_says_which_money_it_holds(engine: Engine) -> None:
    """Of the step's own period, and of no other."""
    open_terms(engine, instalments={1: 40_000_000})
    assert stakes(engine, "activity-m1-m3", date(2025, 4, 30)) == (
        "Del 2 betalas ut först efter ”Rekvisition” månad 1–3.",
    )
    answer(engine, "activity-m1-m3", date(2025, 4, 30), data={"spent": "1"})
    assert stakes(engine, "activity-m4-m6", date(2025, 8, 1)) == (
        "Del 3 betalas ut först efter ”Rekvisition” månad 4–6.",
    )


def test_letter_of_a_repayment_says_how_much(engine: Engine) -> None:
    through(engine, "200 000", "100 000", "0", "48 000")
    assert stakes(engine, "payback", date(2026, 2, 20)) == (
        "2 000 kronor har betalats ut men inte använts och ska betalas tillbaka.",
    )
    # That is said of the claim in the same letter.
    assert item_of(engine, "claim-balance", date(2026, 2, 20)).unspent is not None
    assert item_of(engine, "payback", date(2026, 2, 20)).unspent is None


LAPSES = {"late": "lapses"}


def open_small(engine: Engine, folder: Path, claim: dict[str, Any], **steps: Any) -> None:
    """Open a decided grant under a programme of one claim, due on 15 December 2019, and these steps."""
    words = {"sv": "rekvisition", "en": "requisition"}
    body = {
        "programme": "small",
        "title": words,
        "source": "the decision",
        "currency": "SEK",
        "country": "SE",
        "steps": steps,
        "payments": {
            "whole": {"share": "100 %", "claim": {"title": words, "due": "on 2019-12-15", **claim}},
        },
    }
    path = folder / "small.yaml"
    path.write_text(json.dumps(body), encoding="utf-8")
    entry = an_entry(programme=str(path), dates={}, period_start_on=None, period_end_on=None)
    open_grants(engine, entry, on=date(2019, 1, 2))
    decide(engine, on=date(2019, 2, 1), amount_minor=10_000_000)


def test_letter_says_that_the_right_to_the_money_lapses(engine: Engine, tmp_path: Path) -> None:
    open_small(engine, tmp_path, LAPSES)
    assert stakes(engine, "claim-whole", date(2019, 12, 13), "en") == (
        "The right to 100,000 SEK lapses after 15 December.",
    )
    assert stakes(engine, "claim-whole", date(2019, 12, 16)) == (
        "Rätten till 100 000 kronor upphörde efter den 15 december, om inte Länsstyrelsen ändå godtar rekvisitionen.",
    )


def test_programmes_own_stake_stands_in_place_of_what_being_late_costs(
    engine: Engine, tmp_path: Path
) -> None:
    own = {"sv": "Kontot stängs.", "en": "The account closes."}
    open_small(engine, tmp_path, {"stake": own, "late": {"1 days": "100 %"}})
    assert stakes(engine, "claim-whole", date(2019, 12, 13)) == ("Kontot stängs.",)


def test_letter_holds_the_only_claim_to_what_is_spent_as_the_claim_itself_is(
    engine: Engine, tmp_path: Path
) -> None:
    report = {"due": "on 2019-11-15", "questions": {"spent": "money"}}
    open_small(engine, tmp_path, {}, report=report)
    answer(engine, "report", date(2019, 11, 15), data={"spent": "72 000"})
    item = item_of(engine, "claim-whole", date(2019, 12, 13))
    assert (item.over_minor, item.part and item.part.last) == (2_800_000, False)
    with pytest.raises(BadInput, match="more than is reported as spent"):
        claim(engine, date(2019, 12, 13), 1)
