"""Read the sentences of a programme file, and collect their faults."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from models.programme.language.tokens import SentenceFault

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not hold together: the keys and positions that lead to it in the file, and a sentence.

    `drawn` marks one that points at the words of a rule in lines of its own.
    """

    place: Place
    sentence: str
    drawn: bool = False


_Value = TypeVar("_Value")


@dataclass(slots=True)
class Sentences:
    """What was wrong with the sentences read so far, in their order."""

    problems: list[Problem] = field(default_factory=list)

    def read(self, reader: Callable[[str], _Value], sentence: str, place: Place) -> _Value | None:
        """Return what a sentence says; None, with the fault kept, for one that cannot be read."""
        try:
            return reader(sentence)
        except SentenceFault as fault:
            self.refuse([fault], sentence, place)
            return None

    def refuse(self, faults: Iterable[SentenceFault], sentence: str, place: Place) -> bool:
        """Keep faults of a sentence, and return whether there are any."""
        found = [Problem(place, f"\n{fault.drawn_under(sentence)}", drawn=True) for fault in faults]
        self.problems += found
        return bool(found)

    def say(self, place: Place, sentence: str) -> None:
        """Keep what is wrong at a place."""
        self.problems.append(Problem(place, sentence))

    def make(self, place: Place, build: Callable[[], _Value]) -> _Value | None:
        """Return a part of the plan; None, with what is wrong kept, where its parts do not fit each other.

        What only follows from a sentence that cannot be read is not said.
        """
        try:
            return build()
        except ValidationError as problem:
            every = problem.errors()
            around = {error["loc"][:length] for error in every for length in range(len(error["loc"]))}
            faults = [
                error["msg"].removeprefix("Value error, ") for error in every if error["loc"] not in around
            ]
        except ValueError as problem:
            faults = [str(problem)]
        if not any(known.place[: len(place)] == place for known in self.problems):
            for sentence in faults:
                self.say(place, sentence)
        return None
