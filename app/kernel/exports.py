"""Whole datasets: a projection's rows as the reader may see them, as PostgreSQL renders them, from one snapshot.

Hides COPY: its parameters, which the driver has the server quote; its format, whose quote and delimiter are control
characters, because no JSON text holds any and so none is changed; and that no more is held than one piece at a time. A
stream that breaks ends as a broken connection, never as a clean end.
"""

import asyncio
import zlib
from functools import partial
from typing import Annotated, Any

from fastapi import Response
from pydantic import Field, StringConstraints
from starlette.types import Receive, Scope, Send

from app.kernel.audit import note_export
from app.kernel.auth import Identity
from app.kernel.change_cursors import ChangeCursor, cursor_at, moment_in
from app.kernel.change_feed import Position
from app.kernel.db import SNAPSHOT_TIMEOUT_S, Connection
from app.kernel.export_statements import AFTER, count_statement, key_after, moment_of, rows_statement
from app.kernel.formats import MEDIA_TYPES, Format
from app.kernel.guard import BODILESS
from app.kernel.listing import Filters
from app.kernel.preferences import choices, takes_gzip
from app.kernel.projection import Projection, reader_of
from app.kernel.queries import Flag
from app.kernel.reading import Reading
from app.kernel.rendering import chosen

# PostgreSQL sends 8 kB at a time. What comes in so long is taken as one piece, which costs about the same whatever its
# size: without this, the service works three times as long, and the whole takes half as long again.
_GATHER_S = 0.001
# A client that takes nothing for so long is gone, or keeps a snapshot from those who would read it.
STALLED_S = 60.0
_GZIP, _GZIP_LEVEL = 31, 4  # the window with a gzip header around it; beyond this level it takes longer for little
_QUOTE, _DELIMITER = "\x01", "\x02"  # neither is in any JSON text
_BOM = b"\xef\xbb\xbf"


class ExportQuery(Filters):
    """What every export understands. A dataset adds the filters of its list."""

    format: Annotated[Format | None, Field(description="`ndjson` unless this or `Accept` says otherwise")] = None
    fields: Annotated[
        Annotated[str, StringConstraints(max_length=1000)] | None,
        Field(description="names of the fields wanted, comma-separated; all when absent"),
    ] = None
    as_of: Annotated[
        ChangeCursor | None,
        Field(description="the rows of an earlier moment: the `Change-Cursor` of another export, for an hour"),
    ] = None
    after_key: Annotated[
        Annotated[str, StringConstraints(max_length=200)] | None,
        Field(
            description="only the rows after the one with this key, by which they are ordered: its `id` or `code`, of "
            "what has editions `code/edition`; with `as_of`, the rest of an export that broke (without it, rows "
            "written since are mixed in)"
        ),
    ] = None
    count: Annotated[Flag, Field(description="adds the header `Row-Count`, the number of rows that follow")] = False
    bom: Annotated[Flag, Field(description="begins CSV with the mark by which Excel knows UTF-8")] = False


def file_headers(name: str) -> dict[str, Any]:
    """Return the headers of an export, for the contract."""
    told = {
        "Change-Cursor": "where changes follow upon these rows, with no gap and no double",
        "Content-Disposition": f"names the file `{name}`",
        "Row-Count": "only with `count=true`",
    }
    return {header: {"description": text, "schema": {"type": "string"}} for header, text in told.items()}


class Export(Response):
    """The answer with all rows of a dataset that match the query."""

    def __init__(self, reading: Reading[ExportQuery], projection: Projection) -> None:
        headers = reading.request.headers
        self.status_code = 200
        self.background = None
        self.format: Format = reading.query.format or _acceptable(headers.get("accept"))
        self.media_type = MEDIA_TYPES[self.format]
        self.reading = reading
        self.projection = projection
        self.gzip = takes_gzip(headers.get("accept-encoding"))
        told = {
            "Content-Disposition": f'attachment; filename="{projection.name}.{self.format}"',
            "Vary": "Accept, Accept-Encoding",
        }
        self.init_headers(told | ({"Content-Encoding": "gzip"} if self.gzip else {}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the rows; stop when the client leaves. Raises while nothing is sent yet, and where the stream breaks."""
        sending = asyncio.ensure_future(self._send(scope, send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                await sending
        finally:
            leaving.cancel()
            sending.cancel()
            await asyncio.wait({sending, leaving})

    async def _send(self, scope: Scope, send: Send) -> None:
        await self.reading.export(partial(self._send_rows, scope, send))
        # Only now: whoever has all of it counts as gone, and would take the connection along.
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_rows(self, scope: Scope, send: Send, connection: Connection, identity: Identity) -> None:
        query, (reader, bound) = self.reading.query, reader_of(identity.principal)
        filters = query.filters()
        fields = chosen(self.projection, query.fields)
        moment, secret = await moment_of(connection, identity), self.reading.secret
        if query.as_of is not None:
            moment = await moment_in(connection, secret, identity.principal, query.as_of, moment)
        values, names = bound | filters | moment._asdict(), tuple(sorted(filters))
        if query.after_key is not None:
            values[AFTER] = key_after(self.projection, query.after_key)
        kind = {"past": query.as_of is not None, "after": query.after_key is not None}
        cursor = cursor_at(secret, identity.principal, Position(moment))
        headers = [*self.raw_headers, (b"change-cursor", cursor.encode())]
        if query.count:
            counting = count_statement(self.projection, reader, names, **kind)
            count = await connection.fetchval(counting.text, *counting.arguments(values))
            headers.append((b"row-count", b"%d" % count))
        if not (bodiless := scope.get("state", {}).get(BODILESS)):
            await note_export(self.reading.request, identity.principal.id, self.projection.name, self._asked(filters))
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        if not bodiless:
            pieces = _Pieces(send, self.format, gzip=self.gzip)
            await pieces.begin(self._opening(fields))
            table = self.format == "csv"
            statement = rows_statement(self.projection, reader, names, fields, table=table, **kind)
            await connection.copy_from_query(
                statement.text,
                *statement.arguments(values),
                output=pieces.add,
                timeout=SNAPSHOT_TIMEOUT_S,
                format="csv",
                quote=None if self.format == "csv" else _QUOTE,
                delimiter=None if self.format == "csv" else _DELIMITER,
            )
            await pieces.end()

    def _asked(self, filters: dict[str, Any]) -> dict[str, Any]:
        """Return what is asked for, in words of the audit."""
        query = self.reading.query
        more = {"fields": query.fields, "after_key": query.after_key, "as_of": None if query.as_of is None else True}
        given = {name: value for name, value in more.items() if value is not None}
        return {"format": self.format, "filters": filters, **given}

    def _opening(self, fields: tuple[str, ...]) -> bytes:
        if self.format != "csv":
            return b"[" if self.format == "json" else b""
        return (_BOM if self.reading.query.bom else b"") + ",".join(fields).encode() + b"\n"


class _Pieces:
    """Pieces of COPY's output on their way out. Each ends where the network had it end, also within a row."""

    def __init__(self, send: Send, form: Format, *, gzip: bool) -> None:
        self.send = send
        self.packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP) if gzip else None
        self.lines = form != "csv"
        self.array = form == "json"
        self.held = b""  # the comma after the last row so far: it goes out with the next

    async def begin(self, opening: bytes) -> None:
        """Send what comes before the rows."""
        await self._out(opening)

    async def add(self, piece: bytes) -> None:
        """Send a piece of the rows."""
        if self.lines and _QUOTE.encode() in piece:  # a row with a line break, which no JSON of PostgreSQL's own has
            raise RuntimeError("a row takes more than one line")
        if self.array:
            rows = self.held + piece.replace(b"\n", b",\n")
            self.held = b",\n" if rows.endswith(b",\n") else b""
            piece = rows[: len(rows) - len(self.held)]
        await self._out(bytes(piece))
        await asyncio.sleep(_GATHER_S)

    async def end(self) -> None:
        """Send what comes after the rows."""
        await self._out(b"\n]\n" if self.array else b"", last=True)

    async def _out(self, piece: bytes, *, last: bool = False) -> None:
        if self.packer is not None:
            # Elsewhere, because it takes a while: meanwhile others are served.
            piece = await asyncio.to_thread(self.packer.compress, piece)
            piece += self.packer.flush() if last else b""
        if piece:
            async with asyncio.timeout(STALLED_S):
                await self.send({"type": "http.response.body", "body": piece, "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _acceptable(accept: str | None) -> Format:
    """Return the format that an `Accept` header likes best; NDJSON where it does not care."""
    liked = {choice.name: choice.weight for choice in choices(accept)}
    known = [name for name in MEDIA_TYPES if liked.get(MEDIA_TYPES[name], 0) > 0]
    return max(known, key=lambda name: liked[MEDIA_TYPES[name]], default="ndjson")
