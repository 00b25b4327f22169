"""Lines of a fixed-width file as bytes, each in bounded memory, whatever ends them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from services.referral.feeds.adapter import StructuralFault

LINE_BYTES: Final = 1024 * 1024
_BOM: Final = "ï»¿"
_UTF16: Final = ("ÿþ", "þÿ")


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line without its end. Every character stands for one byte (Latin-1), so columns are bytes."""

    number: int
    text: str

    @property
    def blank(self) -> bool:
        """Whether nothing is in it; DOS files end in a Ctrl-Z."""
        return not self.text.strip(" \t\x1a")


def read_lines(stream: BinaryIO) -> Iterator[Line]:
    """Every line, numbered from 1. Raises StructuralFault: E_LENGTH over 1 MiB, E_ENCODING for UTF-16."""
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding="latin-1", newline=None)
    number = 0
    try:
        while taken := text.readline(LINE_BYTES):
            number += 1
            if len(taken) >= LINE_BYTES and not taken.endswith("\n"):
                raise StructuralFault("E_LENGTH", number, "a line has over 1 MiB: expected lines of fixed columns")
            if number == 1:
                if taken.startswith(_UTF16):
                    raise StructuralFault("E_ENCODING", 1, "expected ASCII, not UTF-16: save the file as plain text")
                taken = taken.removeprefix(_BOM)
            yield Line(number, taken.removesuffix("\n"))
    finally:
        text.detach()
