"""Each workshop is a gate: it opens behind the one before, and closes when what it is held for is there."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.commitments import signatory_problems, signing_gaps
from app.domain.lifecycles import QUICK_WIN
from app.domain.quick_wins import QuickWin, QuickWinRules
from app.domain.reasons import OUTPUTS, Problem
from app.domain.workshops import (
    DERIVED,
    DOCUMENTS,
    SIGNATORIES,
    Brought,
    Promised,
    Session,
    opening_gaps,
    output_problems,
    session_problems,
    workshop_gaps,
)

DAY = date(2026, 6, 10)
QUEUE = QuickWin(title="Short queues", dimension="living", starts_on=DAY, ends_on=DAY)
ALL = Brought(
    documents=[code for codes in DOCUMENTS.values() for code in codes],
    sessions=1,
    signatories=["region_head", "agency"],
    quick_wins=[Promised("approved", QUEUE)],
)
NUMBERS = (1, 2, 3, 4)


def told(found: Iterable[Problem]) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.reason.code) for problem in found]


def test_the_outputs_are_those_of_the_programme() -> None:
    assert {number: (*DOCUMENTS[number], *DERIVED.get(number, ())) for number in NUMBERS} == {
        1: ("readiness_analysis", "gap_analysis", "swot_analysis"),
        2: ("book_1_review", "action_plan"),
        3: ("road_map", "quick_win_candidates"),
        4: ("signed_commitments", "final_quick_wins"),
    }
    assert set(OUTPUTS) == {code for codes in DOCUMENTS.values() for code in codes}


@given(st.sampled_from(NUMBERS), st.sets(st.sampled_from(NUMBERS)))
def test_a_workshop_opens_behind_the_one_before(number: int, closed: set[int]) -> None:
    gaps = opening_gaps(number, closed)
    if number == 1 or number - 1 in closed:
        assert gaps == ()
    else:
        assert told(gaps) == [("/number", "workshop_before_open")]
        assert gaps[0].reason.params == {"before": number - 1}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_workshop_that_brought_nothing_lacks_every_output(number: int) -> None:
    gaps = workshop_gaps(number, Brought())
    wanted = {f"/outputs/{code}" for code in (*DOCUMENTS[number], *DERIVED.get(number, ()))}
    assert {gap.pointer for gap in gaps} == {"/sessions", *wanted}
    assert workshop_gaps(number, ALL) == ()


@pytest.mark.parametrize(
    ("number", "change", "expected"),
    [
        (1, {"sessions": 0}, [("/sessions", "session_missing")]),
        (1, {"documents": DOCUMENTS[1][1:]}, [("/outputs/readiness_analysis", "output_missing")]),
        (2, {"documents": DOCUMENTS[2][:1]}, [("/outputs/action_plan", "output_missing")]),
        (3, {"documents": DOCUMENTS[1]}, [("/outputs/road_map", "output_missing")]),
        (3, {"quick_wins": []}, [("/outputs/quick_win_candidates", "candidates_missing")]),
        (3, {"quick_wins": [Promised("proposed", QUEUE)]}, []),
        (3, {"signatories": []}, []),
        (4, {"documents": []}, []),
        (4, {"signatories": ["agency", "agency"]}, [("/outputs/signed_commitments", "head_commitment_missing")]),
        (4, {"signatories": ["region_head"]}, [("/outputs/signed_commitments", "agency_commitment_missing")]),
        (4, {"quick_wins": []}, [("/outputs/final_quick_wins", "candidates_missing")]),
        (4, {"quick_wins": [Promised("proposed", QUEUE)]}, [("/outputs/final_quick_wins", "quick_win_not_final")]),
        (4, {"quick_wins": [Promised("running", QUEUE), Promised("completed", QUEUE)]}, []),
        (4, {"rules": QuickWinRules(at_least=2)}, [("/outputs/final_quick_wins", "quick_wins_few")]),
        (
            4,
            {"rules": QuickWinRules(at_most=0, dimensions=("economy",), different_dimensions=2)},
            [
                ("/outputs/final_quick_wins", "quick_wins_many"),
                ("/outputs/final_quick_wins", "dimensions_uncovered"),
                ("/outputs/final_quick_wins", "dimensions_few"),
            ],
        ),
    ],
)
def test_what_is_missing_is_told_where_it_is_missing(
    number: int, change: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    assert told(workshop_gaps(number, replace(ALL, **change))) == expected  # type: ignore[arg-type]  # the names of its fields, with values of theirs


_STATES = [state for state in QUICK_WIN.states if state != "cancelled"]
_PROMISED = st.builds(Promised, st.sampled_from(_STATES), st.just(QUEUE))
_BROUGHT = st.builds(
    Brought,
    documents=st.sets(st.sampled_from([*OUTPUTS])),
    sessions=st.integers(0, 2),
    signatories=st.lists(st.sampled_from([*SIGNATORIES]), max_size=3),
    quick_wins=st.lists(_PROMISED, max_size=3),
    rules=st.builds(QuickWinRules, at_least=st.integers(0, 2)),
)


@settings(max_examples=60)
@given(st.sampled_from(NUMBERS), _BROUGHT)
def test_a_gate_is_open_exactly_when_all_is_there(number: int, brought: Brought) -> None:
    """By another reading of the rules; every gap has both languages, and no braces are left in them."""
    gaps = workshop_gaps(number, brought)
    there = brought.sessions > 0 and set(DOCUMENTS[number]) <= set(brought.documents)
    if number == 3:
        there = there and bool(brought.quick_wins)
    if number == 4:
        final = all(one.state in {"approved", "running", "completed"} for one in brought.quick_wins)
        enough = len(brought.quick_wins) >= max(1, brought.rules.at_least)
        there = there and {*brought.signatories} == {"region_head", "agency"} and final and enough
    assert (gaps == ()) is there
    for gap in gaps:
        assert "{" not in gap.reason.text_en + gap.reason.text_id
        assert gap.pointer.startswith(("/sessions", "/outputs/"))


@settings(max_examples=60)
@given(st.sampled_from(NUMBERS), _BROUGHT, _BROUGHT)
def test_more_never_opens_a_new_gap(number: int, brought: Brought, more: Brought) -> None:
    """Documents, sessions and signatures only help."""
    both = replace(
        brought,
        documents={*brought.documents, *more.documents},
        sessions=brought.sessions + more.sessions,
        signatories=[*brought.signatories, *more.signatories],
    )
    assert set(told(workshop_gaps(number, both))) <= set(told(workshop_gaps(number, brought)))


@given(st.sampled_from(NUMBERS))
def test_a_workshop_takes_its_own_documents_only(number: int) -> None:
    derived = [code for codes in DERIVED.values() for code in codes]
    assert output_problems(number, DOCUMENTS[number]) == ()
    assert told(output_problems(number, [*derived, "poem"])) == [
        *((f"/outputs/{code}", "output_derived") for code in derived),
        ("/outputs/poem", "unknown_output"),
    ]
    for other in {*NUMBERS} - {number}:
        found = output_problems(number, DOCUMENTS[other])
        assert told(found) == [(f"/outputs/{code}", "output_elsewhere") for code in DOCUMENTS[other]]
        assert {problem.reason.params["number"] for problem in found} <= {other}


@given(st.integers(-3, 6), st.integers(0, 3), st.integers(-3, 6))
def test_a_session_lies_within_the_mentorship_and_not_ahead(held: int, length: int, now: int) -> None:
    day, last, today = (DAY + timedelta(days=days) for days in (held, length, now))
    codes = {problem.reason.code for problem in session_problems(Session(day, "online"), DAY, last, today=today)}
    assert ("session_outside" in codes) is (day < DAY or day > last)
    assert ("session_ahead" in codes) is (day > today)


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        (Session(DAY, "on_site", "Bandung"), []),
        (Session(DAY, "on_site"), [("/place", "place_missing")]),
        (Session(DAY, "online"), []),
        (Session(DAY, "online", "Bandung"), [("/place", "place_online")]),
        (Session(DAY, "online", attendance=[("Bappeda", "head"), ("Bappeda", "staff")]), []),
        (
            Session(DAY, "online", attendance=[("Bappeda", "staff"), ("PU", "staff"), ("BAPPEDA", "Staff")]),
            [("/attendance/2", "attendance_twice")],
        ),
    ],
)
def test_what_makes_no_sense_in_a_session(session: Session, expected: list[tuple[str, str]]) -> None:
    assert told(session_problems(session, DAY, DAY, today=DAY)) == expected


@pytest.mark.parametrize(
    ("signatory", "agency", "expected"),
    [
        ("region_head", None, []),
        ("region_head", "Bappeda", [("/agency", "agency_of_head")]),
        ("agency", "Bappeda", []),
        ("agency", None, [("/agency", "agency_missing")]),
    ],
)
def test_an_agency_is_named_exactly_where_one_signs(
    signatory: str, agency: str | None, expected: list[tuple[str, str]]
) -> None:
    assert told(signatory_problems(signatory, agency)) == expected


@pytest.mark.parametrize(
    ("signed_on", "document", "expected"),
    [
        (DAY, True, []),
        (DAY - timedelta(days=400), True, []),
        (DAY + timedelta(days=1), True, [("/signed_on", "signing_ahead")]),
        (None, True, [("/signed_on", "signing_day_missing")]),
        (DAY, False, [("/document", "signed_document_missing")]),
        (None, False, [("/signed_on", "signing_day_missing"), ("/document", "signed_document_missing")]),
    ],
)
def test_a_signature_has_a_day_that_has_come_and_a_document(
    signed_on: date | None,
    document: bool,
    expected: list[tuple[str, str]],
) -> None:
    assert told(signing_gaps(signed_on, document=document, today=DAY)) == expected
