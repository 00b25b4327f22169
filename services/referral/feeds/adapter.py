"""The contract of a feed format: bytes in, records and rejects out, in file order.

An adapter is deterministic: it knows no clock, network or database. Lines are physical, the header is line 1.
Memory stays bounded: nothing is kept of a record once it is yielded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO, Final
from zoneinfo import ZoneInfo

from services.referral.domain.arrest import CanonicalArrest
from services.referral.domain.utilization import CanonicalUse

RAW_BYTES: Final = 2048
"""What is kept, sealed, of a rejected line."""


Sent = Callable[[], list[tuple[int, bytes]]]
"""Lines of a file, each with what would be kept of it, were it rejected."""


@dataclass(frozen=True, slots=True)
class Record:
    """One accepted row.

    `twin` is what would make it alike to another row but for its key. `part`: rows of one key are one arrest with
    the charges of all of them. `group` is what a `Delete` may clear it by, as the incident of an arrest.
    `linkable` False: it gets a person of its own, whatever it names. `repeats`: how many of its lines say nothing new.
    `sent` gives each of its lines with what would be kept of it, were it rejected after all; `chars`: how much text it
    holds for that.
    """

    line: int
    record: CanonicalArrest
    warnings: tuple[str, ...] = ()
    twin: str | None = None
    part: bool = False
    group: str | None = None
    linkable: bool = True
    repeats: int = 0
    sent: Sent | None = field(default=None, compare=False, repr=False)
    chars: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Use:
    """One accepted row about the use of jail, court, ambulance or a like service."""

    line: int
    record: CanonicalUse


@dataclass(frozen=True, slots=True)
class Delete:
    """A row that takes back a record by its key, or every record of a group; what stands below it counts again.

    `replaces`: the rows below state the group anew, so it is no fault if nothing of it was ever here.
    """

    line: int
    ori: str | None
    key: str | None = None
    group: str | None = None
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Restated:
    """A row that holds no arrest but says that its group stands: a delete of the group in this file is a correction."""

    line: int
    ori: str | None
    group: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A zero report: the agency is there and has nothing to say of these days."""

    line: int
    ori: str | None
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Spoils:
    """What may not be taken without a rejected row: the arrest that it is a row of, the group that it states anew."""

    ori: str | None
    key: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that cannot be used. `reason` says what was expected and never quotes the value."""

    line: int
    column: str | None
    code: str
    reason: str
    raw: bytes = b""
    spoils: Spoils | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Other:
    """A line that is no record of its own: blank, or of something else than arrests."""

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


Item = Record | Use | Delete | Restated | Heartbeat | Reject | Other
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
    compares: bool = False
    """It only checks that nothing is missing, unless its agency sends nothing else."""
    of_uses: bool = False
    """Its records are `Use`, not arrests."""
    same_person: bool = False
    """The rows of one arrest must agree on who it was and when; else the last one counts."""
