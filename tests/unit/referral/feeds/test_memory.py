"""A file of any size is read in the memory of a few pieces."""

from __future__ import annotations

import io
import tracemalloc
from typing import BinaryIO, cast
from zoneinfo import ZoneInfo

import pytest

from services.referral.feeds.adapter import Reading, Record, Terms
from services.referral.feeds.formats import FORMATS
from services.referral.feeds.parts_stream import PartsStream

pytestmark = pytest.mark.slow

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
    items = FORMATS["wprdc_arrests"].parse(stream, Terms("PAPPD0000", ZoneInfo("America/New_York")), Reading())
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
