"""Every operation shows a request and an answer, and they are what the service takes and answers today."""

import pytest

from app.kernel.examples import Example
from app.reference import examples
from tests.access.recording import record, standing_still
from tests.access.sending import OPERATIONS
from tests.access.worlds import Worlds
from tests.operations import operation, parameters, validator
from tests.sweeps import for_each

Recorded = dict[str, dict[str, Example]]


@pytest.fixture(scope="module")
async def recorded(made_still: Worlds) -> Recorded:
    """Send every request once."""
    with standing_still():
        return await record(made_still)


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
