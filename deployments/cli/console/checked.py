"""Print what checks found, a line each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import click


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: `ok`, and a line that says what is there or how to put it right."""

    what: str
    ok: bool
    said: str


def show_checked(found: Iterable[Checked]) -> None:
    """Print them."""
    for one in found:
        click.echo(f"{'ok     ' if one.ok else 'TROUBLE'}  {one.what:12} {one.said}")
