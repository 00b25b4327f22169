"""Byte rates per user on a broker. librdkafka's administrator has no such request; Kafka's protocol (KIP-546) has."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import DescribeClientQuotasRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Float64, Int16, Int32, Schema, String

if TYPE_CHECKING:
    from shared.runtime.topics import Broker

Quotas = Mapping[str, Mapping[str, int]]
"""By user: `producer_byte_rate` and `consumer_byte_rate`, bytes per second on each broker."""
T = TypeVar("T")
_USER, _ANY = "user", 2
_ENTITY = ("entity", Array(("entity_type", String("utf-8")), ("entity_name", String("utf-8"))))


class QuotasError(Exception):
    """The broker did not answer, or refused; the message says which."""


class _AlterResponse(Response):  # type: ignore[misc]
    API_KEY = 49
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("entries", Array(("error_code", Int16), ("error_message", String("utf-8")), _ENTITY)),
    )


class _AlterStruct(RequestStruct):  # type: ignore[misc]
    API_KEY = 49
    API_VERSION = 0
    RESPONSE_TYPE = _AlterResponse
    SCHEMA = Schema(
        ("entries", Array(_ENTITY, ("ops", Array(("key", String("utf-8")), ("value", Float64), ("remove", Boolean))))),
        ("validate_only", Boolean),
    )


class _Alter(Request[_AlterStruct]):  # type: ignore[misc]
    API_KEY = 49

    def __init__(self, changes: Quotas) -> None:
        self._changes = changes

    def build(self, struct: type[_AlterStruct]) -> _AlterStruct:
        entries = [
            ([(_USER, user)], [(key, float(value), False) for key, value in rates.items()])
            for user, rates in self._changes.items()
        ]
        return struct(entries, False)


def present(broker: Broker) -> dict[str, dict[str, int]]:
    """The rates every user has now. Raises QuotasError."""

    async def ask(admin: AIOKafkaAdminClient) -> dict[str, dict[str, int]]:
        answer = await admin._send_request(DescribeClientQuotasRequest([(_USER, _ANY, None)], False))
        if answer.error_code:
            raise QuotasError(answer.error_message or f"error {answer.error_code}")
        found: dict[str, dict[str, int]] = {}
        for entity, values in answer.entries or []:
            user = dict(entity).get(_USER)
            if user is not None:
                found.setdefault(user, {}).update({key: int(value) for key, value in values})
        return found

    return _with_admin(broker, ask)


def apply(broker: Broker, changes: Quotas) -> None:
    """Give these users these rates. Raises QuotasError with the broker's own words."""

    async def alter(admin: AIOKafkaAdminClient) -> None:
        answer = await admin._send_to_controller(_Alter(changes))
        refused = [(dict(entity), message) for code, message, entity in answer.entries if code]
        if refused:
            raise QuotasError("; ".join(f"{entity.get(_USER)}: {message}" for entity, message in refused))

    if changes:
        _with_admin(broker, alter)


def _with_admin(broker: Broker, work: Callable[[AIOKafkaAdminClient], Awaitable[T]]) -> T:
    async def run() -> T:
        admin = AIOKafkaAdminClient(
            bootstrap_servers=broker.bootstrap,
            security_protocol=broker.security,
            sasl_mechanism=broker.mechanism,
            sasl_plain_username=broker.username,
            sasl_plain_password=broker.password,
        )
        try:
            await admin.start()
            return await work(admin)
        except (KafkaError, OSError) as error:
            raise QuotasError(f"{broker.bootstrap} cannot be asked for quotas: {type(error).__name__}") from None
        finally:
            await admin.close()

    # A thread of its own: callers are plain functions that may run inside somebody's event loop.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()
