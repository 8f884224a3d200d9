"""What mentoring, plans and quick wins came to, for the report: plain counts, and what the rules make of the rest."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

from app.domain.exact import to_decimal
from app.domain.findings import missing_regulation
from app.domain.lifecycles import MASTER_PLAN, MENTORSHIP, QUICK_WIN
from app.domain.plan_completeness import completeness
from app.domain.plan_figures import budget
from app.domain.quick_win_progress import State
from app.domain.states import Lifecycle
from app.schemas.quick_win_standings import QuickWinCourse
from app.services.plan_contents import plan_in
from app.services.plan_templates import to_domain
from app.services.quick_win_standings import standing_on


def mentoring(found: Mapping[str, Any]) -> dict[str, Any]:
    """Complete the counts of mentorships, workshops and commitments."""
    return {**found, "mentorships": _counts(MENTORSHIP, found["mentorships"])}


def plans(found: Mapping[str, Any]) -> dict[str, Any]:
    """Tell how complete the plans are that were handed in, what the chosen regions' cost, and who owes a regulation."""
    templates = {template["id"]: to_domain(template["books"]) for template in found["templates"]}
    submitted = [(one["counts"], templates[one["template"]], plan_in(one["document"])) for one in found["submitted"]]
    shares = [Fraction(completeness(template, plan).share) for _, template, plan in submitted]
    by_source = Counter[str]()
    for counts, _, plan in submitted:
        if counts:
            by_source.update({line.source: line.amount for line in budget(plan).by_source})
    return {
        "plans": _counts(MASTER_PLAN, found["states"]),
        "enacted": found["enacted"],
        "missing_regulations": [
            {**region, "reason": asdict(why)}
            for region in found["without"]
            if (why := missing_regulation(region["state"])) is not None
        ],
        "completeness": _mean(shares),
        "budget": {
            "total": by_source.total(),
            "by_source": [{"source": source, "amount": amount} for source, amount in sorted(by_source.items())],
        },
    }


def quick_wins(found: Mapping[str, Any], on: date | None, moment: datetime) -> dict[str, Any]:
    """Tell how the approved quick wins stand on a day, or today where each of them is."""
    courses = [QuickWinCourse.model_validate(one) for one in found["approved"]]
    stood = ((one, standing_on(one, on, found["rules"], moment).state) for one in courses)
    judged = [(one, state) for one, state in stood if state is not None]
    stands = Counter[str](state for _, state in judged)
    closed = stands["achieved"] + stands["missed"]
    return {
        "on": on,
        "quick_wins": _counts(QUICK_WIN, found["states"]),
        "standings": [{"state": state, "count": stands[state]} for state in get_args(State)],
        "dimensions": [_dimension(one, judged) for one in found["dimensions"]],
        "achieved_share": _mean([Fraction(stands["achieved"], closed)] if closed else []),
    }


def _counts(lifecycle: Lifecycle, counted: Mapping[str, int] | None) -> list[dict[str, Any]]:
    return [{"state": state, "count": (counted or {}).get(state, 0)} for state in lifecycle.states]


def _mean(shares: list[Fraction]) -> Decimal | None:
    return to_decimal(sum(shares, Fraction(0)) / len(shares)) if shares else None


def _dimension(dimension: Mapping[str, Any], judged: Iterable[tuple[QuickWinCourse, str]]) -> dict[str, Any]:
    mine = [(one.region_code, state) for one, state in judged if one.dimension == dimension["dimension"]]
    return {
        **dimension,
        "quick_wins": len(mine),
        "regions": len({region for region, _ in mine}),
        "achieved": sum(state == "achieved" for _, state in mine),
    }
