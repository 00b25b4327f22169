"""A schema in the field may only gain optional fields; every earlier version on record still holds."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from shared.contracts import CONTRACTS
from shared.contracts.evolution import breaks
from shared.contracts.generate import out_of_date
from shared.contracts.json_schemas import on_record, schema_of, today

Schema = dict[str, Any]


def test_generated_files_are_up_to_date() -> None:
    assert out_of_date() == []


@pytest.mark.parametrize("topic", sorted(CONTRACTS))
def test_today_s_schema_may_follow_every_version_on_record(topic: str) -> None:
    versions = on_record(topic)
    assert versions, "a contract without a record cannot be held to it"
    for digest, earlier in versions.items():
        assert breaks(earlier, today()[topic]) == [], digest


def changed(mutate: Callable[[Schema], None]) -> list[str]:
    earlier = schema_of(CONTRACTS["contact-logged"])
    later = copy.deepcopy(earlier)
    mutate(later)
    return breaks(earlier, later)


def test_an_optional_field_may_be_added() -> None:
    assert changed(lambda s: s["properties"].update(room={"type": "string"})) == []


def test_a_description_may_be_mended() -> None:
    assert changed(lambda s: s["properties"]["at"].update(description="when it happened")) == []


@pytest.mark.parametrize(
    ("what", "mutate"),
    [
        ("a field removed", lambda s: s["properties"].pop("minutes")),
        ("a required field added", lambda s: (s["properties"].update(x={"type": "string"}), s["required"].append("x"))),
        ("an optional field made required", lambda s: s["required"].append("minutes")),
        ("a required field made optional", lambda s: s["required"].remove("worker")),
        ("a type changed", lambda s: s["properties"]["worker"].update(type="integer")),
        ("a code added to a list readers know", lambda s: s["properties"]["mode"]["enum"].append("letter")),
        ("a code removed", lambda s: s["properties"]["mode"]["enum"].remove("street")),
        ("a limit tightened", lambda s: s["properties"]["minutes"]["anyOf"][0].update(maximum=10)),
        ("a part's field removed", lambda s: s["$defs"]["ContactService"]["properties"].pop("step")),
        ("the record key changed", lambda s: s.update({"x-record-key": ["person_id"]})),
    ],
)
def test_what_would_break_a_reader_is_refused(what: str, mutate: Callable[[Schema], None]) -> None:
    assert changed(mutate), what


def test_a_void_may_not_lose_what_it_kept() -> None:
    earlier = schema_of(CONTRACTS["intake-completed"])
    assert breaks(earlier, {**earlier, "x-void-keeps": ["referral_id"]})
