"""Topics, users, quotas and grants on a broker, held against `deploy/kafka/topics.yaml`: `lead topics diff|apply`."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from shared.contracts.topics import Topic, agency_principal, group_prefix, topics_file
from shared.runtime import quotas

_WAIT = 30
_log = logging.getLogger("lead.broker")
_log.addHandler(logging.NullHandler())
_log.propagate = False
_KINDS = {
    "topic": (ResourceType.TOPIC, ResourcePatternType.LITERAL),
    "group": (ResourceType.GROUP, ResourcePatternType.PREFIXED),
}
_OF_AGENCY = re.compile(r"^rms\.([a-z]{2}[a-z0-9]{7})\.(?:records|status)$")
Grant = tuple[str, str, str, str]
"""(principal, "topic" | "group", name, operation); a group's name is a prefix that ends in a dot."""


class TopicsError(Exception):
    """The broker refused, or cannot be reached; the message says what to do."""


@dataclass(frozen=True)
class Broker:
    """How to reach a broker as its administrator."""

    bootstrap: str
    username: str
    password: str
    security: str = "SASL_PLAINTEXT"
    mechanism: str = "SCRAM-SHA-512"

    @cached_property
    def admin(self) -> AdminClient:
        return AdminClient(
            {
                "bootstrap.servers": self.bootstrap,
                "security.protocol": self.security,
                "sasl.mechanism": self.mechanism,
                "sasl.username": self.username,
                "sasl.password": self.password,
                "reconnect.backoff.ms": 50,
                "reconnect.backoff.max.ms": 250,
            },
            logger=_log,
        )

    def answers(self) -> bool:
        """Whether the broker answers its administrator now."""
        try:
            self.admin.list_topics(timeout=1)
        except KafkaException:
            return False
        return True


@dataclass(frozen=True)
class Difference:
    """What one topic, user or grant needs so that the broker equals the file."""

    kind: str
    name: str
    change: str


def apply(broker: Broker, topics: Iterable[Topic], passwords: Mapping[str, str]) -> list[Difference]:
    """Bring the broker to the file: topics, settings, users with these passwords, quotas, grants. What was changed.

    Partitions are fixed at creation and no topic is ever deleted: such differences raise TopicsError.
    """
    found = diff(broker, topics, passwords)
    topics, principals = _with_agencies(broker, topics, passwords)
    fatal = [d for d in found if d.kind == "partitions"]
    if fatal:
        raise TopicsError("; ".join(f"{d.name}: {d.change}" for d in fatal) + ": partitions are fixed at creation")
    try:
        _apply_topics(broker, topics, {d.name for d in found if d.kind == "topic"})
        _apply_settings(broker, topics, {d.name for d in found if d.kind == "setting"})
        _apply_users(broker, {name: passwords[name] for d in found if d.kind == "user" for name in [d.name]})
        _apply_grants(broker, wanted_grants(topics, principals), present_grants(broker))
        quotas.apply(broker, {d.name: topics_file().quota_of(d.name) for d in found if d.kind == "quota"})
        _wait_until_equal(broker, topics, passwords)
    except (KafkaException, quotas.QuotasError) as error:
        raise TopicsError(f"the broker refused: {error.args[0]}") from None
    return found


def diff(broker: Broker, topics: Iterable[Topic], principals: Iterable[str]) -> list[Difference]:
    """Every difference between the broker and the file. Raises TopicsError when it cannot be reached."""
    topics, principals = _with_agencies(broker, topics, principals)
    try:
        present = broker.admin.list_topics(timeout=_WAIT).topics
        users = set(broker.admin.describe_user_scram_credentials().result(_WAIT))
        granted = present_grants(broker)
        settings = _present_settings(broker, [t.name for t in topics if t.name in present])
        rates = quotas.present(broker)
    except (KafkaException, quotas.QuotasError) as error:
        raise TopicsError(f"{broker.bootstrap} cannot be asked: {error.args[0]}") from None
    found = []
    for topic in topics:
        if topic.name not in present:
            found.append(Difference("topic", topic.name, "missing"))
            continue
        partitions = len(present[topic.name].partitions)
        if partitions != topic.partitions:
            found.append(Difference("partitions", topic.name, f"{partitions}, expected {topic.partitions}"))
        for key, value in topic.config.items():
            if settings[topic.name].get(key) != value:
                change = f"{key} is {settings[topic.name].get(key)}, expected {value}"
                found.append(Difference("setting", topic.name, change))
    found += [Difference("user", name, "missing") for name in principals if name not in users]
    for name in principals:
        limit = topics_file().quota_of(name)
        if any(rates.get(name, {}).get(key) != value for key, value in limit.items()):
            found.append(Difference("quota", name, f"{rates.get(name) or 'none'}, expected {limit}"))
    wanted = wanted_grants(topics, principals)
    found += [Difference("grant", _words(grant), "missing") for grant in sorted(wanted - granted)]
    found += [Difference("grant", _words(grant), "not in the file") for grant in sorted(granted - wanted)]
    return found


def connected_agencies(broker: Broker) -> list[str]:
    """The ORIs of the agencies that have topics and a user on the broker. Raises TopicsError."""
    try:
        present = broker.admin.list_topics(timeout=_WAIT).topics
        users = set(broker.admin.describe_user_scram_credentials().result(_WAIT))
    except KafkaException as error:
        raise TopicsError(f"{broker.bootstrap} cannot be asked: {error.args[0]}") from None
    oris = {m[1].upper() for m in map(_OF_AGENCY.match, present) if m}
    return sorted(ori for ori in oris if agency_principal(ori) in users)


def connect_agency(broker: Broker, ori: str, password: str, *, rotate: bool = False) -> bool:
    """Give an agency its topics, grants, rates and user; nothing of anybody else is touched.

    Whether `password` was set: for a new user, or to `rotate`. The user comes last: before it anything may fail, and
    running it again still sets a password that is then told. Raises TopicsError.
    """
    own, user = list(topics_file().of_agency(ori)), agency_principal(ori)
    names, holders = {topic.name for topic in own}, {who for topic in own for who in (*topic.read, *topic.write)}
    try:
        present = broker.admin.list_topics(timeout=_WAIT).topics
        _apply_topics(broker, own, names - set(present))
        _apply_settings(broker, own, names & set(present))
        wanted = wanted_grants(own, holders)
        old = {grant for grant in present_grants(broker) if grant in wanted or grant[0] == user or grant[2] in names}
        _apply_grants(broker, wanted, old)
        quotas.apply(broker, {user: topics_file().quota_of(user)})
        _until(
            lambda: wanted <= present_grants(broker) and names <= set(broker.admin.list_topics(timeout=_WAIT).topics)
        )
        new = rotate or user not in broker.admin.describe_user_scram_credentials().result(_WAIT)
    except (KafkaException, quotas.QuotasError) as error:
        raise TopicsError(f"the broker refused: {error.args[0]}") from None
    try:
        _apply_users(broker, {user: password} if new else {})
        _until(lambda: user in broker.admin.describe_user_scram_credentials().result(_WAIT))
    except (KafkaException, TimeoutError, TopicsError):
        raise TopicsError("nobody knows whether the password was set: run it again with --rotate") from None
    return new


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WAIT
    while not done():
        if time.monotonic() > deadline:
            raise TopicsError("the broker did not take over what it was given")
        time.sleep(0.1)


def _with_agencies(broker: Broker, topics: Iterable[Topic], principals: Iterable[str]) -> tuple[list[Topic], list[str]]:
    """What is asked for, and what every connected agency holds: its grants stand in no list, and must stay."""
    topics, principals = list(topics), list(principals)
    for ori in connected_agencies(broker):
        if agency_principal(ori) not in principals:
            names = {topic.name for topic in topics}
            topics += [topic for topic in topics_file().of_agency(ori) if topic.name not in names]
            principals.append(agency_principal(ori))
    return topics, principals


def wanted_grants(topics: Iterable[Topic], principals: Iterable[str]) -> set[Grant]:
    """The grants of the file: read or write of a topic with its description, and the principal's own groups."""
    principals = set(principals)
    wanted: set[Grant] = set()
    for topic in topics:
        for operation, holders in (("READ", topic.read), ("WRITE", topic.write)):
            for principal in principals.intersection(holders):
                wanted |= {(principal, "topic", topic.name, operation), (principal, "topic", topic.name, "DESCRIBE")}
                if operation == "READ":
                    group = group_prefix(principal)
                    wanted.add((principal, "group", group, "READ"))
    return wanted


def present_grants(broker: Broker) -> set[Grant]:
    """Every grant on the broker."""
    anything = AclBindingFilter(
        ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY
    )
    bindings: list[AclBinding] = broker.admin.describe_acls(anything).result(_WAIT)
    return {(b.principal.removeprefix("User:"), b.restype.name.lower(), b.name, b.operation.name) for b in bindings}


def _wait_until_equal(broker: Broker, topics: list[Topic], principals: Iterable[str]) -> None:
    """What the controller accepted reaches the broker a moment later; a client must not be refused meanwhile."""
    principals = list(principals)
    deadline = time.monotonic() + _WAIT
    while left := diff(broker, topics, principals):
        if time.monotonic() > deadline:
            raise TopicsError(f"the broker did not take over: {left[0].kind} {left[0].name} {left[0].change}")
        time.sleep(0.1)


def _apply_topics(broker: Broker, topics: list[Topic], missing: set[str]) -> None:
    new = [
        NewTopic(t.name, num_partitions=t.partitions, replication_factor=t.replication, config=t.config)
        for t in topics
        if t.name in missing
    ]
    if new:
        for future in broker.admin.create_topics(new, operation_timeout=_WAIT).values():
            future.result(_WAIT)


def _apply_settings(broker: Broker, topics: list[Topic], wrong: set[str]) -> None:
    resources = [
        ConfigResource(ConfigResource.Type.TOPIC, t.name, incremental_configs=_entries(t))
        for t in topics
        if t.name in wrong
    ]
    if resources:
        for future in broker.admin.incremental_alter_configs(resources).values():
            future.result(_WAIT)


def _entries(topic: Topic) -> list[ConfigEntry]:
    setting = AlterConfigOpType.SET
    return [ConfigEntry(key, value, incremental_operation=setting) for key, value in topic.config.items()]


def _apply_users(broker: Broker, passwords: Mapping[str, str]) -> None:
    mechanism = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    users = [UserScramCredentialUpsertion(n, mechanism, p.encode()) for n, p in passwords.items()]
    if users:
        for future in broker.admin.alter_user_scram_credentials(users).values():
            future.result(_WAIT)


def _apply_grants(broker: Broker, wanted: set[Grant], present: set[Grant]) -> None:
    new = [_binding(grant) for grant in sorted(wanted - present)]
    if new:
        for made in broker.admin.create_acls(new).values():
            made.result(_WAIT)
    for gone in sorted(present - wanted):
        for removed in broker.admin.delete_acls([_filter(gone)]).values():
            removed.result(_WAIT)


def _present_settings(broker: Broker, names: list[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    asked = broker.admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, name) for name in names])
    return {
        resource.name: {key: entry.value for key, entry in future.result(_WAIT).items()}
        for resource, future in asked.items()
    }


def _binding(grant: Grant) -> AclBinding:
    principal, kind, name, operation = grant
    resource, pattern = _KINDS[kind]
    return AclBinding(
        resource, name, pattern, f"User:{principal}", "*", AclOperation[operation], AclPermissionType.ALLOW
    )


def _filter(grant: Grant) -> AclBindingFilter:
    principal, kind, name, operation = grant
    resource = _KINDS[kind][0] if kind in _KINDS else ResourceType[kind.upper()]
    return AclBindingFilter(
        resource, name, ResourcePatternType.ANY, f"User:{principal}", None, AclOperation[operation],
        AclPermissionType.ANY,
    )  # fmt: skip


def _words(grant: Grant) -> str:
    principal, kind, name, operation = grant
    return f"{principal} {operation.lower()} {kind} {name}"
