"""Calling the handlers: once per event type, and when one fails for good, finding the facts at fault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shared.messaging.dead import DeadLetter, of_fact
from shared.messaging.facts import Fact
from shared.messaging.faults import code_of, passes, place
from shared.messaging.handlers import Handlers, Permanent

if TYPE_CHECKING:
    from shared.messaging.transaction import Tx

Facts = Sequence[Fact[Any]]


class Dispatch:
    """Calls the handlers of a service within one transaction."""

    def __init__(self, tx: Tx, handlers: Handlers | None) -> None:
        self._tx = tx
        self._handlers = handlers
        self.dead: list[DeadLetter] = []
        """Facts that no retry mends; the transaction's end stores them."""

    async def quickly(self, facts: Facts) -> None:
        """Call the handlers without safety net: the first failure is raised and spoils the transaction."""
        for topic, of_topic in self._by_topic(facts):
            await self._call(topic, of_topic)

    async def __call__(self, facts: Facts) -> None:
        """Call the handlers, each within a savepoint. A fact that fails for good is undone and becomes a dead
        letter, its neighbours are applied. Raises only failures that pass by themselves."""
        for topic, of_topic in self._by_topic(facts):
            await self._guarded(topic, of_topic)

    async def _guarded(self, topic: str, facts: Facts) -> None:
        published, dead = len(self._tx.outgoing), len(self.dead)
        try:
            async with self._tx.connection.begin_nested():
                await self._call(topic, facts)
        except Exception as error:
            if passes(error):
                raise
            del self._tx.outgoing[published:], self.dead[dead:]
            await self._without_culprit(topic, facts, error)

    async def _without_culprit(self, topic: str, facts: Facts, error: Exception) -> None:
        """Set aside the fact that is named or alone; else look in either half."""
        culprit = error.fact if isinstance(error, Permanent) else None
        if len(facts) == 1:
            culprit = facts[0]
        rest = [fact for fact in facts if fact is not culprit]
        if culprit is not None and len(rest) < len(facts):
            self.dead.append(_letter(culprit, error))
            if rest:
                await self._guarded(topic, rest)
            return
        middle = len(facts) // 2
        await self._guarded(topic, facts[:middle])
        await self._guarded(topic, facts[middle:])

    async def _call(self, topic: str, facts: Facts) -> None:
        assert self._handlers is not None
        before, self._tx.handling = self._tx.handling, facts
        try:
            await self._handlers.of(topic)(self._tx, facts)
        finally:
            self._tx.handling = before

    def _by_topic(self, facts: Facts) -> list[tuple[str, Facts]]:
        if self._handlers is None:
            raise RuntimeError("only a consumer or a timer has handlers to call")
        groups: dict[str, list[Fact[Any]]] = {topic: [] for topic in self._handlers.topics}
        for fact in facts:
            groups[fact.topic].append(fact)
        return [(topic, group) for topic, group in groups.items() if group]


def _letter(fact: Fact[Any], error: Exception) -> DeadLetter:
    if isinstance(error, Permanent):
        return of_fact(fact, error.code, error.reason)
    # The message of an unexpected error may quote a value, so that only its type and place are kept.
    return of_fact(fact, code_of(error), f"the handler failed with {type(error).__name__} at {place(error)}")
