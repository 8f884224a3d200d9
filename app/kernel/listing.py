"""Lists: the query every list understands, the signed cursor, the `Link` to the next page.

Hides how a cursor is made: it holds the last row's sort value and key, signed together with the list it belongs to
(resource, filters, sort, kind of reader), so that a forged one or one carried to another list is refused.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, Field, StringConstraints

from app.kernel.problems import InvalidCursor
from app.kernel.queries import Flag, Integer, Query

ItemT = TypeVar("ItemT")
_SIGNATURE_BYTES = 16
# Of a position, both parts of which may be 200 characters of four bytes, in Base64 (RFC 4648, section 4).
_CURSOR_LENGTH_MAX = 2_400
# Made once: `json.dumps` with options makes an encoder at every call.
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=str).encode
_RESERVED = frozenset(
    {"limit", "cursor", "sort", "fields", "count", "format", "bom", "after", "after_key", "as_of", "wait"}
)


class Filters(Query):
    """Typed filters: each field is one, and an absent one is null."""

    def filters(self) -> dict[str, Any]:
        """Return the filters that were given, by name."""
        return {
            name: value
            for name in type(self).model_fields
            if name not in _RESERVED and (value := getattr(self, name)) is not None
        }


class ListQuery(Filters):
    """What every list understands. A resource adds its `sort` enum and its filters."""

    default_sort: ClassVar[str]

    limit: Annotated[Integer, Field(ge=1, le=200, description="rows to a page")] = 50
    cursor: Annotated[
        Annotated[str, StringConstraints(max_length=_CURSOR_LENGTH_MAX)] | None,
        Field(description="`next_cursor` of the page before; only with the same filters and sort"),
    ] = None
    fields: Annotated[
        Annotated[str, StringConstraints(max_length=1000)] | None,
        Field(description="names of the fields wanted, comma-separated; all when absent"),
    ] = None
    count: Annotated[Flag, Field(description="adds `total`, the number of rows that match")] = False

    @property
    def order(self) -> str:
        """The sort asked for, or the resource's own."""
        return getattr(self, "sort", None) or self.default_sort


class Page(BaseModel, Generic[ItemT]):
    """A page of a list, as documented; the answer itself is rendered by the database."""

    items: list[ItemT]
    next_cursor: Annotated[str | None, Field(description="send it as `cursor` for the next page; null on the last")]
    total: Annotated[int | None, Field(description="only with `count=true`")] = None


def sign(secret: bytes, scope: str, position: tuple[str, str]) -> str:
    """Return the cursor after `position` (sort value, key) of the list named by `scope`."""
    payload = _encode(position).encode()
    return base64.urlsafe_b64encode(_signature(secret, scope, payload) + payload).rstrip(b"=").decode()


def verify(secret: bytes, scope: str, cursor: str) -> tuple[str, str]:
    """Return the position in `cursor`; raise `InvalidCursor` when it is forged or belongs to another list."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidCursor from None
    signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(secret, scope, payload)):
        raise InvalidCursor
    value, key = json.loads(payload)
    return value, key


def scope_of(resource: str, order: str, filters: Mapping[str, Any], reader: str) -> str:
    """Name one list: the same resource, order, filters and kind of reader give the same name."""
    return _encode([resource, order, sorted(filters.items()), reader])


def _signature(secret: bytes, scope: str, payload: bytes) -> bytes:
    # A keyed hash (RFC 7693, section 2.9), many times as fast as an HMAC for texts as short as these.
    return blake2b(scope.encode() + b"\0" + payload, key=_key(secret), digest_size=_SIGNATURE_BYTES).digest()


@lru_cache(maxsize=4)
def _key(secret: bytes) -> bytes:
    return sha256(secret).digest()
