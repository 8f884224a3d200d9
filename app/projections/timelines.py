"""Who sees which steps of a region's path: whoever sees the record, and saw it in the state that the step led to.

A path is gathered from the records at each request. Whether a record is seen is asked of that record's own projection,
so that the path tells nothing that is hidden elsewhere.
"""

from typing import Any

from sqlalchemy import (
    Date,
    FromClause,
    Select,
    String,
    and_,
    case,
    cast,
    false,
    func,
    null,
    or_,
    select,
    true,
    union_all,
)

from app.domain.principals import SYSTEM
from app.domain.timelines import KINDS, REGION_HEAD, REGULATIONS
from app.kernel.filters import Condition, at_least, below, equals, one_of
from app.kernel.projection import Projection, Reader, columns_of
from app.kernel.tables import transitions
from app.kernel.wording import both, constant, named, number, sentence
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.commitments import Commitment
from app.models.institutions import Institution
from app.models.master_plans import MasterPlan
from app.models.memoranda import Memorandum
from app.models.mentorships import Mentorship
from app.models.quick_wins import ProgressReport, QuickWin
from app.models.regions import Region
from app.models.workshops import Workshop
from app.projections.candidacies import CANDIDACIES
from app.projections.commitments import COMMITMENTS
from app.projections.master_plans import MASTER_PLANS
from app.projections.memoranda import MEMORANDA
from app.projections.mentorships import MENTORSHIPS
from app.projections.quick_wins import PROGRESS_REPORTS, QUICK_WINS
from app.projections.workshops import WORKSHOPS
from app.schemas.timelines import TimelineStepRead

_candidacies = Candidacy.__table__
_cohorts = Cohort.__table__
_regions = Region.__table__
_memoranda = Memorandum.__table__
_mentorships = Mentorship.__table__
_institutions = Institution.__table__
_workshops = Workshop.__table__
_commitments = Commitment.__table__
_plans = MasterPlan.__table__
_quick_wins = QuickWin.__table__
_reports = ProgressReport.__table__
_earlier = transitions.alias()
_moved = transitions.c


def _of(record: FromClause) -> FromClause:
    """Join a record to its candidacy."""
    return record.join(_candidacies, _candidacies.c.id == record.c.candidacy_id)


def _in_cohort(source: FromClause) -> FromClause:
    return source.join(_cohorts, _cohorts.c.code == _candidacies.c.cohort_code)


_mentored = _workshops.join(_mentorships, _mentorships.c.id == _workshops.c.mentorship_id).join(
    _candidacies, _candidacies.c.id == _mentorships.c.candidacy_id
)
_reported = _reports.join(_quick_wins, _quick_wins.c.id == _reports.c.quick_win_id).join(
    _candidacies, _candidacies.c.id == _quick_wins.c.candidacy_id
)


def _step(before: str | None, to: str) -> Condition:
    entered = _moved.to_state == constant(to)
    return entered if before is None else and_(_moved.from_state == constant(before), entered)


def _steps_of(kind: str, record: FromClause, source: FromClause, **words: Any) -> Select[Any]:
    """Select the steps of one kind of record; the source joins the record to its candidacy."""
    moved_on = cast(func.timezone(_regions.c.time_zone, _moved.at), Date)
    # Of the historic record the hour of writing says nothing: what has no day stands behind the step before it.
    known = func.coalesce(_moved.effective_on, case((_moved.actor != SYSTEM.id, moved_on)))
    last_known = (
        select(func.max(_earlier.c.effective_on))
        .where(
            _earlier.c.resource == _moved.resource,
            _earlier.c.record_key == _moved.record_key,
            _earlier.c.id < _moved.id,
        )
        .scalar_subquery()
    )
    text_en, text_id = sentence(((_step(before, to), told) for before, to, told in KINDS[kind].steps()), words)
    hidden = [_moved.to_state == constant(state) for state in sorted(KINDS[kind].unpublished)]
    return select(
        _moved.id,
        _moved.at,
        known.label("effective_on"),
        func.coalesce(known, last_known, moved_on).label("day"),
        _candidacies.c.cohort_code,
        _cohorts.c.simulation,
        _candidacies.c.region_code,
        constant(kind).label("kind"),
        record.c.id.label("record_id"),
        _moved.from_state,
        _moved.to_state,
        or_(false(), *hidden).label("unpublished"),
        text_en.label("text_en"),
        text_id.label("text_id"),
    ).select_from(
        _in_cohort(source)
        .join(_regions, _regions.c.code == _candidacies.c.region_code)
        .join(transitions, and_(_moved.resource == constant(kind), _moved.record_key == cast(record.c.id, String)))
    )


def _progress() -> Select[Any]:
    words = {"title": _quick_wins.c.title, "percent": _reports.c.percent}
    text_en, text_id = sentence(((true(), told) for _, _, told in KINDS["progress-reports"].steps()), words)
    return select(
        _reports.c.id,
        _reports.c.created_at.label("at"),
        _reports.c.reported_on.label("effective_on"),
        _reports.c.reported_on.label("day"),
        _candidacies.c.cohort_code,
        _cohorts.c.simulation,
        _candidacies.c.region_code,
        constant("progress-reports").label("kind"),
        _reports.c.id.label("record_id"),
        cast(null(), String).label("from_state"),
        cast(null(), String).label("to_state"),
        false().label("unpublished"),
        text_en.label("text_en"),
        text_id.label("text_id"),
    ).select_from(_in_cohort(_reported))


_path = union_all(
    _steps_of("candidacies", _candidacies, _candidacies),
    _steps_of("memoranda", _memoranda, _of(_memoranda)),
    _steps_of(
        "mentorships",
        _mentorships,
        _of(_mentorships).join(_institutions, _institutions.c.id == _mentorships.c.institution_id),
        institution=_institutions.c.name,
    ),
    _steps_of("workshops", _workshops, _mentored, number=_workshops.c.number),
    _steps_of(
        "commitments",
        _commitments,
        _of(_commitments),
        signatory=tuple(func.coalesce(_commitments.c.agency, head) for head in both(REGION_HEAD)),
    ),
    _steps_of(
        "master-plans",
        _plans,
        _of(_plans),
        title=_plans.c.title,
        number=_plans.c.regulation_number,
        year=_plans.c.regulation_year,
        regulation=named(_plans.c.regulation_kind, REGULATIONS),
    ),
    _steps_of(
        "quick-wins",
        _quick_wins,
        _of(_quick_wins),
        title=_quick_wins.c.title,
        value=number(_quick_wins.c.measured_value),
        target=number(_quick_wins.c.measure_target),
        unit=_quick_wins.c.measure_unit,
    ),
    _progress(),
).subquery("steps")


# The projection that shows each kind of record.
_SHOWN: dict[str, Projection] = {
    "candidacies": CANDIDACIES,
    "memoranda": MEMORANDA,
    "mentorships": MENTORSHIPS,
    "workshops": WORKSHOPS,
    "commitments": COMMITMENTS,
    "master-plans": MASTER_PLANS,
    "quick-wins": QUICK_WINS,
    "progress-reports": PROGRESS_REPORTS,
}


def _seen(reader: Reader) -> Condition:
    return or_(
        *(
            and_(
                _path.c.kind == constant(kind),
                select(constant(""))
                .select_from(shown.source)
                .where(shown.key == _path.c.record_id, shown.visible(reader))
                .where(or_(~_path.c.unpublished, shown.unpublished.visible(reader)))
                .correlate(_path)
                .exists(),
            )
            for kind, shown in _SHOWN.items()
        )
    )


TIMELINES = Projection(
    name="timelines",
    schema=TimelineStepRead,
    source=_path,
    columns=columns_of(TimelineStepRead, _path),
    key=_path.c.id,
    sorts={"effective_on": _path.c.day},
    filters={
        "region": equals(_path.c.region_code),
        "cohort": equals(_path.c.cohort_code),
        "simulation": equals(_path.c.simulation),
        "kind": equals(_path.c.kind),
        "kind_in": one_of(_path.c.kind),
        "record": equals(_path.c.record_id),
        "effective_on_gte": at_least(_path.c.day),
        "effective_on_lt": below(_path.c.day),
    },
    visible=_seen,
)
