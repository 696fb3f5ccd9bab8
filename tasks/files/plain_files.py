"""Read a file that a person named, and only a plain one of a sensible size."""

from __future__ import annotations

from pathlib import Path

from models.errors import BadInput

LARGEST = 20_000_000  # bytes


def read_plain_file(path: Path, error: type[BadInput] = BadInput) -> bytes:
    """Return the file's bytes; `error`, in one line, for one that is missing, no plain file or over 20 MB.

    A pipe or a device would be read for ever.
    """
    try:
        if not path.is_file():
            path.stat()  # says why, where it is not there
            raise error(f"{path}: {'Is a directory' if path.is_dir() else 'not a plain file'}")
        if path.stat().st_size > LARGEST:
            raise error(f"{path} is larger than {LARGEST // 1_000_000} MB")
        return path.read_bytes()
    except OSError as problem:
        raise error(f"{path}: {problem.strerror}") from problem
