"""Word the letter at the end of a week: what leadership's page says of the grants, in short."""

from typing import Any

from sqlalchemy import Connection

from models.facts.letter import LetterRow
from models.facts.worded_letter import WordedLetter
from models.reading.plain_text import one_line
from tasks.overview.leadership import Leadership, load_leadership
from tasks.people.visibility import told_grants
from tasks.settings import Settings
from tasks.words.letters import framed
from tasks.words.templates import LetterTemplates, one_paragraph
from tasks.words.translator import translator

# How many late grants it names, and how many of the year's ended ones: the page has the others.
MOST_LATE = 5
MOST_ENDED = 2


def word_week(
    connection: Connection, letter: LetterRow, settings: Settings, templates: LetterTemplates
) -> WordedLetter | None:
    """Return the letter in its reader's language; None if no grant is open that they may see."""
    say = translator(letter.language)
    seen = told_grants(connection, letter.person_id, templates.today)
    week = load_leadership(connection, say, templates.today, seen)
    if not week.figures.open_grants:
        return None
    words = templates.words(say.language, "week")
    needed = week.urgent[:MOST_LATE]
    paragraphs = (str(words.body(week)), str(words.heading(week)) if needed else "")
    written = WordedLetter(
        language=say.language,
        subject=one_paragraph(words.subject(week)),
        preheader=one_paragraph(words.preheader(week)),
        paragraphs=tuple(one_paragraph(text) for text in paragraphs if text),
        lines=tuple(one_paragraph(words.line(one)) for one in needed),
        beyond=str(words.beyond(week.figures.late - len(needed))),
        button=str(words.button()),
        link=f"{settings.portal_url}/leadership",
        details=_details(words, week) if needed else (),
    )
    return framed(
        written, to_name=one_line(letter.name, 120), small_print="page", sender=settings.organisation
    )


def _details(words: Any, week: Leadership) -> tuple[tuple[str, str], ...]:
    """Return a line for each unit, if there are several, and what ended this year."""
    several = len(week.units) > 1
    units = ((words.unit(one), f"{words.parts(one)}.") for one in week.units if several)
    ended = ((words.ended_heading(), words.ended(week.ended[:MOST_ENDED])),) if week.ended else ()
    return tuple((one_paragraph(title), one_paragraph(text)) for title, text in (*units, *ended))
