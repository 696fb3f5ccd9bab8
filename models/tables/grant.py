"""Tables of a grant, its programme version, its roles and the funder's decisions."""

from datetime import date, datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import Json, JsonObject, SortKey, UtcDateTime, word
from models.vocabulary import DecisionKind, GrantStatus, Role


class ProgrammeVersion(SQLModel, table=True):
    """A programme file, with its ladders, as it was when a grant was opened under it; never edited (trigger)."""

    __tablename__ = "programme_version"
    __table_args__ = (UniqueConstraint("key", "sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str
    sha256: str
    body: dict[str, object] = Field(sa_type=Json)  # a Programme as JSON, and its language
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Grant(SQLModel, table=True):
    """A grant that the organisation applied for or received."""

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    funder_reference: str | None = None
    title: str
    matter: str | None = None  # the name of its work in papers to the committee, if not its title
    # The funder's officer, to whom letters send questions.
    contact_name: str = Field(default="", sa_column_kwargs={"server_default": ""})
    contact_phone: str = Field(default="", sa_column_kwargs={"server_default": ""})
    contact_email: str = Field(default="", sa_column_kwargs={"server_default": ""})
    programme_id: int = Field(foreign_key="programme_version.id")
    funder_id: int = Field(foreign_key="organisation.id")
    recipient_id: int = Field(foreign_key="organisation.id")
    currency: str
    applied_for_minor: int | None = Field(default=None, sa_type=BigInteger)
    # The sum of the decisions; None until one states a sum.
    award_minor: int | None = Field(default=None, sa_type=BigInteger)
    # The day of the award in force, whether or not it states a sum; None until there is one.
    awarded_on: date | None = None
    period_start_on: date | None = None
    period_end_on: date | None = None
    # Named dates that the programme asks for: {"applied_on": {"on": "2009-09-15", "source": "...", "choice": true}}
    dates: JsonObject = Field(default_factory=dict, sa_type=Json)
    # The place of the programme's CSV source for this grant, if it has one.
    figures_file: str | None = None
    # Its projects in the ledger, as typed: "2470012", or several with commas between.
    project: str = Field(default="", sa_column_kwargs={"server_default": ""})
    # An officer's choice about small numbers of people in its documents: {"choice": "fewer",
    # "confirmed": ["9f…"]}
    small_numbers: JsonObject = Field(default_factory=dict, sa_type=Json)
    status: GrantStatus = Field(default=GrantStatus.OPEN, sa_type=word(GrantStatus))
    opened_on: date
    closed_on: date | None = None
    # Where it stands, written by each change to it, so that the database can find, order and add up
    # any number of grants.
    next_step: str | None = None
    next_phase: str | None = None
    next_due_on: date | None = None
    ball_with: str | None = None  # a role, "funder", or people who confirm
    at_risk_minor: int = Field(default=0, sa_type=BigInteger)
    # What its reports say was spent, and what is left of the money that came: None before the first, and
    # before the last of them.
    spent_minor: int | None = Field(default=None, sa_type=BigInteger)
    unspent_minor: int | None = Field(default=None, sa_type=BigInteger)
    # What its costs in the ledger come to; None before a ledger with its project was read.
    booked_minor: int | None = Field(default=None, sa_type=BigInteger)
    # The keys of steps that wait for a date or sum that no decision gives, each with its name.
    undated: list[list[str]] = Field(default_factory=list, sa_type=Json)
    reference_key: str = Field(default="", sa_type=SortKey)
    search_key: str = Field(default="", sa_type=SortKey)  # title and reference, in small letters
    # Imported with late steps that nobody has confirmed yet: nobody is told about them
    # (rules.notices.quiet_days).
    quiet: bool = False
    late_confirmed_on: date | None = None  # when somebody confirmed the late steps of its import


class GrantRole(SQLModel, table=True):
    """A person's role in a grant; one person a role."""

    __tablename__ = "grant_role"
    __table_args__ = (UniqueConstraint("grant_id", "role"),)

    id: int | None = Field(default=None, primary_key=True)
    grant_id: int = Field(foreign_key="grant.id")
    role: Role = Field(sa_type=word(Role))
    person_id: int = Field(foreign_key="person.id")


class Decision(SQLModel, table=True):
    """A funder's decision; append-only, several a grant.

    `amount_minor` is what this decision adds. A decision whose own part is unknown gives
    `total_minor` instead: the whole award after it. A wrong record stays; the row that
    `corrects_id` it counts in its place. An `annulled` decision was never made. A trigger allows
    one decision of a kind and a day.
    """

    __table_args__ = (UniqueConstraint("corrects_id"),)

    id: int | None = Field(default=None, primary_key=True)
    grant_id: int = Field(foreign_key="grant.id")
    kind: DecisionKind = Field(sa_type=word(DecisionKind))
    decided_on: date
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    total_minor: int | None = Field(default=None, sa_type=BigInteger)
    purpose: str = ""
    conditions: str = ""
    dates: JsonObject = Field(default_factory=dict, sa_type=Json)
    # Its instalments by their number: a sum in minor units, or a share as "60 %".
    instalments: JsonObject = Field(default_factory=dict, sa_type=Json)
    source: str = ""
    corrects_id: int | None = Field(default=None, foreign_key="decision.id")
    annulled: bool = False
    recorded_by_id: int | None = Field(default=None, foreign_key="person.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
