"""Word why a step is due on its day, the way a colleague would tell it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlmodel import col, select

from models.facts.receipt import Receipt, read_receipt
from models.facts.term import is_choice
from models.reading.reference import as_argument
from models.tables.journal import JournalEvent
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import SETTLED, StepKind
from tasks.commands.at_work.grant import GrantAtWork, rule_of
from tasks.words.receipts import ReceiptWords
from tasks.words.translator import Speaker, capitalised


def explain_date(say: Speaker, work: GrantAtWork, step: Step, today: date) -> Iterator[str]:
    """Yield when the step is due and why: the rule, the counting, where it is written, what to know."""
    receipt = read_receipt(step.receipt)
    words = ReceiptWords(say.language, work.programme, today)
    title = say.gettext(
        "%(step)s of %(grant)s", step=step_called(say, work, step), grant=work.grant.reference
    )
    if step.due_on is None:
        yield from _undated(say, step, title, receipt, words)
        return
    yield capitalised(_due(say, step, title, step.due_on, today))
    yield from _reckoned(say, step, receipt, words)
    if isinstance(receipt.source, str) and receipt.source:
        if step.kind is StepKind.RECOVERY and not receipt.before:
            yield say.gettext("The reason: %(reason)s.", reason=words.source(receipt.source))
            return
        yield say.gettext("It is written in: %(source)s.", source=words.source(receipt.source))
    elif is_choice(receipt.source):
        yield say.gettext("This is %(choice)s.", choice=words.source(receipt.source))
    yield from _confirmed(say, work, step)
    if step.status in SETTLED:
        return
    for warning in words.notes(receipt):
        yield say.gettext("Note: %(warning)s.", warning=warning)
    if receipt.readings:
        command = f"grants confirm {as_argument(work.grant.reference)} {step.key} --on DATE --by EMAIL"
        yield say.gettext("Ask the funder which day holds, and record it: %(command)s", command=command)


def _undated(say: Speaker, step: Step, title: str, receipt: Receipt, words: ReceiptWords) -> Iterator[str]:
    if step.status in SETTLED:
        yield capitalised(say.gettext("%(title)s never had a due date.", title=title))
        return
    waits = words.counted(receipt)
    yield capitalised(say.gettext("%(title)s has no due date yet: it %(waits)s.", title=title, waits=waits))
    yield say.gettext("It will be due %(rule)s.", rule=words.rule(receipt, step.template_key))


def _due(say: Speaker, step: Step, title: str, due_on: date, today: date) -> str:
    day, far = say.long_date(due_on), say.days_from(due_on, today)
    if step.status in SETTLED:
        return say.gettext("%(title)s was due on %(day)s.", title=title, day=day)
    if due_on < today:
        return say.gettext("%(title)s was due on %(day)s, %(far)s.", title=title, day=day, far=far)
    return say.gettext("%(title)s is due on %(day)s, %(far)s.", title=title, day=day, far=far)


def _reckoned(say: Speaker, step: Step, receipt: Receipt, words: ReceiptWords) -> Iterator[str]:
    """Yield the rule and how the day was counted; by what it is set, where that is an event of the grant's own."""
    yield say.gettext("The rule: %(rule)s.", rule=words.rule(receipt, step.template_key))
    if [one["kind"] for one in receipt.counted] not in ([], ["day"]):
        yield say.gettext("Counted: %(arithmetic)s.", arithmetic=words.counted(receipt))
    if receipt.source and not isinstance(receipt.source, str) and not is_choice(receipt.source):
        yield say.gettext("The date is set by: %(source)s.", source=words.source(receipt.source))


def _confirmed(say: Speaker, work: GrantAtWork, step: Step) -> Iterator[str]:
    """Yield who found out which of several days holds, and when: the last who did."""
    if step.confirmed_due_on is None or step.confirmed_due_on != step.due_on:
        return
    told = (
        select(JournalEvent, Person)
        .join(Person, col(Person.id) == col(JournalEvent.person_id))
        .where(JournalEvent.step_id == step.id, JournalEvent.event == "reading_confirmed")
        .order_by(col(JournalEvent.id).desc())
    )
    found = work.session.exec(told).first()
    if found is not None:
        event, who = found
        day, name = say.dated(event.on), f"{who.name} <{who.email}>"
        yield say.gettext("%(name)s confirmed on %(day)s that this day holds.", name=name, day=day)


def step_called(say: Speaker, work: GrantAtWork, step: Step) -> str:
    """Return the step's title and period with its key, by which commands name it."""
    rule = rule_of(work, step)
    if rule is None:
        return f"{say.gettext('repayment')} ({step.key})" if step.kind is StepKind.RECOVERY else step.key
    title = rule.title.en if say.language == "en" else rule.title.sv
    period = f" {say.period(step.period)}" if step.period and rule.each else ""
    return f"{title}{period} ({step.key})"
