"""Pointers of RFC 6901: taken apart, written, and followed into a document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.json_pointer import leads_somewhere, steps, token

# The document of RFC 6901, section 5, with what its list lacks.
DOCUMENT = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "m~n": 8, "none": None, "deep": {"list": [{"id": 1}]}}


@pytest.mark.parametrize(
    "pointer",
    ["", "/foo", "/foo/0", "/foo/1", "/", "/a~1b", "/c%d", "/m~0n", "/none", "/deep/list/0/id"],
)
def test_what_is_there_is_found(pointer: str) -> None:
    way = steps(pointer)
    assert way is not None
    assert leads_somewhere(DOCUMENT, way)


@pytest.mark.parametrize(
    "pointer",
    [
        "/bar",
        "/foo/2",
        "/foo/-",
        "/foo/00",
        "/foo/-1",
        "/foo/\u0660",
        "/foo/0/0",
        "/none/x",
        "/deep/list/id",
        "/a/b",
        "//",
    ],
)
def test_what_is_not_there_is_not(pointer: str) -> None:
    way = steps(pointer)
    assert way is not None
    assert not leads_somewhere(DOCUMENT, way)


@pytest.mark.parametrize("pointer", ["foo", "foo/0", " /foo", "/m~n", "/~", "/~2", "#/foo"])
def test_what_is_no_pointer_is_none(pointer: str) -> None:
    assert steps(pointer) is None


@given(st.lists(st.text(max_size=5), max_size=5))
def test_what_is_written_is_read_back(way: list[str]) -> None:
    assert steps("".join(f"/{token(step)}" for step in way)) == tuple(way)
