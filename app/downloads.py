"""Datasets written into a folder, all as of one moment; what broke off goes on after its last whole row.

Hides the manifest, in which the folder tells what it is to hold, and where the last whole row of a broken file ends. A
file has its name only when it is whole.
"""

import csv
import json
import time
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

import httpx
from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.progress import Progress, TaskID

from app.client import Client, ClientError, DisconnectedError, bar
from app.services.datasets import DATASETS

MANIFEST = "manifest.json"
FORMATS = ("ndjson", "csv")
# So often in a row nothing new comes before it is given up, and so long is waited the first time; then twice as long.
TRIES = 4
WAIT_S = 1.0
_BUSY = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}


class Manifest(BaseModel):
    """What a folder is to hold, and what is whole: the rows of each dataset `done`. The moment is a `Change-Cursor`."""

    url: str
    datasets: list[str]
    format: str
    filters: dict[str, str]
    change_cursor: str | None = None
    done: dict[str, int] = {}

    def goes_on_from(self, earlier: "Manifest") -> bool:
        """Tell whether an earlier one, not whole yet, asked the same of the same service."""
        asked = {"url", "format", "filters"}
        return not earlier.done.keys() >= set(earlier.datasets) and (
            self.model_dump(include=asked) == earlier.model_dump(include=asked)
        )


class Download:
    """One run over a folder; `say` tells the user what is not as expected."""

    def __init__(self, client: Client, folder: Path, manifest: Manifest, console: Console) -> None:
        self.client = client
        self.folder = folder
        self.manifest = manifest
        self.console = console

    def run(self) -> Mapping[str, int]:
        """Write what is not there yet; return the rows of each dataset. Raises `ClientError`; the next run goes on."""
        self.folder.mkdir(parents=True, exist_ok=True)
        earlier = self._earlier()
        if earlier is not None and self.manifest.goes_on_from(earlier):
            self.manifest.change_cursor, self.manifest.done = earlier.change_cursor, earlier.done
        else:
            self._begin_anew()
        try:
            self._write_all()
        except ClientError as error:
            if error.status == httpx.codes.BAD_REQUEST and self.manifest.change_cursor is not None:
                other = f"{self.folder}: what was begun there is of another key: use that one, or take another folder"
                raise ClientError(other) from error
            if error.status != httpx.codes.GONE:
                raise
            self.console.print(f"{self.folder}: the moment of what is there is too long ago; all of it is fetched anew")
            self._begin_anew()
            self._write_all()
        return {dataset: self.manifest.done[dataset] for dataset in self.manifest.datasets}

    def file(self, dataset: str) -> Path:
        """Return where a dataset is when it is whole."""
        return self.folder / f"{dataset}.{self.manifest.format}"

    def _earlier(self) -> Manifest | None:
        try:
            return Manifest.model_validate_json((self.folder / MANIFEST).read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError:
            raise ClientError(f"{self.folder / MANIFEST} is not from an export: take another folder") from None

    def _begin_anew(self) -> None:
        self.manifest.change_cursor, self.manifest.done = None, {}
        for dataset in DATASETS:
            for form in FORMATS:
                (self.folder / f"{dataset}.{form}.part").unlink(missing_ok=True)
        self._keep()

    def _keep(self) -> None:
        draft = self.folder / f"{MANIFEST}.new"
        draft.write_text(self.manifest.model_dump_json(indent=2) + "\n")
        draft.replace(self.folder / MANIFEST)

    def _write_all(self) -> None:
        with bar(self.console) as progress:
            for dataset in self.manifest.datasets:
                if dataset not in self.manifest.done or not self.file(dataset).exists():
                    self.manifest.done[dataset] = self._write(dataset, progress, progress.add_task(dataset))
                    self._keep()

    def _write(self, dataset: str, progress: Progress, task: TaskID) -> int:
        """Write one dataset, and return the number of its rows."""
        part = self.folder / f"{dataset}.{self.manifest.format}.part"
        tries, before = 0, -1
        while True:
            with part.open("a+b") as begun:
                begun.seek(0)
                there = whole_rows(begun, self.manifest.format)
            tries, before = (tries + 1 if there.end == before else 1), there.end
            try:
                rows = self._go_on(dataset, part, there, progress, task)
            except ClientError as error:
                if tries == TRIES or not (isinstance(error, DisconnectedError) or error.status in _BUSY):
                    raise
                time.sleep(WAIT_S * 2 ** (tries - 1))
            else:
                part.replace(self.file(dataset))
                return rows

    def _go_on(self, dataset: str, part: Path, there: "Rows", progress: Progress, task: TaskID) -> int:
        manifest = self.manifest
        query = {**manifest.filters, "format": manifest.format}
        if manifest.change_cursor is not None:
            query["as_of"] = manifest.change_cursor
        if there.last is not None:
            query["after_key"] = "/".join(str(there.last[name]) for name in DATASETS[dataset].key)
        with self.client.exporting(dataset, query) as export, part.open("ab") as target:
            if manifest.change_cursor is None:
                manifest.change_cursor = export.moment
                self._keep()
            target.truncate(there.end)
            came, total, counter = there.rows, there.rows + export.rows, _Counter(manifest.format)
            if manifest.format == "csv" and not there.headed:
                came -= 1  # the first line is no row
            for piece in _without_header(export.pieces) if there.headed else export.pieces:
                target.write(piece)
                came += counter.count(piece)
                progress.update(task, total=total, completed=max(came, 0))
        if came != total:
            raise DisconnectedError(f"{dataset}: {came} of {total} rows came")
        return total


class Rows(NamedTuple):
    """The whole rows at the beginning of a file: where they end, how many there are, and the last one.

    A table may be `headed` and have no row yet.
    """

    end: int
    rows: int
    last: Mapping[str, object] | None
    headed: bool


def whole_rows(source: BinaryIO, form: str) -> Rows:
    """Find the whole rows of a file."""
    counter, end, lines, first, last, pending = _Counter(form), 0, 0, b"", b"", b""
    for line in source:
        pending += line
        if counter.count(line):
            end, lines, last, pending = end + len(pending), lines + 1, pending, b""
            first = first or last
    if form != "csv":
        return Rows(end, lines, json.loads(last) if lines else None, headed=False)
    table = StringIO((first + last).decode(), newline="")
    row = next(csv.DictReader(table)) if lines > 1 else None
    return Rows(end, max(lines - 1, 0), row, headed=lines > 0)


class _Counter:
    """Counts the rows that end in the pieces of a file. In CSV a line break within quotes ends none."""

    def __init__(self, form: str) -> None:
        self.csv = form == "csv"
        self.quoted = 0

    def count(self, piece: bytes) -> int:
        """Return how many rows end in the next piece."""
        parts = piece.split(b'"') if self.csv else [piece]
        rows = sum(part.count(b"\n") for part in parts[self.quoted :: 2])
        self.quoted = (self.quoted + len(parts) - 1) % 2
        return rows


def _without_header(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the pieces of a table from its second line on."""
    for piece in pieces:
        _, line_break, rest = piece.partition(b"\n")
        if line_break:
            yield rest
            yield from pieces
