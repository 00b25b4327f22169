"""Which days an agency's feed has covered: a silent feed must not look like success."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from services.referral.store import arrests, coverage
from services.referral.store.batches import Batch
from shared.contracts import FeedCoverage
from shared.messaging import Tx


async def cover(tx: Tx, batch: Batch) -> None:
    """Widen the coverage of a batch's agencies to its records, and tell of what changed."""
    zone = ZoneInfo(batch.timezone)
    for row in await arrests.covered_days(tx, batch.batch_id):
        first, last = row["first"].astimezone(zone).date(), row["last"].astimezone(zone).date()
        wider = await coverage.widen(tx, row["agency_ori"], first, last)
        if wider is None:
            continue
        tx.publish(
            FeedCoverage(
                version=wider["version"],
                action="record" if wider["version"] == 1 else "replace",
                recorded_at=tx.now,
                agency_ori=row["agency_ori"],
                covered_from=wider["covered_from"],
                covered_through=wider["covered_through"],
            )
        )
