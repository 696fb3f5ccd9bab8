"""The mutants of `make mutants` are of the tree as it is."""

from tests.simulation.mutants import MUTANTS, ROOT


def test_each_mutant_finds_what_it_breaks() -> None:
    assert len(MUTANTS) >= 30
    assert [
        str(one) for one in MUTANTS if one.text not in (ROOT / one.file).read_text(encoding="utf-8")
    ] == []
