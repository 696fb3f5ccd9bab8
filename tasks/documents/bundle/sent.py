"""Tell from a grant's journal what left for the funder and when: application, reports, claims and repayments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, select
from sqlmodel import select as select_models

from models.rules.steps.needs import expand_needs, find_approved
from models.rules.steps.sent_reports import goes_to_funder, goes_when_approved
from models.tables.columns import table_of
from models.tables.grant import Decision, Grant
from models.tables.journal import JournalEvent
from models.tables.step import Step
from models.vocabulary import Phase, StepKind, StepStatus
from tasks.commands.files.approved import SENT
from tasks.store.programmes import load_programme
from tasks.store.queries import load_models, shape_rows

_EVENT, _STEP, _DECISION = table_of(JournalEvent), table_of(Step), table_of(Decision)

# The documents that such a step sends, and what goes with them.
_SENT_KINDS, COVER = ("final-report", "follow-up", "claim", "repayment"), "cover-letter"
# By which a step is not done any more, though what left has left; and by which it never did.
_REOPENS, _UNDOES = ("approval_reopened", "step_reopened"), ("answer_undone", "approval_withdrawn")

Details = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Left:
    """A paper that left: its hash, and of a version its number, with its kind where that is not the step's own.

    A file that was sent with what was approved has the `reason` for it; a bare file has neither.
    """

    sha256: str
    version: int | None = None
    kind: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sending:
    """What left with a step: the step that it is called after, the day, and what the journal says of its papers.

    `added` are the files that came with the answer; `sent` is what of them, or of what was made here, was approved;
    `made` is the last version that was made here before, `cover` that of its cover letter. Where it is the funder's
    decision alone that tells of it, `by_then` says that it left on the day at the latest.
    """

    what: int
    kind: StepKind
    on: date
    added: tuple[Details, ...] = ()
    sent: tuple[Details, ...] = ()
    made: Details | None = None
    cover: Details | None = None
    by_then: bool = False

    @property
    def came(self) -> tuple[str, ...]:
        """The hashes of the files that left with the answer; of a repayment they may be the funder's invoice."""
        return () if self.kind == StepKind.REPAYMENT else tuple(str(one["sha256"]) for one in self.added)

    def left(self) -> Iterator[Left]:
        """Yield the papers that left: what was approved, else the files that came, else what was made before."""
        for one in self.sent:
            approved = SENT if "version" in one else ""
            yield Left(str(one["sha256"]), one.get("version"), approved, one.get("reason", ""))
        if not self.sent:
            yield from (Left(sha256) for sha256 in self.came)
        if self.came:
            return
        if self.made and not self.sent:
            yield Left(str(self.made["sha256"]), self.made["version"])
        if self.cover:
            yield Left(str(self.cover["sha256"]), self.cover["version"], COVER)


@dataclass(frozen=True, slots=True)
class SentStep:
    """A step, as far as it says what left with it."""

    id: int
    key: str
    template_key: str
    phase: Phase
    kind: StepKind
    period: str | None
    status: StepStatus
    done_on: date | None


@dataclass(frozen=True, slots=True)
class _Package:
    """What leaves once all the steps `by` are done: the step that it is called after, and those whose papers it is."""

    by: frozenset[int]
    event: str
    what: SentStep
    papers: tuple[int, ...]


def sent_days(connection: Connection, grant: Grant) -> dict[str, date]:
    """Return on which day each paper of the grant left, by its hash; a version by that of its Word document."""
    return {one.sha256: sending.on for sending in sendings(connection, grant) for one in sending.left()}


def sendings(connection: Connection, grant: Grant) -> list[Sending]:
    """Return what left, in its order; what its sender took back again is left out.

    What a body here approves leaves with the report that waits for that, else with the approval. Of what the journal
    does not tell, as in an imported grant, the step says when it was done.
    """
    of_grant = select(_STEP).where(_STEP.c.grant_id == grant.id).order_by(_STEP.c.position)
    steps = shape_rows(SentStep, connection.execute(of_grant))
    packages = [*_packages(connection, grant, steps)]
    story = _Story(packages)
    told_of = select_models(JournalEvent).where(
        JournalEvent.grant_id == grant.id, _EVENT.c.step_id.is_not(None)
    )
    for event in load_models(connection, told_of.order_by(_EVENT.c.id)):
        story.take(event)
    told, rows = {package.what.id for package, _ in story.found}, {row.id: row for row in steps}
    decided = {
        *connection.execute(select(_DECISION.c.decided_on).where(_DECISION.c.grant_id == grant.id)).scalars()
    }
    for package in packages:
        done = [rows[one] for one in package.by if rows[one].status in (StepStatus.DONE, StepStatus.APPROVED)]
        if package.what.id not in told and len(done) == len(package.by):
            by_then = any(row.id in story.settled and row.done_on in decided for row in done)
            story.leave(package, max(row.done_on for row in done if row.done_on), by_then=by_then)
    return [sending for _, sending in story.found]


class _Story:
    """What left so far, and what is kept of each step's papers, as the journal goes on."""

    def __init__(self, packages: list[_Package]) -> None:
        self.found: list[tuple[_Package, Sending]] = []
        self.settled: set[int] = set()  # by the funder's decision
        self._packages, self._done = packages, set[int]()
        self._coming: dict[int, list[Details]] = defaultdict(list)
        self._brought: dict[int, list[Details]] = defaultdict(list)
        self._made: dict[int, dict[str, Details]] = defaultdict(dict)

    def take(self, event: JournalEvent) -> None:
        """Note what an event of a step says of papers, and let what is ready leave."""
        step, detail = event.step_id or 0, event.detail
        of_it = [one for one in self._packages if step in one.by]
        if event.event == "document_added":
            self._coming[step].append(detail)
        elif event.event == "document_made":
            self._made[step][detail["kind"]] = detail
        elif event.event == "step_settled_by_decision":
            self.settled.add(step)
        elif event.event in ("document_sent", "document_approved"):
            self._note_sent(of_it, detail)
        elif event.event in _REOPENS or event.event in _UNDOES:
            self._done.discard(step)
            for package in of_it if event.event in _UNDOES else ():
                self._take_back(package)
        elif event.event in ("step_done", "step_approved", "instalment_claimed"):
            self._brought[step] = self._coming.pop(step, []) or self._brought[step]
            self._done.add(step)
            for package in of_it:
                if package.event == event.event and package.by <= self._done:
                    said = detail.get("done_on") or detail.get("claimed_on") or detail.get("approved_on")
                    self.leave(package, date.fromisoformat(said) if said else event.on)

    def leave(self, package: _Package, on: date, *, by_then: bool = False) -> None:
        """Note that what the steps stand for left, with the papers that there were."""
        own, *others = package.papers
        added = self._brought[own] or [one for other in others for one in self._brought[other]]
        made = {kind: one for step in reversed(package.papers) for kind, one in self._made[step].items()}
        main = [one for kind, one in made.items() if kind in _SENT_KINDS]
        sending = Sending(package.what.id, package.what.kind, on, tuple(added), by_then=by_then)
        sending = replace(sending, made=main[-1] if main else None, cover=made.get(COVER))
        self.found.append((package, sending))

    def _note_sent(self, packages: list[_Package], detail: Details) -> None:
        for at, (package, sending) in reversed([*enumerate(self.found)]):
            if package in packages:
                self.found[at] = package, replace(sending, sent=(*sending.sent, detail))
                return

    def _take_back(self, package: _Package) -> None:
        of_it = [at for at, (one, _) in enumerate(self.found) if one is package]
        if of_it:
            del self.found[of_it[-1]]


def _packages(connection: Connection, grant: Grant, steps: Sequence[SentStep]) -> Iterator[_Package]:
    """Yield what can leave for the funder in the grant, in the order of its steps."""
    programme = load_programme(connection, grant.programme_id)
    rules = {rule.key: rule for rule in programme.steps}
    places = {row.key: (row.template_key, row.period) for row in steps}
    by_key = {row.key: row for row in steps}
    approvals: dict[str, list[SentStep]] = defaultdict(list)  # by the report's key, those of bodies here
    for row in steps:
        rule = rules.get(row.template_key)
        if rule is not None and rule.kind is StepKind.APPROVAL and not rule.with_funder:
            for key in find_approved(rule, row.period, places, programme):
                approvals[key].append(row)
    for row in steps:
        rule = rules.get(row.template_key)
        if row.kind in (StepKind.CLAIM, StepKind.REPAYMENT):
            event = "instalment_claimed" if row.kind == StepKind.CLAIM else "step_done"
            yield _Package(frozenset({row.id}), event, row, (row.id,))
        elif rule is not None and goes_to_funder(rule, programme):
            waited_for = {by_key[key].id for key in expand_needs(rule, row.period, places, programme)}
            approved = (
                by_key[key].id
                for key, given in approvals.items()
                if by_key[key].phase == row.phase and waited_for & {one.id for one in given}
            )
            yield _Package(frozenset({row.id}), "step_done", row, (row.id, *approved))
        elif any(goes_when_approved(rules[one.template_key], programme) for one in approvals[row.key]):
            by = frozenset(one.id for one in approvals[row.key])
            yield _Package(by, "step_approved", row, (row.id,))
