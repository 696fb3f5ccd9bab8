"""Sentences as fields of a plan: each read from its text, and written as its text."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, PlainSerializer, PlainValidator

from models.programme.language.amounts.check import CHECK, Check
from models.programme.language.amounts.forms import Sentence
from models.programme.language.amounts.origin import ORIGIN, Origin
from models.programme.language.amounts.share import KEEPS, REPAYS, SHARE, Keeps, Repays, Share
from models.programme.language.amounts.terms import PRICE, WHEN, Price, When
from models.programme.language.each import print_each, read_each
from models.programme.language.parser import read_rule
from models.programme.language.printed import print_rule
from models.programme.language.rule import Rule

_EXAMPLE = "30 days after period_end"


def _read(value: object) -> Rule:
    if isinstance(value, Rule):
        return value
    if not isinstance(value, str):
        raise ValueError(f"a rule is a sentence: write it as '{_EXAMPLE}'")
    return read_rule(value)


RuleSentence = Annotated[Rule, PlainValidator(_read), PlainSerializer(print_rule)]


def _said_by(sentence: Sentence[object]) -> tuple[PlainValidator, PlainSerializer]:
    def read(value: object) -> object:
        return sentence.read(value) if isinstance(value, str) else value

    return PlainValidator(read), PlainSerializer(sentence.printed)


ShareSentence = Annotated[Share, *_said_by(SHARE)]
KeepsSentence = Annotated[Keeps, *_said_by(KEEPS)]
RepaysSentence = Annotated[Repays, *_said_by(REPAYS)]
WhenSentence = Annotated[When, *_said_by(WHEN)]
PriceSentence = Annotated[Price, *_said_by(PRICE)]
CheckSentence = Annotated[Check, *_said_by(CHECK)]
OriginSentence = Annotated[Origin, *_said_by(ORIGIN)]
# Periods, as the sentence that is printed of them.
EachSentence = Annotated[str, AfterValidator(lambda said: print_each(read_each(said)))]
