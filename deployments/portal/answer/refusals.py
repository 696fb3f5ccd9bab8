"""Tell why an answer was refused, as far as its reader can correct it."""

from __future__ import annotations

from deployments.portal.answer.form import Act, Form
from deployments.portal.web.message import Message, message
from models.errors import FileNotApproved, FileNotWhole, GrantError, NotAllowed, Refused
from models.rules.answers.answer import AnswerReason
from models.rules.money.claim import ClaimReason
from models.rules.money.payment import PaymentReason

_TOO_EARLY = (
    AnswerReason.PAPER_TOO_EARLY,
    ClaimReason.BEFORE_RELEASE,
    PaymentReason.BEFORE_CLAIM,
    PaymentReason.BEFORE_LAST,
)


def problem_of(act: Act, error: GrantError) -> Message:
    """Return why an answer was refused, as far as its reader can correct it."""
    if isinstance(error, NotAllowed):
        return message("no_part_any_more")
    reason = error.facts.get("reason")
    if reason is PaymentReason.TOO_MUCH:
        return message("more_than_missing")
    if reason in _TOO_EARLY:
        return message("before_what_it_follows")
    if isinstance(error, FileNotApproved):
        return message("other_version", other=error.facts.get("other"), version=error.facts.get("version"))
    if isinstance(error, FileNotWhole):
        return message("file_not_whole", file=error.facts["name"], source=str(error.facts["mend"]))
    if act is Act.DATE and isinstance(error, Refused):
        return message("letter_before_decision")
    return message("other_colleague" if act is Act.NOT_ME else "cannot_be_recorded")


def with_file_problem(form: Form, error: FileNotApproved) -> Form:
    """Return the form with what is wrong with a file: what it is can be said, another version cannot go."""
    name, other = error.facts["name"], error.facts.get("other")
    if other is not None:
        version = error.facts.get("version")
        return form.with_errors({"files": message("other_version", other=other, version=version, file=name)})
    return form.with_errors({"note": message("file_not_approved", file=name)})
