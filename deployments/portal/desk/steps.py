"""What is settled of a grant's steps: the forms for its dates, approvals and import."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import bindparam, select
from sqlmodel import select as select_models

from deployments.portal.desk.decisions import grant_of, place_of
from deployments.portal.desk.form import DeskForm, Filled, Scene
from models.commands.grants import ConfirmLate
from models.commands.steps import ConfirmReading, Extend, Withdraw
from models.forms.field import Field, Kind
from models.rules.notices.quiet import find_late
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import UNSETTLED, Duty
from tasks.overview.titles import next_titles, step_titles
from tasks.people.withdrawers import to_take_back
from tasks.store.queries import load_models
from tasks.words.translator import capitalised

_STEP = table_of(Step)
_STEPS = select(_STEP).where(_STEP.c.grant_id == bindparam("grant")).order_by(_STEP.c.position, _STEP.c.id)


def _unsettled(scene: Scene) -> tuple[tuple[str, str], ...]:
    """Return the steps that are to be done, to choose from."""
    titles = next_titles(scene.connection, [grant_of(scene).reference], scene.say)
    return (("", ""), *((key, capitalised(title)) for (_, key), title in titles.items()))


def _readings(scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield the days between which is to be chosen, each with its step."""
    titles = dict(_unsettled(scene))
    for step in scene.connection.execute(_STEPS, {"grant": scene.about}):
        for day in (step.receipt.get("readings") or ()) if step.status in UNSETTLED else ():
            yield f"{step.key} {day}", f"{titles[step.key]}: {scene.say.dated(date.fromisoformat(day))}"


def _confirm(scene: Scene, filled: Filled) -> ConfirmReading:
    step, _, day = filled.text("reading").partition(" ")
    return ConfirmReading(grant_of(scene).reference, step, date.fromisoformat(day), filled.text("note"))


def _approved(scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield the approvals that the visitor may take back."""
    reference = grant_of(scene).reference
    titles = step_titles(scene.connection, [reference], scene.say)
    steps = scene.connection.execute(_STEPS, {"grant": scene.about}).all()
    theirs = to_take_back(scene.connection, scene.about, steps, scene.visit.visitor.person_id, scene.today)
    for step in steps:
        if step.id in theirs:
            yield step.key, capitalised(titles[reference, step.key])


def _late_fields(scene: Scene) -> Iterator[Field]:
    """Yield the question whether what was late when the grant was imported is late."""
    (grant,) = load_models(scene.connection, select_models(Grant).where(Grant.id == scene.about))
    steps = load_models(scene.connection, select_models(Step).where(Step.grant_id == scene.about))
    titles = step_titles(scene.connection, [grant.reference], scene.say)
    late = find_late(steps, grant, scene.today)
    said = (f"{capitalised(titles[grant.reference, one.key])}, {scene.say.dated(one.due_on)}" for one in late)
    yield Field("late", Kind.CHOICE, options=(("yes", scene.say.listed(list(said)) or "–"),), text="yes")


_WHY = Field("reason", Kind.LINE)

STEP_FORMS = (
    DeskForm(
        "extend",
        Duty.GRANT,
        place_of,
        lambda scene: (
            Field("step", Kind.CHOICE, options=_unsettled(scene)),
            Field("to_on", Kind.DAY, earliest=scene.today),
            _WHY,
            Field("paper", Kind.LINE, False),
            Field("told_by", Kind.LINE, False),
            Field("told_on", Kind.DAY, False, latest=scene.today),
        ),
        lambda scene, filled: filled.command(Extend, grant=grant_of(scene).reference),
    ),
    DeskForm(
        "confirm-reading",
        Duty.GRANT,
        place_of,
        lambda scene: (
            Field("reading", Kind.CHOICE, options=(("", ""), *_readings(scene))),
            Field("note", Kind.LINE, False),
        ),
        _confirm,
    ),
    DeskForm(
        "withdraw-approval",
        Duty.GRANT,
        place_of,
        lambda scene: (
            Field("step", Kind.CHOICE, options=(("", ""), *_approved(scene))),
            Field("note", Kind.LINE),
        ),
        lambda scene, filled: filled.command(Withdraw, grant=grant_of(scene).reference),
    ),
    DeskForm(
        "confirm-import",
        Duty.GRANT,
        place_of,
        _late_fields,
        lambda scene, _: ConfirmLate(grant_of(scene).reference),
    ),
)
