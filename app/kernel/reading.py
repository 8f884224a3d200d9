"""What the handler of a read works with: a `Reading`, given to it by `reads(permission, query)`.

Hides the walk of a request: query -> token -> identity -> permission -> statement -> rendered answer. One round trip.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic
from urllib.parse import quote, unquote_plus

from fastapi import Depends, Request, Response, Security
from fastapi.security.base import SecurityBase
from typing_extensions import TypeVar

from app.domain.permissions import Permission
from app.domain.principals import PUBLIC, Principal
from app.kernel import rendering
from app.kernel.answers import Expand, fetch_record, is_known, record_response, tag_of
from app.kernel.auth import ANYONE, Identity, KeyChanged, KnownKeys, bearer, require
from app.kernel.db import Connection, Database, Lend
from app.kernel.formats import JSON
from app.kernel.listing import ListQuery
from app.kernel.problems import NotFound
from app.kernel.projection import Projection
from app.kernel.queries import Query, read_query
from app.kernel.rendering import Record
from app.kernel.statements import WHO

AnswerT = TypeVar("AnswerT")
# An operation without parameters has the query that declares none.
QueryT_co = TypeVar("QueryT_co", bound=Query, default=Query, covariant=True)
_QUERY = "!$%&'()*+,/:;=?@[]"  # what stands for itself between `<` and `>` of a Link (RFC 8288, section 3)


@dataclass(slots=True)
class Reading(Generic[QueryT_co]):
    """One read: what is asked for, and the database, of which it borrows a connection for as long as a statement takes.

    Who asks is not told: it may be known from an earlier request, and only the statements see whether it still holds.
    """

    request: Request
    query: QueryT_co
    _permission: Permission
    _identity: Identity
    _database: Database

    async def record(self, projection: Projection, **key: Any) -> Record:
        """Fetch the record that `key` identifies; raise `NotFound` when it is absent or out of sight."""
        return await self.run(lambda connection, who: fetch_record(connection, projection, who, key))

    async def one(self, projection: Projection, *, expand: Expand | None = None, **key: Any) -> Response:
        """Answer the record that `key` identifies, or 304 when the client has it; raise `NotFound`."""

        async def expanded(connection: Connection, who: Identity) -> Record:
            record = await fetch_record(connection, projection, who, key)
            return record if expand is None else await expand.into(record, connection, who)

        record = await self.run(expanded)
        if is_known(self.request, tag := tag_of(record)):
            return Response(status_code=304, headers={"ETag": tag})
        return record_response(record)

    async def last(self, projection: Projection, order: str, **key: Any) -> Response:
        """Answer the last record by this sort, of those that `key` identifies; raise `NotFound`.

        Never 304: which record is the last may change, and the one before may have had the same version.
        """
        return record_response(await self.record(projection, last_by=order, **key))

    async def page(self: "Reading[ListQuery]", projection: Projection, **fixed: Any) -> Response:
        """Answer one page of a list, as the query asks; `fixed` are filters that the path sets."""
        query, secret = self.query, self._database.secret
        body, cursor = await self.run(
            lambda connection, who: rendering.page(connection, projection, who, query, secret, **fixed)
        )
        headers = {} if cursor is None else {"Link": self.link_to_next("cursor", cursor)}
        return Response(body, headers=headers, media_type=JSON)

    async def every(self, projection: Projection, order: str, **filters: Any) -> bytes:
        """Fetch all rows that match as one JSON array."""
        return await self.run(lambda connection, who: rendering.every(connection, projection, who, order, **filters))

    async def value(self, statement: str, *arguments: Any) -> Any:
        """Fetch the first value of what no projection shows. Fetch first the record through which it is visible."""
        async with self._database.read() as connection:
            return await connection.fetchval(statement, *arguments)

    async def principal(self) -> Principal:
        """Say who asks, by the key as it is now."""

        async def known(connection: Connection, who: Identity) -> Principal:
            await WHO.run(connection, who, {})
            return who.principal

        return await self.run(known)

    async def snapshot(self, statements: Callable[[Connection, Identity], Awaitable[AnswerT]]) -> AnswerT:
        """Run the statements, of which the first is guarded, for whoever asks; all of them see the same moment."""
        return await self.run(statements, self._database.snapshot)

    async def export(self, statements: Callable[[Connection, Identity], Awaitable[AnswerT]]) -> AnswerT:
        """Run them as `snapshot` does, for as long as the client takes to read what they find."""
        return await self.run(statements, self._database.export)

    @property
    def secret(self) -> bytes:
        """Return what signs cursors."""
        return self._database.secret

    async def run(
        self, statements: Callable[[Connection, Identity], Awaitable[AnswerT]], lend: Lend | None = None
    ) -> AnswerT:
        """Run the statements, of which the first is guarded, for whoever asks, on the connection that is lent.

        They are run again when the key is not what was known of it, once it was looked up.
        """
        lend = lend or self._database.read
        keys: KnownKeys = self.request.app.state.known_keys
        while True:
            try:
                async with lend() as connection:
                    answer = await statements(connection, self._identity)
            except KeyChanged:
                self._identity = await keys.refresh(self._database.read, self.request, self._permission)
            except NotFound:
                keys.was_good(self._identity)
                raise
            else:
                keys.was_good(self._identity)
                return answer

    def link_to_next(self, parameter: str, cursor: str) -> str:
        """Return the `Link` to the same with the cursor as this parameter."""
        given = quote(self.request.scope["query_string"], safe=_QUERY).split("&")
        others = [part for part in given if part and unquote_plus(part.partition("=")[0]) != parameter]
        return f'<{self.request.scope["path"]}?{"&".join([*others, f"{parameter}={cursor}"])}>; rel="next"'


class Reads(SecurityBase):
    """The dependency behind `reads`, and its security scheme: FastAPI has one dependency to solve, not three."""

    model = bearer.model
    scheme_name = bearer.scheme_name

    def __init__(self, permission: Permission, query: type[Query]) -> None:
        self.permission = permission
        self.query = query

    async def __call__(self, request: Request) -> Reading[Query]:
        """Say what is asked for and by whom; raise `Invalid`, `Unauthenticated` or `Forbidden`."""
        query = read_query(request, self.query)
        state = request.app.state
        identity = await state.known_keys.recall(state.database.read, request, self.permission)
        return Reading(request, query, self.permission, identity, state.database)


def reads(permission: Permission, query: type[Query] = Query) -> Any:
    """Make the dependency of a read that needs `permission` and takes the parameters of `query`."""
    return Security(Reads(permission, query), scopes=[permission])


def published(permission: Permission, query: type[Query]) -> Any:
    """Make the dependency of a page: a read with the eyes of the public, whatever key comes along with it."""
    require(PUBLIC, permission)

    async def as_the_public(request: Request) -> Reading[Query]:
        return Reading(request, read_query(request, query), permission, ANYONE, request.app.state.database)

    return Depends(as_the_public)
