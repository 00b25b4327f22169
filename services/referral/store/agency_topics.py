"""Agencies with a Kafka topic of their own, and how much of it this database holds."""

from __future__ import annotations

from dataclasses import dataclass

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
    """What this database holds of a topic: all before `next_offset` of its `generation`."""

    next_offset: int
    generation: int


async def held(tx: Tx, ori: str) -> Held | None:
    """How much of the agency's topic is here, locked; None for an agency that is not connected."""
    row = await tx.row(
        "select next_offset, generation from own.agency_topic where agency_ori = :ori for update", {"ori": ori}
    )
    return None if row is None else Held(row["next_offset"], row["generation"])


async def keep(tx: Tx, ori: str, held: Held) -> None:
    """Note how much of the agency's topic is here now."""
    await tx.execute(
        "update own.agency_topic set next_offset = :next_offset, generation = :generation where agency_ori = :ori",
        {"ori": ori, **vars(held)},
    )
