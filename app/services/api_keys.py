"""Issue and revoke API keys: for the API, the command line and the first start."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.permissions import BOUND_TO_REGION, GRANTS, Permission, Principal, Role, may_issue_key
from app.kernel.auth import digest_of, new_key
from app.kernel.messages import Text
from app.kernel.problems import FieldError, Forbidden, Invalid
from app.kernel.work import new_id
from app.models.api_keys import ApiKey
from app.schemas.api_keys import ApiKeyCreate

LONGEST_LIFE = timedelta(days=365)
BOOTSTRAP_NAME = "first administrator"


async def issue(
    session: AsyncSession, principal: Principal, asked: ApiKeyCreate, *, secret: str | None = None
) -> tuple[ApiKey, str]:
    """Make a key and return it with its secret, which is nowhere else.

    Raises `Invalid` for an expiry in the past or over a year away, for a missing or needless region and for a scope
    that the role does not hold, `Forbidden` for a key that could do more than `principal` may.
    """
    scopes = None if asked.scopes is None else frozenset(asked.scopes)
    _check(asked, datetime.now(UTC))
    if not may_issue_key(principal, asked.role, scopes):
        raise Forbidden(required_permission=Permission.API_KEYS_MANAGE)
    secret = secret or new_key()
    key = ApiKey(
        id=new_id(),
        name=asked.name,
        role=asked.role,
        scopes=None if scopes is None else sorted(scopes),
        region_code=asked.region_code,
        hint=secret[-4:],
        digest=digest_of(secret),
        expires_at=asked.expires_at,
        created_by=principal.id,
    )
    session.add(key)
    await session.flush()
    return key, secret


async def ensure_bootstrap(session: AsyncSession, principal: Principal, fixed: str | None) -> str | None:
    """Make the first administrator key and return its secret; None when there was nothing to do.

    With a `fixed` secret the key exists afterwards in any case; without one, a key is made only on an empty table.
    """
    wanted = select(ApiKey.id) if fixed is None else select(ApiKey.id).where(ApiKey.digest == digest_of(fixed))
    if await session.scalar(wanted.limit(1)) is not None:
        return None
    asked = ApiKeyCreate(name=BOOTSTRAP_NAME, role=Role.ADMINISTRATOR, expires_at=datetime.now(UTC) + LONGEST_LIFE)
    _, secret = await issue(session, principal, asked, secret=fixed)
    return secret


def revoke(key: ApiKey) -> None:
    """End a key now; one that has ended stays as it was."""
    if key.revoked_at is None:
        key.revoked_at = datetime.now(UTC)


def _check(asked: ApiKeyCreate, now: datetime) -> None:
    errors = []
    if not now < asked.expires_at <= now + LONGEST_LIFE:
        message = Text(
            en="Choose a time in the future, at most 365 days away.",
            id="Pilih waktu di masa depan, paling lama 365 hari lagi.",
        )
        errors.append(FieldError(pointer="/expires_at", code="out_of_range", message=message))
    if asked.role in BOUND_TO_REGION and asked.region_code is None:
        message = Text(en="A key of this role names its region.", id="Kunci untuk peran ini harus menyebut daerahnya.")
        errors.append(FieldError(pointer="/region_code", code="required", message=message))
    if asked.role not in BOUND_TO_REGION and asked.region_code is not None:
        message = Text(
            en="A key of this role is bound to no region; leave this out.",
            id="Kunci untuk peran ini tidak terikat pada daerah; kosongkan isian ini.",
        )
        errors.append(FieldError(pointer="/region_code", code="not_allowed", message=message))
    needless = Text(en="The role does not hold this permission.", id="Peran ini tidak memiliki izin tersebut.")
    errors += [
        FieldError(pointer=f"/scopes/{index}", code="not_allowed", message=needless)
        for index, scope in enumerate(asked.scopes or ())
        if scope not in GRANTS[asked.role]
    ]
    if asked.role is Role.PUBLIC:
        message = Text(
            en="The public needs no key; choose another role.", id="Publik tidak memerlukan kunci; pilih peran lain."
        )
        errors.append(FieldError(pointer="/role", code="invalid_choice", message=message))
    if errors:
        raise Invalid(errors=errors)
