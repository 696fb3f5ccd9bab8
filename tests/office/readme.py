"""The README's steps, read out of it: what an administrator would type, word for word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.source_tree import ROOT

README = ROOT / "deployments" / "README.md"
_STEP = re.compile(r"^\d+\. \*\*(?P<title>[^*]+)\*\*")
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)$")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a step: the step's title, as `The user and the program`, the block's language and its lines."""

    step: str
    language: str
    text: str


def read_blocks(section: str) -> list[Block]:
    """Return the blocks of a section's numbered steps, in their order."""
    text = README.read_text(encoding="utf-8")
    _, heading, rest = text.partition(f"\n## {section}\n")
    assert heading, f"deployments/README.md has no section {section!r}"
    found = list(_blocks(rest.partition("\n## ")[0].splitlines()))
    assert found, f"{section!r} has no block to follow"
    return found


def _blocks(lines: list[str]) -> Iterator[Block]:
    step = ""
    opened: re.Match[str] | None = None
    held: list[str] = []
    for line in lines:
        fence = _FENCE.match(line)
        if opened is None and (title := _STEP.match(line)):
            step = title["title"].rstrip(".")
        elif opened is None and fence:
            opened = fence
            held = []
        elif opened is not None and fence:
            yield Block(step, opened["language"], "\n".join(held) + "\n")
            opened = None
        elif opened is not None:
            held.append(line.removeprefix(opened["indent"]))
