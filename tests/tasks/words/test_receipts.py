"""Why a date is what it is, as letters and pages say it to a reader."""

from __future__ import annotations

from datetime import date

import pytest

from models.facts.receipt import AnchorKind, Receipt, Source, WhyDue, happened, our_choice, term
from tasks.words.receipts import ReceiptWords
from tests.rule_builders import reference_programme

FUNDS = reference_programme()
TODAY = date(2011, 1, 13)
DUE_ON = date(2011, 1, 20)


def why(
    form: str,
    anchor: AnchorKind = AnchorKind.WRITTEN,
    title: str = "",
    *,
    choice: bool = False,
    assumed: bool = False,
    set_by: Source | None = None,
    anchor_on: str | None = "2010-12-31",
    **values: object,
) -> WhyDue:
    """A receipt whose date counts from 31 December 2010."""
    made = () if set_by is None else (term("set", day=DUE_ON, by=set_by),)
    given = {"source": set_by or ""} | values
    receipt = Receipt(form, anchor_on=anchor_on, made=made, **given)  # type: ignore[arg-type]
    return WhyDue(receipt, FUNDS, "final-report", DUE_ON, anchor, title, "Länsstyrelsen", choice, assumed)


@pytest.mark.parametrize(
    ("receipt", "sv", "en"),
    [
        pytest.param(
            why("on", source="bidragsgivarens webbplats."),
            "Dagen står i villkoren. Källa: bidragsgivarens webbplats.",
            "The day is in the terms. Source: bidragsgivarens webbplats.",
            id="a date in the programme",
        ),
        pytest.param(
            why(
                "on",
                AnchorKind.NAMED,
                "sista dag",
                source=happened("decision", date(2009, 11, 5)),
                anchor_on="2011-01-20",
            ),
            "Länsstyrelsen har bestämt dagen i sitt beslut den 5 november 2009.",
            "Länsstyrelsen set this day in its decision of 5 November 2009.",
            id="a date in the decision",
        ),
        pytest.param(
            why("on", AnchorKind.NAMED, "sista dag", source="ett brev", assumed=True),
            "Sista dag. Datumet är preliminärt och inte bekräftat.",
            "Sista dag. The date is provisional and not confirmed.",
            id="a named date that is not confirmed",
        ),
        pytest.param(
            why("on", AnchorKind.GRANT_END, choice=True, source=our_choice("en vecka", "a week")),
            "Bidragsperiodens slut den 31 december 2010."
            " Datumet är vårt eget: en vecka. Länsstyrelsen har inte bestämt något.",
            "The end of the grant period on 31 December 2010."
            " We set this date ourselves: a week. Länsstyrelsen has set none.",
            id="our own choice",
        ),
        pytest.param(
            why("after", AnchorKind.DECISION, count=1, unit="months"),
            "En månad efter beslutet den 31 december 2010.",
            "One month after the decision of 31 December 2010.",
            id="a month after the decision",
        ),
        pytest.param(
            why("after", AnchorKind.PERIOD_START, count=30, unit="days"),
            "30 dagar efter periodens början den 31 december 2010.",
            "30 days after the start of the period on 31 December 2010.",
            id="days after a period begins",
        ),
        pytest.param(
            why("after", AnchorKind.STEP, "slutrapport", count=0, unit="days"),
            "Sista dagen för ”Slutrapport” den 31 december 2010.",
            "The last day for “Slutrapport” on 31 December 2010.",
            id="no time after another step is its day itself",
        ),
        pytest.param(
            why("before", AnchorKind.STEP, "slutrapport", count=2, unit="working_days"),
            "Två arbetsdagar före sista dagen för ”Slutrapport” den 31 december 2010.",
            "Two working days before the last day for “Slutrapport” on 31 December 2010.",
            id="working days before another step",
        ),
        pytest.param(
            why("after", AnchorKind.STEP_SENT, "ansökan", count=3, unit="months"),
            "Tre månader efter att ”Ansökan” skickades den 31 december 2010.",
            "Three months after the day “Ansökan” was sent, 31 December 2010.",
            id="months after a step was sent",
        ),
        pytest.param(
            why("after", AnchorKind.STEP_GIVEN, "godkännande", count=14, unit="days"),
            "14 dagar efter att ”Godkännande” lämnades den 31 december 2010.",
            "14 days after the day “Godkännande” was given, 31 December 2010.",
            id="days after an approval was given",
        ),
        pytest.param(
            why("after", AnchorKind.STEP_CAME, "utbetalning", count=14, unit="days"),
            "14 dagar efter att ”Utbetalning” kom den 31 december 2010.",
            "14 days after the day “Utbetalning” came, 31 December 2010.",
            id="days after money came",
        ),
        pytest.param(
            why("after", AnchorKind.STEP_DONE, "utkast", count=12, unit="months"),
            "Tolv månader efter att ”Utkast” blev klart den 31 december 2010.",
            "Twelve months after the day “Utkast” was done, 31 December 2010.",
            id="a year of months after a step was done inside the house",
        ),
        pytest.param(
            why("after", AnchorKind.GRANT_START, count=0, unit="days", rolled="2011-01-22"),
            "Bidragsperiodens början den 31 december 2010."
            " Den 22 januari är en lördag, så sista dag blir torsdagen den 20 januari.",
            "The start of the grant period on 31 December 2010."
            " 22 January is a Saturday, so it is due on Thursday 20 January.",
            id="rolled back",
        ),
        pytest.param(
            why("after", AnchorKind.NAMED, "startdagen", count=3, unit="months", rolled="2010-12-24"),
            "Tre månader efter startdagen den 31 december 2010."
            " Den 24 december 2010 är julafton, så sista dag blir torsdagen den 20 januari.",
            "Three months after startdagen on 31 December 2010."
            " 24 December 2010 is Christmas Eve, so it is due on Thursday 20 January.",
            id="rolled from a holiday",
        ),
        pytest.param(
            why("end_of", AnchorKind.NAMED, "startdagen", unit="quarter"),
            "Sista dagen i samma kvartal som startdagen den 31 december 2010.",
            "The last day of the quarter of startdagen on 31 December 2010.",
            id="end of a quarter",
        ),
        pytest.param(
            why("end_of", AnchorKind.DECISION, unit="month"),
            "Sista dagen i samma månad som beslutet den 31 december 2010.",
            "The last day of the month of the decision of 31 December 2010.",
            id="end of a month",
        ),
        pytest.param(
            why("end_of", AnchorKind.PERIOD_END, unit="half"),
            "Sista dagen i samma halvår som periodens slut den 31 december 2010.",
            "The last day of the half-year of the end of the period on 31 December 2010.",
            id="end of a half-year",
        ),
        pytest.param(
            why("end_of", AnchorKind.DECISION, unit="year"),
            "Sista dagen på samma år som beslutet den 31 december 2010.",
            "The last day of the year of the decision of 31 December 2010.",
            id="end of a year",
        ),
        pytest.param(
            why("fixed", set_by="anstånd den 3 januari"),
            "Datumet är satt: anstånd den 3 januari. Enligt villkoren hade det blivit den 31 december 2010.",
            "The date was set: anstånd den 3 januari. The terms would give 31 December 2010.",
            id="an extension",
        ),
        pytest.param(
            why("fixed", set_by=happened("return", date(2010, 12, 30)), anchor_on="2011-01-20"),
            "Rapporten skickades tillbaka den 30 december 2010.",
            "The report was sent back on 30 December 2010.",
            id="set to the rule's own day",
        ),
        pytest.param(
            why(
                "fixed",
                set_by="anstånd den 3 januari",
                before={"on": "2010-12-31", "source": happened("decision", date(2009, 11, 5))},
            ),
            "Datumet är satt: anstånd den 3 januari."
            " Tidigare gällde den 31 december 2010 (beslutet den 5 november 2009).",
            "The date was set: anstånd den 3 januari."
            " Before that it was 31 December 2010 (the decision of 5 November 2009).",
            id="an extension of a day that a decision gave",
        ),
        pytest.param(
            why("fixed", set_by=happened("withdrawal", date(2011, 1, 14)), anchor_on=None),
            "Ett godkännande föll bort den 14 januari.",
            "An approval fell away on 14 January.",
            id="an approval that was withdrawn",
        ),
        pytest.param(
            why("fixed", set_by=happened("shortening", date(2011, 1, 14)), anchor_on=None),
            "Bidragsperioden kortades den 14 januari.",
            "The grant period was shortened on 14 January.",
            id="a grant that was cut short",
        ),
        pytest.param(
            why("fixed", set_by=happened("confirmed", date(2011, 1, 31)), anchor_on=None),
            "Dagen bekräftades den 31 januari.",
            "The day was confirmed on 31 January.",
            id="a reading that was confirmed",
        ),
        pytest.param(
            why("fixed", set_by="decision of 2011-02-31", anchor_on=None),
            "Datumet är satt: decision of 2011-02-31.",
            "The date was set: decision of 2011-02-31.",
            id="somebody's own words stay as they are",
        ),
        pytest.param(
            why("fixed", set_by="", anchor_on=None),
            "Datumet är satt för hand.",
            "The date was set by hand.",
            id="set by hand",
        ),
        pytest.param(
            why("fixed", source="the account form"),
            "Beslutet anger den 20 januari. Enligt villkoren hade det blivit den 31 december 2010,"
            " men beslutet gäller (the account form).",
            "The decision says 20 January. The terms would give 31 December 2010,"
            " but the decision applies (the account form).",
            id="a decision's day that beats the rule",
        ),
        pytest.param(
            why("on", anchor_on=None, readings=("2011-01-20", "2011-01-24"), source="the terms, 9"),
            "Dagen står i villkoren. Villkoren kan betyda 20 januari och 24 januari."
            " Vi räknar med den tidigaste dagen tills Länsstyrelsen har svarat. Källa: the terms, 9.",
            "The day is in the terms. The terms may mean 20 January and 24 January."
            " We use the earliest until Länsstyrelsen has answered. Source: the terms, 9.",
            id="read in two ways",
        ),
        pytest.param(
            why("nothing"),
            "Det finns inget att rekvirera eller betala ut: summan är 0.",
            "There is nothing to claim or pay: the sum is 0.",
            id="no sum",
        ),
        pytest.param(
            why("composed"),
            "Sista dag för slutrapporten.",
            "Last day for the final report.",
            id="composed of other rules",
        ),
        pytest.param(why("something new"), "", "", id="a form that is not known"),
    ],
)
def test_receipt_in_words(receipt: WhyDue, sv: str, en: str) -> None:
    assert ReceiptWords("sv", FUNDS, TODAY).why(receipt) == sv
    assert ReceiptWords("en", FUNDS, TODAY).why(receipt) == en


def test_settled_step_says_nothing_of_what_is_still_to_be_found_out() -> None:
    chosen = why("on", AnchorKind.GRANT_END, choice=True, source=our_choice("en vecka", "a week"))
    assert ReceiptWords("en", FUNDS, TODAY).why(chosen, settled=True) == (
        "The end of the grant period on 31 December 2010."
    )
