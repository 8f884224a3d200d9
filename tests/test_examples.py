"""Every operation shows a request and an answer, and they are what the service takes and answers today."""

from collections.abc import AsyncIterator
from itertools import count
from uuid import UUID

import pytest

from app.kernel import writing
from app.kernel.examples import Example
from app.reference import examples
from app.services import calendars
from tests.access.recording import DAY, record
from tests.access.sending import OPERATIONS
from tests.access.worlds import made_worlds
from tests.sweeps import for_each
from tests.test_openapi import operation, parameters, validator

Recorded = dict[str, dict[str, Example]]


@pytest.fixture(scope="module")
async def recorded() -> AsyncIterator[Recorded]:
    """Send every request once, on a day that never passes, with ids that come in one order: lots are drawn by them."""
    ids = (UUID(f"03bb2cc3-d800-7000-8000-{number:012x}") for number in count())  # later than those of the template
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calendars, "now", lambda: DAY)
        patch.setattr(writing, "uuid7", lambda: next(ids))
        async with made_worlds() as worlds:
            yield await record(worlds)


def test_the_examples_are_what_the_service_says(recorded: Recorded, pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("record"):
        examples.write(recorded)
    said = {name: one for by_operation in recorded.values() for name, one in by_operation.items()}
    shown = examples.load()
    stale = {name for name in said | shown if said.get(name) != shown.get(name)}
    assert not stale, "make examples openapi"
    assert shown.keys() == OPERATIONS.keys()


@for_each(OPERATIONS)
def test_what_is_taken_and_answered_has_a_valid_example(name: str) -> None:
    said = operation(name)
    taken = said.get("requestBody", {}).get("content", {})
    (success,) = (response for status, response in said["responses"].items() if status.startswith("2"))
    for content in (*taken.values(), *success["content"].values()):
        for one in content.get("examples", {}).values():
            validator(content["schema"]).validate(one["value"])
    assert not taken or any("examples" in content for content in taken.values())
    assert all("examples" in content for content in success["content"].values())


@for_each(OPERATIONS)
def test_a_parameter_that_is_needed_has_a_valid_example(name: str) -> None:
    for parameter in parameters(name).values():
        if "example" in parameter:
            validator(parameter["schema"]).validate(parameter["example"])
        assert "example" in parameter or not parameter["required"] or parameter["in"] == "header", parameter["name"]
