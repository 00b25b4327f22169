"""Physical lines of a text, each bounded, that can be taken back: a stray quote must not swallow its neighbours."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final

from services.referral.feeds.adapter import StructuralFault

LINE_CHARS: Final = 1024 * 1024
REREAD_CHARS: Final = 64 * 1024 * 1024


class RecordTooLong(Exception):
    """The lines of one record are together over the limit of a line."""


class PhysicalLines:
    """An iterator for `csv.reader`.

    `record` holds the lines taken since `next_record`, `size` tells their characters, `number` counts the last of them
    from 1, `damaged` says whether one holds a NUL byte.
    """

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._again: list[str] = []
        self._reread = 0
        self.size = 0
        self.number = 0
        self.damaged = False
        self.record: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Raises StructuralFault E_LENGTH for a line, RecordTooLong for a record over 1 MiB of characters."""
        line = self._again.pop() if self._again else self._text.readline(LINE_CHARS)
        if not line:
            raise StopIteration
        self.number += 1
        self.record.append(line)
        self.size += len(line)
        if self.size >= LINE_CHARS:
            self._too_long(line)
        if "\0" in line:
            self.damaged = True
        # A no-break space is a space wherever it stands.
        return line.replace("\u00a0", " ") if "\u00a0" in line else line

    def peek(self) -> str:
        """The next line, which stays to be read; empty at the end."""
        line = next(self, "")
        if line:
            self._again.append(line)
            self.number -= 1
        self.next_record()
        return line

    def next_record(self) -> None:
        """The lines taken so far are done with."""
        self.record.clear()
        self.size = 0
        self.damaged = False

    def give_back(self) -> None:
        """Read the lines of this record behind its first once more, each as a record of its own."""
        lines = self.record[1:]
        self._reread += sum(map(len, lines))
        if self._reread > REREAD_CHARS:
            raise StructuralFault("E_COLUMNS", self.number, "the quotes of this file do not pair up")
        self._again += reversed(lines)
        self.number -= len(lines)

    def _too_long(self, line: str) -> None:
        if len(line) >= LINE_CHARS and not line.endswith(("\n", "\r")):
            raise StructuralFault("E_LENGTH", self.number, f"a line has over {LINE_CHARS} characters")
        if len(self.record) > 1:
            raise RecordTooLong
