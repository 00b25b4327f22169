"""With real processes, by the wall clock: a revocation acts within 60 s though nobody brings it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared.contracts import Event
from shared.messaging import Transactions
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from tests.integration.referral.feeds.agency_side import until
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import intake, local, police_consent
from tests.integration.referral.referrals.status_side import Side
from tests.integration.service_process import ServiceProcess
from tests.integration.stack import Stack

pytestmark = [pytest.mark.integration, pytest.mark.slow]
Fresh = Callable[[str], Awaitable[Settings]]
Start = Callable[..., ServiceProcess]


async def write(settings: Settings, *facts: Event) -> None:
    """What intake writes, as far as its outbox: its relay brings it, or not."""
    database = Database(settings.database_url("web"))
    try:
        scope = f"programme:{settings.programme}"
        async with Transactions(database, Keyring.load("intake", settings.secrets_dir), settings).begin(scope) as tx:
            tx.publish(*facts)
    finally:
        await database.close()


async def test_a_revocation_acts_within_60_s_with_intakes_relay_and_our_consumer_killed(
    stack: Stack, police: PoliceSide, fresh_database: Fresh, service_process: Start
) -> None:
    side = Side(stack, police)
    await side.connect()
    made, key = await side.refer(), await police.key(side.ori)
    theirs = await fresh_database("intake")
    bringing = service_process(theirs, "relay", wait=False)
    consumer, relay, web = (service_process(police.settings, role, wait=False) for role in ("consumer", "relay", "web"))
    for process in (bringing, consumer, relay, web):
        await asyncio.to_thread(process.wait_until_ready)

    async def seen() -> set[str]:
        """The status by HTTP and the newest on the topic."""
        headers = {"Authorization": f"Bearer {key}"}
        answer: Any = await asyncio.to_thread(web.get, "/api/referrals", headers=headers)
        told = await side.read()
        return {one["status"] for one in [*answer.json()["referrals"], *told[-1:]]}

    async def both(word: str) -> bool:
        return await seen() == {word}

    consent = police_consent(made.person_id)
    await write(theirs, intake(made.referral_id, made.person_id, local("2026-03-20 10:00")), consent)
    await until(lambda: both("intake_completed"), 90)
    bringing.kill()
    consumer.kill()
    revoked = time.monotonic()
    await write(theirs, consent.model_copy(update={"state": "revoked", "version": 2}))
    await until(lambda: both("received"), 60 - (time.monotonic() - revoked))
