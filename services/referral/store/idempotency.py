"""A request sent twice under one Idempotency-Key is done once and answered twice."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from shared.messaging import Tx

COLUMN = "own.idempotency.answer"


class KeyReused(Exception):
    """The same Idempotency-Key came with another body."""


def body_hash(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


async def first_answer(tx: Tx, holder: str, token: str, body: bytes) -> Any | None:
    """The answer given to this request before, or None. Raises KeyReused for another body."""
    # Two at once: the second waits here until the first has committed.
    await tx.execute(
        "select pg_advisory_xact_lock(hashtextextended(:name, 0))", {"name": f"idempotency:{holder}:{token}"}
    )
    row = await tx.row(
        "select body_hash, answer from own.idempotency where holder = :holder and token = :token",
        {"holder": holder, "token": token},
    )
    if row is None:
        return None
    if bytes(row["body_hash"]) != body_hash(body):
        raise KeyReused
    return orjson.loads(tx.keys.open("RAW", COLUMN, f"{holder}:{token}", bytes(row["answer"])))


async def remember(tx: Tx, holder: str, token: str, body: bytes, answer: Any) -> None:
    """Keep the answer for when the request comes again."""
    await tx.execute(
        """
        insert into own.idempotency (holder, token, body_hash, answer, at)
        values (:holder, :token, :body_hash, :answer, :now)
        """,
        {
            "holder": holder,
            "token": token,
            "body_hash": body_hash(body),
            # An answer repeats the sender's own numbers of records: text that people may have typed.
            "answer": tx.keys.seal("RAW", COLUMN, f"{holder}:{token}", orjson.dumps(answer)),
            "now": tx.now,
        },
    )
