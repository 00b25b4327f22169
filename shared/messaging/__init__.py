"""Facts in and out of a service, each exactly once in effect: inbox, outbox, relay, waiting, dead letters, replay."""

from shared.messaging.facts import Fact, erased, recorded, voided
from shared.messaging.handlers import Handlers, Permanent
from shared.messaging.timers import Timers
from shared.messaging.transaction import Transactions, Tx

__all__ = ["Fact", "Handlers", "Permanent", "Timers", "Transactions", "Tx", "erased", "recorded", "voided"]
