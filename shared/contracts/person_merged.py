"""Two people are one, or are two again. Written by referral to the partitions of both."""

from __future__ import annotations

from uuid import UUID

from shared.contracts.envelope import Event


class PersonMerged(Event):
    """Partitioned by the survivor; the outbox also writes it to the absorbed person's partition."""

    topic = "person-merged"
    key = ("merge_id",)

    merge_id: UUID
    survivor_id: UUID
    absorbed_id: UUID
    undone: bool = False

    @property
    def partition_key(self) -> str:
        return str(self.survivor_id)
