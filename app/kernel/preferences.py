"""What a client likes best, as headers such as `Accept` and `Accept-Language` say it (RFC 9110, section 12.4.2)."""

from typing import NamedTuple


class Choice(NamedTuple):
    """What a header names, in lower case; how much it is liked, 0 (not at all) to 1; whether it says nothing else."""

    name: str
    weight: float
    plain: bool


def choices(header: str | None) -> list[Choice]:
    """Return the choices of a header, in its order."""
    return [_choice(part) for part in (header or "").split(",")]


def takes_gzip(accept_encoding: str | None) -> bool:
    """Tell whether an answer may be packed with gzip."""
    return {choice.name: choice.weight for choice in choices(accept_encoding)}.get("gzip", 0) > 0


def _choice(part: str) -> Choice:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight, plain = 1.0, True
    for parameter in filter(None, parameters):
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            weight = _weight(value)
        else:
            plain = False
    return Choice(name, weight, plain)


def _weight(value: str) -> float:
    try:
        weight = float(value)
    except ValueError:
        return 0
    return weight if 0 <= weight <= 1 else 0
