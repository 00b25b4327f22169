"""The names behind the pseudonyms of those who work here."""

from __future__ import annotations

from collections.abc import Mapping

from services.casework.store.sealed import WORKER_NAME
from shared.messaging import Tx


async def remember(tx: Tx, worker: str, name: str, role: str) -> None:
    """Keep who this is, once, so that colleagues read a name."""
    known = await tx.value("select role from own.worker where worker = :worker", {"worker": worker})
    if known == role:
        return
    await tx.execute(
        "insert into own.worker (worker, name, role) values (:worker, :name, :role)"
        " on conflict (worker) do update set name = excluded.name, role = excluded.role",
        {"worker": worker, "name": tx.keys.seal("ID", WORKER_NAME, worker, name), "role": role},
    )


async def names(tx: Tx) -> Mapping[str, str]:
    """Pseudonym -> name, of everyone who has worked here."""
    rows = await tx.rows("select worker, name from own.worker")
    return {r["worker"]: tx.keys.open("ID", WORKER_NAME, r["worker"], r["name"]).decode() for r in rows}
