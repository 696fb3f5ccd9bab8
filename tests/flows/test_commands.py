"""Run the commands that Prefect's interface offers as forms."""

from datetime import date
from typing import Any

from sqlalchemy import Engine, text

from flows.admin_commands import (
    add_a_meeting,
    approve_a_final_report,
    confirm_a_reading,
    confirm_an_import,
    extend_a_step,
    record_a_decision,
    release_an_instalment,
    return_a_final_report,
)
from models.commands.steps import Withdraw
from tasks.store.database import reading, transaction
from tests.flows.runs import TODAY, ended
from tests.grant_scenes import act


def instalment_of(engine: Engine, reference: str, number: int) -> dict[str, Any]:
    query = 'SELECT i.* FROM instalment i JOIN "grant" g ON g.id = i.grant_id WHERE reference = :r AND number = :n'
    with reading(engine) as connection:
        return dict(connection.execute(text(query), {"r": reference, "n": number}).mappings().one())


def test_release_by_form_is_the_first_of_two_and_never_the_second(sample: Engine) -> None:
    asked = ended(release_an_instalment("SN-010", "Del 2", "coordinator", return_state=True))
    assert asked == ("Completed", "SN-010: bekräftelsen av del 2 är begärd; en andra person måste bekräfta.")
    for role in ("coordinator", "controller"):
        name, message = ended(release_an_instalment("SN-010", "Del 2", role, return_state=True))
        assert (name, message[:38]) == ("Refused", "Villkoret för delen kan inte bekräftas")
    row = instalment_of(sample, "SN-010", 2)
    assert (row["status"], row["confirmed_by_id"]) == ("releasable", None)


def test_release_by_form_is_refused_before_the_condition_is_met(sample: Engine) -> None:
    name, message = ended(release_an_instalment("SN-009", "Del 2", "controller", return_state=True))
    assert name == "Refused"
    assert message.endswith("villkoret är inte godkänt: bidragsgivarens godkännande av slutrapporten")
    assert instalment_of(sample, "SN-009", 2)["requested_by_id"] is None


def test_final_report_is_approved_by_form_where_no_money_goes_by_it(sample: Engine) -> None:
    name, message = ended(approve_a_final_report("SN-009", "funder", "coordinator", return_state=True))
    assert (name, "Logga in i portalen" in message) == ("Refused", True)
    assert instalment_of(sample, "SN-009", 2)["status"] == "withheld"
    act(sample, Withdraw("SN-007", "draft-approval", "Fel."), TODAY, "committee.secretary@example.org")
    said = ended(approve_a_final_report("SN-007", "committee", "committee", return_state=True))
    assert said == ("Completed", "SN-007: slutrapporten är godkänd.")


def test_final_report_is_returned_by_form_with_a_reason(sample: Engine) -> None:
    name, message = ended(return_a_final_report("SN-009", "funder", "coordinator", "  ", return_state=True))
    assert (name, "skriv varför" in message) == ("Refused", True)
    said = ended(return_a_final_report("SN-009", "funder", "coordinator", "table 3", return_state=True))
    assert said == ("Completed", "SN-009: slutrapporten är tillbakaskickad.")


def test_step_is_extended_by_form(sample: Engine) -> None:
    said = ended(
        extend_a_step(
            "SN-007",
            "Slutrapport",
            date(2099, 11, 2),
            "agreed",
            "enhetschefen",
            paper="851-1",
            return_state=True,
        )
    )
    assert said[0] == "Completed"
    assert "slutrapport från 2010-09-30 till 2099-11-02" in said[1]


def test_decision_is_recorded_and_corrected_by_form(sample: Engine) -> None:
    for amount, again, said, minor in (
        ("500 000", None, "SN-002: registrerat: Bidrag beviljat, 7 oktober 2010.", 40_000_000),
        ("600 000", date(2010, 10, 7), "rättat", 48_000_000),
    ):
        run = record_a_decision(
            "SN-002",
            "award",
            date(2010, 10, 7),
            "coordinator",
            amount=amount,
            final_report_on=date(2011, 10, 20),
            recorded_on=again,
            return_state=True,
        )
        name, message = ended(run)
        assert (name, message[:8]) == ("Completed", "SN-002: ")
        assert said in message
        assert instalment_of(sample, "SN-002", 1)["amount_minor"] == minor


def test_bad_input_to_a_form_fails_in_one_line(sample: Engine) -> None:
    for grant, amount, why in (
        ("SN-002", "five", "”five” är inget tal"),
        ("SN-999", "5", "Det finns inget bidrag med det numret"),
        ("SN-003", "5", "bidraget är redan beviljat"),
    ):
        run = record_a_decision(
            grant, "award", date(2010, 10, 7), "coordinator", amount=amount, return_state=True
        )
        name, message = ended(run)
        assert (name, why in message, len(message.splitlines())) == ("Refused", True, 1)
    assert instalment_of(sample, "SN-002", 1)["amount_minor"] is None


def test_role_that_nobody_holds_is_refused(sample: Engine) -> None:
    with transaction(sample) as connection:
        connection.execute(text("DELETE FROM grant_role WHERE role = 'controller'"))
    name, message = ended(approve_a_final_report("SN-009", "funder", "controller", return_state=True))
    assert (name, "i SN-009; det har: " in message) == ("Refused", True)


def test_step_is_offered_by_what_the_overview_calls_it(sample: Engine) -> None:
    run = extend_a_step("SN-007", "slutraport", date(2099, 11, 2), "agreed", "coordinator", return_state=True)
    name, message = ended(run)
    assert name == "Refused"
    assert "Slutrapport" in message.partition("där finns: ")[2]


def test_meeting_is_entered_and_an_import_confirmed_by_form(sample: Engine) -> None:
    run = add_a_meeting("SN-007", date(2010, 12, 9), "coordinator", return_state=True)
    assert ended(run) == ("Completed", "Sammanträdet den 9 december 2010 är inlagt.")
    with transaction(sample) as connection:
        connection.execute(text("UPDATE \"grant\" SET quiet = true WHERE reference = 'SN-007'"))
    for expected in ("Completed", "Refused"):
        assert ended(confirm_an_import("SN-007", "coordinator", return_state=True))[0] == expected
    run = confirm_a_reading("SN-007", "Slutrapport", date(2010, 10, 1), "coordinator", return_state=True)
    assert ended(run)[0] == "Refused"  # it can be read in one way only
