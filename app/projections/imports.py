"""What is seen of imports, by those who may read them at all."""

from sqlalchemy import literal

from app.kernel.filters import equals
from app.kernel.projection import Projection, columns_of
from app.models.imports import Import
from app.schemas.imports import ImportRead

_imports = Import.__table__

IMPORTS = Projection(
    name="imports",
    schema=ImportRead,
    source=_imports,
    columns=columns_of(ImportRead, _imports, rejected=literal(0)),
    key=_imports.c.id,
    sorts={"created_at": _imports.c.created_at},
    filters={"id": equals(_imports.c.id), "dataset": equals(_imports.c.dataset)},
)
