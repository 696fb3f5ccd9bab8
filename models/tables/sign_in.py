"""How people come in: login links, sessions, private calendar feeds, and who asks for links too often."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import UtcDateTime, index_of


class LoginLink(SQLModel, table=True):
    """A link that signs its person in, once and soon; without a person it is the operator's of this installation."""

    __tablename__ = "login_link"
    __table_args__ = (CheckConstraint("made_at < expires_at", name="lives"),)

    id: int | None = Field(default=None, primary_key=True)
    link_key: str = Field(unique=True)  # random; signed when it goes out
    person_id: int | None = Field(default=None, foreign_key="person.id")
    made_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LoginSession(SQLModel, table=True):
    """A browser that is signed in; the cookie's value is not here, only its hash."""

    __tablename__ = "login_session"
    __table_args__ = (CheckConstraint("began_at < expires_at", name="lives"),)

    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(unique=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    began_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class CalendarFeed(SQLModel, table=True):
    """A person's private calendar address; one is alive at a time, a revoked one stays to say so."""

    __tablename__ = "calendar_feed"
    __table_args__ = (index_of("ix_calendar_feed_alive", "person_id", rows="revoked_at IS NULL"),)

    id: int | None = Field(default=None, primary_key=True)
    feed_key: str = Field(unique=True)  # random; signed in the address
    person_id: int = Field(foreign_key="person.id")
    made_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
