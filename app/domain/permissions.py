"""Who may do what: one table, read from left to right. What is not in it is refused.

`Permission` names an act, `Role` a kind of user, `GRANTS` says which role may do which acts. Whether a principal may do
it to *this* record is a predicate of `principals.py`; which rows it sees at all is part of each projection.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, NamedTuple


class Permission(StrEnum):
    """An act, written `resource:verb`."""

    REGIONS_READ = "regions:read"
    REGIONS_WRITE = "regions:write"
    PROFILES_READ = "profiles:read"
    PROFILES_WRITE = "profiles:write"
    CATALOGUES_READ = "catalogues:read"
    RUBRICS_READ = "rubrics:read"
    RUBRICS_WRITE = "rubrics:write"
    INSTITUTIONS_READ = "institutions:read"
    INSTITUTIONS_WRITE = "institutions:write"
    EXPERTS_READ = "experts:read"
    EXPERTS_WRITE = "experts:write"
    EXPERTS_ERASE = "experts:erase"
    EXPERT_CONTACTS_READ = "expert_contacts:read"
    EXPERT_CONTACTS_WRITE = "expert_contacts:write"
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
    ASSESSMENTS_READ = "assessments:read"
    ASSESSMENTS_WRITE = "assessments:write"
    ASSESSMENTS_MANAGE = "assessments:manage"
    PANELS_READ = "panels:read"
    PANELS_WRITE = "panels:write"
    REVIEWS_READ = "reviews:read"
    REVIEWS_WRITE = "reviews:write"
    MODERATIONS_READ = "moderations:read"
    MODERATIONS_WRITE = "moderations:write"
    SCORECARDS_READ = "scorecards:read"
    ASSESSMENT_PROGRESS_READ = "assessment_progress:read"
    RESULT_LETTERS_READ = "result_letters:read"
    RESULT_LETTERS_WRITE = "result_letters:write"
    OBJECTIONS_READ = "objections:read"
    OBJECTIONS_WRITE = "objections:write"
    OBJECTIONS_DECIDE = "objections:decide"
    MEMORANDA_READ = "memoranda:read"
    MEMORANDA_WRITE = "memoranda:write"
    MENTORSHIPS_READ = "mentorships:read"
    MENTORSHIPS_WRITE = "mentorships:write"
    WORKSHOPS_READ = "workshops:read"
    WORKSHOPS_WRITE = "workshops:write"
    COMMITMENTS_READ = "commitments:read"
    COMMITMENTS_WRITE = "commitments:write"
    PLAN_TEMPLATES_READ = "plan_templates:read"
    PLAN_TEMPLATES_WRITE = "plan_templates:write"
    MASTER_PLANS_READ = "master_plans:read"
    MASTER_PLANS_WRITE = "master_plans:write"
    MASTER_PLANS_ENACT = "master_plans:enact"
    PLAN_REVIEWS_READ = "plan_reviews:read"
    PLAN_REVIEWS_WRITE = "plan_reviews:write"
    QUICK_WINS_READ = "quick_wins:read"
    QUICK_WINS_WRITE = "quick_wins:write"
    QUICK_WINS_APPROVE = "quick_wins:approve"
    REPORTS_READ = "reports:read"
    EXPORTS_READ = "exports:read"
    CHANGES_READ = "changes:read"
    CHANGE_LOG_READ = "change_log:read"
    AUDIT_READ = "audit:read"
    HISTORY_READ = "history:read"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
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
        _P.RUBRICS_READ,
        _P.INSTITUTIONS_READ,
        _P.INDICATORS_READ,
        _P.COHORTS_READ,
        _P.CANDIDACIES_READ,
        _P.SELECTION_RUNS_READ,
        _P.MEMORANDA_READ,
        _P.MENTORSHIPS_READ,
        _P.COMMITMENTS_READ,
        _P.PLAN_TEMPLATES_READ,
        _P.MASTER_PLANS_READ,
        _P.QUICK_WINS_READ,
        _P.REPORTS_READ,
        _P.EXPORTS_READ,
        _P.CHANGES_READ,
    }
)
_SIGNED_IN = _PUBLISHED | {_P.HISTORY_READ}
# Who works on the programme may be told of it. An auditor changes nothing, not even that.
_AT_WORK = _SIGNED_IN | {_P.WEBHOOKS_READ, _P.WEBHOOKS_WRITE}

# What a region reads of its own assessment, what the panel reads of it, and all of it.
_OF_THE_REGION = frozenset({_P.ASSESSMENTS_READ, _P.SCORECARDS_READ, _P.RESULT_LETTERS_READ, _P.OBJECTIONS_READ})
_OF_THE_PANEL = frozenset(
    {_P.ASSESSMENTS_READ, _P.PANELS_READ, _P.REVIEWS_READ, _P.MODERATIONS_READ, _P.SCORECARDS_READ}
)
# Who still owes a score is for whoever oversees them all: neither for a region nor for another assessor.
_OF_THE_ASSESSMENT = _OF_THE_REGION | _OF_THE_PANEL | {_P.ASSESSMENT_PROGRESS_READ}

# What a region and its mentors work on together. How to reach an expert is for those who work with that expert.
_OF_THE_MENTORING = frozenset({_P.WORKSHOPS_READ, _P.PLAN_REVIEWS_READ, _P.EXPERT_CONTACTS_READ})
_OVERSEEN = _OF_THE_ASSESSMENT | _OF_THE_MENTORING | {_P.EXPERTS_READ, _P.IMPORTS_READ}

# Names of experts are for those who work with them: not for regions, whose assessors must be left in peace. The form
# is the region's to fill in, the levels are the assessors' to give, and the plan and its quick wins are the region's to
# write: an officer does none of these.
GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.PUBLIC: _PUBLISHED,
    Role.REGION_EDITOR: _AT_WORK
    | _OF_THE_REGION
    | _OF_THE_MENTORING
    | {
        _P.PROFILES_WRITE,
        _P.ASSESSMENTS_WRITE,
        _P.OBJECTIONS_WRITE,
        _P.COMMITMENTS_WRITE,
        _P.MASTER_PLANS_WRITE,
        _P.MASTER_PLANS_ENACT,
        _P.QUICK_WINS_WRITE,
    },
    Role.ASSESSOR: _AT_WORK | _OF_THE_PANEL | {_P.EXPERTS_READ, _P.REVIEWS_WRITE},
    Role.MENTOR: _AT_WORK
    | _OF_THE_MENTORING
    | {
        _P.EXPERTS_READ,
        _P.EXPERT_CONTACTS_WRITE,
        _P.WORKSHOPS_WRITE,
        _P.PLAN_REVIEWS_WRITE,
        _P.QUICK_WINS_APPROVE,
    },
    Role.DATA_STEWARD: _AT_WORK | {_P.INDICATORS_WRITE, _P.IMPORTS_READ, _P.IMPORTS_WRITE},
    # The audit is for auditors: officers are among those of whose acts it tells.
    Role.AUDITOR: _SIGNED_IN | _OVERSEEN | {_P.CHANGE_LOG_READ, _P.AUDIT_READ},
    Role.OFFICER: _AT_WORK
    | _OVERSEEN
    | {
        _P.PROFILES_WRITE,
        _P.RUBRICS_WRITE,
        _P.INSTITUTIONS_WRITE,
        _P.EXPERTS_WRITE,
        _P.EXPERT_CONTACTS_WRITE,
        _P.IMPORTS_WRITE,
        _P.COHORTS_WRITE,
        _P.CANDIDACIES_WRITE,
        _P.SELECTION_RUNS_WRITE,
        _P.ASSESSMENTS_MANAGE,
        _P.PANELS_WRITE,
        _P.MODERATIONS_WRITE,
        _P.RESULT_LETTERS_WRITE,
        _P.OBJECTIONS_DECIDE,
        _P.MEMORANDA_WRITE,
        _P.MENTORSHIPS_WRITE,
        _P.WORKSHOPS_WRITE,
        _P.COMMITMENTS_WRITE,
        _P.PLAN_TEMPLATES_WRITE,
        _P.MASTER_PLANS_ENACT,
        _P.PLAN_REVIEWS_WRITE,
        _P.QUICK_WINS_APPROVE,
        _P.CHANGE_LOG_READ,
    },
    Role.ADMINISTRATOR: frozenset(Permission),
}

# What an import needs beside `imports:write`: data stewards bring values only.
IMPORT_NEEDS: Mapping[str, Permission] = {
    "regions": _P.REGIONS_WRITE,
    "indicator-values": _P.IMPORTS_WRITE,
    "candidacies": _P.CANDIDACIES_WRITE,
}

# Ministry staff and auditors see drafts and unpublished runs; everyone else sees what is published.
INSIDERS = frozenset({Role.AUDITOR, Role.OFFICER, Role.ADMINISTRATOR})


class Binding(NamedTuple):
    """For whom a key or a person's token speaks; with `required`, it must name it."""

    to: Literal["region", "expert", "institution"]
    required: bool


# A key of any other role speaks for nobody but the ministry or itself, and names none of these.
BINDINGS: Mapping[Role, Binding] = {
    Role.REGION_EDITOR: Binding("region", required=True),
    Role.ASSESSOR: Binding("expert", required=True),
    Role.MENTOR: Binding("institution", required=False),
}


def granted(role: Role, scopes: frozenset[Permission] | None) -> frozenset[Permission]:
    """Permissions of a key: the role's, narrowed to `scopes` when the key has any."""
    return GRANTS[role] if scopes is None else GRANTS[role] & scopes
