"""Hold that the sentences of a programme are understood in Swedish, in the words of real decisions."""

import pytest

from deployments.shipped_files import PROGRAMMES
from tasks.programmes.rows.row import DateRow, DutyRow, PaymentRow, ProgrammeRows
from tasks.programmes.rows.swedish import SwedishSentences

SENTENCES = SwedishSentences(
    ProgrammeRows(
        dates=(DateRow(title="Sista dag för slutrapporten"),),
        duties=(DutyRow(title="Slutrapport", approval="funder"), DutyRow(title="Delrapport", each="year")),
        payments=(PaymentRow(title="Hela bidraget"),),
    )
)
# Funders' words that the shipped programmes quote: the programme, the kind of sentence, and its English.
QUOTED = (
    ("mucf", "rule", "tre månader efter att projektet är slut", "3 months after grant_end"),
    ("mucf", "rule", "när minst en tredjedel av projekttiden gått", "1/3 of the grant"),
    ("mucf-ethnic", "rule", "senast den 1 september 2024", "on 2024-09-01"),
    ("mucf-ethnic", "when", "fått 262 500 kronor eller mer", "award from 262 500"),
    (
        "tillvaxtverket-national",
        "rule",
        "senast sex månader efter projektperiodens första dag",
        "6 months after grant_start",
    ),
    ("tillvaxtverket-national", "rule", "senast på projektperiodens sista dag", "at grant_end"),
    ("tillvaxtverket-national", "each", "minst var sjätte månad", "project 6 months"),
    ("forte", "rule", "tre månader efter dispositionstidens slut", "3 months after grant_end"),
    ("svenska-kulturfonden", "rule", "inom ett år från att det beviljats", "12 months after decision"),
    (
        "svenska-kulturfonden",
        "rule",
        "inom ett år efter att bidraget utbetalats",
        "12 months after whole.paid",
    ),
    ("vinnova", "when", "bidrag med tre miljoner kronor eller mer", "award from 3 000 000"),
    ("arvsfonden", "each", "Efter varje projektår", "project year"),
    ("konkurrensverket", "each", "två gånger per år", "half"),
    ("home-visits-2024", "rule", "Senast den 1 mars 2025", "on 2025-03-01"),
    ("lova", "share", "utbetalning av högst 75 procent av stödet", "sum of the decision at most 75 %"),
)


@pytest.mark.parametrize(("programme", "kind", "quoted", "english"), QUOTED)
def test_words_of_a_decision_are_understood(programme: str, kind: str, quoted: str, english: str) -> None:
    assert quoted in " ".join((PROGRAMMES / f"{programme}.yaml").read_text(encoding="utf-8").split())
    assert SENTENCES.to_english(kind, quoted) == english


@pytest.mark.parametrize(
    ("kind", "typed", "english", "shown"),
    [
        (
            "rule",
            "3 månader efter slutet.",
            "3 months after grant_end",
            "3 månader efter bidragsperiodens slut",
        ),
        (
            "rule",
            "senast 15 februari året efter varje år",
            "15 February of the year of 12 months after period_end",
            "15 februari året efter periodens slut",
        ),
        (
            "rule",
            "den 15 i månaden efter kvartalets slut, eller nästa arbetsdag (villkor, 4 §)",
            "15th of the month after period_end or the next working day (villkor, 4 §)",
            "15:e i månaden efter periodens slut eller nästa arbetsdag (villkor, 4 §)",
        ),
        ("rule", "2 veckor efter beslutet", "14 days after decision", "14 dagar efter beslutet"),
        (
            "rule",
            "30 dagar efter godkänd slutrapport (eget val)",
            "30 days after final-report.approved (our choice)",
            "30 dagar efter att slutrapporten har godkänts (eget val)",
        ),
        (
            "rule",
            "sista dag för slutrapporten enligt beslutet",
            "at sista_dag_for_slutrapporten of the decision",
            "sista dag för slutrapporten enligt beslutet",
        ),
        (
            "needs",
            "att slutrapporten har godkänts och att delrapporten har lämnats",
            "final-report.approved interim-report.done",
            "att slutrapporten har godkänts och att delrapporten har lämnats",
        ),
        ("last", "redovisas i slutrapporten", "into final-report", "redovisas i slutrapporten"),
        ("late", "1 månad: 10 %", "1 month: 10 %", "1 månad: 10 %"),
        ("share", "50 000 kr", "50 000", "50 000"),
        # What is no sentence stays as it was typed, but for what is understood.
        ("rule", "den 31 februari 2027", "31 February 2027", "31 February 2027"),
        ("rule", "tre månader aftr slutet", "3 months aftr grant_end", "3 months aftr grant_end"),
    ],
)
def test_sentence_that_an_officer_types_is_shown_again(
    kind: str, typed: str, english: str, shown: str
) -> None:
    assert SENTENCES.to_english(kind, typed) == english
    assert SENTENCES.to_swedish(kind, english) == shown
