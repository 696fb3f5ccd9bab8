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
_MARKS = "# "  # the file's last line: the marks of its findings, for the next watch
_CLOSING = Alarming.SEE_TO_IT()


class AlarmOutcome(StrEnum):
    """The result of an alarm."""

    MAILED = "mailed"
    FILED = "filed"  # no mail could leave: the file is all there is
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

    If no mail can leave, the file in the folder `alarms` says so, and the next call tries again.
    Raises nothing that a mail server can cause.
    """
    folder = settings.watch_folder / _FOLDER
    path = folder / f"{today.isoformat()}-{alarm.fingerprint}.txt"
    if path.exists() and path.read_text(encoding="utf-8").startswith(_MAILED):
        return AlarmOutcome.TOLD_TODAY
    why_not = await _mail(settings, alarm, today, now)
    was_filed = path.exists()
    state = f"not mailed: {why_not}" if why_not else f"{_MAILED} at {now.isoformat(timespec='seconds')}"
    marks = f"{_MARKS}{' '.join(alarm.marks)}\n" if alarm.marks else ""
    write_whole(path, f"{state}\n{_body(settings, alarm)}{marks}")
    _forget_old(folder, today)
    log.warning(
        "%s: %s",
        "no mail could leave, 'grants doctor' shows it" if why_not else "told by mail",
        alarm.about,
        extra={"fingerprint": alarm.fingerprint, "mailed": not why_not, "lines": len(alarm.lines)},
    )
    if why_not:
        return AlarmOutcome.TOLD_TODAY if was_filed else AlarmOutcome.FILED
    return AlarmOutcome.MAILED


def filed_alarms(settings: Settings) -> list[FiledAlarm]:
    """Return the alarms on file, newest first."""
    alarms = []
    for path in sorted((settings.watch_folder / _FOLDER).glob("????-??-??-*.txt"), reverse=True):
        lines = [*path.read_text(encoding="utf-8").splitlines(), "", ""]
        marks = frozenset(word for line in lines if line.startswith(_MARKS) for word in line.split()[1:])
        on = date.fromisoformat(path.name[:10])
        mailed = lines[0].startswith(_MAILED)
        alarms.append(FiledAlarm(on, lines[1], mailed, path, marks))
    return alarms


async def _mail(settings: Settings, alarm: Alarm, today: date, now: datetime) -> str:
    """Send the mail; return why it did not leave, or an empty text."""
    if settings.captures:
        return "no mail server is set (GRANTS_SMTP_HOST)"
    recipients = list(dict.fromkeys(address for address in (settings.admin_email, alarm.contact) if address))
    if not recipients:
        return "nobody is named to hear of it (GRANTS_ADMIN_EMAIL)"
    channel = channel_of(settings)
    try:
        writer = MessageWriter(settings.mail_from, now, settings.zone)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            replies = [
                await channel.send(writer.write(_parts(settings, alarm, today, address)), lambda: None)
                for address in recipients
            ]
    except (GrantError, TimeoutError) as error:
        # The server's words can hold an address: the error's class says enough.
        return f"the mail server did not take it ({type(error).__name__})"
    finally:
        await channel.close()
    taken = any(read_reply(reply).outcome is AttemptOutcome.ACCEPTED for reply in replies)
    return "" if taken else f"the mail server did not take it ({replies[0].code})"


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


def _forget_old(folder: Path, today: date) -> None:
    for path in folder.glob("????-??-??-*.txt"):
        if date.fromisoformat(path.name[:10]) < today - ALARM_FILE_LIVES:
            path.unlink(missing_ok=True)
