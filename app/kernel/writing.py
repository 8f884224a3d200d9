"""What the handler of a write works with: a `Writing`, given to it by `writes(permission)`.

Hides the walk of a request: token -> principal -> permission -> body -> transaction -> rendered answer. A write is
committed before its answer is sent. Raise to roll back, return to commit.
"""

import json
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Query, Request, Response, Security
from pydantic import BaseModel
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from app.domain.permissions import Permission
from app.domain.principals import Principal
from app.kernel.addresses import Address, address_of
from app.kernel.answers import Expand, entity_tag, fetch_record, is_meant, record_response
from app.kernel.auth import STILL_VALID, Identity, KnownKeys, bearer, require
from app.kernel.bodies import MAX_BODY_BYTES, read_body
from app.kernel.db import Database, driver_connection
from app.kernel.formats import JSON
from app.kernel.idempotency import Retry, fingerprint_of
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Invalid, NotFound, PreconditionRequired, VersionMismatch
from app.kernel.projection import Projection, reader_of
from app.kernel.queries import Flag, check_query
from app.kernel.rendering import Record

ModelT = TypeVar("ModelT")
_ACT = text(
    f"SELECT {STILL_VALID.format('(:digest)')}, "
    "set_config('seratus.actor', :actor, true), set_config('seratus.request_id', :request_id, true), "
    "set_config('seratus.address', :address, true)"
)
_KEY_LENGTH_MAX = 255


def new_id() -> uuid.UUID:
    """Make the id of a new record: a UUIDv7, so that ids sort by creation."""
    return uuid7()


@dataclass(frozen=True, slots=True)
class Writing:
    """One write: who asks, and the session of its transaction."""

    principal: Principal
    session: AsyncSession
    retry: Retry | None

    def require(self, permission: Permission) -> None:
        """Raise `Forbidden` unless the principal holds the permission that this very change takes."""
        require(self.principal, permission)

    async def fetch(
        self,
        model: type[ModelT],
        projection: Projection,
        *,
        if_match: "IfMatch | None" = None,
        lock: bool = True,
        **key: Any,
    ) -> ModelT:
        """Return the row that `key` identifies, under the projection's own visibility, and locked but where told.

        Raises `NotFound` for "absent" and "not yours" alike, `VersionMismatch` with the current ETag for a stale one.
        """
        reader, bound = reader_of(self.principal)
        conditions = projection.where(reader, tuple(key))
        statement = select(model).select_from(projection.source).where(*conditions)
        if lock:
            statement = statement.with_for_update(of=model)
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
        expand: Expand | None = None,
        **key: Any,
    ) -> Response:
        """Flush, and answer with the record as every other door would show it."""
        response = record_response(await self._written(projection, key, expand), status, location)
        if self.retry is not None:
            await self.retry.store(self.session, response)
        return response

    async def answer_once(
        self, projection: Projection, secret: str, location: str, *, status: int = 200, **key: Any
    ) -> Response:
        """Flush, and answer with the record at `location` and its secret; a retry is refused by `ShownOnce`."""
        record = (await self._written(projection, key)).with_member("secret", json.dumps(secret).encode())
        if self.retry is not None:
            await self.retry.store_shown_once(self.session, location)
        return record_response(record, status, location)

    async def _written(self, projection: Projection, key: Mapping[str, Any], expand: Expand | None = None) -> Record:
        await self.session.flush()
        connection = await driver_connection(self.session)
        # Who writes was looked up for this very request, and may have revoked the key it came with.
        identity = Identity(self.principal)
        # Written and yet out of sight: a rule let through what visibility forbids.
        record = await fetch_record(connection, projection, identity, key)
        return record if expand is None else await expand.into(record, connection, identity)

    async def report(self, document: BaseModel) -> Response:
        """Flush, and answer with a document that is no record: what was done to many at once."""
        await self.session.flush()
        response = Response(document.model_dump_json(), media_type=JSON)
        if self.retry is not None:
            await self.retry.store(self.session, response)
        return response


class IfMatch:
    """The `If-Match` of a change: which versions of the record the client means."""

    def __init__(self, header: str) -> None:
        self.header = header

    def check(self, version: int) -> None:
        """Raise `VersionMismatch` with the current ETag unless the client knows this version."""
        if not is_meant(self.header, version):
            raise VersionMismatch(headers={"ETag": entity_tag(version)})


def _if_match(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description="the record's `ETag`, or its `version` in quotes", max_length=1000),
    ] = None,
) -> IfMatch:
    if if_match is None:
        raise PreconditionRequired
    return IfMatch(if_match)


Matching = Annotated[IfMatch, Depends(_if_match)]


def writes(*permissions: Permission, max_body: int = MAX_BODY_BYTES) -> Any:
    """Make the dependency of a write that needs one of `permissions` and whose body is at most `max_body` bytes long.

    Where several are named, what is asked for decides which of them it takes: `Writing.require` says so.

    The order is: who, may they, what did they send, did they send it before. The transaction opens last, so a slow
    sender holds no connection.
    """

    async def writing(
        request: Request,
        _token: Annotated[object, Security(bearer, scopes=list(permissions))],
        dry_run: Annotated[Flag, Query(description="do everything, answer the same, keep nothing")] = False,
        idempotency_key: Annotated[
            str | None,
            Header(alias="Idempotency-Key", description="any text of your own; the same request with it happens once"),
        ] = None,
    ) -> AsyncIterator[Writing]:
        await check_query(request)
        database: Database = request.app.state.database
        keys: KnownKeys = request.app.state.known_keys
        identity = await keys.recall(database.read, request, *permissions)
        body = await read_body(request, max_body)
        retry = None
        if idempotency_key is not None:
            _check_key(idempotency_key)
            if not dry_run:
                retry = Retry(identity.principal.id, idempotency_key, fingerprint_of(request, body))
        async with database.write() as session:
            principal = await _principal_of(request, session, identity, permissions)
            if retry is not None:
                await retry.begin(session)
            yield Writing(principal, session, retry)
            if dry_run:
                await session.flush()
                await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
                await session.rollback()

    return Depends(writing, scope="function")


async def _principal_of(
    request: Request, session: AsyncSession, identity: Identity, permissions: tuple[Permission, ...]
) -> Principal:
    """Begin the transaction of whoever asks, by the key as it is now; raise as `KnownKeys.refresh` does."""
    keys: KnownKeys = request.app.state.known_keys
    sent = getattr(request.state, "request_id", ""), address_of(request.scope)
    if await act_as(session, identity.principal, *sent, identity.digest) == identity.version:
        keys.was_good(identity)
        return identity.principal
    # On the transaction's own connection: whoever holds one and waits for another may wait for ever.
    held = await driver_connection(session)
    principal = (await keys.refresh(lambda: nullcontext(held), request, *permissions)).principal
    await act_as(session, principal, *sent)
    return principal


async def act_as(
    session: AsyncSession,
    principal: Principal,
    request_id: str = "",
    address: Address | None = None,
    digest: bytes | None = None,
) -> int | None:
    """Tell the change log who writes in this transaction, for which request, and from where.

    Returns the version that the key with this digest has now; None without one, and when it is no good.
    """
    whence = "" if address is None else str(address)
    acting = {"actor": principal.id, "request_id": request_id, "address": whence, "digest": digest}
    version: int | None = (await session.execute(_ACT, acting)).scalar_one()
    return version


def _check_key(key: str) -> None:
    if not key or len(key) > _KEY_LENGTH_MAX or not key.isascii() or not key.isprintable():
        message = Text(
            en="Send 1 to 255 printable ASCII characters, for example a UUID.",
            id="Kirim 1 sampai 255 karakter ASCII yang dapat dicetak, misalnya sebuah UUID.",
        )
        raise Invalid(errors=[FieldError(parameter="Idempotency-Key", code="invalid_format", message=message)])
