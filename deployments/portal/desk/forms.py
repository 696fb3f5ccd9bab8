"""The forms of the desk, by their names."""

from __future__ import annotations

from deployments.portal.desk.form import DeskForm
from deployments.portal.desk.meetings import ADD_MEETING, CANCEL_MEETING, MOVE_MEETING

FORMS: dict[str, DeskForm] = {one.name: one for one in (ADD_MEETING, MOVE_MEETING, CANCEL_MEETING)}
