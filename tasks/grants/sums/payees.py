"""Know to which account a grant's money is to come, and whether it was changed since money last came.

A changed account is how money is led astray, so a change is journaled and shown to those who release and claim.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from models.columns import table_of
from models.grant import Grant
from models.instalment import Instalment, Payment
from models.journal import JournalEvent
from models.money_view import Payee
from models.people import Organisation
from models.vocabulary import GrantStatus
from tasks.store.journal_book import Happened, write_journal
from tasks.store.kept_queries import ask

_GRANT, _BODY, _EVENT = table_of(Grant), table_of(Organisation), table_of(JournalEvent)
_INSTALMENT, _PAYMENT = table_of(Instalment), table_of(Payment)

_CHANGED = "account_changed"
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_LAST_CHANGE = (
    select(func.max(_EVENT.c.id))
    .where(_EVENT.c.grant_id == _GRANT.c.id, _EVENT.c.event == _CHANGED)
    .correlate(_GRANT)
    .scalar_subquery()
)
_LAST_PAID = (
    select(func.max(_PAYMENT.c.paid_on))
    .join(_INSTALMENT, _INSTALMENT.c.id == _PAYMENT.c.instalment_id)
    .where(_INSTALMENT.c.grant_id == _GRANT.c.id)
    .correlate(_GRANT)
    .scalar_subquery()
)
_PAYEES = (
    select(_GRANT.c.id, _BODY.c.account, _EVENT.c.on, _EVENT.c.detail, _LAST_PAID.label("paid_on"))
    .join(_BODY, _BODY.c.id == _GRANT.c.recipient_id)
    .outerjoin(_EVENT, _EVENT.c.id == _LAST_CHANGE)
    .where(_GRANT.c.id.in_(_IDS))
)


def payees_of(connection: Connection, grants: Collection[int]) -> dict[int, Payee]:
    """Return to which account each grant's money is to come, by the grants' ids."""
    if not grants:
        return {}
    found = {}
    for row in ask(connection, _PAYEES, {"ids": list(grants)}):
        # What came on the day of the change may have gone to the account before it.
        proved = row.on is None or (row.paid_on is not None and row.paid_on > row.on)
        found[row.id] = (
            Payee(row.account) if proved else Payee(row.account, row.on, str(row.detail.get("was", "")))
        )
    return found


def journal_account(
    connection: Connection, organisation: Organisation, account: str, at: tuple[date, datetime]
) -> Sequence[int]:
    """Write down that an organisation's account becomes another; return the open grants whose money it receives."""
    open_grants = select(_GRANT.c.id).where(
        _GRANT.c.recipient_id == organisation.id, _GRANT.c.status == GrantStatus.OPEN
    )
    # Locked before the journal is: whoever releases one of them meanwhile has done so, or waits.
    locked = open_grants.order_by(_GRANT.c.id).with_for_update(key_share=True)
    grants = connection.execute(locked).scalars().all()
    detail = {"organisation": organisation.key, "was": organisation.account, "now": account}
    write_journal(
        connection, *at, (Happened(_CHANGED, grant_id, detail=detail) for grant_id in grants or (None,))
    )
    return grants
