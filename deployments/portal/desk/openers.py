"""The acts of the desk by their names in the address, and what opens the form of each."""

from collections.abc import Mapping

from deployments.portal.desk import (
    decisions,
    grant_facts,
    grants,
    imports,
    items,
    ledger,
    meetings,
    people,
    steps,
)
from deployments.portal.forms.context import Opener

OPENERS: Mapping[str, Opener] = {
    "add-meeting": meetings.add,
    "add-meetings": meetings.add_year,
    "new-body": meetings.add_body,
    "move-meeting": meetings.move,
    "cancel-meeting": meetings.cancel,
    "on-agenda": items.put_on_agenda,
    "off-agenda": items.take_off_agenda,
    "defer": items.defer,
    "choose-meeting": items.choose,
    "decide": decisions.decide,
    "correct": decisions.correct,
    "extend": steps.extend,
    "file-paper": steps.file_paper,
    "confirm-reading": steps.confirm_reading,
    "withdraw-approval": steps.withdraw,
    "confirm-import": steps.confirm_import,
    "confirm-imports": steps.confirm_imports,
    "new-person": people.add,
    "person": people.change,
    "own-settings": people.choose_own,
    "absence": people.be_away,
    "remove-absence": people.remove_absence,
    "hand-over": people.hand_over,
    "departure": people.leave,
    "new-grant": grants.open_grant,
    "grant-facts": grant_facts.change,
    "import": imports.bring_in,
    "ledger": ledger.bring_in,
    "explain-books": ledger.explain,
    "directory": imports.take_directory,
}
