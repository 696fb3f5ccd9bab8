"""Plan a grant: give every step its due date and receipt."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from models.facts.receipt import event_source, is_return, term
from models.programme.language.rule import Rule
from models.programme.plan import Programme
from models.programme.step_names import DOCUMENTS, DRAFT, template_key
from models.rules.dates.anchors import Anchors, KnownDate
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.committee import Matter, plan_meeting, plan_on
from models.rules.dates.dependencies import BodyStep, PlanShape
from models.rules.dates.due import (
    Due,
    plan_awaited,
    plan_brought,
    plan_confirmed,
    plan_due,
    plan_fixed,
    plan_settled,
    plan_undated,
    plan_waiting,
)
from models.rules.dates.meeting_due import (
    find_documents_day,
    find_draft_day,
    plan_chosen_meeting_due,
    plan_meeting_due,
)
from models.rules.dates.rolling import find_day_by_rule
from models.rules.dates.selection import (
    PlanFacts,
    PlannedStep,
    find_awaited_list,
    find_brought_later,
    list_undated_steps,
)
from models.vocabulary import SETTLED, StepStatus

# A step opens at the latest this long before its last day, unless its rule says otherwise.
OPENS_AHEAD = timedelta(days=90)


def calendar_of(programme: Programme) -> WorkCalendar:
    """Return the working days that the programme counts."""
    rule = programme.calendar
    quiet = tuple((days.first, days.last) for days in programme.quiet)
    return WorkCalendar(rule.country, rule.subdivision, rule.extra_holidays, rule.not_holidays, quiet)


def plan_steps(programme: Programme, facts: PlanFacts) -> tuple[PlannedStep, ...]:
    """Return every step that the programme gives the grant, in order, each with due date and receipt.

    A date that counts from a step that is not done is unknown. Its receipt says which day it would
    be, if that step is done in time.
    """
    undated = {step.key: step for step in list_undated_steps(programme, facts)}
    return _Planning(programme, undated, facts).steps()


class _Planning:
    """A plan in the making: the due dates worked out so far, and the days before the meetings of bodies."""

    def __init__(self, programme: Programme, undated: Mapping[str, PlannedStep], facts: PlanFacts) -> None:
        self._programme = programme
        self._facts = facts
        self._shells = undated
        self._shape = PlanShape(programme, undated)
        self._calendar = calendar_of(programme)
        self._dates = dict(facts.dates)
        if facts.period_start_on:
            self._dates.setdefault("grant_start_on", KnownDate(facts.period_start_on))
        if facts.period_end_on:
            self._dates.setdefault("grant_end_on", KnownDate(facts.period_end_on))
        self._brought = find_brought_later(programme, facts, undated) if len(facts.stated) > 1 else {}
        self._due: dict[str, date | None] = {}
        self._last: dict[str, date | None] = {}  # also of waiting steps: the day that they would have
        self._before: dict[str, KnownDate] = {}

    def steps(self) -> tuple[PlannedStep, ...]:
        """Return the steps, dated."""
        whens: dict[str, Due] = {}
        for key in self._shape.order:
            whens[key] = self._when(key, as_if_done=self._facts.as_if_done)
            last = self._due[key] = whens[key].on
            if last is None and key not in self._shape.bodies:
                last = self._when(key, as_if_done=True).on
                whens[key] = plan_waiting(whens[key], last)
            self._last[key] = last
        return tuple(
            _dated(shell, whens[key], self._opens_for(shell, whens[key]))
            for key, shell in self._shells.items()
        )

    def _opens(self, shell: PlannedStep) -> date | None:
        rule = shell.rule.opens
        anchors = self._anchors(shell, as_if_done=self._facts.as_if_done)
        return find_day_by_rule(rule, anchors, self._calendar).on if rule else None

    def _opens_for(self, shell: PlannedStep, when: Due) -> date | None:
        """Return from when a step can be answered.

        A time of our own choice that falls after the due date is moved to some time before it.
        """
        opens = self._opens(shell)
        rule = shell.rule.opens
        if opens is None or when.on is None or rule is None or not rule.is_choice or opens <= when.on:
            return opens
        return when.on - OPENS_AHEAD

    def _anchors(self, shell: PlannedStep, *, as_if_done: bool) -> Anchors:
        shape = self._shape
        key = shell.key
        period = shell.period
        before = shape.seen_from(key, self._before)
        begun = shape.without_previous(shell)
        due = shape.seen_from(key, self._due)
        done: Mapping[str, date | None] = shape.seen_from(key, self._facts.done)
        if as_if_done:
            due = shape.seen_from(key, self._last)
            done = {**due, **done}
        brought = self._brought.get(key)
        if brought is not None:
            before = {**before, "decided_on": brought}
        return Anchors(
            {**self._dates, **before, **(period.days if period else {})},
            {**due, **begun},
            {**done, **begun},
            period.own_label if period else None,
            brought,
        )

    def _when(self, key: str, *, as_if_done: bool) -> Due:
        facts = self._facts
        shell = self._shells[key]
        anchors = self._anchors(shell, as_if_done=as_if_done)
        rule, last = self._rule(shell)
        when = plan_due(rule, anchors, self._calendar)
        if shell.period is None and (listed := find_awaited_list(shell.rule, facts)) is not None:
            return plan_undated(listed, rule)
        if last:
            when = Due(when.on, replace(when.receipt, last=True))
        if anchors.brought is not None and anchors.is_counted_from(rule.names):
            when = plan_brought(when, anchors.brought)
        if key in self._shape.awaited_by:
            when = self._in_time(shell, when)
        if key in facts.confirmed:
            when = plan_confirmed(when, *facts.confirmed[key], self._calendar)
        when = plan_settled(when, facts.settled, self._calendar)
        fixed = facts.fixed.get(key)
        formula = when if fixed is None else plan_fixed(*fixed, when, self._calendar)
        if key not in self._shape.bodies or formula.on is None:
            return self._read_again(shell, formula)
        return self._at_meeting(key, when, formula if fixed else None)

    def _rule(self, shell: PlannedStep) -> tuple[Rule, bool]:
        """Return the rule by which the step is due, and whether it is the one for the last period.

        A date that was published for the period holds, whichever of the two states it.
        """
        rule = shell.rule
        period = shell.period
        if period is None or rule.due.published_for(period.own_label):
            return rule.due, False
        if rule.last is not None and rule.last.due is not None and period.end_on == self._facts.period_end_on:
            return rule.last.due, True
        is_first = period.start_on == self._facts.period_start_on
        if is_first and rule.first is not None and rule.first.due is not None:
            return rule.first.due, False
        return rule.due, False

    def _in_time(self, shell: PlannedStep, when: Due) -> Due:
        """Return a due date of our own choice, or the earlier day of a waiting step if this one is open by then."""
        waiting = [
            (day, key) for key in self._shape.awaited_by[shell.key] if (day := self._due.get(key)) is not None
        ]
        if when.on is None or not waiting:
            return when
        day, first = min(waiting)
        if day >= when.on or ((opens := self._opens(shell)) is not None and opens > day):
            return when
        return plan_awaited(when, day, self._shells[first].rule.key, self._calendar)

    def _at_meeting(self, key: str, needed: Due, fixed: Due | None) -> Due:
        """Return when the body takes the approval: at its meeting, or on the day that a person set."""
        step = self._shape.bodies[key]
        matter = self._matter(step, key)
        needed = self._needed_again(matter, needed)
        matter = replace(matter, needed_on=needed.on or (fixed.on if fixed else None) or date.max)
        meetings = self._facts.meetings.get(step.name, ())
        if fixed is not None and fixed.on is not None:
            plan = plan_on(fixed.on, matter, step.body, meetings, self._calendar)
            when = plan_chosen_meeting_due(plan, fixed)
        else:
            taken = self._facts.taken.get(key)
            chosen_on = taken.held_on if taken is not None and taken.holds(matter) else None
            plan = plan_meeting(matter, step.body, meetings, self._calendar, chosen_on)
            when = plan_meeting_due(plan, needed, step.name, self._calendar)
        self._before[f"{key}{DRAFT}"] = find_draft_day(plan, step)
        self._before[f"{key}{DOCUMENTS}"] = find_documents_day(plan)
        return when

    def _matter(self, step: BodyStep, key: str) -> Matter:
        report = self._shells.get(step.report or "")
        ready = self._figures_on(report, key) if report else None
        waiting = [day for later in step.awaited_by if (day := self._due.get(later)) is not None]
        returned_on = self._facts.returned.get(key)
        fell_on = self._facts.fell.get(key)
        passed_on = self._facts.undecided.get(key)
        return Matter(
            needed_on=date.max,
            due_on=min(waiting, default=None),
            ready_on=ready,
            returned_on=returned_on,
            passed_on=passed_on,
            fell_on=fell_on,
        )

    def _figures_on(self, report: PlannedStep, approval: str) -> date | None:
        """Return from when a report's figures exist: when it opens.

        A report that opens only with its approval has its figures the day after its end.
        """
        opens = report.rule.opens
        decided = self._shells[approval].rule.key
        if opens is None or decided not in map(template_key, opens.names):
            return self._opens(report)
        end_on = report.period.end_on if report.period else self._facts.period_end_on
        return end_on + timedelta(days=1) if end_on else None

    def _needed_again(self, matter: Matter, needed: Due) -> Due:
        """Return when a decision is needed that came back too late: within the time a returned report gets."""
        back_on = matter.back_on
        if back_on is None or needed.on is None or needed.on > back_on:
            return needed
        source = event_source("withdrawal" if matter.fell_last else "return", back_on)
        again = self._calendar.add(back_on, self._programme.mend_working_days)
        return plan_fixed(again, source, needed, self._calendar)

    def _read_again(self, shell: PlannedStep, when: Due) -> Due:
        """Return by when a report that was sent back is read: not before the day by which it is changed."""
        rule = shell.rule
        for key, (changed_on, source) in self._facts.fixed.items():
            report = self._shells.get(key)
            approved = report and report.rule.key == rule.approves and shell.period in (None, report.period)
            if approved and not rule.with_funder and is_return(source) and when.on and when.on < changed_on:
                return plan_fixed(self._calendar.add(changed_on, 1), source, when, self._calendar)
        return when


def _dated(shell: PlannedStep, when: Due, opens: date | None) -> PlannedStep:
    receipt = when.receipt
    threshold = shell.receipt
    if threshold.made:
        receipt = replace(receipt, made=(*receipt.made, *threshold.made)).noted(*threshold.notes)
    if opens and when.on and opens > when.on:
        receipt = receipt.noted(term("opens_late", day=opens))
    return shell._replace(opens_on=opens, due_on=when.on, receipt=receipt)


def decide_step_status(
    status: StepStatus, due_on: date | None, needs: Iterable[StepStatus], *, has_come: bool
) -> StepStatus:
    """Return whether an unsettled step is open or waits; a settled one keeps its status.

    `has_come` says that its time has come, by rules.steps.order.
    """
    if status in SETTLED:
        return status
    ready = has_come and due_on is not None and all(need in SETTLED for need in needs)
    return StepStatus.OPEN if ready else StepStatus.WAITING
