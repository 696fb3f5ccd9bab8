"""Read a ledger's file: show what it changes of the grants, then keep it."""

from deployments.portal.forms.context import FormContext, FormSetup, Read, list_called
from models.errors import BadInput
from tasks.commands.files.drafts import file_store_of
from tasks.ledger.files import read_ledger
from tasks.ledger.keep import list_ledger_grants
from tasks.ledger.ledger_faults import Ledgered
from tasks.ledger.upload import ReadLedger
from tasks.people.visibility import seen_grants


def bring_in(context: FormContext) -> FormSetup:
    """Read a ledger, for those of its grants that the visitor sees."""
    return FormSetup(place=list_called(context, "money", "/money"), command=lambda read: _read(context, read))


def _read(context: FormContext, _: Read) -> ReadLedger:
    visitor = context.visit.visitor
    file = context.files[-1]
    grants = list_ledger_grants(context.connection, seen_grants(visitor))
    projects = frozenset[str]().union(*(grant.projects for grant in grants))
    if not projects:
        raise BadInput(Ledgered.NO_GRANT(name=file.name))
    with file_store_of(context.portal.settings).under_its_name(file) as path:
        found = read_ledger(path, projects)
    return ReadLedger(found, file.sha256, grants, visitor.person_id)
