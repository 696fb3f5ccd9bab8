"""Name organisations as they are called on a day."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session, col, select

from models.tables.person import OrganisationName


def name_on(session: Session, organisation_id: int, on: date) -> str:
    """Return the organisation's name on the day; the first that it had, where the day is before all of them."""
    query = select(OrganisationName).where(OrganisationName.organisation_id == organisation_id)
    rows = session.exec(query.order_by(col(OrganisationName.valid_from_on))).all()
    held = [row.name for row in rows if row.valid_from_on <= on]
    return (held or [row.name for row in rows[:1]] or [""])[-1]
