"""Files of any size are read in the memory of one record, and what is not a record is forgotten."""

from __future__ import annotations

import io
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from services.referral.feeds.adapter import Reading, StructuralFault, Terms
from services.referral.feeds.formats import FORMATS
from tests.unit.referral.feeds.feed_files import TEMPLATE, row
from tests.unit.referral.feeds.nibrs_files import arrested, flat, level7, property_of, report, submission
from tests.unit.referral.feeds.niem_files import booking, lexs, package
from tests.unit.referral.feeds.reading import ZONE

pytestmark = pytest.mark.slow

MIB = 1024 * 1024


class Repeated(io.RawIOBase):
    """A file whose middle comes again and again, without ever being held whole. Seeks to its start."""

    def __init__(self, head: bytes, middle: bytes, times: int, tail: bytes) -> None:
        self._make = lambda: iter((head, *(middle for _ in range(times)), tail))
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._pieces: Iterator[bytes] = self._make()
        self._left = b""
        return 0

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def around(whole: bytes, inner: bytes) -> tuple[bytes, bytes]:
    head, _, tail = whole.partition(inner)
    return head, tail


REPORT = report("GROUP B ARREST REPORT", "A", arrested("A1")).encode()
PACKAGE = package("I-1").encode()
# 900 KiB a row, all of one arrest: what stands together is held until it is whole.
WIDE = [f"{TEMPLATE},{','.join(f'more{n}' for n in range(15))}\n".encode(), (row() + f",{'x' * 60_000}" * 15).encode()]
FILES = {
    "nibrs_flat": (b"", flat(*[level7(f"A{n}") for n in range(500)], *[property_of("I1")] * 500), b""),
    "nibrs_xml": (*around(submission(REPORT.decode()), REPORT), (REPORT + b"\n") * 300),
    "niem_xml": (*around(lexs(PACKAGE.decode()), PACKAGE), (PACKAGE + b"\n") * 300),
    "lead_csv": (WIDE[0], b"", WIDE[1] + b"\n"),
}
ENDLESS = {
    "elements": b"<a/>" * 1000,
    "text": b"x" * 5000,
    "comments": b"<!-- a note -->" * 300,
    "attributes": b'<a b="1" c="2" d="3"/>' * 200,
    "instructions": b"<?go on?>" * 500,
}


def stream_of(format: str, mib: int) -> BinaryIO:
    parts = FILES[format]
    head, middle, tail = parts if format == "nibrs_flat" else (parts[0], parts[2], parts[1])
    return cast(BinaryIO, io.BufferedReader(Repeated(head, middle, mib * MIB // len(middle), tail), 256 * 1024))


def read_all(format: str, mib: int) -> int:
    """How many items a file of so many MiB holds."""
    return sum(1 for _ in FORMATS[format].parse(stream_of(format, mib), Terms(None, ZONE), Reading()))


def read_endless(name: str, mib: int) -> int:
    """Read a record that goes on for so many MiB; 1 if it is refused."""
    head, _, tail = booking().partition(b"<nc:Person ")
    middle = ENDLESS[name]
    raw = Repeated(head, middle, mib * MIB // len(middle), b"<nc:Person " + tail)
    with pytest.raises(StructuralFault) as raised:
        list(FORMATS["niem_xml"].parse(cast(BinaryIO, io.BufferedReader(raw)), Terms(None, ZONE), Reading()))
    assert raised.value.code in {"E_LENGTH", "E_TYPE"}
    return 1


def peak_of(reader: Callable[[str, int], int], name: str, mib: int) -> int:
    """Bytes above idle that a process of its own needs for a file of so many MiB; C libraries count."""
    code = (
        "from tests.unit.referral.feeds.test_memory_of_exchange_formats import *\n"
        "read_all('niem_xml', 1)\n"
        "before = most_held()\n"
        f"assert {reader.__name__}({name!r}, {mib})\n"
        "print(most_held() - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=240)
    return int(done.stdout)


def most_held() -> int:
    """The most bytes that this process held so far."""
    try:
        # `ru_maxrss` of a new process on Linux begins with what its parent held, which hides what it needs itself.
        status = Path("/proc/self/status").read_text()
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def test_the_measure_sees_what_a_process_holds() -> None:
    code = (
        "from tests.unit.referral.feeds.test_memory_of_exchange_formats import most_held\n"
        "before = most_held()\nheld = b'x' * 100 * 1024 * 1024\nprint(most_held() - before)\n"
    )
    mine = bytearray(200 * MIB)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert len(mine) > int(done.stdout) > 90 * MIB


@pytest.mark.parametrize("format", FILES)
def test_a_long_file_needs_no_more_memory_than_a_short_one(
    format: str, record_property: Callable[[str, object], None]
) -> None:
    peak = peak_of(read_all, format, 40)
    record_property("peak_bytes", peak)
    # Held whole, the bytes alone would be more.
    assert peak < 24 * MIB


@pytest.mark.parametrize("name", ENDLESS)
def test_one_record_without_end_is_refused_before_it_fills_the_memory(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    peak = peak_of(read_endless, name, 200)
    record_property("peak_bytes", peak)
    assert peak < 64 * MIB
