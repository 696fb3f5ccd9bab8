"""Read a posted form: each field by itself, then what must fit together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from deployments.portal.form_fields import Field, fill, read_sum, totals_fit
from deployments.portal.task_forms import Form
from models.vocabulary import DecisionKind
from tasks.words import Speaker


def check_form(say: Speaker, form: Form, posted: Mapping[str, str], currency: str) -> tuple[Field, ...]:
    """Return the form's fields as they were posted, with an error in each that must be mended."""
    fields = fill(say, form.fields, posted)
    fields = tuple(_sum_fits(say, field, currency) for field in fields)
    fields = totals_fit(say, form.questions, fields)
    return _decision_fits(say, fields) if form.act == "decide" else fields


def _sum_fits(say: Speaker, field: Field, currency: str) -> Field:
    """Check a sum of money that is booked, and not only told: it must be whole in minor units."""
    if field.kind != "money" or field.error or not field.value or field.name.startswith("q-"):
        return field
    if read_sum(field.value, currency) is None:
        return replace(field, error=say.gettext("Write this as a sum, such as 100 000 or 1 250,50."))
    return field


def _decision_fits(say: Speaker, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """A grant needs its sum and the dates that the programme counts from."""
    award = any(field.name == "kind" and field.value == DecisionKind.AWARD for field in fields)
    if not award:
        return fields

    def needed(field: Field) -> Field:
        asked = field.name == "amount" or field.name.startswith("d-")
        if asked and not field.value:
            return replace(field, error=say.gettext("This must be filled in."))
        return field

    return tuple(needed(field) for field in fields)
