"""Sentences as fields of a plan: read from text, and written as text."""

from typing import Annotated

from pydantic import AfterValidator, PlainSerializer, PlainValidator

from models.programme.language import amounts
from models.programme.language.each import print_each, read_each
from models.programme.language.grammar import Sentence
from models.programme.language.parser import RULE
from models.programme.language.rule import Rule


def _said_by(sentence: Sentence[object]) -> tuple[PlainValidator, PlainSerializer]:
    def read(value: object) -> object:
        return sentence.read(value) if isinstance(value, str) else value

    return PlainValidator(read), PlainSerializer(sentence.printed)


RuleSentence = Annotated[Rule, *_said_by(RULE)]
ShareSentence = Annotated[amounts.Share, *_said_by(amounts.SHARE)]
KeepsSentence = Annotated[amounts.Keeps, *_said_by(amounts.KEEPS)]
RepaysSentence = Annotated[amounts.Repays, *_said_by(amounts.REPAYS)]
WhenSentence = Annotated[amounts.When, *_said_by(amounts.WHEN)]
PriceSentence = Annotated[amounts.Price, *_said_by(amounts.PRICE)]
CheckSentence = Annotated[amounts.Check, *_said_by(amounts.CHECK)]
OriginSentence = Annotated[amounts.Origin, *_said_by(amounts.ORIGIN)]
# Periods, as their printed sentence.
EachSentence = Annotated[str, AfterValidator(lambda sentence: print_each(read_each(sentence)))]
