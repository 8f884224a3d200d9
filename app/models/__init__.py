"""Every table of the service, gathered in one metadata."""

from app.kernel.tables import metadata
from app.models import (
    api_keys,
    candidacies,
    catalogues,
    cohorts,
    imports,
    indicators,
    regions,
    selection_runs,
)

__all__ = [
    "api_keys",
    "candidacies",
    "catalogues",
    "cohorts",
    "imports",
    "indicators",
    "metadata",
    "regions",
    "selection_runs",
]
