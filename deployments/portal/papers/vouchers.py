"""Give the list of vouchers behind a report, as a spreadsheet, to those who answer for the grant's books."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import LARGEST_ID, give_spreadsheet, portal_of
from models.reading.reference import in_file_names
from models.vocabulary import Duty
from tasks.grant.records import find_record_of
from tasks.grant.since_report import list_booked_reports
from tasks.overview.voucher_sheet import WIDTHS, voucher_table
from tasks.people.visibility import may_visitor
from tasks.store.database import reading
from tasks.words.translator import capitalised
from tasks.words.vocabulary import word_step_title


def give_vouchers(request: Request) -> Response:
    """Return the list; 404 for a report without one, and for a visitor who does not answer for the grant's books."""
    portal = portal_of(request)
    visitor = visit_of(request).visitor
    say = portal.translator(request)
    step_id = request.path_params["step_id"]
    if step_id > LARGEST_ID:
        raise HTTPException(404)
    with reading(portal.engine) as connection:
        record = find_record_of(connection, step_id)
        if record is None or not may_visitor(connection, visitor, Duty.REPORTED, record.id):
            raise HTTPException(404)
        step = record.batch.steps_by_id[step_id]
        reports = list_booked_reports(connection, record)
        report = next((one for one in reports if one.step is step), None)
        if report is None:
            raise HTTPException(404)
        title = capitalised(word_step_title(say, record.rule_of(step), step.kind, step.period))
        table = voucher_table(
            say,
            record,
            report,
            title=title,
            read_on=portal.settings.local_date(report.at),
            payroll=portal.settings.payroll_accounts,
        )
        name = f"vouchers-{in_file_names(record.grant.reference)}-{step.key}"
    return give_spreadsheet(name, table, WIDTHS)
