"""Who says what about a plan, and what stands between it and its acceptance."""

import pytest

from app.domain.permissions import GRANTS, Permission, Role
from app.domain.plan_review import SIDES, Comment, Side, acceptance_gaps, may_settle, mentor_must_accept


def test_whoever_may_write_about_a_plan_is_on_a_side() -> None:
    writers = {Permission.PLAN_REVIEWS_WRITE, Permission.MASTER_PLANS_WRITE}
    assert {role for role in Role if GRANTS[role] & writers} == set(SIDES)


def test_only_a_region_writes_plans_and_never_reviews_them() -> None:
    assert Permission.PLAN_REVIEWS_WRITE not in GRANTS[Role.REGION_EDITOR]
    assert {role for role in GRANTS if Permission.PLAN_REVIEWS_WRITE in GRANTS[role]} == SIDES.keys() - {
        Role.REGION_EDITOR
    }


@pytest.mark.parametrize(
    ("side", "comments"),
    [("region", {"region"}), ("mentor", {"mentor"}), ("ministry", {"region", "mentor", "ministry"})],
)
def test_a_comment_is_settled_by_its_own_side_or_the_ministry(side: Side, comments: set[str]) -> None:
    assert {other for other in ("region", "mentor", "ministry") if may_settle(side, other)} == comments


@pytest.mark.parametrize(
    ("mentorship", "first", "revision"),
    [(None, False, False), ("assigned", False, False), ("active", True, True), ("completed", True, False)],
)
def test_whose_mentors_have_gone_needs_them_no_more(mentorship: str | None, first: bool, revision: bool) -> None:
    assert mentor_must_accept(mentorship, revision=False) is first
    assert mentor_must_accept(mentorship, revision=True) is revision


def test_nothing_stands_in_the_way_of_what_is_settled() -> None:
    assert acceptance_gaps("mentor", (), awaits_mentor=True) == ()
    assert acceptance_gaps("ministry", (), awaits_mentor=False) == ()


def test_every_open_comment_does_and_the_mentors_silence() -> None:
    comments = [Comment("/vision", "mentor"), Comment("", "region"), Comment("/initiatives/0", "ministry")]
    gaps = acceptance_gaps("ministry", comments, awaits_mentor=True)
    assert [(gap.pointer, gap.reason.code) for gap in gaps] == [
        ("/verdict", "mentor_first"),
        ("/vision", "comment_open"),
        ("", "comment_open"),
        ("/initiatives/0", "comment_open"),
    ]
    assert [gap.reason.text_en.split()[2:5] for gap in gaps[1:]] == [
        ["of", "the", "mentors"],
        ["of", "the", "region"],
        ["of", "the", "ministry"],
    ]
    assert [gap.reason.text_id.split()[1] for gap in gaps[1:]] == ["pembimbing", "daerah", "kementerian"]
