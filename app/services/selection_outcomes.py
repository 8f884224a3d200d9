"""The outcome of a selection run as it is stored and shown: names of columns, and figures cut to their last place."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from app.domain import exact
from app.domain.equity import Seating
from app.domain.selection import Outcome, Result
from app.kernel.writing import new_id


def row(run_id: UUID, position: int, result: Result) -> dict[str, Any]:
    """Return the columns of one result; `position` counts from 1."""
    why = result.reasons[0]
    stability = result.stability
    return {
        "id": new_id(),
        "run_id": run_id,
        "region_code": result.region,
        "position": position,
        "rank": result.rank,
        "score": _shown(result.score),
        "decision": result.decision,
        "merit_decision": result.merit_decision,
        "reason": why.code,
        "reason_en": " ".join(reason.text_en for reason in result.reasons),
        "reason_id": " ".join(reason.text_id for reason in result.reasons),
        "criteria": [
            {
                "criterion": part.criterion,
                "indicator": part.value.indicator if part.value else None,
                "assessment": part.value.assessment if part.value else None,
                "raw": _raw(part.value.value) if part.value else None,
                "year": part.value.year if part.value else None,
                "source": part.value.source if part.value else None,
                "quality": part.value.quality if part.value else None,
                "normalised": _shown(part.normalised),
                "weight": _shown(part.weight),
                "contribution": _shown(part.contribution),
            }
            for part in result.contributions
        ],
        "stability": None
        if stability is None
        else {"share": _shown(stability.share), "rank_p5": stability.rank_low, "rank_p95": stability.rank_high},
    }


def summary(outcome: Outcome, served: Mapping[str, AbstractSet[str]]) -> dict[str, Any]:
    """Return what the run did in numbers of regions, what its equity rules cost, and the priorities it covers.

    `served` are the regions that serve each national priority.
    """
    totals = outcome.totals
    assessed = {result.region for result in outcome.results}
    return {
        "regions": totals.regions,
        "eligible": totals.eligible,
        "ranked": totals.ranked,
        "chosen": totals.chosen,
        "reserve": totals.reserve,
        "equity": _equity(outcome.equity),
        "priorities": [
            {"code": code, "assessed": len(regions & assessed), "chosen": len(regions & outcome.equity.chosen)}
            for code, regions in served.items()
        ],
    }


def _equity(seating: Seating) -> dict[str, Any]:
    return {
        "merit_total": _shown(seating.merit_total),
        "chosen_total": _shown(seating.total),
        "cost": _shown(seating.cost),
        "moves": [
            {"region_code": move.region, "direction": move.direction, "rules": [f"/equity/{i}" for i in move.rules]}
            for move in seating.moves
        ],
        "rules": [
            {
                "pointer": f"/equity/{effect.index}",
                "scope": effect.rule.scope,
                "bound": effect.rule.bound,
                "seats": effect.rule.seats,
                "group": effect.rule.group,
                "binding": effect.binding,
                "cost": _shown(effect.cost),
                "groups": [
                    {"group": group.group, "merit": group.merit, "chosen": group.chosen} for group in effect.groups
                ],
            }
            for effect in seating.effects
        ],
    }


def _raw(value: Decimal | Fraction) -> Decimal:
    """Show an indicator's value as it was reported; a score, which may have no decimal, like every other figure."""
    return value if isinstance(value, Decimal) else exact.shown(exact.to_decimal(value))


def _shown(value: Decimal | None) -> Decimal | None:
    return None if value is None else exact.shown(value)
