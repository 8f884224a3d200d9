"""What a plan needs beside its content: four workshops before it is submitted, a regulation to enact it.

A regent makes regulations for a regency, a mayor for a city; a regional regulation takes the council as well and is
made in both.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.reasons import Problem, problem

WORKSHOPS = range(1, 5)
# By the kind of the region.
REGULATIONS: Mapping[str, tuple[str, ...]] = {
    "regency": ("regent_regulation", "regional_regulation"),
    "city": ("mayor_regulation", "regional_regulation"),
}


@dataclass(frozen=True, slots=True)
class Regulation:
    """What the region enacted its plan by."""

    kind: str
    year: int
    date: date


def workshop_gaps(closed: Collection[int] | None) -> tuple[Problem, ...]:
    """Find the workshops still to be closed before a plan is submitted, at `/workshops/{number}`; None: no mentors."""
    if closed is None:
        return (problem("/workshops", "not_mentored"),)
    return tuple(
        problem(f"/workshops/{number}", "workshop_open", number=number) for number in WORKSHOPS if number not in closed
    )


def regulation_problems(
    regulation: Regulation,
    region_kind: str,
    today: date,
    *,
    signed: date | None = None,
    revised: date | None = None,
    at: str = "/regulation",
) -> Iterator[Problem]:
    """Find why a region of this kind cannot have enacted a plan so, at `{at}/...`.

    `today` is the region's own day, `signed` that of its memorandum, without which nobody mentors a plan, and `revised`
    that of the regulation by which the revised plan was enacted.
    """
    kinds = REGULATIONS.get(region_kind, ("regional_regulation",))
    if regulation.kind not in kinds:
        yield problem(f"{at}/kind", "regulation_kind", kinds=kinds)
    if regulation.year != regulation.date.year:
        yield problem(f"{at}/year", "regulation_year", year=regulation.date.year)
    if regulation.date > today:
        yield problem(f"{at}/date", "regulation_ahead", today=today.isoformat())
    elif revised is not None and regulation.date < revised:
        yield problem(f"{at}/date", "regulation_before", day=revised.isoformat())
    elif signed is not None and regulation.date < signed:
        yield problem(f"{at}/date", "regulation_before_memorandum", day=signed.isoformat())
