"""The card on which the release of an instalment is asked for or confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from deployments.portal.answer.forms.money import ReleaseForm
from deployments.portal.login.reader import Reader
from deployments.portal.tasks.list import PersonTasks, ReleaseRow
from deployments.portal.web.page_message import PageMessage
from tasks.commands.sums.repayments import unspent_of
from tasks.store.programmes import load_programme
from tasks.words.money import word_payee, word_unspent
from tasks.words.steps import word_step_title
from tasks.words.translator import Translator


@dataclass(frozen=True, slots=True)
class ReleaseCard:
    """An instalment whose condition is to be confirmed, and what is to be known before anyone does.

    `approvals` are the steps that were approved, with the day and who recorded them; `facts` are labels and texts.
    Without a form its reader has confirmed already.
    """

    anchor: str
    part: ReleaseRow
    approvals: tuple[tuple[str, date, str | None], ...]
    facts: tuple[tuple[str, str], ...]
    forms: tuple[ReleaseForm, ...]
    late: bool
    problem: PageMessage | None = None

    @property
    def mine(self) -> bool:
        """Whether it is its reader's to confirm."""
        return bool(self.forms)


def release_card(
    connection: Connection, say: Translator, reader: Reader, tasks: PersonTasks, part: ReleaseRow, today: date
) -> ReleaseCard:
    """Return the card: what was approved, by whom and when, before anyone confirms it."""
    payee = tasks.payees.get(part.grant_id)
    form = ReleaseForm.of(part, payee, reader.id)
    rules = {rule.key: rule for rule in load_programme(connection, part.programme_id).steps}
    unspent = unspent_of(connection, {part.grant_id}).get(part.grant_id)
    return ReleaseCard(
        anchor=f"p{part.id}",
        part=part,
        approvals=tuple(
            (word_step_title(say, rules.get(one.template_key), one.kind, one.period), one.done_on, one.name)
            for one in tasks.approvals
            if one.instalment_id == part.id and one.done_on is not None
        ),
        facts=(*word_payee(say, payee, today), *word_unspent(say, unspent, part.amount_minor)),
        forms=(form,) if form else (),
        late=part.claim_due_on is not None and part.claim_due_on < today,
    )
