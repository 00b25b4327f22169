"""Who the records of a staged batch are about, a page in each transaction, before the batch is applied.

Linking holds the blocks of the people index: an officer's referral about anyone there waits until the transaction ends.
So a large file is linked in short ones, and applied with its people known.
"""

from __future__ import annotations

from services.referral.store import raw_records
from services.referral.store.batches import Batch
from services.referral.store.people import PAGE
from services.referral.store.staged_people import link_staged
from shared.messaging import Tx


async def link_some(tx: Tx, batch: Batch) -> bool:
    """Link the next page of records that will change something; True if the rest is for another transaction.

    A batch of a page or less is quickly applied as well. Records that are set aside make no people.
    """
    rows = await raw_records.unlinked(tx, batch, PAGE)
    if rows:
        people = await link_staged(tx, batch.batch_id, rows)
        await raw_records.set_people(
            tx, batch.batch_id, [(row["number"], *person) for row, person in zip(rows, people, strict=True)]
        )
    return bool(rows) and await raw_records.staged(tx, batch.batch_id) > PAGE
