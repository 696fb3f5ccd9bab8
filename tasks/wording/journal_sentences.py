"""Say each kind of journal event as a sentence."""

from __future__ import annotations

from datetime import date

from models.rules.dates.committee import Fit
from models.vocabulary import DecisionKind, NoticeKind
from tasks.wording.journal_documents import DOCUMENT_EVENTS
from tasks.wording.journal_event import Event, Sentence, day_words
from tasks.wording.journal_gathered import GATHERED
from tasks.wording.journal_money import MONEY_EVENTS, word_repaid
from tasks.wording.standing_words import word_decision, word_role
from tasks.words.translator import Speaker


def word_event(say: Speaker, event: Event, today: date) -> str:
    """Return what happened, as a sentence; an event that has no words of its own is named as it is stored."""
    notice = event.name.removesuffix("_queued")
    if notice != event.name and notice in _LETTERS:
        return _letter(say, event, notice)
    if event.name in GATHERED:
        return GATHERED[event.name](say, [event.step])
    words = _EVENTS.get(event.name)
    return words(say, event, today) if words else f"{event.name.replace('_', ' ')}."


def _letter(say: Speaker, event: Event, notice: str) -> str:
    who, step = event.who or say.gettext("someone"), event.step
    if notice == NoticeKind.ESCALATION:
        return say.gettext("A letter to %(who)s: “%(step)s” is late.", who=who, step=step)
    if notice == NoticeKind.REMINDER:
        return say.gettext("A reminder to %(who)s: %(step)s.", who=who, step=step)
    if notice == NoticeKind.CONFIRM_RELEASE:
        return say.gettext("A letter asks %(who)s to confirm that the condition is met.", who=who)
    return say.gettext("A letter to %(who)s about: %(step)s.", who=who, step=step)


_LETTERS = frozenset(str(kind) for kind in NoticeKind)


def _grant_opened(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("The grant was entered here.")


def _grant_changed(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("The grant's facts were changed.")


def _imported_late(say: Speaker, event: Event, today: date) -> str:
    count = len(event.detail.get("late", ()))
    return say.ngettext(
        "%(count)s step was late already; nobody is told of anything until that is confirmed.",
        "%(count)s steps were late already; nobody is told of anything until that is confirmed.",
        count,
    )


def _import_confirmed(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("What was late at the import was confirmed; people are told from now on.")


def _budget_set(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("The budget was entered or changed.")


def _grant_ended(say: Speaker, event: Event, today: date) -> str:
    if event.name == "grant_refused":
        return say.gettext("The funder refused; the grant is closed.")
    if event.name == "grant_withdrawn":
        return say.gettext("The grant was withdrawn.")
    return say.gettext("Everything is settled; the grant is closed.")


def _grant_reopened(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("An approval no longer stands; the grant is open again.")


def _decision(say: Speaker, event: Event, today: date) -> str:
    kind = event.detail.get("kind")
    known = word_decision(say, kind) if kind in set(DecisionKind) else say.gettext("Decision")
    day = day_words(say, event.detail.get("decided_on"), today)
    return say.gettext(
        "The funder's decision of %(day)s was recorded: %(kind)s.", day=day, kind=known.lower()
    )


def _decision_corrected(say: Speaker, event: Event, today: date) -> str:
    kind = event.detail.get("kind")
    known = word_decision(say, kind) if kind in set(DecisionKind) else say.gettext("Decision")
    told = {"day": day_words(say, event.detail.get("decided_on"), today), "kind": known.lower()}
    if event.detail.get("annulled"):
        return say.gettext("What was recorded as the funder's %(kind)s of %(day)s was annulled.", **told)
    return say.gettext("What was recorded as the funder's %(kind)s of %(day)s was corrected.", **told)


def _moved(say: Speaker, event: Event, today: date) -> str:
    was, now = (day_words(say, event.detail.get(name), today) for name in ("was", "now"))
    return say.gettext(
        "The date of “%(step)s” moved from %(was)s to %(now)s.", step=event.step, was=was, now=now
    )


def _extended(say: Speaker, event: Event, today: date) -> str:
    day = day_words(say, event.detail.get("to"), today)
    if event.detail.get("imported"):
        return say.gettext(
            "“%(step)s” had until %(day)s when the grant was entered here.", step=event.step, day=day
        )
    return say.gettext("%(who)s gave “%(step)s” until %(day)s.", who=event.who, step=event.step, day=day)


def _answers_imported(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("The answers to “%(step)s” came with the file.", step=event.step)


def _figures_imported(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("The figures for “%(step)s” came with the file.", step=event.step)


def _reading_confirmed(say: Speaker, event: Event, today: date) -> str:
    day = day_words(say, event.detail.get("to"), today)
    if event.detail.get("imported"):
        return say.gettext(
            "It was confirmed that “%(step)s” is due on %(day)s when the grant was entered here.",
            step=event.step,
            day=day,
        )
    return say.gettext(
        "%(who)s confirmed that “%(step)s” is due on %(day)s.", who=event.who, step=event.step, day=day
    )


def _done(say: Speaker, event: Event, today: date) -> str:
    if "done_on" in event.detail:
        day = day_words(say, event.detail["done_on"], today)
        return say.gettext(
            "%(who)s recorded: “%(step)s” was done on %(day)s.", who=event.who, step=event.step, day=day
        )
    if event.who:
        said = say.gettext("%(who)s: “%(step)s” is done.", who=event.who, step=event.step)
    else:
        said = say.gettext("“%(step)s” is done.", step=event.step)
    return f"{said} {word_repaid(say, event, today)}".strip()


def _approved(say: Speaker, event: Event, today: date) -> str:
    if "approved_on" in event.detail:
        day = day_words(say, event.detail["approved_on"], today)
        return say.gettext(
            "%(who)s recorded: “%(step)s” was given on %(day)s.", who=event.who, step=event.step, day=day
        )
    return say.gettext("%(who)s recorded: “%(step)s” is given.", who=event.who, step=event.step)


def _settled_by_decision(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("The decision settled: %(step)s.", step=event.step)


def _put_off(say: Speaker, event: Event, today: date) -> str:
    expected = event.detail.get("expected_on")
    if expected is None:
        return say.gettext("%(who)s: “%(step)s” is not done yet.", who=event.who, step=event.step)
    day = day_words(say, expected, today)
    return say.gettext(
        "%(who)s: “%(step)s” is not done yet, expected on %(day)s.", who=event.who, step=event.step, day=day
    )


def _handed_over(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("“%(step)s” passed to %(who)s.", step=event.step, who=event.who)


def _role_handed_over(say: Speaker, event: Event, today: date) -> str:
    role = word_role(say, str(event.detail.get("role", "")))
    return say.gettext("%(who)s is now %(role)s.", who=event.who, role=role)


def _undone(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("%(who)s took “%(step)s” back, to do it again.", who=event.who, step=event.step)


def _confirmed(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("A letter confirms to %(who)s: %(step)s.", who=event.who, step=event.step)


def _returned(say: Speaker, event: Event, today: date) -> str:
    if "returned_on" in event.detail:
        day = day_words(say, event.detail["returned_on"], today)
        return say.gettext(
            "%(who)s recorded: “%(step)s” was sent back on %(day)s to be corrected.",
            who=event.who,
            step=event.step,
            day=day,
        )
    return say.gettext("%(who)s sent “%(step)s” back to be corrected.", who=event.who, step=event.step)


def _withdrawn(say: Speaker, event: Event, today: date) -> str:
    # An approval is mostly another body's: whoever writes down that it fell away has taken nothing back.
    return say.gettext("%(who)s recorded: “%(step)s” no longer stands.", who=event.who, step=event.step)


def _not_needed(say: Speaker, event: Event, today: date) -> str:
    reason = str(event.detail.get("reason", ""))
    if "decided_on" in event.detail:
        return say.gettext(
            "%(who)s recorded: it was decided on %(day)s that “%(step)s” is not needed. “%(reason)s”",
            who=event.who,
            step=event.step,
            day=day_words(say, event.detail["decided_on"], today),
            reason=reason,
        )
    return say.gettext(
        "%(who)s: “%(step)s” is not needed. “%(reason)s”", who=event.who, step=event.step, reason=reason
    )


def _to_approve_again(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("“%(step)s” has to be given again: the report was sent back.", step=event.step)


def _meeting_planned(say: Speaker, event: Event, today: date) -> str:
    if event.detail.get("fit") == Fit.NONE:
        return say.gettext("No meeting takes “%(step)s” in time.", step=event.step)
    day = day_words(say, event.detail.get("held_on"), today)
    if event.detail.get("fit") == Fit.LATE:
        return say.gettext(
            "“%(step)s” goes to the meeting on %(day)s, which is too late.",
            step=event.step,
            day=day,
        )
    if event.detail.get("immediate"):
        return say.gettext(
            "“%(step)s” is for the meeting on %(day)s, with immediate adjustment.", step=event.step, day=day
        )
    return say.gettext("“%(step)s” is for the meeting on %(day)s.", step=event.step, day=day)


def _meeting_undecided(say: Speaker, event: Event, today: date) -> str:
    day = day_words(say, event.detail.get("held_on"), today)
    return say.gettext(
        "The meeting on %(day)s went by, and no decision on “%(step)s” is recorded.", step=event.step, day=day
    )


def _upgraded(say: Speaker, event: Event, today: date) -> str:
    name = str(event.detail.get("programme", ""))
    if event.who:
        return say.gettext(
            "%(who)s brought the grant under the amended programme %(name)s.", who=event.who, name=name
        )
    return say.gettext("The grant came under the amended programme %(name)s.", name=name)


_EVENTS: dict[str, Sentence] = {
    **MONEY_EVENTS,
    **DOCUMENT_EVENTS,
    "grant_opened": _grant_opened,
    "grant_changed": _grant_changed,
    "imported_late": _imported_late,
    "import_confirmed": _import_confirmed,
    "budget_set": _budget_set,
    "grant_closed": _grant_ended,
    "grant_refused": _grant_ended,
    "grant_withdrawn": _grant_ended,
    "grant_reopened": _grant_reopened,
    "decision_recorded": _decision,
    "decision_corrected": _decision_corrected,
    "due_date_moved": _moved,
    "meeting_planned": _meeting_planned,
    "meeting_undecided": _meeting_undecided,
    "programme_upgraded": _upgraded,
    "step_extended": _extended,
    "answers_imported": _answers_imported,
    "figures_imported": _figures_imported,
    "reading_confirmed": _reading_confirmed,
    "step_done": _done,
    "step_approved": _approved,
    "step_settled_by_decision": _settled_by_decision,
    "step_put_off": _put_off,
    "step_handed_over": _handed_over,
    "role_handed_over": _role_handed_over,
    "answer_undone": _undone,
    "confirmation_queued": _confirmed,
    "report_returned": _returned,
    "approval_withdrawn": _withdrawn,
    "step_not_needed": _not_needed,
    "approval_reopened": _to_approve_again,
}
