"""Make the forms with which a step, or the release of an instalment, is answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from deployments.portal.form_fields import NEEDED_DATE, OTHER_DATE, UNSAID, Field, Known, question_fields
from deployments.portal.form_nonce import FormFor
from deployments.portal.missing_dates import wanted_by
from deployments.portal.posted_form import file_field
from models.programme import Programme, StepRule
from models.question_rule import Question
from models.vocabulary import DecisionKind, InstalmentStatus, Phase, StepKind, StepStatus
from tasks.database import AnyRow
from tasks.words import Speaker, capitalised


@dataclass(frozen=True, slots=True)
class Form:
    """A way to answer: `act` names it in the post, `label` opens it, `button` sends it.

    One with `keeps` can be kept as it is and sent later; `kept` says when that was done last. `files` are what was
    handed in with it so far: document id, name, and the name of the field that it belongs to.
    """

    act: str
    about: FormFor
    label: str
    button: str
    fields: tuple[Field, ...] = ()
    hint: str = ""
    opened: bool = False
    questions: tuple[Question, ...] = ()
    keeps: bool = False
    kept: str = ""
    files: tuple[tuple[int, str, str], ...] = ()

    @property
    def takes_files(self) -> bool:
        """Whether files can be handed in with it."""
        return any(field.kind == "file" for field in self.fields)

    def files_at(self, name: str) -> list[tuple[int, str]]:
        """Return what was handed in so far at a field: document id and name."""
        return [(number, file) for number, file, at in self.files if at == name]


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What a step's forms depend on.

    `known` is what is known of its questions, by key; `colleagues` (id, name) who may take it over;
    `part` is the instalment that a claim or payment is about; `own_report` says that the reader made the report
    that this approval is about; `brought` are the names of the files that earlier answers brought, by document key;
    `dates` names the dates that the step waits for and the decision did not say.
    """

    row: AnyRow
    rule: StepRule | None
    programme: Programme
    known: dict[str, Known] = field(default_factory=dict)
    colleagues: tuple[tuple[int, str], ...] = ()
    part: AnyRow | None = None
    own_report: bool = False
    brought: dict[str, str] = field(default_factory=dict)
    dates: tuple[str, ...] = ()

    def date_title(self, name: str, say: Speaker) -> str:
        """Return what the programme calls a named date."""
        title = self.programme.dates[name].title
        return title.en if say.language == "en" else title.sv


def forms_of(say: Speaker, facts: StepFacts, today: date, *, mine: bool) -> list[Form]:
    """Return the forms that an unsettled step takes; `mine` says that the reader has it."""
    about = FormFor("step", facts.row.step_id, facts.row.version)
    forms = list(_doing(say, facts, about, today))
    if facts.dates:
        forms.insert(0, _dates(say, facts, about, today))
    if facts.rule is not None and facts.rule.optional:
        forms.append(_not_needed(say, about))
    return [*forms, _not_yet(say, about, today), _not_me(say, facts, about, mine=mine)]


def why_not_done(say: Speaker, facts: StepFacts, today: date) -> str:
    """Return why an open step cannot be done now; empty when it can."""
    row = facts.row
    if row.status == StepStatus.WAITING and facts.dates:
        dates = say.listed([facts.date_title(name, say) for name in facts.dates])
        return say.gettext(
            "No decision says this yet: %(dates)s. Until it is known here, nobody is reminded of it.",
            dates=dates,
        )
    if row.status == StepStatus.WAITING:
        return say.gettext(
            "It can be done when what it waits for is done. It is shown here because its day comes near."
        )
    if row.opens_on is not None and row.opens_on > today:
        return say.gettext("It can be done from %(day)s on.", day=say.short_date(row.opens_on, today))
    if facts.own_report:
        return say.gettext("You made the report, so someone else must approve it.")
    if row.step_kind == StepKind.CLAIM and _waits_for_sum(facts):
        return say.gettext("It is not known yet how much can be claimed.")
    if row.step_kind == StepKind.CLAIM and not _can_claim(facts):
        return say.gettext("The claim may leave when two people have confirmed that the condition is met.")
    if row.step_kind == StepKind.PAYMENT and not _can_be_paid(facts):
        return say.gettext("The payment can be recorded when the claim is.")
    return ""


def _part_is(facts: StepFacts, status: InstalmentStatus) -> bool:
    return facts.part is not None and facts.part.status == status


def _can_be_paid(facts: StepFacts) -> bool:
    """Return whether the part is claimed, or has left where nobody claims it."""
    number = facts.rule.instalment if facts.rule else None
    asked = any(one.kind is StepKind.CLAIM and one.instalment == number for one in facts.programme.steps)
    return _part_is(facts, InstalmentStatus.CLAIMED) or (
        not asked and _part_is(facts, InstalmentStatus.RELEASED)
    )


def _can_claim(facts: StepFacts) -> bool:
    """Return whether the part is released, or leaves with its claim because it has no condition."""
    part = facts.part
    if part is None or part.status == InstalmentStatus.RELEASED:
        return part is not None
    return part.status == InstalmentStatus.PLANNED and not part.conditional


def _waits_for_sum(facts: StepFacts) -> bool:
    part = facts.part
    return (
        part is not None and part.amount_minor is None and not part.conditional and not _claim_says_sum(facts)
    )


def _claim_says_sum(facts: StepFacts) -> bool:
    """Return whether the claim says how much is claimed: nothing else does."""
    if facts.part is None or facts.part.rule is None or facts.part.status in _LEFT:
        return False
    rule = facts.programme.instalments[facts.part.rule - 1]
    return rule.claimed and rule.spending is None


_LEFT = (InstalmentStatus.RELEASED, InstalmentStatus.CLAIMED, InstalmentStatus.PAID)


def _claim(say: Speaker, facts: StepFacts, about: FormFor) -> Form:
    fields: tuple[Field, ...] = ()
    if _claim_says_sum(facts):
        label = say.gettext("The sum that is claimed (%(currency)s)", currency=facts.row.currency)
        fields = (Field("amount", label, "money", True, currency=facts.row.currency),)
    return Form("claim", about, say.gettext("Done"), say.gettext("The claim is sent"), fields)


def _doing(say: Speaker, facts: StepFacts, about: FormFor, today: date) -> Iterator[Form]:
    if why_not_done(say, facts, today):
        return
    kind = facts.row.step_kind
    if kind == StepKind.APPROVAL:
        yield from _approval(say, facts, about)
    elif kind == StepKind.CLAIM:
        yield _claim(say, facts, about)
    elif kind == StepKind.PAYMENT:
        yield _payment(say, facts, about)
    elif kind == StepKind.FUNDER and facts.rule is not None and facts.rule.settled_by_decision:
        yield _decision(say, facts, about, today)
    else:
        yield from _done(say, facts, about)


def _done(say: Speaker, facts: StepFacts, about: FormFor) -> Iterator[Form]:
    questions = facts.rule.questions if facts.rule else ()
    fields = [
        field
        for question in questions
        for field in question_fields(say, question, facts.known, facts.row.currency)
    ]
    documents = [*_document_fields(say, facts)]
    hint = "" if fields or documents else say.gettext("There is nothing to fill in.")
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
        (*fields, *documents, files, why) if sends else (*fields, *documents, files),
        hint,
        questions=questions,
        keeps=True,
    )
    if facts.rule is not None and facts.rule.each and questions:
        note = Field("note", say.gettext("A note, if you wish"), "text", required=False)
        hint = say.gettext("The period had nothing that should be reported. It counts as done.")
        label = say.gettext("Nothing to report")
        yield Form("nothing", about, label, say.gettext("There is nothing to report"), (note,), hint)


def _document_fields(say: Speaker, facts: StepFacts) -> Iterator[Field]:
    """Yield a field for each document that the step asks for; what an earlier answer brought need not come again."""
    for one in facts.rule.documents if facts.rule else ():
        label = capitalised(one.title.en if say.language == "en" else one.title.sv)
        brought = facts.brought.get(one.key, "")
        hint = say.gettext("It is here already: %(name)s.", name=brought) if brought else ""
        yield Field(file_field(one.key), label, "file", one.required and not brought, hint=hint)


def _approval(say: Speaker, facts: StepFacts, about: FormFor) -> Iterator[Form]:
    note = Field("note", say.gettext("A note, if you wish"), "text", required=False)
    hint = ""
    if facts.row.with_funder:
        hint = say.gettext("You record what the funder has answered.")
    yield Form("approve", about, say.gettext("Approved"), say.gettext("Record the approval"), (note,), hint)
    why = Field("note", say.gettext("What must be corrected"), "text")
    yield Form("return", about, say.gettext("Sent back"), say.gettext("Send it back"), (why,), hint)


def _payment(say: Speaker, facts: StepFacts, about: FormFor) -> Form:
    part, currency = facts.part, facts.row.currency
    whole = say.money(part.amount_minor, currency) if part is not None and part.amount_minor else ""
    hint = say.gettext("Leave it empty when all of it has come: %(money)s.", money=whole) if whole else ""
    label = say.gettext("The sum that came (%(currency)s)", currency=currency)
    paid = Field("amount", label, "money", False, "", hint, currency=currency)
    return Form("paid", about, say.gettext("Done"), say.gettext("The money has come"), (paid,))


def _decision(say: Speaker, facts: StepFacts, about: FormFor, today: date) -> Form:
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
    dates = [
        Field(
            f"{NEEDED_DATE if named.required else OTHER_DATE}{name}",
            capitalised(facts.date_title(name, say)),
            "date",
            required=False,
            hint=hint(name) if named.required else only_said,
        )
        for name, named in facts.programme.dates.items()
        if named.given_by == "decision"
    ]
    fields = (
        Field("kind", say.gettext("What the funder decided"), "choice", options=kinds),
        Field("decided_on", say.gettext("The day of the decision"), "date", latest=today),
        Field("amount", granted, "money", False, "", only_award, currency=facts.row.currency),
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


def _dates(say: Speaker, facts: StepFacts, about: FormFor, today: date) -> Form:
    asked = [
        Field(f"{NEEDED_DATE}{name}", capitalised(facts.date_title(name, say)), "date")
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


def _not_needed(say: Speaker, about: FormFor) -> Form:
    hint = say.gettext("For when there is nothing that it is about, such as a year without activity.")
    why = Field("note", say.gettext("Why it is not needed"), "text")
    return Form("not_needed", about, say.gettext("Not needed"), say.gettext("It is not needed"), (why,), hint)


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


def release_form(say: Speaker, part: AnyRow, reader_id: int) -> Form | None:
    """Return the form that asks for the release of an instalment, or confirms it; None for who has asked."""
    if part.requested_by_id == reader_id:
        return None
    about = FormFor("part", part.id, part.requested_by_id or 0, part.amount_minor or 0)
    if part.requested_by_id is None:
        hint = say.gettext("You are the first of two. The second is then asked to confirm.")
        return Form(
            "release",
            about,
            say.gettext("The condition is met"),
            say.gettext("Ask for the release"),
            (),
            hint,
        )
    hint = say.gettext("You are the second of two. With your confirmation the claim may leave.")
    return Form(
        "release", about, say.gettext("The condition is met"), say.gettext("Confirm the release"), (), hint
    )
