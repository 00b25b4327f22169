"""A batch into the database: one transaction with inbox, handlers, dead letters, beats and outbox."""

from __future__ import annotations

from dataclasses import dataclass

from shared.messaging import dead, freshness, inbox
from shared.messaging.faults import passes
from shared.messaging.records import Batch
from shared.messaging.transaction import Transactions, Tx


@dataclass(frozen=True)
class Applied:
    """What became of a batch's records."""

    winners: int
    stale: int
    beats: int
    dead: int
    published: int


async def apply(transactions: Transactions, batch: Batch, *, replaying: bool = False) -> Applied:
    """Store a batch in one transaction: all of it, or nothing.

    When a handler fails for good, the batch is done again with a savepoint around each handler, so that only the
    facts at fault become dead letters. Raises what passes by itself; the caller tries again.
    """
    try:
        async with transactions.begin(replaying=replaying) as tx:
            return await _store(tx, batch, careful=False)
    except Exception as error:
        if passes(error):
            raise
    async with transactions.begin(replaying=replaying) as tx:
        return await _store(tx, batch, careful=True)


async def _store(tx: Tx, batch: Batch, *, careful: bool) -> Applied:
    won = await inbox.winners(tx.connection, batch.facts) if batch.facts else []
    withdrawn = [fact for fact in won if fact.event is None]
    if withdrawn:
        await dead.erase(tx.connection, withdrawn, tx.now)
    if won:
        await (tx.dispatch(won) if careful else tx.dispatch.quickly(won))
    if batch.beats:
        await freshness.note(tx.connection, batch.beats)
    tx.dispatch.dead.extend(batch.dead)
    failed = len(tx.dispatch.dead)
    await tx.flush()
    return Applied(len(won), len(batch.facts) - len(won), len(batch.beats), failed, tx.published)
