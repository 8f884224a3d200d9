"""Files of rows: what offices, programs and attackers send as CSV, JSON and NDJSON."""

import csv
import io
import json
import re
from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel import rows as rows_module
from app.kernel.formats import CSV, JSON, NDJSON
from app.kernel.problem import ERRORS_LISTED
from app.kernel.problems import Invalid
from app.kernel.row_files import File, rows
from app.kernel.row_json import LINE_BYTES_MAX
from app.kernel.rows import Fields, MalformedFile, Row

FIELDS = Fields({"code": "kode, kode daerah", "name": "kabupaten/kota", "value": "nilai"}, silent="no, id")
# Python's writer leaves a lone carriage return unquoted, which then ends the row for every reader.
CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\r"), max_size=12)


def read(content: bytes | str, media_type: str = CSV) -> list[Row]:
    return list(rows(File(media_type, content.encode() if isinstance(content, str) else content), FIELDS))


def cells(content: bytes | str, media_type: str = CSV) -> list[dict[str, str | Decimal]]:
    found = read(content, media_type)
    assert not any(row.faults for row in found)
    return [dict(row.cells) for row in found]


@settings(max_examples=60, deadline=None)
@given(
    table=st.lists(st.tuples(CELL, CELL, CELL), max_size=5),
    delimiter=st.sampled_from([";", ",", "\t"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from(["", "\ufeff"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_a_csv_writer_writes_is_read_back(
    table: list[tuple[str, str, str]], delimiter: str, line_end: str, mark: str, quoting: Literal[0, 1]
) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerows([("Kode", "Kabupaten/Kota", "NILAI (%)"), *table])
    expected = [tuple(cell.strip() for cell in row) for row in table]
    found = [tuple(row.values()) for row in cells(mark + file.getvalue())]
    assert found == [row for row in expected if any(row)]


@settings(max_examples=60, deadline=None)
@given(table=st.lists(st.fixed_dictionaries({"code": CELL, "value": CELL | st.integers() | st.none()}), max_size=5))
def test_json_and_ndjson_say_the_same(table: list[dict[str, str | int | None]]) -> None:
    array = cells(json.dumps(table, indent=1), JSON)
    assert array == cells("\ufeff\n" + "\n".join(map(json.dumps, table)), NDJSON)
    for row, found in zip(table, array, strict=True):
        value = row["value"]
        assert found["code"] == str(row["code"]).strip()
        assert found["value"] == (value.strip() if isinstance(value, str) else "" if value is None else Decimal(value))


@pytest.mark.parametrize("name", ["KODE DAERAH", "kode_daerah", " Kode-Daerah ", "Kode Daerah (Kemendagri)", "code"])
def test_a_column_is_known_by_its_letters(name: str) -> None:
    assert cells(f"{name}\n32.73\n") == [{"code": "32.73"}]


def test_a_byte_order_mark_does_not_hide_a_quotation_mark() -> None:
    assert cells('\ufeff"Kode, Daerah",Nilai\n1,2\n') == [{"code": "1", "value": "2"}]


def test_rows_are_counted_by_the_line_they_start_at() -> None:
    found = read('kode;nilai\n\n1;"a\nb"\n ; \n2;b\n3\n4;c;;\n5;d;e\n')
    assert [row.line for row in found] == [3, 6, 7, 8, 9]
    assert [[fault.code for fault in row.faults] for row in found] == [
        [],
        [],
        ["wrong_cell_count"],
        [],
        ["wrong_cell_count"],
    ]
    assert found[0].cells["value"] == "a\nb"


def test_a_running_number_and_empty_columns_at_the_end_say_nothing() -> None:
    assert cells("No;Kode;Nilai;;\n1;32.73;3;;\n2;32.04;4\n") == [
        {"code": "32.73", "value": "3"},
        {"code": "32.04", "value": "4"},
    ]


def test_columns_that_nobody_reads_are_refused_by_their_place() -> None:
    with pytest.raises(Invalid) as refused:
        read("kode;secret;nilai;Kode Daerah;other\n1;2;3;4;5\n")
    faults = refused.value.errors
    assert [(fault.pointer, fault.code) for fault in faults] == [
        ("/0/1", "unknown_column"),
        ("/0/3", "duplicate_column"),
        ("/0/4", "unknown_column"),
    ]
    assert [re.findall("[0-9]+", fault.message.id) for fault in faults] == [["2"], ["1", "4"], ["5"]]
    assert "secret" not in str(faults)


def test_of_columns_without_end_only_so_many_are_named() -> None:
    with pytest.raises(Invalid) as refused:
        read("kode;" + "x;" * 100_000 + "y\n")
    assert len(refused.value.errors) == ERRORS_LISTED


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"\n \n", 1),
        (b"kode;nilai\n1;2\n3;\xff\n", 3),
        ("kode;nilai\n1;2\n".encode("utf-16"), 1),
        (b'kode;nilai\n1;2\n3;"4\n5;6\n', 3),
        (b'kode;nilai\n1;"2"3\n', 2),
        (b"kode;nilai\n1;" + b"2" * 200_000, 2),
    ],
)
def test_a_csv_that_breaks_off_names_the_line(content: bytes, line: int) -> None:
    with pytest.raises(MalformedFile) as refused:
        read(content)
    assert refused.value.members == {"line": line}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "1",
        '[{"code":1},]',
        '[{"code":1} {"code":1}]',
        '[{"code":1}',
        '[{"code":01}]',
        '[{"code":1,"code":2}]',
        "[1]",
        "[{}]]",
        "[,{}]",
    ],
)
def test_what_is_no_array_of_objects_is_refused(content: str) -> None:
    with pytest.raises(MalformedFile):
        read(content, JSON)


def test_nesting_has_an_end() -> None:
    for media_type in (JSON, NDJSON):
        with pytest.raises(MalformedFile):
            read('[{"code":' * 100_000, media_type)


def test_a_fault_in_an_array_names_its_line() -> None:
    with pytest.raises(MalformedFile) as refused:
        read('[\n{"code": "1"},\n{"code": }\n]', JSON)
    assert refused.value.members == {"line": 3}


@pytest.mark.parametrize("line", ["[]", "1", '{"code":1', "x", '{"code":"' + "x" * LINE_BYTES_MAX + '"}'])
def test_a_line_that_is_no_object_is_refused(line: str) -> None:
    with pytest.raises(MalformedFile) as refused:
        read('{"code": "1"}\n\n' + line + "\n", NDJSON)
    assert refused.value.members == {"line": 3}


def test_bad_utf8_in_json_names_the_line() -> None:
    for media_type in (JSON, NDJSON):
        with pytest.raises(MalformedFile) as refused:
            read(b'\n{"code": "\xff"}', media_type)
        assert refused.value.members == {"line": 2}


def test_numbers_keep_every_digit() -> None:
    assert cells('[{"code": 11.10, "value": 0.1000000000000000055511151231257827}]', JSON) == [
        {"code": Decimal("11.10"), "value": Decimal("0.1000000000000000055511151231257827")}
    ]
    assert str(cells('[{"code": 11.10}]', JSON)[0]["code"]) == "11.10"
    for spelling in ("NaN", "-Infinity", "1e999999999999999999999"):
        value = cells(f'[{{"value": {spelling}}}]', JSON)[0]["value"]
        assert isinstance(value, Decimal)
        assert value.is_nan()


def test_members_are_plain_and_known() -> None:
    found = read('[{"code":["a"," b"],"name":true,"value":null,"id":{}},{"code":{},"kode":1,"x":2,"nilai":[1]}]', JSON)
    assert dict(found[0].cells) == {"code": '["a", " b"]', "name": "true", "value": ""}
    assert [(fault.code, fault.field) for fault in found[1].faults] == [
        ("wrong_type", "code"),
        ("duplicate_field", "code"),
        ("unknown_field", None),
        ("wrong_type", "value"),
    ]


def test_a_name_of_any_length_is_not_kept() -> None:
    """What is sent again and again would stay in memory for good."""
    kept = rows_module._plain.cache_info().currsize
    found = read(json.dumps([{"nilai " * 100: 1}]), JSON)
    assert [fault.code for fault in found[0].faults] == ["unknown_field"]
    assert rows_module._plain.cache_info().currsize == kept


def test_a_nul_is_a_character_like_any_other_here() -> None:
    assert cells("kode;nilai\n1;a\x00b\n") == [{"code": "1", "value": "a\x00b"}]
