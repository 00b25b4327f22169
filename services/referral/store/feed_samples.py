"""Files that are mapped just now, one for each feed, sealed; gone after a day, and with the mapping they were for."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from shared.messaging import Tx

COLUMN: Final = "own.feed_sample.content"
KEPT: Final = timedelta(days=1)


async def keep(tx: Tx, source: str, agency_ori: str | None, content: bytes) -> None:
    """Keep a file to map for a feed of an agency (None: of several), in place of the one before."""
    await tx.execute(
        """
        insert into own.feed_sample (source, owner, content, uploaded_at)
        values (:source, :owner, :content, :now)
        on conflict (source, owner) do update set content = excluded.content, uploaded_at = excluded.uploaded_at
        """,
        {**_of(source, agency_ori), "content": tx.keys.seal("RAW", COLUMN, _place(source, agency_ori), content)}
        | {"now": tx.now},
    )


async def get(tx: Tx, source: str, agency_ori: str | None) -> bytes | None:
    """The file to map of a feed; None where there is none, or it is over a day old."""
    sealed = await tx.value(
        "select content from own.feed_sample where source = :source and owner = :owner and uploaded_at > :since",
        {**_of(source, agency_ori), "since": tx.now - KEPT},
    )
    return None if sealed is None else tx.keys.open("RAW", COLUMN, _place(source, agency_ori), bytes(sealed))


async def drop(tx: Tx, source: str, agency_ori: str | None) -> None:
    """The mapping is made: the file has served."""
    await tx.execute("delete from own.feed_sample where source = :source and owner = :owner", _of(source, agency_ori))


async def drop_old(tx: Tx) -> None:
    """Delete what nobody came back to."""
    await tx.execute("delete from own.feed_sample where uploaded_at <= :since", {"since": tx.now - KEPT})


async def drop_all(tx: Tx) -> None:
    """Delete every one: a person who may stand in one was erased, and a file to map is quickly sent again."""
    await tx.execute("delete from own.feed_sample")


def _of(source: str, agency_ori: str | None) -> dict[str, str]:
    return {"source": source, "owner": agency_ori or ""}


def _place(source: str, agency_ori: str | None) -> str:
    return f"{source}:{agency_ori or ''}"
