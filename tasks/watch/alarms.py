"""Alarm the administrator past the outbox: by mail, or by a file when no mail can leave."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from models.errors import GrantError
from models.message import Message, Remark
from models.rules.delivery.retry import read_reply
from models.rules.lifetimes import ALARM_FILE_LIVES
from models.vocabulary import AttemptOutcome
from tasks.channels.channel import channel_of
from tasks.channels.message import MailParts, MessageWriter
from tasks.settings import Settings
from tasks.watch.whole_files import write_whole
from tasks.words.reasons import word_reason
from tasks.words.translator import translator

log = logging.getLogger(__name__)
# More lines help nobody: the first one has the counts, and the watch lists them all.
MOST_IN_ALARM = 40


class Alarming(Message):
    """The subjects of letters to the administrator, and what to do."""

    RUNS_SAY_WHY = "What is in the way is said by the runs in Prefect, if there are any."
    ROUND_NOT_COMPLETED = "Today's round has not been completed"
    NOTHING_KNOWN = "Nothing more is known of it."
    NEEDS_A_LOOK = "%(name)s needs a look"
    RUN_ENDED_BADLY = "A run of it ended badly; why, its page says: %(page)s"
    NO_ROUND_FOR = "No daily round has completed for %(hours)s hours."
    MESSAGE_IS = "The message is: %(message)s"
    OTHER_INSTALLATION = "Prefect's runs do not work on what the portal works on"
    WATCH_CANNOT_READ = "The watch could not read the database"
    WATCH_FOUND = "The watch found something to see to (%(count)s)"
    DOCTOR_SAYS_WHY = "What is in the way is said by grants doctor, or by the watch's run in Prefect."
    LETTERS_NOT_DELIVERED = "Letters could not be delivered"
    AND_MORE = "... and %(count)s more"
    SEE_TO_IT = "See to it with grants doctor, grants status and the runs in Prefect."
    LETTERS_NOT_ARRIVING = "Letters do not arrive"
    MAIL_SERVER_UNUSABLE = "The mail server cannot be used: %(why)s"
    LETTERS_LOST = "Letters did not arrive, and nobody else could be told. Their numbers: %(numbers)s"
    PROGRAMME_BROKEN = "A programme file cannot be read any more"
    WATCH_FOUND_NOTHING = "The watch found nothing"
    JOURNAL_HEAD = "The journal's head is event %(number)s: %(hash)s"
    KEEP_MAIL = (
        "Keep this mail: grants journal --verify --head HASH tells whether the journal goes on from it."
    )


TIMEOUT_SECONDS = 20.0
_MAILED = "mailed"
_FOLDER = "alarms"
_TAKEN = "@ "  # a line of the file: the marks of who has the mail, when another has not
_MARKS = "# "  # its last line: the marks of its findings, for the next watch
_CLOSING = Alarming.SEE_TO_IT()


class AlarmOutcome(StrEnum):
    """The result of an alarm."""

    MAILED = "mailed"
    FILED = "filed"  # a mail could not leave: the file says so
    TOLD_TODAY = "told_today"


@dataclass(frozen=True, slots=True)
class Alarm:
    """What the administrator should act on: ids, counts and references; no names, addresses or answers.

    It consists of sentences that can be said in the office's language.
    """

    about: Remark
    lines: Sequence[Remark]
    same_as: Sequence[str] = ()  # the parts that make it the same alarm again today, if not its words
    contact: str = ""  # somebody else who can repair it
    closing: Remark = _CLOSING

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits that are the same for the same alarm, in any order of its lines."""
        return mark_of("\n".join(sorted(self.same_as or map(str, (self.about, *self.lines)))))

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks of the single findings, by which an alarm is found again in any language."""
        return tuple(map(mark_of, self.same_as))


@dataclass(frozen=True, slots=True)
class FiledAlarm:
    """An alarm in its file; `mailed` is false if the administrator must find it here."""

    on: date
    about: str
    mailed: bool
    path: Path
    marks: frozenset[str] = frozenset()


def mark_of(text: str) -> str:
    """Return twelve hex digits that stand for the text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


async def tell_admin(settings: Settings, alarm: Alarm, *, today: date, now: datetime) -> AlarmOutcome:
    """Mail the alarm to GRANTS_ADMIN_EMAIL and its contact, once a day for the same findings; file
    it.

    If a mail cannot leave, the file in the folder `alarms` says so, and the next call tries it again.
    Raises nothing that a mail server can cause.
    """
    folder = settings.watch_folder / _FOLDER
    path = folder / f"{today.isoformat()}-{alarm.fingerprint}.txt"
    filed = path.read_text(encoding="utf-8") if path.exists() else ""
    if filed.startswith(_MAILED):
        return AlarmOutcome.TOLD_TODAY
    taken, why_not = await _mail(settings, alarm, today, now, _marks_in(filed.splitlines(), _TAKEN))
    state = f"not mailed: {why_not}" if why_not else f"{_MAILED} at {now.isoformat(timespec='seconds')}"
    marks = {_TAKEN: sorted(taken), _MARKS: alarm.marks}
    last = "".join(f"{lead}{' '.join(of)}\n" for lead, of in marks.items() if of)
    write_whole(path, f"{state}\n{_body(settings, alarm)}{last}")
    _forget_old(folder, today)
    log.warning(
        "%s: %s",
        "a mail could not leave, 'grants doctor' shows it" if why_not else "told by mail",
        alarm.about,
        extra={"fingerprint": alarm.fingerprint, "mailed": not why_not, "lines": len(alarm.lines)},
    )
    if why_not:
        return AlarmOutcome.TOLD_TODAY if filed else AlarmOutcome.FILED
    return AlarmOutcome.MAILED


def filed_alarms(settings: Settings) -> list[FiledAlarm]:
    """Return the alarms on file, newest first."""
    alarms = []
    for path in sorted((settings.watch_folder / _FOLDER).glob("????-??-??-*.txt"), reverse=True):
        lines = [*path.read_text(encoding="utf-8").splitlines(), "", ""]
        on = date.fromisoformat(path.name[:10])
        mailed = lines[0].startswith(_MAILED)
        alarms.append(FiledAlarm(on, lines[1], mailed, path, _marks_in(lines, _MARKS)))
    return alarms


async def _mail(
    settings: Settings, alarm: Alarm, today: date, now: datetime, had: frozenset[str]
) -> tuple[frozenset[str], str]:
    """Send the mail to each recipient who has not had it; return the marks of all who have it, and why one has not."""
    if settings.captures:
        return had, "no mail server is set (GRANTS_SMTP_HOST)"
    recipients = list(dict.fromkeys(address for address in (settings.admin_email, alarm.contact) if address))
    if not recipients:
        return had, "nobody is named to hear of it (GRANTS_ADMIN_EMAIL)"
    why_not = {
        address: await _mail_to(settings, alarm, today, now, address)
        for address in recipients
        if mark_of(address) not in had
    }
    taken = {mark_of(address) for address, why in why_not.items() if not why}
    return had | taken, next(filter(None, why_not.values()), "")


async def _mail_to(settings: Settings, alarm: Alarm, today: date, now: datetime, recipient: str) -> str:
    """Send the mail to one; return why it did not leave, or an empty text."""
    channel = channel_of(settings)
    try:
        writer = MessageWriter(settings.mail_from, now, settings.zone, settings.organisation)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            reply = await channel.send(writer.write(_parts(settings, alarm, today, recipient)), lambda: None)
    except (GrantError, TimeoutError) as error:
        # The server's words can hold an address: the error's class says enough.
        return f"the mail server did not take it ({type(error).__name__})"
    finally:
        await channel.close()
    is_taken = read_reply(reply).outcome is AttemptOutcome.ACCEPTED
    return "" if is_taken else f"the mail server did not take it ({reply.code})"


def _parts(settings: Settings, alarm: Alarm, today: date, recipient: str) -> MailParts:
    about = word_reason(translator(settings.language), alarm.about)
    return MailParts(
        to_name="",
        to_email=recipient,
        subject=f"Grantline: {about}",
        language=settings.language,
        message_id=f"alarm.{today.isoformat()}.{alarm.fingerprint}",
        text=_body(settings, alarm),
    )


def _body(settings: Settings, alarm: Alarm) -> str:
    say = translator(settings.language)
    about, closing, *lines = (
        word_reason(say, remark) for remark in (alarm.about, alarm.closing, *alarm.lines)
    )
    listed = "\n".join(f"- {line}" for line in lines)
    return f"{about}\n\n{listed}\n\n{closing}\n"


def _marks_in(lines: Sequence[str], lead: str) -> frozenset[str]:
    return frozenset(word for line in lines if line.startswith(lead) for word in line.split()[1:])


def _forget_old(folder: Path, today: date) -> None:
    for path in folder.glob("????-??-??-*.txt"):
        if date.fromisoformat(path.name[:10]) < today - ALARM_FILE_LIVES:
            path.unlink(missing_ok=True)
