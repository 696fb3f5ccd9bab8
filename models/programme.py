"""The strict shape of a programme file: a funder's rules, as deployments/programmes/*.yaml says them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from models.body_rule import BodyRule
from models.due_rule import DueRule
from models.field_types import (
    Country,
    Currency,
    DateName,
    Delimiter,
    IsoDate,
    Key,
    Need,
    Percent,
    ProgrammeStepKind,
    QuestionKey,
    Strict,
    written,
)
from models.holiday_places import require_holidays
from models.instalment_rule import InstalmentRule
from models.period_rule import PeriodRule
from models.question_rule import Question, Words
from models.rung_rule import RungRule
from models.source_rule import SourceRule
from models.step_terms import LateRule, NeededDocument, QuietRule, RepaymentRule, Threshold
from models.vocabulary import Phase, Role, StepKind
from models.written_sums import Sum

Year = Annotated[int, Field(ge=1900, le=2099), written("a year", "^(19|20)[0-9]{2}$")]


class NamedDate(Strict):
    """A date that the grant or a decision must give, by name."""

    model_config = ConfigDict(title="a named date")

    title: Words = Field(
        description="what letters call the day",
        examples=[{"sv": "sista dag för slutrapporten", "en": "last day for the final report"}],
    )
    given_by: Literal["grant", "decision"] = Field(
        description="whether the import file's `dates` say it, or a decision's", examples=["decision"]
    )
    required: bool = Field(
        default=True,
        description="whether it is missed: an import without it is refused; a decision without it is noted",
        examples=[False],
    )


class CsvSource(Strict):
    """A CSV file that fills figures: one row a period, found by `period_column`."""

    model_config = ConfigDict(title="a CSV file")

    kind: Literal["csv"] = Field(
        default="csv", description="what it is; nothing else is read yet", examples=["csv"]
    )
    period_column: str = Field(
        default="period", description="the column that names the row's period", examples=["kvartal"]
    )
    delimiter: Delimiter = Field(default=";", description="what parts the columns", examples=[","])


class StepRule(Strict):
    """A step as the programme describes it; `each` makes one a period."""

    model_config = ConfigDict(title="a step")

    key: Key = Field(description="its name in commands and in other rules", examples=["final-report"])
    phase: Phase = Field(
        description="the part of the grant's life, and of the round, that it belongs to",
        examples=["final-report"],
    )
    kind: ProgrammeStepKind = Field(
        description="what it is; `funder` is a move of the funder's that is waited for", examples=["report"]
    )
    title: Words = Field(
        description="what letters call it", examples=[{"sv": "slutrapport", "en": "final report"}]
    )
    todo: Words = Field(
        description="what its owner does, as one sentence to them",
        examples=[{"sv": "Skicka rapporten.", "en": "Send the report."}],
    )
    owner: Role = Field(
        default=Role.COORDINATOR, description="the role that answers it", examples=["committee"]
    )
    with_funder: bool = Field(
        default=False,
        description="the funder has it: the owner is told to ask, and records what came",
        examples=[True],
    )
    each: Key | None = Field(
        default=None,
        description="a name in `periods`: makes one such step a period, as `follow-up-2010-q1`",
        examples=["quarters"],
    )
    fold_last_into: Key | None = Field(
        default=None,
        description="a step's key: the last period is asked for in that step instead; goes with `each`",
        examples=["final-report-draft"],
    )
    skip_last: bool = Field(
        default=False,
        description="nothing is asked for the last period; goes with `each`, without `fold_last_into`",
        examples=[True],
    )
    due: DueRule = Field(
        description="when it is due", examples=[{"after": "period_end", "months": 1, "roll": "next"}]
    )
    opens: DueRule | None = Field(
        default=None,
        description="from when it can be answered; without it, at once",
        examples=[{"after": "period_end", "days": 1}],
    )
    needs: tuple[Need, ...] = Field(
        default=(),
        description="keys of steps that must be settled before it can be answered; of one that comes once a period,"
        " that of the same period, or with `.previous` that of the period before; with `.first` or `.last` that of the"
        " grant's first or last period; from a step that comes once, all of them",
        examples=[["committee-approval"]],
    )
    approves: Key | None = Field(
        default=None,
        description="the key of the step that an approval is about; an approval, and nothing else, has it",
        examples=["final-report"],
    )
    body: Key | None = Field(
        default=None,
        description="a name in `bodies`: the body that takes an approval at a meeting; `due` is then the last day on"
        " which its decision must be there",
        examples=["committee"],
    )
    instalment: int | None = Field(
        default=None,
        ge=1,
        description="the number of the part that a claim or payment is about; these two, and nothing else, have it",
        examples=[2],
    )
    ladder: Key = Field(
        default="default", description="a name in `ladders`: whom to tell when", examples=["short"]
    )
    questions: tuple[Question, ...] = Field(
        default=(),
        description="what its owner answers; a claim, a payment and an approval ask nothing",
        examples=[[{"key": "spent", "title": {"sv": "Kostnader", "en": "Spending"}, "kind": "money"}]],
    )
    documents: tuple[NeededDocument, ...] = Field(
        default=(),
        description="documents that go with it; not with a claim, a payment or an approval",
        examples=[[{"key": "certificate", "title": {"sv": "revisorsintyg", "en": "audit certificate"}}]],
    )
    settled_by_decision: bool = Field(
        default=False, description="recording the award settles it", examples=[True]
    )
    when: Threshold | None = Field(
        default=None,
        description="the awards for which the step is there; before the decision, and for others, it is not",
        examples=[{"award_from": "294 000"}],
    )
    optional: bool = Field(
        default=False,
        description="a report whose owner may answer that it is not needed, with a reason, as for a year without"
        " activity",
        examples=[True],
    )
    returns: int | None = Field(
        default=None,
        ge=0,
        description="how often a report may be returned before the owner's manager is told as well",
        examples=[1],
    )
    late: tuple[LateRule, ...] = Field(
        default=(),
        description="what it costs to be late, in the order of time; letters say it, and the money counts as at risk",
        examples=[[{"after": {"months": 3}, "loses": "20 %"}, {"after": {"months": 6}, "loses": "100 %"}]],
    )
    lapses: bool = Field(
        default=False,
        description="the right to the money that waits for it lapses after the due date; letters say so",
        examples=[True],
    )
    stake: Words | None = Field(
        default=None,
        description="what is at stake, as letters say it in place of their own sentence",
        examples=[{"sv": "Utan rapporten betalas inget.", "en": "Without the report nothing is paid."}],
    )
    repays: RepaymentRule | None = Field(
        default=None,
        description="what a repayment pays back; a repayment, and nothing else, has it",
        examples=[{"spending": ["final-report.spent"]}],
    )

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if (self.kind is StepKind.APPROVAL) != (self.approves is not None):
            mend = "add 'approves'" if self.approves is None else "take 'approves' out, or say kind: approval"
            raise ValueError(f"an approval, and nothing else, says which step it approves: {mend}")
        if self.body is not None and (self.kind is not StepKind.APPROVAL or self.with_funder):
            raise ValueError("only an approval of our own has a 'body' that takes it at a meeting")
        if (self.kind in (StepKind.CLAIM, StepKind.PAYMENT)) != (self.instalment is not None):
            mend = "add 'instalment'" if self.instalment is None else "take 'instalment' out"
            raise ValueError(f"a claim or a payment, and nothing else, says of which instalment: {mend}")
        if (self.fold_last_into or self.skip_last) and not self.each:
            raise ValueError(f"'{'fold_last_into' if self.fold_last_into else 'skip_last'}' goes with 'each'")
        if self.fold_last_into and self.skip_last:
            raise ValueError("the last period is folded or skipped: take out fold_last_into or skip_last")
        if (self.kind is StepKind.REPAYMENT) != (self.repays is not None):
            mend = "add 'repays'" if self.repays is None else "take 'repays' out, or say kind: repayment"
            raise ValueError(f"a repayment, and nothing else, says what it pays back: {mend}")
        if self.kind is StepKind.REPAYMENT and self.each:
            raise ValueError("a repayment comes once: take out 'each'")
        for name in ("optional", "returns"):
            if getattr(self, name) not in (None, False) and self.kind is not StepKind.REPORT:
                raise ValueError(f"'{name}' goes with a report, not with kind: {self.kind}")
        for name in ("questions", "documents"):
            if getattr(self, name) and self.kind in (StepKind.APPROVAL, StepKind.CLAIM, StepKind.PAYMENT):
                sum_said = (
                    ": it says what is claimed itself, without 'spending'"
                    if self.kind is StepKind.CLAIM
                    else ""
                )
                raise ValueError(f"'{name}' goes with a report, not with kind: {self.kind}{sum_said}")
        if self.kind is StepKind.RECOVERY:
            raise ValueError("a recovery step is opened by a withdrawn approval, not by a programme")
        return self


class CalendarRule(Strict):
    """Whose working days count."""

    model_config = ConfigDict(title="a calendar")

    country: Country = Field(
        description="a country's two letters: its holidays are no working days; nor is its weekend, Saturday and Sunday"
        " or as where Friday is the day of rest",
        examples=["SE"],
    )
    subdivision: str | None = Field(
        default=None,
        description="the code of a part of that country: takes that part's own holidays too",
        examples=["AB"],
    )
    extra_holidays: tuple[IsoDate, ...] = Field(
        default=(),
        description="further days on which nobody works",
        examples=[["2010-12-27", "2010-12-28"]],
    )
    not_holidays: tuple[IsoDate, ...] = Field(
        default=(), description="holidays on which people work all the same", examples=[["2011-06-06"]]
    )

    @model_validator(mode="after")
    def _has_holidays(self) -> Self:
        require_holidays(self.country, self.subdivision)
        return self


class Programme(Strict):
    """A funder's rules for one kind of grant."""

    model_config = ConfigDict(title="a programme")

    extends: Key | None = Field(
        default=None,
        exclude=True,  # what the other file said is in the other keys
        description="a programme in the same folder whose keys hold here too, save those that this file says",
        examples=["development-funds-2009"],
    )
    programme: Key = Field(
        description="the programme's name, as grants say it: the file's name without `.yaml`",
        examples=["development-funds-2009"],
    )
    title: Words = Field(
        description="what people call it", examples=[{"sv": "Utvecklingsmedel", "en": "Development funds"}]
    )
    source: str = Field(
        min_length=1,
        description="where the rules are written",
        examples=["the funder's decision of 2009-11-05"],
    )
    currency: Currency = Field(description="what all sums are in", examples=["SEK"])
    calendar: CalendarRule = Field(description="whose working days count", examples=[{"country": "SE"}])
    calendars: dict[Key, CalendarRule] = Field(
        default={},
        description="further calendars, for due rules that say `calendar`",
        examples=[{"united-kingdom": {"country": "GB", "subdivision": "ENG"}}],
    )
    fiscal_year_starts: int = Field(
        default=1, ge=1, le=12, description="the month in which a fiscal year begins", examples=[4]
    )
    dates: dict[DateName, NamedDate] = Field(
        default={},
        description="days that a grant or a decision gives",
        examples=[{"report_on": {"title": {"sv": "sista dag", "en": "last day"}, "given_by": "decision"}}],
    )
    periods: dict[Key, PeriodRule] = Field(
        default={},
        description="how a grant's time is cut, for steps with `each`",
        examples=[{"quarters": "quarter", "reporting": {"months": ["M1-M18", "M19-M36"]}}],
    )
    bodies: dict[Key, BodyRule] = Field(
        default={},
        description="committees and others that take approvals at meetings, for steps with `body`",
        examples=[{"committee": {"title": {"sv": "nämnden", "en": "the committee"}, "documents_days": 5}}],
    )
    amounts: dict[QuestionKey, dict[Year, Sum]] = Field(
        default={},
        description="sums that another publishes for each year, for `when`; a year that is missing takes the sum of the"
        " year before it, with a note",
        examples=[{"price_base": {"2024": "57 300", "2025": "58 800"}}],
    )
    quiet: tuple[QuietRule, ...] = Field(
        default=(),
        description="days on which nobody is reminded: reminders that fall there come on the last working day before,"
        " or after them where the step opens only then; what is late is told all the same, and what opens and is due"
        " among them when it opens",
        examples=[[{"first": "07-01", "last": "07-31"}]],
    )
    ladders: dict[Key, tuple[RungRule, ...]] = Field(
        description="whom to tell when, in the order of the days; a step that names none takes `default`",
        examples=[{"default": [{"days": -7, "to": ["owner"]}]}],
    )
    steps: tuple[StepRule, ...] = Field(
        min_length=1,
        description="all that is to be done, in order",
        examples=[
            [
                {
                    "key": "report",
                    "phase": "final-report",
                    "kind": "report",
                    "title": {"sv": "rapport", "en": "report"},
                    "todo": {"sv": "Skicka den.", "en": "Send it."},
                    "due": {"on": "report_on"},
                }
            ]
        ],
    )
    instalments: tuple[InstalmentRule, ...] = Field(
        min_length=1,
        description="how the award is paid, numbered 1, 2, 3; the shares make 100 %",
        examples=[[{"number": 1, "share": "80 %"}, {"number": 2, "share": "rest"}]],
    )
    ceiling: Percent | None = Field(
        default=None,
        description="what is paid before the last instalment never passes this part of the award: instalments are cut"
        " to it, and the journal says so",
        examples=["90 %"],
    )
    figures: CsvSource | None = Field(
        default=None,
        description="fills questions that name a `column`; each grant says its own file as `figures_file`",
        examples=[{"kind": "csv"}],
    )
    sources: dict[Key, SourceRule] = Field(
        default={},
        description="files, databases and web services that fill questions that say `gather`",
        examples=[{"ledger": {"kind": "xlsx", "files": "ledger-*.xlsx"}}],
    )
    small_numbers: int = Field(
        default=5,
        ge=2,
        description="the number of people from which a `sensitive` one is not small: smaller ones are hidden"
        " in documents, or knowingly sent",
        examples=[10],
    )
    mend_working_days: int = Field(
        default=5, ge=1, description="working days that a returned report is given", examples=[3]
    )

    def step(self, key: str) -> StepRule:
        """Return the step rule with that key; KeyError if there is none."""
        for rule in self.steps:
            if rule.key == key:
                return rule
        raise KeyError(key)

    def question(self, name: str) -> Question | None:
        """Return the question that STEP.QUESTION names, also by one of its parts; None if there is none."""
        step, _, key = name.partition(".")
        asked = (one for rule in self.steps if rule.key == step for one in rule.questions)
        return next((one for one in asked if key == one.key or key.startswith(f"{one.key}.")), None)

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        from models.programme_checks import find_problems

        problem = next(find_problems(self), None)
        if problem is not None:
            facts = {"sentence": problem.sentence, "place": problem.place}
            raise PydanticCustomError("does_not_hold", "{sentence}", facts)
        return self
