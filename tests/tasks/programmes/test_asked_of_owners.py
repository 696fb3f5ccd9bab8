"""Hold that what only an owner knows of a recipient is asked of them: figures of its own, and a duty of many grants."""

from pathlib import Path

import pytest

from models.programme.step import StepRule
from tasks.programmes.files import read_programme

WHOLE = """\
programme: audited
title: {{sv: Bidrag med revision, en: Audited award}}
source: 2 CFR 200.501
currency: USD
country: US
steps:
  audit: {{title: {{sv: revisionen, en: audit}}, {said}, due: 9 months after grant_end (200.512)}}
payments:
  whole: {{share: 100 %}}
"""


def an_audit(folder: Path, said: str) -> StepRule:
    """Return the audit of a programme in which it says this."""
    path = folder / "audited.yaml"
    path.write_text(WHOLE.format(said=said), encoding="utf-8")
    return read_programme(path).step("audit")


@pytest.mark.parametrize(
    ("said", "sv", "en"),
    [
        (
            "when: federal_spending of the recipient from 1 000 000",
            "Den behövs om mottagarens federal spending är minst 1 000 000 USD. Svara annars att den inte behövs.",
            (
                "It is needed if the recipient's federal spending is at least 1 000 000 USD."
                " Otherwise answer that it is not needed."
            ),
        ),
        (
            "when: turnover of the recipient below 750 000",
            "Den behövs om mottagarens turnover är lägre än 750 000 USD. Svara annars att den inte behövs.",
            (
                "It is needed if the recipient's turnover is less than 750 000 USD."
                " Otherwise answer that it is not needed."
            ),
        ),
        (
            "one_for: recipient",
            "Den görs en gång för alla mottagarens bidrag. Svara att den inte behövs om den är gjord för ett annat.",
            (
                "It is done once for all grants of the recipient."
                " Answer that it is not needed if it is done for another."
            ),
        ),
    ],
)
def test_owner_is_asked_where_a_step_is_not_needed(tmp_path: Path, said: str, sv: str, en: str) -> None:
    audit = an_audit(tmp_path, said)
    assert audit.optional
    assert (audit.todo.sv.endswith(sv), audit.todo.en.endswith(en)) == (True, True)


def test_own_words_to_the_owner_are_kept(tmp_path: Path) -> None:
    audit = an_audit(tmp_path, "one_for: recipient, todo: Ask the controller.")
    assert (audit.todo.en, audit.optional) == ("Ask the controller.", True)
