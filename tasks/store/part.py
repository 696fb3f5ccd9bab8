"""The part of the grants that work is about: all, one, or a shard of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, select

from models.tables.columns import table_of
from models.tables.grant import Grant

_GRANT = table_of(Grant)
_S = TypeVar("_S", bound=Select[*tuple[object, ...]])


@dataclass(frozen=True, slots=True)
class Shard:
    """The grants whose id modulo `of` is `number`."""

    number: int
    of: int

    def __str__(self) -> str:
        """As people count: "2/4"."""
        return f"{self.number + 1}/{self.of}"


@dataclass(frozen=True, slots=True)
class Part:
    """The grants that are meant: the one of a reference, those of a shard, else all."""

    grant: str | None = None
    shard: Shard | None = None

    def of(self, query: _S, grant_id: ColumnElement[int]) -> _S:
        """Return the query for these grants only, whose ids stand in a column; for all of them it is the same one."""
        if self.grant is not None:
            return query.where(grant_id.in_(select(_GRANT.c.id).where(_GRANT.c.reference == self.grant)))
        if self.shard is not None:
            return query.where(grant_id % self.shard.of == self.shard.number)
        return query


ALL = Part()
