"""Find the channel that the settings name among the files of `kinds/`: a new one adds itself by being there."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

from models.errors import SettingInvalid
from models.reading.suggestion import did_you_mean
from tasks.channels import kinds
from tasks.channels.channel import Channel, Mailed
from tasks.settings import Settings


def channel_of(settings: Settings) -> Channel:
    """Return the channel that GRANTS_CHANNEL names, or email where a mail server is set, else the mailbox."""
    name = settings.channel or ("captured" if settings.captures else "email")
    known = [module.name for module in iter_modules(kinds.__path__)]
    if name not in known:
        raise SettingInvalid(Mailed.NO_CHANNEL(name=name, near=did_you_mean(name, known)))
    make: Callable[[Settings], Channel] = import_module(f"{kinds.__name__}.{name}").make_channel
    return make(settings)
