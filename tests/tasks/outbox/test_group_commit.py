"""Marks that are written together: each is known to whoever asked, and none is made behind a run's end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest

from models.facts.letter_outcome import Printed
from models.vocabulary import LetterKind
from tasks.mail.group_commit import GroupCommit
from tasks.mail.outbox import ClaimedLetter
from tasks.mail.outbox_marks import Attempt, Handover
from tests.builders import MORNING

LETTER = ClaimedLetter(7, "key", LetterKind.TASKS, 1, "<7@example.org>", MORNING, 0, 0, False)
HANDOVER = Handover(LETTER, Printed(7, "ana@example.org", "Letter 7", b"Subject: Letter 7\r\n\r\n"))


@pytest.mark.parametrize("turns", range(8))
def test_nothing_is_written_after_the_end_at_whichever_turn_of_the_loop_a_mark_is_cancelled(
    turns: int,
) -> None:
    written: list[int] = []

    def write(marks: Sequence[Handover], attempts: Sequence[Attempt]) -> set[int]:
        sleep(0.005)  # long enough to be under way when the run ends
        written.extend(one.letter.id for one in marks)
        return {one.letter.id for one in marks}

    async def run() -> tuple[bool, list[int]]:
        with ThreadPoolExecutor(1) as pen:
            commits = GroupCommit(write, pen)
            commits.arrive()
            asking = asyncio.create_task(commits.mark(HANDOVER))
            for turn in range(turns):
                await asyncio.sleep(0)
                if turn % 2:
                    # All that the thread has to say is said before the next turn.
                    pen.submit(int).result()
            asking.cancel()
            (told,) = await asyncio.gather(asking, return_exceptions=True)
            await commits.finish()
            return told is True, list(written)

    told, at_the_end = asyncio.run(run())

    assert at_the_end == written == ([HANDOVER.letter.id] if turns else [])
    assert not (told and not written)
