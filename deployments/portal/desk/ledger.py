"""Read a ledger's file: show what it changes of the grants, then keep it."""

from deployments.portal.forms.context import FormContext, FormSetup, Read, list_called
from tasks.commands.files.drafts import file_store_of
from tasks.ledger.keep import list_ledger_grants
from tasks.ledger.upload import ReadLedger, open_ledger
from tasks.people.visibility import seen_grants


def bring_in(context: FormContext) -> FormSetup:
    """Read a ledger, for those of its grants that the visitor sees."""
    return FormSetup(place=list_called(context, "money", "/money"), command=lambda read: _read(context, read))


def _read(context: FormContext, _: Read) -> ReadLedger:
    visitor = context.visit.visitor
    file = context.files[-1]
    grants = list_ledger_grants(context.connection, seen_grants(visitor))
    with file_store_of(context.portal.settings).under_its_name(file) as path:
        return open_ledger(path, grants, sha256=file.sha256, by_id=visitor.person_id)
