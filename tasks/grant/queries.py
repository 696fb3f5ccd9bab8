"""The queries of a grant's record: one statement a table for a whole batch of grants."""

from typing import TypeVar

from sqlalchemy import BindParameter, bindparam, func
from sqlmodel import SQLModel, col, select

from models.tables.grant import Decision, Grant
from models.tables.ledger import LedgerEntry, LedgerReading
from models.tables.money import BudgetLine, Instalment, InstalmentCondition, Payment
from models.tables.person import Absence, Person
from models.tables.step import Answer, Document, Draft, Figure, Step
from tasks.store.queries import HOLDS

Row = TypeVar("Row", bound=SQLModel)
# The ids of grants, unless a statement says otherwise.
IDS: BindParameter[int] = bindparam("ids", expanding=True)

GRANTS = select(Grant).where(col(Grant.id).in_(IDS)).order_by(col(Grant.id))
NAMED = select(Grant).where(Grant.reference == bindparam("reference"))
OF_STEP = select(Grant).join(Step).where(Step.id == bindparam("step_id"))
OF_PART = select(Grant).join(Instalment).where(Instalment.id == bindparam("instalment_id"))
STEPS = (
    select(Step)
    .where(col(Step.grant_id).in_(IDS))
    .order_by(col(Step.grant_id), col(Step.position), col(Step.id))
)
DECISIONS = (
    select(Decision)
    .where(col(Decision.grant_id).in_(IDS), HOLDS)
    .order_by(col(Decision.decided_on), col(Decision.id))
)
# A part of an award with each step that it waits for, or with None if it waits for nothing.
INSTALMENTS = (
    select(Instalment, InstalmentCondition.step_id)
    .outerjoin(InstalmentCondition, col(InstalmentCondition.instalment_id) == col(Instalment.id))
    .where(col(Instalment.grant_id).in_(IDS))
    .order_by(col(Instalment.grant_id), col(Instalment.number), col(InstalmentCondition.step_id))
)
PAYMENTS = select(Payment).join(Instalment).where(col(Instalment.grant_id).in_(IDS)).order_by(col(Payment.id))
# What the books have as received now, and the newest reading of each grant's ledger.
RECEIPTS = (
    select(LedgerEntry)
    .where(col(LedgerEntry.grant_id).in_(IDS), col(LedgerEntry.is_receipt))
    .where(col(LedgerEntry.gone_reading_id).is_(None))
    .order_by(col(LedgerEntry.id))
)
_NEWEST = select(func.max(LedgerReading.id)).where(col(LedgerReading.grant_id).in_(IDS))
READINGS = select(LedgerReading).where(
    col(LedgerReading.id).in_(_NEWEST.group_by(col(LedgerReading.grant_id)))
)
BUDGET = select(BudgetLine).where(col(BudgetLine.grant_id).in_(IDS)).order_by(col(BudgetLine.id))

OF_STEPS = select(Step.id).where(col(Step.grant_id).in_(IDS))
ANSWERS = select(Answer).where(col(Answer.step_id).in_(OF_STEPS)).order_by(col(Answer.id))
FIGURES = select(Figure).where(col(Figure.step_id).in_(OF_STEPS)).order_by(col(Figure.id))
DOCUMENTS = select(Document).where(col(Document.step_id).in_(OF_STEPS)).order_by(col(Document.id))
DRAFTS = select(Draft).where(col(Draft.step_id).in_(OF_STEPS)).order_by(col(Draft.id))

# By ids of their own: people and absences.
PEOPLE = select(Person).where(col(Person.id).in_(IDS))
ABSENCES = select(Absence).where(col(Absence.person_id).in_(IDS)).order_by(col(Absence.from_on))
