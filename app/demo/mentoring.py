"""The fourth act: universities take on the chosen regions, as fairly as can be, and hold four workshops with each.

Each workshop is a gate. Between the gates the region promises quick wins and signs its commitments.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from app.client import Client
from app.demo import ideas
from app.demo.ideas import SAID
from app.demo.people import REASON, Stage

Row = Mapping[str, Any]
# Where the universities are: in each part of the country, so that distance counts.
_TOWNS = ("12.71", "13.71", "16.71", "32.73", "33.74", "34.71", "35.78", "51.71", "63.71", "73.71", "71.71", "91.71")
_DIMENSIONS = ("governance", "branding", "economy", "living", "society", "environment")
_QUICK_WINS = 2
# The first day of each workshop, as month and day; they take two days each.
_WORKSHOPS = ((6, 10), (7, 15), (8, 19), (9, 23))
_DOCUMENTS = (
    ("readiness_analysis", "gap_analysis", "swot_analysis"),
    ("book_1_review", "action_plan"),
    ("road_map",),
    (),
)
_AGENCIES = ("Dinas Komunikasi dan Informatika", "Badan Perencanaan Pembangunan Daerah")


class Mentored(NamedTuple):
    """A region with its mentorship, and those who speak for it and for its university."""

    region_code: str
    region_name: str
    candidacy: str
    mentorship: str
    office: Client
    mentor: Client
    quick_wins: tuple[str, ...] = ()


class Mentoring(NamedTuple):
    """The proposal that was recorded, and the regions that are mentored."""

    proposal: Row
    regions: list[Mentored]
    sessions: int


def play(stage: Stage, officer: Client, cohort: str) -> Mentoring:
    """Assign mentors as the proposal says, and hold all the workshops."""
    universities, mentors = _universities(stage, officer)
    stage.step("proposing mentors")
    proposal = officer.get(f"{cohort}/mentorship-proposal", seed="2018", mentors=",".join(mentors))
    period = {"starts_on": f"{stage.year}-05-20", "ends_on": f"{stage.year}-12-31"}
    items = [item | period for item in proposal["items"]]
    recorded = officer.post(f"{cohort}/mentorships", {"items": items, "reason": REASON})["items"]
    officer.move(cohort, "mentoring", REASON)
    regions = [
        Mentored(
            row["region_code"],
            row["region_name"],
            row["candidacy_id"],
            f"/v1/mentorships/{row['mentorship_id']}",
            stage.office(row["region_code"]),
            universities[row["institution_id"]],
        )
        for row in recorded
    ]
    stage.each("mentoring begins", regions, lambda one: officer.move(one.mentorship, "active", REASON))
    regions = stage.each("holding four workshops each", regions, lambda one: _workshops(stage.year, one))
    sessions = next(officer.pages("/v1/sessions", cohort=cohort.rpartition("/")[2]))["total"]
    return Mentoring(proposal, regions, sessions)


def _universities(stage: Stage, officer: Client) -> tuple[dict[str, Client], list[str]]:
    """Make the universities and their mentors; return a client for each university, and the mentors."""

    def make(number: int) -> tuple[str, Client]:
        asked = {
            "name": f"{stage.now:%H%M%S} Universitas {number + 1} (simulasi)",
            "kind": "university",
            "region_code": _TOWNS[number],
            "simulation": True,
        }
        institution = officer.post("/v1/institutions", asked)["id"]
        return institution, stage.enter(f"university {number + 1}", "mentor", institution_id=institution)

    universities = dict(stage.each("universities come in", range(len(_TOWNS)), make))

    def add(number: int) -> str:
        lot = Random(f"mentor/{number}")  # noqa: S311 - a lot that anyone can draw again, no secret
        asked = {
            "name": f"Pembimbing {number + 1} (simulasi)",
            "institution_id": list(universities)[number % len(universities)],
            "roles": ["mentor"],
            "dimensions": sorted(lot.sample(_DIMENSIONS, 3)),
            "trained_on": f"{stage.year}-03-01",
        }
        return str(officer.post("/v1/experts", asked)["id"])

    return universities, stage.each("mentors come in", range(stage.scale.mentors), add)


def _workshops(year: int, region: Mentored) -> Mentored:
    """Hold the four workshops of one region, with what belongs between them."""
    workshops = sorted(region.mentor.every(f"{region.mentorship}/workshops"), key=lambda row: row["number"])
    quick_wins: tuple[str, ...] = ()
    for workshop, documents, (month, day) in zip(workshops, _DOCUMENTS, _WORKSHOPS, strict=True):
        path = f"/v1/workshops/{workshop['id']}"
        region.mentor.move(path, "open", REASON)
        first = date(year, month, day)
        for day_of in (first, first + timedelta(days=1)):
            region.mentor.post(f"{path}/sessions", _session(region, day_of))
        if documents:
            region.mentor.patch(path, {"outputs": {code: _document(region, code) for code in documents}})
        if workshop["number"] == len(_DOCUMENTS) - 1:
            quick_wins = _propose(year, region)
        if workshop["number"] == len(_DOCUMENTS):
            _commit(year, region)
            for quick_win in quick_wins:
                region.mentor.move(quick_win, "approved", REASON)
        region.mentor.move(path, "closed", REASON)
    return region._replace(quick_wins=quick_wins)


def _session(region: Mentored, day: date) -> dict[str, Any]:
    return {
        "date": day.isoformat(),
        "mode": "on_site",
        "place": region.region_name,
        "hours": 7.5,
        "attendance": [{"agency": agency, "role": "staff", "count": 8} for agency in _AGENCIES],
        "notes": SAID,
        "papers": [_document(region, f"{day:%m%d}")],
    }


def _document(region: Mentored, code: str) -> dict[str, str]:
    """Name a document that nobody wrote; its digest is that of nothing."""
    url = f"https://example.org/{region.region_code}/{code}.pdf"
    return {"url": url, "title": SAID, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}


def _propose(year: int, region: Mentored) -> tuple[str, ...]:
    """Promise quick wins in different dimensions; each runs for nine months from the first of October."""
    lot = Random(f"quick wins/{region.region_code}")  # noqa: S311 - as above
    made = []
    for number in _ideas(lot):
        asked = {"candidacy_id": region.candidacy} | ideas.quick_win(number, f"{year}-10-01", f"{year + 1}-06-30")
        made.append(f"/v1/quick-wins/{region.office.post('/v1/quick-wins', asked)['id']}")
    return tuple(made)


def _ideas(lot: Random) -> Sequence[int]:
    return sorted(lot.sample(range(ideas.MOST), _QUICK_WINS))


def _commit(year: int, region: Mentored) -> None:
    """Sign, as the head of region and as two agencies."""
    signatories: list[dict[str, str]] = [{"signatory": "region_head"}]
    signatories += [{"signatory": "agency", "agency": agency} for agency in _AGENCIES]
    for signatory in signatories:
        asked = signatory | {
            "statement": SAID,
            "signed_on": f"{year}-09-24",
            "document": _document(region, signatory["signatory"]),
        }
        drafted = region.office.post(f"/v1/candidacies/{region.candidacy}/commitments", asked)
        region.office.move(f"/v1/commitments/{drafted['id']}", "signed", REASON)
