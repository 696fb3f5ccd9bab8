"""List what the grant's journal says was sent to the funder: application, reports and claims, with their files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from models.columns import table_of
from models.journal import JournalEvent
from models.rules.step_needs import goes_to_funder
from models.step import Document, MadeDocument, Step
from models.vocabulary import Phase, StepKind
from tasks.grants.vault.approved_versions import SENT
from tasks.papers.bundle_entries import Entry
from tasks.store.database import AnyRow
from tasks.store.programme_versions import load_programme
from tasks.wording.standing_words import word_paper
from tasks.wording.words import Speaker, capitalised

# The documents that such a step sends.
_SENT_KINDS = (SENT, "follow-up", "claim")

_EVENT, _STEP = table_of(JournalEvent), table_of(Step)
_DOCUMENT, _MADE = table_of(Document), table_of(MadeDocument)


@dataclass(frozen=True, slots=True)
class Sending:
    """A time at which a step was done that sends something: its event, and what the journal says of its files.

    `added` are the files that came with the answer; `sent` is what of them, or of what was made here, was approved;
    `made` is the last version that was made here before.
    """

    done: AnyRow
    added: tuple[Mapping[str, Any], ...] = ()
    sent: tuple[Mapping[str, Any], ...] = ()
    made: Mapping[str, Any] | None = None

    @property
    def on(self) -> date:
        """The day on which it was sent; it may have been recorded later."""
        said = self.done.detail.get("done_on") or self.done.detail.get("claimed_on")
        return date.fromisoformat(said) if said else self.done.on


def sent_entries(
    connection: Connection, grant: AnyRow, say: Speaker, titles: Mapping[int, str], kept: Iterable[Entry]
) -> Iterator[Entry]:
    """Yield a line for each thing that was sent, without from and to; `kept` are the grant's documents in the zip.

    A sending that names no file is a line too: what was sent lies elsewhere.
    """
    files: dict[str, Entry] = {}
    for one in kept:  # a file that came with the answer before the same one as it was made here
        files.setdefault(one.sha256, one)
    outgoing = say.gettext("outgoing")
    for sending in _sendings(connection, grant):
        title = capitalised(titles.get(sending.done.step_id, ""))
        named = [*_named(connection, grant, sending, say, title)] or [(title, "")]
        for what, sha256 in named:
            about = say.gettext("%(what)s, sent to the funder", what=what)
            known = files.get(sha256, Entry(sending.on, outgoing, "", "", about))
            yield replace(known, on=sending.on, way=outgoing, sender="", receiver="", about=about, lost=False)


def _sendings(connection: Connection, grant: AnyRow) -> list[Sending]:
    """Return what was sent, in its order; what its sender took back again is left out."""
    sends = _senders(connection, grant)
    events = select(_EVENT).where(_EVENT.c.grant_id == grant.id, _EVENT.c.step_id.in_(sends))
    found: list[Sending] = []
    added: dict[int, list[Mapping[str, Any]]] = {one: [] for one in sends}
    made: dict[int, Mapping[str, Any]] = {}
    for event in connection.execute(events.order_by(_EVENT.c.id)):
        own = [one for one in found if one.done.step_id == event.step_id]
        if event.event == "document_added":
            added[event.step_id].append(event.detail)
        elif event.event == "document_made" and event.detail["kind"] in _SENT_KINDS:
            made[event.step_id] = event.detail
        elif event.event == sends[event.step_id]:
            found.append(Sending(event, tuple(added[event.step_id]), made=made.get(event.step_id)))
            added[event.step_id] = []
        elif event.event == "document_sent" and own:
            found[found.index(own[-1])] = replace(own[-1], sent=(*own[-1].sent, event.detail))
        elif event.event == "answer_undone" and own:
            found.remove(own[-1])
    return found


def _senders(connection: Connection, grant: AnyRow) -> dict[int, str]:
    """Return the steps that send something to the funder, with the event that tells that they did.

    Claims do, the application and the follow-ups that go to the funder, and the last report of the end: what a body
    approves is still to be sent.
    """
    programme = load_programme(connection, grant.programme_id)
    sent = {rule.key for rule in programme.steps if goes_to_funder(rule, programme)}
    rows = connection.execute(select(_STEP).where(_STEP.c.grant_id == grant.id).order_by(_STEP.c.position))
    steps = [step for step in rows if not step.with_funder]
    reports = [step for step in steps if step.kind == StepKind.REPORT]
    early = [
        step.id
        for step in reports
        if step.phase in (Phase.APPLICATION, Phase.FOLLOW_UP) and step.template_key in sent
    ]
    last = [step.id for step in reports if step.phase == Phase.FINAL_REPORT][-1:]
    claims = [step.id for step in steps if step.kind == StepKind.CLAIM]
    return dict.fromkeys((*early, *last), "step_done") | dict.fromkeys(claims, "instalment_claimed")


def _named(
    connection: Connection, grant: AnyRow, sending: Sending, say: Speaker, title: str
) -> Iterator[tuple[str, str]]:
    """Yield what each sent file is, and its hash; where none is known, the document as it was made here."""
    came = [str(one["sha256"]) for one in sending.added]
    names = {
        row.sha256: row.name
        for row in connection.execute(select(_DOCUMENT).where(_DOCUMENT.c.step_id == sending.done.step_id))
    }
    for one in sending.sent:
        if "version" not in one:
            yield f"{names.get(one['sha256'], '')} ({one['reason']})", str(one["sha256"])
            continue
        what = say.gettext(
            "%(kind)s, version %(version)s", kind=capitalised(word_paper(say, SENT)), version=one["version"]
        )
        made = select(_MADE.c.sha256).where(
            _MADE.c.grant_id == grant.id, _MADE.c.kind == SENT, _MADE.c.version == one["version"]
        )
        # As the file that came with the answer; where none did, as the Word document that was approved.
        as_files = {*connection.execute(made).scalars()} & {*came} or {str(one["sha256"])}
        yield from ((what, sha256) for sha256 in sorted(as_files))
    if not sending.sent:
        yield from ((names.get(sha256, ""), sha256) for sha256 in came)
    if sending.made and not sending.sent and not came:
        what = say.gettext("%(kind)s, version %(version)s", kind=title, version=sending.made["version"])
        yield what, str(sending.made["sha256"])
