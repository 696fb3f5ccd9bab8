"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from sqlalchemy import JSON, DateTime, Dialect, Table, Text
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

# Rows are not validated by their models, so the validators are never built: building them delayed
# every command.
SQLModel.model_config["defer_build"] = True
# Constraint names are the same on both databases, so that a migration can name them.
SQLModel.metadata.naming_convention = {
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC; a naive one is refused with ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into UTC for storage."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without time zone: {value.isoformat()}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give an aware UTC time back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class WordColumn(TypeDecorator[StrEnum]):
    """A word of a closed list, stored as text and read back as its StrEnum; ValueError for another word."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words
        # Faster than the enum's own calls, a row at a time.
        self._by_text = {word.value: word for word in words}
        self._texts: dict[str, str] = {word: word.value for word in words}

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Turn a word into its text."""
        return None if value is None else self._texts.get(value) or self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """Give the word back."""
        return None if value is None else self._by_text.get(value) or self.words(value)

    def coerce_compared_value(self, op: object, value: object) -> Any:
        """Compare as text, so that LIKE and literals work."""
        return self


# JSON on PostgreSQL, text on SQLite; stored and read whole, save for the two that models/README.md names.
Json: Any = JSON()
JsonObject: TypeAlias = dict[str, Any]
# A models.facts.receipt.Source: a text, or an event on a day.
SourceJson: Any = JSON(none_as_null=True)
RowsJson: Any = JSON(none_as_null=True)  # models.rules.watch.tampering.Rows of an event that changed any

# Sorted sign by sign on both databases, whatever the server's locale.
SortKey: Any = Text().with_variant(Text(collation="C"), "postgresql")


def word(words: type[StrEnum]) -> Any:
    """Return the column type for a closed list of words."""
    return WordColumn(words)


class Row(Protocol):
    """A row with an id of its own, which the database gives it."""

    id: int | None


def id_of(row: Row) -> int:
    """Return a row's id; ValueError if it is not in the database yet."""
    if row.id is None:
        raise ValueError(f"{type(row).__name__} without an id: it is not in the database yet")
    return row.id


def table_of(model: type[SQLModel]) -> Table:
    """Return the model's table, for Core statements that touch many rows."""
    return model.__table__  # type: ignore[attr-defined, no-any-return]
