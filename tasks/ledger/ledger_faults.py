"""Say why a ledger, or a row of it, cannot be read."""

from models.errors import BadInput
from models.message import Message


class Ledgered(Message):
    """Why a ledger is not read, or a row of it."""

    AT_ROW = "%(name)s, row %(row)s: %(why)s"
    AT_LINE = "%(name)s, line %(line)s: %(why)s"
    NO_HEADINGS = (
        "%(name)s has no headings of a ledger in its first %(rows)s rows: it needs a day, an account and a sum (it has"
        " %(value)s); write Datum, Konto and Belopp over them"
    )
    NO_PROJECTS = "%(name)s has no column of projects: write Projekt over it, or ask for no project"
    NO_ENTRIES = "%(name)s has no row of a voucher: export the vouchers, not the balances"
    ROWS_UNREAD = "rows of the grants' projects that cannot be read: %(count)s; the first of them: %(why)s"
    NO_GRANT = (
        "%(name)s has no row of a grant's project: write the project's number among the grant's facts, and see that"
        " the file has a column of projects"
    )
    NO_DAY = "the voucher has no day"
    NO_ACCOUNT = "the voucher has no account"
    NO_SUM = "the voucher has no sum: open the file where it was made, let it calculate, and save it"
    PART_OF_MINOR = "'%(value)s' has parts of an öre: round it to two decimals"
    NOT_SIE = "%(name)s is not a SIE file: export SIE type 4 again"
    SIE_TYPE = "%(name)s is SIE type %(type)s, which has balances and no vouchers: export type 4"
    SIE_DAY = "'%(value)s' is not a day as SIE writes it, 20260131"
    SIE_ACCOUNT = "'%(value)s' is not an account's number: correct it in the ledger, and export again"
    SIE_SUM = "'%(value)s' is not a sum: correct it in the ledger, and export again"
    SIE_FIELDS = "%(label)s has too few fields: export it again"
    SIE_QUOTES = "a quotation mark or a brace is left open: export it again"
    SIE_OPEN = "the voucher is not closed: the file breaks off here, so export it again"
    WEB_PAGE = "%(name)s is a web page, and not a table: export it as CSV or XLSX"
    OTHER_KIND = "%(name)s is an older workbook: save it as XLSX or CSV"


class LedgerUnreadable(BadInput):
    """The ledger cannot be read."""
