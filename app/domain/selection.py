"""A selection run from end to end: rank, seat under the equity rules, shake the weights, and say why for every region.

Same inputs, same outcome, to the byte: the inputs are put in one canonical form whose SHA-256 is the run's digest, and
nothing here depends on the order they came in, on a clock or on chance.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from app.domain.equity import Seating, describe, seat
from app.domain.exact import plain
from app.domain.facts import Region, Value
from app.domain.method_problems import problems
from app.domain.methods import LATER, Known, Method, MethodRefused
from app.domain.ranking import Contribution, Ranking, Standing, rank
from app.domain.reasons import Reason, reason

if TYPE_CHECKING:
    from app.domain.sensitivity import Stability

Decision = Literal["in", "reserve", "out"]


@dataclass(frozen=True, slots=True)
class Result:
    """What the run says of one region; a region that could not be ranked has no rank and no score, and is out.

    `merit_decision` is the decision by rank alone, before equity. `reasons` begins with why it is in or not,
    and tells of a score that another has too; for a region without a rank it has every obstacle.
    """

    region: str
    rank: int | None
    score: Decimal | None
    decision: Decision
    merit_decision: Decision
    reasons: tuple[Reason, ...]
    contributions: tuple[Contribution, ...]
    stability: "Stability | None"


@dataclass(frozen=True, slots=True)
class Totals:
    """How many regions there were at each step; `chosen` may be below the seats when too few regions are ranked."""

    regions: int
    eligible: int
    ranked: int
    seats: int
    chosen: int
    reserve: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole run. `results`: by rank, then the unranked by code. `inputs`: the canonical document under `digest`."""

    results: tuple[Result, ...]
    equity: Seating
    totals: Totals
    inputs: Mapping[str, Any]
    digest: str


def select(
    method: Method, regions: Iterable[Region], values: Iterable[Value], *, seats: int, reserves: int = 0
) -> Outcome:
    """Carry out the method: `seats` (1 or more) go to the chosen regions, the next `reserves` by rank stay in reserve.

    Raises MethodRefused when the method makes no sense, when a criterion has no value for any eligible region, or when
    the equity rules cannot hold together; ValueError for impossible arguments.
    """
    if seats < 1 or reserves < 0:
        raise ValueError("seats are 1 or more, reserves 0 or more")
    regions = tuple(sorted(regions, key=lambda region: region.code))
    # That there is what the method names is the caller's to know: of a group there may be no region among these.
    named = {rule.group for rule in method.equity if rule.group is not None}
    known = Known(
        indicators={criterion.indicator for criterion in method.criteria if criterion.indicator is not None},
        island_groups=named,
        provinces=named,
        assessments={criterion.assessment for criterion in method.criteria if criterion.assessment is not None},
    )
    if faults := problems(method, known):
        raise MethodRefused(faults)
    ranking = rank(method, regions, values)
    seating = seat(ranking, method.equity, seats)
    inputs = document(
        {"method": method, "regions": regions, "values": ranking.used, "seats": seats, "reserves": reserves}
    )
    results = _results(method, ranking, seating, seats, reserves)
    return Outcome(
        results=results,
        equity=seating,
        totals=Totals(
            regions=len(regions),
            eligible=len(ranking.standings) + sum(other.eligible for other in ranking.unranked),
            ranked=len(ranking.standings),
            seats=seats,
            chosen=len(seating.chosen),
            reserve=sum(result.decision == "reserve" for result in results),
        ),
        inputs=inputs,
        digest=digest(inputs),
    )


def document(value: object) -> Any:
    """Turn values of the engine into plain JSON data: records to objects, sets to sorted lists, numbers to strings.

    A field that came `LATER` is left out while it is None.
    """
    if is_dataclass(value):
        members = {field: getattr(value, field.name) for field in fields(value)}
        return {
            field.name: document(member)
            for field, member in members.items()
            if not (field.metadata == LATER and member is None)
        }
    if isinstance(value, Decimal | Fraction):
        return plain(value)
    if isinstance(value, Mapping):
        return {str(key): document(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple | list):
        return [document(item) for item in value]
    return value


def digest(inputs: Mapping[str, Any]) -> str:
    """Hash plain JSON data: SHA-256, in hexadecimal, of its `canonical` text in UTF-8."""
    return sha256(canonical(inputs).encode()).hexdigest()


def canonical(inputs: Mapping[str, Any]) -> str:
    """Write plain JSON data in the one form that is hashed: sorted keys, no idle space."""
    return json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _results(method: Method, ranking: Ranking, seating: Seating, seats: int, reserves: int) -> tuple[Result, ...]:
    shaken = None
    if method.sensitivity:
        from app.domain.sensitivity import stability  # noqa: PLC0415 - NumPy, a sixth of every start, serves this alone

        shaken = stability(method, ranking.standings, seats)
    moves = {move.region: move for move in seating.moves}
    results = []
    waiting = 0
    for place, standing in enumerate(ranking.standings):
        code = standing.region.code
        seated = code in seating.chosen
        waiting += not seated
        decision = "in" if seated else _waits(waiting, reserves)
        merit = "in" if code in seating.merit else _waits(standing.rank - len(seating.merit), reserves)
        if code in moves:
            words = describe([method.equity[i] for i in moves[code].rules])
            side = f"equity_{moves[code].direction}"
            why = reason(side, words, rank=standing.rank, seats=seats, rules=moves[code].rules)
        else:
            why = _merit_reason(standing, decision, waiting, seats)
        results.append(
            Result(
                region=code,
                rank=standing.rank,
                score=standing.score,
                decision=decision,
                merit_decision=merit,
                reasons=(why,) if standing.tie is None else (why, standing.tie),
                contributions=standing.contributions,
                stability=shaken[place] if shaken else None,
            )
        )
    unranked = (
        Result(other.region.code, None, None, "out", "out", other.reasons, other.contributions, None)
        for other in ranking.unranked
    )
    return (*results, *unranked)


def _waits(place: int, reserves: int) -> Literal["reserve", "out"]:
    return "reserve" if place <= reserves else "out"


def _merit_reason(standing: Standing, decision: Decision, place: int, seats: int) -> Reason:
    if decision == "in":
        return reason("merit", rank=standing.rank, seats=seats)
    if decision == "reserve":
        return reason("reserve", rank=standing.rank, seats=seats, place=place)
    return reason("below_line", rank=standing.rank, seats=seats)
