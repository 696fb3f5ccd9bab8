"""An office that lives through its grants' lives by chance: people, answers, absences, outages, all from one seed.

What happens to a grant is drawn from the seed and the grant's number, and what happens to people from the seed and
the day, so that a grant lives the same life when others are left out.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, event, func, select, update

from deployments.shipped_files import PROGRAMMES
from models.errors import GrantError
from models.programme.plan import Programme
from models.programme.step import StepRule
from models.vocabulary import GrantStatus, InstalmentStatus, StepKind, StepStatus
from tasks.outbox.deliver import deliver_due
from tasks.outbox.queue import next_letter_at
from tasks.programmes.files import OFFICE
from tasks.round.days import Counts, is_day_off
from tasks.settings import load_settings
from tasks.store.database import AnyRow, reading, transaction
from tasks.store.foundation import mark_sample
from tests.grant_scenes import (
    GRANT,
    INSTALMENT,
    ORGANISATIONS,
    PERSON,
    STEP,
    ZONE,
    an_entry,
    at,
    bring_in,
    do_round,
    registry,
)

BEGINS = date(2010, 1, 4)
PROGRAMME_NAMES = tuple(
    sorted(path.stem for path in PROGRAMMES.glob("*.yaml") if not path.stem.endswith(OFFICE))
)
# Regimes that nobody listed, as others wrote them from the page about the programme file.
STRANGERS = tuple(sorted(map(str, (Path(__file__).parents[2] / "programmes" / "strangers").glob("*.yaml"))))
_DAY = timedelta(days=1)


def address(name: str) -> str:
    """Return a person's address."""
    return f"{name}@example.org"


# Who works here, and who is above and stands in for whom. The top is always there.
LINE = {
    "top": ("", ""),
    "head": ("top", "manager.one"),
    "manager.one": ("head", "manager.two"),
    "manager.two": ("head", "manager.one"),
    "secretary": ("top", "officer"),
    "officer": ("top", ""),
    "controller": ("top", "head"),
    "one": ("manager.one", "two"),
    "two": ("manager.one", "three"),
    "three": ("manager.two", "one"),
    "four": ("manager.two", ""),
    "five": ("manager.two", "four"),
}
COORDINATORS = ("one", "two", "three", "four", "five")
CAN_GO = (*COORDINATORS, "manager.one", "manager.two", "secretary", "controller")


# Made once: they are asked on every day. When the open steps are due; some steps, each with its grant, its owner's
# address and how far its instalment has come; and a grant's steps of some statuses.
_OPEN = (GRANT.c.status == GrantStatus.OPEN) & (STEP.c.status == StepStatus.OPEN)
# Before the award nothing else is open; where no step is the decision's own, any step that waits stands for it.
_UNDECIDED = (
    (GRANT.c.status == GrantStatus.OPEN)
    & (STEP.c.status == StepStatus.WAITING)
    & GRANT.c.awarded_on.is_(None)
    & STEP.c.due_on.is_not(None)
)
_OPEN_DUE = (
    select(STEP.c.id, STEP.c.due_on, GRANT.c.reference, STEP.c.status)
    .join(GRANT, GRANT.c.id == STEP.c.grant_id)
    .where(_OPEN | _UNDECIDED)
    .order_by(STEP.c.id)
)
_SOME_STEPS = (
    select(
        *(STEP.c[name] for name in ("id", "key", "kind", "template_key", "due_on", "opens_on", "instalment")),
        *(GRANT.c[name] for name in ("reference", "period_end_on", "award_minor")),
        PERSON.c.email,
        INSTALMENT.c.status.label("part_status"),
        INSTALMENT.c.amount_minor.label("part_minor"),
        INSTALMENT.c.paid_minor.label("part_paid_minor"),
        INSTALMENT.c.share,
    )
    .join(GRANT, GRANT.c.id == STEP.c.grant_id)
    .outerjoin(PERSON, PERSON.c.id == STEP.c.owner_id)
    .outerjoin(
        INSTALMENT, (INSTALMENT.c.grant_id == STEP.c.grant_id) & (INSTALMENT.c.number == STEP.c.instalment)
    )
    .where(STEP.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(STEP.c.id)
)
_STEPS = (
    select(STEP.c.id, STEP.c.key, STEP.c.due_on, PERSON.c.email.label("done_by"))
    .join(GRANT, GRANT.c.id == STEP.c.grant_id)
    .outerjoin(PERSON, PERSON.c.id == STEP.c.done_by_id)
    .where(
        GRANT.c.reference == bindparam("reference"), STEP.c.status.in_(bindparam("statuses", expanding=True))
    )
    .order_by(STEP.c.id)
)


@dataclass
class Life:
    """A grant that is lived: its programme, what chance has in store for it, and when its steps are answered.

    `file` is what the programme is called in an import file.
    """

    reference: str
    file: str
    programme: Programme
    opens_on: date
    chance: random.Random
    surprises: list[tuple[date, str]] = field(default_factory=list)
    answers_on: dict[int, tuple[date | None, date]] = field(default_factory=dict)

    @property
    def rules(self) -> dict[str, Any]:
        """The programme's steps by their keys."""
        return {rule.key: rule for rule in self.programme.steps}

    @property
    def has_decision_step(self) -> bool:
        """Whether a step of the programme is the funder's decision."""
        return any(is_decision(rule) for rule in self.programme.steps)


def is_decision(rule: StepRule) -> bool:
    """Return whether the step is the funder's decision."""
    return rule.kind is StepKind.FUNDER and rule.settled_by_decision


@dataclass(frozen=True)
class Chances:
    """Which lives an office lives, under which programmes in turn, and how many of its idle days."""

    seed: int
    numbers: tuple[int, ...]
    programmes: tuple[str, ...] = PROGRAMME_NAMES
    idle: float = 0.2


class Office:
    """An office and what happens in it, day by day; everything follows from the seed."""

    def __init__(self, engine: Engine, chances: Chances, work: Callable[[Office, AnyRow], None]) -> None:
        self.engine, self.chances = engine, chances
        self.today = BEGINS
        self.gone: set[str] = set()
        self.down_until = BEGINS
        self.counts = Counts()
        self.ran = False
        self.did: list[str] = []
        self.refused: Counter[str] = Counter()
        self.after_delivery: Callable[[], None] = lambda: None
        self._answer = work
        self.settings = load_settings(secret_keys="a key of the tests", timezone=str(ZONE))
        self.lives = {life.reference: life for life in map(self._life, chances.numbers)}
        self._unopened = sorted(self.lives.values(), key=lambda life: life.opens_on)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _hurry)
        # Its people read their letters in the mailbox: outside a sample nobody would be told by them.
        mark_sample(engine)
        meetings = [{"body": "committee", "held_on": BEGINS + timedelta(days=28 * n + 8)} for n in range(40)]
        bring_in(
            engine,
            BEGINS,
            organisations=ORGANISATIONS,
            people=[_person(name) for name in LINE],
            meetings=meetings,
        )

    def _life(self, number: int) -> Life:
        chance = random.Random(f"{self.chances.seed}/{number}")
        file = self.chances.programmes[number % len(self.chances.programmes)]
        opens_on = BEGINS + timedelta(days=chance.randrange(60))
        life = Life(f"SIM-{number}", file, registry().get(file), opens_on, chance)
        kinds = ("supplement", "extension", *["withdrawal"] * 3, "roles", "early", "end", "correction")
        for _ in range(chance.choice((0, 1, 2, 3, 4))):
            what = chance.choice(kinds)
            life.surprises.append((opens_on + timedelta(days=chance.randrange(40, 700)), what))
        return life

    def live_a_day(self, check_morning: Callable[[], None]) -> None:
        """Live through the day: the round, the letters, then what people do; `check_morning` comes in between."""
        self.did.clear()
        fate = random.Random(f"{self.chances.seed}:{self.today}")
        self._fate(fate)
        self.ran = self.today >= self.down_until and not is_day_off(self.today)
        if self.ran:
            self.counts = do_round(self.engine, self.today)
            check_morning()
            if fate.random() < 0.9:
                self.deliver(7)
        self._open_grants()
        if not is_day_off(self.today) or fate.random() < 0.1:
            self._work()
        if self.ran or self.did:
            self.deliver(10)

    def deliver(self, hour: int) -> None:
        """Hand the letters that are due to the mailbox."""
        moment = at(self.today, hour)
        with reading(self.engine) as connection:
            following = next_letter_at(connection)
        if following is not None and following <= moment:
            asyncio.run(deliver_due(self.engine, self.settings, lambda: moment))
            self.after_delivery()

    def tomorrow(self) -> None:
        """Go on to the next day on which something is to happen; a few of the others are lived too."""
        rarely = random.Random(f"idle {self.chances.seed} {self.today}").random() < self.chances.idle
        following = self.today + _DAY
        self.today = following if rarely else min(self._next_day(), self.today + timedelta(days=400))

    def _next_day(self) -> date:
        planned = [on for life in self.lives.values() for on, _ in life.surprises]
        planned += [life.opens_on for life in self._unopened]
        with reading(self.engine) as connection:
            for row in self._open_steps(connection):
                planned.append(self.lives[row.reference].answers_on.get(row.id, (None, self.today))[1])
            look = connection.execute(select(func.min(STEP.c.next_action_on))).scalar()
            letter = next_letter_at(connection)
        days = [*planned, *([look] if look else []), *([letter.date()] if letter else [])]
        return max(self.today + _DAY, min(days, default=self.today))

    def attempt(self, what: str, act: Callable[[], object]) -> bool:
        """Do something that the rules may refuse; return whether they let it."""
        try:
            act()
        except GrantError as error:
            self.did.append(f"{what}: {error}")
            self.refused[f"{what.split(' ')[0]}: {str(error)[-60:]}"] += 1
            return False
        self.did.append(what)
        return True

    # What happens to people and machines.

    def _fate(self, chance: random.Random) -> None:
        if chance.random() < 0.02:
            self.down_until = self.today + timedelta(days=chance.randrange(1, 8))
        name = chance.choice(CAN_GO)
        if chance.random() < 0.03:
            first = self.today + timedelta(days=chance.randrange(0, 10))
            leave = {"first": first, "last": first + timedelta(days=chance.randrange(0, 15))}
            self._change(name, absences=[leave])
        elif chance.random() < 0.008 and len(self.gone) < 4:
            self.gone.add(name)
            if chance.random() < 0.5:
                self._change(name, departed_on=self.today)
            else:
                gone = PERSON.c.email == address(name)
                self._write(update(PERSON).where(gone).values(bounced_at=at(self.today, 5)))
        elif self.gone and chance.random() < 0.02:
            back = chance.choice(sorted(self.gone))
            self.gone.remove(back)
            self._change(back, departed_on=None, bounced=False)

    def _change(self, name: str, **values: Any) -> None:
        bring_in(self.engine, self.today, people=[_person(name) | values])
        self.did.append(f"{name}: {values}")

    def _write(self, statement: Any) -> None:
        with transaction(self.engine) as connection:
            connection.execute(statement)

    # What people do.

    def _open_grants(self) -> None:
        opening = []
        while self._unopened and self._unopened[0].opens_on <= self.today:
            opening.append(self._entry(self._unopened.pop(0)))
        if opening:
            bring_in(self.engine, self.today, grants=opening)

    def _entry(self, life: Life) -> dict[str, Any]:
        chance = life.chance
        begins = self.today + timedelta(days=chance.randrange(20, 60))
        applied_on = self.today + timedelta(days=chance.randrange(3, 35))
        rules = life.programme.dates.items()
        return an_entry(
            life.reference,
            programme=life.file,
            period_start_on=begins,
            period_end_on=begins + timedelta(days=chance.randrange(27, 240)),
            dates={name: {"on": applied_on} for name, rule in rules if rule.given_by == "grant"},
            roles=self.roles(chance),
        )

    def roles(self, chance: random.Random) -> dict[str, str]:
        """Return who is what to a grant."""
        roles = {
            "coordinator": chance.choice(COORDINATORS),
            "committee": "secretary",
            "controller": "controller",
        }
        if chance.random() < 0.7:
            roles |= {
                "unit_manager": "manager.one",
                "head_of_department": "head",
                "head_of_administration": "top",
            }
        if chance.random() < 0.15:  # a small office: one person is two things
            roles["controller"] = roles["coordinator"]
        return {role: address(name) for role, name in roles.items()}

    def _work(self) -> None:
        for step in self._steps_in_hand():
            life = self.lives[step.reference]
            due_on, on = life.answers_on.get(step.id, (None, date.max))
            if step.id not in life.answers_on or due_on != step.due_on:
                on = self._answered_on(life, step)
                life.answers_on[step.id] = step.due_on, on
            if on <= self.today:
                del life.answers_on[step.id]
                self._answer(self, step)
        for life in self.lives.values():
            while life.surprises and min(life.surprises)[0] <= self.today:
                surprise = min(life.surprises)
                life.surprises.remove(surprise)
                if life not in self._unopened:
                    SURPRISES[surprise[1]](self, life)

    def _answered_on(self, life: Life, step: AnyRow) -> date:
        """Return when the step is answered: some days around its due date, and some far too late."""
        chance = life.chance
        late = chance.randrange(-9, 9) if chance.random() < 0.85 else chance.randrange(5, 45)
        earliest = max(self.today + timedelta(days=chance.randrange(0, 3)), step.opens_on or self.today)
        if (step.due_on - self.today).days > 90 and step.opens_on is None:
            return earliest + timedelta(days=chance.randrange(0, 60))  # nobody waits for years
        meant: date = step.due_on + timedelta(days=late)
        return max(earliest, meant)

    def _steps_in_hand(self) -> list[AnyRow]:
        """Return the open steps that are new, were moved or are answered today; most wait for a later day."""
        with reading(self.engine) as connection:
            ids = []
            for row in self._open_steps(connection):
                planned_for, on = self.lives[row.reference].answers_on.get(row.id, (None, self.today))
                if planned_for != row.due_on or on <= self.today:
                    ids.append(row.id)
            return list(connection.execute(_SOME_STEPS, {"ids": ids})) if ids else []

    def steps(self, reference: str, statuses: Collection[StepStatus]) -> list[AnyRow]:
        """Return the grant's steps of these statuses."""
        with reading(self.engine) as connection:
            return list(connection.execute(_STEPS, {"reference": reference, "statuses": list(statuses)}))

    def is_over(self) -> bool:
        """Return whether no grant is open, or nothing is left that anybody will do."""
        if self._unopened:
            return False
        with reading(self.engine) as connection:
            return not self._open_steps(connection)

    def _open_steps(self, connection: Connection) -> list[AnyRow]:
        """Return the steps that somebody can answer; before the award also those by which it is decided."""
        return [
            row
            for row in connection.execute(_OPEN_DUE)
            if row.status is StepStatus.OPEN or not self.lives[row.reference].has_decision_step
        ]


# What happens to a grant besides its steps; tests.simulation.office.work fills it.
SURPRISES: dict[str, Callable[[Office, Life], None]] = {}


def _person(name: str) -> dict[str, Any]:
    manager, deputy = LINE[name]
    return {
        "email": address(name),
        "name": f"{name.title()} Efternamn",
        "manager": address(manager) if manager else None,
        "deputy": address(deputy) if deputy else None,
        "language": "en" if name in ("three", "controller") else "sv",
    }


def _hurry(connection: Any, _record: object) -> None:
    # Nobody pulls the plug in these tests, and nobody else opens the database: the disk and its locks are slow.
    for pragma in ("synchronous = OFF", "journal_mode = MEMORY", "locking_mode = EXCLUSIVE"):
        connection.execute(f"PRAGMA {pragma}")


def released(status: str) -> bool:
    """Return whether the money is on its way."""
    return status in (InstalmentStatus.RELEASED, InstalmentStatus.CLAIMED, InstalmentStatus.PAID)
