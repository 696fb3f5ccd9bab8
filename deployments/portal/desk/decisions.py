"""What the funder decided of a grant: the forms that record and correct it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from sqlalchemy import bindparam, select
from starlette.exceptions import HTTPException

from deployments.portal.desk.form import DeskForm, Filled, Place, Scene
from deployments.portal.web.state import grant_path
from models.commands.grants import Correct, Decide, DecisionInput
from models.forms.field import Field, Kind
from models.programme.plan import Programme
from models.tables.columns import table_of
from models.tables.grant import Decision, Grant
from models.vocabulary import DecisionKind, Duty
from tasks.commands.replan.facts import GRANT_END
from tasks.store.database import AnyRow
from tasks.store.programmes import load_programme
from tasks.store.queries import HOLDS
from tasks.words.names import word_name
from tasks.words.translator import capitalised

_GRANT, _DECISION = table_of(Grant), table_of(Decision)
_OF_GRANT = select(_GRANT).where(_GRANT.c.id == bindparam("grant"))
_DECIDED = (
    select(_DECISION)
    .where(_DECISION.c.grant_id == bindparam("grant"), HOLDS)
    .order_by(_DECISION.c.decided_on, _DECISION.c.id)
)
# How the fields of a decision's dates and parts are called; the rate of costs is said of one of the parts.
_DATE, _PART, _RATE = "d-", "i-", "i-rate-"
_TEXTS = ("purpose", "conditions", "source")


def grant_of(scene: Scene) -> AnyRow:
    """Return the row of the grant that a form is about; 404 where there is none."""
    row = scene.connection.execute(_OF_GRANT, {"grant": scene.about}).first()
    if row is None:
        raise HTTPException(404)
    return row


def place_of(scene: Scene) -> Place:
    """Return the grant that a form is about, as its page is headed."""
    grant = grant_of(scene)
    return Place(grant.title, grant_path(grant.reference))


def _programme(scene: Scene) -> Programme:
    return load_programme(scene.connection, grant_of(scene).programme_id)


def _dated(programme: Programme) -> list[str]:
    """Return the names of the dates that a decision may give."""
    return [name for name, one in programme.dates.items() if one.given_by == "decision"]


def _decision_fields(scene: Scene) -> Iterator[Field]:
    """Yield the fields of what a decision says."""
    programme, grant = _programme(scene), grant_of(scene)
    currency = grant.currency
    yield Field("decided_on", Kind.DAY, latest=scene.today)
    yield Field("amount", Kind.SUM, False, currency=currency)
    yield Field("total", Kind.SUM, False, currency=currency)
    for name in _dated(programme):
        title = capitalised(programme.dates[name].title.in_language(scene.say.language))
        yield Field(f"{_DATE}{name}", Kind.DAY, False, title=title)
    if grant.period_end_on is not None:
        yield Field(f"{_DATE}{GRANT_END}", Kind.DAY, False)
    for rule in programme.instalments:
        if rule.awaits and (not rule.share.rate or rule.number == programme.rate_of):
            yield Field(_part_name(programme, rule.number), Kind.SHARE, False, currency=currency)
    yield from (Field("purpose", Kind.TEXT, False), Field("conditions", Kind.TEXT, False))
    yield Field("source", Kind.LINE, False, depends=True)


def _part_name(programme: Programme, number: object) -> str:
    """Return how the field is called in which a decision says a part's sum, or the rate of costs."""
    return f"{_RATE if str(number) == str(programme.rate_of) else _PART}{number}"


def _stated(filled: Filled) -> dict[str, Any]:
    """Return what the filled fields say of a decision, by the names of its fields; what is empty is None."""
    names = [field.name for field in filled.fields]
    parts = {int(one.rpartition("-")[2]): filled.value(one) for one in names if one.startswith(_PART)}
    return {
        "decided_on": filled.value("decided_on"),
        "amount_minor": filled.value("amount"),
        "total_minor": filled.value("total"),
        "dates": {one.removeprefix(_DATE): filled.value(one) for one in names if one.startswith(_DATE)},
        "instalments": parts,
        **{name: filled.text(name) for name in _TEXTS},
    }


def _given(values: Mapping[object, object]) -> dict[object, object]:
    return {name: value for name, value in values.items() if value is not None}


def _decide(scene: Scene, filled: Filled) -> Decide:
    grant = grant_of(scene)
    said = _stated(filled)
    said |= {name: _given(said[name]) for name in ("dates", "instalments")}
    return Decide(grant.reference, DecisionInput(DecisionKind(filled.text("kind")), **said))


def _recorded(scene: Scene) -> dict[str, AnyRow]:
    """Return the decisions that hold, by their ids as texts."""
    return {str(row.id): row for row in scene.connection.execute(_DECIDED, {"grant": scene.about})}


def _correction_fields(scene: Scene) -> Iterator[Field]:
    """Yield the fields of a recorded decision as it is, to be changed."""
    recorded = _recorded(scene)
    if not recorded:
        raise HTTPException(404)
    award = next((one for one in recorded.values() if one.kind == DecisionKind.AWARD), None)
    chosen = recorded.get(scene.given.get("recorded", ""), award or next(iter(recorded.values())))
    name = f"{word_name(scene.say, 'decision', chosen.kind)}, {scene.say.dated(chosen.decided_on)}"
    yield Field("recorded", Kind.CHOICE, options=((str(chosen.id), name),), text=str(chosen.id))
    yield Field("annulled", Kind.CHOICE, options=(("no", ""), ("yes", "")), text="no")
    held = _held(chosen, _programme(scene), grant_of(scene).currency)
    for field in _decision_fields(scene):
        yield replace(field, text=held.get(field.name, ""))
    yield Field("reason", Kind.LINE)


def _held(row: AnyRow, programme: Programme, currency: str) -> dict[str, str]:
    """Return what a recorded decision says, by the names of the form's fields, as it is typed."""

    def plain(said: object) -> str:
        if not isinstance(said, int):
            return str(said or "")
        return f"{Decimal(said).scaleb(-get_currency_precision(currency)).normalize():f}"

    dates = {f"{_DATE}{name}": str(one["on"]) for name, one in row.dates.items()}
    parts = {_part_name(programme, number): plain(said) for number, said in row.instalments.items()}
    sums = {"amount": plain(row.amount_minor), "total": plain(row.total_minor)}
    texts = {name: getattr(row, name) for name in _TEXTS}
    return {"decided_on": row.decided_on.isoformat(), **sums, **dates, **parts, **texts}


def _correct(scene: Scene, filled: Filled) -> Correct:
    grant, row = grant_of(scene), _recorded(scene)[filled.text("recorded")]
    annulled = filled.text("annulled") == "yes"
    said = {} if annulled else _stated(filled)
    return Correct(grant.reference, row.decided_on, row.kind, said, filled.text("reason"), annulled)


_KINDS = tuple((str(kind), "") for kind in DecisionKind)

DECISION_FORMS = (
    DeskForm(
        "decide",
        Duty.GRANT,
        place_of,
        lambda scene: (Field("kind", Kind.CHOICE, options=(("", ""), *_KINDS)), *_decision_fields(scene)),
        _decide,
    ),
    DeskForm("correct", Duty.GRANT, place_of, _correction_fields, _correct),
)
