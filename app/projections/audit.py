"""What the audit shows of the log: every entry with all it has, to those who may read it at all.

Assessors judge blind, so what tells of levels is withheld from everyone until the assessment's panel is complete; that
something was written, by whom and when, is not. Where a webhook leads is for those whose it is: such an address may
hold a secret of theirs.
"""

from typing import Any

from sqlalchemy import JSON, ColumnElement, String, Uuid, and_, case, cast, exists, func, literal_column, null

from app.kernel.filters import at_least, below, equals, one_of
from app.kernel.projection import Projection, columns_of
from app.kernel.tables import changes
from app.models.assessments import Assessment
from app.projections.reviews import complete
from app.schemas.audit import AuditEntryRead

_log = changes.c
_assessments = Assessment.__table__
_assessment_id = cast(func.coalesce(_log.after, _log.before).op("->>")("assessment_id"), Uuid)
_tells_levels = and_(
    _log.resource == func.any(literal_column("'{reviews,moderations,scorecards}'::text[]")),
    _log.operation == func.any(literal_column("'{create,update,delete}'::text[]")),
)
# The log says of which assessment only where it tells of levels; nothing else may be read for that.
_withheld = case(
    (_tells_levels, ~exists().where(_assessments.c.id == _assessment_id, complete())), else_=literal_column("false")
)


def _shown(row: ColumnElement[Any]) -> ColumnElement[Any]:
    return case(
        (_withheld, null()),
        (_log.resource == literal_column("'webhooks'"), row.op("-")(literal_column("'url'"))),
        else_=row,
    ).cast(JSON)


AUDIT = Projection(
    name="audit",
    schema=AuditEntryRead,
    source=changes,
    columns=columns_of(
        AuditEntryRead,
        changes,
        address=func.host(_log.address).cast(String),
        before=_shown(_log.before),
        after=_shown(_log.after),
        withheld=_withheld,
    ),
    key=_log.seq,
    sorts={"seq": _log.seq},
    filters={
        "seq": equals(_log.seq),
        "operation": equals(_log.operation),
        "operation_in": one_of(_log.operation),
        "resource": equals(_log.resource),
        "key": equals(_log.key),
        "actor": equals(_log.actor),
        "request_id": equals(_log.request_id),
        "address": equals(_log.address),
        "at_gte": at_least(_log.at),
        "at_lt": below(_log.at),
    },
)
