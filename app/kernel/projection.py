"""One projection, every door: a resource's public shape is one SELECT.

A `Projection` names the columns of the read schema, the filters and sorts a list may use, and who sees which rows. How
it becomes JSON is in `rendering`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    FromClause,
    String,
    Uuid,
    bindparam,
    true,
)
from sqlalchemy.sql import visitors

from app.domain.permissions import Role
from app.domain.principals import Principal
from app.kernel.filters import Condition, Filter

_SHAPES_KEPT = 2_000


def everyone(_reader: "Reader") -> Condition:
    """Visibility of what is published by its nature: everyone sees every row."""
    return true()


class RecordRead(BaseModel):
    """What every record shows beside its own fields. `version` is also its ETag, or the beginning of it."""

    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


class Reader(NamedTuple):
    """The kind of reader: with the values bound below, all that a visibility condition may depend on."""

    role: Role
    insider: bool


# Whom the reader speaks for, bound per request: region, expert, institution; null where it speaks for none.
READER_REGION: BindParameter[str | None] = bindparam("reader_region", type_=String)
READER_EXPERT: BindParameter[UUID | None] = bindparam("reader_expert", type_=Uuid)
READER_INSTITUTION: BindParameter[UUID | None] = bindparam("reader_institution", type_=Uuid)


@dataclass(frozen=True, eq=False)
class Projection:
    """A resource's public shape.

    `columns` bear the field names of `schema`. `key` identifies a row and breaks ties; it is named `key_name` in
    paths. Every sort is an indexed column that is never null. `visible` decides who sees which rows, at every door.
    `told_as` names a row to clients where the key is not shown. `early` decides who sees a row that is not published
    yet, where others see it later.
    """

    name: str
    schema: type[BaseModel]
    source: FromClause
    columns: Mapping[str, ColumnElement[Any]]
    key: ColumnElement[Any]
    sorts: Mapping[str, ColumnElement[Any]]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    visible: Callable[[Reader], Condition] = everyone
    told_as: ColumnElement[Any] | None = None
    early: Callable[[Reader], Condition] | None = None

    def __post_init__(self) -> None:
        if self.columns.keys() != self.schema.model_fields.keys():
            raise TypeError(f"{self.name}: columns {set(self.columns)} are not the fields of {self.schema.__name__}")

    @cached_property
    def unpublished(self) -> "Projection":
        """Return the same for the eyes of those alone who see a row before it is published."""
        return self if self.early is None else replace(self, visible=self.early)

    @cached_property
    def leans(self) -> bool:
        """Tell whether a record shows what other tables hold, which may change while its own version does not."""
        shown = (element for column in self.columns.values() for element in visitors.iterate(column))
        return any(isinstance(element, Column) and element.table is not self.key.table for element in shown)

    def where(self, reader: Reader, names: Sequence[str]) -> list[Condition]:
        """Conditions of the named filters, under this reader's visibility; values are bound by filter name."""
        return [self.visible(reader), *(self.filters[name](name) for name in names)]


def columns_of(
    schema: type[BaseModel], source: FromClause, **others: ColumnElement[Any]
) -> dict[str, ColumnElement[Any]]:
    """Return a column for each of the schema's fields: from `others` by name, else from `source`; bookkeeping last."""
    names = sorted(schema.model_fields, key=list(RecordRead.model_fields).__contains__)
    return {name: others[name] if name in others else source.c[name] for name in names}


def reader_of(principal: Principal) -> tuple[Reader, dict[str, Any]]:
    """Return the kind of reader a principal is, and the values its visibility conditions bind."""
    bound = {
        READER_REGION.key: principal.region,
        READER_EXPERT.key: principal.expert,
        READER_INSTITUTION.key: principal.institution,
    }
    return Reader(principal.role, principal.insider), bound
