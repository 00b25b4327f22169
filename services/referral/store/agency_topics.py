"""Agencies with a Kafka topic of their own, and how much of it this database holds."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.messaging import Tx


async def connect(tx: Tx, ori: str) -> bool:
    """Begin to read an agency's topic. True if it is new."""
    row = await tx.row(
        """
        insert into own.agency_topic (programme, agency_ori, connected_at) values (:programme, :ori, :now)
        on conflict (agency_ori) do nothing returning agency_ori
        """,
        {"programme": tx.settings.programme, "ori": ori, "now": tx.now},
    )
    return row is not None


async def connected(tx: Tx) -> list[str]:
    """The ORIs of the agencies that take Kafka, in order."""
    rows = await tx.rows("select agency_ori from own.agency_topic order by agency_ori")
    return [row["agency_ori"] for row in rows]


@dataclass(frozen=True)
class Held:
    """What this database holds: all before `next_offset` of the topic that the broker knows as `topic_id`.

    `generation` counts the topics there were under the name. `topic_id` is None before anything was read.
    """

    next_offset: int
    generation: int
    topic_id: UUID | None

    def of(self, topic_id: UUID) -> Held:
        """What is held of the topic with this id: nothing, of one that was made anew."""
        if self.topic_id in (None, topic_id):
            return Held(self.next_offset, self.generation, topic_id)
        return Held(0, self.generation + 1, topic_id)


async def held(tx: Tx, ori: str, *, lock: bool = False) -> Held | None:
    """How much of the agency's topic is here; None for an agency that is not connected."""
    sql = "select next_offset, generation, topic_id from own.agency_topic where agency_ori = :ori"
    row = await tx.row(sql + " for update" if lock else sql, {"ori": ori})
    return None if row is None else Held(row["next_offset"], row["generation"], row["topic_id"])


async def keep(tx: Tx, ori: str, held: Held) -> None:
    """Note how much of the agency's topic is here now."""
    await tx.execute(
        "update own.agency_topic set next_offset = :next_offset, generation = :generation, topic_id = :topic_id"
        " where agency_ori = :ori",
        {"ori": ori, **vars(held)},
    )
