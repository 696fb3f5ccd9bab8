"""The forms that record the funder's decision, and the days that it left out."""

from __future__ import annotations

from datetime import date

from deployments.portal.answer.fields import NEEDED_DATE, OTHER_DATE, UNSAID, Field
from deployments.portal.answer.form import Form
from deployments.portal.answer.step_facts import StepFacts
from deployments.portal.tasks.missing_dates import wanted_by
from deployments.portal.web.nonce import FormFor
from models.rules.watch.concerns import dates_within
from models.vocabulary import DecisionKind
from tasks.words.translator import Speaker, capitalised


def decision_form(say: Speaker, facts: StepFacts, about: FormFor, today: date) -> Form:
    """Return the form for an award or a refusal; the days are those that the programme takes from a decision."""
    english = say.language == "en"
    kinds = (
        ("", say.gettext("Choose")),
        (str(DecisionKind.AWARD), say.gettext("Money is granted")),
        (str(DecisionKind.REFUSAL), say.gettext("The application is refused")),
    )
    only_award = say.gettext("Only when money is granted.")

    def hint(name: str) -> str:
        counted = [one for one in facts.programme.steps if name in wanted_by(facts.programme, one.key)]
        titles = say.listed([one.title.en if english else one.title.sv for one in counted])
        counts = say.gettext("Only when money is granted. What counts from it: %(steps)s.", steps=titles)
        return counts if counted else only_award

    only_said = say.gettext("Only if the decision says it.")
    granted = say.gettext("The sum granted (%(currency)s)", currency=facts.row.currency)
    within = dates_within(facts.programme)
    dates = [
        Field(
            f"{NEEDED_DATE if named.required else OTHER_DATE}{name}",
            capitalised(facts.date_title(name, say)),
            "date",
            required=False,
            hint=hint(name) if named.required else only_said,
            begins_on=facts.row.period_start_on if name in within else None,
            depends=named.required,
        )
        for name, named in facts.programme.dates.items()
        if named.given_by == "decision"
    ]
    fields = (
        Field("kind", say.gettext("What the funder decided"), "choice", options=kinds),
        Field("decided_on", say.gettext("The day of the decision"), "date", latest=today),
        Field("amount", granted, "money", False, "", only_award, currency=facts.row.currency, depends=True),
        *dates,
        _undated(say),
        Field("purpose", say.gettext("What the money is for"), "text", required=False),
        Field("conditions", say.gettext("On what conditions"), "text", required=False),
        Field("source", say.gettext("The decision's number or name"), "line", required=False),
    )
    return Form("decide", about, say.gettext("It has come"), say.gettext("Record the decision"), fields)


def _undated(say: Speaker) -> Field:
    """Return the field that says of a decision that it leaves a day unsaid; asked only when one is left empty."""
    later = say.gettext("It does not say every day; that comes later")
    options = (("", say.gettext("Choose")), (UNSAID, later))
    label = say.gettext("When the decision does not say a day")
    return Field("undated", label, "choice", False, options=options, spare=True)


def dates_form(say: Speaker, facts: StepFacts, about: FormFor, today: date) -> Form:
    """Return the form for the days that a step waits for, and the letter that says them."""
    within = dates_within(facts.programme)
    asked = [
        Field(
            f"{NEEDED_DATE}{name}",
            capitalised(facts.date_title(name, say)),
            "date",
            begins_on=facts.row.period_start_on if name in within else None,
        )
        for name in facts.dates
    ]
    fields = (
        *asked,
        Field(
            "decided_on",
            say.gettext("The day of the letter that says it"),
            "date",
            hint=say.gettext("The decision's own day, if it stands there and was only left out here."),
            latest=today,
        ),
        Field("source", say.gettext("The letter's number or name"), "line", required=False),
    )
    label, button = say.gettext("The day is known"), say.gettext("Record the day")
    return Form("date", about, label, button, fields)
