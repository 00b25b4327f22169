"""JSON Schemas of the facts, generated from the models and committed, with every earlier version kept.

`schemas/<topic>.json` is today's; `schemas/history/<topic>/<digest>.json` are all that were ever committed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import orjson

from shared.contracts import CONTRACTS, Event

FOLDER = Path(__file__).with_name("schemas")
HISTORY = FOLDER / "history"
Schema = dict[str, Any]


def schema_of(contract: type[Event]) -> Schema:
    """The schema of a fact's value as written; a sealed topic's is that of the opened value."""
    body = contract.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"lead.{contract.topic}.v1",
        "x-record-key": list(contract.key),
        "x-void-keeps": list(contract.void_keeps),
        **body,
    }


def text(schema: Schema) -> bytes:
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def digest(schema: Schema) -> str:
    return hashlib.sha256(text(schema)).hexdigest()[:12]


def today() -> dict[str, Schema]:
    return {topic: schema_of(contract) for topic, contract in sorted(CONTRACTS.items())}


def on_record(topic: str) -> dict[str, Schema]:
    """Every version ever committed, by digest."""
    return {p.stem: orjson.loads(p.read_bytes()) for p in sorted((HISTORY / topic).glob("*.json"))}


def files() -> dict[Path, bytes]:
    """The files that should stand on disk for today's models; earlier history is left as it is."""
    out: dict[Path, bytes] = {}
    for topic, schema in today().items():
        out[FOLDER / f"{topic}.json"] = text(schema)
        out[HISTORY / topic / f"{digest(schema)}.json"] = text(schema)
    return out
