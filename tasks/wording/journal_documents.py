"""Say each kind of journal event about documents as a sentence."""

from __future__ import annotations

from datetime import date

from tasks.wording.journal_event import Event, Sentence
from tasks.wording.standing_words import word_paper
from tasks.words.translator import Speaker


def _document_added(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("%(who)s added a file to “%(step)s”.", who=event.who, step=event.step)


def _document_made(say: Speaker, event: Event, today: date) -> str:
    kind, version = word_paper(say, str(event.detail.get("kind"))), event.detail.get("version")
    made = say.gettext(
        "%(who)s made: %(kind)s, version %(version)s.", who=event.who, kind=kind, version=version
    )
    chosen = _chosen(say).get(str(event.detail.get("small_numbers")))
    return f"{made} {chosen}" if chosen else made


def _chosen(say: Speaker) -> dict[str, str]:
    return {
        "show": say.gettext("Small numbers of people are printed as they are."),
        "fewer": say.gettext("Small numbers of people are printed as “fewer than”."),
        "totals": say.gettext("Numbers of people are printed as totals."),
    }


def _small_numbers_chosen(say: Speaker, event: Event, today: date) -> str:
    chosen = _chosen(say)[str(event.detail.get("choice"))]
    said = say.gettext("%(who)s chose for the grant's documents: %(choice)s", who=event.who, choice=chosen)
    if not (number := int(event.detail.get("sentences") or 0)):
        return said
    looked = say.ngettext(
        "One sentence was confirmed as stating no hidden number.",
        "%(count)s sentences were confirmed as stating no hidden number.",
        number,
    )
    return f"{said} {looked}"


def _document_approved(say: Speaker, event: Event, today: date) -> str:
    version = event.detail.get("version")
    return say.gettext("What was approved is version %(version)s of the final report.", version=version)


def _document_sent(say: Speaker, event: Event, today: date) -> str:
    version, reason = event.detail.get("version"), event.detail.get("reason")
    if version is not None:
        return say.gettext("What was sent is version %(version)s of the final report.", version=version)
    return say.gettext(
        "%(who)s sent a file that is not what was approved: “%(reason)s”", who=event.who, reason=reason
    )


DOCUMENT_EVENTS: dict[str, Sentence] = {
    "document_added": _document_added,
    "document_made": _document_made,
    "small_numbers_chosen": _small_numbers_chosen,
    "document_approved": _document_approved,
    "document_sent": _document_sent,
}
