"""The rehearsal: run as `seratus demo` runs it, against a service of its own, and looked at from outside."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from app import demo
from app.client import Client, ClientError
from app.commands import console
from app.demo import own_server, shortlist
from app.demo.ideas import SAID
from app.demo.method import MENTORING_RULES, Scale, shortlist_method
from tests.places import server_folder
from tests.services import command

Rows = list[dict[str, Any]]
# The whole rehearsal with the fewest people of whom some are chosen (of each island group one), some kept in reserve
# (ten, always) and somebody is neither; it takes as many steps for each.
SMALL = Scale(invited=18, chosen=7, assessors=6, mentors=3)


@pytest.fixture(scope="module")
def service() -> Iterator[Client]:
    """Give an administrator's client of the demo's own service; nothing of that is left afterwards."""
    with pytest.MonkeyPatch.context() as patch, server_folder() as system_folder:
        patch.setattr(own_server, "COMMAND", command(system_folder))
        with own_server.own_server() as (address, key), Client(address, key) as administrator:
            yield administrator
        assert not list(system_folder.glob("cluster-*"))
        with pytest.raises(ClientError, match="is the service running there"), Client(address) as gone:
            gone.get("/health/live")


@pytest.fixture(scope="module")
def report(service: Client) -> str:
    """Rehearse once, and give what is printed to a file of 100 columns."""
    file = io.StringIO()
    demo.run(service, console(file=file, width=100), SMALL)
    return file.getvalue()


@pytest.fixture(scope="module")
def cohort(report: str) -> str:
    """Give the path of the cohort that was rehearsed."""
    code = re.search(r"simulasi-\d{8}-\d{6}", report)
    assert code is not None
    return f"/v1/cohorts/{code[0]}"


@pytest.fixture(scope="module")
def invited(service: Client, cohort: str) -> Rows:
    """Give the candidacies that the rehearsal left."""
    return list(service.every(f"{cohort}/candidacies"))


def test_invites_regions_with_a_budget_of_their_own(service: Client, invited: Rows) -> None:
    eligible = {row["code"] for row in service.every("/v1/regions", kind_in="regency,city", own_budget="true")}
    assert len(eligible) == 508
    assert len(invited) == SMALL.invited
    assert {row["region_code"] for row in invited} <= eligible


def test_obeys_its_own_equity_rules(service: Client, invited: Rows) -> None:
    regions = {row["code"]: row for row in service.every("/v1/regions")}
    chosen = [regions[row["region_code"]] for row in invited]
    groups = {region["island_group"] for region in regions.values()}
    taken = Counter(region["island_group"] for region in chosen)
    assert len(groups) == 7
    assert min(taken[group] for group in groups) >= 1
    assert max(Counter(region["province_code"] for region in chosen).values()) <= 2


def test_one_officer_records_and_another_publishes(service: Client, cohort: str) -> None:
    officers = {f"key:{key['id']}" for key in service.every("/v1/api-keys") if key["role"] == "officer"}
    runs = list(service.every(f"{cohort}/selection-runs"))
    assert {run["stage"] for run in runs} == {"shortlist", "final"}
    for run in runs:
        assert run["state"] == "published"
        assert {run["recorded_by"], run["published_by"]} == officers


def test_ends_with_those_chosen_that_carry_out_their_plans(service: Client, cohort: str, invited: Rows) -> None:
    assert Counter(row["state"] for row in invited) == {"implementing": 7, "reserve": 10, "not_selected": 1}
    signed = list(service.every(f"{cohort}/memoranda"))
    chosen = {row["id"] for row in invited if row["state"] == "implementing"}
    assert {row["candidacy_id"] for row in signed} == chosen
    assert {row["date"][5:] for row in signed} == {"05-08"}
    code = cohort.rpartition("/")[2]
    plans = list(service.every("/v1/master-plans", cohort=code))
    assert {row["candidacy_id"] for row in plans} == chosen
    assert {row["state"] for row in plans} == {"enacted"}


def test_mentors_hold_all_four_workshops_with_each_region(service: Client, cohort: str) -> None:
    code = cohort.rpartition("/")[2]
    mentorships = list(service.every("/v1/mentorships", cohort=code))
    assert {row["state"] for row in mentorships} == {"completed"}
    assert max(Counter(row["lead_mentor_id"] for row in mentorships).values()) <= MENTORING_RULES["most_per_mentor"]
    workshops = list(service.every("/v1/workshops", cohort=code))
    assert Counter(row["number"] for row in workshops) == {1: 7, 2: 7, 3: 7, 4: 7}
    assert {row["state"] for row in workshops} == {"closed"}


def test_some_plans_are_returned_and_submitted_again(service: Client, cohort: str) -> None:
    versions = Counter[str]()
    for plan in service.every("/v1/master-plans", cohort=cohort.rpartition("/")[2]):
        versions[plan["id"]] = len(list(service.every(f"/v1/master-plans/{plan['id']}/versions")))
    assert Counter(versions.values()) == {1: 5, 2: 2}


def test_quick_wins_end_with_or_short_of_their_targets(service: Client, cohort: str, report: str) -> None:
    code = cohort.rpartition("/")[2]
    quick_wins = list(service.every("/v1/quick-wins", cohort=code))
    assert len(quick_wins) == 14
    assert {row["state"] for row in quick_wins} == {"completed"}
    assert len(list(service.every("/v1/progress-reports", cohort=code))) == 126
    reached = sum(row["measured_value"] >= row["measure"]["target"] for row in quick_wins if _rises(row["measure"]))
    reached += sum(
        row["measured_value"] <= row["measure"]["target"] for row in quick_wins if not _rises(row["measure"])
    )
    assert 0 < reached < 14
    assert f"{reached} reached their target and {14 - reached} missed it" in " ".join(report.split())


def _rises(measure: dict[str, Any]) -> bool:
    return bool(measure["target"] > measure["baseline"])


def test_tells_the_path_of_one_region_from_nomination_to_results(report: str) -> None:
    path = " ".join(report.partition("The path of one region")[2].partition("The cohort's report")[0].split())
    steps = ["nominated", "invited", "assessed", "selected", "was signed", "began to mentor", "Workshop 4 was closed"]
    steps += ["was submitted", "was accepted", "was enacted", "carries out its plan", "was completed:"]
    places = [path.index(step) for step in steps]
    assert places == sorted(places)


def test_keeps_the_equity_rules_of_the_choice(service: Client, invited: Rows) -> None:
    regions = {row["code"]: row for row in service.every("/v1/regions")}
    chosen = [regions[row["region_code"]] for row in invited if row["state"] == "implementing"]
    taken = Counter(region["island_group"] for region in chosen)
    assert len(taken) == 7
    assert min(taken.values()) >= 1
    assert max(Counter(region["province_code"] for region in chosen).values()) <= 2


def test_whatever_is_made_up_says_so_where_it_is_stored(service: Client, cohort: str) -> None:
    assert service.get(cohort)["simulation"] is True
    code = cohort.rpartition("/")[2]
    assessments = list(service.every("/v1/assessments", cohort=code))
    assert len(assessments) == 18
    assert {answer["text"] for one in assessments for answer in one["answers"].values()} == {SAID}
    reviews = list(service.every("/v1/reviews"))
    assert len(reviews) == 36
    assert {review["comment"] for review in reviews} == {SAID}
    for promises in (service.every("/v1/quick-wins", cohort=code), service.every("/v1/initiatives", cohort=code)):
        assert all(SAID in promise["benefit"] for promise in promises)
    assert all("simulasi" in plan["title"] for plan in service.every("/v1/master-plans", cohort=code))
    for people in ("/v1/institutions", "/v1/experts"):
        made_up = list(service.every(people))
        assert made_up
        assert all("simulasi" in one["name"] and one["simulation"] for one in made_up)


def test_tells_how_far_everyone_came(report: str) -> None:
    funnel = report.partition("The funnel")[2]
    for state, ever, now in (("invited", 18, 0), ("selected", 7, 0), ("mentoring", 7, 0), ("implementing", 7, 7)):
        assert re.search(rf"^ +{state} +{ever} +{now}$", funnel, re.MULTILINE), (state, funnel)


def test_revokes_the_keys_it_issued(service: Client, report: str) -> None:
    assert "revoked" in report
    keys = list(service.every("/v1/api-keys"))
    assert [key["role"] for key in keys if key["revoked_at"] is None] == ["administrator"]
    assert Counter(key["role"] for key in keys) == {
        "administrator": 1,
        "officer": 2,
        "region_editor": 18,
        "assessor": 6,
        "mentor": 12,
    }


def test_prints_a_row_for_each_region_and_fits_the_page(report: str, invited: Rows) -> None:
    assert "a simulation" in report.splitlines()[1]
    rows = re.findall(
        r"^ +(\d+) (K\S+ .+?) +(0\.\d{4}) .* (merit|rule [12, ]+?) +(\d+)% +(\d+)-(\d+)$", report, re.MULTILINE
    )
    assert len(rows) == len(invited)
    names = {row["region_name"].replace("Kabupaten", "Kab.") for row in invited}
    assert {row[1] for row in rows} == names
    ranks = [int(row[0]) for row in rows]
    assert ranks == sorted(set(ranks))
    # Whoever is beyond the seats owes the seat to a rule.
    assert all(row[3].startswith("rule") == (int(row[0]) > SMALL.invited) for row in rows)
    too_long = [line for line in report.splitlines() if len(line.rstrip()) > 100 and "curl" not in line]
    assert not too_long


def test_tells_the_digest_that_a_citizen_finds(service: Client, report: str, cohort: str) -> None:
    (run,) = service.every(f"{cohort}/selection-runs", stage="shortlist")
    assert run["inputs_sha256"] in report
    assert "it matches" in " ".join(report.split())


def test_revokes_the_keys_also_when_a_step_fails(service: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    nonsense = shortlist_method(SMALL) | {"criteria": []}
    monkeypatch.setattr(shortlist, "shortlist_method", lambda _scale: nonsense)
    with pytest.raises(ClientError, match="/methods/shortlist/criteria"):
        demo.run(service, console(file=io.StringIO()), SMALL)
    assert [key["role"] for key in service.every("/v1/api-keys") if key["revoked_at"] is None] == ["administrator"]


def test_tells_a_false_digest_and_a_false_score(service: Client, cohort: str) -> None:
    (run,) = service.every(f"{cohort}/selection-runs", stage="shortlist")
    path = f"/v1/selection-runs/{run['id']}"
    published = service.get(path, expand="results")
    assert len(shortlist.check(service, cohort, path, published, SMALL.invited)) == 3
    with pytest.raises(ClientError, match="not the one published"):
        shortlist.check(service, cohort, path, published | {"inputs_sha256": "0" * 64}, SMALL.invited)
    published["results"][7]["score"] += 0.001
    with pytest.raises(ClientError, match=f"the score of {published['results'][7]['region_name']}$"):
        shortlist.check(service, cohort, path, published, SMALL.invited)
