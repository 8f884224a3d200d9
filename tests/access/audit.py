"""The audit: an entry of it."""

from dataclasses import dataclass

from tests.access.requests import Request, Requests
from tests.conftest import As


@dataclass(frozen=True)
class Audit:
    """An entry that tells of a record of the programme."""

    entry: str = "999999999999999999"

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        return {
            "list_audit": Request("/v1/audit?resource=institutions&operation=create"),
            "verify_audit": Request("/v1/audit-verification"),
            "get_audit_entry": Request(f"/v1/audit/{self.entry}"),
        }


async def make(as_: As) -> Audit:
    """Find the entry of the first institution."""
    asked = {"resource": "institutions", "operation": "create", "sort": "seq", "limit": "1"}
    found = (await as_("auditor").get("/v1/audit", params=asked)).json()
    return Audit(str(found["items"][0]["seq"]))
