"""A record as an answer: its response with the `ETag`, which versions a header means, and what is expanded into it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from fastapi import Request, Response

from app.kernel import rendering
from app.kernel.auth import Identity
from app.kernel.db import Connection
from app.kernel.formats import JSON
from app.kernel.problems import NotFound
from app.kernel.projection import Projection
from app.kernel.rendering import Record

_DIGEST_BYTES = 6
_DIGEST = re.compile(f'-[0-9a-f]{{{2 * _DIGEST_BYTES}}}"$')


def entity_tag(version: int) -> str:
    """Return the `ETag` of a row's version, by which a change says what it means."""
    return f'"{version}"'


def tag_of(record: Record) -> str:
    """Return the `ETag` of a record: its version; where others' words are in it, with a digest of all it shows."""
    if not record.leans:
        return entity_tag(record.version)
    return f'"{record.version}-{blake2b(record.body, digest_size=_DIGEST_BYTES).hexdigest()}"'


def record_response(record: Record, status: int = 200, location: str | None = None) -> Response:
    """Answer a record."""
    headers = {"ETag": tag_of(record)}
    if location is not None:
        headers["Location"] = location
    return Response(record.body, status, headers, JSON)


def is_meant(header: str, version: int) -> bool:
    """Tell whether a list of entity tags, or `*`, means this version, whatever the record showed of others."""
    tags = {tag.strip() for tag in header.split(",")}
    return "*" in tags or any(_DIGEST.sub('"', tag) == entity_tag(version) for tag in tags)


def is_known(request: Request, tag: str) -> bool:
    """Tell whether the client has what has this tag (`If-None-Match`)."""
    header = request.headers.get("if-none-match")
    if header is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or tag in tags


async def fetch_record(
    connection: Connection, projection: Projection, identity: Identity, key: Mapping[str, Any]
) -> Record:
    """Fetch the visible record that `key` identifies; raise `NotFound` when there is none."""
    record = await rendering.one(connection, projection, identity, **key)
    if record is None:
        raise NotFound
    return record


@dataclass(frozen=True, slots=True)
class Expand:
    """A list to include in a record: `expand=results` puts the rows of `projection` into the member `results`."""

    member: str
    projection: Projection
    order: str
    filters: Mapping[str, Any]

    async def into(self, record: Record, connection: Connection, identity: Identity) -> Record:
        """Return the record with the list in it."""
        rows = await rendering.every(connection, self.projection, identity, self.order, **self.filters)
        return record.with_member(self.member, rows)._replace(leans=True)
