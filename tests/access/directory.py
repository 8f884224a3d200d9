"""Institutions and experts; how to reach an expert is of mentoring."""

from dataclasses import dataclass

from tests.access.requests import NOWHERE, Request, Requests
from tests.conftest import EXPERT, INSTITUTION

INSTITUTE = {"name": "Universitas Contoh", "kind": "university", "website": "https://universitas.example"}
SOMEONE = {"name": "Dewi (contoh)", "institution_id": str(INSTITUTION), "roles": ["mentor"]}


@dataclass(frozen=True)
class Directory:
    """An institution, and an expert of it."""

    institution: str = NOWHERE
    expert: str = NOWHERE

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        institution, expert = f"/v1/institutions/{self.institution}", f"/v1/experts/{self.expert}"
        return {
            "list_institutions": Request("/v1/institutions"),
            "create_institution": Request("/v1/institutions", INSTITUTE),
            "get_institution": Request(institution),
            "update_institution": Request(institution, {"website": "https://universitas.example"}),
            "list_experts": Request("/v1/experts"),
            "create_expert": Request("/v1/experts", SOMEONE),
            "get_expert": Request(expert),
            "update_expert": Request(expert, {"active": False}),
            "erase_expert": Request(f"{expert}/erasure"),
        }


def make() -> Directory:
    """Name those who are there from the start."""
    return Directory(str(INSTITUTION), str(EXPERT))
