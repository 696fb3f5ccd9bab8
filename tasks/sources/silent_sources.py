"""Tell the person who can repair a failing source: once, and again when it fails after it worked."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from models.errors import BadInput, GrantError
from models.message import Remark
from models.rules.sources import is_still_told
from tasks.settings import Settings
from tasks.sources.source_faults import SecretWrong, Sourced
from tasks.watch.alarms import Alarm, filed_alarms, mark_of, tell_admin
from tasks.words.reasons import word_reason
from tasks.words.translator import Translator, translator

log = logging.getLogger(__name__)

_MOST_NAMED = 20  # reasons in a letter, and steps in each


@dataclass(frozen=True, slots=True, order=True)
class SourceName:
    """A source in its programme, as an administrator reads it: "ledger of sourced-funds"."""

    source: str
    programme: str

    def __str__(self) -> str:
        """Return both names."""
        return f"{self.source} of {self.programme}"


@dataclass(frozen=True, slots=True)
class SourceFailure:
    """Why a source gave no figures, who can help, and for which steps, as "REF-1 follow-up"."""

    error: Exception
    contact: str = ""
    steps: set[str] = field(default_factory=set)

    @property
    def reason(self) -> str:
        """The reason in English, by which it is told from other reasons in any language."""
        return f"{type(self.error).__name__} {self.error}"

    def repairer(self, settings: Settings) -> str:
        """Return who can repair it, besides the administrator: nobody if the fault is on our side."""
        ours = isinstance(self.error, SecretWrong) or not isinstance(self.error, BadInput)
        return "" if ours and settings.admin_email else self.contact


@dataclass(frozen=True, slots=True)
class SourcesAsked:
    """The result of asking sources in a round: why some failed, by reason, and which gave a figure."""

    failed: dict[SourceName, dict[str, SourceFailure]] = field(default_factory=dict)
    gave: set[SourceName] = field(default_factory=set)

    def note_failure(self, name: SourceName, step: str, error: Exception, contact: str = "") -> None:
        """Note that a source failed for a step."""
        failure = SourceFailure(error, contact)
        self.failed.setdefault(name, {}).setdefault(failure.reason, failure).steps.add(step)

    def reasons(self, say: Translator) -> dict[str, list[str]]:
        """Return why each source failed, without quoting it: fit for a page that Prefect keeps."""
        return {
            say.gettext("%(source)s of %(programme)s", source=name.source, programme=name.programme): sorted(
                {word_reason(say, failure.error, quoting=False) for failure in failures.values()}
            )
            for name, failures in sorted(self.failed.items())
        }


def tell_of_sources(
    settings: Settings, asked: SourcesAsked, on: date, now: datetime, *, whole: bool = True
) -> None:
    """Tell the administrator, and the person who can repair it, of each source that failed.

    Once a reason, and once more after a month; what no mail server took is tried again each time. A
    source that gave figures for all grants in a `whole` round has recovered. Its alarms are
    removed, and its next failure is told again.
    """
    filed = filed_alarms(settings) if asked.failed or asked.gave else []
    recovered = {mark_of(str(name)) for name in asked.gave if name not in asked.failed} if whole else set()
    for alarm in filed:
        if alarm.on < on and not recovered.isdisjoint(alarm.marks):
            alarm.path.unlink(missing_ok=True)
    for name, failures in sorted(asked.failed.items()):
        ours = [alarm for alarm in filed if mark_of(str(name)) in alarm.marks]
        fresh = [alarm for alarm in ours if alarm.mailed and is_still_told(alarm.on, on)]
        told_marks = {mark for alarm in fresh for mark in alarm.marks}
        untold = [failure for reason, failure in failures.items() if mark_of(reason) not in told_marks]
        for failure in failures.values():
            why = word_reason(translator("en"), failure.error, quoting=False)
            log.warning("no figures from %s: %s", name, why, extra={"steps": len(failure.steps)})
        _tell(settings, name, untold, on, now)
        for alarm in ours:
            if untold and not alarm.mailed and alarm.on < on:
                alarm.path.unlink(missing_ok=True)  # its news was sent again today


def _tell(
    settings: Settings, name: SourceName, failures: Sequence[SourceFailure], on: date, now: datetime
) -> None:
    """Write one letter to each person who can repair the failures."""
    by_repairer: Mapping[str, list[SourceFailure]] = defaultdict(list)
    for failure in sorted(failures, key=lambda failure: min(failure.steps))[:_MOST_NAMED]:
        by_repairer[failure.repairer(settings)].append(failure)
    for repairer, theirs in by_repairer.items():
        alarm = Alarm(
            Sourced.NO_FIGURES(source=name.source, programme=name.programme),
            [_line(failure) for failure in theirs],
            same_as=[str(name), *(failure.reason for failure in theirs)],
            contact=repairer,
            closing=Sourced.ASKED_AGAIN(),
        )
        asyncio.run(tell_admin(settings, alarm, today=on, now=now))


def _line(failure: SourceFailure) -> Remark:
    error = failure.error  # the letter's subject says that the source gave no figures, so its class need not
    reason = error.remark if isinstance(error, GrantError) else error
    named = sorted(failure.steps)[:_MOST_NAMED]
    rest = ["..."] if len(named) < len(failure.steps) else []
    return Sourced.MISSING_FOR(reason=reason, steps=", ".join([*named, *rest]))
