"""Word the letters that answer their reader: a login link, a new link, the confirmation of an act."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from models.facts.letter import LetterRow, RecordedAct, StepName
from models.facts.worded_letter import PressSettings, WordedLetter
from models.programme.step import StepRule
from models.reading.plain_text import one_line
from models.tables.columns import table_of
from models.tables.letter import Confirmation
from models.tables.step import Answer
from models.vocabulary import LetterKind, StepKind
from tasks.commands.replan.confirmation_letters import ConfirmedRow, load_confirmed_rows
from tasks.outbox.facts.step import words_in
from tasks.people.links import LinkUse, sign_link
from tasks.people.sign_in import LOGIN_LINK_LIVES
from tasks.store.programmes import load_programme
from tasks.words.letters import answer_letter
from tasks.words.steps import word_untitled
from tasks.words.translator import Translator, translator

_CONFIRMATION, _ANSWER = table_of(Confirmation), table_of(Answer)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ConfirmedAct:
    """What a confirmation tells of: its rows, the programme's rule for the step, and the answers given."""

    row: ConfirmedRow
    rule: StepRule | None
    data: dict[str, object]


def load_confirmed(connection: Connection, letter_ids: Collection[int]) -> dict[int, ConfirmedAct]:
    """Return what confirmations tell of, by letter; two queries for all of them."""
    rows = load_confirmed_rows(connection, _CONFIRMATION.c.letter_id.in_(letter_ids))
    steps = {row.step_id for row in rows}
    answers = connection.execute(
        select(_ANSWER.c.step_id, _ANSWER.c.answered_at, _ANSWER.c.data).where(_ANSWER.c.step_id.in_(steps))
    )
    given = {(step_id, at): data for step_id, at, data in answers}
    return {
        row.letter_id: ConfirmedAct(
            row, rule_of_row(connection, row), given.get((row.step_id, row.acted_at), {})
        )
        for row in rows
    }


def rule_of_row(connection: Connection, row: ConfirmedRow) -> StepRule | None:
    """Return the programme's rule for a step; None for one that no programme gives."""
    rules = load_programme(connection, row.programme_id).steps
    return next((rule for rule in rules if rule.key == row.template_key), None)


def word_asked(
    letter: LetterRow, act: ConfirmedAct | None, press: PressSettings, now: datetime
) -> WordedLetter | None:
    """Return the letter in its reader's language; None when what it brings is over already."""
    say = translator(letter.language)
    if letter.kind == LetterKind.LOGIN:
        if now >= letter.queued_at + LOGIN_LINK_LIVES:
            return None
        link = f"{press.portal_url}/login/{sign_link(letter.link_key, press.secret_keys, LinkUse.LOGIN)}"
        return replace(answer_letter(say, "login", letter.name, LOGIN_LINK_LIVES // _MINUTE), link=link)
    page = f"{press.portal_url}/t/{sign_link(letter.link_key, press.secret_keys)}"
    if letter.kind == LetterKind.LINK:
        return replace(answer_letter(say, "link", letter.name), link=page)
    if act is None:
        return None
    row, zone = act.row, ZoneInfo(press.timezone)
    told = RecordedAct(
        name=step_name(say, row, act.rule),
        grant=f"{one_line(row.title, 200)} ({row.reference})",
        at=row.acted_at.astimezone(zone),
        undo_until=row.undo_until_at.astimezone(zone) if row.undo_until_at is not None else None,
        money=row.kind in (StepKind.CLAIM, StepKind.PAYMENT, StepKind.REPAYMENT),
    )
    undo = f"{press.portal_url}/undo/{sign_link(letter.link_key, press.secret_keys, LinkUse.UNDO)}"
    link = undo if told.undo_until is not None else page
    return replace(answer_letter(say, "confirmation", letter.name, told), link=link)


def step_name(say: Translator, row: ConfirmedRow, rule: StepRule | None) -> StepName:
    """Return a step's name; one that no programme gives is a repayment."""
    if rule is None:
        return StepName(word_untitled(say, StepKind.RECOVERY), StepKind(row.kind))
    title, definite = (words_in(one, say.language) if one else "" for one in (rule.title, rule.definite))
    return StepName(title, StepKind(row.kind), (row.period or "") if rule.each else "", definite)
