"""An office that lives through months by chance: people, grants, answers, absences, outages, all from one seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, event, select, update

from flows.working_day import Counts, day_off
from models.errors import GrantError
from models.press_settings import PressSettings
from models.programme import Programme
from models.vocabulary import AnswerKind, DecisionKind, InstalmentStatus, StepKind, StepStatus
from tasks.database import AnyRow, reading, transaction
from tasks.extensions import extend_step
from tasks.outbox import next_letter_at
from tasks.post_office import PostOffice, deliver
from tasks.programme_versions import load_programme
from tasks.smtp import CaptureRoute
from tests.grant_scenes import (
    FIGURES,
    GRANT,
    INSTALMENT,
    ORGANISATIONS,
    PERSON,
    STEP,
    ZONE,
    an_entry,
    answer,
    at,
    bring_in,
    claim,
    decide,
    do_round,
    pay,
    release,
)

BEGINS, MONTHS = date(2010, 1, 4), 18
_DAY = timedelta(days=1)


def _address(name: str) -> str:
    return f"{name}@example.org"


# Who works here, and who is above and stands in for whom. The top is always there.
LINE = {
    "top": ("", ""),
    "head": ("top", "manager.one"),
    "manager.one": ("head", "manager.two"),
    "manager.two": ("head", "manager.one"),
    "secretary": ("top", "clerk"),
    "clerk": ("top", ""),
    "controller": ("top", "head"),
    "one": ("manager.one", "two"),
    "two": ("manager.one", "three"),
    "three": ("manager.two", "one"),
    "four": ("manager.two", ""),
    "five": ("manager.two", "four"),
}
COORDINATORS = ("one", "two", "three", "four", "five")
CAN_GO = (*COORDINATORS, "manager.one", "manager.two", "secretary", "controller")


class Office:
    """An office and what happens in it, day by day; everything follows from the seed."""

    def __init__(self, engine: Engine, seed: int, grants: int) -> None:
        self.engine, self.chance = engine, random.Random(seed)
        self.today = BEGINS
        self.gone: set[str] = set()
        self.down_until = BEGINS
        self.counts = Counts()
        self.ran = False
        self.did: list[str] = []
        self.after_delivery: Callable[[], None] = lambda: None
        press = PressSettings("http://127.0.0.1:8480", "grantline@example.org", ("key",), str(ZONE))
        self.post = PostOffice(CaptureRoute(), press)
        self._opens = sorted(BEGINS + timedelta(days=self.chance.randrange(120)) for _ in range(grants))
        self._opened = 0
        event.listen(engine, "connect", _hurry)
        bring_in(engine, BEGINS, organisations=ORGANISATIONS, people=[_person(name) for name in LINE])

    def live_a_day(self, check_morning: Callable[[], None]) -> None:
        """Live through the day: the round, the letters, then what people do; `check_morning` comes in between."""
        self.did.clear()
        self._fate()
        self.ran = self.today >= self.down_until and day_off(self.today) is None
        if self.ran:
            self.counts = do_round(self.engine, self.today)
            check_morning()
            if self.chance.random() < 0.9:
                self.deliver(7)
        while self._opened < len(self._opens) and self._opens[self._opened] <= self.today:
            self._opened += 1
            self._open_grant(f"SIM-{self._opened}")
        if day_off(self.today) is None or self.chance.random() < 0.1:
            self._work()
        if self.ran or self.did:
            self.deliver(10)

    def deliver(self, hour: int) -> None:
        """Hand the letters that are due to the mailbox."""
        moment = at(self.today, hour)
        with reading(self.engine) as connection:
            following = next_letter_at(connection)
        if following is not None and following <= moment:
            deliver(self.engine, self.post, lambda: moment)
            self.after_delivery()

    def tomorrow(self) -> None:
        """Go on to the next day."""
        self.today += _DAY

    def attempt(self, what: str, act: Callable[[], object]) -> bool:
        """Do something that the rules may refuse; return whether they let it."""
        try:
            act()
        except GrantError as error:
            self.did.append(f"{what}: {type(error).__name__}")
            return False
        self.did.append(what)
        return True

    # What happens to people and machines.

    def _fate(self) -> None:
        chance = self.chance
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
                gone = PERSON.c.email == _address(name)
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

    def _open_grant(self, reference: str) -> None:
        chance = self.chance
        begins = self.today + timedelta(days=chance.randrange(20, 60))
        entry = an_entry(
            reference,
            programme=chance.choice(
                ("development-funds-2009", "development-funds-2009", "project-funds-2009")
            ),
            period_start_on=begins,
            period_end_on=begins + timedelta(days=chance.randrange(95, 240)),
            dates={"applied_on": {"on": self.today + timedelta(days=chance.randrange(3, 35))}},
            roles=self._roles(),
        )
        bring_in(self.engine, self.today, grants=[entry])

    def _roles(self) -> dict[str, str]:
        chance = self.chance
        roles = {
            "coordinator": chance.choice(COORDINATORS),
            "committee": "secretary",
            "controller": "controller",
        }
        if chance.random() < 0.7:
            above = {
                "unit_manager": "manager.one",
                "head_of_department": "head",
                "head_of_administration": "top",
            }
            roles |= above
        if chance.random() < 0.15:  # a small office: one person is two things
            roles["controller"] = roles["coordinator"]
        return {role: _address(name) for role, name in roles.items()}

    def _work(self) -> None:
        with reading(self.engine) as connection:
            open_steps = (
                select(STEP, GRANT.c.reference, GRANT.c.programme_id, GRANT.c.period_end_on.label("ends_on"))
                .join(GRANT, GRANT.c.id == STEP.c.grant_id)
                .where(GRANT.c.status == "open", STEP.c.status == StepStatus.OPEN)
                .order_by(STEP.c.id)
            )
            steps = list(connection.execute(open_steps))
            others = list(
                connection.execute(
                    select(GRANT.c.reference, GRANT.c.programme_id)
                    .where(GRANT.c.status.in_(("open", "closed")))
                    .order_by(GRANT.c.id)
                )
            )
        for step in steps:
            if self.chance.random() < self._zeal(step):
                self._see_to(step)
        for row in others:
            if self.chance.random() < 0.03:
                self._surprise(row)

    def _zeal(self, step: Row[Any]) -> float:
        left = (step.due_on - self.today).days
        if step.with_funder:
            return 0.1
        return 0.3 if left <= 1 else 0.08 if left <= 10 else 0.01

    def _someone(self) -> str:
        return _address(self.chance.choice(list(LINE)))

    def _see_to(self, step: Row[Any]) -> None:
        reference, today = step.reference, self.today
        if step.kind is StepKind.FUNDER:
            self._decide(step)
        elif step.kind in (StepKind.CLAIM, StepKind.PAYMENT):
            self._move_money(step)
        elif step.kind is StepKind.APPROVAL:
            kind = AnswerKind.RETURNED if self.chance.random() < 0.25 else AnswerKind.APPROVED
            by = self._someone()
            self.attempt(
                f"{kind} {reference} {step.key}",
                lambda: answer(self.engine, step.key, today, by, kind, reference, note="Läst."),
            )
        else:
            self._report(step)

    def _report(self, step: Row[Any]) -> None:
        reference, today, chance = step.reference, self.today, self.chance
        by, luck = self._someone(), chance.random()
        values: dict[str, Any] = {"kind": AnswerKind.DONE, "data": self._answers(step)}
        if luck < 0.1:
            values = {"kind": AnswerKind.NOT_YET, "expected_on": today + timedelta(days=chance.randrange(20))}
        elif luck < 0.18:
            colleague = self._someone() if chance.random() < 0.7 else None
            values = {"kind": AnswerKind.NOT_ME, "colleague": colleague}
        self.attempt(
            f"{values['kind']} {reference} {step.key}",
            lambda: answer(self.engine, step.key, today, by, reference=reference, **values),
        )

    def _decide(self, step: Row[Any]) -> None:
        chance, today, by = self.chance, self.today, self._someone()
        kind = DecisionKind.REFUSAL if chance.random() < 0.1 else DecisionKind.AWARD
        values: dict[str, Any] = {}
        if kind is DecisionKind.AWARD:
            if chance.random() < 0.9:
                values["amount_minor"] = chance.randrange(1, 10**8)
            if "final_report_on" in self._programme(step).dates:
                values["dates"] = {"final_report_on": step.ends_on + timedelta(days=20)}
        self.attempt(
            f"{kind} {step.reference}",
            lambda: decide(
                self.engine, kind, today, step.reference, by=by, **({"purpose": "det sökta"} | values)
            ),
        )

    def _programme(self, step: Row[Any]) -> Programme:
        with reading(self.engine) as connection:
            return load_programme(connection, step.programme_id)

    def _answers(self, step: Row[Any]) -> dict[str, Any]:
        """Return an answer to each of the step's questions."""
        rules = [rule for rule in self._programme(step).steps if rule.key == step.template_key]
        asked = {question.key for rule in rules for question in rule.questions}
        return {key: value for key, value in (FIGURES | {"applied_for": 900_000}).items() if key in asked}

    def _move_money(self, step: Row[Any]) -> None:
        reference, number, today = step.reference, step.instalment, self.today
        by = self._someone()
        if step.kind is StepKind.PAYMENT:
            self.attempt(f"paid {reference} {number}", lambda: pay(self.engine, today, number, by, reference))
        elif not self.attempt(
            f"claim {reference} {number}", lambda: claim(self.engine, today, number, by, reference)
        ):
            self.attempt(
                f"release {reference} {number}", lambda: release(self.engine, today, by, number, reference)
            )

    def _surprise(self, row: AnyRow) -> None:
        chance, engine, today, reference = self.chance, self.engine, self.today, row.reference
        by = self._someone()
        match chance.randrange(8):
            case 0:
                amount: dict[str, Any] = {"amount_minor": chance.randrange(1, 10**7)}
                if chance.random() < 0.3:
                    amount = {"total_minor": chance.randrange(1, 10**8)}
                kind = chance.choice((DecisionKind.SUPPLEMENT, DecisionKind.AMENDMENT))
                self.attempt(
                    f"{kind} {reference}", lambda: decide(engine, kind, today, reference, by=by, **amount)
                )
            case 1:
                self._extend(reference, by)
            case 2 | 3 | 4:
                self._withdraw(reference, by)
            case 5:
                roles = self._roles()
                with reading(engine) as connection:
                    entry = _entry_of(connection, row)
                self.attempt(
                    f"roles {reference}",
                    lambda: bring_in(engine, today, grants=[entry | {"roles": roles}]),
                )
            case 6 if chance.random() < 0.1:
                withdrawn = DecisionKind.WITHDRAWAL
                self.attempt(
                    f"{withdrawn} {reference}",
                    lambda: decide(engine, withdrawn, today, reference, by=by, purpose="återkallat"),
                )
            case _:
                number = chance.randrange(1, 4)
                act = chance.choice((release, _as_release(claim), _as_release(pay)))
                self.attempt(f"early {reference} {number}", lambda: act(engine, today, by, number, reference))

    def _extend(self, reference: str, by: str) -> None:
        steps = self._steps(reference, (StepStatus.OPEN, StepStatus.WAITING))
        if not steps:
            return
        step = self.chance.choice(steps)
        to_on, today = self.today + timedelta(days=self.chance.randrange(0, 60)), self.today
        apply = self.chance.random() < 0.7
        self.attempt(
            f"extend {reference} {step.key} {to_on}",
            lambda: extend_step(
                self.engine,
                reference,
                step.key,
                to_on=to_on,
                reason="medgivet",
                by_email=by,
                today=today,
                now=at(today),
                apply=apply,
            ),
        )

    def _withdraw(self, reference: str, by: str) -> None:
        steps = self._steps(reference, (StepStatus.APPROVED,))
        if steps:
            key, today = self.chance.choice(steps).key, self.today
            self.attempt(
                f"withdraw {reference} {key}",
                lambda: answer(self.engine, key, today, by, AnswerKind.WITHDRAWN, reference, note="Fel."),
            )

    def _steps(self, reference: str, statuses: tuple[StepStatus, ...]) -> list[Row[Any]]:
        query = (
            select(STEP)
            .join(GRANT, GRANT.c.id == STEP.c.grant_id)
            .where(GRANT.c.reference == reference, STEP.c.status.in_(statuses))
            .order_by(STEP.c.id)
        )
        with reading(self.engine) as connection:
            return list(connection.execute(query))


def _as_release(act: Callable[..., object]) -> Callable[..., object]:
    """Return a claim or payment with a release's order of arguments."""
    return lambda engine, on, by, number, reference: act(engine, on, number, by, reference)


def _entry_of(connection: Connection, row: AnyRow) -> dict[str, Any]:
    """Return an entry that mentions nothing of the grant but what it must."""
    entry = an_entry(row.reference, programme=load_programme(connection, row.programme_id).programme)
    for name in ("period_start_on", "period_end_on", "dates"):
        del entry[name]
    return entry


def _person(name: str) -> dict[str, Any]:
    manager, deputy = LINE[name]
    return {
        "email": _address(name),
        "name": name,
        "manager": _address(manager) if manager else None,
        "deputy": _address(deputy) if deputy else None,
        "language": "en" if name in ("three", "controller") else "sv",
    }


def _hurry(connection: Any, _record: object) -> None:
    # Nobody pulls the plug in these tests, and the disk is the slowest part of them.
    connection.execute("PRAGMA synchronous = OFF")


def released(status: str) -> bool:
    """Return whether the money is on its way."""
    return status in (InstalmentStatus.RELEASED, InstalmentStatus.CLAIMED, InstalmentStatus.PAID)


def instalments(engine: Engine) -> list[Row[Any]]:
    """Return every instalment with its grant's award, status and reference."""
    query = select(
        INSTALMENT, GRANT.c.award_minor, GRANT.c.reference, GRANT.c.status.label("grant_status")
    ).join(GRANT, GRANT.c.id == INSTALMENT.c.grant_id)
    with reading(engine) as connection:
        return list(connection.execute(query.order_by(INSTALMENT.c.grant_id, INSTALMENT.c.number)))
