"""The watched drop folder, `LEAD_DROP_DIR/<source>/`: what an SFTP server writes there is taken in like an upload."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import RowMapping

from services.referral.domain.feed_health import COUNTS
from services.referral.feeds import drop_files
from services.referral.feeds.drop_files import Seen
from services.referral.feeds.put_off import PutOff, server_answers
from services.referral.feeds.receiving import Empty, TooLarge, receive
from services.referral.store import batches, sources
from services.referral.store.batches import Declared
from shared.messaging import Transactions
from shared.messaging.faults import code_of, place
from shared.messaging.leader import leading
from shared.messaging.patience import pauses
from shared.messaging.progress import Health, Progress
from shared.runtime.settings import Settings

EVERY: Final = 1.0
"""Seconds between two looks: a file that is the same at both is whole."""
Clock = Callable[[], float]
_SIZES: Final = {Empty: "nothing was sent", TooLarge: "at most 200 MiB"}
_VERDICTS: Final = {"applied": "done", "refused": "refused"}

TAKEN = Counter("lead_drop_files_total", "Files of the drop folder by what became of them", ["outcome"])
LEFT = Gauge("lead_drop_left", "What lies in the drop folder and is not taken, by reason", ["reason"])
WAITING = Gauge("lead_drop_waiting", "Files taken whose batch is not settled: it is read, or held for a person")
_log = structlog.get_logger("lead.drop")


class DropFolder:
    """Takes files in while this process leads; does nothing where no folder is set.

    Guarantees: a file is taken when two looks find it the same and nobody writes it; it is settled when its batch
    is; a crash at any point leaves it where the next run finds it, and the same bytes are the same batch. Names of
    files stay out of the log: people put names of people into them.
    """

    def __init__(
        self, settings: Settings, transactions: Transactions, *, every: float = EVERY, clock: Clock = time.monotonic
    ) -> None:
        self._settings = settings
        self._transactions = transactions
        self._every = every
        self._progress = Progress()
        self._seen: dict[Path, Seen] = {}
        self._batches: dict[Path, UUID] = {}
        self._left: dict[tuple[str, str], int] = {}
        self._later: PutOff[Path] = PutOff(clock)

    async def run(self) -> None:
        """Watch until cancelled. Outlives an absent database and an absent folder."""
        if self._settings.drop_dir is None:
            self._progress.moved("off")
            await asyncio.Event().wait()
        for pause in pauses(0.2, 3.0):
            try:
                self._progress.moved("standing by")
                async with leading(self._settings.database_url("consumer"), self._settings.service, "drop") as session:
                    while True:
                        # Raises when the session, and so the lock, is lost.
                        await session.execute("select 1")
                        await self.once()
                        self._progress.moved("watching")
                        await asyncio.sleep(self._every)
            except Exception as error:
                self._progress.failed(error)
                _log.warning("interrupted; nothing is lost, trying again", error=code_of(error), at=place(error))
            await asyncio.sleep(pause)

    def health(self) -> Health:
        """Whether the folder is looked at."""
        return self._progress.health(work_waits=self._progress.state == "watching", waiting=len(self._batches))

    async def once(self) -> None:
        """One look: go on with what is claimed, claim what is whole. Raises what the database and the root raise."""
        root = self._settings.drop_dir
        assert root is not None
        left: dict[tuple[str, str], int] = {}
        seen: dict[Path, Seen] = {}
        for name, folder in await asyncio.to_thread(lambda: list(drop_files.sources(root))):
            async with self._transactions.begin() as tx:
                source = await sources.source(tx, name)
            try:
                await self._folder(name, folder, source, seen, left)
            except OSError as fault:
                left[name, f"folder: {type(fault).__name__}"] = 1
        self._seen = seen
        self._later.keep({path for path in self._later.why if path.exists()})
        self._tell(left)

    async def _folder(
        self,
        name: str,
        folder: Path,
        source: RowMapping | None,
        seen: dict[Path, Seen],
        left: dict[tuple[str, str], int],
    ) -> None:
        found = await asyncio.to_thread(drop_files.look, folder)
        for reason, count in found.left.items():
            left[name, reason] = count
        if source is None:
            if found.files:
                left[name, "unknown source"] = len(found.files)
            return
        for path, state in found.files.items():
            try:
                same = self._seen.get(path) == state and not self._later.waits(path)
                if same and not await asyncio.to_thread(drop_files.being_written, path):
                    await asyncio.to_thread(drop_files.claim, path)
                    self._later.succeed(path)
                else:
                    seen[path] = state
            except FileNotFoundError:
                continue  # its sender took it away again
            except OSError as fault:
                seen[path] = state
                self._put_off(path, "file", fault)
        for path in await asyncio.to_thread(drop_files.claimed, folder):
            if self._later.waits(path):
                continue
            try:
                await self._go_on(path, source)
                self._later.succeed(path)
            except Exception as fault:
                if not await server_answers(self._transactions):
                    raise
                self._put_off(path, "claimed", fault)
        for path, reason in self._later.why.items():
            if path.is_relative_to(folder):
                left[name, reason] = left.get((name, reason), 0) + 1

    def _put_off(self, path: Path, where: str, fault: Exception) -> None:
        """One file that cannot be read, moved or stored keeps no other waiting; it is tried again, later each time."""
        seconds = self._later.fail(path, f"{where}: {code_of(fault)}")
        _log.warning("a file is put off", error=code_of(fault), at=place(fault), state=where, seconds=seconds)

    async def _go_on(self, path: Path, source: RowMapping) -> None:
        """Take a claimed file in, or settle it once its batch is."""
        if path not in self._batches:
            try:
                arrived_at = await asyncio.to_thread(drop_files.claimed_at, path)
                async with self._transactions.begin() as tx:
                    batch_id, new = await receive(
                        tx, source, drop_files.pieces(path), Declared(), arrived_at=arrived_at
                    )
            except (Empty, TooLarge) as fault:
                account = {
                    "source": source["source"],
                    "status": "refused",
                    "error": {"code": "E_SIZE", "reason": _SIZES[type(fault)]},
                }
                await asyncio.to_thread(drop_files.settle, path, "refused", path.name.partition("-")[0], account)
                TAKEN.labels("refused").inc()
                return
            self._batches[path] = batch_id
            _log.info("file taken", source=source["source"], batch_id=str(batch_id), state="new" if new else "known")
        batch_id = self._batches[path]
        async with self._transactions.begin() as tx:
            row = await batches.get(tx, batch_id)
        verdict = _VERDICTS.get(row["status"]) if row else "refused"
        if verdict:
            await asyncio.to_thread(drop_files.settle, path, verdict, str(batch_id), _account(row))
            del self._batches[path]
            TAKEN.labels(verdict).inc()

    def _tell(self, left: dict[tuple[str, str], int]) -> None:
        """Gauges of all that is left lying, and a line in the log of what is new among it."""
        WAITING.set(len(self._batches))
        LEFT.clear()
        for reason in {reason for _, reason in left}:
            LEFT.labels(reason).set(sum(count for (_, why), count in left.items() if why == reason))
        for (source, reason), count in left.items():
            if self._left.get((source, reason)) != count:
                _log.warning("left in the drop folder", source=source, code=reason, count=count)
        self._left = left


def _account(row: RowMapping | None) -> dict[str, Any]:
    """What became of a file: status, counts and codes; no value of any record."""
    if row is None:
        return {"status": "refused", "error": {"code": "E_INTERNAL", "reason": "its batch is gone"}}
    account = {name: row[name] for name in ("batch_id", "source", "status", *COUNTS, "warnings", "reject_codes")}
    account["rejects_url"] = f"/api/batches/{row['batch_id']}/rejects"
    return account | ({"error": row["error"]} if row["error"] else {})
