"""Hold what is said of sentences that cannot be read: where they are wrong, what is expected, and the cure."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.programme.language.known_names import ProgrammeNames, find_faults
from models.programme.language.parser import print_rule, read_rule
from models.programme.language.tokens import SentenceFault

LINES = (Path(__file__).parent / "wrong-rules.txt").read_text(encoding="utf-8").splitlines()
KNOWN = ProgrammeNames(
    dates=frozenset({"final_report"}),
    steps={"final-report": "", "report": "", "close": ""},
    approved=frozenset({"final-report"}),
    payments={"balance": "", "advance": ""},
    each="quarter",
)


def fault_of(sentence: str, known: ProgrammeNames) -> SentenceFault:
    """Return the first thing that is wrong with a rule's sentence."""
    try:
        return next(find_faults(read_rule(sentence), known))
    except SentenceFault as fault:
        return fault


# What letters say, and how it is printed.
HEARD = (
    ("within 30 days of grant_end", "30 days after grant_end"),
    ("within thirty days from the end of the grant (4)", "30 days after grant_end (4)"),
    ("within 10 working days in SE after decision", "10 working days in SE after decision"),
    ("within three months of the last day of the period", "3 months after period_end"),
    ("3 months from the first day of the grant", "3 months after grant_start"),
    (
        "no later than 30 June after period_end even on a day off",
        "30 June after period_end even on a day off",
    ),
    ("no later than final_report of the decision", "at final_report of the decision"),
    ("no later than 2026-09-15", "on 2026-09-15"),
    ("no later than the end of the grant", "at grant_end"),
    ("the start of the period", "at period_start"),
    ("the last day of the month after the end of the period", "end of the month after period_end"),
    ("the first day of the 2nd quarter after grant_end", "start of the 2nd quarter after grant_end"),
)


@pytest.mark.parametrize(("heard", "printed"), HEARD)
def test_words_of_a_letter_are_heard_and_printed_as_ever(heard: str, printed: str) -> None:
    assert print_rule(read_rule(heard)) == printed


@pytest.mark.parametrize(("sentence", "said"), list(zip(LINES[0::2], LINES[1::2], strict=True)))
def test_wrong_rule_is_answered_with(sentence: str, said: str) -> None:
    """A line that ends in [once] is of a step that comes once."""
    each = "" if said.endswith("  [once]") else "quarter"
    drawn, carets = fault_of(sentence, replace(KNOWN, each=each)).drawn_under(sentence).split("\n")
    assert sentence.startswith(drawn)
    assert carets == said.removesuffix("  [once]")
