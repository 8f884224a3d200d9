"""Standing findings on a region: what later evaluations hold against it until it is mended."""

from collections.abc import Mapping

from app.domain.reasons import Reason, reason

# From the mentoring on a region owes a regulation that enacts its plan. Why there is none yet, its candidacy says.
_UNREGULATED: Mapping[str, str] = {
    "mentoring": "plan_not_submitted",
    "plan_submitted": "plan_under_review",
    "plan_accepted": "plan_not_enacted",
    "enacted": "regulation_not_recorded",
    "implementing": "regulation_not_recorded",
}


def missing_regulation(candidacy_state: str) -> Reason | None:
    """Tell why no regulation has enacted a plan; None where none is owed, yet or any more."""
    code = _UNREGULATED.get(candidacy_state)
    return None if code is None else reason(code)
