"""Tells each connected agency of its own referrals, on `rms.<ori>.status`: under consent, or only that they came."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import orjson
import structlog
from prometheus_client import Counter, Gauge

from services.referral.feeds.now_or_never import Message, NowOrNever
from services.referral.feeds.put_off import server_answers
from services.referral.store import agency_topics, status_news
from services.referral.store.status_news import News
from shared.contracts.topics import agency_topic
from shared.messaging import Transactions
from shared.messaging.faults import code_of, place
from shared.messaging.leader import leading
from shared.messaging.patience import pauses
from shared.messaging.progress import Health, Progress
from shared.runtime.settings import Settings

EVERY: Final = 3.0
"""Seconds between two looks for news."""
SENT = Counter("lead_agency_status_total", "Statuses that agencies were told on their own topics", ["status"])
FAILING = Gauge("lead_agency_status_failing", "Agencies that are not told of their referrals because of a fault")
_log = structlog.get_logger("lead.agency-status")


class StatusTopics:
    """Publishes what changed, while this process leads. Consumer and relay both run it: one of them is enough.

    Guarantees: what is told beyond `received` is covered by a consent that is live and current when it is sent, and
    its disclosure is stored before; a silent intake takes every such status back; a status may come twice, with
    the same `ce_id`.
    """

    def __init__(self, settings: Settings, transactions: Transactions) -> None:
        self._settings = settings
        self._transactions = transactions
        self._progress = Progress()
        self._doubtful = False
        """Whether the last look ended with messages of which nobody knows whether they arrive."""

    async def run(self) -> None:
        """Publish until cancelled. Outlives an absent broker or database."""
        for pause in pauses(0.2, 3.0):
            try:
                self._progress.moved("standing by")
                url = self._transactions.database.url
                async with leading(url, self._settings.service, "statuses") as session:
                    sender = NowOrNever(self._settings)
                    try:
                        while True:
                            # Raises when the session, and so the lock, is lost.
                            await session.execute("select 1")
                            await self.once(sender)
                            self._progress.moved("current")
                            await asyncio.sleep(EVERY)
                    finally:
                        sender.close()
            except Exception as error:
                self._progress.failed(error)
                _log.warning("interrupted; nothing is lost, trying again", error=code_of(error), at=place(error))
            await asyncio.sleep(pause)

    def health(self) -> Health:
        """Whether agencies are told."""
        return self._progress.health(work_waits=self._progress.state == "current")

    async def once(self, sender: NowOrNever) -> None:
        """One look: store what changed, then send what is stored and still holds.

        Raises while the broker does not answer: a status is judged when it can leave at once. One agency's fault
        keeps no other waiting.
        """
        present = await sender.topics()
        if self._doubtful:
            # What timed out may stand in the broker's socket. It answers again, so that by the next look it has
            # read that, and nothing newer is overtaken by it.
            self._doubtful = False
            return
        async with self._transactions.begin() as tx:
            oris = await agency_topics.connected(tx)
        put: dict[UUID, News] = {}
        failing: set[str] = set()
        for ori in oris:
            if self._topic(ori) not in present:
                failing.add(ori)
                continue
            try:
                put |= await self._put(sender, ori)
            except Exception as fault:
                if not await server_answers(self._transactions):
                    raise
                failing.add(ori)
                _log.error("statuses of an agency not told", error=code_of(fault), at=place(fault), agency_ori=ori)
        delivered, failed = await sender.settle()
        await self._delivered([put[one] for one in delivered if one in put])
        self._doubtful = bool(failed)
        for one, code in list(failed.items())[:1]:
            _log.warning("statuses were not sent, trying again", error=code, agency_ori=put[one].ori, count=len(failed))
        FAILING.set(len(failing | {put[one].ori for one in failed}))

    async def _put(self, sender: NowOrNever, ori: str) -> dict[UUID, News]:
        """Store an agency's news, and send what holds at this moment; by the ids of their events."""
        after = None
        while True:
            async with self._transactions.begin() as tx:
                after = await status_news.prepare(tx, ori, after)
            if after is None:
                break
        # No connection is held on the way to the broker.
        async with self._transactions.begin() as tx:
            news = await status_news.unsent(tx, ori)
        for one in news:
            sender.put(self._message(one))
        return {one.event_id: one for one in news}

    async def _delivered(self, news: Sequence[News]) -> None:
        if news:
            async with self._transactions.begin() as tx:
                await status_news.sent(tx, [one.event_id for one in news])
        for one in news:
            SENT.labels(one.told.word).inc()

    def _topic(self, ori: str) -> str:
        return self._settings.topic_prefix + agency_topic(ori, "status")

    def _message(self, one: News) -> Message:
        referral_id = str(one.told.row["referral_id"])
        headers = [
            ("ce_specversion", "1.0"),
            ("ce_id", str(one.event_id)),
            ("ce_type", "lead.agency-status.v1"),
            ("ce_source", "/referral"),
            ("ce_subject", referral_id),
            ("ce_time", one.told.at.isoformat()),
            ("content-type", "application/json"),
        ]
        return Message(
            one.event_id,
            self._topic(one.ori),
            referral_id.encode(),
            orjson.dumps(one.told.answer(), default=str),
            [(name, value.encode()) for name, value in headers],
        )
