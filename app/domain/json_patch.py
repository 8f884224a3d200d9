"""What turns one JSON document into another: a patch of RFC 6902, made of `add`, `remove` and `replace`.

Lists are aligned first, so that an item put in front does not change all behind it: items with an `id` by their id,
others by their whole value. An item that moves is removed and added. Keys are in alphabetical order and lists are
patched from their end, so no step shifts what a later one means. Numbers are compared by value (RFC 6902, 4.6): from 1
to 1.0 there is nothing to do.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Any

from app.domain.json_pointer import token

Operation = dict[str, Any]  # op, path, and but for `remove` a value
_Block = tuple[str, int, int, int, int]  # kind, from and to in the one list, from and to in the other

_MOST_CELLS = 250_000  # longer lists are not aligned but compared place by place: as right, only less short


def patch(before: Any, after: Any) -> list[Operation]:
    """Tell how to make `after` of `before`; empty when they are the same. Both are what a JSON parser returns."""
    return list(_value(before, after, ""))


def same(one: Any, other: Any) -> bool:
    """Tell whether two JSON values are equal; true is not 1."""
    return bool(_frozen(one) == _frozen(other))


def _value(before: Any, after: Any, at: str) -> Iterator[Operation]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _object(before, after, at)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list(before, after, at)
    elif not same(before, after):
        yield {"op": "replace", "path": at, "value": after}


def _object(before: dict[str, Any], after: dict[str, Any], at: str) -> Iterator[Operation]:
    for key in sorted(before.keys() | after.keys()):
        path = f"{at}/{token(key)}"
        if key not in after:
            yield {"op": "remove", "path": path}
        elif key not in before:
            yield {"op": "add", "path": path, "value": after[key]}
        else:
            yield from _value(before[key], after[key], path)


def _list(before: Sequence[Any], after: Sequence[Any], at: str) -> Iterator[Operation]:
    identified = _identified(before) and _identified(after)
    one, other = ([item["id"] if identified else _frozen(item) for item in items] for items in (before, after))
    # Another id is another item: nobody wants to read how one was rewritten into the other.
    kept = {"equal", "unaligned"} if identified else {"equal", "unaligned", "replace"}
    for kind, start, end, first, last in reversed(_aligned(one, other)):
        pairs = min(end - start, last - first) if kind in kept else 0
        for place in reversed(range(start + pairs, end)):
            yield {"op": "remove", "path": f"{at}/{place}"}
        for offset, item in enumerate(after[first + pairs : last]):
            yield {"op": "add", "path": f"{at}/{start + pairs + offset}", "value": item}
        for offset in range(pairs):
            yield from _value(before[start + offset], after[first + offset], f"{at}/{start + offset}")


def _aligned(before: Sequence[Any], after: Sequence[Any]) -> list[_Block]:
    """Find what stays in its order, first of all what both lists end with."""
    ends = zip(reversed(before), reversed(after), strict=False)
    tail = len(list(takewhile(lambda pair: pair[0] == pair[1], ends)))
    one, other = before[: len(before) - tail], after[: len(after) - tail]
    blocks: list[_Block] = [("unaligned", 0, len(one), 0, len(other))]
    if len(one) * len(other) <= _MOST_CELLS:
        blocks = list(SequenceMatcher(None, one, other, autojunk=False).get_opcodes())
    return [*blocks, ("equal", len(one), len(before), len(other), len(after))]


def _identified(items: Sequence[Any]) -> bool:
    return all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in items)


def _frozen(value: Any) -> Any:
    """Make a value that is equal and hashes alike where the JSON is equal."""
    if isinstance(value, dict):
        return ("object", frozenset((key, _frozen(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("list", tuple(map(_frozen, value)))
    return ("truth", value) if isinstance(value, bool) else value
