"""JSON that nests too deep: refused where it is read, never a fault of ours further on."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from services.referral.feeds.adapter import Reject
from services.referral.feeds.fault_words import coded
from services.referral.feeds.json_value import object_fault, text_of
from services.referral.feeds.records import read_arrest, read_referral
from services.referral.feeds.sent_records import Message
from services.referral.feeds.sent_records import read as read_messages
from tests.unit.referral.feeds.feed_files import ORI, read, records, rejects
from tests.unit.referral.hostile.test_json import ARREST

NOW: Final = datetime(2026, 3, 2, tzinfo=UTC)
DEPTHS: Final = (65, 253, 254, 255, 300, 600)


def nested(depth: int, *, of: type = list) -> Any:
    """A value of so many levels."""
    value: Any = of()
    for _ in range(depth - 1):
        value = [value] if of is list else {"a": value}
    return value


def too_deep(depth: int) -> dict[str, Any]:
    """A record of so many levels."""
    return {**ARREST, "person": nested(depth - 1)}


@pytest.mark.parametrize("kind", [list, dict])
def test_64_levels_are_the_most(kind: type) -> None:
    assert object_fault({"a": nested(63, of=kind)}) is None
    assert object_fault({"a": nested(64, of=kind)}) == ("E_JSON", "it nests deeper than 64")


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_deep_record_of_a_request_is_a_fault_of_its_sender(depth: int) -> None:
    expected = [coded("", "E_JSON: it nests deeper than 64")]
    assert read_arrest(too_deep(depth), ORI, NOW) == expected
    assert read_referral({**too_deep(depth), "pathway": "community"}, ORI, NOW) == expected


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("pathway", [{}, {"pathway": "community"}])
def test_a_deep_record_of_a_message_rejects_itself_and_its_neighbours_pass(depth: int, pathway: Any) -> None:
    fine = {**ARREST, "ori": ORI}
    value = json.dumps([fine, {**too_deep(depth), **pathway}, {**fine, "source_record_id": "8"}]).encode()
    sent = read_messages([Message(7, value)], ORI, NOW)
    assert [record.source_record_id for _, record in sent.arrests] == ["7", "8"]
    (reject,) = sent.bad_referrals + sent.bad_arrests
    assert (reject.line, reject.code) == (1, "E_JSON")
    assert b"source_record_id" in reject.raw


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_deep_line_of_a_file_rejects_itself_and_its_neighbours_pass(depth: int) -> None:
    lines = [ARREST, too_deep(depth), {**ARREST, "source_record_id": "8"}]
    items, _ = read("canonical_json", "\n".join(map(json.dumps, lines)).encode())
    assert [item.line for item in records(items)] == [1, 3]
    assert [(item.line, item.code) for item in rejects(items)] == [(2, "E_JSON")]
    assert isinstance(items[1], Reject)
    assert b"source_record_id" in items[1].raw


def test_a_number_that_only_looks_like_a_nul_is_taken() -> None:
    said = {**ARREST, "case_no": "C\\u0000", "ori": ORI}
    assert not isinstance(read_arrest(said, ORI, NOW), list)
    assert read_arrest({**said, "case_no": "C\0"}, ORI, NOW) == [
        coded("", "E_ENCODING: the record holds NUL characters: it was damaged")
    ]


def test_the_text_of_a_deep_value_is_all_but_its_depth() -> None:
    assert text_of({"a": 1}) == b'{"a":1}'
    assert text_of({"a": nested(400), "b": 1}) == b'{"a":' + b"[" * 63 + b"null" + b"]" * 63 + b',"b":1}'
