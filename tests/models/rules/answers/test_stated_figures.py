"""Hold numbers in texts against the figures that they are of."""

from decimal import Decimal

import pytest

from models.rules.answers.conflicts import Counted, find_contradictions

COUNTED = (
    Counted(("Anmälningar till socialtjänsten", "Reports to social services"), Decimal(14)),
    Counted(("Personer under 18 år", "Persons under 18"), Decimal(10)),
    Counted(("Personer som är 18 eller 19 år", "Persons aged 18 or 19"), Decimal(3)),
    Counted(("Besök", "Visits"), Decimal(1200)),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Under projektet har 14 anmälningar gjorts till socialtjänsten.", []),
        ("Under projektet har 15 anmälningar gjorts till socialtjänsten.", [(15, 14)]),
        ("Femton anmälningar har gjorts.", [(15, 14)]),
        ("We made 13 reports.", [(13, 14)]),
        ("Tio personer under 18 år. Nio personer under 18 år.", [(9, 10)]),
        ("Vi mötte 25 personer.", []),  # two questions are about persons
        ("Det blev 1 200 besök.", []),
        ("Det blev 1 300 besök.", [(1300, 1200)]),
        ("Kvartal 4 och anmälningar därefter; 2010 års anmälningar.", []),
    ],
)
def test_number_before_a_questions_noun_is_held_against_its_figure(
    text: str, found: list[tuple[int, int]]
) -> None:
    assert [(one.stated, int(one.number)) for one in find_contradictions(text, COUNTED)] == found
