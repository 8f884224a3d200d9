"""From a bearer token to a `Principal`: by an API key, or by an access token of the ministry's sign-in (`oidc`).

An API key is `srt_` and 43 characters of randomness; the database keeps its SHA-256 only. A key of that entropy needs
no slow hash, and a lookup by digest tells a guesser nothing. Malformed, unknown, expired and revoked keys get one and
the same answer, and so do such tokens.

A key that was given a new secret answers to the old one too until `previous_until`; whichever is sent, it is the same
key. One that has address ranges is no good from elsewhere. What acts through a key without a request, as a webhook does
(`holder_of`), comes from no address, and none is asked for.

A key that was seen before is remembered, with the version its row had. What is remembered is never trusted: the
statement that reads for the key also reads that version (`STILL_VALID`), and so does the first of a write, so a revoked
or changed key is noticed by the very next request at the price of no round trip.
"""

import secrets
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import asyncpg
from fastapi import Request
from fastapi.security import HTTPBearer
from starlette.types import Scope

from app.config import KEY_PREFIX
from app.domain.permissions import Permission, Role, granted
from app.domain.principals import PUBLIC, Principal
from app.kernel.addresses import address_of, is_within
from app.kernel.audit import ACTOR
from app.kernel.credentials import Credentials, credentials_of
from app.kernel.db import Connection, Lend
from app.kernel.key_uses import KeyUses
from app.kernel.problems import Forbidden, Unauthenticated

if TYPE_CHECKING:
    from app.kernel.oidc import SignIn

GOOD = "revoked_at IS NULL AND expires_at > clock_timestamp()"
_KEY = "SELECT id, version, name, role, scopes, region_code, expert_id, institution_id, address_ranges FROM api_keys"
# SQL for a column of the key whose secret has the digest `{digest}`, new or old; null when it is no good. Each half has
# an index of its own, and the second is looked into only when the first finds nothing.
_OF_SECRET = (
    f"coalesce((SELECT {{column}} FROM api_keys WHERE digest = {{digest}}::bytea AND {GOOD}), "  # noqa: S608 - our own words
    f"(SELECT {{column}} FROM api_keys WHERE previous_digest = {{digest}}::bytea "
    f"AND previous_until > clock_timestamp() AND {GOOD}))"
)
_FIND_KEY = f"{_KEY} WHERE id = {_OF_SECRET.format(column='id', digest='$1')}"
_FIND_BY_ID = f"{_KEY} WHERE id = $1 AND {GOOD}"
# SQL for the version of the key whose digest is the parameter `{0}`; null when it is no good, and without a key.
STILL_VALID = _OF_SECRET.format(column="version", digest="{0}")
_KEYS_REMEMBERED = 10_000
_ACTS_BY_KEY = "key:"

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description="An API key (`srt_…`), or an access token (JWT) of the OpenID provider whose accounts the service "
    "takes. Published data needs none. Permissions are named beside each operation.",
)


def new_key() -> str:
    """Make a new API key; it is shown once and never stored."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


class Identity(NamedTuple):
    """Who is asking, by which key, and the version of that key's row; the public and people have none.

    `ranges` are the networks from which the key is good; None: from anywhere.
    """

    principal: Principal
    key: UUID | None = None
    digest: bytes | None = None
    version: int | None = None
    ranges: tuple[str, ...] | None = None

    def good_from(self, scope: Scope) -> bool:
        """Tell whether the key is good from where the request comes."""
        return self.ranges is None or is_within(address_of(scope), self.ranges)


ANYONE = Identity(PUBLIC)


class KeyChanged(Exception):  # noqa: N818 - not an error: whoever remembered the key looks it up again
    """The key is not what it was when its principal was remembered."""


class KnownKeys:
    """The identities of keys seen lately, by digest; to be held against `STILL_VALID` at every use."""

    def __init__(self) -> None:
        self._identities: dict[bytes, Identity] = {}
        self.uses = KeyUses()

    def whose(self, credentials: Credentials, scope: Scope) -> str | None:
        """Return who acts by these if they are a key that was good from here when it was seen last."""
        known = self._remembered(credentials, scope)
        return None if known is None else known.principal.id

    def _remembered(self, credentials: Credentials, scope: Scope) -> Identity | None:
        # A key that is sent without its scheme is no credential, whoever it belongs to.
        known = self._identities.get(credentials.digest) if credentials.is_key else None
        return known if known is not None and known.good_from(scope) else None

    async def recall(self, lend: Lend, request: Request, *permissions: Permission) -> Identity:
        """Return who sent the request: from memory where that suffices for one of them, which refuses nobody."""
        credentials = credentials_of(request.scope)
        known = None if credentials is None else self._remembered(credentials, request.scope)
        if known is None or known.principal.permissions.isdisjoint(permissions):
            return await self.refresh(lend, request, *permissions)
        request.scope["state"][ACTOR] = known.principal.id
        return known

    async def refresh(self, lend: Lend, request: Request, *permissions: Permission) -> Identity:
        """Look the key up, on a connection that is lent for that, and remember it.

        Raises `Unauthenticated`, and `Forbidden` when it holds none of the permissions.
        """
        credentials = credentials_of(request.scope)
        if credentials is not None:
            self._identities.pop(credentials.digest, None)
        identity = await authenticate(lend, request)
        if identity.digest is not None:
            if len(self._identities) >= _KEYS_REMEMBERED:
                self._identities.clear()
            self._identities[identity.digest] = identity
        self.was_good(identity)
        require(identity.principal, *permissions)
        return identity

    def was_good(self, identity: Identity) -> None:
        """Note that the key was used, once a statement has said that it is what it was."""
        if identity.key is not None:
            self.uses.note(identity.key)


async def authenticate(lend: Lend, request: Request) -> Identity:
    """Return who sent the request: `ANYONE` without credentials; raise `Unauthenticated` when they are no good."""
    credentials = credentials_of(request.scope)
    if credentials is None:
        return ANYONE
    if credentials.token is None:
        raise Unauthenticated
    if not credentials.is_key:
        person = await _signed_in(request, credentials.token)
        request.scope["state"][ACTOR] = person.id
        return Identity(person)
    async with lend() as connection:
        row = await connection.fetchrow(_FIND_KEY, credentials.digest)
    if row is None:
        raise Unauthenticated
    principal = _principal(row)
    ranges = None if row["address_ranges"] is None else tuple(row["address_ranges"])
    identity = Identity(principal, row["id"], credentials.digest, row["version"], ranges)
    if not identity.good_from(request.scope):
        raise Unauthenticated
    request.scope["state"][ACTOR] = principal.id
    return identity


async def holder_of(connection: Connection, key_id: UUID) -> Principal | None:
    """Return who acts by a key, as the key is now and wherever it is good from; None when it has ended."""
    row = await connection.fetchrow(_FIND_BY_ID, key_id)
    return None if row is None else _principal(row)


def key_of(principal: Principal) -> UUID | None:
    """Return the id of the key by which a principal acts; None for a person who signed in."""
    acts_by, mark, key_id = principal.id.partition(_ACTS_BY_KEY)
    return UUID(key_id) if mark and not acts_by else None


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


async def _signed_in(request: Request, token: str) -> Principal:
    sign_in: SignIn | None = request.app.state.sign_in
    if sign_in is None:
        raise Unauthenticated
    return await sign_in.principal_of(token)


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
