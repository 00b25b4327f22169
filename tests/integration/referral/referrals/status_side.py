"""An agency that reads its status topic, and referral's publisher, moved by hand."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka.admin import AclBindingFilter, AclOperation, AclPermissionType, ResourcePatternType, ResourceType

from services.referral.feeds.now_or_never import NowOrNever
from services.referral.feeds.status_topic import StatusTopics
from services.referral.store import agency_topics
from shared.contracts.topics import agency_principal, agency_topic, read_by, topics
from shared.messaging import Transactions, freshness
from shared.messaging.freshness import Beat
from shared.runtime import topics as broker_topics
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import intake, local, participant, police_consent, record
from tests.integration.stack import Stack


class Side:
    """A connected agency with one referral, and referral's publisher, moved by hand."""

    def __init__(self, stack: Stack, police: PoliceSide) -> None:
        self.stack, self.police = stack, police
        self.ori = f"PAS{secrets.token_hex(3).upper()}"
        self.password = secrets.token_urlsafe(24)
        self.publisher = StatusTopics(police.settings, Transactions(police.consumer, police.keys, police.settings))

    async def connect(self) -> None:
        broker_topics.connect_agency(self.stack.broker, self.ori, self.password)
        scope = f"programme:{self.police.settings.programme}"
        async with Transactions(self.police.web, self.police.keys, self.police.settings).begin(scope) as tx:
            await agency_topics.connect(tx, self.ori)

    async def refer(self) -> Any:
        (made,) = await self.police.refer(record(ori=self.ori), scope=f"agency:{self.ori}")
        return made

    async def look(
        self, times: int = 1, sender: NowOrNever | None = None, publisher: StatusTopics | None = None
    ) -> list[dict[str, Any]]:
        """Looks of the publisher; everything the agency then finds on its topic."""
        async with sending(self.police) as own:
            for _ in range(times):
                await (publisher or self.publisher).once(sender or own)
        return await self.read()

    @contextmanager
    def refused(self) -> Iterator[None]:
        """Referral has no right to write into the agency's topic, though it sees it."""
        grant = AclBindingFilter(
            ResourceType.TOPIC, agency_topic(self.ori, "status"), ResourcePatternType.LITERAL, "User:referral", "*",
            AclOperation.WRITE, AclPermissionType.ALLOW,
        )  # fmt: skip
        for gone in self.stack.broker.admin.delete_acls([grant]).values():
            gone.result(30)
        try:
            yield
        finally:
            broker_topics.connect_agency(self.stack.broker, self.ori, "unused")

    async def read(self) -> list[dict[str, Any]]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.stack.broker.bootstrap,
            security_protocol="SASL_PLAINTEXT",
            sasl_mechanism="SCRAM-SHA-512",
            sasl_plain_username=agency_principal(self.ori),
            sasl_plain_password=self.password,
        )
        await consumer.start()
        try:
            place = TopicPartition(agency_topic(self.ori, "status"), 0)
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            end = (await consumer.end_offsets([place]))[place]
            found = []
            while len(found) < end:
                message = await asyncio.wait_for(consumer.getone(), 20)
                headers = {name: value.decode() for name, value in message.headers}
                found.append({"key": message.key.decode(), "id": headers["ce_id"], **orjson.loads(message.value)})
            return found
        finally:
            await consumer.stop()


@asynccontextmanager
async def sending(police: PoliceSide, seconds: float = 5) -> AsyncIterator[NowOrNever]:
    sender = NowOrNever(police.settings, seconds)
    try:
        yield sender
    finally:
        sender.close()


async def beat(police: PoliceSide, after: timedelta = timedelta()) -> None:
    """Intake is heard of now, or so much later."""
    async with police.consuming() as tx:
        await freshness.note(
            tx.connection,
            [
                Beat("intake", name, partition, tx.now + after)
                for name in read_by("referral")
                for partition in range(topics()[name].partitions)
            ],
        )


async def engaged(side: Side) -> tuple[Any, Any]:
    """A referral whose person is engaged, under a release to police."""
    made = await side.refer()
    consent = police_consent(made.person_id)
    await side.police.deliver(intake(made.referral_id, made.person_id, local("2026-03-20 10:00")), consent)
    await side.police.deliver(participant(made.person_id, engaged=True))
    return made, consent
