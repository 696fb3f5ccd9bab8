"""Hold that the open collection stays what it says: sources, worked examples, and a suite that is current."""

import json

import jsonschema
import pytest

from tests.conformance import SCHEMA, SUITE, Suite, schema, suite, suite_text, text_of

AGAIN = "write it again: python -m tests.conformance"


@pytest.fixture(scope="module")
def now() -> Suite:
    return suite()


def test_conformance_suite_is_that_of_the_programmes(now: Suite) -> None:
    assert SUITE.read_text(encoding="utf-8") == suite_text(now), AGAIN
    assert SCHEMA.read_text(encoding="utf-8") == text_of(schema()), AGAIN


def test_conformance_suite_fits_its_schema() -> None:
    checker = jsonschema.Draft202012Validator(schema())
    checker.validate(json.loads(SUITE.read_text(encoding="utf-8")))


def test_every_programme_says_where_its_rules_are_from_and_is_worked_out_by_hand(now: Suite) -> None:
    assert {case.programme for case in now.cases} == now.programmes.keys()
    assert [name for name, one in now.programmes.items() if one.status != "unread" and not one.note] == []
