"""What time alone does in intake: a consent ends after its last day. Nothing else."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from services.intake.domain.entered_time import civil_day
from services.intake.store import consents
from shared.messaging import Timers, Tx

timers = Timers("intake")


@timers.every("consent-expiry", seconds=20)
async def expire_consents(tx: Tx) -> None:
    """A consent holds to 23:59:59 local of `expires_on`; the first run of the next civil day ends it."""
    await consents.expire(tx, civil_day(tx.now, ZoneInfo(tx.settings.timezone)))
