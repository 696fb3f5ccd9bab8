"""Explain why a step is due when it is, and what a round would do: the same as the round does."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from models.programme.language.parser import read_rule
from models.rules.notices.ladder import Reason
from tasks.outbox.deliver import deliver
from tasks.overview.explanation import Explanation, explain_step
from tasks.store.database import transaction
from tasks.words.receipts import RoundFact
from tasks.words.templates import words_of
from tests.grant_scenes import (
    OWNER,
    SECRETARY,
    STEP,
    a_grant_that_was,
    a_staff,
    an_entry,
    at,
    decide,
    do_round,
    open_grants,
    play,
)
from tests.letter_scenes import SETTINGS


@pytest.fixture
def engine_kind() -> str:
    """Its queries are those of rounds, which are held on both."""
    return "sqlite"


def test_explanation_names_date_rule_and_whom_a_round_tells(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    said = explain_step(engine, "REF-1", "follow-up-2010-q1", date(2010, 4, 23))
    assert said.sentences[0] == (
        "Follow-up, quarter 1 2010 (follow-up-2010-q1) of REF-1 is due on Friday 30 April 2010, in 7 days."
    )
    assert said.data["reason"] == "rung_reached"
    assert (said.data["rung"], said.data["tell"]) == ("7-days-before", [OWNER])
    assert do_round(engine, date(2010, 4, 23)).reminded == 1
    after = explain_step(engine, "REF-1", "follow-up-2010-q1", date(2010, 4, 23))
    assert (after.data["rung"], after.data["reason"]) == (None, "already_told")


def test_explanation_after_the_days_letter_has_left_says_the_next_working_day(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    on = date(2010, 4, 16)
    do_round(engine, on)
    deliver(engine, SETTINGS, lambda: at(on) + timedelta(hours=2))
    a_grant_that_was(engine, "first paid", "REF-2")
    said = explain_step(engine, "REF-2", "follow-up-2010-q1", on)
    assert (said.data["reason"], said.data["tell"]) == ("letter_gone", [])
    assert do_round(engine, on).letters == 0


@pytest.mark.parametrize("why", ["nobody has it", "its owner is away and nobody stands in"])
def test_explanation_says_that_nobody_can_be_reached_as_the_round_finds(engine: Engine, why: str) -> None:
    on = date(2010, 4, 23)
    away = {"absences": [{"first": on, "last": on}], "deputy": None, "manager": None}
    open_grants(
        engine,
        an_entry(roles={"coordinator": OWNER, "committee": SECRETARY}),
        people=a_staff(coordinator=away),
    )
    play(engine, "first paid")
    if why == "nobody has it":
        with transaction(engine) as connection:
            connection.execute(update(STEP).where(STEP.c.key == "follow-up-2010-q1").values(owner_id=None))
    said = explain_step(engine, "REF-1", "follow-up-2010-q1", on)
    assert (said.data["reason"], said.data["rung"], said.data["tell"]) == ("nobody_reachable", None, [])
    assert said.sentences[-2] == (
        "A round on Friday 23 April 2010 sends no letter: nobody whom it should tell can be reached."
    )
    assert do_round(engine, on).letters == 0


def test_explanation_promises_no_letter_on_a_day_off_of_the_office(engine: Engine) -> None:
    """A programme's country works on the day, and the office's does not: its round sends nothing."""
    a_grant_that_was(engine, "first paid")
    on = date(2010, 4, 23)
    assert explain_step(engine, "REF-1", "follow-up-2010-q1", on).data["rung"] is not None
    said = explain_step(engine, "REF-1", "follow-up-2010-q1", on, country="TR")
    assert (said.data["reason"], said.data["rung"], said.data["tell"]) == ("not_a_working_day", None, [])
    assert said.sentences[-2:] == (
        "A round on Friday 23 April 2010 sends no letter: offices are closed on the day.",
        "The next look is on Monday 26 April 2010 (7 days before the due date).",
    )


def test_explanation_reads_like_a_colleague_in_both_languages(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    do_round(engine, date(2010, 4, 23))
    assert explain_step(engine, "REF-1", "follow-up-2010-q1", date(2010, 4, 26)).sentences == (
        "Follow-up, quarter 1 2010 (follow-up-2010-q1) of REF-1 is due on Friday 30 April 2010, in 4 days.",
        "The rule: 1 month after the end of the period.",
        "Counted: 31 March + 1 month = 30 April.",
        "This is our own choice.",
        f"Coordinator <{OWNER}> has it since 1 September 2009.",
        f"23 April 2010: Coordinator <{OWNER}> was told (7 days before the due date); the letter waits to leave.",
        "A round on Monday 26 April 2010 sends no letter: the day of the next letter about it has not come.",
        "The next look is on Thursday 29 April 2010 (1 day before the due date).",
    )
    swedish = explain_step(engine, "REF-1", "follow-up-2010-q1", date(2010, 4, 26), "sv").sentences
    assert swedish[3] == "Det är vårt eget val."
    assert explain_step(engine, "REF-1", "close", date(2010, 4, 26), "sv").sentences == (
        (
            "Avslut (close) i REF-1 har inget datum än, utan väntar på att steget ”utbetalning av sista delen” "
            "är klart; senast 20 april 2011, om det sker i tid."
        ),
        "Regeln är: 14 dagar efter att steget ”utbetalning av sista delen” är klart.",
        f"Det ligger hos Coordinator <{OWNER}> sedan 1 september 2009.",
        "Det kan besvaras när detta är klart: utbetalning av sista delen (payment-balance).",
        "Ingen har fått besked om det.",
        "Dagens genomgång måndag 26 april 2010 skickar inget mejl: det har inget datum än.",
    )


PRICED = """\
programme: priced
title: {sv: Prov, en: Trial}
source: the terms
currency: SEK
country: SE
days_off: stays
steps:
  final-report:
    due: either 90 days after grant_end (the terms) or 3 months after grant_end (the page)
    approval: {by: funder, due: end of the 9th month after grant_end (5)}
    late: {1 month: 10 %, 3 months: 100 %}
payments:
  first: {share: 50 %, claim: {due: 6 months after decision (2), late: lapses}}
  rest: {share: rest, needs: final-report.approved, claim: {due: 2 months after grant_end (3)}}
examples:
  - award: {decision: 2026-02-02, start: 2026-03-01, end: 2026-12-31, sum: 90 000}
    gives: {final-report: 2027-03-31}
    source: counted by hand
"""


def test_explanation_names_each_text_the_price_of_being_late_and_what_is_waited_for(
    sqlite: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "priced.yaml"
    path.write_text(PRICED, encoding="utf-8")
    open_grants(sqlite, an_entry(programme=str(path), period_end_on=date(2010, 9, 30)))
    decide(sqlite, amount_minor=10_000_000)

    def explained(step: str, on: date = date(2010, 5, 1), language: str = "en") -> Explanation:
        return explain_step(sqlite, "REF-1", step, on, language)

    report = explained("final-report")
    assert (
        "The rule: it is read in more than one way: 90 days after the end of the grant (the terms);"
        " 3 months after the end of the grant (the page)."
    ) in report.sentences
    assert not [one for one in report.sentences if one.startswith("It is written in")]
    lost = "10 % of the grant (10,000 SEK) is lost if this is not done before 29 January 2011."
    assert lost in report.sentences
    assert report.data["late"] == [
        {"from_on": "2011-01-29", "share": "10 %", "amount_minor": 1_000_000},
        {"from_on": "2011-03-29", "share": "100 %", "amount_minor": 10_000_000},
    ]
    assert report.data["receipt"]["sources"] == {"the terms": "2010-12-29", "the page": "2010-12-30"}
    late = explained("final-report", date(2011, 2, 2))
    assert "10 % of the grant (10,000 SEK) has been lost since 29 January, as this is late." in late.sentences
    assert "Rätten till pengarna upphör efter den 5 maj." in explained("claim-first", language="sv").sentences
    claim = explained("claim-rest")
    assert claim.data["waits_for"] == ["final-report-approval"]
    assert (
        "It can be answered once this is done: the funder's approval of the final report (final-report-approval)."
        in claim.sentences
    )


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_of_a_round_has_words(reason: Reason, language: str) -> None:
    told = {"today": date(2010, 4, 26), "titles": {}, "bodies": {}, "place": "SE"}
    words = words_of(language, "explanations/step.j2", **told)
    said = words.round(RoundFact(date(2010, 4, 26), reason, None, ()))
    assert said.strip().endswith(".")
    assert words.reason(RoundFact(date(2010, 4, 26), reason, None, ())) not in ("", str(reason))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("14 days after draft", "14 days after “first draft”"),
        ("14 days after report.draft", "14 days after the last day for the draft of “report”"),
    ],
)
def test_step_that_is_called_draft_is_no_day_before_a_meeting(rule: str, said: str) -> None:
    titles = {"draft": "first draft", "report": "report"}
    words = words_of("en", "explanations/receipt.j2", titles=titles, bodies={}, place="SE", days_as_iso=True)
    assert " ".join(str(words.rule(read_rule(rule))).split()) == said
