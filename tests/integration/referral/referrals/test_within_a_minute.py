"""A release to police that ends acts within 60 s in the agency's topic and by HTTP, whatever stands still meanwhile.

The clock of the service is moved; `test_within_a_minute_live.py` waits it out with real processes.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.referral.feeds.now_or_never import SECONDS
from services.referral.feeds.status_topic import EVERY, StatusTopics
from shared.messaging.freshness import SILENCE
from tests.integration.referral.referrals.police_side import Later
from tests.integration.referral.referrals.records import local
from tests.integration.referral.referrals.status_side import Side, beat, engaged

pytestmark = pytest.mark.integration


class Agency:
    """What an agency can see of its one referral, by each way, when it is so much later."""

    def __init__(self, side: Side, key: str, role: str) -> None:
        self.side, self.key = side, key
        self.database = getattr(side.police, role)

    async def sees(self, later: timedelta) -> set[str]:
        """The status by HTTP, and the newest on the topic after a look of the publisher."""
        police = self.side.police
        async with police.machine(self.key, later) as machine:
            (listed,) = (await machine.get("/api/referrals")).json()["referrals"]
            one = (await machine.get(f"/api/referrals/{listed['referral_id']}")).json()
        publisher = StatusTopics(police.settings, Later(self.database, police.keys, police.settings, by=later))
        told = await self.side.look(publisher=publisher)
        return {listed["status"], one["status"], told[-1]["status"]}


# Where one of our processes is down, the other one publishes, with its own rights in the database.
@pytest.fixture(params=["consumer", "relay"], ids=["our-relay-is-down", "our-consumer-is-down"])
async def agency(request: pytest.FixtureRequest, side: Side) -> Agency:
    return Agency(side, await side.police.key(side.ori), request.param)


async def test_when_nothing_more_is_heard_of_intake_nothing_is_told_after_45_seconds(agency: Agency) -> None:
    """Intake or its relay stands still, or our consumer: the revocation is written and does not come here."""
    await engaged(agency.side)
    assert await agency.sees(timedelta()) == {"engaged"}
    assert await agency.sees(SILENCE - timedelta(seconds=5)) == {"engaged"}
    assert await agency.sees(SILENCE + timedelta(seconds=1)) == {"received"}
    await beat(agency.side.police, after=timedelta(minutes=5))
    assert await agency.sees(timedelta(minutes=5)) == {"engaged"}


async def test_a_revocation_that_comes_acts_at_once(agency: Agency) -> None:
    _, consent = await engaged(agency.side)
    assert await agency.sees(timedelta()) == {"engaged"}
    await agency.side.police.deliver(consent.model_copy(update={"state": "revoked", "version": 2}))
    assert await agency.sees(timedelta(seconds=1)) == {"received"}


async def test_a_release_ends_with_its_last_day_without_a_word_of_anybody(agency: Agency) -> None:
    """The last day is a civil day here: over at midnight of the jurisdiction."""
    _, consent = await engaged(agency.side)
    async with agency.side.police.consuming() as tx:
        now = tx.now
    last = (now + timedelta(days=3)).date()
    await agency.side.police.deliver(consent.model_copy(update={"expires_on": last, "version": 2}))
    until = local(f"{last + timedelta(days=1)} 00:00") - now
    await beat(agency.side.police, after=until)
    assert await agency.sees(until - timedelta(seconds=10)) == {"engaged"}
    assert await agency.sees(until + timedelta(seconds=1)) == {"received"}


def test_silence_look_and_way_to_the_broker_stay_under_a_minute() -> None:
    assert SILENCE + timedelta(seconds=EVERY + SECONDS) < timedelta(seconds=60)
