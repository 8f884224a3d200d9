"""Commitments: the head of a region signs for the whole of it, an agency for itself, and neither ahead of time."""

from datetime import date

from app.domain.reasons import Problem, problem


def signatory_problems(signatory: str, agency: str | None) -> tuple[Problem, ...]:
    """Find an agency that is missing, or named beside the head of region, at `/agency`."""
    if signatory == "agency" and agency is None:
        return (problem("/agency", "agency_missing"),)
    if signatory != "agency" and agency is not None:
        return (problem("/agency", "agency_of_head"),)
    return ()


def signing_gaps(signed_on: date | None, *, document: bool, today: date) -> tuple[Problem, ...]:
    """Find what a commitment lacks before it counts as signed, at `/signed_on` and `/document`.

    `document` tells whether there is one; `today` is the region's own day.
    """
    gaps = []
    if signed_on is None:
        gaps.append(problem("/signed_on", "signing_day_missing"))
    elif signed_on > today:
        gaps.append(problem("/signed_on", "signing_ahead", day=today.isoformat()))
    if not document:
        gaps.append(problem("/document", "signed_document_missing"))
    return tuple(gaps)
