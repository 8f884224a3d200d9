"""From a bearer token to a `Principal`.

An API key is `srt_` and 43 characters of randomness; the database keeps its SHA-256 only. A key of that entropy needs
no slow hash, and a lookup by digest tells a guesser nothing. Malformed, unknown, expired and revoked keys get one and
the same answer.

A key that was seen before is remembered, with the version its row had. What is remembered is never trusted: the
statement that reads for the key also reads that version (`STILL_VALID`), so a revoked or changed key is noticed by the
very next request at the price of no round trip.
"""

import hashlib
import secrets
from typing import NamedTuple
from uuid import UUID

import asyncpg
from fastapi import Request
from fastapi.security import HTTPBearer

from app.config import KEY_PREFIX
from app.domain.permissions import PUBLIC, Permission, Principal, Role, granted
from app.kernel.audit import ACTOR
from app.kernel.db import Connection, Database
from app.kernel.problems import Forbidden, Unauthenticated

_KEY_LENGTH_MAX = 200
GOOD = "revoked_at IS NULL AND expires_at > clock_timestamp()"
_KEY = "SELECT id, version, name, role, scopes, region_code, expert_id, institution_id FROM api_keys"
_FIND_KEY = f"{_KEY} WHERE digest = $1 AND {GOOD}"
_FIND_BY_ID = f"{_KEY} WHERE id = $1 AND {GOOD}"
# SQL for the version of the key whose digest is the parameter `{}`; null when it is no good, and without a key.
STILL_VALID = f"(SELECT version FROM api_keys WHERE digest = {{}}::bytea AND {GOOD})"  # noqa: S608 - our own words
_KEYS_REMEMBERED = 10_000
_ACTS_BY_KEY = "key:"

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description="An API key (`srt_…`). Published data needs none. Permissions are named beside each operation.",
)


def new_key() -> str:
    """Make a new API key; it is shown once and never stored."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def digest_of(key: str) -> bytes:
    """Return what the database keeps of a key."""
    return hashlib.sha256(key.encode()).digest()


class Identity(NamedTuple):
    """Who is asking, by which key, and the version of that key's row; the public has neither."""

    principal: Principal
    digest: bytes | None = None
    version: int | None = None


ANYONE = Identity(PUBLIC)


class KeyChanged(Exception):  # noqa: N818 - not an error: whoever remembered the key looks it up again
    """The key is not what it was when its principal was remembered."""


class KnownKeys:
    """The identities of keys seen lately, by digest; to be held against `STILL_VALID` at every use."""

    def __init__(self) -> None:
        self._identities: dict[bytes, Identity] = {}

    async def recall(self, database: Database, request: Request, permission: Permission) -> Identity:
        """Return who sent the request: from memory where that suffices for `permission`, which refuses nobody."""
        known = self._identities.get(_digest_sent(request) or b"")
        if known is None or permission not in known.principal.permissions:
            return await self.refresh(database, request, permission)
        setattr(request.state, ACTOR, known.principal.id)
        return known

    async def refresh(self, database: Database, request: Request, permission: Permission) -> Identity:
        """Look the key up and remember it; raise `Unauthenticated` or `Forbidden`."""
        self._identities.pop(_digest_sent(request) or b"", None)
        identity = await authenticate(database, request)
        if identity.digest is not None:
            if len(self._identities) >= _KEYS_REMEMBERED:
                self._identities.clear()
            self._identities[identity.digest] = identity
        require(identity.principal, permission)
        return identity


async def authenticate(database: Database, request: Request) -> Identity:
    """Return who sent the request: `ANYONE` without credentials; raise `Unauthenticated` when they are no good."""
    digest = _digest_sent(request)
    if digest is None:
        return ANYONE
    async with database.read() as connection:
        row = await connection.fetchrow(_FIND_KEY, digest)
    if row is None:
        raise Unauthenticated
    principal = _principal(row)
    setattr(request.state, ACTOR, principal.id)
    return Identity(principal, digest, row["version"])


async def holder_of(connection: Connection, key_id: UUID) -> Principal | None:
    """Return who acts by a key, as the key is now; None when it has ended."""
    row = await connection.fetchrow(_FIND_BY_ID, key_id)
    return None if row is None else _principal(row)


def key_of(principal: Principal) -> UUID:
    """Return the id of the key by which a principal acts."""
    return UUID(principal.id.removeprefix(_ACTS_BY_KEY))


def _principal(key: asyncpg.Record) -> Principal:
    role = Role(key["role"])
    scopes = None if key["scopes"] is None else frozenset(Permission(scope) for scope in key["scopes"])
    return Principal(
        id=f"{_ACTS_BY_KEY}{key['id']}",
        name=key["name"],
        role=role,
        permissions=granted(role, scopes),
        region=key["region_code"],
        expert=key["expert_id"],
        institution=key["institution_id"],
    )


def _digest_sent(request: Request) -> bytes | None:
    """Return the digest of the key that came with the request; raise `Unauthenticated` for what can be none."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key.startswith(KEY_PREFIX) or len(key) > _KEY_LENGTH_MAX:
        raise Unauthenticated
    return digest_of(key)


def require(principal: Principal, *permissions: Permission) -> None:
    """Let the principal pass when it holds one of the permissions.

    Raises `Unauthenticated` for the public, which might hold it with a key, and `Forbidden` naming it for all others.
    """
    if not principal.permissions.isdisjoint(permissions):
        return
    if principal is PUBLIC:
        raise Unauthenticated
    first, *others = permissions
    raise Forbidden(required_permission=[first, *others] if others else first)
