"""The forms about an instalment: its claim is sent, its money has come, its condition is met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Self

from deployments.portal.answer.fields import NO_MORE, TO_COME, Field
from deployments.portal.answer.form import Act, Form
from deployments.portal.answer.forms.step import about_step
from deployments.portal.answer.step_facts import StepFacts
from deployments.portal.tasks.list import ReleaseRow
from deployments.portal.web.nonce import FormFor
from models.commands.money import Claim, Pay, Release
from models.facts.money import Payee
from models.rules.money.payment import missing_minor
from tasks.words.translator import Speaker


@dataclass(frozen=True, slots=True)
class ClaimForm(Form):
    """The claim is sent."""

    act: ClassVar[Act] = Act.CLAIM

    def command(self) -> Claim:
        """Return what is recorded."""
        return Claim(self.grant, self.instalment, self.amount(), self.day("claimed_on"))

    @classmethod
    def of(cls, say: Speaker, facts: StepFacts, today: date) -> Self:
        """Return the form; it asks for the sum where only the claim says it."""
        label = say.gettext("The day on which the claim was sent")
        left_on = facts.part.released_on if facts.part is not None else None
        fields = [Field("claimed_on", label, "date", earliest=left_on, latest=today)]
        if facts.claim_says_sum:
            currency = facts.row.currency
            label = say.gettext("The sum that is claimed (%(currency)s)", currency=currency)
            fields.append(Field("amount", label, "money", True, currency=currency))
        return cls(
            **about_step(facts),
            label=say.gettext("Done"),
            button=say.gettext("The claim is sent"),
            fields=tuple(fields),
        )


@dataclass(frozen=True, slots=True)
class PaymentForm(Form):
    """The money has come, or a part of it."""

    act: ClassVar[Act] = Act.PAID

    def command(self) -> Pay:
        """Return what is recorded, with what is said of the rest."""
        said, note = self.value("rest"), self.value("note")
        to_come = said == TO_COME
        return Pay(
            self.grant,
            self.instalment,
            self.amount(),
            self.day("paid_on"),
            expected_on=self.day("expected_on") if to_come else None,
            no_more_why=note if said == NO_MORE else None,
            note=note if to_come else "",
        )

    def check(self, say: Speaker) -> Self:
        """Ask what becomes of the rest where less came than is missing; what is said of none is taken out."""
        missing = self.about.sum_minor
        came = self.amount() if self.value("amount") else missing
        if came is None or any(field.error for field in self.fields if field.name == "amount"):
            return self
        form = self
        if came and not self.value("paid_on"):
            form = form.with_errors({"paid_on": say.gettext("Say on which day the money came.")})
        if came >= missing:
            kept = ("paid_on", "amount")
            fields = tuple(
                field if field.name in kept else replace(field, value="", error="") for field in form.fields
            )
            return replace(form, fields=fields)
        said = self.value("rest")
        lacks = {
            "rest": "" if said else _word_missing(say, missing - came, self.currency),
            "expected_on": say.gettext("Say when it is expected.") if said == TO_COME else "",
            "note": say.gettext("Say why no more comes.") if said == NO_MORE else "",
        }
        if not came and said == TO_COME:
            lacks["amount"] = say.gettext("Nothing has come, then: answer “Not yet”.")

        def asked(field: Field) -> Field:
            if field.name == "paid_on":
                return field
            error = lacks.get(field.name, "")
            empty = not field.value or field.name == "amount"
            return replace(field, spare=False, error=error if error and empty else field.error)

        return replace(form, fields=tuple(asked(field) for field in form.fields))

    @classmethod
    def of(cls, say: Speaker, facts: StepFacts, today: date) -> Self:
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
        begun = about_step(facts)
        return cls(
            **begun | {"about": replace(begun["about"], sum_minor=missing)},
            label=say.gettext("Done"),
            button=say.gettext("The money has come"),
            fields=(day, amount, *_rest_fields(say, today)),
        )


def _word_missing(say: Speaker, minor: int, currency: str) -> str:
    """Return that what is missing of a payment has to be spoken of."""
    return say.gettext(
        "%(money)s is missing. Say whether it is still to come.", money=say.money(minor, currency)
    )


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


@dataclass(frozen=True, slots=True)
class ReleaseForm(Form):
    """The condition is met: the release is asked for, or confirmed."""

    act: ClassVar[Act] = Act.RELEASE

    def command(self) -> Release:
        """Return what is confirmed: who was shown "you are the first" must not become the second."""
        return Release(
            self.grant,
            self.instalment,
            first_only=self.about.state == 0,
            shown_minor=self.about.sum_minor,
            shown_account=self.about.account,
        )

    @classmethod
    def of(cls, say: Speaker, part: ReleaseRow, payee: Payee | None, reader_id: int) -> Self | None:
        """Return the form for a reader; None for the one who has asked."""
        if part.requested_by_id == reader_id:
            return None
        account = payee.account if payee else ""
        state, sum_minor = part.requested_by_id or 0, part.amount_minor or 0
        first = part.requested_by_id is None
        return cls(
            about=FormFor("part", part.id, state, sum_minor, account=account),
            grant=part.reference,
            step="",
            currency=part.currency,
            instalment=part.number,
            label=say.gettext("The condition is met"),
            button=say.gettext("Confirm as the first person")
            if first
            else say.gettext("Confirm as the second person"),
            hint=say.gettext("You are the first of two. The second is then asked to confirm.")
            if first
            else say.gettext("You are the second of two. With your confirmation the claim may leave."),
        )
