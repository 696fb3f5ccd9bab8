"""Bring steps to where an import file says that they had come; those that are another's, and recoveries, too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from models.errors import ImportInvalid
from models.grant_entries import GrantEntry
from models.sentence import Sentence
from models.step import Step
from models.vocabulary import GrantStatus, StepKind, StepStatus
from models.written_numbers import shown
from tasks.grants.acts.withdrawals import add_recovery
from tasks.grants.at_work.grant_at_work import GrantAtWork
from tasks.store.shared_facts import SharedFacts


def of_grant(reference: str, what: Sentence | Exception) -> ImportInvalid:
    """Return the error that says what is wrong with the entry of the grant with the reference."""
    return ImportInvalid(Sentence("grant %(reference)s: %(why)s", reference=reference, why=what))


def imported_person(shared: SharedFacts, reference: str, email: str) -> int:
    """Return the id of the person that a grant's entry names; ImportInvalid if there is none."""
    found = shared.person_id(email)
    if found is None:
        raise of_grant(reference, Sentence("there is no person with the address '%(email)s'", email=email))
    return found


def named_person(work: GrantAtWork, email: str | None) -> int | None:
    """Return the id of the person that the grant's entry names, None where it names none."""
    return None if email is None else imported_person(work.shared, work.grant.reference, email)


def wrong(work: GrantAtWork, what: Sentence | Exception) -> ImportInvalid:
    """Return the error that says what is wrong with the grant's entry."""
    return of_grant(work.grant.reference, what)


def not_ahead(work: GrantAtWork, what: Sentence, on: date) -> None:
    """Refuse what the future holds."""
    if on > work.today:
        raise wrong(work, Sentence("%(what)s on %(day)s lies in the future", what=what, day=on))


def step_called(work: GrantAtWork, key: str, what: Sentence) -> Step:
    """Return the step with the key; ImportInvalid, which says where it stands in the file, if there is none."""
    step = work.steps.get(key)
    if step is None:
        there = ", ".join(work.steps)
        raise wrong(
            work,
            Sentence(
                "%(sheet)s: there is no step '%(step)s'; it has: %(there)s", sheet=what, step=key, there=there
            ),
        )
    return step


def no_question(sheet: Sentence, step: str, question: str, asked: Iterable[str]) -> Sentence:
    """Return that a step has no such question."""
    there = ", ".join(asked) or Sentence("none")
    return Sentence(
        "%(sheet)s: '%(step)s' has no question '%(question)s'; it has: %(there)s",
        sheet=sheet,
        step=step,
        question=shown(question),
        there=there,
    )


def not_read(sheet: Sentence, step: str, question: str, error: Exception) -> Sentence:
    """Return why what is written does not answer a step's question."""
    return Sentence(
        "%(sheet)s: %(step)s: '%(question)s': %(why)s", sheet=sheet, step=step, question=question, why=error
    )


def settle_step(work: GrantAtWork, key: str, on: date, by_id: int | None = None) -> None:
    """Let the step be done, or approved, on the day."""
    step = work.steps[key]
    step.status = StepStatus.APPROVED if step.kind is StepKind.APPROVAL else StepStatus.DONE
    step.done_on, step.done_by_id = on, by_id or step.owner_id
    step.version += 1
    work.happened("step_imported_as_done", step, on=on.isoformat())


def open_recoveries(work: GrantAtWork, entry: GrantEntry, *, opening: bool) -> None:
    """Add the recoveries that the grant had, and what became of approvals that were undecided or fell."""
    for key, one in entry.steps.items():
        if one.recovers is not None and one.opened_on is not None and key not in work.steps and opening:
            add_recovery(work, key, one.recovers, one.opened_on, one.reason)
        if opening and (one.undecided_on or one.fell_on):
            step = step_called(work, key, Sentence("steps"))
            step.undecided_on, step.fell_on = one.undecided_on, one.fell_on


def give_steps(work: GrantAtWork, entry: GrantEntry, *, opening: bool) -> None:
    """Give steps to whom they were given by name; in a grant that runs here, people do it themselves."""
    for key, one in entry.steps.items():
        if one.owner is None and key not in work.steps:
            continue  # the programme has it no more, and nobody did anything about it
        step, owner_id = step_called(work, key, Sentence("steps")), named_person(work, one.owner)
        if step.owner_id != owner_id and owner_id is not None and not opening:
            raise wrong(
                work,
                Sentence(
                    "steps: '%(step)s' is another's here, and the grant runs here already ('grants answer')",
                    step=key,
                ),
            )
        if opening:
            has_owner = Sentence("steps: '%(step)s' has its owner: that", step=key)
            not_ahead(work, has_owner, one.since_on or work.today)
            step.owner_id = owner_id or step.owner_id
            step.owner_since_on = one.since_on or step.owner_since_on
            step.done_by_id = named_person(work, one.done_by) or step.done_by_id
    if opening:
        note_versions(work, entry)


def note_versions(work: GrantAtWork, entry: GrantEntry) -> None:
    """Let steps have changed as often as they had: who has their dates in a calendar sees later changes only."""
    for key, one in entry.steps.items():
        if one.version is not None and key in work.steps:
            work.steps[key].version = one.version


def note_end(work: GrantAtWork) -> None:
    """Let a grant that is over have ended on the day of what ended it, not on the day of the import."""
    if work.grant.status is GrantStatus.CLOSED:
        work.grant.closed_on = max(
            (step.done_on for step in work.steps.values() if step.done_on), default=work.today
        )
    elif work.grant.status is not GrantStatus.OPEN:
        work.grant.closed_on = max(one.decided_on for one in work.decisions)
