"""A file in the drop folder becomes what the same file becomes by upload, whatever happens to the process."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.referral.feeds import drop_files
from services.referral.feeds.drop import LEFT, DropFolder
from services.referral.feeds.put_off import LONGEST
from shared.messaging import Transactions
from tests.integration.referral.arrests.records import arrest
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.alarms import raised

pytestmark = pytest.mark.integration
ORI = "PAPPD0000"


def lines(*records: dict[str, Any]) -> bytes:
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


THREE = lines(*(arrest(f"D-{number}", person={"first": f"Marlow{number}"}) for number in range(3)))


@pytest.fixture
async def folder(feeds: FeedSide, tmp_path: Path) -> Path:
    await feeds.register("rms", "canonical_json", ORI)
    inbox = tmp_path / "rms"
    inbox.mkdir()
    return inbox


def watcher(feeds: FeedSide, folder: Path) -> DropFolder:
    settings = feeds.settings.model_copy(update={"drop_dir": folder.parent})
    return DropFolder(settings, Transactions(feeds.consumer, feeds.keys, settings))


async def looks(feeds: FeedSide, folder: Path, times: int = 4, drop: DropFolder | None = None) -> None:
    drop = drop or watcher(feeds, folder)
    for _ in range(times):
        await drop.once()
        await feeds.work()


def lying(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def accounts(folder: Path, verdict: str = "done") -> list[dict[str, Any]]:
    return [orjson.loads(path.read_bytes()) for path in sorted((folder / verdict).glob("*.jsonl.json"))]


async def test_a_file_is_taken_like_an_upload_and_leaves_an_account(feeds: FeedSide, folder: Path) -> None:
    (folder / "arrests.jsonl").write_bytes(THREE)
    await looks(feeds, folder)
    (account,) = accounts(folder)
    assert (account["status"], account["rows"], account["accepted"]) == ("applied", 3, 3)
    assert (folder / "done" / f"{account['batch_id']}-arrests.jsonl").read_bytes() == THREE
    assert lying(folder) == {".taking", "done"}
    before = await feeds.outbox()
    assert len(before) == 3
    again = await feeds.ingest("rms", THREE)
    assert again["batch_id"] == account["batch_id"]
    assert await feeds.outbox() == before


async def test_the_same_bytes_again_are_the_same_batch(feeds: FeedSide, folder: Path) -> None:
    for name in ("one.jsonl", "two.jsonl"):
        (folder / name).write_bytes(THREE)
        await looks(feeds, folder)
    one, two = accounts(folder)
    assert one["batch_id"] == two["batch_id"]
    assert len(await feeds.outbox()) == 3


async def test_a_file_that_is_still_written_is_left_alone(feeds: FeedSide, folder: Path) -> None:
    drop = watcher(feeds, folder)
    for name in ("a.json.part", "b.tmp", ".c.json"):
        (folder / name).write_bytes(THREE)
    growing = folder / "d.jsonl"
    for number in range(4):
        growing.write_bytes(THREE[: 50 * (number + 1)])
        await looks(feeds, folder, 1, drop)
    assert growing.exists()
    growing.write_bytes(THREE)
    await looks(feeds, folder, 4, drop)
    (account,) = accounts(folder)
    assert account["accepted"] == 3
    assert lying(folder) == {"a.json.part", "b.tmp", ".c.json", ".taking", "done"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes a file")
async def test_a_writer_that_pauses_keeps_its_file(feeds: FeedSide, folder: Path) -> None:
    path = folder / "slow.jsonl"
    with path.open("wb") as writer:
        writer.write(THREE[:100])
        writer.flush()
        assert drop_files.being_written(path)
        await looks(feeds, folder)
        assert path.exists()
        writer.write(THREE[100:])
    await looks(feeds, folder)
    assert accounts(folder)[0]["accepted"] == 3


async def test_a_refused_file_and_an_empty_one_say_why(feeds: FeedSide, folder: Path) -> None:
    (folder / "cut.jsonl").write_bytes(THREE[:-40])
    (folder / "empty.jsonl").write_bytes(b"")
    await looks(feeds, folder)
    codes = sorted(account["error"]["code"] for account in accounts(folder, "refused"))
    assert codes == ["E_SIZE", "E_TRUNCATED"]
    assert await feeds.outbox() == []


async def test_another_agencys_record_is_rejected_and_its_neighbours_pass(feeds: FeedSide, folder: Path) -> None:
    mixed = lines(*(arrest(f"D-{n}") for n in range(5)), arrest("D-9", ori="PA0020200"))
    (folder / "mixed.jsonl").write_bytes(mixed)
    await looks(feeds, folder)
    (account,) = accounts(folder)
    assert (account["accepted"], account["rejected"]) == (5, 1)
    assert account["reject_codes"] == [{"code": "E_ORI_FORBIDDEN", "count": 1}]


async def test_what_is_no_plain_file_of_a_known_source_is_left_and_counted(feeds: FeedSide, folder: Path) -> None:
    outside = folder.parent / "outside.json"
    outside.write_bytes(THREE)
    (folder / "link.json").symlink_to(outside)
    (folder / "hard.jsonl").hardlink_to(outside)
    (folder / "folder.json").mkdir()
    os.mkfifo(folder / "pipe.json")
    (folder.parent / "linked").symlink_to(folder)
    unknown = folder.parent / "nobodys"
    unknown.mkdir()
    (unknown / "a.json").write_bytes(THREE)
    await looks(feeds, folder)
    assert lying(folder) == {"link.json", "hard.jsonl", "folder.json", "pipe.json"}
    assert (unknown / "a.json").exists()
    assert await feeds.rows("select * from own.batch") == []
    assert counted() == dict.fromkeys(("symlink", "hard link", "directory", "special", "unknown source"), 1)


async def test_a_file_that_cannot_be_taken_keeps_no_other_waiting_and_is_taken_when_it_can(
    feeds: FeedSide, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at in every look before its neighbours, and the system refuses it: as a lease or a right that is gone."""
    clock = [0.0]
    settings = feeds.settings.model_copy(update={"drop_dir": folder.parent})
    drop = DropFolder(settings, Transactions(feeds.consumer, feeds.keys, settings), clock=lambda: clock[0])
    real, tried = drop_files.open_plain, [0]

    def refused(path: Path) -> int:
        if path.name.endswith("bad.jsonl"):
            tried[0] += 1
            raise PermissionError(13, "no right")
        return real(path)

    (folder / "bad.jsonl").write_bytes(THREE)
    (folder / "good.jsonl").write_bytes(lines(arrest("D-9")))
    with monkeypatch.context() as patched:
        patched.setattr(drop_files, "open_plain", refused)
        await looks(feeds, folder, 6, drop)
    assert [account["accepted"] for account in accounts(folder)] == [1]
    assert tried == [1], "it is not tried at each look"
    assert counted() == {"file: PermissionError": 1}
    assert raised("LeadDropLeft")
    clock[0] += LONGEST
    await looks(feeds, folder, 4, drop)
    assert sorted(account["accepted"] for account in accounts(folder)) == [1, 3]
    assert counted() == {}
    assert not raised("LeadDropLeft")


async def test_a_claimed_file_that_cannot_be_read_or_stored_keeps_no_other_waiting(
    feeds: FeedSide, folder: Path
) -> None:
    clock = [0.0]
    settings = feeds.settings.model_copy(update={"drop_dir": folder.parent})
    drop = DropFolder(settings, Transactions(feeds.consumer, feeds.keys, settings), clock=lambda: clock[0])
    (folder / "bad.jsonl").write_bytes(THREE)
    await looks(feeds, folder, 1, drop)
    # Where it would come to lie is a file.
    (folder / "done").write_bytes(b"")
    await looks(feeds, folder, 4, drop)
    (folder / "cut.jsonl").write_bytes(THREE[:-40])
    await looks(feeds, folder, 4, drop)
    assert [account["error"]["code"] for account in accounts(folder, "refused")] == ["E_TRUNCATED"]
    assert counted() == {"claimed: FileExistsError": 1}
    (folder / "done").unlink()
    clock[0] += LONGEST
    await looks(feeds, folder, 1, drop)
    assert [account["accepted"] for account in accounts(folder)] == [3]
    await looks(feeds, folder, 1, drop)
    assert counted() == {}


def counted() -> dict[str, float]:
    """What is left lying, by reason."""
    return {sample.labels["reason"]: sample.value for sample in next(iter(LEFT.collect())).samples}


@pytest.mark.parametrize("step", ["claim", "receive", "settle"])
async def test_a_crash_behind_any_step_loses_nothing_and_applies_nothing_twice(
    feeds: FeedSide, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The step is done, and the process ends before it can note anything."""
    from services.referral.feeds import drop

    owner = drop if step == "receive" else drop_files
    real = getattr(owner, step)

    class Killed(BaseException):
        pass

    def crash(*given: Any) -> Any:
        real(*given)
        raise Killed

    async def crash_later(tx: Any, *given: Any, **named: Any) -> Any:
        await real(tx, *given, **named)
        await tx.connection.commit()
        raise Killed

    (folder / "arrests.jsonl").write_bytes(THREE)
    with monkeypatch.context() as patched:
        patched.setattr(owner, step, crash_later if step == "receive" else crash)
        with pytest.raises(Killed):
            await looks(feeds, folder)
    await looks(feeds, folder)
    (account,) = accounts(folder)
    assert (account["status"], account["accepted"]) == ("applied", 3)
    assert len(await feeds.rows("select * from own.batch")) == 1
    assert len(await feeds.outbox()) == 3
    assert lying(folder / ".taking") == set()


async def test_a_held_file_stays_its_batch_over_a_restart_whatever_came_meanwhile(
    feeds: FeedSide, folder: Path
) -> None:
    (folder / "held.jsonl").write_bytes(lines(arrest("D-1")) + b"{}\n")
    await looks(feeds, folder)
    (folder / "later.jsonl").write_bytes(lines(arrest("D-2")))
    await looks(feeds, folder)
    assert [account["accepted"] for account in accounts(folder)] == [1]
    batches = "select status from own.batch order by received_at"
    assert [row["status"] for row in await feeds.rows(batches)] == ["held", "applied"]
    # The same bytes that come now are another delivery.
    (folder / "again.jsonl").write_bytes(lines(arrest("D-1")) + b"{}\n")
    await looks(feeds, folder)
    assert [row["status"] for row in await feeds.rows(batches)] == ["held", "applied", "held"]
    await looks(feeds, folder)
    assert len(await feeds.rows(batches)) == 3
