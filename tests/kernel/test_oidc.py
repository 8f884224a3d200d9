"""Whose token it is: only what the provider signed, for us, at this time, with rights that make sense."""

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from structlog.testing import capture_logs

from app.config import SettingsError, load_settings
from app.domain.permissions import GRANTS, Permission, Role
from app.kernel.auth import key_of
from app.kernel.problems import Unauthenticated
from tests.providers import AUDIENCE, ISSUER, OFFICER, Provider, part, private_key, published, token

WHO = uuid.UUID("019aa000-0000-7000-8000-00000000000a")
PEOPLE: dict[str, dict[str, Any]] = {
    "region_editor": {"seratus_region": "32.73"},
    "assessor": {"seratus_expert": str(WHO)},
    "mentor": {"seratus_institution": str(WHO)},
}
NOW = int(time.time())


async def reason_of_refusal(provider: Provider, text: str) -> str:
    """Have a token refused; return what the log says of it, which tells nothing that stood in the token."""
    with capture_logs() as logs, pytest.raises(Unauthenticated) as refused:
        await provider.sign_in().principal_of(text)
    assert refused.value.detail is Unauthenticated.help
    (line,) = [line for line in logs if line["event"] == "token_refused"]
    assert line.keys() == {"event", "log_level", "reason"}
    assert not text or text not in json.dumps(line)
    assert "secret" not in json.dumps(line)
    return str(line["reason"])


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("named", [True, False])
async def test_what_the_provider_signed_is_taken(algorithm: str, *, named: bool) -> None:
    members: dict[str, Any] = {"alg": algorithm, "use": "sig"} if named else {}
    provider = Provider(published("first", algorithm, **members))
    principal = await provider.sign_in().principal_of(token("first", algorithm))
    assert (principal.id, principal.name, principal.role) == ("user:ani", "user:ani", Role.OFFICER)
    assert principal.permissions == GRANTS[Role.OFFICER]
    assert key_of(principal) is None


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
async def test_a_person_speaks_for_whom_the_token_names(role: Role) -> None:
    names = PEOPLE.get(role, {})
    principal = await Provider().sign_in().principal_of(token(seratus_role=role, **names))
    assert principal.role is role
    assert principal.region == names.get("seratus_region")
    assert principal.expert == (WHO if role is Role.ASSESSOR else None)
    assert principal.institution == (WHO if role is Role.MENTOR else None)


async def test_a_mentor_need_not_name_an_institution() -> None:
    assert (await Provider().sign_in().principal_of(token(seratus_role="mentor"))).institution is None


async def test_scopes_narrow_the_role_and_add_nothing() -> None:
    scopes = ["cohorts:read", "cohorts:write", "api_keys:manage"]
    principal = await Provider().sign_in().principal_of(token(seratus_scopes=scopes))
    assert principal.permissions == {Permission.COHORTS_READ, Permission.COHORTS_WRITE}
    assert not (await Provider().sign_in().principal_of(token(seratus_scopes=[]))).permissions


@pytest.mark.parametrize(
    "claims",
    [{"exp": NOW - 5}, {"nbf": NOW + 15}, {"iat": NOW + 15}, {"iat": None}, {"aud": ["https://a.test", AUDIENCE]}],
)
async def test_clocks_may_differ_a_little_and_others_may_be_meant_too(claims: dict[str, Any]) -> None:
    now = int(time.time()) - NOW
    moved: dict[str, Any] = {name: value + now if isinstance(value, int) else value for name, value in claims.items()}
    assert (await Provider().sign_in().principal_of(token(**moved))).id == "user:ani"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://secret.test"}, "InvalidIssuerError"),
        ({"iss": f"{ISSUER}/"}, "InvalidIssuerError"),
        ({"iss": None}, "MissingRequiredClaimError"),
        ({"aud": "https://secret.test"}, "InvalidAudienceError"),
        ({"aud": [f"{AUDIENCE}/"]}, "InvalidAudienceError"),
        ({"aud": None}, "MissingRequiredClaimError"),
        ({"exp": NOW - 31}, "ExpiredSignatureError"),
        ({"exp": None}, "MissingRequiredClaimError"),
        ({"exp": "secret"}, "DecodeError"),
        ({"exp": True}, "ExpiredSignatureError"),
        ({"nbf": NOW + 3600}, "ImmatureSignatureError"),
        ({"iat": NOW + 3600}, "ImmatureSignatureError"),
        ({"sub": None}, "MissingRequiredClaimError"),
        ({"sub": ""}, "sub is not 1 to 255 printable ASCII characters"),
        ({"sub": "s" * 256}, "sub is not 1 to 255 printable ASCII characters"),
        ({"sub": "secret\n"}, "sub is not 1 to 255 printable ASCII characters"),
        ({"sub": "secrét"}, "sub is not 1 to 255 printable ASCII characters"),
        ({"seratus_role": None}, "seratus_role is missing or names no role"),
        ({"seratus_role": "public"}, "seratus_role is missing or names no role"),
        ({"seratus_role": "secret"}, "seratus_role is missing or names no role"),
        ({"seratus_role": ["officer"]}, "seratus_role is missing or names no role"),
        ({"seratus_role": {"secret": 1}}, "seratus_role is missing or names no role"),
        ({"seratus_role": "region_editor"}, "the role needs seratus_region"),
        ({"seratus_role": "assessor"}, "the role needs seratus_expert"),
        ({"seratus_region": "32.73"}, "seratus_region does not belong to the role"),
        ({"seratus_expert": str(WHO)}, "seratus_expert does not belong to the role"),
        ({"seratus_role": "mentor", "seratus_region": "32.73"}, "seratus_region does not belong to the role"),
        ({"seratus_role": "region_editor", "seratus_region": "secret"}, "seratus_region is no code of a region"),
        ({"seratus_role": "region_editor", "seratus_region": 32}, "seratus_region is no code of a region"),
        ({"seratus_role": "region_editor", "seratus_region": "32\x00"}, "seratus_region is no code of a region"),
        ({"seratus_role": "assessor", "seratus_expert": "secret"}, "seratus_expert or seratus_institution is no UUID"),
        ({"seratus_role": "mentor", "seratus_institution": []}, "seratus_expert or seratus_institution is no UUID"),
        ({"seratus_scopes": "cohorts:read"}, "seratus_scopes is no list of permissions"),
        ({"seratus_scopes": ["cohorts:read", "secret"]}, "seratus_scopes is no list of permissions"),
        ({"seratus_scopes": [["cohorts:read"]]}, "seratus_scopes is no list of permissions"),
    ],
)
async def test_a_token_that_says_something_else_is_refused(claims: dict[str, Any], reason: str) -> None:
    # The same token, were it not for these claims, is taken.
    assert (await Provider().sign_in().principal_of(token())).id
    assert await reason_of_refusal(Provider(), token(**claims)) == reason


def signed_with_what_is_public(algorithm: str) -> str:
    """Forge a token that is signed with the published half of the key, as if it were a shared secret."""
    public = private_key("first").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "secret", "exp": int(time.time()) + 300} | OFFICER
    signed = f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': 'first'})}.{part(claims)}"
    return f"{signed}.{part(hmac.digest(public, signed.encode(), hashlib.sha256))}"


def altered(**header: Any) -> str:
    """Return a good token under another header."""
    return f"{part({'alg': 'ES256', 'typ': 'JWT', 'kid': 'first'} | header)}.{token().partition('.')[2]}"


def with_other_claims() -> str:
    """Return a good token whose claims were changed after it was signed."""
    header, _, signature = token(seratus_role="auditor").split(".")
    return ".".join((header, token(seratus_role="administrator").split(".")[1], signature))


FORGED: dict[str, tuple[Callable[[], str], str]] = {
    "the public key as a secret": (lambda: signed_with_what_is_public("HS256"), "its algorithm is not one of ours"),
    "a mac as a signature": (lambda: signed_with_what_is_public("ES256"), "InvalidSignatureError"),
    "none": (lambda: altered(alg="none"), "its algorithm is not one of ours"),
    "None": (lambda: altered(alg="None"), "its algorithm is not one of ours"),
    "no algorithm": (lambda: altered(alg=None), "its algorithm is not one of ours"),
    "a list of algorithms": (lambda: altered(alg=["ES256"]), "its algorithm is not one of ours"),
    "another algorithm": (lambda: altered(alg="RS256"), "the provider has no such key"),
    "no kid": (lambda: altered(kid=None), "InvalidTokenError"),
    "a kid that is no text": (lambda: altered(kid=1), "InvalidTokenError"),
    "an unknown kid": (lambda: altered(kid="secret"), "the provider has no such key"),
    "something critical": (lambda: altered(crit=["secret"], secret=1), "InvalidTokenError"),
    "claims elsewhere": (lambda: altered(b64=False), "DecodeError"),
    "a key of its own": (lambda: altered(jwk=published("other")), "InvalidSignatureError"),
    "keys of its own": (lambda: altered(jku="https://secret.test/keys"), "InvalidSignatureError"),
    "another key": (lambda: token("other", header={"kid": "first"}), "InvalidSignatureError"),
    "other claims": (with_other_claims, "InvalidSignatureError"),
    "no signature": (lambda: f"{token().rpartition('.')[0]}.", "InvalidSignatureError"),
    "no kid at all": (lambda: f"{part({'alg': 'ES256'})}.e30.AA", "it names no key"),
    "a header that is a list": (lambda: f"{part([])}.e30.AA", "DecodeError"),
    "a deep header": (lambda: f"{part(b'[' * 6000)}.e30.AA", "DecodeError"),
    "nothing": (lambda: "", "DecodeError"),
    "dots": (lambda: "..", "DecodeError"),
    "a word": (lambda: "secret", "DecodeError"),
    "no ASCII": (lambda: "s\u00e9cret.\u00e9.\u00e9", "DecodeError"),
}


@pytest.mark.parametrize("forgery", FORGED)
async def test_what_the_provider_did_not_sign_is_refused(forgery: str) -> None:
    forged, reason = FORGED[forgery]
    assert await reason_of_refusal(Provider(), forged()) == reason


UNFIT: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "for another algorithm": (lambda: published("first", alg="RS256"), "ES256"),
    "for another algorithm of its kind": (lambda: published("first", "RS256", alg="PS256"), "RS256"),
    "to encrypt": (lambda: published("first", use="enc"), "ES256"),
    "a shared secret": (lambda: {"kty": "oct", "kid": "first", "k": part(b"s" * 32), "alg": "ES256"}, "ES256"),
    "broken": (lambda: published("first") | {"x": "AA"}, "ES256"),
    "nameless": (lambda: published("first") | {"kid": None}, "ES256"),
}


@pytest.mark.parametrize("unfit", UNFIT)
async def test_a_key_serves_only_for_what_it_is_published_for(unfit: str) -> None:
    key, algorithm = UNFIT[unfit]
    assert await reason_of_refusal(Provider(key()), token("first", algorithm)) == "the provider has no such key"
    # It stands in nobody's way.
    assert (await Provider(key(), published("other")).sign_in().principal_of(token("other"))).id


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_a_key_that_is_too_short_signs_nothing() -> None:
    short = token("first", "RS256", bits=1024)
    assert await reason_of_refusal(Provider(published("first", "RS256", 1024)), short) == "InvalidKeyError"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"ISSUER": ISSUER}, "SERATUS_OIDC_AUDIENCE: must be set where SERATUS_OIDC_ISSUER is"),
        ({"AUDIENCE": AUDIENCE}, "SERATUS_OIDC_AUDIENCE: must be set where SERATUS_OIDC_ISSUER is"),
        ({"ISSUER": ISSUER, "AUDIENCE": ""}, "SERATUS_OIDC_AUDIENCE: "),
        *(
            ({"ISSUER": issuer, "AUDIENCE": AUDIENCE}, "SERATUS_OIDC_ISSUER: must be the issuer")
            for issuer in (
                "", "sso.ministry.test", "http://sso.ministry.test", "http://10.0.0.1/realm", "http://127.evil.test/",
                "https://", "https://a@sso.ministry.test", "https://sso.test?x=1", "https://sso.test/#x", "https://[x",
                "ftp://127.0.0.1/", "http://localhost.evil.test/", "https://sso.test/a b",
            )
        ),
    ],
)  # fmt: skip
def test_half_a_sign_in_or_one_that_others_can_read_stops_the_start(
    settings: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"SERATUS_OIDC_{name}", value)
    with pytest.raises(SettingsError, match=told) as refused:
        load_settings({})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "issuer", [ISSUER, "https://sso.test:8443/", "http://127.0.0.1:9000", "http://[::1]:9000/x", "http://localhost:1"]
)
def test_an_issuer_is_on_https_or_on_this_machine(issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERATUS_OIDC_ISSUER", issuer)
    monkeypatch.setenv("SERATUS_OIDC_AUDIENCE", AUDIENCE)
    assert load_settings({}).oidc_issuer == issuer
