"""The forms of the desk, by their names."""

from __future__ import annotations

from deployments.portal.desk.decisions import DECISION_FORMS
from deployments.portal.desk.form import DeskForm
from deployments.portal.desk.grants import NEW_GRANT, NEW_PROGRAMME
from deployments.portal.desk.imports import DIRECTORY, IMPORT
from deployments.portal.desk.meetings import MEETING_FORMS
from deployments.portal.desk.people import PEOPLE_FORMS

_OF_GRANTS = (NEW_GRANT, NEW_PROGRAMME, IMPORT, DIRECTORY)
FORMS: dict[str, DeskForm] = {
    one.name: one for one in (*MEETING_FORMS, *DECISION_FORMS, *PEOPLE_FORMS, *_OF_GRANTS)
}
