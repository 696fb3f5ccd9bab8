"""The record of a grant: everything that belongs to it, each table read once for a whole batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Connection
from sqlmodel import Session
from sqlmodel.sql.expression import Select, SelectOfScalar

from models.facts.letter import Contact
from models.facts.money import Payee
from models.programme.added_part import rule_of_step
from models.programme.instalment import InstalmentRule
from models.programme.plan import Programme, rules_of
from models.programme.step import StepRule
from models.reading.plain_text import one_line
from models.rules.dates.agenda import find_agenda_day
from models.rules.notices.contents import expand_all_needs
from models.rules.notices.ladder import LadderStep, ToldNotice
from models.rules.notices.quiet_days import Start
from models.rules.notices.recipients import find_last_day_away
from models.rules.organisation_name import name_on
from models.rules.steps.approvals import find_report_under
from models.rules.steps.next_move import find_holder
from models.rules.steps.order import has_come
from models.rules.steps.stand import FUNDER
from models.tables.columns import id_of
from models.tables.grant import Decision, Grant
from models.tables.ledger import LedgerEntry, LedgerReading
from models.tables.money import BudgetLine, Instalment, Payment
from models.tables.person import Absence, Person
from models.tables.step import Answer, Document, Draft, Figure, Step
from models.vocabulary import UNSETTLED, AnswerKind
from tasks.grant import queries
from tasks.grant.notices import SentNotice, load_sent, load_told
from tasks.grant.openings import load_opened
from tasks.grant.organisations import OrganisationFacts, Organisations, load_organisations
from tasks.grant.payees import payees_of, repaid_to
from tasks.grant.queries import Row
from tasks.store.people import load_roles
from tasks.store.programmes import load_programmes

Left = TypeVar("Left")
Right = TypeVar("Right")


class ProgrammeFacts:
    """A programme, with its steps by key, and the steps that must come before each of them."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.rules: Mapping[str, StepRule] = rules_of(programme)

    @cached_property
    def before(self) -> Mapping[str, frozenset[str]]:
        """The steps that must come before each one, directly or through others, by its key."""
        return expand_all_needs(self.programme)


def read_records(connection: Connection, grant_ids: Iterable[int]) -> Records:
    """Return the records of grants; they end with the connection's transaction, which they leave open."""
    session = _reading(connection)
    ids = sorted(set(grant_ids))
    return Records(session, session.exec(queries.GRANTS, params={"ids": ids}).all() if ids else ())


def find_record(connection: Connection, reference: str) -> GrantRecord | None:
    """Return the record of the grant with a reference, like `read_records`; None if there is none."""
    session = _reading(connection)
    grants = session.exec(queries.NAMED, params={"reference": reference}).all()
    return next(iter(Records(session, grants)), None)


def find_record_of(connection: Connection, step_id: int) -> GrantRecord | None:
    """Return the record of a step's grant, like `read_records`; None if there is no such step."""
    session = _reading(connection)
    grants = session.exec(queries.OF_STEP, params={"step_id": step_id}).all()
    return next(iter(Records(session, grants)), None)


def find_record_of_part(connection: Connection, instalment_id: int) -> GrantRecord | None:
    """Return the record of an instalment's grant, like `read_records`; None if there is no such part."""
    session = _reading(connection)
    grants = session.exec(queries.OF_PART, params={"instalment_id": instalment_id}).all()
    return next(iter(Records(session, grants)), None)


def _reading(connection: Connection) -> Session:
    return Session(connection, autoflush=False, join_transaction_mode="rollback_only")


class Records:
    """The records of some grants, read in one transaction: each table once, for all of them.

    With a command's session the rows are the command's own, which it may change once its grants are
    locked.
    """

    def __init__(self, session: Session, grants: Sequence[Grant]) -> None:
        self.session = session
        self._ids = [grant.id for grant in grants if grant.id is not None]
        self._people: dict[int, Person | None] = {}
        programmes = load_programmes(session.connection(), {grant.programme_id for grant in grants})
        facts = {version: ProgrammeFacts(programme) for version, programme in programmes.items()}
        self._grants = {id_of(grant): (grant, facts[grant.programme_id]) for grant in grants}

    def __getitem__(self, grant_id: int) -> GrantRecord:
        """Return a grant's record; KeyError for a grant that is not there."""
        # Made when it is asked for. Records that held each other would keep a batch's rows until
        # the garbage collector comes, and it would come twice as often.
        return GrantRecord(self, *self._grants[grant_id])

    def __iter__(self) -> Iterator[GrantRecord]:
        """Yield the records in the order of the grants."""
        return (self[grant_id] for grant_id in self._grants)

    def read(self, *tables: str) -> None:
        """Read these tables now, so that an unreadable one fails before anything is made of the records."""
        for name in tables:
            getattr(self, name)

    def forget(self, *tables: str) -> None:
        """Read these tables again when they are next needed: a command has added to them."""
        for name in tables:
            vars(self).pop(name, None)

    @cached_property
    def steps(self) -> Mapping[int, Sequence[Step]]:
        """Each grant's steps, in their order."""
        return self._by(queries.STEPS, lambda row: row.grant_id)

    @cached_property
    def steps_by_id(self) -> Mapping[int, Step]:
        """The steps of all the grants."""
        return {id_of(step): step for steps in self.steps.values() for step in steps}

    @cached_property
    def roles(self) -> Mapping[int, dict[str, int]]:
        """Who holds which role, by grant and role."""
        return load_roles(self.session.connection(), self._ids)

    @cached_property
    def decisions(self) -> Mapping[int, Sequence[Decision]]:
        """Each grant's decisions in force, by their days."""
        return self._by(queries.DECISIONS, lambda row: row.grant_id)

    @cached_property
    def instalments(self) -> Mapping[int, Sequence[Instalment]]:
        """The parts of each grant's award, by their numbers."""
        by_grant: dict[int, list[Instalment]] = defaultdict(list)
        for row, _ in self.instalment_rows:
            rows = by_grant[row.grant_id]
            if not rows or rows[-1] is not row:
                rows.append(row)
        return by_grant

    @cached_property
    def conditions(self) -> dict[int, list[int]]:
        """The ids of the steps that each instalment waits for, by its id; a new condition is added here too."""
        step_ids: dict[int, list[int]] = defaultdict(list)
        for row, step_id in self.instalment_rows:
            if step_id is not None:
                step_ids[id_of(row)].append(step_id)
        return step_ids

    @cached_property
    def instalment_rows(self) -> Sequence[tuple[Instalment, int | None]]:
        """The instalments with each step that they wait for."""
        return self._pairs(queries.INSTALMENTS, {"ids": self._ids}) if self._ids else ()

    @cached_property
    def payments(self) -> Mapping[int, Sequence[Payment]]:
        """The payments of each instalment, by the instalment's id, the oldest first."""
        return self._by(queries.PAYMENTS, lambda row: row.instalment_id)

    @cached_property
    def receipts(self) -> Mapping[int, Sequence[LedgerEntry]]:
        """The rows of each grant's ledger on accounts of received grants, as it stands now."""
        return self._by(queries.RECEIPTS, lambda row: row.grant_id)

    @cached_property
    def readings(self) -> Mapping[int, Sequence[LedgerReading]]:
        """The newest reading of each grant's ledger."""
        return self._by(queries.READINGS, lambda row: row.grant_id)

    @cached_property
    def budget(self) -> Mapping[int, Sequence[BudgetLine]]:
        """The lines of each grant's budget."""
        return self._by(queries.BUDGET, lambda row: row.grant_id)

    @cached_property
    def answers(self) -> Mapping[int, Sequence[Answer]]:
        """All answers to each step, the oldest first."""
        return self._by(queries.ANSWERS, lambda row: row.step_id)

    @cached_property
    def figures(self) -> Mapping[int, Sequence[Figure]]:
        """The figures that sources gave for each step, the oldest first."""
        return self._by(queries.FIGURES, lambda row: row.step_id)

    @cached_property
    def drafts(self) -> Mapping[int, Sequence[Draft]]:
        """The unsent drafts of each step's forms."""
        return self._by(queries.DRAFTS, lambda row: row.step_id)

    @cached_property
    def documents(self) -> Mapping[int, Sequence[Document]]:
        """The files of each step, the oldest first, those of drafts included."""
        return self._by(queries.DOCUMENTS, lambda row: row.step_id or 0)

    @cached_property
    def sent(self) -> Mapping[int, Sequence[SentNotice]]:
        """The notices of each step by letter, in the order of the letters."""
        return load_sent(self.session.connection(), self._ids)

    @cached_property
    def told(self) -> Mapping[tuple[int, date | None], Sequence[ToldNotice]]:
        """The notices as ladders count them, by the step's id and the due date."""
        return load_told(self.session.connection(), self._ids)

    @cached_property
    def opened(self) -> dict[int, date]:
        """The day on which each step last opened after its grant was, by its id; a command adds its own."""
        return load_opened(self.session.connection(), self._ids)

    @cached_property
    def payees(self) -> Mapping[int, Payee]:
        """The account to which each grant's money comes."""
        return payees_of(self.session.connection(), self._ids)

    @cached_property
    def repaid_to(self) -> Mapping[int, Payee]:
        """The account to which each grant's unspent money goes back."""
        return repaid_to(self.session.connection(), self._ids)

    @cached_property
    def organisations(self) -> Organisations:
        """The funders, the recipients and the programmes' bodies."""
        ids = {
            organisation_id
            for record in self
            for organisation_id in (record.grant.funder_id, record.grant.recipient_id)
        }
        bodies = {body.organisation for record in self for body in record.programme.bodies.values()}
        keys = {key for key in bodies if key is not None}
        return load_organisations(self.session.connection(), ids, keys)

    def person(self, person_id: int) -> Person | None:
        """Return a person; None if there is none with the id."""
        if person_id not in self._people:
            # The next person asked for most likely owns a step of these grants.
            self.learn_people({person_id, *(step.owner_id for step in self.steps_by_id.values())})
        return self._people[person_id]

    def learn_people(self, ids: Iterable[int | None]) -> None:
        """Read these people in one query, so that `person` needs none for them."""
        wanted = {person_id for person_id in ids if person_id is not None} - self._people.keys()
        if wanted:
            found = {id_of(row): row for row in self._rows(queries.PEOPLE, {"ids": list(wanted)})}
            self._people |= {person_id: found.get(person_id) for person_id in wanted}

    @cached_property
    def absences(self) -> Mapping[int, Sequence[Absence]]:
        """The absences of owners, and of people in whose place others were told, by their ids."""
        ids = {notice.instead_of_id for sent in self.sent.values() for notice in sent}
        ids |= {step.owner_id for step in self.steps_by_id.values()}
        ids -= {None}
        return self._by(queries.ABSENCES, lambda row: row.person_id, ids)

    def away_until(self, person_id: int | None, on: date) -> date | None:
        """Return the last day of a person's absence on a day; None if they are here."""
        absences = self.absences.get(person_id or 0, ())
        return find_last_day_away(((absence.from_on, absence.to_on) for absence in absences), on)

    def _by(
        self, query: SelectOfScalar[Row], key: Callable[[Row], int], ids: Collection[int | None] | None = None
    ) -> dict[int, list[Row]]:
        """Return the rows of a query by their key, for the grants or for the given `ids`."""
        given = self._ids if ids is None else list(ids)
        rows: dict[int, list[Row]] = defaultdict(list)
        for row in self._rows(query, {"ids": given}) if given else ():
            rows[key(row)].append(row)
        return rows

    def _rows(self, query: SelectOfScalar[Row], given: Mapping[str, object]) -> Sequence[Row]:
        # A command's changes go to the database in the order of the command.
        with self.session.no_autoflush:
            return self.session.exec(query, params=dict(given)).all()

    def _pairs(
        self, query: Select[Left, Right], given: Mapping[str, object]
    ) -> Sequence[tuple[Left, Right | None]]:
        """Return a query's rows for one model and its joined rows, None if it has none."""
        with self.session.no_autoflush:
            return self.session.exec(query, params=dict(given)).all()


@dataclass(frozen=True, slots=True, eq=False)
class GrantRecord:
    """A grant with everything that belongs to it; each table is read for its whole batch."""

    batch: Records
    grant: Grant
    facts: ProgrammeFacts

    @property
    def id(self) -> int:
        """The grant's id."""
        return id_of(self.grant)

    @property
    def programme(self) -> Programme:
        """The programme, in the grant's version."""
        return self.facts.programme

    @property
    def rules(self) -> Mapping[str, StepRule]:
        """The programme's steps by their keys."""
        return self.facts.rules

    @property
    def steps(self) -> Sequence[Step]:
        """Its steps, in their order."""
        return self.batch.steps.get(self.id, ())

    @property
    def unsettled(self) -> list[Step]:
        """Its steps that are still to be done, in order."""
        return [step for step in self.steps if step.status in UNSETTLED]

    @property
    def decisions(self) -> Sequence[Decision]:
        """The funder's decisions in force, by their days."""
        return self.batch.decisions.get(self.id, ())

    @property
    def instalments(self) -> Sequence[Instalment]:
        """The parts of its award, by their numbers."""
        return self.batch.instalments.get(self.id, ())

    @property
    def budget(self) -> Sequence[BudgetLine]:
        """The lines of its budget."""
        return self.batch.budget.get(self.id, ())

    @property
    def receipts(self) -> Sequence[LedgerEntry]:
        """The rows of its ledger on accounts of received grants, as it stands now."""
        return self.batch.receipts.get(self.id, ())

    @property
    def booked_until(self) -> date | None:
        """The last day of the newest ledger that was read for it; None before one was."""
        return next((one.last_on for one in self.batch.readings.get(self.id, ())), None)

    @property
    def recipient(self) -> OrganisationFacts:
        """The organisation that receives it."""
        return self.batch.organisations.known[self.grant.recipient_id]

    @property
    def payee(self) -> Payee | None:
        """The account to which its money comes."""
        return self.batch.payees.get(self.id)

    @property
    def repaid_to(self) -> Payee | None:
        """The account to which its unspent money goes back."""
        return self.batch.repaid_to.get(self.id)

    def rule_of(self, step: Step) -> StepRule | None:
        """Return the programme's rule for a step, with its own name; None where no programme gives it (a recovery)."""
        return rule_of_step(self.rules, step.template_key, step.key)

    def body_of(self, step: Step) -> str | None:
        """Return the body before which a step is an item, by its key in the programme; None for any other step."""
        rule = self.rule_of(step)
        return rule.body if rule is not None else None

    def instalment_rule(self, part: Instalment) -> InstalmentRule | None:
        """Return the programme's rule for a part of the award; None if a later decision added it."""
        return self.programme.instalments[part.rule - 1] if part.rule is not None else None

    def corrected_by(self, decision: Decision) -> Decision | None:
        """Return the decision that another one corrects; None if it corrects none."""
        was = decision.corrects_id
        return self.batch.session.get(Decision, was) if was is not None else None

    def conditions_of(self, part: Instalment) -> list[Step]:
        """Return the steps that must be approved before an instalment is released, in order."""
        ids = self.batch.conditions.get(id_of(part), ())
        return [step for step in self.steps if step.id in ids] if ids else []

    def payments_of(self, part: Instalment) -> Sequence[Payment]:
        """Return the payments of an instalment, the oldest first."""
        return self.batch.payments.get(id_of(part), ())

    def answers_of(self, step: Step) -> Sequence[Answer]:
        """Return all answers to a step, the oldest first."""
        return self.batch.answers.get(id_of(step), ())

    def handed_in(self, step: Step) -> Mapping[str, object] | None:
        """Return the data of the last answer that the step is done; None without one."""
        done = self.last_done(step)
        return done.data if done is not None else None

    def last_done(self, step: Step) -> Answer | None:
        """Return the last answer that a step is done; None without one."""
        return next(
            (answer for answer in reversed(self.answers_of(step)) if answer.kind is AnswerKind.DONE), None
        )

    def figures_of(self, step: Step) -> Sequence[Figure]:
        """Return the figures that sources gave for a step, the oldest first."""
        return self.batch.figures.get(id_of(step), ())

    def drafts_of(self, step: Step) -> Sequence[Draft]:
        """Return the unsent drafts of a step's forms."""
        return self.batch.drafts.get(id_of(step), ())

    def is_given_by_name(self, step: Step) -> bool:
        """Return whether the step's owner gave it to a colleague by name."""
        return any(answer.kind is AnswerKind.NOT_ME for answer in self.answers_of(step))

    def ladder_facts(self, step: Step) -> LadderStep:
        """Return the facts of a step for its ladder."""
        return LadderStep(
            due_on=step.due_on,
            opens_on=step.opens_on,
            start=Start(self.grant.quiet, self.grant.late_confirmed_on),
            has_come=has_come(step.phase, step.kind, self.grant.awarded_on),
            promised_on=step.promised_on,
            opened_on=self.batch.opened.get(id_of(step)),
            agenda_on=find_agenda_day(step),
        )

    def returns(self) -> dict[str, date]:
        """Return the last day on which each approval sent its report back, by the approval's key."""
        last_returns = {}
        for step in self.steps:
            back = [
                answer.answered_on for answer in self.answers_of(step) if answer.kind is AnswerKind.RETURNED
            ]
            if back:
                last_returns[step.key] = max(back)
        return last_returns

    def documents_of(self, step: Step) -> Sequence[Document]:
        """Return the files of a step, the oldest first, those of drafts included."""
        return self.batch.documents.get(id_of(step), ())

    def report_of(self, approval: Step) -> Step | None:
        """Return the report that an approval is about, the last of several; None for any other step."""
        return find_report_under(approval, self.steps, self.programme)

    def sent_of(self, step: Step) -> Sequence[SentNotice]:
        """Return the notices of a step by letter, in the order of the letters."""
        return self.batch.sent.get(id_of(step), ())

    def person(self, person_id: object) -> str:
        """Return a person's name; empty for anything that is not a known person's id."""
        row = self.batch.person(person_id) if isinstance(person_id, int) else None
        return row.name if row is not None else ""

    def holder(self, step: Step, on: date) -> str:
        """Return who does a step, by name: the funder, or its owner; empty for nobody."""
        if find_holder(step) == FUNDER:
            return self.called(self.grant.funder_id, on)
        return self.person(step.owner_id)

    def contact_of(self, person_id: int | None) -> Contact:
        """Return how a colleague is reached; nothing of anybody who is not known."""
        row = self.batch.person(person_id) if person_id is not None else None
        return Contact(row.name, one_line(row.phone, 40), row.email) if row is not None else Contact()

    @property
    def contact(self) -> Contact:
        """The funder's officer for the grant."""
        grant = self.grant
        return Contact(
            one_line(grant.contact_name, 80), one_line(grant.contact_phone, 40), grant.contact_email
        )

    def called(self, known_as: int | str, on: date, *, short: bool = False) -> str:
        """Return an organisation's name on a day, by its id or key, `short` as in letters; "" if unknown."""
        body = self.batch.organisations.known.get(known_as)
        if body is None:
            return ""
        names = self.batch.organisations.names.get(body.id, ())
        return name_on(names, on, short=body.short_name if short else "")
