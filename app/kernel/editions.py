"""Editions: records written as drafts, numbered within their code, and public and final from their first use on.

What a resource of editions has in common with others of its kind is here: its columns (`Editioned`), its projection,
its queries, the number of the next edition and the freezing of one. Whoever wants an edition in use otherwise makes the
next one. A draft is seen by ministry staff and auditors only.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

from fastapi import Response
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, FromClause, Integer, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.bodies import Patch, Schema
from app.kernel.filters import Condition, Filter, contains, equals
from app.kernel.listing import ListQuery
from app.kernel.projection import Projection, Reader, columns_of
from app.kernel.queries import Flag, Query, Search
from app.kernel.reading import Reading
from app.kernel.tables import Recorded
from app.kernel.types import Code, Int32

Number = Annotated[Int32, Field(ge=1)]


class Editioned(Recorded):
    """Columns of every resource of editions. After `frozen_at` nothing of a row changes."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    edition: Mapped[int] = mapped_column(Integer)
    name_en: Mapped[str]
    name_id: Mapped[str]
    frozen_at: Mapped[datetime | None]


class EditionReference(Schema):
    """One edition, by its code and number."""

    code: Code
    edition: Number


class EditionReferenceUpdate(EditionReference, Patch):
    """What changes in which edition is meant."""


class EditionReferenceRead(BaseModel):
    """One edition, by its code and number."""

    code: str
    edition: int


class EditionsQuery(ListQuery):
    """Filters of a list of editions."""

    default_sort: ClassVar[str] = "code"

    sort: Literal["code", "-code", "edition", "-edition"] | None = None
    q: Annotated[Search | None, Field(description="part of the name")] = None
    code: Code | None = None
    frozen: Annotated[Flag | None, Field(description="false: drafts only")] = None


class EditionQuery(Query):
    """Which edition is wanted."""

    edition: Annotated[Number | None, Field(description="the newest when absent")] = None


class DraftQuery(Query):
    """Which edition is meant; a change never goes to whichever is newest just now."""

    edition: Number


class EditionPair:
    """The columns `{name}_code` and `{name}_edition` of a row, as one `{code, edition}`, or None where both are null.

    Between a merge and its check one of them may be missing.
    """

    def __set_name__(self, _owner: type, name: str) -> None:
        self.columns = {part: f"{name}_{part}" for part in ("code", "edition")}

    def __get__(self, row: object | None, _owner: type) -> Any:
        """Return what the row names."""
        if row is None:
            return self
        named = {part: getattr(row, column) for part, column in self.columns.items()}
        return {part: value for part, value in named.items() if value is not None} or None

    def __set__(self, row: object, named: Mapping[str, Any] | None) -> None:
        """Name another edition, or none."""
        for part, column in self.columns.items():
            setattr(row, column, (named or {}).get(part))


def edition_name(table: FromClause) -> ColumnElement[Any]:
    """Return what names an edition: `code/edition`."""
    return func.concat(table.c.code, "/", table.c.edition)


def edition_projection(name: str, schema: type[BaseModel], table: FromClause) -> Projection:
    """Make the projection of a resource of editions: `table` is that of an `Editioned` model."""
    frozen = table.c.frozen_at.is_not(None)
    drafts: Filter = equals(frozen)

    def visible(reader: Reader) -> Condition:
        return true() if reader.insider else frozen

    return Projection(
        name=name,
        schema=schema,
        source=table,
        columns=columns_of(schema, table),
        key=table.c.id,
        sorts={"code": table.c.code, "edition": table.c.edition},
        filters={
            "code": equals(table.c.code),
            "edition": equals(table.c.edition),
            "q": contains(table.c.name_en, table.c.name_id),
            "frozen": drafts,
        },
        visible=visible,
        told_as=edition_name(table),
    )


async def answer_edition(reading: Reading[EditionQuery], projection: Projection, code: str) -> Response:
    """Answer the edition asked for, or the newest that the reader may see. Only one asked for answers 304."""
    if reading.query.edition is None:
        return await reading.last(projection, "edition", code=code)
    return await reading.one(projection, code=code, edition=reading.query.edition)


async def next_edition(session: AsyncSession, model: type[Editioned], code: str) -> int:
    """Return the number after the newest edition of a code; two at once get the same, and the database takes one."""
    newest = await session.scalar(select(func.max(model.edition)).where(model.code == code))
    return (newest or 0) + 1


async def freeze(session: AsyncSession, row: Editioned) -> None:
    """Freeze an edition at its first use: locked and read anew, so that a change just committed is in it."""
    await session.refresh(row, with_for_update=True)
    if row.frozen_at is None:
        row.frozen_at = datetime.now(UTC)
        await session.flush()
