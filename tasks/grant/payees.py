"""Find the account that a grant's money comes to, or goes back to, and whether it was changed.

Money is led astray by changing its account, so a change is journaled and shown to those who release
and claim.
"""

from collections.abc import Collection

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, bindparam, func, select

from models.events import GrantEvent
from models.facts.money import Payee
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.tables.money import Instalment, Payment
from models.tables.person import Organisation

_GRANT = table_of(Grant)
_BODY = table_of(Organisation)
_EVENT = table_of(JournalEvent)
_INSTALMENT = table_of(Instalment)
_PAYMENT = table_of(Payment)

_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_LAST_PAID = (
    select(func.max(_PAYMENT.c.paid_on))
    .join(_INSTALMENT, _INSTALMENT.c.id == _PAYMENT.c.instalment_id)
    .where(_INSTALMENT.c.grant_id == _GRANT.c.id)
    .correlate(_GRANT)
    .scalar_subquery()
)


def _accounts(body: ColumnElement[int], changed: GrantEvent) -> Select[object]:
    """Return the query for the account of a grant's body, with its last change and last payment."""
    last_change = (
        select(func.max(_EVENT.c.id))
        .where(_EVENT.c.grant_id == _GRANT.c.id, _EVENT.c.event == changed)
        .correlate(_GRANT)
        .scalar_subquery()
    )
    return (
        select(_GRANT.c.id, _BODY.c.account, _EVENT.c.on, _EVENT.c.detail, _LAST_PAID.label("paid_on"))
        .join(_BODY, _BODY.c.id == body)
        .outerjoin(_EVENT, _EVENT.c.id == last_change)
        .where(_GRANT.c.id.in_(_IDS))
    )


_CLAIMS = (
    select(_EVENT.c.detail)
    .where(_EVENT.c.grant_id == bindparam("grant"), _EVENT.c.event == GrantEvent.INSTALMENT_CLAIMED)
    .order_by(_EVENT.c.id.desc())
)
_PAYEES = _accounts(_GRANT.c.recipient_id, GrantEvent.ACCOUNT_CHANGED)
_REPAID = _accounts(_GRANT.c.funder_id, GrantEvent.FUNDER_ACCOUNT_CHANGED)


def payees_of(connection: Connection, grants: Collection[int]) -> dict[int, Payee]:
    """Return the account to which each grant's money comes, by the grants' ids."""
    if not grants:
        return {}
    payees = {}
    for row in connection.execute(_PAYEES, {"ids": list(grants)}).all():
        # Money that came on the day of the change may have gone to the old account.
        proved = row.on is None or (row.paid_on is not None and row.paid_on > row.on)
        payees[row.id] = (
            Payee(row.account) if proved else Payee(row.account, row.on, str(row.detail.get("was", "")))
        )
    return payees


def claimed_to(connection: Connection, part: Instalment) -> Payee | None:
    """Return the account of an instalment's claim; once the claim has left, the one it named then.

    If the claim was made again, the last one counts. If the journal does not know it, as for an
    imported claim, it is the present account.
    """
    payee = payees_of(connection, {part.grant_id}).get(part.grant_id)
    if part.claimed_on is None:
        return payee
    claims = connection.execute(_CLAIMS, {"grant": part.grant_id}).scalars()
    named = next((claim.get("account") for claim in claims if claim["instalment"] == part.number), None)
    return payee if not named or (payee is not None and named == payee.account) else Payee(named)


def repaid_to(connection: Connection, grants: Collection[int]) -> dict[int, Payee]:
    """Return the account to which each grant's unspent money goes back, by the grants' ids."""
    rows = connection.execute(_REPAID, {"ids": list(grants)}).all() if grants else ()
    return {
        row.id: Payee(row.account, row.on, str((row.detail or {}).get("was", "")), back=True) for row in rows
    }
