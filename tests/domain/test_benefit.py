"""A benefit is told in words that somebody can read."""

import pytest

from app.domain.benefit import told


@pytest.mark.parametrize(
    "text", [None, "", " \n\t", "\u200b", "\u2800", "\u3164\uffa0", "\u115f\u1160", "\u00ad\u2060", "\ufeff "]
)
def test_what_nobody_sees_says_nothing(text: str | None) -> None:
    assert not told(text)


@pytest.mark.parametrize("text", ["x", "%", "°C", "Rp", "٪", "\u200bbus", "👩‍🌾"])
def test_what_is_seen_says_something(text: str) -> None:
    assert told(text)
