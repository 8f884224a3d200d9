"""From an access token of the ministry's sign-in (OpenID Connect, a signed JWT) to a `Principal`.

A person's rights stand in the token and nowhere else: `seratus_role`, whom they speak for as the role asks
(`seratus_region`, `seratus_expert`, `seratus_institution`), and `seratus_scopes` to narrow it. So they last until the
token expires. Nothing of a person is kept but the provider's name for them, `sub`. Whatever is wrong with a token, the
answer is the one for a bad key; the log tells the operator what it was, without the token or a value from it.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import jwt
import structlog
from pydantic import TypeAdapter, ValidationError

from app.domain.permissions import BINDINGS, Permission, Role, granted
from app.domain.principals import Principal
from app.kernel.problems import Unauthenticated
from app.kernel.provider_keys import ALGORITHMS, Name, ProviderKeys, UnknownKeyError
from app.kernel.types import RegionCode

CLOCK_SKEW_S = 30
_CLAIMS_NEEDED = ("exp", "sub", "iss", "aud")
_SUBJECT_LENGTH_MAX = 255  # OpenID Connect Core, section 2
_SIGNS_IN = "user:"
_REGION: TypeAdapter[str] = TypeAdapter(RegionCode)

_log = structlog.get_logger()


class _RefusedError(Exception):
    """Why a token is no good, in our own words."""


class SignIn:
    """Takes the access tokens that one issuer made for one audience."""

    def __init__(self, issuer: str, audience: str, keys: ProviderKeys) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys

    async def principal_of(self, token: str) -> Principal:
        """Return who acts by a token; raise `Unauthenticated`, or `Unavailable` when its key cannot be asked for."""
        try:
            return _principal(await self._claims(token))
        except _RefusedError as error:
            reason = str(error)
        except UnknownKeyError:
            reason = "the provider has no such key"
        except jwt.PyJWTError as error:
            reason = type(error).__name__  # its text may quote the token
        _log.info("token_refused", reason=reason)
        raise Unauthenticated

    async def _claims(self, token: str) -> Mapping[str, Any]:
        header = jwt.get_unverified_header(token)
        kid, algorithm = header.get("kid"), header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise _RefusedError("its algorithm is not one of ours")
        if not isinstance(kid, str):
            raise _RefusedError("it names no key")
        return jwt.decode(
            token,
            await self._keys.find(Name(kid, algorithm)),
            algorithms=[algorithm],
            issuer=self._issuer,
            audience=self._audience,
            leeway=CLOCK_SKEW_S,
            options={"require": [*_CLAIMS_NEEDED], "enforce_minimum_key_length": True},
        )


def sign_in(issuer: str, audience: str) -> SignIn:
    """Return the way in for this issuer's people."""
    return SignIn(issuer, audience, ProviderKeys(issuer))


def _principal(claims: Mapping[str, Any]) -> Principal:
    subject: str = claims["sub"]
    if not 0 < len(subject) <= _SUBJECT_LENGTH_MAX or not subject.isascii() or not subject.isprintable():
        raise _RefusedError("sub is not 1 to 255 printable ASCII characters")
    role = _role(claims.get("seratus_role"))
    region, expert, institution = _binding(role, claims)
    id_ = f"{_SIGNS_IN}{subject}"
    return Principal(
        id=id_,
        name=id_,
        role=role,
        permissions=granted(role, _scopes(claims.get("seratus_scopes"))),
        region=region,
        expert=expert,
        institution=institution,
    )


def _role(claim: object) -> Role:
    if not isinstance(claim, str) or claim not in set(Role) - {Role.PUBLIC}:
        raise _RefusedError("seratus_role is missing or names no role")
    return Role(claim)


def _binding(role: Role, claims: Mapping[str, Any]) -> tuple[str | None, UUID | None, UUID | None]:
    """Return the region, the expert and the institution that a person speaks for: what the role asks, no more."""
    binding = BINDINGS.get(role)
    named = {to: claims.get(f"seratus_{to}") for to in ("region", "expert", "institution")}
    for to, value in named.items():
        bound = binding is not None and binding.to == to
        if value is not None and not bound:
            raise _RefusedError(f"seratus_{to} does not belong to the role")
        if value is None and bound and binding is not None and binding.required:
            raise _RefusedError(f"the role needs seratus_{to}")
    try:
        region = None if named["region"] is None else _REGION.validate_python(named["region"])
        return region, _uuid(named["expert"]), _uuid(named["institution"])
    except ValidationError:
        raise _RefusedError("seratus_region is no code of a region") from None


def _uuid(claim: object) -> UUID | None:
    if claim is None:
        return None
    try:
        return UUID(str(claim))
    except ValueError:
        raise _RefusedError("seratus_expert or seratus_institution is no UUID") from None


def _scopes(claim: object) -> frozenset[Permission] | None:
    if claim is None:
        return None
    if not isinstance(claim, list) or not all(isinstance(scope, str) and scope in set(Permission) for scope in claim):
        raise _RefusedError("seratus_scopes is no list of permissions")
    return frozenset(map(Permission, claim))
