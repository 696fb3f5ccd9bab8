"""The forms about a grant's steps: move a date, record a paper, confirm a reading or an import."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sqlalchemy import bindparam, select
from sqlmodel import col
from sqlmodel import select as select_models

from deployments.portal.desk.decisions import grant_of, place_of
from deployments.portal.forms.context import FormContext, FormSetup, FormWords, Read, list_called, value_of
from models.commands.steps import ConfirmReading
from models.forms.field import Kind
from models.rules.notices.quiet_days import find_late
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import FULFILLED, UNSETTLED, GrantStatus
from tasks.import_confirmation import ConfirmImports
from tasks.overview.titles import next_titles, step_titles
from tasks.people.withdrawers import to_take_back
from tasks.store.queries import load_models
from tasks.words.translator import capitalised

# So many imports are confirmed at once; the next ones wait for the next time.
_MOST_CONFIRMED = 200
_STEP = table_of(Step)
_STEPS = select(_STEP).where(_STEP.c.grant_id == bindparam("grant")).order_by(_STEP.c.position, _STEP.c.id)


def _unsettled(context: FormContext) -> tuple[tuple[str, str], ...]:
    """Return the steps that are to be done, to choose from."""
    titles = next_titles(context.connection, [grant_of(context).reference], context.say)
    return tuple((key, capitalised(title)) for (_, key), title in titles.items())


def _known(context: FormContext) -> dict[str, str]:
    return {"grant": grant_of(context).reference}


def extend(context: FormContext) -> FormSetup:
    """Move a step's date: one of the funder's by the funder's word; taken back, it has its old day again."""
    due = {row.key: row.due_on for row in context.connection.execute(_STEPS, {"grant": context.about})}

    def back(read: Read) -> Mapping[str, str]:
        step = read["step"].plain
        return {"step": step, "to_on": due[step].isoformat() if due[step] else ""}

    def with_day(step: str, title: str) -> str:
        return f"{title}, {context.say.dated(due[step])}" if due[step] else title

    steps = tuple((step, with_day(step, title)) for step, title in _unsettled(context))
    overrides = {"step": {"options": steps}}
    return FormSetup(place=place_of(context), overrides=overrides, known=_known(context), undo=back)


def file_paper(context: FormContext) -> FormSetup:
    """File a paper with a step that came without it, the last one first."""
    reference = grant_of(context).reference
    titles = step_titles(context.connection, [reference], context.say)
    steps = context.connection.execute(_STEPS, {"grant": context.about}).all()
    settled = [step.key for step in reversed(steps) if step.status in FULFILLED]
    options = tuple((step, capitalised(titles[reference, step])) for step in settled)
    overrides = {"step": {"options": options}}
    return FormSetup(
        place=place_of(context), overrides=overrides, known=_known(context), any_left=bool(settled)
    )


def confirm_reading(context: FormContext) -> FormSetup:
    """Say which of the days holds that a step's rule can be read to give."""

    def command(read: Read) -> ConfirmReading:
        step, _, day = read["reading"].value.partition(" ")
        note = value_of(read, "note") or ""
        return ConfirmReading(grant_of(context).reference, step, date.fromisoformat(day), note)

    overrides = {"step": None, "reading": {"kind": Kind.CHOICE, "options": tuple(_readings(context))}}
    return FormSetup(place=place_of(context), overrides=overrides, command=command)


def _readings(context: FormContext) -> Iterator[tuple[str, str]]:
    """Yield the days between which is to be chosen, each with its step."""
    titles = dict(_unsettled(context))
    for step in context.connection.execute(_STEPS, {"grant": context.about}):
        for day in (step.receipt.get("readings") or ()) if step.status in UNSETTLED else ():
            yield f"{step.key} {day}", f"{titles[step.key]}: {context.say.dated(date.fromisoformat(day))}"


def withdraw(context: FormContext) -> FormSetup:
    """Take an approval back that the visitor may take back."""
    overrides = {"step": {"options": tuple(_approved(context))}}
    return FormSetup(place=place_of(context), overrides=overrides, known=_known(context))


def _approved(context: FormContext) -> Iterator[tuple[str, str]]:
    """Yield the approvals that the visitor may take back."""
    reference = grant_of(context).reference
    titles = step_titles(context.connection, [reference], context.say)
    steps = context.connection.execute(_STEPS, {"grant": context.about}).all()
    theirs = to_take_back(
        context.connection, context.about, steps, context.visit.visitor.person_id, context.today
    )
    for step in steps:
        if step.id in theirs:
            yield step.key, capitalised(titles[reference, step.key])


def confirm_import(context: FormContext) -> FormSetup:
    """Say that what was late when the grant was imported is late."""
    grants = load_models(context.connection, select_models(Grant).where(Grant.id == context.about))
    label = FormWords(context.say).said("these_are_late")
    facts = tuple((label, said) for _, said in _late(context, grants))
    return FormSetup(place=place_of(context), known=_known(context), facts=facts)


def confirm_imports(context: FormContext) -> FormSetup:
    """Say so of all imported grants, or the first of them."""
    quiet = select_models(Grant).where(col(Grant.quiet), Grant.status == GrantStatus.OPEN)
    grants = load_models(context.connection, quiet.order_by(Grant.reference_key).limit(_MOST_CONFIRMED))
    references = tuple(grant.reference for grant in grants)
    by_id = context.visit.visitor.person_id
    return FormSetup(
        place=list_called(context, "grants", "/"),
        facts=tuple((f"{grant.title} ({grant.reference})", said) for grant, said in _late(context, grants)),
        command=lambda _: ConfirmImports(references, by_id),
        any_left=bool(grants),
    )


def _late(context: FormContext, grants: Sequence[Grant]) -> Iterator[tuple[Grant, str]]:
    """Yield each grant with what is late in it and since when, a dash for nothing."""
    ids = [grant.id for grant in grants]
    steps = load_models(context.connection, select_models(Step).where(col(Step.grant_id).in_(ids)))
    titles = step_titles(context.connection, [grant.reference for grant in grants], context.say)
    for grant in grants:
        late = find_late([step for step in steps if step.grant_id == grant.id], grant, context.today)
        said = [
            f"{capitalised(titles[grant.reference, one.key])}, {context.say.dated(one.due_on)}"
            for one in late
        ]
        yield grant, context.say.listed(said) or "–"
