"""What letters say of facts that are made here: of money, of whose a task is, and of several things at once."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from models.facts.letter import (
    Contact,
    GrantView,
    ItemView,
    LetterRow,
    LetterView,
    MoneyPart,
    Stake,
    Statement,
    StepName,
    Task,
)
from models.facts.notice import AwayReason, NoticeView, StandIn
from models.vocabulary import LetterKind, NoticeKind, StepKind
from tasks.words.letters import word_letter
from tasks.words.templates import LetterTemplates, word_from, words_module
from tests.letter_lengths import count_words

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
    others = (text for heading, lines in said.others for text in (heading, *lines))
    whole = (
        text
        for one in said.due_today
        for text in (one.covers, one.lead, one.day, one.grant, *one.paragraphs, *one.lines, one.button)
    )
    parts = (
        said.subject,
        said.covers,
        said.lead,
        said.day,
        said.grant,
        *said.paragraphs,
        *said.lines,
        said.button,
        *whole,
        *others,
        said.all_button,
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
        "Dröjer: utbetalningen av sista delen – Familjestöd, och en till | Utbetalningen av"
    )
    assert (
        "| Väntas också från bidragsgivaren: | Utbetalningen av sista delen, Jourtelefonen – "
        "9 mars, Anna Ek bevakar | Öppna mina uppgifter |" in said
    )
    assert "försenad" not in said


def test_letter_of_several_is_whole_about_the_first_and_has_the_rest_by_whose_they_are() -> None:
    colleague = replace(LATE, mine=False, owner="Olle Dahl")
    news = replace(CLAIM, notices=(NoticeView(NoticeKind.PAID, amount_minor=10_000_000, currency="SEK"),))
    items = (CLAIM, replace(CLAIM, due_on=date(2026, 4, 1)), colleague, replace(PAYMENT, mine=True), news)
    said, alone = told(*items), told(CLAIM)
    first = alone.partition(" | ")[2].rpartition(" | ")[0]
    assert said.startswith(f"Rekvirera 100 000 kr senast 20 mars – Familjestöd, och fyra till | {first} | ")
    assert said.partition(first)[2].split(" | ")[1:-1] == [
        "Därefter:",
        "Rekvirera 100 000 kr – 1 april",
        "Försenat hos andra:",
        "Rekvisitionen av sista delen – 9 mars, Olle Dahl",
        "Väntas från bidragsgivaren:",
        "Utbetalningen av sista delen – 9 mars",
        "För kännedom:",
        "100 000 kr har kommit från Länsstyrelsen",
        "Öppna mina uppgifter",
    ]


def test_what_is_due_today_is_whole_below_a_task_that_is_taken_over() -> None:
    taken = (NoticeView(NoticeKind.HANDED_OVER, by="Karin Holm", from_name="Olle Dahl"), *LATE.notices)
    over = replace(LATE, notices=taken, grant=replace(GRANT, reference="SN 2026/2", title="Jourtelefonen"))
    said = told(over, replace(CLAIM, due_on=TODAY), replace(CLAIM, due_on=date(2026, 3, 12)))
    assert said.startswith(
        "Du tar över rekvisitionen av sista delen, försenat, sista dag 9 mars – Jourtelefonen, och två till | "
        "Du har tagit över rekvisitionen av sista delen efter Olle Dahl. Sista dag var: | Måndag 9 mars | "
        "Jourtelefonen (SN 2026/2) | Karin Holm lämnade över uppgiften. "
    )
    assert (
        "| Öppna rekvisitionen | Rekvirera sista delen, 100 000 kronor, hos Länsstyrelsen senast: | Tisdag 10 mars | "
        "Familjestöd (SN 2026/1) | I dag är sista dag. " in said
    )
    assert "| Öppna rekvisitionen | Därefter: | Rekvirera 100 000 kr, Familjestöd – 12 mars |" in said


def test_who_expects_to_be_done_after_the_funders_day_sees_what_can_be_lost() -> None:
    stake = Stake(9_500_000, "SEK", instalment=2)
    sent = replace(CLAIM, task=Task.SEND, to_funder=True, stakes=(stake,), part=None)
    words = words_module("sv", "card", TODAY)
    assert word_from(words, "past_funders_day", sent, date(2026, 3, 20)) == ""
    assert word_from(words, "past_funders_day", sent, date(2026, 3, 21)).replace("\xa0", " ") == (
        "Det är efter sista dagen hos Länsstyrelsen, den 20 mars, som gäller om vi inte får anstånd. "
        "Efter den dagen kan 95 000 kronor förloras."
    )
    late = replace(sent, not_yet=Statement("Anna Ek", TODAY, date(2026, 3, 27), ""))
    said = told(late, today=date(2026, 3, 17))
    assert "Du har sagt den 27 mars, efter sista dagen: ring Länsstyrelsen" in said


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
    assert said.count("Anna Ek") == 1
    assert said.index("ersätter Anna Ek, som är borta till och med") < said.index("Rekvirera sista delen")


def test_deputy_reads_of_each_task_for_whom_it_is_where_they_differ() -> None:
    away = StandIn("Olle Dahl", AwayReason.AWAY, date(2026, 4, 2))
    covered = replace(CLAIM, notices=(NoticeView(NoticeKind.STAND_IN, stand_in=away),))
    assert "| Rekvirera 100 000 kr (för Olle Dahl, som är borta) – 20 mars |" in told(CLAIM, covered)
    gone = replace(away, reason=AwayReason.LEFT)
    left = replace(covered, notices=(NoticeView(NoticeKind.STAND_IN, stand_in=gone),))
    assert "| Rekvirera 100 000 kr (Olle Dahl har slutat) – 20 mars |" in told(CLAIM, left)


def named(title: str, definite: str, period: str = "") -> StepName:
    return StepName(title, StepKind.REPORT, period, definite)


NAMES = {
    "sv": (named("slutrapport", "slutrapporten"), named("utkast", "utkastet till slutrapport")),
    "en": (named("final report", "the final report"), named("draft", "the draft final report")),
}
FOLLOW_UPS = {
    "sv": named("uppföljning", "uppföljningen", "2026-Q1"),
    "en": named("follow-up", "the follow-up", "2026-Q1"),
}


def eight_things(language: str) -> tuple[ItemView, ...]:
    """Return eight things of six grants, the most pressing first, as an officer may have them."""
    titles = ("Digital mottagning", "Unga vuxna", "Språkstöd", "Familjestöd", "Hemlöshet", "Nattvandring")
    of = [
        replace(GRANT, reference=f"SN-00{number}", title=title, contact=Contact("Maria Ek", "010-000 00 02"))
        for number, title in enumerate(titles, 4)
    ]
    report, draft = NAMES[language]
    follow_up = replace(CLAIM, name=FOLLOW_UPS[language], task=Task.FOLLOW_UP, part=None)
    drafted = replace(follow_up, name=draft, task=Task.DRAFT)
    approval = StepName("", StepKind.APPROVAL, about=report)
    stake = Stake(9_500_000, "SEK", instalment=2, waits_for=approval)
    sent = replace(follow_up, name=report, task=Task.SEND, to_funder=True, stakes=(stake,))
    paid = (NoticeView(NoticeKind.PAID, amount_minor=10_000_000, currency="SEK"),)
    return (
        replace(sent, due_on=date(2026, 3, 11), grant=of[0]),
        replace(drafted, due_on=date(2026, 3, 13), grant=of[1]),
        replace(follow_up, due_on=date(2026, 3, 16), grant=of[2]),
        replace(drafted, task=Task.CLOSE, due_on=date(2026, 4, 10), grant=of[4]),
        replace(LATE, name=draft, task=Task.DRAFT, mine=False, owner="Olle Dahl", grant=of[3]),
        replace(PAYMENT, mine=True, grant=of[4]),
        replace(PAYMENT, name=StepName("", StepKind.FUNDER), mine=True, grant=of[5]),
        replace(CLAIM, notices=paid, grant=of[3]),
    )


# English says in more words what is done and when.
@pytest.mark.parametrize(("language", "most"), [("sv", 119), ("en", 129)])
def test_letter_of_eight_things_is_short(language: str, most: int) -> None:
    said = told(*eight_things(language), language=language).partition(" | ")[2]
    assert [said.count(item.grant.title) for item in eight_things(language)] == [1, 1, 1, 2, 2, 2, 1, 2]
    assert count_words(said) <= most, said


def test_list_names_a_grant_by_its_reference_where_two_have_a_title() -> None:
    other = replace(CLAIM, grant=replace(GRANT, reference="SN 2025/9"))
    assert "| Rekvirera 100 000 kr, Familjestöd (SN 2025/9) – 20 mars |" in told(CLAIM, other)


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
