"""Money that comes in parts: the payment is waited for until all of it came, or somebody says that no more comes."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from deployments.cli.context import part_text
from deployments.portal.grant.journal import word_events
from deployments.portal.grant.money import part_line
from deployments.portal.grant.page_facts import load_grant_rows
from models.errors import BadInput
from models.tables.money import Payment
from models.vocabulary import AnswerKind, StepStatus
from tasks.overview.grants import portfolio
from tasks.store.database import reading
from tasks.words.money import word_money
from tasks.words.translator import translator
from tests.database_kinds import on_both
from tests.grant_scenes import (
    CONTROLLER,
    OWNER,
    ZONE,
    a_grant_that_was,
    answer,
    do_round,
    grant,
    parts,
    pay,
    refused,
    rows,
    steps,
    told,
)
from tests.portal_scenes import part_words


@on_both
def test_payment_is_waited_for_until_all_of_it_has_come(engine: Engine) -> None:
    """Four fifths come, and the rest is expected later than it was due: the step stays open, with its ladder."""
    a_grant_that_was(engine, "first claimed")
    pay(engine, date(2009, 12, 11), 1, amount_minor=32_000_000)
    later: dict[str, Any] = {"note": "Enligt telefon", "expected_on": date(2010, 1, 20)}
    answer(engine, "payment-advance", date(2009, 12, 11), kind=AnswerKind.NOT_YET, **later)
    payment = steps(engine)["payment-advance"]
    assert (payment.status, payment.expected_on) == (StepStatus.OPEN, date(2010, 1, 20))
    assert payment.next_action_on is not None
    (row,) = portfolio(engine, date(2009, 12, 14))
    assert (row.next_step, row.at_risk.amount_minor) == ("payment-advance", 18_000_000)
    said = "paid 320,000 SEK of 400,000 SEK, 80,000 SEK missing, expected on 2010-01-20"
    assert part_text(row.instalments[0]) == said
    worded = " ".join(word_money(translator("sv"), "part", row.instalments[0]).split())
    assert worded == "Utbetalt 320 000 kr av 400 000 kr, 80 000 kr saknas, väntas 20 januari 2010"
    do_round(engine, date(2009, 12, 21))
    assert "payment-advance" in {step for step, *_ in told(engine, "reminder", "escalation")}
    pay(engine, date(2010, 1, 19), 1)
    payment = steps(engine)["payment-advance"]
    assert (payment.status, payment.done_on) == (StepStatus.DONE, date(2010, 1, 19))


def test_grant_is_not_closed_while_money_is_waited_for(engine: Engine) -> None:
    """The funder does not accept a cost: the grant waits until somebody says so, and what is lost is not at risk."""
    a_grant_that_was(engine, "last claimed")
    pay(engine, date(2011, 3, 22), 2, amount_minor=8_000_000)
    assert steps(engine)["close"].status is StepStatus.WAITING
    pay(engine, date(2011, 3, 24), 2, CONTROLLER, no_more_why="En kostnad godtogs inte")
    found = steps(engine)
    assert (found["payment-balance"].status, found["payment-balance"].done_on) == ("done", date(2011, 3, 24))
    assert found["close"].status is StepStatus.OPEN
    (row,) = portfolio(engine, date(2011, 3, 24))
    assert row.at_risk.amount_minor == 0
    said = "paid 80,000 SEK of 100,000 SEK, 20,000 SEK does not come: En kostnad godtogs inte"
    assert part_text(row.instalments[1]) == said
    assert [row.amount_minor for row in rows(engine, Payment)] == [40_000_000, 8_000_000]
    assert told(engine, "paid") == [("payment-balance", "no-more-2-8000000", OWNER)]
    with reading(engine) as connection:
        grant_rows = load_grant_rows(connection, "REF-1", date(2011, 3, 24), ZONE)
        assert grant_rows is not None
        line = part_line(translator("en"), grant_rows, grant_rows.record.instalments[1])
        events = [
            one
            for day in word_events(translator("en"), grant_rows, date(2011, 3, 24))
            for one in day.sentences
        ]
    _, facts = part_words(line, date(2011, 3, 24))
    assert (line.look, facts[-1]) == ("done", "No more comes: En kostnad godtogs inte")
    lost = "No more comes of part 2 of the grant: 20,000 SEK is lost. En kostnad godtogs inte"
    assert lost in [one.replace("\N{NO-BREAK SPACE}", " ") for one in events]
    answer(engine, "close", date(2011, 3, 29))
    assert grant(engine).status == "closed"


def test_rest_that_was_given_up_can_come_after_all(engine: Engine) -> None:
    a_grant_that_was(engine, "last claimed")
    pay(engine, date(2011, 3, 22), 2, amount_minor=8_000_000, no_more_why="En kostnad godtogs inte")
    answer(engine, "close", date(2011, 3, 29))
    pay(engine, date(2011, 5, 2), 2)
    assert parts(engine)[1].no_more_why is None
    assert (grant(engine).status, parts(engine)[1].paid_minor) == ("closed", 10_000_000)


@pytest.mark.parametrize(
    ("amount", "rest", "says"),
    [
        (1, {"no_more_why": "Till 811218-9876"}, "reason: holds a personal identity number"),
        (0, {}, "0 SEK is no payment: say when it is expected"),
    ],
)
def test_rest_that_cannot_be_is_refused(sqlite: Engine, amount: int, rest: dict[str, Any], says: str) -> None:
    a_grant_that_was(sqlite, "first claimed")
    with refused(sqlite, BadInput, says):
        pay(sqlite, date(2009, 12, 11), 1, amount_minor=amount, **rest)
