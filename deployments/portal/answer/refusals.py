"""Say why an answer was refused, as far as its reader can mend it."""

from __future__ import annotations

from deployments.portal.answer.form import Act, Form
from models.errors import FileNotApproved, FileNotWhole, GrantError, NotAllowed, Refused
from models.rules.answers.answer import AnswerReason
from models.rules.money.claim import ClaimReason
from models.rules.money.payment import PaymentReason
from tasks.words.translator import Speaker

_TOO_EARLY = (
    AnswerReason.PAPER_TOO_EARLY,
    ClaimReason.BEFORE_RELEASE,
    PaymentReason.BEFORE_CLAIM,
    PaymentReason.BEFORE_LAST,
)


def word_problem(say: Speaker, act: Act, error: GrantError) -> str:
    """Return why an answer was refused, as far as its reader can mend it."""
    if isinstance(error, NotAllowed):
        return say.gettext("You have no part in this any more, so your answer is not recorded.")
    reason = error.facts.get("reason")
    if reason is PaymentReason.TOO_MUCH:
        return say.gettext("The sum is larger than what is missing of this part. Nothing is recorded.")
    if reason in _TOO_EARLY:
        return say.gettext(
            "The day comes before that of what it follows. Look at the day. Nothing is recorded."
        )
    if isinstance(error, FileNotApproved):
        return _word_other_version(say, error)
    if isinstance(error, FileNotWhole):
        return _word_harmed(say, error)
    if act is Act.DATE and isinstance(error, Refused):
        return say.gettext("The letter cannot be older than the decision. Look at its day.")
    if act is Act.NOT_ME:
        return say.gettext("It could not be handed over to that person. Choose another one.")
    return say.gettext(
        "This could not be recorded as things stand. Look at the task, and ask if it is unclear."
    )


def _word_other_version(say: Speaker, error: FileNotApproved) -> str:
    """Return that another version of the report was approved than the one to be sent."""
    other, version = error.facts.get("other"), error.facts.get("version")
    if version is None:
        return say.gettext(
            "Version %(other)s of the final report is not what was approved. Send what was approved, or let it be"
            " approved again.",
            other=other,
        )
    return say.gettext(
        "Version %(version)s of the final report was approved, and version %(other)s is another. Send what was"
        " approved, or let it be approved again.",
        version=version,
        other=other,
    )


def _word_harmed(say: Speaker, error: FileNotWhole) -> str:
    """Return which kept file was lost or changed, that nothing is recorded, and how it is mended."""
    told = say.gettext(
        "The file “%(name)s” is not the one that was kept: it has been changed, or is gone. Nothing is recorded.",
        name=error.facts["name"],
    )
    mends = {
        "made": say.gettext(
            "Make the document again, which mends it, or have the file put back from a backup."
        ),
        "added": say.gettext("Take the file away and add it again."),
    }
    other = say.gettext("Have the file put back from a backup, or handed in again.")
    return f"{told} {mends.get(str(error.facts['mend']), other)}"


def with_file_problem(say: Speaker, form: Form, error: FileNotApproved) -> Form:
    """Return the form with what is wrong with a file: what it is can be said, another version cannot go."""
    name = error.facts["name"]
    if error.facts.get("other") is not None:
        return form.with_errors({"files": f"{name}: {_word_other_version(say, error)}"})
    ask = say.gettext(
        "“%(name)s” is not what was approved. Say what it is, such as the signed copy, or take it away.",
        name=name,
    )
    return form.with_errors({"note": ask})
