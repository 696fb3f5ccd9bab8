"""The forms that a step takes, one for each command: which there are, and what each asks."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from deployments.portal.answer.form import Act, Form, StepFacts, why_not_done
from deployments.portal.answer.questions import (
    NEEDED_DATE,
    NO_MORE,
    OTHER_DATE,
    TO_COME,
    UNSAID,
    question_fields,
)
from deployments.portal.web.posted_form import FormFor, file_field
from models.forms.faults import Fault
from models.forms.field import Field, Kind
from models.reading.day import Side
from models.rules.dates.plan import calendar_of
from models.rules.money.payment import missing_minor
from models.rules.notices.quiet import last_promise
from models.rules.steps.needs import goes_to_funder
from models.rules.watch.concerns import dates_within
from models.vocabulary import DecisionKind, OverClaim, StepKind
from tasks.words.translator import Translator, capitalised

_NOTE, _WHY = Field("note", Kind.TEXT, required=False), Field("note", Kind.TEXT)
_SOURCE = Field("source", Kind.LINE, required=False)


def forms_of(say: Translator, facts: StepFacts, today: date) -> Iterator[Form]:
    """Yield the forms that an unsettled step takes."""
    if facts.dates:
        days = (_date_field(say, facts, name, needed=True) for name in facts.dates)
        yield _form(Act.DATE, facts, *days, Field("decided_on", Kind.DAY, latest=today), _SOURCE)
    closed = why_not_done(facts, today)
    if not closed:
        yield from _doing(say, facts, today)
    elif closed.name == "gives_no_money_role":  # that the funder sent it back lets no money go
        yield _return(facts, today)
    if facts.rule is not None and facts.rule.optional:
        yield _form(Act.NOT_NEEDED, facts, Field("decided_on", Kind.DAY, required=False, latest=today), _WHY)
    days_of_grace, calendar = facts.programme.promise_working_days, calendar_of(facts.programme)
    put_off = _form(Act.NOT_YET, facts, Field("expected_on", Kind.DAY, earliest=today), _WHY)
    yield replace(put_off, until=last_promise(facts.step, days_of_grace, calendar))
    options = (("", ""), *((str(number), name) for number, name in facts.colleagues))
    yield _form(Act.NOT_ME, facts, Field("colleague", Kind.ROW, required=False, options=options))


def _form(act: Act, facts: StepFacts, *fields: Field, sum_minor: int = 0, version: int = 0) -> Form:
    """Return a form about a step as it is shown, with the sum or the version of the report that it shows."""
    step, grant = facts.step, facts.grant
    return Form(
        act,
        FormFor("step", step.id or 0, step.version, sum_minor, version),
        grant.reference,
        step.key,
        grant.currency,
        fields,
        kind=step.kind,
        with_funder=step.with_funder,
        instalment=facts.part.number if facts.part is not None else 0,
    )


def _doing(say: Translator, facts: StepFacts, today: date) -> Iterator[Form]:
    """Yield the forms by which a step is done."""
    kind, rule = facts.step.kind, facts.rule
    if kind == StepKind.APPROVAL:
        approved_on = _answered_on(facts, "approved_on", today)
        yield _form(Act.APPROVE, facts, *approved_on, _NOTE, version=facts.report_version)
        yield _return(facts, today)
    elif kind == StepKind.CLAIM:
        yield _claim(facts, today)
    elif kind == StepKind.PAYMENT:
        yield _payment(facts, today)
    elif kind == StepKind.FUNDER and rule is not None and rule.settled_by_decision:
        yield _decision(say, facts, today)
    else:
        yield _done(say, facts, today)
        if rule is not None and rule.each and rule.questions:
            yield _form(Act.NOTHING, facts, *_done_on(facts, today), _NOTE)


def _return(facts: StepFacts, today: date) -> Form:
    """Return the form by which a report is sent back."""
    return _form(Act.RETURN, facts, *_answered_on(facts, "returned_on", today), _WHY)


def _done(say: Translator, facts: StepFacts, today: date) -> Form:
    """Return the form with the step's questions and documents."""
    rule = facts.rule
    fields: list[Field] = []
    for question in rule.questions if rule is not None else ():
        whole, *parts = question_fields(say, question, facts.known, facts.grant.currency)
        fields += [replace(whole, awaited=facts.awaits(question)), *parts]
    fields += _done_on(facts, today, begun=say.dated(today))
    for one in rule.documents if rule is not None else ():
        # What an earlier answer brought need not come again.
        title, brought = capitalised(one.title.in_language(say.language)), facts.brought.get(one.key, "")
        fields.append(Field(file_field(one.key), Kind.FILE, not brought, title=title, brought=brought))
    form = _form(Act.DONE, facts, *fields, Field("files", Kind.FILE, required=False))
    return replace(form, questions=rule.questions if rule is not None else ())


def _done_on(facts: StepFacts, today: date, begun: str = "") -> Iterator[Field]:
    """Yield the day on which what is done left or came; what is handed in on the page itself is today's.

    What was sent is `begun` with a day: the check before it is recorded shows it.
    """
    sent = facts.rule is not None and goes_to_funder(facts.rule, facts.programme)
    if sent or facts.step.with_funder or facts.step.kind == StepKind.REPAYMENT:
        yield Field(
            "done_on", Kind.DAY, text=begun if sent else "", latest=today, begins=sent and bool(begun)
        )


def _answered_on(facts: StepFacts, name: str, today: date) -> Iterator[Field]:
    """Yield the day of the paper that an approval or a return stands on; one given on the page is today's."""
    if facts.step.with_funder or (facts.rule is not None and facts.rule.body is not None):
        yield Field(name, Kind.DAY, earliest=facts.reported_on, latest=today, too_early=Fault.BEFORE_REPORT)


def _claim(facts: StepFacts, today: date) -> Form:
    """Return the form of a claim; it asks for the sum where only the claim says it."""
    left_on = facts.part.released_on if facts.part is not None else None
    fields = [Field("claimed_on", Kind.DAY, earliest=left_on, latest=today)]
    if facts.claim_says_sum:
        fields.append(Field("amount", Kind.SUM, currency=facts.grant.currency))
    # Asked for only where it brings more than is spent.
    options = (("", ""), *((one, "") for one in OverClaim))
    return _form(
        Act.CLAIM,
        facts,
        *fields,
        Field("over", Kind.CHOICE, False, options=options, spare=True),
        Field("note", Kind.TEXT, False, spare=True, depends=True),
    )


def _payment(facts: StepFacts, today: date) -> Form:
    """Return the form of money that came; of the rest it asks once less is said to have come than what is missing."""
    part = facts.part
    earliest = (part.paid_on or part.claimed_on or part.released_on) if part is not None else None
    form = _form(
        Act.PAID,
        facts,
        Field("paid_on", Kind.DAY, False, earliest=earliest, latest=today, depends=True),
        Field("amount", Kind.SUM, False, currency=facts.grant.currency),
        Field("rest", Kind.CHOICE, False, options=(("", ""), (TO_COME, ""), (NO_MORE, "")), spare=True),
        Field("note", Kind.TEXT, False, spare=True, depends=True),
        sum_minor=missing_minor(part) if part is not None else 0,
    )
    return replace(form, paid_before=part is not None and part.paid_minor is not None)


def _decision(say: Translator, facts: StepFacts, today: date) -> Form:
    """Return the form of a funder's decision; the days are those that the programme takes from one."""
    kinds = (("", ""), (str(DecisionKind.AWARD), ""), (str(DecisionKind.REFUSAL), ""))
    dates = (
        replace(
            _date_field(say, facts, name, needed=named.required),
            required=False,
            depends=named.required,
        )
        for name, named in facts.programme.dates.items()
        if named.given_by == "decision"
    )
    return _form(
        Act.DECIDE,
        facts,
        Field("kind", Kind.CHOICE, options=kinds),
        Field("decided_on", Kind.DAY, latest=today),
        Field("amount", Kind.SUM, False, currency=facts.grant.currency, depends=True),
        *dates,
        # Asked only when a day is left empty.
        Field("undated", Kind.CHOICE, False, options=(("", ""), (UNSAID, "")), spare=True),
        Field("purpose", Kind.TEXT, required=False),
        Field("conditions", Kind.TEXT, required=False),
        _SOURCE,
    )


def _date_field(say: Translator, facts: StepFacts, name: str, *, needed: bool) -> Field:
    """Return the field of a named date; one within the grant's time is not before the grant begins."""
    begins_on = facts.grant.period_start_on if name in dates_within(facts.programme) else None
    title = capitalised(facts.programme.dates[name].title.in_language(say.language))
    return Field(
        f"{NEEDED_DATE if needed else OTHER_DATE}{name}",
        Kind.DAY,
        title=title,
        side=Side.EITHER,
        earliest=begins_on,
        too_early=Fault.BEFORE_GRANT,
    )
