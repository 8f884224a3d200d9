"""Every table of the service, gathered in one metadata."""

from app.kernel.tables import metadata
from app.models import (
    api_keys,
    candidacies,
    catalogues,
    cohorts,
    experts,
    imports,
    indicators,
    institutions,
    memoranda,
    regions,
    rubrics,
    selection_runs,
)

__all__ = [
    "api_keys",
    "candidacies",
    "catalogues",
    "cohorts",
    "experts",
    "imports",
    "indicators",
    "institutions",
    "memoranda",
    "metadata",
    "regions",
    "rubrics",
    "selection_runs",
]
