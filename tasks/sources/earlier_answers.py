"""Take a grant's earlier answers as the figure of a later step."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, select

from models.forms.field import LONGEST_TEXT
from models.programme.language.amounts import Origin
from models.programme.question import OverPeriods
from models.rules.answers.validation import join_periods
from models.tables.columns import table_of
from models.tables.step import Answer, Step
from models.vocabulary import UNSETTLED, AnswerKind
from tasks.settings import load_settings
from tasks.sources.source import Taken
from tasks.sources.source_faults import Sourced, SourceFailed
from tasks.store.database import in_batches
from tasks.words.translator import capitalised, translator

_STEP = table_of(Step)
_ANSWER = table_of(Answer)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A step's earlier answers: its name in the programme, its place among the steps, its period."""

    template_key: str
    position: int
    period: str
    data: Mapping[str, object]


def answered_before(connection: Connection, grants: Sequence[int]) -> dict[int, list[Earlier]]:
    """Return each grant's answers of "done", the last of each step, in the order of the steps."""
    by_grant: dict[int, dict[int, Earlier]] = defaultdict(dict)
    for ids in in_batches(grants):
        query = (
            select(
                _STEP.c.grant_id,
                _STEP.c.id,
                _STEP.c.template_key,
                _STEP.c.position,
                _STEP.c.period,
                _ANSWER.c.data,
            )
            .join(_ANSWER, _ANSWER.c.step_id == _STEP.c.id)
            .where(
                _STEP.c.grant_id.in_(ids),
                _STEP.c.status.not_in(UNSETTLED),
                _ANSWER.c.kind == AnswerKind.DONE,
            )
            .order_by(_ANSWER.c.id)
        )
        for row in connection.execute(query):
            by_grant[row.grant_id][row.id] = Earlier(
                row.template_key, row.position, row.period or "", row.data
            )
    return {
        grant_id: sorted(rows.values(), key=lambda row: row.position) for grant_id, rows in by_grant.items()
    }


def as_one(
    gather: Origin, earlier: Sequence[Earlier], over_periods: OverPeriods, last: str | None = None
) -> Taken | None:
    """Return the earlier answers of a question as one: as `rows` says, else as they join over periods.

    `last` is the step that answers for the last period.
    """
    if gather.answer is None:
        return None
    named = gather.answer.text
    key = gather.answer.question
    answers = [answer for answer in earlier if answer.template_key in (gather.answer.step, last)]
    given = [answer for answer in answers if answer.data.get(key) not in (None, "")]
    values = [answer.data[key] for answer in given]
    if not values:
        return None
    if gather.rows == "all":
        return Taken(_in_turn(given, key), named, "")
    how = gather.rows or over_periods
    if how in ("sum", "highest"):
        try:
            joined = join_periods([Decimal(str(value)) for value in values], how)
        except ArithmeticError as error:
            raise SourceFailed(Sourced.ANSWER_IN_WORDS(answer=named)) from error
        return Taken(f"{joined:f}", named, "")
    if len(values) > 1 and how != "last":
        raise SourceFailed(Sourced.SEVERAL_ANSWERS(answer=named))
    return Taken(values[-1], named, "")


def _in_turn(given: Sequence[Earlier], key: str) -> str:
    """Return the answers one after the other, each after its period; long ones are cut to fit a field."""
    say = translator(load_settings().language)
    most = LONGEST_TEXT // len(given) - 100
    return "\n\n".join(
        f"{capitalised(say.period(answer.period))}: {str(answer.data[key])[:most]}"
        if answer.period
        else str(answer.data[key])[:most]
        for answer in given
    )
