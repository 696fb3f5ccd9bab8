"""Where figures come from, as a programme file says it: files, databases, web services, earlier answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from models.reading.fields import Delimiter, Key, QuestionKey, Strict, Words, written
from models.reading.line import Email
from models.reading.number import shown

_PLACE = "[A-Z]{1,3}[1-9][0-9]{0,4}"
_CELL = re.compile(f"^{_PLACE}(:{_PLACE})?$")
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


def _is_cell(text: str) -> str:
    if not _CELL.fullmatch(text):
        raise ValueError(f"'{shown(text)}' is not a cell of a sheet: write it as C7, or as C5:C9")
    return text


_Cell = Annotated[str, AfterValidator(_is_cell), written("a cell, as C7 or C5:C9", _CELL.pattern)]


def _is_kind(kind: str) -> str:
    if kind not in KINDS:
        known = ", ".join(f"'{one}'" for one in KINDS)
        raise PydanticCustomError("literal_error", "Input should be {expected}", {"expected": known})
    return kind


_Kind = Annotated[str, AfterValidator(_is_kind), WithJsonSchema({"enum": [*KINDS], "type": "string"})]


class SourceRule(Strict):
    """A source that many questions can take figures from: files, a database's query, or a web service."""

    model_config = ConfigDict(title="a source")

    kind: _Kind = Field(description="what it is")
    title: Words | None = Field(
        default=None,
        description="what it is called in letters, pages and documents; the file's name, or its key, without it",
    )
    files: str | None = Field(
        default=None,
        min_length=1,
        description="of csv and xlsx: the file's name in GRANTS_HOME/figures, `*` for anything; of several the newest"
        " is read, and none while its day is still to come. `{reference}`, `{funder_reference}`, `{period}`,"
        " `{period_start}` and `{period_end}` stand for the step's own; a sign that files' names cannot have"
        " is a hyphen (`SN 2026/17` is `SN 2026-17`)",
    )
    sheet: str | None = Field(
        default=None,
        min_length=1,
        description="of xlsx: the sheet's name; the first that is not hidden without it",
    )
    period_column: str | None = Field(
        default=None,
        min_length=1,
        description="the column of the row's period (`2010-Q1`), month (`2010-03`) or day, of which only those within"
        " the step's period count; without it every row does",
    )
    delimiter: Delimiter = Field(default=";", description='of csv: what parts the columns; `"\\t"` is a tab')
    encoding: Literal["utf-8", "windows-1252", "utf-16"] = Field(
        default="utf-8",
        description="of csv: how its letters are stored; Excel's plain CSV is windows-1252, its Unicode text utf-16"
        " with tabs; a file that begins with a mark of its own (CSV UTF-8, Unicode text) is read by that",
    )
    secret: QuestionKey | None = Field(
        default=None,
        description="the name of a secret: `ledger` is the variable GRANTS_SECRET_LEDGER. Of sql the database's"
        " address, needed, of an account that can only read; of http the token that is sent along",
    )
    contact: Email | None = Field(
        default=None,
        description="the address of who can mend it: told, beside the administrator, when it gives no figures",
    )
    query: str | None = Field(
        default=None,
        min_length=1,
        description="of sql: one SELECT, read only; `:reference`, `:period_start` and so on are its parameters",
    )
    url: str | None = Field(
        default=None,
        min_length=1,
        description="of http: an https address that answers with JSON, of a host in `GRANTS_SOURCE_HOSTS`; the names in"
        " braces as in `files`",
    )

    def has_file(self, name: str) -> bool:
        """Return whether a file of that name can be one of the source's, for whichever step."""
        return self.files is not None and fnmatchcase(name, _BRACES.sub("*", self.files).rpartition("/")[2])

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        said = self.model_fields_set - {"kind", "title", "contact"}
        wrong = next((name for name in sorted(said) if name not in KINDS[self.kind].keys), None)
        if wrong is not None:
            raise ValueError(f"'{wrong}' does not go with kind: {self.kind}")
        needed = KINDS[self.kind].needed
        if getattr(self, needed) is None:
            raise ValueError(f"a source of kind {self.kind} needs '{needed}'")
        if self.kind == "sql" and self.secret is None:
            raise ValueError(
                "a source of kind sql needs 'secret', whose variable holds the database's address"
            )
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
    """Where a question's figure comes from: a source, an earlier answer, or the same value always."""

    model_config = ConfigDict(title="a figure's source")

    source: Key | None = Field(default=None, description="a name in `sources`")
    column: str | None = Field(
        default=None, min_length=1, description="the column of a file or of a query's answer"
    )
    cell: _Cell | None = Field(
        default=None,
        description="of xlsx: one cell, or a range of them with rows: sum or last; empty ones do not count",
    )
    where: dict[str, str] = Field(
        default={}, description="of a file: which rows count, by column; names in braces as in `files`"
    )
    path: str | None = Field(
        default=None,
        min_length=1,
        description="of http: the way through the answer, keys and positions (from 0) with dots between",
    )
    answer: str | None = Field(
        default=None,
        description="an answer given earlier in the grant: STEP.QUESTION; of a step with `each`, its periods so far,"
        " and a number of the last one where another step takes it in",
    )
    value: str | None = Field(default=None, description="always this")
    account: str | None = Field(
        default=None,
        min_length=1,
        description="of a ledger: the column of the account; the sum is kept by account too, and shown as spent of the"
        " grant's budget (`budgets` in an import); goes with `column` and rows: sum",
    )
    rows: Literal["one", "sum", "last", "all"] | None = Field(
        default=None,
        description="what several rows or periods come to: refused (`one`), their sum, the last of them, or of an"
        " earlier answer in words all of them, each under its period; without it several rows are refused, and an"
        " earlier answer's periods come to what its question's `over_periods` says",
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum(one is not None for one in (self.source, self.answer, self.value)) != 1:
            raise ValueError("say exactly one of 'source', 'answer' and 'value'")
        ways = [name for name in ("column", "cell", "path") if getattr(self, name) is not None]
        if len(ways) != (1 if self.source is not None else 0):
            raise ValueError("with 'source', and only then, say exactly one of 'column', 'cell' and 'path'")
        if self.where and self.column is None:
            raise ValueError("'where' goes with 'column'")
        if self.account is not None and (self.column is None or self.rows != "sum"):
            raise ValueError("accounts are added up: write sum of COLUMN in SOURCE by COLUMN")
        if self.answer is not None and not re.fullmatch(r"[a-z0-9-]+\.[a-z0-9_.-]+", self.answer):
            raise ValueError(f"'{shown(self.answer)}' is not STEP.QUESTION")
        if self.rows == "all" and self.answer is None:
            raise ValueError("'rows: all' goes with 'answer'")
        for text in self.where.values():
            _check_braces(text)
        return self


def _check_braces(text: str) -> None:
    for name in _BRACES.findall(text):
        if name not in PLACEHOLDERS:
            raise ValueError(f"'{{{shown(name)}}}' stands for nothing: use {', '.join(PLACEHOLDERS)}")
