"""What everyone sees of catalogues."""

from app.kernel.editions import edition_name
from app.kernel.filters import equals
from app.kernel.projection import Projection, columns_of
from app.models.catalogues import Catalogue
from app.schemas.catalogues import CatalogueRead

_catalogues = Catalogue.__table__

CATALOGUES = Projection(
    name="catalogues",
    schema=CatalogueRead,
    source=_catalogues,
    columns=columns_of(CatalogueRead, _catalogues),
    key=_catalogues.c.id,
    told_as=edition_name(_catalogues),
    sorts={"code": _catalogues.c.code},
    filters={
        "code": equals(_catalogues.c.code),
        "edition": equals(_catalogues.c.edition),
        "in_force": equals(_catalogues.c.in_force),
    },
)
