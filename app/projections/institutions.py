"""What everyone sees of institutions."""

from app.kernel.filters import contains, equals, one_of
from app.kernel.projection import Projection, columns_of
from app.models.institutions import Institution
from app.schemas.institutions import InstitutionRead

_institutions = Institution.__table__

INSTITUTIONS = Projection(
    name="institutions",
    schema=InstitutionRead,
    source=_institutions,
    columns=columns_of(InstitutionRead, _institutions),
    key=_institutions.c.id,
    sorts={"name": _institutions.c.name},
    filters={
        "id": equals(_institutions.c.id),
        "q": contains(_institutions.c.name),
        "kind": equals(_institutions.c.kind),
        "kind_in": one_of(_institutions.c.kind),
        "region": equals(_institutions.c.region_code),
        "simulation": equals(_institutions.c.simulation),
    },
)
