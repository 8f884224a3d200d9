"""Whether the service lives, is ready, and what it counts; about no record."""

from dataclasses import dataclass

from tests.access.requests import Request, Requests


@dataclass(frozen=True)
class Health:
    """The service itself."""

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        return {
            "live": Request("/health/live"),
            "ready": Request("/health/ready"),
            "metrics_text": Request("/metrics"),
        }
