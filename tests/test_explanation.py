"""Explain why a step is due when it is, and what a round would do: the same as the round does."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Engine

from tasks.explanation import explain_step
from tasks.post_office import PostOffice, deliver
from tasks.smtp import CaptureRoute
from tests.grant_scenes import OWNER, a_grant_that_was, at, do_round
from tests.letter_scenes import PRESS

QUARTER_DUE = date(2010, 4, 30)


def test_explanation_names_date_rule_and_whom_a_round_tells(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    said = explain_step(engine, "REF-1", "follow-up-2010-q1", date(2010, 4, 23))
    assert said.sentences[0] == "follow-up-2010-q1 of REF-1 is due on Friday 2010-04-30."
    assert said.data["reason"] == "rung_reached"
    assert (said.data["rung"], said.data["tell"]) == ("7-days-before", [OWNER])
    assert do_round(engine, date(2010, 4, 23)).reminded == 1
    after = explain_step(engine, "REF-1", "follow-up-2010-q1", date(2010, 4, 23))
    assert (after.data["rung"], after.data["reason"]) == (None, "already_told")


def test_explanation_after_the_days_letter_has_left_says_the_next_working_day(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    on = date(2010, 4, 16)
    do_round(engine, on)
    deliver(engine, PostOffice(CaptureRoute(), PRESS), lambda: at(on) + timedelta(hours=2))
    a_grant_that_was(engine, "first paid", "REF-2")
    said = explain_step(engine, "REF-2", "follow-up-2010-q1", on)
    assert (said.data["reason"], said.data["tell"]) == ("letter_gone", [])
    assert do_round(engine, on).letters == 0
