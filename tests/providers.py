"""An OpenID provider in this process: it signs tokens, publishes its keys, and fails as it is told."""

import asyncio
import base64
import json
import time
from functools import cache
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as new_rsa_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from app.kernel.oidc import SignIn
from app.kernel.provider_keys import ProviderKeys

ISSUER = "https://sso.ministry.test/realms/staff"
AUDIENCE = "https://seratus.ministry.test"
KEY_SET = "https://sso.ministry.test/keys"
PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey
OFFICER = {"seratus_role": "officer"}


@cache
def private_key(_kid: str, algorithm: str = "ES256", bits: int = 2048) -> PrivateKey:
    """Make a key, the same for the same name: RSA takes a while."""
    if algorithm == "ES256":
        return new_ec_key(SECP256R1())
    return Ed25519PrivateKey.generate() if algorithm == "EdDSA" else new_rsa_key(65537, bits)


def published(kid: str, algorithm: str = "ES256", bits: int = 2048, /, **members: Any) -> dict[str, Any]:
    """Return the public half of a key as a provider publishes it."""
    match private_key(kid, algorithm, bits):
        case EllipticCurvePrivateKey() as private:
            key = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
        case Ed25519PrivateKey() as private:
            key = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
        case private:
            key = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return {name: value for name, value in key.items() if name != "key_ops"} | {"kid": kid} | members


def token(
    kid: str = "first", algorithm: str = "ES256", /, *, bits: int = 2048, header: Any = None, **claims: Any
) -> str:
    """Sign an officer's token; claims that are None are left out."""
    now = int(time.time())
    whole = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ani", "iat": now, "exp": now + 300} | OFFICER | claims
    return jwt.encode(
        {name: value for name, value in whole.items() if value is not None},
        private_key(kid, algorithm, bits),
        algorithm,
        headers={"kid": kid} | (header or {}),
    )


def part(content: Any) -> str:
    """Return a part of a token as it is written."""
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


class Provider:
    """It publishes `keys` at `now`, a clock that stands still. `asked` counts who wanted its keys."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys = list(keys) or [published("first")]
        self.now = 0.0
        self.asked = 0
        self.discovery: dict[str, Any] = {"issuer": ISSUER, "jwks_uri": KEY_SET}
        self.trouble: httpx.Response | Exception | None = None

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer as a provider does, or as `trouble` says; others may ask meanwhile."""
        await asyncio.sleep(0)
        if str(request.url) == f"{ISSUER}/.well-known/openid-configuration":
            self.asked += 1
            if isinstance(self.trouble, Exception):
                raise self.trouble
            return self.trouble or httpx.Response(200, json=self.discovery)
        assert str(request.url) == KEY_SET
        return httpx.Response(200, json={"keys": self.keys})

    def sign_in(self) -> SignIn:
        """Return the service's way in for this provider's people."""
        keys = ProviderKeys(ISSUER, transport=httpx.MockTransport(self.answer), clock=lambda: self.now)
        return SignIn(ISSUER, AUDIENCE, keys)
