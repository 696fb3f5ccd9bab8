"""The errors that Grantline raises; each class's docstring is its message.

A class is for who catches it, and its sentence says no more than which kind of no it is. Why, where and the
cure are the `Remark` that it carries, whose sentence is a `Message` (models/message.py). A fault that stops
nothing, or that stands beside others, is a remark alone.

GrantError
+-- BadInput            what a person typed or a file holds (exit 2)
|   +-- ProgrammeInvalid, ImportInvalid, UnknownReference, UnknownStep, UnknownPerson, UnknownInstalment
|   +-- SettingInvalid, PortTaken, HomeInUse
+-- Refused             a rule says no, and why (exit 1)
|   +-- NotAllowed, ReleaseRefused, InstalmentNotReady, LinkInvalid, LettersHeld
|   +-- AnswerRefused, and of its kind FileNotApproved
+-- DatabaseUnready     missing, older, newer or locked database (exit 2)
|   +-- DiskFull        no room for a row or a file
+-- PrefectAway         Prefect's server does not answer, Prefect refuses, or its database is damaged
+-- PartEnded           a process of `grants up` has ended
+-- OtherInstallation   a run of Prefect's with other settings than the portal's
+-- RouteDown           the mail server cannot be reached, or refuses to work with us

Unreadable, a ValueError, is a value that does not read; what it stands in says where.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from models.message import Common, Remark


def on_one_line(text: str) -> str:
    """Return a message as one line; a quoted sign that breaks or turns a line becomes a space."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


class GrantError(Exception):
    """Something went wrong."""

    def __init__(self, remark: Remark | str = "", **facts: object) -> None:
        """Take the remark: what, where and the cure; a text only of others' words. `facts` are the program's."""
        self.remark = remark if isinstance(remark, Remark) else Common.AS_IS(why=remark)
        self.facts = {**self.remark.facts, **facts}
        super().__init__(str(self.remark))

    @property
    def detail(self) -> str:
        """What, where and the cure, in English."""
        return str(self.remark)

    @property
    def message(self) -> str:
        """What went wrong, in English: the sentence of the class."""
        return (self.__class__.__doc__ or "").splitlines()[0]

    def __str__(self) -> str:
        """One line in English: the class's sentence, then what, where and the cure."""
        return on_one_line(f"{self.message.rstrip('.')}: {self.detail}" if self.detail else self.message)


class BadInput(GrantError):
    """The input cannot be used."""


class Unreadable(ValueError):
    """A written value does not read as what it should be; the remark is a sentence without a name before it."""

    def __init__(self, remark: Remark, **facts: object) -> None:
        """Take the reason; its fact `value` is the written value as a line shows it. `facts` are for the program."""
        self.remark = remark
        self.facts = {**remark.facts, **facts}
        super().__init__(str(remark))


class ProgrammeInvalid(BadInput):
    """The programme file is not valid."""

    def __str__(self) -> str:
        """Return one line; below it the sentence that cannot be read, and a line that points at the wrong words."""
        first, *drawn = self.detail.split("\n")
        return "\n".join([on_one_line(f"The programme file is not valid: {first}"), *drawn])


class ImportInvalid(BadInput):
    """The import file is not valid."""

    def __init__(self, remark: Remark, *place: object) -> None:
        """Take the fault, and the way to it in the file.

        `place` begins with the kind of the entry and its key, as ("grants", "REF-1", "done",
        "application").
        """
        super().__init__(remark)
        self.place = tuple(str(part) for part in place)


class LastAdministrator(ImportInvalid):
    """Nobody else is an administrator, who could give the right again."""


class TemplateBroken(BadInput):
    """The document's template cannot be used."""


class BeyondConverter(TemplateBroken):
    """The document's template cannot be used."""


class SignUnknown(BadInput):
    """The document holds a sign for which the PDF has no letter; write it in another way."""


class UnknownReference(BadInput):
    """There is no grant with that reference."""

    def __init__(self, reference: str) -> None:
        super().__init__(Common.NO_GRANT(grant=reference))


class UnknownStep(BadInput):
    """The grant has no such step."""


class UnknownMeeting(BadInput):
    """There is no such meeting."""


class UnknownPerson(BadInput):
    """There is no person with that address."""


class UnknownInstalment(BadInput):
    """The grant has no such instalment."""


class SettingInvalid(BadInput):
    """A setting is not valid."""


class PortTaken(BadInput):
    """The port is taken."""


class HomeInUse(BadInput):
    """The home is in use."""


class Refused(GrantError):
    """Refused."""


class NotAllowed(Refused):
    """That person may not do this."""


class LettersHeld(Refused):
    """Letters are held until somebody has looked."""


class AnswerRefused(Refused):
    """The answer was not accepted."""


class FileNotApproved(AnswerRefused):
    """The file is not what was approved."""


class AnswerUnreadable(AnswerRefused, BadInput):
    """The answer cannot be taken as it is written."""


class ReleaseRefused(Refused):
    """The instalment may not be released."""


class InstalmentNotReady(Refused):
    """The instalment is not ready for that."""


class LinkInvalid(Refused):
    """The link is not valid; open it from the newest letter."""


class DatabaseUnready(GrantError):
    """The database is not ready."""


class DiskFull(DatabaseUnready):
    """The disk is full; free some space and do it again."""


class PrefectAway(GrantError):
    """Prefect cannot be used."""


class PartEnded(GrantError):
    """Grantline has stopped."""


class OtherInstallation(GrantError):
    """Not the portal's installation."""


class RouteDown(GrantError):
    """The mail server cannot be used."""


# The disk is full, the user's quota is, or the process may not write so much.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_full_disk(error: BaseException) -> bool:
    """Return whether an error means that the disk is full."""
    return isinstance(error, OSError) and error.errno in _FULL


@contextmanager
def full_disk_named() -> Iterator[None]:
    """Raise DiskFull in place of an OSError within that means so."""
    try:
        yield
    except OSError as error:
        if is_full_disk(error):
            raise DiskFull from error
        raise
