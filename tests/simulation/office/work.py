"""What the people of a simulated office do with a step, and what happens to a grant besides its steps."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from models.commands.decisions import Correct
from models.commands.steps import (
    Answer,
    Approve,
    Extend,
    NothingToReport,
    NotMe,
    NotNeeded,
    NotYet,
    Return,
    StepAnswer,
    Withdraw,
)
from models.tables.columns import table_of
from models.tables.grant import Decision
from models.vocabulary import DecisionKind, InstalmentStatus, OverClaim, StepKind, StepStatus
from tasks.store.database import AnyRow, reading
from tasks.store.queries import HOLDS
from tests.grant_scenes import (
    GRANT,
    INSTALMENT,
    act,
    an_entry,
    bring_in,
    claim,
    decide,
    pay,
    release,
    signed_in,
)
from tests.simulation.office.answers import answers_to, files_for
from tests.simulation.office.office import LINE, SURPRISES, Life, Office, address, is_decision

DECISION = table_of(Decision)


def _by(office: Office, life: Life, owner: str | None) -> str:
    """Return who acts: mostly whose task it is, sometimes anybody."""
    if owner is not None and life.chance.random() < 0.85:
        return owner
    return address(life.chance.choice(list(LINE)))


def see_to(office: Office, step: AnyRow) -> None:
    """Let somebody answer the step."""
    life = office.lives[step.reference]
    rule = life.rules.get(step.template_key)
    # Where no step is the decision's own, it comes before anybody does anything.
    if (rule is not None and is_decision(rule)) or (step.award_minor is None and not life.has_decision_step):
        _decide(office, life, step)
    elif step.kind in (StepKind.CLAIM, StepKind.PAYMENT):
        _move_money(office, life, step)
    elif step.kind == StepKind.APPROVAL:
        _approve(office, life, step)
    else:
        _report(office, life, step)


def _take(office: Office, step: AnyRow, by: str, said: StepAnswer) -> None:
    who = signed_in(by, office.today) if isinstance(said, Approve) else by
    office.attempt(
        f"{said.kind} {step.reference} {step.key}", lambda: act(office.engine, said, office.today, who)
    )


def _approve(office: Office, life: Life, step: AnyRow) -> None:
    about = (step.reference, step.key, "Läst.")
    rule = life.rules.get(step.template_key)
    # A committee seldom meets on the very day: who has its powers decides.
    delegated_on = office.today if rule is not None and rule.body else None
    returned = life.chance.random() < 0.2
    said = Return(*about) if returned else Approve(*about, delegated_on=delegated_on)
    _take(office, step, _by(office, life, step.email), said)


def _report(office: Office, life: Life, step: AnyRow) -> None:
    chance, rule = life.chance, life.rules.get(step.template_key)
    by, luck = _by(office, life, step.email), chance.random()
    where, answer = (step.reference, step.key), Answer(step.reference, step.key)
    said: StepAnswer = answer
    if luck < 0.06:
        later = office.today + timedelta(days=chance.randrange(20))
        said = NotYet(*where, expected_on=later)
    elif luck < 0.11:
        colleague = address(chance.choice(list(LINE))) if chance.random() < 0.7 else None
        said = NotMe(*where, colleague=colleague)
    elif luck < 0.15 and rule is not None and rule.optional:
        said = NotNeeded(*where, "Det behövs inte.")
    elif luck < 0.19 and rule is not None and rule.each and rule.questions:
        said = NothingToReport(*where)
    elif rule is not None:
        data = answers_to(rule, chance, office.today)
        files = files_for(rule, step.id, office.today)
        said = replace(answer, data=data, files=files)
    _take(office, step, by, said)


def _decide(office: Office, life: Life, step: AnyRow) -> None:
    chance = life.chance
    values: dict[str, Any] = {"purpose": "det sökta"}
    kind = DecisionKind.REFUSAL if chance.random() < 0.1 else DecisionKind.AWARD
    if kind is DecisionKind.AWARD:
        values["amount_minor"] = chance.randrange(1, 10**8)
        ends, silent = step.period_end_on, chance.random() < 0.04
        rules = life.programme.dates.items()
        days = {name: ends + timedelta(days=chance.randrange(10, 60)) for name, _ in rules}
        asked = [name for name, rule in rules if rule.given_by == "decision" and not silent]
        values["dates"] = {name: days[name] for name in asked}
        values["instalments"] = {
            part.number: f"{chance.randrange(1, 60)} %" for part in life.programme.instalments if part.awaits
        }
    by = _by(office, life, step.email)
    office.attempt(
        f"{kind} {step.reference}",
        lambda: decide(office.engine, kind, office.today, step.reference, by=by, **values),
    )


def _part_of(life: Life, step: AnyRow) -> dict[str, Any]:
    """Return what comes of a payment, where it is not all that is missing, and what is said of the rest."""
    chance = life.chance
    luck, missing = chance.random(), (step.part_minor or 0) - (step.part_paid_minor or 0)
    if luck > 0.25 or missing < 2:
        return {}
    rests: tuple[dict[str, Any], ...] = ({}, {"no_more_why": "Kostnaden godtogs inte."})
    return {"amount_minor": chance.randrange(1, missing), **chance.choice(rests)}


def _move_money(office: Office, life: Life, step: AnyRow) -> None:
    engine, today, number, reference = office.engine, office.today, step.instalment, step.reference
    by = _by(office, life, step.email)
    if step.kind == StepKind.PAYMENT:
        part = _part_of(life, step)
        office.attempt(
            f"paid {reference} {number}",
            lambda: pay(engine, today, number, by, reference, **part),
        )
        return
    if step.part_status in (InstalmentStatus.RELEASABLE, InstalmentStatus.WITHHELD):
        second = (
            address(life.chance.choice(("controller", "manager.one", "head")))
            if life.chance.random() < 0.5
            else by
        )
        office.attempt(
            f"release {reference} {number}", lambda: release(engine, today, second, number, reference)
        )
        return
    amount = _to_claim(office, step) if step.share == "claimed" else None
    office.attempt(
        f"claim {reference} {number}",
        lambda: claim(engine, today, number, by, reference, amount_minor=amount, over=OverClaim.KEEP),
    )


def _to_claim(office: Office, step: AnyRow) -> int | None:
    """Return a part of what is left of the award; nothing where spending says it."""
    life = office.lives[step.reference]
    if any(one.spending for one in life.programme.instalments):
        return None
    query = (
        select(INSTALMENT.c.amount_minor)
        .join(GRANT, GRANT.c.id == INSTALMENT.c.grant_id)
        .where(GRANT.c.reference == step.reference)
    )
    with reading(office.engine) as connection:
        out = sum(amount or 0 for (amount,) in connection.execute(query))
    left = (step.award_minor or 0) - out
    return life.chance.randrange(0, max(1, left // 2)) if left > 0 else 0


# What happens to a grant besides its steps.


def _supplement(office: Office, life: Life) -> None:
    chance = life.chance
    amount: dict[str, Any] = {"amount_minor": chance.randrange(1, 10**7)}
    if chance.random() < 0.3:
        amount = {"total_minor": chance.randrange(1, 10**8)}
    kind = chance.choice((DecisionKind.SUPPLEMENT, DecisionKind.AMENDMENT))
    by = _by(office, life, None)
    office.attempt(
        f"{kind} {life.reference}",
        lambda: decide(office.engine, kind, office.today, life.reference, by=by, **amount),
    )


def _extend(office: Office, life: Life) -> None:
    steps = office.steps(life.reference, (StepStatus.OPEN, StepStatus.WAITING))
    if not steps:
        return
    step, by = life.chance.choice(steps), _by(office, life, None)
    to_on, apply = office.today + timedelta(days=life.chance.randrange(0, 60)), life.chance.random() < 0.8
    grounds: dict[str, Any] = life.chance.choice(
        ({}, {"paper": "Dnr 1"}, {"told_by": "N N", "told_on": office.today})
    )
    command = Extend(life.reference, step.key, to_on, "medgivet", **grounds)
    office.attempt(
        f"extend {life.reference} {step.key} {to_on}",
        lambda: act(office.engine, command, office.today, by, apply=apply),
    )


def _withdraw(office: Office, life: Life) -> None:
    steps = office.steps(life.reference, (StepStatus.APPROVED,))
    if not steps:
        return
    step = life.chance.choice(steps)
    by = _by(office, life, step.done_by)
    command = Withdraw(life.reference, step.key, "Fel.")
    office.attempt(
        f"withdraw {life.reference} {step.key}", lambda: act(office.engine, command, office.today, by)
    )


def _change_roles(office: Office, life: Life) -> None:
    entry = an_entry(life.reference, programme=life.file, roles=office.roles(life.chance))
    for name in ("period_start_on", "period_end_on", "dates"):
        del entry[name]
    office.attempt(f"roles {life.reference}", lambda: bring_in(office.engine, office.today, grants=[entry]))


def _end(office: Office, life: Life) -> None:
    withdrawn, by = DecisionKind.WITHDRAWAL, _by(office, life, None)
    office.attempt(
        f"{withdrawn} {life.reference}",
        lambda: decide(office.engine, withdrawn, office.today, life.reference, by=by, purpose="återkallat"),
    )


def _correct(office: Office, life: Life) -> None:
    """Somebody finds that a decision was recorded wrongly, or was never made."""
    query = select(DECISION.c.decided_on, DECISION.c.kind, DECISION.c.dates).join(GRANT)
    with reading(office.engine) as connection:
        found = connection.execute(
            query.where(GRANT.c.reference == life.reference, HOLDS).order_by(DECISION.c.id)
        ).all()
    if not found:
        return
    chance, row, by = life.chance, life.chance.choice(found), _by(office, life, None)
    moved = timedelta(days=chance.randrange(-20, 20))
    dates = {name: date.fromisoformat(one["on"]) + moved for name, one in row.dates.items()}
    wrong: list[dict[str, Any]] = [{"decided_on": row.decided_on + moved}, {"dates": dates}]
    if row.kind not in (DecisionKind.REFUSAL, DecisionKind.WITHDRAWAL):
        wrong.append({"amount_minor": chance.randrange(1, 10**8)})
    said = {name: value for one in wrong if chance.random() < 0.6 for name, value in one.items()}
    annulled = chance.random() < 0.2
    said |= {"source": "Dnr 9"} if said or annulled else {}
    command = Correct(life.reference, row.decided_on, row.kind, said, "läste fel", annulled)
    office.attempt(
        f"correct {life.reference} {row.kind} {row.decided_on} {said}",
        lambda: act(office.engine, command, office.today, by),
    )


def _too_early(office: Office, life: Life) -> None:
    engine, today, number, by = (
        office.engine,
        office.today,
        life.chance.randrange(1, 4),
        _by(office, life, None),
    )
    reference = life.reference
    act = life.chance.choice(
        (
            lambda: release(engine, today, by, number, reference),
            lambda: claim(engine, today, number, by, reference, over=OverClaim.KEEP),
            lambda: pay(engine, today, number, by, reference),
        )
    )
    office.attempt(f"early {reference} {number}", act)


SURPRISES.update(
    supplement=_supplement,
    extension=_extend,
    withdrawal=_withdraw,
    roles=_change_roles,
    end=_end,
    correction=_correct,
    early=_too_early,
)
