"""Imports: files of the ministries, taken in whole or not at all."""

from typing import Annotated, Any

from fastapi import Depends, Query, Response

from app.domain.permissions import Permission
from app.kernel.bodies import refer
from app.kernel.formats import CSV, JSON, NDJSON
from app.kernel.listing import Page
from app.kernel.problem import MEDIA_TYPE
from app.kernel.problem_docs import problems
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.row_files import File, file_body
from app.kernel.rows import MalformedFile
from app.kernel.writing import Writing, writes
from app.projections.imports import IMPORTS
from app.schemas.imports import ImportParameters, ImportQuery, ImportRead, ImportReport
from app.services import imports as service

MAX_FILE_BYTES = 32 << 20
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            CSV: {"schema": {"type": "string"}},
            JSON: {"schema": {"type": "array", "items": {"type": "object"}}},
            NDJSON: {"schema": {"type": "string"}},
        },
    }
}
_REFUSED = problems(service.ImportRejected, MalformedFile)
_REFUSED[422]["content"][MEDIA_TYPE]["schema"] = {
    "allOf": [
        {"$ref": "#/components/schemas/Problem"},
        {"type": "object", "properties": {"report": refer(ImportReport)}},
    ]
}
_COLUMNS = "\n".join(
    f"- `{dataset}`: " + "; ".join(f"`{field}` ({names})" for field, names in kind.fields.names.items())
    for dataset, kind in service.IMPORTERS.items()
)
_DESCRIPTION = f"""
Import a file whole or not at all. A file with any row that cannot be taken in answers `import_rejected`, whose `report`
groups those rows by what is wrong with them, with their lines. `dry_run=true` answers the same and keeps nothing. What
is the same already stays untouched, so a file sent twice changes nothing.

CSV is UTF-8, separated by `;`, `,` or tabs; decimals are written with a comma or a point throughout. A region is named
by its Home Ministry code, or by its name, with kind and province where the name alone does not tell. A name that a
valid region shares with a dissolved one of its kind means the valid one. A parameter fills in for a column that the
file lacks; of `regions` a column that the file lacks stays as it is. A blank cell is no value. A cell with a list, such
as `aliases`, is a JSON array of strings, as in an export, or has `|` between them.

Columns, or members of the objects, and other names for them, in any case and spacing:

{_COLUMNS}
"""
router = Room(prefix="/v1/imports", tags=["imports"])


@router.get("", response_model=Page[ImportRead], summary="List imports")
async def list_imports(
    reading: Annotated[Reading[ImportQuery], reads(Permission.IMPORTS_READ, ImportQuery)],
) -> Response:
    """List the files that were taken in."""
    return await reading.page(IMPORTS)


@router.post(
    "",
    status_code=201,
    response_model=ImportRead,
    summary="Import a file",
    description=_DESCRIPTION,
    openapi_extra=_FILE,
    responses=_REFUSED,
)
async def create_import(
    parameters: Annotated[ImportParameters, Query()],
    writing: Annotated[Writing, writes(Permission.IMPORTS_WRITE, max_body=MAX_FILE_BYTES)],
    file: Annotated[File, Depends(file_body(MAX_FILE_BYTES))],
) -> Response:
    """Import a file whole or not at all."""
    import_id = await service.take_in(writing, parameters, file)
    return await writing.answer(IMPORTS, status=201, location=f"/v1/imports/{import_id}", id=import_id)


@router.get("/{id}", response_model=ImportRead, summary="Get an import")
async def get_import(id: str, reading: Annotated[Reading, reads(Permission.IMPORTS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one import with its counts."""
    return await reading.one(IMPORTS, id=path_uuid(id))
