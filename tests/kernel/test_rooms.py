"""Rooms: what a path means does not depend on who is asked for it."""

from typing import Any

import pytest
from fastapi import APIRouter
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.routing import Match

from app.config import Settings
from app.kernel.rooms import Room
from app.main import create_app
from tests.conftest import document

APP = create_app(Settings())
WORDS = sorted(
    {word for path in document()["paths"] for word in path.split("/")} | {"", "x", "%2f", "regions.geojsonx"}
)
PATHS = st.sampled_from(sorted(document()["paths"])) | st.lists(st.sampled_from(WORDS)).map("/".join)


def meant(path: str, method: str) -> list[tuple[str, Match]]:
    """Return which router matches, of those that the app asks in turn, and how well."""
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "headers": []}
    matches = [(str(place), route.matches(dict(scope))[0]) for place, route in enumerate(APP.router.routes)]
    return [match for match in matches if match[1] is not Match.NONE]


@settings(deadline=None)  # every route is asked, twice
@given(PATHS, st.sampled_from(["GET", "POST", "PATCH", "PUT"]))
def test_a_path_means_what_it_would_if_every_route_were_asked(path: str, method: str) -> None:
    by_room = meant(path, method)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Room, "matches", APIRouter.matches)
        assert meant(path, method) == by_room


def test_every_operation_is_found() -> None:
    for path, item in document()["paths"].items():
        for method in item:
            assert Match.FULL in {match for _, match in meant(path, method.upper())}, (method, path)
