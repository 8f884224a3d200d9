"""The public keys of an OpenID provider, as it publishes them: discovery document, key set, key.

Hides when the provider is asked. Keys are read anew after ten minutes, so that a withdrawn one is noticed; at once when
a token names a key that is not among them, which is how a provider changes its keys, but then not again for a while, so
that forged names do not make us hammer it. While it cannot be reached, the keys last read go on for an hour.
"""

import asyncio
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import httpx
import jwt
import structlog

from app.config import is_confidential
from app.kernel.messages import Text
from app.kernel.outbound import tls
from app.kernel.problems import Unavailable

FRESH_S = 600  # for so long keys are good without a question
KEPT_S = 3600  # and for so long while the provider cannot be reached
UNKNOWN_PAUSE_S = 30
FAILURE_PAUSE_S = 10
TOTAL_S = 5.0
DOCUMENT_BYTES_MAX = 256 * 1024
_DISCOVERY = "/.well-known/openid-configuration"
_OUT_OF_REACH = Text(
    en="The sign-in service cannot be reached, so your token cannot be checked. Send the same request again after "
    "`Retry-After` seconds.",
    id="Layanan masuk tidak dapat dihubungi, sehingga token Anda tidak dapat diperiksa. Kirim lagi permintaan yang "
    "sama setelah `Retry-After` detik.",
)

_log = structlog.get_logger()


class Name(NamedTuple):
    """What a token says of its key. A key serves one algorithm, so a token cannot have it used for another."""

    kid: str
    algorithm: str


# The algorithms there are, with the only kind of key each is used with. All are asymmetric: what the provider publishes
# can never sign.
ALGORITHMS: Mapping[str, Mapping[str, str]] = {
    "RS256": {"kty": "RSA"},
    "PS256": {"kty": "RSA"},
    "ES256": {"kty": "EC", "crv": "P-256"},
    "EdDSA": {"kty": "OKP", "crv": "Ed25519"},
}


class UnknownKeyError(Exception):
    """The provider has no such key."""


class _ProviderError(Exception):
    """The provider does not answer, or not as a provider does."""


class ProviderKeys:
    """The keys of one provider, read when they are needed. `transport` and `clock` (seconds) are for tests."""

    def __init__(
        self,
        issuer: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._transport = transport
        self._clock = clock
        self._asking = asyncio.Lock()
        self._keys: dict[Name, jwt.PyJWK] = {}
        self._read_at = -math.inf
        self._pause_until = -math.inf
        self._failed = False

    async def find(self, name: Name) -> jwt.PyJWK:
        """Return a key; raise `UnknownKeyError`, or `Unavailable` when only the provider could tell."""
        known = name in self._keys
        if known and self._age() < FRESH_S:
            return self._keys[name]
        # While somebody asks already, a key that is known serves without waiting for the answer.
        if not (known and self._age() < KEPT_S and self._asking.locked()):
            async with self._asking:
                await self._renew(name)
        if name in self._keys and self._age() < KEPT_S:
            return self._keys[name]
        if self._failed:
            raise Unavailable(_OUT_OF_REACH, headers={"Retry-After": str(FAILURE_PAUSE_S)})
        raise UnknownKeyError

    def _age(self) -> float:
        return self._clock() - self._read_at

    async def _renew(self, name: Name) -> None:
        """Ask the provider, unless somebody just did."""
        fresh = self._age() < FRESH_S
        if self._clock() < self._pause_until or (fresh and name in self._keys):
            return
        try:
            self._keys = await self._read()
        except _ProviderError as error:
            self._failed, self._pause_until = True, self._clock() + FAILURE_PAUSE_S
            _log.warning("sign_in_provider_failed", reason=str(error))
        else:
            self._failed, self._read_at = False, self._clock()
            if fresh:  # so it was an unknown name that made us ask
                self._pause_until = self._read_at + UNKNOWN_PAUSE_S

    async def _read(self) -> dict[Name, jwt.PyJWK]:
        try:
            async with asyncio.timeout(TOTAL_S), self._client() as client:
                discovered = await _document(client, self._issuer.rstrip("/") + _DISCOVERY)
                if discovered.get("issuer") != self._issuer:
                    raise _ProviderError("its discovery document is of another issuer")
                return dict(_usable(await _document(client, self._address(discovered.get("jwks_uri")))))
        except TimeoutError:
            raise _ProviderError("timed out") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _ProviderError(type(error).__name__) from error

    def _client(self) -> httpx.AsyncClient:
        # No proxy is asked and no redirect followed; SSL_CERT_FILE names the authorities of a closed network.
        return httpx.AsyncClient(verify=tls(), trust_env=False, timeout=TOTAL_S, transport=self._transport)

    def _address(self, url: object) -> str:
        """Let nobody between us and a provider on https hand us keys of their own."""
        plain_too = self._issuer.startswith("http:")
        if not isinstance(url, str) or not is_confidential(url) or not (plain_too or url.startswith("https:")):
            raise _ProviderError("its jwks_uri is no https address")
        return url


async def _document(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    body = bytearray()
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    async with client.stream("GET", url, headers=headers) as response:
        if response.status_code != httpx.codes.OK:
            raise _ProviderError(f"status {response.status_code}")
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > DOCUMENT_BYTES_MAX:
                raise _ProviderError("its answer is too long")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise _ProviderError("its answer is not JSON") from None
    if not isinstance(document, dict):
        raise _ProviderError("its answer is not a JSON object")
    return document


def _usable(key_set: Mapping[str, Any]) -> Iterator[tuple[Name, jwt.PyJWK]]:
    """Yield the keys that may sign tokens, by name and algorithm; others may stand beside them."""
    published = key_set.get("keys")
    if not isinstance(published, list):
        raise _ProviderError("its key set has no keys")
    for key in published:
        if not isinstance(key, dict) or not isinstance(key.get("kid"), str) or key.get("use", "sig") != "sig":
            continue
        for algorithm, kind in ALGORITHMS.items():
            if key.get("alg", algorithm) != algorithm or not kind.items() <= key.items():
                continue
            try:
                yield Name(key["kid"], algorithm), jwt.PyJWK(key, algorithm)
            except jwt.PyJWTError:
                _log.warning("sign_in_key_unusable", algorithm=algorithm)
