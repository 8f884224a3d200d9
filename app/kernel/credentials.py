"""What a request bears to say who sends it. Read once, for whoever counts it and for whoever looks it up."""

import hashlib
from typing import NamedTuple

from starlette.types import Scope

from app.config import KEY_PREFIX

_CREDENTIALS = "credentials"
_KEY_LENGTH_MAX = 200
_HEADER_LENGTH_MAX = 8_192


class Credentials(NamedTuple):
    """An `Authorization` header: its token, None where it bears none that could be one, and the digest of that.

    Of what bears no token it is the digest of the header.
    """

    token: str | None
    digest: bytes

    @property
    def is_key(self) -> bool:
        """Tell whether it is a key of ours, not a token that somebody else made."""
        return self.token is not None and self.token.startswith(KEY_PREFIX)


def digest_of(key: str) -> bytes:
    """Return what the database keeps of a key."""
    return hashlib.sha256(key.encode()).digest()


def credentials_of(scope: Scope) -> Credentials | None:
    """Return what the request bears; None without an `Authorization` header."""
    state = scope.setdefault("state", {})
    if _CREDENTIALS not in state:
        state[_CREDENTIALS] = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                state[_CREDENTIALS] = _read(value.decode("latin-1"))
                break
    known: Credentials | None = state[_CREDENTIALS]
    return known


def _read(header: str) -> Credentials:
    scheme, _, token = header.partition(" ")
    longest = _KEY_LENGTH_MAX if token.startswith(KEY_PREFIX) else _HEADER_LENGTH_MAX
    if scheme.lower() != "bearer" or len(token) > longest:
        return Credentials(None, digest_of(header))
    return Credentials(token, digest_of(token))
