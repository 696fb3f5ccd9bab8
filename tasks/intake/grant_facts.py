"""Change a grant's own facts as a form says them: as an import would that gave them."""

from sqlmodel import Session, col, func, select

from models.commands.grants import ChangeFacts
from models.errors import BadInput, ImportInvalid
from models.events import GrantEvent
from models.intake.file import GrantEntry, ImportFile, NameEntry, OrganisationEntry
from models.tables.columns import id_of
from models.tables.grant import Grant
from models.tables.person import Organisation
from models.vocabulary import Role
from tasks.commands.actor import Acting
from tasks.commands.at_work.load import load_grants, lock_grants
from tasks.commands.replan.changes import finish
from tasks.commands.replan.preview import Consequences
from tasks.intake.acts import read_entry
from tasks.intake.import_faults import Imported
from tasks.intake.imports import import_content
from tasks.intake.report import ImportDay
from tasks.programmes.files import ProgrammeRegistry
from tasks.store.grant_lookup import lowered_forms
from tasks.store.organisation_names import load_names


def change_facts(session: Session, said: ChangeFacts, acting: Acting) -> Consequences:
    """Change what is said, and return what moves: who has the steps, and what waits for a changed account.

    Raises BadInput for what does not fit, and for a reference that another grant has.
    """
    facts = dict(said.said)
    reference = str(facts.pop("reference", said.grant))
    account = facts.pop("account", None)
    if coordinator := facts.pop("coordinator", None):
        facts["roles"] = {Role.COORDINATOR: coordinator}
    # A name that may be left out is none where it is empty.
    for name in ("matter", "funder_reference"):
        if name in facts:
            facts[name] = facts[name] or None
    entry = read_entry(GrantEntry, {**facts, "reference": reference})
    day = ImportDay(acting.today, acting.now, by_id=acting.by_id)
    try:
        if entry.reference != said.grant:
            _rename(session, said.grant, entry, acting)
        paid_to = [] if account is None else [_recipient(session, entry.reference, str(account))]
        content = ImportFile(organisations=tuple(paid_to), grants=(entry,))
        return import_content(session, content, ProgrammeRegistry(read=[]), day).moved
    except ImportInvalid as error:
        raise BadInput(error.remark) from error


def _rename(session: Session, was: str, entry: GrantEntry, acting: Acting) -> None:
    (work,) = load_grants(session, lock_grants(session, [was]), acting.today)
    if work.grant.quiet:  # who entered it is known by its reference, and may not confirm it
        raise BadInput(Imported.CONFIRM_FIRST(grant=was))
    same = func.lower(Grant.reference).in_(lowered_forms(entry.reference))
    if other := session.exec(select(Grant.reference).where(same, Grant.reference != was)).first():
        raise BadInput(Imported.GRANT_IS_HERE(grant=other))
    work.grant.reference = entry.reference
    changes = {"reference": [was, entry.reference]}
    work.add_event(GrantEvent.GRANT_CHANGED, person_id=acting.by_id, changes=changes, roles={})
    finish(work, acting.now)


def _recipient(session: Session, reference: str, account: str) -> OrganisationEntry:
    """Return the recipient of a grant, with another account."""
    receives = select(Organisation).join(Grant, col(Grant.recipient_id) == col(Organisation.id))
    body = session.exec(receives.where(Grant.reference == reference)).one()
    names = load_names(session.connection(), [id_of(body)])[id_of(body)]
    named = [NameEntry(name=name.name, valid_from=name.valid_from_on) for name in names]
    return read_entry(OrganisationEntry, {"key": body.key, "names": named, "account": account})
