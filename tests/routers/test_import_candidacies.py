"""Candidacies by import: nominated with their reason, once, and only where a cohort takes nominations."""

from tests.conftest import As
from tests.routers.factories import make_candidacy, make_cohort, move
from tests.routers.imports import counts, faults, send_to


async def test_candidacies_are_nominated_with_their_reason(as_: As) -> None:
    officer = as_("officer")
    cohort = await make_cohort(officer)
    standing = await make_candidacy(officer, cohort, "32.73")
    content = "kode;nama;alasan\n32.73;Kota Bandung;again\n32.04;;by index\n;Kota Bogor;by letter\n"
    answer = await send_to(officer, "candidacies", content, cohort=cohort)
    assert answer.status_code == 201, answer.text
    assert counts(answer) == (3, 2, 0, 1, 0)
    items = (await officer.get(f"/v1/cohorts/{cohort}/candidacies")).json()["items"]
    assert [(item["region_code"], item["state"]) for item in items] == [
        ("32.04", "nominated"),
        ("32.71", "nominated"),
        ("32.73", "nominated"),
    ]
    moves = [(await officer.get(f"/v1/candidacies/{item['id']}/transitions")).json()["history"] for item in items]
    assert [[step["reason"] for step in history] for history in moves] == [
        ["by index"],
        ["by letter"],
        ["self-nomination"],
    ]
    assert (await officer.get(standing)).json()["version"] == 1
    assert counts(await send_to(officer, "candidacies", content, cohort=cohort)) == (3, 0, 0, 3, 0)


async def test_nominations_that_cannot_be_are_rejected(as_: As) -> None:
    officer = as_("officer")
    cohort = await make_cohort(officer)
    await make_candidacy(officer, cohort, "32.73")
    await move(officer, f"/v1/cohorts/{cohort}", "assessing")
    draft = await make_cohort(officer, "draft", state="draft")
    rows = [
        f"{cohort};32.73",  # stands already, so there is nothing to nominate
        f"{cohort};32.04",
        f"{draft};32.04",
        f"{draft};32.01",
        f"{draft};32.01",
        "nowhere;32.01",
        f"{draft};32",
        f"{draft};32.05",
    ]
    dissolved = await send_to(as_("administrator"), "regions", "kode;berlaku sampai\n32.05;2022-11-11\n")
    assert dissolved.status_code == 201, dissolved.text
    answer = await send_to(officer, "candidacies", "\n".join(["tahap;kode", *rows]), reason="test")
    assert faults(answer) == {
        ("unknown_cohort", "cohort_code"): [7],
        ("repeated_row", None): [5, 6],
        ("cohort_not_ready", "cohort_code"): [3],
        ("cannot_stand", "region_code"): [8, 9],
    }
    assert counts(answer) == (8, 1, 0, 1, 6)
    assert (await officer.get(f"/v1/cohorts/{draft}/candidacies")).json()["items"] == []
