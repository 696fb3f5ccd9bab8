"""Define a channel: the protocol by which letters leave, and how the settings name one."""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol

from models.errors import SettingInvalid
from models.facts.worded_letter import FinishedLetter
from models.message import Message
from models.reading.value_faults import did_you_mean
from models.rules.delivery.retry import ServerReply
from models.vocabulary import AttemptOutcome
from tasks.settings import Settings


class Mailed(Message):
    """Why letters cannot leave, or what came back cannot be read."""

    NO_CHANNEL = "GRANTS_CHANNEL: there is no channel '%(name)s'%(near)s"
    NO_SERVER_NOW = (
        "this database has sent letters by mail, and GRANTS_SMTP_HOST names no mail server now; set it again: until"
        " then letters wait, and none is kept in the mailbox"
    )
    CAPTURED_NOW = (
        "this database has sent letters by mail, and GRANTS_CHANNEL is 'captured' now; unset it: until then letters"
        " wait, and none is kept in the mailbox"
    )
    NOT_A_SENDER = "GRANTS_MAIL_FROM is not an address: '%(value)s'"
    NO_MAILDIR = "GRANTS_BOUNCES_MAILDIR is no Maildir: '%(folder)s' has no folders new and cur"


# Called right before the first byte of a letter leaves; until then the letter can be given back.
Begins = Callable[[], None]


class Channel(Protocol):
    """A way for letters to leave.

    `at_once` is how many letters it takes at the same time; `taken` is the outcome of an attempt
    that succeeds.
    """

    @property
    def at_once(self) -> int: ...

    @property
    def taken(self) -> AttemptOutcome: ...

    async def open(self) -> None:
        """Make sure that letters can leave at all; raises RouteDown, in one line, if they cannot."""

    async def send(self, letter: FinishedLetter, begins: Begins) -> ServerReply:
        """Hand a letter over and return the answer; RouteDown if there is no way, and nothing has left."""

    async def close(self) -> None:
        """Close what was kept open."""


def channel_of(settings: Settings) -> Channel:
    """Return the channel in GRANTS_CHANNEL, by default email if a mail server is set, else the mailbox."""
    name = settings.channel or ("captured" if settings.captures else "email")
    kinds = import_module(f"{__package__}.kinds")
    names = [module.name for module in iter_modules(kinds.__path__)]
    if name not in names:
        raise SettingInvalid(Mailed.NO_CHANNEL(name=name, near=did_you_mean(name, names)))
    make: Callable[[Settings], Channel] = import_module(f"{kinds.__name__}.{name}").make_channel
    return make(settings)
