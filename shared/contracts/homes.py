"""Whose a row is today, after people were merged and unmerged: what `person-merged` means, for every service alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

Key = TypeVar("Key", UUID, bytes)
"""A person: a `person_id`, or metrics' HMAC of it."""


def homes(merges: Iterable[tuple[UUID, Key, Key]]) -> dict[Key, Key]:
    """Person as published -> person today, for every absorbed person; everyone else is at home.

    `merges` are (merge_id, survivor, absorbed) of those that stand. The set of merges decides, not the order in
    which they were heard of: a person absorbed twice follows the lower merge id, and a ring ends at its lowest key.
    """
    follows: dict[Key, Key] = {}
    for _, survivor, absorbed in sorted(merges):
        follows.setdefault(absorbed, survivor)
    ends = {person: _end(person, follows) for person in follows}
    return {person: end for person, end in ends.items() if end != person}


def _end(person: Key, follows: dict[Key, Key]) -> Key:
    path = [person]
    while (after := follows.get(path[-1])) is not None:
        if after in path:
            return min(path[path.index(after) :])
        path.append(after)
    return path[-1]
