"""Read the sentences of a programme file, and collect their faults."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from models.message import Remark
from models.programme.language.tokens import SentenceFault

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault: the keys and positions that lead to it in the file, and a sentence.

    Of a sentence of the language, `sentence` points at its `word` in lines of its own, and `cure` is
    the message alone.
    """

    place: Place
    sentence: str | Remark
    word: str = ""
    cure: str = ""


_Value = TypeVar("_Value")


@dataclass(slots=True)
class Sentences:
    """The faults of the sentences read so far, in order."""

    problems: list[Problem] = field(default_factory=list)

    def read(self, reader: Callable[[str], _Value], sentence: str, place: Place) -> _Value | None:
        """Return a sentence's value; None, with the fault kept, if it cannot be read."""
        try:
            return reader(sentence)
        except SentenceFault as fault:
            self.refuse([fault], sentence, place)
            return None

    def refuse(self, faults: Iterable[SentenceFault], sentence: str, place: Place) -> bool:
        """Keep faults of a sentence, and return whether there are any."""
        problems = [
            Problem(place, f"\n{fault.drawn_under(sentence)}", fault.word_in(sentence), fault.message)
            for fault in faults
        ]
        self.problems += problems
        return bool(problems)

    def say(self, place: Place, sentence: str) -> None:
        """Keep the fault of a place."""
        self.problems.append(Problem(place, sentence))

    def make(self, place: Place, build: Callable[[], _Value]) -> _Value | None:
        """Return a part of the plan; None, with the faults kept, if its parts do not fit each other.

        Faults that only follow from an unreadable sentence are left out.
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
        if not any(problem.place[: len(place)] == place for problem in self.problems):
            for sentence in faults:
                self.say(place, sentence)
        return None
