"""Exports of whole datasets, and changes; that both have the rows of the lists is held against these."""

from dataclasses import dataclass

from app.services.datasets import DATASETS
from tests.access.requests import Request, Requests


@dataclass(frozen=True)
class Exports:
    """All datasets, and where an administrator began to follow the changes."""

    beginning: str = ""

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        return {
            "get_datasets": Request("/v1/exports"),
            "follow_changes": Request("/v1/changes"),
            "follow_changes/administrator": Request(f"/v1/changes?after={self.beginning}"),
            "get_data_package": Request("/v1/exports/datapackage.json"),
            **{f"export_{name.replace('-', '_')}": Request(f"/v1/exports/{name}") for name in DATASETS},
        }
