"""A process that is killed at any statement leaves nothing half-applied, and the next one ends as if nothing was."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts, register
from tests.integration.service_process import ROOT, _environment
from tests.unit.referral.feeds.nibrs_files import flat, incident, level6, level7

pytestmark = pytest.mark.integration

KILLED_AT = """
import asyncio, os, signal, sys
from services.referral.feeds.worker import work
from shared.messaging import Transactions
from shared.messaging.transaction import Tx
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings

left = int(sys.argv[1])
execute = Tx.execute

async def counted(self, *given):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return await execute(self, *given)

Tx.execute = counted

async def run():
    settings = Settings(service="referral")
    keys = Keyring.load("referral", settings.secrets_dir)
    async with Transactions(Database(settings.database_url("consumer")), keys, settings).begin() as tx:
        await work(tx)

asyncio.run(run())
print("done with", left)
"""


def content(code: str = "90C") -> bytes:
    """Two pages of records, some of them deleted, some of several charges."""
    lines = [level7(f"A{n}", code=code) for n in range(2500)]
    lines += [
        level7("A1", code="90J"),
        level7("A2", action="D"),
        incident("I1", "D"),
        level6("I1", "X1"),
        incident("I2", "D"),
    ]
    return flat(*lines, level6("I3", "X3"))


async def killed(feeds: FeedSide, script: Path, statements: int) -> int:
    """Run the worker in a process of its own that dies at a statement; its exit status."""
    environment = {**os.environ, **_environment(feeds.settings), "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), str(statements), env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    return await process.wait()


async def test_a_kill_at_any_point_leaves_all_or_nothing(feeds: FeedSide, tmp_path: Path) -> None:
    script = tmp_path / "killed_at.py"
    script.write_text(KILLED_AT)
    await register(feeds, "state", "nibrs_flat", "per-record")
    await feeds.ingest("state", flat(level7("A2"), level6("I1", "X1"), level6("I2", "X2"), level6("I3", "X3")))
    async with feeds.client() as http:
        batch_id = (await http.post("/api/sources/state/files", content=content())).json()["batch_id"]
    before = [await feeds.everything(table) for table in ("own.arrest", "own.raw_record", "own.outbox")]
    statements, died = 1, 0
    while await killed(feeds, script, statements) == -signal.SIGKILL:
        died += 1
        assert [await feeds.everything(table) for table in ("own.arrest", "own.raw_record", "own.outbox")] == before
        assert await feeds.everything("own.raw_mark") == []
        assert (await feeds.batch(batch_id))["status"] == "received"
        statements = statements * 3 // 2 + 1
    assert died >= 6
    batch = await feeds.batch(batch_id)
    assert batch["status"] == "applied"
    # A2 and X2 were taken back; X1 and X3 came again as they were; A1 has two charges.
    assert counts(batch) == {"accepted": 2499, "voided": 2, "duplicates": 2, "other": 3}
