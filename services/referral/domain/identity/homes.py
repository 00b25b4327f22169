"""Whose a row is today, after people were merged and unmerged by hand."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

Merge = tuple[UUID, UUID, UUID]
"""(merge_id, survivor_id, absorbed_id) of a merge that stands."""


def homes(merges: Iterable[Merge]) -> dict[UUID, UUID]:
    """Person as published -> person today, for every absorbed person.

    The set of merges decides, not their order: a person absorbed twice follows the lower merge id, and a ring ends
    at its lowest person id. The readers of `person-merged` reckon the same.
    """
    follows: dict[UUID, UUID] = {}
    for _, survivor, absorbed in sorted(merges):
        follows.setdefault(absorbed, survivor)
    return {person: _end(person, follows) for person in follows}


def _end(person: UUID, follows: dict[UUID, UUID]) -> UUID:
    path = [person]
    while (after := follows.get(path[-1])) is not None:
        if after in path:
            return min(path[path.index(after) :])
        path.append(after)
    return path[-1]
