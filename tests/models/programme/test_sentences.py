"""Hold what is said of sentences that cannot be read: where they are wrong, what is expected, and the cure."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.programme.language.names import Known, find_faults
from models.programme.language.parser import read_rule
from models.programme.language.tokens import SentenceFault

LINES = (Path(__file__).parent / "wrong-rules.txt").read_text(encoding="utf-8").splitlines()
KNOWN = Known(
    dates=frozenset({"final_report"}),
    steps={"final-report": "", "report": "", "close": ""},
    approved=frozenset({"final-report"}),
    payments={"balance": "", "advance": ""},
    each="quarter",
)


def fault_of(sentence: str, known: Known) -> SentenceFault:
    """Return the first thing that is wrong with a rule's sentence."""
    try:
        return next(find_faults(read_rule(sentence), known))
    except SentenceFault as fault:
        return fault


@pytest.mark.parametrize(("sentence", "said"), list(zip(LINES[0::2], LINES[1::2], strict=True)))
def test_wrong_rule_is_answered_with(sentence: str, said: str) -> None:
    """A line that ends in [once] is of a step that comes once."""
    each = "" if said.endswith("  [once]") else "quarter"
    drawn, carets = fault_of(sentence, replace(KNOWN, each=each)).drawn_under(sentence).split("\n")
    assert sentence.startswith(drawn)
    assert carets == said.removesuffix("  [once]")
