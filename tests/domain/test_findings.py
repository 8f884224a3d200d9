"""From the mentoring on a region owes a regulation; before that, and once it left, it owes none."""

from app.domain.findings import missing_regulation
from app.domain.lifecycles import CANDIDACY, CHOSEN


def test_who_is_mentored_or_further_owes_a_regulation() -> None:
    owing = {state for state in CANDIDACY.states if missing_regulation(state)}
    assert owing == set(CHOSEN) - {"selected", "mou_signed"}


def test_the_reason_says_what_to_do() -> None:
    found = missing_regulation("plan_accepted")
    assert found is not None
    assert (found.code, found.text_en.count("."), found.text_id.count(".")) == ("plan_not_enacted", 2, 2)
