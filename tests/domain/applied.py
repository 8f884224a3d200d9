"""What a patch does to a document, written anew from RFC 6902."""

from copy import deepcopy
from typing import Any

from app.domain.json_patch import Operation


def applied(document: Any, operations: list[Operation]) -> Any:
    """Carry out a patch as RFC 6902 has it: by the letter, one operation after the other."""
    box = {"": deepcopy(document)}
    for operation in operations:
        assert operation.keys() == {"op", "path"} | ({"value"} if operation["op"] != "remove" else set())
        steps = [step.replace("~1", "/").replace("~0", "~") for step in operation["path"].split("/")]
        place: Any = box
        for step in steps[:-1]:
            place = place[int(step)] if isinstance(place, list) else place[step]
        step = steps[-1]
        if operation["op"] == "remove":
            del place[int(step) if isinstance(place, list) else step]
        elif isinstance(place, list) and operation["op"] == "add":
            assert 0 <= int(step) <= len(place)
            place.insert(int(step), operation["value"])
        elif isinstance(place, list):
            place[int(step)] = operation["value"]
        else:
            assert (step in place) is (operation["op"] == "replace")
            place[step] = operation["value"]
    return box[""]
