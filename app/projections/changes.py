"""Who sees the change log itself: ministry staff and auditors, and of it what was done to which record, and when."""

from collections.abc import Sequence
from typing import get_args

from sqlalchemy import String, and_, case, false, func, literal_column

from app.kernel.filters import Condition, at_least, below, equals, one_of
from app.kernel.projection import Projection, Reader, columns_of
from app.kernel.tables import changes
from app.projections.catalogues import CATALOGUES
from app.projections.plan_templates import PLAN_TEMPLATES
from app.projections.rubrics import RUBRICS
from app.schemas.changes import LoggedRead, Resource

_log = changes.c
_EDITIONS = tuple(projection.name for projection in (CATALOGUES, PLAN_TEMPLATES, RUBRICS))
_row = func.coalesce(_log.after, _log.before)


def _is_one_of(resources: Sequence[str]) -> Condition:
    return _log.resource == func.any(literal_column(f"'{{{','.join(resources)}}}'::text[]"))


def _overseers(reader: Reader) -> Condition:
    # A touch says who else is concerned by a change, which is nothing that was done to that record; what was refused or
    # exported is for the audit.
    if not reader.insider:
        return false()
    done = _log.operation == func.any(literal_column("'{create,update,delete}'::text[]"))
    return and_(done, _is_one_of(get_args(Resource)))


# Of what has editions, the log's own key is shown nowhere.
_key = case(
    (_is_one_of(_EDITIONS), func.concat(_row.op("->>")("code"), "/", _row.op("->>")("edition"))),
    else_=_log.key,
)

CHANGES = Projection(
    name="changes",
    schema=LoggedRead,
    source=changes,
    columns=columns_of(LoggedRead, changes, key=_key.cast(String)),
    key=_log.seq,
    sorts={},
    filters={
        "resource": equals(_log.resource),
        "resource_in": one_of(_log.resource),
        "operation": equals(_log.operation),
        "at_gte": at_least(_log.at),
        "at_lt": below(_log.at),
    },
    visible=_overseers,
)
