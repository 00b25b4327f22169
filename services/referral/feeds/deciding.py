"""A person's word on a batch: apply it, discard it, or read its file again."""

from __future__ import annotations

from typing import Final, Literal
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.feeds.formats import FORMATS
from services.referral.store import batches, sources
from services.referral.store.batches import Declared, NewBatch, Tenant
from shared.messaging import Tx
from shared.runtime.ids import uuid7

WAITING: Final = frozenset({"held", "previewed"})


class NotWaiting(Exception):
    """The batch waits for nobody's word; the message says why."""


async def decide(
    tx: Tx, row: RowMapping, decision: Literal["apply", "discard"], *, question: str | None = None
) -> None:
    """Apply or discard a batch that waits; the worker carries it out. Raises NotWaiting.

    `question`: the code of what was asked, where it is known: another may have followed it.
    """
    asked = (row["error"] or {}).get("code", "")
    if row["status"] in WAITING and question is not None and question != asked:
        raise NotWaiting(f"The batch now asks something else ({asked or 'to be looked at'}): look at it again.")
    # Asked of the database: somebody else may have decided since the row was read.
    if row["status"] not in WAITING or not await batches.decide(tx, row["batch_id"], decision):
        now = await batches.get(tx, row["batch_id"])
        status = now["status"] if now else "gone"
        raise NotWaiting(f"The batch is {status}: only one that is held or previewed waits for a decision.")


async def replay(tx: Tx, row: RowMapping, *, key_id: str | None = None) -> UUID:
    """Read a batch's file again by today's mapping, adapter and rules: the batch linked to it. Raises NotWaiting."""
    if row["voided_at"]:
        raise NotWaiting("The batch was taken back with the key that sent it: send its file again.")
    source = await sources.source(tx, row["source"])
    if source is None or not row["bytes"]:
        raise NotWaiting("Records sent by HTTP are not kept as a file: send them again.")
    if row["file_erased_at"]:
        raise NotWaiting("The file is no longer kept, because a person in it was erased: send it again.")
    again = uuid7()
    await batches.add(
        tx,
        NewBatch(
            source=row["source"],
            format=source["format"],
            timezone=source["timezone"],
            mapping_version=source["mapping_version"],
            key=bytes(row["batch_key"]),
            body_key=bytes(row["body_key"]),
            status="received",
            adapter_version=FORMATS[source["format"]].version,
            tenant=Tenant(row["programme"], row["municipality"], row["agency_ori"]),
            key_id=key_id,
            replay_of=row["replay_of"] or row["batch_id"],
            size=row["bytes"],
            declared=Declared(row["complete_from"], row["complete_to"], row["declared_rows"]),
            mends=row["mends"],
            content_at=row["content_at"],
        ),
        again,
    )
    if (row["error"] or {}).get("code") == "discarded":
        # Somebody looked at it and said no: it is shown again before anything is applied.
        await batches.ask_first(tx, again)
    return again
