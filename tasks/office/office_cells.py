"""Read the cells of an office's tables: days, sums and words as people write them, people and bodies by name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from models.errors import Unreadable
from models.field_types import is_key
from models.people_entries import OrganisationEntry
from models.programme import Programme
from models.sentence import Sentence
from models.sheet_headings import date_key, heading_key
from models.sheet_words import FALSE, NOT_HELD, SOURCES, TRUE, WORDS, is_cell_error, source_as_kept
from models.suggestions import did_you_mean, meant, nearest
from models.written_accounts import under_heading
from models.written_dates import day_alone, read_date
from models.written_lines import clean_email
from models.written_numbers import bare_sum, by_mark, in_full, narrow, read_number, shown
from models.written_periods import read_period
from models.written_references import kept_reference
from models.written_sums import currency_in, not_a_sum
from tasks.files.spreadsheets import Cell
from tasks.files.table_files import as_written
from tasks.office.sheet_headers import Heading

# A day as a spreadsheet counts it, where its cell was not told that it is one: 1970 to 2119. 20101 is a quarter.
_SERIALS = range(25_569, 80_000)
_TEXTS = ("text", "person", "organisation", "programme")
# Longer numbers lose their last digits in a spreadsheet, and are shown, and saved as CSV, as 1,23457E+15.
_LONGEST_NUMBER = 10**15
_CUT_SHORT = re.compile(r"[0-9][.,][0-9]+E\+[0-9]+")


@dataclass(slots=True)
class Known:
    """What cells can name: people, organisations and programmes, those of the database and of the files so far."""

    trusting: bool = False  # whether keys and addresses are taken as they are
    emails: set[str] = field(default_factory=set)
    people: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    keys: set[str] = field(default_factory=set)
    organisations: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    names: dict[str, str] = field(default_factory=dict)  # organisations' own, as they are written
    programmes: dict[str, str] = field(default_factory=dict)
    # Names of dates by their titles, and those that a decision gives, by programme.
    dates: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    decided: dict[str, set[str]] = field(default_factory=dict)
    # What a grant of the database is, as a row of a sheet of grants says it, by its reference; None for no grant's.
    held_grant: Callable[[str], dict[str, Any] | None] = lambda _: None
    # The grants of the files so far, in the same way, by their references in small letters; None for one that is wrong.
    grants: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    called: dict[str, str] = field(default_factory=dict)  # people's names by their addresses
    # Organisations that cells name for the first time.
    met: dict[str, str] = field(default_factory=dict)

    def add_person(self, email: str, name: str) -> None:
        """Let the person be named by address and by name."""
        self.emails.add(email)
        self.people[heading_key(name)].add(email)
        self.called[email] = name

    def held(self, kind: str, key: str) -> dict[str, Any] | None:
        """Return what a grant or a person is that the file itself does not bring, as a row of its sheet says it."""
        if kind == "people":
            email = key.lower()
            return {"email": email, "name": self.called[email]} if email in self.called else None
        return self.grants.get(key.lower()) or self.held_grant(key)

    def is_person(self, name: str) -> bool:
        """Return whether anybody is called so."""
        return bool(self.people.get(heading_key(name)))

    def add_organisation(self, key: str, names: Iterable[str]) -> None:
        """Let the organisation be named by its key and its names."""
        self.keys.add(key)
        for name in names:
            self.organisations[heading_key(name)].add(key)
            self.names[heading_key(name)] = name

    def add_programme(self, programme: Programme) -> None:
        """Let the programme be named by its key and its titles."""
        for name in (programme.programme, programme.title.sv, programme.title.en):
            self.programmes[heading_key(name)] = programme.programme
        for name, rule in programme.dates.items():
            for title in (rule.title.sv, rule.title.en):
                self.dates[date_key(title)].add(name)
        by_decision = {name for name, rule in programme.dates.items() if rule.given_by == "decision"}
        self.decided[programme.programme] = by_decision

    def date_of(self, heading: str) -> str | None:
        """Return the name of the programmes' date that a heading means; None if it means none, or several."""
        found = self.dates.get(date_key(heading), set())
        return next(iter(found)) if len(found) == 1 else None

    def person(self, text: str) -> str:
        """Return the address of the person that an address or a name names; ValueError if it names none, or two."""
        if "@" in text:
            email = clean_email(text)
            if email not in self.emails and not self.trusting:
                near = meant(nearest(email, [one for one in self.emails if is_address(one)]))
                raise Unreadable(
                    "there is no person with the address '%(email)s'%(near)s",
                    email=email,
                    near=near or Sentence(": add them to the sheet of people"),
                )
            return email
        found = self.people.get(heading_key(text), set())
        if not found:
            begun = {
                email
                for name, emails in self.people.items()
                if name.startswith(heading_key(text))
                for email in emails
            }
            near = Sentence(": write the address, or add them")
            if len(begun) == 1:
                near = Sentence("; did you mean %(near)s?", near=next(iter(begun)))
            raise Unreadable("there is no person called '%(name)s'%(near)s", name=shown(text), near=near)
        if len(found) > 1:
            raise Unreadable(
                "'%(name)s' can be %(several)s: write the address", name=shown(text), several=_either(found)
            )
        return next(iter(found))

    def organisation(self, text: str) -> str:
        """Return the key of the organisation that a key or a name names; a new name is a new organisation's.

        ValueError for a key that is not there, and for a name that is nearly another's.
        """
        if text in self.keys or (self.trusting and is_key(text)):
            return text
        name = heading_key(text)
        if name in self.organisations:
            return self.organisation_listed(text)
        if is_key(text):
            raise Unreadable(
                "'%(name)s' is not a known organisation%(near)s",
                name=shown(text),
                near=did_you_mean(text, self.keys),
            )
        near = get_close_matches(name, self.names, n=1, cutoff=0.9)
        if near:
            raise Unreadable(
                "'%(name)s' is no known organisation%(near)s",
                name=shown(text),
                near=meant(self.names[near[0]]),
            )
        key = self.organisation_listed(text)
        self.met[key] = text
        return key

    def organisation_listed(self, name: str) -> str:
        """Return the key of the organisation that a sheet lists by its name alone; a new one's is made of the name.

        ValueError for a name that two have, or of which no key can be made.
        """
        found = self.organisations.get(heading_key(name), set())
        if len(found) > 1:
            raise Unreadable(
                "'%(name)s' can be %(several)s: write the key", name=shown(name), several=_either(found)
            )
        if found:
            return next(iter(found))
        key = _slug(name)
        if not key or key in self.keys:
            raise Unreadable(
                "'%(name)s' is not a known organisation: add it to a sheet with its key", name=shown(name)
            )
        self.add_organisation(key, [name])
        return key

    def met_organisations(self) -> tuple[OrganisationEntry, ...]:
        """Return the organisations that cells named for the first time, and forget them."""
        met, self.met = self.met, {}
        return tuple(
            OrganisationEntry.model_validate({"key": key, "names": [{"name": name}]})
            for key, name in met.items()
        )

    def programme(self, text: str) -> str:
        """Return the key of the programme that a key or a title names, a path as it is; ValueError if it names none."""
        if text.endswith((".yaml", ".yml")):
            return text
        name = heading_key(text)
        if self.trusting and is_key(text):
            return text
        # A title can be cut short, as long as it is one programme's.
        begun = {key for title, key in self.programmes.items() if title.startswith(name)}
        found = self.programmes.get(name) or (next(iter(begun)) if name and len(begun) == 1 else None)
        if found is None:
            # A title that is cut short, or mistyped, is nearest to what others begin with.
            titles = {title[: len(name) + 1]: key for title, key in self.programmes.items()}
            nearly = get_close_matches(name, titles, n=1, cutoff=0.85)
            near = meant(titles[nearly[0]]) if nearly else did_you_mean(text, set(self.programmes.values()))
            raise Unreadable("there is no programme '%(name)s'%(near)s", name=shown(text), near=near)
        return found


def _either(several: Iterable[str]) -> Sentence:
    """Return two or more names as those of which one is meant."""
    *others, last = sorted(several)
    return Sentence("%(others)s or %(last)s", others=", ".join(others), last=last)


def is_address(text: str) -> bool:
    """Return whether a text is written as an address is."""
    try:
        return bool(clean_email(text))
    except ValueError:
        return False


def _slug(text: str) -> str:
    plain = text.casefold().translate(str.maketrans("åäöéü", "aaoeu"))
    return "-".join(re.findall("[a-z0-9]+", plain))[:60].strip("-0123456789")


def cell_text(cell: Cell) -> str:
    """Return a cell as the text that it shows; numbers as people write whole ones."""
    if isinstance(cell, float):
        return f"{Decimal(repr(round(cell, 6))).normalize():f}"
    return "" if cell is None else as_written(str(cell).strip())


def address_text(cell: Cell) -> str:
    """Return an address as it is written, without what a program adds when it makes a link of it."""
    text = cell_text(cell)
    return text.strip("\u200b\u2060\ufeff\xad ").removeprefix("mailto:") if "@" in text else text


def read_cell(heading: Heading, cell: Cell, known: Known, day_zero: date, mark: str = "") -> object:
    """Return what the cell says to its column; ValueError, as a sentence that says how to mend it, if nothing.

    `day_zero` is the day from which a number counts days, `mark` what stands before the decimals of the column's sums,
    where they show it.
    """
    if is_cell_error(cell):
        raise Unreadable(
            "holds the error '%(value)s': mend its formula, or write what belongs there", value=cell
        )
    if isinstance(cell, str) and (heading.column.reads not in _TEXTS or heading.column.field == "phone"):
        cell = cell.removeprefix("'")  # what keeps a cell a text to a spreadsheet
    if heading.column.reads in ("text", "person"):
        _whole_text(cell, is_reference=heading.column.field == "reference")
    if heading.column.field == "reference":
        return kept_reference(cell_text(cell))
    if heading.column.field == "account":
        return under_heading(heading.text, cell_text(cell))
    match heading.column.reads:
        case "day":
            return read_day(cell, day_zero)
        case "sum":
            return _sum(cell, heading.scale, mark)
        case "yes_no":
            return _yes_no(cell)
        case "whole":
            return _whole(cell)
        case "period":
            return read_period(cell_text(cell) if not isinstance(cell, date) else cell)
        case "person":
            return known.person(address_text(cell))
        case "organisation":
            return known.organisation(cell_text(cell))
        case "programme":
            return known.programme(cell_text(cell))
        case "word":
            text = cell_text(cell)
            if heading.column.field == "kind" and text.casefold() in NOT_HELD:
                raise Unreadable(
                    "'%(value)s' is no type: write ja in a column with the heading Inställt",
                    value=shown(cell),
                )
            return WORDS[heading.column.field].get(text.casefold(), text.casefold())
    if heading.column.field in SOURCES:
        return source_as_kept(cell_text(cell))
    if heading.column.is_sum:
        return _by_mark(cell_text(cell), mark, 2)
    return address_text(cell) if heading.column.field == "email" else cell_text(cell)


def _whole_text(cell: Cell, *, is_reference: bool) -> None:
    """Refuse what a spreadsheet made of a text that looks like a day or a number, and does not hold it any more."""
    if is_reference and isinstance(cell, date):
        raise Unreadable(
            "'%(value)s' is a day to the spreadsheet: let the cell be text, and write the reference again",
            value=shown(cell),
        )
    # 2026.10 is 2026.1 to it.
    is_part = is_reference and isinstance(cell, float) and not cell.is_integer()
    is_long = isinstance(cell, int | float) and abs(cell) >= _LONGEST_NUMBER
    if is_part or is_long or (isinstance(cell, str) and _CUT_SHORT.fullmatch(cell)):
        raise Unreadable(
            "'%(value)s' is a number to the spreadsheet, which does not keep all that was written: let the cell"
            " be text, and write it again",
            value=shown(cell),
        )


def read_day(cell: Cell, day_zero: date) -> date:
    """Return the day that a cell says, as text, as a day or as a number of days from `day_zero`; ValueError if none."""
    if isinstance(cell, bool):
        raise Unreadable("'%(value)s' is not a date: write it as 2010-12-31", value=cell)
    if isinstance(cell, int | float) and cell == int(cell) and int(cell) in _SERIALS:
        return day_zero + timedelta(days=int(cell))
    return read_date(cell if isinstance(cell, date) else day_alone(cell_text(cell))[0])


def _by_mark(text: str, mark: str, decimals: int) -> str:
    """Return a sum that reads one way only; TwoReadings where neither it nor its column says which."""
    bare = bare_sum(text, currency_in(text))
    plain = by_mark(bare, mark, decimals)
    return text if plain == bare else narrow(text).replace(bare, plain)


def _sum(cell: Cell, scale: int, mark: str) -> str:
    if isinstance(cell, bool | date):
        raise not_a_sum(cell)
    decimals = 6 if scale > 1 else 2
    text = cell_text(cell) if isinstance(cell, int | float) else _by_mark(cell_text(cell), mark, decimals)
    if isinstance(cell, int | float):
        number = read_number(round(cell, 6), decimals)
    else:
        currency = currency_in(text)
        if scale > 1 and in_full(text, currency) != text:
            raise Unreadable(
                "'%(value)s' says its unit, and so does the heading: write the number alone",
                value=shown(text),
            )
        number = read_number(bare_sum(in_full(text, currency), currency), decimals)
    if scale > 1:
        # Read again as it is written: more decimals could pass for thousands.
        return f"{read_number(number * scale, 2).normalize():f}"
    return f"{number:f}" if isinstance(cell, int | float) else text


def _yes_no(cell: Cell) -> bool:
    text = "true" if cell is True else "false" if cell is False else cell_text(cell).casefold()
    if text not in (*TRUE, *FALSE):
        raise Unreadable("'%(value)s' is neither yes nor no: write ja or nej", value=shown(cell))
    return text in TRUE


def _whole(cell: Cell) -> int:
    text = cell_text(cell)
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise Unreadable("'%(value)s' is not a whole number", value=shown(cell))
    return int(text)
