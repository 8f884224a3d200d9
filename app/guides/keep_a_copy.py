"""Keep a true copy of what Seratus shows you: everything once, and from then on what changes.

    SERATUS_KEY=srt_... python keep_a_copy.py https://seratus.example copy.json candidacies quick-wins

Needs httpx. Leave out SERATUS_KEY for what is public. Run it again whenever you like: it goes on where it was.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx


def load(seratus: httpx.Client, datasets: list[str]) -> dict[str, Any]:
    """Export the datasets, all as of the moment of the first."""
    copy: dict[str, Any] = {"records": {}}
    for dataset in datasets:
        moment = {"as_of": copy["cursor"]} if "cursor" in copy else {}
        export = seratus.get(f"/v1/exports/{dataset}", params=moment).raise_for_status()
        copy["cursor"] = export.headers["Change-Cursor"]
        copy["records"][dataset] = {name_of(row): row for row in map(json.loads, export.text.splitlines())}
    return copy


def follow(seratus: httpx.Client, copy: dict[str, Any], wait: int = 0) -> None:
    """Bring the copy up to date; with `wait`, until so many seconds pass without a change."""
    while True:
        asked = {"after": copy["cursor"], "resource_in": ",".join(copy["records"]), "limit": 200, "wait": wait}
        answer = seratus.get("/v1/changes", params=asked)
        if answer.status_code == httpx.codes.GONE:
            copy.update(load(seratus, list(copy["records"])))
            continue
        page = answer.raise_for_status().json()
        for change in page["items"]:
            records = copy["records"][change["resource"]]
            if change["operation"] == "delete":
                records.pop(change["key"], None)
            else:
                records[change["key"]] = change["record"]
        copy["cursor"] = page["next_cursor"]
        if not page["items"] and not page["more"]:
            return


def name_of(row: dict[str, Any]) -> str:
    """Return the key under which changes tell of a record."""
    key = ("code", "edition") if "code" in row else ("region_code",)
    return str(row.get("id") or "/".join(str(row[part]) for part in key if part in row))


if __name__ == "__main__":
    url, place, *wanted = sys.argv[1:]
    key = os.environ.get("SERATUS_KEY")
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=60) as client:
        kept = json.loads(Path(place).read_text()) if Path(place).exists() else load(client, wanted)
        follow(client, kept)
        Path(place).write_text(json.dumps(kept))
