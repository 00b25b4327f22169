"""`python -m tests.probe.worker`: the probe service as a process, with the consumer and relay that services run."""

from __future__ import annotations

import asyncio
import signal

from shared.messaging import Transactions
from shared.messaging.consumer import Consumer
from shared.messaging.relay import Relay
from shared.runtime import logging as logs
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import load
from tests.probe import service


async def main() -> None:
    settings = load("casework")
    logs.configure("casework", "consumer", "warning")
    keys = Keyring.load("casework", settings.secrets_dir)
    database = Database(settings.database_url("consumer"))
    consumer = Consumer(settings, Transactions(database, keys, settings), service.handlers)
    relay = Relay(settings)
    work = [asyncio.create_task(part.run()) for part in (consumer, relay)]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: [task.cancel() for task in work])
    await asyncio.wait(work)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
