"""Decide which forms a step's card shows now: answer, not yet, not me, approve, return ..."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from deployments.portal.answer.answer_faults import Closed
from deployments.portal.answer.form import CardFacts, CardForm, why_not_done
from deployments.portal.answer.money_forms import claim_form, dates_form, decision_form, payment_form
from deployments.portal.answer.questions import question_fields
from deployments.portal.answer.step_forms import Override, StepForms
from deployments.portal.web.posted_form import file_field
from models.forms.faults import Fault
from models.forms.field import Field, Kind
from models.forms.spec import ACTS, Act
from models.rules.dates.agenda import ItemFacts, ItemReason, may_defer
from models.rules.dates.plan import calendar_of
from models.rules.notices.quiet_days import find_last_promise
from models.rules.steps.needs import goes_to_funder
from models.vocabulary import StepKind
from tasks.words.translator import Translator, capitalised


def forms_of(say: Translator, facts: CardFacts, today: date) -> list[CardForm]:
    """Return the forms that an unsettled step takes, in the order of the table; none for who has no part in it."""
    of_step = StepForms(say, facts, today, why_not_done(facts, today))
    if of_step.closed is Closed.NO_PART:
        return []
    made = (make(of_step, ACTS[name]) for name, make in CARD_FORMS.items())
    return [form for form in made if form is not None]


def _approval(of_step: StepForms, act: Act) -> CardForm | None:
    """Return the form by which a report is approved."""
    if not of_step.is_done_by(act):
        return None
    facts = of_step.facts
    overrides = _paper(of_step)
    overrides |= dict.fromkeys(("paragraph", "at_once"), {} if facts.is_by_body else None)
    # Where no meeting is known, the day of the paper is any day.
    overrides["delegated_on"] = {} if facts.is_by_body and facts.meetings else None
    variant = "sign" if facts.is_signed else ""
    if _is_before_meetings(of_step):
        variant = "delegated"
        overrides |= dict.fromkeys(("paper_on", "paragraph", "at_once"))
        overrides["delegated_on"] = {"variant": "alone", "required": True}
    # Of the report's versions only the one that was shown is approved.
    version = facts.report_version
    return of_step.form(act, variant=variant, version=version, overrides=overrides, report_version=version)


def _return(of_step: StepForms, act: Act) -> CardForm | None:
    """Return the form by which a report is sent back; a body here refers it back at a meeting."""
    # That the funder sent it back lets no money go.
    if of_step.closed not in (None, Closed.GIVES_NO_MONEY_ROLE) or of_step.done_by != "approve":
        return None
    if _is_before_meetings(of_step):
        return None
    of_body = of_step.facts.is_by_body
    of_meeting: dict[str, Override] = dict.fromkeys(("verdict", "paragraph"), {} if of_body else None)
    return of_step.form(act, variant="meeting" if of_body else "", overrides=_paper(of_step) | of_meeting)


def _done(of_step: StepForms, act: Act) -> CardForm | None:
    """Return the form with the step's questions and documents."""
    if not of_step.is_done_by(act):
        return None
    say = of_step.say
    facts = of_step.facts
    rule = facts.rule
    asked: list[Field] = []
    for question in rule.questions if rule is not None else ():
        whole, *parts = question_fields(say, question, facts.known, facts.grant.currency)
        asked += [replace(whole, awaited=facts.awaits(question)), *parts]
    documents = []
    for document in rule.documents if rule is not None else ():
        # What an earlier answer brought need not come again.
        title = capitalised(document.title.in_language(say.language))
        brought = facts.brought.get(document.key, "")
        documents.append(
            Field(file_field(document.key), Kind.FILE, not brought, title=title, brought=brought)
        )
    files = {"variant": "others"} if documents else {}
    form = of_step.form(act, overrides={"paper_on": _done_day(of_step, begun=of_step.today), "files": files})
    *days, others = form.fields
    questions = rule.questions if rule is not None else ()
    return replace(form, fields=(*asked, *days, *documents, others), questions=questions)


def _nothing(of_step: StepForms, act: Act) -> CardForm | None:
    """Return the form by which a period's report says that there is nothing to report."""
    rule = of_step.facts.rule
    if of_step.closed or of_step.done_by != "done" or rule is None or not (rule.each and rule.questions):
        return None
    return of_step.form(act, overrides={"paper_on": _done_day(of_step)})


def _done_day(of_step: StepForms, begun: date | None = None) -> Override:
    """Return the day on which what is done left or came; None where it is handed in on the page itself, today.

    What was sent is `begun` with a day: the check before it is recorded shows it.
    """
    facts = of_step.facts
    sent = facts.rule is not None and goes_to_funder(facts.rule, facts.programme)
    if facts.step.with_funder:
        return {"variant": "funder"}
    if facts.step.kind == StepKind.REPAYMENT and not sent:
        return {"variant": "repayment"}
    if not sent:
        return None
    variant = "repayment" if facts.step.kind == StepKind.REPAYMENT else ""
    return {"variant": variant, **({"text": of_step.say.dated(begun), "begins_today": True} if begun else {})}


def _agenda(of_step: StepForms, act: Act) -> CardForm | None:
    """Return the form by which an item is put on the agenda, or taken off, as the act's own rule says."""
    if not of_step.facts.is_by_body or act.judge is None:
        return None
    facts = of_step.facts
    if act.judge(facts.step, _item_facts(of_step)) is not ItemReason.ACCEPTED:
        return None
    back = f"/desk/{act.undone_by}/{facts.body_id}?item={facts.step.id}"
    return replace(of_step.form(act), back=back)


def _defer(of_step: StepForms, act: Act) -> CardForm | None:
    """Return the form that says that a meeting deferred an item."""
    if not of_step.facts.is_by_body:
        return None
    step = of_step.facts.step
    asked = _item_facts(of_step)
    held = [
        day
        for day in of_step.facts.held(of_step.today)
        if may_defer(step, replace(asked, held_on=day)).allowed
    ]
    return of_step.form(act, overrides={"held_on": _listed(of_step.say, held)}) if held else None


def _item_facts(of_step: StepForms) -> ItemFacts:
    facts = of_step.facts
    return ItemFacts(facts.reader_id, facts.allowed_ids, of_step.today, met_on=facts.meetings)


def _not_needed(of_step: StepForms, act: Act) -> CardForm | None:
    """Return the form that says that an optional step is not needed."""
    rule = of_step.facts.rule
    return of_step.form(act) if rule is not None and rule.optional else None


def _not_yet(of_step: StepForms, act: Act) -> CardForm:
    """Return the form that says when the step will be done, and how long a promise is waited for."""
    programme = of_step.facts.programme
    days_of_grace = programme.promise_working_days
    until = find_last_promise(of_step.facts.step, days_of_grace, calendar_of(programme))
    return replace(of_step.form(act), until=until)


def _not_me(of_step: StepForms, act: Act) -> CardForm:
    """Return the form by which somebody else gets the step."""
    others = tuple((str(number), name) for number, name in of_step.facts.colleagues)
    return of_step.form(act, overrides={"colleague": {"options": others}})


def _is_before_meetings(of_step: StepForms) -> bool:
    """Return whether none of the body's known meetings can have decided yet: only who acts for it can."""
    facts = of_step.facts
    return facts.is_by_body and bool(facts.meetings) and not facts.held(of_step.today)


def _listed(say: Translator, held: Sequence[date]) -> dict[str, Any]:
    """Return the meetings of a list to choose from, begun with the first."""
    options = tuple((day.isoformat(), capitalised(say.long_date(day))) for day in held)
    return {"options": options, "text": options[0][0], "hint": ""}


def _paper(of_step: StepForms) -> dict[str, Override]:
    """Return what holds of the paper that an approval or a return stands on; without one it is given here, today.

    Of a body's it is that of a meeting, chosen from those that are known.
    """
    facts = of_step.facts
    bounds = {"earliest": facts.reported_on, "too_early": Fault.BEFORE_REPORT}
    if facts.step.with_funder:
        return {"paper_on": {"variant": "funder", **bounds}, "files": {}}
    if not facts.is_by_body:
        return {"paper_on": None, "files": None}
    held = facts.held(of_step.today)
    return {
        "paper_on": bounds | (_listed(of_step.say, held) if held else {}),
        "files": {"variant": "meeting"},
    }


# What makes the form of each act that a card can lead to, in the order in which a card has them.
CARD_FORMS: Mapping[str, Callable[[StepForms, Act], CardForm | None]] = {
    "date": dates_form,
    "on-agenda": _agenda,
    "approve": _approval,
    "return": _return,
    "claim": claim_form,
    "paid": payment_form,
    "decide": decision_form,
    "done": _done,
    "nothing": _nothing,
    "off-agenda": _agenda,
    "defer": _defer,
    "not-needed": _not_needed,
    "not-yet": _not_yet,
    "not-me": _not_me,
}
