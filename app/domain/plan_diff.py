"""What changed between two versions of a plan: the patch for machines, the same in sentences for people.

Both versions are plan documents as JSON, with the keys of `plans.Plan`. Initiatives are known by their id, whatever
their place in the plan.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.domain.json_patch import Operation, patch, same
from app.domain.json_pointer import token
from app.domain.reasons import FIELDS, Reason, Wording, listed, reason

Change = Literal["added", "removed", "changed"]
Document = Mapping[str, Any]
_EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class InitiativeChange:
    """An initiative that came, went or changed; `fields` are the keys that changed, of a measure `measure/{key}`."""

    id: str
    title: str
    change: Change
    fields: tuple[str, ...]
    reason: Reason


@dataclass(frozen=True, slots=True)
class SectionChange:
    """Another part of the plan that came, went or changed, at a JSON pointer."""

    pointer: str
    change: Change
    reason: Reason


@dataclass(frozen=True, slots=True)
class PlanDiff:
    """Everything between two versions. `patch` (RFC 6902) makes the later of the earlier one."""

    patch: tuple[Operation, ...]
    initiatives: tuple[InitiativeChange, ...]
    sections: tuple[SectionChange, ...]


def difference(before: Document, after: Document, part_names: Mapping[str, Wording] | None = None) -> PlanDiff:
    """Compare two versions; `part_names` calls the parts of the template by name, a part without one by its code."""
    return PlanDiff(
        patch=tuple(patch(before, after)),
        initiatives=tuple(_initiatives(before, after)),
        sections=(*_sections(before, after), *_parts(before, after, part_names or {})),
    )


def _initiatives(before: Document, after: Document) -> Iterator[InitiativeChange]:
    """Tell what was removed in the order of the earlier version, the rest in the order of the later one."""
    old, new = ({item["id"]: item for item in plan.get("initiatives") or ()} for plan in (before, after))
    for name, item in old.items():
        if name not in new:
            yield _initiative(item, "removed")
    for name, item in new.items():
        if name not in old:
            yield _initiative(item, "added")
        elif fields := tuple(_changed(old[name], item)):
            yield _initiative(item, "changed", fields)


def _initiative(item: Document, change: Change, fields: tuple[str, ...] = ()) -> InitiativeChange:
    words = listed(_name(field.rpartition("/")[2]) for field in fields)
    why = reason(f"initiative_{change}", words, title=item["title"])
    return InitiativeChange(item["id"], item["title"], change, fields, why)


def _changed(old: Document, new: Document) -> Iterator[str]:
    """Name the keys that differ; a measure is taken apart."""
    for key in [*new, *(key for key in old if key not in new)]:
        one, other = old.get(key), new.get(key)
        if key == "measure" and isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from (f"measure/{field}" for field in _changed(one, other))
        elif not same(one, other):
            yield key


def _sections(before: Document, after: Document) -> Iterator[SectionChange]:
    told = {"initiatives", "parts"}
    for key in [*after, *(key for key in before if key not in after)]:
        old: Any = before.get(key)
        new: Any = after.get(key)
        if key not in told and (change := _change(old, new)) is not None:
            words = _name(key)
            if key == "horizon" and change == "changed":
                words = _joined(words, f": {_span(old)} → {_span(new)}")
            yield SectionChange(f"/{token(key)}", change, reason(f"section_{change}", words))
    if _reordered(before, after):
        yield SectionChange("/initiatives", "changed", reason("initiatives_reordered"))


def _parts(before: Document, after: Document, names: Mapping[str, Wording]) -> Iterator[SectionChange]:
    old, new = before.get("parts") or {}, after.get("parts") or {}
    for code in [*new, *(code for code in old if code not in new)]:
        if (change := _change(old.get(code), new.get(code))) is not None:
            words = names.get(code, Wording(code, code))
            yield SectionChange(f"/parts/{token(code)}", change, reason(f"section_{change}", words))


def _change(old: Any, new: Any) -> Change | None:
    # What is empty is not there.
    if same(old, new) or (old in _EMPTY and new in _EMPTY):
        return None
    if old in _EMPTY:
        return "added"
    return "removed" if new in _EMPTY else "changed"


def _reordered(before: Document, after: Document) -> bool:
    old, new = ([item["id"] for item in plan.get("initiatives") or ()] for plan in (before, after))
    return [name for name in old if name in new] != [name for name in new if name in old]


def _name(key: str) -> Wording:
    return FIELDS.get(key, Wording(key, key))


def _joined(words: Wording, more: str) -> Wording:
    return Wording(words.en + more, words.id + more)


def _span(horizon: Document) -> str:
    return f"{horizon['first_year']}-{horizon['last_year']}"
