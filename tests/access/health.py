"""Whether the service lives and is ready, what it counts, and where it is told of; about no record."""

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
            "get_api_catalog": Request("/.well-known/api-catalog"),
            "get_security_text": Request("/.well-known/security.txt"),
        }
