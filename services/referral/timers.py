"""What happens here by the clock alone. Each is idempotent; the leader of the consumers runs them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from services.referral import feed_gauges
from services.referral.store import cases, feed_health, feed_samples, person_merges, referrals, waiting_holders
from services.referral.store import slots as slot_counts
from services.referral.store.areas import publish_changed
from services.referral.store.policy import policy_of
from services.referral.store.reclassifying import reclassify
from services.referral.store.settling import settle
from shared.messaging import Timers, Tx

timers = Timers("referral")

BATCH = 500


@timers.every("due-days", seconds=20)
async def due_days(tx: Tx) -> None:
    """End the due days that are over: as of 00:00 local of the next day, however late this runs."""
    today = (await policy_of(tx)).civil_day(tx.now)
    await settle(tx, await referrals.with_due_day_over(tx, today, BATCH))


@timers.every("waiting-steps", seconds=20)
async def waiting_steps(tx: Tx) -> None:
    """Reckon with what came before its referral, should both have been written at the same moment."""
    await settle(tx, await referrals.with_waiting_steps(tx, BATCH))


@timers.every("case-links", seconds=5)
async def case_links(tx: Tx) -> None:
    """Give each referral the arrest of its case once the police record has come (rule 14)."""
    await cases.link_late(tx, BATCH)


@timers.every("people", seconds=0.5)
async def people(tx: Tx) -> None:
    """Bring the rows of people home who were merged, or are two again."""
    await person_merges.move(tx)


@timers.every("slots", seconds=20)
async def slots(tx: Tx) -> None:
    """Count the slots that are taken, and let through who waits and needs none."""
    await slot_counts.count(tx)
    await waiting_holders.let_through(tx, BATCH)


@timers.every("areas", seconds=60)
async def areas(tx: Tx) -> None:
    """Tell of the programme's places when the policy changed one."""
    await publish_changed(tx, await policy_of(tx))


@timers.every("policy", seconds=2)
async def policy(tx: Tx) -> None:
    """Judge recorded arrests again once a change of the policy reaches their day."""
    await reclassify(tx)


@timers.every("feed-samples", seconds=600)
async def samples(tx: Tx) -> None:
    """Delete files to map that nobody came back to."""
    await feed_samples.drop_old(tx)


@timers.every("feed-gauges", seconds=15)
async def gauges(tx: Tx) -> None:
    """Prometheus sees how the feeds are: counts and times, by the names of feeds."""
    feed_gauges.show(await feed_health.feeds(tx, ZoneInfo(tx.settings.timezone)), tx.now)
