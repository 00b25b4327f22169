"""Which person a row is about today, after people were merged and unmerged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, order=True)
class Merge:
    merge_id: UUID
    survivor_id: UUID
    absorbed_id: UUID


def homes(merges: Iterable[Merge]) -> Mapping[UUID, UUID]:
    """Person as published -> person today, for everyone named in a merge that stands.

    Depends on the set of merges alone, not on their order: a person absorbed twice follows the lower merge id,
    and a ring of merges ends at its lowest person id.
    """
    next_of: dict[UUID, UUID] = {}
    for merge in sorted(merges):
        next_of.setdefault(merge.absorbed_id, merge.survivor_id)
    return {person: _end(person, next_of) for person in {*next_of, *next_of.values()}}


def _end(person: UUID, next_of: Mapping[UUID, UUID]) -> UUID:
    seen = [person]
    while (following := next_of.get(seen[-1])) is not None:
        if following in seen:
            return min(seen[seen.index(following) :])
        seen.append(following)
    return seen[-1]
