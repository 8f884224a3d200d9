"""What a published choice does to the candidacies, and when a final choice may be made again.

It is published once, unless an upheld objection leads to a new scorecard: then it is made again among the same regions,
for as long as none of them has signed. The one before is discarded then, and stays in everyone's sight.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import CANDIDACY, CHOSEN, DECIDABLE, OBJECTION
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Incomplete
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.objections import Objection
from app.models.selection_runs import SelectionResult, SelectionRun, StageAlreadyPublished
from app.services import selection_facts
from app.services.assessments import FORM_IN
from app.services.candidacies import move, nominate, require_candidacies, unable_to_stand
from app.services.judging import FINAL

_UNFINISHED = Text(
    en="The form of this region is in, but not assessed. Finish its assessment, or return the form, and record a new "
    "run.",
    id="Formulir daerah ini sudah masuk, tetapi belum selesai dinilai. Selesaikan penilaiannya, atau kembalikan "
    "formulirnya, lalu rekam proses seleksi yang baru.",
)
_OBJECTING = Text(
    en="An objection of this region waits. Decide it, and record a new run.",
    id="Sanggahan daerah ini belum diputus. Putuskan dahulu, lalu rekam proses seleksi yang baru.",
)


class RunOutdated(Conflict):
    """The candidacies, their scorecards, or the cohort's quota or method are not those that the run decided on."""

    code = "run_outdated"
    title = Text(en="Run outdated", id="Proses seleksi kedaluwarsa")
    help = Text(
        en="Candidacies or scorecards changed since this run (see `region_codes`), or the cohort's quota or method is "
        "another. Record a new run, and publish that.",
        id="Pencalonan atau kartu skor berubah sejak proses ini (lihat `region_codes`), atau kuota atau metode tahap "
        "berbeda. Rekam dan terbitkan yang baru.",
    )


async def in_force(session: AsyncSession, cohort: Cohort, stage: str) -> SelectionRun | None:
    """Return the published final choice that may be made again; None where none is published yet.

    Raises `StageAlreadyPublished` while the scorecards are those that it read, and `CandidacyNotReady`, pointing at
    each, once regions have signed: what is signed is not taken back. Of a shortlist that is published the database
    says so.
    """
    if stage != "final":
        return None
    run = await session.scalar(select(SelectionRun).filter_by(cohort_code=cohort.code, stage=stage, state="published"))
    if run is None:
        return None
    if not await selection_facts.rescored(session, cohort, run):
        raise StageAlreadyPublished
    chosen = select(Candidacy).where(Candidacy.cohort_code == cohort.code, Candidacy.state.in_(CHOSEN))
    rows = await session.scalars(chosen.order_by(Candidacy.region_code))
    require_candidacies(((f"/candidacies/{row.region_code}", row) for row in rows), *DECIDABLE)
    return run


async def apply(session: AsyncSession, cohort: Cohort, run: SelectionRun, reason: str, actor: str) -> None:
    """Move the candidacies as the run decided; a shortlist nominates those it chose who were not."""
    decided = dict(
        (
            await session.execute(
                select(SelectionResult.region_code, SelectionResult.decision).where(SelectionResult.run_id == run.id)
            )
        ).all()
    )
    standing = {
        row.region_code: row
        for row in await session.scalars(
            select(Candidacy).where(Candidacy.cohort_code == cohort.code).order_by(Candidacy.id).with_for_update()
        )
    }
    if run.stage == "shortlist":
        chosen = sorted(code for code, decision in decided.items() if decision == "in")
        withdrawn = {code for code in chosen if code in standing and standing[code].state == "withdrawn"}
        _require_unchanged(withdrawn | await unable_to_stand(session, chosen))
        new = [code for code in chosen if code not in standing]
        standing |= {row.region_code: row for row in await nominate(session, cohort, new, reason=reason, actor=actor)}
        rows = [standing[code] for code in chosen if standing[code].state == CANDIDACY.initial]
        await move(session, cohort, rows, "invited", reason=reason, actor=actor)
        return
    await _require_nothing_waits(session, cohort, standing)
    moved = decided.keys() ^ {code for code, row in standing.items() if row.state in DECIDABLE}
    _require_unchanged(moved | await selection_facts.rescored(session, cohort, run))
    # Where it is decided again, who loses a seat gives it back before another takes it.
    for decision, to in (("out", "not_selected"), ("reserve", "reserve"), ("in", "selected")):
        rows = [standing[code] for code in sorted(decided) if decided[code] == decision and standing[code].state != to]
        await move(session, cohort, rows, to, reason=reason, actor=actor)


async def _require_nothing_waits(session: AsyncSession, cohort: Cohort, standing: Mapping[str, Candidacy]) -> None:
    """Nobody who handed in a form, or objected, in time may find the choice made without it."""
    mine = select(Candidacy.region_code).join(Assessment).where(Candidacy.cohort_code == cohort.code)
    decidable = mine.where(Candidacy.state.in_(DECIDABLE))
    unfinished = {code for code, row in standing.items() if row.state == FORM_IN}
    unfinished |= set(await session.scalars(decidable.where(Assessment.state != FINAL)))
    objecting = set(await session.scalars(decidable.join(Objection).where(Objection.state == OBJECTION.initial)))
    waits = [(code, "assessment_unfinished", _UNFINISHED) for code in unfinished]
    waits += [(code, "objection_waiting", _OBJECTING) for code in objecting]
    if waits:
        raise Incomplete(
            errors=[
                FieldError(pointer=f"/candidacies/{code}", code=what, message=message)
                for code, what, message in sorted(waits, key=lambda wait: wait[:2])
            ]
        )


def _require_unchanged(moved: AbstractSet[str]) -> None:
    if moved:
        raise RunOutdated(region_codes=sorted(moved))
