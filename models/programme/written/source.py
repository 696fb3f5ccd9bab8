"""An office's committees, and the sources of its figures: hosts, secrets (over https only), addresses."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, model_validator

from models.programme.written.fields import Text, Title, like
from models.reading.address import Email
from models.reading.fields import Key, QuestionKey, Strict
from models.reading.number import shown

# The names allowed in braces in a pattern, a `where`, a query's `:name` or an address.
PLACEHOLDERS = ("reference", "funder_reference", "period", "period_start", "period_end")
_BRACES = re.compile(r"\{([^{}]*)\}")
# A query's parameter as SQLAlchemy's text() finds it; `::` is PostgreSQL's cast, and `\\:` no parameter.
_PARAMETER = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of source: its possible keys, and the required one.

    `endings` are those of its files' names, for a kind with files.
    """

    keys: frozenset[str]
    needed: str
    endings: tuple[str, ...] = ()


# The kinds that programmes can name; the first that fits is taken. A file of tasks.sources reads each.
KINDS: dict[str, SourceKind] = {
    "sql": SourceKind(frozenset(("secret", "query")), "query"),
    "http": SourceKind(frozenset(("secret", "url")), "url"),
    "csv": SourceKind(
        frozenset(("file", "period_column")),
        "file",
        ("", ".csv", ".txt", ".tsv"),
    ),
    "xlsx": SourceKind(frozenset(("file", "period_column", "sheet")), "file", (".xlsx", ".xlsm")),
}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SourceRule(Strict):
    """A source that many questions can take figures from: files, a database's query, or a web service.

    `file` is a name in GRANTS_HOME/figures, `*` for anything; the newest of several is read.
    `period_column` is the column of the row's period (`2010-Q1`), month or day: only rows within
    the step's period count. `secret` names the variable GRANTS_SECRET_...: a database's address, or
    a service's token. `contact` is told when it fails.
    """

    model_config = ConfigDict(title="a source")

    title: Title | None = Field(default=None, description="what letters call it")
    file: Text | None = Field(default=None, description="csv or xlsx")
    sheet: Text | None = Field(default=None, description="of xlsx")
    period_column: Text | None = Field(default=None, description="rows within the period count")
    secret: QuestionKey | None = Field(default=None, description="its name")
    contact: Email | None = Field(default=None, description="told when it fails")
    query: Text | None = Field(default=None, description="of a database")
    url: Text | None = Field(default=None, description="of a service")

    @property
    def kind(self) -> str:
        """Its kind, which follows from its keys; ValueError if none of them fits."""
        keys = [name for name, kind in KINDS.items() if getattr(self, kind.needed) is not None]
        if not keys:
            raise ValueError("write where it is: 'file', 'query' or 'url'")
        fitting = (key for key in keys if not KINDS[key].endings or self._ending in KINDS[key].endings)
        return next(fitting, keys[0])

    @property
    def _ending(self) -> str:
        return PurePosixPath(self.file or "").suffix.lower()

    def has_file(self, name: str) -> bool:
        """Return whether a file of that name can be one of the source's, for any step."""
        return self.file is not None and fnmatchcase(name, _BRACES.sub("*", self.file).rpartition("/")[2])

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        kind = KINDS[self.kind]
        given = self.model_fields_set - {"title", "contact"}
        wrong = next((name for name in sorted(given) if name not in kind.keys), None)
        if wrong is not None:
            raise ValueError(f"'{wrong}' does not go with {kind.needed}")
        if kind.endings and self._ending not in kind.endings:
            raise ValueError("a file of figures ends in .csv, .txt or .xlsx: save it as one of these")
        if self.kind == "sql" and self.secret is None:
            raise ValueError("a database needs 'secret', whose variable holds its address")
        if self.query is not None and not re.match(r"(select|with)\b", self.query.strip(), re.IGNORECASE):
            raise ValueError("'query' only reads: begin it with SELECT")
        # A second statement could end the read-only transaction.
        if self.query is not None and ";" in self.query.strip().removesuffix(";"):
            raise ValueError("'query' is one SELECT: take the ';' out")
        for name in _PARAMETER.findall(self.query or ""):
            if name not in PLACEHOLDERS:
                known = ", ".join(f":{place}" for place in PLACEHOLDERS)
                raise ValueError(f"':{shown(name)}' stands for nothing: use {known}")
        if self.file is not None and (self.file.startswith(("/", "\\")) or ".." in self.file):
            raise ValueError("'file' names what lies in GRANTS_HOME/figures: take '..' and the first '/' out")
        if self.url is not None:
            self._check_address(self.url)
        for text in (self.file, self.url):
            check_braces(text or "")
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


def check_braces(text: str) -> None:
    """Return if the names in braces are known; ValueError if one is not."""
    for name in _BRACES.findall(text):
        if name not in PLACEHOLDERS:
            raise ValueError(f"'{{{shown(name)}}}' stands for nothing: use {', '.join(PLACEHOLDERS)}")


_AT_ONCE = " or at once"
_MINUTES = like(f"[0-9]{{1,2}} days?({_AT_ONCE})?", "a time: write '14 days', or '14 days or at once'")


class BodyRule(Strict):
    """A body that decides at meetings, those of `organisation` or else the recipient's; days are imported.

    An item is on the agenda `agenda_days`, and its documents are in `documents_days`, before a
    meeting that does not say otherwise. The draft has `review_working_days` from the unit manager
    to the signed memo, and `return_working_days` more for one return. Its `minutes` are confirmed
    in so many days, if not at once.
    """

    model_config = ConfigDict(title="a body")

    title: Title = Field(description="what people call it, as a sentence has it: the committee")
    organisation: Key | None = Field(default=None, description="whose meetings")
    agenda_days: int = Field(default=7, ge=0, le=120, description="before a meeting")
    documents_days: int = Field(default=7, ge=0, le=120, description="before a meeting")
    review_working_days: int = Field(default=2, ge=0, le=60, description="for the draft")
    return_working_days: int = Field(default=3, ge=0, le=60, description="for the draft, returned once")
    minutes: Annotated[Text, _MINUTES] = Field(
        default=f"14 days{_AT_ONCE}", description="14 days, or at once"
    )

    @property
    def minutes_days(self) -> int:
        """The number of days from a meeting to the confirmation of its minutes."""
        return int(self.minutes.split()[0])

    @property
    def minutes_at_once(self) -> bool:
        """Whether a paragraph of the minutes can be confirmed at once."""
        return self.minutes.endswith(_AT_ONCE)
