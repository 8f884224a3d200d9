"""What a published choice does to the candidacies, and when a final choice may be made again.

It is published once, unless an upheld objection leads to a new scorecard: then it is made again among the same regions,
for as long as none of them has signed. The one before is discarded then, and stays in everyone's sight.
"""

from collections.abc import Sequence
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
from app.services.candidacies import faults_of, move, nominate, require_candidacies, unable_to_stand
from app.services.cohorts import final_choice
from app.services.judging import FINAL

_UNFINISHED = Text(
    en="The form of this region is in, but not assessed. Finish its assessment, or return the form, and record a new "
    "run.",
    id="Formulir daerah ini sudah masuk, tetapi belum selesai dinilai. Selesaikan penilaiannya, atau kembalikan "
    "formulirnya, lalu rekam proses seleksi yang baru.",
)
_OBJECTING = Text(
    en="An objection of this region waits. Decide it; where that leads to a new scorecard, record a new run.",
    id="Sanggahan daerah ini belum diputus. Putuskan dahulu; bila kartu skornya berubah, rekam proses seleksi baru.",
)
_OUTDATED = Text(
    en="This region has a new scorecard since the choice. Record another final run, and let another person publish it.",
    id="Daerah ini punya kartu skor baru sejak pilihan itu. Rekam proses seleksi akhir yang lain, lalu minta orang "
    "kedua menerbitkannya.",
)
_SIGNED = tuple(state for state in CHOSEN if state not in DECIDABLE)


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


class ChoiceUnsettled(Conflict):
    """An objection may still change the final choice, so nobody signs on it."""

    code = "choice_unsettled"
    title = Text(en="Choice unsettled", id="Pilihan belum tetap")
    help = Text(
        en="An objection may still change the final choice, and the first signature makes it stand. See to what "
        "`errors` names, then sign.",
        id="Sanggahan masih dapat mengubah pilihan akhir, dan tanda tangan pertama membuatnya tetap. Selesaikan yang "
        "disebut di `errors`, lalu tanda tangani.",
    )


async def superseded(session: AsyncSession, cohort: Cohort, stage: str) -> SelectionRun | None:
    """Return the published final choice whose place another takes; None where none is published yet.

    Raises `StageAlreadyPublished` while the scorecards are those that it read, and `CandidacyNotReady`, pointing at
    each, once regions have signed: what is signed is not taken back. Of a shortlist that is published the database
    says so.
    """
    if stage != "final":
        return None
    run = await final_choice(session, cohort.code)
    if run is None:
        return None
    if not await selection_facts.rescored(session, cohort, run):
        raise StageAlreadyPublished
    signed = await _signed(session, cohort)
    require_candidacies(((f"/candidacies/{row.region_code}", row) for row in signed), *DECIDABLE)
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
    if waiting := await _waiting(session, cohort):
        raise Incomplete(errors=waiting)
    moved = decided.keys() ^ {code for code, row in standing.items() if row.state in DECIDABLE}
    _require_unchanged(moved | await selection_facts.rescored(session, cohort, run))
    # Where it is decided again, who loses a seat gives it back before another takes it.
    for decision, to in (("out", "not_selected"), ("reserve", "reserve"), ("in", "selected")):
        rows = [standing[code] for code in sorted(decided) if decided[code] == decision and standing[code].state != to]
        await move(session, cohort, rows, to, reason=reason, actor=actor)


async def require_settled(session: AsyncSession, cohort: Cohort) -> None:
    """Raise `ChoiceUnsettled` while an objection may still change the choice of a locked cohort.

    Nobody signs first before that: with the first signature the choice stands. From then on this never raises.
    """
    if await _signed(session, cohort):
        return
    run = await final_choice(session, cohort.code)
    rescored = set() if run is None else await selection_facts.rescored(session, cohort, run)
    if faults := [*await _waiting(session, cohort), *faults_of(rescored, "choice_outdated", _OUTDATED)]:
        raise ChoiceUnsettled(errors=faults)


async def _signed(session: AsyncSession, cohort: Cohort) -> Sequence[Candidacy]:
    """Return the candidacies with a memorandum signed, or further."""
    mine = select(Candidacy).where(Candidacy.cohort_code == cohort.code, Candidacy.state.in_(_SIGNED))
    return (await session.scalars(mine.order_by(Candidacy.region_code))).all()


async def _waiting(session: AsyncSession, cohort: Cohort) -> list[FieldError]:
    """Point at everybody who handed in a form, or objected, in time and waits for what comes of it."""
    mine = select(Candidacy.region_code).where(Candidacy.cohort_code == cohort.code)
    decidable = mine.join(Assessment).where(Candidacy.state.in_(DECIDABLE))
    unfinished = {*await session.scalars(mine.where(Candidacy.state == FORM_IN))}
    unfinished |= {*await session.scalars(decidable.where(Assessment.state != FINAL))}
    objecting = {*await session.scalars(decidable.join(Objection).where(Objection.state == OBJECTION.initial))}
    return [
        *faults_of(unfinished, "assessment_unfinished", _UNFINISHED),
        *faults_of(objecting, "objection_waiting", _OBJECTING),
    ]


def _require_unchanged(moved: AbstractSet[str]) -> None:
    if moved:
        raise RunOutdated(region_codes=sorted(moved))
