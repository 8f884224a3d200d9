"""Rows of an import: read however they are written, and rejected by line, with what is wrong with each."""

import httpx
import pytest

from tests.conftest import As
from tests.routers.imports import FILE, counts, faults, send, send_to, steward, stored

__all__ = ["steward"]  # a fixture


def table(separator: str, *rows: tuple[str, ...]) -> str:
    return "\r\n".join(separator.join(row) for row in rows)


WAYS = {
    "semicolons and a byte order mark": (
        "text/csv",
        "\ufeff" + table(";", ("kode", "tahun", "nilai"), *(tuple(line.split(";")) for line in FILE.splitlines()[1:])),
    ),
    "commas, thousands and a typographic minus": (
        "text/csv; charset=utf-8",
        table(
            ",",
            ("Kode Daerah", "Tahun", "Nilai (%)"),
            ("32.73", "2023", "3.48%"),
            ("32.04", "2023", '"1,234.5"'),
            ("32.04", "2022", "\N{MINUS SIGN}0.05"),
        ),
    ),
    "tabs and names": (
        "text/csv",
        table(
            "\t",
            ("No", "Kabupaten/Kota", "Tahun", "Nilai"),
            ("1", "Kota Bandung", "2023", "3,48"),
            ("2", "KAB BANDUNG", "2023", "1234,5"),
            ("3", "Kab. Bandung", "2022", "-0,05"),
        ),
    ),
    "kind, name and province": (
        "text/csv",
        table(
            ";",
            ("nama", "jenis", "provinsi", "tahun", "nilai"),
            ("Bandung", "Kota", "Jawa Barat", "2023", "3,48"),
            ("Bandung", "Kabupaten", "32", "2023", "1234,5"),
            ("Bandung", "Kab.", "JAWA BARAT", "2022", "-0,05"),
        ),
    ),
    "JSON": (
        "application/json",
        """[{"kode": "32.73", "year": 2023, "value": 3.48},
            {"kode": "32.04", "year": 2023, "value": 1234.50},
            {"region_code": "32.04", "tahun": "2022", "nilai": "-0,05"}]""",
    ),
    "NDJSON": (
        "application/x-ndjson",
        """{"kode": "32.73", "year": 2023, "value": 3.48}

        {"kode": "32.04", "year": 2023, "value": 1.2345e3}
        {"kode": "32.04", "year": 2022.0, "value": -0.05, "unit": null}""",
    ),
}


@pytest.mark.parametrize(("media_type", "content"), WAYS.values(), ids=WAYS)
async def test_every_way_to_write_it_means_the_same(steward: httpx.AsyncClient, media_type: str, content: str) -> None:
    await send(steward, FILE)
    answer = await send(steward, content, media_type)
    assert answer.status_code == 201, answer.text
    assert counts(answer) == (3, 0, 0, 3, 0)


async def test_what_is_wrong_with_rows_is_told_by_line_and_nothing_is_kept(steward: httpx.AsyncClient) -> None:
    rows = [
        "kode;nama;tahun;nilai;indikator;sumber;kualitas",
        "32.73;;2023;3,48;test_index;Test;official",
        "99.99;;2023;3,48;test_index;Test;official",
        "3273;;2023;3,48;test_index;Test;official",
        ";Bandung;2023;3,48;test_index;Test;official",
        ";Atlantis;2023;3,48;test_index;Test;official",
        ";;2023;3,48;test_index;Test;official",
        "32.73;Kota Bogor;2023;3,48;test_index;Test;official",
        "32;;2023;3,48;test_index;Test;official",
        "32.01;;1944;3,48;test_index;Test;official",
        "32.01;;2101;3,48;test_index;Test;official",
        "32.01;;2023,5;3,48;test_index;Test;official",
        "32.01;;2023;NaN;test_index;Test;official",
        "32.01;;2023;1e3;test_index;Test;official",
        "32.01;;2023;;test_index;Test;official",
        "32.01;;2023;0,1234567890123456;test_index;Test;official",
        "32.01;;2023;-5,01;test_index;Test;official",
        "32.01;;2023;2000,1;test_index;Test;official",
        "32.01;;2023;3,48;no_such;Test;official",
        "32.01;;2023;3,48;test_index;;official",
        "32.01;;2023;3,48;test_index;a\x00b;official",
        f"32.01;;2023;3,48;test_index;{'x' * 201};official",
        "32.01;;2023;3,48;test_index;Test;good",
        "32.01;;2023",
        "32.02;;2023;1;test_index;Test;official",
        "32.02;;2023;2;test_index;Test;resmi",
        "32.73;Bandung;2022;=1+1;test_index;Test;official",
        "32.73;Bandung;2021;4;test_index;=1+1;RESMI",
        "32.01;;1900;x;test_index;;official",
        "32.73;;2020;2000;test_index;Test;official",
        "32.73;;2019;-5;test_index;Test;official",
        "32.73;;2099;5;test_index;Test;official",
        "32.73;;2099;5;test_index;Test;derived",
    ]
    answer = await send_to(steward, "indicator-values", "\n".join(rows))
    assert counts(answer) == (32, 5, 0, 0, 27)
    assert faults(answer) == {
        ("unknown_region_code", "region_code"): [3, 4],
        ("ambiguous_region", "region_name"): [5],
        ("unknown_region", "region_name"): [6],
        ("required", "region_code"): [7],
        ("contradictory_region", "region_name"): [8],
        ("wrong_level", "region_code"): [9],
        ("out_of_range", "year"): [10, 11, 29],
        ("year_ahead", "year"): [32],
        ("wrong_type", "year"): [12],
        ("not_a_number", "value"): [13, 14, 27, 29],
        ("required", "value"): [15],
        ("too_precise", "value"): [16],
        ("outside_scale", "value"): [17, 18],
        ("unknown_indicator", "indicator_code"): [19],
        ("required", "source"): [20, 29],
        ("control_character", "source"): [21],
        ("too_long", "source"): [22],
        ("invalid_choice", "quality"): [23],
        ("wrong_cell_count", None): [24],
        ("repeated_row", None): [25, 26],
    }
    assert await stored(steward) == []
    assert (await steward.get("/v1/imports")).json()["items"] == []


async def test_numbers_of_json_are_held_to_the_same_bounds(steward: httpx.AsyncClient) -> None:
    numbers = [
        "NaN",
        "Infinity",
        "1e-400",
        "1e400",
        "0.30000000000000004",
        "true",
        "[]",
        "0e-999",
        "1.5000000000000000000",
    ]
    rows = [f'{{"kode":"32.73","year":{2000 + index},"value":{number}}}' for index, number in enumerate(numbers)]
    answer = await send(steward, "\n".join(rows), "application/x-ndjson")
    assert faults(answer) == {
        ("not_a_number", "value"): [1, 2, 6],
        ("out_of_range", "value"): [3, 4],
        ("too_precise", "value"): [5],
        ("required", "value"): [7],
    }
    assert counts(answer) == (9, 2, 0, 0, 7)


async def test_a_number_is_stored_by_its_value_not_its_spelling(steward: httpx.AsyncClient) -> None:
    spellings = {"0e-999": "0", "1.50000000000000000000": "1.5", "1e2": "100", "-0.0": "0", "66.90": "66.9"}
    for spelling, value in spellings.items():
        answer = await send(steward, f'[{{"kode":"32.73","year":2023,"value":{spelling}}}]', "application/json")
        assert answer.status_code == 201, answer.text
        assert f'"value":{value},' in (await steward.get("/v1/indicators/test_index/values")).text


async def test_a_code_that_lost_its_zero_is_no_code(steward: httpx.AsyncClient) -> None:
    rows = '[{"kode": 11.10, "year": 2023, "value": 1}, {"kode": 11.1, "year": 2023, "value": 1}]'
    assert faults(await send(steward, rows, "application/json")) == {("unknown_region_code", "region_code"): [2]}


async def test_a_bare_name_names_both_candidates_in_the_readers_language(steward: httpx.AsyncClient) -> None:
    for language, word in (("en", "Several"), ("id", "Beberapa")):
        answer = await send(steward, "nama;tahun;nilai\nBandung;2023;1\n", language=language)
        [group] = answer.json()["report"]["groups"]
        assert "32.04" in group["message"]
        assert "32.73" in group["message"]
        assert word in group["message"]
        assert answer.headers["content-language"] == language


async def test_a_name_means_the_valid_region_unless_the_code_is_that_of_the_dissolved_one(
    steward: httpx.AsyncClient, as_: As
) -> None:
    """Its successor took over the name, and a file of earlier years still has the code with it."""
    head = "kode;nama;jenis;pulau;ibu kota;lintang;bujur;penduduk;tahun penduduk;luas;zona waktu;apbd sendiri\n"
    succeeded = "32.97;Kabupaten Bandung;kabupaten;Jawa;Soreang;-7,1;107,5;100;2024;12,5;WIB;ya\n"
    for file in (head + succeeded, "kode;berlaku sampai\n32.04;2022-11-11\n"):
        answer = await send_to(as_("administrator"), "regions", file)
        assert answer.status_code == 201, answer.text
    answer = await send(
        steward, "kode;nama;tahun;nilai\n;Kab. Bandung;2023;1\n32.04;Kabupaten Bandung;2021;2\n32.97;Bandung;2022;3\n"
    )
    assert answer.status_code == 201, answer.text
    assert [(value["region_code"], value["year"]) for value in await stored(steward)] == [
        ("32.04", 2021),
        ("32.97", 2022),
        ("32.97", 2023),
    ]


async def test_a_report_lists_the_first_hundred_lines(steward: httpx.AsyncClient) -> None:
    answer = await send(steward, "kode;tahun;nilai\n" + "32.73;2023;x\n" * 150 + "32.04;2023;1\n" * 150)
    wrong, repeated = answer.json()["report"]["groups"]
    assert (wrong["count"], wrong["lines"]) == (150, list(range(2, 102)))
    assert (repeated["code"], repeated["count"], repeated["lines"]) == ("repeated_row", 150, list(range(152, 252)))


async def test_parameters_stand_for_columns_that_are_not_there(steward: httpx.AsyncClient) -> None:
    assert counts(await send(steward, "kode;nilai\n32.73;1\n", year=2020)) == (1, 1, 0, 0, 0)
    assert [value["year"] for value in await stored(steward)] == [2020]
    blank = await send(steward, "kode;nilai;tahun\n32.73;1;\n", year=2020)
    assert faults(blank) == {("required", "year"): [2]}
    misplaced = await send(steward, FILE, cohort="2018")
    assert misplaced.status_code == 422
    assert misplaced.json()["errors"][0]["parameter"] == "cohort"


async def test_the_decimal_sign_can_be_told(steward: httpx.AsyncClient) -> None:
    for sign, value in (("comma", 1234), ("point", 1.234)):
        answer = await send(steward, "kode;tahun;nilai\n32.73;2023;1.234\n", decimal=sign)
        assert answer.status_code == 201, answer.text
        assert [item["value"] for item in await stored(steward)] == [value]


async def test_where_two_decimal_signs_mix_the_few_are_rejected(steward: httpx.AsyncClient) -> None:
    answer = await send(steward, FILE + "32.01;2023;3.5\n")
    assert faults(answer) == {("other_decimal_style", "value"): [5]}
    answer = await send(steward, "kode;tahun;nilai\n32.73;2023;3.48\n32.04;2023;1.5\n32.01;2023;3,5\n")
    assert faults(answer) == {("other_decimal_style", "value"): [4]}
