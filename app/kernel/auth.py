"""From a bearer token to a `Principal`.

An API key is `srt_` and 43 characters of randomness; the database keeps its SHA-256 only. A key of that entropy needs
no slow hash, and a lookup by digest tells a guesser nothing. Malformed, unknown, expired and revoked keys get one and
the same answer.
"""

import hashlib
import secrets

from fastapi import Request
from fastapi.security import HTTPBearer

from app.config import KEY_PREFIX
from app.domain.permissions import PUBLIC, Permission, Principal, Role, granted
from app.kernel.db import Connection
from app.kernel.problems import Forbidden, Unauthenticated

_KEY_LENGTH_MAX = 200
_FIND_KEY = """
SELECT id, name, role, scopes, region_code, expert_id, institution_id FROM api_keys
WHERE digest = $1 AND revoked_at IS NULL AND expires_at > clock_timestamp()
"""

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


async def authenticate(connection: Connection, request: Request) -> Principal:
    """Return who sent the request: `PUBLIC` without credentials; raise `Unauthenticated` when they are no good."""
    header = request.headers.get("authorization")
    if header is None:
        return PUBLIC
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key.startswith(KEY_PREFIX) or len(key) > _KEY_LENGTH_MAX:
        raise Unauthenticated
    row = await connection.fetchrow(_FIND_KEY, digest_of(key))
    if row is None:
        raise Unauthenticated
    role = Role(row["role"])
    scopes = None if row["scopes"] is None else frozenset(Permission(scope) for scope in row["scopes"])
    return Principal(
        id=f"key:{row['id']}",
        name=row["name"],
        role=role,
        permissions=granted(role, scopes),
        region=row["region_code"],
        expert=row["expert_id"],
        institution=row["institution_id"],
    )


def require(principal: Principal, permission: Permission) -> None:
    """Let the principal pass when it holds the permission.

    Raises `Unauthenticated` for the public, which might hold it with a key, and `Forbidden` naming it for all others.
    """
    if permission in principal.permissions:
        return
    if principal is PUBLIC:
        raise Unauthenticated
    raise Forbidden(required_permission=permission)
