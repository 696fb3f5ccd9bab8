"""Hold a step that a letter is about, with what is looked up for it once; word the letters that answer their reader."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from models.facts.letter import LetterRow, RecordedAct, StepName
from models.facts.receipt import AnchorKind, WhyDue, read_receipt
from models.facts.worded_letter import WordedLetter
from models.programme.plan import Programme
from models.programme.question import Words
from models.programme.step import StepRule
from models.reading.plain_text import one_line
from models.rules.dates.extension import OURS_NOW, whose_day
from models.rules.dates.plan import calendar_of
from models.rules.notices.contents import InstalmentFacts
from models.rules.steps.needs import goes_to_funder
from models.tables.columns import table_of
from models.tables.letter import Confirmation
from models.tables.step import Step
from models.vocabulary import LetterKind, NoticeKind, StepKind
from tasks.commands.replan.confirmation_letters import Confirmed, load_confirmed_acts
from tasks.grant.money import parts_of
from tasks.grant.records import GrantRecord
from tasks.people.links import LinkUse, sign_link
from tasks.people.sign_in import LOGIN_LINK_LIVES, login_token
from tasks.settings import Settings
from tasks.store.programmes import load_programme
from tasks.words.letters import answer_letter
from tasks.words.names import word_untitled
from tasks.words.translator import Translator, translator


@dataclass(frozen=True, slots=True)
class NoticeAtHand:
    """A notice that is to be told: of which step, as it was then, and what its maker noted."""

    id: int
    grant_id: int
    step_id: int
    step_version: int
    due_on: date | None
    kind: NoticeKind
    person_id: int
    instead_of_id: int | None
    told_on: date
    detail: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ItemReader:
    """Who reads what is said of a step, in which language, and on which day; `letter_id` is 0 on a page."""

    person_id: int
    language: str
    on: date
    letter_id: int = 0


@dataclass(frozen=True)
class StepAtHand:
    """A step of a grant, the most pressing notice of it, and who reads of it."""

    record: GrantRecord
    step: Step
    notice: NoticeAtHand
    reader: ItemReader

    @property
    def language(self) -> str:
        """The reader's language."""
        return self.reader.language

    @property
    def programme(self) -> Programme:
        """The grant's programme."""
        return self.record.programme

    @cached_property
    def rule(self) -> StepRule | None:
        """The programme's rule for the step; None for one that no programme gives, as a recovery."""
        return self.record.rule_of(self.step)

    @cached_property
    def unsettled(self) -> list[Step]:
        """The grant's steps that are still to be done, in their order."""
        return self.record.unsettled

    @cached_property
    def parts(self) -> tuple[InstalmentFacts, ...]:
        """The parts of the grant's award."""
        return parts_of(self.record)

    @cached_property
    def own(self) -> InstalmentFacts | None:
        """The part that the notice or its step is about."""
        return self.part_of(self.notice)

    def part_of(self, notice: NoticeAtHand) -> InstalmentFacts | None:
        """Return the part that a money notice of the step is about: as its maker noted, else its step's."""
        number = instalment_number(self.record, self.step, notice)
        return next((one for one in self.parts if one.number == number), None)

    def name(self, kind: str, period: str | None, rule: StepRule | None) -> StepName:
        """Return a step of the grant as the reader knows it."""
        if rule is None:
            return StepName(word_untitled(translator(self.language), kind), StepKind(kind))
        # The final report carries the period that was folded into it: only what comes once a period is named so.
        period = one_line(period) if rule.each else ""
        about = self.record.rules.get(rule.approves) if rule.approves else None
        return StepName(
            words_in(rule.title, self.language),
            StepKind(kind),
            period,
            words_in(rule.definite, self.language) if rule.definite else "",
            self.name(about.kind, None, about) if about else None,
        )

    def person(self, person_id: object) -> str:
        """Return a person's name; empty for anything that is not a known person's id."""
        return one_line(self.record.person(person_id), 120)

    def called(self, known_as: int | str) -> str:
        """Return what letters call an organisation on the reader's day, by its id or key."""
        return one_line(self.record.called(known_as, self.reader.on, short=True), 160)


def instalment_number(record: GrantRecord, step: Step, notice: NoticeAtHand) -> int | None:
    """Return the number of the instalment that a notice of a step is about: as its maker noted, else its step's."""
    noted = notice.detail.get("instalment") if isinstance(notice.detail, dict) else None
    if type(noted) is int:
        return noted
    rule = record.rule_of(step)
    return step.instalment or (rule.instalment if rule and not rule.each else None)


def words_in(words: Words, language: str) -> str:
    """Return a programme's words in a language, on one line."""
    return one_line(words.in_language(language), 300)


_ANCHORS = {
    "decided_on": AnchorKind.DECISION,
    "grant_start_on": AnchorKind.GRANT_START,
    "grant_end_on": AnchorKind.GRANT_END,
    "period_start": AnchorKind.PERIOD_START,
    "period_end": AnchorKind.PERIOD_END,
}


def find_why(step: Step, record: GrantRecord, language: str, funder: str) -> WhyDue | None:
    """Return why a step of a grant is due when it is; None for a receipt that does not say."""
    receipt = read_receipt(step.receipt)
    if not receipt.form or step.due_on is None:
        return None
    anchor, title = _anchor(receipt.anchor, record, language)
    calendar = calendar_of(record.programme)
    given = record.grant.dates.get(receipt.anchor) if receipt.anchor else None
    return WhyDue(
        receipt=receipt,
        programme=record.programme,
        template_key=step.template_key,
        due_on=step.due_on,
        anchor=anchor,
        anchor_title=title,
        funder=funder,
        choice=whose_day(receipt.source) in OURS_NOW,
        assumed=isinstance(given, dict) and given.get("choice") is True,
        working_on=None if calendar.is_working(step.due_on) else calendar.on_or_before(step.due_on),
    )


def _anchor(name: str | None, record: GrantRecord, language: str) -> tuple[AnchorKind, str]:
    """Return what kind of anchor the name is, and its title."""
    if name is None:
        return AnchorKind.WRITTEN, ""
    if name in _ANCHORS:
        return _ANCHORS[name], ""
    named = record.programme.dates.get(name)
    if named is not None:
        return AnchorKind.NAMED, one_line(named.title.in_language(language), 200)
    rule = record.rules.get(name.removesuffix(".done"))
    if rule is None:
        return AnchorKind.NAMED, ""
    title = one_line(rule.title.in_language(language), 200)
    return (_done(rule, record.programme) if name.endswith(".done") else AnchorKind.STEP), title


def _done(rule: StepRule, programme: Programme) -> AnchorKind:
    """Return how it is said that a step of the rule was done: its day may be another than that of the record."""
    if rule.kind in (StepKind.APPROVAL, StepKind.FUNDER):
        return AnchorKind.STEP_GIVEN
    if rule.kind is StepKind.CLAIM or goes_to_funder(rule, programme):
        return AnchorKind.STEP_SENT
    if rule.kind is StepKind.PAYMENT:
        return AnchorKind.STEP_CAME
    return AnchorKind.STEP_DONE


_CONFIRMATION = table_of(Confirmation)
_MINUTE = timedelta(minutes=1)


# What a confirmation tells of, and the programme's rule for its step.
ConfirmedAct = tuple[Confirmed, StepRule | None]


def load_confirmed(connection: Connection, letter_ids: Collection[int]) -> dict[int, ConfirmedAct]:
    """Return what confirmations tell of, by letter."""
    rows = load_confirmed_acts(connection, _CONFIRMATION.c.letter_id.in_(letter_ids)) if letter_ids else []
    return {row.act.letter_id: (row, rule_of_row(connection, row)) for row in rows}


def rule_of_row(connection: Connection, row: Confirmed) -> StepRule | None:
    """Return the programme's rule for a step; None for one that no programme gives."""
    rules = load_programme(connection, row.grant.programme_id).steps
    return next((rule for rule in rules if rule.key == row.step.template_key), None)


def word_asked(
    letter: LetterRow, act: ConfirmedAct | None, settings: Settings, keys: tuple[str, ...], now: datetime
) -> WordedLetter | None:
    """Return the letter in its reader's language; None when what it brings is over already."""
    say = translator(letter.language)
    if letter.kind == LetterKind.LOGIN:
        if now >= letter.queued_at + LOGIN_LINK_LIVES:
            return None
        link = f"{settings.portal_url}/login/{login_token(letter.link_key, letter.person_id, keys)}"
        return replace(answer_letter(say, "login", letter.name, LOGIN_LINK_LIVES // _MINUTE), link=link)
    page = f"{settings.portal_url}/t/{sign_link(letter.link_key, keys)}"
    if letter.kind == LetterKind.LINK:
        return replace(answer_letter(say, "link", letter.name), link=page)
    if act is None:
        return None
    row, rule = act
    zone = settings.zone
    told = RecordedAct(
        name=step_name(say, row, rule),
        grant=f"{one_line(row.grant.title, 200)} ({row.grant.reference})",
        at=row.act.acted_at.astimezone(zone),
        undo_until=row.act.undo_until_at.astimezone(zone) if row.act.undo_until_at is not None else None,
        money=row.step.kind in (StepKind.CLAIM, StepKind.PAYMENT, StepKind.REPAYMENT),
    )
    undo = f"{settings.portal_url}/undo/{sign_link(letter.link_key, keys, LinkUse.UNDO)}"
    link = undo if told.undo_until is not None else page
    return replace(answer_letter(say, "confirmation", letter.name, told), link=link)


def step_name(say: Translator, row: Confirmed, rule: StepRule | None) -> StepName:
    """Return a step's name; one that no programme gives is a repayment."""
    if rule is None:
        return StepName(word_untitled(say, StepKind.RECOVERY), StepKind(row.step.kind))
    title, definite = (words_in(one, say.language) if one else "" for one in (rule.title, rule.definite))
    return StepName(title, StepKind(row.step.kind), (row.step.period or "") if rule.each else "", definite)
