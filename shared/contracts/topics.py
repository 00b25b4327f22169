"""The topics file, read: settings, grants and subscriptions derive from `deploy/kafka/topics.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

TOPICS_FILE = Path(__file__).resolve().parents[2] / "deploy" / "kafka" / "topics.yaml"
Operation = Literal["read", "write"]
Rate = Literal["producer_byte_rate", "consumer_byte_rate"]
_AGENCY_PREFIX = "rms-"


class Closed(BaseModel):
    """A typing error in the topics file is an error, not a setting nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Defaults(Closed):
    partitions: int
    replication: int
    config: dict[str, str | int]


class Principal(Closed):
    kind: Literal["service", "agency"]
    quota: Mapping[Rate, int] = {}


class TopicEntry(Closed):
    write: list[str]
    read: list[str]
    sealed: str | None = None
    partitions: int | None = None
    config: dict[str, str | int] = {}


class Topic(Closed):
    """One topic with the defaults filled in. `sealed` names the key its writer and readers share."""

    name: str
    partitions: int
    replication: int
    config: dict[str, str]
    write: tuple[str, ...]
    read: tuple[str, ...]
    sealed: str | None


class TopicsFile(Closed):
    defaults: Defaults
    principals: dict[str, Principal]
    topics: dict[str, TopicEntry]
    agency_topics: dict[str, TopicEntry]

    def all(self) -> Iterator[Topic]:
        for name, entry in self.topics.items():
            yield self._filled(name, entry)

    def of_agency(self, ori: str) -> Iterator[Topic]:
        """The two topics of one agency, its own principal in place of `agency`."""
        user = agency_principal(ori)
        for pattern, entry in self.agency_topics.items():
            topic = self._filled(pattern.replace("<ori>", ori.lower()), entry)
            yield topic.model_copy(
                update={
                    "write": tuple(user if who == "agency" else who for who in topic.write),
                    "read": tuple(user if who == "agency" else who for who in topic.read),
                }
            )

    def _filled(self, name: str, entry: TopicEntry) -> Topic:
        config: dict[str, Any] = {**self.defaults.config, **entry.config}
        if config["cleanup.policy"] == "delete":
            config = {k: v for k, v in config.items() if "compaction" not in k and k != "delete.retention.ms"}
        return Topic(
            name=name,
            partitions=entry.partitions or self.defaults.partitions,
            replication=self.defaults.replication,
            config={k: str(v) for k, v in config.items()},
            write=tuple(entry.write),
            read=tuple(entry.read),
            sealed=entry.sealed,
        )

    def quota_of(self, principal: str) -> Mapping[str, int]:
        """Byte rates of a service or an agency's own user, e.g. `rms-pa0020100`; empty for no limit."""
        who = self.principals.get(principal)
        if who is None and principal.startswith(_AGENCY_PREFIX):
            who = self.principals["agency"]
        return {str(rate): value for rate, value in who.quota.items()} if who else {}

    def services(self) -> list[str]:
        return [name for name, who in self.principals.items() if who.kind == "service"]


def agency_principal(ori: str) -> str:
    return f"{_AGENCY_PREFIX}{ori.lower()}"


def agency_topic(ori: str, what: Literal["records", "status"]) -> str:
    """The topic of an agency, by the file's pattern. Raises StopIteration if the file has none of this kind."""
    return next(topic.name for topic in topics_file().of_agency(ori) if topic.name.endswith(f".{what}"))


def group_prefix(principal: str) -> str:
    """What the consumer groups of a principal begin with: `metrics.`, or `rms.pa0020100.` for an agency's user."""
    return principal.replace(_AGENCY_PREFIX, "rms.", 1) + "."


@cache
def topics_file() -> TopicsFile:
    """Raises pydantic.ValidationError with the place of each fault in the file."""
    return TopicsFile.model_validate(yaml.safe_load(TOPICS_FILE.read_text(encoding="utf-8")))


@cache
def topics() -> dict[str, Topic]:
    return {topic.name: topic for topic in topics_file().all()}


def read_by(service: str) -> list[str]:
    """The topics a service consumes."""
    return [topic.name for topic in topics().values() if service in topic.read]


def written_by(service: str) -> list[str]:
    """The topics a service owns, alone or with another: it also writes their beats."""
    return [topic.name for topic in topics().values() if service in topic.write]


def sealed_with(name: str) -> str | None:
    """The name of the key a topic's values are sealed with, or None for an open topic."""
    return topics()[name].sealed


def grants(service_or_user: str, ori: str | None = None) -> set[tuple[str, Operation]]:
    """(topic, operation) a principal holds. For an agency's principal pass its ORI."""
    scope = list(topics().values()) + (list(topics_file().of_agency(ori)) if ori else [])
    out: set[tuple[str, Operation]] = set()
    for topic in scope:
        if service_or_user in topic.read:
            out.add((topic.name, "read"))
        if service_or_user in topic.write:
            out.add((topic.name, "write"))
    return out
