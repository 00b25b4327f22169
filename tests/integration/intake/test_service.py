"""The whole service as a process: a referral leaves the police side's outbox, an intake goes out to all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic

import httpx
from sqlalchemy import text

from shared.contracts import Event
from shared.messaging import Transactions
from shared.messaging.relay import Relay
from shared.runtime.database import Database
from shared.runtime.ids import uuid7
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from tests.integration.intake import facts, interviewing
from tests.integration.service_process import ServiceProcess


@asynccontextmanager
async def sent(settings: Settings, *events: Event) -> AsyncIterator[None]:
    """Facts in their owner's outbox, and its relay at work until the block ends."""
    database = Database(settings.database_url("consumer"))
    keys = Keyring.load(settings.service, settings.secrets_dir)
    async with Transactions(database, keys, settings).begin() as tx:
        tx.publish(*events)
    await database.close()
    sending = asyncio.create_task(Relay(settings).run())
    try:
        yield
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def until(seconds: float, read: Callable[[], Awaitable[bool]]) -> None:
    began = monotonic()
    while not await read():
        assert monotonic() - began < seconds, "it did not come true"
        await asyncio.sleep(0.1)


async def test_a_referral_comes_in_by_the_broker_and_the_intake_goes_out(
    fresh_database: Callable[..., Awaitable[Settings]], service_process: Callable[..., ServiceProcess]
) -> None:
    settings = await fresh_database("intake")
    intake = service_process(settings)
    one = facts.referral(uuid7())
    outbox = Database(settings.database_url("relay"))
    async with (
        sent(await fresh_database("referral"), one, facts.charge(one), facts.profile(one.person_id)),
        httpx.AsyncClient(base_url=intake.url, headers={"Origin": intake.url}, timeout=30) as client,
    ):
        await client.post("/sign-in/demo", data={"persona": "intake_worker"})

        async def listed() -> bool:
            return "Marlow Sampleton" in (await client.get("/")).text

        async def all_sent() -> bool:
            async with outbox.connect() as connection:
                beats = "type not like '%beat%'"
                left = await connection.execute(text(f"select count(*) from own.outbox where {beats}"))
                return left.scalar() == 0

        await until(60, listed)
        await interviewing.whole(client, one.referral_id, share_police="yes", signature="Marlow Sampleton")
        assert "Marlow is in LEAD" in (await client.get(f"/interviews/{one.referral_id}")).text
        await until(60, all_sent)
    await outbox.close()
    assert "Sampleton" not in intake.log()
