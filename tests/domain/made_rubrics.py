"""Rubrics, reviews and decisions made up for the tests of the assessment."""

from decimal import Decimal
from itertools import count

from hypothesis import strategies as st

from app.domain.forms import Decision, Decisions
from app.domain.rubrics import Criterion, Level, Question, Rubric
from app.domain.scoring import Review
from tests.domain.pools import weights

CODES = ("leadership_vision", "infrastructure", "regulation", "human_resources")
LADDER = tuple(Level(f"This is level {level}.", f"Ini tingkat {level}.") for level in range(5))


def a_question(code: str, weight: str = "1", *, evidence_required: bool = False) -> Question:
    return Question(code, Decimal(weight), f"How is {code}?", f"Bagaimana {code}?", LADDER, evidence_required)


# q1 has 0.6 x 0.25 = 0.15 of the total, q2 0.45, q3 0.4.
RUBRIC = Rubric(
    (
        Criterion("infrastructure", Decimal("0.6"), (a_question("q1", "0.25"), a_question("q2", "0.75"))),
        Criterion("regulation", Decimal("0.4"), (a_question("q3", evidence_required=True),)),
    )
)


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    """One to four criteria of one to three questions."""
    numbers = count()
    return Rubric(
        tuple(
            Criterion(
                code,
                Decimal(weight),
                tuple(a_question(f"q{next(numbers)}", share) for share in draw(weights(draw(st.integers(1, 3))))),
            )
            for code, weight in zip(CODES, draw(weights(draw(st.integers(1, 4)))), strict=False)
        )
    )


@st.composite
def reviews(draw: st.DrawFn, rubric: Rubric, most: int = 5) -> list[Review]:
    """Complete reviews of one assessor or more."""
    size = draw(st.integers(1, most))
    return [
        Review(f"as-{place}", {question.code: draw(st.integers(0, 4)) for question in rubric.questions})
        for place in range(size)
    ]


@st.composite
def decisions(draw: st.DrawFn, rubric: Rubric) -> Decisions:
    """Decisions on some of the questions."""
    decided = draw(st.sets(st.sampled_from([question.code for question in rubric.questions])))
    return {code: Decision(draw(st.none() | st.integers(0, 4)), "Seen together.") for code in sorted(decided)}
