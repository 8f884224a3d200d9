"""What a violated constraint of the database means to a client, by the constraint's name."""

from app.kernel.problem import FieldError, Problem
from app.kernel.problems import Invalid

# A name that is not here is a bug, and a 500.
_CONSTRAINTS: dict[str, type[Problem] | FieldError] = {}


def constraint_problem(name: str, meaning: type[Problem] | FieldError) -> None:
    """Say what it means when the constraint `name` is violated: a problem, or a fault of one field (422)."""
    if _CONSTRAINTS.setdefault(name, meaning) != meaning:
        raise TypeError(f"the constraint {name} already has a meaning")


def violated(name: str) -> Problem | None:
    """Return the problem of a violated constraint; None when nobody said what it means."""
    meaning = _CONSTRAINTS.get(name)
    if isinstance(meaning, FieldError):
        return Invalid(errors=[meaning])
    return None if meaning is None else meaning()
