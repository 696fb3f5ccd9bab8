"""What is said of ways for letters to leave and to come back."""

from __future__ import annotations

from models.message import Message


class Mailed(Message):
    """Why letters cannot leave, or what came back cannot be read."""

    NO_CHANNEL = "GRANTS_CHANNEL: there is no channel '%(name)s'%(near)s"
    NOT_A_SENDER = "GRANTS_MAIL_FROM is not an address: '%(value)s'"
    NO_MAILDIR = "GRANTS_BOUNCES_MAILDIR is no Maildir: '%(folder)s' has no folders new and cur"
