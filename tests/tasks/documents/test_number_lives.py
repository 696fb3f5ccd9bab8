"""What documents print gives no hidden number away, in lives by chance; the attacker himself is held to small cases."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.made_numbers import Correction, Document, Life, Maker, Row
from tests.number_attacker import Knowledge
from tests.number_lives import Attack, leaks_of

A, B, C = ("a", 0, 3), ("b", 0, 9), ("c", 0, 0)

# Lives in which a number leaked once.
LEAKED = {
    53: "a part that was not answered was taken as none",
    579: "both parts of one breakdown were not answered, and those of another were few",
    3178: "a sum was taken to be of an answer that came later",
    3971: "a row lacked a part that earlier documents had",
    5951: "only who takes a hidden number for 1 or more could tell it",
    8204: "a correction of a row that the document lacked",
    10071: "a sum with a row that no report has",
    19440: "a sum so far of a row that the document lacked",
}


@pytest.mark.parametrize("start", range(0, 160, 20))
def test_no_document_tells_a_number_that_it_or_another_hides(start: int) -> None:
    assert {seed: found for seed in range(start, start + 20) if (found := leaks_of(seed))} == {}


@pytest.mark.parametrize("seed", LEAKED)
def test_life_in_which_a_number_leaked_once_tells_none(seed: int) -> None:
    assert leaks_of(seed) == []


def test_same_numbers_are_hidden_in_every_process() -> None:
    script = "from tests.tasks.documents.test_number_lives import printed; print(printed())"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    one, other = (process.communicate()[0].splitlines()[-1] for process in started)
    assert one == other != "[]"


def printed() -> list[str]:
    """Return what the documents of two lives print in which a set's order once chose what is hidden."""
    found = []
    for seed in (89, 139):
        life = Maker(seed).life()
        documents = [event for event in life.events if isinstance(event, Document)]
        for one in documents:
            one.choices = ("hide",)
        attack = Attack(life)
        assert [*attack.leaks()] == []
        found += [str(tables) for tables in attack.printed]
    return found


def test_attacker_tells_what_follows_and_nothing_else() -> None:
    knows = Knowledge()
    asked = {cell[0]: frozenset({cell}) for cell in (A, B, C)}
    assert knows.told(asked) == set()
    knows.learn([A, B], 12)
    knows.learn([B, C], 9)
    assert knows.told(asked | {"both": frozenset({A, B})}) == {"both"}
    more = knows.copy()
    more.learn([B], 9)
    assert more.told(asked) == {"a", "b", "c"}
    assert knows.told(asked) == set()


def test_attacker_tells_a_number_from_what_it_is_at_most() -> None:
    knows, asked = Knowledge(), {cell[0]: frozenset({cell}) for cell in (A, B)}
    knows.learn([A, B], 12)
    knows.learn([A], 0, 3)
    assert knows.told(asked) == set()
    knows.learn([B], 0, 9)
    assert knows.told(asked) == {"a", "b"}


def test_attacker_finds_a_number_that_one_document_hides_and_the_next_tells() -> None:
    """The life's own documents are safe: here a reader has the second one without the code's knowing of the first."""
    rows = {"girls": Row(asked=(0, 1))}
    life = Life(5, 2, rows, {("girls", 0): 3, ("girls", 1): 9}, {}, [Document((0, 1), ("hide",))])
    attack = Attack(life)
    assert [*attack.leaks()] == []
    attack._told.clear()
    life.events = [Correction("girls", 0, 3), Document((1,), ("hide",))]
    assert {leak.way for leak in attack.leaks()} == {(("girls", (0,)),)}
