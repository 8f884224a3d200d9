"""What a revision takes over from the plan in force: its initiatives, as far as they make sense in other years.

A revision covers years of its own, and catalogues and the region's profile have moved on. What does not fit any more is
left open and not guessed, so that nothing is refused which nobody can change any more; what is then missing is told
before the revision is submitted. The benefit comes first here too: where it is not clear any more, the technology goes.
"""

from collections.abc import Collection
from dataclasses import replace

from app.domain.benefit import Measure, benefit_is_clear
from app.domain.plans import Horizon, Initiative, Known


def carried_over(initiative: Initiative, horizon: Horizon, known: Known) -> Initiative:
    """Return the initiative with all that the horizon and the codes of today allow; it has no problems."""
    years = horizon.years
    subs: Collection[str | None] = known.dimensions.get(initiative.dimension or "", ())
    runs = _running(initiative, years)
    kept = replace(
        initiative,
        measure=_measure(initiative.measure, years),
        dimension=initiative.dimension if initiative.dimension in known.dimensions else None,
        sub_dimension=initiative.sub_dimension if initiative.sub_dimension in subs else None,
        first_year=_end(initiative.first_year, runs, 0),
        last_year=_end(initiative.last_year, runs, -1),
        budget=tuple(line for line in initiative.budget if line.year in runs and line.source in known.sources),
        problems=_known(initiative.problems, known.problems),
        potentials=_known(initiative.potentials, known.potentials),
        priorities=_known(initiative.priorities, known.priorities),
    )
    return kept if benefit_is_clear(kept, years) else replace(kept, technology=None)


def _running(initiative: Initiative, years: range) -> range:
    """Return the years of the horizon in which it runs, as far as its own are told."""
    first = years[0] if initiative.first_year is None else max(initiative.first_year, years[0])
    last = years[-1] if initiative.last_year is None else min(initiative.last_year, years[-1])
    return range(first, last + 1)


def _end(told: int | None, runs: range, at: int) -> int | None:
    return runs[at] if told is not None and runs else None


def _measure(measure: Measure, years: range) -> Measure:
    return measure if measure.year in years else replace(measure, year=None)


def _known(codes: tuple[str, ...], known: Collection[str]) -> tuple[str, ...]:
    return tuple(code for code in codes if code in known)
