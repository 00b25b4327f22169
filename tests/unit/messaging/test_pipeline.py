"""Batches are applied one after another; what is taken away is drained; a failure passes nothing over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from shared.messaging.pipeline import Pipeline
from shared.messaging.records import Batch


async def test_the_next_batch_is_taken_while_one_is_applied_and_order_is_kept() -> None:
    done: list[int] = []
    gate = asyncio.Event()
    batches = [Batch(positions={("t", n): n}) for n in range(3)]

    async def apply(batch: Batch, _given_up: Callable[[], bool]) -> None:
        await gate.wait()
        done.append(next(iter(batch.positions.values())))

    pipeline = Pipeline(apply)
    await pipeline.put(batches[0])
    assert pipeline.busy
    second = asyncio.create_task(pipeline.put(batches[1]))
    await asyncio.sleep(0)
    assert not second.done()
    gate.set()
    await second
    await pipeline.put(batches[2])
    await pipeline.drain(1)
    assert done == [0, 1, 2]


async def test_draining_waits_for_the_running_try_and_drops_what_waits() -> None:
    done: list[str] = []
    gate = asyncio.Event()

    async def apply(batch: Batch, given_up: Callable[[], bool]) -> None:
        await gate.wait()
        done.append(f"given up: {given_up()}")

    pipeline = Pipeline(apply)
    await pipeline.put(Batch())
    waiting = asyncio.create_task(pipeline.put(Batch()))
    draining = asyncio.create_task(pipeline.drain(5))
    await asyncio.sleep(0)
    gate.set()
    await draining
    await waiting
    assert done == ["given up: True"]
    assert not pipeline.busy


async def test_a_try_that_does_not_end_is_cancelled() -> None:
    async def apply(_batch: Batch, _given_up: Callable[[], bool]) -> None:
        await asyncio.Event().wait()

    pipeline = Pipeline(apply)
    await pipeline.put(Batch())
    await pipeline.drain(0.01)
    assert not pipeline.busy
    assert pipeline.failure is None


async def test_nothing_is_applied_behind_a_batch_that_failed() -> None:
    done: list[int] = []

    async def apply(_batch: Batch, _given_up: Callable[[], bool]) -> None:
        done.append(1)
        raise LookupError

    pipeline = Pipeline(apply)
    await pipeline.put(Batch())
    await pipeline.put(Batch())
    assert done == [1]
    assert isinstance(pipeline.failure, LookupError)


async def test_what_is_fetched_behind_a_dropped_batch_is_dropped_until_partitions_are_given_anew() -> None:
    done: list[int] = []

    async def apply(_batch: Batch, _given_up: Callable[[], bool]) -> None:
        done.append(1)

    pipeline = Pipeline(apply)
    await pipeline.drain(1)
    await pipeline.put(Batch())
    assert not pipeline.busy
    pipeline.reopen()
    await pipeline.put(Batch())
    await pipeline.drain(1)
    assert done == [1]
