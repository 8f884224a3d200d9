"""Settings of the service: read once from the environment (prefix `SERATUS_`), then frozen.

Hides how a wrong setting is told: one line that names the variable and what it should hold.
"""

import difflib
import os
import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "SERATUS_"
KEY_PREFIX = "srt_"
_KEY_MINIMUM = 32
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
_ADDRESS = re.compile(r"https?://[^/@?#\s]+(?:/[^?#\s]*)?")
# Not ours, but who reads it says only in a traceback, when all else has begun, that it is wrong.
_SPANS_TO = "OTEL_EXPORTER_OTLP_ENDPOINT"
_COLLECTOR = re.compile(r"https?://[^/?#\s]\S*", re.IGNORECASE)
_CONTACT = re.compile(r"(mailto:|https://|tel:)[!-~]+")
# Read by the command line only, to reach a running service.
CLIENT_VARIABLES = frozenset({"SERATUS_URL", "SERATUS_KEY"})


class SettingsError(Exception):
    """A setting that stops the start; its text is the one line shown to the operator."""


def _postgres_url(value: SecretStr) -> SecretStr:
    """Accept `postgresql://…` as people write it; the driver is ours to choose."""
    try:
        url = make_url(value.get_secret_value())
    except ArgumentError:
        raise ValueError("is not a database address; write postgresql://user:password@host:5432/name") from None
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise ValueError("must start with postgresql://")
    query = dict(url.query)
    if others := query.keys() - {"host", "port", "sslmode", "ssl"}:
        raise ValueError(f"has the parameter {min(others)}; it may have host, port and sslmode")
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")  # the driver's name for it, with the same values
    url = url.set(drivername="postgresql+asyncpg", query=query)
    return SecretStr(url.render_as_string(hide_password=False))


def _folder(value: object) -> object:
    if not str(value).strip():
        raise ValueError("must name a folder")
    return value


def _key_form(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text.startswith(KEY_PREFIX) or len(text) < _KEY_MINIMUM or not text.isascii() or not text.isprintable():
        raise ValueError(f"must start with {KEY_PREFIX} and be at least {_KEY_MINIMUM} printable ASCII characters long")
    return value


def _contact(value: str) -> str:
    if not _CONTACT.fullmatch(value):
        raise ValueError("must be an address to write to or to call: mailto:…, https://… or tel:…")
    return value


def _origins(value: str) -> str:
    """Accept origins (RFC 6454) written out, separated by commas; no wildcard."""
    value = value.replace(" ", "")
    for part in filter(None, value.split(",")):
        if not _ORIGIN.fullmatch(part):
            raise ValueError(f"must be origins such as https://portal.example.go.id, comma-separated: {part} is none")
    return value


def _redis_url(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(("redis://", "rediss://")):
        raise ValueError("must start with redis:// or rediss://")
    return value


def _networks(value: str) -> str:
    """Accept addresses and networks, separated by commas."""
    for part in filter(None, value.replace(" ", "").split(",")):
        try:
            ip_network(part)
        except ValueError:
            raise ValueError(f"must be addresses or networks, separated by commas: {part} is neither") from None
    return value.replace(" ", "")


def is_confidential(url: str) -> bool:
    """Tell whether what is asked at an address stays between the two: by https, or without leaving this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme == "https":
            return bool(host)
        return parts.scheme == "http" and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False


def _issuer(value: str) -> str:
    if not _ADDRESS.fullmatch(value) or not is_confidential(value):
        raise ValueError("must be the issuer as its tokens name it: https://…, or http:// on this machine")
    return value


class Settings(BaseSettings):
    """Every setting there is. Unset means: the built-in PostgreSQL in `.seratus/`, one worker on 127.0.0.1:8000."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    database_url: Annotated[SecretStr, AfterValidator(_postgres_url)] | None = Field(
        default=None, description="an external PostgreSQL 15 or newer; without it the built-in one is used"
    )
    owner_url: Annotated[SecretStr, AfterValidator(_postgres_url)] | None = Field(
        default=None, description="the same database as its owner, for migrations; the service then owns nothing"
    )
    pgbouncer: bool = Field(default=False, description="the database address is a PgBouncer in transaction mode")
    data_dir: Annotated[Path, BeforeValidator(_folder)] = Field(
        default=Path(".seratus"), description="where the built-in PostgreSQL keeps its data"
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on; 0 picks a free one")
    workers: int = Field(default=1, ge=1, le=64, description="server processes")
    worker: bool = Field(default=True, description="`seratus serve` also does the background work, such as webhooks")
    webhooks_private: bool = Field(
        default=False, description="webhooks may go to private addresses and by plain http, as in a closed network"
    )
    reads_per_minute: int = Field(default=6_000, ge=1, description="reads of one key, or of one address without a key")
    writes_per_minute: int = Field(default=6_000, ge=1, description="writes of one key")
    exports_per_minute: int = Field(default=120, ge=1, description="exports of one key, or of one address without one")
    failures_per_minute: int = Field(default=30, ge=1, description="requests with a wrong key from one address")
    redis_url: Annotated[SecretStr, AfterValidator(_redis_url)] | None = Field(
        default=None, description="a Redis in which all processes and machines count together; else each for itself"
    )
    cors_origins: Annotated[str, AfterValidator(_origins)] = Field(
        default="", description="sites whose scripts may ask, comma-separated, such as https://portal.example.go.id"
    )
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        default="", description="proxies whose `X-Forwarded-For` is believed: addresses or networks, comma-separated"
    )
    changes_kept_days: int = Field(
        default=400, ge=400, le=36_500, description="days for which the change log is kept, at least"
    )
    bootstrap_key: Annotated[SecretStr, AfterValidator(_key_form)] | None = Field(
        default=None, description="an administrator key, made at the start where it was never one; for automation"
    )
    security_contact: Annotated[str, AfterValidator(_contact)] | None = Field(
        default=None, description="to whom a weakness is told, as a URI; shown in /.well-known/security.txt"
    )
    oidc_issuer: Annotated[str, AfterValidator(_issuer)] | None = Field(
        default=None, description="whose access tokens are taken beside keys: an OpenID provider, as `iss` names it"
    )
    oidc_audience: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, validate_default=True, description="for whom those tokens must be made: our name as `aud`"
    )

    @field_validator("owner_url")
    @classmethod
    def _beside_the_service(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None and "database_url" in info.data and info.data["database_url"] is None:
            raise ValueError("is set without SERATUS_DATABASE_URL, so the service would use another database: set both")
        return value

    @field_validator("oidc_audience")
    @classmethod
    def _beside_the_issuer(cls, value: str | None, info: ValidationInfo) -> str | None:
        if "oidc_issuer" in info.data and (value is None) != (info.data["oidc_issuer"] is None):
            raise ValueError("must be set where SERATUS_OIDC_ISSUER is, and nowhere else")
        return value


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raise `SettingsError` with one line naming the first wrong variable.

    A variable with our prefix that no setting has is wrong too: a misspelt `SERATUS_DATABASE_URL` must not
    silently start an empty built-in database.
    """
    given = os.environ if environment is None else environment
    known = {PREFIX + name.upper() for name in Settings.model_fields} | CLIENT_VARIABLES
    for name in sorted(given):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            close = difflib.get_close_matches(name.upper(), known, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; known are {', '.join(sorted(known))}"
            raise SettingsError(f"{name}: no such setting{hint}")
    if (endpoint := given.get(_SPANS_TO)) and not _COLLECTOR.fullmatch(endpoint):
        raise SettingsError(f"{_SPANS_TO}: must be the address of a collector, such as http://127.0.0.1:4318")
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{PREFIX}{str(first['loc'][0]).upper()}: {message}") from None
