"""Hold that the open collection is what it says: sources, worked examples, a suite and a grammar for other engines."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lark import Lark

from deployments.shipped_files import PROGRAMMES
from tasks.programmes.strict_yaml import read_yaml
from tests.conformance import Suite, suite, write_suite
from tests.models.programme.test_amounts import SAYS
from tests.models.programme.test_sentences import HEARD
from tests.programme_grammar import SENTENCES, grammar


@pytest.fixture(scope="module")
def now() -> Suite:
    return suite()


def test_conformance_suite_fits_its_schema(now: Suite, tmp_path: Path) -> None:
    write_suite(tmp_path)
    written, schema = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("suite", "schema"))
    jsonschema.Draft202012Validator(schema).validate(written)
    assert (len(written["cases"]), written["programmes"].keys()) == (len(now.cases), now.programmes.keys())
    assert (tmp_path / "grammar.lark").read_text(encoding="utf-8") == grammar()


def test_every_programme_says_where_its_rules_are_from_and_is_worked_out_by_hand(now: Suite) -> None:
    assert {case.programme for case in now.cases} == now.programmes.keys()
    assert [name for name, one in now.programmes.items() if one.status != "unread" and not one.note] == []


# The keys whose texts are sentences of a kind; what stands below them is read too.
KINDS = {"due": "rule", "opens": "rule", "each": "each", "share": "share", "repays": "repays", "from": "from"}


def sentences_of(key: str, said: Any) -> Iterator[tuple[str, str]]:
    """Yield the sentences of a part of a file by their kinds, as it says them."""
    if isinstance(said, list):
        for one in said:
            yield from sentences_of(key, one)
    elif isinstance(said, dict) and key == "late":
        yield from (("late", f"{when} : {price}") for when, price in said.items())
    elif isinstance(said, dict):
        for inner, value in said.items():
            yield from sentences_of(
                "check" if key == "checks" else inner, inner if key == "checks" else value
            )
    elif isinstance(said, str) and key == "needs":
        yield from (("needs", one) for one in said.replace(",", " ").split())
    elif isinstance(said, str) and (key in KINDS or key in ("when", "check", "checks")):
        yield KINDS.get(key, key.removesuffix("s")), said
    elif isinstance(said, str) and key in ("claim", "paid") and said != "none":
        yield "rule", said


def test_parser_made_of_the_printed_grammar_reads_every_shipped_sentence() -> None:
    """Another engine has nothing but the text: its own parser must come through with it."""
    parser = Lark(grammar(), start=[f"start_{name}" for name in SENTENCES])
    said = {("rule", sentence) for sentence, _ in HEARD} | {(kind, sentence) for kind, sentence, _ in SAYS}
    for path in sorted(PROGRAMMES.glob("*.yaml")):
        content = read_yaml(path.read_text(encoding="utf-8"))[0]
        steps, payments = content.get("steps", {}), content.get("payments", {})
        # A payment may name a step where a period is said.
        said.update(pair for pair in sentences_of("", [steps, payments]) if pair[1] not in steps)
    assert {kind for kind, _ in said} == SENTENCES.keys()
    for kind, sentence in sorted(said):
        parser.parse(sentence, start=f"start_{kind}")
