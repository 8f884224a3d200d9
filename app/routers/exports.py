"""Exports: whole datasets for data teams, as the reader may see them."""

import json
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Annotated, Any

from fastapi import Response

from app.domain.permissions import Permission
from app.kernel.exports import Export, ExportQuery, file_headers
from app.kernel.formats import JSON, MEDIA_TYPES
from app.kernel.problem_docs import problems
from app.kernel.problems import ExpiredCursor
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.schemas.exports import DataPackageRead, DatasetsRead
from app.services.data_packages import data_package
from app.services.dataset import PATH, Dataset
from app.services.datasets import DATASETS, open_to

_OF_ALL = """
All rows that match and that the reader may see, from one moment, as they are in the list: NDJSON, a JSON array or CSV,
with gzip where it is accepted. In CSV nested values are JSON, and text that a spreadsheet would compute is preceded by
an apostrophe. `Change-Cursor` is where changes follow with no gap and no double; sent as `as_of` with other datasets,
it gives them as of the same moment. A stream that breaks ends as a broken connection, never as a clean end: with
`after_key` and `as_of` the rest follows, exactly.
""".strip()

router = Room(prefix=PATH, tags=["exports"])


@router.get("", response_model=DatasetsRead, summary="Name the datasets that can be exported")
async def get_datasets(reading: Annotated[Reading, reads(Permission.EXPORTS_READ)]) -> Response:
    """Name every dataset that the reader may export, with its formats and filters."""
    datasets = open_to(await reading.principal())
    body = DatasetsRead(items=[dataset.described() for dataset in datasets]).model_dump_json()
    return Response(body, media_type=JSON)


@router.get("/datapackage.json", response_model=DataPackageRead, summary="Describe the datasets for programs")
async def get_data_package(reading: Annotated[Reading, reads(Permission.EXPORTS_READ)]) -> Response:
    """Describe the datasets that the reader may export as a Frictionless data package: every field, with type and unit.

    The rows are counted as of one moment, `created`, whose `Change-Cursor` is `change_cursor`. The paths lead to the
    files of that moment for an hour; without `as_of` they lead to the rows as they are.
    """
    package = await reading.snapshot(partial(data_package, reading.secret))
    return Response(json.dumps(package, ensure_ascii=False), media_type=JSON)


def _exporter(dataset: Dataset) -> Callable[..., Coroutine[Any, Any, Response]]:
    async def export(
        reading: Annotated[Reading[ExportQuery], reads(dataset.permission, dataset.query)],
    ) -> Response:
        return Export(reading, dataset.projection)

    export.__name__ = f"export_{dataset.name.replace('-', '_')}"  # the operation's own name
    return export


def _add(dataset: Dataset) -> None:
    rows = list[dataset.projection.schema]  # type: ignore[name-defined]  # known when it runs
    text = {"schema": {"type": "string"}}
    # In this order: what comes unless another is asked for, so that a client which knows one type of answer takes it.
    told = {
        MEDIA_TYPES["ndjson"]: text,
        MEDIA_TYPES["csv"]: text,
        MEDIA_TYPES["json"]: {},  # with the model's schema
    }
    router.add_api_route(
        f"/{dataset.name}",
        _exporter(dataset),
        response_class=Response,
        responses=problems(ExpiredCursor)
        | {200: {"model": rows, "content": told, "headers": file_headers(dataset.name)}},
        summary=f"Export {dataset.title.en.lower()}",
        description=f"{dataset.description}\n\n{_OF_ALL}",
    )


for _dataset in DATASETS.values():
    _add(_dataset)
