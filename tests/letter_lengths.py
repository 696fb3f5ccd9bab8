"""Print how many words each reviewed letter has with everything: `python -m tests.letter_lengths`."""

import re
import sys

from tests.golden_file import GOLDEN, golden_names


def count_words(text: str) -> int:
    """Return how many words a text has: no addresses behind buttons, dashes or numbers of a list."""
    counted = (
        word for word in text.split() if not word.startswith("http") and not re.fullmatch(r"\d+\.", word)
    )
    return sum(any(map(str.isalnum, word)) for word in counted)


def words_of(name: str) -> int:
    """Return how many words a letter's reader meets below its subject, the day and the grant among them."""
    return count_words((GOLDEN / "letters" / f"{name}.txt").read_text(encoding="utf-8").partition("\n\n")[2])


def main() -> None:
    """Print a line a letter, and the longest."""
    names = sorted({name.partition(".")[0] for name in golden_names("letters")})
    counts = {name: (words_of(f"{name}.sv"), words_of(f"{name}.en")) for name in names}
    counts["the longest"] = (max(sv for sv, _ in counts.values()), max(en for _, en in counts.values()))
    lines = (f"{name:<34}{sv:>5}{en:>5}\n" for name, (sv, en) in counts.items())
    sys.stdout.writelines((f"{'letter':<34}{'sv':>5}{'en':>5}\n", *lines))


if __name__ == "__main__":
    main()
