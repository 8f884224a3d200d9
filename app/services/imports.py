"""Take in a file, whole or not at all, and report what became of its rows.

What a dataset's rows mean is in the importers (`import_values`, `import_regions`, `import_candidacies`).
"""

import asyncio
import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, ClassVar, Protocol, Self

from app.domain.numerals import NumeralError, Style, detect_style, parse
from app.domain.permissions import IMPORT_NEEDS
from app.kernel.bodies import Schema
from app.kernel.bulk import Difference
from app.kernel.messages import Text
from app.kernel.problem import FieldError, Problem
from app.kernel.problems import Forbidden, Invalid
from app.kernel.row_files import File, rows
from app.kernel.rows import Cell, Fields, Row
from app.kernel.writing import Writing, new_id
from app.models.imports import Import
from app.schemas.imports import Dataset, ImportParameters
from app.services.import_candidacies import Candidacies
from app.services.import_regions import Regions
from app.services.import_rows import RejectedRowError, Report, RowReader, Words
from app.services.import_values import Values

BATCH = 2_000  # rows read at a time, in a thread, so that others are served meanwhile
_STYLES: tuple[Style, Style] = ("comma", "point")
_RENAMED = {"indicator": "indicator_code", "cohort": "cohort_code"}
_NO_ROWS = Text(
    en="The file has no rows. Put one row below the line that names the columns for each record.",
    id="Berkas tidak memuat baris data. Tulis satu baris untuk tiap data di bawah baris nama kolom.",
)
_NO_SUCH_FIELD = Text(
    en="Rows of this dataset have no such field. Leave the parameter out.",
    id="Baris dalam jenis berkas ini tidak memiliki isian tersebut. Jangan kirim parameter ini.",
)


class ImportRejected(Problem):
    """Some rows cannot be taken in; `report` says which and why."""

    code, status = "import_rejected", 422
    title = Text(en="Import rejected", id="Impor ditolak")
    help = Text(
        en="Some rows cannot be taken in, so nothing is kept. Correct those in `report`, then send the file again.",
        id="Ada baris yang tidak dapat diterima, jadi tidak ada yang disimpan. Perbaiki sesuai `report`.",
    )


class Importer(Protocol):
    """How the rows of one dataset are read, compared and written."""

    schema: ClassVar[type[Schema]]
    fields: ClassVar[Fields]
    words: ClassVar[Words]

    @classmethod
    async def open(cls, writing: Writing, reader: RowReader[Any], import_id: uuid.UUID) -> Self:
        """Read what the rows will be held against."""
        ...

    def read(self, row: Row) -> Any:
        """Return what a row says; raise `RejectedRowError`. Touches nothing but memory."""

    async def add(self, records: Sequence[Any]) -> None:
        """Take in what `read` returned."""

    async def finish(self, report: Report) -> Difference:
        """Reject what only shows with all rows at hand, and tell what the others would change."""
        ...

    async def write(self) -> None:
        """Write what differs."""


IMPORTERS: Mapping[Dataset, type[Importer]] = {
    "regions": Regions,
    "indicator-values": Values,
    "candidacies": Candidacies,
}


async def take_in(writing: Writing, asked: ImportParameters, file: File) -> uuid.UUID:
    """Take in a file and return the id of its import.

    Raises `Forbidden` when the principal may not write what the file fills, `MalformedFile` and `Invalid` for a file
    that cannot be read, `ImportRejected` with the report when any row cannot be taken in.
    """
    needed = IMPORT_NEEDS[asked.dataset]
    if needed not in writing.principal.permissions:
        raise Forbidden(required_permission=needed)
    kind = IMPORTERS[asked.dataset]
    defaults = _defaults(asked, kind)
    style = await asyncio.to_thread(_style, asked.decimal, file, kind)
    import_id = new_id()
    importer = await kind.open(writing, RowReader(kind.schema, style, defaults, kind.words), import_id)
    report = Report()
    source = rows(file, importer.fields)
    while (records := await asyncio.to_thread(_read_batch, source, importer, report)) is not None:
        await importer.add(records)
    if not report.received:
        raise Invalid(errors=[FieldError(pointer="", code="no_rows", message=_NO_ROWS)])
    counts = {**(await importer.finish(report))._asdict(), "received": report.received}
    if report.rejected:
        raise ImportRejected(report={**counts, "rejected": report.rejected, "groups": report.groups()})
    digest = await asyncio.to_thread(hashlib.sha256, file.content)
    parameters = asked.model_dump(mode="json", exclude={"dataset"}, exclude_none=True)
    writing.session.add(
        Import(
            id=import_id,
            dataset=asked.dataset,
            sha256=digest.hexdigest(),
            parameters=parameters,
            actor=writing.principal.id,
            **counts,
        )
    )
    await writing.session.flush()
    await importer.write()
    return import_id


def _defaults(asked: ImportParameters, kind: type[Importer]) -> dict[str, Cell]:
    """Return the cells that the parameters stand for; raise `Invalid` for one that the dataset has no use for."""
    given = asked.model_dump(mode="json", exclude={"dataset", "decimal"}, exclude_none=True)
    errors = [
        FieldError(parameter=name, code="not_allowed", message=_NO_SUCH_FIELD)
        for name in given
        if _RENAMED.get(name, name) not in kind.schema.model_fields
    ]
    if errors:
        raise Invalid(errors=errors)
    return {_RENAMED.get(name, name): str(value) for name, value in given.items()}


def _read_batch(source: Iterator[Row], importer: Importer, report: Report) -> list[Any] | None:
    """Return what the next rows say, without those that are rejected; None at the end of the file."""
    batch = list(islice(source, BATCH))
    if not batch:
        return None
    records = []
    for row in batch:
        try:
            records.append(importer.read(row))
        except RejectedRowError as error:
            report.reject(row.line, error.faults)
    report.received += len(batch)
    return records


def _style(given: Style | None, file: File, kind: type[Importer]) -> Style:
    """Return how a file writes decimals, found out when not given; raise `Invalid` when nothing in it tells."""
    if given is not None:
        return given
    numeric = [name for name, info in kind.schema.model_fields.items() if info.annotation in {int, Decimal}]

    def cells() -> Iterator[str]:
        for row in rows(file, kind.fields):
            for name in numeric:
                cell = row.cells.get(name)
                # Only a cell with a separator tells anything.
                if isinstance(cell, str) and ("." in cell or "," in cell):
                    yield cell

    try:
        return detect_style(cells())
    except NumeralError as error:
        if error.reason.code == "mixed_decimal_styles":
            # The style of most cells; the others are rejected by their lines, so nothing is misread.
            return max(_STYLES, key=lambda style: sum(_reads(cell, style) for cell in cells()))
        message = Text(en=error.reason.text_en, id=error.reason.text_id)
        raise Invalid(errors=[FieldError(parameter="decimal", code=error.reason.code, message=message)]) from None


def _reads(cell: str, style: Style) -> bool:
    try:
        parse(cell, style, percent=True)
    except NumeralError:
        return False
    return True
