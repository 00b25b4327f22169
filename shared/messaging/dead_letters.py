"""`lead dead-letters`: list, show, try again, or give up what could not be applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import orjson

from shared.contracts.topics import sealed_with
from shared.messaging import dead, inbox
from shared.messaging.dead import DeadLetter
from shared.messaging.facts import Fact
from shared.messaging.freshness import Beat
from shared.messaging.records import read
from shared.messaging.schema import DEAD_HEADERS, DEAD_VALUE
from shared.messaging.transaction import Transactions, Tx

Outcome = Literal["applied", "superseded", "failed"]
State = Literal["open", "replayed", "discarded", "erased"]

_LIST = """
    select id, topic, partition, "offset", fact_id, version, code, reason, time, arrived_at, state, settled_at
    from own.dead_letter where cast(:state as text) is null or state = :state
    order by arrived_at, topic, partition, "offset" limit :limit
"""
_ONE = "select * from own.dead_letter where id = :id"
_SETTLE = """
    update own.dead_letter set state = :state, settled_at = :now, value = null, headers = null where id = :id
"""
_FAILED_AGAIN = "update own.dead_letter set code = :code, reason = :reason where id = :id"


class NoSuchLetter(LookupError):
    """There is no open dead letter of this id."""

    def __init__(self, letter_id: str) -> None:
        super().__init__(f"no open dead letter {letter_id}; ids stand in `lead dead-letters list`")


@dataclass(frozen=True)
class _StoredRecord:
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


async def letters(
    transactions: Transactions, *, state: State | None = "open", limit: int = 1000
) -> list[dict[str, Any]]:
    """Dead letters, oldest first, without their content. `state` None: all of them."""
    async with transactions.begin() as tx:
        return [dict(row) for row in await tx.rows(_LIST, {"state": state, "limit": limit})]


async def show(transactions: Transactions, letter_id: str, *, content: bool = False) -> dict[str, Any]:
    """One letter. Without `content`, values stand as their kinds and lengths, so that nobody is identified.

    Raises NoSuchLetter.
    """
    async with transactions.begin() as tx:
        row = await tx.row(_ONE, {"id": letter_id})
        if row is None:
            raise NoSuchLetter(letter_id)
        shown = {key: row[key] for key in row if key not in ("value", "headers")}
        if row["value"] is not None:
            value = tx.keys.open("DLQ", DEAD_VALUE, letter_id, bytes(row["value"]))
            shown["data"] = _shown(value, content)
        if row["headers"] is not None:
            packed = tx.keys.open("DLQ", DEAD_HEADERS, letter_id, bytes(row["headers"]))
            shown["headers"] = {name: value.decode("utf-8", "replace") for name, value in dead.headers_of(packed)}
        return shown


async def replay(transactions: Transactions, letter_id: str) -> Outcome:
    """Apply a letter's record again, in one transaction. `transactions` needs the service's handlers.

    `superseded`: a newer version of the fact was applied meanwhile. `failed`: it stays open, with the new reason.
    Raises NoSuchLetter.
    """
    async with transactions.begin() as tx:
        row = await tx.row(_ONE + " and state = 'open' for update", {"id": letter_id})
        if row is None:
            raise NoSuchLetter(letter_id)
        found = _reread(tx, dict(row))
        if isinstance(found, DeadLetter):
            return await _failed(tx, letter_id, found)
        outcome: Outcome = "applied"
        if isinstance(found, Fact):
            if await inbox.is_newest(tx.connection, found):
                await inbox.winners(tx.connection, [found])
                await tx.dispatch([found])
            else:
                outcome = "superseded"
        if tx.dispatch.dead:
            return await _failed(tx, letter_id, tx.dispatch.dead.pop())
        await tx.execute(_SETTLE, {"id": letter_id, "state": "replayed", "now": tx.now})
        return outcome


async def discard(transactions: Transactions, letter_id: str) -> None:
    """Give a letter up: its content is removed, its place and reason stay. Raises NoSuchLetter."""
    async with transactions.begin() as tx:
        row = await tx.row(_ONE + " and state = 'open' for update", {"id": letter_id})
        if row is None:
            raise NoSuchLetter(letter_id)
        await tx.execute(_SETTLE, {"id": letter_id, "state": "discarded", "now": tx.now})


async def _failed(tx: Tx, letter_id: str, letter: DeadLetter) -> Outcome:
    await tx.execute(_FAILED_AGAIN, {"id": letter_id, "code": letter.code, "reason": letter.reason})
    return "failed"


def _reread(tx: Tx, row: dict[str, Any]) -> Fact[Any] | Beat | DeadLetter:
    letter_id = row["id"]
    value = None if row["tombstone"] else tx.keys.open("DLQ", DEAD_VALUE, letter_id, bytes(row["value"]))
    headers = dead.headers_of(tx.keys.open("DLQ", DEAD_HEADERS, letter_id, bytes(row["headers"])))
    key = row["fact_id"].encode() if row["fact_id"] else None
    if (dead.OPENED, b"1") in headers and value is not None and key:
        # A handler refused it: the value was opened already. Seal it as its topic is, to read it like any other.
        value = _as_on_topic(tx, row["topic"], key.decode(), value)
    record = _StoredRecord(
        row["topic"], row["partition"], row["offset"], int(row["time"].timestamp() * 1000), key, value, headers
    )
    return read(row["topic"], record, tx.keys)


def _as_on_topic(tx: Tx, topic: str, fact_id: str, value: bytes) -> bytes:
    return tx.keys.seal_topic(topic, fact_id, value) if sealed_with(topic) else value


def _shown(value: bytes, content: bool) -> Any:
    try:
        parsed = orjson.loads(value)
    except ValueError:
        return value.decode("utf-8", "replace") if content else f"{len(value)} bytes that are not JSON"
    return parsed if content else _kinds(parsed)


def _kinds(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _kinds(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_kinds(item) for item in value]
    if isinstance(value, str):
        return f"text of {len(value)}"
    return "null" if value is None else type(value).__name__
