"""Who sees which panels: ministry staff and auditors all, an expert those of the own seats, and who sits beside.

Regions and the public see none of it: assessors must be left in peace. Whoever stepped aside keeps sight of the own
record only.
"""

from sqlalchemy import or_, true

from app.kernel.filters import Condition, Filter, equals, one_of
from app.kernel.projection import READER_EXPERT, Projection, Reader, columns_of
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.experts import Expert
from app.models.institutions import Institution
from app.models.panels import ConflictDeclaration, ConflictOverride, PanelMember
from app.models.regions import Region
from app.projections.assessments import on_the_panel
from app.schemas.panels import ConflictDeclarationRead, ConflictOverrideRead, PanelMemberRead

_members = PanelMember.__table__
_declarations = ConflictDeclaration.__table__
_overrides = ConflictOverride.__table__
_assessments = Assessment.__table__
_candidacies = Candidacy.__table__
_regions = Region.__table__
_experts = Expert.__table__
_institutions = Institution.__table__


def _own_panels(reader: Reader) -> Condition:
    if reader.insider:
        return true()
    return or_(_members.c.expert_id == READER_EXPERT, on_the_panel())


def _own_declarations(reader: Reader) -> Condition:
    return true() if reader.insider else _declarations.c.expert_id == READER_EXPERT


def _own_overrides(reader: Reader) -> Condition:
    return true() if reader.insider else _overrides.c.expert_id == READER_EXPERT


_OF_THE_CANDIDACY: dict[str, Filter] = {
    "cohort": equals(_candidacies.c.cohort_code),
    "region": equals(_candidacies.c.region_code),
}

PANEL_MEMBERS = Projection(
    name="panel-members",
    schema=PanelMemberRead,
    source=_members.join(_assessments, _assessments.c.id == _members.c.assessment_id)
    .join(_candidacies, _candidacies.c.id == _assessments.c.candidacy_id)
    .join(_regions, _regions.c.code == _candidacies.c.region_code)
    .join(_experts, _experts.c.id == _members.c.expert_id)
    .join(_institutions, _institutions.c.id == _experts.c.institution_id),
    columns=columns_of(
        PanelMemberRead,
        _members,
        cohort_code=_candidacies.c.cohort_code,
        region_code=_candidacies.c.region_code,
        region_name=_regions.c.name,
        expert_name=_experts.c.name,
        institution_id=_experts.c.institution_id,
        institution_name=_institutions.c.name,
    ),
    key=_members.c.id,
    sorts={
        "region_code": _candidacies.c.region_code,
        "expert_name": _experts.c.name,
        "created_at": _members.c.created_at,
    },
    filters={
        "id": equals(_members.c.id),
        "assessment": equals(_members.c.assessment_id),
        "expert": equals(_members.c.expert_id),
        "institution": equals(_experts.c.institution_id),
        "state": equals(_members.c.state),
        "state_in": one_of(_members.c.state),
        **_OF_THE_CANDIDACY,
    },
    visible=_own_panels,
)

CONFLICT_DECLARATIONS = Projection(
    name="conflict-declarations",
    schema=ConflictDeclarationRead,
    source=_declarations.join(_experts, _experts.c.id == _declarations.c.expert_id).join(
        _regions, _regions.c.code == _declarations.c.region_code
    ),
    columns=columns_of(
        ConflictDeclarationRead, _declarations, expert_name=_experts.c.name, region_name=_regions.c.name
    ),
    key=_declarations.c.id,
    sorts={"created_at": _declarations.c.created_at, "region_code": _declarations.c.region_code},
    filters={
        "id": equals(_declarations.c.id),
        "expert": equals(_declarations.c.expert_id),
        "institution": equals(_experts.c.institution_id),
        "region": equals(_declarations.c.region_code),
    },
    visible=_own_declarations,
)

CONFLICT_OVERRIDES = Projection(
    name="conflict-overrides",
    schema=ConflictOverrideRead,
    source=_overrides.join(_assessments, _assessments.c.id == _overrides.c.assessment_id)
    .join(_candidacies, _candidacies.c.id == _assessments.c.candidacy_id)
    .join(_regions, _regions.c.code == _candidacies.c.region_code)
    .join(_experts, _experts.c.id == _overrides.c.expert_id),
    columns=columns_of(
        ConflictOverrideRead,
        _overrides,
        cohort_code=_candidacies.c.cohort_code,
        region_code=_candidacies.c.region_code,
        region_name=_regions.c.name,
        expert_name=_experts.c.name,
    ),
    key=_overrides.c.id,
    sorts={"created_at": _overrides.c.created_at},
    filters={
        "id": equals(_overrides.c.id),
        "assessment": equals(_overrides.c.assessment_id),
        "expert": equals(_overrides.c.expert_id),
        "duty": equals(_overrides.c.duty),
        "state": equals(_overrides.c.state),
        "state_in": one_of(_overrides.c.state),
        **_OF_THE_CANDIDACY,
    },
    visible=_own_overrides,
)
