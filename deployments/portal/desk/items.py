"""The forms about the items of a meeting: put on its agenda, taken off, deferred, and moved to another."""

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException

from deployments.portal.desk.bodies import MEETINGS_OF_BODY, body_place
from deployments.portal.forms.context import FormContext, FormSetup, FormWords, Read, value_of
from deployments.portal.web.state import id_asked
from models.commands.items import Defer, Item, PutOnAgenda, TakeOffAgenda
from models.commands.meetings import ChooseMeeting
from models.forms.field import Field, Kind
from models.forms.spec import command_from
from models.rules.dates.agenda import decide_deferral
from models.rules.dates.committee import CAN_TAKE
from tasks.overview.items import BodyItem, find_item
from tasks.overview.titles import step_titles
from tasks.words.translator import capitalised


def word_planned(context: FormContext, item: BodyItem) -> str:
    """Return for which meeting an item is planned, and by when it must be sent."""
    due = context.say.dated(item.sent_by) if item.sent_by else ""
    return FormWords(context.say).said("planned_for", context.say.long_date(item.meeting.held_on), due)


def item_title(context: FormContext, item: BodyItem) -> str:
    """Return what an item is called: its grant, and its step."""
    grant = item.record.grant
    titles = step_titles(context.connection, [grant.reference], context.say)
    return f"{grant.title} ({grant.reference}): {titles[grant.reference, item.step.key]}"


def put_on_agenda(context: FormContext) -> FormSetup:
    """Put an item on the agenda; taken back, it is taken off."""
    return _about_item(context, PutOnAgenda)


def take_off_agenda(context: FormContext) -> FormSetup:
    """Take an item off the agenda."""
    return _about_item(context, TakeOffAgenda)


def choose(context: FormContext) -> FormSetup:
    """Let another meeting take an item: the earliest that can be met is offered first."""
    chosen = _chosen_item(context)
    words = FormWords(context.say)
    fits = [(day, fit) for day, fit in chosen.fits if fit in CAN_TAKE]
    options = tuple(
        (day.isoformat(), words.said("fit", context.say.long_date(day), fit)) for day, fit in fits
    )
    of_item = ((str(chosen.step.id), item_title(context, chosen)),)
    grant = chosen.record.grant

    def command(read: Read) -> ChooseMeeting:
        reason = value_of(read, "reason") or ""
        return ChooseMeeting(grant.reference, chosen.step.key, read["held_on"].value, reason)

    def back(_: Read) -> Mapping[str, str]:
        return {"item": str(chosen.step.id), "held_on": chosen.meeting.held_on.isoformat()}

    facts = ((words.said("planned"), word_planned(context, chosen)),)
    overrides: dict[str, Mapping[Any, Any] | None] = {
        "item": {"options": of_item, "text": str(chosen.step.id)},
        "held_on": {"options": options},
    }
    return FormSetup(place=body_place(context), overrides=overrides, command=command, undo=back, facts=facts)


def defer(context: FormContext) -> FormSetup:
    """Record that a meeting that was held deferred an item."""
    item = _chosen_item(context)
    rows = context.connection.execute(MEETINGS_OF_BODY, {"body": context.about}).all()
    met = (row.held_on for row in reversed(rows) if not row.cancelled)
    held = (day for day in met if decide_deferral(item.step, day, context.today).allowed)
    options = tuple((day.isoformat(), capitalised(context.say.long_date(day))) for day in held)

    def command(read: Read) -> Defer:
        about = {"grant": item.record.grant.reference, "step": item.step.key, "version": item.step.version}
        said: Defer = command_from(Defer, list(read.values()), **about)
        return said

    overrides = {"held_on": {"options": options, "text": item.meeting.held_on.isoformat(), "hint": ""}}
    return FormSetup(
        place=body_place(context),
        overrides=overrides,
        more=(_named(item),),
        facts=_facts(context, item)[:1],
        command=command,
    )


def _about_item(context: FormContext, command: type[Item]) -> FormSetup:
    item = _chosen_item(context)
    version = item.step.version
    return FormSetup(
        place=body_place(context),
        more=(_named(item),),
        facts=_facts(context, item),
        command=lambda _: command(item.record.grant.reference, item.step.key, version),
        undo=lambda _: {"item": str(item.step.id)},
    )


def _chosen_item(context: FormContext) -> BodyItem:
    """Return the item that the link names; 404 for none."""
    step_id = id_asked(context.given.get("item", "")) or 0
    chosen = find_item(context.connection, context.about, context.today, step_id)
    if chosen is None:
        raise HTTPException(404)
    return chosen


def _named(item: BodyItem) -> Field:
    """Return the field that keeps which item a form is about."""
    return Field("item", Kind.HIDDEN, text=str(item.step.id))


def _facts(context: FormContext, item: BodyItem) -> tuple[tuple[str, str], ...]:
    """Return which item a form is about, and for which meeting it is planned."""
    words = FormWords(context.say)
    return (
        (words.said("item"), item_title(context, item)),
        (words.said("meeting"), capitalised(context.say.long_date(item.meeting.held_on))),
    )
