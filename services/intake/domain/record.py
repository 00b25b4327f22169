"""Anything whose fields are read by name: a database row, or a dict that becomes one."""

from __future__ import annotations

from typing import Any, Protocol


class Record(Protocol):
    def __getitem__(self, name: str, /) -> Any: ...

    def __contains__(self, name: object, /) -> bool: ...
