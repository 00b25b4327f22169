"""What goes wrong while events flow."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from deploy.local import postgres
from shared.runtime.settings import Settings
from tests.probe.cluster import Cluster


class Faults:
    """The faults of one run, in an order given by its seed."""

    def __init__(self, cluster: Cluster, settings: Settings, chance: random.Random) -> None:
        self.cluster = cluster
        self.settings = settings
        self.chance = chance
        self.done: list[str] = []
        self._next_worker = len(cluster.workers)
        every: list[Callable[[], object]] = [
            self.kill_worker, self.kill_worker, self.kill_worker, self.stop_worker, self.add_worker,
            self.kill_broker, self.restart_broker, self.kill_database, self.restart_database, self.cut_connections,
        ]  # fmt: skip
        chance.shuffle(every)
        self.plan = every

    async def next(self) -> None:
        """Do the next fault of the plan, and end it: whatever went away is back afterwards."""
        fault = self.plan[len(self.done)]
        self.done.append(fault.__name__)
        result = fault()
        if asyncio.iscoroutine(result):
            await result

    async def kill_worker(self) -> None:
        """`kill -9` of one process; another takes its place."""
        await self._replace(lambda child: child.kill())

    async def stop_worker(self) -> None:
        """A calm stop, as in a rollout."""
        await self._replace(lambda child: child.stop())

    async def add_worker(self) -> None:
        """One more member: partitions move while batches run. It leaves again with the next stop."""
        self._start()
        await asyncio.sleep(2)
        await self._end(self.cluster.workers[-1], lambda child: child.stop())

    async def kill_broker(self) -> None:
        await asyncio.to_thread(self.cluster.kafka.kill)
        await asyncio.sleep(self.chance.uniform(0.5, 3))
        await asyncio.to_thread(self.cluster.start_broker)

    async def restart_broker(self) -> None:
        await asyncio.to_thread(self.cluster.kafka.stop)
        await asyncio.to_thread(self.cluster.start_broker)

    async def kill_database(self) -> None:
        await asyncio.to_thread(self.cluster.postgres.kill)
        await asyncio.sleep(self.chance.uniform(0.5, 3))
        await asyncio.to_thread(self.cluster.start_database)

    async def restart_database(self) -> None:
        await asyncio.to_thread(self.cluster.postgres.stop)
        await asyncio.to_thread(self.cluster.start_database)

    async def cut_connections(self) -> None:
        admin = await postgres.connect(self.cluster.url, self.cluster.secrets.postgres_password)
        try:
            await admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()",
                self.settings.database_name,
            )
        finally:
            await admin.close()

    async def _replace(self, end: Callable[[object], object]) -> None:
        await self._end(self.chance.choice(self.cluster.workers), end)
        self._start()

    async def _end(self, child: object, end: Callable[[object], object]) -> None:
        await asyncio.to_thread(end, child)
        self.cluster.workers.remove(child)  # type: ignore[arg-type]

    def _start(self) -> None:
        self._next_worker += 1
        self.cluster.start_worker(self.settings, self._next_worker)
