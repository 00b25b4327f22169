"""The garbage collector, told how batches live: many objects that are made and dropped together."""

from __future__ import annotations

import gc
from functools import cache

_YOUNG = 50_000
"""Allocations between two young collections; the default of 700 scans a batch dozens of times."""


@cache
def calm_collector() -> None:
    """Set what was loaded at the start aside for good, and collect seldom: decoding costs a third (bench)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
