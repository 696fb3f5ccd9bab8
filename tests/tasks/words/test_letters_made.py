"""What letters say of facts that are made here: of money, of whose a task is, and of several things at once."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from models.facts.letter import Contact, GrantView, ItemView, LetterRow, LetterView, MoneyPart, StepName, Task
from models.facts.notice import AwayReason, NoticeView, StandIn
from models.vocabulary import LetterKind, NoticeKind, StepKind
from tasks.words.letters import word_letter
from tasks.words.templates import LetterTemplates

TODAY, NOW = date(2026, 3, 10), datetime(2026, 3, 10, 6, tzinfo=UTC)
GRANT = GrantView("SN 2026/1", "Familjestöd", "Länsstyrelsen", "Socialnämnden")
CLAIM = ItemView(
    step_id=1,
    step_version=1,
    name=StepName("rekvisition av sista delen", StepKind.CLAIM, definite="rekvisitionen av sista delen"),
    todo="Skicka rekvisitionen.",
    due_on=date(2026, 3, 20),
    open=True,
    late_after=date(2026, 3, 20),
    with_funder=False,
    mine=True,
    owner="Anna Ek",
    owner_since_on=None,
    grant=GRANT,
    notices=(NoticeView(NoticeKind.REMINDER),),
    why=None,
    task=Task.CLAIM,
    part=MoneyPart(2, True, 10_000_000, "SEK"),
)
LATE = replace(
    CLAIM, due_on=date(2026, 3, 9), late_after=date(2026, 3, 9), notices=(NoticeView(NoticeKind.ESCALATION),)
)
PAYMENT = replace(
    LATE,
    name=StepName("utbetalning av sista delen", StepKind.PAYMENT),
    task=Task.AWAITED,
    with_funder=True,
    mine=False,
)


def told(*items: ItemView, language: str = "sv", today: date = TODAY) -> str:
    """Return the subject and what the letter says, as one line with ordinary spaces."""
    row = LetterRow(1, LetterKind.TASKS, 1, today, NOW, "key", "id", "Bo Ek", "bo@example.org", language)
    said = word_letter(
        LetterView(row, today, items), "https://grants.example.org/t/x", LetterTemplates(today)
    )
    details = (text for _, text in said.details)
    parts = (
        said.subject,
        said.lead,
        said.day,
        said.grant,
        *said.paragraphs,
        *said.lines,
        *details,
        said.button,
        said.small_print,
    )
    return " | ".join(filter(None, parts)).replace("\xa0", " ")


def test_letter_that_says_to_ring_says_whom_and_on_which_number() -> None:
    known = replace(GRANT, contact=Contact("Eva Sandell", "08-465 004 12", "eva@example.org"))
    awaited = replace(PAYMENT, mine=True, grant=known)
    assert "Ring Eva Sandell (08-465 004 12) i dag och registrera svaret eller den nya dagen." in told(
        awaited
    )
    by_mail = replace(GRANT, contact=Contact("Eva Sandell", "", "eva@example.org"))
    assert "Skriv till Eva Sandell (eva@example.org) i dag" in told(replace(awaited, grant=by_mail))
    assert "Ring Länsstyrelsen i dag" in told(replace(awaited, grant=GRANT))
    colleague = replace(LATE, mine=False, owner_phone="08-465 004 30", reminders=1, reminded_on=TODAY)
    assert "Anna Ek (08-465 004 30) har uppgiften." in told(colleague)


def test_claim_that_brings_too_much_is_first_of_all_a_choice() -> None:
    said = told(replace(CLAIM, over_minor=8_000_000))
    assert said.startswith(
        "Välj före rekvisitionen av 100 000 kr, senast 20 mars – Familjestöd | Rekvirera inte sista delen"
    )
    assert "80 000 kronor mer än vi har använt. Välj: rekvirera mindre" in said
    assert "Rekvisitionen är ifylld" not in said
    assert "| Välj hur vi gör |" in said


@pytest.mark.parametrize(
    ("mine", "expected"),
    [(True, "Välj först: rekvirera mindre"), (False, "så Anna Ek behöver först välja hur vi gör")],
)
def test_late_claim_that_brings_too_much_says_what_stands_in_its_way(mine: bool, expected: str) -> None:
    assert expected in told(replace(LATE, mine=mine, over_minor=8_000_000))


def test_manager_is_told_what_the_funder_owes_and_who_follows_it() -> None:
    other = replace(PAYMENT, grant=replace(GRANT, reference="SN 2026/2", title="Jourtelefonen"))
    said = told(PAYMENT, other)
    assert said.startswith(
        "Två uppgifter är försenade | Två uppgifter är försenade: | Utbetalningen av sista delen"
    )
    assert (
        "från Länsstyrelsen, Jourtelefonen (SN 2026/2) – skulle ha kommit den 9 mars, Anna Ek bevakar" in said
    )
    assert "| Visa uppgifterna |" in said


def test_own_tasks_and_others_are_counted_apart() -> None:
    said = told(LATE, CLAIM, replace(LATE, mine=False))
    assert said.startswith(
        "Två uppgifter, och en hos någon annan är försenad | Du har två uppgifter, och en hos"
    )


def test_late_ones_and_those_of_one_day_are_said_in_the_subject() -> None:
    assert told(LATE, LATE, CLAIM).startswith("Tre uppgifter – två är försenade |")
    assert told(LATE, replace(LATE, mine=False)).startswith("En försenad uppgift, och en hos någon annan är")
    assert told(LATE, LATE).startswith("Två försenade uppgifter |")
    assert told(CLAIM, CLAIM).startswith("Två uppgifter – senast 20 mars |")


def test_part_of_a_payment_names_what_is_missing_once() -> None:
    said = told(replace(PAYMENT, mine=True, came_minor=7_500_000))
    assert said.startswith(
        "25 000 kr saknas från Länsstyrelsen – Familjestöd | 75 000 kronor av 100 000 kronor har kommit"
    )
    assert said.count("100 000 kronor") == 1


def test_deputy_reads_once_for_whom_all_the_tasks_are() -> None:
    away = StandIn("Anna Ek", AwayReason.AWAY, date(2026, 4, 2))
    notices = (NoticeView(NoticeKind.STAND_IN, stand_in=away),)
    said = told(replace(CLAIM, notices=notices), replace(CLAIM, notices=notices, due_on=date(2026, 3, 25)))
    assert said.count("Du får det här för att du ersätter Anna Ek, som är borta till och med") == 1
    assert said.index("ersätter Anna Ek") < said.index("Du har två uppgifter")


REMINDED = [
    pytest.param(Task.SEND, True, id="a report to the funder"),
    pytest.param(Task.SEND, False, id="a report on a day of ours"),
    pytest.param(Task.FOLLOW_UP, False, id="a follow-up"),
    pytest.param(Task.FOLLOW_UP, True, id="a follow-up to the funder"),
    pytest.param(Task.DRAFT, False, id="a draft"),
    pytest.param(Task.APPLICATION, True, id="an application"),
    pytest.param(Task.CLAIM, False, id="a claim"),
    pytest.param(Task.READ, False, id="a draft to read"),
    pytest.param(Task.REPAY, False, id="a repayment"),
    pytest.param(Task.CLOSE, False, id="a closing"),
    pytest.param(Task.OTHER, False, id="a task of no sort"),
]


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize(("task", "to_funder"), REMINDED)
def test_no_reminder_of_a_series_repeats_another(task: Task, to_funder: bool, language: str) -> None:
    day, last = date(2026, 3, 20), replace(CLAIM, task=task, to_funder=to_funder, part=None)
    series = []
    for number, left in enumerate((30, 14, 7, 1, 0, -1, -6)):
        before = day - timedelta(left + 3) if number else None
        kind = NoticeKind.ESCALATION if left < 0 else NoticeKind.REMINDER
        item = replace(last, reminders=number, reminded_on=before, notices=(NoticeView(kind),))
        series.append(told(item, language=language, today=day - timedelta(left)))
    assert len(set(series)) == len(series)
    assert [said.count("20 mars" if language == "sv" else "20 March") for said in series] == [2] * 7
