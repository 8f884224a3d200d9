"""What is seen of experts, by those who may read them at all."""

from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, func

from app.kernel.filters import Filter, contains, equals
from app.kernel.projection import Projection, columns_of
from app.models.experts import Expert
from app.models.institutions import Institution
from app.schemas.experts import ExpertRead

_experts = Expert.__table__
_institutions = Institution.__table__


def _has(column: ColumnElement[Any]) -> Filter:
    """Match rows whose list has the value in it."""
    return lambda name: bindparam(name, type_=String) == func.any(column)


EXPERTS = Projection(
    name="experts",
    schema=ExpertRead,
    source=_experts.join(_institutions, _institutions.c.id == _experts.c.institution_id),
    columns=columns_of(ExpertRead, _experts, institution_name=_institutions.c.name),
    key=_experts.c.id,
    sorts={"name": _experts.c.name},
    filters={
        "id": equals(_experts.c.id),
        "q": contains(_experts.c.name),
        "institution": equals(_experts.c.institution_id),
        "role": _has(_experts.c.roles),
        "dimension": _has(_experts.c.dimensions),
        "home_region": equals(_experts.c.home_region_code),
        "active": equals(_experts.c.active),
    },
)
