"""List the documents that a grant can have, and the versions of them that were made."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest

from sqlalchemy import BindParameter, Connection, bindparam, exists, or_, select
from sqlmodel import select as select_models

from models.events import GrantEvent
from models.tables.columns import table_of
from models.tables.grant import GrantRole
from models.tables.journal import JournalEvent
from models.tables.person import Person
from models.tables.step import MadeDocument, Step
from models.vocabulary import DROPPED, Phase, StepKind
from tasks.documents.word.templates import Kind
from tasks.store.queries import load_models, shape_rows

_MADE, _STEP, _PERSON, _ROLE, _EVENT = (
    table_of(model) for model in (MadeDocument, Step, Person, GrantRole, JournalEvent)
)

_GRANTS: BindParameter[int] = bindparam("grants", expanding=True)
_VERSIONS = (
    select(_MADE, _PERSON.c.name.label("who"))
    .outerjoin(_PERSON, _PERSON.c.id == _MADE.c.made_by_id)
    .where(_MADE.c.grant_id.in_(_GRANTS))
    .order_by(_MADE.c.id)
)


# A change of these makes another version of a claim or a repayment: its account, or its sum.
_OF_CLAIMS = GrantEvent.ACCOUNT_CHANGED
_OF_REPAYMENTS = (GrantEvent.FUNDER_ACCOUNT_CHANGED, GrantEvent.REPAYMENT_SIZED)
_SUMS = (GrantEvent.AWARD_SET, GrantEvent.INSTALMENTS_SIZED)
_CHANGED = (
    select(_EVENT.c.grant_id, _EVENT.c.at, _EVENT.c.event, _EVENT.c.detail)
    .where(_EVENT.c.grant_id.in_(_GRANTS), _EVENT.c.event.in_((_OF_CLAIMS, *_OF_REPAYMENTS, *_SUMS)))
    .order_by(_EVENT.c.id)
)


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file of a version, and `who` made it."""

    id: int
    grant_id: int
    step_id: int | None
    kind: str
    version: int
    language: str
    name: str
    sha256: str
    made_at: datetime
    approved_on: date | None
    who: str | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A document that a grant can have: its kind, its step or instalment, and the steps at which it is made.

    `key` names it within the grant: "memo", "follow-up:follow-up-2010-q2", "claim:2".
    """

    kind: Kind
    steps: frozenset[int | None]
    step: Step | None = None
    instalment: int | None = None

    @property
    def key(self) -> str:
        """The offer's name."""
        if self.instalment is not None:
            return f"{self.kind}:{self.instalment}"
        return f"{self.kind}:{self.step.key}" if self.step else self.kind

    def made(self, rows: Iterable[MadeFile]) -> list[MadeFile]:
        """Return its versions' files, the newest version first."""
        own = [
            row
            for row in rows
            if row.kind == self.kind and (self.step is None or row.step_id == self.step.id)
        ]
        return sorted(own, key=lambda row: (-row.version, row.id))


def offers_of(steps: Sequence[Step], today: date) -> list[Offer]:
    """Return the documents that a grant with these steps can have now, in the order of its life."""
    there = [step for step in steps if step.status not in DROPPED]
    offers = [offer for step in there for offer in _of_step(step, today)]
    final = [step for step in there if step.phase == Phase.FINAL_REPORT and not step.with_funder]
    reports = [step for step in final if step.kind == StepKind.REPORT]
    approvals = [step for step in final if step.kind == StepKind.APPROVAL]
    if reports:
        everywhere = frozenset(step.id for step in final)
        # The officer who writes the report also writes the memo about it.
        writes = frozenset(step.id for step in reports if step.id != reports[-1].id or len(reports) == 1)
        offers.append(Offer("final-report", everywhere))
        if approvals:
            takes = writes | {step.id for step in approvals}
            offers += [Offer("memo", takes), Offer("agenda-note", takes)]
        offers.append(Offer("cover-letter", frozenset([reports[-1].id])))
    return offers


def _of_step(step: Step, today: date) -> Iterator[Offer]:
    own: frozenset[int | None] = frozenset({step.id})
    if step.kind == StepKind.REPORT and step.phase == Phase.FOLLOW_UP:
        if step.opens_on is None or step.opens_on <= today:
            yield Offer("follow-up", own, step)
    elif step.kind == StepKind.CLAIM and step.instalment is not None:
        yield Offer("claim", own, step, step.instalment)
    elif step.kind == StepKind.REPAYMENT:
        yield Offer("repayment", own, step)


def made_in(connection: Connection, grant_ids: Iterable[int]) -> list[MadeFile]:
    """Return the files of the versions that were made in these grants, with who made them as `who`."""
    return shape_rows(MadeFile, connection.execute(_VERSIONS, {"grants": list(grant_ids)}))


def money_changed(connection: Connection, grant_ids: Iterable[int]) -> dict[tuple[int, str], datetime]:
    """Return when a grant's claims or repayments last changed, by its id and their kind, or "claim:2"."""
    changed: dict[tuple[int, str], datetime] = {}
    sums: dict[int, list[int | None]] = {}
    for row in connection.execute(_CHANGED, {"grants": list(grant_ids)}).all():
        if row.event not in _SUMS:
            changed[row.grant_id, "claim" if row.event == _OF_CLAIMS else "repayment"] = row.at
            continue
        before = sums.get(row.grant_id, [])
        now = row.detail["instalments"]
        for number, (was, becomes) in enumerate(zip_longest(before, now), 1):
            if was != becomes:
                changed[row.grant_id, f"claim:{number}"] = row.at
        sums[row.grant_id] = now
    return changed


def find_made(connection: Connection, made_id: int) -> MadeDocument | None:
    """Return a version's file; None if there is none."""
    if made_id >= 2**31:
        return None
    files = load_models(connection, select_models(MadeDocument).where(MadeDocument.id == made_id))
    return files[0] if files else None


def takes_part(connection: Connection, grant_id: int, person_id: int | None) -> bool:
    """Return whether the person has a role or a step in the grant: only then do they make its documents."""
    if person_id is None:
        return False
    role = exists().where(_ROLE.c.grant_id == grant_id, _ROLE.c.person_id == person_id)
    step = exists().where(_STEP.c.grant_id == grant_id, _STEP.c.owner_id == person_id)
    return bool(connection.execute(select(or_(role, step))).scalar())
