"""The four workshops of a mentorship, each a gate: in which order they are held, and what each must have brought.

Some of what a workshop must bring is a document, the rest follows from what the region itself has on record: its quick
wins and its commitments. All of it is an output with a code, so a JSON pointer names it whether it is there or not.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.domain.quick_wins import QuickWin, QuickWinRules, set_problems
from app.domain.reasons import OUTPUTS, Problem, problem, reason

# The documents that each workshop brings, and what else it must find on record.
DOCUMENTS: Mapping[int, tuple[str, ...]] = {
    1: ("readiness_analysis", "gap_analysis", "swot_analysis"),
    2: ("book_1_review", "action_plan"),
    3: ("road_map",),
    4: (),
}
DERIVED: Mapping[int, tuple[str, ...]] = {
    3: ("quick_win_candidates",),
    4: ("signed_commitments", "final_quick_wins"),
}
# Who signs: both are needed, of the agencies at least one.
SIGNATORIES: Mapping[str, str] = {
    "region_head": "head_commitment_missing",
    "agency": "agency_commitment_missing",
}


@dataclass(frozen=True, slots=True)
class Promised:
    """A quick win of the region that was not cancelled, and its state."""

    state: str
    quick_win: QuickWin


@dataclass(frozen=True, slots=True)
class Brought:
    """What is there when a workshop is to close: its documents by code, how many sessions, and what is on record.

    `signatories` are the kinds of those whose commitments are signed.
    """

    documents: Collection[str] = ()
    sessions: int = 0
    signatories: Collection[str] = ()
    quick_wins: Sequence[Promised] = ()
    rules: QuickWinRules = field(default_factory=QuickWinRules)


@dataclass(frozen=True, slots=True)
class Session:
    """One session: `place` is None online; `attendance` are agency and role of each line."""

    date: date
    mode: str
    place: str | None = None
    attendance: Sequence[tuple[str, str]] = ()


def opening_gaps(number: int, closed: Collection[int]) -> tuple[Problem, ...]:
    """Find what keeps a workshop from opening, at `/number`; `closed` are those of its mentorship that are closed."""
    before = number - 1
    return () if before == 0 or before in closed else (problem("/number", "workshop_before_open", before=before),)


def workshop_gaps(number: int, brought: Brought) -> tuple[Problem, ...]:
    """Find what a workshop lacks before it can close, at `/sessions` and `/outputs/{code}`."""
    return tuple(_gaps(number, brought))


def derived_gaps(number: int, brought: Brought) -> tuple[Problem, ...]:
    """Find what the region lacks on record for a workshop, at `/outputs/{code}`; after it closed some may be gone."""
    return tuple(_derived(DERIVED.get(number, ()), brought))


def output_problems(number: int, codes: Iterable[str]) -> tuple[Problem, ...]:
    """Find which outputs are not documents that this workshop brings, at `/outputs/{code}`."""
    return tuple(_foreign(number, codes))


def session_problems(session: Session, first_day: date, last_day: date, *, today: date) -> tuple[Problem, ...]:
    """Find what makes no sense in a session, at `/date`, `/place` and `/attendance/{index}`.

    It is held between the first and the last day of the mentorship and recorded afterwards, by the region's own day.
    """
    return tuple(_session(session, first_day, last_day, today))


def _gaps(number: int, brought: Brought) -> Iterator[Problem]:
    if not brought.sessions:
        yield problem("/sessions", "session_missing")
    for code in DOCUMENTS[number]:
        if code not in brought.documents:
            yield Problem(f"/outputs/{code}", reason("output_missing", OUTPUTS[code]))
    yield from derived_gaps(number, brought)


def _derived(derived: Collection[str], brought: Brought) -> Iterator[Problem]:
    if "quick_win_candidates" in derived and not brought.quick_wins:
        yield problem("/outputs/quick_win_candidates", "candidates_missing")
    if "signed_commitments" in derived:
        for signatory, code in SIGNATORIES.items():
            if signatory not in brought.signatories:
                yield problem("/outputs/signed_commitments", code)
    if "final_quick_wins" in derived:
        yield from _final(brought, "/outputs/final_quick_wins")


def _final(brought: Brought, at: str) -> Iterator[Problem]:
    """Quick wins are final when none is only proposed and together they are what the cohort asks for."""
    if not brought.quick_wins:
        yield problem(at, "candidates_missing")
    for promised in brought.quick_wins:
        if promised.state == "proposed":
            yield problem(at, "quick_win_not_final", title=promised.quick_win.title)
    for owed in set_problems(brought.rules, (promised.quick_win for promised in brought.quick_wins)):
        yield Problem(at, owed.reason)


def _foreign(number: int, codes: Iterable[str]) -> Iterator[Problem]:
    brought_by = {code: workshop for workshop, documents in DOCUMENTS.items() for code in documents}
    derived = {code for outputs in DERIVED.values() for code in outputs}
    for code in codes:
        at = f"/outputs/{code}"
        if code in derived:
            yield problem(at, "output_derived")
        elif code not in brought_by:
            yield problem(at, "unknown_output")
        elif brought_by[code] != number:
            yield problem(at, "output_elsewhere", number=brought_by[code])


def _session(session: Session, first_day: date, last_day: date, today: date) -> Iterator[Problem]:
    if not first_day <= session.date <= last_day:
        yield problem("/date", "session_outside", first_day=first_day.isoformat(), last_day=last_day.isoformat())
    if session.date > today:
        yield problem("/date", "session_ahead", day=today.isoformat())
    if session.mode == "on_site" and session.place is None:
        yield problem("/place", "place_missing")
    if session.mode == "online" and session.place is not None:
        yield problem("/place", "place_online")
    seen = set()
    for index, (agency, role) in enumerate(session.attendance):
        line = (agency.casefold(), role.casefold())
        if line in seen:
            yield problem(f"/attendance/{index}", "attendance_twice", agency=agency, role=role)
        seen.add(line)
