"""On the real broker: every principal × topic × operation is allowed exactly where the topics file says so."""

from __future__ import annotations

import secrets
import time
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

from shared.contracts.topics import agency_principal, grants, topics, topics_file
from shared.runtime import quotas
from shared.runtime import topics as broker_topics
from tests.integration.stack import Stack

pytestmark = pytest.mark.integration
AGENCIES = ("PA0020100", "PA0020200")
SERVICES = tuple(topics_file().services())
PRINCIPALS = (*SERVICES, *(agency_principal(ori) for ori in AGENCIES))
ORI_OF = {agency_principal(ori): ori for ori in AGENCIES}
BEAT = [("ce_type", b"lead.beat.v1")]
"""A record every reader knows to be no fact, so that other tests on this broker are not disturbed."""


@pytest.fixture(scope="module")
def everything() -> list[Any]:
    return [*topics().values(), *(topic for ori in AGENCIES for topic in topics_file().of_agency(ori))]


@pytest.fixture(scope="module")
def passwords(stack: Stack, everything: list[Any]) -> dict[str, str]:
    known = {name: stack.secrets.read(f"{name}/kafka-password") for name in SERVICES}
    known |= {agency_principal(ori): secrets.token_urlsafe(24) for ori in AGENCIES}
    broker_topics.apply(stack.broker, everything, known)
    return known


def login(stack: Stack, user: str, password: str) -> dict[str, Any]:
    return {
        "bootstrap.servers": stack.broker.bootstrap,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": user,
        "sasl.password": password,
    }


def may_write(stack: Stack, user: str, password: str, names: list[str]) -> set[str]:
    allowed: set[str] = set()
    producer = Producer({**login(stack, user, password), "message.timeout.ms": 15000})

    def delivered(error: KafkaError | None, message: Any) -> None:
        if error is None:
            allowed.add(message.topic())
        else:
            assert error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED, error

    for name in names:
        producer.produce(name, b"", key=b"beat-probe", headers=BEAT, partition=0, on_delivery=delivered)
    assert producer.flush(30) == 0
    return allowed


def may_read(stack: Stack, user: str, password: str, names: list[str], group: str) -> set[str]:
    consumer = Consumer(
        {
            **login(stack, user, password),
            "group.id": group,
            "enable.partition.eof": True,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    allowed: set[str] = set()
    refused: set[str] = set()
    for name in names:
        # A topic of which even the description is refused is not fetched from by this client.
        error = consumer.list_topics(name, timeout=10).topics[name].error
        if error is not None:
            assert error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED, error
            refused.add(name)
    # An explicit offset: reading a topic is asked here, the group's rights below.
    consumer.assign([TopicPartition(name, 0, 0) for name in names if name not in refused])
    end = time.monotonic() + 30
    while len(allowed | refused) < len(names) and time.monotonic() < end:
        message = consumer.poll(1)
        if message is None:
            continue
        error = message.error()
        if error is None or error.code() == KafkaError._PARTITION_EOF:
            allowed.add(message.topic())
        elif error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
            refused.add(message.topic())
    consumer.close()
    assert allowed | refused == set(names)
    return allowed - refused


def own_group(user: str) -> str:
    return user.replace("rms-", "rms.", 1) + ".probe"


@pytest.mark.parametrize("user", PRINCIPALS)
def test_a_principal_may_do_what_the_file_says_and_nothing_else(
    stack: Stack, passwords: dict[str, str], everything: list[Any], user: str
) -> None:
    names = [topic.name for topic in everything]
    table = {(t.name, "read") for t in everything if user in t.read} | {
        (t.name, "write") for t in everything if user in t.write
    }
    assert table >= grants(user, ORI_OF.get(user))
    done = {(name, "write") for name in may_write(stack, user, passwords[user], names)}
    done |= {(name, "read") for name in may_read(stack, user, passwords[user], names, own_group(user))}
    assert done == table


def joined(consumer: Consumer, topic: str) -> bool:
    """Whether the group accepts this member: either it is given partitions, or the broker says no."""
    given: list[Any] = []
    consumer.subscribe([topic], on_assign=lambda _consumer, partitions: given.append(partitions))
    end = time.monotonic() + 20
    try:
        while time.monotonic() < end:
            message = consumer.poll(0.2)
            if given:
                return True
            if message is not None and message.error() is not None:
                assert message.error().code() == KafkaError.GROUP_AUTHORIZATION_FAILED, message.error()
                return False
    finally:
        consumer.close()
    raise AssertionError("the broker said neither yes nor no in 20 s")


@pytest.mark.parametrize("user", PRINCIPALS)
def test_a_principal_joins_its_own_groups_only(stack: Stack, passwords: dict[str, str], user: str) -> None:
    for other in PRINCIPALS:
        consumer = Consumer({**login(stack, user, passwords[user]), "group.id": own_group(other)})
        name = next(name for name, operation in grants(user, ORI_OF.get(user)) if operation == "read")
        assert joined(consumer, name) == (user == other), (user, other)


def test_a_wrong_password_is_refused(stack: Stack) -> None:
    seen: list[KafkaError] = []
    producer = Producer({**login(stack, "casework", "not-the-password"), "error_cb": seen.append})
    end = time.monotonic() + 20
    while not seen and time.monotonic() < end:
        producer.poll(0.2)
    assert any(error.code() == KafkaError._AUTHENTICATION for error in seen)


def test_an_agency_is_held_to_its_rates_and_a_service_is_not(stack: Stack, passwords: dict[str, str]) -> None:
    rates = quotas.present(stack.broker)
    expected = topics_file().principals["agency"].quota
    assert expected
    assert {user: rates.get(user) for user in PRINCIPALS if user in ORI_OF} == dict.fromkeys(ORI_OF, expected)
    assert not set(rates) & set(SERVICES)


def test_a_rate_changed_by_hand_is_a_difference_and_is_put_right(
    stack: Stack, everything: list[Any], passwords: dict[str, str]
) -> None:
    user = agency_principal(AGENCIES[0])
    quotas.apply(stack.broker, {user: {"producer_byte_rate": 1}})
    assert [(d.kind, d.name) for d in broker_topics.apply(stack.broker, everything, passwords)] == [("quota", user)]
    assert broker_topics.diff(stack.broker, everything, passwords) == []
