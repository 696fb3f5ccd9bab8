"""Ask for the rows that a batch of letters is made from, and say what they hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, or_, select

from models.facts.letter import LetterRow
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Letter, Notice
from models.tables.money import Instalment, InstalmentCondition
from models.tables.person import Absence, Organisation, OrganisationName, Person
from models.tables.step import Answer, Draft, Figure, Step
from models.vocabulary import AnswerKind, LetterStatus, NoticeKind, Phase, StepKind
from tasks.store.queries import IS_UNSETTLED, columns_of

_LETTER, _NOTICE = table_of(Letter), table_of(Notice)
_PERSON, _ABSENCE = table_of(Person), table_of(Absence)
_BODY, _NAME = table_of(Organisation), table_of(OrganisationName)
_GRANT, _STEP, _ANSWER, _FIGURE = table_of(Grant), table_of(Step), table_of(Answer), table_of(Figure)
_DRAFT = table_of(Draft)
_INSTALMENT, _CONDITION = table_of(Instalment), table_of(InstalmentCondition)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What somebody answered of a step."""

    step_id: int
    kind: AnswerKind
    data: Mapping[str, object]
    note: str
    expected_on: date | None
    answered_on: date
    by_id: int


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A notice of a step, and what became of its letter; `failed_at` is set where that did not reach the person."""

    step_id: int
    due_on: date
    kind: NoticeKind
    person_id: int
    told_on: date
    letter_id: int
    status: LetterStatus
    message_id: str
    failed_at: datetime | None

    @property
    def has_arrived(self) -> bool:
        """Whether the person has the letter: a mail server took it, or in a sample the portal's mailbox."""
        return self.status in (LetterStatus.ACCEPTED, LetterStatus.CAPTURED) and self.failed_at is None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person whom a letter names."""

    id: int
    name: str
    email: str
    departed_on: date | None
    bounced_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnsettledRow:
    """A step that is not settled."""

    id: int
    grant_id: int
    template_key: str
    kind: StepKind
    period: str | None
    due_on: date | None
    owner_id: int | None
    receipt: Mapping[str, Any]
    instalment: int | None


# What is said of a notice's step and its grant.
STEP_AND_GRANT = (
    *(_STEP.c[name] for name in ("grant_id", "key", "template_key", "position", "with_funder")),
    *(_STEP.c[name] for name in ("period", "due_on", "owner_id", "owner_since_on", "version")),
    *(_STEP.c[name] for name in ("status", "receipt", "phase", "instalment", "repays_minor", "done_on")),
    _STEP.c.kind.label("step_kind"),
    *(_GRANT.c[name] for name in ("reference", "title", "programme_id")),
    *(_GRANT.c[name] for name in ("funder_id", "recipient_id", "currency", "applied_for_minor", "dates")),
    *(_GRANT.c[name] for name in ("figures_file", "award_minor", "period_start_on")),
    _GRANT.c.status.label("grant_status"),
)

# Made once: what a page with one step pays for is the making of its queries.
_IDS: BindParameter[object] = bindparam("ids", expanding=True)
LETTERS = (
    select(*columns_of(LetterRow, _LETTER, _PERSON))
    .join(_PERSON, _PERSON.c.id == _LETTER.c.person_id)
    .where(_LETTER.c.id.in_(_IDS))
)
NOTICES = (
    select(
        *(_NOTICE.c[name] for name in ("id", "letter_id", "step_id", "kind", "told_on", "detail")),
        *(_NOTICE.c[name] for name in ("person_id", "instead_of_id")),
        _NOTICE.c.step_version.label("told_version"),
        _NOTICE.c.due_on.label("told_due_on"),
        *STEP_AND_GRANT,
    )
    .join(_STEP, _STEP.c.id == _NOTICE.c.step_id)
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .where(_NOTICE.c.letter_id.in_(_IDS), _NOTICE.c.dropped_at.is_(None))
    .order_by(_NOTICE.c.id)
)
NAMES = (
    select(
        _NAME.c.organisation_id,
        _NAME.c.valid_from_on,
        _NAME.c.name,
        _BODY.c.short_name,
        _BODY.c.key,
    )
    .join(_BODY, _BODY.c.id == _NAME.c.organisation_id)
    .where(or_(_NAME.c.organisation_id.in_(_IDS), _BODY.c.key.in_(bindparam("keys", expanding=True))))
    .order_by(_NAME.c.organisation_id, _NAME.c.valid_from_on)
)
PARTS = (
    select(
        *(_INSTALMENT.c[name] for name in ("id", "grant_id", "number", "amount_minor", "status")),
        *(_INSTALMENT.c[name] for name in ("requested_by_id", "rule", "kept_minor", "period")),
        *(_INSTALMENT.c[name] for name in ("paid_minor", "claimed_minor", "no_more_why")),
        _STEP.c.id.label("step_id"),
        _STEP.c.template_key,
        _STEP.c.position,
        _STEP.c.status.label("step_status"),
        _STEP.c.done_on,
    )
    .outerjoin(_CONDITION, _CONDITION.c.instalment_id == _INSTALMENT.c.id)
    .outerjoin(_STEP, _STEP.c.id == _CONDITION.c.step_id)
    .where(_INSTALMENT.c.grant_id.in_(_IDS))
    .order_by(_INSTALMENT.c.grant_id, _INSTALMENT.c.number, _STEP.c.position)
)
ANSWERS = select(*columns_of(AnswerRow, _ANSWER)).where(_ANSWER.c.step_id.in_(_IDS)).order_by(_ANSWER.c.id)
# What was handed in of a final report: who reads it is told what of its memo is empty.
HANDED_IN = (
    select(_STEP.c.grant_id, _STEP.c.template_key, _ANSWER.c.data)
    .join(_ANSWER, _ANSWER.c.step_id == _STEP.c.id)
    .where(
        _STEP.c.grant_id.in_(_IDS),
        _STEP.c.phase == Phase.FINAL_REPORT,
        _STEP.c.kind == StepKind.REPORT,
        _ANSWER.c.kind == AnswerKind.DONE,
    )
    .order_by(_ANSWER.c.id)
)
FIGURES = select(*(_FIGURE.c[name] for name in ("step_id", "question", "value", "source", "accounts"))).where(
    _FIGURE.c.step_id.in_(_IDS)
)
# Only a report's form is typed into at length: what else is kept as a draft answers no question.
DRAFTS = select(_DRAFT.c.step_id, _DRAFT.c.person_id, _DRAFT.c.fields).where(
    _DRAFT.c.step_id.in_(_IDS), _DRAFT.c.act == "done"
)
HISTORY = (
    select(*columns_of(ToldRow, _NOTICE, _LETTER))
    .join(_LETTER, _LETTER.c.id == _NOTICE.c.letter_id)
    .where(_NOTICE.c.step_id.in_(_IDS), _NOTICE.c.dropped_at.is_(None))
    .order_by(_NOTICE.c.letter_id, _NOTICE.c.id)
)
PEOPLE = select(*columns_of(PersonRow, _PERSON)).where(_PERSON.c.id.in_(_IDS))
UNSETTLED_STEPS = (
    select(*columns_of(UnsettledRow, _STEP))
    .where(
        IS_UNSETTLED,
        or_(
            _STEP.c.grant_id.in_(bindparam("informed", expanding=True)),
            and_(
                _STEP.c.grant_id.in_(bindparam("others", expanding=True)),
                _STEP.c.template_key.in_(bindparam("wanted", expanding=True)),
            ),
        ),
    )
    .order_by(_STEP.c.grant_id, _STEP.c.position, _STEP.c.id)
)
ABSENCES = select(*(_ABSENCE.c[name] for name in ("person_id", "from_on", "to_on"))).where(
    _ABSENCE.c.person_id.in_(_IDS)
)
