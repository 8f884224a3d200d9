"""Bodies for tests: one with everything that makes pointers hard, a patch of it, and the faults of what is sent."""

from decimal import Decimal as PlainDecimal
from typing import Annotated, Literal

import pytest
from pydantic import Field, JsonValue

from app.kernel.bodies import Patch, Schema
from app.kernel.problems import Invalid
from app.kernel.strict_json import decode
from app.kernel.types import Decimal, Int32, LongText, ShortText


class AtLeast(Schema):
    """One kind of rule."""

    rule: Literal["at_least"]
    seats: Int32


class AtMost(Schema):
    """Another kind of rule."""

    rule: Literal["at_most"]
    seats: Int32


class Criterion(Schema):
    """A part of a method."""

    code: ShortText
    weight: Decimal


class MethodBody(Schema):
    """A body with everything that makes pointers hard."""

    title: ShortText
    note: LongText | None = None
    open: bool = False
    draws: Int32 = 100
    share: Decimal = PlainDecimal("0.1")
    criteria: Annotated[tuple[Criterion, ...], Field(max_length=5)] = ()
    rules: tuple[Annotated[AtLeast | AtMost, Field(discriminator="rule")], ...] = ()
    either: Int32 | list[Int32] | None = None
    names: dict[str, ShortText] | None = None


class MethodPatch(Patch):
    """What may change."""

    title: ShortText
    note: LongText | None
    draws: Annotated[Int32, Field(ge=1)]
    open: bool = False
    criteria: list[Criterion]


class Anything(Schema):
    """Whatever JSON there is."""

    value: JsonValue


def faults_of(model: type[Schema], raw: str | bytes) -> list[tuple[str | None, str]]:
    """Return what is wrong with a body: (pointer, code)."""
    with pytest.raises(Invalid) as caught:
        decode(model, raw.encode() if isinstance(raw, str) else raw)
    return [(error.pointer, error.code) for error in caught.value.errors]
