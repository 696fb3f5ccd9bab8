"""What people do about the books: say that what changed in them does not change a report."""

from dataclasses import dataclass
from typing import Annotated

from models.commands.command import OnGrant
from models.forms.field import Kind
from models.forms.spec import Act, Ask
from models.vocabulary import Duty


@Act(
    "explain-books",
    title="Does not change the report",
    button="The report stands",
    done="It is recorded that the report stands.",
    intro="The change stays on the grant's page with the reason, and is no task any more. If the books change again,"
    " that is told again.",
    duty=Duty.REPORTED,
)
@dataclass(frozen=True, slots=True)
class ExplainBooks(OnGrant):
    """Say that a report stands, though the books changed since, and why."""

    step: Annotated[str, Ask(kind=Kind.CHOICE, label="Which report")]
    reason: Annotated[str, Ask(kind=Kind.TEXT, label="Why it does not change the report")]
