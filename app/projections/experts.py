"""What is seen of experts by those who may read them at all, and who may know how to reach one."""

from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, exists, false, func, or_, true

from app.domain.permissions import Role
from app.kernel.filters import Condition, Filter, contains, equals
from app.kernel.projection import READER_INSTITUTION, READER_REGION, Projection, Reader, columns_of
from app.models.candidacies import Candidacy
from app.models.experts import Expert, ExpertContact
from app.models.institutions import Institution
from app.models.mentorships import Mentorship
from app.schemas.experts import ExpertContactRead, ExpertRead

_experts = Expert.__table__
_contacts = ExpertContact.__table__
_institutions = Institution.__table__
_mentorships = Mentorship.__table__
_candidacies = Candidacy.__table__


def _at_hand(reader: Reader) -> Condition:
    """Show how to reach an expert to ministry staff, to the expert's institution, and to the region that is mentored.

    To the region for as long as the mentorship is active.
    """
    if reader.insider:
        return true()
    if reader.role is Role.MENTOR:
        return _experts.c.institution_id == READER_INSTITUTION
    if reader.role is not Role.REGION_EDITOR:
        return false()
    return exists().where(
        _mentorships.c.candidacy_id == _candidacies.c.id,
        _mentorships.c.state == "active",
        _candidacies.c.region_code == READER_REGION,
        or_(
            _mentorships.c.lead_mentor_id == _experts.c.id,
            _experts.c.id == func.any(_mentorships.c.facilitator_ids),
        ),
    )


def _has(column: ColumnElement[Any]) -> Filter:
    """Match rows whose list has the value in it."""
    return lambda name: bindparam(name, type_=String) == func.any(column)


EXPERTS = Projection(
    name="experts",
    schema=ExpertRead,
    source=_experts.join(_institutions, _institutions.c.id == _experts.c.institution_id),
    columns=columns_of(
        ExpertRead, _experts, institution_name=_institutions.c.name, simulation=_institutions.c.simulation
    ),
    key=_experts.c.id,
    sorts={"name": _experts.c.name},
    filters={
        "id": equals(_experts.c.id),
        "q": contains(_experts.c.name),
        "institution": equals(_experts.c.institution_id),
        "role": _has(_experts.c.roles),
        "sector": _has(_experts.c.sectors),
        "dimension": _has(_experts.c.dimensions),
        "home_region": equals(_experts.c.home_region_code),
        "active": equals(_experts.c.active),
        "simulation": equals(_institutions.c.simulation),
    },
)

EXPERT_CONTACTS = Projection(
    name="expert-contacts",
    schema=ExpertContactRead,
    source=_contacts.join(_experts, _experts.c.id == _contacts.c.expert_id),
    columns=columns_of(ExpertContactRead, _contacts, expert_name=_experts.c.name),
    key=_contacts.c.expert_id,
    sorts={"expert_id": _contacts.c.expert_id},
    filters={"expert": equals(_contacts.c.expert_id)},
    visible=_at_hand,
)
