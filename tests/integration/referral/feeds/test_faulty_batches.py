"""A batch that fails for good takes nothing with it: what other batches of the same run tell is told."""

from __future__ import annotations

import pytest

from services.referral.feeds import applying
from services.referral.store.batches import Batch
from shared.messaging import Tx
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import register
from tests.unit.referral.feeds.feed_files import row, template

pytestmark = pytest.mark.integration
FIRST, SECOND = "PAPPD0000", "PA0020000"


async def test_what_a_batch_tells_outlives_the_fault_of_the_next(
    feeds: FeedSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, ori in (("first", FIRST), ("second", SECOND)):
        await register(feeds, name, "lead_csv", ori)
    ids = []
    async with feeds.client() as http:
        for name, ori in (("first", FIRST), ("second", SECOND)):
            sent = await http.post(f"/api/sources/{name}/files", content=template(row(ori=ori)))
            ids.append(sent.json()["batch_id"])
    settle = applying._settle

    async def failing(tx: Tx, batch: Batch, *rest: object) -> None:
        if batch.source == "second":
            raise RuntimeError("a fault of ours")
        await settle(tx, batch, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(applying, "_settle", failing)
    await feeds.work()
    assert [(await feeds.batch(one))["status"] for one in ids] == ["applied", "held"]
    assert [fact["agency_ori"] for fact in await feeds.outbox("arrest-recorded")] == [FIRST]
    assert [fact["agency_ori"] for fact in await feeds.outbox("feed-coverage")] == [FIRST]
