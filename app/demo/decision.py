"""The third act: regions are chosen under equity rules, told why by letter, and sign at one ceremony."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.client import Client
from app.demo.people import REASON, Stage

_PLACE = "Jakarta (simulasi)"
_MINISTRY = {"party": "ministry", "institution": "Kementerian (simulasi)", "office": "Menteri"}


class Decision(NamedTuple):
    """The published final run with its results, the ceremony, and the cohort's report after it."""

    path: str
    run: Mapping[str, Any]
    letters: int
    ceremony: Mapping[str, Any]
    report: Mapping[str, Any]


def play(stage: Stage, recorder: Client, publisher: Client, cohort: str) -> Decision:
    """Choose, tell and sign."""
    stage.step("choosing among them")
    run = recorder.post(f"{cohort}/selection-runs", {"stage": "final"})
    path = f"/v1/selection-runs/{run['id']}"
    publisher.move(path, "published", REASON)
    publisher.move(cohort, "decided", REASON)
    stage.step("writing the letters")
    year = stage.year
    letters = publisher.post(
        f"{cohort}/result-letters",
        {
            "date": f"{year}-04-16",
            "number_pattern": f"B-{{n}}/{cohort.rpartition('/')[2]}/{year}",
            "first": 1,
            "reason": REASON,
        },
    )
    stage.step("signing at one ceremony")
    chosen = list(publisher.every(f"{cohort}/candidacies", state="selected"))
    items = [
        {"candidacy_id": one["id"], "number": f"{number}/{cohort.rpartition('/')[2]}", "parties": [_head(one)]}
        for number, one in enumerate(chosen, start=1)
    ]
    ceremony = publisher.post(
        f"{cohort}/memoranda/sign",
        {
            "date": f"{year}-05-08",
            "place": _PLACE,
            "parties": [_MINISTRY],
            "items": items,
            "reason": REASON,
        },
    )
    published = stage.citizen.get(path, expand="results")
    return Decision(path, published, letters["issued"], ceremony, stage.citizen.get(f"{cohort}/report"))


def _head(candidacy: Mapping[str, Any]) -> dict[str, str]:
    name = candidacy["region_name"]
    office = "Wali Kota" if name.startswith("Kota ") else "Bupati"
    return {"party": "region", "institution": f"Pemerintah {name}", "office": office}
