"""Bring running grants under an amended programme: show the difference first, and keep what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from sqlmodel import Session, col, select

from models.commands.grants import Upgrade
from models.errors import BadInput, Refused, UnknownReference
from models.programme.file import Programme
from models.programme.money import InstalmentRule
from models.programme.step import StepRule
from models.rules.dates.plan import calendar_of
from models.rules.notices.ladder import RungFacts, rung_day
from models.rules.steps.differences import Difference, programme_differences
from models.tables.grant import Grant, ProgrammeVersion
from models.tables.letter import Notice
from models.tables.step import Step
from models.vocabulary import OUT, UNSETTLED, GrantStatus, NoticeKind, Role
from tasks.commands.acting import Acting
from tasks.commands.at_work.grant import (
    BATCH,
    GrantAtWork,
    add_draft,
    ladder_facts,
    load_grants,
    lock_grants,
)
from tasks.commands.replan.changes import finish_all
from tasks.commands.replan.follow import follow_plan
from tasks.commands.replan.what_if import Consequences, act_and_compare
from tasks.commands.sums.instalments import add_conditions, share_text
from tasks.store.programmes import programme_hash


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A grant that comes under another version: its name and hash before and after, and what that says otherwise."""

    grant: str
    from_key: str
    from_sha256: str
    to_key: str
    to_sha256: str
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Upgrades:
    """Which grants came under another version, and what moves."""

    upgraded: tuple[Upgraded, ...]
    moved: Consequences


def upgrade(session: Session, said: Upgrade, acting: Acting) -> Upgrades:
    """Bring the grants under the programme, all or none; return which are another version's, and what moves.

    One that is under it already is planned again, for days off that have become known, or are no more, since it was
    planned. Answered steps stay as they are; those that the programme no longer has are cancelled unless they are
    answered. Raises Refused for a grant that is over, or whose money would wait for less than before.
    """
    programme, upgraded, found = said.programme, list[Upgraded](), list[Consequences]()
    wanted = list(said.grants) or _running(session, programme.programme)
    to = _To(programme, programme_hash(programme), acting.by_id, acting.now)
    for first in range(0, len(wanted), BATCH):
        works = _find(session, wanted[first : first + BATCH], to, acting.today)
        for work, new in works:
            if (new.from_key, new.from_sha256) == (new.to_key, new.to_sha256):
                # The days off that are known may be others than when it was planned.
                found.append(act_and_compare(work, lambda _: programme.source, acting.by_id))
                continue
            upgraded.append(new)
            found.append(act_and_compare(work, partial(_upgrade, to=to, new=new), acting.by_id))
        finish_all([work for work, _ in works if work.events or work.drafts], acting.now)
    return Upgrades(tuple(upgraded), Consequences.joined(found))


@dataclass(frozen=True, slots=True)
class _To:
    """The programme that grants come under, its hash, and who brings them there, when."""

    programme: Programme
    sha256: str
    by_id: int | None
    now: datetime


def _find(
    session: Session, references: Sequence[str], to: _To, today: date
) -> list[tuple[GrantAtWork, Upgraded]]:
    """Return the grants, in the order in which they are named, each with the versions that it is and will be under."""
    grants = {grant.reference: grant for grant in lock_grants(session, references)}
    moving = {}
    for reference in references:
        if reference not in grants:
            raise UnknownReference(reference)
        old = session.get_one(ProgrammeVersion, grants[reference].programme_id)
        moving[reference] = Upgraded(reference, old.key, old.sha256, to.programme.programme, to.sha256)
    works = load_grants(session, [grants[reference] for reference in moving], today)
    said = {new.from_sha256: work.programme for work, new in zip(works, moving.values(), strict=True)}
    others = {sha256: programme_differences(was, to.programme) for sha256, was in said.items()}
    return [
        (work, replace(new, differences=others[new.from_sha256]))
        for work, new in zip(works, moving.values(), strict=True)
    ]


def _running(session: Session, key: str) -> list[str]:
    query = (
        select(Grant.reference)
        .join(ProgrammeVersion)
        .where(ProgrammeVersion.key == key, Grant.status == GrantStatus.OPEN)
        .order_by(col(Grant.id))
    )
    return list(session.exec(query))


def _upgrade(work: GrantAtWork, to: _To, new: Upgraded) -> str:
    """Bring the grant under the programme, for the caller to plan; return why its dates move."""
    programme = to.programme
    _check(work, programme)
    needed = [one.every_need for one in work.programme.instalments]
    before = work.shared.ladders(work.grant.programme_id)
    work.grant.programme_id = work.shared.record(programme, to.now)
    work.programme = programme
    after = work.shared.ladders(work.grant.programme_id)
    given = work.shared.given_by_name
    for step in work.steps.values():
        if step.status not in UNSETTLED:
            continue
        old_ladder = before[step.ladder]
        rule = next((one for one in programme.steps if one.key == step.template_key), None)
        if rule is not None:
            _follow_rule(work, step, rule, named=step.id in given)
        elif step.ladder not in after:
            step.ladder = next(iter(programme.ladders))
        _renumber_told(work, step, old_ladder, after[step.ladder])
    for row in work.instalments:
        if row.rule is not None:
            row.share = share_text(programme.instalments[row.rule - 1])
    if [one.every_need for one in work.programme.instalments] != needed:
        follow_plan(work)  # no money may leave before it has its conditions
        _add_conditions(work)
    work.happened(
        "programme_upgraded",
        None,
        to.by_id,
        programme=new.to_key,
        sha256=new.to_sha256,
        was=new.from_key,
        was_sha256=new.from_sha256,
    )
    return programme.source


def _check(work: GrantAtWork, programme: Programme) -> None:
    grant = work.grant
    if grant.status is not GrantStatus.OPEN:
        raise Refused(f"grant {grant.reference} is {grant.status}")
    if programme.currency != grant.currency:
        raise Refused(f"{grant.reference} is in {grant.currency}, the programme in {programme.currency}")
    for name, rule in programme.dates.items():
        if rule.given_by == "grant" and rule.required and name not in grant.dates:
            raise BadInput(
                f"{grant.reference}: the date '{name}' is missing ({rule.title.en}): import it first"
            )
    old, new = work.programme.instalments, programme.instalments
    if len(old) != len(new):
        raise Refused(
            f"{grant.reference} has {len(old)} instalments, the programme {len(new)}: an amendment decides that"
        )
    for was, now in zip(old, new, strict=True):
        _check_conditions(work, was, now)
    kinds = {rule.key: rule.kind for rule in programme.steps}
    for step in work.steps.values():
        kind = kinds.get(step.template_key, step.kind)
        if kind is not step.kind:
            raise Refused(
                f"{grant.reference}: {step.key} is of kind {step.kind}, and stays so: give it another key"
            )


def _check_conditions(work: GrantAtWork, was: InstalmentRule, now: InstalmentRule) -> None:
    """Refuse to let money that has not left yet wait for less than before; more conditions are safe."""
    name = f"{work.grant.reference}: instalment {was.number}"
    if was.each != now.each:
        raise Refused(f"{name} would be cut into other periods: an amendment decides that")
    waiting = [row for row in work.instalments if row.rule == was.number and row.status not in OUT]
    dropped = [*(set(was.needs) - set(now.needs)), *(set(was.last_needs) - set(now.every_need))]
    if waiting and dropped:
        raise Refused(
            f"{name} would no longer wait for {', '.join(sorted(dropped))}: money that is decided keeps its conditions;"
            " leave it in 'needs', and record the approval when it is given or waived"
        )


def _labels(work: GrantAtWork, rule: InstalmentRule) -> list[str | None]:
    """Return the periods of the rule's instalments, in order."""
    return [
        row.period for row in sorted(work.instalments, key=lambda row: row.number) if row.rule == rule.number
    ]


def _add_conditions(work: GrantAtWork) -> None:
    """Let what has not left yet wait for what the programme now says, too; the grant has the steps already."""
    for row in work.instalments:
        if row.rule is None or row.status in OUT:
            continue
        rule = work.programme.instalments[row.rule - 1]
        needs = rule.needs_of(row.period, _labels(work, rule))
        before = {step.key for step in work.conditions_of(row)}
        row.conditional = row.conditional or bool(needs)
        add_conditions(work, row, needs, rule.each)
        if added := [step.key for step in work.conditions_of(row) if step.key not in before]:
            work.happened("instalment_condition_added", instalment=row.number, steps=added)


def _follow_rule(work: GrantAtWork, step: Step, rule: StepRule, *, named: bool) -> None:
    """Let an unsettled step be what the programme says now; its dates are planned afterwards."""
    step.phase, step.with_funder, step.ladder = rule.phase, rule.with_funder, rule.ladder
    if step.owner_role == rule.owner:
        return
    step.owner_role = rule.owner
    holder = work.roles.get(rule.owner) or work.roles.get(Role.COORDINATOR)
    if named or holder is None or holder == step.owner_id:
        return
    before, step.owner_id, step.owner_since_on = step.owner_id, holder, work.today
    step.version += 1
    work.happened("step_handed_over", step, holder, **{"from": before})
    if step.due_on is not None:
        rung = f"handed-over-{step.version}"
        add_draft(work, step, NoticeKind.HANDED_OVER, rung, holder, **{"from": before})


def _renumber_told(work: GrantAtWork, step: Step, old: Sequence[RungFacts], new: Sequence[RungFacts]) -> None:
    """Count what was told on the old ladder as told on the rung of the new one that says as much.

    That is the rung of the same name, or else the last that comes no later: nobody is told the same twice.
    """
    if step.due_on is None or [(one.position, one.key) for one in old] == [(r.position, r.key) for r in new]:
        return
    work.shared.forget()
    facts, calendar = ladder_facts(work, step), calendar_of(work.programme)
    positions = {rung.key: rung.position for rung in new}
    notices = work.session.exec(
        select(Notice).where(
            Notice.step_id == step.id, Notice.due_on == step.due_on, col(Notice.position) > 0
        )
    )
    for notice in notices:
        passed = [r.position for r in new if rung_day(r, facts, calendar) <= notice.told_on]
        notice.position = positions.get(notice.rung, max(passed, default=0))
