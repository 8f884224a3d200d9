"""A client of the public API for the command line and the demo: pages followed, refusals as one readable line."""

import os
import ssl
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self
from urllib.parse import quote

import httpx
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from app.kernel.formats import MEDIA_TYPES

URL_VARIABLE = "SERATUS_URL"
KEY_VARIABLE = "SERATUS_KEY"
TIMEOUT_S = 120.0
TOO_MANY = 429
PAGE = 200
LINES_SHOWN = 10


class ClientError(Exception):
    """What the service refused, with the status of its answer, or why there was no answer; one line."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class DisconnectedError(ClientError):
    """There was no answer, or one that broke off."""


class Export(NamedTuple):
    """An export that comes in: how many rows, the `Change-Cursor` of its moment, and its bytes."""

    rows: int
    moment: str
    pieces: Iterator[bytes]


class Client:
    """Talks to one service with one key; an empty key reads what is public."""

    def __init__(self, url: str, key: str = "") -> None:
        if not (key.isascii() and key.isprintable()):
            raise ClientError(f"the key holds characters that no key has: set --key or {KEY_VARIABLE} to the whole key")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.url = url
        try:
            self._http = httpx.Client(
                base_url=url, headers=headers, timeout=TIMEOUT_S, trust_env=False, verify=_authorities()
            )
        except httpx.InvalidURL as error:
            raise ClientError(f"{url} is no address ({error}): write http://host:port") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def with_key(self, key: str) -> "Client":
        """Make a client of the same service with another key."""
        return Client(self.url, key)

    def get(self, path: str, **query: str) -> Any:
        """Get one record or page."""
        return _document(self._send("GET", path, params=query))

    def get_bytes(self, path: str) -> bytes:
        """Get an answer as the bytes it came in."""
        return self._send("GET", path).content

    def post(self, path: str, body: Mapping[str, Any], **query: str) -> Any:
        """Post a record."""
        return _document(self._send("POST", path, json=body, params=query))

    def patch(self, path: str, changes: Mapping[str, Any]) -> Any:
        """Change the record at `path`, as it stands now."""
        return _document(self._send("PATCH", path, json=changes, headers=self._as_it_stands(path)))

    def move(self, path: str, to: str, reason: str, **details: Any) -> Any:
        """Move the record at `path` to another state, as it stands now, with the details that this move takes."""
        return self.post_beneath(path, "transitions", {"to": to, "reason": reason, **details})

    def post_beneath(self, path: str, name: str, body: Mapping[str, Any]) -> Any:
        """Post to what is called `name` of the record at `path`, as that stands now."""
        return _document(self._send("POST", f"{path}/{name}", json=body, headers=self._as_it_stands(path)))

    def delete(self, path: str) -> None:
        """Delete the record at `path`, as it stands now."""
        self._send("DELETE", path, headers=self._as_it_stands(path))

    def pages(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Follow a list to its end, page by page; the first one has the `total`."""
        query |= {"limit": str(PAGE), "count": "true"}
        while True:
            page = self.get(path, **query)
            yield page
            if page["next_cursor"] is None:
                return
            query |= {"cursor": page["next_cursor"], "count": "false"}

    def every(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Follow a list to its end, record by record."""
        for page in self.pages(path, **query):
            yield from page["items"]

    def send_file(self, file: Path, query: Mapping[str, str], console: Console) -> dict[str, Any]:
        """Import a file and return the record of it; print the rows for which it is refused."""
        media_type = {f".{name}": kind for name, kind in MEDIA_TYPES.items()}.get(file.suffix.lower())
        if media_type is None:
            raise ClientError(f"{file.name}: name it .csv, .json or .ndjson, so that its format is known")
        with console.status(Text(f"importing {file.name}")):
            response = self._request(
                "POST", "/v1/imports", params=query, content=file.read_bytes(), headers={"Content-Type": media_type}
            )
        if response.is_error:
            for group in _problem(response).get("report", {}).get("groups", []):
                console.print(_rejected(group), highlight=False, soft_wrap=True)
        return dict(_document(_checked(response)))

    @contextmanager
    def exporting(self, dataset: str, query: Mapping[str, str]) -> Iterator[Export]:
        """Lend an export while it comes in; reading it may raise `DisconnectedError`."""
        path, query = f"/v1/exports/{quote(dataset, safe='')}", {**query, "count": "true"}
        try:
            with self._http.stream("GET", path, params=query) as response:
                if response.is_error:
                    response.read()
                rows = _rows_of(_checked(response))
                yield Export(rows, response.headers.get("Change-Cursor", ""), response.iter_bytes())
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def export(self, dataset: str, query: Mapping[str, str], to: Path | None, console: Console) -> int:
        """Write a dataset as the service exports it and return the number of records; show progress on `console`."""
        with self.exporting(dataset, query) as export, _whole(to) as target, bar(console) as progress:
            task = progress.add_task(dataset, total=export.rows)
            for piece in export.pieces:
                target.write(piece)
                progress.advance(task, piece.count(b"\n"))
            return export.rows

    def _as_it_stands(self, path: str) -> dict[str, str]:
        return {"If-Match": self._send("GET", path).headers.get("ETag", "*")}

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        return _checked(self._request(method, path, **options))

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            while (answer := self._http.request(method, path, **options)).status_code == TOO_MANY:
                time.sleep(float(answer.headers.get("Retry-After", "1")))
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        return answer

    def _unreachable(self, error: httpx.HTTPError) -> DisconnectedError:
        reason = str(error) or type(error).__name__
        return DisconnectedError(f"{self._http.base_url}: {reason}; is the service running there?")


@cache
def _authorities() -> ssl.SSLContext:
    """Read whom to trust once: it takes as long as several requests, and the demo makes a client for everyone."""
    return httpx.create_ssl_context(trust_env=False)


def bar(console: Console) -> Progress:
    """Return bars of progress, which are gone in the end; none where nobody looks."""
    return Progress(console=console, transient=True, disable=not console.is_terminal)


@contextmanager
def _whole(to: Path | None) -> Iterator[BinaryIO]:
    """Lend a file that gets its name when all of it is written; standard output without a name.

    A link goes on leading to its file. What is there and is no file, such as a pipe, is written as it comes.
    """
    if to is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if to.exists() and not to.is_file():
        with to.open("wb") as target:
            yield target
        return
    to = Path(os.path.realpath(to))  # bears a link that leads to itself, unlike resolve()
    draft = to.with_name(f"{to.name}.part")
    try:
        with draft.open("wb") as target:
            yield target
        draft.replace(to)
    finally:
        draft.unlink(missing_ok=True)


# Where a fault is, if anywhere, and what it is.
_PLACES = ("pointer", "parameter", "message")


def _checked(response: httpx.Response) -> httpx.Response:
    """Return a response that is what was asked for; raise `ClientError` with all that a problem document points at."""
    if response.is_success:
        return response
    problem = _problem(response)
    told = problem.get("detail", "the answer is not from Seratus")
    faults = "; ".join(": ".join(filter(None, map(fault.get, _PLACES))) for fault in problem.get("errors", []))
    asked, status = f"{response.request.method} {response.url.path}", response.status_code
    raise ClientError(f"{asked}: {status} {faults or told}", status)


def _rows_of(response: httpx.Response) -> int:
    """Return how many rows an export has; raise `ClientError` when something else answered."""
    counted = response.headers.get("Row-Count", "")
    if not counted.isdecimal():
        raise ClientError(f"{response.url}: the answer is not from Seratus")
    return int(counted)


def _document(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise ClientError(f"{response.url}: the answer is not from Seratus") from error


def _problem(response: httpx.Response) -> dict[str, Any]:
    """Return the problem document of a refusal; empty when something else answered."""
    try:
        problem = response.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _rejected(group: Mapping[str, Any]) -> str:
    lines = ", ".join(str(line) for line in group["lines"][:LINES_SHOWN])
    more = " …" if group["count"] > LINES_SHOWN else ""
    field = f"{group['field']}: " if group["field"] else ""
    return f"{group['count']} rows rejected (lines {lines}{more}): {field}{group['message']}"
