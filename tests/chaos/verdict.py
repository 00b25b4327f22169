"""Holding the database and the log against the generator's ledger."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local import postgres
from shared.messaging import dead
from shared.messaging.schema import DEAD_HEADERS, DEAD_VALUE
from shared.messaging.security import client_options, group_id
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from tests.chaos.ledger import Ledger
from tests.probe.cluster import Cluster


@dataclass(frozen=True)
class Verdict:
    """Every number must be 0."""

    lost: int
    unexpected: int
    wrong: int
    doubled: int
    minutes_off: int
    poison_missing: int
    refused_missing: int
    letters_too_many: int
    outbox_left: int
    answers_lost: int
    answers_doubled: int

    @property
    def good(self) -> bool:
        return not any(asdict(self).values())


async def settled(cluster: Cluster, settings: Settings, ledger: Ledger, seconds: float) -> bool:
    """Wait until the log is consumed, the outbox empty and every answer has come back; False if time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if await _is_settled(cluster, settings):
                return True
        except (OSError, asyncpg.PostgresError):
            pass
        await asyncio.sleep(1)
    return False


async def _is_settled(cluster: Cluster, settings: Settings) -> bool:
    if await _lag(settings):
        return False
    rows = await _fetch(cluster, settings, "select count(*) as n from own.outbox where type <> 'lead.beat.v1'")
    return bool(rows[0]["n"] == 0) and not await _lag(settings)


async def _lag(settings: Settings) -> int:
    consumer = AIOKafkaConsumer(**client_options(settings), group_id=group_id(settings), enable_auto_commit=False)
    await consumer.start()
    try:
        parts = [
            TopicPartition(settings.topic_prefix + topic, n)
            for topic in ("contact-logged", "status-recorded")
            for n in range(12)
        ]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        lag = 0
        for part in parts:
            lag += ends[part] - (await consumer.committed(part) or 0)
        return lag
    finally:
        await consumer.stop()


async def judge(cluster: Cluster, settings: Settings, keys: Keyring, ledger: Ledger) -> Verdict:
    """Compare every total, and every row."""
    rows = await _fetch(cluster, settings, "select contact_id, version, minutes, times from copied.contact")
    found = {UUID(str(row["contact_id"])): (row["version"], row["minutes"]) for row in rows}
    expected = ledger.standing
    effects = await _fetch(cluster, settings, "select fact_id, version, what, times from own.effect")
    published = await _fetch(
        cluster, settings,
        "select a.fact_id from own.effect a where a.what = 'contact-logged'",
    )  # fmt: skip
    answers = [row for row in effects if row["what"] == "status-recorded"]
    letters = await _fetch(cluster, settings, "select id, code, fact_id, value, headers from own.dead_letter")
    marks = [_mark(keys, letter) for letter in letters if letter["code"] != "thirteen"]
    refused = [letter["fact_id"] for letter in letters if letter["code"] == "thirteen"]
    outbox = await _fetch(cluster, settings, "select count(*) as n from own.outbox where type <> 'lead.beat.v1'")
    return Verdict(
        lost=len(expected.keys() - found.keys()),
        unexpected=len(found.keys() - expected.keys()),
        wrong=sum(1 for key in expected.keys() & found.keys() if expected[key] != found[key]),
        doubled=sum(1 for row in effects if row["times"] != 1),
        minutes_off=abs(sum(m for _, m in expected.values()) - sum(m for _, m in found.values())),
        poison_missing=len(ledger.poison - set(marks)),
        refused_missing=len(ledger.refused - set(refused)),
        letters_too_many=len(set(marks) - ledger.poison) + len(refused) - len(set(refused)),
        outbox_left=outbox[0]["n"],
        answers_lost=len(expected) - len(await _answered(cluster, settings)),
        answers_doubled=max(0, len(answers) - len(published)),
    )


async def _answered(cluster: Cluster, settings: Settings) -> list[Any]:
    """Standing contacts whose newest answer went through outbox, relay, log and inbox."""
    from tests.probe.service import answer_id

    contacts = await _fetch(cluster, settings, "select contact_id, version from copied.contact")
    newest = await _fetch(
        cluster, settings, "select fact_id, max(version) as v from own.effect where what = 'status-recorded' group by 1"
    )
    answers = {row["fact_id"]: row["v"] for row in newest}
    return [row for row in contacts if answers.get(str(answer_id(row["contact_id"]))) == row["version"]]


def _mark(keys: Keyring, letter: Any) -> str:
    """The poison's own number, from its opened value or headers."""
    value = keys.open("DLQ", DEAD_VALUE, letter["id"], letter["value"]) if letter["value"] else b""
    headers = dead.headers_of(keys.open("DLQ", DEAD_HEADERS, letter["id"], letter["headers"]))
    marked = dict(headers).get("mark", b"")
    if marked:
        return marked.decode()
    at = value.find(b"poison-")
    return value[at:].split(b'"')[0].decode() if at >= 0 else letter["id"]


async def _fetch(cluster: Cluster, settings: Settings, sql: str) -> list[Any]:
    admin = await postgres.connect(cluster.url, cluster.secrets.postgres_password, settings.database_name)
    try:
        return list(await admin.fetch(sql))
    finally:
        await admin.close()
