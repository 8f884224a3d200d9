"""Create, change and move cohorts: their methods make sense, their quotas hold, what was published stays."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain import method_problems, methods, quick_wins
from app.domain.lifecycles import CHOSEN, COHORT, MENTORED
from app.domain.methods import Known
from app.kernel.editions import freeze
from app.kernel.engines import to_json
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Incomplete, Invalid, refuse
from app.kernel.strict_json import decode
from app.kernel.transitions import TransitionCreate, advance, enter
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.indicators import Indicator
from app.models.regions import Region
from app.models.rubrics import Rubric
from app.models.selection_runs import SelectionRun
from app.schemas.cohorts import AssessmentRules, CohortCreate, CohortUpdate, Merged, Method, Methods
from app.schemas.quick_win_rules import QuickWinRules
from app.services.candidacies import check_quotas, faults_of
from app.services.catalogues import in_force

RESOURCE = "cohorts"
_UNCHOSEN = Text(
    en="A cohort is decided by its final choice. Record a final selection run and have a second person publish it.",
    id="Tahap ditetapkan oleh pilihan akhirnya. Rekam proses seleksi akhir dan mintalah orang kedua menerbitkannya.",
)


# Where a region waits for its memorandum or its mentor, which no closed cohort gives it.
_WAITS = tuple(state for state in CHOSEN if state not in MENTORED)
_WAITING = Text(
    en="This region still waits for its memorandum or its mentor. See to both, or record that it withdraws.",
    id="Daerah ini masih menunggu nota kesepahaman atau pendampingnya. Selesaikan keduanya, atau catat ia mundur.",
)


class MethodFrozen(Conflict):
    """A method whose run is published does not change any more."""

    code = "method_frozen"
    title = Text(en="Method frozen", id="Metode dibekukan")
    help = Text(
        en="A run of this stage is published, so its method stays as it is. Leave that stage out of `methods`.",
        id="Proses seleksi tahap ini sudah diterbitkan, sehingga metodenya tetap. Jangan ubah tahap itu di `methods`.",
    )


class AssessmentRulesFrozen(Conflict):
    """Rubric and rules by which regions are already assessed do not change any more."""

    code = "assessment_rules_frozen"
    title = Text(en="Assessment rules frozen", id="Aturan penilaian dibekukan")
    help = Text(
        en="Assessments have begun by these rules. Leave `rubric` and `assessment_rules` out of the change.",
        id="Penilaian sudah dimulai dengan aturan ini. Jangan ubah `rubric` dan `assessment_rules`.",
    )


async def create(session: AsyncSession, asked: CohortCreate, *, actor: str) -> Cohort:
    """Create a cohort in its first state; raise `Invalid` with pointers for a method that makes no sense."""
    _check_quotas_given(asked.quota, asked.candidate_quota)
    _check_calendar(asked.model_dump(mode="json").get("calendar", []))
    await _check_methods(session, asked.methods)
    await _check_quick_win_rules(session, asked.quick_win_rules)
    cohort = Cohort(**asked.model_dump(), state=COHORT.initial)
    session.add(cohort)
    await session.flush()
    await enter(session, RESOURCE, [(cohort.code, None, cohort.state)], reason="created", actor=actor)
    return cohort


async def update(session: AsyncSession, cohort: Cohort, patch: CohortUpdate) -> None:
    """Apply a patch; raise `Invalid`, `MethodFrozen`, `AssessmentRulesFrozen` or `QuotaExceeded`."""
    stored, rules = cohort.methods, (cohort.rubric, cohort.assessment_rules)
    patch.apply(cohort)
    # What came out of the merge must be whole, with a pointer to whatever it still lacks.
    parts = {name: getattr(cohort, name) for name in patch.changes() if name in Merged.model_fields}
    merged = decode(Merged, to_json(parts).encode())
    merged.apply(cohort)
    _check_quotas_given(cohort.quota, cohort.candidate_quota)
    _check_calendar(cohort.calendar)
    if cohort.rules_frozen_at is not None and (cohort.rubric, cohort.assessment_rules) != rules:
        raise AssessmentRulesFrozen
    if "methods" in parts:
        await _check_frozen(session, cohort.code, stored, merged.methods)
        await _check_methods(session, merged.methods, stored)
    if "quick_win_rules" in parts:
        await _check_quick_win_rules(session, merged.quick_win_rules)
    await session.flush()
    await check_quotas(session, cohort)


async def move(session: AsyncSession, cohort: Cohort, asked: TransitionCreate, *, actor: str) -> None:
    """Move a cohort along its lifecycle.

    Raises `Incomplete` for one that is to be decided and has no final choice, and for one that is to be closed while
    regions wait, pointing at each of them.
    """
    before = cohort.state
    cohort.state = advance(COHORT, before, asked.to)
    if asked.to == "decided" and "final" not in await published_stages(session, cohort.code):
        raise Incomplete(errors=[FieldError(pointer="/selection-runs", code="final_choice_missing", message=_UNCHOSEN)])
    if asked.to == "closed":
        await _require_nobody_waits(session, cohort)
    await session.flush()
    await enter(session, RESOURCE, [(cohort.code, before, cohort.state)], reason=asked.reason, actor=actor)


async def _require_nobody_waits(session: AsyncSession, cohort: Cohort) -> None:
    waiting = select(Candidacy.region_code).where(Candidacy.cohort_code == cohort.code, Candidacy.state.in_(_WAITS))
    if faults := faults_of(await session.scalars(waiting), "still_waiting", _WAITING):
        raise Incomplete(errors=faults)


async def published_stages(session: AsyncSession, code: str) -> set[str]:
    """Return the stages (`shortlist`, `final`) whose selection is published. Publishing locks the cohort."""
    stages = select(SelectionRun.stage).where(SelectionRun.cohort_code == code, SelectionRun.state == "published")
    return set(await session.scalars(stages))


async def final_choice(session: AsyncSession, code: str) -> SelectionRun | None:
    """Return the final run that is published; None where there is none yet."""
    return await session.scalar(select(SelectionRun).filter_by(cohort_code=code, stage="final", state="published"))


async def freeze_rules(session: AsyncSession, cohort: Cohort) -> Rubric:
    """Freeze a locked cohort's rubric and assessment rules at their first use; return the rubric.

    Raises `Incomplete` when the cohort names no rubric.
    """
    if cohort.rubric is None:
        message = Text(en="Name the rubric of the cohort first.", id="Sebutkan dahulu rubrik yang dipakai tahap ini.")
        raise Incomplete(errors=[FieldError(pointer="/rubric", code="required", message=message)])
    rubric = (await session.scalars(select(Rubric).filter_by(**cohort.rubric))).one()
    if cohort.rules_frozen_at is None:
        await freeze(session, rubric)
        cohort.assessment_rules = rules_of(cohort).model_dump()
        cohort.rules_frozen_at = datetime.now(UTC)
        await session.flush()
    return rubric


def rules_of(cohort: Cohort) -> AssessmentRules:
    """Return how the cohort's assessments are scored; by the defaults where nobody said."""
    return AssessmentRules(**(cohort.assessment_rules or {}))


def rules_of_quick_wins(rules: QuickWinRules) -> quick_wins.QuickWinRules:
    """Return what is asked of all quick wins of a region together, as the rules take it."""
    return quick_wins.QuickWinRules(
        at_least=rules.at_least,
        at_most=rules.at_most,
        dimensions=tuple(rules.dimensions),
        different_dimensions=rules.different_dimensions,
    )


def method_of(stored: Any) -> Method:
    """Read a method back from a cohort or a run."""
    return Method.model_validate_json(to_json(stored))


def to_domain(method: Method) -> methods.Method:
    """Return the method as the selection engine takes it."""
    return methods.Method(
        eligibility=methods.Eligibility(
            kinds=tuple(method.eligibility.kinds),
            exclude_earlier_cohorts=method.eligibility.exclude_earlier_cohorts,
            requires_own_budget=method.eligibility.requires_own_budget,
            nominated_only=method.eligibility.nominated_only,
        ),
        criteria=tuple(
            methods.Criterion(
                code=criterion.code,
                indicator=criterion.indicator,
                direction=criterion.direction,
                weight=criterion.weight,
                normalisation=criterion.normalisation,
                year=criterion.year,
                latest_up_to=criterion.latest_up_to,
                assessment=criterion.assessment,
                bands=tuple(methods.Band(band.lower, band.score) for band in criterion.bands),
            )
            for criterion in method.criteria
        ),
        missing=method.missing,
        tie_breakers=tuple(methods.TieBreaker(t.by, t.criterion, t.direction) for t in method.tie_breakers),
        equity=tuple(methods.EquityRule(r.scope, r.bound, r.seats, r.group) for r in method.equity),
        sensitivity=None
        if method.sensitivity is None
        else methods.Sensitivity(method.sensitivity.draws, method.sensitivity.seed, method.sensitivity.spread),
    )


async def known_codes(session: AsyncSession, stage: str) -> Known:
    """Return the codes that the method of a stage may name."""
    regions = (await session.execute(select(Region.code, Region.island_group, Region.kind))).all()
    return Known(
        indicators=set(await session.scalars(select(Indicator.code))),
        island_groups={region.island_group for region in regions},
        provinces={region.code for region in regions if region.kind == "province"},
        assessments={methods.TOTAL, *await in_force(session, "readiness-criteria")} if stage == "final" else (),
    )


async def _check_methods(session: AsyncSession, asked: Methods, stored: Mapping[str, Any] | None = None) -> None:
    """Raise `Invalid` for a method that makes no sense; what is stored already made sense when it came."""
    for stage, method in (("shortlist", asked.shortlist), ("final", asked.final)):
        before = (stored or {}).get(stage)
        if method is None or (before is not None and method_of(before) == method):
            continue
        if faults := method_problems.problems(to_domain(method), await known_codes(session, stage)):
            raise refuse(faults, f"/methods/{stage}")


async def _check_quick_win_rules(session: AsyncSession, rules: QuickWinRules) -> None:
    if faults := quick_wins.rules_problems(rules_of_quick_wins(rules), await in_force(session, "dimensions")):
        raise refuse(faults, "/quick_win_rules")


async def _check_frozen(session: AsyncSession, code: str, stored: Mapping[str, Any], asked: Methods) -> None:
    # We hold the lock that publishing takes, so no run can become public between this look and our commit.
    for stage in await published_stages(session, code):
        before = stored.get(stage)
        if getattr(asked, stage) != (None if before is None else method_of(before)):
            raise MethodFrozen(stage=stage)


def _check_quotas_given(quota: int, candidate_quota: int) -> None:
    if candidate_quota < quota:
        message = Text(
            en="Invite at least as many candidates as will be chosen.",
            id="Undang kandidat setidaknya sebanyak yang akan dipilih.",
        )
        raise Invalid(errors=[FieldError(pointer="/candidate_quota", code="out_of_range", message=message)])


def _check_calendar(calendar: list[dict[str, Any]]) -> None:
    message = Text(en="The end is not before the start.", id="Akhir tidak mendahului awal.")
    errors = [
        FieldError(pointer=f"/calendar/{index}/ends_on", code="out_of_range", message=message)
        for index, window in enumerate(calendar)
        if str(window["ends_on"]) < str(window["starts_on"])
    ]
    if errors:
        raise Invalid(errors=errors)
