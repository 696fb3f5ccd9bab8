"""Make the forms with which a step is answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from deployments.portal.answer.decision_forms import dates_form, decision_form
from deployments.portal.answer.fields import NO_MORE, TO_COME, Field, question_fields
from deployments.portal.answer.form import Form
from deployments.portal.answer.step_facts import StepFacts, why_not_done
from deployments.portal.web.nonce import FormFor
from deployments.portal.web.posted_form import file_field
from models.programme.question import Question
from models.rules.money.payment import missing_minor
from models.rules.steps.sent_reports import goes_to_funder
from models.vocabulary import Phase, StepKind
from tasks.words.translator import Speaker, capitalised


def forms_of(say: Speaker, facts: StepFacts, today: date, *, mine: bool) -> list[Form]:
    """Return the forms that an unsettled step takes; `mine` says that the reader has it."""
    about = FormFor("step", facts.row.step_id, facts.row.version)
    forms = list(_doing(say, facts, about, today))
    if facts.dates:
        forms.insert(0, dates_form(say, facts, about, today))
    if facts.rule is not None and facts.rule.optional:
        forms.append(_not_needed(say, about, today))
    return [*forms, _not_yet(say, about, today), _not_me(say, facts, about, mine=mine)]


def _claim(say: Speaker, facts: StepFacts, about: FormFor, today: date) -> Form:
    label = say.gettext("The day on which the claim was sent")
    left_on = facts.part.released_on if facts.part is not None else None
    fields = [Field("claimed_on", label, "date", earliest=left_on, latest=today)]
    if facts.claim_says_sum:
        label = say.gettext("The sum that is claimed (%(currency)s)", currency=facts.row.currency)
        fields.append(Field("amount", label, "money", True, currency=facts.row.currency))
    return Form("claim", about, say.gettext("Done"), say.gettext("The claim is sent"), tuple(fields))


def _doing(say: Speaker, facts: StepFacts, about: FormFor, today: date) -> Iterator[Form]:
    if why_not_done(say, facts, today):
        return
    kind = facts.row.step_kind
    if kind == StepKind.APPROVAL:
        yield from _approval(say, facts, about, today)
    elif kind == StepKind.CLAIM:
        yield _claim(say, facts, about, today)
    elif kind == StepKind.PAYMENT:
        yield _payment(say, facts, about, today)
    elif kind == StepKind.FUNDER and facts.rule is not None and facts.rule.settled_by_decision:
        yield decision_form(say, facts, about, today)
    else:
        yield from _done(say, facts, about, today)


def _done(say: Speaker, facts: StepFacts, about: FormFor, today: date) -> Iterator[Form]:
    questions = facts.rule.questions if facts.rule else ()
    fields = [field for question in questions for field in _question_fields(say, facts, question)]
    days, documents = [*_done_on(say, facts, today)], [*_document_fields(say, facts)]
    hint = "" if fields or days or documents else say.gettext("There is nothing to fill in.")
    files = Field(
        "files",
        say.gettext("Other files") if documents else say.gettext("Files"),
        "file",
        required=False,
        hint=say.gettext("Word, Excel, PDF, pictures or CSV, at most 20 MB each."),
    )
    button = say.gettext("It is done")
    # Asked for only where a file is not what was approved.
    why = Field("note", say.gettext("What the file is"), "text", required=False, spare=True)
    sends = facts.rule is not None and facts.rule.phase is Phase.FINAL_REPORT
    yield Form(
        "done",
        about,
        say.gettext("Done"),
        button,
        (*fields, *days, *documents, files, why) if sends else (*fields, *days, *documents, files),
        hint,
        questions=questions,
        keeps=True,
        origins=tuple(
            f"{field.label}: {facts.known[key].origin}"
            for field in fields
            if (key := field.name.removeprefix("q-")) in facts.known and facts.known[key].origin
        ),
    )
    if facts.rule is not None and facts.rule.each and questions:
        note = Field("note", say.gettext("A note, if you wish"), "text", required=False)
        hint = say.gettext("The period had nothing that should be reported. It counts as done.")
        label = say.gettext("Nothing to report")
        # To the funder it is a report too, which left on a day.
        button = say.gettext("There is nothing to report")
        yield Form("nothing", about, label, button, (*days, note), hint)


def _question_fields(say: Speaker, facts: StepFacts, question: Question) -> list[Field]:
    whole, *parts = question_fields(say, question, facts.known, facts.row.currency)
    if facts.awaits(question):
        hint = say.gettext("It is collected automatically, and has not come yet. Fill it in if you know it.")
        whole = replace(whole, hint=hint)
    return [whole, *parts]


def _document_fields(say: Speaker, facts: StepFacts) -> Iterator[Field]:
    """Yield a field for each document that the step asks for; what an earlier answer brought need not come again."""
    for one in facts.rule.documents if facts.rule else ():
        label = capitalised(one.title.en if say.language == "en" else one.title.sv)
        brought = facts.brought.get(one.key, "")
        hint = say.gettext("It is here already: %(name)s.", name=brought) if brought else ""
        yield Field(file_field(one.key), label, "file", one.required and not brought, hint=hint)


def _approval(say: Speaker, facts: StepFacts, about: FormFor, today: date) -> Iterator[Form]:
    note = Field("note", say.gettext("A note, if you wish"), "text", required=False)
    hint = ""
    if facts.row.with_funder:
        hint = say.gettext("You record what the funder has answered.")
    # Who approves has seen one version: another that is made meanwhile is not approved by it.
    seen = replace(about, version=facts.report_version)
    fields = (*_answered_on(say, facts, "approved_on", today), note)
    yield Form("approve", seen, say.gettext("Approved"), say.gettext("Record the approval"), fields, hint)
    why = Field("note", say.gettext("What must be corrected"), "text")
    # Here it is sent back on the page, also between two meetings.
    days = _answered_on(say, facts, "returned_on", today) if facts.row.with_funder else ()
    fields = (*days, why)
    yield Form("return", about, say.gettext("Sent back"), say.gettext("Send it back"), fields, hint)


def _done_on(say: Speaker, facts: StepFacts, today: date) -> Iterator[Field]:
    """Yield the day on which what is done left or came; what is handed in on the page itself is today's."""
    if facts.row.with_funder:
        label = say.gettext("The day on which it came")
    elif facts.row.step_kind == StepKind.REPAYMENT:
        label = say.gettext("The day on which the money was paid back")
    elif facts.rule is not None and goes_to_funder(facts.rule, facts.programme):
        label = say.gettext("The day on which it was sent")
    else:
        return
    yield Field("done_on", label, "date", latest=today)


def _answered_on(say: Speaker, facts: StepFacts, name: str, today: date) -> Iterator[Field]:
    """Yield the day of the paper that an approval or a return stands on; one given on the page is today's."""
    if facts.row.with_funder:
        label = say.gettext("The day of the funder's answer")
        hint = say.gettext("As its letter has it, such as %(day)s.", day=today.isoformat())
    elif facts.rule is not None and facts.rule.body is not None:
        label = say.gettext("The day of the meeting")
        hint = say.gettext("As the minutes have it, such as %(day)s.", day=today.isoformat())
    else:
        return
    yield Field(name, label, "date", hint=hint, earliest=facts.reported_on, latest=today)


def _payment(say: Speaker, facts: StepFacts, about: FormFor, today: date) -> Form:
    """Return the form; what it asks of the rest is shown once less is said to have come than what is missing."""
    part, currency = facts.part, facts.row.currency
    missing = missing_minor(part) if part is not None else 0
    whole = say.money(missing, currency) if missing else ""
    hint = say.gettext("Leave it empty when all of it has come: %(money)s.", money=whole) if whole else ""
    if part is not None and part.paid_minor is not None:
        hint = say.gettext(
            "Leave it empty when the rest has come: %(money)s. Write 0 when no more comes.", money=whole
        )
    day = Field(
        "paid_on",
        say.gettext("The day on which the money came"),
        "date",
        False,
        hint=say.gettext("As the bank statement has it, such as %(day)s.", day=today.isoformat()),
        earliest=(part.paid_on or part.claimed_on or part.released_on) if part is not None else None,
        latest=today,
        depends=True,
    )
    label = say.gettext("The sum that came (%(currency)s)", currency=currency)
    amount = Field("amount", label, "money", False, "", hint, currency=currency)
    fields, seen = (day, amount, *_rest_fields(say, today)), replace(about, sum_minor=missing)
    return Form("paid", seen, say.gettext("Done"), say.gettext("The money has come"), fields)


def _rest_fields(say: Speaker, today: date) -> Iterator[Field]:
    """Yield what is asked of the rest of a payment: whether it comes, and when, or why not."""
    answers = (
        ("", say.gettext("Choose")),
        (TO_COME, say.gettext("Yes, it is to come later")),
        (NO_MORE, say.gettext("No, no more comes")),
    )
    still = say.gettext("Is the rest still to come?")
    yield Field("rest", still, "choice", False, options=answers, spare=True)
    yield Field(
        "expected_on",
        say.gettext("When the rest is expected"),
        "date",
        False,
        hint=say.gettext("To be filled in when it is to come later."),
        earliest=today,
        spare=True,
        depends=True,
    )
    yield Field(
        "note",
        say.gettext("Why not all of it has come"),
        "text",
        False,
        hint=say.gettext("To be filled in when no more comes: the money is then recorded as lost."),
        spare=True,
        depends=True,
    )


def _not_needed(say: Speaker, about: FormFor, today: date) -> Form:
    hint = say.gettext("For when there is nothing that it is about, such as a year without activity.")
    label, paper = say.gettext("The day on which that was decided"), say.gettext("If there is a paper of it.")
    day = Field("decided_on", label, "date", required=False, hint=paper, latest=today)
    source = say.gettext("Name the decision or the letter, too, with its number, if there is one.")
    why = Field("note", say.gettext("Why it is not needed"), "text", hint=source)
    fields, button = (day, why), say.gettext("It is not needed")
    return Form("not_needed", about, say.gettext("Not needed"), button, fields, hint)


def _not_yet(say: Speaker, about: FormFor, today: date) -> Form:
    fields = (
        Field("expected_on", say.gettext("When it will be done"), "date", earliest=today),
        Field("note", say.gettext("Why"), "text"),
    )
    hint = say.gettext("The due date stays. Your manager is told at once if you expect to be late.")
    return Form("not_yet", about, say.gettext("Not yet"), say.gettext("Send the answer"), fields, hint)


def _not_me(say: Speaker, facts: StepFacts, about: FormFor, *, mine: bool) -> Form:
    options = (
        ("", say.gettext("Someone else")),
        *((str(number), name) for number, name in facts.colleagues),
    )
    who = Field("colleague", say.gettext("Who should have it"), "choice", False, "", "", options)
    hint = say.gettext(
        "The person you choose gets an email about it. Choose “someone else”, and the manager decides who."
    )
    label = say.gettext("Not me") if mine else say.gettext("Give it to someone")
    return Form("not_me", about, label, say.gettext("Hand it over"), (who,), hint)
