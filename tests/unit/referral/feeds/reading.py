"""What a test reads a file with: bytes in, items out, as the pipeline does it but without one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest

from services.referral.feeds.adapter import Item, Reading, StructuralFault, Terms
from services.referral.feeds.formats import FORMATS

Kind = TypeVar("Kind")
ZONE = ZoneInfo("America/New_York")


def read(format: str, content: bytes, ori: str | None = None) -> list[Item]:
    """Every item of a file."""
    return list(FORMATS[format].parse(io.BytesIO(content), Terms(ori, ZONE), Reading()))


def only(kind: type[Kind], items: Sequence[Item]) -> list[Kind]:
    """The items of one kind."""
    return [item for item in items if isinstance(item, kind)]


def refused(format: str, content: bytes) -> tuple[str, int]:
    """The code and line of the fault that refuses a file whole, whose reason quotes nothing."""
    with pytest.raises(StructuralFault) as raised:
        read(format, content)
    fault = raised.value
    assert fault.reason
    assert "Marlow" not in fault.reason
    return fault.code, fault.line
