"""Let an administrator decide by a form: each command is a deployment with typed parameters.

Who asked: Prefect knows one shared login, and everyone there can read its parameters. So a form asks for
the *role* in the grant (the head of department), never for a name or an address; a grant has one person a role,
and what the command does is written down as that person's. That is a statement, not a proof, which is why
money waits for a second person, who confirms by their own link.

The words of the forms, and what their fields offer, are `tasks/prefect/forms.py`'s: a word of the office's language is
taken as well as the key that it stands for.
"""

import re
from asyncio import to_thread
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from prefect import State, flow
from prefect.states import Completed, Failed

from flows.context import (
    Installation,
    RunContext,
    in_one_line,
    log_place,
    moment,
    name_run,
    open_context,
    refused,
    require_portals,
)
from flows.overview import publish
from models.commands.clock import Clock
from models.commands.grants import ConfirmLate, Correct, Decide, DecisionInput
from models.commands.meetings import AddMeeting
from models.commands.money import Release
from models.commands.steps import Approve, ConfirmReading, Extend, Return
from models.errors import BadInput, GrantError, Unreadable
from models.message import Remark
from models.reading.number import read_amount
from models.vocabulary import DecisionKind, Role
from tasks.overview.titles import (
    Offered,
    deciding_body,
    email_in_role,
    final_approval,
    find_step,
    next_titles,
    step_titles,
)
from tasks.perform import perform
from tasks.store.database import reading
from tasks.store.references import KnownGrant, find_grant
from tasks.words.names import word_name
from tasks.words.templates import one_paragraph, words_of
from tasks.words.translator import Translator, translator

# What a form's `asked_by`, `decided_by` and `kind` offer.
WHOSE = ("committee", "funder")


@dataclass(frozen=True, slots=True)
class Form:
    """A form that somebody sent: where, about which grant, when, as whom, and how it is answered."""

    context: RunContext
    grant: KnownGrant
    clock: Clock
    by_email: str
    say: Translator

    def do(self, command: Any) -> Any:
        """Do a command as who sent the form."""
        return perform(
            self.context.engine, command, self.by_email, self.clock, settings=self.context.settings
        )

    def said(self, what: str, **facts: object) -> str:
        """Return in one line what was done."""
        words = words_of(self.say.language, "administration/forms.j2")
        return one_paragraph(getattr(words, what)({"grant": self.grant.reference, **facts}))

    def step(self, typed: str) -> str:
        """Return the key of the step that the form calls by its title; BadInput says which there are."""
        with reading(self.context.engine) as connection:
            return find_step(connection, self.grant.reference, typed, self.say)

    def day(self, day: date) -> str:
        """Return a day as people write it."""
        return self.say.short_date(day, self.clock.today)

    def moved(self, days: Iterable[tuple[str, object, object]]) -> str:
        """Return which dates moved."""
        with reading(self.context.engine) as connection:
            titles = next_titles(connection, [self.grant.reference], self.say)
        named = [(titles.get((self.grant.reference, key), key), was, now) for key, was, now in days]
        return self.said("moved", moved=named)


async def _do(
    grant: str, asked_by: str, act: Callable[[Form], str], installation: Installation | None
) -> State:
    """Do what a form asks, and return its end: what it did in one line, or in one line why it did not."""
    now = moment()
    try:
        await to_thread(require_portals, installation)
        context = await to_thread(open_context)
        clock = Clock(context.day_of(None), now)
        said = await to_thread(_perform, context, grant, asked_by, act, clock)
        await publish(context)
    except GrantError as error:
        return refused(error)
    except Exception as error:  # noqa: BLE001  (a person waits for an answer, and its words may name somebody)
        log_place(error, "command")
        return Failed(message=in_one_line(error))
    return Completed(message=said)


def _perform(context: RunContext, grant: str, asked_by: str, act: Callable[[Form], str], clock: Clock) -> str:
    say = translator(context.settings.language)
    known = find_grant(context.engine, grant)
    role = meant(asked_by, Role, lambda one: word_name(say, "role", one))
    email = email_in_role(context.engine, known.reference, role, clock.today)
    try:
        return act(Form(context, known, clock, email, say))
    except GrantError as error:
        with reading(context.engine) as connection:
            titles = step_titles(connection, [known.reference], say)
        error.remark = _titled(error.remark, {key: title for (_, key), title in titles.items()})
        raise


def _titled(remark: Remark, titles: Mapping[str, str]) -> Remark:
    """Return a remark that calls steps by their titles: who sent the form has never seen a key."""

    def called(fact: object) -> object:
        match fact:
            case StrEnum():
                return fact
            case str():
                return titles.get(fact, fact)
            case list():
                return [called(one) for one in fact]
            case Remark():
                return _titled(fact, titles)
        return fact

    return Remark(remark.message, {name: called(fact) for name, fact in remark.facts.items()})


def meant(typed: str, keys: Iterable[str], word: Callable[[str], str]) -> str:
    """Return the key that a form's choice stands for, in the office's words or as itself; BadInput."""
    words = {str(key): word(str(key)) for key in keys}
    wanted = typed.strip().casefold()
    for key, said in words.items():
        if wanted in (key, said.casefold()):
            return key
    raise BadInput(Offered.NO_CHOICE(there=list(words.values())))


@flow(name="record-a-decision", flow_run_name=name_run)
async def record_a_decision(
    grant: str,
    kind: str,
    decided_on: date,
    asked_by: str,
    amount: str = "",
    total: str = "",
    purpose: str = "",
    conditions: str = "",
    source: str = "",
    final_report_on: date | None = None,
    recorded_on: date | None = None,
    installation: Installation | None = None,
) -> State:
    """Write down what the funder decided, or correct what was written down wrongly.

    `amount` is what the decision adds, `total` the whole award after it. With `recorded_on`, the day of a decision, it
    is corrected; what is left empty stays as it is. A day of the funder's that was known moves by the number of the
    decision or letter (`source`).
    """

    def act(form: Form) -> str:
        currency, reference = form.grant.currency, form.grant.reference
        of = DecisionKind(meant(kind, DecisionKind, lambda one: word_name(form.say, "decision", one)))
        said: dict[str, Any] = {"decided_on": decided_on, "purpose": purpose, "conditions": conditions}
        said["source"] = source
        said |= {"amount_minor": _minor(amount, currency), "total_minor": _minor(total, currency)}
        said["dates"] = {"final_report_on": final_report_on} if final_report_on else {}
        if recorded_on is not None:
            changes = {name: value for name, value in said.items() if value not in (None, "", {})}
            moved = form.do(Correct(reference, recorded_on, of, changes))
            return form.said("corrected", kind=of, day=form.day(recorded_on), count=len(moved.changes))
        unsaid = form.do(Decide(reference, DecisionInput(of, **said))).unsaid
        names = [title.in_language(form.say.language) for _, title in unsaid]
        return form.said("decided", kind=of, day=form.day(decided_on), missing=names)

    return await _do(grant, asked_by, act, installation)


def _minor(text: str, currency: str) -> int | None:
    try:
        return read_amount(text, currency) if text.strip() else None
    except Unreadable as error:
        raise BadInput(error.remark) from None


@flow(name="approve-a-final-report", flow_run_name=name_run)
async def approve_a_final_report(
    grant: str, decided_by: str, asked_by: str, note: str = "", installation: Installation | None = None
) -> State:
    """Approve a final report: our own committee's approval, or the funder's."""
    return await _judge_report(grant, decided_by, asked_by, Approve, note, installation)


@flow(name="return-a-final-report", flow_run_name=name_run)
async def return_a_final_report(
    grant: str, decided_by: str, asked_by: str, reason: str, installation: Installation | None = None
) -> State:
    """Send a final report back: it reopens, and its reminders begin again."""
    return await _judge_report(grant, decided_by, asked_by, Return, reason, installation)


async def _judge_report(
    grant: str,
    decided_by: str,
    asked_by: str,
    said: type[Approve | Return],
    note: str,
    installation: Installation | None,
) -> State:
    def act(form: Form) -> str:
        reference = form.grant.reference
        whose = meant(decided_by, WHOSE, lambda one: word_name(form.say, "role", one))
        form.do(
            said(reference, final_approval(form.context.engine, reference, by_funder=whose == "funder"), note)
        )
        return form.said(str(said.kind))

    return await _do(grant, asked_by, act, installation)


@flow(name="release-an-instalment", flow_run_name=name_run)
async def release_an_instalment(
    grant: str, instalment: str, asked_by: str, installation: Installation | None = None
) -> State:
    """Ask for the release of a withheld instalment: the first of two. The second person signs in."""

    def act(form: Form) -> str:
        found = re.search(r"\d+", instalment)
        if found is None:
            raise BadInput(Offered.NO_NUMBER())
        form.do(Release(form.grant.reference, int(found[0])))
        return form.said("requested", number=found[0])

    return await _do(grant, asked_by, act, installation)


@flow(name="extend-a-step", flow_run_name=name_run)
async def extend_a_step(
    grant: str,
    step: str,
    to_on: date,
    reason: str,
    asked_by: str,
    paper: str = "",
    installation: Installation | None = None,
) -> State:
    """Move a step's due date, and what depends on it; a day of the funder's by the number of a letter (`paper`)."""

    def act(form: Form) -> str:
        command = Extend(form.grant.reference, form.step(step), to_on, reason, paper)
        return form.moved(form.do(command).moved_days)

    return await _do(grant, asked_by, act, installation)


@flow(name="confirm-a-reading", flow_run_name=name_run)
async def confirm_a_reading(
    grant: str,
    step: str,
    due_on: date,
    asked_by: str,
    note: str = "",
    installation: Installation | None = None,
) -> State:
    """Confirm which day holds where a due date can be read in more than one way."""

    def act(form: Form) -> str:
        command = ConfirmReading(form.grant.reference, form.step(step), due_on, note)
        return form.moved(form.do(command).moved_days)

    return await _do(grant, asked_by, act, installation)


@flow(name="add-a-meeting", flow_run_name=name_run)
async def add_a_meeting(
    grant: str, held_on: date, asked_by: str, installation: Installation | None = None
) -> State:
    """Enter a meeting of the body that decides for the grant."""

    def act(form: Form) -> str:
        form.do(AddMeeting(deciding_body(form.context.engine, form.grant.id), held_on))
        return form.said("met", day=form.day(held_on))

    return await _do(grant, asked_by, act, installation)


@flow(name="confirm-an-import", flow_run_name=name_run)
async def confirm_an_import(grant: str, asked_by: str, installation: Installation | None = None) -> State:
    """Confirm what was late when a grant was imported: from the next round on people are told."""

    def act(form: Form) -> str:
        form.do(ConfirmLate(form.grant.reference))
        return form.said("confirmed")

    return await _do(grant, asked_by, act, installation)
