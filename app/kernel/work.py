"""What a handler works with: a `Reading` or a `Writing`, given to it by `reads(permission)` or `writes(permission)`.

Hides the walk of a request: token -> principal -> permission -> connection or transaction -> rendered answer. A write
is committed before its answer is sent. Raise to roll back, return to commit.
"""

import json
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Header, Query, Request, Response, Security
from pydantic import BaseModel
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from app.domain.permissions import Permission, Principal
from app.kernel import projection as rendering
from app.kernel.auth import authenticate, bearer, require
from app.kernel.bodies import MAX_BODY_BYTES, read_body
from app.kernel.db import Connection, Database, driver_connection
from app.kernel.idempotency import Retry, fingerprint_of
from app.kernel.listing import ListQuery
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Invalid, NotFound, PreconditionRequired, VersionMismatch
from app.kernel.projection import Projection, Record
from app.kernel.queries import Flag

ModelT = TypeVar("ModelT")
_JSON = "application/json"
_ACT = text("SELECT set_config('seratus.actor', :actor, true), set_config('seratus.request_id', :request_id, true)")
_KEY_LENGTH_MAX = 255


def new_id() -> uuid.UUID:
    """Make the id of a new record: a UUIDv7, so that ids sort by creation."""
    return uuid7()


def entity_tag(version: int) -> str:
    """Return the `ETag` of a row's version."""
    return f'"{version}"'


def _record_response(record: Record, status: int = 200, location: str | None = None) -> Response:
    headers = {"ETag": entity_tag(record.version)}
    if location is not None:
        headers["Location"] = location
    return Response(record.body, status, headers, _JSON)


@dataclass(frozen=True, slots=True)
class Expand:
    """A list to include in a record: `expand=results` puts the rows of `projection` into the member `results`."""

    member: str
    projection: Projection
    order: str
    filters: Mapping[str, Any]

    async def into(self, record: Record, connection: Connection, principal: Principal) -> Record:
        """Return the record with the list in it."""
        rows = await rendering.every(connection, self.projection, principal, self.order, **self.filters)
        return record.with_member(self.member, rows)


@dataclass(frozen=True, slots=True)
class Reading:
    """One read: who asks, and the database, of which it borrows a connection for as long as a statement takes."""

    request: Request
    principal: Principal
    database: Database

    async def record(self, projection: Projection, **key: Any) -> Record:
        """Fetch the record that `key` identifies; raise `NotFound` when it is absent or out of sight."""
        async with self.database.read() as connection:
            return await self._record(connection, projection, key)

    async def one(self, projection: Projection, *, expand: "Expand | None" = None, **key: Any) -> Response:
        """Answer the record that `key` identifies, or 304 when the client has it; raise `NotFound`."""
        async with self.database.read() as connection:
            record = await self._record(connection, projection, key)
            if expand is not None:
                record = await expand.into(record, connection, self.principal)
        response = _record_response(record)
        known = self.request.headers.get("if-none-match")
        if known is not None and _matches(known, record.version, weak=True):
            return Response(status_code=304, headers={"ETag": response.headers["etag"]})
        return response

    async def last(self, projection: Projection, order: str, **key: Any) -> Response:
        """Answer the last record by this sort, of those that `key` identifies; raise `NotFound`.

        Never 304: which record is the last may change, and the one before may have had the same version.
        """
        return _record_response(await self.record(projection, last_by=order, **key))

    async def page(self, projection: Projection, query: ListQuery, **fixed: Any) -> Response:
        """Answer one page of a list; `fixed` are filters that the path sets."""
        secret = self.database.secret
        async with self.database.read() as connection:
            body, cursor = await rendering.page(connection, projection, self.principal, query, secret, **fixed)
        headers = {} if cursor is None else {"Link": self._next_link(cursor)}
        return Response(body, headers=headers, media_type=_JSON)

    async def every(self, projection: Projection, order: str, **filters: Any) -> bytes:
        """Fetch all rows that match as one JSON array."""
        async with self.database.read() as connection:
            return await rendering.every(connection, projection, self.principal, order, **filters)

    async def value(self, statement: str, *arguments: Any) -> Any:
        """Fetch the first value of what no projection shows; visibility is then the caller's business."""
        async with self.database.read() as connection:
            return await connection.fetchval(statement, *arguments)

    async def _record(self, connection: Connection, projection: Projection, key: Mapping[str, Any]) -> Record:
        record = await rendering.one(connection, projection, self.principal, **key)
        if record is None:
            raise NotFound
        return record

    def _next_link(self, cursor: str) -> str:
        parameters = {**self.request.query_params, "cursor": cursor}
        return f'<{self.request.scope["path"]}?{urlencode(parameters)}>; rel="next"'


@dataclass(frozen=True, slots=True)
class Writing:
    """One write: who asks, and the session of its transaction."""

    principal: Principal
    session: AsyncSession
    retry: Retry | None

    async def fetch(
        self, model: type[ModelT], projection: Projection, *, if_match: "IfMatch | None" = None, **key: Any
    ) -> ModelT:
        """Lock and return the row that `key` identifies, under the projection's own visibility.

        Raises `NotFound` for "absent" and "not yours" alike, `VersionMismatch` with the current ETag for a stale one.
        """
        reader, bound = rendering.reader_of(self.principal)
        conditions = projection.where(reader, tuple(key))
        statement = select(model).select_from(projection.source).where(*conditions).with_for_update(of=model)
        row = (await self.session.execute(statement, bound | key)).scalar_one_or_none()
        if row is None:
            raise NotFound
        if if_match is not None:
            if_match.check(row.version)  # type: ignore[attr-defined]  # every model of a resource has a version
        return row

    async def answer(
        self,
        projection: Projection,
        *,
        status: int = 200,
        location: str | None = None,
        expand: "Expand | None" = None,
        once: Mapping[str, str] | None = None,
        **key: Any,
    ) -> Response:
        """Flush, and answer with the record as every other door would show it.

        `once` adds members that are shown this one time and never stored, not even for a retry.
        """
        await self.session.flush()
        connection = await driver_connection(self.session)
        record = await rendering.one(connection, projection, self.principal, **key)
        if record is None:  # written and yet out of sight: a rule let through what visibility forbids
            raise NotFound
        if expand is not None:
            record = await expand.into(record, connection, self.principal)
        response = _record_response(record, status, location)
        if self.retry is not None:
            await self.retry.store(self.session, response)
        for name, value in (once or {}).items():
            record = record.with_member(name, json.dumps(value).encode())
        return _record_response(record, status, location) if once else response

    async def report(self, document: BaseModel) -> Response:
        """Flush, and answer with a document that is no record: what was done to many at once."""
        await self.session.flush()
        response = Response(document.model_dump_json(), media_type=_JSON)
        if self.retry is not None:
            await self.retry.store(self.session, response)
        return response


class IfMatch:
    """The `If-Match` of a change: which versions of the record the client means."""

    def __init__(self, header: str) -> None:
        self.header = header

    def check(self, version: int) -> None:
        """Raise `VersionMismatch` with the current ETag unless the client knows this version."""
        if not _matches(self.header, version, weak=False):
            raise VersionMismatch(headers={"ETag": entity_tag(version)})


def _if_match(
    if_match: Annotated[
        str | None, Header(alias="If-Match", description="the record's `ETag`", max_length=1000)
    ] = None,
) -> IfMatch:
    if if_match is None:
        raise PreconditionRequired
    return IfMatch(if_match)


Matching = Annotated[IfMatch, Depends(_if_match)]


def _matches(header: str, version: int, *, weak: bool) -> bool:
    tags = {tag.strip() for tag in header.split(",")}
    if weak:
        tags = {tag.removeprefix("W/") for tag in tags}
    return "*" in tags or entity_tag(version) in tags


def reads(permission: Permission) -> Any:
    """Make the dependency of a read that needs `permission`."""

    async def reading(request: Request, _token: Annotated[object, Security(bearer, scopes=[permission])]) -> Reading:
        database: Database = request.app.state.database
        async with database.read() as connection:
            principal = await authenticate(connection, request)
        require(principal, permission)
        return Reading(request, principal, database)

    return Depends(reading)


def writes(permission: Permission, *, max_body: int = MAX_BODY_BYTES) -> Any:
    """Make the dependency of a write that needs `permission` and whose body is at most `max_body` bytes long.

    The order is: who, may they, what did they send, did they send it before. The transaction opens last, so a slow
    sender holds no connection.
    """

    async def writing(
        request: Request,
        _token: Annotated[object, Security(bearer, scopes=[permission])],
        dry_run: Annotated[Flag, Query(description="do everything, answer the same, keep nothing")] = False,
        idempotency_key: Annotated[
            str | None,
            Header(alias="Idempotency-Key", description="any text of your own; the same request with it happens once"),
        ] = None,
    ) -> AsyncIterator[Writing]:
        database: Database = request.app.state.database
        async with database.read() as connection:
            principal = await authenticate(connection, request)
        require(principal, permission)
        body = await read_body(request, max_body)
        retry = None
        if idempotency_key is not None and not dry_run:
            _check_key(idempotency_key)
            retry = Retry(principal.id, idempotency_key, fingerprint_of(request, body))
        async with database.write() as session:
            await act_as(session, principal, getattr(request.state, "request_id", ""))
            if retry is not None:
                await retry.begin(session)
            yield Writing(principal, session, retry)
            if dry_run:
                await session.flush()
                await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
                await session.rollback()

    return Depends(writing, scope="function")


async def act_as(session: AsyncSession, principal: Principal, request_id: str = "") -> None:
    """Tell the change log who writes in this transaction, and for which request."""
    await session.execute(_ACT, {"actor": principal.id, "request_id": request_id})


def _check_key(key: str) -> None:
    if not key or len(key) > _KEY_LENGTH_MAX or not key.isascii() or not key.isprintable():
        message = Text(
            en="Send 1 to 255 printable ASCII characters, for example a UUID.",
            id="Kirim 1 sampai 255 karakter ASCII yang dapat dicetak, misalnya sebuah UUID.",
        )
        raise Invalid(errors=[FieldError(parameter="Idempotency-Key", code="invalid_format", message=message)])
