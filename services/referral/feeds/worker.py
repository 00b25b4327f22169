"""What moves batches on: the consumer role's timer reads and applies whatever waits, oldest first."""

from __future__ import annotations

from typing import Final

import structlog

from services.referral.feeds.applying import apply
from services.referral.feeds.formats import FORMATS
from services.referral.feeds.staging import stage
from services.referral.feeds.using import apply_uses
from services.referral.store import batches, raw_records, uses
from services.referral.store.batches import Batch
from shared.messaging import Tx
from shared.messaging.faults import of_state

ROWS_PER_RUN: Final = 20_000
"""A run is one transaction: it stops taking further batches once it did so much."""

log = structlog.get_logger()


async def work(tx: Tx) -> bool:
    """Read and apply waiting batches; True if there is more to do at once, in another transaction.

    A fault of the database's state is retried by the next run; a fault of ours holds its batch, so that the batches
    behind it pass.
    """
    done = 0
    while done < ROWS_PER_RUN:
        batch = await batches.next_waiting(tx)
        if batch is None:
            return False
        rows = await _step(tx, batch)
        if rows is None:
            return True
        done += rows
    return True


async def _step(tx: Tx, batch: Batch) -> int | None:
    """Bring a batch one step on: how many rows it has, or None if the rest is for another transaction."""
    # Behind the savepoint it would be rolled back with a batch that is not its own.
    await tx.flush()
    savepoint = await tx.connection.begin_nested()
    more = False
    try:
        if batch.decision == "discard":
            await _discard(tx, batch)
        elif batch.status == "received":
            await stage(tx, batch)
        elif FORMATS[batch.format].of_uses:
            await apply_uses(tx, batch)
        else:
            more = await apply(tx, batch)
    except Exception as fault:
        if of_state(fault):
            raise
        await savepoint.rollback()
        tx.outgoing.clear()
        # The kind only: a message could quote a record.
        log.error("batch-failed", batch_id=str(batch.batch_id), fault=type(fault).__name__)
        error = {"code": "E_INTERNAL", "reason": "a fault of ours; county IT was told. Apply it again later."}
        await batches.settle(tx, batch.batch_id, "held", error=error)
        return 1
    await savepoint.commit()
    if more:
        return None
    row = await batches.get(tx, batch.batch_id)
    return int(row["rows"]) if row else 1


async def _discard(tx: Tx, batch: Batch) -> None:
    await raw_records.clear(tx, batch.batch_id)
    await uses.clear(tx, batch.batch_id)
    error = {"code": "discarded", "reason": "a person discarded the batch"}
    await batches.settle(tx, batch.batch_id, "refused", error=error)
