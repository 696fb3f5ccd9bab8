"""Tell who can mend it of a source that gives no figures: once, and anew when it fails after it gave some."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from models.errors import GrantError, Worded
from tasks.mail.alarm_mail import Alarm, FiledAlarm, filed_alarms, tell_admin
from tasks.settings import Settings
from tasks.wording.words import Speaker, speaker

log = logging.getLogger(__name__)

_TOLD_AGAIN_AFTER = timedelta(days=30)
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class SourceName:
    """A source in its programme, as an administrator reads it: "ledger of sourced-funds"."""

    source: str
    programme: str

    def __str__(self) -> str:
        """Both names."""
        return f"{self.source} of {self.programme}"


@dataclass(frozen=True, slots=True)
class SourceFailure:
    """Why a source gave no figures, who can mend it, and for which steps they are missing, as "REF-1 follow-up"."""

    reason: str
    contact: str = ""
    steps: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class SourcesAsked:
    """What came of asking the sources: those that failed, and the steps that the others gave a figure."""

    failed: dict[SourceName, SourceFailure] = field(default_factory=dict)
    gave: dict[SourceName, set[str]] = field(default_factory=lambda: defaultdict(set))

    def note_failure(self, name: SourceName, step: str, reason: str, contact: str = "") -> None:
        """Note that a source failed for a step; of several reasons the first is told."""
        self.failed.setdefault(name, SourceFailure(reason, contact)).steps.add(step)

    @property
    def silent(self) -> frozenset[str]:
        """The names of the sources that failed."""
        return frozenset(map(str, self.failed))

    def given(self, name: SourceName) -> set[str]:
        """Return the steps that got all that they ask of the source."""
        failure = self.failed.get(name)
        return self.gave.get(name, set()) - (failure.steps if failure else set())


def tell_of_sources(settings: Settings, asked: SourcesAsked, on: date, now: datetime) -> None:
    """Tell who can mend it, and the administrator, of each source that failed.

    Once, and once more after a month; what no mail server took is tried again each time. A source that has since
    given a figure to a step that was told of is mended: its alarm goes, and when it fails again it is told anew.
    """
    say = speaker(settings.language)
    told: dict[str, list[FiledAlarm]] = defaultdict(list)
    for alarm in filed_alarms(settings) if asked.failed or asked.gave else ():
        told[alarm.about].append(alarm)
    for name in asked.gave:
        for alarm in (*told[_about(say, name)],):
            if alarm.on < on and _named(say, alarm) & asked.given(name):
                alarm.path.unlink(missing_ok=True)
                told[_about(say, name)].remove(alarm)
    for name, failure in sorted(asked.failed.items(), key=lambda one: str(one[0])):
        log.warning("no figures from %s", name)
        last = next(iter(told[_about(say, name)]), None)
        if last is None or last.on <= on - _TOLD_AGAIN_AFTER:
            _tell(settings, say, name, failure, on, now)
        elif not last.mailed:
            _tell(settings, say, name, failure, last.on, now)


def word_reason(say: Speaker, error: GrantError) -> str:
    """Return what went wrong, in the language of who mends it where it can be said in it."""
    if isinstance(error, Worded) and error.facts:
        return say.gettext(error.sentence, **error.facts)
    return error.detail or str(error)


def _about(say: Speaker, name: SourceName) -> str:
    return say.gettext(
        "The source %(source)s of %(programme)s gave no figures",
        source=name.source,
        programme=name.programme,
    )


def _tell(
    settings: Settings, say: Speaker, name: SourceName, failure: SourceFailure, on: date, now: datetime
) -> None:
    about = _about(say, name)
    alarm = Alarm(
        about,
        [failure.reason, _missing(say, _listed(say, failure.steps))],
        same_as=(about,),
        contact=failure.contact,
        closing=say.gettext("It is asked again every working morning. Nobody else waits for it."),
    )
    asyncio.run(tell_admin(settings, alarm, today=on, now=now))


def _missing(say: Speaker, steps: str) -> str:
    return say.gettext("it is missing for %(steps)s", steps=steps)


def _listed(say: Speaker, steps: Collection[str]) -> str:
    # How many is not known here: other batches may miss it too.
    return ", ".join(sorted(steps)[:_MOST_NAMED]) + (_more(say) if len(steps) > _MOST_NAMED else "")


def _more(say: Speaker) -> str:
    return " " + say.gettext("and others")


def _named(say: Speaker, alarm: FiledAlarm) -> set[str]:
    """Return the steps that an alarm on file names."""
    before = _missing(say, "")
    lines = alarm.path.read_text(encoding="utf-8").splitlines()
    missing = next((line.partition(before)[2] for line in lines if before in line), "")
    return set(missing.removesuffix(_more(say)).split(", "))
