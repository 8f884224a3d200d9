"""Who sees which rubrics: a draft is seen by ministry staff and auditors only.

A rubric is public from its first use on, when it cannot change any more. Before that it would show some regions
questions that may never be asked, and let them prepare while others wait.
"""

from sqlalchemy import true

from app.kernel.filters import Condition, Filter, contains, equals
from app.kernel.projection import Projection, Reader, columns_of
from app.models.rubrics import Rubric
from app.schemas.rubrics import RubricRead

_rubrics = Rubric.__table__
_frozen: Filter = equals(_rubrics.c.frozen_at.is_not(None))


def _published(reader: Reader) -> Condition:
    return true() if reader.insider else _rubrics.c.frozen_at.is_not(None)


RUBRICS = Projection(
    name="rubrics",
    schema=RubricRead,
    source=_rubrics,
    columns=columns_of(RubricRead, _rubrics),
    key=_rubrics.c.id,
    sorts={"code": _rubrics.c.code, "edition": _rubrics.c.edition},
    filters={
        "code": equals(_rubrics.c.code),
        "edition": equals(_rubrics.c.edition),
        "q": contains(_rubrics.c.name_en, _rubrics.c.name_id),
        "frozen": _frozen,
    },
    visible=_published,
)
