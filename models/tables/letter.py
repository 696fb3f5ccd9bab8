"""Tables of letters, notices, delivery attempts, replies, confirmations, and keys of posted forms."""

from datetime import date, datetime

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.tables.columns import Json, UtcDateTime, word
from models.vocabulary import AttemptOutcome, LetterKind, LetterStatus, NoticeKind, SmtpStage


class Letter(SQLModel, table=True):
    """An email to one person: the day's notices, a decision or money after that, or what they asked for.

    `key` makes it unique: "<person>/<day>/<number>", or "apart/<person>/<day>/<name>". A letter
    waits until `next_attempt_at` for further news to its reader; the round holds its own letters
    until all phases are done.
    """

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: LetterKind = Field(sa_type=word(LetterKind))
    person_id: int = Field(foreign_key="person.id")
    letter_on: date
    link_key: str = Field(unique=True)  # random; signed when it goes into the letter
    link_expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # None: it opens no page
    message_id: str = Field(unique=True)  # "<sha256hex@domain>", the same at every attempt
    status: LetterStatus = Field(default=LetterStatus.QUEUED, sa_type=word(LetterStatus))
    queued_at: datetime = Field(sa_type=UtcDateTime)
    next_attempt_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0  # handovers that the server answered or left open
    render_failures: int = 0
    claim_key: str | None = None
    lease_until_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    handed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # when the present handover began
    # When a letter goes once more, with the same bytes, after its handover was left open.
    repeat_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    subject: str | None = None
    content: bytes | None = Field(default=None, sa_type=LargeBinary)  # the finished bytes, once rendered
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    # When somebody else was told that it did not arrive, or the administrator that nobody could be.
    failure_told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Notice(SQLModel, table=True):
    """The decision to tell a person about a step: once per step, due date, rung and person.

    A notice that came with an imported grant has no letter here. One that was only captured gives
    its rung up, on `kept_on`, to the notice that is told by mail. One whose act was undone gives
    its rung up to the notice of the act when it is done again.
    """

    __table_args__ = (
        Index(
            "uq_notice_step_id_due_on_rung_person_id",
            "step_id",
            "due_on",
            "rung",
            "person_id",
            unique=True,
            sqlite_where=text("kept_on IS NULL"),
            postgresql_where=text("kept_on IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    letter_id: int | None = Field(default=None, foreign_key="letter.id")
    step_id: int = Field(foreign_key="step.id")
    step_version: int
    due_on: date
    rung: str  # a rung's key, or an event: "returned-1", "stand-in-7-2010-04-20"
    position: int  # the rung's place in its ladder; 0 for a notice without a rung
    kind: NoticeKind = Field(sa_type=word(NoticeKind))
    person_id: int = Field(foreign_key="person.id")
    # The person for whom a deputy stands in.
    instead_of_id: int | None = Field(default=None, foreign_key="person.id")
    told_on: date
    reason: str  # rules.ladder.Reason, for `grants explain`
    detail: dict[str, object] = Field(default_factory=dict, sa_type=Json)
    # When it was taken out of its letter, before that left.
    dropped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    # When its letter ended without reaching the person; so does a captured one, except in a sample.
    failed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    kept_on: date | None = None
    # When the step went to somebody other than its reader, or the person they stood in for: its
    # link no longer opens it.
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MailReply(SQLModel, table=True):
    """A reply to a letter by mail: its text, or the end of its reader's absence by an automatic reply.

    Nothing follows from it by itself. `settled_on` is when an absence was confirmed or rejected.
    """

    __tablename__ = "mail_reply"
    __table_args__ = (UniqueConstraint("letter_id", "sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    letter_id: int = Field(foreign_key="letter.id")
    person_id: int = Field(foreign_key="person.id")  # the letter's reader
    received_at: datetime = Field(sa_type=UtcDateTime)
    sha256: str  # of its content
    text: str = ""
    away_until_on: date | None = None
    settled_on: date | None = None
    settled_by_id: int | None = Field(default=None, foreign_key="person.id")


class DeliveryAttempt(SQLModel, table=True):
    """One handover of a letter to a mail server, and its last stage; append-only."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (UniqueConstraint("letter_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    letter_id: int = Field(foreign_key="letter.id")
    number: int  # 1 for the first
    began_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime = Field(sa_type=UtcDateTime)
    outcome: AttemptOutcome = Field(sa_type=word(AttemptOutcome))
    stage: SmtpStage | None = Field(default=None, sa_type=word(SmtpStage))  # the last stage with a server
    code: int | None = None
    reply: str = ""


class Confirmation(SQLModel, table=True):
    """The letter that confirms a person's act on a step, and until when the act can be undone.

    `step_version` is the step's right after the act: if it is another now, something has happened
    since.
    """

    id: int | None = Field(default=None, primary_key=True)
    letter_id: int = Field(foreign_key="letter.id", unique=True)
    step_id: int = Field(foreign_key="step.id")
    person_id: int = Field(foreign_key="person.id")
    step_version: int
    acted_at: datetime = Field(sa_type=UtcDateTime)
    undo_until_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # None: it cannot be undone
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TakenForm(SQLModel, table=True):
    """A form that acted, by its idempotency key: sent again, it answers that it is done already.

    It also has the actor, and the subject of the act in `about` with its id: "step", "part", or
    "desk" for the row of a desk's form. `undo` is the address at which it is undone, empty for
    none.
    """

    __tablename__ = "taken_form"

    form_key: str = Field(primary_key=True)
    taken_at: datetime = Field(sa_type=UtcDateTime)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    act: str = ""
    about: str = ""
    about_id: int = 0
    undo: str = ""
