"""Whose word counts for whom: a region's own office for the region, a mentoring institution in its own mentorships."""

from uuid import UUID

from sqlalchemy import select

from app.domain.permissions import Permission
from app.domain.principals import may_answer_for, may_mentor, may_write_for
from app.kernel.messages import Text
from app.kernel.problems import Forbidden
from app.kernel.writing import Writing
from app.models.mentorships import Mentorship

_NOT_YOURS = Text(
    en="Only the region's own office does this: it speaks for itself. Use a key of this region.",
    id="Hanya kantor daerah itu sendiri yang melakukan ini. Gunakan kunci daerah ini.",
)
_NOT_YOUR_MENTORSHIP = Text(
    en="Your institution does not mentor this region. Use a key of the institution that does.",
    id="Lembaga Anda tidak mendampingi daerah ini. Gunakan kunci lembaga yang mendampinginya.",
)


def require_own_office(writing: Writing, region_code: str, permission: Permission) -> None:
    """Raise `Forbidden` for whoever lacks the permission or is not the region itself."""
    writing.require(permission)
    if not may_answer_for(writing.principal, region_code):
        raise Forbidden(_NOT_YOURS, required_permission=permission)


def require_writer_for(writing: Writing, region_code: str, permission: Permission) -> None:
    """Raise `Forbidden` for whoever lacks the permission or speaks for another region; the ministry may."""
    writing.require(permission)
    if not may_write_for(writing.principal, region_code):
        raise Forbidden(_NOT_YOURS, required_permission=permission)


async def require_mentor(writing: Writing, candidacy_id: UUID, permission: Permission) -> None:
    """Raise `Forbidden` for whoever lacks the permission or speaks for an institution that does not mentor here.

    The ministry may. A mentorship that ended opens nothing any more.
    """
    writing.require(permission)
    mentoring = select(Mentorship.institution_id).where(
        Mentorship.candidacy_id == candidacy_id, Mentorship.state != "ended"
    )
    institution = await writing.session.scalar(mentoring)
    if not may_mentor(writing.principal, institution):
        raise Forbidden(_NOT_YOUR_MENTORSHIP, required_permission=permission)
