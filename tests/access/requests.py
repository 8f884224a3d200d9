"""Requests about some records, and what the topics of records have in common."""

from typing import Any, NamedTuple, Protocol

# What is not there, by its id and by its code.
NOWHERE, NEVER = "01890000-0000-7000-8000-000000000000", "never"
STEP = {"to": "withdrawn", "reason": "An example"}


class Request(NamedTuple):
    """A request that succeeds when it is allowed; every write is rehearsed, so one world serves all."""

    path: str
    body: dict[str, Any] | None = None
    content: bytes | None = None


# By operation; behind a slash, that of one person where it differs.
Requests = dict[str, Request]


class Topic(Protocol):
    """The ids of some records, by default of none that is there."""

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
