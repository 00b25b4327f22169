"""Broker, database or referral itself die under records on their way in: nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.runtime.settings import Settings
from tests.integration.referral.arrests.records import arrest
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.agency_side import Agency, until
from tests.integration.service_process import ServiceProcess
from tests.integration.stack import Stack

pytestmark = pytest.mark.integration
Start = Callable[..., ServiceProcess]
WRITTEN, MORE = 2000, 50
"""Messages before and after the fault, one record each. 500 are taken at a time: the fault falls between."""


def records(ori: str, first: int, count: int) -> list[dict[str, Any]]:
    """Arrests that nobody confuses: without a name, so that none is linked to another."""
    return [arrest(f"X-{n}", ori=ori, person={"last": "", "first": ""}) for n in range(first, first + count)]


async def published(feeds: FeedSide) -> list[tuple[str, int, str]]:
    """What stands in the outbox of the arrests, in any order."""
    return sorted((fact["key"], fact["version"], fact["action"]) for fact in await feeds.outbox())


async def all_there(feeds: FeedSide, count: int) -> bool:
    return len(await published(feeds)) >= count


async def each_once(feeds: FeedSide, count: int) -> None:
    """Every record was taken once and made one fact."""
    facts = await published(feeds)
    assert len({key for key, _, _ in facts}) == count
    assert {(version, action) for _, version, action in facts} == {(1, "record")}
    assert len(facts) == count
    (sums,) = await feeds.rows("select sum(rows)::int as rows, sum(accepted)::int as accepted from own.batch")
    assert sums == {"rows": count, "accepted": count}


@pytest.mark.parametrize("fault", ["broker", "database"])
async def test_a_server_that_dies_under_the_topics_consumer_loses_and_doubles_nothing(
    stack: Stack, feeds: FeedSide, service_process: Start, fault: str
) -> None:
    agency = Agency(stack, f"PAX{secrets.token_hex(3).upper()}")
    await agency.connect(feeds)
    await agency.write(*records(agency.ori, 0, WRITTEN))
    process = service_process(feeds.settings, "consumer", wait=False)
    await until(lambda: feeds.rows(f"select 1 from own.agency_topic where next_offset between 1 and {WRITTEN - 1}"))
    await asyncio.to_thread(getattr(stack, f"kill_{fault}"))
    await asyncio.to_thread(getattr(stack, f"start_{fault}"))
    await agency.write(*records(agency.ori, WRITTEN, MORE))
    await until(lambda: all_there(feeds, WRITTEN + MORE), 50)
    await each_once(feeds, WRITTEN + MORE)
    assert process.status is None


async def test_a_kill_in_the_middle_of_a_dropped_file_loses_and_doubles_nothing(
    feeds: FeedSide, service_process: Start, tmp_path: Path
) -> None:
    """Killed while the file is received, while it waits to be read, and while it is applied; then let be."""
    count = 2000
    folder = tmp_path / "drop" / "rms"
    folder.mkdir(parents=True)
    settings = feeds.settings.model_copy(update={"drop_dir": folder.parent})
    await feeds.register("rms", "canonical_json", "PAPPD0000")
    (folder / "arrests.jsonl").write_bytes(
        b"".join(orjson.dumps(one) + b"\n" for one in records("PAPPD0000", 0, count))
    )

    async def status() -> list[str]:
        return [row["status"] for row in await feeds.rows("select status from own.batch")]

    async def claimed() -> bool:
        return not (folder / "arrests.jsonl").exists()

    async def received() -> bool:
        return bool(await status())

    async def staged() -> bool:
        return await status() in (["staged"], ["applied"])

    for moment in (claimed, received, staged):
        await killed_at(service_process, settings, moment)
    process = service_process(settings, "consumer", wait=False)
    await until(lambda: settled(folder), 60)
    (account,) = [orjson.loads(path.read_bytes()) for path in (folder / "done").glob("*.jsonl.json")]
    assert (account["status"], account["accepted"]) == ("applied", count)
    assert list((folder / ".taking").iterdir()) == []
    await each_once(feeds, count)
    assert process.status is None


async def killed_at(start: Start, settings: Settings, moment: Callable[[], Awaitable[bool]]) -> None:
    process = start(settings, "consumer", wait=False)
    await until(moment, 60)
    process.kill()


async def settled(folder: Path) -> bool:
    return any((folder / "done").glob("*.jsonl")) if (folder / "done").is_dir() else False
