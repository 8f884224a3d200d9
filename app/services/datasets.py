"""What can be exported: the datasets, in one table."""

from typing import Any

from app.domain.permissions import Permission
from app.domain.principals import Principal
from app.kernel.editions import EditionsQuery
from app.kernel.messages import Text
from app.kernel.queries import CommaList
from app.kernel.types import RegionCode, Uuid
from app.projections.assessments import ASSESSMENTS
from app.projections.candidacies import CANDIDACIES
from app.projections.catalogues import CATALOGUES
from app.projections.changes import CHANGES
from app.projections.cohorts import COHORTS
from app.projections.commitments import COMMITMENTS
from app.projections.experts import EXPERTS
from app.projections.indicators import INDICATOR_VALUES, INDICATORS
from app.projections.initiatives import INITIATIVES
from app.projections.institutions import INSTITUTIONS
from app.projections.master_plans import MASTER_PLANS
from app.projections.memoranda import MEMORANDA
from app.projections.mentorships import MENTORSHIPS
from app.projections.objections import OBJECTIONS
from app.projections.plan_reviews import PLAN_COMMENTS, PLAN_REVIEWS, PLAN_VERSIONS
from app.projections.plan_templates import PLAN_TEMPLATES
from app.projections.quick_wins import PROGRESS_REPORTS, QUICK_WINS
from app.projections.regions import PROFILES, REGIONS
from app.projections.result_letters import RESULT_LETTERS
from app.projections.rubrics import RUBRICS
from app.projections.scorecards import SCORECARDS
from app.projections.selection_runs import SELECTION_RESULTS, SELECTION_RUNS
from app.projections.workshops import SESSIONS, WORKSHOPS
from app.schemas.assessments import AssessmentQuery
from app.schemas.candidacies import CandidacyQuery
from app.schemas.catalogues import CatalogueQuery
from app.schemas.changes import ChangesExport
from app.schemas.cohorts import CohortQuery
from app.schemas.commitments import CommitmentQuery
from app.schemas.experts import ExpertQuery
from app.schemas.exports import CohortCode, export_of
from app.schemas.indicators import IndicatorCode, IndicatorQuery, IndicatorValueQuery
from app.schemas.initiatives import InitiativeQuery
from app.schemas.institutions import InstitutionQuery
from app.schemas.master_plans import MasterPlanQuery
from app.schemas.memoranda import MemorandumQuery
from app.schemas.mentorships import MentorshipQuery
from app.schemas.objections import ObjectionQuery
from app.schemas.plan_reviews import PlanCommentQuery, PlanReviewQuery, PlanVersionQuery
from app.schemas.quick_wins import ProgressReportQuery, QuickWinQuery
from app.schemas.regions import ProfilesExport, RegionQuery
from app.schemas.result_letters import ResultLetterQuery
from app.schemas.scorecards import ScorecardQuery
from app.schemas.selection_runs import SelectionResultQuery, SelectionRunQuery
from app.schemas.workshops import SessionQuery, WorkshopQuery
from app.services.dataset import Dataset

_P = Permission
_OF_A_REGION: dict[str, Any] = {"cohort": CohortCode, "region": RegionCode, "province": RegionCode}
_ALL = (
    Dataset(
        REGIONS,
        _P.REGIONS_READ,
        export_of(RegionQuery),
        Text(en="Regions", id="Daerah"),
        "Provinces, regencies and cities under their Home Ministry codes.",
    ),
    Dataset(
        PROFILES,
        _P.PROFILES_READ,
        ProfilesExport,
        Text(en="Region profiles", id="Profil daerah"),
        "Problems and potentials that each region itself names.",
    ),
    Dataset(
        CATALOGUES,
        _P.CATALOGUES_READ,
        export_of(CatalogueQuery),
        Text(en="Catalogues", id="Katalog"),
        "Every edition of the programme's vocabularies.",
    ),
    Dataset(
        INDICATORS,
        _P.INDICATORS_READ,
        export_of(IndicatorQuery),
        Text(en="Indicators", id="Indikator"),
        "What is measured.",
    ),
    Dataset(
        INDICATOR_VALUES,
        _P.INDICATORS_READ,
        export_of(IndicatorValueQuery, indicator=IndicatorCode, indicator_in=CommaList[IndicatorCode]),
        Text(en="Indicator values", id="Nilai indikator"),
        "What was measured, by indicator, region and year, with source and quality.",
    ),
    Dataset(
        COHORTS,
        _P.COHORTS_READ,
        export_of(CohortQuery),
        Text(en="Cohorts", id="Tahap"),
        "Cohorts with their methods and rules; a draft is seen by ministry staff and auditors.",
    ),
    Dataset(
        CANDIDACIES,
        _P.CANDIDACIES_READ,
        export_of(CandidacyQuery),
        Text(en="Candidacies", id="Pencalonan"),
        "One region in one cohort, and how far it has come.",
    ),
    Dataset(
        SELECTION_RUNS,
        _P.SELECTION_RUNS_READ,
        export_of(SelectionRunQuery, cohort=CohortCode),
        Text(en="Selection runs", id="Proses seleksi"),
        "Runs with their method and the digest of their inputs; before it is published, ministry staff and auditors "
        "see a run.",
    ),
    Dataset(
        SELECTION_RESULTS,
        _P.SELECTION_RUNS_READ,
        export_of(SelectionResultQuery, run=Uuid),
        Text(en="Selection results", id="Hasil seleksi"),
        "The rank, decision and reason of each region in each run, with the contribution of every criterion.",
    ),
    Dataset(
        ASSESSMENTS,
        _P.ASSESSMENTS_READ,
        export_of(AssessmentQuery),
        Text(en="Assessments", id="Asesmen"),
        "The forms of regions: one's own, those of one's own panels, or for ministry staff and auditors all.",
    ),
    Dataset(
        SCORECARDS,
        _P.SCORECARDS_READ,
        export_of(ScorecardQuery),
        Text(en="Scorecards", id="Kartu skor"),
        "What each assessment came to, by criterion and question; a region's own once its result letter is out.",
    ),
    Dataset(
        RESULT_LETTERS,
        _P.RESULT_LETTERS_READ,
        export_of(ResultLetterQuery),
        Text(en="Result letters", id="Surat hasil"),
        "What each region was told of the decision; its own, or for ministry staff and auditors all.",
    ),
    Dataset(
        OBJECTIONS,
        _P.OBJECTIONS_READ,
        export_of(ObjectionQuery),
        Text(en="Objections", id="Sanggahan"),
        "What regions say went wrong with their assessment, and what was decided; their own, or for ministry staff and "
        "auditors all.",
    ),
    Dataset(
        MEMORANDA,
        _P.MEMORANDA_READ,
        export_of(MemorandumQuery),
        Text(en="Memoranda", id="Nota kesepahaman"),
        "Memoranda of understanding between ministry and region.",
    ),
    Dataset(
        MENTORSHIPS,
        _P.MENTORSHIPS_READ,
        export_of(MentorshipQuery),
        Text(en="Mentorships", id="Pendampingan"),
        "Which institution mentors which region, and when.",
    ),
    Dataset(
        WORKSHOPS,
        _P.WORKSHOPS_READ,
        export_of(WorkshopQuery),
        Text(en="Workshops", id="Bimbingan teknis"),
        "The four workshops of each mentorship with their outputs; seen by those whom the mentored region concerns.",
    ),
    Dataset(
        SESSIONS,
        _P.WORKSHOPS_READ,
        export_of(SessionQuery),
        Text(en="Workshop sessions", id="Sesi bimbingan teknis"),
        "The days on which workshops were held, with how many came; seen with the workshop.",
    ),
    Dataset(
        COMMITMENTS,
        _P.COMMITMENTS_READ,
        export_of(CommitmentQuery),
        Text(en="Commitments", id="Komitmen"),
        "What heads of regions and agencies commit to; a signed one is public.",
    ),
    Dataset(
        PLAN_TEMPLATES,
        _P.PLAN_TEMPLATES_READ,
        export_of(EditionsQuery),
        Text(en="Plan templates", id="Templat rencana"),
        "The books, chapters and parts that master plans are made of.",
    ),
    Dataset(
        MASTER_PLANS,
        _P.MASTER_PLANS_READ,
        export_of(MasterPlanQuery),
        Text(en="Master plans", id="Rencana induk"),
        "Plans with vision, parts and enacting regulation; an accepted one is public.",
    ),
    Dataset(
        INITIATIVES,
        _P.MASTER_PLANS_READ,
        export_of(InitiativeQuery),
        Text(en="Initiatives", id="Inisiatif"),
        "What a plan sets out to do, for whom, how it is measured, and its budget; seen with its plan.",
    ),
    Dataset(
        PLAN_VERSIONS,
        _P.PLAN_REVIEWS_READ,
        export_of(PlanVersionQuery, plan=Uuid, **_OF_A_REGION),
        Text(en="Plan versions", id="Versi rencana"),
        "When and why each plan was frozen, under which digest; seen by those whom the region concerns.",
    ),
    Dataset(
        PLAN_COMMENTS,
        _P.PLAN_REVIEWS_READ,
        export_of(PlanCommentQuery),
        Text(en="Comments on plans", id="Komentar rencana"),
        "What was said of parts of plans; seen by those whom the region concerns.",
    ),
    Dataset(
        PLAN_REVIEWS,
        _P.PLAN_REVIEWS_READ,
        export_of(PlanReviewQuery),
        Text(en="Verdicts on plans", id="Putusan atas rencana"),
        "The verdicts of university and ministry on versions of plans; seen by those whom the region concerns.",
    ),
    Dataset(
        QUICK_WINS,
        _P.QUICK_WINS_READ,
        export_of(QuickWinQuery),
        Text(en="Quick wins", id="Program pintas"),
        "What people feel within a year; an approved one is public.",
    ),
    Dataset(
        PROGRESS_REPORTS,
        _P.QUICK_WINS_READ,
        export_of(ProgressReportQuery),
        Text(en="Progress reports", id="Laporan kemajuan"),
        "Progress of a quick win as of a day; seen with its quick win.",
    ),
    Dataset(
        INSTITUTIONS,
        _P.INSTITUTIONS_READ,
        export_of(InstitutionQuery),
        Text(en="Institutions", id="Lembaga"),
        "Universities and others that assess and mentor.",
    ),
    Dataset(
        EXPERTS,
        _P.EXPERTS_READ,
        export_of(ExpertQuery),
        Text(en="Experts", id="Pakar"),
        "Assessors and mentors with institution and fields, for those who work with them, and without contacts.",
    ),
    Dataset(
        RUBRICS,
        _P.RUBRICS_READ,
        export_of(EditionsQuery),
        Text(en="Rubrics", id="Rubrik"),
        "By what regions are assessed: criteria, questions and levels.",
    ),
    Dataset(
        CHANGES,
        _P.CHANGE_LOG_READ,
        ChangesExport,
        Text(en="Changes", id="Perubahan"),
        "The log of what was done to records of the other datasets, and when; for ministry staff and auditors.",
        followed=False,
    ),
)
DATASETS = {dataset.name: dataset for dataset in _ALL}


def open_to(principal: Principal) -> list[Dataset]:
    """Return the datasets whose lists the principal may read."""
    return [dataset for dataset in _ALL if dataset.permission in principal.permissions]
