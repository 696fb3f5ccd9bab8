"""Tables of the journal (append-only, hash-chained), each day's round, and the database's own id."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from models.tables.columns import Json, JsonObject, RowsJson, UtcDateTime


class JournalEvent(SQLModel, table=True):
    """One change, named in the past tense; `sha256` covers the row and the hash before it.

    `rows` are the changed rows that the watch compares with the journal, as they are after the
    change. People are their ids: no event holds a name or an address.
    """

    __tablename__ = "journal_event"

    id: int | None = Field(default=None, primary_key=True)
    on: date
    at: datetime = Field(sa_type=UtcDateTime)
    event: str
    grant_id: int | None = Field(default=None, foreign_key="grant.id")
    step_id: int | None = Field(default=None, foreign_key="step.id")
    person_id: int | None = Field(default=None, foreign_key="person.id")
    detail: JsonObject = Field(default_factory=dict, sa_type=Json)
    rows: dict[str, object] | None = Field(default=None, sa_type=RowsJson)
    previous_sha256: str
    sha256: str


class DayRound(SQLModel, table=True):
    """A day's round: begun, and completed when every phase and the letters are done."""

    __tablename__ = "day_round"

    on: date = Field(primary_key=True)
    began_at: datetime = Field(sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due: int = 0
    reminded: int = 0
    escalated: int = 0
    told: int = 0  # notices of other kinds: meetings, unspent money, stand-ins
    letters: int = 0
    failed: int = 0


class Foundation(SQLModel, table=True):
    """One row about the database: the program that made it, who may use it, what its machines share.

    `sha256` is the hash of the first migration's file. `admits` is the schema of the oldest program
    that may use the database: a migration sets it only if an older program could not work with the
    result. `grants init` keeps the marks. `database_id` is the database's own, and stays with it
    through backups; `is_sample` says that everything in it is sample data.
    """

    __tablename__ = "foundation"

    sha256: str = Field(primary_key=True)
    admits: str
    database_id: str
    is_sample: bool = False
    key_mark: str | None = None
    documents_mark: str | None = None
