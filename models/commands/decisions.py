"""What people do about what the funder decided: record, correct and complete it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Any

from models.commands.command import OnGrant
from models.commands.steps import StoredFile
from models.forms.faults import Fault
from models.forms.field import Field, Kind
from models.forms.spec import Act, Ask, Partly
from models.reading.day import Side
from models.rules.dates.extension import may_move
from models.rules.money.correction import may_correct
from models.vocabulary import DecisionKind, Duty, NoticeKind

_OF_DECISIONS = (
    NoticeKind.DECIDED,
    NoticeKind.MOVED,
    NoticeKind.EXTENDED,
    NoticeKind.DATE_MISSING,
    NoticeKind.CONFIRM_RELEASE,
)
# The fields that a refusal leaves empty.
_OF_MONEY = ("amount", "total", "d-")


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """A funder's decision as a person reports it; `dates` are named dates that it sets."""

    kind: Annotated[
        DecisionKind,
        Ask(kind=Kind.CHOICE, label="What the funder decided", options=DecisionKind, words="decision"),
    ]
    decided_on: Annotated[
        date,
        Ask(
            kind=Kind.DAY,
            label="Decided on",
            variants={"letter": "The day of the letter that says it"},
            side=Side.PAST,
            option="--on",
        ),
    ]
    amount_minor: Annotated[
        int | None,
        Ask(
            kind=Kind.SUM,
            label="The sum that it grants",
            variants={"card": "The sum granted (%(currency)s)"},
            name="amount",
            required=False,
        ),
    ] = None
    total_minor: Annotated[
        int | None,
        Ask(kind=Kind.SUM, label="Or the whole award after it", name="total", required=False),
    ] = None
    purpose: Annotated[str, Ask(kind=Kind.TEXT, label="Purpose", required=False)] = ""
    conditions: Annotated[str, Ask(kind=Kind.TEXT, label="Terms", required=False)] = ""
    dates: Annotated[
        Mapping[str, date],
        Ask(
            kind=Kind.DAY,
            label="A day that it sets",
            variants={"grant_end": "New last day of the grant"},
            name="d-",
            side=Side.COMING,
            bounded=False,
            option="--date",
            many=True,
            required=False,
        ),
    ] = field(default_factory=dict)
    source: Annotated[
        str,
        Ask(
            kind=Kind.LINE,
            label="The decision's number",
            hint="Needed if a day of the funder's moves.",
            variants={
                "card": "The decision's number or name",
                "letter": "The letter's number or name",
            },
            required=False,
            depends=True,
        ),
    ] = ""
    instalments: Annotated[
        Mapping[int, int | str],  # a sum in minor units, or "60 %"
        Ask(
            kind=Kind.SHARE,
            label="Part %(key)s, a sum or a share",
            variants={"rate": "The part of the costs that is paid, as 60 %%"},
            name="i-",
            option="--instalment",
            many=True,
            required=False,
        ),
    ] = field(default_factory=dict)


def read_decision(fields: Sequence[Field]) -> Iterator[Field]:
    """Yield a decision's fields: an award states a sum, of its own or the whole; a refusal states none.

    Forms ask for the sum. Lists of old grants and the command line may leave it out, since the sum
    of an old award is not always known. A day that they leave out is not asked for: the check page
    says which days nobody then watches.
    """
    by_name = {asked_field.name: asked_field for asked_field in fields}
    kind = by_name["kind"].value if "kind" in by_name else None
    states_sum = any(by_name[name].text for name in ("amount", "total") if name in by_name)
    for asked_field in fields:
        if asked_field.name == "amount" and kind == DecisionKind.AWARD and not states_sum:
            yield replace(asked_field, error=Fault.MISSING_SUM())
        elif asked_field.name.startswith(_OF_MONEY) and kind == DecisionKind.REFUSAL:
            yield asked_field.emptied
        else:
            yield asked_field


@Act(
    "decide",
    title="Record a decision",
    button="Record the decision",
    done="The decision has been recorded.",
    intro="Fill in what the decision says. Leave the rest empty.",
    variants={"card": {"title": "It has come", "intro": ""}},
    duty=Duty.GRANT,
    judge=may_move,
    read_together=read_decision,
    is_main=True,
    keeps=True,
    evidence=("source", "files"),
    tells=_OF_DECISIONS,
    undone_by="correct",
)
@dataclass(frozen=True, slots=True)
class Decide(OnGrant):
    """Record a decision of the funder: its sums and dates are set, and steps that waited for it are settled.

    `files` are the decision letter.
    """

    decision: DecisionInput
    files: Annotated[
        tuple[StoredFile, ...],
        Ask(kind=Kind.FILE, label="The decision letter", option="--file", required=False),
    ] = ()


@Act(
    "correct",
    title="Correct a decision",
    button="Correct the decision",
    done="The decision has been corrected.",
    intro="Change what was recorded wrongly. What it was stays in the history.",
    duty=Duty.GRANT,
    judge=may_correct,
    evidence=("source", "files"),
    tells=_OF_DECISIONS,
)
@dataclass(frozen=True, slots=True)
class Correct(OnGrant):
    """Correct the decision that is recorded as of a day; its kind is needed if that day has several.

    `said` are the correct fields of a DecisionInput by name; other fields stay. A date or an
    instalment that is None there is one that the decision does not state. An `annulled` decision
    was never made: its `source` is the paper that says so, or somebody at the funder said so by
    telephone. `files` are that paper.
    """

    recorded_on: Annotated[date, Ask(kind=Kind.ROW, label="Which decision", name="recorded")]
    kind: DecisionKind | None = None
    said: Annotated[Mapping[str, Any], Partly(DecisionInput)] = field(default_factory=dict)
    reason: Annotated[str, Ask(kind=Kind.LINE, label="Why")] = ""
    annulled: Annotated[
        bool,
        Ask(
            kind=Kind.YES_NO,
            label="The decision was never made",
            words="yes_no",
            initial="no",
            option="--annul",
        ),
    ] = False
    told_by: Annotated[
        str,
        Ask(
            kind=Kind.LINE,
            label="Or who at the funder said by telephone that it was never made",
            required=False,
        ),
    ] = ""
    told_on: Annotated[
        date | None,
        Ask(kind=Kind.DAY, label="On which day they said it", side=Side.PAST, required=False),
    ] = None
    files: Annotated[
        tuple[StoredFile, ...],
        Ask(kind=Kind.FILE, label="The paper that says so", option="--file", required=False),
    ] = ()


@Act(
    "date",
    title="The day is known",
    button="Record the day",
    judge=may_move,
    is_main=True,
    evidence=("source",),
    tells=(NoticeKind.DECIDED, NoticeKind.MOVED, NoticeKind.EXTENDED),
)
@dataclass(frozen=True, slots=True)
class GiveDates(OnGrant):
    """Record dates of a funder's letter that its decision left out."""

    letter: DecisionInput
