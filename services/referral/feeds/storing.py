"""Stores messages of an agency's topic, with the offset behind them, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.referral.feeds.sent_records import Message, take
from services.referral.feeds.topic_ids import TopicIds
from services.referral.store import agency_topics
from services.referral.store.agency_topics import Held
from shared.messaging import Transactions

_LOCK: Final = "3s"
"""So long one agency's rows are waited for: meanwhile the others wait too."""


class Storing:
    """Whoever read the messages, and however often: each is stored once."""

    def __init__(self, transactions: Transactions, broker: TopicIds) -> None:
        self._transactions = transactions
        self._broker = broker

    async def store(self, ori: str, topic: str, messages: Sequence[Message], topic_id: UUID) -> bool:
        """Store what is new of messages that were read of the topic with this id; False: that topic is gone.

        Raises KafkaException while the broker does not answer, and what the database raises.
        """
        async with self._transactions.begin() as tx:
            await tx.execute("select set_config('lock_timeout', :lock, true)", {"lock": _LOCK})
            held = await agency_topics.held(tx, ori, lock=True)
            # Asked under the lock: who waited for it may hold messages of a topic that was made anew since.
            if held is None or (await self._broker.of([topic])).get(topic) != topic_id:
                return False
            held = held.of(topic_id)
            new = [message for message in messages if message.offset >= held.next_offset]
            if not new:
                return True
            await take(tx, ori, new, f"{topic}:{held.generation}:{new[0].offset}-{new[-1].offset}")
            await agency_topics.keep(tx, ori, Held(new[-1].offset + 1, held.generation, topic_id))
            return True
