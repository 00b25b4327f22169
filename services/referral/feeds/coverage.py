"""Which days an agency's feed has covered: a silent feed must not look like success."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from services.referral.domain import discretion
from services.referral.store import arrests, coverage, raw_marks
from services.referral.store.batches import Batch
from shared.contracts import FeedCoverage
from shared.messaging import Tx


async def cover(tx: Tx, batch: Batch) -> None:
    """Widen the coverage of a batch's agencies to its records and zero reports, and tell of what changed."""
    if batch.source == discretion.SOURCE:
        return  # one officer's word says nothing of what the agency's records cover
    zone = ZoneInfo(batch.timezone)
    days = [
        (row["agency_ori"], row["first"].astimezone(zone).date(), row["last"].astimezone(zone).date())
        for row in await arrests.covered_days(tx, batch.batch_id)
    ]
    # A month that is not over yet is covered to today.
    today = batch.received_at.astimezone(zone).date()
    for beat in await raw_marks.heartbeats(tx, batch.batch_id):
        if beat["first"] <= today:
            days.append((beat["agency_ori"], beat["first"], min(beat["last"], today)))
    for agency, first, last in days:
        wider = await coverage.widen(tx, agency, first, last)
        if wider is None:
            continue
        tx.publish(
            FeedCoverage(
                version=wider["version"],
                action="record" if wider["version"] == 1 else "replace",
                recorded_at=tx.now,
                agency_ori=agency,
                covered_from=wider["covered_from"],
                covered_through=wider["covered_through"],
            )
        )
