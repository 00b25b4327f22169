"""A file of any size is read in the memory of a few pieces."""

from __future__ import annotations

import io
import tracemalloc
from datetime import UTC, datetime
from typing import BinaryIO, cast
from zoneinfo import ZoneInfo

import pytest

from services.referral.feeds.adapter import Reading, Record, Terms
from services.referral.feeds.formats import FORMATS
from services.referral.feeds.parts_stream import PartsStream
from services.referral.feeds.sealing import Sealer
from services.referral.feeds.staged_page import Page, Reader, next_page
from services.referral.store.batches import Batch, Tenant
from services.referral.store.policy import shipped_policy
from shared.runtime.ids import uuid7
from shared.runtime.keys import Keyring

pytestmark = pytest.mark.slow

ORI = "PAPPD0000"
HEADER = b"PK,CCR,AGE,GENDER,RACE,ARRESTTIME,OFFENSES,INCIDENTLOCATION,INCIDENTZONE,X,Y\n"
PIECE = b"".join(
    b"%d,C,30,F,B,1/3/2024,5503 Disorderly Conduct,%s,2,-79.9,40.4\n" % (n, b"x" * 300) for n in range(700)
)


def test_reading_needs_the_memory_of_pieces_not_of_the_file() -> None:
    pieces = 16
    asked: list[int] = []

    def fetch(number: int) -> bytes | None:
        asked.append(number)
        return HEADER if number == 0 else PIECE if number <= pieces else None

    stream = cast(BinaryIO, io.BufferedReader(PartsStream(fetch)))
    items = FORMATS["wprdc_arrests"].parse(stream, Terms(ORI, ZoneInfo("America/New_York")), Reading())
    first = next(items)
    assert isinstance(first, Record)
    tracemalloc.start()
    try:
        assert sum(1 for _ in items) == 700 * pieces - 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    size = len(PIECE) * pieces
    assert size > 3_500_000
    assert peak < 2_000_000, f"{peak} bytes for a file of {size}"
    # Twice through: once to find the encoding, once to read.
    assert asked.count(1) == 2


class Rows(io.RawIOBase):
    """A file of rows that are made as they are read."""

    def __init__(self, count: int, time: str, offenses: str) -> None:
        self._count, self._cells = count, (time, offenses)
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._left, self._lines = HEADER, iter(range(self._count))
        return 0

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        if not self._left and (number := next(self._lines, None)) is not None:
            time, offenses = (cell.format(number) for cell in self._cells)
            self._left = f"{number},C,30,F,B,{time},{offenses},here,2,-79.9,40.4\n".encode()
        taken, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


@pytest.mark.parametrize(
    ("count", "time", "offenses"),
    [
        pytest.param(600, "1/3/2024", "3{} " + " / ".join(str(3000 + n) for n in range(500)), id="charges"),
        pytest.param(600, "{}" + "x" * 60_000, "5503 Disorderly Conduct", id="times"),
    ],
)
def test_what_rows_say_fills_no_memory(count: int, time: str, offenses: str) -> None:
    """Two pages are held; what is remembered of them afterwards is little."""
    now = datetime.now(UTC)
    batch = Batch(
        uuid7(),
        "fable",
        "wprdc_arrests",
        "America/New_York",
        "received",
        None,
        None,
        now,
        now,
        Tenant("allegheny", None, ORI),
    )
    stream = cast(BinaryIO, io.BufferedReader(Rows(count, time, offenses)))
    items = FORMATS[batch.format].parse(stream, Terms(ORI, ZoneInfo(batch.timezone)), Reading())
    reader = Reader(items, Sealer(Keyring.for_tests("referral"), batch, shipped_policy()), batch, None)
    number, held = 0, Page()
    tracemalloc.start()
    try:
        while not (page := next_page(reader, number)).done:
            number, held = number + page.items, page
        assert number + page.items == count
        _, peak = tracemalloc.get_traced_memory()
        del held, page
        left, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 * 1024 * 1024, peak
    assert left < 12 * 1024 * 1024, left
