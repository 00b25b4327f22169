"""What a service does with the facts it reads: one function per event type, called with the winners of a batch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from shared.contracts import Event
from shared.messaging.facts import Fact

if TYPE_CHECKING:
    from shared.messaging.transaction import Tx

E = TypeVar("E", bound=Event)
Handler = Callable[["Tx", Sequence[Fact[E]]], Awaitable[None]]
Finish = Callable[["Tx"], Awaitable[bool]]


class Permanent(Exception):
    """This fact can never be applied: it goes to dead letters with a code and a reason, its neighbours are applied.

    The reason names the rule that is broken, never a value that identifies a person.
    """

    def __init__(self, fact: Fact[Any], code: str, reason: str) -> None:
        super().__init__(f"{fact.topic}: {code}: {reason}")
        self.fact = fact
        self.code = code
        self.reason = reason


class Handlers:
    """The handlers of one service; its consumer subscribes to the topics named here."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._by_topic: dict[str, Handler[Any]] = {}
        self.finish: Finish | None = None

    def on(self, contract: type[E]) -> Callable[[Handler[E]], Handler[E]]:
        """Register the handler of an event type. Raises ValueError for a second one.

        It is called once per batch with facts in offset order: per fact the newest version of the batch, and only
        if it is higher than any version seen before. It works in the batch's transaction and blocks the batches
        behind it. It must accept facts of different topics in any order.
        """
        if contract.topic in self._by_topic:
            raise ValueError(f"{self.service}: {contract.topic} has a handler already")

        def register(handler: Handler[E]) -> Handler[E]:
            self._by_topic[contract.topic] = handler
            return handler

        return register

    def after_replay(self, job: Finish) -> Finish:
        """Register what a replay runs at its end, in a transaction each time, until it returns False.

        For tables of `copied` that a timer makes out of facts: without it they would follow only later.
        """
        self.finish = job
        return job

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics in the order of registration, which is the order of calls within a batch."""
        return tuple(self._by_topic)

    def of(self, topic: str) -> Handler[Any]:
        """The handler of a topic. Raises KeyError."""
        return self._by_topic[topic]
