"""In whose affairs a principal acts, what takes a second person, and that a key never gets beyond its maker."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.permissions import BINDINGS, GRANTS, INSIDERS, Permission, Role, granted
from app.domain.principals import (
    Principal,
    may_answer_for,
    may_decide_objection,
    may_decide_override,
    may_issue_key,
    may_mentor,
    may_publish,
    may_review,
    may_write_for,
)

scopes = st.none() | st.frozensets(st.sampled_from(Permission))


def principal(role: Role, narrowed: frozenset[Permission] | None = None, region: str | None = None) -> Principal:
    return Principal("key:1", "someone", role, granted(role, narrowed), region)


@pytest.mark.parametrize("role", Role)
def test_drafts_are_for_ministry_staff_and_auditors(role: Role) -> None:
    assert principal(role).insider is (role in {Role.AUDITOR, Role.OFFICER, Role.ADMINISTRATOR})
    assert (role in INSIDERS) is principal(role).insider


@given(role=st.sampled_from(Role), narrowed=scopes)
def test_scopes_narrow_and_never_widen(role: Role, narrowed: frozenset[Permission] | None) -> None:
    held = granted(role, narrowed)
    assert held <= GRANTS[role]
    assert held == (GRANTS[role] if narrowed is None else {p for p in narrowed if p in GRANTS[role]})


@given(maker=st.sampled_from(Role), own=scopes, role=st.sampled_from(Role), narrowed=scopes)
def test_nobody_makes_a_key_above_their_own(
    maker: Role, own: frozenset[Permission] | None, role: Role, narrowed: frozenset[Permission] | None
) -> None:
    issuer = principal(maker, own)
    above = [permission for permission in granted(role, narrowed) if permission not in issuer.permissions]
    assert may_issue_key(issuer, role, narrowed) is (role is not Role.PUBLIC and not above)


@pytest.mark.parametrize("role", Role)
def test_a_university_acts_in_its_own_mentorships_only(role: Role) -> None:
    own, other = UUID(int=1), UUID(int=2)
    bound = role is Role.MENTOR
    assert may_mentor(replace(principal(role), institution=own if bound else None), own)
    assert may_mentor(replace(principal(role), institution=other if bound else None), own) is not bound
    # A mentor's key need not name an institution; then it opens no mentorship at all.
    assert may_mentor(principal(role), own) is not bound
    assert may_mentor(replace(principal(role), institution=own if bound else None), None) is not bound
    assert may_mentor(principal(role), None) is not bound


@pytest.mark.parametrize("role", Role)
def test_a_region_editor_writes_its_own_profile_only(role: Role) -> None:
    bound = role is Role.REGION_EDITOR
    assert (role in BINDINGS and BINDINGS[role].to == "region") is bound
    assert may_write_for(principal(role, region="32.73" if bound else None), "32.73")
    assert may_write_for(principal(role, region="32.04" if bound else None), "32.73") is not bound
    # A key without its region, which cannot be issued, would open no region at all.
    assert may_write_for(principal(role), "32.73") is not bound


@pytest.mark.parametrize("role", Role)
def test_only_a_key_of_the_region_answers_for_it(role: Role) -> None:
    assert may_answer_for(principal(role, region="32.73"), "32.73")
    assert not may_answer_for(principal(role, region="32.04"), "32.73")
    assert not may_answer_for(principal(role), "32.73")


@pytest.mark.parametrize("may", [may_publish, may_decide_override])
def test_what_takes_two_is_decided_by_the_second(may: Callable[[Principal, str], bool]) -> None:
    assert not may(principal(Role.OFFICER), "key:1")
    assert not may(principal(Role.ADMINISTRATOR), "key:1")
    assert may(principal(Role.OFFICER), "key:2")


def test_an_objection_is_decided_by_nobody_who_had_a_part_in_the_assessment() -> None:
    officer, expert = principal(Role.OFFICER), UUID(int=1)
    assessor = Principal("key:2", "someone", Role.ADMINISTRATOR, GRANTS[Role.ADMINISTRATOR], expert=expert)
    assert may_decide_objection(officer, {"key:2"}, {expert})
    assert not may_decide_objection(officer, {"key:1", "key:2"}, set())
    assert may_decide_objection(assessor, {"key:1"}, {UUID(int=2)})
    assert not may_decide_objection(assessor, set(), {expert, UUID(int=2)})


@pytest.mark.parametrize("role", Role)
def test_a_review_is_its_authors_whatever_else_others_may_do(role: Role) -> None:
    author = UUID(int=1)
    assert may_review(replace(principal(role), expert=author), author)
    assert not may_review(replace(principal(role), expert=UUID(int=2)), author)
    assert not may_review(principal(role), author)
