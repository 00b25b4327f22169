"""What every writer and reader of a topic relies on: a fact survives the wire, and a bad one is named by place."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from shared.contracts import CONTRACTS, ContractError, Void, decode
from shared.contracts.json_schemas import schema_of
from tests.contracts.samples import facts

TOPICS = sorted(CONTRACTS)
LIGHT = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("topic", TOPICS)
def test_a_fact_survives_the_wire_and_fits_its_published_schema(topic: str) -> None:
    validator = Draft202012Validator(schema_of(CONTRACTS[topic]))

    @LIGHT
    @given(facts(topic))
    def check(fact):  # type: ignore[no-untyped-def]
        value = fact.encode()
        assert decode(topic, value) == fact
        assert list(validator.iter_errors(orjson.loads(value))) == []

    check()


@pytest.mark.parametrize("topic", TOPICS)
def test_a_void_keeps_ids_and_what_its_contract_says_and_no_other_content(topic: str) -> None:
    contract = CONTRACTS[topic]
    allowed = {*contract.key, *contract.void_keeps, "person_id", "version", "action", "recorded_at", "void_reason"}

    @LIGHT
    @given(facts(topic), st.sampled_from(["error", "corrected", "sealed", "expunged", "deletion"]))
    def check(fact, reason):  # type: ignore[no-untyped-def]
        void = fact.void(fact.version + 1, datetime(2026, 1, 1, tzinfo=UTC), reason)
        value = void.encode()
        assert set(orjson.loads(value)) <= allowed
        read = decode(topic, value)
        assert isinstance(read, Void)
        assert (read.fact_id, read.version, read.void_reason) == (fact.fact_id, fact.version + 1, reason)
        assert read.partition_key == fact.partition_key or topic == "person-merged"

    check()


@pytest.mark.parametrize("topic", TOPICS)
@given(value=st.binary(max_size=200))
@settings(max_examples=30, deadline=None)
def test_any_bytes_are_a_fact_or_a_contract_error(topic: str, value: bytes) -> None:
    with pytest.raises(ContractError):
        decode(topic, value)


def test_an_error_names_each_place_and_never_quotes_the_value() -> None:
    value = orjson.dumps({"contact_id": "Marlow Sampleton", "version": 0, "at": "Marlow Sampleton"})
    with pytest.raises(ContractError) as caught:
        decode("contact-logged", value)
    assert "contact_id" in caught.value.reason
    assert "version" in caught.value.reason
    assert "Marlow" not in str(caught.value)


def test_an_intake_s_void_keeps_the_earliest_completion_because_it_decides_the_charge() -> None:
    assert "earliest_completed_at" in CONTRACTS["intake-completed"].void_keeps


@given(fact=facts("offer-answered"))
@LIGHT
def test_a_reader_ignores_a_field_it_does_not_know(fact) -> None:  # type: ignore[no-untyped-def]
    value = orjson.dumps({**orjson.loads(fact.encode()), "mood": "sunny"})
    assert decode("offer-answered", value) == fact
