"""Where figures come from, as the plan has it: files, databases, web services, earlier answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import model_validator

from models.reading.fields import Delimiter, Key, QuestionKey, Strict, Words
from models.reading.line import Email
from models.reading.number import shown

# What stands in braces in a pattern, a `where`, a query's `:name` or an address.
PLACEHOLDERS = ("reference", "funder_reference", "period", "period_start", "period_end")
_BRACES = re.compile(r"\{([^{}]*)\}")
# A query's parameter as SQLAlchemy's text() finds it; `::` is PostgreSQL's cast, and `\\:` no parameter.
_PARAMETER = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of source: the keys that it may have, the one that it must, and how a question asks it."""

    keys: frozenset[str]
    needed: str
    ways: tuple[str, ...]


# The kinds that programmes can name; tasks.sources.registry adds to them with who reads them.
KINDS: dict[str, SourceKind] = {
    "csv": SourceKind(frozenset(("files", "period_column", "delimiter", "encoding")), "files", ("column",)),
    "xlsx": SourceKind(frozenset(("files", "period_column", "sheet")), "files", ("column", "cell")),
    "sql": SourceKind(frozenset(("secret", "query")), "query", ("column",)),
    "http": SourceKind(frozenset(("secret", "url")), "url", ("path",)),
}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SourceRule(Strict):
    """A source that many questions can take figures from: files, a database's query, or a web service.

    `files` is a name in GRANTS_HOME/figures, `*` for anything; of several the newest is read. `period_column` is the
    column of the row's period (`2010-Q1`), month or day: only those within the step's period count. `secret` names
    the variable GRANTS_SECRET_...: a database's address, or a service's token. `contact` is told when it fails.
    """

    kind: str
    title: Words | None = None
    files: str | None = None
    sheet: str | None = None
    period_column: str | None = None
    delimiter: Delimiter = ";"
    encoding: Literal["utf-8", "windows-1252", "utf-16"] = "utf-8"
    secret: QuestionKey | None = None
    contact: Email | None = None
    query: str | None = None
    url: str | None = None

    def has_file(self, name: str) -> bool:
        """Return whether a file of that name can be one of the source's, for whichever step."""
        return self.files is not None and fnmatchcase(name, _BRACES.sub("*", self.files).rpartition("/")[2])

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        said = self.model_fields_set - {"kind", "title", "contact"}
        wrong = next((name for name in sorted(said) if name not in KINDS[self.kind].keys), None)
        if wrong is not None:
            named, kind = ("file" if one == "files" else one for one in (wrong, KINDS[self.kind].needed))
            raise ValueError(f"'{named}' does not go with {kind}")
        if self.kind == "csv" and self.files is None:
            raise ValueError("write where it is: 'file', 'query' or 'url'")
        if self.kind == "sql" and self.secret is None:
            raise ValueError("a database needs 'secret', whose variable holds its address")
        if self.query is not None and not re.match(r"(select|with)\b", self.query.strip(), re.IGNORECASE):
            raise ValueError("'query' only reads: begin it with SELECT")
        # A second statement could end the transaction in which nothing can be written.
        if self.query is not None and ";" in self.query.strip().removesuffix(";"):
            raise ValueError("'query' is one SELECT: take the ';' out")
        for name in _PARAMETER.findall(self.query or ""):
            if name not in PLACEHOLDERS:
                known = ", ".join(f":{one}" for one in PLACEHOLDERS)
                raise ValueError(f"':{shown(name)}' stands for nothing: use {known}")
        if self.files is not None and (self.files.startswith(("/", "\\")) or ".." in self.files):
            raise ValueError("'file' names what lies in GRANTS_HOME/figures: take '..' and the first '/' out")
        if self.url is not None:
            self._check_address(self.url)
        for text in (self.files, self.url):
            _check_braces(text or "")
        return self

    @staticmethod
    def _check_address(url: str) -> None:
        try:
            parts = urlsplit(_BRACES.sub("x", url))
            host = parts.hostname
        except ValueError:
            host = None
        if not host or parts.scheme not in ("http", "https"):
            raise ValueError(f"'{shown(url)}' is not a web address: begin it with https://")
        if parts.scheme == "http" and host not in _LOOPBACK:
            raise ValueError("what is sent over http can be read on the way: write https://")
        if "@" in parts.netloc:
            raise ValueError(
                "a password in an address is read by many: take what stands before '@' out, and use 'secret'"
            )
        if "{" in url.split("/", 3)[2]:
            raise ValueError("the host must not come from a grant: take the braces out of it")


class GatherRule(Strict):
    """Where a question's figure comes from: a source's column, cell or path, or an earlier answer, STEP.QUESTION.

    `where` says which rows of a file count, by column. `account` is a ledger's column of accounts. `rows` is what
    several rows or periods come to; without it several rows are refused (`one`).
    """

    source: Key | None = None
    column: str | None = None
    cell: str | None = None
    where: dict[str, str] = {}
    path: str | None = None
    answer: str | None = None
    account: str | None = None
    rows: Literal["one", "sum", "last", "all"] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.account is not None and self.rows != "sum":
            raise ValueError("accounts are added up: write sum of COLUMN in SOURCE by COLUMN")
        for text in self.where.values():
            _check_braces(text)
        return self


def _check_braces(text: str) -> None:
    for name in _BRACES.findall(text):
        if name not in PLACEHOLDERS:
            raise ValueError(f"'{{{shown(name)}}}' stands for nothing: use {', '.join(PLACEHOLDERS)}")
