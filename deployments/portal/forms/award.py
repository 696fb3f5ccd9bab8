"""Ask of an award for its sum, on whichever page the decision is recorded."""

from typing import TypeVar

from deployments.portal.forms.form import Form
from models.forms.faults import Fault
from models.vocabulary import DecisionKind

_Form = TypeVar("_Form", bound=Form)


def with_award_sum(form: _Form) -> _Form:
    """Return the form; that of an award which states no sum, of its own or of the whole grant, says so at its field.

    A day that it leaves out is not asked for: the page on which it is checked says what is not watched until then.
    """
    is_award = form.act == "decide" and form.value("kind") == DecisionKind.AWARD
    states_sum = any(field.text for field in form.fields if field.name in ("amount", "total"))
    return form.with_errors({"amount": Fault.MISSING()}) if is_award and not states_sum else form
