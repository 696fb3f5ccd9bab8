"""Which channels there are, and which one the settings name."""

from __future__ import annotations

from collections.abc import Callable

from models.errors import SettingInvalid
from models.reading.suggestion import did_you_mean
from tasks.channels.channel import Channel
from tasks.settings import Settings


def _email(settings: Settings) -> Channel:
    # Loaded where letters leave by it: it brings TLS along.
    from tasks.channels.kinds.email import EmailChannel, server_of

    return EmailChannel(server_of(settings), settings.smtp_connections)


def _captured(settings: Settings) -> Channel:
    from tasks.channels.kinds.captured import CapturedChannel

    return CapturedChannel()


# A new channel's file adds itself here.
CHANNELS: dict[str, Callable[[Settings], Channel]] = {"captured": _captured, "email": _email}


def channel_of(settings: Settings) -> Channel:
    """Return the channel that GRANTS_CHANNEL names, or email where a mail server is set, else the mailbox."""
    name = settings.channel or ("captured" if settings.captures else "email")
    if name not in CHANNELS:
        raise SettingInvalid(f"GRANTS_CHANNEL: there is no channel '{name}'{did_you_mean(name, CHANNELS)}")
    return CHANNELS[name](settings)
