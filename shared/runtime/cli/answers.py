"""How `lead` speaks: JSON on standard output, words on standard error, one sentence and a remedy on failure."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import orjson
import typer

from shared.runtime.settings import Settings, SettingsError, load


def show(value: Any) -> None:
    """One JSON value on a line of standard output."""
    sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")
    sys.stdout.flush()


def fail(sentence: str) -> NoReturn:
    """End with status 1 and words for people."""
    print(sentence, file=sys.stderr)
    raise typer.Exit(1)


def home() -> Path:
    """The home folder of this run (`LEAD_HOME`)."""
    return Path(os.environ.get("LEAD_HOME") or ".local").absolute()


def port_base() -> int:
    """`LEAD_PORT_BASE`, or 8100. Ends with a usage error when it is not a port."""
    said = os.environ.get("LEAD_PORT_BASE") or "8100"
    if not said.isdigit() or not 1024 <= int(said) <= 65000:
        print(f"LEAD_PORT_BASE is {said!r}: expected a number from 1024 to 65000.", file=sys.stderr)
        raise typer.Exit(2)
    return int(said)


def settings_of(service: str) -> Settings:
    """The settings of a service as this shell sees it. Ends with words when they are wrong."""
    try:
        return load(service)
    except SettingsError as error:
        fail(str(error))
