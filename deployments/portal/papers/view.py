"""Word a grant's documents: what can be made, what was made, and what to check before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from models.rules.answers.small_numbers import SmallNumbers, find_text_key
from models.tables.step import Step
from models.vocabulary import SETTLED, Phase, StepKind
from tasks.commands.files.approved_version import SENT
from tasks.documents.bundle.outgoing import sent_days
from tasks.documents.offers import MadeFile, Offer, made_in, money_changed, offers_of
from tasks.grant.records import GrantRecord, Records
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_name, word_step_title


@dataclass(frozen=True, slots=True)
class Version:
    """A version that was made: by whom and when, when it was approved and sent, and its files by their ending.

    `is_stale` says that it asks for another sum, or names another account, than the grant has now.
    """

    number: int
    language: str
    made_by: str | None
    made_at: datetime
    approved_on: date | None
    sent_on: date | None
    files: tuple[tuple[int, str], ...]
    is_stale: bool


@dataclass(frozen=True, slots=True)
class OfferLine:
    """A document that can be made: its key, title and versions, the newest first; `is_past` if its step is done."""

    key: str
    title: str
    versions: tuple[Version, ...]
    is_past: bool = False

    @property
    def in_force(self) -> tuple[Version, ...]:
        """The newest version, and those that were approved or sent."""
        return (*self.versions[:1], *(one for one in self.versions[1:] if one.approved_on or one.sent_on))


@dataclass(frozen=True, slots=True)
class KeptVersions:
    """Grants' versions, when their money last changed, and the days on which papers left by their hashes."""

    made: Sequence[MadeFile]
    changed: Mapping[tuple[int, str], datetime]
    zone: ZoneInfo
    sent: Mapping[str, date] = field(default_factory=dict)

    @classmethod
    def load(cls, connection: Connection, record: GrantRecord, zone: ZoneInfo) -> KeptVersions:
        """Return them for a grant."""
        made = made_in(connection, [record.id])
        changed = money_changed(connection, [record.id])
        return cls(made, changed, zone, sent_days(connection, record) if made else {})


@dataclass(frozen=True, slots=True)
class CardPapers:
    """What a task's card shows of its documents: the newest version of each, and how it is with the report.

    `report` says of an approval whether a version is "missing", "old" or "newest", and `version` which that is.
    """

    lines: tuple[OfferLine, ...]
    report: str = ""
    version: int = 0


def word_offer(say: Translator, offer: Offer, record: GrantRecord) -> str:
    """Return what the document is: "The final report", or as its step is: "The follow-up, quarter 2 2010"."""
    step = offer.step
    if step is None:
        return capitalised(word_name(say, "paper", offer.kind))
    rule = record.rule_of(step)
    if rule is None or rule.definite is None:
        return capitalised(word_step_title(say, rule, step.kind, step.period))
    title = rule.definite.in_language(say.language)
    return capitalised(say.titled(title, step.period if rule.each else None))


def offer_line(say: Translator, offer: Offer, record: GrantRecord, kept: KeptVersions) -> OfferLine:
    """Return the document with its versions in words."""
    versions = tuple(
        _version(list(files), kept, offer)
        for _, files in groupby(offer.made(kept.made), key=lambda row: row.version)
    )
    is_past = offer.step is not None and offer.step.status in SETTLED
    return OfferLine(offer.key, word_offer(say, offer, record), versions, is_past)


def _version(files: Sequence[MadeFile], kept: KeptVersions, offer: Offer) -> Version:
    first = files[0]
    changed = [kept.changed.get((first.grant_id, of)) for of in (offer.kind, offer.key)]
    sent_on = next((kept.sent[row.sha256] for row in files if row.sha256 in kept.sent), None)
    return Version(
        number=first.version,
        language=first.language,
        made_by=first.who,
        made_at=first.made_at.astimezone(kept.zone),
        approved_on=first.approved_on,
        sent_on=sent_on,
        files=tuple((row.id, "PDF" if row.name.endswith(".pdf") else "Word") for row in files),
        is_stale=sent_on is None and any(at is not None and first.made_at < at for at in changed),
    )


@dataclass(frozen=True, slots=True)
class TaskPapers:
    """The versions of the grants whose tasks a page shows, and their records."""

    records: Records
    kept: KeptVersions

    @classmethod
    def load(
        cls, connection: Connection, records: Records, grants: Collection[int], zone: ZoneInfo
    ) -> TaskPapers:
        """Return them for everything that a person has to do in these grants."""
        # What is to be done has not left yet.
        kept = KeptVersions(made_in(connection, grants), money_changed(connection, grants), zone)
        return cls(records, kept)

    def report_version(self, step: Step) -> int:
        """Return the newest version of the report that a body here approves by the step; 0 for none."""
        if step.kind != StepKind.APPROVAL or step.phase != Phase.FINAL_REPORT or step.with_funder:
            return 0
        own = (one for one in self.kept.made if one.grant_id == step.grant_id and one.kind == SENT)
        return max((one.version for one in own), default=0)

    def of(
        self,
        say: Translator,
        step: Step,
        today: date,
        answered_at: datetime | None,
    ) -> CardPapers | None:
        """Return what the card of a step shows; `answered_at` is when the report that it approves was handed in."""
        made = [one for one in self.kept.made if one.grant_id == step.grant_id]
        record = self.records[step.grant_id]
        offers = offers_of(record.steps, today)
        own = [offer for offer in offers if step.id in offer.steps]
        if not own:
            return None
        lines = tuple(offer_line(say, offer, record, replace(self.kept, made=made)) for offer in own)
        report = next((offer for offer in own if offer.kind == "final-report"), None)
        if answered_at is None or report is None:
            return CardPapers(lines)
        newest = next(iter(report.made(made)), None)
        if newest is None:
            return CardPapers(lines, "missing")
        return CardPapers(lines, "old" if newest.made_at < answered_at else "newest", newest.version)


def join_keys(texts: Iterable[str]) -> str:
    """Return the value of the box by which somebody says that they have read the paragraphs."""
    return " ".join(map(find_text_key, texts))


def read_choice(posted: Mapping[str, str]) -> tuple[SmallNumbers | None, frozenset[str], frozenset[str]]:
    """Return the choice about small numbers, None for nothing, and the keys of read texts and right statements."""
    said = posted.get("small", "")
    small = SmallNumbers(said) if said in {*SmallNumbers} else None
    read, settled = (frozenset(posted.get(name, "").split()) for name in ("read", "settled"))
    return small, read, settled
