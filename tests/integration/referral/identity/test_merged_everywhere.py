"""A supervisor's merge reaches every service; taken back, each of them is as it was before, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from shared.contracts import CONTRACTS, Event, PersonMerged, PersonProfile, ReferralCreated
from shared.runtime.settings import Settings
from tests.integration.casework import facts
from tests.integration.casework.desk import Casework
from tests.integration.intake.desk import Intake
from tests.integration.metrics.running import Metrics
from tests.integration.referral.identity.test_review import open_review, say, twins
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.stack import Stack

pytestmark = pytest.mark.integration

Fresh = Callable[[str], Awaitable[Settings]]
# What was heard and sent, and the merges themselves: they are remembered, also when taken back.
HEARD = {
    "own.person_merge", "own.person_review", "copied.inbox", "copied.merge", "copied.dirty", "copied.freshness",
    "copied.progress",
}  # fmt: skip
Rows = dict[str, Counter[str]]


@pytest.fixture
async def others(fresh_database: Fresh) -> AsyncIterator[tuple[Casework, Intake, Metrics]]:
    running = (
        Casework(await fresh_database("casework")),
        Intake(await fresh_database("intake")),
        Metrics(await fresh_database("metrics")),
    )
    yield running
    for service in running:
        await service.close()


async def state(stack: Stack, settings: Settings) -> Rows:
    """Every row of every table of a service, but for what was heard and sent."""
    admin = await stack.administrator(settings.database_name)
    try:
        names = await admin.fetch(
            "select schemaname || '.' || tablename from pg_tables where schemaname in ('own', 'copied')"
            " and tablename not like 'outbox%' and tablename not like 'audit%' and tablename not like '%session%'"
        )
        return {
            name: Counter(row[0] for row in await admin.fetch(f"select t::text from {name} t"))
            for (name,) in names
            if name not in HEARD
        }
    finally:
        await admin.close()


async def told(police: PoliceSide, topic: str) -> list[Event]:
    """Facts as published, the newest version of each last."""
    kind = CONTRACTS[topic]
    bodies = {(one["id"], one["version"]): one for one in await police.published(topic)}
    return [kind.model_validate({k: v for k, v in one.items() if k not in ("topic", "id")}) for one in bodies.values()]


async def test_merge_and_unmerge_leave_every_service_as_before(
    police: PoliceSide, others: tuple[Casework, Intake, Metrics], stack: Stack
) -> None:
    casework, intake, metrics = others
    await twins(police)
    referrals = await told(police, ReferralCreated.topic)
    for service in others:
        await service.deliver(*referrals)
    for service in (casework, intake):
        await service.deliver(*await told(police, PersonProfile.topic))
    for referral in referrals:
        assert isinstance(referral, ReferralCreated)
        for service in (casework, metrics):
            await service.deliver(facts.intake(referral), facts.contact(referral.person_id))
    await metrics.count()
    every = (police, *others)
    before = [await state(stack, one.settings) for one in every]

    review = await open_review(police)
    assert (await say(police, review, "same")).status_code == 303
    await spread(police, others)
    during = [await state(stack, one.settings) for one in every]
    for name, one, other in zip(("referral", "casework", "intake", "metrics"), before, during, strict=True):
        assert one != other, f"{name} heard nothing of the merge"

    assert (await say(police, review, "apart")).status_code == 303
    await spread(police, others)
    for one, was in zip(every, before, strict=True):
        now = await state(stack, one.settings)
        assert {table: now[table] - was[table] for table in now if now[table] != was[table]} == {}


async def spread(police: PoliceSide, others: tuple[Any, ...]) -> None:
    """Move the rows here, and let everyone else hear what was published last."""
    await police.tick("people")
    newest = (await told(police, PersonMerged.topic))[-1]
    for service in others:
        await service.deliver(newest)
    await others[2].count()
