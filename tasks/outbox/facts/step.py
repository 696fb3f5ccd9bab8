"""Hold a step that a letter is about, with what is looked up for it once; word the letters that answer their reader."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from models.facts.letter import LetterRow, RecordedAct, StepName
from models.facts.receipt import AnchorKind, Receipt, WhyDue, is_choice, is_withdrawal, read_receipt
from models.facts.worded_letter import WordedLetter
from models.programme.plan import Programme
from models.programme.question import Words
from models.programme.step import StepRule
from models.reading.plain_text import one_line
from models.rules.dates.plan import calendar_of
from models.rules.notices.contents import InstalmentFacts
from models.rules.steps.needs import goes_to_funder
from models.tables.columns import table_of
from models.tables.letter import Confirmation
from models.vocabulary import LetterKind, StepKind
from tasks.commands.replan.confirmation_letters import Confirmed, load_confirmed_acts
from tasks.outbox.facts.rows import DbRow, LetterData, ProgrammeFacts
from tasks.people.links import LinkUse, sign_link
from tasks.people.sign_in import LOGIN_LINK_LIVES, login_token
from tasks.settings import Settings
from tasks.store.programmes import load_programme
from tasks.words.letters import answer_letter
from tasks.words.names import word_untitled
from tasks.words.translator import Translator, translator


@dataclass(frozen=True, slots=True)
class StepAtHand:
    """The row of the step's most pressing notice, in its letter.

    `rule` is None for a step that no programme gives, as a recovery; `own` is the instalment that the notice or its
    step is about.
    """

    data: LetterData
    letter: LetterRow
    row: DbRow
    language: str
    facts: ProgrammeFacts
    rule: StepRule | None
    own: InstalmentFacts | None

    def name(self, kind: str, period: str | None, rule: StepRule | None) -> StepName:
        """Return a step of the grant as the reader knows it."""
        if rule is None:
            return StepName(word_untitled(translator(self.language), kind), StepKind(kind))
        # The final report carries the period that was folded into it: only what comes once a period is named so.
        period = one_line(period) if rule.each else ""
        about = self.facts.rules.get(rule.approves) if rule.approves else None
        return StepName(
            words_in(rule.title, self.language),
            StepKind(kind),
            period,
            words_in(rule.definite, self.language) if rule.definite else "",
            self.name(about.kind, None, about) if about else None,
        )

    def person(self, person_id: object) -> str:
        """Return a person's name; empty for anything that is not a known person's id."""
        return one_line(self.data.person(person_id), 120)


def step_at_hand(data: LetterData, letter: LetterRow, row: DbRow) -> StepAtHand:
    """Return the step of a notice's row, with all that is known of it."""
    facts = data.programmes[row.programme_id]
    rule, own = facts.rules.get(row.template_key), instalment_of(data, row)
    return StepAtHand(data, letter, row, letter.language, facts, rule, own)


def instalment_of(data: LetterData, row: DbRow) -> InstalmentFacts | None:
    """Return the instalment that a money notice is about: as its maker noted, else its step's."""
    rule = data.programmes[row.programme_id].rules.get(row.template_key)
    noted = row.detail.get("instalment") if isinstance(row.detail, dict) else None
    own = row.instalment or (rule.instalment if rule and not rule.each else None)
    number = noted if type(noted) is int else own
    return next((one for one in data.instalments[row.grant_id] if one.number == number), None)


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


class Receipted(NamedTuple):
    """A step's receipt as its row keeps it, with its due date and its rule's key, and the named dates of its grant."""

    receipt: Mapping[str, object]
    due_on: date | None
    template_key: str
    dates: Mapping[str, object]


def find_why(row: Receipted, facts: ProgrammeFacts, language: str, funder: str) -> WhyDue | None:
    """Return why the row's step is due when it is; None for a receipt that does not say."""
    receipt = read_receipt(row.receipt)
    if not receipt.form or row.due_on is None:
        return None
    anchor, title = _anchor(receipt.anchor, facts, language)
    calendar = calendar_of(facts.programme)
    return WhyDue(
        receipt=receipt,
        programme=facts.programme,
        template_key=row.template_key,
        due_on=row.due_on,
        anchor=anchor,
        anchor_title=title,
        funder=funder,
        choice=is_choice(receipt.source) or is_withdrawal(receipt.source),
        assumed=_is_assumed(receipt, row),
        working_on=None if calendar.is_working(row.due_on) else calendar.on_or_before(row.due_on),
    )


def _anchor(name: str | None, facts: ProgrammeFacts, language: str) -> tuple[AnchorKind, str]:
    """Return what kind of anchor the name is, and its title."""
    if name is None:
        return AnchorKind.WRITTEN, ""
    if name in _ANCHORS:
        return _ANCHORS[name], ""
    named = facts.programme.dates.get(name)
    if named is not None:
        return AnchorKind.NAMED, one_line(named.title.in_language(language), 200)
    rule = facts.rules.get(name.removesuffix(".done"))
    if rule is None:
        return AnchorKind.NAMED, ""
    title = one_line(rule.title.in_language(language), 200)
    return (_done(rule, facts.programme) if name.endswith(".done") else AnchorKind.STEP), title


def _done(rule: StepRule, programme: Programme) -> AnchorKind:
    """Return how it is said that a step of the rule was done: its day may be another than that of the record."""
    if rule.kind in (StepKind.APPROVAL, StepKind.FUNDER):
        return AnchorKind.STEP_GIVEN
    if rule.kind is StepKind.CLAIM or goes_to_funder(rule, programme):
        return AnchorKind.STEP_SENT
    if rule.kind is StepKind.PAYMENT:
        return AnchorKind.STEP_CAME
    return AnchorKind.STEP_DONE


def _is_assumed(receipt: Receipt, row: Receipted) -> bool:
    given = row.dates.get(receipt.anchor) if receipt.anchor else None
    return isinstance(given, dict) and given.get("choice") is True


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
    (row, rule), zone = act, settings.zone
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
