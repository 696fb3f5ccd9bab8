"""Compose the daily round: five phases, then the day's letters, as plain functions that three drivers share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Engine

from models.rules.dates.calendar import offices_in
from models.vocabulary import Phase
from tasks.commands.files.drafts import drop_stranded
from tasks.grants.acts.readiness import settle_gates, unready_reports
from tasks.grants.acts.undecided import pass_meetings_over, tell_unknown_meetings
from tasks.people.absences import hand_over
from tasks.round.days import begin_day_round, complete_day_round, let_letters_leave
from tasks.round.notify import DueSteps, tell_due_steps
from tasks.settings import load_settings
from tasks.sources.alarms import tell_of_sources
from tasks.sources.batches import DueToGather, ask_again, forget_settled, gather_batches
from tasks.sources.figure_files import gather_figures
from tasks.sources.gather import gather_from_sources
from tasks.sources.late_changes import tell_of_changes
from tasks.sources.reader import reading_once
from tasks.store.database import reading, tells_nobody


@dataclass(frozen=True, slots=True)
class RoundDay:
    """The day that a round is for, the moment it runs, the one grant it is for, if not all, and the country."""

    on: date
    now: datetime
    grant: str | None = None
    country: str = "SE"


@dataclass(frozen=True, slots=True)
class Counts:
    """What a part of a round came to, in steps, letters, figures, and final reports that wait.

    `silent` names the sources that gave no figures; `unfed` are those of the failed steps that only lack their figures.
    """

    due: int = 0
    reminded: int = 0
    escalated: int = 0
    letters: int = 0
    failed: int = 0
    gathered: int = 0
    unready: int = 0
    silent: frozenset[str] = frozenset()
    unfed: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Return the sums."""
        return Counts(
            self.due + other.due,
            self.reminded + other.reminded,
            self.escalated + other.escalated,
            self.letters + other.letters,
            self.failed + other.failed,
            self.gathered + other.gathered,
            self.unready + other.unready,
            self.silent | other.silent,
            self.unfed + other.unfed,
        )

    @property
    def silence(self) -> str:
        """How many steps lack figures, and from which sources, as the end of a line; empty when all gave them."""
        return f"; {self.unfed} without figures from {', '.join(sorted(self.silent))}" if self.silent else ""

    @property
    def broken(self) -> int:
        """How much could not be done; a step that only lacks its figures is looked at and told of all the same."""
        return self.failed - self.unfed

    def __str__(self) -> str:
        """One line for a run list."""
        return f"{self.due} due, {self.reminded} reminded, {self.escalated} escalated, {self.broken} failed"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the round; `key` names it: "follow-up/escalate".

    One that gathers may be a batch, of the steps whose ids are within `span`.
    """

    verb: str
    phase: Phase | None = None
    span: tuple[int, int] | None = None

    @property
    def key(self) -> str:
        """The part's name."""
        return f"{self.phase}/{self.verb}" if self.phase else self.verb


_OWN_VERBS = {Phase.FINAL_REPORT: "readiness", Phase.RELEASE: "gate"}


def round_parts(phases: Sequence[Phase] = tuple(Phase)) -> tuple[Part, ...]:
    """Return the parts of a round, in order: stand-ins, each phase's own, drafts that nobody will send, the letters."""
    parts = [Part("stand-ins")]
    for phase in phases:
        if phase in _OWN_VERBS:
            parts.append(Part(_OWN_VERBS[phase], phase))
        parts += [Part(verb, phase) for verb in ("gather", "notify", "escalate")]
    return (*parts, Part("drafts"), Part("letters"))


def part_named(key: str) -> Part:
    """Return the part with that key; KeyError if there is none."""
    return {part.key: part for part in round_parts()}[key]


def in_batches(engine: Engine, part: Part, day: RoundDay) -> tuple[Part, ...]:
    """Return a part that gathers for very many steps as several, and any other as it is.

    Where each is a run, one can fail and be tried again alone; done one after the other they leave the same rows.
    """
    if part.verb != "gather" or part.phase is None:
        return (part,)
    found = gather_batches(engine, DueToGather(part.phase, day.on, day.grant))
    return tuple(replace(part, span=(one.first_id, one.last_id)) for one in found)


def do_part(engine: Engine, part: Part, day: RoundDay) -> Counts:
    """Do one part of a round, in transactions of its own; twice is once."""
    match part.verb, part.phase:
        case "stand-ins", _:
            handed = hand_over(engine, day.on, day.now)
            failed = handed.failed + pass_meetings_over(engine, day.on, day.now, day.grant)
            return Counts(failed=failed + tell_unknown_meetings(engine, day.on, day.now, day.grant))
        case "letters", _:
            return Counts(letters=let_letters_leave(engine, day.on, day.now, day.grant))
        case "drafts", _:
            drop_stranded(engine, day.now)
            return Counts()
        case "gather", Phase() as phase:
            due = DueToGather(phase, day.on, day.grant, *(part.span or ()))
            forget_settled(engine, phase, day.on)
            gathered = gather_figures(engine, due, day.now)
            sourced = gather_from_sources(engine, due, day.now)
            # Both have asked before either is asked again for the same steps, and of both one notice tells.
            outside = gathered.asked | sourced.asked
            ask_again(engine, outside, day.on)
            tell_of_changes(engine, outside, day.on, day.now)
            figures = gathered.figures + sourced.figures
            silent, unfed = gathered.silent | sourced.silent, gathered.failed + sourced.failed
            return Counts(gathered=figures, failed=unfed, silent=silent, unfed=unfed)
        case "readiness", _:
            with reading(engine) as connection:
                return Counts(unready=len(unready_reports(connection, day.on, day.grant)))
        case "gate", _:
            return Counts(failed=settle_gates(engine, day.on, day.now, day.grant))
        case "notify" | "escalate", Phase() as phase:
            asked = DueSteps(phase, day.on, part.verb == "escalate", day.grant)
            told = tell_due_steps(engine, asked, day.now)
            return Counts(told.due, told.reminded, told.escalated, failed=told.failed)
    raise ValueError(f"no such part: {part.key}")


def day_off(on: date, country: str = "SE") -> str | None:
    """Return why offices are closed on the day ("Saturday", or a holiday's name), or None when they are open."""
    return offices_in(country).day_off(on)


def begin_round(engine: Engine, day: RoundDay) -> None:
    """Write down that the day's round has begun."""
    begin_day_round(engine, day.on, day.now)


def complete_round(engine: Engine, day: RoundDay, counts: Counts) -> None:
    """Write down what the day's round came to."""
    complete_day_round(
        engine,
        day.on,
        day.now,
        {
            "due": counts.due,
            "reminded": counts.reminded,
            "escalated": counts.escalated,
            "letters": counts.letters,
            "failed": counts.failed,
        },
    )


def run_round(engine: Engine, day: RoundDay, phases: Sequence[Phase] = tuple(Phase)) -> Counts:
    """Run a whole round; on a day off nothing is done and every count is 0."""
    if day_off(day.on, day.country):
        return Counts()
    # A round for one grant, or for some phases, is not the day's: the watch would take it for one.
    is_the_days = day.grant is None and set(phases) == set(Phase)
    if is_the_days:
        begin_round(engine, day)
    total = Counts()
    with reading_once() as asked:
        for part in round_parts(phases):
            total += do_part(engine, part, day)
    if (asked.failed or asked.gave) and not tells_nobody(engine):
        tell_of_sources(load_settings(), asked, day.on, day.now, whole=is_the_days)
    if is_the_days:
        complete_round(engine, day, total)
    return total
