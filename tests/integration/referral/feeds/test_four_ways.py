"""The same three records by HTTP, own topic, drop folder and file: the same facts, by a real service and `lead`."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from services.referral.feeds.drop import DropFolder
from services.referral.feeds.own_topic import OwnTopics
from shared.messaging import Transactions
from shared.runtime.settings import Settings
from tests.integration.conftest import FreshDatabase
from tests.integration.referral.arrests.records import arrest
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.agency_side import until
from tests.integration.service_process import ServiceProcess
from tests.integration.stack import Stack

pytestmark = pytest.mark.integration
_BY_SOURCE = ("arrest_id", "person_id", "recorded_at", "key", "source")
"""What names the road or the moment; a source's own records have ids of their own (police feeds, Key)."""


def three(ori: str) -> list[dict[str, Any]]:
    return [
        arrest(f"F-{n}", ori=ori, person={"last": name}) for n, name in enumerate(("Sampleton", "Exemplar", "Fable"))
    ]


def content(facts: list[dict[str, Any]]) -> list[bytes]:
    kept = [{name: value for name, value in fact.items() if name not in _BY_SOURCE} for fact in facts]
    return sorted(orjson.dumps(fact, option=orjson.OPT_SORT_KEYS) for fact in kept)


async def by_http(feeds: FeedSide, ori: str, records: list[dict[str, Any]]) -> None:
    async with feeds.client(await feeds.key(ori)) as http:
        assert (await http.post("/api/arrests", json=records)).status_code == 202
        refused = await http.post("/api/arrests", json=[arrest("F-9", ori="PAPPD0000")])
    assert "E_ORI_FORBIDDEN" in refused.text


async def by_file(feeds: FeedSide, ori: str, records: list[dict[str, Any]]) -> None:
    await feeds.register("rms", "canonical_json", ori)
    batch = await feeds.ingest("rms", lines(records))
    assert (batch["accepted"], batch["rejected"]) == (3, 0)


async def by_drop_folder(feeds: FeedSide, ori: str, records: list[dict[str, Any]], root: Path) -> None:
    await feeds.register("rms", "canonical_json", ori)
    (root / "rms").mkdir()
    (root / "rms" / "a.jsonl").write_bytes(lines(records))
    settings = feeds.settings.model_copy(update={"drop_dir": root})
    drop = DropFolder(settings, Transactions(feeds.consumer, feeds.keys, settings))
    for _ in range(3):
        await drop.once()
        await feeds.work()


def lines(records: list[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


def lead(stack: Stack, service: ServiceProcess, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "LEAD_HOME": str(stack.home),
        "LEAD_KAFKA_BOOTSTRAP": stack.broker.bootstrap,
        "LEAD_KAFKA_ADMIN_USERNAME": stack.broker.username,
        "LEAD_KAFKA_ADMIN_PASSWORD": stack.broker.password,
        "LEAD_REFERRAL_URL": service.url,
        "LEAD_OPERATOR_TOKEN": service.settings.operator_token,
    }
    command = [sys.executable, "-c", "from shared.runtime.cli import main; main()", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


async def by_topic(stack: Stack, service: ServiceProcess, ori: str, records: list[dict[str, Any]]) -> None:
    """As a vendor would: with nothing but what `lead agency connect` printed."""
    made = await asyncio.to_thread(lead, stack, service, "agency", "connect", ori)
    assert made.returncode == 0, made.stderr
    printed = orjson.loads(made.stdout)
    again = orjson.loads((await asyncio.to_thread(lead, stack, service, "agency", "connect", ori)).stdout)
    assert again == printed | {"password": None}
    assert (await asyncio.to_thread(lead, stack, service, "agency", "connect", "nobody")).returncode == 2
    producer = AIOKafkaProducer(
        bootstrap_servers=printed["bootstrap"],
        security_protocol=printed["security_protocol"],
        sasl_mechanism=printed["mechanism"],
        sasl_plain_username=printed["user"],
        sasl_plain_password=printed["password"],
    )
    await producer.start()
    try:
        for value in (records, arrest("F-9", ori="PAPPD0000")):
            await producer.send_and_wait(printed["topics"]["write"], orjson.dumps(value))
    finally:
        await producer.stop()


async def test_the_same_records_by_each_way_give_the_same_facts(
    stack: Stack,
    fresh_database: FreshDatabase,
    service_process: Callable[..., ServiceProcess],
    tmp_path: Path,
) -> None:
    ori = f"PAW{secrets.token_hex(3).upper()}"
    found: dict[str, list[bytes]] = {}
    for way in ("http", "file", "drop", "topic"):
        settings: Settings = await fresh_database("referral")
        feeds = FeedSide(settings, stack.administrator)
        try:
            if way == "http":
                await by_http(feeds, ori, three(ori))
            elif way == "file":
                await by_file(feeds, ori, three(ori))
            elif way == "drop":
                await by_drop_folder(feeds, ori, three(ori), tmp_path)
            else:
                web = await asyncio.to_thread(service_process, settings, "web")
                await by_topic(stack, web, ori, three(ori))
                await read_topic(feeds)
            await feeds.work()
            found[way] = content(await feeds.outbox())
        finally:
            await feeds.close()
    assert len(found["http"]) == 3
    assert found["http"] == found["file"] == found["drop"] == found["topic"]


async def read_topic(feeds: FeedSide) -> None:
    """Referral reads until the foreign record, the last one, has come."""
    part = OwnTopics(feeds.settings, Transactions(feeds.consumer, feeds.keys, feeds.settings))
    task = asyncio.create_task(part.run())
    await until(lambda: rejected(feeds))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def rejected(feeds: FeedSide) -> bool:
    return bool(await feeds.rows("select * from own.batch_reject where code = 'E_ORI_FORBIDDEN'"))
