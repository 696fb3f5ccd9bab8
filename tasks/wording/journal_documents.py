"""Say each kind of journal event about documents as a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tasks.wording.journal_event import Event, Sentence
from tasks.wording.standing_words import word_paper
from tasks.wording.words import Speaker


def _document_added(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("%(who)s added a file to “%(step)s”.", who=event.who, step=event.step)


def _document_made(say: Speaker, event: Event, today: date) -> str:
    kind, version = word_paper(say, str(event.detail.get("kind"))), event.detail.get("version")
    made = say.gettext(
        "%(who)s made: %(kind)s, version %(version)s.", who=event.who, kind=kind, version=version
    )
    chosen = event.detail.get("small_numbers")
    choices = set(chosen.values()) if isinstance(chosen, dict) else {chosen}
    told = [words for choice, words in _chosen(say) if choice in choices]
    return " ".join([made, *told])


def _chosen(say: Speaker) -> Iterator[tuple[str, str]]:
    yield "hide", say.gettext("Small numbers are hidden.")
    yield "merge", say.gettext("Periods with small numbers are joined.")
    yield "send", say.gettext("Small numbers are sent as they are.")


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
    "document_approved": _document_approved,
    "document_sent": _document_sent,
}
