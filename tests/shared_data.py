"""The real police data that lies beside the project on some machines: test input, never part of it."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest


def shared_data(name: str) -> Path:
    """A file or folder of `../shared/data` (or `LEAD_SHARED_DATA`); where it is absent, skip the test aloud."""
    root = Path(os.environ.get("LEAD_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")
    path = root / name
    if not path.exists():
        message = f"real data is not on this machine: {path} is missing, so this check did NOT run"
        warnings.warn(message, stacklevel=2)
        pytest.skip(message)
    return path
