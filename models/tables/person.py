"""Tables of organisations, people, absences, login links and sessions, calendar addresses."""

from datetime import date, datetime

from sqlalchemy import FetchedValue, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import UtcDateTime, word
from models.vocabulary import Access


class Organisation(SQLModel, table=True):
    """A funder, a recipient or a partner; its names are in OrganisationName.

    `short_name` is its name in letters, if it has one. `account` is where a recipient is paid, and
    a funder paid back. `registration_number` is its number with the authorities. A memo to a
    committee is from its `administration`, `department` and `unit`.
    """

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    short_name: str = ""
    registration_number: str = ""
    account: str = ""
    administration: str = ""
    department: str = ""
    unit: str = ""


class OrganisationName(SQLModel, table=True):
    """The name that an organisation has from a date on (a recipient can be renamed mid-grant)."""

    __tablename__ = "organisation_name"
    __table_args__ = (UniqueConstraint("organisation_id", "valid_from_on"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    name: str
    valid_from_on: date


class Person(SQLModel, table=True):
    """Someone who can be told. The address is stored as compared: trimmed, lower case.

    The journal holds a mark of the address, made with `salt`; a new salt makes the mark
    meaningless.
    """

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True)
    name: str
    title: str = ""
    phone: str = ""
    department: str = Field(default="", sa_column_kwargs={"server_default": ""})
    language: str = "sv"
    is_admin: bool = False
    access: Access = Field(default=Access.OWN, sa_type=word(Access))
    manager_id: int | None = Field(default=None, foreign_key="person.id")
    deputy_id: int | None = Field(default=None, foreign_key="person.id")
    departed_on: date | None = None
    bounced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    # Random, by the database; never None once the row is there.
    salt: str | None = Field(default=None, sa_column_kwargs={"server_default": FetchedValue()})


class Absence(SQLModel, table=True):
    """Days on which a person is away, both ends included; `told_on` is when the deputy was told.

    An absence `from_directory` ends when the office's directory no longer has it.
    """

    __table_args__ = (UniqueConstraint("person_id", "from_on"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    from_on: date
    to_on: date = Field(index=True)
    told_on: date | None = None
    from_directory: bool = False


class LoginLink(SQLModel, table=True):
    """A link that signs somebody in, once and soon.

    The journal's event about its making says whom, and since when.
    """

    __tablename__ = "login_link"

    id: int | None = Field(default=None, primary_key=True)
    link_key: str = Field(unique=True)  # random; signed when it goes out
    event_id: int = Field(foreign_key="journal_event.id")
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    leads_to: str = ""  # a page of the portal


class LoginSession(SQLModel, table=True):
    """A browser in which somebody is signed in; only the hash of the cookie's value is stored.

    The journal's event about the sign-in says who, and since when.
    """

    __tablename__ = "login_session"

    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(unique=True)
    event_id: int = Field(foreign_key="journal_event.id")


class CalendarFeed(SQLModel, table=True):
    """A person's private calendar address; one is alive at a time, a revoked one stays to say so."""

    __tablename__ = "calendar_feed"

    id: int | None = Field(default=None, primary_key=True)
    feed_key: str = Field(unique=True)  # random; signed in the address
    person_id: int = Field(foreign_key="person.id")
    made_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
