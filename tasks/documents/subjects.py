"""Find what a paper is about, by its kind: a step, the facts for its template alone, and an account."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from models.errors import BadInput
from models.facts.money import Payee
from models.reading.value_faults import Reading
from models.rules.money.repayment import Repaid, decide_repaid, find_least_repaid
from models.rules.money.shares import awarded_on
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import Phase, StepKind
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.lookup import find_instalment, step_named
from tasks.documents.document_faults import Printed
from tasks.documents.facts.committee import our_approvals
from tasks.documents.facts.grant import final_report, word_period
from tasks.documents.word.templates import Kind
from tasks.grant.money import unspent_on
from tasks.grant.payees import claimed_to
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_document


@dataclass(frozen=True, slots=True)
class Subject:
    """What a paper is about.

    `step` is the step that it belongs to, `part` a claim's instalment. `more` are the facts for its
    template alone, by name. `payee` is the account that the paper names; without `has_account` it
    has no line for one.
    """

    step: Step | None
    part: Instalment | None = None
    more: Mapping[str, object] = field(default_factory=dict)
    payee: Payee | None = None
    has_account: bool = True


def find_subject(
    work: GrantAtWork, say: Translator, *, kind: Kind, step_key: str | None, instalment: int | None
) -> Subject:
    """Return the subject of a paper of this kind; BadInput if several steps or instalments are possible."""
    if kind == "follow-up":
        return _follow_up(work, say, step_key)
    if kind == "claim":
        return _claim(work, instalment)
    if kind == "repayment":
        return _repayment(work, say, step_key)
    if kind in ("memo", "agenda-note"):
        return Subject(next(our_approvals(work), None))
    return Subject(final_report(work))


def _follow_up(work: GrantAtWork, say: Translator, step_key: str | None) -> Subject:
    if step_key is None:
        keys = ", ".join(key for key, step in work.steps.items() if step.phase is Phase.FOLLOW_UP)
        there = keys or Printed.NO_FOLLOW_UP()
        raise BadInput(Printed.WHICH_STEP(grant=work.grant.reference, there=there))
    step = step_named(work, step_key)
    rule = work.record.rule_of(step)
    title = rule.title.in_language(say.language) if rule else step.key
    period = f" {say.period(step.period)}" if step.period else ""
    more = {"step_title": capitalised(title) + period, "step_period": word_period(say, step)}
    return Subject(step, more=more)


def _claim(work: GrantAtWork, number: int | None) -> Subject:
    if number is None and len(work.instalments) != 1:
        there = ", ".join(str(instalment.number) for instalment in work.instalments) or Reading.NONE()
        raise BadInput(Printed.WHICH_INSTALMENT(grant=work.grant.reference, there=there))
    part = find_instalment(work, number if number is not None else work.instalments[0].number)
    claims = (step for step in _of_kind(work, StepKind.CLAIM) if number in (None, step.instalment))
    return Subject(next(claims, None), part=part, payee=claimed_to(work.session.connection(), part))


def _repayment(work: GrantAtWork, say: Translator, step_key: str | None) -> Subject:
    """Return the repayment, with the sum and the funder's threshold in words."""
    step = step_named(work, step_key) if step_key else next(iter(_of_kind(work, StepKind.REPAYMENT)), None)
    rule = work.record.rule_of(step) if step else None
    currency = work.grant.currency
    least_minor = find_least_repaid(rule.repays if rule else None, work.programme, awarded_on(work.decisions))
    unspent_minor = step.repays_minor if step else None
    if unspent_minor is None and (unspent := unspent_on(work.record)) is not None:
        unspent_minor = unspent.left_minor
    state = decide_repaid(unspent_minor, least_minor)
    goes_back = state in (Repaid.OWED, Repaid.UNKNOWN)
    more: dict[str, object] = {
        "repays": state,
        "at_least": say.money(least_minor, currency) if least_minor else "",
        "to_repay": word_document(say, "not_settled")
        if unspent_minor is None
        else say.money(unspent_minor, currency),
        # What is not paid back has no due day.
        "due_on": say.dated(step.due_on) if goes_back and step and step.due_on else "",
    }
    payee = work.record.repaid_to if goes_back else None
    return Subject(step, more=more, payee=payee, has_account=goes_back)


def _of_kind(work: GrantAtWork, kind: StepKind) -> Iterable[Step]:
    return [step for step in work.steps.values() if step.kind is kind]
