"""Seals the audit every ten seconds, by the database role that can do nothing else."""

from __future__ import annotations

import asyncio

import structlog

from shared.messaging import Transactions
from shared.messaging.progress import Health, Progress
from shared.web import audit_chain

_log = structlog.get_logger("lead.sealer")


class Sealer:
    """Runs in each process that consumes; a lock in the database lets one at a time seal."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._progress = Progress()

    async def run(self) -> None:
        """Seal until cancelled. Outlives an absent database: what waited is sealed then."""
        while True:
            try:
                async with self._transactions.begin() as tx:
                    sealed = await audit_chain.seal(tx)
                self._progress.moved("current")
            except Exception as error:
                self._progress.failed(error)
                _log.warning("audit not sealed; trying again", exc_info=error)
                sealed = 0
            await asyncio.sleep(0 if sealed >= audit_chain.AT_ONCE else audit_chain.SEALED_EVERY_SECONDS)

    def health(self) -> Health:
        """Whether the chain reaches the present."""
        return self._progress.health(work_waits=False)
