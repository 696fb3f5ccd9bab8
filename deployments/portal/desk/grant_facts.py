"""The form by which a grant's own facts become others."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from deployments.portal.desk.decisions import grant_of, place_of
from deployments.portal.desk.people import email_of, people_of
from deployments.portal.forms.context import FormContext, FormPlace, FormSetup, Read, value_of
from deployments.portal.web.state import grant_path
from models.commands.grants import ChangeFacts
from models.tables.columns import table_of
from models.tables.person import Organisation
from models.vocabulary import Duty, Role
from tasks.people.visibility import may_visitor
from tasks.store.people import load_roles

_BODY = table_of(Organisation)
# What stands in the grant's row as it is typed.
_TYPED = (
    "reference",
    "title",
    "matter",
    "funder_reference",
    "contact_name",
    "contact_phone",
    "contact_email",
    "project",
)


def change(context: FormContext) -> FormSetup:
    """Change a grant's own facts; the account, which is the recipient's, is an administrator's to change."""
    grant = grant_of(context)
    begun = {name: getattr(grant, name) or "" for name in _TYPED}
    coordinator = load_roles(context.connection, [grant.id])[grant.id].get(Role.COORDINATOR)
    begun["coordinator"] = str(coordinator or "")
    overrides: dict[str, Mapping[str, Any] | None] = {name: {"text": text} for name, text in begun.items()}
    overrides["coordinator"] = {
        "text": begun["coordinator"],
        "options": tuple(people_of(context, coordinator)),
    }
    overrides["account"] = None
    if may_visitor(context.connection, context.visit.visitor, Duty.OFFICE):
        account = select(_BODY.c.account).where(_BODY.c.id == grant.recipient_id)
        begun["account"] = context.connection.execute(account).scalar_one()
        overrides["account"] = {"text": begun["account"]}

    def changed(read: Read) -> dict[str, str]:
        return {name: read[name].text for name, text in begun.items() if read[name].text != text}

    def command(read: Read) -> ChangeFacts:
        said: dict[str, object] = {name: value_of(read, name) or "" for name in changed(read)}
        if "coordinator" in said:
            said["coordinator"] = email_of(context, read["coordinator"].value)
        return ChangeFacts(grant.reference, said)

    def back(read: Read) -> Mapping[str, str] | None:
        """Give what it was; a release that waits to be confirmed again is not had back."""
        return None if "account" in changed(read) else {name: begun[name] for name in changed(read)}

    def place_after(read: Read) -> FormPlace:
        return FormPlace(read["title"].value, grant_path(read["reference"].value))

    return FormSetup(
        place=place_of(context),
        overrides=overrides,
        command=command,
        undo=back,
        changes=True,
        place_after=place_after,
    )
