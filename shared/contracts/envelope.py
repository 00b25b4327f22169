"""What every fact on every topic carries, and how a fact is read from and written to bytes.

Source: the event design ("facts", "ids", "evolution"). A topic's value is either a full fact or a *void*:
the ids, version, recorded_at and reason, and nothing else unless the contract says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

Action = Literal["record", "replace", "void"]
VoidReason = Literal["error", "corrected", "sealed", "expunged", "deletion"]
BEAT_TYPE = "lead.beat.v1"


class ContractError(ValueError):
    """A value that does not fit its topic's contract. `reason` names the place and never quotes the value."""

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(f"{topic}: {reason}")
        self.topic = topic
        self.reason = reason


class Part(BaseModel):
    """A piece of a fact. Unknown fields are ignored: readers outlive the writers' next optional field."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", str_max_length=4000, validate_by_name=True, validate_by_alias=True
    )


class Event(Part):
    """A fact. Subclasses name their topic, the field that is the record key, and what a void keeps."""

    topic: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    """Fields whose values, joined by `:`, are the record key: the id of the fact."""
    by_person: ClassVar[bool]
    """True: partitioned by person_id. False: by the record key."""
    void_keeps: ClassVar[tuple[str, ...]]
    """Fields that stay in a void beside key, person_id, version, recorded_at and reason."""

    version: int = Field(default=1, ge=1, description="1, 2, …: the highest version of a fact wins")
    action: Literal["record", "replace"] = "record"
    recorded_at: AwareDatetime = Field(description="when the fact's owner learned it")

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "topic" in cls.__dict__:
            cls.by_person = cls.__dict__.get("by_person", "person_id" in cls.model_fields)
            cls.void_keeps = tuple(cls.__dict__.get("void_keeps", ()))
            CONTRACTS[cls.topic] = cls

    @property
    def fact_id(self) -> str:
        return ":".join(str(getattr(self, name)) for name in self.key)

    @property
    def partition_key(self) -> str:
        person_id = getattr(self, "person_id", None) if self.by_person else None
        return str(person_id) if person_id else self.fact_id

    @property
    def ce_type(self) -> str:
        return f"lead.{self.topic}.v1"

    def encode(self) -> bytes:
        """The record's value, unsealed: JSON without absent optional fields."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True, by_alias=True)

    def void(self, version: int, recorded_at: datetime, reason: VoidReason) -> Void:
        """The void that replaces this fact; `version` must be higher than every version before."""
        fields = (*self.key, *(("person_id",) if self.by_person else ()), *self.void_keeps)
        values = {name: getattr(self, name) for name in fields}
        return Void(
            topic=self.topic,
            fact_id=self.fact_id,
            person_id=values.get("person_id"),
            version=version,
            recorded_at=recorded_at,
            void_reason=reason,
            kept={k: v for k, v in values.items() if v is not None},
        )


class Void(BaseModel):
    """A fact withdrawn. `kept` holds its ids and the few fields its contract keeps."""

    model_config = ConfigDict(frozen=True)

    topic: str
    fact_id: str
    person_id: UUID | None = None
    version: int = Field(ge=1)
    recorded_at: AwareDatetime
    void_reason: VoidReason
    kept: dict[str, Any] = Field(default_factory=dict)

    @property
    def partition_key(self) -> str:
        return str(self.person_id) if self.person_id else self.fact_id

    @property
    def ce_type(self) -> str:
        return f"lead.{self.topic}.v1"

    def encode(self) -> bytes:
        body = {
            **self.kept,
            "version": self.version,
            "action": "void",
            "recorded_at": self.recorded_at,
            "void_reason": self.void_reason,
        }
        return orjson.dumps(body, default=str)


CONTRACTS: dict[str, type[Event]] = {}
"""Topic -> contract. Filled as the event modules are imported by `shared.contracts`."""


def decode(topic: str, value: bytes) -> Event | Void:
    """Read a record's (opened) value.

    Raises ContractError for anything that is not a fact of this topic: unknown topic, broken JSON,
    missing or ill-typed fields. The error lists places and kinds of fault, never the values.
    """
    contract = CONTRACTS.get(topic)
    if contract is None:
        raise ContractError(topic, "no contract for this topic")
    # A void is rare and short; the substring test keeps the hot path at one parse.
    if b'"void"' in value:
        try:
            body = orjson.loads(value)
        except ValueError:
            raise ContractError(topic, "the value is not JSON") from None
        if isinstance(body, dict) and body.get("action") == "void":
            return _decode_void(topic, contract, body)
    try:
        return contract.model_validate_json(value)
    except ValidationError as error:
        raise ContractError(topic, places(error)) from None


def _decode_void(topic: str, contract: type[Event], body: dict[str, Any]) -> Void:
    try:
        fact_id = ":".join(str(body[name]) for name in contract.key)
        kept = {name: body[name] for name in contract.void_keeps if name in body}
        for name in contract.key:
            kept[name] = body[name]
        if contract.by_person and ("person_id" in body or contract.model_fields["person_id"].is_required()):
            kept["person_id"] = body["person_id"]
        return Void.model_validate(
            {
                "topic": topic,
                "fact_id": fact_id,
                "person_id": body.get("person_id") if contract.by_person else None,
                "version": body.get("version"),
                "recorded_at": body.get("recorded_at"),
                "void_reason": body.get("void_reason"),
                "kept": kept,
            }
        )
    except KeyError as missing:
        raise ContractError(topic, f"a void needs {missing.args[0]}") from None
    except ValidationError as error:
        raise ContractError(topic, places(error)) from None


def places(error: ValidationError) -> str:
    """Every fault as `field.path: kind`, without the input values."""
    return "; ".join(
        f"{'.'.join(str(step) for step in fault['loc']) or 'value'}: {fault['type']}"
        for fault in error.errors(include_input=False, include_url=False, include_context=False)
    )
