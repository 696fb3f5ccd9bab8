"""Word the letters that answer their reader at once: a sign-in link, a page's address, a recorded act."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from models.facts.letter import LetterRow, RecordedAct, StepName
from models.facts.worded_letter import WordedLetter
from models.programme.added_part import rule_of_step
from models.programme.plan import rules_of
from models.programme.step import StepRule
from models.reading.plain_text import one_line
from models.rules.lifetimes import LOGIN_LINK_LIVES
from models.rules.steps.undo import UNDOABLE_KINDS
from models.tables.columns import table_of
from models.tables.letter import Confirmation
from models.vocabulary import LetterKind, StepKind
from tasks.commands.replan.confirmation_letters import Confirmed, load_confirmed_acts
from tasks.people.links import LinkUse, sign_link
from tasks.people.sign_in import login_token
from tasks.settings import Settings
from tasks.step_facts.step import words_in
from tasks.store.programmes import load_programme
from tasks.words.letters import answer_letter
from tasks.words.translator import Translator, translator
from tasks.words.vocabulary import word_untitled

_CONFIRMATION = table_of(Confirmation)
_MINUTE = timedelta(minutes=1)

# A confirmed act, and the programme's rule for its step.
ConfirmedAct = tuple[Confirmed, StepRule | None]


def load_confirmed(connection: Connection, letter_ids: Collection[int]) -> dict[int, ConfirmedAct]:
    """Return the acts that confirmations tell of, by letter."""
    rows = load_confirmed_acts(connection, _CONFIRMATION.c.letter_id.in_(letter_ids)) if letter_ids else []
    return {row.act.letter_id: (row, rule_of_row(connection, row)) for row in rows}


def rule_of_row(connection: Connection, row: Confirmed) -> StepRule | None:
    """Return the programme's rule for a step; None for a step that no programme gives."""
    rules = rules_of(load_programme(connection, row.grant.programme_id))
    return rule_of_step(rules, row.step.template_key, row.step.key)


def word_asked(
    letter: LetterRow, act: ConfirmedAct | None, settings: Settings, keys: tuple[str, ...], now: datetime
) -> WordedLetter | None:
    """Return the letter in its reader's language; None if it has expired or its act was undone."""
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
    if row.act.undone_at is not None:
        return None
    zone = settings.zone
    recorded = RecordedAct(
        name=step_name(say, row, rule),
        grant=f"{one_line(row.grant.title, 200)} ({row.grant.reference})",
        at=row.act.acted_at.astimezone(zone),
        undo_until=row.act.undo_until_at.astimezone(zone) if row.act.undo_until_at is not None else None,
        money=row.step.kind not in (*UNDOABLE_KINDS, StepKind.APPROVAL),
    )
    undo = f"{settings.portal_url}/undo/{sign_link(letter.link_key, keys, LinkUse.UNDO)}"
    link = undo if recorded.undo_until is not None else page
    return replace(answer_letter(say, "confirmation", letter.name, recorded), link=link)


def step_name(say: Translator, row: Confirmed, rule: StepRule | None) -> StepName:
    """Return a step's name; one that no programme gives, a repayment or a recovery, is named by its kind."""
    if rule is None:
        return StepName(word_untitled(say, row.step.kind), StepKind(row.step.kind))
    title, definite = (
        words_in(words, say.language) if words else "" for words in (rule.title, rule.definite)
    )
    return StepName(title, StepKind(row.step.kind), (row.step.period or "") if rule.each else "", definite)
