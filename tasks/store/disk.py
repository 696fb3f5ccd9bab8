"""Tell a full disk from whatever else can go wrong with a file."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from models.errors import DiskFull

# No room, no room for this user, and no more than this process may write.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_full_disk(error: BaseException) -> bool:
    """Return whether an error means that there is no room."""
    return isinstance(error, OSError) and error.errno in _FULL


@contextmanager
def full_disk_named() -> Iterator[None]:
    """Raise DiskFull in the place of an OSError within that means that there is no room."""
    try:
        yield
    except OSError as error:
        if is_full_disk(error):
            raise DiskFull from error
        raise
