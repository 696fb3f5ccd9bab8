"""Find two accounts that look like one person: nearly the same name, or the same mailbox."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from models.reading.address import mailbox_of
from tasks.intake.cell_names import words_of

_ALIKE = 90  # of 100: "Anna Karlsson" and "Anna Carlsson"


@dataclass(frozen=True, slots=True)
class Account:
    """A person's name and address."""

    name: str
    email: str


def find_twins(new: Iterable[Account], everybody: Sequence[Account]) -> Iterator[tuple[Account, Account]]:
    """Yield each new account with every other that looks like the same person's; each pair once.

    Two who share no word of their names are not compared.
    """
    from rapidfuzz import fuzz  # imported here: only somebody who imports people needs it

    by_word = defaultdict[str, list[tuple[str, Account]]](list)
    by_mailbox = defaultdict[str, list[Account]](list)
    for person in everybody:
        by_mailbox[mailbox_of(person.email)].append(person)
        words = words_of(person.name)
        for word in words:
            by_word[word].append((" ".join(words), person))
    reported: set[frozenset[str]] = set()
    for person in new:
        words = words_of(person.name)
        name = " ".join(words)
        near = [named for word in words for named in by_word[word]]
        alike = [other for other_name, other in near if fuzz.ratio(name, other_name) >= _ALIKE]
        for other in (*by_mailbox[mailbox_of(person.email)], *alike):
            pair = frozenset((person.email, other.email))
            if len(pair) == 2 and pair not in reported:
                reported.add(pair)
                yield person, other
