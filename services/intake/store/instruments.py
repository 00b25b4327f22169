"""The instruments and the release form that ship with the service, one YAML file per version."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.intake.domain.instrument import Instrument
from services.intake.domain.release import Form

FOLDER = Path(__file__).parents[1] / "instruments"
RELEASE = "release"


class NoSuchVersion(LookupError):
    """A file of this version is not installed; a started interview needs its own."""


@cache
def instrument(name: str, version: int) -> Instrument:
    """One version of one instrument. Raises NoSuchVersion."""
    file = FOLDER / f"{name}-{version}.yaml"
    if not file.is_file():
        raise NoSuchVersion(f"expected {file.name} in instruments/")
    return Instrument.model_validate(_read(file))


@cache
def newest(name: str) -> Instrument:
    """The version that new interviews use."""
    return instrument(name, _newest(name))


@cache
def release_form() -> Form:
    """The release of information that is signed today."""
    data = _read(FOLDER / f"{RELEASE}-{_newest(RELEASE)}.yaml")
    for recipient in data["recipients"]:
        recipient["recipient_class"] = recipient.pop("class")
    return Form.model_validate(data)


def _newest(name: str) -> int:
    return max(int(file.stem.rpartition("-")[2]) for file in FOLDER.glob(f"{name}-*.yaml"))


def _read(file: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return data
