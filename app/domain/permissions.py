"""Who may do what: one table, read from left to right. What is not in it is refused.

`Permission` names an act, `Role` a kind of user, `GRANTS` says which role may do which acts. Whether a
principal may do it to *this* record is a predicate below the table; which rows it sees at all is part of each
projection.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """An act, written `resource:verb`."""

    REGIONS_READ = "regions:read"
    REGIONS_WRITE = "regions:write"
    PROFILES_READ = "profiles:read"
    PROFILES_WRITE = "profiles:write"
    CATALOGUES_READ = "catalogues:read"
    INDICATORS_READ = "indicators:read"
    INDICATORS_WRITE = "indicators:write"
    IMPORTS_READ = "imports:read"
    IMPORTS_WRITE = "imports:write"
    COHORTS_READ = "cohorts:read"
    COHORTS_WRITE = "cohorts:write"
    CANDIDACIES_READ = "candidacies:read"
    CANDIDACIES_WRITE = "candidacies:write"
    SELECTION_RUNS_READ = "selection_runs:read"
    SELECTION_RUNS_WRITE = "selection_runs:write"
    HISTORY_READ = "history:read"
    API_KEYS_MANAGE = "api_keys:manage"


class Role(StrEnum):
    """A kind of user. `public` is whoever comes without a key."""

    PUBLIC = "public"
    REGION_EDITOR = "region_editor"
    ASSESSOR = "assessor"
    MENTOR = "mentor"
    DATA_STEWARD = "data_steward"
    AUDITOR = "auditor"
    OFFICER = "officer"
    ADMINISTRATOR = "administrator"


_P = Permission

_PUBLISHED = frozenset(
    {
        _P.REGIONS_READ,
        _P.PROFILES_READ,
        _P.CATALOGUES_READ,
        _P.INDICATORS_READ,
        _P.COHORTS_READ,
        _P.CANDIDACIES_READ,
        _P.SELECTION_RUNS_READ,
    }
)
_SIGNED_IN = _PUBLISHED | {_P.HISTORY_READ}

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.PUBLIC: _PUBLISHED,
    Role.REGION_EDITOR: _SIGNED_IN | {_P.PROFILES_WRITE},
    Role.ASSESSOR: _SIGNED_IN,
    Role.MENTOR: _SIGNED_IN,
    Role.DATA_STEWARD: _SIGNED_IN | {_P.INDICATORS_WRITE, _P.IMPORTS_READ, _P.IMPORTS_WRITE},
    Role.AUDITOR: _SIGNED_IN | {_P.IMPORTS_READ},
    Role.OFFICER: _SIGNED_IN
    | {
        _P.PROFILES_WRITE,
        _P.IMPORTS_READ,
        _P.IMPORTS_WRITE,
        _P.COHORTS_WRITE,
        _P.CANDIDACIES_WRITE,
        _P.SELECTION_RUNS_WRITE,
    },
    Role.ADMINISTRATOR: frozenset(Permission),
}

# Ministry staff and auditors see drafts and unpublished runs; everyone else sees what is published.
INSIDERS = frozenset({Role.AUDITOR, Role.OFFICER, Role.ADMINISTRATOR})

# A key of these roles speaks for one region and must name it.
BOUND_TO_REGION = frozenset({Role.REGION_EDITOR})


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking. `permissions` are those of the role, narrowed by the key's scopes."""

    id: str
    name: str
    role: Role
    permissions: frozenset[Permission]
    region: str | None = None

    @property
    def insider(self) -> bool:
        """Whether drafts and unpublished decisions are visible to this principal."""
        return self.role in INSIDERS


PUBLIC = Principal(id="public", name="public", role=Role.PUBLIC, permissions=GRANTS[Role.PUBLIC])
SYSTEM = Principal(id="system", name="Seratus", role=Role.ADMINISTRATOR, permissions=frozenset(Permission))


def granted(role: Role, scopes: frozenset[Permission] | None) -> frozenset[Permission]:
    """Permissions of a key: the role's, narrowed to `scopes` when the key has any."""
    return GRANTS[role] if scopes is None else GRANTS[role] & scopes


def may_write_profile(principal: Principal, region_code: str) -> bool:
    """Tell whether this principal writes the profile of this region: a region's own office writes only its own."""
    return principal.role not in BOUND_TO_REGION or principal.region == region_code


def may_issue_key(principal: Principal, role: Role, scopes: frozenset[Permission] | None) -> bool:
    """Tell whether a key with these powers may be issued: nobody makes a key above their own."""
    return role is not Role.PUBLIC and granted(role, scopes) <= principal.permissions


def may_publish(principal: Principal, recorded_by: str) -> bool:
    """Tell whether a decision may be published: by a second person, never by who recorded it."""
    return principal.id != recorded_by
