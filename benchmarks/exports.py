"""An export beside `psql` copying the same JSON: how long each takes, and how much memory the service needs for it."""

import os
import socket
import subprocess
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import urlsplit

import asyncpg
from sqlalchemy.engine import make_url

from app.domain.principals import SYSTEM
from app.kernel.export_statements import rows_statement
from app.kernel.projection import reader_of
from app.projections.quick_wins import PROGRESS_REPORTS
from benchmarks.servers import Server

REPORTS = 200_000
TURNS = 5
TIMES_PSQL_AT_MOST = 1.3
MEGABYTES_AT_MOST = 50
_PATH = "/v1/exports/progress-reports"
_RECEIVED = 1 << 18
_ROW_AT_LEAST = 300  # bytes
_FILL = """
ALTER TABLE progress_reports DISABLE TRIGGER USER;
INSERT INTO quick_wins (id, candidacy_id, title, dimension, starts_on, ends_on)
    SELECT gen_random_uuid(), c.id, 'Made up for a benchmark', 'governance', '2025-01-01', '2025-12-31'
    FROM candidacies c LIMIT 100;
INSERT INTO progress_reports (id, quick_win_id, number, reported_on, percent, value, note)
    SELECT ('019aa000-0000-7000-8000-' || lpad(to_hex(n.n * 100 + q.n), 12, '0'))::uuid, q.id, n.n,
        date '2025-01-01' + (n.n % 365)::integer, n.n % 101, n.n / 10.0, 'Made up for a benchmark: ' || repeat('x', 40)
    FROM generate_series(1, {each}) AS n (n)
    CROSS JOIN (SELECT id, row_number() OVER () AS n FROM quick_wins WHERE title LIKE 'Made up%' LIMIT 100) q;
ALTER TABLE progress_reports ENABLE TRIGGER USER;
ANALYZE progress_reports, quick_wins
"""


class Exported(NamedTuple):
    """Seconds of each turn, of the service and of `psql`; and megabytes by which the service grew."""

    ours: list[float]
    psql: list[float]
    grown: float

    @property
    def ratio(self) -> float:
        """Return how many times as long as `psql` the service takes: the median of the turns."""
        return median(mine / theirs for mine, theirs in zip(self.ours, self.psql, strict=True))

    @property
    def good(self) -> bool:
        """Tell whether both targets are met."""
        return self.ratio <= TIMES_PSQL_AT_MOST and self.grown < MEGABYTES_AT_MOST


async def add_reports(database_url: str) -> None:
    """Fill the database with progress reports."""
    connection = await asyncpg.connect(_plain(database_url))
    await connection.execute(_FILL.format(each=REPORTS // 100))
    await connection.close()


def export_reports(server: Server, key: str, psql: Path, database_url: str) -> Exported:
    """Export all reports in turns with `psql`, each into nowhere; the first turn of each only warms up."""
    ours, theirs = [], []
    _export(server, key)
    before = server.peak_megabytes()
    for _ in range(TURNS):
        theirs.append(_copy(psql, database_url))
        ours.append(_export(server, key))
    return Exported(ours, theirs, server.peak_megabytes() - before)


def _export(server: Server, key: str) -> float:
    address = urlsplit(server.address)
    asked = (
        f"GET {_PATH} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
    )
    start, taken, last = time.perf_counter(), 0, b""
    with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
        connection.sendall(asked.encode())
        while piece := connection.recv(_RECEIVED):
            taken += len(piece)
            last = (last + piece)[-5:]
    if last != b"0\r\n\r\n" or taken < REPORTS * _ROW_AT_LEAST:
        raise RuntimeError(f"the export broke off after {taken} bytes")
    return time.perf_counter() - start


def _copy(psql: Path, database_url: str) -> float:
    reader, _ = reader_of(SYSTEM)
    statement = rows_statement(PROGRESS_REPORTS, reader, (), tuple(PROGRESS_REPORTS.columns), table=False).text
    options = "FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02'"
    command = [str(psql), _plain(database_url), "-qc", f"COPY ({statement}) TO STDOUT ({options})"]
    start = time.perf_counter()
    with Path(os.devnull).open("wb") as nowhere:
        subprocess.run(command, stdout=nowhere, check=True, env={**os.environ, "PGTZ": "UTC"})  # noqa: S603 - our own program
    return time.perf_counter() - start


def _plain(database_url: str) -> str:
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
