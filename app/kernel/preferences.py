"""What a client likes best, as headers such as `Accept` and `Accept-Language` say it (RFC 9110, section 12.4.2)."""

_LENGTH_MAX = 500  # nobody weighs more choices than fit here


def weights(header: str | None) -> dict[str, float]:
    """Return the choices that a header names, in lower case, each with how much it is liked: 0 (not) to 1."""
    return dict(_weighed(part) for part in (header or "")[:_LENGTH_MAX].split(","))


def takes_gzip(accept_encoding: str | None) -> bool:
    """Tell whether an answer may be packed with gzip."""
    return weights(accept_encoding).get("gzip", 0) > 0


def _weighed(part: str) -> tuple[str, float]:
    name, *others = (piece.strip().lower() for piece in part.split(";"))
    for other in others:
        if other.startswith("q="):
            try:
                weight = float(other.removeprefix("q="))
            except ValueError:
                return name, 0
            return name, weight if 0 <= weight <= 1 else 0
    return name, 1
