"""Perform a command: its handler, transaction, journal and notices; every surface acts by this one way."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from models.commands.clock import Clock, LinkHolder, SignedIn
from models.commands.command import OnGrant, OnMany
from models.commands.items import Item
from models.commands.money import Claim
from models.commands.paper import paper_asked
from models.commands.steps import Answer, NothingToReport, StepAnswer
from models.forms.spec import acts_by
from models.rules.duties import Proof
from models.rules.lifetimes import is_recent
from models.vocabulary import NoticeKind
from tasks.commands.actor import Acting
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.lookup import find_person
from tasks.commands.grants import Upgrades
from tasks.commands.replan.changes import grant_at_work
from tasks.commands.replan.confirmation_letters import list_to_confirm
from tasks.commands.replan.preview import (
    NOTHING,
    Consequences,
    Opened,
    consequences_since,
    open_steps,
    opened_since,
    picture_of,
)
from tasks.commands.replan.replan import replan
from tasks.commands.steps import AnswerOutcome
from tasks.handlers import HANDLERS, Result
from tasks.intake.report import ImportReport
from tasks.ledger.upload import LedgerReport
from tasks.people.notice_recipients import Recipient, hearing
from tasks.settings import Settings
from tasks.step_facts.alarms import find_next_tellings
from tasks.store.database import dry_run, is_dry, unit_of_work
from tasks.store.form_keys import after_form, keep_form

log = logging.getLogger(__name__)

# A person named by an address or an id, with a link, or signed in; or nobody.
Actor: TypeAlias = str | int | LinkHolder | SignedIn | None


@runtime_checkable
class OwnAct(Protocol):
    """What reads a file first, and then acts in as many transactions as that takes."""

    def perform(self, engine: Engine, clock: Clock) -> ImportReport | LedgerReport | None:
        """Do it."""
        ...


Command: TypeAlias = OnGrant | OnMany | OwnAct


def perform(
    engine: Engine, command: Command, actor: Actor, clock: Clock, *, settings: Settings | None = None
) -> Result:
    """Do what the command says as the actor on the clock's day.

    Return what its handler returns.

    It is done in one transaction with its journal, its new dates and its letters. What follows from it comes after the
    commit (tasks/follow_through.py); where that fails the command stands, and the day's round tries again. `settings`
    say where files are kept: without them no document is made. On an engine that is a dry run nothing is kept, and
    nothing follows.

    What an act on a grant lets begin opens when the block of `grant_at_work` ends (commands/replan/changes.py): the
    grant is planned again there, and no handler opens the next step.

    Raises what the command's handler raises: Refused or BadInput with the reason, and nothing is done.
    """
    if isinstance(command, OwnAct):
        return command.perform(engine, clock)
    if isinstance(command, OnMany):
        return _on_many(engine, command, actor, clock)
    with grant_at_work(engine, command.grant, clock.today, clock.now) as work:
        work.reversible_for = acts_by(type(command))[0].reversible_for
        done = HANDLERS[type(command)](work, command, _acting(work.session, actor, clock))
    if isinstance(command, Answer | NothingToReport | Claim) and not is_dry(engine):
        _follow(after_form(engine), command, actor, clock, settings)
    return done


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a command: its handler's own, what it moves beyond its own step, and who is told and when.

    `opened` are the steps of its grant that can be done after it; an act on several grants lets none
    begin, and a new grant shows its calendar. `paper` is what the evidence is
    called, empty for none; None where the act asks for none. Those of the others who have an opened step and are not
    told of it at once are `told_next`, by a later round. It is `confirmed` to who does it by a form.
    """

    result: Result
    moved: Consequences
    told: tuple[Recipient, ...]
    paper: str | None = None
    opened: tuple[Opened, ...] = ()
    told_next: tuple[Recipient, ...] = ()
    confirmed: bool = False


def preview(
    engine: Engine,
    command: Command,
    actor: Actor,
    clock: Clock,
    *,
    look: Callable[[Connection], None] | None = None,
) -> Outcome:
    """Return what a command would change; nothing is kept. `look` reads what was written before it is undone.

    Raises as `perform` does.
    """
    heard = dict[Recipient, None]()
    dry = dry_run(hearing(engine, heard), look)
    result: Result
    if isinstance(command, OwnAct):
        result = command.perform(dry, clock)
        return Outcome(result, moved_by(result), tuple(heard))
    if isinstance(command, OnMany):
        result = _on_many(dry, command, actor, clock)
        return Outcome(result, moved_by(result), tuple(heard))
    with grant_at_work(dry, command.grant, clock.today, clock.now) as work:
        before = picture_of(work)
        could_be_done = open_steps(work)
        acting = _acting(work.session, actor, clock)
        result = HANDLERS[type(command)](work, command, acting)
        moved = moved_by(result)
        if moved is NOTHING:
            replan(work)
            moved = consequences_since(work, before, without=_own(command))
        opened = opened_since(work, could_be_done, without=_own(command))
        confirmed = bool(list_to_confirm(work))
        told_next = tuple(_tell_next(work, opened, acting, heard))
    return Outcome(result, moved, tuple(heard), paper_asked(command), opened, told_next, confirmed)


def _tell_next(
    work: GrantAtWork, opened: Iterable[Opened], acting: Acting, heard: Collection[Recipient]
) -> Iterator[Recipient]:
    """Yield who else a later round tells of each opened step, where the command itself tells nobody of it."""
    told = {one.step for one in heard if one.grant == work.grant.reference}
    steps = [work.steps[one.step] for one in opened if one.step not in told]
    for step, telling in find_next_tellings(work.record.batch, steps, work.today):
        for reached in telling.reached:
            person = work.record.batch.person(reached.person_id)
            if person is not None and person.id != acting.by_id:
                yield Recipient(
                    grant=work.grant.reference,
                    step=step.key,
                    kind=NoticeKind.ESCALATION if telling.rung.escalates else NoticeKind.REMINDER,
                    email=person.email,
                    name=person.name,
                    on=telling.on,
                )


def moved_by(result: Result) -> Consequences:
    """Return what moves, if the handler's result says it."""
    if isinstance(result, AnswerOutcome | ImportReport | Upgrades):
        return result.moved
    return result if isinstance(result, Consequences) else NOTHING


def _own(command: OnGrant) -> str:
    """Return the key of the step that a command is about, whose day and reminders go with it."""
    return command.step if isinstance(command, StepAnswer | Item) else ""


def _on_many(engine: Engine, command: OnMany, actor: Actor, clock: Clock) -> Result:
    with unit_of_work(engine, many=True) as session:
        keep_form(session.connection(), clock.now)
        return HANDLERS[type(command)](session, command, _acting(session, actor, clock))


def _acting(session: Session, actor: Actor, clock: Clock) -> Acting:
    who = _named(actor)
    person = find_person(session, who) if who is not None else None
    return Acting(person, clock, _proof_of(actor, clock), by_link=isinstance(actor, LinkHolder))


def _named(actor: Actor) -> str | int | None:
    """Return who acts, by an address or an id."""
    match actor:
        case LinkHolder():
            return actor.email
        case SignedIn():
            return actor.who
        case _:
            return actor


def _proof_of(actor: Actor, clock: Clock) -> Proof:
    """Return how it is known who acts: a sign-in too long ago counts as a letter's link."""
    match actor:
        case LinkHolder():
            return Proof.LINK
        case SignedIn():
            return Proof.SIGNED_IN if is_recent(actor.since, clock.now, actor.hours) else Proof.LINK
        case _:
            return Proof.NAMED


def _follow(
    engine: Engine,
    command: Answer | NothingToReport | Claim,
    actor: Actor,
    clock: Clock,
    settings: Settings | None,
) -> None:
    """Do what follows a step that is done; if it fails, each round of the next week tries again."""
    # Imported here: most commands make no document.
    from tasks.follow_through import ActDone, follow

    who = _named(actor)
    done = ActDone(
        command.grant,
        command.instalment if isinstance(command, Claim) else command.step,
        str(who),
        answer=not isinstance(command, Claim),
        signs=not isinstance(actor, LinkHolder),
    )
    try:
        follow(engine, done, clock, settings if isinstance(who, str) else None)
    except Exception:
        log.exception("what follows an act is left to the round", extra={"grant": command.grant})
