"""Word a letter from its facts, by the templates of its kinds of notices."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any

from models.facts.letter import ItemView, LetterView, RecordedAct, Task
from models.facts.notice import StandIn
from models.facts.worded_letter import Appointment, ToldWhole, WordedLetter
from models.reading.plain_text import one_line
from models.vocabulary import NoticeKind, StepKind
from tasks.words.templates import LetterTemplates, one_paragraph, sentences_of, word_from, words_of
from tasks.words.translator import Translator, capitalised, translator

# A letter about several things tells of at most this many.
MOST_TOLD = 8
# So many of them whole, where several are due today.
MOST_WHOLE = 3
_TO_DO = (NoticeKind.REMINDER, NoticeKind.STAND_IN, NoticeKind.ESCALATION)
_MONEY = (
    NoticeKind.CONFIRM_RELEASE,
    NoticeKind.RELEASE_DECLINED,
    NoticeKind.NEW_ACCOUNT,
    NoticeKind.WITHDRAWN,
)
_NEWS = (NoticeKind.PUT_OFF, NoticeKind.MOVED, NoticeKind.EXTENDED, NoticeKind.DECIDED, NoticeKind.UNSPENT)
_SIGNED_IN = (Task.READ, Task.SIGN, Task.REPAY, Task.RECOVER)


class Among(StrEnum):
    """Among which of a letter's things one is; each has a heading."""

    OWN = "own"
    OTHERS = "others"  # late with a colleague, or with nobody
    FUNDER = "funder"
    NEWS = "news"


def find_among(item: ItemView) -> Among:
    """Return among which of a letter's things an item is."""
    if _asks_beside_the_step(item):
        return Among.OWN
    if not item.asks:
        return Among.NEWS
    if item.with_funder:
        return Among.FUNDER
    return Among.OWN if item.mine or item.kind is not NoticeKind.ESCALATION else Among.OTHERS


def is_whole_too(item: ItemView, today: date) -> bool:
    """Return whether an item is told whole below a letter's first thing: the reader's own, and due today."""
    return item.asks and item.mine and not item.with_funder and item.asked_on(today) == today


def _asks_beside_the_step(item: ItemView) -> bool:
    """Return whether news asks its reader for what no step is: to compare, to check an account, to ask the funder."""
    notice = item.notices[0]
    if notice.kind is NoticeKind.PUT_OFF:
        return item.is_funders_day
    phones = notice.kind is NoticeKind.WITHDRAWN and notice.sent and not notice.phones
    return phones or notice.kind in (NoticeKind.SOURCE_CHANGED, NoticeKind.NEW_ACCOUNT)


class ItemWords:
    """A letter's words for one item: its template's macros, given the item and its most pressing notice."""

    def __init__(self, templates: LetterTemplates, say: Translator, item: ItemView) -> None:
        self.item = item
        self._given = (item, item.notices[0])
        self._words = partial(templates.words, say.language)
        self._module = self._words(template_of(item, templates.today))

    @property
    def _shared(self) -> Any:
        """The sentences of all kinds; most letters need only those that their own template includes."""
        return self._words("sentences")

    def part(self, name: str) -> str:
        """Return a part of the words: subject, day, after, line, button; "" if the kind has none."""
        macro = getattr(self._module, name, None)
        return "" if macro is None else one_paragraph(macro(*self._given[: len(macro.arguments)]))

    def subject(self) -> str:
        """Return the subject of a letter about this item: what it asks or tells, and of which grant."""
        subject = self.part("subject")
        return f"{subject} \N{EN DASH} {self.item.grant.title}" if self.grant() else subject

    def lead(self) -> str:
        """Return what opens a letter about this item: the first line of its body."""
        return next(iter(self._sentences()), "")

    def day(self) -> str:
        """Return the day that stands alone below the opening; empty for news without one."""
        return self.part("day")

    def grant(self) -> str:
        """Return the line that names the grant; empty for what is about a person."""
        return self.part("grant") if hasattr(self._module, "grant") else str(self._shared.grant(self.item))

    def paragraphs(self) -> tuple[str, ...]:
        """Return the paragraphs below the opening, the day and the grant."""
        parts = (" ".join(self._sentences()[1:]), self.part("after"))
        return tuple(part for part in parts if part)

    def prose(self) -> tuple[str, ...]:
        """Return the same as paragraphs where no line stands alone."""
        lead = f"{self.lead()} {self.day()}." if self.day() and self.lead().endswith(":") else self.lead()
        first = f"{self.covers()} {lead} {' '.join(self._sentences()[1:])}".strip()
        return tuple(part for part in (first, self.part("after")) if part)

    def _sentences(self) -> tuple[str, ...]:
        macro = self._module.body
        return sentences_of(macro(*self._given[: len(macro.arguments)]))

    def choices(self) -> tuple[str, ...]:
        """Return the choices that a letter about this item alone offers its reader."""
        macro = getattr(self._module, "choices", None)
        return sentences_of(macro(*self._given)) if macro else ()

    def on_page(self) -> tuple[str, ...]:
        """Return the first lines of a page about the item: for whom it is done, and what has happened."""
        news = () if self._is_to_do() else (*self.prose(), *self.choices())
        return tuple(text for text in (self.covers(), *news) if text)

    def covers(self) -> str:
        """Return why the reader gets somebody else's task; empty for their own, and for news."""
        absent = self._absent()
        return one_paragraph(self._shared.covers(absent)) if absent is not None else ""

    def _absent(self) -> StandIn | None:
        """Return for whom the reader does the item, if it is somebody else."""
        return self.item.notices[0].stand_in if self._is_to_do() else None

    def action(self) -> str:
        """Return the item as a line in a list: what to do, or what has happened."""
        if self._is_to_do():
            return one_paragraph(self._shared.action(self.item))
        return self.part("line") or self.part("subject")

    def task(self) -> str:
        """Return the task, whatever its last news: a letter's line, and the title of a card."""
        return capitalised(one_paragraph(self._shared.action(self.item)))

    def line(self, *, grant: str, names_absent: bool) -> str:
        """Return the item as a line in a list: what, of which grant, for whom where that is asked, and by when."""
        of_others = find_among(self.item) in (Among.OTHERS, Among.FUNDER)
        what = self._shared.about(self.item) if of_others else self.action()
        named = ", ".join(filter(None, (one_paragraph(what), grant)))
        absent = self._absent() if names_absent else None
        whose = f"{named} ({one_paragraph(self._shared.covered(absent))})" if absent else named
        return capitalised(" \N{EN DASH} ".join(filter(None, (whose, self.by_when()))))

    def by_when(self) -> str:
        """Return its due date as a line in a list has it; empty for news."""
        return one_paragraph(self._shared.by_when(self.item)) if self._is_to_do() or self.item.asks else ""

    def stakes(self) -> Iterator[str]:
        """Yield the money that depends on the step, a sentence each."""
        for stake in self.item.told_stakes:
            yield capitalised(one_paragraph(self._shared.stake_sentence(self.item, stake)))

    def _is_to_do(self) -> bool:
        return self.item.kind in _TO_DO


def template_of(item: ItemView, today: date) -> str:
    """Return the template with an item's words: by its kind of notice, and its kind of task."""
    if item.kind is NoticeKind.WITHDRAWN and item.name.kind is not StepKind.APPROVAL:
        return "undone"
    if item.kind not in _TO_DO:
        return str(item.kind)
    if item.behind(today):
        return "escalation/waiting"
    if item.due_on is None:
        return "date_missing"
    if not item.is_late(today) and item.kind is not NoticeKind.ESCALATION:
        return f"reminder/{item.task}"
    if item.with_funder:
        return "escalation/funder"
    is_agendas = item.task is Task.AGENDA_ITEM and not item.is_late(today)
    owns = item.mine or item.kind is not NoticeKind.ESCALATION
    if owns and item.task is Task.AGENDA_ITEM:
        return "reminder/agenda_item"
    if is_agendas and item.route and item.route.meeting_on:
        return "escalation/agenda"
    return "escalation/own" if owns else "escalation/colleague"


def word_letter(
    letter: LetterView, link: str, templates: LetterTemplates, organisation: str = ""
) -> WordedLetter:
    """Return the letter in its reader's language; its items must be in order, the most pressing first.

    The templates are as of the letter's day. Whose office sends it is the `organisation` of the pages' head; without
    one, the grant's recipient.
    """
    say = translator(letter.row.language)
    items = [ItemWords(templates, say, item) for item in letter.items]
    written = replace(_about_one(say, items[0]), link=link)
    recipient = next((item.grant.recipient for item in letter.items if item.grant.recipient), "")
    return framed(
        written if len(items) == 1 else _about_several(templates, written, items),
        to_name=one_line(letter.row.name, 120),
        small_print=_small_print(letter.items),
        sender=organisation or recipient,
    )


def framed(letter: WordedLetter, *, to_name: str, small_print: str, sender: str) -> WordedLetter:
    """Return a letter with what frames it: greeting, small print of that kind, and whose office sends it."""
    words = words_of(letter.language, "letters/shared.j2")
    return replace(
        letter,
        greeting=str(words.greeting(to_name)),
        small_print=str(words.small_print(small_print)),
        sender=str(words.sender(sender)),
    )


def _about_one(say: Translator, item_words: ItemWords) -> WordedLetter:
    return WordedLetter(
        language=say.language,
        subject=item_words.subject(),
        preheader=item_words.lead(),
        covers=item_words.covers(),
        lead=item_words.lead(),
        day=capitalised(item_words.day()),
        grant=item_words.grant(),
        paragraphs=item_words.paragraphs(),
        lines=item_words.choices(),
        button=item_words.part("button"),
    )


def _about_several(
    templates: LetterTemplates, about_first: WordedLetter, told: Sequence[ItemWords]
) -> WordedLetter:
    """Return the letter about the first of several things with a line for each of the others below its button."""
    words = templates.words(about_first.language, "shared")
    first, *below = told
    due_today = [one for one in below if is_whole_too(one.item, templates.today)][: MOST_WHOLE - 1]
    others = [item_words for item_words in below if item_words not in due_today]
    grants = {item_words.item.grant.reference: item_words.item.grant.title for item_words in told}
    titles = Counter(grants.values())
    names_absent = len({item_words.covers() for item_words in told}) > 1
    lines: dict[Among, list[str]] = {}
    for item_words in others[: MOST_TOLD - 1 - len(due_today)]:
        line = item_words.line(grant=_told_grant(item_words, titles), names_absent=names_absent)
        lines.setdefault(find_among(item_words.item), []).append(line)
    of_first = find_among(first.item)
    all_link = about_first.link.partition("#")[0]
    return replace(
        about_first,
        subject=str(words.subject(about_first.subject, len(below))),
        due_today=tuple(_told_whole(item_words, all_link) for item_words in due_today),
        others=tuple(
            (str(words.heading(among, among is of_first)), tuple(those)) for among, those in lines.items()
        ),
        beyond=str(words.beyond(len(told) - MOST_TOLD)),
        all_button=str(words.all_button()),
        all_link=all_link,
    )


def _told_whole(item_words: ItemWords, all_link: str) -> ToldWhole:
    return ToldWhole(
        lead=item_words.lead(),
        day=capitalised(item_words.day()),
        grant=item_words.grant(),
        paragraphs=item_words.paragraphs(),
        lines=item_words.choices(),
        button=item_words.part("button"),
        link=f"{all_link}#s{item_words.item.step_id}",
        covers=item_words.covers(),
    )


def _told_grant(item_words: ItemWords, titles: Counter[str]) -> str:
    """Return how a line names its grant, given how many of the letter's grants have each title."""
    title = item_words.item.grant.title
    if titles[title] > 1:
        return item_words.grant()
    return title if len(titles) > 1 else ""


def answer_letter(say: Translator, kind: str, to_name: str, *given: object) -> WordedLetter:
    """Return a letter that answers its reader: a sign-in, a new link, the confirmation of an act."""
    act = next((act for act in given if isinstance(act, RecordedAct)), None)
    module = LetterTemplates(act.at.date() if act else date.min).words(say.language, kind)
    subject, preheader, button = (
        word_from(module, name, *given) for name in ("subject", "preheader", "button")
    )
    lead, *facts = sentences_of(module.body(*given))
    letter = WordedLetter(
        language=say.language,
        subject=subject,
        preheader=preheader,
        lead=lead,
        grant=act.grant if act else "",
        paragraphs=(" ".join(facts),) if facts else (),
        button=button,
    )
    small_print = "" if kind == "confirmation" else "asked"
    return framed(letter, to_name=to_name, small_print=small_print, sender="")


def _small_print(items: Sequence[ItemView]) -> str:
    """Return what the small print says about the link: for a task, for money and approvals, or for news."""
    asking = [item for item in items if not _is_news(item)]
    if not all(map(_is_signed_for, asking)):
        return "task"
    return "signed" if asking else "news"


def _is_signed_for(item: ItemView) -> bool:
    is_recorded = item.name.kind is StepKind.APPROVAL and item.task is not Task.AGENDA_ITEM
    signed = item.task in _SIGNED_IN or is_recorded
    return item.kind in _MONEY or (signed and item.kind in _TO_DO)


def _is_news(item: ItemView) -> bool:
    if item.kind is NoticeKind.PAID:
        return not item.notices[0].missing_minor or item.notices[0].no_more
    if item.kind is NoticeKind.APPROVED:
        return item.sends_by is None
    if item.kind is NoticeKind.RELEASE_DECLINED:
        return bool(item.notices[0].requested_by)  # for the manager
    by_owner = (NoticeKind.HANDED_OVER, NoticeKind.WITHDRAWN)
    is_others = item.kind in by_owner and not item.mine and not _asks_beside_the_step(item)
    return (item.kind in _NEWS and not _asks_beside_the_step(item)) or is_others


def word_appointment(
    say: Translator, item: ItemView, due_on: date, domain: str, portal_url: str
) -> Appointment:
    """Return the item's due date for a calendar: one event for all letters and calendars.

    Its link asks for a sign-in: a calendar may be shared.
    """
    title = capitalised(say.titled(item.name.title, item.name.period))
    url = f"{portal_url}/tasks?at=s{item.step_id}#s{item.step_id}"
    return Appointment(
        uid=f"step-{item.step_id}@{domain}",
        on=due_on,
        summary=f"{title}: {item.grant.title} ({item.grant.reference})",
        description="\n".join(filter(None, (item.todo, url))),
        url=url,
        sequence=item.step_version,
    )
