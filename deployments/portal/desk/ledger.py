"""The forms about the books: read a ledger's file, and say that a report stands though they changed."""

from deployments.portal.desk.decisions import grant_of, place_of
from deployments.portal.forms.context import FormContext, FormSetup, Read, list_called
from tasks.commands.files.drafts import file_store_of
from tasks.grant.records import read_records
from tasks.grant.since_report import list_changed_reports
from tasks.ledger.keep import list_ledger_grants
from tasks.ledger.upload import ReadLedger, open_ledger
from tasks.overview.titles import step_titles
from tasks.people.visibility import seen_grants
from tasks.words.translator import capitalised


def bring_in(context: FormContext) -> FormSetup:
    """Read a ledger, for those of its grants that the visitor sees."""
    return FormSetup(place=list_called(context, "money", "/money"), command=lambda read: _read(context, read))


def _read(context: FormContext, _: Read) -> ReadLedger:
    visitor = context.visit.visitor
    file = context.files[-1]
    grants = list_ledger_grants(context.connection, seen_grants(visitor))
    settings = context.portal.settings
    with file_store_of(settings).under_its_name(file) as path:
        return open_ledger(
            path,
            grants,
            receipts=settings.received_accounts,
            sha256=file.sha256,
            by_id=visitor.person_id,
        )


def explain(context: FormContext) -> FormSetup:
    """Say that a report of the grant stands, though the books changed since it was given."""
    reference = grant_of(context).reference
    records = read_records(context.connection, [context.about])
    asking = [one for one in list_changed_reports(context.connection, records) if one.asks]
    titles = step_titles(context.connection, [reference], context.say)
    options = tuple((one.step.key, capitalised(titles[reference, one.step.key])) for one in asking)
    # The only one is chosen already.
    chosen = {"text": options[0][0]} if len(options) == 1 else {}
    return FormSetup(
        place=place_of(context),
        overrides={"step": {"options": options, **chosen}},
        known={"grant": reference},
        any_left=bool(options),
    )
