"""Who says what about a plan, and what must be settled before it is accepted.

Three sides work on a plan: the region that writes it, the institution that mentors it, the ministry. All three comment
on its parts; mentor and ministry give a verdict on each version that is submitted, the mentor first. Either of them
returns a plan, and it takes both to accept it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from app.domain.permissions import Role
from app.domain.reasons import Problem, Wording, problem, reason

Side = Literal["region", "mentor", "ministry"]
Verdict = Literal["accepted", "returned"]

SIDES: Mapping[Role, Side] = {
    Role.REGION_EDITOR: "region",
    Role.MENTOR: "mentor",
    Role.OFFICER: "ministry",
    Role.ADMINISTRATOR: "ministry",
}
# Until a plan is accepted it is commented on; what comes later is for its revision.
DISCUSSED = frozenset({"draft", "submitted", "returned"})
_WHOSE: Mapping[str, Wording] = {
    "region": Wording("of the region", "daerah"),
    "mentor": Wording("of the mentors", "pembimbing"),
    "ministry": Wording("of the ministry", "kementerian"),
}


class Comment(NamedTuple):
    """An open comment: of which side, and on which part of the plan (a JSON pointer)."""

    anchor: str
    side: str


def may_settle(side: Side, comment_side: str) -> bool:
    """Tell whether a side resolves a comment, or opens it again: its own, and the ministry every one."""
    return side in {comment_side, "ministry"}


def mentor_must_accept(mentorship: str | None, *, revision: bool) -> bool:
    """Tell whether a plan takes the mentor's word; `mentorship` is its state, None where nobody mentors.

    Workshops end before a plan is reviewed, so a completed mentorship still counts; not years later for a revision.
    """
    return mentorship in ({"active"} if revision else {"active", "completed"})


def acceptance_gaps(side: Side, comments: Iterable[Comment], *, awaits_mentor: bool) -> tuple[Problem, ...]:
    """Find what stands between a submitted version and this side's acceptance.

    Open comments, each at its anchor in the plan; and at `/verdict` the mentor's word, which the ministry's follows.
    """
    return tuple(_gaps(side, comments, awaits_mentor=awaits_mentor))


def _gaps(side: Side, comments: Iterable[Comment], *, awaits_mentor: bool) -> Iterator[Problem]:
    if side == "ministry" and awaits_mentor:
        yield problem("/verdict", "mentor_first")
    for comment in comments:
        yield Problem(comment.anchor, reason("comment_open", _WHOSE[comment.side]))
