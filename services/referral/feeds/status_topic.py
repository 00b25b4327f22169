"""Tells each connected agency of its own referrals, on `rms.<ori>.status`: under consent, or only that they came."""

from __future__ import annotations

import asyncio
from typing import Final

import orjson
import structlog
from aiokafka import AIOKafkaProducer
from prometheus_client import Counter

from services.referral.store import agency_topics, status_news
from services.referral.store.status_news import News
from shared.contracts.topics import agency_topic
from shared.messaging import Transactions
from shared.messaging.faults import code_of, place
from shared.messaging.leader import leading
from shared.messaging.patience import pauses
from shared.messaging.progress import Health, Progress
from shared.messaging.security import client_options
from shared.runtime.settings import Settings

EVERY: Final = 3.0
"""Seconds between two looks for news."""
_SEND_MS: Final = 5_000
"""The longest way to the broker: with 45 s of silence and a look it stays under the 60 s of a revocation."""

SENT = Counter("lead_agency_status_total", "Statuses that agencies were told on their own topics", ["status"])
_log = structlog.get_logger("lead.agency-status")


class StatusTopics:
    """Publishes what changed, while this process leads.

    Guarantees: what is told beyond `received` is covered by a consent that is live and current when it is sent, and
    its disclosure is stored before; a silent intake takes every such status back; a status may come twice, with
    the same `ce_id`.
    """

    def __init__(self, settings: Settings, transactions: Transactions) -> None:
        self._settings = settings
        self._transactions = transactions
        self._progress = Progress()

    async def run(self) -> None:
        """Publish until cancelled. Outlives an absent broker or database."""
        for pause in pauses(0.2, 3.0):
            try:
                self._progress.moved("standing by")
                url = self._settings.database_url("consumer")
                async with leading(url, self._settings.service, "statuses") as session:
                    producer = AIOKafkaProducer(
                        **client_options(self._settings),
                        acks="all",
                        enable_idempotence=True,
                        request_timeout_ms=_SEND_MS,
                        metadata_max_age_ms=5_000,
                    )
                    await producer.start()
                    try:
                        while True:
                            # Raises when the session, and so the lock, is lost.
                            await session.execute("select 1")
                            await self.once(producer)
                            self._progress.moved("current")
                            await asyncio.sleep(EVERY)
                    finally:
                        await asyncio.wait_for(producer.stop(), 10)
            except Exception as error:
                self._progress.failed(error)
                _log.warning("interrupted; nothing is lost, trying again", error=code_of(error), at=place(error))
            await asyncio.sleep(pause)

    def health(self) -> Health:
        """Whether agencies are told."""
        return self._progress.health(work_waits=self._progress.state == "current")

    async def once(self, producer: AIOKafkaProducer) -> None:
        """One look: store what changed, then send what is stored and still holds."""
        async with self._transactions.begin() as tx:
            oris = await agency_topics.connected(tx)
        for ori in oris:
            after = None
            while True:
                async with self._transactions.begin() as tx:
                    after = await status_news.prepare(tx, ori, after)
                if after is None:
                    break
        # An agency without its topic keeps no other waiting.
        await asyncio.gather(*(self._send(producer, ori) for ori in oris))

    async def _send(self, producer: AIOKafkaProducer, ori: str) -> None:
        async with self._transactions.begin() as tx:
            news = await status_news.unsent(tx, ori)
            results = await asyncio.gather(*(self._tell(producer, one) for one in news), return_exceptions=True)
            done = [one for one, result in zip(news, results, strict=True) if not isinstance(result, BaseException)]
            await status_news.sent(tx, [one.event_id for one in done])
        for one in done:
            SENT.labels(one.told.word).inc()
        for failure in results:
            if isinstance(failure, Exception):
                _log.warning("a status was not sent, trying again", error=code_of(failure))
                break

    async def _tell(self, producer: AIOKafkaProducer, one: News) -> None:
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
        await asyncio.wait_for(
            producer.send_and_wait(
                self._settings.topic_prefix + agency_topic(one.ori, "status"),
                orjson.dumps(one.told.answer(), default=str),
                key=referral_id.encode(),
                headers=[(name, value.encode()) for name, value in headers],
            ),
            _SEND_MS / 1000,
        )
