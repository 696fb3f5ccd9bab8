"""Look up what the cells of an import name: people, organisations, programmes and their dates."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from models.errors import Unreadable
from models.intake.file import OrganisationEntry
from models.intake.headings import date_key, heading_key
from models.message import Remark
from models.programme.plan import Programme
from models.reading.address import clean_email
from models.reading.fields import is_key, written_date
from models.reading.number import shown
from models.reading.value_faults import did_you_mean, meant, nearest
from tasks.intake.import_faults import Imported


@dataclass(slots=True)
class CellNames:
    """The people, organisations and programmes that cells can name, of the database and the files so far."""

    emails: set[str] = field(default_factory=set)
    people: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    keys: set[str] = field(default_factory=set)
    organisations: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    names: dict[str, str] = field(default_factory=dict)  # organisations' own names, as they are written
    programmes: dict[str, str] = field(default_factory=dict)
    # Names of dates by their titles, and those that a decision gives, by programme.
    dates: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    decided: dict[str, set[str]] = field(default_factory=dict)
    grants: set[str] = field(default_factory=set)  # references of the grants that are here, in lower case
    # Organisations that cells name for the first time.
    met: dict[str, str] = field(default_factory=dict)
    # People by the words of their names, in any order, and those whose names were turned.
    by_words: dict[tuple[str, ...], set[str]] = field(default_factory=lambda: defaultdict(set))
    turned: list[str] = field(default_factory=list)

    def add_person(self, email: str, name: str) -> None:
        """Let cells name the person by address and by name."""
        self.emails.add(email)
        self.people[heading_key(given_first(name))].add(email)
        self.by_words[words_of(name)].add(email)

    def greeted(self, name: str, email: str) -> str:
        """Return a person's given name first; the address can show that the surname was written first.

        "Lund Maria" with the address maria.lund@example.org is "Maria Lund".
        """
        words = name.split()
        address = _plain(email.partition("@")[0]).split(".")
        plain = [_plain(word) for word in words]
        first = address[0]
        last = address[-1]
        if len(words) > 1 and first != last and plain[0] == last and first in plain[1:]:
            name = " ".join([*words[1:], words[0]])
            self.turned.append(name)
        return name

    def turned_names(self) -> list[str]:
        """Return the names that were turned, and forget them."""
        turned = self.turned
        self.turned = []
        return turned

    def add_organisation(self, key: str, names: Iterable[str]) -> None:
        """Let cells name the organisation by its key and its names."""
        self.keys.add(key)
        for name in names:
            self.organisations[heading_key(name)].add(key)
            self.names[heading_key(name)] = name

    def add_programme(self, programme: Programme) -> None:
        """Let cells name the programme by its key and its titles."""
        for name in (programme.programme, programme.title.sv, programme.title.en):
            self.programmes[heading_key(name)] = programme.programme
        for name, rule in programme.dates.items():
            for title in (rule.title.sv, rule.title.en, written_date(name)):
                self.dates[date_key(title)].add(name)
        by_decision = {name for name, rule in programme.dates.items() if rule.given_by == "decision"}
        self.decided[programme.programme] = by_decision

    def date_of(self, heading: str) -> str | None:
        """Return the name of the programmes' date that a heading means; None if it means none, or several."""
        names = self.dates.get(date_key(heading), set())
        return next(iter(names)) if len(names) == 1 else None

    def person(self, text: str) -> str:
        """Return the address of the person with this address or name; Unreadable if there is none, or two."""
        if "@" in text:
            email = clean_email(text)
            if email not in self.emails:
                near = meant(nearest(email, self.emails, at_least=75))
                raise Unreadable(Imported.NO_PERSON(email=email, near=near or Imported.ADD_TO_PEOPLE()))
            return email
        name = heading_key(given_first(text))
        addresses = self.people.get(name, set()) or self.by_words.get(words_of(text), set())
        if not addresses:
            near = nearest(name, self.people, at_least=75)
            hint = Imported.PERHAPS(near=_either(self.people[near])) if near else Imported.WRITE_OR_ADD()
            raise Unreadable(Imported.NO_PERSON_CALLED(name=shown(text), near=hint))
        if len(addresses) > 1:
            raise Unreadable(Imported.SEVERAL_PEOPLE(name=shown(text), several=_either(addresses)))
        return next(iter(addresses))

    def organisation(self, text: str) -> str:
        """Return the key of the organisation with this key or name; a new name makes a new organisation.

        Raises Unreadable for an unknown key, and for a name that is nearly another's.
        """
        if text in self.keys:
            return text
        if heading_key(text) in self.organisations:
            return self.organisation_listed(text)
        if is_key(text):
            near = did_you_mean(text, self.keys)
            raise Unreadable(Imported.UNKNOWN_ORGANISATION(name=shown(text), near=near))
        if similar := nearest(heading_key(text), self.names, at_least=90):
            raise Unreadable(Imported.UNKNOWN_ORGANISATION(name=shown(text), near=meant(self.names[similar])))
        key = self.organisation_listed(text)
        self.met[key] = text
        return key

    def name_of(self, key: str) -> str:
        """Return the name of the organisation with the key; the key if it has none."""
        named = (self.names[name] for name, keys in self.organisations.items() if key in keys)
        return next(named, key)

    def organisation_listed(self, name: str) -> str:
        """Return the key of an organisation that a sheet lists by name alone; a new one is made from the name.

        Raises Unreadable for a name that two have, or that no key can be made from.
        """
        keys = self.organisations.get(heading_key(name), set())
        if len(keys) > 1:
            raise Unreadable(Imported.SEVERAL_ORGANISATIONS(name=shown(name), several=_either(keys)))
        if keys:
            return next(iter(keys))
        key = "-".join(re.findall("[a-z0-9]+", _plain(name)))[:60].strip("-0123456789")
        if not key or key in self.keys:
            raise Unreadable(Imported.ORGANISATION_TO_ADD(name=shown(name)))
        self.add_organisation(key, [name])
        return key

    def met_organisations(self) -> tuple[OrganisationEntry, ...]:
        """Return the organisations that cells named for the first time, and forget them."""
        met = self.met
        self.met = {}
        return tuple(
            OrganisationEntry.model_validate({"key": key, "names": [{"name": name}]})
            for key, name in met.items()
        )

    def programme(self, text: str) -> str:
        """Return the key of the programme with this key or title; Unreadable if there is none."""
        name = heading_key(text)
        if name not in self.programmes:
            near = meant(self.programmes.get(nearest(name, self.programmes), ""))
            raise Unreadable(Imported.NO_PROGRAMME(name=shown(text), near=near))
        return self.programmes[name]


def given_first(name: str) -> str:
    """Return a person's name with the given name first: "Ek, Eva" is "Eva Ek"."""
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}" if comma and given.strip() else name


def _plain(text: str) -> str:
    """Return a text in lower case, spelt with the letters of an address."""
    return text.casefold().translate(str.maketrans("åäöéü", "aaoeu"))


def words_of(name: str) -> tuple[str, ...]:
    """Return a name's words in an order that does not depend on which is the surname."""
    return tuple(sorted(heading_key(word) for word in name.replace(",", " ").split()))


def _either(several: Iterable[str]) -> Remark | str:
    """Return one name, or several joined by "or"."""
    *others, last = sorted(several)
    return Imported.EITHER(others=", ".join(others), last=last) if others else last
