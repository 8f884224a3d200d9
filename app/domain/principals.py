"""Who acts, and what takes more than the permission: to speak for whom it concerns, or to be a second person."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from app.domain.permissions import BINDINGS, GRANTS, INSIDERS, Permission, Role, granted


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, and for whom (see `BINDINGS`). `permissions` are the role's, narrowed by the key's scopes."""

    id: str
    name: str
    role: Role
    permissions: frozenset[Permission]
    region: str | None = None
    expert: UUID | None = None
    institution: UUID | None = None

    @property
    def insider(self) -> bool:
        """Whether drafts and unpublished decisions are visible to this principal."""
        return self.role in INSIDERS


PUBLIC = Principal(id="public", name="public", role=Role.PUBLIC, permissions=GRANTS[Role.PUBLIC])
SYSTEM = Principal(id="system", name="Seratus", role=Role.ADMINISTRATOR, permissions=frozenset(Permission))


def may_write_for(principal: Principal, region_code: str) -> bool:
    """Tell whether this principal writes records of this region: a region's own office writes only its own."""
    return not _speaks_for("region", principal) or principal.region == region_code


def may_mentor(principal: Principal, institution: UUID | None) -> bool:
    """Tell whether this principal acts in mentorships of this institution, None where nobody mentors.

    A university acts only in its own.
    """
    own = institution is not None and principal.institution == institution
    return own or not _speaks_for("institution", principal)


def _speaks_for(to: str, principal: Principal) -> bool:
    binding = BINDINGS.get(principal.role)
    return binding is not None and binding.to == to


def may_answer_for(principal: Principal, region_code: str) -> bool:
    """Tell whether this principal speaks as this region: its own office alone, whatever else others may do."""
    return principal.region == region_code


def may_issue_key(principal: Principal, role: Role, scopes: frozenset[Permission] | None) -> bool:
    """Tell whether a key with these powers may be issued: nobody makes a key above their own."""
    return role is not Role.PUBLIC and granted(role, scopes) <= principal.permissions


def may_act_through(principal: Principal, powers: frozenset[Permission]) -> bool:
    """Tell whether what sees by these powers may be changed: nobody redirects more than they may see themselves."""
    return powers <= principal.permissions


def may_publish(principal: Principal, recorded_by: str) -> bool:
    """Tell whether a decision may be published: by a second person, never by who recorded it."""
    return principal.id != recorded_by


def may_decide_override(principal: Principal, requested_by: str) -> bool:
    """Tell whether a conflict of interest may be passed over or not: by a second person, never by who asked for it."""
    return principal.id != requested_by


def may_decide_objection(principal: Principal, moderators: Collection[str], panel: Collection[UUID]) -> bool:
    """Tell whether an objection may be decided: by nobody who moderated the assessment or speaks for its panel."""
    return principal.id not in moderators and principal.expert not in panel


def may_review(principal: Principal, expert: UUID) -> bool:
    """Tell whether this principal fills in and submits the review of this expert: the author does, and nobody else."""
    return principal.expert == expert
