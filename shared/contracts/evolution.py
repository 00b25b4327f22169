"""May a schema follow an earlier one? Only optional fields are added; meaning and type never change.

A reader in the field holds an earlier schema and must accept what is written today; a log in the field
holds facts of an earlier schema and must still be read today.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
# Words that explain and do not decide what is accepted.
PROSE = {"title", "description", "$id", "$schema", "$defs", "default", "examples"}


def breaks(earlier: Schema, later: Schema) -> list[str]:
    """Every reason why `later` may not follow `earlier`, each with its place; empty means it may."""
    found = list(_object(earlier, later, earlier, later, "value"))
    for name in ("x-record-key",):
        if earlier.get(name) != later.get(name):
            found.append(f"{name}: changed from {earlier.get(name)} to {later.get(name)}")
    lost = set(earlier.get("x-void-keeps", [])) - set(later.get("x-void-keeps", []))
    found += [f"x-void-keeps: {name} is no longer kept in a void" for name in sorted(lost)]
    return found


def _object(old: Schema, new: Schema, old_root: Schema, new_root: Schema, at: str) -> Iterator[str]:
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    for name in old_fields.keys() - new_fields.keys():
        yield f"{at}.{name}: removed"
    for name in set(new.get("required", [])) - set(old.get("required", [])):
        yield f"{at}.{name}: now required"
    for name in set(old.get("required", [])) - set(new.get("required", [])):
        yield f"{at}.{name}: no longer required, and earlier readers need it"
    for name in old_fields.keys() & new_fields.keys():
        yield from _type(old_fields[name], new_fields[name], old_root, new_root, f"{at}.{name}")


def _type(old: Schema, new: Schema, old_root: Schema, new_root: Schema, at: str) -> Iterator[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    if old.get("type") == new.get("type") == "object" and "properties" in old:
        yield from _object(old, new, old_root, new_root, at)
        return
    for word in sorted((old.keys() | new.keys()) - PROSE):
        was, now = old.get(word), new.get(word)
        if word in ("items", "additionalProperties") and isinstance(was, dict) and isinstance(now, dict):
            yield from _type(was, now, old_root, new_root, f"{at}[]")
        elif word == "anyOf" and was and now and len(was) == len(now):
            for one, other in zip(was, now, strict=True):
                yield from _type(one, other, old_root, new_root, at)
        elif word == "enum" and was and now:
            if set(was) != set(now):
                yield f"{at}: the code list changed ({sorted(set(was) ^ set(now))}); earlier readers refuse new codes"
        elif was != now:
            yield f"{at}: {word} changed from {was} to {now}"


def _resolved(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema
