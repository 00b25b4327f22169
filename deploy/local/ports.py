"""The fixed addresses of a local run, and whether they are free."""

from __future__ import annotations

import socket

from deploy.local.child import StartError
from shared.runtime.settings import KAFKA_PORT_OFFSET, SERVICES

CONTROLLER_OFFSET = 1
"""Kafka's controller listens one port above the broker."""


def of(base: int) -> dict[str, int]:
    """Port by part: the services, Kafka and its controller."""
    ports = {service: base + number for number, service in enumerate(SERVICES, start=1)}
    kafka = base + KAFKA_PORT_OFFSET
    return {**ports, "kafka": kafka, "kafka controller": kafka + CONTROLLER_OFFSET}


def free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def require_free(base: int) -> None:
    """Raise StartError naming the taken ports and the way out."""
    taken = {part: port for part, port in of(base).items() if not free(port)}
    if taken:
        named = ", ".join(f"{port} (for {part})" for part, port in taken.items())
        raise StartError(
            f"Port {named} is in use by another program, so nothing was started. "
            f"Stop that program, or choose other ports: LEAD_PORT_BASE={_suggestion(base)} lead up"
        )


def _suggestion(base: int) -> int:
    for candidate in range(base + 200, 60000, 200):
        if all(free(port) for port in of(candidate).values()):
            return candidate
    return base + 200
