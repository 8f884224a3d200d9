"""Panels: who judges an assessment, conflicts of interest, and overrides of them."""

from dataclasses import dataclass

from tests.access.records import OTHER_REGION, OWN_REGION
from tests.access.requests import NEVER, NOWHERE, STEP, Request, Requests
from tests.conftest import EXPERT, As
from tests.routers.factories import make_expert, make_institution
from tests.routers.panels import ask_override, declare

CONFLICT = {"expert_id": str(EXPERT), "region_code": OTHER_REGION, "reason": "A brother works there (example)."}


@dataclass(frozen=True)
class Panels:
    """The panel of an assessment, where the assessor has a seat, a conflict of interest and an undecided override."""

    cohort: str = NEVER
    assessment: str = NOWHERE
    member: str = NOWHERE
    declaration: str = NOWHERE
    override: str = NOWHERE
    free: str = NOWHERE  # an expert who has no seat
    barred: str = NOWHERE  # one who has a conflict of interest

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        cohort, assessment = f"/v1/cohorts/{self.cohort}", f"/v1/assessments/{self.assessment}"
        member, override = f"/v1/panel-members/{self.member}", f"/v1/conflict-overrides/{self.override}"
        wanted = {"expert_id": self.barred, "reason": "Nobody else knows ports (example)."}
        return {
            "list_cohort_panel_members": Request(f"{cohort}/panel-members"),
            "fill_panels": Request(f"{cohort}/panels", {"seed": 1}),
            "list_assessment_panel_members": Request(f"{assessment}/panel-members"),
            "create_panel_member": Request(f"{assessment}/panel-members", {"expert_id": self.free}),
            "list_panel_members": Request("/v1/panel-members"),
            "get_panel_member": Request(member),
            "delete_panel_member": Request(member),
            "get_panel_member_transitions": Request(f"{member}/transitions"),
            "move_panel_member": Request(f"{member}/transitions", STEP | {"to": "recused"}),
            "list_conflict_declarations": Request("/v1/conflict-declarations"),
            "create_conflict_declaration": Request("/v1/conflict-declarations", CONFLICT),
            "get_conflict_declaration": Request(f"/v1/conflict-declarations/{self.declaration}"),
            "list_assessment_conflict_overrides": Request(f"{assessment}/conflict-overrides"),
            "create_conflict_override": Request(f"{assessment}/conflict-overrides", wanted),
            "list_conflict_overrides": Request("/v1/conflict-overrides"),
            "get_conflict_override": Request(override),
            "get_conflict_override_transitions": Request(f"{override}/transitions"),
            "move_conflict_override": Request(f"{override}/transitions", STEP | {"to": "approved"}),
        }


async def make(as_: As, cohort: str, assessment: str) -> Panels:
    """Make what hangs on the assessor's seat: a conflict of interest, and an override that the second officer wants."""
    officer = as_("officer")
    (member,) = (await officer.get(f"/v1/assessments/{assessment}/panel-members")).json()["items"]
    declaration = (await declare(officer, str(EXPERT), OWN_REGION)).json()["id"]
    override = (await ask_override(as_("second_officer"), assessment, str(EXPERT))).json()["id"]
    # Of an institution that mentors nobody.
    free = await make_expert(officer, await make_institution(officer))
    barred = await make_expert(officer, home_region_code=OWN_REGION)
    return Panels(cohort, assessment, member["id"], declaration, override, free, barred)
