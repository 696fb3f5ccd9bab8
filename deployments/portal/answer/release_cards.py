"""What stands on a task's card, and the card on which the release of an instalment is asked for or confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from deployments.portal.answer.form import Form
from deployments.portal.answer.forms.money import ReleaseForm
from deployments.portal.login.reader import Reader
from deployments.portal.papers.view import CardPapers
from deployments.portal.tasks.list import PersonTasks, ReleaseRow, TaskRow
from deployments.portal.tasks.report import ReportView
from tasks.commands.sums.unspent import unspent_of
from tasks.store.programmes import load_programme
from tasks.words.money import word_payee, word_unspent
from tasks.words.steps import word_step_title
from tasks.words.translator import Speaker, capitalised


@dataclass(frozen=True, slots=True)
class TaskCard:
    """A task (or a release) as its reader sees it; `row` is what the forms act on.

    `facts` are what is to be known before it is answered, `background` what else is known.
    """

    anchor: str
    title: str
    grant: str
    due: str
    late: bool
    leads: tuple[str, ...]
    stakes: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    forms: tuple[Form, ...]
    row: TaskRow | ReleaseRow
    mine: bool = True
    closed: str = ""
    problem: str = ""
    report: ReportView | None = None
    papers: CardPapers | None = None
    background: tuple[tuple[str, str], ...] = ()

    @property
    def step_key(self) -> str:
        """The step's key; empty for an instalment."""
        return self.row.key if isinstance(self.row, TaskRow) else ""


def release_card(
    connection: Connection, say: Speaker, reader: Reader, tasks: PersonTasks, part: ReleaseRow, today: date
) -> TaskCard:
    """Return the card: what was approved, by whom and when, before anyone confirms it."""
    payee = tasks.payees.get(part.grant_id)
    form = ReleaseForm.of(say, part, payee, reader.id)
    money = say.money(part.amount_minor, part.currency)
    asked = say.gettext("You have confirmed. Now a second person must do it, too.") if not form else ""
    rules = {rule.key: rule for rule in load_programme(connection, part.programme_id).steps}
    facts = []
    for one in tasks.approvals:
        if one.instalment_id == part.id and one.done_on is not None:
            step = word_step_title(say, rules.get(one.template_key), one.kind, one.period)
            day = say.short_date(one.done_on, today)
            approved = say.gettext(
                "%(step)s: %(day)s, recorded by %(name)s.", step=capitalised(step), day=day, name=one.name
            )
            facts.append((say.gettext("Condition"), approved))
    facts += word_payee(say, payee, today)
    unspent = unspent_of(connection, {part.grant_id}).get(part.grant_id)
    facts += word_unspent(say, unspent, part.amount_minor)
    if part.asked_by and part.requested_on and form:
        day = say.short_date(part.requested_on, today)
        facts.append(
            (say.gettext("Confirmed by"), say.gettext("%(name)s, %(day)s", name=part.asked_by, day=day))
        )
    return TaskCard(
        anchor=f"p{part.id}",
        grant=f"{part.title} ({part.reference})",
        title=say.gettext(
            "Confirm the condition for part %(number)s: %(money)s", number=part.number, money=money
        ),
        due=_word_due(say, part.claim_due_on, today),
        late=part.claim_due_on is not None and part.claim_due_on < today,
        leads=(say.gettext("Confirm that its condition is met. Only then may the claim be sent."),)
        if form
        else (),
        stakes=(say.gettext("%(money)s will not be paid before the claim is sent.", money=money),),
        facts=tuple(facts),
        forms=(form,) if form else (),
        row=part,
        mine=form is not None,
        closed=asked,
    )


def _word_due(say: Speaker, claim_due_on: date | None, today: date) -> str:
    """Return by when the claim must leave, which waits for the release; empty when that is not known."""
    if claim_due_on is None:
        return ""
    day = say.long_date(claim_due_on)
    if claim_due_on < today:
        return say.gettext("The claim was to be sent by %(day)s", day=day)
    when = say.days_from(claim_due_on, today)
    return say.gettext("The claim is to be sent by %(day)s, %(when)s", day=day, when=when)
