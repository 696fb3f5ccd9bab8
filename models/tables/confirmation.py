"""What a person's act leaves behind besides its answer: the confirmation by email, and the form that was used up."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.tables.columns import UtcDateTime


class Confirmation(SQLModel, table=True):
    """The letter that confirms to a person what they recorded about a step, and until when it can be undone.

    `step_version` is the step's right after the act: once it is another, something has happened since.
    """

    id: int | None = Field(default=None, primary_key=True)
    letter_id: int = Field(foreign_key="letter.id", unique=True)
    step_id: int = Field(foreign_key="step.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    step_version: int
    acted_at: datetime = Field(sa_type=UtcDateTime)
    undo_until_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # None: it cannot be undone
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TakenForm(SQLModel, table=True):
    """A form that acted, by its idempotency key: sent again, it says that it is done already."""

    __tablename__ = "taken_form"

    form_key: str = Field(primary_key=True)
    taken_at: datetime = Field(sa_type=UtcDateTime)
