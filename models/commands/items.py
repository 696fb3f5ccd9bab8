"""What people do about an item before a committee or another body: put it on the agenda, take it off, defer it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from models.commands.command import OnGrant
from models.commands.steps import Paragraph
from models.forms.field import Kind
from models.forms.spec import Act, Ask
from models.reading.day import Side
from models.rules.dates.agenda import may_defer, may_put_on_agenda, may_take_off
from models.vocabulary import Duty, NoticeKind


@dataclass(frozen=True, slots=True)
class Item(OnGrant):
    """An item: the approval `step` of a grant. `version` is the step's version on the page; None for any."""

    step: str
    version: int | None = None


@Act(
    "on-agenda",
    title="Put on the agenda",
    button="It is on the agenda",
    done="The item is on the agenda.",
    intro="Nobody is reminded of the item until the meeting is over.",
    duty=Duty.MEETINGS,
    judge=may_put_on_agenda,
    is_main=True,
    undone_by="off-agenda",
)
@dataclass(frozen=True, slots=True)
class PutOnAgenda(Item):
    """Put the item on the agenda of its meeting."""


@Act(
    "off-agenda",
    title="Taken off the agenda",
    button="It is off the agenda",
    done="The item is off the agenda.",
    intro="The reminders go on.",
    duty=Duty.MEETINGS,
    judge=may_take_off,
    undone_by="on-agenda",
)
@dataclass(frozen=True, slots=True)
class TakeOffAgenda(Item):
    """Take the item off the agenda again."""


@Act(
    "defer",
    title="Deferred",
    button="Record that it was deferred",
    done="The deferral has been recorded.",
    intro="The item was not decided, and comes up at the next meeting.",
    duty=Duty.MEETINGS,
    judge=may_defer,
    tells=(NoticeKind.MOVED,),
)
@dataclass(frozen=True, slots=True)
class Defer(Item):
    """Record that the meeting on a day did not decide the item: the next one takes it."""

    held_on: Annotated[
        date | None, Ask(kind=Kind.DAY, label="The day of the meeting", side=Side.PAST, option="--on")
    ] = None
    paragraph: Paragraph = ""
    reason: Annotated[str, Ask(kind=Kind.LINE, label="Why", required=False)] = ""
