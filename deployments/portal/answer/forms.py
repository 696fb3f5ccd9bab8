"""Decide which forms a step's card shows now: answer, not yet, not me, approve, return ..."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from deployments.portal.answer.answer_faults import Closed
from deployments.portal.answer.form import CardFacts, CardForm, why_not_done
from deployments.portal.answer.questions import question_fields
from deployments.portal.forms.scene import FormWords
from deployments.portal.web.posted_form import FormFor, file_field
from models.commands.items import Item
from models.commands.money import Claim, Pay, Rest
from models.commands.steps import StepAnswer
from models.forms.faults import Fault
from models.forms.field import Field, Kind
from models.forms.spec import ACTS, begin
from models.rules.dates.agenda import ItemFacts, may_defer, may_put_on_agenda, may_take_off
from models.rules.dates.plan import calendar_of
from models.rules.money.payment import missing_minor
from models.rules.notices.quiet_days import last_promise
from models.rules.steps.needs import goes_to_funder
from models.rules.watch.concerns import find_dates_within
from models.vocabulary import DecisionKind, StepKind
from tasks.words.translator import Translator, capitalised

Here = Mapping[Any, Any] | None


def forms_of(say: Translator, facts: CardFacts, today: date) -> Iterator[CardForm]:
    """Yield the forms that an unsettled step takes."""
    if facts.dates:
        yield _dates(say, facts, today)
    closed = why_not_done(facts, today)
    if not closed:
        yield from _doing(say, facts, today)
    elif closed is Closed.GIVES_NO_MONEY_ROLE:  # that the funder sent it back lets no money go
        yield _return(say, facts, today)
    yield from _item(say, facts, today)
    if facts.rule is not None and facts.rule.optional:
        yield _form(say, "not_needed", facts, today)
    days_of_grace = facts.programme.promise_working_days
    calendar = calendar_of(facts.programme)
    put_off = _form(say, "not_yet", facts, today)
    yield replace(put_off, until=last_promise(facts.step, days_of_grace, calendar))
    others = tuple((str(number), name) for number, name in facts.colleagues)
    yield _form(say, "not_me", facts, today, here={"colleague": {"options": others}})


def _form(
    say: Translator,
    name: str,
    facts: CardFacts,
    today: date,
    *,
    variant: str = "",
    sum_minor: int = 0,
    version: int = 0,
    account: str = "",
    here: Mapping[str, Here] | None = None,
    **known: object,
) -> CardForm:
    """Return an act's form about a step as it is shown: with the sum, the version of the report, or the account.

    `known` is what its command knows besides that step or instalment.
    """
    step = facts.step
    grant = facts.grant
    command = ACTS[name].command
    if issubclass(command, StepAnswer | Item):
        known |= {"step": step.key, "version": step.version}
    elif issubclass(command, Claim | Pay):
        known |= {"instalment": facts.part.number if facts.part is not None else 0}
    return CardForm(
        act=name,
        about=FormFor(
            about="step",
            id=step.id or 0,
            state=step.version,
            sum_minor=sum_minor,
            version=version,
            account=account,
        ),
        grant=grant.reference,
        step=step.key,
        currency=grant.currency,
        fields=begin(ACTS[name], FormWords(say), today, grant.currency, **(here or {})),
        variant=variant or ("funder" if step.with_funder else ""),
        known={"grant": grant.reference, **known},
    )


def _doing(say: Translator, facts: CardFacts, today: date) -> Iterator[CardForm]:
    """Yield the forms by which a step is done."""
    kind = facts.step.kind
    rule = facts.rule
    if kind == StepKind.APPROVAL:
        of_body = _is_of_body(facts)
        here: dict[str, Here] = _paper(say, facts, today)
        here |= dict.fromkeys(("paragraph", "at_once"), {} if of_body else None)
        # Without meetings to choose from, the day of the paper is any day.
        here["delegated_on"] = {} if of_body and facts.held(today) else None
        # Of the report's versions only the one that was shown is approved.
        version = facts.report_version
        yield _form(say, "approve", facts, today, version=version, here=here, report_version=version)
        yield _return(say, facts, today)
    elif kind == StepKind.CLAIM:
        yield _claim(say, facts, today)
    elif kind == StepKind.PAYMENT:
        yield _payment(say, facts, today)
    elif kind == StepKind.FUNDER and rule is not None and rule.settled_by_decision:
        yield _decision(say, facts, today)
    else:
        yield _done(say, facts, today)
        if rule is not None and rule.each and rule.questions:
            yield _form(say, "nothing", facts, today, here={"paper_on": _done_day(say, facts)})


def _return(say: Translator, facts: CardFacts, today: date) -> CardForm:
    """Return the form by which a report is sent back; a body here refers it back at a meeting."""
    of_body = _is_of_body(facts)
    variant = "meeting" if of_body else ""
    of_meeting: dict[str, Any] = dict.fromkeys(("verdict", "paragraph"), {} if of_body else None)
    here = _paper(say, facts, today) | of_meeting
    return _form(say, "return", facts, today, variant=variant, here=here)


def _done(say: Translator, facts: CardFacts, today: date) -> CardForm:
    """Return the form with the step's questions and documents."""
    rule = facts.rule
    asked: list[Field] = []
    for question in rule.questions if rule is not None else ():
        whole, *parts = question_fields(say, question, facts.known, facts.grant.currency)
        asked += [replace(whole, awaited=facts.awaits(question)), *parts]
    documents = []
    for one in rule.documents if rule is not None else ():
        # What an earlier answer brought need not come again.
        title = capitalised(one.title.in_language(say.language))
        brought = facts.brought.get(one.key, "")
        documents.append(Field(file_field(one.key), Kind.FILE, not brought, title=title, brought=brought))
    files = {"variant": "others"} if documents else {}
    here = {"paper_on": _done_day(say, facts, begun=today), "files": files}
    form = _form(say, "done", facts, today, here=here)
    *days, others = form.fields
    questions = rule.questions if rule is not None else ()
    return replace(form, fields=(*asked, *days, *documents, others), questions=questions)


def _done_day(say: Translator, facts: CardFacts, begun: date | None = None) -> Here:
    """Return the day on which what is done left or came; None where it is handed in on the page itself, today.

    What was sent is `begun` with a day: the check before it is recorded shows it.
    """
    sent = facts.rule is not None and goes_to_funder(facts.rule, facts.programme)
    if facts.step.with_funder:
        return {"variant": "funder"}
    if facts.step.kind == StepKind.REPAYMENT and not sent:
        return {"variant": "repayment"}
    if not sent:
        return None
    variant = "repayment" if facts.step.kind == StepKind.REPAYMENT else ""
    return {"variant": variant, **({"text": say.dated(begun), "begins": True} if begun else {})}


def _item(say: Translator, facts: CardFacts, today: date) -> Iterator[CardForm]:
    """Yield the forms about an item before a body: it is on the agenda, off it, or was deferred."""
    if not _is_of_body(facts):
        return
    asked = ItemFacts(facts.reader_id, {facts.reader_id}, today, met_on=facts.meetings)
    if may_put_on_agenda(facts.step, asked).allowed:
        yield _form(say, "on_agenda", facts, today)
    if may_take_off(facts.step, asked).allowed:
        yield _form(say, "off_agenda", facts, today)
    held = [day for day in facts.held(today) if may_defer(facts.step, replace(asked, held_on=day)).allowed]
    if held:
        yield _form(say, "defer", facts, today, here={"held_on": _listed(say, held)})


def _is_of_body(facts: CardFacts) -> bool:
    """Return whether a committee or another body of ours approves by the step."""
    return not facts.step.with_funder and facts.rule is not None and facts.rule.body is not None


def _listed(say: Translator, held: Sequence[date]) -> dict[str, Any]:
    """Return the meetings of a list to choose from, begun with the first."""
    options = tuple((day.isoformat(), capitalised(say.long_date(day))) for day in held)
    return {"options": options, "text": options[0][0], "hint": ""}


def _paper(say: Translator, facts: CardFacts, today: date) -> dict[str, Here]:
    """Return what holds of the paper that an approval or a return stands on; without one it is given here, today.

    Of a body's it is that of a meeting, chosen from those that are known.
    """
    bounds = {"earliest": facts.reported_on, "too_early": Fault.BEFORE_REPORT}
    if facts.step.with_funder:
        return {"paper_on": {"variant": "funder", **bounds}, "files": {}}
    if not _is_of_body(facts):
        return {"paper_on": None, "files": None}
    held = facts.held(today)
    return {"paper_on": bounds | (_listed(say, held) if held else {}), "files": {}}


def _claim(say: Translator, facts: CardFacts, today: date) -> CardForm:
    """Return the form of a claim; it asks for the sum where only the claim says it."""
    left_on = facts.part.released_on if facts.part is not None else None
    amount = {"required": True} if facts.claim.says_sum else None
    days = {"required": True, "earliest": left_on}
    here: dict[str, Here] = {"amount": amount, "claimed_on": days, "account": None}
    account = facts.account
    return _form(say, "claim", facts, today, account=account, here=here, shown_account=account)


def _payment(say: Translator, facts: CardFacts, today: date) -> CardForm:
    """Return the form of money that came; of the rest it asks once less is said to have come than what is missing."""
    part = facts.part
    words = FormWords(say)
    missing = missing_minor(part) if part is not None else 0
    again = part is not None and part.paid_minor is not None
    earliest = (part.paid_on or part.claimed_on or part.released_on) if part is not None else None
    hint = words.said("what_came", missing, facts.grant.currency, again) if missing or again else ""
    here: dict[str, Here] = {
        "amount": {"hint": hint, "whole_minor": missing},
        "paid_on": {"earliest": earliest},
    }
    form = _form(say, "paid", facts, today, sum_minor=missing, here=here)
    answers = tuple((one, words.said("rest", one)) for one in ("", *Rest))
    rest = Field("rest", Kind.CHOICE, False, title=words.said("of_the_rest"), options=answers, spare=True)
    amount, day, note = form.fields
    return replace(form, fields=(day, amount, rest, note))


def _decision(say: Translator, facts: CardFacts, today: date) -> CardForm:
    """Return the form of a funder's decision; the days are those that the programme takes from one."""
    words = FormWords(say)
    kinds = tuple(
        (str(one), words.option("outcome", one)) for one in (DecisionKind.AWARD, DecisionKind.REFUSAL)
    )
    days: dict[str, Here] = {
        name: {
            **_named_day(say, facts, name),
            "depends": one.required,
            "hint": words.said("only_an_award" if one.required else "only_if_said"),
        }
        for name, one in facts.programme.dates.items()
        if one.given_by == "decision"
    }
    here: dict[str, Here] = {
        "kind": {"options": kinds},
        "amount": {"variant": "card", "depends": True, "hint": words.said("only_an_award")},
        "total": None,
        "d-": days,
        "source": {"variant": "card", "hint": "", "depends": False},
        "i-": {},
    }
    return _form(say, "decide", facts, today, variant="card", here=here)


def _dates(say: Translator, facts: CardFacts, today: date) -> CardForm:
    """Return the form of a letter that says dates which the decision left out."""
    here: dict[str, Here] = dict.fromkeys(("kind", "amount", "total", "purpose", "conditions", "files"))
    here |= {
        "d-": {name: {**_named_day(say, facts, name), "required": True} for name in facts.dates},
        "i-": {},
        "decided_on": {
            "variant": "letter",
            "hint": FormWords(say).said("own_day"),
        },
        "source": {"variant": "letter", "hint": "", "depends": False},
    }
    return _form(say, "date", facts, today, here=here, kind=DecisionKind.AMENDMENT)


def _named_day(say: Translator, facts: CardFacts, name: str) -> dict[str, Any]:
    """Return what holds of a named date; one within the grant's time is not before the grant begins."""
    return {
        "title": capitalised(facts.programme.dates[name].title.in_language(say.language)),
        "earliest": facts.grant.period_start_on if name in find_dates_within(facts.programme) else None,
        "too_early": Fault.BEFORE_GRANT,
    }
