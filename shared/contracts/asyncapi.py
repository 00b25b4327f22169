"""The AsyncAPI 3.0 document: every channel with its message, who sends and who receives."""

from __future__ import annotations

from typing import Any

import yaml

from shared.contracts import CONTRACTS
from shared.contracts.topics import read_by, topics, topics_file, written_by

HEADERS = {
    "ce_specversion": "1.0",
    "ce_id": "UUIDv7 of this publication",
    "ce_type": "lead.<topic>.v1, or lead.beat.v1 for a beat",
    "ce_source": "/<service>",
    "ce_subject": "the fact's id, as in the record key",
    "ce_time": "when it was published, RFC 3339",
    "ce_partitionkey": "the id that chose the partition",
    "version": "the fact's version; for a tombstone, up to which version to erase",
    "content-type": "application/json; a sealed topic: application/vnd.lead.sealed",
    "traceparent": "W3C trace context",
    "correlation_id": "joins all that followed from one request or file",
}


def document() -> dict[str, Any]:
    channels: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for name, topic in sorted(topics().items()):
        contract = CONTRACTS[name]
        messages[name] = {
            "name": f"lead.{name}.v1",
            "title": contract.__name__,
            "summary": (contract.__doc__ or "").strip().split("\n")[0],
            "contentType": "application/vnd.lead.sealed" if topic.sealed else "application/json",
            "headers": {"$ref": "#/components/schemas/headers"},
            "payload": {"$ref": f"./schemas/{name}.json"},
        }
        channels[name] = {
            "address": name,
            "messages": {name: {"$ref": f"#/components/messages/{name}"}},
            "bindings": {"kafka": {"partitions": topic.partitions, "topicConfiguration": _binding(topic.config)}},
        }
    for service in topics_file().services():
        for verb, names in (("send", written_by(service)), ("receive", read_by(service))):
            for name in names:
                operations[f"{service}-{verb}-{name}"] = {
                    "action": verb,
                    "channel": {"$ref": f"#/channels/{name}"},
                    "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
                }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "LEAD events", "version": "1", "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {"headers": _headers()}},
    }


def _binding(config: dict[str, str]) -> dict[str, Any]:
    names = ("retention.ms", "delete.retention.ms", "max.message.bytes")
    return {
        "cleanup.policy": [config["cleanup.policy"]],
        **{name: int(config[name]) for name in names if name in config},
    }


def _headers() -> dict[str, Any]:
    fields = {name: {"type": "string", "description": words} for name, words in HEADERS.items()}
    return {"type": "object", "required": ["ce_id", "ce_type", "ce_time", "version"], "properties": fields}


def text() -> bytes:
    return yaml.safe_dump(document(), sort_keys=False, width=110).encode()
