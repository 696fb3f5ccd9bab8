"""Say why a source gives no figures, and read the secrets that sources need."""

from models.errors import BadInput
from models.message import Message
from tasks.settings import source_secret


class Sourced(Message):
    """Why a source gives no figures."""

    MISSING_FOR = "%(reason)s; missing for %(steps)s"
    NO_FIGURES = "The source %(source)s of %(programme)s gave no figures"
    ASKED_AGAIN = "It is asked again every working morning. Nobody else waits for it."
    SEVERAL_ANSWERS = "%(answer)s: there are several answers: write sum or last after the question"
    ANSWER_IN_WORDS = "%(answer)s: an answer in words has no sum"
    NO_COLUMN = "%(name)s has no column '%(column)s'%(near)s"
    COLUMN_TWICE = "%(name)s: the column '%(column)s' stands twice"
    BEHIND_HEADINGS = (
        "%(name)s: %(place)s stands behind the last heading: put what holds a comma between quotation marks"
    )
    CELL = "%(name)s: %(place)s: %(why)s"
    NO_FILE_LIKE = "there is no file '%(file)s' in %(folder)s"
    FILE_UNSEARCHABLE = "the file '%(file)s' cannot be looked for"
    QUESTION = "%(name)s: %(question)s: %(why)s"
    READS_SERVER_FILES = (
        "%(name)s: the account of %(variable)s can read the database server's files: give it one that can only read its"
        " tables"
    )
    HOST_ADDRESS_REFUSED = (
        "%(name)s: '%(host)s' leads to %(address)s, which no source may ask: see %(setting)s"
    )
    HOST_UNLISTED = "%(name)s: %(setting)s does not list '%(host)s'"
    DATABASE_SILENT = "%(name)s: the database did not answer (%(kind)s)"
    VARIABLE_UNSET = "%(variable)s is not set"
    VARIABLE_SIGN = "%(variable)s holds a sign that no token has: copy it again"
    QUERY_STOPPED = "%(name)s: the query was stopped after %(seconds)s seconds: ask for less"
    QUERY_REFUSED = "%(name)s: the database refused the query (%(kind)s)"
    QUERY_ROWS = "%(name)s: the query gives more than %(most)s rows"
    QUERY_SIZE = "%(name)s: the query gives more than %(most)s MB"
    NO_DATABASE_ADDRESS = "%(name)s: %(variable)s holds no address of a database that can be asked (%(kind)s)"
    NO_DATABASE_FILE = "%(name)s: there is no such database file"
    SERVICE_SLOW = "%(name)s: the service's answer is too slow"
    SERVICE_SILENT = "%(name)s: the service did not answer (%(kind)s)"
    SERVICE_ANSWERED = "%(name)s: the service answered %(code)s"
    SERVICE_COMPRESSED = "%(name)s: the service's answer is compressed, which nobody asked for"
    SERVICE_TOO_LARGE = "%(name)s: the service's answer is too large"
    QUERY_COLUMN = "%(name)s: the query gives no column '%(column)s'; it gives %(there)s"
    NEITHER_PERIOD_NOR_DAY = (
        "'%(value)s' is neither a period nor a day: write it as 2010-Q1, 2010-03 or 2010-03-31"
    )
    PERIOD_EMPTY = "is empty: write the period of the row, as 2010-Q1 or 2010-03-31"
    UNRECKONED = "%(name)s: %(place)s holds a formula whose value was never saved: open and save the file"
    NOT_ONE_VALUE = "%(name)s: '%(path)s' of the service's answer is not one value"
    SEVERAL_ROWS = "%(name)s: several rows fit '%(column)s': write 'sum of', or 'where'"
    PERIOD_TWICE = (
        "%(name)s: %(places)s are about the same time in %(period)s: leave one row for it, or one a month"
    )
    DOES_NOT_ADD_UP = (
        "%(name)s: %(places)s are about parts of %(period)s, and '%(column)s' does not add up: one person in three"
        " months is one. Write one row for the whole period"
    )
    HOLDS_PERSONAL_NUMBERS = (
        "%(name)s: %(place)s holds a personal identity number: figures are numbers alone. Write the file without"
        " what is about one person"
    )
    MONTH_MISSING = "%(name)s: there is no row for %(month)s: without it %(period)s is not whole"
    NOT_JSON = "%(name)s: the service's answer is not JSON"
    CELL_ERROR = "%(name)s: %(place)s holds the error '%(broken)s': correct its formula, and save the file"
    HIDDEN_NUMBER = (
        "%(name)s: %(place)s holds '%(hidden)s', a number that is hidden there: ask for the number itself where the"
        " file was made"
    )
    NO_PATH = "%(name)s: the service's answer has no '%(path)s'"


class SourceFailed(BadInput):
    """The source gave no figures."""

    @property
    def may_pass(self) -> bool:
        """Whether the next try may succeed: a wrong query or token stays wrong."""
        return bool(self.facts.get("may_pass"))


class SecretWrong(SourceFailed):
    """The source's secret cannot be used; nobody but the administrator can put it right."""


def secret_of(name: str) -> str:
    """Return the secret's value; SecretWrong names the variable if it is not set."""
    value = source_secret(variable_of(name))
    if not value:
        raise SecretWrong(Sourced.VARIABLE_UNSET(variable=variable_of(name)))
    return value


def variable_of(name: str) -> str:
    """Return the variable that holds the secret."""
    return f"GRANTS_SECRET_{name.upper().replace('-', '_')}"
