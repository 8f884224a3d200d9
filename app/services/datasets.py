"""What can be exported: each dataset is a list of the service, with its permission, its filters and its visibility."""

from dataclasses import dataclass

from app.domain.permissions import Permission, Principal
from app.kernel.editions import EditionsQuery
from app.kernel.exports import MEDIA_TYPES, ExportQuery
from app.kernel.projection import Projection
from app.kernel.queries import CommaList
from app.kernel.types import Uuid
from app.projections.assessments import ASSESSMENTS
from app.projections.candidacies import CANDIDACIES
from app.projections.catalogues import CATALOGUES
from app.projections.cohorts import COHORTS
from app.projections.indicators import INDICATOR_VALUES, INDICATORS
from app.projections.initiatives import INITIATIVES
from app.projections.institutions import INSTITUTIONS
from app.projections.master_plans import MASTER_PLANS
from app.projections.memoranda import MEMORANDA
from app.projections.mentorships import MENTORSHIPS
from app.projections.quick_wins import PROGRESS_REPORTS, QUICK_WINS
from app.projections.regions import REGIONS
from app.projections.rubrics import RUBRICS
from app.projections.selection_runs import SELECTION_RESULTS, SELECTION_RUNS
from app.schemas.assessments import AssessmentQuery
from app.schemas.candidacies import CandidacyQuery
from app.schemas.catalogues import CatalogueQuery
from app.schemas.cohorts import CohortQuery
from app.schemas.exports import CohortCode, DatasetRead, FilterRead, export_of
from app.schemas.indicators import IndicatorCode, IndicatorQuery, IndicatorValueQuery
from app.schemas.initiatives import InitiativeQuery
from app.schemas.institutions import InstitutionQuery
from app.schemas.master_plans import MasterPlanQuery
from app.schemas.memoranda import MemorandumQuery
from app.schemas.mentorships import MentorshipQuery
from app.schemas.quick_wins import ProgressReportQuery, QuickWinQuery
from app.schemas.regions import RegionQuery
from app.schemas.selection_runs import SelectionResultQuery, SelectionRunQuery

PATH = "/v1/exports"


@dataclass(frozen=True)
class Dataset:
    """One of them; its name is its projection's."""

    projection: Projection
    permission: Permission
    query: type[ExportQuery]
    title_en: str
    title_id: str
    description: str

    @property
    def name(self) -> str:
        """Return the name by which it is asked for."""
        return self.projection.name

    @property
    def filters(self) -> list[str]:
        """Return the names of its filters."""
        return [name for name in self.query.model_fields if name not in ExportQuery.model_fields]

    def described(self) -> DatasetRead:
        """Return what is told of it."""
        fields = self.query.model_fields
        return DatasetRead(
            name=self.name,
            path=f"{PATH}/{self.name}",
            title_en=self.title_en,
            title_id=self.title_id,
            description=self.description,
            formats=list(MEDIA_TYPES),
            filters=[FilterRead(name=name, description=fields[name].description) for name in self.filters],
        )


_P = Permission
_ALL = (
    Dataset(
        REGIONS,
        _P.REGIONS_READ,
        export_of(RegionQuery),
        "Regions",
        "Daerah",
        "Provinces, regencies and cities under their Home Ministry codes.",
    ),
    Dataset(
        CATALOGUES,
        _P.CATALOGUES_READ,
        export_of(CatalogueQuery),
        "Catalogues",
        "Katalog",
        "Every edition of the programme's vocabularies.",
    ),
    Dataset(INDICATORS, _P.INDICATORS_READ, export_of(IndicatorQuery), "Indicators", "Indikator", "What is measured."),
    Dataset(
        INDICATOR_VALUES,
        _P.INDICATORS_READ,
        export_of(IndicatorValueQuery, indicator=IndicatorCode, indicator_in=CommaList[IndicatorCode]),
        "Indicator values",
        "Nilai indikator",
        "What was measured, by indicator, region and year, with source and quality.",
    ),
    Dataset(
        COHORTS,
        _P.COHORTS_READ,
        export_of(CohortQuery),
        "Cohorts",
        "Tahap",
        "Cohorts with their methods and rules; a draft is seen by ministry staff and auditors.",
    ),
    Dataset(
        CANDIDACIES,
        _P.CANDIDACIES_READ,
        export_of(CandidacyQuery),
        "Candidacies",
        "Pencalonan",
        "One region in one cohort, and how far it has come.",
    ),
    Dataset(
        SELECTION_RUNS,
        _P.SELECTION_RUNS_READ,
        export_of(SelectionRunQuery, cohort=CohortCode),
        "Selection runs",
        "Proses seleksi",
        "Runs with their method and the digest of their inputs; before it is published, ministry staff and auditors "
        "see a run.",
    ),
    Dataset(
        SELECTION_RESULTS,
        _P.SELECTION_RUNS_READ,
        export_of(SelectionResultQuery, run=Uuid),
        "Selection results",
        "Hasil seleksi",
        "The rank, decision and reason of each region in each run, with the contribution of every criterion.",
    ),
    Dataset(
        ASSESSMENTS,
        _P.ASSESSMENTS_READ,
        export_of(AssessmentQuery),
        "Assessments",
        "Asesmen",
        "The forms of regions: one's own, those of one's own panels, or for ministry staff and auditors all.",
    ),
    Dataset(
        MEMORANDA,
        _P.MEMORANDA_READ,
        export_of(MemorandumQuery),
        "Memoranda",
        "Nota kesepahaman",
        "Memoranda of understanding between ministry and region.",
    ),
    Dataset(
        MENTORSHIPS,
        _P.MENTORSHIPS_READ,
        export_of(MentorshipQuery),
        "Mentorships",
        "Pendampingan",
        "Which institution mentors which region, and when.",
    ),
    Dataset(
        MASTER_PLANS,
        _P.MASTER_PLANS_READ,
        export_of(MasterPlanQuery),
        "Master plans",
        "Rencana induk",
        "Plans with vision, parts and enacting regulation; an accepted one is public.",
    ),
    Dataset(
        INITIATIVES,
        _P.MASTER_PLANS_READ,
        export_of(InitiativeQuery),
        "Initiatives",
        "Inisiatif",
        "What a plan sets out to do, for whom, how it is measured, and its budget; seen with its plan.",
    ),
    Dataset(
        QUICK_WINS,
        _P.QUICK_WINS_READ,
        export_of(QuickWinQuery),
        "Quick wins",
        "Program pintas",
        "What people feel within a year; an approved one is public.",
    ),
    Dataset(
        PROGRESS_REPORTS,
        _P.QUICK_WINS_READ,
        export_of(ProgressReportQuery),
        "Progress reports",
        "Laporan kemajuan",
        "Progress of a quick win as of a day; seen with its quick win.",
    ),
    Dataset(
        INSTITUTIONS,
        _P.INSTITUTIONS_READ,
        export_of(InstitutionQuery),
        "Institutions",
        "Lembaga",
        "Universities and others that assess and mentor.",
    ),
    Dataset(
        RUBRICS,
        _P.RUBRICS_READ,
        export_of(EditionsQuery),
        "Rubrics",
        "Rubrik",
        "By what regions are assessed: criteria, questions and levels.",
    ),
)
DATASETS = {dataset.name: dataset for dataset in _ALL}


def open_to(principal: Principal) -> list[Dataset]:
    """Return the datasets whose lists the principal may read."""
    return [dataset for dataset in _ALL if dataset.permission in principal.permissions]
