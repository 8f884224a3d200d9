"""Patches know absent from null, and change nothing but what they name."""

from decimal import Decimal as PlainDecimal
from types import SimpleNamespace

from app.kernel.strict_json import decode
from tests.kernel.bodies import MethodPatch, faults_of


def test_a_patch_tells_absent_from_null() -> None:
    patch = decode(MethodPatch, b'{"note":null,"draws":3}')

    assert patch.changes() == {"note": None, "draws": 3}
    assert decode(MethodPatch, b"{}").changes() == {}


def test_null_clears_only_what_can_be_empty() -> None:
    assert faults_of(MethodPatch, '{"title":null,"draws":null,"note":null}') == [
        ("/title", "wrong_type"),
        ("/draws", "wrong_type"),
    ]


def test_a_patch_is_applied_to_a_record() -> None:
    record = SimpleNamespace(title="old", note="old", open=True, criteria=[])
    decode(MethodPatch, b'{"note":null,"criteria":[{"code":"a","weight":0.5}]}').apply(record)

    assert (record.title, record.note, record.open) == ("old", None, True)
    assert record.criteria == [{"code": "a", "weight": PlainDecimal("0.5")}]


def test_a_patch_is_as_strict_as_any_schema() -> None:
    assert faults_of(MethodPatch, '{"id":1,"draws":0,"criteria":[{"code":"a"}]}') == [
        ("/draws", "out_of_range"),
        ("/criteria/0/weight", "required"),
        ("/id", "unknown_field"),
    ]
