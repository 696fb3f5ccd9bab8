"""Tables of steps, answers, figures, documents, made documents, drafts and meetings."""

from datetime import date, datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.facts.receipt import Source
from models.tables.columns import Json, JsonObject, SourceJson, UtcDateTime, word
from models.vocabulary import AnswerKind, MeetingKind, Phase, StepKind, StepStatus


class Step(SQLModel, table=True):
    """One thing that must happen in a grant's life.

    `next_action_on` is the day on which the round looks at the step again; NULL when there is
    nothing left to tell. `gather_on` is the day from which outside sources are asked again for the
    step's figures. It is set once they were asked, and kept while the step is unsettled, and after
    its answer while the grant is open. `version` rises with every change that makes an earlier page
    or link stale.
    """

    __table_args__ = (UniqueConstraint("grant_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    grant_id: int = Field(foreign_key="grant.id")
    key: str
    phase: Phase = Field(sa_type=word(Phase))
    kind: StepKind = Field(sa_type=word(StepKind))
    with_funder: bool = False  # the funder acts; the owner watches the funder's clock and records the outcome
    position: int
    template_key: str  # the programme's step that it comes from (one per period for "follow-up")
    instalment: int | None = None  # which one a claim or payment is about
    # The sum of a repayment, once it is known.
    repays_minor: int | None = Field(default=None, sa_type=BigInteger)
    period: str | None = None  # "2010-Q1"
    period_start_on: date | None = None
    period_end_on: date | None = None
    opens_on: date | None = None
    due_on: date | None = None
    # While it has no day because it waits for another step: its day if that is done on its last day.
    preliminary_on: date | None = None
    # A date that overrides the rule: an extension or a date from a decision letter.
    fixed_due_on: date | None = None
    fixed_due_source: Source | None = Field(default=None, sa_type=SourceJson)
    # The funder's first day, before the funder's word moved it.
    was_due_on: date | None = None
    # The day that somebody at the funder named by word of mouth: it counts once a paper says so too.
    said_due_on: date | None = None
    said_due_source: Source | None = Field(default=None, sa_type=SourceJson)
    # The reading that somebody confirmed, if the rule can be read in several ways.
    confirmed_due_on: date | None = None
    confirmed_due_source: Source | None = Field(default=None, sa_type=SourceJson)
    undecided_on: date | None = None  # the last meeting that passed without deciding the approval
    # The last day on which a given approval was withdrawn, or fell with another.
    fell_on: date | None = None
    ladder: str
    owner_role: str
    owner_id: int | None = Field(default=None, foreign_key="person.id")
    owner_since_on: date | None = None
    status: StepStatus = Field(sa_type=word(StepStatus))
    version: int = 1
    next_action_on: date | None = None
    gather_on: date | None = None
    receipt: JsonObject = Field(default_factory=dict, sa_type=Json)  # rules.due.Receipt as JSON
    two_readings_on: date | None = None  # the first possible day of its rule, until a reading is confirmed
    expected_on: date | None = None  # the day that the owner named with "not yet"
    promised_on: date | None = None  # until when that day keeps the ladder quiet, by rules.notices.quiet_days
    returned_count: int = 0
    done_on: date | None = None
    done_by_id: int | None = Field(default=None, foreign_key="person.id")


class Answer(SQLModel, table=True):
    """What a person said about a step, at one version of it; append-only."""

    id: int | None = Field(default=None, primary_key=True)
    step_id: int = Field(foreign_key="step.id")
    step_version: int
    kind: AnswerKind = Field(sa_type=word(AnswerKind))
    by_id: int = Field(foreign_key="person.id")
    answered_on: date
    answered_at: datetime = Field(sa_type=UtcDateTime)
    data: dict[str, object] = Field(default_factory=dict, sa_type=Json)
    note: str = ""
    expected_on: date | None = None
    colleague_id: int | None = Field(default=None, foreign_key="person.id")


class Figure(SQLModel, table=True):
    """A value gathered for a step's question, with its source and its period.

    `accounts` are the parts of a sum that a ledger gave, by account, each a decimal text.
    """

    __table_args__ = (UniqueConstraint("step_id", "question", "source"),)

    id: int | None = Field(default=None, primary_key=True)
    step_id: int = Field(foreign_key="step.id")
    question: str
    value: str
    source: str
    sha256: str | None = None
    period: str = ""
    accounts: dict[str, object] = Field(default_factory=dict, sa_type=Json)
    gathered_at: datetime = Field(sa_type=UtcDateTime)


class Document(SQLModel, table=True):
    """A file that belongs to a step; its content is in the documents folder under the name `stored_as`.

    Until an answer takes it along it is part of a draft, which only its owner sees and may change.
    The funder's letter that moved the step's date, on the day `evidence_on`, has no answer and is
    never part of a draft; nor has that of a decision, which is the grant's alone where no step waits for it.
    """

    __table_args__ = (UniqueConstraint("stored_as"),)

    id: int | None = Field(default=None, primary_key=True)
    grant_id: int = Field(foreign_key="grant.id")
    step_id: int | None = Field(default=None, foreign_key="step.id")
    answer_id: int | None = Field(default=None, foreign_key="answer.id")
    document: str | None = None  # which of the step's documents in the programme it is
    name: str
    media_type: str
    size: int  # bytes
    sha256: str  # of the content
    stored_as: str
    added_by_id: int | None = Field(default=None, foreign_key="person.id")
    added_at: datetime = Field(sa_type=UtcDateTime)
    evidence_on: date | None = None

    @property
    def in_draft(self) -> bool:
        """Whether it is still part of a draft; in queries that is `tasks.store.queries.IN_DRAFT`."""
        return self.answer_id is None and self.evidence_on is None


class MadeDocument(SQLModel, table=True):
    """A document made here from the grant's facts, as a version that never changes; its file is kept.

    `approved_on` is the day on which the body that takes the report approved this version: only an
    approved one is sent.
    """

    __tablename__ = "made_document"
    __table_args__ = (
        UniqueConstraint("grant_id", "name"),
        UniqueConstraint("stored_as"),
    )

    id: int | None = Field(default=None, primary_key=True)
    grant_id: int = Field(foreign_key="grant.id")
    step_id: int | None = Field(default=None, foreign_key="step.id")
    kind: str
    language: str
    version: int
    name: str
    media_type: str
    size: int  # bytes
    sha256: str  # of the content
    stored_as: str
    small_numbers: str = ""  # the choice about its small numbers of people; empty if it has none
    made_by_id: int | None = Field(default=None, foreign_key="person.id")
    made_on: date
    made_at: datetime = Field(sa_type=UtcDateTime)
    approved_on: date | None = None


class Draft(SQLModel, table=True):
    """The unsent content of one of a person's forms about a step: field names and typed texts."""

    __table_args__ = (UniqueConstraint("step_id", "person_id", "act"),)

    id: int | None = Field(default=None, primary_key=True)
    step_id: int = Field(foreign_key="step.id")
    person_id: int = Field(foreign_key="person.id")
    act: str
    fields: dict[str, object] = Field(default_factory=dict, sa_type=Json)
    saved_at: datetime = Field(sa_type=UtcDateTime)


class Meeting(SQLModel, table=True):
    """A meeting of a committee or another body; days and numbers that it leaves out are the programme's.

    A moved meeting keeps its row, and the day for which it was first called.
    """

    __table_args__ = (UniqueConstraint("organisation_id", "held_on"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    held_on: date
    kind: MeetingKind = Field(default=MeetingKind.ORDINARY, sa_type=word(MeetingKind))
    agenda_on: date | None = None  # the last day to put a matter on the agenda
    documents_on: date | None = None  # the last day for its documents
    minutes_days: int | None = None  # days from the meeting to the confirmation of its minutes
    moved_from_on: date | None = None
    choice: bool = False  # the day is chosen for the sample, not known
    cancelled: bool = False
