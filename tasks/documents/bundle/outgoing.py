"""List what was sent to the funder and when: application, reports, claims and repayments."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection
from sqlmodel import col, select

from models.events import GrantEvent
from models.rules.steps.approvals import find_reports_under
from models.rules.steps.needs import goes_to_funder, goes_when_approved
from models.rules.steps.prerequisites import waits_for
from models.tables.columns import id_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.tables.step import Document, MadeDocument, Step
from models.vocabulary import FULFILLED, Phase, StepKind
from tasks.commands.files.approved_version import SENT
from tasks.documents.bundle.entries import IndexEntry, word_bundle
from tasks.grant.records import GrantRecord
from tasks.store.queries import load_models
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_name

# The documents that such a step sends, and what goes with them.
_SENT_KINDS = ("final-report", "follow-up", "claim", "repayment")
_COVER = "cover-letter"
# Events by which a step was done, by which that was taken back, and which version was approved.
_DONE = (GrantEvent.STEP_DONE, GrantEvent.STEP_APPROVED)
_UNDONE = (GrantEvent.ANSWER_UNDONE, GrantEvent.APPROVAL_WITHDRAWN)
_ABOUT = (GrantEvent.DOCUMENT_SENT, GrantEvent.DOCUMENT_APPROVED)


@dataclass(frozen=True, slots=True)
class SentPaper:
    """A paper that left with a step: a file by its name, or a version that was made here, each by its hash.

    A step without papers is named alone. `by_then` means that only the funder's decision shows that
    it was sent: it left on that day at the latest.
    """

    step_id: int
    on: date
    by_then: bool = False
    name: str = ""
    kind: str = ""
    version: int | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class _Day:
    """When a step was done, when that was recorded, and which version of the report was approved."""

    on: date
    recorded_on: date
    recorded_at: datetime | None = None
    approved: int | None = None


@dataclass(frozen=True, slots=True)
class _Package:
    """What leaves once all the steps `by` are done: the step that names it, and those whose papers it holds."""

    by: tuple[Step, ...]
    what: Step
    papers: tuple[int, ...]


def sent_entries(
    connection: Connection,
    record: GrantRecord,
    say: Translator,
    titles: Mapping[int, str],
    kept: Iterable[IndexEntry],
) -> Iterator[IndexEntry]:
    """Yield a line for each thing that was sent, without from and to; `kept` are the documents in the zip.

    A sending without a file gets a line too: what was sent is kept elsewhere.
    """
    files: dict[str, IndexEntry] = {}
    for document in kept:  # a file that came with the answer comes before the same file made here
        files.setdefault(document.sha256, document)
    outgoing = word_bundle(say, "way", "out")
    for paper in sent_papers(connection, record):
        what = paper.name or capitalised(titles.get(paper.step_id, ""))
        if paper.version is not None:
            named = word_name(say, "paper", paper.kind) if paper.kind else what
            what = word_bundle(say, "version", named, paper.version)
        about = word_bundle(say, "sent", what, paper.by_then)
        entry = files.get(paper.sha256, IndexEntry(paper.on, outgoing, "", "", about))
        yield replace(entry, on=paper.on, way=outgoing, sender="", receiver="", about=about, lost=False)


def sent_days(connection: Connection, record: GrantRecord) -> dict[str, date]:
    """Return the day on which each paper left, by its hash; a version by its Word document's."""
    return {paper.sha256: paper.on for paper in sent_papers(connection, record) if paper.sha256}


def sent_papers(connection: Connection, record: GrantRecord) -> list[SentPaper]:
    """Return what was sent; what its sender took back is left out.

    A paper that a body here approves leaves with the report that waits for the approval, or else
    with the approval. If the journal does not show it, as in an imported grant, the step's own day
    counts.
    """
    papers = _Papers(connection, record)
    days = _days(connection, record.grant)
    decided = {decision.decided_on for decision in record.decisions}
    sent = list[SentPaper]()
    for package in _packages(record):
        # A claim, and a report that several bodies approve, leave on one day.
        once = len(package.by) > 1 or package.what.kind is StepKind.CLAIM
        done_days = [day for step in package.by for day in days[id_of(step)]]
        sending_days = [] if once else done_days
        done = [step.done_on for step in package.by if step.done_on and step.status in FULFILLED]
        if not sending_days and len(done) == len(package.by):
            on = max(done)
            by_then = package.what.phase is Phase.APPLICATION and on in decided
            # The last day to apply, where that is known: the decision came later.
            on = min(on, _last_day_to_apply(record.grant) or on) if by_then else on
            versions = [day for day in done_days if day.approved is not None]
            approved = max(versions, key=lambda day: day.recorded_on).approved if versions else None
            recorded_at = max((day.recorded_at for day in done_days if day.recorded_at), default=None)
            sent += papers.of(package, _Day(on, on, recorded_at, approved), by_then=by_then)
        for day in sending_days:
            sent += papers.of(package, day)
    return sent


def _last_day_to_apply(grant: Grant) -> date | None:
    applied_on = grant.dates.get("applied_on", {}).get("on")
    return date.fromisoformat(applied_on) if applied_on else None


def _days(connection: Connection, grant: Grant) -> dict[int, list[_Day]]:
    """Return the days on which each step was done, without those that were undone."""
    events = select(JournalEvent).where(
        JournalEvent.grant_id == grant.id, col(JournalEvent.event).in_((*_DONE, *_UNDONE, *_ABOUT))
    )
    by_step: dict[int, list[_Day]] = defaultdict(list)
    for event in load_models(connection, events.order_by(col(JournalEvent.id))):
        days = by_step[event.step_id or 0]
        detail = event.detail
        if event.event in _DONE:
            paper_on = detail.get("paper_on")
            done_on = date.fromisoformat(str(paper_on)) if paper_on else event.on
            days.append(_Day(done_on, event.on, event.at))
        elif days:
            last = days.pop()
            if event.event in _ABOUT:
                days.append(replace(last, approved=detail["version"]))
    return by_step


class _Papers:
    """A grant's papers: the files that came with answers, and the versions that were made here."""

    def __init__(self, connection: Connection, record: GrantRecord) -> None:
        made = select(MadeDocument).where(MadeDocument.grant_id == record.id)
        self._made = load_models(connection, made.order_by(col(MadeDocument.id)))
        files = [document for step in record.steps for document in record.documents_of(step)]
        self._came = [file for file in files if file.answer_id is not None]
        self._answers = {answer.id: answer for step in record.steps for answer in record.answers_of(step)}

    def of(self, package: _Package, day: _Day, *, by_then: bool = False) -> Iterator[SentPaper]:
        """Yield the papers that left: what was approved, or the files that came, or what was made before.

        Of a repayment only the document left: what came with it may be the funder's invoice.
        """
        step = package.what
        bare = SentPaper(id_of(step), day.on, by_then)
        came = [] if step.kind is StepKind.REPAYMENT else self._files(package.papers, day.recorded_on)
        version = [paper for paper in self._made if (paper.kind, paper.version) == (SENT, day.approved)]
        kind = SENT
        if not version and not came:
            version = self._last(package, _SENT_KINDS, day)
            kind = ""
        covers = [] if came else self._last(package, (_COVER,), day)
        hashes = {paper.sha256 for paper in version}
        as_files = sorted(hashes & {paper.sha256 for paper in came}) or [
            paper.sha256 for paper in version[:1]
        ]
        for sha256 in as_files:
            yield replace(bare, kind=kind, version=version[0].version, sha256=sha256)
        for file in came:
            if file.sha256 not in hashes:
                why = self._answers[file.answer_id].note.strip() if version else ""
                yield replace(bare, name=f"{file.name} ({why})" if why else file.name, sha256=file.sha256)
        if not version and not came and step.kind is not StepKind.REPAYMENT:
            yield bare
        for cover in covers[:1]:
            yield replace(bare, kind=_COVER, version=cover.version, sha256=cover.sha256)

    def _files(self, steps: Sequence[int], by_day: date) -> list[Document]:
        """Return the files of the last answer by then that had any: the step's own, or of the steps it sends."""
        for step_id in steps:
            own = [
                document
                for document in self._came
                if document.step_id == step_id and self._answers[document.answer_id].answered_on <= by_day
            ]
            if own:
                return [document for document in own if document.answer_id == own[-1].answer_id]
        return []

    def _last(self, package: _Package, kinds: Sequence[str], day: _Day) -> list[MadeDocument]:
        """Return the files of the last version of such a document by then, of the package's own steps."""
        made = [paper for paper in self._made if paper.kind in kinds and _could_leave(paper, day)]
        own = ([paper for paper in made if paper.step_id == step_id] for step_id in package.papers)
        versions = next((versions for versions in own if versions), [])
        return [paper for paper in versions if paper.version == versions[-1].version]


def _could_leave(paper: MadeDocument, day: _Day) -> bool:
    """Return whether a document was there when its step was recorded: the program draws up missing ones after it."""
    if day.recorded_at is None:
        return paper.made_on <= day.recorded_on
    return paper.made_at < day.recorded_at


def _packages(record: GrantRecord) -> Iterator[_Package]:
    """Yield what the grant can send to the funder, in the order of its steps."""
    programme = record.programme
    steps = record.steps
    by_key = {row.key: row for row in steps}
    approvals: dict[str, list[Step]] = defaultdict(list)  # by the report's key, those of bodies here
    for row in steps:
        rule = record.rule_of(row)
        if rule is not None and rule.kind is StepKind.APPROVAL and not rule.with_funder:
            for report in find_reports_under(row, steps, programme):
                approvals[report.key].append(row)
    for row in steps:
        rule = record.rule_of(row)
        own = id_of(row)
        if row.kind in (StepKind.CLAIM, StepKind.REPAYMENT):
            yield _Package((row,), row, (own,))
        elif rule is not None and goes_to_funder(rule, programme):
            waited_for = {step.id for step in waits_for(row, steps, programme)}
            approved = (
                id_of(by_key[key])
                for key, given in approvals.items()
                if by_key[key].phase == row.phase and waited_for & {step.id for step in given}
            )
            yield _Package((row,), row, (own, *approved))
        elif any(
            goes_when_approved(record.rules[approval.template_key], programme)
            for approval in approvals[row.key]
        ):
            yield _Package(tuple(approvals[row.key]), row, (own,))
