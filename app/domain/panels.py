"""Panels of assessors: what a panel lacks, and how the open seats of many are filled at once.

Filled fairly means: nobody with a conflict of interest, different institutions where the rule asks for them, as many
seats as can be filled at all, and loads as even as these seats allow, in the strongest sense: no other choice has a
smaller largest load, nor, with that, a smaller second largest, and so on down. `panel_flow` finds it.

Whose turn it is among equals is drawn by lot: SHA-256 of seed, assessment and assessor. The same seed gives the same
panels everywhere, and no code, name or order of entry is favoured.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256

from app.domain.conflicts import Assessor, Mentorship, conflicts
from app.domain.exact import to_decimal
from app.domain.panel_flow import Board
from app.domain.reasons import Reason, reason


@dataclass(frozen=True, slots=True)
class PanelRule:
    """A panel has `quorum` assessors or more, on `different_institutions` no two from the same."""

    quorum: int
    different_institutions: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """An assessment of a region, with the region's mentorships in all cohorts and the assessors it has already."""

    assessment: str
    region: str
    mentorships: tuple[Mentorship, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seat:
    """One assessor on one panel."""

    assessment: str
    assessor: str


@dataclass(frozen=True, slots=True)
class Shortage:
    """A panel that could not be filled: `missing` seats, the reason, and each barred assessor with every conflict."""

    assessment: str
    missing: int
    reason: Reason
    barred: tuple[tuple[str, tuple[Reason, ...]], ...]


@dataclass(frozen=True, slots=True)
class Load:
    """Seats of one assessor: held `before`, `after` the assignment, and on how many panels a conflict bars them."""

    assessor: str
    institution: str
    before: int
    after: int
    barred: int


@dataclass(frozen=True, slots=True)
class Balance:
    """How even the loads are. `loads` by assessor; `least`, `most` and `mean` are those after the assignment."""

    loads: tuple[Load, ...]
    least: int
    most: int
    mean: Decimal


@dataclass(frozen=True, slots=True)
class Assignment:
    """The new seats by assessment and assessor, what stays open, and the balance. Complete without `shortages`."""

    seats: tuple[Seat, ...]
    shortages: tuple[Shortage, ...]
    balance: Balance


def lacks(rule: PanelRule, members: Sequence[Assessor]) -> tuple[Reason, ...]:
    """Tell what keeps a panel from beginning: too few members, or several from one institution."""
    found = []
    if (missing := rule.quorum - len(members)) > 0:
        found.append(reason("quorum_short", size=len(members), quorum=rule.quorum, missing=missing))
    if rule.different_institutions:
        for institution, count in sorted(Counter(member.institution for member in members).items()):
            if count > 1:
                same = tuple(sorted(member.code for member in members if member.institution == institution))
                found.append(reason("same_institution", institution=institution, assessors=same))
    return tuple(found)


def assign(panels: Iterable[Panel], assessors: Iterable[Assessor], rule: PanelRule, *, seed: int) -> Assignment:
    """Fill every panel up to the quorum; seats held already stay, also those a conflict would bar (an override).

    The order in which panels and assessors come in changes nothing. Raises ValueError when one comes twice or a panel
    has a member who is not among the assessors.
    """
    ordered = sorted(panels, key=lambda panel: panel.assessment)
    experts = sorted(assessors, key=lambda assessor: assessor.code)
    _check(ordered, experts)

    def lot(assessment: str, assessor: str) -> str:
        return sha256(f"{seed}/{assessment}/{assessor}".encode()).hexdigest()

    barred = {
        panel.assessment: tuple(
            (expert.code, why) for expert in experts if (why := conflicts(expert, panel.region, panel.mentorships))
        )
        for panel in ordered
    }
    slots = {
        panel.assessment: _slots(rule, panel, experts, {code for code, _ in barred[panel.assessment]})
        for panel in ordered
    }
    held = Counter(code for panel in ordered for code in panel.members)
    before = {expert.code: expert.elsewhere + held[expert.code] for expert in experts}
    board = Board(slots, before, {expert.code: expert.most for expert in experts}, lot)
    missing = {panel.assessment: max(0, rule.quorum - len(panel.members)) for panel in ordered}
    wanted = dict(missing)
    for assessment in sorted(missing, key=lambda assessment: lot(assessment, "")):
        while missing[assessment] and board.fill(assessment):
            missing[assessment] -= 1
    return Assignment(
        seats=tuple(sorted((Seat(assessment, code) for (assessment, _), code in board.seats.items()), key=_place)),
        shortages=tuple(
            Shortage(code, count, _shortage(rule, board, code, wanted[code], len(slots[code])), barred[code])
            for code, count in missing.items()
            if count
        ),
        balance=_balance(experts, before, board.loads, Counter(code for rows in barred.values() for code, _ in rows)),
    )


def _check(panels: Sequence[Panel], experts: Sequence[Assessor]) -> None:
    codes = {expert.code for expert in experts}
    if len(codes) < len(experts) or len({panel.assessment for panel in panels}) < len(panels):
        raise ValueError("an assessor or an assessment comes twice")
    if any(len(set(panel.members) & codes) < len(panel.members) for panel in panels):
        raise ValueError("a member of a panel comes twice or is not among the assessors")


def _slots(
    rule: PanelRule, panel: Panel, experts: Sequence[Assessor], conflicted: Collection[str]
) -> dict[str, list[str]]:
    """List, per group that can still take a seat of the panel, who may take it."""
    taken = {_group(rule, expert) for expert in experts if expert.code in panel.members}
    slots: dict[str, list[str]] = {}
    for expert in experts:
        if expert.code not in conflicted and (group := _group(rule, expert)) not in taken:
            slots.setdefault(group, []).append(expert.code)
    return slots


def _group(rule: PanelRule, expert: Assessor) -> str:
    return expert.institution if rule.different_institutions else expert.code


def _place(seat: Seat) -> tuple[str, str]:
    return (seat.assessment, seat.assessor)


def _shortage(rule: PanelRule, board: Board, assessment: str, needed: int, free: int) -> Reason:
    """Say whether too few may sit on the panel at all, or those who may have all the seats they can hold."""
    if free < needed:
        code = "too_few_institutions" if rule.different_institutions else "too_few_assessors"
        return reason(code, needed=needed, free=free)
    return reason("assessors_full", assessors=board.in_the_way(assessment))


def _balance(
    experts: Sequence[Assessor], before: Mapping[str, int], after: Mapping[str, int], barred: Mapping[str, int]
) -> Balance:
    rows = tuple(
        Load(expert.code, expert.institution, before[expert.code], after[expert.code], barred.get(expert.code, 0))
        for expert in experts
    )
    loads = [row.after for row in rows] or [0]
    return Balance(rows, min(loads), max(loads), to_decimal(Fraction(sum(loads), len(loads))))
