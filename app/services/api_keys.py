"""Issue, rotate and revoke API keys: for the API, the command line and the first start."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from fastapi import Response
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.keys import lies_within
from app.domain.permissions import BINDINGS, GRANTS, Permission, Role
from app.domain.principals import Principal, may_issue_key
from app.kernel.auth import GOOD, key_of, new_key
from app.kernel.credentials import digest_of
from app.kernel.formats import JSON
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Forbidden, Invalid
from app.kernel.reading import Reading
from app.kernel.writing import new_id
from app.models.api_keys import UNKNOWN_ASSESSOR, ApiKey, ApiKeyDigest
from app.models.experts import Expert
from app.projections.api_keys import API_KEYS
from app.schemas.api_keys import ApiKeyCreate, ApiKeyLastUse

LONGEST_LIFE = timedelta(days=365)
BOOTSTRAP_NAME = "first administrator"
# Where a key names whom it speaks for.
BINDING_FIELDS = {"region": "region_code", "expert": "expert_id", "institution": "institution_id"}
_BEYOND = Text(
    en="Your own key is good from certain networks only; name some of these, or parts of them.",
    id="Kunci Anda sendiri hanya berlaku dari jaringan tertentu; sebutkan jaringan itu atau bagian darinya.",
)
_LAST_USE = "SELECT last_used_at FROM api_key_uses WHERE api_key_id = $1"


class KeyEnded(Conflict):
    """It was revoked or has expired."""

    code = "key_ended"
    title = Text(en="Key ended", id="Kunci berakhir")
    help = Text(
        en="The key was revoked or has expired, and a new secret does not bring it back. Issue another key.",
        id="Kunci ini telah dicabut atau kedaluwarsa, dan rahasia baru tidak memulihkannya. Terbitkan kunci lain.",
    )


async def issue(
    session: AsyncSession, principal: Principal, asked: ApiKeyCreate, *, secret: str | None = None
) -> tuple[ApiKey, str]:
    """Make a key and return it with its secret, which is nowhere else.

    Raises `Invalid` for an expiry in the past or over a year away, for a missing or needless binding, for an expert
    who does not assess, for a scope that the role does not hold and for a key that is good from where that of
    `principal` is not, `Forbidden` for one that could do more than `principal` may.
    """
    scopes = None if asked.scopes is None else frozenset(asked.scopes)
    _check(asked, datetime.now(UTC))
    if not may_issue_key(principal, asked.role, scopes):
        raise Forbidden(required_permission=Permission.API_KEYS_MANAGE)
    if not lies_within(asked.address_ranges, await _ranges_of(session, principal)):
        raise Invalid(errors=[FieldError(pointer="/address_ranges", code="not_allowed", message=_BEYOND)])
    if asked.expert_id is not None:
        await _check_assessor(session, asked.expert_id)
    secret = secret or new_key()
    key = ApiKey(
        id=new_id(),
        name=asked.name,
        role=asked.role,
        scopes=None if scopes is None else sorted(scopes),
        region_code=asked.region_code,
        expert_id=asked.expert_id,
        institution_id=asked.institution_id,
        address_ranges=asked.address_ranges,
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

    With a `fixed` secret the key exists afterwards, unless there was one that has ended or has another secret now:
    what was put out of use is not brought back. Without one, a key is made only on an empty table.
    """
    wanted = select(ApiKeyDigest.digest)
    if fixed is not None:
        wanted = wanted.where(ApiKeyDigest.digest == digest_of(fixed))
    if await session.scalar(wanted.limit(1)) is not None:
        return None
    asked = ApiKeyCreate(name=BOOTSTRAP_NAME, role=Role.ADMINISTRATOR, expires_at=datetime.now(UTC) + LONGEST_LIFE)
    _, secret = await issue(session, principal, asked, secret=fixed)
    return secret


async def an_administrator_can_enter(session: AsyncSession) -> bool:
    """Tell whether any key is still good by which others can be made."""
    good = select(ApiKey.id).where(
        ApiKey.role == Role.ADMINISTRATOR,
        text(GOOD),
        ApiKey.scopes.is_(None) | ApiKey.scopes.contains([Permission.API_KEYS_MANAGE]),
    )
    return await session.scalar(good.limit(1)) is not None


async def rotate(session: AsyncSession, principal: Principal, key: ApiKey, overlap: timedelta) -> str:
    """Give a key its next secret and return it; the one it has goes on working for so long, any before that ends now.

    Raises `Forbidden` for a key that may do more than `principal` or is good from where that of `principal` is not,
    `KeyEnded` for one that is no good any more.
    """
    scopes = None if key.scopes is None else frozenset(map(Permission, key.scopes))
    within = lies_within(key.address_ranges, await _ranges_of(session, principal))
    if not within or not may_issue_key(principal, Role(key.role), scopes):
        raise Forbidden(required_permission=Permission.API_KEYS_MANAGE)
    now = datetime.now(UTC)
    if key.revoked_at is not None or key.expires_at <= now:
        raise KeyEnded
    secret = new_key()
    key.previous_digest, key.previous_until = key.digest, now + overlap
    key.digest, key.hint, key.rotated_at = digest_of(secret), secret[-4:], now
    return secret


async def last_use(reading: Reading, key_id: UUID) -> Response:
    """Answer when a key was used last, as far as it was written down; raise `NotFound`."""
    await reading.record(API_KEYS, id=key_id)
    used = ApiKeyLastUse(last_used_at=await reading.value(_LAST_USE, key_id))
    return Response(used.model_dump_json(), media_type=JSON)


def revoke(key: ApiKey) -> None:
    """End a key now, with every secret it has; one that has ended stays as it was."""
    if key.revoked_at is None:
        key.revoked_at = datetime.now(UTC)


async def _ranges_of(session: AsyncSession, principal: Principal) -> list[str] | None:
    """Return from where the key is good by which somebody acts; None: from anywhere, as for who acts by none."""
    own = select(ApiKey.address_ranges).where(ApiKey.id == key_of(principal))
    return (await session.scalars(own)).one_or_none()


async def _check_assessor(session: AsyncSession, expert_id: UUID) -> None:
    assesses = select(Expert.id).where(Expert.id == expert_id, Expert.active, Expert.roles.contains(["assessor"]))
    # Whoever is erased meanwhile is waited for, and found inactive.
    assesses = assesses.with_for_update(read=True, key_share=True)
    if await session.scalar(assesses) is None:
        raise Invalid(errors=[FieldError(pointer="/expert_id", code="invalid_reference", message=UNKNOWN_ASSESSOR)])


def _binding_errors(asked: ApiKeyCreate) -> Iterator[FieldError]:
    binding = BINDINGS.get(asked.role)
    for to, field in BINDING_FIELDS.items():
        bound = binding is not None and binding.to == to
        named = getattr(asked, field) is not None
        if binding is not None and bound and binding.required and not named:
            message = Text(
                en="A key of this role must name for whom it speaks.",
                id="Kunci untuk peran ini harus menyebut siapa yang diwakilinya.",
            )
            yield FieldError(pointer=f"/{field}", code="required", message=message)
        if named and not bound:
            message = Text(
                en="A key of this role is not bound to this; leave it out.",
                id="Kunci untuk peran ini tidak terikat pada hal ini; kosongkan isian ini.",
            )
            yield FieldError(pointer=f"/{field}", code="not_allowed", message=message)


def _check(asked: ApiKeyCreate, now: datetime) -> None:
    errors: list[FieldError] = []
    if not now < asked.expires_at <= now + LONGEST_LIFE:
        message = Text(
            en="Choose a time in the future, at most 365 days away.",
            id="Pilih waktu di masa depan, paling lama 365 hari lagi.",
        )
        errors.append(FieldError(pointer="/expires_at", code="out_of_range", message=message))
    errors += _binding_errors(asked)
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
