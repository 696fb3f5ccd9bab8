"""List the payments that grants wait for: each with its day, whether that is preliminary, and why."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from models.facts.receipt import read_receipt
from models.rules.money.expected_day import ExpectedDay, find_expected_day
from models.vocabulary import UNSETTLED, StepKind
from tasks.overview.money import IS_OF_STEP, missing_minor
from tasks.overview.standing import GRANT, INSTALMENT, STEP
from tasks.overview.titles import StepTitles
from tasks.store.database import in_batches
from tasks.store.programmes import load_programme
from tasks.words.receipts import ReceiptWords
from tasks.words.translator import Translator, capitalised


@dataclass(frozen=True, slots=True)
class AwaitedPayment:
    """A payment that has not come whole: what it is called, what misses in minor units, when it is expected, and why.

    `expected` is None where nobody knows a day.
    """

    title: str
    missing_minor: int
    expected: ExpectedDay | None
    why: str


def list_awaited(
    connection: Connection, say: Translator, today: date, references: Collection[str]
) -> Mapping[str, Sequence[AwaitedPayment]]:
    """Return the payments that the grants wait for, by the grants' references, in the order of the plan."""
    words: dict[int, ReceiptWords] = {}
    titles = StepTitles(connection, say)
    found: dict[str, list[AwaitedPayment]] = defaultdict(list)
    for some in in_batches(list(references)):
        for row in connection.execute(_AWAITED.where(GRANT.c.reference.in_(some))):
            if row.programme_id not in words:
                programme = load_programme(connection, row.programme_id)
                words[row.programme_id] = ReceiptWords(say.language, programme, today)
            found[row.reference].append(
                AwaitedPayment(
                    title=capitalised(titles.of(row.programme_id, row)),
                    missing_minor=int(row.missing),
                    expected=find_expected_day(row.due_on, row.preliminary_on, today),
                    why=capitalised(words[row.programme_id].counted(read_receipt(row.receipt))),
                )
            )
    return found


_MISSING = missing_minor()
# Bound and not written out, so that SQLite begins with the grants and not with all unsettled steps.
_IS_UNSETTLED = STEP.c.status.in_([str(status) for status in UNSETTLED])
_AWAITED = (
    select(
        GRANT.c.reference,
        GRANT.c.programme_id,
        STEP.c.key,
        STEP.c.template_key,
        STEP.c.kind,
        STEP.c.period,
        STEP.c.due_on,
        STEP.c.preliminary_on,
        STEP.c.receipt,
        _MISSING.label("missing"),
    )
    .join(STEP, STEP.c.grant_id == GRANT.c.id)
    .join(INSTALMENT, IS_OF_STEP)
    .where(STEP.c.kind == str(StepKind.PAYMENT), _IS_UNSETTLED, _MISSING > 0)
    .order_by(GRANT.c.reference_key, GRANT.c.reference, STEP.c.position, STEP.c.id)
)
