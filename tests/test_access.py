"""Every operation, as everyone: who may is in a table, and what is not yours is answered as if it were not there."""

import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.config import Settings
from app.domain.permissions import GRANTS, Permission
from app.kernel.db import Database
from app.kernel.editions import freeze
from app.kernel.openapi import operations
from app.kernel.transitions import enter
from app.kernel.writing import new_id
from app.main import create_app
from app.models.candidacies import Candidacy
from app.models.initiatives import Initiative
from app.models.master_plans import MasterPlan
from app.models.plan_templates import PlanTemplate
from app.models.rubrics import Rubric
from app.models.selection_runs import SelectionResult, SelectionRun
from app.services.datasets import DATASETS
from tests.conftest import EXPERT, INSTITUTION, client_for, committing, document
from tests.routers.assessments import fill, open_assessments, put, seat
from tests.routers.factories import (
    CRITERIA,
    METHOD,
    make_candidacy,
    make_cohort,
    make_expert,
    make_institution,
    make_rubric,
    make_run,
    move,
)
from tests.routers.mentored import make_mentored
from tests.routers.mentoring import make_decided
from tests.routers.outcomes import ISSUE, file_objection, make_assessed, make_told, publish
from tests.routers.panels import ask_override, declare
from tests.routers.plan_templates import BOOKS, make_plan_template
from tests.routers.plans import NEW, REGULATION, accept, add_initiative, make_plan, make_template
from tests.routers.quick_wins import WHOLE, bring, propose
from tests.routers.reviewed import comment, put_reviewed, put_under_review
from tests.routers.reviews import FAR, FIRST, LEVELS, SECOND, finish, make_panel, save, send_letter
from tests.routers.reviews import submit as review
from tests.routers.worked_out import eligible, ranking
from tests.routers.workshops import HELD, SIGNED, complete

# Who may: P the public, R region editor, S assessor, M mentor, D data steward, U auditor, O officer, A administrator.
# A dot: refused, with 401 for the public and 403 naming the permission for everyone else. A small r: a region editor
# may for its own region; any other small letter: holds the permission, but nothing here is its own. Reading concerns
# what is published, or concerns the region editor and the assessor; what does not has a table of its own below.
MAY = """
    list_regions                    P R S M D U O A
    map_regions                     P R S M D U O A
    get_region                      P R S M D U O A
    update_region                   . . . . . . . A
    list_region_indicators          P R S M D U O A
    get_profile                     P R S M D U O A
    update_profile                  . r . . . . O A
    list_catalogues                 P R S M D U O A
    get_catalogue                   P R S M D U O A
    list_indicators                 P R S M D U O A
    create_indicator                . . . . D . . A
    get_indicator                   P R S M D U O A
    update_indicator                . . . . D . . A
    list_indicator_values           P R S M D U O A
    list_rubrics                    P R S M D U O A
    create_rubric                   . . . . . . O A
    get_rubric                      P R S M D U O A
    update_rubric                   . . . . . . O A
    list_plan_templates             P R S M D U O A
    create_plan_template            . . . . . . O A
    get_plan_template               P R S M D U O A
    update_plan_template            . . . . . . O A
    list_institutions               P R S M D U O A
    create_institution              . . . . . . O A
    get_institution                 P R S M D U O A
    update_institution              . . . . . . O A
    list_experts                    . . S M . U O A
    create_expert                   . . . . . . O A
    get_expert                      . . S M . U O A
    update_expert                   . . . . . . O A
    list_imports                    . . . . D U O A
    create_import                   . . . . D . O A
    get_import                      . . . . D U O A
    list_cohorts                    P R S M D U O A
    create_cohort                   . . . . . . O A
    get_cohort                      P R S M D U O A
    update_cohort                   . . . . . . O A
    get_cohort_transitions          . R S M D U O A
    move_cohort                     . . . . . . O A
    list_cohort_candidacies         P R S M D U O A
    create_candidacy                . . . . . . O A
    list_candidacies                P R S M D U O A
    get_candidacy                   P R S M D U O A
    get_candidacy_transitions       . R S M D U O A
    move_candidacy                  . . . . . . O A
    get_candidacy_replacement       P R S M D U O A
    replace_candidacy               . . . . . . O A
    list_selection_runs             P R S M D U O A
    create_selection_run            . . . . . . O A
    get_selection_run               P R S M D U O A
    list_selection_results          P R S M D U O A
    get_selection_inputs            P R S M D U O A
    get_selection_run_transitions   . R S M D U O A
    move_selection_run              . . . . . . O A
    list_cohort_assessments         . R S . . U O A
    open_assessments                . . . . . . O A
    list_assessments                . R S . . U O A
    get_assessment                  . R S . . U O A
    update_assessment               . R . . . . . a
    admit_late_assessment           . . . . . . O A
    get_assessment_transitions      . R S m d U O A
    move_assessment                 . R . . . . O A
    list_cohort_result_letters      . R . . . U O A
    issue_result_letters            . . . . . . O A
    list_result_letters             . R . . . U O A
    get_result_letter               . R . . . U O A
    list_assessment_objections      . R . . . U O A
    create_objection                . R . . . . . a
    list_objections                 . R . . . U O A
    get_objection                   . R . . . U O A
    get_objection_transitions       . R s m d U O A
    move_objection                  . R . . . . O A
    get_cohort_report               P R S M D U O A
    get_assessment_progress         . . . . . U O A
    list_region_timeline            P R S M D U O A
    list_assessment_reviews         . . S . . U O A
    list_reviews                    . . S . . U O A
    get_review                      . . S . . U O A
    update_review                   . . S . . . . a
    get_review_transitions          . . S . . U O A
    move_review                     . . S . . . . a
    list_assessment_moderations     . . S . . U O A
    create_moderation               . . . . . . O A
    get_moderation                  . . S . . U O A
    list_assessment_scorecards      . R S . . U O A
    list_scorecards                 . R S . . U O A
    get_scorecard                   . R S . . U O A
    get_scorecard_inputs            . R S . . U O A
    list_cohort_memoranda           P R S M D U O A
    create_memorandum               . . . . . . O A
    sign_memoranda                  . . . . . . O A
    list_memoranda                  P R S M D U O A
    get_memorandum                  P R S M D U O A
    update_memorandum               . . . . . . O A
    get_memorandum_transitions      . R S M D U O A
    move_memorandum                 . . . . . . O A
    list_mentorship_workshops       . R . M . U O A
    list_workshops                  . R . M . U O A
    get_workshop                    . R . M . U O A
    update_workshop                 . . . M . . O A
    get_workshop_gate               . R . M . U O A
    get_workshop_transitions        . R . M . U O A
    move_workshop                   . . . M . . O A
    list_workshop_sessions          . R . M . U O A
    create_session                  . . . M . . O A
    list_sessions                   . R . M . U O A
    get_session                     . R . M . U O A
    update_session                  . . . M . . O A
    delete_session                  . . . M . . O A
    list_candidacy_commitments      P R S M D U O A
    create_commitment               . R . . . . O A
    list_commitments                P R S M D U O A
    get_commitment                  P R S M D U O A
    update_commitment               . R . . . . O A
    get_commitment_transitions      . R S M D U O A
    move_commitment                 . R . . . . O A
    list_cohort_panel_members       . . S . . U O A
    fill_panels                     . . . . . . O A
    list_assessment_panel_members   . . S . . U O A
    create_panel_member             . . . . . . O A
    list_panel_members              . . S . . U O A
    get_panel_member                . . S . . U O A
    delete_panel_member             . . . . . . O A
    get_panel_member_transitions    . . S . . U O A
    move_panel_member               . . S . . . O A
    list_conflict_declarations      . . S . . U O A
    create_conflict_declaration     . . S . . . O A
    get_conflict_declaration        . . S . . U O A
    list_assessment_conflict_overrides . . S . . U O A
    create_conflict_override        . . . . . . O A
    list_conflict_overrides         . . S . . U O A
    get_conflict_override           . . S . . U O A
    get_conflict_override_transitions . . S . . U O A
    move_conflict_override          . . . . . . O A
    list_candidacy_master_plans     P R S M D U O A
    list_master_plans               P R S M D U O A
    create_master_plan              . R . . . . . a
    get_master_plan                 P R S M D U O A
    update_master_plan              . R . . . . . a
    get_master_plan_completeness    P R S M D U O A
    get_master_plan_transitions     . R S M D U O A
    move_master_plan                . R . . . . O A
    list_master_plan_initiatives    P R S M D U O A
    create_initiative               . R . . . . . a
    list_initiatives                P R S M D U O A
    get_initiative                  P R S M D U O A
    update_initiative               . R . . . . . a
    delete_initiative               . R . . . . . a
    list_plan_versions              . R . M . U O A
    get_plan_version                . R . M . U O A
    get_plan_version_content        . R . M . U O A
    get_plan_version_diff           . R . M . U O A
    list_master_plan_comments       . R . M . U O A
    create_plan_comment             . R . M . . O A
    list_plan_comments              . R . M . U O A
    get_plan_comment                . R . M . U O A
    get_plan_comment_transitions    . R . M . U O A
    move_plan_comment               . R . M . . O A
    list_master_plan_reviews        . R . M . U O A
    create_plan_review              . . . M . . O A
    list_plan_reviews               . R . M . U O A
    get_plan_review                 . R . M . U O A
    get_expert_contact              . R . M . U O A
    update_expert_contact           . . . M . . O A
    list_cohort_mentorships         P R S M D U O A
    record_mentorships              . . . . . . O A
    list_mentorships                P R S M D U O A
    get_mentorship                  P R S M D U O A
    update_mentorship               . . . . . . O A
    get_mentorship_transitions      . R S M D U O A
    move_mentorship                 . . . . . . O A
    get_mentorship_proposal         . . . . . . O A
    list_quick_wins                 P R S M D U O A
    create_quick_win                . R . . . . . a
    list_candidacy_quick_wins       P R S M D U O A
    get_quick_win                   P R S M D U O A
    update_quick_win                . R . . . . . a
    get_quick_win_transitions       . R S M D U O A
    move_quick_win                  . R . M . . O A
    get_quick_win_standing          P R S M D U O A
    get_cohort_quick_win_standings  P R S M D U O A
    list_quick_win_progress_reports P R S M D U O A
    create_progress_report          . R . . . . . a
    list_progress_reports           P R S M D U O A
    get_progress_report             P R S M D U O A
    get_datasets                    P R S M D U O A
    get_data_package                P R S M D U O A
    export_regions                  P R S M D U O A
    export_catalogues               P R S M D U O A
    export_indicators               P R S M D U O A
    export_indicator_values         P R S M D U O A
    export_cohorts                  P R S M D U O A
    export_candidacies              P R S M D U O A
    export_selection_runs           P R S M D U O A
    export_selection_results        P R S M D U O A
    export_assessments              . R S . . U O A
    export_memoranda                P R S M D U O A
    export_mentorships              P R S M D U O A
    export_master_plans             P R S M D U O A
    export_initiatives              P R S M D U O A
    export_quick_wins               P R S M D U O A
    export_progress_reports         P R S M D U O A
    export_institutions             P R S M D U O A
    export_rubrics                  P R S M D U O A
    list_api_keys                   . . . . . . . A
    create_api_key                  . . . . . . . A
    get_api_key                     . . . . . . . A
    revoke_api_key                  . . . . . . . A
    live                            P R S M D U O A
    ready                           P R S M D U O A
    metrics_text                    P R S M D U O A
"""
# Who sees what is not published: these operations, on the records of a draft cohort and on an unpublished run. A small
# letter: sees it and is refused.
SEE_DRAFTS = """
    get_cohort                      . . . . . U O A
    update_cohort                   . . . . . . O A
    get_cohort_transitions          . . . . . U O A
    move_cohort                     . . . . . . O A
    list_cohort_candidacies         . . . . . U O A
    create_candidacy                . . . . . . O A
    get_candidacy                   . . . . . U O A
    get_candidacy_transitions       . . . . . U O A
    move_candidacy                  . . . . . . O A
    get_candidacy_replacement       . . . . . U O A
    replace_candidacy               . . . . . . O A
    list_selection_runs             . . . . . U O A
    create_selection_run            . . . . . . O A
    get_selection_run               . . . . . U O A
    list_selection_results          . . . . . U O A
    get_selection_inputs            . . . . . U O A
    get_selection_run_transitions   . . . . . U O A
    move_selection_run              . . . . . . O A
    list_cohort_assessments         . . . . . U O A
    open_assessments                . . . . . . O A
    get_assessment                  . . . . . U O A
    update_assessment               . . . . . . . a
    admit_late_assessment           . . . . . . O A
    get_assessment_transitions      . . . . . U O A
    move_assessment                 . . . . . . O A
    list_cohort_result_letters      . . . . . U O A
    issue_result_letters            . . . . . . O A
    get_result_letter               . . . . . U O A
    list_assessment_objections      . . . . . U O A
    create_objection                . . . . . . . a
    get_objection                   . . . . . U O A
    get_objection_transitions       . . . . . U O A
    move_objection                  . . . . . . O A
    get_cohort_report               . . . . . U O A
    get_assessment_progress         . . . . . U O A
    list_assessment_reviews         . . . . . U O A
    list_assessment_moderations     . . . . . U O A
    list_assessment_scorecards      . . . . . U O A
    list_cohort_memoranda           . . . . . U O A
    create_memorandum               . . . . . . O A
    sign_memoranda                  . . . . . . O A
    get_memorandum                  . . . . . U O A
    update_memorandum               . . . . . . O A
    get_memorandum_transitions      . . . . . U O A
    move_memorandum                 . . . . . . O A
    list_mentorship_workshops       . . . . . U O A
    get_workshop                    . . . . . U O A
    update_workshop                 . . . . . . O A
    get_workshop_gate               . . . . . U O A
    get_workshop_transitions        . . . . . U O A
    move_workshop                   . . . . . . O A
    list_workshop_sessions          . . . . . U O A
    create_session                  . . . . . . O A
    get_session                     . . . . . U O A
    update_session                  . . . . . . O A
    delete_session                  . . . . . . O A
    list_candidacy_commitments      . . . . . U O A
    create_commitment               . . . . . . O A
    get_commitment                  . . . . . U O A
    update_commitment               . . . . . . O A
    get_commitment_transitions      . . . . . U O A
    move_commitment                 . . . . . . O A
    list_cohort_panel_members       . . . . . U O A
    list_assessment_panel_members   . . . . . U O A
    list_assessment_conflict_overrides . . . . . U O A
    list_candidacy_quick_wins       . . . . . U O A
    get_quick_win                   . . . . . U O A
    update_quick_win                . . . . . . . a
    get_quick_win_transitions       . . . . . U O A
    move_quick_win                  . . . . . . O A
    get_quick_win_standing          . . . . . U O A
    get_cohort_quick_win_standings  . . . . . U O A
    list_quick_win_progress_reports . . . . . U O A
    create_progress_report          . . . . . . . a
    get_progress_report             . . . . . U O A
    get_rubric                      . . . . . U O A
    update_rubric                   . . . . . . O A
    get_plan_template               . . . . . U O A
    update_plan_template            . . . . . . O A
    list_candidacy_master_plans     . . . . . U O A
    get_master_plan                 . . . . . U O A
    update_master_plan              . . . . . . . a
    get_master_plan_completeness    . . . . . U O A
    get_master_plan_transitions     . . . . . U O A
    move_master_plan                . . . . . . O A
    list_master_plan_initiatives    . . . . . U O A
    create_initiative               . . . . . . . a
    get_initiative                  . . . . . U O A
    update_initiative               . . . . . . . a
    delete_initiative               . . . . . . . a
    list_plan_versions              . . . . . U O A
    get_plan_version                . . . . . U O A
    get_plan_version_content        . . . . . U O A
    get_plan_version_diff           . . . . . U O A
    list_master_plan_comments       . . . . . U O A
    create_plan_comment             . . . . . . O A
    get_plan_comment                . . . . . U O A
    get_plan_comment_transitions    . . . . . U O A
    move_plan_comment               . . . . . . O A
    list_master_plan_reviews        . . . . . U O A
    create_plan_review              . . . . . . O A
    get_plan_review                 . . . . . U O A
    list_cohort_mentorships         . . . . . U O A
    record_mentorships              . . . . . . O A
    get_mentorship                  . . . . . U O A
    update_mentorship               . . . . . . O A
    get_mentorship_transitions      . . . . . U O A
    move_mentorship                 . . . . . . O A
    get_mentorship_proposal         . . . . . . O A
"""
LETTERS = {
    "P": "public",
    "R": "region_editor",
    "S": "assessor",
    "M": "mentor",
    "D": "data_steward",
    "U": "auditor",
    "O": "officer",
    "A": "administrator",
}
OWN_REGION, OTHER_REGION = "32.73", "32.04"
# Whom no shortlist of the tests invites.
*UNRANKED, LAST_BUT_ONE, LAST = (code for code, _ in ranking(eligible())[-5:])
NOWHERE = "01890000-0000-7000-8000-000000000000"
YEAR = {"year": 2026, "phase": 4, "title": "Test", "quota": 5, "candidate_quota": 10}
STEP = {"to": "withdrawn", "reason": "test"}
RUN = {"stage": "shortlist", "method": METHOD}
INDICATOR = {
    "code": "x",
    "name_en": "X",
    "name_id": "X",
    "owner": "X",
    "unit": "X",
    "direction": "higher",
    "levels": ["city"],
}
RUBRIC = {"code": "x", "name_en": "X", "name_id": "X", "criteria": CRITERIA}
TEMPLATE = {"code": "x", "name_en": "X", "name_id": "X", "books": BOOKS}
INSTITUTE = {"name": "X", "kind": "other"}
SOMEONE = {"name": "X", "institution_id": str(INSTITUTION), "roles": ["mentor"]}
CEREMONY = {
    "date": "2026-05-08",
    "place": "X",
    "parties": [{"party": party, "institution": "X", "office": "X"} for party in ("ministry", "region")],
    "reason": "test",
}
MODERATION = {
    "decisions": {code: {"level": None, "reason": "test"} for code in ("vision", "rules")},
    "minutes": "test",
}
LATE = {"until": "2099-01-01T00:00:00Z", "reason": "test"}
OBJECTION = {"ground": "procedure", "statement": "X"}
TODAY = datetime.now(UTC).date()
SOON = WHOLE | {
    "starts_on": (TODAY - timedelta(days=9)).isoformat(),
    "ends_on": (TODAY + timedelta(days=9)).isoformat(),
}
PROGRESS = {"reported_on": (TODAY - timedelta(days=1)).isoformat(), "percent": 50}
IMPORT = "/v1/imports?dataset=indicator-values&indicator=hdi&source=X&unit=X&quality=synthetic"
FILE = b"kode;tahun;nilai\n32.73;2020;3,5\n"
# These make a record, so they take no `If-Match`.
CREATES = {
    "create_rubric",
    "create_plan_template",
    "create_institution",
    "create_expert",
    "create_indicator",
    "create_import",
    "create_cohort",
    "create_candidacy",
    "create_selection_run",
    "create_memorandum",
    "open_assessments",
    "issue_result_letters",
    "create_objection",
    "create_session",
    "create_commitment",
    "create_moderation",
    "sign_memoranda",
    "fill_panels",
    "create_panel_member",
    "create_conflict_declaration",
    "create_conflict_override",
    "create_master_plan",
    "create_initiative",
    "create_plan_comment",
    "create_plan_review",
    "record_mentorships",
    "create_quick_win",
    "create_progress_report",
    "create_api_key",
}
# A key that makes keys makes none above itself, so one with that permission alone makes few.
NEED_MORE = {"create_api_key"}


def rows_of(table: str) -> dict[str, set[str]]:
    """Return the letters of each operation."""
    lines = [line.split() for line in table.strip().splitlines()]
    assert {len(line) for line in lines} == {1 + len(LETTERS)}
    return {operation: {*letters} - {"."} for operation, *letters in lines}


class Request(NamedTuple):
    """A request that succeeds when it is allowed; every write is rehearsed, so one world serves all."""

    path: str
    body: dict[str, Any] | None = None
    content: bytes | None = None


@dataclass(frozen=True)
class Panel:
    """The assessor's seat on a panel, a conflict of interest and an undecided override of it."""

    member: str = NOWHERE
    declaration: str = NOWHERE
    override: str = NOWHERE
    free: str = NOWHERE  # an expert who has no seat
    barred: str = NOWHERE  # one who has a conflict of interest

    def requests(self, cohort: str, assessment: str) -> dict[str, Request]:
        """Return a request for every operation of panels, by name."""
        member = f"/v1/panel-members/{self.member}"
        override, declaration = (
            f"/v1/conflict-overrides/{self.override}",
            f"/v1/conflict-declarations/{self.declaration}",
        )
        mine = {"expert_id": str(EXPERT), "region_code": OTHER_REGION, "reason": "X"}
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
            "create_conflict_declaration": Request("/v1/conflict-declarations", mine),
            "get_conflict_declaration": Request(declaration),
            "list_assessment_conflict_overrides": Request(f"{assessment}/conflict-overrides"),
            "create_conflict_override": Request(
                f"{assessment}/conflict-overrides", {"expert_id": self.barred, "reason": "X"}
            ),
            "list_conflict_overrides": Request("/v1/conflict-overrides"),
            "get_conflict_override": Request(override),
            "get_conflict_override_transitions": Request(f"{override}/transitions"),
            "move_conflict_override": Request(f"{override}/transitions", STEP | {"to": "approved"}),
        }


@dataclass(frozen=True)
class Mentoring:
    """A mentorship of the region editor's region by the mentor's institution, and how to reach who leads it."""

    cohort: str = "never"  # one whose candidacies may be mentored
    signed: str = NOWHERE  # a candidacy that waits for a mentor
    mentorship: str = NOWHERE
    mentor: str = NOWHERE

    def requests(self) -> dict[str, Request]:
        """Return a request for every operation of mentorships, by name."""
        cohort, mentorship = f"/v1/cohorts/{self.cohort}", f"/v1/mentorships/{self.mentorship}"
        contact = f"/v1/experts/{self.mentor}/contact"
        named = {"candidacy_id": self.signed, "institution_id": str(INSTITUTION), "lead_mentor_id": self.mentor}
        recorded = {"items": [named | {"starts_on": "2026-06-01", "ends_on": "2026-06-30"}], "reason": "test"}
        return {
            "get_expert_contact": Request(contact),
            "update_expert_contact": Request(contact, {"phone": "022 2500935"}),
            "list_cohort_mentorships": Request(f"{cohort}/mentorships"),
            "record_mentorships": Request(f"{cohort}/mentorships", recorded),
            "list_mentorships": Request("/v1/mentorships"),
            "get_mentorship": Request(mentorship),
            "update_mentorship": Request(mentorship, {"ends_on": "2026-11-30"}),
            "get_mentorship_transitions": Request(f"{mentorship}/transitions"),
            "move_mentorship": Request(f"{mentorship}/transitions", STEP | {"to": "ended"}),
            "get_mentorship_proposal": Request(f"{cohort}/mentorship-proposal"),
        }


@dataclass(frozen=True)
class Plans:
    """An accepted plan of somebody's region, with an initiative; and of the editor's region one that is worked on."""

    plan: str = NOWHERE
    initiative: str = NOWHERE
    candidacy: str = NOWHERE  # has no plan yet
    draft: str = NOWHERE
    planned: str = NOWHERE  # an initiative of the draft
    submitted: str = NOWHERE  # a plan that waits for a verdict
    verdict: str = NOWHERE  # on the accepted plan, which has a version too
    comment: str = NOWHERE  # of the mentors, on the draft
    own_comment: str = NOWHERE  # of the region, on the draft

    def requests(self, candidacy: str) -> dict[str, Request]:
        """Return a request for every operation of master plans, by name."""
        plan, draft = f"/v1/master-plans/{self.plan}", f"/v1/master-plans/{self.draft}"
        planned = f"/v1/initiatives/{self.planned}"
        named = {"template": {"code": "books", "edition": 1}, "candidacy_id": self.candidacy}
        enacted = STEP | {"to": "enacted", "regulation": REGULATION}
        return {
            "list_candidacy_master_plans": Request(f"{candidacy}/master-plans"),
            "list_master_plans": Request("/v1/master-plans"),
            "create_master_plan": Request("/v1/master-plans", NEW | named),
            "get_master_plan": Request(plan),
            "update_master_plan": Request(draft, {"vision": "X"}),
            "get_master_plan_completeness": Request(f"{plan}/completeness"),
            "get_master_plan_transitions": Request(f"{plan}/transitions"),
            "move_master_plan": Request(f"{plan}/transitions", enacted),
            "list_master_plan_initiatives": Request(f"{plan}/initiatives"),
            "create_initiative": Request(f"{draft}/initiatives", {"title": "X"}),
            "list_initiatives": Request("/v1/initiatives"),
            "get_initiative": Request(f"/v1/initiatives/{self.initiative}"),
            "update_initiative": Request(planned, {"title": "X"}),
            "delete_initiative": Request(planned),
            **self.reviews(plan, draft),
        }

    def reviews(self, plan: str, draft: str) -> dict[str, Request]:
        """Return a request for every operation of versions, comments and verdicts, by name."""
        comment, settle = f"/v1/plan-comments/{self.comment}", STEP | {"to": "resolved"}
        verdict = {"version_number": 1, "verdict": "returned", "reason": "test"}
        return {
            "list_plan_versions": Request(f"{plan}/versions"),
            "get_plan_version": Request(f"{plan}/versions/1"),
            "get_plan_version_content": Request(f"{plan}/versions/1/content"),
            "get_plan_version_diff": Request(f"{plan}/versions/1/diff/1"),
            "list_master_plan_comments": Request(f"{plan}/comments"),
            "create_plan_comment": Request(f"{draft}/comments", {"anchor": "/vision", "text": "X"}),
            "list_plan_comments": Request("/v1/plan-comments"),
            "get_plan_comment": Request(comment),
            "get_plan_comment_transitions": Request(f"{comment}/transitions"),
            "move_plan_comment": Request(f"{comment}/transitions", settle),
            "move_plan_comment/region_editor": Request(f"/v1/plan-comments/{self.own_comment}/transitions", settle),
            "list_master_plan_reviews": Request(f"{plan}/reviews"),
            "create_plan_review": Request(f"/v1/master-plans/{self.submitted}/reviews", verdict),
            "list_plan_reviews": Request("/v1/plan-reviews"),
            "get_plan_review": Request(f"/v1/plan-reviews/{self.verdict}"),
        }


@dataclass(frozen=True)
class Workshops:
    """A mentorship, with an open workshop that lacks nothing, a session of it, a signed commitment and a draft."""

    candidacy: str = NOWHERE
    mentorship: str = NOWHERE
    workshop: str = NOWHERE
    session: str = NOWHERE
    commitment: str = NOWHERE
    draft: str = NOWHERE

    def requests(self) -> dict[str, Request]:
        """Return a request for every operation of workshops and commitments, by name."""
        workshop, session = f"/v1/workshops/{self.workshop}", f"/v1/sessions/{self.session}"
        commitment, draft = f"/v1/commitments/{self.commitment}", f"/v1/commitments/{self.draft}"
        office = f"/v1/candidacies/{self.candidacy}/commitments"
        return {
            "list_mentorship_workshops": Request(f"/v1/mentorships/{self.mentorship}/workshops"),
            "list_workshops": Request("/v1/workshops"),
            "get_workshop": Request(workshop),
            "update_workshop": Request(workshop, {"outputs": {}}),
            "get_workshop_gate": Request(f"{workshop}/gate"),
            "get_workshop_transitions": Request(f"{workshop}/transitions"),
            "move_workshop": Request(f"{workshop}/transitions", STEP | {"to": "closed"}),
            "list_workshop_sessions": Request(f"{workshop}/sessions"),
            "create_session": Request(f"{workshop}/sessions", HELD),
            "list_sessions": Request("/v1/sessions"),
            "get_session": Request(session),
            "update_session": Request(session, {"notes": None}),
            "delete_session": Request(session),
            "list_candidacy_commitments": Request(office),
            "create_commitment": Request(office, SIGNED | {"signatory": "agency", "agency": "X"}),
            "list_commitments": Request("/v1/commitments"),
            "get_commitment": Request(commitment),
            "update_commitment": Request(draft, {"statement": "X"}),
            "get_commitment_transitions": Request(f"{commitment}/transitions"),
            "move_commitment": Request(f"{draft}/transitions", STEP | {"to": "void"}),
        }


@dataclass(frozen=True)
class QuickWins:
    """The quick wins of a mentored region: one proposed, and one that runs and was reported on."""

    cohort: str = "never"
    candidacy: str = NOWHERE
    proposed: str = NOWHERE
    running: str = NOWHERE
    report: str = NOWHERE

    def requests(self) -> dict[str, Request]:
        """Return a request for every operation of quick wins, by name."""
        proposed, running = (f"/v1/quick-wins/{one}" for one in (self.proposed, self.running))
        steps = f"{proposed}/transitions"
        return {
            "list_quick_wins": Request("/v1/quick-wins"),
            "create_quick_win": Request("/v1/quick-wins", SOON | {"candidacy_id": self.candidacy}),
            "list_candidacy_quick_wins": Request(f"/v1/candidacies/{self.candidacy}/quick-wins"),
            "get_quick_win": Request(running),
            "update_quick_win": Request(proposed, {"title": "X"}),
            "get_quick_win_transitions": Request(f"{running}/transitions"),
            "move_quick_win": Request(steps, STEP | {"to": "approved"}),
            "move_quick_win/region_editor": Request(steps, STEP | {"to": "cancelled"}),
            "get_quick_win_standing": Request(f"{running}/standing"),
            "get_cohort_quick_win_standings": Request(f"/v1/cohorts/{self.cohort}/quick-win-standings"),
            "list_quick_win_progress_reports": Request(f"{running}/progress-reports"),
            "create_progress_report": Request(f"{running}/progress-reports", PROGRESS),
            "list_progress_reports": Request("/v1/progress-reports"),
            "get_progress_report": Request(f"/v1/progress-reports/{self.report}"),
        }


@dataclass(frozen=True)
class World:
    """The records that the requests are about."""

    cohort: str
    candidacy: str
    run: str
    recorded: str  # a run that can still move
    key: str
    imported: str
    region: str = OWN_REGION
    catalogue: str = "dimensions"
    indicator: str = "hdi"
    rubric: str = "used"
    draft: str = "draft"  # a rubric and a plan template that can still change
    institution: str = str(INSTITUTION)
    expert: str = str(EXPERT)
    template: str = "three-books"

    memorandum: str = NOWHERE  # a signed one, where there is one to be seen
    drafted: str = NOWHERE  # a memorandum that can still change
    chosen: str = NOWHERE  # a candidacy that waits for its memorandum
    left: str = NOWHERE  # a candidacy that left a seat to a reserve

    assessing: str = "never"  # a cohort whose regions are assessed
    assessment: str = NOWHERE  # an open one, with a whole form
    handed_in: str = NOWHERE  # an assessment whose form is in

    panel: Panel = Panel()
    mentoring: Mentoring = Mentoring()
    workshops: Workshops = Workshops()
    quick_wins: QuickWins = QuickWins()
    decided: str = "never"  # a cohort whose letters can be issued
    told: str = "never"  # a cohort whose letters are issued
    letter: str = NOWHERE
    final: str = NOWHERE  # an assessment to which nobody has objected yet
    objected: str = NOWHERE  # an assessment
    objection: str = NOWHERE  # one that waits
    contested: str = NOWHERE  # an assessment that awaits moderation
    review: str = NOWHERE  # one that its whole panel sees
    draft_review: str = NOWHERE  # the assessor's own, complete
    moderation: str = NOWHERE
    scorecard: str = NOWHERE

    plans: Plans = Plans()

    def requests(self) -> dict[str, Request]:
        """Return a request for every operation, by name; behind a slash, that of one person where it differs."""
        cohort = f"/v1/cohorts/{self.cohort}"
        return {
            "list_regions": Request("/v1/regions"),
            "map_regions": Request("/v1/regions.geojson?province=31"),
            "get_region": Request(f"/v1/regions/{self.region}"),
            "update_region": Request(f"/v1/regions/{self.region}", {"capital": "X"}),
            "list_region_indicators": Request(f"/v1/regions/{self.region}/indicators"),
            "get_profile": Request(f"/v1/regions/{self.region}/profile"),
            "update_profile": Request(f"/v1/regions/{self.region}/profile", {"problems": []}),
            "list_catalogues": Request("/v1/catalogues"),
            "get_catalogue": Request(f"/v1/catalogues/{self.catalogue}"),
            "list_rubrics": Request("/v1/rubrics"),
            "create_rubric": Request("/v1/rubrics", RUBRIC),
            "get_rubric": Request(f"/v1/rubrics/{self.rubric}"),
            "update_rubric": Request(f"/v1/rubrics/{self.draft}?edition=1", {"name_en": "X"}),
            "list_plan_templates": Request("/v1/plan-templates"),
            "create_plan_template": Request("/v1/plan-templates", TEMPLATE),
            "get_plan_template": Request(f"/v1/plan-templates/{self.template}"),
            "update_plan_template": Request(f"/v1/plan-templates/{self.draft}?edition=1", {"name_en": "X"}),
            "list_institutions": Request("/v1/institutions"),
            "create_institution": Request("/v1/institutions", INSTITUTE),
            "get_institution": Request(f"/v1/institutions/{self.institution}"),
            "update_institution": Request(f"/v1/institutions/{self.institution}", {"kind": "other"}),
            "list_experts": Request("/v1/experts"),
            "create_expert": Request("/v1/experts", SOMEONE),
            "get_expert": Request(f"/v1/experts/{self.expert}"),
            "update_expert": Request(f"/v1/experts/{self.expert}", {"active": False}),
            "list_indicators": Request("/v1/indicators"),
            "create_indicator": Request("/v1/indicators", INDICATOR),
            "get_indicator": Request(f"/v1/indicators/{self.indicator}"),
            "update_indicator": Request(f"/v1/indicators/{self.indicator}", {"owner": "X"}),
            "list_indicator_values": Request(f"/v1/indicators/{self.indicator}/values"),
            "list_imports": Request("/v1/imports"),
            "create_import": Request(IMPORT, content=FILE),
            "get_import": Request(f"/v1/imports/{self.imported}"),
            "list_cohorts": Request("/v1/cohorts"),
            "create_cohort": Request("/v1/cohorts", YEAR | {"code": "another"}),
            "get_cohort": Request(cohort),
            "update_cohort": Request(cohort, {"title": "X"}),
            "get_cohort_transitions": Request(f"{cohort}/transitions"),
            "move_cohort": Request(f"{cohort}/transitions", STEP | {"to": "assessing"}),
            "list_cohort_candidacies": Request(f"{cohort}/candidacies"),
            "create_candidacy": Request(f"{cohort}/candidacies", {"region_code": LAST, "reason": "test"}),
            "list_candidacies": Request("/v1/candidacies"),
            "get_candidacy": Request(f"/v1/candidacies/{self.candidacy}"),
            "get_candidacy_transitions": Request(f"/v1/candidacies/{self.candidacy}/transitions"),
            "move_candidacy": Request(f"/v1/candidacies/{self.candidacy}/transitions", STEP),
            "get_candidacy_replacement": Request(f"/v1/candidacies/{self.left}/replacement"),
            "replace_candidacy": Request(f"/v1/candidacies/{self.left}/replacement", {"reason": "test"}),
            "list_selection_runs": Request(f"{cohort}/selection-runs"),
            "create_selection_run": Request(f"{cohort}/selection-runs", RUN),
            "get_selection_run": Request(f"/v1/selection-runs/{self.run}?expand=results"),
            "list_selection_results": Request(f"/v1/selection-runs/{self.run}/results"),
            "get_selection_inputs": Request(f"/v1/selection-runs/{self.run}/inputs"),
            "get_selection_run_transitions": Request(f"/v1/selection-runs/{self.run}/transitions"),
            "move_selection_run": Request(
                f"/v1/selection-runs/{self.recorded}/transitions", STEP | {"to": "discarded"}
            ),
            "list_cohort_assessments": Request(f"/v1/cohorts/{self.assessing}/assessments"),
            "open_assessments": Request(f"/v1/cohorts/{self.assessing}/assessments", {}),
            "list_assessments": Request("/v1/assessments"),
            "get_assessment": Request(f"/v1/assessments/{self.assessment}"),
            "update_assessment": Request(f"/v1/assessments/{self.assessment}", {"answers": {}}),
            "admit_late_assessment": Request(f"/v1/assessments/{self.assessment}/late-admission", LATE),
            "get_assessment_transitions": Request(f"/v1/assessments/{self.assessment}/transitions"),
            "move_assessment": Request(f"/v1/assessments/{self.handed_in}/transitions", STEP | {"to": "open"}),
            "move_assessment/region_editor": Request(
                f"/v1/assessments/{self.assessment}/transitions", STEP | {"to": "submitted"}
            ),
            "list_cohort_result_letters": Request(f"/v1/cohorts/{self.told}/result-letters"),
            "issue_result_letters": Request(f"/v1/cohorts/{self.decided}/result-letters", ISSUE),
            "list_result_letters": Request("/v1/result-letters"),
            "get_result_letter": Request(f"/v1/result-letters/{self.letter}"),
            "list_assessment_objections": Request(f"/v1/assessments/{self.objected}/objections"),
            "create_objection": Request(f"/v1/assessments/{self.final}/objections", OBJECTION),
            "list_objections": Request("/v1/objections"),
            "get_objection": Request(f"/v1/objections/{self.objection}"),
            "get_objection_transitions": Request(f"/v1/objections/{self.objection}/transitions"),
            "move_objection": Request(f"/v1/objections/{self.objection}/transitions", STEP | {"to": "dismissed"}),
            "move_objection/region_editor": Request(f"/v1/objections/{self.objection}/transitions", STEP),
            "get_cohort_report": Request(f"{cohort}/report"),
            "get_assessment_progress": Request(f"{cohort}/assessment-progress"),
            "list_region_timeline": Request(f"/v1/regions/{self.region}/timeline"),
            "list_assessment_reviews": Request(f"/v1/assessments/{self.assessment}/reviews"),
            "list_reviews": Request("/v1/reviews"),
            "get_review": Request(f"/v1/reviews/{self.review}"),
            "update_review": Request(f"/v1/reviews/{self.draft_review}", {"comment": "X"}),
            "get_review_transitions": Request(f"/v1/reviews/{self.review}/transitions"),
            "move_review": Request(f"/v1/reviews/{self.draft_review}/transitions", STEP | {"to": "submitted"}),
            "list_assessment_moderations": Request(f"/v1/assessments/{self.assessment}/moderations"),
            "create_moderation": Request(f"/v1/assessments/{self.contested}/moderations", MODERATION),
            "get_moderation": Request(f"/v1/moderations/{self.moderation}"),
            "list_assessment_scorecards": Request(f"/v1/assessments/{self.assessment}/scorecards"),
            "list_scorecards": Request("/v1/scorecards"),
            "get_scorecard": Request(f"/v1/scorecards/{self.scorecard}"),
            "get_scorecard_inputs": Request(f"/v1/scorecards/{self.scorecard}/inputs"),
            "list_cohort_memoranda": Request(f"{cohort}/memoranda"),
            "create_memorandum": Request(f"{cohort}/memoranda", {"candidacy_id": self.chosen}),
            "sign_memoranda": Request(
                f"{cohort}/memoranda/sign", CEREMONY | {"items": [{"candidacy_id": self.chosen, "number": "X"}]}
            ),
            "list_memoranda": Request("/v1/memoranda"),
            "get_memorandum": Request(f"/v1/memoranda/{self.memorandum}"),
            "update_memorandum": Request(f"/v1/memoranda/{self.drafted}", {"place": "X"}),
            "get_memorandum_transitions": Request(f"/v1/memoranda/{self.memorandum}/transitions"),
            "move_memorandum": Request(f"/v1/memoranda/{self.drafted}/transitions", STEP | {"to": "void"}),
            **self.panel.requests(cohort, f"/v1/assessments/{self.assessment}"),
            **self.plans.requests(f"/v1/candidacies/{self.candidacy}"),
            **self.workshops.requests(),
            **self.mentoring.requests(),
            **self.quick_wins.requests(),
            "get_datasets": Request("/v1/exports"),
            "get_data_package": Request("/v1/exports/datapackage.json"),
            **{f"export_{name.replace('-', '_')}": Request(f"/v1/exports/{name}") for name in DATASETS},
            "list_api_keys": Request("/v1/api-keys"),
            "create_api_key": Request("/v1/api-keys", {"name": "X", "role": "auditor", "expires_at": tomorrow()}),
            "get_api_key": Request(f"/v1/api-keys/{self.key}"),
            "revoke_api_key": Request(f"/v1/api-keys/{self.key}"),
            "live": Request("/health/live"),
            "ready": Request("/health/ready"),
            "metrics_text": Request("/metrics"),
        }


@dataclass(frozen=True)
class Worlds:
    """What is published, what is not, and what is not at all; with a client for each person and each key."""

    published: World
    hidden: World
    absent: World
    people: dict[str, httpx.AsyncClient]
    keys: dict[tuple[str, Permission], httpx.AsyncClient]


@pytest.fixture(scope="module")
async def worlds() -> AsyncIterator[Worlds]:
    """Make the records once; every write of these tests is rehearsed, so nothing changes them."""
    async with committing(create_app(Settings()), "access") as app, AsyncExitStack() as stack:

        async def client(person: str) -> httpx.AsyncClient:
            return await stack.enter_async_context(client_for(app, person))

        people = {person: await client(person) for person in LETTERS.values()}
        second = await client("second_officer")
        published, hidden = await make_records(people, second)
        published = await add_memoranda(app.state.database, people["officer"], published)
        hidden = await add_memoranda(app.state.database, people["officer"], hidden)
        hidden = replace(hidden, memorandum=hidden.drafted, left=hidden.candidacy)
        published = await add_replacement(app.state.database, published)
        published = await add_assessments(app.state.database, people, published)
        published = await add_reviews(app, people, published)
        hidden = await add_hidden_assessment(app.state.database, hidden)
        published = await add_panel(people["officer"], second, published)
        published = await add_outcomes(app.state.database, people, published)
        hidden = await add_hidden_outcomes(app.state.database, hidden)
        published, hidden = await add_plans(app.state.database, people, published, hidden)
        published = await add_mentoring(app.state.database, people["officer"], published)
        hidden = await add_hidden_mentoring(app.state.database, people["officer"], hidden)
        published = await add_workshops(app.state.database, people["officer"], published)
        hidden = await add_hidden_workshops(app.state.database, people["officer"], hidden)
        published = await add_quick_wins(app.state.database, people, published)
        hidden = await add_hidden_quick_win(app.state.database, hidden)
        async with app.state.database.write() as session:
            await freeze(session, (await session.scalars(select(Rubric).filter_by(code="used"))).one())
        never = ("99.99", "never", "never", "never", "never", NOWHERE, NOWHERE)
        absent = World("never", NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE, *never, template="never")
        keys = {}
        for permission in Permission:
            for kind, scopes in (("only", {permission}), ("all but", {*Permission} - {permission})):
                body = {"name": kind, "role": "administrator", "scopes": sorted(scopes), "expires_at": tomorrow()}
                issued = await people["administrator"].post("/v1/api-keys", json=body)
                keys[kind, permission] = await client("public")
                keys[kind, permission].headers["Authorization"] = f"Bearer {issued.json()['secret']}"
        yield Worlds(published, hidden, absent, people, keys)


async def make_records(people: dict[str, httpx.AsyncClient], second: httpx.AsyncClient) -> tuple[World, World]:
    """Make an open cohort with a published and a recorded run, a draft cohort, and two rubrics."""
    officer, administrator = people["officer"], people["administrator"]
    await make_cohort(officer, "test")
    await make_cohort(officer, "draft", state="draft")
    for code in ("used", "draft"):
        await make_rubric(officer, code)
    await make_plan_template(officer, "draft")
    runs = [(await make_run(officer, "test")).rpartition("/")[2] for _ in range(2)]
    await move(second, f"/v1/selection-runs/{runs[0]}", "published")
    candidacies = [
        (await make_candidacy(officer, cohort, LAST_BUT_ONE)).rpartition("/")[2] for cohort in ("test", "draft")
    ]
    issued = await administrator.post("/v1/api-keys", json={"name": "x", "role": "auditor", "expires_at": tomorrow()})
    imported = await administrator.post(IMPORT, content=FILE, headers={"Content-Type": "text/csv"})
    assert imported.status_code == 201, imported.text
    key, file = issued.json()["id"], imported.json()["id"]
    published = World("test", candidacies[0], runs[0], runs[1], key, file)
    return published, World("draft", candidacies[1], runs[1], runs[1], key, file, rubric="draft", template="draft")


async def add_memoranda(database: Database, officer: httpx.AsyncClient, world: World) -> World:
    """Add a signed memorandum, a drafted one, and a candidacy that has none yet."""
    cohort, ids = f"/v1/cohorts/{world.cohort}", []
    await officer.patch(cohort, json={"candidate_quota": 20}, headers={"If-Match": "*"})
    for region in UNRANKED:
        ids.append((await make_candidacy(officer, world.cohort, region)).rpartition("/")[2])
        async with database.read() as connection:
            await connection.execute("UPDATE candidacies SET state = 'selected' WHERE id = $1", ids[-1])
    ceremony = CEREMONY | {"items": [{"candidacy_id": ids[0], "number": world.cohort}]}
    signed = await officer.post(f"{cohort}/memoranda/sign", json=ceremony)
    assert signed.status_code == 200, signed.text
    drafted = await officer.post(f"{cohort}/memoranda", json={"candidacy_id": ids[1]})
    memorandum = signed.json()["items"][0]["memorandum_id"]
    return replace(world, memorandum=memorandum, drafted=drafted.json()["id"], chosen=ids[2])


async def add_assessments(database: Database, people: dict[str, httpx.AsyncClient], world: World) -> World:
    """Add a cohort with an assessment of the region editor's region and the assessor, and one whose form is in."""
    own, other = await open_assessments(people["officer"], "assessing", (OWN_REGION, OTHER_REGION))
    await fill(people["region_editor"], own)
    await seat(database, own, EXPERT)
    await put(database, other, "submitted")
    own_id, other_id = own.rpartition("/")[2], other.rpartition("/")[2]
    return replace(world, assessing="assessing", assessment=own_id, handed_in=other_id)


async def add_reviews(app: FastAPI, people: dict[str, httpx.AsyncClient], world: World) -> World:
    """Add panels of the assessor: one that still judges, one that disagrees, and one that has come to a scorecard."""
    officer, assessor, database = people["officer"], people["assessor"], app.state.database
    apart, over = [await make_panel(officer, database, cohort=cohort) for cohort in ("apart", "over")]
    # Elsewhere, because in the own region of the editor the assessor has a conflict of interest.
    judging = await make_panel(officer, database, cohort="judging", region=OTHER_REGION)
    await save(assessor, judging.reviews[FIRST], levels=LEVELS)
    async with client_for(app, SECOND) as second:
        for panel in (apart, over):
            await review(assessor, panel.reviews[FIRST], LEVELS)
            await review(second, panel.reviews[SECOND], FAR)
    moderated = await officer.post(f"{over.assessment}/moderations", json=MODERATION)
    scorecard = await finish(officer, over)
    await send_letter(database, over, world.run, scorecard)
    return replace(
        world,
        contested=str(apart.id),
        review=apart.reviews[SECOND].rpartition("/")[2],
        draft_review=judging.reviews[FIRST].rpartition("/")[2],
        moderation=moderated.json()["id"],
        scorecard=scorecard.rpartition("/")[2],
    )


async def add_hidden_assessment(database: Database, world: World) -> World:
    """Add an assessment of a region for which nobody here speaks."""
    async with database.read() as connection:
        one = await connection.fetchval(
            "INSERT INTO assessments (id, candidacy_id, rubric_code, rubric_edition) "
            "VALUES (gen_random_uuid(), $1, 'used', 1) RETURNING id::text",
            world.candidacy,
        )
    return replace(world, assessing=world.cohort, assessment=one, handed_in=one)


async def add_replacement(database: Database, world: World) -> World:
    """Let one of those invited have a seat and leave it, with another in reserve."""
    async with database.write() as session:
        invited = select(Candidacy).filter_by(cohort_code=world.cohort, state="invited").order_by(Candidacy.id)
        leaver, reserve = (await session.scalars(invited.limit(2))).all()
        run = SelectionRun(
            id=new_id(),
            cohort_code=world.cohort,
            stage="final",
            method=METHOD,
            seats=5,
            reserves=5,
            inputs_sha256="0" * 64,
            summary={"equity": {"rules": []}},
            state="published",
            recorded_by="one",
            published_by="another",
        )
        session.add(run)
        await session.flush()
        row = {"position": 1, "rank": 1, "decision": "reserve", "merit_decision": "reserve", "criteria": []}
        why = dict.fromkeys(("reason", "reason_en", "reason_id"), "test")
        session.add(SelectionResult(id=new_id(), run_id=run.id, region_code=reserve.region_code, **row, **why))
        leaver.state, reserve.state = "withdrawn", "reserve"
        moves = [(str(leaver.id), "selected", "withdrawn")]
        await enter(session, "candidacies", moves, reason="test", actor="test")
    return replace(world, left=str(leaver.id))


async def add_panel(officer: httpx.AsyncClient, second: httpx.AsyncClient, world: World) -> World:
    """Add what hangs on the assessor's seat: a conflict of interest, and an override that the second officer wants."""
    (member,) = (await officer.get(f"/v1/assessments/{world.assessment}/panel-members")).json()["items"]
    declaration = (await declare(officer, str(EXPERT), OWN_REGION)).json()["id"]
    override = (await ask_override(second, world.assessment, str(EXPERT))).json()["id"]
    # Of an institution that mentors nobody.
    free = await make_expert(officer, await make_institution(officer))
    barred = await make_expert(officer, home_region_code=OWN_REGION)
    return replace(world, panel=Panel(member["id"], declaration, override, free, barred))


async def add_outcomes(database: Database, people: dict[str, httpx.AsyncClient], world: World) -> World:
    """Add decided cohorts: one without letters, and two with them, in one of which there is an objection."""
    officer, editor = people["officer"], people["region_editor"]
    await make_assessed(officer, database, "decided")
    await publish(database, cohort="decided")
    final = (await make_told(officer, database, "told", number_pattern="T-{n}"))[OWN_REGION]
    objected = (await make_told(officer, database, "objected", number_pattern="O-{n}"))[OWN_REGION]
    filed = await editor.post(f"/v1/assessments/{objected}/objections", json=OBJECTION)
    assert filed.status_code == 201, filed.text
    (letter,) = (await editor.get("/v1/cohorts/told/result-letters")).json()["items"]
    ids = {"letter": letter["id"], "final": str(final), "objected": str(objected), "objection": filed.json()["id"]}
    return replace(world, decided="decided", told="told", **ids)


async def add_hidden_outcomes(database: Database, world: World) -> World:
    """Add a letter of the hidden cohort and an objection to its assessment."""
    async with database.read() as connection:
        letter = await connection.fetchval(
            "INSERT INTO result_letters (id, candidacy_id, number, year, date, run_id, decision, comparison, reason) "
            "VALUES (gen_random_uuid(), $1, 'x', 2026, '2026-01-01', $2, 'in', '[]', 'x') RETURNING id::text",
            world.candidacy,
            world.run,
        )
    objection = await file_objection(database, world.assessment)
    ids = {"letter": letter, "final": world.assessment, "objected": world.assessment, "objection": objection}
    return replace(world, decided=world.cohort, told=world.cohort, **ids)


async def add_mentoring(database: Database, officer: httpx.AsyncClient, world: World) -> World:
    """Add a mentored region, and one that waits for its mentor."""
    mentored = await make_mentored(officer, database, OWN_REGION, cohort="mentored")
    (signed,) = await make_decided(officer, database, OTHER_REGION, cohort="signed")
    ids = {"cohort": "signed", "signed": signed, "mentorship": mentored.mentorship, "mentor": mentored.mentor}
    return replace(world, mentoring=Mentoring(**ids))


async def add_hidden_mentoring(database: Database, officer: httpx.AsyncClient, world: World) -> World:
    """Add a mentorship of the hidden cohort, by an institution for which nobody here speaks."""
    institution = await make_institution(officer, "Universitas Lain")
    async with database.read() as connection:
        mentorship = await connection.fetchval(
            "INSERT INTO mentorships (id, candidacy_id, institution_id, lead_mentor_id, starts_on, ends_on) "
            "VALUES (gen_random_uuid(), $1, $2, $3, '2026-06-01', '2026-12-31') RETURNING id::text",
            world.candidacy,
            institution,
            str(EXPERT),
        )
    return replace(world, mentoring=Mentoring(world.cohort, world.candidacy, mentorship))


async def add_plans(
    database: Database, people: dict[str, httpx.AsyncClient], published: World, hidden: World
) -> tuple[World, World]:
    """Add a plan of the editor's region that is accepted, one submitted, a draft, and a draft in the hidden cohort.

    There are comments on the draft of either side, and a verdict on the accepted plan.
    """
    editor, named = people["region_editor"], {"template": {"code": "books", "edition": 1}}
    await make_template(database)
    async with database.write() as session:
        await freeze(session, (await session.scalars(select(PlanTemplate).filter_by(code="books"))).one())
    accepted, submitted, draft, free = [
        (await make_mentored(people["officer"], database, cohort=cohort)).candidacy
        for cohort in ("accepted", "reviewing", "planning", "unplanned")
    ]
    ids = {"candidacy": free}
    for plan, initiative, candidacy in (("plan", "initiative", accepted), ("draft", "planned", draft)):
        path = await make_plan(editor, candidacy, **named)
        ids[initiative] = (await add_initiative(editor, path)).rpartition("/")[2]
        ids[plan] = path.rpartition("/")[2]
    await accept(database, ids["plan"])
    ids["verdict"], _ = await put_reviewed(database, ids["plan"])
    ids["submitted"] = (await make_plan(editor, submitted, **named)).rpartition("/")[2]
    await put_under_review(database, ids["submitted"])
    for whose, person in (("comment", "mentor"), ("own_comment", "region_editor")):
        made = await comment(people[person], f"/v1/master-plans/{ids['draft']}", "/vision")
        ids[whose] = made.json()["id"]
    async with database.write() as session:
        standing = await session.get_one(Candidacy, UUID(hidden.candidacy))
        secret = MasterPlan(
            id=new_id(),
            candidacy_id=standing.id,
            region_code=standing.region_code,
            template_code="books",
            template_edition=1,
            **NEW,
        )
        session.add(secret)
        await session.flush()
        inside = Initiative(id=new_id(), plan_id=secret.id, title="X")
        session.add(inside)
    one, part = str(secret.id), str(inside.id)
    verdict, remark = await put_reviewed(database, one)
    secrets = Plans(one, part, hidden.candidacy, one, part, one, verdict, remark, remark)
    return replace(published, plans=Plans(**ids)), replace(hidden, plans=secrets)


async def add_workshops(
    database: Database, officer: httpx.AsyncClient, world: World, cohort: str = "workshops", region: str = OWN_REGION
) -> World:
    """Add a region that is mentored by the mentor's institution, in the midst of its second workshop."""
    mentored = await make_mentored(officer, database, region, cohort=cohort, closed=1)
    workshop, office = mentored.workshops[1], f"/v1/candidacies/{mentored.candidacy}/commitments"
    await complete(officer, f"/v1/workshops/{workshop}", 2)
    (session,) = (await officer.get(f"/v1/workshops/{workshop}/sessions")).json()["items"]
    signed = await officer.post(office, json=SIGNED)
    moved = await move(officer, signed.headers["location"], "signed")
    assert moved.status_code == 200, moved.text
    draft = await officer.post(office, json=SIGNED | {"signatory": "agency", "agency": "Y"})
    ids = (mentored.candidacy, mentored.mentorship, workshop, session["id"], signed.json()["id"], draft.json()["id"])
    return replace(world, workshops=Workshops(*ids))


async def add_hidden_workshops(database: Database, officer: httpx.AsyncClient, world: World) -> World:
    """Add the same in the hidden cohort, with a region and an institution for which nobody here speaks."""
    world = await add_workshops(database, officer, world, world.cohort, "33.74")
    institution = await make_institution(officer, "Universitas Jauh")
    async with database.read() as connection:
        change = "UPDATE mentorships SET institution_id = $1 WHERE id = $2"
        await connection.execute(change, institution, world.workshops.mentorship)
    return world


async def add_quick_wins(database: Database, people: dict[str, httpx.AsyncClient], world: World) -> World:
    """Add quick wins of the region editor's region, which the mentor's institution mentors."""
    editor = people["region_editor"]
    candidacy = (await make_mentored(people["officer"], database, OWN_REGION, cohort="quick")).candidacy
    proposed, running = [await propose(editor, candidacy, **SOON) for _ in range(2)]
    await bring(people.__getitem__, running, "running")
    reported = await editor.post(f"{running}/progress-reports", json=PROGRESS)
    assert reported.status_code == 201, reported.text
    ids = (path.rpartition("/")[2] for path in (proposed, running, reported.headers["location"]))
    return replace(world, quick_wins=QuickWins("quick", candidacy, *ids))


async def add_hidden_quick_win(database: Database, world: World) -> World:
    """Add a quick win of the hidden cohort, and a report on it."""
    async with database.read() as connection:
        one = await connection.fetchval(
            "INSERT INTO quick_wins (id, candidacy_id, title, dimension, starts_on, ends_on) "
            "VALUES (gen_random_uuid(), $1, 'x', 'living', '2026-01-01', '2026-02-01') RETURNING id::text",
            world.candidacy,
        )
        report = await connection.fetchval(
            "INSERT INTO progress_reports (id, quick_win_id, number, reported_on, percent) "
            "VALUES (gen_random_uuid(), $1, 1, '2026-01-02', 1) RETURNING id::text",
            one,
        )
    return replace(world, quick_wins=QuickWins(world.cohort, world.candidacy, one, one, report))


def tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()


# Of every operation: its path, its method, and the permission it needs, or those of which it needs one.
OPERATIONS = {
    operation["operationId"]: (path, method, operation.get("x-permission"))
    for path, method, operation in operations(document())
}
NEEDED = {name: permission for name, (_, _, permission) in OPERATIONS.items() if permission}


async def send(client: httpx.AsyncClient, world: World, operation: str, person: str = "") -> httpx.Response:
    """Send the request of an operation; a write as a rehearsal."""
    requests = world.requests()
    own = f"{operation}/{person}"
    path, body, content = requests[own if own in requests else operation]
    headers = {"X-Request-Id": "same"}
    if OPERATIONS[operation][1] == "get":
        return await client.get(path, headers=headers)
    path += ("&" if "?" in path else "?") + "dry_run=true"
    if operation not in CREATES:
        headers["If-Match"] = "*"
    if content is not None:
        headers["Content-Type"] = "text/csv"
    return await client.request(OPERATIONS[operation][1], path, json=body, content=content, headers=headers)


# Words by which operations on what may not be published are known.
NAMED = (
    "cohort",
    "candidacy",
    "selection",
    "rubric",
    "memorand",
    "assessment",
    "letter",
    "objection",
    "plan",
    "initiative",
    "mentorship",
    "quick_win",
    "progress_report",
    "workshop",
    "session",
    "commitment",
)


def test_every_operation_has_a_row() -> None:
    assert set(rows_of(MAY)) == set(OPERATIONS)
    named = {operation for operation in OPERATIONS if any(word in operation for word in NAMED)}
    named -= {operation for operation in OPERATIONS if operation.startswith("export_")}  # lists, seen to below
    assert set(rows_of(SEE_DRAFTS)) == named - {
        "create_cohort",
        "list_cohorts",
        "create_rubric",
        "list_rubrics",
        "create_plan_template",
        "list_plan_templates",
        "list_memoranda",
        "list_assessments",
        "list_result_letters",
        "list_objections",
        "create_master_plan",
        "list_master_plans",
        "list_initiatives",
        "list_plan_comments",
        "list_plan_reviews",
        "list_mentorships",
        "list_workshops",
        "list_sessions",
        "list_commitments",
        "create_quick_win",
        "list_quick_wins",
        "list_progress_reports",
    }


def test_the_permission_table_says_the_same() -> None:
    """Who may call an operation holds its permission."""
    for operation, letters in rows_of(MAY).items():
        needed = NEEDED.get(operation)
        any_of = {needed} if isinstance(needed, str) else set(needed or ())
        holders = {role.value for role, held in GRANTS.items() if needed is None or any_of & held}
        assert {LETTERS[letter.upper()] for letter in letters} == holders, operation


@pytest.mark.parametrize(("operation", "letters"), rows_of(MAY).items())
async def test_who_may(worlds: Worlds, operation: str, letters: set[str]) -> None:
    for letter, person in LETTERS.items():
        answer = await send(worlds.people[person], worlds.published, operation, person)
        if letter in letters or (letter == "R" and "r" in letters):
            assert answer.is_success, (person, answer.text)
        elif letter.lower() in letters:
            assert answer.status_code in {403, 404}, (person, answer.text)
        elif person == "public":
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
            assert answer.headers["www-authenticate"] == "Bearer"
        else:
            assert (answer.status_code, answer.json()["required_permission"]) == (403, NEEDED[operation]), person


@pytest.mark.parametrize("operation", [name for name, letters in rows_of(MAY).items() if "r" in letters])
async def test_a_region_editor_may_for_its_own_region_only(worlds: Worlds, operation: str) -> None:
    elsewhere = replace(worlds.published, region=OTHER_REGION)
    answer = await send(worlds.people["region_editor"], elsewhere, operation)
    assert (answer.status_code, answer.json()["required_permission"]) == (403, NEEDED[operation])
    assert (await send(worlds.people["officer"], elsewhere, operation)).is_success


@pytest.mark.parametrize(("operation", "letters"), rows_of(SEE_DRAFTS).items())
async def test_what_is_not_published_is_answered_exactly_as_absent(
    worlds: Worlds, operation: str, letters: set[str]
) -> None:
    for letter, person in LETTERS.items():
        hidden = await send(worlds.people[person], worlds.hidden, operation)
        if letter.lower() in letters:
            assert hidden.status_code == 403, (person, hidden.text)
            continue
        if letter in letters:
            assert hidden.status_code not in {401, 403, 404}, (person, hidden.text)
            continue
        absent = await send(worlds.people[person], worlds.absent, operation)
        assert hidden.status_code == absent.status_code
        assert hidden.status_code in {401, 403, 404}
        assert hidden.json() | {"instance": ""} == absent.json() | {"instance": ""}
        assert unlike(hidden.headers, absent.headers) <= {"content-length"}  # the instance is the path


def unlike(one: httpx.Headers, other: httpx.Headers) -> set[str]:
    return {name for name in {*one, *other} if one.get(name) != other.get(name)}


@pytest.mark.parametrize("operation", [name for name, (path, _, _) in OPERATIONS.items() if "{" in path])
async def test_what_is_not_there_is_told_to_those_who_might_see_it(worlds: Worlds, operation: str) -> None:
    letters = rows_of(MAY)[operation]
    for letter, person in LETTERS.items():
        answer = await send(worlds.people[person], worlds.absent, operation)
        refused = 401 if person == "public" else 403
        may = {letter, letter.lower()} & letters
        assert answer.status_code == (404 if may else refused), (person, answer.text)


@pytest.mark.parametrize("operation", [name for name, needed in NEEDED.items() if isinstance(needed, str)])
async def test_a_key_lacking_one_permission_is_refused_by_its_name(worlds: Worlds, operation: str) -> None:
    needed = NEEDED[operation]
    lacking = await send(worlds.keys["all but", needed], worlds.published, operation)
    assert (lacking.status_code, lacking.json()["required_permission"]) == (403, needed)
    if operation not in NEED_MORE and "A" in rows_of(MAY)[operation]:
        only = await send(worlds.keys["only", needed], worlds.published, operation)
        assert only.is_success, only.text


async def rows_of_lists(client: httpx.AsyncClient, dataset: str) -> dict[str, Any]:
    """Return what the lists show of a dataset, by key; of runs and values one has to walk the lists above them."""
    above = {
        "indicator-values": ("/v1/indicators", "/v1/indicators/{}/values"),
        "selection-runs": ("/v1/cohorts", "/v1/cohorts/{}/selection-runs"),
        "selection-results": ("/v1/exports/selection-runs", "/v1/selection-runs/{}/results"),
    }
    paths = [f"/v1/{dataset}"]
    if dataset in above:
        heads, template = above[dataset]
        answer = (await client.get(heads, params={"format": "json"} if "exports" in heads else {"limit": 200})).json()
        items = answer if isinstance(answer, list) else answer["items"]
        paths = [template.format(item.get("code") or item["id"]) for item in items]
    rows: dict[str, Any] = {}
    for path in paths:
        query = {"limit": "200"}
        while True:
            page = (await client.get(path, params=query)).json()
            rows |= {item.get("id") or item["code"]: item for item in page["items"]}
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
    return rows


@pytest.mark.parametrize("dataset", DATASETS)
async def test_an_export_has_the_rows_of_the_list_for_everyone(worlds: Worlds, dataset: str) -> None:
    seen = set()
    for person, client in worlds.people.items():
        answer = await client.get(f"/v1/exports/{dataset}", params={"format": "json", "count": "true"})
        if answer.status_code in {401, 403}:
            continue
        rows = answer.json()
        assert len(rows) == int(answer.headers["row-count"])
        assert {row.get("id") or row["code"]: row for row in rows} == await rows_of_lists(client, dataset), person
        lines = (await client.get(f"/v1/exports/{dataset}")).text.splitlines()
        assert [json.loads(line) for line in lines] == rows
        table = list(csv.DictReader(io.StringIO((await client.get(f"/v1/exports/{dataset}?format=csv")).text)))
        assert [list(row) for row in table] == [list(row) for row in rows]
        assert [
            {name: meant(cells[name], value) for name, value in row.items()}
            for cells, row in zip(table, rows, strict=True)
        ] == rows
        seen.add(len(rows))
    assert max(seen) > 0


def meant(cell: str, value: Any) -> Any:
    """Return what a table's cell says, read as `value` is; nothing in these rows would be computed."""
    if isinstance(value, str):
        return cell
    return json.loads(cell) if cell else None
