"""Record a funder's decisions from an import file, and never over what is recorded here."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import select

from models.commands.decisions import Correct, DecisionInput
from models.errors import BadInput
from models.intake.file import DecisionEntry
from models.message import Remark
from models.reading.number import minor_units, stated_sum
from models.reading.reference import as_argument
from models.rules.dates.extension import Grounds
from models.tables.grant import Decision
from models.vocabulary import DecisionKind, GrantStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.awards.checks import named_decision
from tasks.commands.awards.correction import correct_at_work
from tasks.commands.awards.funder_dates import funders_days, hold_to_word
from tasks.commands.awards.record import apply_decision
from tasks.commands.command_faults import Decided
from tasks.commands.replan.replan import replan
from tasks.intake.import_faults import Imported, naming


def record_decisions(work: GrantAtWork, entries: Sequence[DecisionEntry], now: datetime) -> Counter[str]:
    """Record the new decisions, in their order; return how many are "new", "changed" or "unchanged".

    A grant that is being opened is planned at once from its award.
    """
    if work.opening is not None and (not entries or entries[0].kind is not DecisionKind.AWARD):
        replan(work)
    outcomes: Counter[str] = Counter()
    for at, entry in enumerate(entries):
        with naming(work.grant.reference, "decisions", at):
            outcomes[_record(work, decision_input(entry, work.grant.currency), now)] += 1
    return outcomes


def decision_input(entry: DecisionEntry, currency: str) -> DecisionInput:
    """Return an import file's decision in the form in which decisions are recorded."""
    return DecisionInput(
        kind=entry.kind,
        decided_on=entry.decided_on,
        amount_minor=minor_units(entry.amount, currency),
        total_minor=minor_units(entry.total, currency),
        purpose=entry.purpose,
        conditions=entry.conditions,
        dates=entry.dates,
        source=entry.source,
        instalments={number: stated_sum(amount, currency) for number, amount in entry.instalments.items()},
    )


def _record(work: GrantAtWork, decision: DecisionInput, now: datetime) -> str:
    """Record the decision unless it is there; a file can only add missing dates to a recorded one."""
    for row in work.decisions:
        if (row.kind, row.decided_on) == (decision.kind, decision.decided_on):
            return "changed" if _add_dates(work, row, decision, now) else "unchanged"
    if decision.decided_on > work.today:
        raise BadInput(Decided.IN_FUTURE(decision=_named(decision)))
    before: dict[str, date] = {}
    if work.opening is None:
        _check_unknown(work, decision)
        before = funders_days(work)
    apply_decision(work, decision, None, now)
    replan(work)
    hold_to_word(work, before, Grounds(decision.source))
    return "new"


def _add_dates(work: GrantAtWork, row: Decision, decision: DecisionInput, now: datetime) -> bool:
    """Add the dates missing in a recorded decision; any other difference must be corrected by a person."""
    _check_same(work, row, decision)
    added = {name: on for name, on in decision.dates.items() if name not in row.dates}
    if added and work.grant.status is GrantStatus.OPEN:
        late = Correct(work.grant.reference, row.decided_on, row.kind, {"dates": added})
        before = funders_days(work)
        correct_at_work(work, late, None, now)
        replan(work)
        hold_to_word(work, before, Grounds(row.source or decision.source))
    return bool(added)


def _check_same(work: GrantAtWork, row: Decision, decision: DecisionInput) -> None:
    """Raise BadInput if the file gives another sum, instalment or day than the recorded decision."""
    stated = {str(number): sum_minor for number, sum_minor in decision.instalments.items()}
    days = {name: on.isoformat() for name, on in decision.dates.items() if name in row.dates}
    if (
        (row.amount_minor, row.total_minor) != (decision.amount_minor, decision.total_minor)
        or (stated and stated != row.instalments)
        or days != {name: row.dates[name]["on"] for name in days}
    ):
        which = f"{as_argument(work.grant.reference)} --kind {row.kind} --correct {row.decided_on}"
        raise BadInput(Imported.RECORDED_OTHERWISE(decision=_named(decision), which=which))


def _check_unknown(work: GrantAtWork, decision: DecisionInput) -> None:
    """Refuse a decision that was corrected or annulled here: the file would bring the mistake back."""
    same = select(Decision.id).where(
        Decision.grant_id == work.grant_id,
        Decision.kind == decision.kind,
        Decision.decided_on == decision.decided_on,
    )
    if work.session.exec(same).first() is None:
        return
    holds = [_named(recorded) for recorded in work.decisions] or Imported.NO_DECISION()
    raise BadInput(Imported.CORRECTED_HERE(decision=_named(decision), holds=holds))


def _named(decision: DecisionInput | Decision) -> Remark:
    return named_decision(decision.kind, decision.decided_on)
