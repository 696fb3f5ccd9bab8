"""Where long words may break."""

import pytest

from tasks.words.hyphens import with_soft_hyphens


@pytest.mark.parametrize(
    ("text", "language", "broken"),
    [
        pytest.param("Avhopparverksamhet", "sv", "Avhoppar|verk|samhet", id="where a compound is joined"),
        pytest.param("slutrapporten", "sv", "slutrapporten", id="a shorter word stays whole"),
        pytest.param("Utkast till slutrapport", "sv", "Utkast till slutrapport", id="short words"),
        pytest.param("in administrations", "en", "in admin|is|tra|tions", id="another language"),
    ],
)
def test_long_word_may_break(text: str, language: str, broken: str) -> None:
    assert with_soft_hyphens(text, language).replace("\N{SOFT HYPHEN}", "|") == broken
