"""The errors that Grantline raises; each class's docstring is its message.

GrantError
+-- BadInput            what a person typed or a file holds (exit 2)
|   +-- ProgrammeInvalid, ImportInvalid, UnknownReference, UnknownStep, UnknownPerson, UnknownInstalment
|   +-- SettingInvalid, PortTaken, HomeInUse
|   +-- Worded          said in the language of who mends it
+-- Refused             a rule says no, and why (exit 1)
|   +-- NotAllowed, ReleaseRefused, InstalmentNotReady, LinkInvalid
|   +-- AnswerRefused, and of its kind FileNotApproved, FileNotWhole
+-- DatabaseUnready     missing, older, newer or locked database (exit 2)
|   +-- DiskFull        no room for a row or a file
+-- NobodyReachable     no one can be told about a step
+-- RouteDown           the mail server cannot be reached, or refuses to work with us

Unreadable, a ValueError, is a value that does not read; what it stands in says where.
"""

from __future__ import annotations

from models.sentence import Sentence


def on_one_line(text: str) -> str:
    """Return a message as one line: what it quotes of a file may be a sign that breaks one, or turns it around."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


class GrantError(Exception):
    """Something went wrong."""

    def __init__(self, detail: str | Sentence = "", **facts: object) -> None:
        """Take what, where and how to mend it; a Sentence can be said in another language too."""
        self.worded: Sentence | None = detail if isinstance(detail, Sentence) else None
        self.detail = str(detail)
        self.facts = facts
        super().__init__(self.detail)

    def __str__(self) -> str:
        """One line: the class's message, then what, where and how to mend it."""
        message = (self.__class__.__doc__ or "").splitlines()[0]
        return on_one_line(f"{message.rstrip('.')}: {self.detail}" if self.detail else message)


class BadInput(GrantError):
    """The input cannot be used."""


class Worded(BadInput):
    """The input cannot be used."""

    worded: Sentence

    def __init__(self, sentence: str, **facts: object) -> None:
        """Take an English sentence with `%(name)s` for its facts, as a Sentence does."""
        self.sentence = sentence
        super().__init__(Sentence(sentence, **facts), **facts)


class Unreadable(ValueError):
    """What was written does not read as what it should be; the message is a sentence without a name before it."""

    def __init__(self, sentence: str, **facts: object) -> None:
        """Take an English sentence with `%(name)s` for its facts; `value` is what was written, as a line shows it."""
        self.sentence, self.facts = sentence, facts
        self.worded = Sentence(sentence, **facts)
        super().__init__(str(self.worded))


class ProgrammeInvalid(BadInput):
    """The programme file is not valid."""


class ImportInvalid(BadInput):
    """The import file is not valid."""

    worded: Sentence

    def __init__(self, sentence: Sentence, *place: object) -> None:
        """Take what is said in the language of the office that keeps the file, and the way to it in the file.

        `place` begins with the kind of what is wrong and its key, as ("grants", "REF-1", "done", "application").
        """
        super().__init__(sentence)
        self.place = tuple(str(part) for part in place)


class TemplateBroken(BadInput):
    """The document's template cannot be used."""


class SignUnknown(BadInput):
    """The document holds a sign for which the PDF has no letter; write it in another way."""


class UnknownReference(BadInput):
    """There is no grant with that reference."""

    def __init__(self, reference: str, longer: str | None = None) -> None:
        spaced = f"; one with spaces stands in quotes: {longer}" if longer else ""
        super().__init__(f"'{reference}'; 'grants status' lists the ones there are{spaced}")


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


class AnswerRefused(Refused):
    """The answer was not accepted."""


class FileNotApproved(AnswerRefused):
    """The file is not what was approved."""


class FileNotWhole(AnswerRefused):
    """A kept file is not what was kept."""


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


class NobodyReachable(GrantError):
    """Nobody can be reached for the step."""


class RouteDown(GrantError):
    """The mail server cannot be used."""
