"""The definitions of this release, read once from `definitions.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from services.metrics.domain.definitions import Registry, registry

FILE = Path(__file__).parents[1] / "definitions.yaml"


@cache
def definitions() -> Registry:
    """Every figure's definition. Raises ValidationError when the file is wrong."""
    return registry(yaml.safe_load(FILE.read_text()))
