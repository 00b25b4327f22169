"""The audit's chain: every 10 s the rows since the last seal are hashed onto its head with SHA-256.

A row altered, deleted, inserted or moved afterwards breaks the chain at its seal. The sealer is its own
database role, which cannot change a row's content either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import orjson
from sqlalchemy import RowMapping

from shared.messaging import Tx

SEALED_EVERY_SECONDS = 10
AT_ONCE = 5000
START = bytes(32)


def link(head: bytes, row: RowMapping) -> bytes:
    """The head after one more row; every column counts but the seal's own."""
    content = {name: _plain(value) for name, value in row.items() if name != "seal_id"}
    return hashlib.sha256(head + orjson.dumps(content, str, orjson.OPT_SORT_KEYS)).digest()


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


async def seal(tx: Tx) -> int:
    """Seal the rows that no seal covers yet, in the order of their ids; how many there were."""
    await tx.execute("select pg_advisory_xact_lock(hashtext('lead.audit.seal'))")
    rows = await tx.rows(
        "select * from own.audit where seal_id is null order by id limit :at_once", {"at_once": AT_ONCE}
    )
    if not rows:
        return 0
    head = await tx.value("select head from own.audit_seal order by seal_id desc limit 1") or START
    for row in rows:
        head = link(head, row)
    ids = [row["id"] for row in rows]
    seal_id = await tx.value(
        """
        insert into own.audit_seal (sealed_at, rows, last_id, head)
        values (:now, :rows, :last_id, :head) returning seal_id
        """,
        {"now": tx.now, "rows": len(rows), "last_id": ids[-1], "head": head},
    )
    await tx.execute("update own.audit set seal_id = :seal_id where id = any(:ids)", {"seal_id": seal_id, "ids": ids})
    return len(rows)


async def broken_seals(tx: Tx) -> list[int]:
    """The seals whose rows are not what was sealed; empty when the audit is whole."""
    seals = await tx.rows("select seal_id, rows, head from own.audit_seal order by seal_id")
    broken, head = [], START
    for one in seals:
        rows = await tx.rows(
            "select * from own.audit where seal_id = :seal_id order by id", {"seal_id": one["seal_id"]}
        )
        if len(rows) != one["rows"] or _head(head, rows) != one["head"]:
            broken.append(int(one["seal_id"]))
        head = one["head"]
    return broken


def _head(head: bytes, rows: Iterable[RowMapping]) -> bytes:
    for row in rows:
        head = link(head, row)
    return head
