"""Guard a changed bank account: releases are confirmed again, and the people who act on it are told.

Money is led astray by changing its account.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from models.events import GrantEvent
from models.rules.money.account_change import NOT_PAID, AccountChange, decide_account_change
from models.tables.grant import Grant
from models.tables.money import Instalment
from models.tables.person import Organisation
from models.tables.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, InstalmentStatus, NoticeKind, StepKind
from tasks.commands.at_work.grant import GrantAtWork, add_notice, money_detail
from tasks.commands.at_work.load import load_grant
from tasks.commands.at_work.lookup import claim_step
from tasks.commands.replan.changes import finish
from tasks.commands.sums.instalment_states import confirm_again
from tasks.store.journal import Event, write_journal


def change_account(session: Session, body: Organisation, account: str, today: date, now: datetime) -> None:
    """Record that an organisation's account changes, and act on it in the grants that pay to it.

    `body` still has the old account. A release that one or two people have confirmed is confirmed
    again, unless its claim has left. Everyone who waits for money or pays back is told. A first
    account is news only to those who confirmed a release without one.
    """
    pays_back = (
        select(Step.id)
        .where(Step.grant_id == Grant.id, Step.kind == StepKind.REPAYMENT, col(Step.status).in_(UNSETTLED))
        .exists()
    )
    receives = _open_grants(session, col(Grant.recipient_id) == body.id)
    is_repaid = _open_grants(session, col(Grant.funder_id) == body.id, pays_back)
    detail = {"organisation": body.key, "was": body.account, "now": account}
    events = [Event(GrantEvent.ACCOUNT_CHANGED, grant.id, detail=detail) for grant in receives]
    events += [Event(GrantEvent.FUNDER_ACCOUNT_CHANGED, grant.id, detail=detail) for grant in is_repaid]
    write_journal(
        session.connection(), today, now, events or [Event(GrantEvent.ACCOUNT_CHANGED, detail=detail)]
    )
    entered = not body.account
    part = select(Instalment.grant_id).where(
        col(Instalment.grant_id).in_([grant.id for grant in receives]), col(Instalment.status).in_(NOT_PAID)
    )
    if entered:
        part = part.where(col(Instalment.requested_by_id).is_not(None))
    concerned = set(session.exec(part))
    for grant in receives:
        if grant.id in concerned:
            work = load_grant(session, grant, today)
            ask_again(work, entered=entered)
            finish(work, now)
    for grant in () if entered else is_repaid:
        work = load_grant(session, grant, today)
        _tell_who_repays(work)
        finish(work, now)


def _open_grants(session: Session, *which: ColumnElement[bool]) -> Sequence[Grant]:
    """Return the open grants, locked before the journal: a release is finished by then, or waits."""
    rows = select(Grant).where(*which, Grant.status == GrantStatus.OPEN).order_by(col(Grant.id))
    return session.exec(rows.with_for_update(key_share=True)).all()


def note_recipient(work: GrantAtWork, was: Organisation, becomes: Organisation) -> None:
    """Act on a grant's money going to another organisation, if its account differs."""
    if was.account != becomes.account:
        work.add_event(
            GrantEvent.ACCOUNT_CHANGED, organisation=becomes.key, was=was.account, now=becomes.account
        )
        ask_again(work, entered=not was.account)


def ask_again(work: GrantAtWork, *, entered: bool = False) -> None:
    """Have the releases of a grant whose account changed confirmed again, and tell the people concerned.

    A claim stays as it is; `entered` says that there was no account before.
    """
    for part in work.instalments:
        change = decide_account_change(part, entered=entered)
        if change is AccountChange.NOTHING:
            continue
        people = (part.requested_by_id, part.confirmed_by_id)
        if change is AccountChange.CONFIRM:
            confirm_again(work, part)
        _tell(work, part, change, people)


def _tell(work: GrantAtWork, part: Instalment, change: AccountChange, people: Collection[int | None]) -> None:
    """Tell the claim's owner and the confirmers; an owner who must confirm again is asked for that instead."""
    claim = claim_step(work, part)
    is_open = change is AccountChange.OPEN
    if claim is None or (is_open and part.status is not InstalmentStatus.RELEASED):
        return
    claim.version += 1  # a page with the old account is stale
    readers = dict.fromkeys((*people, claim.owner_id))
    if change is AccountChange.CONFIRM:
        readers.pop(claim.owner_id, None)
    detail = money_detail(work, part) | {"new_account": str(change)}
    _add_notices(work, claim, f"account-{part.number}-{claim.version}", readers, detail)


def _tell_who_repays(work: GrantAtWork) -> None:
    for step in work.steps.values():
        if step.kind is StepKind.REPAYMENT and step.status in UNSETTLED:
            step.version += 1
            _add_notices(work, step, f"account-{step.version}", [step.owner_id], {"new_account": "repaid"})


def _add_notices(
    work: GrantAtWork, step: Step, rung: str, people: Collection[int | None], detail: dict[str, object]
) -> None:
    for person_id in people:
        if person_id is not None:
            add_notice(work, step, NoticeKind.NEW_ACCOUNT, rung, person_id, **detail)
