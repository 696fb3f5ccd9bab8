"""Do what follows an act: fill the open steps that use its answers, and make its papers."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, bindparam, exists, or_, select

from models.commands.clock import Clock
from models.events import GrantEvent
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.tables.person import Person
from models.tables.step import MadeDocument, Step
from models.vocabulary import StepStatus
from tasks.commands.files.approved_version import SENT
from tasks.commands.files.drafts import file_store_of
from tasks.documents.versions import keep_missing, renew_report
from tasks.documents.word.templates import own_templates
from tasks.settings import Settings
from tasks.sources.gather import gather_answers
from tasks.store.database import reading

log = logging.getLogger(__name__)

# Each day's round tries again for so long.
TRIED_FOR = timedelta(days=7)
_DONE = GrantEvent.STEP_DONE
_CLAIMED = GrantEvent.INSTALMENT_CLAIMED
_EVENT = table_of(JournalEvent)
_GRANT = table_of(Grant)
_STEP = table_of(Step)
_PERSON = table_of(Person)
_MADE = table_of(MadeDocument)
_MADE_SINCE = exists().where(
    _MADE.c.grant_id == _GRANT.c.id,
    _MADE.c.made_at >= _EVENT.c.at,
    or_(_MADE.c.step_id == _STEP.c.id, _MADE.c.kind == SENT),
)
_WITHOUT_PAPERS = (
    select(
        _EVENT.c.event,
        _EVENT.c.detail,
        _GRANT.c.reference,
        _STEP.c.key,
        _PERSON.c.email,
    )
    .join(_GRANT, _GRANT.c.id == _EVENT.c.grant_id)
    .join(_STEP, _STEP.c.id == _EVENT.c.step_id)
    .join(_PERSON, _PERSON.c.id == _EVENT.c.person_id)
    .where(
        _EVENT.c.event.in_((_DONE, _CLAIMED)),
        _EVENT.c.at >= bindparam("since"),
        _STEP.c.status == StepStatus.DONE,
        ~_MADE_SINCE,
    )
    .order_by(_EVENT.c.id)
)


@dataclass(frozen=True, slots=True)
class ActDone:
    """A grant's step that was done, by its key or its instalment, and who did it.

    After an `answer` open steps are filled, and the report is made again. `signs` says that the person is known by
    more than a letter's link: only they sign for papers.
    """

    grant: str
    step: str | int
    by_email: str
    answer: bool
    signs: bool


def follow(engine: Engine, act: ActDone, clock: Clock, settings: Settings | None) -> None:
    """Fill open steps after an act, and make its papers; without settings no paper is made.

    A paper that cannot be made, or needs a choice first, is left for an officer to make. Raises OSError if nothing can
    be stored.
    """
    today = clock.today
    now = clock.now
    if act.answer:
        gather_answers(engine, act.grant, today, now)
    if settings is None:
        return
    file_store = file_store_of(settings)
    templates = own_templates(settings.office_folder)
    who = act.by_email
    if act.answer:
        renew_report(
            engine,
            file_store,
            act.grant,
            str(act.step),
            by_email=who,
            templates=templates,
            today=today,
            now=now,
        )
    if act.signs:
        keep_missing(
            engine, file_store, act.grant, act.step, by_email=who, templates=templates, today=today, now=now
        )


def follow_again(engine: Engine, clock: Clock, settings: Settings) -> tuple[int, int]:
    """Do again what follows the last week's acts without a paper; return how many they are, and how many failed."""
    acts = dict.fromkeys(_without_papers(engine, clock.now - TRIED_FOR))
    failed = 0
    for act in acts:
        try:
            follow(engine, act, clock, settings)
        except Exception:
            failed += 1
            log.exception("what follows an act could not be done", extra={"grant": act.grant})
    return len(acts), failed


def _without_papers(engine: Engine, since: datetime) -> Iterator[ActDone]:
    with reading(engine) as connection:
        rows = connection.execute(_WITHOUT_PAPERS, {"since": since}).all()
    for row in rows:
        yield ActDone(
            row.reference,
            row.key,
            row.email,
            answer=row.event == _DONE,
            signs=not row.detail.get("by_link", False),
        )
