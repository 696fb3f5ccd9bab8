"""Word the letters that answer their reader: a login link, a new link, the confirmation of an act."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from models.facts.installation import PressSettings
from models.facts.letter import StepName
from models.facts.worded_letter import Card, WordedLetter
from models.programme.step import StepRule
from models.reading.plain_text import one_line
from models.rules.answers.accept import fields_of
from models.tables.columns import table_of
from models.tables.confirmation import Confirmation
from models.tables.step import Answer
from models.vocabulary import LetterKind, StepKind
from tasks.commands.replan.confirmations import ConfirmedRow, load_confirmed_rows
from tasks.people.links import LinkUse, sign_link
from tasks.people.sign_in import LOGIN_LINK_LIVES
from tasks.store.database import AnyRow
from tasks.store.programmes import load_programme
from tasks.wording.fact_rows import word_step
from tasks.wording.given_words import word_field, word_value
from tasks.wording.letter_words import sent_by_itself
from tasks.words.translator import Speaker, capitalised, speaker

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
    letter: AnyRow, act: ConfirmedAct | None, press: PressSettings, now: datetime
) -> WordedLetter | None:
    """Return the letter in its reader's language; None when what it brings is over already."""
    say = speaker(letter.language)
    if letter.kind == LetterKind.LOGIN:
        return _login(say, letter, press, now)
    if letter.kind == LetterKind.LINK:
        return _new_link(say, letter, press)
    return None if act is None else _confirmation(say, letter, act, press)


def _login(say: Speaker, letter: AnyRow, press: PressSettings, now: datetime) -> WordedLetter | None:
    if now >= letter.queued_at + LOGIN_LINK_LIVES:
        return None
    minutes = LOGIN_LINK_LIVES // _MINUTE
    title = say.gettext("Sign in to Grantline")
    leads = (
        say.gettext("The button signs you in, once, within %(minutes)s minutes.", minutes=minutes),
        say.gettext("If you did not ask for this, there is nothing you need to do."),
    )
    link = f"{press.portal_url}/login/{sign_link(letter.link_key, press.secret_keys, LinkUse.LOGIN)}"
    return _worded(
        say, letter, Card(title, title, "", "", False, leads, (), ()), link, say.gettext("Sign in")
    )


def _new_link(say: Speaker, letter: AnyRow, press: PressSettings) -> WordedLetter:
    title = say.gettext("Your new link to Grantline")
    leads = (
        say.gettext("The button opens your own page, with everything that you have to do."),
        say.gettext("If you did not ask for this, there is nothing you need to do."),
    )
    card = Card(title, title, "", "", False, leads, (), ())
    return _worded(say, letter, card, _page(letter, press), say.gettext("Open my tasks"))


def _page(letter: AnyRow, press: PressSettings) -> str:
    return f"{press.portal_url}/t/{sign_link(letter.link_key, press.secret_keys)}"


def _confirmation(say: Speaker, letter: AnyRow, act: ConfirmedAct, press: PressSettings) -> WordedLetter:
    row = act.row
    zone = ZoneInfo(press.timezone)
    step = word_step(say, step_name(say, row, act.rule))
    title = say.gettext("Recorded: %(step)s", step=step)
    leads = (
        say.gettext("You recorded this on %(when)s.", when=word_moment(say, row.acted_at, zone)),
        *_about_undoing(say, row, zone),
    )
    grant = f"{one_line(row.title, 200)} ({row.reference})"
    facts = ((say.gettext("Grant"), grant), *_given(say, act))
    card = Card(capitalised(title), title, "", "", False, leads, (), facts)
    if row.undo_until_at is None:
        return _worded(say, letter, card, _page(letter, press), say.gettext("Open my tasks"), row.reference)
    link = f"{press.portal_url}/undo/{sign_link(letter.link_key, press.secret_keys, LinkUse.UNDO)}"
    return _worded(say, letter, card, link, say.gettext("Look at it, or take it back"), row.reference)


def _about_undoing(say: Speaker, row: ConfirmedRow, zone: ZoneInfo) -> Iterator[str]:
    if row.undo_until_at is not None:
        until = word_moment(say, row.undo_until_at, zone)
        yield say.gettext(
            "If it was a mistake, or was not you: take it back before %(until)s, and before the next step is done.",
            until=until,
        )
    elif row.kind == StepKind.APPROVAL:
        yield say.gettext(
            "An approval cannot be undone from here. If it was a mistake, or was not you, tell an administrator at"
            " once: it is withdrawn with a reason."
        )
    else:
        yield say.gettext(
            "What is about money cannot be undone from here. If it was a mistake, or was not you, tell the"
            " controller and an administrator at once."
        )


def word_moment(say: Speaker, at: datetime, zone: ZoneInfo) -> str:
    """Return a time as people write it where the office is: "20 januari 2011 kl. 10:15"."""
    return say.moment(at.astimezone(zone))


def step_name(say: Speaker, row: ConfirmedRow, rule: StepRule | None) -> StepName:
    """Return a step's name; one that no programme gives is a repayment."""
    if rule is None:
        return StepName(say.gettext("repayment"), StepKind(row.kind))
    title = rule.title.en if say.language == "en" else rule.title.sv
    return StepName(one_line(title, 300), StepKind(row.kind), (row.period or "") if rule.each else "")


def _given(say: Speaker, act: ConfirmedAct) -> Iterator[tuple[str, str]]:
    for question in act.rule.questions if act.rule else ():
        for key, one in fields_of(question).items():
            if key in act.data:
                said = word_value(say, one, act.data[key], act.row.currency)
                yield one_line(capitalised(word_field(say, question, key)), 200), one_line(said, 500)


def _worded(
    say: Speaker, letter: AnyRow, card: Card, link: str, label: str, reference: str = ""
) -> WordedLetter:
    name = one_line(letter.name, 120)
    return WordedLetter(
        language=say.language,
        subject=f"{card.title} ({reference})" if reference else card.title,
        preheader=card.leads[0],
        sender="Grantline",
        hello=say.gettext("Hello %(name)s!", name=name),
        headline="",
        listed=(card,),
        beyond="",
        cards=(card,),
        link=link,
        link_label=label,
        after_link=(say.gettext("The link is yours alone: do not pass it on."),),
        closing=(sent_by_itself(say, asks=False),),
    )
