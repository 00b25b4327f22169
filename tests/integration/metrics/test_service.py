"""The whole service as a process: facts leave other services' outboxes, and figures come out at its addresses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import date, timedelta
from time import monotonic

import httpx
import pytest

from shared.contracts import Event
from shared.messaging import Transactions
from shared.messaging.relay import Relay
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from tests.integration.service_process import ServiceProcess
from tests.metrics_facts import followed

pytestmark = pytest.mark.integration
DAY = date(2026, 1, 15)
OWNERS = {
    "referral": ("referral-created", "arrest-recorded"),
    "intake": ("intake-completed",),
    "casework": ("contact-logged",),
}


async def publish(stack: AsyncExitStack, settings: Settings, facts: list[Event]) -> None:
    """Put facts into their owner's outbox, and let its relay send them until the block ends."""
    keys = Keyring.load(settings.service, settings.secrets_dir)
    database = Database(settings.database_url("consumer"))
    stack.push_async_callback(database.close)
    async with Transactions(database, keys, settings).begin() as tx:
        tx.publish(*facts)
    sending = asyncio.create_task(Relay(settings).run())

    async def stop() -> None:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

    stack.push_async_callback(stop)


async def until(seconds: float, read: Callable[[], Awaitable[bool]]) -> float:
    """Wait for a condition; the seconds it took."""
    began = monotonic()
    while not await read():
        assert monotonic() - began < seconds, "it did not come true"
        await asyncio.sleep(0.1)
    return monotonic() - began


async def test_facts_of_three_services_become_live_then_published_figures(
    fresh_database: Callable[..., Awaitable[Settings]],
    service_process: Callable[..., ServiceProcess],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LEAD_OPERATOR_TOKEN", "an-operator-of-the-tests")
    metrics = service_process(await fresh_database("metrics"))
    facts = [f for n in range(40) for f in followed(f"live{n}", DAY + timedelta(n), before=2, after=n % 2)]
    async with AsyncExitStack() as stack:
        for owner, topics in OWNERS.items():
            mine = [fact for fact in facts if fact.topic in topics]
            await publish(stack, await fresh_database(owner), mine)
        client = await stack.enter_async_context(
            httpx.AsyncClient(base_url=metrics.url, headers={"Origin": metrics.url})
        )
        await client.post("/sign-in/demo", data={"persona": "evaluator"})

        async def live() -> bool:
            page = await client.get("/programme")
            return "In touch within 90 days 40" in page.text

        await until(60, live)
        token = {"Authorization": "Bearer an-operator-of-the-tests"}
        made = await client.post("/api/snapshots", headers=token)
        assert made.status_code == 201, made.text
        figures = (await client.get("/api/outcomes?window=182&event=any")).json()["figures"]
        avoided = next(f for f in figures if f["definition"] == "outcome_avoided_arrest_ratio")
        assert (avoided["numerator"], avoided["denominator"]) == (20, 40)

        async def told() -> bool:
            gauge = 'lead_outcome_avoided_arrest_ratio{arm="intake",event="any",window="182"} 0.5'
            return gauge in (await client.get("/metrics")).text

        await until(20, told)
