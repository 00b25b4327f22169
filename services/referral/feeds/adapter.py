"""The contract of a feed format: bytes in, records and rejects out, in file order.

An adapter is deterministic: it knows no clock, network or database. Lines are physical, the header is line 1.
Memory stays bounded: nothing is kept of a record once it is yielded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final
from zoneinfo import ZoneInfo

from services.referral.domain.arrest import CanonicalArrest

RAW_BYTES: Final = 2048
"""What is kept, sealed, of a rejected line."""


@dataclass(frozen=True, slots=True)
class Record:
    """One accepted row. `twin` is what would make it alike to another row but for its key."""

    line: int
    record: CanonicalArrest
    warnings: tuple[str, ...] = ()
    twin: str | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that cannot be used. `reason` says what was expected and never quotes the value."""

    line: int
    column: str | None
    code: str
    reason: str
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Other:
    """A line that is no record of its own: blank."""

    line: int


class StructuralFault(Exception):
    """The file as a whole cannot be used: nothing of it is applied."""

    def __init__(self, code: str, line: int, reason: str) -> None:
        super().__init__(f"{code} in line {line}: {reason}")
        self.code = code
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Terms:
    """What one version of a source's registration says: agency (None: per record), zone of time, mapping if any."""

    ori: str | None
    timezone: ZoneInfo
    mapping: Mapping[str, Any] | None = None


@dataclass
class Reading:
    """What an adapter learns of the whole file, complete once its items are exhausted."""

    columns: tuple[str, ...] = ()
    file_warnings: tuple[str, ...] = ()


Item = Record | Reject | Other
Parse = Callable[[BinaryIO, Terms, Reading], Iterator[Item]]
"""Raises StructuralFault, also after items were yielded. The stream can seek."""


Check = Callable[[Any], list[tuple[str, str]]]
"""What is wrong with a registration's mapping, as (field, reason); empty if nothing is."""


@dataclass(frozen=True)
class Format:
    """One line of the registry: a format's name, its adapter and the adapter's version.

    `check_mapping` is there where a source of this format is registered with a mapping.
    """

    name: str
    version: str
    parse: Parse
    check_mapping: Check | None = None
