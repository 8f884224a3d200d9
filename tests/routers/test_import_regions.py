"""Regions by import: corrected column by column, new below their province, and never in contradiction."""

from tests.conftest import As
from tests.routers.imports import INDEX, counts, faults, send, send_to

REGION = (
    "code,name,kind,island_group,capital,latitude,longitude,population,population_year,area_km2,time_zone,own_budget\n"
)


async def test_regions_are_corrected_column_by_column(as_: As) -> None:
    administrator = as_("administrator")
    before = (await administrator.get("/v1/regions/32.73")).json()
    answer = await send_to(
        administrator,
        "regions",
        "Kode;Penduduk (jiwa);Luas (km2);Nama Lain\n32.73;2.600.001;166,59;Paris van Java|Bandoeng\n",
    )
    assert answer.status_code == 201, answer.text
    assert counts(answer) == (1, 0, 1, 0, 0)
    after = (await administrator.get("/v1/regions/32.73")).json()
    assert after["aliases"] == ["Paris van Java", "Bandoeng"]
    told = {"population": 2_600_001, "area_km2": 166.59, "aliases": after["aliases"], "version": before["version"] + 1}
    assert after == before | told | {"updated_at": after["updated_at"]}


async def test_a_blank_cell_clears_what_may_be_absent_and_nothing_else(as_: As) -> None:
    administrator = as_("administrator")
    answer = await send_to(administrator, "regions", "kode;alias;nama\n32.73;Bandoeng;Kota Bandung\n")
    assert answer.status_code == 201, answer.text
    assert faults(await send_to(administrator, "regions", "kode;alias;nama\n32.73;;\n")) == {("required", "name"): [2]}
    answer = await send_to(administrator, "regions", "kode;alias;nama\n32.73;;Kota Bandung\n")
    assert answer.status_code == 201, answer.text
    assert (await administrator.get("/v1/regions/32.73")).json()["aliases"] == []


async def test_a_new_region_comes_after_its_province_and_gets_a_profile(as_: As) -> None:
    administrator = as_("administrator")
    province = "98,Provinsi Uji,Provinsi,Jawa,Uji,-6.5,107.1,100,2024,12.5,WIB,ya\n"
    regency = "98.01,Kabupaten Uji,kabupaten,JAWA,Uji,-6.5,107.1,100,2024,12.5,wib,tidak\n"
    early = await send_to(administrator, "regions", REGION + regency + province)
    assert faults(early) == {("unknown_province", "province_code"): [2]}
    answer = await send_to(administrator, "regions", REGION + province + regency)
    assert answer.status_code == 201, answer.text
    assert counts(answer) == (2, 2, 0, 0, 0)
    region = (await administrator.get("/v1/regions/98.01")).json()
    assert (region["province_code"], region["kind"], region["own_budget"]) == ("98", "regency", False)
    profile = (await administrator.get("/v1/regions/98.01/profile")).json()
    assert (profile["problems"], profile["potentials"]) == ([], [])


async def test_regions_that_contradict_themselves_are_rejected(as_: As) -> None:
    rows = [
        "98,X,kota,jawa,X,-6.5,107.1,100,2024,12.5,WIB,ya",
        "32.98,X,provinsi,jawa,X,-6.5,107.1,100,2024,12.5,WIB,ya",
        "32.97,X,kota,jawa,X,107.1,-6.5,100,2024,12.5,WIB,ya",
        "32.96,X,kota,nowhere,X,-6.5,107.1,1.5,2024,0,GMT,maybe",
        "32.95,,kota,jawa,X,-6.5,107.1,100,2024,12.5,WIB,ya",
        "32.94,X,kota,jawa,X,-6.5,107.1,100,2024,12.5,WIB,ya",
        "32.94,X,kota,jawa,X,-6.5,107.1,100,2024,12.5,WIB,ya",
        "3.2,X,kota,jawa,X,-6.5,107.1,100,2024,12.5,WIB,ya",
    ]
    answer = await send_to(as_("administrator"), "regions", REGION + "\n".join(rows))
    assert faults(answer) == {
        ("contradictory_kind", "kind"): [2, 3],
        ("out_of_range", "latitude"): [4],
        ("out_of_range", "longitude"): [4],
        ("wrong_type", "population"): [5],
        ("invalid_choice", "island_group"): [5],
        ("out_of_range", "area_km2"): [5],
        ("invalid_choice", "time_zone"): [5],
        ("wrong_type", "own_budget"): [5],
        ("required", "name"): [6],
        ("repeated_row", "code"): [7, 8],
        ("invalid_format", "code"): [9],
    }
    moved = "kode;provinsi;berlaku sejak;berlaku sampai\n32.73;Jawa Tengah;;\n32.04;Jawa Barat;2020-01-01;2019-01-01\n"
    assert faults(await send_to(as_("administrator"), "regions", moved)) == {
        ("contradictory_province", "province_code"): [2],
        ("out_of_range", "valid_to"): [3],
    }


async def test_what_was_exported_can_be_sent_back_as_it_is(as_: As) -> None:
    administrator = as_("administrator")
    told = ["DI Yogyakarta", " DIY", "a|b", '[Jogja "Istimewa"', "Yogya, dulu"]
    region = "/v1/regions/34"
    tag = (await administrator.get(region)).headers["etag"]
    patched = await administrator.patch(region, json={"aliases": told}, headers={"If-Match": tag})
    assert patched.status_code == 200, patched.text
    for form, media_type in (("csv", "text/csv"), ("json", "application/json"), ("ndjson", "application/x-ndjson")):
        exported = await administrator.get("/v1/exports/regions", params={"format": form})
        headers = {"Content-Type": media_type}
        query = {"dataset": "regions", "dry_run": "true"}
        answer = await administrator.post("/v1/imports", params=query, content=exported.content, headers=headers)
        assert answer.status_code == 201, answer.text
        received, *others = counts(answer)
        assert received > 500
        assert others == [0, 0, received, 0], form


async def test_a_list_is_a_json_array_or_has_bars_between_its_texts(as_: As) -> None:
    administrator = as_("administrator")
    for cell, aliases in (('"[""DIY"", ""Yogya""]"', ["DIY", "Yogya"]), ("DIY | Yogya|", ["DIY", "Yogya"]), ("[]", [])):
        answer = await send_to(administrator, "regions", f"kode;alias\n34;{cell}\n")
        assert answer.status_code == 201, answer.text
        assert (await administrator.get("/v1/regions/34")).json()["aliases"] == aliases
    cells = ["[DIY]", '"[""DIY"""', '"[""DIY"", 1]"', '"[""DIY""]|Yogya"', "[" * 100_000]
    rows = "\n".join(f"34;{cell}" for cell in cells)
    answer = await send_to(administrator, "regions", f"kode;alias\n{rows}\n")
    assert faults(answer) == {("invalid_format", "aliases"): [2, 3, 4, 5, 6]}


async def test_a_region_that_is_renamed_is_known_by_its_old_name_too(as_: As) -> None:
    administrator, steward = as_("administrator"), as_("data_steward")
    assert (await steward.post("/v1/indicators", json=INDEX)).status_code == 201
    old, new = "Kabupaten Bandung", "Kabupaten Bandung Raya"
    for name, former in ((new, old), (old, new)):
        renamed = await send_to(administrator, "regions", f"kode;nama\n32.04;{name}\n")
        assert renamed.json()["updated"] == 1, renamed.text
        region = (await administrator.get("/v1/regions/32.04")).json()
        assert (region["name"], region["aliases"]) == (name, [former])
    head, rows = "nama daerah;provinsi;tahun;nilai", (f"{old};Jawa Barat;2022;1", f"{new};Jawa Barat;2023;1")
    sent = await send(steward, "\n".join([head, *rows]))
    assert sent.status_code == 201, sent.text
    values = (await steward.get("/v1/indicators/test_index/values")).json()["items"]
    assert {(value["region_code"], value["year"]) for value in values} == {("32.04", 2022), ("32.04", 2023)}


async def test_all_of_a_province_lies_in_one_island_group(as_: As) -> None:
    """By which seats are shared out: two for one province, and no run could be made."""
    file = "kode;pulau\n32.73;Sulawesi\n32;Sulawesi\n32.04;Jawa\n"
    refused = await send_to(as_("administrator"), "regions", file)
    assert faults(refused) == {("contradictory_island", "island_group"): [2, 3]}


async def test_all_of_a_new_province_lies_in_the_island_group_that_its_own_row_says(as_: As) -> None:
    administrator = as_("administrator")
    province = "98,Provinsi Uji,Provinsi,Jawa,Uji,-6.5,107.1,100,2024,12.5,WIB,ya\n"
    regency = "98.01,Kabupaten Uji,kabupaten,{},Uji,-6.5,107.1,100,2024,12.5,WIB,ya\n"
    city = "98.71,Kota Uji,kota,{},Uji,-6.5,107.1,100,2024,12.5,WIB,ya\n"
    split = await send_to(administrator, "regions", REGION + province + regency.format("Jawa") + city.format("Papua"))
    assert faults(split) == {("contradictory_island", "island_group"): [4]}
    whole = await send_to(administrator, "regions", REGION + province + regency.format("Jawa") + city.format("Jawa"))
    assert counts(whole) == (3, 3, 0, 0, 0)


async def test_a_region_is_of_the_kind_that_its_name_tells(as_: As) -> None:
    """Whether the kind or the name is the wrong one, and whichever of the two the file has."""
    administrator = as_("administrator")
    both = "kode;nama;jenis\n32.73;Kota Bandung;kabupaten\n32.04;Kab. Bandung;kota\n32.05;Garut, Kota;kabupaten\n"
    for file, lines in (
        (both, [2, 3, 4]),
        ("kode;jenis\n32.73;kabupaten\n32.04;kabupaten\n", [2]),
        ("kode;nama\n13.07;Kabupaten Limapuluh Kota\n32.73;Kabupaten Bandung\n32;Kota Jawa Barat\n", [3, 4]),
        ("kode;nama\n32;Provinsi Jawa Barat\n32.04;Bandung\n63.02;Kota Baru\n", [4]),
    ):
        answer = await send_to(administrator, "regions", file)
        assert faults(answer) == {("contradictory_name", "name"): lines}
    for language, advice in (("en", "Correct"), ("id", "Perbaiki")):
        headers = {"Content-Type": "text/csv", "Accept-Language": language}
        answer = await administrator.post("/v1/imports?dataset=regions", content=both, headers=headers)
        [group] = answer.json()["report"]["groups"]
        assert advice in group["message"]
