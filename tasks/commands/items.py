"""Act on an item before a body: it is on the agenda, off it, or deferred to the next meeting."""

from models.commands.items import Defer, Item, PutOnAgenda, TakeOffAgenda
from models.errors import AnswerRefused, NotAllowed, Refused
from models.events import GrantEvent
from models.reading.personal_number import refuse_personal_numbers
from models.rules.dates.agenda import (
    ItemFacts,
    ItemReason,
    find_meeting,
    may_defer,
    may_put_on_agenda,
    may_take_off,
)
from models.tables.columns import id_of
from models.tables.step import Step
from tasks.commands.actor import Acting, people_allowed
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.lookup import days_met, find_item
from tasks.commands.command_faults import Answering, Refusal
from tasks.commands.replan.preview import Consequences, act_and_compare


def put_on_agenda(work: GrantAtWork, command: PutOnAgenda, acting: Acting) -> None:
    """Put an item on the agenda: its reminders wait until its meeting is over. Refused or NotAllowed."""
    step = _item(work, command)
    _check(may_put_on_agenda(step, _facts(work, step, acting)), work, step, acting)
    meeting = find_meeting(step)
    step.promised_on = meeting.held_on if meeting is not None else None
    step.expected_on = None
    step.version += 1
    work.add_event(GrantEvent.ITEM_ON_AGENDA, step, acting.by_id, held_on=str(step.promised_on))


def take_off_agenda(work: GrantAtWork, command: TakeOffAgenda, acting: Acting) -> None:
    """Take an item off the agenda: its reminders go on. Refused or NotAllowed."""
    step = _item(work, command)
    _check(may_take_off(step, _facts(work, step, acting)), work, step, acting)
    held_on = str(step.promised_on)
    step.promised_on = None
    step.version += 1
    work.add_event(GrantEvent.ITEM_OFF_AGENDA, step, acting.by_id, held_on=held_on)


def defer(work: GrantAtWork, command: Defer, acting: Acting) -> Consequences:
    """Let the next meeting take a deferred item; return what moves. Refused or NotAllowed."""
    step = _item(work, command)
    refuse_personal_numbers(reason=command.reason)
    _check(may_defer(step, _facts(work, step, acting, command)), work, step, acting)

    def pass_on(work: GrantAtWork) -> str:
        step.undecided_on = command.held_on
        if (
            step.fixed_due_on is not None
            and command.held_on is not None
            and step.fixed_due_on <= command.held_on
        ):
            step.fixed_due_on = step.fixed_due_source = None
        step.version += 1
        detail = {"held_on": str(command.held_on), "paragraph": command.paragraph, "reason": command.reason}
        work.add_event(GrantEvent.ITEM_DEFERRED, step, acting.by_id, **detail)
        return command.reason

    return act_and_compare(work, pass_on, acting.by_id)


def _item(work: GrantAtWork, command: Item) -> Step:
    """Return the item; AnswerRefused if it has changed since it was shown, Refused if it is none."""
    step = find_item(work, command.step)
    if command.version is not None and command.version != step.version:
        raise AnswerRefused(Answering.PAGE_CHANGED(step=step.key))
    return step


def _facts(work: GrantAtWork, step: Step, acting: Acting, command: Defer | None = None) -> ItemFacts:
    return ItemFacts(
        by_id=id_of(acting.by),
        allowed_ids=people_allowed(work, step, acting.by),
        today=work.today,
        held_on=command.held_on if command is not None else None,
        met_on=days_met(work, step),
    )


def _check(reason: ItemReason, work: GrantAtWork, step: Step, acting: Acting) -> None:
    if reason is ItemReason.NO_ROLE:
        raise NotAllowed(Refusal.NO_PART(person=acting.by.email, grant=work.grant.reference))
    if not reason.allowed:
        raise Refused(Refusal[f"ITEM_{reason.name}"](step=step.key), reason=reason)
