"""Who may do what, in a table to read."""

from app.domain.permissions import GRANTS, Permission, Role
from app.domain.principals import (
    PUBLIC,
    SYSTEM,
    may_issue_key,
)

# Who holds which permission: P the public, R region editor, S assessor, M mentor, D data steward, U auditor, O officer,
# A administrator. A dot: not.
TABLE = """
    regions:read            P R S M D U O A
    regions:write           . . . . . . . A
    profiles:read           P R S M D U O A
    profiles:write          . R . . . . O A
    catalogues:read         P R S M D U O A
    rubrics:read            P R S M D U O A
    rubrics:write           . . . . . . O A
    institutions:read       P R S M D U O A
    institutions:write      . . . . . . O A
    experts:read            . . S M . U O A
    experts:write           . . . . . . O A
    experts:erase           . . . . . . . A
    expert_contacts:read    . R . M . U O A
    expert_contacts:write   . . . M . . O A
    indicators:read         P R S M D U O A
    indicators:write        . . . . D . . A
    imports:read            . . . . D U O A
    imports:write           . . . . D . O A
    cohorts:read            P R S M D U O A
    cohorts:write           . . . . . . O A
    candidacies:read        P R S M D U O A
    candidacies:write       . . . . . . O A
    selection_runs:read     P R S M D U O A
    selection_runs:write    . . . . . . O A
    assessments:read        . R S . . U O A
    assessments:write       . R . . . . . A
    assessments:manage      . . . . . . O A
    panels:read             . . S . . U O A
    panels:write            . . . . . . O A
    reviews:read            . . S . . U O A
    reviews:write           . . S . . . . A
    moderations:read        . . S . . U O A
    moderations:write       . . . . . . O A
    scorecards:read         . R S . . U O A
    assessment_progress:read . . . . . U O A
    result_letters:read     . R . . . U O A
    result_letters:write    . . . . . . O A
    objections:read         . R . . . U O A
    objections:write        . R . . . . . A
    objections:decide       . . . . . . O A
    memoranda:read          P R S M D U O A
    memoranda:write         . . . . . . O A
    mentorships:read        P R S M D U O A
    mentorships:write       . . . . . . O A
    workshops:read          . R . M . U O A
    workshops:write         . . . M . . O A
    commitments:read        P R S M D U O A
    commitments:write       . R . . . . O A
    plan_templates:read     P R S M D U O A
    plan_templates:write    . . . . . . O A
    master_plans:read       P R S M D U O A
    master_plans:write      . R . . . . . A
    master_plans:enact      . R . . . . O A
    plan_reviews:read       . R . M . U O A
    plan_reviews:write      . . . M . . O A
    quick_wins:read         P R S M D U O A
    quick_wins:write        . R . . . . . A
    quick_wins:approve      . . . M . . O A
    reports:read            P R S M D U O A
    exports:read            P R S M D U O A
    changes:read            P R S M D U O A
    change_log:read         . . . . . U O A
    audit:read              . . . . . U . A
    history:read            . R S M D U O A
    webhooks:read           . R S M D . O A
    webhooks:write          . R S M D . O A
    api_keys:manage         . . . . . . . A
"""
LETTERS = dict(zip("PRSMDUOA", Role, strict=True))


def test_the_grants_are_those_of_the_table() -> None:
    told: dict[Role, set[Permission]] = {role: set() for role in Role}
    for line in TABLE.split("\n")[1:-1]:
        permission, *holders = line.split()
        assert len(holders) == len(Role)
        for letter in set(holders) - {"."}:
            told[LETTERS[letter]].add(Permission(permission))
    assert told == GRANTS


def test_every_permission_has_a_line() -> None:
    assert [line.split()[0] for line in TABLE.split("\n")[1:-1]] == list(Permission)


def test_an_auditor_changes_nothing() -> None:
    assert {permission.split(":")[1] for permission in GRANTS[Role.AUDITOR]} == {"read"}


def test_the_public_does_nothing_but_read_and_has_no_key() -> None:
    assert {permission.split(":")[1] for permission in GRANTS[Role.PUBLIC]} == {"read"}
    assert PUBLIC.permissions == GRANTS[Role.PUBLIC]
    assert not may_issue_key(SYSTEM, Role.PUBLIC, None)
