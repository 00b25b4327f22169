"""How a service signs in to Kafka, from its settings: SCRAM-SHA-512, over TLS unless on loopback."""

from __future__ import annotations

import ssl
from typing import Any

from shared.runtime.settings import Settings


def client_options(settings: Settings) -> dict[str, Any]:
    """Options of an aiokafka client. Raises SettingsError when the password is missing."""
    encrypted = settings.kafka_security == "SASL_SSL"
    return {
        "bootstrap_servers": settings.kafka_bootstrap,
        "client_id": f"{settings.service}",
        "security_protocol": settings.kafka_security,
        "ssl_context": ssl.create_default_context() if encrypted else None,
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": settings.kafka_username,
        "sasl_plain_password": settings.broker_password,
    }


def group_id(settings: Settings) -> str:
    """The consumer group of a service. Its grants cover groups that begin with its name and a dot."""
    return f"{settings.service}.{settings.topic_prefix}consumer"


def librdkafka_options(settings: Settings) -> dict[str, Any]:
    """The same sign-in for a client of confluent-kafka. Raises SettingsError when the password is missing."""
    return {
        "bootstrap.servers": settings.kafka_bootstrap,
        "client.id": f"{settings.service}",
        "security.protocol": settings.kafka_security,
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": settings.kafka_username,
        "sasl.password": settings.broker_password,
    }
