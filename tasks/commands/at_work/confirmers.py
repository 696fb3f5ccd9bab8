"""Find who may confirm the money of a grant that is being changed."""

from models.rules.money.confirmer import Confirmers
from models.rules.watch.tampering import find_changed_rows, read_held_roles
from models.tables.money import Instalment
from tasks.commands.at_work.grant import GrantAtWork
from tasks.people.confirmers import confirmers_of


def confirmers_at_work(work: GrantAtWork, instalment: Instalment) -> Confirmers:
    """Return who may confirm an instalment's release; roles in this change count as journaled already."""
    now = read_held_roles(work.grant_id, work.roles)
    before = {name: columns for name, columns in work.held.items() if name.startswith("grant_role ")}
    return confirmers_of(
        work.session.connection(),
        work.grant_id,
        work.today,
        (instalment.requested_by_id, *(step.done_by_id for step in work.conditions_of(instalment))),
        roles=work.roles,
        changed=find_changed_rows(before, now),
    )
