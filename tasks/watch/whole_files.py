"""Write a file of the watch whole: readers at the same time see the old one."""

import secrets
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write the file, and its folder; other processes may read or write it at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
