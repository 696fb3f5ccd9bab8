"""The list of fields that a Word template can use: all of them, each printed by a template that is made of them."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import cast, get_args

import pytest
from docx import Document
from sqlalchemy import Engine

from models.languages import LANGUAGES
from tasks.documents.facts.document import DocumentFacts
from tasks.documents.papers import Wanted, gather_paper
from tasks.documents.word.documents import given_to_template
from tasks.documents.word.fields import (
    FURTHER,
    TemplateField,
    field_table,
    find_nearest,
    label_of,
    list_fields,
    read_examples,
    with_parts,
)
from tasks.documents.word.samples import sample_of, try_template
from tasks.documents.word.templates import TEMPLATES, Kind
from tasks.words.translator import translator
from tests.template_examples import PATH, written_examples

# What is given to a template to reckon with, and not to print.
UNPRINTED = {"made_on", "blanks", "values", "adds", "near"}


def said_by(listed: Iterable[TemplateField]) -> str:
    """Return the text of a template that uses each of the fields as its page writes it."""
    return "".join(
        field.written.replace("…", f" {said_by(field.parts)} " if field.parts else " x ") for field in listed
    )


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_field_can_be_used_as_it_is_listed(tmp_path: Path, kind: Kind) -> None:
    word = Document(str(TEMPLATES / f"{kind}.sv.docx"))
    word.add_paragraph(said_by(field for field in list_fields() if field.only in (None, kind)))
    word.save(str(tmp_path / f"{kind}.sv.docx"))
    try_template(f"{kind}.sv.docx", tmp_path)


def names_in(value: object) -> Iterator[str]:
    if isinstance(value, tuple):
        for one in value:
            yield from names_in(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield field.name
            yield from names_in(getattr(value, field.name))


def test_no_field_of_the_facts_is_left_out() -> None:
    listed = {part for field in with_parts(list_fields()) for part in field.name.split(".")}
    assert {*names_in(sample_of(DocumentFacts))} - listed == UNPRINTED


@pytest.mark.parametrize("kind", get_args(Kind))
def test_what_one_kind_of_paper_alone_has_is_listed(drafted: Engine, kind: Kind) -> None:
    step = "follow-up-2010-q1" if kind == "follow-up" else None
    wanted = Wanted(kind, step=step, instalment=2 if kind == "claim" else None)
    facts, more, _ = gather_paper(drafted, "REF-2009-2", wanted, date(2011, 1, 17))
    assert {*given_to_template(facts, more)} == {"f", *FURTHER.get(kind, {})}


def test_examples_are_what_the_reference_case_says() -> None:
    assert PATH.read_text(encoding="utf-8") == written_examples()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_words_and_stands_in_the_table(language: str) -> None:
    listed = [*with_parts(list_fields())]
    assert all(label_of(field, language) for field in listed)
    assert {*read_examples()[language]} == {field.name for field in listed}
    head, *rows = field_table(translator(language))
    assert len(head) == 3
    assert {row[0] for row in rows} == {field.written for field in listed}
    assert len(rows) == len(listed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("titel", "f.title"),
        ("bidrag.titel", "f.title"),
        ("f.awrd", "f.award"),
        ("diarienummer", "f.reference"),
        ("f.beviljat_belopp", "f.award"),
        ("step_titel", "step_title"),
        ("xyzzy", None),
    ],
)
def test_mistyped_field_is_found_by_its_name_or_by_its_words(typed: str, meant: str | None) -> None:
    found = find_nearest(typed)
    assert (found and found.name) == meant


def test_kinds_of_papers_are_those_that_have_further_fields() -> None:
    assert {*FURTHER} <= {*cast("tuple[str, ...]", get_args(Kind))}
