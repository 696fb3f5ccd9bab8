"""Say what a day did to one or many steps in the same way as one sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tasks.words.translator import Speaker


def _named(say: Speaker, titles: Sequence[str]) -> str:
    """Return the titles as a list; in quotation marks, because a title may hold a comma itself."""
    return say.listed([say.gettext("“%(title)s”", title=title) for title in dict.fromkeys(titles)])


def _planned(say: Speaker, titles: Sequence[str]) -> str:
    several = say.ngettext("%(count)s step was planned.", "%(count)s steps were planned.", len(titles))
    return several if len(titles) > 4 else say.gettext("Planned: %(steps)s.", steps=_named(say, titles))


def _opened(say: Speaker, titles: Sequence[str]) -> str:
    return say.gettext("Now to be done: %(steps)s.", steps=_named(say, titles))


def _ready(say: Speaker, titles: Sequence[str]) -> str:
    return say.gettext("Waits only for its day: %(steps)s.", steps=_named(say, titles))


def _reopened(say: Speaker, titles: Sequence[str]) -> str:
    return say.gettext("Open again: %(steps)s.", steps=_named(say, titles))


def _dated(say: Speaker, titles: Sequence[str]) -> str:
    several = say.ngettext("%(count)s step got its date.", "%(count)s steps got their dates.", len(titles))
    return several if len(titles) > 4 else say.gettext("Got a date: %(steps)s.", steps=_named(say, titles))


def _cancelled(say: Speaker, titles: Sequence[str]) -> str:
    return say.ngettext("%(count)s step was cancelled.", "%(count)s steps were cancelled.", len(titles))


def _skipped(say: Speaker, titles: Sequence[str]) -> str:
    steps = _named(say, titles)
    return say.gettext("There is nothing to claim or pay, so this is settled: %(steps)s.", steps=steps)


def _gathered(say: Speaker, titles: Sequence[str]) -> str:
    steps = _named(say, titles)
    return say.gettext("Figures were collected for: %(steps)s.", steps=steps)


def _imported(say: Speaker, titles: Sequence[str]) -> str:
    several = say.ngettext(
        "%(count)s step was done before the grant was entered here.",
        "%(count)s steps were done before the grant was entered here.",
        len(titles),
    )
    if len(titles) > 4:
        return several
    return say.gettext("Done before the grant was entered here: %(steps)s.", steps=_named(say, titles))


GATHERED: dict[str, Callable[[Speaker, Sequence[str]], str]] = {
    "step_planned": _planned,
    "step_opened": _opened,
    "step_ready": _ready,
    "step_reopened": _reopened,
    "step_skipped": _skipped,
    "due_date_set": _dated,
    "step_cancelled": _cancelled,
    "figures_gathered": _gathered,
    "step_imported_as_done": _imported,
}
