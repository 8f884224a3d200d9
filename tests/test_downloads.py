"""Datasets into a folder: whatever breaks on the way, in the end they are whole, exact and of one moment."""

import csv
import http.server
import io
import json
import socket
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from app import downloads
from app.client import Client, ClientError, DisconnectedError
from app.config import Settings
from app.downloads import TRIES, Download, Manifest, whole_rows
from app.kernel.serving import address_of
from app.main import create_app
from tests.conftest import cloned_database, secret_of

DATASETS = ["catalogues", "institutions", "regions"]
GONE = json.dumps({"detail": "Expired."}).encode()


@pytest.fixture(scope="module")
async def service() -> AsyncIterator[str]:
    """Serve a database from a thread, which takes no start of a process; give the address."""
    async with cloned_database(f"downloads_{uuid.uuid4().hex}") as url:
        server = uvicorn.Server(uvicorn.Config(create_app(Settings(database_url=url)), log_config=None))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=server.run, args=([listener],))
            thread.start()
            yield address_of(listener)
            server.should_exit = True
            thread.join()


class Way(http.server.ThreadingHTTPServer):
    """The way to the service: it cuts each answer after so many bytes as the next of `cuts` says, if any.

    To so many questions of an earlier moment as are `expired` it says that it is gone.
    """

    def __init__(self, service: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.straight = httpx.Client(base_url=service)
        self.cuts: list[int | None] = []
        self.expired = 0
        self.asked: list[dict[str, str]] = []

    @property
    def address(self) -> str:
        """Return where it begins."""
        return f"http://127.0.0.1:{self.server_port}"

    def server_close(self) -> None:
        """Let go of both ends."""
        super().server_close()
        self.straight.close()


class _Passing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Way

    def do_GET(self) -> None:
        way, url = self.server, httpx.URL(self.path)
        way.asked.append({"dataset": url.path.rpartition("/")[2], **dict(url.params)})
        expired = way.expired > 0 and "as_of" in url.params
        way.expired -= expired
        headers = {"Authorization": self.headers["Authorization"]} if "Authorization" in self.headers else {}
        answer = way.straight.get(self.path, headers=headers)
        body, cut = (GONE, None) if expired else (answer.content, way.cuts.pop(0) if way.cuts else None)
        self.send_response(410 if expired else answer.status_code)
        for name in ("Content-Type", "Row-Count", "Change-Cursor"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if sent := body[:cut]:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(sent), sent))
        if cut is None:
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def way(service: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    monkeypatch.setattr(downloads, "WAIT_S", 0)
    with Way(service) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(way: Way, folder: Path, form: str = "ndjson", key: str = "", said: io.StringIO | None = None) -> dict[str, int]:
    """Download all by the way; return the rows of each."""
    manifest = Manifest(url=way.address, datasets=DATASETS, format=form, filters={})
    with Client(way.address, key) as client:
        return dict(Download(client, folder, manifest, Console(file=said or io.StringIO(), width=300)).run())


def broken(way: Way, folder: Path, form: str = "ndjson") -> str:
    """Have the last of the datasets break until it is given up, and something change then; return the moment."""
    way.cuts = [None, None, 40_000, *[0] * TRIES]
    with pytest.raises(DisconnectedError):
        run(way, folder, form)
    assert {file.suffix for file in folder.iterdir()} == {".json", f".{form}", ".part"}
    headers = {"Authorization": f"Bearer {secret_of('officer')}"}
    body = {"name": f"Universitas {uuid.uuid4()}", "kind": "university"}
    assert way.straight.post("/v1/institutions", json=body, headers=headers).status_code == 201
    way.asked.clear()
    return moment_of(folder)


def moment_of(folder: Path) -> str:
    return str(json.loads((folder / "manifest.json").read_text())["change_cursor"])


def check_whole(way: Way, folder: Path, form: str) -> None:
    """See that the files are what the service gives as of the moment in the manifest, and nothing else is there."""
    manifest = json.loads((folder / "manifest.json").read_text())
    names = {f"{dataset}.{form}" for dataset in DATASETS}
    assert {file.name for file in folder.iterdir()} == {"manifest.json", *names}
    for dataset in DATASETS:
        query = {"as_of": manifest["change_cursor"], "format": form, "count": "true"}
        whole = way.straight.get(f"/v1/exports/{dataset}", params=query)
        assert (folder / f"{dataset}.{form}").read_bytes() == whole.content
        assert manifest["done"][dataset] == int(whole.headers["row-count"])


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_what_is_cut_goes_on_where_it_was(way: Way, tmp_path: Path, form: str) -> None:
    """Before everything, in the first line, after it, and in the middle of a row."""
    whole = way.straight.get("/v1/exports/catalogues", params={"format": form}).content
    first, second, *_ = whole.splitlines(keepends=True)
    way.cuts = [0, 3, len(first), len(first + second) + 100]
    assert run(way, tmp_path, form)["regions"] == 552
    check_whole(way, tmp_path, form)
    of_catalogues = [asked for asked in way.asked if asked["dataset"] == "catalogues"]
    assert len(of_catalogues) == 4 + 1
    assert "/" in of_catalogues[-1]["after_key"]
    assert len({asked.get("as_of") for asked in way.asked}) == 1 + 1


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_the_next_run_goes_on_as_of_the_same_moment(way: Way, tmp_path: Path, form: str) -> None:
    moment = broken(way, tmp_path, form)
    assert run(way, tmp_path, form).keys() == set(DATASETS)
    check_whole(way, tmp_path, form)
    assert moment_of(tmp_path) == moment
    (asked,) = way.asked  # what was whole is not fetched again
    assert (asked["dataset"], asked["as_of"]) == ("regions", moment)
    assert asked["after_key"] > "11"


def test_what_was_begun_too_long_ago_is_begun_anew(way: Way, tmp_path: Path) -> None:
    moment, said = broken(way, tmp_path), io.StringIO()
    way.expired = 1
    run(way, tmp_path, said=said)
    assert "anew" in said.getvalue()
    check_whole(way, tmp_path, "ndjson")
    assert moment_of(tmp_path) != moment


def test_what_was_begun_with_another_key_is_left(way: Way, tmp_path: Path) -> None:
    moment = broken(way, tmp_path)
    with pytest.raises(ClientError, match="another key"):
        run(way, tmp_path, key=secret_of("officer"))
    assert moment_of(tmp_path) == moment


def test_what_is_whole_is_made_anew(way: Way, tmp_path: Path) -> None:
    run(way, tmp_path)
    before = moment_of(tmp_path)
    run(way, tmp_path)
    check_whole(way, tmp_path, "ndjson")
    assert moment_of(tmp_path) != before


CELLS = st.text(st.sampled_from('ab,"\n\r\u2028\u00e9'), max_size=5)


@settings(max_examples=50)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5), st.data())
def test_the_last_whole_row_of_a_cut_table_is_found(rows: list[tuple[str, str]], data: st.DataObject) -> None:
    """Also where cells have quotes and line breaks."""
    records = []
    for row in [("id", "name"), *rows]:
        written = io.StringIO(newline="")
        csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(row)
        records.append(written.getvalue().encode())
    cut = data.draw(st.integers(0, len(b"".join(records))))
    found = whole_rows(io.BytesIO(b"".join(records)[:cut]), "csv")
    whole = [place for place in range(len(records) + 1) if len(b"".join(records[:place])) <= cut][-1]
    assert found.end == len(b"".join(records[:whole]))
    assert (found.headed, found.rows) == (whole > 0, max(whole - 1, 0))
    assert found.last == (dict(zip(("id", "name"), rows[whole - 2], strict=True)) if whole > 1 else None)
