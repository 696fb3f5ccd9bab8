"""A step or a payment as people write it, with questions and approval."""

from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from models.programme.written.fields import (
    Join,
    Names,
    Periods,
    Repays,
    Rule,
    Share,
    Text,
    Title,
    Whens,
    WordOrKeys,
)
from models.reading.fields import Key, QuestionKey, Strict
from models.vocabulary import Phase

# How a question's answers of several periods become one.
OverPeriods = Literal["sum", "last", "highest", "none"]
QuestionKind = Literal["number", "count", "people", "money", "text", "date", "yes_no", "choice"]


def _checks(value: object) -> object:
    """Return checks by their sentences, with own words or None."""
    if isinstance(value, str):
        return {value: None}
    return dict.fromkeys(value) if isinstance(value, list) else value


class WrittenQuestion(WordOrKeys):
    """A question: its kind alone, or its text and the origin of its figure."""

    model_config = ConfigDict(title="a question")
    alone = get_args(QuestionKind)
    alone_as = "kind"

    kind: QuestionKind | None = Field(
        default=None, description="number, count, people, money, text, date, yes_no, choice"
    )
    title: Title | None = Field(default=None, description="a text, or {sv, en}")
    optional: bool = Field(default=False, description="may be left out")
    options: dict[QuestionKey, Title] = Field(default={}, description="of a choice")
    split: dict[QuestionKey, Title] = Field(default={}, description="a number's parts")
    over: OverPeriods = Field(default="sum", description="periods: sum, last, highest, none")
    origin: Text | None = Field(
        default=None, alias="from", description="where the figure comes from before its owner is asked"
    )
    checks: Annotated[
        dict[Text, Title | None],
        BeforeValidator(_checks, Text | tuple[Text, ...] | dict[Text, Title | None]),
    ] = Field(
        default={},
        description="what must hold of the answer, or be explained; a sentence, or sentence: words",
    )

    def with_own(self, own: Self) -> Self:
        """Return the question with the step's own keys."""
        own_keys = {key: getattr(own, key) for key in own.model_fields_set}
        return self.model_copy(update={**own_keys, "checks": {**self.checks, **own.checks}})


class WrittenEnd(WordOrKeys):
    """The differences of a first or last period: a word alone, or the keys that differ."""

    model_config = ConfigDict(title="what differs for the first or last period")
    alone = ("skip", "join")

    skip: bool = Field(default=False, description="nothing is asked for it; alone: `skip`")
    join: Join | None = Field(
        default=None, description="that period joins its neighbour; under so many months, or alone: `join`"
    )
    into: Key | None = Field(default=None, description="that period is asked in another step")
    due: Rule | None = Field(default=None, description="another rule for it")
    needs: Names = Field(default=(), description="events that must have happened for it, besides")

    @model_validator(mode="before")
    @classmethod
    def _word_alone(cls, value: object) -> object:
        words = {"skip": {"skip": True}, "join": {"join": 0}}
        return words.get(value, value) if isinstance(value, str) else value


def _late(value: object) -> object:
    return {"lapses": "lapses"} if value == "lapses" else value


class WrittenPart(Strict):
    """The common keys of a step and of the parts made for it, such as its approval."""

    title: Title | None = Field(default=None, description="a text, or {sv, en}")
    todo: Title | None = Field(default=None, description="one sentence to its owner")
    phase: Phase | None = Field(default=None, description="where the inferred one is wrong")
    by: Text | None = Field(default=None, description="who acts: a role, a body, funder")
    due: Rule | None = Field(default=None, description="a rule")
    opens: Rule | None = Field(default=None, description="a rule")
    needs: Names = Field(default=(), description="events that must have happened")
    late: Annotated[dict[Text, Text], BeforeValidator(_late, Literal["lapses"] | dict[Text, Text])] = Field(
        default={}, description="lapses, or {3 months: 20 %}"
    )
    stake: Title | None = Field(default=None, description="own words for that")
    ladder: Key | None = Field(default=None, description="another than the usual")
    note: Text | None = Field(default=None, description="address, and the words quoted")


class WrittenApproval(WrittenPart, WordOrKeys):
    """The approver of a step, and the approval's differences from the usual.

    If there are several people, the last approves, and the keys here are about that; the others
    read it first, each in turn.
    """

    model_config = ConfigDict(title="an approval")
    alone_as = "by"

    by: Names = Field(default=(), description="who acts: a role, a body, funder")  # type: ignore[assignment]

    @property
    def approver(self) -> str | None:
        """The person who approves; None for the coordinator."""
        return self.by[-1] if self.by else None

    @property
    def readers(self) -> tuple[str, ...]:
        """The people who read before, in order."""
        return self.by[:-1]


class WrittenStep(WrittenPart):
    """A step as people write it; usual values are left out."""

    model_config = ConfigDict(title="a step")

    each: Periods | None = Field(default=None, description="a period sentence")
    first: WrittenEnd | None = Field(default=None, description="what differs for the first period")
    last: WrittenEnd | None = Field(default=None, description="what differs for the last period")
    approval: WrittenApproval | None = Field(
        default=None, description="funder, a role, a body, or a step that differs"
    )
    when: Whens = Field(default=(), description="thresholds; all of a list")
    optional: bool = Field(default=False, description="may be answered: not needed")
    one_for: Literal["recipient"] | None = Field(
        default=None, description="recipient: one for all its grants; where it is done, its owner says"
    )
    repays: Repays | None = Field(default=None, description="what goes back")
    documents: dict[QuestionKey, Title] = Field(default={}, description="name: title")
    questions: dict[QuestionKey, WrittenQuestion] = Field(default={}, description="name: kind, or a question")


class WrittenMove(WrittenPart, WordOrKeys):
    """The claim of a payment, or its coming: a rule alone, or the differences from the usual."""

    model_config = ConfigDict(title="a claim, or a payment's coming")
    alone_as = "due"


class WrittenPayment(Strict):
    """A payment: its size and its needs; it makes its claim, its release and its payment."""

    model_config = ConfigDict(title="a payment")

    title: Title | None = Field(default=None, description="a text, or {sv, en}")
    each: Periods | None = Field(
        default=None, description="a period sentence, or a step that comes once a period"
    )
    first: WrittenEnd | None = Field(default=None, description="what differs for the first period")
    last: WrittenEnd | None = Field(default=None, description="what differs for the last period")
    needs: Names = Field(default=(), description="events that must have happened")
    share: Share = Field(description="how much")
    keeps: Title | None = Field(default=None, description="what another holds back")
    claim: Literal["none"] | WrittenMove | None = Field(
        default=None, union_mode="left_to_right", description="none, a rule, or a step that differs"
    )
    paid: WrittenMove | None = Field(default=None, description="a rule, or a step that differs")
    note: Text | None = Field(default=None, description="address, and the words quoted")
