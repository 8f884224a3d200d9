"""A client of the public API for the command line and the demo: pages followed, refusals as one readable line."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from rich.console import Console
from rich.progress import Progress

URL_VARIABLE = "SERATUS_URL"
KEY_VARIABLE = "SERATUS_KEY"
TIMEOUT_S = 120.0
PAGE = 200
# What can be exported, and the list it comes from. Values hang below their indicators.
DATASETS: Mapping[str, str] = {
    "regions": "/v1/regions",
    "catalogues": "/v1/catalogues",
    "indicators": "/v1/indicators",
    "indicator-values": "/v1/indicators/{code}/values",
    "cohorts": "/v1/cohorts",
    "candidacies": "/v1/candidacies",
}
_MEDIA_TYPES = {".csv": "text/csv", ".json": "application/json", ".ndjson": "application/x-ndjson"}


class ClientError(Exception):
    """What the service, or the way to it, refused; one line."""


class Client:
    """Talks to one service with one key; an empty key reads what is public."""

    def __init__(self, url: str, key: str = "") -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_S, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()

    def get(self, path: str, **query: str) -> Any:
        """Get one record or page."""
        return self._send("GET", path, params=query).json()

    def post(self, path: str, body: Mapping[str, Any], **query: str) -> Any:
        """Post a record."""
        return self._send("POST", path, json=body, params=query).json()

    def move(self, path: str, to: str, reason: str) -> Any:
        """Move the record at `path` to another state, as it stands now."""
        tag = self._send("GET", path).headers["etag"]
        body = {"to": to, "reason": reason}
        return self._send("POST", f"{path}/transitions", json=body, headers={"If-Match": tag}).json()

    def delete(self, path: str) -> None:
        """Delete the record at `path`, as it stands now."""
        tag = self._send("GET", path).headers["etag"]
        self._send("DELETE", path, headers={"If-Match": tag})

    def every(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Follow a list to its end."""
        query["limit"] = str(PAGE)
        while True:
            page = self.get(path, **query)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def send_file(self, file: Path, query: Mapping[str, str], console: Console) -> dict[str, Any]:
        """Import a file and return the report; print the rejected rows of one that is refused."""
        media_type = _MEDIA_TYPES.get(file.suffix.lower())
        if media_type is None:
            raise ClientError(f"{file.name}: name it .csv, .json or .ndjson, so that its format is known")
        with console.status(f"importing {file.name}"):
            response = self._request(
                "POST", "/v1/imports", params=query, content=file.read_bytes(), headers={"Content-Type": media_type}
            )
        if response.is_error:
            report = _document(response).get("report", {})
            for group in report.get("groups", []):
                console.print(f"{group['count']} rows: {group['message']} lines {group['lines'][:10]}", markup=False)
        report = _checked(response).json()
        return dict(report)

    def export(self, dataset: str, to: Path | None, console: Console) -> int:
        """Write a dataset as NDJSON and return the number of records; show progress on `console`."""
        written = 0
        with ExitStack() as stack:
            target = sys.stdout if to is None else stack.enter_context(to.open("w", encoding="utf-8"))
            progress = stack.enter_context(Progress(console=console, transient=True))
            task = progress.add_task(dataset, total=None)
            for path in self._paths(DATASETS[dataset]):
                for record in self.every(path):
                    target.write(json.dumps(record, ensure_ascii=False) + "\n")
                    written += 1
                    progress.advance(task)
        return written

    def _paths(self, template: str) -> Iterator[str]:
        if "{code}" not in template:
            yield template
            return
        for indicator in self.every("/v1/indicators"):
            yield template.format(code=indicator["code"])

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        return _checked(self._request(method, path, **options))

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self.http.request(method, path, **options)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise ClientError(f"{self.http.base_url}: {reason}; is the service running there?") from error


def _checked(response: httpx.Response) -> httpx.Response:
    if not response.is_error:
        return response
    problem = _document(response)
    faults = "; ".join(
        f"{fault.get('pointer') or fault.get('parameter')}: {fault['message']}" for fault in problem.get("errors", [])
    )
    told = faults or problem.get("detail", "the answer is not from Seratus")
    raise ClientError(f"{response.request.method} {response.url.path}: {response.status_code} {told}")


def _document(response: httpx.Response) -> dict[str, Any]:
    try:
        return dict(response.json())
    except ValueError:
        return {}
