"""A fact as a handler receives it: the newest version of it that this service has ever seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from shared.contracts import Event, Void

E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass(frozen=True)
class Fact(Generic[E_co]):
    """One of `event`, `void` or `erase` is set.

    `void`: the fact is withdrawn. `erase`: remove every trace of it up to `version`. `time` is when its owner
    published it. `traceparent` and `correlation_id` lead back to what caused it. `value` is the opened record.
    """

    fact_id: str
    version: int
    event: E_co | None
    void: Void | None
    erase: bool
    person_id: UUID | None
    topic: str
    partition: int
    offset: int
    time: datetime
    traceparent: str | None = None
    correlation_id: str | None = None
    value: bytes | None = field(default=None, repr=False, compare=False)


def recorded(facts: Iterable[Fact[E_co]]) -> list[E_co]:
    """The events among the facts, in their order."""
    return [fact.event for fact in facts if fact.event is not None]


def voided(facts: Iterable[Fact[E_co]]) -> list[Void]:
    """The voids among the facts, in their order."""
    return [fact.void for fact in facts if fact.void is not None]


def erased(facts: Iterable[Fact[E_co]]) -> list[Fact[E_co]]:
    """The facts whose every trace must go, in their order."""
    return [fact for fact in facts if fact.erase]


def person_of(facts: Sequence[Fact[E_co]], person_id: UUID | None) -> Fact[E_co] | None:
    """The last of the facts about a person, or the only fact there is: the cause of what is published next."""
    if len(facts) == 1:
        return facts[0]
    return next((fact for fact in reversed(facts) if person_id and fact.person_id == person_id), None)
