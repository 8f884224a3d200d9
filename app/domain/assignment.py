"""Which mentor each region is proposed to: the cheapest choice for all together, found exactly by `flow`.

    source -> region -> mentor -> sink

Every region goes to one mentor who has no conflict of interest in it and keeps to the limit of load. Where not all can,
as many go as possible. Of all such choices the cost is the least there is, in whole numbers:

    cost = load x sum over mentors of (regions held)^2  +  misfit x dimensions needed that the mentor does not cover
           + distance x km between region and mentor

The square makes an even load the cheapest: the k-th region of a mentor costs 2k - 1, those held already included.
Kilometres are whole, so no float decides. A mentor whose place is unknown counts as far as the farthest one known: to
be silent is no advantage. Which of several cheapest choices it is, is drawn by lot: SHA-256 of seed, region and mentor.
The same seed gives the same proposal everywhere, and no code, name or order of entry is favoured.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from app.domain.distance import Place, great_circle_km
from app.domain.flow import Edge, Network, Node
from app.domain.reasons import Reason, Wording, reason

_LOT_BITS = 64


@dataclass(frozen=True, slots=True)
class Mentee:
    """A region that needs a mentor; `needs` are the dimensions it needs help in."""

    region: str
    place: Place
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Mentor:
    """An expert who may mentor: `held` regions already, `most` bounds all of them; None means no bound."""

    code: str
    place: Place | None = None
    dimensions: frozenset[str] = frozenset()
    held: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts how much, in whole numbers from 0: with 50 and 1, a dimension not covered weighs as much as 50 km."""

    load: int
    misfit: int
    distance: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A region and its mentor; `uncovered` are needs the mentor does not cover, `km` None where the place is unknown.

    `cost` is what the pair itself costs, without the load.
    """

    region: str
    mentor: str
    km: int | None
    uncovered: tuple[str, ...]
    cost: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A region left without a mentor, why, and the mentors barred by a conflict of interest.

    `rivals` are the regions (it among them) that can go only to the same mentors, who cannot hold them all.
    """

    region: str
    reason: Reason
    barred: tuple[str, ...]
    rivals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MentorLoad:
    """Regions of one mentor, `before` and `after`."""

    mentor: str
    before: int
    after: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Choices and shortages by region, loads by mentor; `cost` is the sum that no other choice undercuts."""

    choices: tuple[Choice, ...]
    shortages: tuple[Unassigned, ...]
    loads: tuple[MentorLoad, ...]
    cost: int


@dataclass(frozen=True, slots=True)
class _Pair:
    km: int | None
    uncovered: tuple[str, ...]
    cost: int


_SOURCE, _SINK = ("source", ""), ("sink", "")


def propose(
    mentees: Iterable[Mentee],
    mentors: Iterable[Mentor],
    weights: Weights,
    barred: Collection[tuple[str, str]] = frozenset(),
    *,
    seed: int,
) -> Proposal:
    """Propose a mentor for every region. `barred`: (region, mentor) pairs with a conflict of interest.

    The order in which regions and mentors come in changes nothing. Raises ValueError when one comes twice or a weight
    is below 0.
    """
    regions = sorted(mentees, key=lambda mentee: mentee.region)
    experts = sorted(mentors, key=lambda mentor: mentor.code)
    _check(regions, experts, weights)
    pairs = {
        (mentee.region, code): pair
        for mentee in regions
        for code, pair in _pairs(mentee, experts, weights).items()
        if (mentee.region, code) not in barred
    }
    room = {mentor.code: _room(mentor, len(regions)) for mentor in experts}
    shift = _LOT_BITS + len(regions).bit_length()  # below the last digit of the cost stands the sum of the lots
    ways = {
        pair: Edge(("region", pair[0]), ("mentor", pair[1]), [-(cost.cost << shift) - _lot(seed, *pair)])
        for pair, cost in pairs.items()
    }
    stairs = [
        Edge(("mentor", m.code), _SINK, [-(_step(m.held + k, weights) << shift) for k in range(1, room[m.code] + 1)])
        for m in experts
    ]
    network = Network([*(Edge(_SOURCE, ("region", m.region), [0]) for m in regions), *ways.values(), *stairs])
    while network.push(_SOURCE, _SINK):
        pass
    rivalry = Network([*ways.values(), *stairs])
    taken = {region: mentor for (region, mentor), way in ways.items() if way.flow}
    after = {mentor.code: mentor.held + stair.flow for mentor, stair in zip(experts, stairs, strict=True)}
    full = {mentor.code for mentor in experts if after[mentor.code] - mentor.held >= room[mentor.code]}
    return Proposal(
        choices=tuple(
            _choice(mentee, taken[mentee.region], pairs, room, after, full)
            for mentee in regions
            if mentee.region in taken
        ),
        shortages=tuple(
            _unassigned(mentee.region, experts, barred, room, rivalry.reachable(("region", mentee.region)))
            for mentee in regions
            if mentee.region not in taken
        ),
        loads=tuple(MentorLoad(m.code, m.held, after[m.code], m.most) for m in experts),
        cost=sum(pairs[pair].cost for pair in taken.items()) + weights.load * sum(n * n for n in after.values()),
    )


def _check(regions: Sequence[Mentee], experts: Sequence[Mentor], weights: Weights) -> None:
    if len({m.region for m in regions}) < len(regions) or len({m.code for m in experts}) < len(experts):
        raise ValueError("a region or a mentor comes twice")
    if min(weights.load, weights.misfit, weights.distance) < 0:
        raise ValueError("a weight is below 0")


def _pairs(mentee: Mentee, experts: Sequence[Mentor], weights: Weights) -> dict[str, _Pair]:
    known = {m.code: great_circle_km(mentee.place, m.place) for m in experts if m.place is not None}
    farthest = max(known.values(), default=0)
    found = {}
    for mentor in experts:
        uncovered = tuple(sorted(mentee.needs - mentor.dimensions))
        cost = weights.misfit * len(uncovered) + weights.distance * known.get(mentor.code, farthest)
        found[mentor.code] = _Pair(known.get(mentor.code), uncovered, cost)
    return found


def _room(mentor: Mentor, regions: int) -> int:
    return regions if mentor.most is None else min(regions, max(0, mentor.most - mentor.held))


def _step(held: int, weights: Weights) -> int:
    return weights.load * (2 * held - 1)


def _lot(seed: int, region: str, mentor: str) -> int:
    return int.from_bytes(sha256(f"{seed}/{region}/{mentor}".encode()).digest()[: _LOT_BITS // 8])


def _choice(
    mentee: Mentee,
    mentor: str,
    pairs: Mapping[tuple[str, str], _Pair],
    room: Mapping[str, int],
    after: Mapping[str, int],
    full: Collection[str],
) -> Choice:
    """Say why this mentor: by the cost of the pair alone, and where another is cheaper, what stands against it."""
    free = {code: pairs[mentee.region, code].cost for code in room if room[code] and (mentee.region, code) in pairs}
    pair, other = pairs[mentee.region, mentor], min(free, key=lambda code: (free[code], code))
    words = _facts(pair, len(mentee.needs), after[mentor])
    if len(free) == 1:
        why = reason("mentor_only", words)
    elif free[other] == pair.cost:
        why = reason("mentor_best", words)
    else:
        why = reason("mentor_full" if other in full else "mentor_even", words, other=other)
    return Choice(mentee.region, mentor, pair.km, pair.uncovered, pair.cost, why)


def _facts(pair: _Pair, needed: int, load: int) -> Wording:
    en = "distance unknown" if pair.km is None else f"{pair.km} km away"
    indonesian = "jarak tidak diketahui" if pair.km is None else f"jarak {pair.km} km"
    if needed:
        covered = needed - len(pair.uncovered)
        en += f", covers {covered} of {needed} dimensions needed"
        indonesian += f", menguasai {covered} dari {needed} dimensi yang diperlukan"
    regions = "region" if load == 1 else "regions"
    return Wording(f"{en}, {load} {regions} in all", f"{indonesian}, {load} daerah seluruhnya")


def _unassigned(
    region: str,
    experts: Sequence[Mentor],
    barred: Collection[tuple[str, str]],
    room: Mapping[str, int],
    reached: Collection[Node],
) -> Unassigned:
    """Say why none is left: what one more unit could reach are regions whose free mentors are all full."""
    conflicted = tuple(mentor.code for mentor in experts if (region, mentor.code) in barred)
    rivals = tuple(sorted(code for kind, code in reached if kind == "region"))
    mentors = tuple(sorted(code for kind, code in reached if kind == "mentor"))
    if not experts:
        why = reason("no_mentors")
    elif not mentors:
        why = reason("mentors_conflicted")
    else:
        why = reason("mentors_full", count=len(rivals), mentors=mentors, room=sum(room[code] for code in mentors))
    return Unassigned(region, why, conflicted, rivals)
