"""A person's private calendar address (iCalendar): the due dates of all that they have to do."""

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parseaddr

from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.login.reader import Reader, link_key_of
from deployments.portal.tasks.list import list_tasks, load_tasks
from deployments.portal.web.state import portal_of
from models.facts.letter import ItemView
from models.facts.worded_letter import Appointment
from models.tables.person import Person
from tasks.outbox.render import write_calendar
from tasks.people.links import LinkUse
from tasks.people.preferences import person_of_feed
from tasks.store.database import reading
from tasks.words.letters import word_appointment
from tasks.words.templates import words_environment
from tasks.words.translator import Translator, translator

# How often a calendar program should look; most look less often.
_LOOKS_EVERY = timedelta(hours=6)
# The next dates; nobody's calendar is served by more.
MOST_DATES = 300


def give_feed(request: Request) -> Response:
    """Return the calendar of the person whose address it is; a forged and a revoked one are both not there."""
    portal = portal_of(request)
    now = portal.clock()
    today = portal.local_date(now)
    feed_key = link_key_of(portal, request, LinkUse.CALENDAR)
    with reading(portal.engine) as connection:
        person_id = person_of_feed(connection, feed_key, today)
        if person_id is None:
            raise HTTPException(404)
        with Session(connection) as session:
            person = session.get_one(Person, person_id)
        reader = Reader(person_id, person.name, person.email, person.language, token="")
        listed = list_tasks(connection, reader, today)
        dated = [row for row in (*listed.now, *listed.later) if row.mine and row.due_on is not None]
        dated.sort(key=lambda row: (row.due_on, row.step_id))
        items = load_tasks(connection, reader, dated[:MOST_DATES], (), today).items
    say = translator(reader.language)
    domain = parseaddr(portal.settings.mail_from)[1].partition("@")[2]
    about = {
        "X-WR-CALNAME": words_environment(reader.language).get_template("pages/calendar.txt").render(),
        "X-WR-TIMEZONE": portal.settings.timezone,
        "X-PUBLISHED-TTL": f"PT{_LOOKS_EVERY // timedelta(hours=1)}H",
    }
    content = write_calendar(
        list(_dates(say, items, domain, portal.settings.portal_url)), now, about, every=_LOOKS_EVERY
    )
    headers = {"Content-Disposition": 'inline; filename="grantline.ics"'}
    return Response(content, media_type="text/calendar", headers=headers)


def _dates(
    say: Translator, items: tuple[ItemView, ...], domain: str, portal_url: str
) -> Iterator[Appointment]:
    """Yield a whole day for each step that is the person's own; a letter's calendar file names it the same."""
    for item in items:
        if item.mine and item.due_on is not None:
            yield word_appointment(say, item, item.due_on, domain, portal_url)
