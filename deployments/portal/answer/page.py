"""The page of a person's tasks: load it, and render it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection
from starlette.responses import Response

from deployments.portal.answer.cards import (
    Card,
    Later,
    find_opened,
    steps_of_others,
    task_cards,
    waiting_steps,
    wrong_fields,
)
from deployments.portal.answer.form import CardForm
from deployments.portal.forms.files import carried_files
from deployments.portal.login.reader import SIGNS_IN, LinkOver, Reader
from deployments.portal.tasks.list import TaskList, list_tasks, load_tasks, with_losable_first
from deployments.portal.web.guard import content_policy
from deployments.portal.web.posted_form import FormTarget, sign_form
from deployments.portal.web.state import Portal
from deployments.portal.web.thanks import NextStep, Thanks
from models.message import Remark
from models.rules.steps.prerequisites import list_all_waits
from models.rules.steps.stand import is_near
from models.tables.step import Step
from tasks.grant.records import GrantRecord
from tasks.words.translator import Translator, translator
from tasks.words.vocabulary import word_step_title

_MOST = 3


def next_steps(record: GrantRecord, say: Translator, here: Step, today: date) -> list[NextStep]:
    """Return the unsettled steps that wait for a step, in the plan's order."""
    waits = list_all_waits(record.steps, record.programme)
    found = [
        NextStep(
            title=word_step_title(say, record.rule_of(step), step.kind, step.period),
            holder=record.holder(step, today),
            due_on=step.due_on,
            with_funder=step.with_funder,
        )
        for step in record.unsettled
        if here in waits[step.key]
    ]
    return found[:_MOST]


# A card with its forms is some 5 kB of a page that is to be small on a phone.
PAGE_CARDS = 8
LATER_SHOWN = 15
# Who reads the page as things stand: a link may be over by the next time.
ReaderNow = Callable[[Connection], Reader]


@dataclass(frozen=True, slots=True)
class TaskPage:
    """A reader's page at one moment: the cards and the later steps of a page, and how many there are of each.

    What others have stands in `with_others` as far as pages look ahead, the rest in `others_later`.
    """

    find: ReaderNow
    reader: Reader
    say: Translator
    today: date
    cards: list[Card]
    later: list[Later]
    with_others: list[Later]
    others_later: list[Later]
    own: int
    waiting: int
    page: int
    pages: int

    @property
    def next_on(self) -> date | None:
        """The first day of what comes later, as far as it is known."""
        return min((one.due_on for one in self.later if one.due_on is not None), default=None)


def load_task_page(
    portal: Portal,
    connection: Connection,
    find: ReaderNow,
    page: int = 1,
    about: FormTarget | None = None,
) -> TaskPage:
    """Return a page of what the reader has to do; the one on which a form stands, where one is named."""
    now = portal.clock()
    today = portal.local_date(now)
    reader = find(connection)
    if reader.over:
        raise LinkOver(reader)
    say = translator(reader.language)
    listed = list_tasks(connection, reader, today)
    pages = max(1, -(-(len(listed.releases) + len(listed.now)) // PAGE_CARDS))
    if pages > 1:
        listed = with_losable_first(connection, reader, listed, today)
    page = min(_page_of(listed, about) or page, pages)
    first = (page - 1) * PAGE_CARDS
    last = page * PAGE_CARDS
    releases = listed.releases[first:last]
    shift = len(listed.releases)
    asked = listed.now[max(first - shift, 0) : max(last - shift, 0)]
    later = listed.later[:LATER_SHOWN] if page == pages else []
    tasks = load_tasks(connection, reader, [*asked, *later], releases, today)
    ids = {row.step_id for row in asked}
    cards = task_cards(
        connection, say, reader=reader, shown=(tasks, ids), today=today, zone=portal.settings.zone
    )
    awaited = steps_of_others(say, tasks, today)
    return TaskPage(
        find,
        reader,
        say,
        today,
        cards,
        later=waiting_steps(say, tasks, ids, today),
        with_others=[one for one in awaited if is_near(one.due_on, today)],
        others_later=[one for one in awaited if not is_near(one.due_on, today)],
        own=listed.own,
        waiting=len(listed.later),
        page=page,
        pages=pages,
    )


def _page_of(listed: TaskList, about: FormTarget | None) -> int | None:
    """Return the page on which a form stands; None when it is on none."""
    if about is None:
        return None
    places = [*(("part", row.id) for row in listed.releases), *(("step", row.step_id) for row in listed.now)]
    place = about.kind, about.id
    return places.index(place) // PAGE_CARDS + 1 if place in places else None


def find_form(
    view: TaskPage, about: FormTarget, act: str, *, changed: bool = False
) -> tuple[Card, CardForm] | None:
    """Return the form that was posted, if the page still has it in the same state; if `changed`, in whatever one."""
    for card in view.cards:
        for form in card.forms:
            same = (
                (form.about.kind, form.about.id) == (about.kind, about.id) if changed else form.about == about
            )
            if same and form.act == act:
                return card, form
    return None


def page_of(
    portal: Portal,
    view: TaskPage,
    *,
    status: int = 200,
    thanks: Thanks | None = None,
    undo: str = "",
    checked: object = None,
    recent: Sequence[object] = (),
    notices: Sequence[Remark] = (),
    passed: Sequence[Remark] = (),
    matters: Sequence[object] = (),
    urgent: Sequence[object] = (),
) -> Response:
    """Return the page of a form that is opened; else that of all cards, with thanks or notices above them.

    `undo` is where what is thanked for is taken back, `checked` what the opened form comes to where it asks nothing,
    `matters` what waits for a decision of the reader's, `recent` what was just done, `urgent` which grants need a head.
    """

    def nonce(form: CardForm) -> str:
        return sign_form(form.about, view.reader.token, portal.keys)

    def carried(form: CardForm) -> str:
        return carried_files(form.files, portal.keys)

    opened = find_opened(view.cards)
    card, form = opened or (None, None)
    # Only a form has a script, which keeps what is typed, and a frame, which shows a paper.
    form_policy = content_policy(script_src="'self'", connect_src="'self'", frame_src="'self'")
    policy = form_policy if opened else content_policy()
    return portal.pages.show(
        "answer.html" if opened else "tasks.html",
        view.say,
        status=status,
        headers={"Content-Security-Policy": policy},
        wrong=wrong_fields(view.cards),
        view=view,
        matters=matters,
        urgent=urgent,
        today=view.today,
        reader=view.reader,
        visit=view.reader.visit,
        cards=view.cards,
        card=card,
        form=form,
        nonce=nonce,
        login_nonce=sign_form(SIGNS_IN, view.reader.token, portal.keys),
        carried=carried,
        thanks=thanks,
        undo=undo,
        checked=checked,
        recent=recent,
        notices=notices,
        passed=passed,
    )
