"""What is seen of API keys, by those who may manage them."""

from app.kernel.filters import Filter, equals
from app.kernel.projection import Projection, columns_of
from app.models.api_keys import ApiKey
from app.schemas.api_keys import ApiKeyRead

_keys = ApiKey.__table__
_revoked: Filter = equals(_keys.c.revoked_at.is_not(None))

API_KEYS = Projection(
    name="api-keys",
    schema=ApiKeyRead,
    source=_keys,
    columns=columns_of(ApiKeyRead, _keys),
    key=_keys.c.id,
    sorts={"created_at": _keys.c.created_at, "expires_at": _keys.c.expires_at},
    filters={
        "id": equals(_keys.c.id),
        "role": equals(_keys.c.role),
        "region": equals(_keys.c.region_code),
        "expert": equals(_keys.c.expert_id),
        "institution": equals(_keys.c.institution_id),
        "revoked": _revoked,
    },
)
