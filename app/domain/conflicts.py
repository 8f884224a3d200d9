"""Conflicts of interest: who may not judge a region, who may not mentor it, and why.

Assessors came from the same people who mentor, so an assessor is barred from a region that declared it, that is home,
or that the assessor or the assessor's institution mentored in any cohort, earlier or the same. The other way round,
whoever judges a region in a cohort is barred from mentoring it there. An override is a decision of people, made
elsewhere.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from app.domain.reasons import Reason, reason


@dataclass(frozen=True, slots=True)
class Assessor:
    """An expert who may sit on panels. `declared` are the regions in which a conflict was declared.

    `elsewhere` are seats held on panels of the cohort that are not to be filled; they count. `most` bounds the seats
    held in the cohort, those held already included; None means no bound.
    """

    code: str
    institution: str
    home_region: str | None = None
    declared: frozenset[str] = frozenset()
    most: int | None = None
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class Mentorship:
    """Who mentored a region in a cohort: an institution, and the experts known by name."""

    cohort: str
    institution: str
    mentors: frozenset[str] = frozenset()


def conflicts(assessor: Assessor, region: str, mentorships: Iterable[Mentorship]) -> tuple[Reason, ...]:
    """Tell every conflict of interest of an assessor in a region, whose mentorships of all cohorts are given."""
    history = sorted(mentorships, key=lambda mentorship: mentorship.cohort)
    found = []
    if region in assessor.declared:
        found.append(reason("conflict_declared"))
    if region == assessor.home_region:
        found.append(reason("conflict_home_region"))
    if cohorts := tuple(m.cohort for m in history if assessor.code in m.mentors):
        found.append(reason("conflict_mentor", cohorts=cohorts))
    if cohorts := tuple(m.cohort for m in history if assessor.institution == m.institution):
        found.append(reason("conflict_mentor_institution", institution=assessor.institution, cohorts=cohorts))
    return tuple(found)


def mentoring_conflicts(mentor: str, panel: Collection[str]) -> tuple[Reason, ...]:
    """Tell every conflict of interest of who is to mentor or facilitate a region.

    `panel` are those who judge or judged it in the same cohort, without those who stepped aside before they judged.
    """
    return (reason("conflict_assessor"),) if mentor in panel else ()
