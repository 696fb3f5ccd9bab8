"""Upgrade running grants to an amended programme, and confirm the late steps of imported ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from models.commands.grants import ConfirmLate, Upgrade
from models.errors import BadInput, NotAllowed, Refused, UnknownReference
from models.events import GrantEvent, OfficeEvent
from models.rules.notices.quiet_days import LateAtImport, find_late
from models.tables.grant import Grant, ProgrammeVersion
from models.tables.journal import JournalEvent
from models.vocabulary import GrantStatus, InstalmentStatus
from tasks.commands.actor import Acting
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.load import BATCH, load_grants, lock_grants
from tasks.commands.command_faults import Refusal
from tasks.commands.replan.changes import finish_all
from tasks.commands.replan.preview import Consequences, act_and_compare
from tasks.commands.replan.upgrade import bring_under
from tasks.commands.sums.instalment_states import ask_for_release
from tasks.store.programmes import programme_hash


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A grant that comes under another version: its name and hash before and after."""

    grant: str
    from_key: str
    from_sha256: str
    to_key: str
    to_sha256: str

    def as_detail(self) -> dict[str, str]:
        """Return the versions as the journal stores them."""
        return {
            "programme": self.to_key,
            "sha256": self.to_sha256,
            "was": self.from_key,
            "was_sha256": self.from_sha256,
        }


@dataclass(frozen=True, slots=True)
class Upgrades:
    """Which grants came under another version, and what moves."""

    upgraded: tuple[Upgraded, ...]
    moved: Consequences


def upgrade(session: Session, command: Upgrade, acting: Acting) -> Upgrades:
    """Bring the grants under the programme, all or none; return those with a new version, and what moves.

    A grant that has the version already is planned again, as known days off may have changed since.
    Answered steps stay as they are; unanswered ones that the programme no longer has are cancelled.
    Raises Refused for a grant that is over, or whose money would wait for less than before.
    """
    programme = command.programme
    upgraded = list[Upgraded]()
    moved = list[Consequences]()
    wanted = list(command.grants) or _running(session, programme.programme)
    sha256 = programme_hash(programme)

    def bring(work: GrantAtWork) -> str:
        old = session.get_one(ProgrammeVersion, work.grant.programme_id)
        if (old.key, old.sha256) == (programme.programme, sha256):
            return programme.source  # the known days off may have changed since it was planned
        versions = (old.key, old.sha256, programme.programme, sha256)
        new = Upgraded(work.grant.reference, *versions)
        upgraded.append(new)
        return bring_under(work, programme, acting.by_id, acting.now, new.as_detail())

    for first in range(0, len(wanted), BATCH):
        works = _find(session, wanted[first : first + BATCH], acting.today)
        moved += [act_and_compare(work, bring, acting.by_id) for work in works]
        finish_all([work for work in works if work.events or work.notices], acting.now)
    return Upgrades(tuple(upgraded), Consequences.joined(moved))


def _find(session: Session, references: Sequence[str], today: date) -> list[GrantAtWork]:
    """Return the grants, in the given order; UnknownReference for one that is not there."""
    grants = {grant.reference: grant for grant in lock_grants(session, references)}
    for reference in references:
        if reference not in grants:
            raise UnknownReference(reference)
    return load_grants(session, [grants[reference] for reference in dict.fromkeys(references)], today)


def _running(session: Session, key: str) -> list[str]:
    query = (
        select(Grant.reference)
        .join(ProgrammeVersion)
        .where(ProgrammeVersion.key == key, Grant.status == GrantStatus.OPEN)
        .order_by(col(Grant.id))
    )
    return list(session.exec(query))


def confirm_late(work: GrantAtWork, command: ConfirmLate, acting: Acting) -> tuple[LateAtImport, ...]:
    """Let a quietly imported grant tell from now on, and return its late steps; Refused if it tells already."""
    if not work.grant.quiet:
        raise Refused(Refusal.NOT_QUIET(reference=work.grant.reference))
    if command.from_on is not None and command.from_on > work.today:
        raise BadInput(Refusal.LATE_TO_COME(day=command.from_on))
    if _entered_by(work) == acting.by.id:
        raise NotAllowed(Refusal.ANOTHER_CONFIRMS(reference=work.grant.reference))
    late = late_steps(work)
    work.grant.quiet = False
    work.grant.late_confirmed_on = command.from_on or work.today
    noted = {step.key: step.due_on.isoformat() for step in late}
    work.add_event(GrantEvent.IMPORT_CONFIRMED, person_id=acting.by.id, late=noted)
    for row in work.instalments:
        if row.status is InstalmentStatus.RELEASABLE:
            ask_for_release(work, row)
    return late


def _entered_by(work: GrantAtWork) -> int | None:
    """Return who entered a grant that a second person confirms; None for any other grant."""
    of_grant = col(JournalEvent.detail)["grant"].as_string() == work.grant.reference
    entered = select(JournalEvent).where(JournalEvent.event == OfficeEvent.GRANT_ENTERED, of_grant)
    row = work.session.exec(entered.order_by(col(JournalEvent.id).desc())).first()
    return row.person_id if row is not None and row.detail.get("waits") else None


def late_steps(work: GrantAtWork) -> tuple[LateAtImport, ...]:
    """Return the grant's steps that are late today, oldest first; none if it is over."""
    return find_late(work.steps.values(), work.grant, work.today)
